"""Names for completion from earlier requests and responses: paths of the last JSON, targets, and values of fields.

The work is bounded: bodies over 256 kB are skipped, and at most a few hundred paths are collected.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from urllib.parse import urljoin

from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.jsonpath_xpath_and_header_selection import Value, text_of
from callbox.exchange.redaction.credential_names import is_secret_member
from callbox.exchange.redaction.displayed_fields_and_values import tells_secret
from callbox.exchange.url import UrlError, is_absolute, join, origin_of, parse, readable_path
from callbox.memory.api_facts import Seen, is_id, methods_to_drop
from callbox.memory.fact_extractor import (
    MAX_BYTES,
    document_of,
    is_deletion,
    is_path_gone,
    is_slash_redirect,
    json_type,
    linked_paths,
    linked_urls,
)
from callbox.render.ansi_and_sanitiser import visible_line
from callbox.shell.completion.completion_context import FieldName, Named, Target
from callbox.shell.line.targets_and_items import redact_target

MOST_STEPS = 300
MOST_TARGETS = 500
MAX_DEPTH = 8
MAX_SHOWN_VALUE = 100
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class EarlierRequest:
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


class ResponseNames(NamedTuple):
    """The names in the last response."""

    fields: tuple[FieldName, ...] = ()
    steps: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()
    challenges: tuple[str, ...] = ()
    """The schemes of authentication that a 401 response asks for, in lower case."""


def read_response(last: EarlierRequest | None) -> ResponseNames:
    """The names of fields, paths, headers and cookies in the last response."""
    if last is None:
        return ResponseNames()
    record = last.record
    document = document_of(record)
    is_about_thing = record.outgoing.method != "OPTIONS" and record.response.status < 400
    fields = _fields(document) if is_about_thing else iter(())
    return ResponseNames(
        fields=tuple(FieldName(name, json_type=json_type(value)) for name, value in fields),
        steps=tuple(islice(_steps(document, "", 0), MOST_STEPS)),
        headers=tuple(record.response.headers),
        cookies=tuple(_cookies_of(record)),
        challenges=tuple(_challenges_of(record)),
    )


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


def make_values_at(requests: tuple[EarlierRequest, ...]) -> Callable[[str], Mapping[str, str]]:
    """A function that gives the values of the fields of a resource, by its URL, from the latest response that shows the
    resource.
    """
    return lru_cache(lambda url: _values_at(url, requests))


def _values_at(url: str, requests: tuple[EarlierRequest, ...]) -> dict[str, str]:
    """The JSON values of the last successful response about this URL, and its ETag and Last-Modified, which conditional
    requests repeat.
    """
    for record in (one.record for one in requests):
        if 200 <= record.response.status < 300 and _url_of_thing(record) == url:
            document = document_of(record)
            values = dict(_plain_values(document)) if isinstance(document, dict) else {}
            headers = ((f"{name}:", record.response.headers.get(name, "")) for name in ("ETag", "Last-Modified"))
            return {**values, **{name: value for name, value in headers if value}}
    return {}


def _url_of_thing(record: Record) -> str:
    """The URL of the resource that the response shows, without its query.

    For a created resource, this is the `Location`. For any other response to POST, it is empty, because the shown
    resource has no URL of its own.
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
    """Whether this is a list of texts, numbers or booleans, which is typed as `tags[]=a tags[]=b`."""
    return isinstance(value, list) and 0 < len(value) <= 20 and not any(isinstance(one, (dict, list)) for one in value)


def _cookies_of(record: Record) -> Iterator[str]:
    for line in record.response.headers.getlist("Set-Cookie"):
        yield line.partition(";")[0].partition("=")[0].strip()


def _challenges_of(record: Record) -> Iterator[str]:
    if record.response.status == 401:
        for challenge in record.response.headers.getlist("WWW-Authenticate"):
            yield challenge.strip().partition(" ")[0].lower()


def find_targets(source: tuple[str, tuple[EarlierRequest, ...], Seen]) -> tuple[Target, ...]:
    """The targets of earlier requests that are still in the history, and the targets that the last response names.

    `source` has the base, the requests (the latest first), and the facts of these requests.
    """
    base, requests, seen = source
    missing: set[tuple[str, str]] = set()
    """The URLs that were not found, each with the method; an empty method stands for all methods."""
    deleted: tuple[str, ...] = ()
    found: dict[tuple[str, str], Target] = {}
    for one in requests:
        record = one.record
        asked = record.outgoing.url if is_slash_redirect(record) else record.first_outgoing.url
        url, method = asked.origin + asked.path, record.first_outgoing.method
        folder = f"{url.rstrip('/')}/"  # after DELETE /books/7/, /books/7 no longer exists either
        if folder.startswith(deleted):
            continue
        if is_deletion(record) and asked.path.strip("/"):
            deleted += (folder,)
        if is_path_gone(record):
            missing.update((url, lost) for lost in _lost_methods(record))
        elif not _may_be_mistaken(record, seen) and missing.isdisjoint(((url, ""), (url, method))):
            target = one.target(base)
            found.setdefault(_key_of_target(target), target)
    if requests:
        last = requests[0].record
        secrets = last.outgoing.all_secrets
        for linked in _response_urls(last):
            if len(found) >= MOST_TARGETS:
                break
            if is_path_gone(last) and _is_same_path(linked, last.outgoing.url.text):
                continue  # the page of an error may name the URL that was not found
            target = Target(redact_target(_below(base, linked), secrets))
            found.setdefault(_key_of_target(target), target)
    return tuple(found.values())


def _lost_methods(record: Record) -> Collection[str]:
    """The methods that a path lost when it was not found or deleted. An empty method stands for all methods."""
    if record.response.status != 404:
        return ("",)
    segment = record.outgoing.url.path.rstrip("/").rpartition("/")[2]
    lost = methods_to_drop(record.outgoing.method, ("POST",), is_item=is_id(segment))  # older requests may be of POST
    return [one for one in lost if one] if lost is not None else ("",)


def deleted_item(record: Record) -> str:
    """The target of the item that a request has deleted, without its query; empty if it deleted no item.

    Only an id at the end shows an item: `/cart` may exist again.
    """
    target = record.draft.url.partition("?")[0].rstrip("/")
    return target if is_deletion(record) and is_id(target.rpartition("/")[2]) else ""


def _is_same_path(url: str, other: str) -> bool:
    """Whether two URLs differ at most in the query and in a slash at the end of the path."""
    first, second = (re.split(r"[?#]", text, maxsplit=1)[0].rstrip("/") for text in (url, other))
    return first == second


def _may_be_mistaken(record: Record, seen: Seen) -> bool:
    """Whether a request was refused, so that its path may not exist: the id in it may be wrong, or no method is known
    for it.
    """
    status, url = record.response.status, record.outgoing.url
    if not 400 <= status < 500:
        return False
    segment = url.path.rstrip("/").rpartition("/")[2]
    return status == 405 or is_id(segment) or not seen.has_path(url.origin, readable_path(url.path))


def _key_of_target(target: Target) -> tuple[str, str]:
    """A key of a target.

    Targets with equal keys are offered once. A query belongs to the method with which it was sent.
    """
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
        yield from linked_urls(text_of(record))
        yield from (urljoin(record.outgoing.url.text, path) for path in linked_paths(document_of(record)))


def _below(base: str, url: str) -> str:
    """The URL as it would be typed: only its path if it has the origin of the base."""
    origin = "/".join(base.split("/")[:3])
    return url.removeprefix(origin) if base and url.startswith(f"{origin}/") else url
