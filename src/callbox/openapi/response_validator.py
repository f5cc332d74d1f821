"""A description as a contract: check each response against the operation of its request.

The status, the media type, the headers and the body are checked; see docs/openapi.md. Reported values are shortened,
and redacted by their names. The caller sanitises them, and redacts the secrets that it knows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from threading import Lock
from typing import Any, Literal, NamedTuple

from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.media_types_and_charsets import JSON_LINES, JSON_SEQUENCE, essence, find_encoding
from callbox.exchange.redaction.displayed_fields_and_values import redact_field, redact_shown_url
from callbox.exchange.request import Outgoing
from callbox.openapi.operation_lookup import Match, Mount, choose_media, find_below, mounts, prefer_named
from callbox.openapi.operations_parameters_and_security import Api, Media, Operation, Parameter, Response, is_json_type
from callbox.openapi.schema_validator import (
    MAX_VIOLATIONS,
    CheckOutcome,
    Direction,
    Path,
    Validator,
    ValidatorPool,
    Violation,
    decode_json,
    make_document,
    short_json,
)
from callbox.openapi.schema_view import SchemaView
from callbox.report.openapi_coverage import Coverage, CoverageRow

MAX_ITEMS = 1_000
"""The most items of a stream that are checked."""
MAX_PROBLEMS = 5
"""The most unusable parts of one schema that are reported."""
MAX_MATCHES = 2_000
"""The most URLs whose operations are cached."""
MAX_ROWS = 100_000
"""The most described responses that the coverage counts, because each path may refer to the same thousands of
responses.
"""
MAX_UNDESCRIBED = 100
"""The most kinds of undescribed requests and responses that are listed by name. All others are only counted."""
_EVENTS = "text/event-stream"
_STREAMS = JSON_LINES | {JSON_SEQUENCE, _EVENTS}
_EVENT_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_LINE_END = re.compile(rb"[\n\x1e]")
_WITHOUT_BODY = (204, 304)
_UNCHECKED_HEADERS = frozenset({"content-type", "set-cookie"})
_DESCRIPTIVE = frozenset({"type", "title", "description", "example", "examples", "default", "deprecated", "$refs"})
"""The keywords that do not restrict a text."""
_PLAIN_NAME = re.compile(r"[^\s.'\"\[\]\\]{1,200}\Z")
_INTEGER = re.compile(r"-?\d{1,400}\Z")
_NUMBER = re.compile(r"-?\d{1,400}(?:\.\d{1,400})?(?:[eE][-+]?\d{1,3})?\Z")


class Difference(NamedTuple):
    """A difference between a response and the description."""

    kind: Literal["operation", "status", "media", "header", "body"]
    """The kind of difference: `operation`, `status`, `media`, `header` or `body`."""
    what: str
    """The part that differs: `$.year`, `header ETag`, `status`."""
    expected: str
    actual: str
    label: str = ""
    """The schema and field in the description: `Book.year`."""

    @property
    def wanted(self) -> str:
        """The expected value, with its place in the description."""
        return f"{self.expected} ({self.label})" if self.label else self.expected


class _BodyCheck(NamedTuple):
    """The result of a check of a body."""

    media_type: str = ""
    """The described media type; empty if none was chosen."""
    failures: tuple[Difference, ...] = ()
    more: int = 0
    """The number of failures beyond these."""
    notes: tuple[str, ...] = ()


class Verdict(NamedTuple):
    """The result of a comparison of a response with the description."""

    operation: str = ""
    """The key of the operation; empty if the description has none for the request."""
    status: str = ""
    """The described status that matches, such as `4XX`; empty if none matches."""
    media_type: str = ""
    """The described media type that matches; empty if none matches."""
    failures: tuple[Difference, ...] = ()
    more: int = 0
    """The number of failures that are not listed."""
    notes: tuple[str, ...] = ()
    """Notes on parts that were not checked."""
    method: str = ""
    """The method of the request, if the description has the operation for another method: `HEAD` for a described `GET`.
    """

    @property
    def request(self) -> str:
        """The name of the operation in messages, with the method of the request."""
        return f"{self.method} {self.operation.partition(' ')[2]}" if self.method else self.operation

    @property
    def is_ok(self) -> bool:
        """Whether there are no failures."""
        return not self.failures


class Contract:
    """Checks responses against one description, and counts the operations that were called. Threads may share it.

    `below` is the path at which the API begins on every host. Without `below`, the servers of the description say where
    the API begins. On other hosts, it begins at the path of the first server or at the root.

    Raises `UsageError` if the extra `schema` is not installed.
    """

    def __init__(
        self, api: Api, *, base: str = "", below: str | None = None, pool: ValidatorPool | None = None
    ) -> None:
        self.api = api
        self._base = base
        self._below = below
        self._pool = pool or ValidatorPool()
        self._lock = Lock()
        self._mounts: dict[str, list[tuple[Mount, ...]]] = {}
        self._validators: dict[tuple[str, ...], Validator] = {}
        self._headers: dict[tuple[str, str], tuple[tuple[Parameter, bool], ...]] = {}
        self._matches: dict[tuple[str, str], Match | None] = {}
        self._called: dict[tuple[str, str, str], list[int]] = {}
        """How often each described response was received, and how often it failed."""
        self._called_operations: set[str] = set()
        self._undescribed: dict[str, int] = {}
        self._unchecked: list[str] = []
        """The unusable parts of schemas that were found since the last verdict. Each is reported once."""

    def close(self) -> None:
        """End the child process, if there is one."""
        with self._lock:
            self._pool.close()

    def check(self, record: Record, redact: Callable[[str], str] = str, named: str = "") -> Verdict:
        """Check and count the last response in a chain whose request has an operation.

        If the description has no operation for any of the requests, the verdict has no operation and no failures. The
        coverage then lists the redacted request. `named` is the key of the operation that a script names. It decides
        between operations with the same URLs.
        """
        with self._lock:
            exchange = (*record.history, record)
            for number, one in reversed(list(enumerate(exchange))):
                match = self._match(one.outgoing)
                if match is not None:
                    match = prefer_named(self.api, match, named)
                    verdict = self._check(one, match.operation, match.notes)
                    if one.outgoing.method == "HEAD" != match.operation.method:
                        verdict = verdict._replace(method="HEAD")
                    self._count(one, verdict)
                    self._count_earlier(exchange[:number])
                    return verdict
            self._note_undescribed(f"{record.outgoing.method} {redact(_shown(record.outgoing))}")
            return Verdict()

    def check_as(self, operation: Operation, record: Record) -> Verdict:
        """Check the response against this operation, whatever its URL is. The response is not counted."""
        with self._lock:
            return self._check(record, operation)

    def _match(self, outgoing: Outgoing) -> Match | None:
        key = (outgoing.method, outgoing.url.text)
        if key not in self._matches:
            if len(self._matches) >= MAX_MATCHES:
                self._matches.clear()
            self._matches[key] = self._find(outgoing)
        return self._matches[key]

    def _find(self, outgoing: Outgoing) -> Match | None:
        origin = outgoing.url.origin
        if origin not in self._mounts:
            self._mounts[origin] = self._places(origin)
        for places in self._mounts[origin]:
            found = find_below(self.api, outgoing.method, outgoing.url.text, places)
            if found is not None:
                return found
        return None

    def _places(self, origin: str) -> list[tuple[Mount, ...]]:
        if self._below is not None:
            return [mounts(self.api, f"{origin}/", self._below)]
        if self._base:
            return [mounts(self.api, self._base)]
        found = mounts(self.api, f"{origin}/")
        is_assumed = any(one.is_assumed and one.prefix for one in found)
        return [found, *([mounts(self.api, f"{origin}/", "/")] if is_assumed else [])]

    def _check(self, record: Record, operation: Operation, about: tuple[str, ...] = ()) -> Verdict:
        status = record.response.status
        described = _response_of(operation.responses, status)
        if described is None:
            if not operation.responses:
                return Verdict(operation.key, notes=(*about, "the description has no responses for this operation"))
            expected = _alternatives([one.status for one in operation.responses])
            return Verdict(
                operation.key,
                failures=(Difference(kind="status", what="status", expected=expected, actual=str(status)),),
                notes=about,
            )
        failures = list(self._check_headers(record, operation, described))
        body = self._check_body(record, operation, described)
        notes = (*about, *body.notes, *self._unchecked)
        self._unchecked.clear()
        failures += body.failures
        kept = tuple(failures[:MAX_VIOLATIONS])
        return Verdict(
            operation=operation.key,
            status=described.status,
            media_type=body.media_type,
            failures=kept,
            more=body.more + len(failures) - len(kept),
            notes=notes,
        )

    def _check_headers(self, record: Record, operation: Operation, described: Response) -> Iterator[Difference]:
        for one, has_schema in self._headers_of(operation, described):
            texts = record.response.headers.getlist(one.name)
            if not texts:
                if one.is_required:
                    yield Difference(
                        kind="header",
                        what=f"header {one.name}",
                        expected="a value, because it is required",
                        actual="nothing",
                    )
                continue
            if not has_schema:
                continue
            text = ", ".join(texts)
            key = (operation.key, described.status, "header", one.name)
            outcome = self._check_header(one, text, key)
            for violation in outcome.violations:
                shown = redact_field(one.name, violation.actual if violation.path else short_json(text))
                yield Difference(
                    kind="header",
                    what=f"header {one.name}",
                    expected=violation.expected,
                    actual=shown,
                    label=violation.label,
                )
            if outcome.trouble:
                yield Difference(
                    kind="header",
                    what=f"header {one.name}",
                    expected="a value that can be checked",
                    actual=outcome.trouble,
                )

    def _headers_of(self, operation: Operation, described: Response) -> tuple[tuple[Parameter, bool], ...]:
        """The headers to check, each with whether its value can be wrong."""
        key = (operation.key, described.status)
        if key not in self._headers:
            self._headers[key] = tuple(
                (one, one.content is not None or not _takes_any_text(one.schema))
                for one in described.headers
                if one.name.lower() not in _UNCHECKED_HEADERS
            )
        return self._headers[key]

    def _check_header(self, one: Parameter, text: str, key: tuple[str, ...]) -> CheckOutcome:
        if one.content is not None:
            if not is_json_type(one.content.media_type):
                return CheckOutcome()
            return self._validator(one.schema, key).check_json(text.encode("utf-8", "replace"))
        if not one.schema.flat:
            return CheckOutcome()
        if "object" in one.schema.types:
            return CheckOutcome()  # the style of an object in a header does not show the types of its fields
        return self._validator(one.schema, key).check_value(header_value(one.schema, text))

    def _check_body(self, record: Record, operation: Operation, described: Response) -> _BodyCheck:
        status = record.response.status
        if record.outgoing.method == "HEAD" or status in _WITHOUT_BODY or status < 200:
            return _BodyCheck()
        media = [one for one in described.media if "/" in one.media_type]
        is_empty = not record.body and not record.size
        if not media:
            return _BodyCheck(notes=() if is_empty else ("the body is not described",))
        names = _alternatives([one.media_type for one in media])
        if is_empty:
            missing = Difference(kind="body", what="body", expected=f"a body of {names}", actual="nothing")
            return _BodyCheck(failures=(missing,))
        sent = record.response.headers.get("Content-Type", "")
        chosen = choose_media(media, sent) if sent else None
        if chosen is None:
            actual = redact_field("", sent) or "nothing"
            return _BodyCheck(failures=(Difference(kind="media", what="content-type", expected=names, actual=actual),))
        body, notes = record.body, tuple[str, ...]()
        if status == 206 or not record.is_complete or record.size > len(body):
            is_stream = essence(sent) in _STREAMS and status != 206 and record.size == len(body)
            if not is_stream:
                return _BodyCheck(chosen.media_type, notes=("the body was not checked: it is incomplete",))
            body, notes = (
                _whole_items(body, essence(sent)),
                ("the stream was cut off: only its complete items were checked",),
            )
        outcome, note = self._check_content(body, sent, chosen, operation, described)
        failures = [_failure(one) for one in outcome.violations]
        if outcome.trouble:
            expected = "a body that can be checked"
            failures.append(Difference(kind="body", what="body", expected=expected, actual=outcome.trouble))
        return _BodyCheck(chosen.media_type, tuple(failures), outcome.more, (*notes, note) if note else notes)

    def _check_content(
        self, body: bytes, sent: str, media: Media, operation: Operation, described: Response
    ) -> tuple[CheckOutcome, str]:
        """Check a body against a media type. Returns the result, and a note if the body is not checked."""
        name, key = essence(sent), (operation.key, described.status, media.media_type)
        if name in _STREAMS:
            is_text = media.item_schema is None and media.schema.without_null.types == ("string",)
            items = _items(body, name, has_fields=media.item_schema is not None, is_text=is_text)
            return self._check_items(items, media, key), ""
        if not _says_anything(media.schema) and not is_json_type(name):
            return CheckOutcome(), ""
        if is_json_type(name):
            return self._validator(media.schema, key).check_json(body), ""
        if name.startswith("text/"):
            text = body.decode(find_encoding(body, sent), "replace")
            return self._validator(media.schema, key).check_value(text), ""
        return CheckOutcome(), f"the body was not checked: {name}"

    def _check_items(self, items: Sequence[bytes], media: Media, key: tuple[str, ...]) -> CheckOutcome:
        schema = media.item_schema or media.schema.items or media.schema
        validator = self._validator(schema, (*key, "item"))
        violations: list[Violation] = []
        more = 0
        for number, item in enumerate(items[:MAX_ITEMS]):
            outcome = validator.check_json(item)
            violations += [one._replace(path=(number, *one.path)) for one in outcome.violations]
            more += outcome.more
            if outcome.trouble:
                return CheckOutcome(tuple(violations[:MAX_VIOLATIONS]), trouble=outcome.trouble)
        cut = max(len(violations) - MAX_VIOLATIONS, 0)
        return CheckOutcome(tuple(violations[:MAX_VIOLATIONS]), more + cut)

    def _validator(self, schema: SchemaView, key: tuple[str, ...], direction: Direction = "response") -> Validator:
        raw = schema.raw
        if isinstance(raw, dict) and len(raw) == 1 and isinstance(raw.get("$ref"), str):
            key = (raw["$ref"],)  # all references to a schema share one validator
        if (direction, *key) not in self._validators:
            made = make_document(self.api, raw, direction)
            self._unchecked += made.problems[:MAX_PROBLEMS]
            self._validators[(direction, *key)] = self._pool.make(made)
        return self._validators[(direction, *key)]

    def _count(self, record: Record, verdict: Verdict) -> None:
        self._called_operations.add(verdict.operation)
        kinds = {one.kind for one in verdict.failures}
        if "status" in kinds:
            self._note_undescribed(f"{verdict.request} {record.response.status}")
        elif "media" in kinds:
            sent = essence(record.response.headers.get("Content-Type", "")) or "no media type"
            self._note_undescribed(f"{verdict.request} {record.response.status} {sent}")
        elif verdict.media_type or "body" not in kinds:  # without its body, a response has no described media type
            counts = self._called.setdefault((verdict.operation, verdict.status, verdict.media_type), [0, 0])
            counts[0] += 1
            counts[1] += not verdict.is_ok

    def _count_earlier(self, records: Sequence[Record]) -> None:
        """Count the redirects and challenges before a response. They are not compared with the description.

        A server may redirect to another spelling of the same path, which no description mentions.
        """
        for record in records:
            match = self._match(record.outgoing)
            if match is None or match.notes:
                continue
            operation, status = match.operation, record.response.status
            self._called_operations.add(operation.key)
            described = _response_of(operation.responses, status)
            if described is None:
                if operation.responses:
                    self._note_undescribed(f"{operation.key} {status}")
                continue
            media = [one for one in described.media if "/" in one.media_type]
            chosen = choose_media(media, record.response.headers.get("Content-Type", ""))
            if chosen is not None or not media:
                key = (operation.key, described.status, chosen.media_type if chosen is not None else "")
                self._called.setdefault(key, [0, 0])[0] += 1

    def _note_undescribed(self, name: str) -> None:
        if name not in self._undescribed and len(self._undescribed) >= MAX_UNDESCRIBED:
            name = "others"
        self._undescribed[name] = self._undescribed.get(name, 0) + 1

    def coverage(self) -> Coverage:
        """The coverage: the described operations and responses, and which of them were seen so far."""
        with self._lock:
            api = self.api
            rows = (
                self._row(entry.key, status, media_type)
                for node in api.walk()
                for entry in api.entries(node)
                for status, media_type in _described(api.responses_of(entry))
            )
            title = api.label or redact_shown_url(api.source)
            return Coverage(
                title=title,
                rows=tuple(islice(rows, MAX_ROWS)),
                undescribed=tuple(self._undescribed.items()),
                called_operations=frozenset(self._called_operations),
                is_cut=next(rows, None) is not None,
            )

    def _row(self, operation: str, status: str, media_type: str) -> CoverageRow:
        called, failed = self._called.get((operation, status, media_type), (0, 0))
        return CoverageRow(operation=operation, status=status, media_type=media_type, called=called, failed=failed)


def _described(responses: Sequence[tuple[str, Sequence[str]]]) -> Iterator[tuple[str, str]]:
    """Each status with each of its media types. A response without a body has an empty media type."""
    for status, names in responses:
        media_types = [name for name in names if "/" in name]
        yield from ((status, name) for name in media_types or [""])
    if not responses:
        yield "", ""


def _response_of(responses: Sequence[Response], status: int) -> Response | None:
    """The described response for a status: for this number, or else for its range, or else the default."""
    by_status = {one.status: one for one in responses}
    for key in (str(status), f"{status // 100}XX", "default"):
        if key in by_status:
            return by_status[key]
    return None


def _alternatives(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (" .." if len(names) > 10 else "")


def _failure(violation: Violation) -> Difference:
    name = next((part for part in reversed(violation.path) if isinstance(part, str)), "")
    actual = redact_field(name, violation.actual)
    return Difference(
        kind="body", what=json_path(violation.path), expected=violation.expected, actual=actual, label=violation.label
    )


def json_path(path: Path) -> str:
    """A place in a value, as `# @expect body` writes it.

    >>> json_path(("items", 3, "a b")), json_path(())
    ("$.items[3]['a b']", '$')
    """
    return "$" + "".join(_step(part) for part in path)


def _step(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    if _PLAIN_NAME.match(part):
        return f".{part}"
    escaped = part[:200].replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"


def header_value(schema: SchemaView, text: str) -> Any:
    """The value of a header or parameter in the type of its schema: a number, a boolean, a list, or the text.

    >>> from callbox.openapi.operations_parameters_and_security import Api
    >>> from callbox.openapi.description_checks_and_compiler import compile_text
    >>> api = Api(compile_text('{"openapi": "3.1.0", "info": {}, "paths": {}}', "a.json"))
    >>> [header_value(SchemaView(api, {"type": kind}), "12") for kind in ("integer", "string", "boolean")]
    [12, '12', '12']
    """
    types = schema.types
    if "array" in types:
        items = schema.items
        parts = [part.strip() for part in text.split(",")] if text.strip() else []
        return [header_value(items, part) if items is not None else part for part in parts]
    stripped = text.strip()
    if "integer" in types and _INTEGER.match(stripped):
        return int(stripped)
    if ("number" in types or "integer" in types) and _NUMBER.match(stripped):
        return float(stripped)
    if "boolean" in types and stripped in ("true", "false"):
        return stripped == "true"
    return text


def _takes_any_text(schema: SchemaView) -> bool:
    """Whether every text is valid, so that the header need not be checked."""
    return schema.types in ((), ("string",)) and _DESCRIPTIVE.issuperset(schema.flat)


def _says_anything(schema: SchemaView) -> bool:
    return schema.raw is False or bool(schema.raw)


def _items(body: bytes, media_type: str, *, has_fields: bool, is_text: bool) -> list[bytes]:
    """The items of a stream as JSON. An event becomes an object with its fields, or only its data.

    If the schema says that the body is a text (`is_text`), each item is a text, even if it is JSON.
    """
    if media_type != _EVENTS:
        if is_text:
            return [json.dumps(line.decode("utf-8", "replace")).encode() for line in _LINE_END.split(body) if line]
        return [line for line in _LINE_END.split(body) if line.strip()]
    events = (_event_fields(event) for event in _EVENT_END.split(body))
    if has_fields:
        return [json.dumps(event).encode() for event in events if event]
    if is_text:
        return [json.dumps(event["data"]).encode() for event in events if "data" in event]
    return [_as_json(event["data"]) for event in events if "data" in event]


def _whole_items(body: bytes, media_type: str) -> bytes:
    """The start of a cut stream, up to the end of its last complete item."""
    pattern = _EVENT_END if media_type == _EVENTS else _LINE_END
    end = 0
    for found in pattern.finditer(body):
        end = found.end()
    return body[:end]


def _event_fields(event: bytes) -> dict[str, str]:
    """The fields of a server-sent event. Several lines of data become one text."""
    fields: dict[str, str] = {}
    for line in re.split(rb"\r\n|\n|\r", event):
        name, _, value = line.decode("utf-8", "replace").partition(":")
        if name in ("data", "event", "id", "retry"):
            text = value.removeprefix(" ")
            fields[name] = f"{fields[name]}\n{text}" if name in fields and name == "data" else text
    return fields


def _as_json(text: str) -> bytes:
    """The data of an event: unchanged if it is JSON, else as a JSON text."""
    data = text.encode()
    return data if not decode_json(data)[1] else json.dumps(text).encode()


def _shown(outgoing: Outgoing) -> str:
    url = outgoing.url
    return redact_shown_url(f"{url.origin}{url.path}")
