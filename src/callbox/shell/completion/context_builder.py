"""Build the completion context from the session, the history and the last response.

The work is bounded: bodies over 256 kB are skipped, and at most a few hundred paths are collected.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from urllib.parse import urljoin

from callbox.engine.options import format_option
from callbox.errors import CallboxError
from callbox.exchange.events import Record
from callbox.exchange.redaction.text import is_secret_member, redact_named
from callbox.exchange.redaction.values import redact_field, tells_secret
from callbox.exchange.request import Outgoing
from callbox.exchange.secret import Secret
from callbox.exchange.select import Value, text_of
from callbox.exchange.url import is_absolute, join
from callbox.httpfile.filenames import is_script_name
from callbox.memory.fact_extractor import MAX_BYTES, document_of, is_path_gone, json_type, linked_paths
from callbox.render.sanitise import visible_line
from callbox.shell.completion.context import CompletionContext, FieldName, Named
from callbox.shell.context import Context
from callbox.shell.line.targets import redact_target, shown_url
from callbox.shell.requests.bound_origins import origin_of, user_entries
from callbox.shell.variables import shown_variables

MOST_STEPS = 300
MOST_SCRIPT = 1_000_000
MOST_TARGETS = 500
MAX_DEPTH = 8
MAX_SHOWN_VALUE = 100
_URL = re.compile(r"https?://[^\s\"'<>\\]{1,300}")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def build_context(context: Context) -> CompletionContext:
    """Build the completion context of the current state."""
    session, last = context.session, context.last
    document = document_of(last) if last is not None else None
    memory = context.remember()
    memory.learn(context.history)
    memory.seen.prepare(origin_of(session.base_url))
    if context.is_remembered:
        memory.load(origin_of(session.base_url))
    return CompletionContext(
        headers=tuple(
            Named(h.name, redact_field(h.name, str(h.values[0]))) for h in user_entries(session, "header").values()
        ),
        cookies=tuple(Named(c.name, c.domain) for c in session.jar.snapshot()),
        query=tuple(
            Named(q.name, redact_field(q.name, str(q.values[0]))) for q in user_entries(session, "query").values()
        ),
        vars=tuple(
            Named(name, visible_line(redact_field(name, value))[:60]) for name, value in _variables(context).items()
        ),
        options=tuple(
            Named(o.name, shown_url(format_option(o.name, o.values[0]), session.filled_secrets))
            for o in user_entries(session, "option").values()
        ),
        targets=tuple(islice(_unique(_targets(context)), MOST_TARGETS)),
        fields=tuple(FieldName(name, json_type=json_type(value)) for name, value in _fields(document)),
        base=session.base_url,
        seen=memory.seen,
        described=context.apis.at(session.base_url),
        steps=tuple(islice(_steps(document, "", 0), MOST_STEPS)),
        last_headers=tuple(last.response.headers) if last is not None else (),
        last_cookies=tuple(_cookies_of(last)),
        environ=tuple(context.ports.environ),
        history=tuple(_history_entries(context)),
        sessions=tuple(_saved_names("sessions", context)),
        requests=tuple(_saved_names("requests", context)),
        files=context.ports.list_files,
        steps_in=lru_cache(lambda path: tuple(islice(_steps_in(path, context), MOST_STEPS))),
        values_at=lru_cache(lambda url: _values_at(url, context)),
        environments=lambda: _environments(context),
    )


def _steps(value: Value, path: str, depth: int) -> Iterator[str]:
    """Paths into the document, as `select` reads them; only the first entry of a list is visited."""
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


def _values_at(url: str, context: Context) -> dict[str, str]:
    """The values of the last response of this URL as JSON, and the headers that conditions are made of."""
    for _, record in reversed(context.history.items()):
        if record.outgoing.url.origin + record.outgoing.url.path == url and 200 <= record.response.status < 300:
            document = document_of(record)
            values = dict(_plain_values(document)) if isinstance(document, dict) else {}
            headers = ((f"{name}:", record.response.headers.get(name, "")) for name in ("ETag", "Last-Modified"))
            return {**values, **{name: value for name, value in headers if value}}
    return {}


def _plain_values(document: dict[str, Value], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in islice(document.items(), 100):
        path = f"{above}[{name}]" if above else name
        if isinstance(value, dict) and not above and not is_secret_member(name, document):
            yield from _plain_values(value, path)
        elif not isinstance(value, (dict, list)) and not is_secret_member(name, document):
            text = json.dumps(value, ensure_ascii=False)
            if len(text) <= MAX_SHOWN_VALUE and not tells_secret(text):
                yield path, text


def _first_outgoing(record: Record) -> Outgoing:
    return record.history[0].outgoing if record.history else record.outgoing


def _cookies_of(record: Record | None) -> Iterator[str]:
    for line in record.response.headers.getlist("Set-Cookie") if record is not None else ():
        yield line.partition(";")[0].partition("=")[0].strip()


def _environments(context: Context) -> list[str]:
    try:
        return list(context.ports.list_environments())
    except CallboxError:  # of a file that is damaged: who names one is told
        return []


def _steps_in(path: str, context: Context) -> Iterator[Named]:
    """The requests of a script by name, else by title, else by position; empty if it cannot be read."""
    if not is_script_name(path):
        return
    try:
        data = context.ports.read_file(path)
    except CallboxError:
        return
    if len(data) > MOST_SCRIPT:
        return
    from callbox.httpfile.parser.script import parse  # for who replays a script

    for step in parse(data, path).steps:
        sent = visible_line(redact_named(step.label if step.command else f"{step.method} {step.target}"))
        yield Named(step.name or step.title or str(step.number), sent)


def _targets(context: Context) -> Iterator[Named]:
    base = context.session.base_url
    is_gone: dict[str, bool] = {}
    for number, record in reversed(context.history.items()):
        first = _first_outgoing(record)
        url = first.url
        if not is_gone.setdefault(url.origin + url.path, is_path_gone(record)):
            about = f"{record.draft.method}, seen #{number}" if record.is_answered else ""
            yield Named(redact_target(_as_typed_now(record, base), first.all_secrets), about)
    if context.last is not None:
        secrets = context.last.outgoing.all_secrets
        yield from (Named(redact_target(_below(base, url), secrets)) for url in _response_urls(context.last))


def _unique(found: Iterable[Named]) -> Iterator[Named]:
    names: set[str] = set()
    for one in found:
        if one.name not in names:
            names.add(one.name)
            yield one


def _as_typed_now(record: Record, base: str) -> str:
    """The target of an earlier request as it must be typed below the current base."""
    typed = record.draft.url
    if is_absolute(typed):
        return typed
    first = _first_outgoing(record).url
    if typed.startswith("/") and origin_of(base) == first.origin:
        return typed
    path = typed.partition("?")[0]
    if base and join(base, path).partition("?")[0] == first.origin + first.path:
        return typed
    return _below(base, first.origin + first.path)


def _response_urls(record: Record) -> Iterable[str]:
    """URLs in the headers and body of a response, resolved against its own URL."""
    headers = record.response.headers
    named = headers.getlist("Location")
    for link in headers.getlist("Link"):
        named += re.findall(r"<([^<>]{1,500})>", link)
    for url in named:
        with contextlib.suppress(ValueError):  # of a bad IPv6 address
            yield urljoin(record.outgoing.url.text, url)
    if 0 < len(record.body) <= MAX_BYTES:
        yield from _URL.findall(text_of(record))
        yield from (urljoin(record.outgoing.url.text, path) for path in linked_paths(document_of(record)))


def _below(base: str, url: str) -> str:
    """The URL as it would be typed: only its path if it is on the origin of the base."""
    origin = "/".join(base.split("/")[:3])
    return url[len(origin) :] or "/" if base and url.startswith(origin + "/") else url


def _variables(context: Context) -> dict[str, str | Secret]:
    """All plain variables, without those of an environment whose file cannot be read."""
    try:
        return shown_variables(context)
    except CallboxError:
        return {**context.captures, **context.session.vars}


def _saved_names(kind: str, context: Context) -> Iterator[Named]:
    """Names of saved files of this kind; none without a disk."""
    try:
        names = context.ports.open_store(kind).names()
    except CallboxError:
        return iter(())
    return (Named(name) for name in names[:MOST_STEPS])


def _history_entries(context: Context) -> Iterator[Named]:
    for number, record in reversed(context.history.items()):
        target = redact_target(record.draft.url, record.draft.secrets)
        yield Named(str(number), visible_line(f"{record.draft.method} {target}"))
    if context.memory is not None:
        yield from (Named(f"h{one.id}", visible_line(f"{one.method} {one.url}")) for one in context.memory.latest)
