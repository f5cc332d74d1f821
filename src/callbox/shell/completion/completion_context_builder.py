"""Build the completion context from the session, the history and the last response.

Only what has changed is computed again. The work is bounded: bodies over 256 kB are skipped, and at most a few
hundred paths are collected.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urljoin

from callbox.engine.options import format_option
from callbox.engine.session_state import FIRST_ORIGIN
from callbox.errors import CallboxError
from callbox.exchange.auth_schemes import ApiKey
from callbox.exchange.events import Record
from callbox.exchange.path_selection import Value, text_of
from callbox.exchange.redaction.credential_names import is_secret_member
from callbox.exchange.redaction.secrets_by_name import redact_named
from callbox.exchange.redaction.values import redact_field, tells_secret
from callbox.exchange.secret import Secret
from callbox.exchange.url import UrlError, is_absolute, join, origin_of, parse
from callbox.httpfile.script_suffixes import is_script_name
from callbox.memory.api_facts import is_id
from callbox.memory.fact_extractor import (
    MAX_BYTES,
    document_of,
    is_deletion,
    is_path_gone,
    is_slash_redirect,
    json_type,
    linked_paths,
)
from callbox.render.sanitise import visible_line
from callbox.shell.completion.completion_context import CompletionContext, FieldName, Named, Target
from callbox.shell.context import Context
from callbox.shell.line.targets_and_items import redact_target, shown_url
from callbox.shell.requests.credential_origins import EVERYWHERE, user_entries
from callbox.shell.variables import shown_variables

if TYPE_CHECKING:
    from callbox.memory.record_codec import StoredRequest

Source = TypeVar("Source")
Part = TypeVar("Part")

MOST_STEPS = 300
MOST_SCRIPT = 1_000_000
MOST_TARGETS = 500
MAX_DEPTH = 8
MAX_SHOWN_VALUE = 100
_URL = re.compile(r"https?://[^\s\"'<>\\]{1,300}")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class ContextBuilder:
    """Builds the completion context of one shell, after each line.

    Costly parts are computed again only if their source has changed. The cheap parts (names of cookies, saved files
    and environment variables) are read each time.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._parts: dict[str, tuple[object, Any]] = {}
        """The parts of the last context by name, each with its source."""
        self._requests: tuple[_EarlierRequest, ...] = ()

    def build(self) -> CompletionContext:
        """The completion context of the current state."""
        context, session = self._context, self._context.session
        memory = context.remember()
        memory.learn(context.history)
        memory.seen.prepare(origin_of(session.base_url))
        if context.is_remembered:
            memory.load(origin_of(session.base_url))
        requests = self._requests = self._earlier_requests()
        response = self._part("response", requests[0] if requests else None, _read_response)
        options = self._entries("option"), tuple(session.filled_secrets.items())
        return CompletionContext(
            headers=self._part("headers", self._entries("header"), _shown_entries),
            auth_header=_auth_header(context),
            cookies=tuple(Named(c.name, c.domain) for c in session.jar.snapshot()),
            query=self._part("query", self._entries("query"), _shown_entries),
            vars=self._part("vars", tuple(_variables(context).items()), _shown_variables),
            options=self._part("options", options, _shown_options),
            targets=self._part("targets", (session.base_url, requests), _find_targets),
            fields=response.fields,
            base=session.base_url,
            previous_base=context.previous_base,
            seen=memory.seen,
            described=context.apis.at(session.base_url),
            steps=response.steps,
            last_headers=response.headers,
            last_cookies=response.cookies,
            environ=tuple(context.ports.environ),
            history=self._part("history", (requests, tuple(memory.latest)), _history_entries),
            sessions=tuple(_saved_names("sessions", context)),
            requests=tuple(_saved_names("requests", context)),
            files=context.ports.list_files,
            steps_in=lru_cache(self._steps_in),
            values_at=self._part("values", requests, _make_values_at),
            environments=lambda: _environments(context),
        )

    def _part(self, name: str, source: Source, make: Callable[[Source], Part]) -> Part:
        known = self._parts.get(name)
        if known is None or known[0] != source:
            known = self._parts[name] = (source, make(source))
        part: Part = known[1]
        return part

    def _entries(self, noun: str) -> tuple[tuple[str, object], ...]:
        """The names and first values of the entries that the session holds."""
        return tuple((one.name, one.values[0]) for one in user_entries(self._context.session, noun).values())

    def _earlier_requests(self) -> tuple[_EarlierRequest, ...]:
        """The requests of the history, the latest first.

        A request that an earlier call returned is the same object again.
        """
        before = {one.number: one for one in self._requests}
        found = []
        for number, record in reversed(self._context.history.items()):
            known = before.get(number)
            found.append(known if known and known.record is record else _EarlierRequest(number, record))
        return tuple(found)

    def _steps_in(self, path: str) -> tuple[Named, ...]:
        """The requests of the script at a path; a script that has not changed is not parsed again."""
        data = _read_script(path, self._context)
        return self._part("script", (path, data), _steps_of_script) if data else ()


def build_context(context: Context) -> CompletionContext:
    """Build the completion context of the current state, without an earlier one."""
    return ContextBuilder(context).build()


class _EarlierRequest:
    """A request of the history, with the texts that completion offers for it. Two of these objects are never equal."""

    __slots__ = ("_base", "_target", "entry", "number", "record")

    def __init__(self, number: int, record: Record) -> None:
        self.number = number
        self.record = record
        target = redact_target(record.draft.url, record.draft.secrets)
        self.entry = Named(str(number), visible_line(f"{record.draft.method} {target}"))
        """The number of the request, described by its method and URL."""
        self._base: str | None = None
        self._target = Target("")

    def target(self, base: str) -> Target:
        """The target of the request as it is typed when this is the base."""
        if base != self._base:
            about = f"{self.record.draft.method}, seen #{self.number}" if self.record.is_answered else ""
            secrets = self.record.first_outgoing.all_secrets
            name = redact_target(_as_typed_now(self.record, base), secrets)
            self._base, self._target = base, Target(name, about, self.record.draft.method)
        return self._target


class _ResponseNames(NamedTuple):
    """The names in the last response."""

    fields: tuple[FieldName, ...] = ()
    steps: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()


def _read_response(last: _EarlierRequest | None) -> _ResponseNames:
    if last is None:
        return _ResponseNames()
    record = last.record
    document = document_of(record)
    is_about_thing = record.outgoing.method != "OPTIONS" and record.response.status < 400
    fields = _fields(document) if is_about_thing else iter(())
    return _ResponseNames(
        fields=tuple(FieldName(name, json_type=json_type(value)) for name, value in fields),
        steps=tuple(islice(_steps(document, "", 0), MOST_STEPS)),
        headers=tuple(record.response.headers),
        cookies=tuple(_cookies_of(record)),
    )


def _auth_header(context: Context) -> str:
    """The header that holds the credentials of the session for the base; empty if there are none."""
    credentials = context.session.credentials
    found = (credentials.get(key) for key in (origin_of(context.session.base_url), EVERYWHERE, FIRST_ORIGIN))
    auth = next((one for one in found if one is not None), None)
    return "" if auth is None else auth.name if isinstance(auth, ApiKey) else "Authorization"


def _shown_entries(entries: tuple[tuple[str, object], ...]) -> tuple[Named, ...]:
    return tuple(Named(name, redact_field(name, str(value))) for name, value in entries)


def _shown_variables(found: tuple[tuple[str, str | Secret], ...]) -> tuple[Named, ...]:
    return tuple(Named(name, visible_line(redact_field(name, value))[:60]) for name, value in found)


def _shown_options(source: tuple[tuple[tuple[str, object], ...], tuple[tuple[str, str], ...]]) -> tuple[Named, ...]:
    entries, secrets = source
    return tuple(Named(name, shown_url(format_option(name, value), dict(secrets))) for name, value in entries)


def _steps(value: Value, path: str, depth: int) -> Iterator[str]:
    """Paths into the document, as `select` reads them. Only the first entry of a list is visited."""
    if depth > MAX_DEPTH:
        return
    if isinstance(value, dict):
        for name, one in value.items():
            step = f"{path}.{name}".lstrip(".") if _PLAIN.match(name) else ""
            if step:
                yield step
                yield from _steps(one, step, depth + 1)
    elif isinstance(value, list) and value:
        yield f"{path}[0]"
        yield from _steps(value[0], f"{path}[0]", depth + 1)


def _fields(document: Value) -> Iterator[tuple[str, Value]]:
    entry = document[0] if isinstance(document, list) and document else document
    return islice(entry.items(), 100) if isinstance(entry, dict) else iter(())


def _make_values_at(requests: tuple[_EarlierRequest, ...]) -> Callable[[str], Mapping[str, str]]:
    return lru_cache(lambda url: _values_at(url, requests))


def _values_at(url: str, requests: tuple[_EarlierRequest, ...]) -> dict[str, str]:
    """The JSON values of the last response about this URL, and the headers that conditional requests repeat."""
    for record in (one.record for one in requests):
        if 200 <= record.response.status < 300 and _url_of_thing(record) == url:
            document = document_of(record)
            values = dict(_plain_values(document)) if isinstance(document, dict) else {}
            headers = ((f"{name}:", record.response.headers.get(name, "")) for name in ("ETag", "Last-Modified"))
            return {**values, **{name: value for name, value in headers if value}}
    return {}


def _url_of_thing(record: Record) -> str:
    """The URL of what the response shows, without its query: for a created resource its `Location`.

    Empty for any other response to POST, which shows a thing without a URL of its own.
    """
    url = record.outgoing.url
    if record.outgoing.method != "POST":
        return url.origin + url.path
    place = record.response.headers.get("Location", "") if record.response.status == 201 else ""
    try:
        created = parse(urljoin(url.text, place)) if place else None
    except (UrlError, ValueError):
        return ""
    return created.origin + created.path if created is not None and created.origin == url.origin else ""


def _plain_values(document: dict[str, Value], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in islice(document.items(), 100):
        path = f"{above}[{name}]" if above else name
        if isinstance(value, dict) and not above and not is_secret_member(name, document):
            yield from _plain_values(value, path)
        elif (is_list := _is_list_of_values(value)) or not isinstance(value, (dict, list)):
            if is_secret_member(name, document):
                continue
            text = json.dumps(value, ensure_ascii=False)
            path = f"{path}[]" if is_list else path
            if len(text) <= MAX_SHOWN_VALUE and not tells_secret(text):
                yield path, text


def _is_list_of_values(value: Value) -> bool:
    """Whether this is a list of texts, numbers and the like, which `tags[]=a tags[]=b` writes."""
    return isinstance(value, list) and 0 < len(value) <= 20 and not any(isinstance(one, (dict, list)) for one in value)


def _cookies_of(record: Record) -> Iterator[str]:
    for line in record.response.headers.getlist("Set-Cookie"):
        yield line.partition(";")[0].partition("=")[0].strip()


def _environments(context: Context) -> list[str]:
    try:
        return list(context.ports.list_environments())
    except CallboxError:  # a line that names the damaged file gets the error
        return []


def _read_script(path: str, context: Context) -> bytes:
    """The text of a script; empty if the file is not a script, cannot be read, or is too long."""
    if not is_script_name(path):
        return b""
    try:
        _, length = context.ports.read_pieces(path)  # None: reading a pipe would wait, and a device has no end
        return context.ports.read_file(path) if length is not None and length <= MOST_SCRIPT else b""
    except CallboxError:
        return b""


def _steps_of_script(script: tuple[str, bytes]) -> tuple[Named, ...]:
    """The requests of a script by name; by title or position if they have no name."""
    from callbox.httpfile.parser.file_and_blocks import parse  # this import is only for users who replay a script

    path, data = script
    found = []
    for step in islice(parse(data, path).steps, MOST_STEPS):
        sent = visible_line(redact_named(step.label if step.command else f"{step.method} {step.target}"))
        found.append(Named(step.name or step.title or str(step.number), sent))
    return tuple(found)


def _find_targets(source: tuple[str, tuple[_EarlierRequest, ...]]) -> tuple[Target, ...]:
    """The targets of earlier requests that are still in the history, and the targets that the last response names."""
    base, requests = source
    is_gone: dict[str, bool] = {}
    deleted: tuple[str, ...] = ()
    found: dict[tuple[str, str], Target] = {}
    for one in requests:
        record = one.record
        asked = record.outgoing.url if is_slash_redirect(record) else record.first_outgoing.url
        folder = f"{asked.origin}{asked.path.rstrip('/')}/"  # what was deleted at /books/7/ is gone at /books/7, too
        if folder.startswith(deleted):
            continue
        if is_deletion(record) and asked.path.strip("/"):
            deleted += (folder,)
        if _may_be_mistaken(record):
            continue
        if not is_gone.setdefault(asked.origin + asked.path, is_path_gone(record)):
            target = one.target(base)
            found.setdefault(_key_of_target(target), target)
    if requests:
        last = requests[0].record
        secrets = last.outgoing.all_secrets
        for linked in _response_urls(last):
            if len(found) >= MOST_TARGETS:
                break
            target = Target(redact_target(_below(base, linked), secrets))
            found.setdefault(_key_of_target(target), target)
    return tuple(found.values())


def _may_be_mistaken(record: Record) -> bool:
    """Whether a request was refused, and its path says nothing of the API: an id that may be wrong, or one of no
    method.
    """
    status = record.response.status
    segment = record.outgoing.url.path.rstrip("/").rpartition("/")[2]
    return not is_path_gone(record) and (status == 405 or (400 <= status < 500 and is_id(segment)))


def _key_of_target(target: Target) -> tuple[str, str]:
    """Targets with equal keys are offered once. A query belongs to the method that it was sent with."""
    return target.name, target.method if "?" in target.name else ""


def _as_typed_now(record: Record, base: str) -> str:
    """The target of an earlier request as it must be typed with the current base."""
    typed = record.draft.url
    if is_absolute(typed):
        return typed
    if is_slash_redirect(record):
        return _below(base, record.outgoing.url.origin + record.outgoing.url.path)
    first = record.first_outgoing.url
    if typed.startswith("/") and origin_of(base) == first.origin:
        return typed
    path = typed.partition("?")[0]
    if base and join(base, path).partition("?")[0] == first.origin + first.path:
        return typed
    return _below(base, first.origin + first.path)


def _response_urls(record: Record) -> Iterable[str]:
    """The URLs in the headers and body of a response, resolved against the URL of the request."""
    headers = record.response.headers
    named = headers.getlist("Location")
    for link in headers.getlist("Link"):
        named += re.findall(r"<([^<>]{1,500})>", link)
    for url in named:
        with contextlib.suppress(ValueError):  # the IPv6 address is malformed
            yield urljoin(record.outgoing.url.text, url)
    if 0 < len(record.body) <= MAX_BYTES:
        yield from _URL.findall(text_of(record))
        yield from (urljoin(record.outgoing.url.text, path) for path in linked_paths(document_of(record)))


def _below(base: str, url: str) -> str:
    """The URL as it would be typed: only its path if its origin is that of the base."""
    origin = "/".join(base.split("/")[:3])
    return url.removeprefix(origin) if base and url.startswith(f"{origin}/") else url


def _variables(context: Context) -> dict[str, str | Secret]:
    """All variables that are not secret. If the file of the environment cannot be read, its variables are missing."""
    try:
        return shown_variables(context)
    except CallboxError:
        return {**context.captures, **context.session.vars}


def _saved_names(kind: str, context: Context) -> Iterator[Named]:
    """The names of saved files of this kind; none if the shell has no disk."""
    try:
        names = context.ports.open_store(kind).names()
    except CallboxError:
        return iter(())
    return (Named(name) for name in names[:MOST_STEPS])


def _history_entries(source: tuple[tuple[_EarlierRequest, ...], tuple[StoredRequest, ...]]) -> tuple[Named, ...]:
    requests, earlier = source
    stored = (Named(f"h{one.id}", visible_line(f"{one.method} {one.url}")) for one in earlier)
    return (*(one.entry for one in requests), *stored)
