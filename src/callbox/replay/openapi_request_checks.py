"""Compare the requests of scripts with the description of their API, before anything is sent.

Each finding has a place in the file, and says what the description has there. A value that is known only in a run is
not checked; `_OpenParts` replaces it by a mark. At most `MAX_VALUES` values are compared. Patterns of a description do
not run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import unquote, unquote_plus, urlsplit

from callbox.errors import Place
from callbox.exchange.request import Draft
from callbox.exchange.secret import Secret
from callbox.exchange.template_braces import BRACED, holes, split
from callbox.httpfile.model import Script, Step
from callbox.httpfile.source_and_diagnostics import Template, Text, place_of
from callbox.openapi.operation_lookup import Match, choose_media, find_operation, fits, prefer_named
from callbox.openapi.operations_parameters_and_security import (
    METHODS,
    Api,
    Media,
    Operation,
    Parameter,
    is_json_type,
    plain_text,
)
from callbox.openapi.schema_view import SchemaView, json_type
from callbox.spelling import closest, hint, suggestion

MAX_VALUES = 5_000
"""The most values of one body that are compared."""
MAX_FINDINGS = 20
"""The most findings of one part of a request, such as its query or its body."""
MAX_COMPARED = 100
"""The most names with which an undescribed name is compared."""
MAX_HINTS = 5
"""The most findings of one part of a request for which a similar name is searched."""
MAX_METHODS = 20
"""The most methods that are tried for a path."""
MAX_PATHS = 2_000
"""The most paths with which a misspelt path is compared."""
MAX_LEVELS = 60
_OPEN = "\ufdd0"
"""The first character of a mark, which replaces a value that is known only in a run.

Unicode will never assign this code point, so no text contains it.
"""
_MARK = re.compile("\ufdd0(\\d++)\ufdd1")
_CUT_MARK = re.compile("\ufdd0\\d*+")
_JSON_PART = re.compile(rf'"(?:[^"\\]|\\.?)*+"?+|{_MARK.pattern}', re.DOTALL)
_PART_NAME = re.compile(r'^content-disposition:[^\r\n]*?;[ \t]*+name="([^"\r\n]*+)"', re.IGNORECASE | re.MULTILINE)
_DEPRECATED = re.compile(r"\s*+(?:#++|/{2,}+)\s*+deprecated\b", re.IGNORECASE)
_SEPARATORS = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}
_FORM = "application/x-www-form-urlencoded"


class RequestFinding(NamedTuple):
    """A difference between a request and the description."""

    message: str
    hint: str
    place: Place
    is_deprecation: bool = False


class _Wrong(NamedTuple):
    """A wrong value: its place in the body, the mistake, and a hint."""

    path: tuple[str | int, ...]
    message: str
    hint: str = ""
    known: Iterable[str] | None = None
    """The described names, if the name of this value is not described.

    Only for a finding that is shown, they become a hint.
    """
    is_not_listed: bool = False
    """Whether the mistake is that the value is not in the list of allowed values.

    Then another alternative was probably meant.
    """


def check_request(
    api: Api, script: Script, step: Step, draft: Draft, open_parts: Sequence[str]
) -> Iterator[RequestFinding]:
    """Compare one request with the description. Variables with known values are filled in.

    `open_parts` are the texts in the draft for values that are not known yet, such as `{{login.token}}`.
    """
    parts = _OpenParts(open_parts)
    for found in _check_marked(_Request(api, script, step, draft, parts)):
        yield found._replace(message=parts.unmarked(found.message), hint=parts.unmarked(found.hint))


def _check_marked(request: _Request) -> Iterator[RequestFinding]:
    operation = request.operation
    if operation is None:
        yield from request.without_operation()
        return
    if operation.is_deprecated and not request.is_known_as_deprecated:
        yield RequestFinding(f"{operation.key} is deprecated", "", request.at_url(), is_deprecation=True)
    for check in (
        request.check_constants,
        request.check_path,
        request.check_query,
        request.check_headers,
        request.check_body,
    ):
        yield from islice(check(operation), MAX_FINDINGS)


class _OpenParts:
    """The spellings of values that are not known yet, such as `{{login.token}}`, and the marks that replace them."""

    def __init__(self, parts: Sequence[str]) -> None:
        self._parts = tuple(parts)
        self._numbers = {part: number for number, part in enumerate(parts)}

    def marked(self, text: str) -> str:
        """The text with a mark in place of each open part. Other braces in the text are not replaced."""
        text = text.replace(_OPEN, "\ufffd")
        pieces, at = [], 0
        for hole in holes(text) if self._parts else ():
            number = self._numbers.get(text[hole.start : hole.end])
            if number is not None:
                pieces += [text[at : hole.start], f"{_OPEN}{number}\ufdd1"]
                at = hole.end
        return "".join([*pieces, text[at:]])

    def unmarked(self, text: str) -> str:
        """The text with each mark replaced by the open part as it is written in the file."""
        if _OPEN not in text:
            return text
        return _CUT_MARK.sub("", _MARK.sub(lambda mark: self._parts[int(mark[1])], text))


class _Request:
    """A request of a script with the places of its parts. Open parts are replaced by marks."""

    def __init__(self, api: Api, script: Script, step: Step, draft: Draft, open_parts: _OpenParts) -> None:
        self._api = api
        self._script = script
        self._step = step
        self._method = draft.method
        self._url = open_parts.marked(draft.url)
        self._content = draft.content
        self._open_parts = open_parts
        head, _, query = self._url.partition("#")[0].partition("?")
        self._path = head
        self._pairs = [
            (unquote_plus(name), unquote_plus(value))
            for name, _, value in (pair.partition("=") for pair in query.split("&"))
            if name
        ]
        self._headers = {
            open_parts.marked(name).lower(): open_parts.marked(_revealed(value)) for name, value in draft.headers
        }
        self._values: dict[str, str] = {}
        self._is_path_open = _begins_open(self._url)
        self.operation = None if self._is_path_open else self._find()

    def _find(self) -> Operation | None:
        """Find the operation for the URL and the method."""
        found = self._match(self._method)
        if found is not None:
            found = prefer_named(self._api, found, self._step.directive_text("operation") or "")
        self._values = found.values if found is not None else {}
        return found.operation if found is not None else None

    def _match(self, method: str) -> Match | None:
        """The described operation of the request.

        Its path is relative to a server of the description, or else to the base of the file.
        """
        url = self._url
        if url.startswith(_OPEN):
            return find_operation(self._api, method, f"http://localhost{self._below()}", below="http://localhost/")
        found = find_operation(self._api, method, url, base=self._base())
        return found or find_operation(self._api, method, url, below=self._base())

    def _base(self) -> str:
        """The base URL of the request: the value of the variable at the start of the URL, or else its origin."""
        url = self._url
        pieces = split(self._step.target)
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if not pieces or isinstance(pieces[0], str):
            return origin
        behind = pieces[1] if len(pieces) > 1 else ""
        literal = behind.partition("?")[0].rstrip() if isinstance(behind, str) else ""
        at = url.find(literal, len(origin)) if literal.startswith("/") else -1
        return url[:at] if at >= 0 else origin

    def _below(self) -> str:
        """The path relative to the base; it begins with a slash."""
        path = self._path
        first = _MARK.match(path)
        rest = path[first.end() :] if first is not None else path.removeprefix(self._base())
        return rest if rest.startswith("/") else f"/{rest}"

    @property
    def is_known_as_deprecated(self) -> bool:
        """Whether a comment of the block begins with `Deprecated`, as in the files that `convert` writes."""
        return any(_DEPRECATED.match(comment.text) for comment in self._step.comments)

    def without_operation(self) -> Iterator[RequestFinding]:
        """The finding for an undescribed request; None while its path is not known."""
        if self._is_path_open:
            return
        path = self._below()
        methods, names = _methods_and_paths(self._api)
        others = [method for method in methods if self._match(method) is not None]
        is_path_open = _OPEN in path and not others
        if is_path_open or (self._url.startswith(_OPEN) and path == "/"):
            return
        about = f"described methods of this path: {', '.join(others)}" if others else _near_paths(path, names)
        yield RequestFinding(f"No operation is described for {self._method} {path}", about, self.at_url())

    def check_constants(self, operation: Operation) -> Iterator[RequestFinding]:
        """Check query parameters with a single allowed value, which choose the operation."""
        given = dict(self._pairs)
        for name, value in operation.constants:
            if name in given and given[name] != value and _OPEN not in given[name]:
                message = f"{operation.key} allows only {name}={value}, not {given[name]}"
                yield RequestFinding(message, "", self.at_query(name))

    def check_path(self, operation: Operation) -> Iterator[RequestFinding]:
        """Check the values in the path: their types and enumerations."""
        for name, text in self._values.items():
            parameter = operation.parameter(name, "path")
            if parameter is None or _OPEN in text:
                continue
            wrong = _wrong_text(parameter.schema, text)
            if wrong:
                yield RequestFinding(
                    f"'{text}' does not fit {{{name}}} of {operation.path}: {wrong}", "", self.at_path(text)
                )

    def check_query(self, operation: Operation) -> Iterator[RequestFinding]:
        """Check the query parameters: missing ones, undescribed names, wrong types."""
        parameters = [one for one in operation.parameters if one.location == "query"]
        if any(one.location == "querystring" for one in operation.parameters):
            return
        given = {name for name, _ in self._pairs}
        given_stems = {name.partition("[")[0] for name in given}
        has_open = any(_OPEN in name for name in given) or self._url.endswith("\ufdd1")
        known = self._query_names(operation, parameters)
        by_name = {one.name: one for one in reversed(parameters)}
        by_stem = {one.name.partition("[")[0]: one for one in reversed(parameters) if _has_members(one)}
        for one in parameters:
            is_given = one.name in given or (_has_members(one) and one.name.partition("[")[0] in given_stems)
            if one.is_required and not has_open and not is_given:
                what = _described(one.schema)
                yield RequestFinding(f"{operation.key} requires the query parameter '{one.name}'", what, self.at_url())
        spelling = _Spelling(sorted(known or ()))
        for name, value in self._pairs:
            if _OPEN in name:
                continue
            parameter = by_name.get(name) or by_stem.get(name.partition("[")[0])
            if parameter is not None:
                wrong = _wrong_parameter(parameter, value)
                if wrong:
                    yield RequestFinding(f"query parameter '{name}': {wrong}", "", self.at_query(name))
            elif known is not None and name not in known:
                about = spelling.hint(name)
                yield RequestFinding(f"{operation.key} has no query parameter '{name}'", about, self.at_query(name))

    def _query_names(self, operation: Operation, parameters: Sequence[Parameter]) -> set[str] | None:
        """The names that the query may have; None if any name is allowed."""
        known = {one.name for one in parameters} | {name for name, _ in operation.constants}
        for one in parameters:
            if "object" in one.schema.types and one.style == "form" and one.explode:
                if one.schema.additional is not None or not one.schema.fields:
                    return None
                known |= {field.name for field in one.schema.fields}
        for scheme in self._api.schemes:
            if scheme.type == "apiKey" and scheme.described.get("in") == "query":
                known.add(str(scheme.described.get("name")))
        return known

    def check_headers(self, operation: Operation) -> Iterator[RequestFinding]:
        """Check the headers and cookies: missing ones, wrong types."""
        cookies = {
            name.strip(): value
            for name, _, value in (pair.partition("=") for pair in self._headers.get("cookie", "").split(";"))
        }
        for one in operation.parameters:
            if one.location == "header" and one.name.lower() not in ("accept", "content-type", "authorization"):
                held: Mapping[str, str] = self._headers
                name, what = one.name.lower(), "header"
            elif one.location == "cookie":
                held, name, what = cookies, one.name, "cookie"
            else:
                continue
            if name not in held:
                if one.is_required and _OPEN not in self._headers.get("cookie", ""):
                    message = f"{operation.key} requires the {what} '{one.name}'"
                    yield RequestFinding(message, _described(one.schema), self.at_url())
                continue
            wrong = _wrong_parameter(one, held[name].strip())
            if wrong:
                at = self.at_header(one.name if what == "header" else "cookie")
                yield RequestFinding(f"{what} '{one.name}': {wrong}", "", at)

    def check_body(self, operation: Operation) -> Iterator[RequestFinding]:
        """Check the body: whether it is missing, has another media type, or differs from its schema."""
        body, content = operation.body, self._content
        if body is None or not body.media:
            return
        if content is None:
            if body.is_required:
                about = _names("media types", [one.media_type for one in body.media])
                yield RequestFinding(f"{operation.key} requires a body", about, self.at_url())
            return
        media_type = self._headers.get("content-type") or self._open_parts.marked(content.media_type or "")
        if not media_type or _OPEN in media_type:
            return
        media = choose_media(body.media, media_type)
        if media is None:
            about = _names("described", [one.media_type for one in body.media])
            bare = media_type.partition(";")[0]
            yield RequestFinding(f"{operation.key} takes no {bare}", about, self.at_header("content-type"))
            return
        if content.data is not None:
            text = self._open_parts.marked(content.data.decode("utf-8", "replace"))
            spelling = _Spelling()
            for wrong in islice(_wrong_body(media, media_type, text), MAX_FINDINGS):
                pointer = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in wrong.path)
                about = spelling.hint(str(wrong.path[-1]), [*wrong.known]) if wrong.known is not None else wrong.hint
                yield RequestFinding(f"body ${pointer}: {wrong.message}", about, self.at_body(wrong.path))

    def at_url(self) -> Place:
        """The place of the URL in the request line."""
        text = self._step.url[0] if self._step.url else Text(self._step.method, self._step.at)
        return place_of(self._script, text.at, len(text.text))

    def at_path(self, value: str) -> Place:
        """The place of a value in the path."""
        for text in self._step.url:
            at = text.text.find(f"/{value}")
            if at >= 0:
                return place_of(self._script, text.position_at(at + 1), len(value))
        return self.at_url()

    def at_query(self, name: str) -> Place:
        """The place of a name-value pair in the query."""
        for text in self._step.url:
            found = re.search(r"[?&][^=&#]*", text.text)
            while found is not None:
                if unquote(found[0][1:]) == name:
                    return place_of(self._script, text.position_at(found.start() + 1), len(found[0]) - 1)
                found = re.compile(r"[?&][^=&#]*").search(text.text, found.end())
        return self.at_url()

    def at_header(self, name: str) -> Place:
        """The place of a header."""
        line = self._step.header(name)
        if line is None:
            return self.at_url()
        return place_of(self._script, line.name.at, len(line.name.text))

    def at_body(self, path: Sequence[str | int]) -> Place:
        """The place of the name of a member of the body, if the name is written in the file."""
        first = next(self._step.body.texts, None)
        if first is None:
            return self.at_url()
        whole = "".join(text.text for text in self._step.body.texts)
        index, length = _find_member(whole, path)
        for text in self._step.body.texts:
            if index < len(text.text):
                return place_of(self._script, Template(text.text, text.at).position_at(index), length)
            index -= len(text.text)
        return place_of(self._script, first.at, 1)


def _revealed(value: str | Secret | None) -> str:
    return value.reveal() if isinstance(value, Secret) else value or ""


def _begins_open(url: str) -> bool:
    """Whether the path is or begins with a value that is known only in a run.

    >>> marked = _OpenParts(["{{x}}", "{{base}}"]).marked
    >>> [_begins_open(marked(url)) for url in ("http://a.test{{x}}", "{{base}}{{x}}/a", "http://api.{{x}}/a")]
    [True, True, False]
    """
    first = _MARK.match(url)
    if first is not None:
        return first.end() == len(url) or url.startswith(_OPEN, first.end())
    host = url.partition("://")[2].partition("/")[0]
    at = host.find(_OPEN)
    return at > 0 and host[at - 1] not in ".:@-"


@lru_cache(maxsize=2)
def _methods_and_paths(api: Api) -> tuple[Sequence[str], Sequence[str]]:
    """Some methods and paths of a description, for a hint."""
    nodes = list(api.walk())
    methods = sorted({method for node in nodes for method in node.methods}, key=lambda one: (one not in METHODS, one))
    paths = [node.path for node in nodes[:MAX_PATHS] if node.methods]
    return sorted(methods[:MAX_METHODS]), paths


def _near_paths(path: str, known: Sequence[str]) -> str:
    """The hint for an undescribed path: the path that was probably meant, or else the paths that begin like it.

    Segments are compared one by one, because the value of a parameter is near to any text.
    """
    segments = path.strip("/").split("/")
    split_paths = {name: name.strip("/").split("/") for name in known}
    filled = {_filled(parts, segments): name for name, parts in split_paths.items()}
    near = closest(path, filled)
    if near:
        return suggestion(filled[near])
    shared = {name: _shared_start(parts, segments) for name, parts in split_paths.items()}
    most = max(shared.values(), default=0)
    begin_alike = [name for name, count in shared.items() if count == most]
    return _names("described similar paths", begin_alike) if most else "the description has no similar path"


def _filled(parts: Sequence[str], segments: Sequence[str]) -> str:
    """A described path with the segments of a request in the place of its parameters."""
    return "/" + "/".join(
        segments[index] if "{" in part and index < len(segments) else part for index, part in enumerate(parts)
    )


def _shared_start(parts: Sequence[str], segments: Sequence[str]) -> int:
    """The number of segments at the start that match; 0 if the first literal segment differs."""
    pairs = enumerate(zip(parts, segments, strict=False))
    count = next((index for index, (part, own) in pairs if part != own and "{" not in part), len(parts))
    return min(count, len(segments)) if any("{" not in part for part in parts[:count]) else 0


class _Spelling:
    """Makes the hints for undescribed names of one part of a request.

    Each hint takes time in proportion to the number of described names.
    """

    def __init__(self, known: Sequence[str] = ()) -> None:
        self._known = known
        self._left = MAX_HINTS

    def hint(self, name: str, known: Sequence[str] = ()) -> str:
        """A hint with the name that was probably meant, or else with the described names."""
        known = known or self._known
        self._left -= 1
        near = closest(name, known[:MAX_COMPARED]) if self._left >= 0 else ""
        return suggestion(near, _names("described", known))


def _has_members(parameter: Parameter) -> bool:
    """Whether names such as `f[a]` in the query belong to the parameter `f`."""
    return parameter.style == "deepObject" or not {"object", "array"}.isdisjoint(parameter.schema.types)


def _wrong_parameter(parameter: Parameter, value: str) -> str:
    """The mistake in a parameter's text; `""` if there is none, or if the text cannot be checked."""
    schema = parameter.schema.without_null
    if _OPEN in value or parameter.content is not None or "object" in schema.types:
        return ""
    if schema.types == ("array",):
        separator = _SEPARATORS.get(parameter.style, ",")
        is_one = parameter.location == "query" and parameter.explode
        items = [value] if is_one else value.split(separator)
        return next((wrong for item in items if schema.items and (wrong := _wrong_text(schema.items, item))), "")
    return _wrong_text(schema, value)


def _wrong_text(schema: SchemaView, text: str) -> str:
    if schema.types and not {"string", "integer", "number", "boolean"} & set(schema.types):
        return ""
    if schema.branches and not schema.values:
        wrong = [
            _wrong_text(one, text) for one in schema.branches if not one.is_null
        ]  # a value in a path, a query or a header is never null
        if len(wrong) == 1:
            return wrong[0]
        return "it does not fit any alternative" if all(wrong) and wrong else ""
    if not fits(schema, text):
        values = [plain_text(one) for one in schema.values[:100] if one is not None]
        near = closest(text, values) if values else ""
        return f"expected {_described(schema, is_text=True)}" + (f"; did you mean '{near}'?" if near else "")
    return _wrong_number(schema, float(text)) if _is_number(schema, text) else ""


def _is_number(schema: SchemaView, text: str) -> bool:
    return bool(schema.types) and set(schema.types) <= {"integer", "number"} and text.lower() not in ("nan", "inf")


def _wrong_number(schema: SchemaView, number: float) -> str:
    low, high, above, below = schema.minimum, schema.maximum, schema.exclusive_minimum, schema.exclusive_maximum
    if low is not None and number < low:
        return f"must be at least {low}"
    if high is not None and number > high:
        return f"must be at most {high}"
    if above is not None and number <= above:
        return f"must be more than {above}"
    return f"must be less than {below}" if below is not None and number >= below else ""


def _described(schema: SchemaView, *, is_text: bool = False) -> str:
    """The values that a schema allows, in a few words.

    With `is_text`, the value is in a path, a query or a header. Such a value is never null, so null is left out.
    """
    if schema.values:
        values = [one for one in schema.values if one is not None or not is_text]
        return _names("one of", [json.dumps(one) if not isinstance(one, str) else one for one in values])
    words = " or ".join(schema.types) or "any value"
    limits = []
    if schema.min_length:
        limits.append(f"at least {schema.min_length} characters")
    if schema.max_length is not None:
        limits.append(f"at most {schema.max_length} characters")
    return ", ".join([f"{words} ({schema.format})" if schema.format else words, *limits])


def _names(label: str, names: Sequence[str]) -> str:
    if not names:
        return f"{label}: none"
    more = f", .. {len(names) - 10} more" if len(names) > 10 else ""
    return f"{label}: {', '.join(str(name)[:60] for name in names[:10])}{more}"


def _wrong_body(media: Media, media_type: str, text: str) -> Iterator[_Wrong]:
    bare = media_type.partition(";")[0].strip().lower()
    if is_json_type(bare):
        try:
            value = json.loads(_JSON_PART.sub(_with_quotes, text))
        except (ValueError, RecursionError):
            return  # a lint of the file reports this
        yield from _Walk().check(media.schema, value, (), 0)
    elif bare == _FORM:
        pairs = (pair.partition("=") for pair in text.split("&") if pair)
        yield from _wrong_fields(media.schema, [(unquote_plus(name.strip()), value) for name, _, value in pairs])
    elif bare.startswith("multipart/"):
        yield from _wrong_fields(media.schema, [(name, None) for name in _PART_NAME.findall(text)])


def _with_quotes(part: re.Match[str]) -> str:
    """The matched text. If it is an open part in place of a whole JSON value, it gets quotes, so that it is read as a
    string; its value is not checked.
    """
    return f'"{part[0]}"' if part[0].startswith(_OPEN) else part[0]


def _wrong_fields(schema: SchemaView, pairs: Sequence[tuple[str, str | None]]) -> Iterator[_Wrong]:
    """The wrong fields of a form, from its name-value pairs."""
    fields = {field.name: field for field in schema.fields}
    if not fields or any(_OPEN in name for name, _ in pairs):
        return
    given = {name.partition("[")[0] for name, _ in pairs} | {name for name, _ in pairs}
    for name, field in fields.items():
        if field.is_required and name not in given and not field.schema.is_read_only:
            yield _Wrong((), f"the field '{name}' is required", _described(field.schema))
    for name, text in pairs:
        known = fields.get(name) or fields.get(name.partition("[")[0])
        if known is None:
            if schema.additional is None and "patternProperties" not in schema.flat:
                yield _Wrong((name,), "no such field is described", known=fields)
        elif text is not None and name == known.name and _OPEN not in text:
            wrong = _wrong_text(known.schema, unquote_plus(text.strip()))
            if wrong:
                yield _Wrong((name,), wrong)


class _Walk:
    """Compares one JSON value with its schema, up to a limit on the number of values."""

    def __init__(self) -> None:
        self._left = MAX_VALUES

    def check(self, schema: SchemaView, value: Any, path: tuple[str | int, ...], level: int) -> Iterator[_Wrong]:
        """The wrong values in the order of the body."""
        self._left -= 1
        if self._left < 0 or level > MAX_LEVELS or (isinstance(value, str) and _OPEN in value):
            return
        if value is None and (schema.is_nullable or (not schema.types and not schema.values)):
            return
        kind, types = json_type(value), schema.types
        if types and kind not in types and not (kind == "integer" and "number" in types):
            yield _Wrong(path, f"expected {_described(schema)}, got {_shown(value)}")
            return
        values = schema.values
        if values and not any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in values):
            about = hint(str(value), [str(one) for one in values[:100]])
            message = f"{_shown(value)} is not {_described(schema).replace('one of', 'one of the values', 1)}"
            yield _Wrong(path, message, about, is_not_listed=True)
            return
        yield from self._check_branches(schema, value, path, level)
        if kind == "object":
            yield from self._check_object(schema, value, path, level)
        elif kind == "array" and schema.items is not None:
            for index, one in enumerate(value):
                yield from self.check(schema.items, one, (*path, index), level + 1)
        elif kind == "string" and not fits(schema, value) and not values:
            yield _Wrong(path, f"expected {_described(schema)}, got {len(value)} characters")
        elif kind in ("integer", "number") and (wrong := _wrong_number(schema, value)):
            yield _Wrong(path, f"{_shown(value)}: {wrong}")

    def _check_branches(
        self, schema: SchemaView, value: Any, path: tuple[str | int, ...], level: int
    ) -> Iterator[_Wrong]:
        if schema.discriminator is not None and isinstance(value, dict):
            chosen = schema.discriminator.property
            if isinstance(named := value.get(chosen), str) and _OPEN not in named:
                yield from self._check_named_branch(schema, chosen, named, value, path, level)
                return
        for branches in schema.branch_sets:
            found: list[list[_Wrong]] = []
            for branch in [one for one in branches[:50] if value is None or not one.is_null]:
                found.append(list(self.check(branch, value, path, level + 1)))
                if not found[-1]:
                    break
            if found and all(found):
                yield from min(found, key=lambda wrong: (any(one.is_not_listed for one in wrong), len(wrong)))

    def _check_named_branch(
        self,
        schema: SchemaView,
        chosen: str,
        named: str,
        value: dict[str, Any],
        path: tuple[str | int, ...],
        level: int,
    ) -> Iterator[_Wrong]:
        """Check the branch for the value `named` of the member `chosen`."""
        branches = {schema.branch_value(one): one for one in schema.branches if not one.is_null}
        mapped = {key for key, _ in schema.discriminator.mapping} if schema.discriminator else set()
        if named in branches:
            yield from self.check(branches[named], value, path, level + 1)
        elif named not in mapped and "" not in branches:
            names = sorted(filter(None, branches))
            about = hint(named, names)
            yield _Wrong((*path, chosen), f"{_shown(named)} is not one of {_names('the values', names)}", about)

    def _check_object(
        self, schema: SchemaView, value: dict[str, Any], path: tuple[str | int, ...], level: int
    ) -> Iterator[_Wrong]:
        names = dict.fromkeys(field.name for field in schema.fields)
        for field in schema.fields:
            if field.is_required and field.name not in value and not field.schema.is_read_only:
                yield _Wrong(path, f"the field '{field.name}' is required", _described(field.schema))
        is_open = schema.additional is not None or "patternProperties" in schema.flat or bool(schema.branches)
        for name, one in value.items():
            inner = schema.field(name)
            if inner is not None:
                yield from self.check(inner, one, (*path, name), level + 1)
            elif schema.additional is not None:
                yield from self.check(schema.additional, one, (*path, name), level + 1)
            elif not is_open and (names or schema.is_closed) and _OPEN not in name and name not in names:
                yield _Wrong((*path, name), "no such field is described", known=names)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:60] + ".."


def _find_member(text: str, path: Sequence[str | int]) -> tuple[int, int]:
    """The index and length of the name of a member in a JSON text with variables.

    For an item of a list, the index at which the item starts.

    >>> _find_member('{"a": [{"b": {{x}}}]}', ("a", 0, "b"))
    (8, 3)
    """
    wanted = list(path)
    while wanted:
        for found, here in _tokens_with_paths(text):
            if here == wanted:
                return found.start(), len(found[0]) if isinstance(wanted[-1], str) else 1
        wanted.pop()
    start = len(text) - len(text.lstrip())
    return start, 1


def _tokens_with_paths(text: str) -> Iterator[tuple[re.Match[str], list[str | int]]]:
    """Each name of a member, and each start of an item, in a JSON text, with its path.

    The list changes with the next result, so callers must not keep it.
    """
    path: list[str | int] = []
    awaits_name = awaits_item = False
    for found in _TOKEN.finditer(text):
        token = found[0]
        if awaits_item and token != "]":
            yield found, path
        awaits_item = False
        if token in "{[":
            path.append("" if token == "{" else 0)
            awaits_name, awaits_item = token == "{", token == "["
        elif token in "}]":
            path = path[:-1]
        elif token == "," and path:
            last = path[-1]
            path[-1] = last + 1 if isinstance(last, int) else last
            awaits_name, awaits_item = isinstance(last, str), isinstance(last, int)
        elif awaits_name and token.startswith('"'):
            path[-1] = _name(token)
            awaits_name = False
            yield found, path


def _name(token: str) -> str:
    try:
        return str(json.loads(token))
    except ValueError:
        return token


_TOKEN = re.compile(rf'"(?:[^"\\]|\\.?)*+"?+|{BRACED}|[{{}}\[\],:]|[^\s{{}}\[\],:"]++', re.DOTALL)
"""A string, a variable, a mark or a word in a JSON text with variables."""
