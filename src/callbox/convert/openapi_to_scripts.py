"""Write a description of an API as `.http` files: one file, or a file for each tag. Its servers become environments.

- The values of parameters as the text of a URL, a header or a cookie: by `style` and `explode` of OpenAPI. All texts
  are encoded for their place, so no value ends its line or begins a variable.
- The body of an operation as lines: JSON, form, multipart, XML or text, with its media type. The parser must not read a
  part of a value as a variable, a comment or a file. So braces are escaped, and a text that is not a single plain line
  is put into a variable (`BodyText.variable`).
- One operation as a block: title, name, variables, request, headers, body. All text of a description is foreign: it
  never begins or ends a line, and is never read as a variable. Each block is parsed again. If the parser does not read
  the block as the intended request, the block is written in a simpler way.
- The files, made of blocks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from callbox.exchange.invisible_characters import replace_unsafe
from callbox.exchange.media_types_and_charsets import JSON_LINES, JSON_SEQUENCE, essence, is_stream
from callbox.exchange.response_filename import safe_name
from callbox.exchange.template_braces import escape
from callbox.httpfile.model import FileReference, Step
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.requests.step_body_builder import operation_of
from callbox.httpfile.tool_notations import may_be_consumed
from callbox.openapi.example_bodies import (
    BodyExample,
    choose_body_media,
    compact_json,
    make_body,
    plain,
    sample_of,
    xml_lines,
)
from callbox.openapi.operations_parameters_and_security import (
    PATH_SAFE,
    Api,
    Body,
    Media,
    Operation,
    Parameter,
    Scheme,
    is_json_type,
    server_url,
    split_path,
)
from callbox.openapi.schema_view import SchemaView

_NAME_SAFE = "[]$.,:@!*()~'/-_"
_URL_VALUE_SAFE = ",:@!*()~'/$.-_"
_SEPARATORS = {"form": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C", "tabDelimited": "%09"}
MAX_VALUE = 1_000
"""The most characters of a value. A longer value is cut."""
MAX_TITLE = 200
_NOT_A_NAME = re.compile(r"[^\w-]+")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,200}\Z")
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,200}+>")
"""HTML tags, which occur in some summaries."""
_COOKIE = re.compile(r"[^\s;,\"\\{}]*\Z")
_IGNORED = frozenset({"accept", "content-type", "authorization"})
"""Header parameters that must be ignored (OpenAPI 3.1, "Parameter Object")."""
_OWN = frozenset({"host", "content-length", "transfer-encoding", "connection", "cookie", "upgrade", "expect"})
"""The headers that the connection sets."""
_VALUE_SAFE = re.compile(r"[A-Za-z0-9\-._~]+\Z")
_RESERVED_NAMES = ("base", "body", "host", "request", "response", "client")


def query_text(parameter: Parameter, value: Any) -> str:
    """The text of a query parameter: its encoded name-value pairs, joined by `&`; empty if the value has none.

    >>> from callbox.openapi.schema_view import SchemaView
    >>> one = Parameter("a", "query", False, "", False, "form", True, False, SchemaView(None, {}), None, ())
    >>> query_text(one, [1, "b c"]), query_text(one._replace(explode=False), [1, 2]), query_text(one, {"R": 1, "G": 2})
    ('a=1&a=b%20c', 'a=1,2', 'R=1&G=2')
    """
    name = encoded_name(parameter.name)
    if parameter.location == "querystring":
        pairs = value.items() if isinstance(value, dict) else ()
        return "&".join(f"{encoded_name(key)}={_encoded(one)}" for key, one in pairs) or _encoded(value)
    if parameter.content is not None:
        return f"{name}={_encoded(value if isinstance(value, str) else compact_json(value))}"
    return styled_text(name, value, parameter.style, explode=parameter.explode)


def styled_text(name: str, value: Any, style: str, *, explode: bool) -> str:
    """The text of a value in one of OpenAPI's styles: name-value pairs with the encoded name, joined by `&`.

    >>> styled_text("f", {"a": {"b": 1}}, "deepObject", explode=True)
    'f[a][b]=1'
    """
    if isinstance(value, list):
        items = [_encoded(one) for one in value] or ["string"]
        if style == "deepObject":
            return "&".join(f"{name}[]={one}" for one in items)
        if explode:
            return "&".join(f"{name}={one}" for one in items)
        return f"{name}={_SEPARATORS.get(style, ',').join(items)}"
    if not isinstance(value, dict):
        return f"{name}={_encoded(value)}"
    if style == "deepObject":
        return "&".join(_deep(name, value, 0))
    if explode:
        return "&".join(f"{encoded_name(key)}={_encoded(one)}" for key, one in value.items())
    parts = [part for key, one in value.items() for part in (encoded_name(key), _encoded(one))]
    return f"{name}={_SEPARATORS.get(style, ',').join(parts)}"


def _deep(name: str, value: Any, level: int) -> list[str]:
    if isinstance(value, dict) and level < 8:
        return [pair for key, one in value.items() for pair in _deep(f"{name}[{encoded_name(key)}]", one, level + 1)]
    if isinstance(value, list) and level < 8:
        return [f"{name}[]={_encoded(one)}" for one in value]
    return [f"{name}={_encoded(value)}"]


def path_text(parameter: Parameter, value: Any) -> str:
    """The value of a path parameter, not encoded. Lists and objects are written in the parameter's style."""
    lead, separator = {"label": (".", "."), "matrix": (";", ",")}.get(parameter.style, ("", ","))
    if isinstance(value, dict):
        pairs = [(key, plain(one)) for key, one in value.items()]
        text = separator.join(f"{key}={one}" if parameter.explode else f"{key},{one}" for key, one in pairs)
    elif isinstance(value, list):
        text = separator.join(plain(one) for one in value)
    else:
        text = plain(value)
    if parameter.style == "matrix":
        lead = f";{parameter.name}="
    return (lead + text)[:MAX_VALUE]


def header_text(parameter: Parameter, value: Any) -> str:
    """The value of a header or a cookie as one line of ASCII, not encoded. If a header cannot contain the value, the
    result is the word `string`.
    """
    if parameter.content is not None and not isinstance(value, str):
        value = compact_json(value)
    text = path_text(parameter._replace(style="simple"), value)
    line = " ".join(text.split())
    return line if line and line.isascii() and line.isprintable() else "string"


def _encoded(value: Any) -> str:
    return encoded(plain(value)[:MAX_VALUE])


def encoded(text: str) -> str:
    """A text percent-encoded for a query. Lone surrogates are replaced.

    >>> encoded("a b&c={{d}}#")
    'a%20b%26c%3D%7B%7Bd%7D%7D%23'
    """
    return quote(text, safe=_URL_VALUE_SAFE, errors="replace")


def encoded_name(name: str) -> str:
    """The percent-encoded name of a query parameter. Brackets stay."""
    return quote(name, safe=_NAME_SAFE, errors="replace")


FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
BOUNDARY = "boundary"
MAX_TEXT = 100_000
"""The most characters of a text body. A longer example is cut."""
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]{1,100}+/[\w!#$&^.+-]{1,100}+")
_PLAIN_LINE = re.compile(r"[\w\"'(][^\r\n]*+\Z")
_SURROGATES = re.compile("[\ud800-\udfff]")
_WILD = {
    "*/*": "application/json",
    "application/*": "application/json",
    "application/*+json": "application/json",
    "application/*+xml": "application/xml",
    "text/*": "text/plain",
    "text/*+xml": "text/xml",
    "multipart/*": "multipart/form-data",
}
"""The media type that is sent if the description only has a range such as `*/*`."""


class BodyText(NamedTuple):
    """The body of a request, as lines of the file."""

    content_type: str
    lines: tuple[str, ...]
    variable: str = ""
    """A text of several lines, which becomes the value of a variable. The body then consists only of this variable."""
    note: str = ""
    """A comment on a part that the user must write by hand."""
    kind: str = "text"
    value: Any = None
    """The value of a JSON body. It is compared with the value that the parser reads from the text."""


def body_text(body: Body) -> BodyText | None:
    """The body of a request; None if the description has no media type."""
    media = choose_body_media(body)
    if media is None:
        return None
    described = media.media_type.strip()
    bare = _WILD.get(described.lower(), described.partition(";")[0].strip())
    if not _MEDIA_TYPE.fullmatch(bare):
        return None
    if bare.lower().startswith("multipart/"):
        value = _value(media).value
        return BodyText(f"{bare}; boundary={BOUNDARY}", tuple(_multipart(value, media)), kind="multipart")
    value = _value(media).value
    if bare.lower() == FORM:
        return BodyText(bare, tuple(_form(value, media)), kind="form")
    if is_json_type(bare):
        value = json_value(value)
        return BodyText(bare, tuple(json_lines(value)), kind="json", value=value)
    return _text_body(bare, value, media)


def _value(media: Media) -> BodyExample:
    """The example of a body: the required fields, or all fields if none is required."""
    made = make_body(media, is_full=False)
    return make_body(media) if made.value in ({}, [], "", None) else made


def json_value(value: Any) -> Any:
    """The value in a form that JSON allows: NaN and infinite numbers become null, and keys become text."""
    if isinstance(value, dict):
        return {str(key): json_value(one) for key, one in value.items()}
    if isinstance(value, list):
        return [json_value(one) for one in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    return value


def json_lines(value: Any) -> Iterator[str]:
    r"""The lines of a JSON text. Its strings contain no invisible characters and no variables.

    >>> print("\n".join(json_lines({"a": "{{b}}\u202e"})))
    {
      "a": "\{\{b}}\u202e"
    }
    """
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    lines = text.split("\n")
    for line in lines:
        safe = line if line.isascii() and line.isprintable() else replace_unsafe(line, _json_escape)
        yield _escape_in_json(safe)


def _json_escape(character: str) -> str:
    return "".join(f"\\u{unit:04x}" for unit in _units(character))


def _units(character: str) -> tuple[int, ...]:
    point = ord(character)
    if point < 0x10000:
        return (point,)
    point -= 0x10000
    return 0xD800 + (point >> 10), 0xDC00 + (point & 0x3FF)


def _escape_in_json(line: str) -> str:
    return escape(line) if "{{" in line else line


def _form(value: Any, media: Media) -> Iterator[str]:
    pairs = [encoded(plain(value))] if value else []
    if isinstance(value, dict):
        pairs = list(_form_pairs(value, media))
    for number, pair in enumerate(pairs):
        yield f"&{pair}" if number else pair


def _form_pairs(value: dict[str, Any], media: Media) -> list[str]:
    pairs: list[str] = []
    for name, one in value.items():
        key, about = encoded_name(str(name)), media.encoding.get(name)
        style = about.get("style") if isinstance(about, dict) else None
        if isinstance(about, dict) and isinstance(style, str) and isinstance(one, dict | list):
            text = styled_text(key, one, style, explode=about.get("explode") is not False)
            pairs += text.split("&") if text else []
            continue
        items = (one or [""]) if isinstance(one, list) else [one]
        pairs += [f"{key}={encoded(plain(item)[:MAX_TEXT])}" for item in items]
    return pairs


def _multipart(value: Any, media: Media) -> Iterator[str]:
    fields = value if isinstance(value, dict) and value else {"file": ""}
    for name, one in fields.items():
        schema = media.schema.field(str(name))
        media_type = _encoding_type(media, str(name))
        items = schema.without_null.items if schema is not None else None
        if isinstance(one, list) and items is not None and not media_type and _is_repeated(items):
            schema, values = items, one or [""]
        else:
            values = [one]
        for value in values:
            yield f"--{BOUNDARY}"
            yield from _part(str(name), value, schema, media_type)
    yield f"--{BOUNDARY}--"


def _is_repeated(items: SchemaView) -> bool:
    """Whether each item of a list becomes a separate part.

    This is so for files, texts and numbers (OpenAPI 3.1, "Encoding Object").
    """
    return items.is_file or not {"object", "array"}.intersection(items.without_null.types)


def _part(name: str, value: Any, schema: SchemaView | None, media_type: str) -> Iterator[str]:
    label = escape(replace_unsafe(" ".join(name.split()), lambda _: "_")).replace('"', "%22")
    is_file = schema is not None and (schema.is_file or schema.without_null.is_file)
    is_structured = isinstance(value, dict | list)
    if is_file and not is_structured:
        yield f'Content-Disposition: form-data; name="{label}"; filename="file"'
        yield f"Content-Type: {media_type or 'application/octet-stream'}"
    else:
        yield f'Content-Disposition: form-data; name="{label}"'
        if media_type or is_structured:
            yield f"Content-Type: {media_type or 'application/json'}"
    yield ""
    if is_structured:
        text = json.dumps(json_value(value))
    else:
        text = "" if value is None else plain(value)
    yield _one_line(text) or ("string" if is_file else "")


def _encoding_type(media: Media, name: str) -> str:
    described = media.encoding.get(name)
    content_type = described.get("contentType") if isinstance(described, dict) else None
    first = content_type.partition(",")[0].strip() if isinstance(content_type, str) else ""
    return first if _MEDIA_TYPE.fullmatch(first) else ""


def _one_line(text: str) -> str:
    """A text as one line of a multipart part.

    Line breaks and invisible characters become blanks, and the line is never a comment or a file.
    """
    line = escape(replace_unsafe(" ".join(text.split()), lambda _: "")[:MAX_TEXT])
    is_json_or_number = line[:1] in ("[", "{", "-") and not line.startswith("--")
    is_kept = not line or _PLAIN_LINE.match(line) is not None or is_json_or_number
    return line if is_kept else "string"


def _text_body(media_type: str, value: Any, media: Media) -> BodyText:
    lowered = media_type.lower()
    if value is None or value == "":
        return BodyText(media_type, ("string",), note="to send a file: < ./FILE")
    if "xml" in lowered and not isinstance(value, str):
        lines = ['<?xml version="1.0" encoding="UTF-8"?>', *xml_lines(value, media.schema)]
        return BodyText(media_type, tuple(map(escape, lines)))
    if essence(media_type) in JSON_LINES or essence(media_type) == JSON_SEQUENCE:
        items = value if isinstance(value, list) else [value]
        lines = [json.dumps(json_value(one)) for one in items] or ["{}"]
        return BodyText(media_type, tuple(map(_escape_in_json, lines)))
    if isinstance(value, dict | list):
        return BodyText(media_type, tuple(json_lines(json_value(value))))
    return text_in_variable(media_type, plain(value))


def text_in_variable(media_type: str, text: str) -> BodyText:
    """A text as the body: unchanged if it is one plain line, else in a variable."""
    text = _SURROGATES.sub("?", text[:MAX_TEXT]).replace("\0", "")
    if text.isprintable() and _PLAIN_LINE.match(text) and text == text.rstrip():
        return BodyText(media_type, (escape(text),))
    packed = text.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t")
    visible = replace_unsafe(packed, lambda _: "")
    return BodyText(media_type, ("{{body}}",), variable=escape(visible.strip()) or "string")


class AddedAuth(NamedTuple):
    """The headers and variables that the security of an operation adds to its request."""

    secrets: tuple[tuple[str, str], ...] = ()
    """The variables that a run asks for: the directive (`secret` or `prompt`) and the name of each."""
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class RequestBlock(NamedTuple):
    """One operation as text, and the parts of it that could not be written."""

    key: str
    """The operation as its `# @operation` line names it: `GET /books/{id}`."""
    name: str
    text: str
    problem: str = ""
    """The parts of the operation that could not be written; empty if there are none."""


class _Target(NamedTuple):
    """The path of a request, and the variables in it."""

    path: str
    variables: tuple[tuple[str, str], ...]


def one_line(text: str, most: int = MAX_TITLE) -> str:
    r"""A foreign text as part of a line: line breaks, invisible characters and variables are removed.

    >>> one_line("a\n### GET {{b}}\x1b")
    'a ### GET \\{\\{b}}'
    """
    bare = replace_unsafe(" ".join(text[: 4 * most].split()), lambda _: "")
    return escape(bare[:most].rstrip())


def key_text(key: str) -> str:
    """The key of an operation for its `# @operation` line."""
    return (
        replace_unsafe(key.replace("\n", "%0A").replace("\r", "%0D").replace("\t", "%09"), _percent)
        .strip()
        .replace("{{", "%7B%7B")
    )


def _percent(character: str) -> str:
    return quote(character, safe="", errors="replace")


def variable_name(text: str) -> str:
    """A text as the name of a request or of a variable.

    >>> variable_name("api key (v2)"), variable_name("")
    ('api_key_v2', '')
    """
    return _NOT_A_NAME.sub("_", text)[:100].strip("_")


class Names:
    """Chooses unique names for requests. A name that is already used gets a number."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def take(self, operation: Operation) -> str:
        """The name of an operation: its id, else its method and path."""
        stem = variable_name(operation.id) or variable_name(operation.key) or "request"
        name, number = stem, 1
        while name.lower() in self._counts:
            number = max(number, self._counts[stem.lower()]) + 1
            self._counts[stem.lower()] = number
            name = f"{stem}_{number}"
        self._counts.setdefault(name.lower(), 1)
        return name


def make_block(api: Api, operation: Operation, name: str, schemes: Mapping[str, Scheme]) -> RequestBlock:
    """The block of an operation."""
    body = body_text(operation.body) if operation.body is not None else None
    wanted = _ExpectedRequest(operation.method, name)
    for attempt in (body, _plainer(body), None):
        text = "\n".join(_lines(api, operation, name, schemes, attempt)) + "\n"
        if wanted.is_read(text, attempt):
            left_out = body is not None and attempt is None
            return RequestBlock(
                key=key_text(operation.key), name=name, text=text, problem="its body is left out" if left_out else ""
            )
    return RequestBlock(key=key_text(operation.key), name=name, text="", problem="it cannot be written as a request")


def _plainer(body: BodyText | None) -> BodyText | None:
    """The body as one line in a variable."""
    if body is None or body.variable or body.kind == "multipart":
        return None
    text = json.dumps(body.value) if body.kind == "json" else "\n".join(body.lines)
    packed = text.replace("\\", "\\\\").replace("\n", "\\n") if body.kind == "json" else text.replace("\n", "\\n")
    return body._replace(lines=("{{body}}",), variable=escape(packed))


class _ExpectedRequest(NamedTuple):
    """The request that the parser must read from a block."""

    method: str
    name: str

    def is_read(self, text: str, body: BodyText | None) -> bool:
        """Whether the parser reads the text as one request with this method, name and body, without a diagnostic."""
        script = parse(text, "")
        if script.diagnostics or len(script.steps) != 1:
            return False
        step = script.steps[0]
        if step.method != self.method or step.name != self.name or step.protocol != "http":
            return False
        if body is None:
            return not step.body.pieces
        if not body.lines:
            return True
        if list(step.body.files) or not step.body.pieces or _sends_file(step):
            return False
        if body.kind == "json" and not body.variable:
            return step.body.kind == "json"
        return body.kind == "form" or _joined(step.body.texts) == "\n".join(body.lines)


def _sends_file(step: Step) -> bool:
    """Whether a line of a GraphQL body, such as `gql NAME < FILE`, would send a file of the user."""
    operation = operation_of(step)
    pieces = (*operation.query, *operation.variables) if operation is not None else ()
    return any(isinstance(piece, FileReference) for piece in pieces)


def _joined(texts: Iterable[Any]) -> str:
    return "".join(text.text for text in texts).replace("\r\n", "\n").rstrip("\n")


def _lines(
    api: Api, operation: Operation, name: str, schemes: Mapping[str, Scheme], body: BodyText | None
) -> Iterator[str]:
    auth = _auth(operation, schemes)
    taken = {*_RESERVED_NAMES, *(variable for _, variable in auth.secrets)}
    target = _target(operation, taken)
    yield f"### {_title(operation)}"
    if operation.is_deprecated:
        yield "# Deprecated"
    yield f"# @name {name}"
    yield f"# @operation {key_text(operation.key)}"
    for note in (*auth.notes, *((body.note,) if body is not None and body.note else ())):
        yield f"# {one_line(note)}"
    if _has_only_streams(operation):
        yield f"# @events {_EVENTS}"
    yield from (f"# @{directive} {variable}" for directive, variable in auth.secrets)
    yield from (f"@{variable} = {value}" for variable, value in target.variables)
    if body is not None and body.variable:
        yield f"@body = {body.variable}"
    yield f"{operation.method} {base_of(api, operation)}{target.path}"
    yield from query_lines(_queries(operation, auth))
    yield from _headers(operation, auth, body)
    if body is not None and body.lines:
        yield ""
        yield from body.lines


_EVENTS = 3
"""The number of events after which a generated request ends a stream, because a stream may never end by itself."""


def _has_only_streams(operation: Operation) -> bool:
    """Whether each described successful response is a stream of events."""
    media = [one for response in operation.responses if response.status.startswith("2") for one in response.media]
    return bool(media) and all(is_stream(one.media_type) for one in media)


def _title(operation: Operation) -> str:
    title = one_line(_MARKUP.sub("", operation.summary[:2000])).strip("#@ ").strip()
    return title or one_line(operation.key)


def base_of(api: Api, operation: Operation) -> str:
    """The start of the URL: `{{base}}`, or the server that the operation itself names."""
    if operation.servers == api.servers or not operation.servers:
        return "{{base}}"
    own = server_url(operation.servers[0], api.location)
    is_only_one = len(api.servers) == 1 and own == server_url(api.servers[0], api.location)
    return "{{base}}" if is_only_one or "://" not in own else own


def _target(operation: Operation, taken: set[str]) -> _Target:
    segments, _ = split_path(operation.path)
    described = {one.name: one for one in operation.parameters if one.location == "path"}
    variables: dict[str, tuple[str, str]] = {}
    written = []
    for segment in segments:
        made, rest = "", segment
        while rest:
            literal, is_open, tail = rest.partition("{")
            name, is_closed, after = tail.partition("}")
            made += quote(literal, safe=PATH_SAFE + "%", errors="replace")
            if not is_open:
                break
            if not is_closed or name not in described:
                made += quote("{" + tail, safe=PATH_SAFE + "%", errors="replace")
                break
            if name not in variables:
                variables[name] = _variable(described[name], taken)
            variable, value = variables[name]
            made += f"{{{{{variable}}}}}" if _VALUE_SAFE.match(value) else f"{{{{%{variable}}}}}"
            rest = after
        written.append(made)
    return _Target("/" + "/".join(written), tuple(variables.values()))


def _variable(parameter: Parameter, taken: set[str]) -> tuple[str, str]:
    """The name and the value of the variable of a path parameter."""
    stem = variable_name(parameter.name) or "value"
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}_{number}"
    taken.add(name)
    value = " ".join(path_text(parameter, sample_of(parameter)).split())
    bare = replace_unsafe(value, lambda _: "").strip()
    return name, escape(bare.replace("\\", "\\\\")) or "string"


def _queries(operation: Operation, auth: AddedAuth) -> list[tuple[str, bool]]:
    """The query parameters as name-value pairs, each with whether it is written as a comment."""
    _, constants = split_path(operation.path)
    pairs = [(f"{encoded_name(name)}={encoded(value)}", False) for name, value in constants]
    known = {name for name, _ in constants}
    for one in operation.parameters:
        if one.location in ("query", "querystring") and one.name not in known:
            text = query_text(one, sample_of(one))
            if text:
                pairs.append((text, not one.is_required))
    held = {pair.partition("=")[0] for pair in auth.query}
    pairs = [pair for pair in pairs if pair[0].partition("=")[0] not in held]
    required = [pair for pair in pairs if not pair[1]]
    return [*required, *((pair, False) for pair in auth.query), *(pair for pair in pairs if pair[1])]


def query_lines(pairs: Iterable[tuple[str, bool]]) -> Iterator[str]:
    """The lines of a query after its request line. Optional parameters are comments.

    If no parameter is required, each line begins with `?`, so that any single line may be uncommented.
    """
    mark = "?"
    for text, is_comment in pairs:
        yield f"#   {mark}{text}" if is_comment else f"    {mark}{text}"
        mark = mark if is_comment else "&"


def _headers(operation: Operation, auth: AddedAuth, body: BodyText | None) -> Iterator[str]:
    yield from (f"{name}: {value}" for name, value in auth.headers)
    held = {name.lower() for name, _ in auth.headers}
    optional: list[str] = []
    cookies = list(auth.cookies)
    for one in operation.parameters:
        if one.location == "cookie":
            cookie = _cookie(one)
            cookies += [cookie] if cookie and one.is_required else []
            optional += [f"# Cookie: {cookie}"] if cookie and not one.is_required else []
        elif one.location == "header" and one.name.lower() not in held | _IGNORED | _OWN and _TOKEN.match(one.name):
            if may_be_consumed(one.name):
                optional.append(f"# {one.name} is left out: callbox would read it as an option of the request")
                continue
            line = f"{one.name}: {escape(header_text(one, sample_of(one)))}"
            if one.is_required:
                yield line
            else:
                optional.append(f"# {line}")
    if cookies:
        yield f"Cookie: {'; '.join(cookies)}"
    if body is not None and body.lines:
        yield f"Content-Type: {body.content_type}"
    yield from optional


def _cookie(parameter: Parameter) -> str:
    """The cookie of a parameter: its name and its value; empty if a header cannot contain it."""
    text = header_text(parameter, sample_of(parameter))
    return f"{parameter.name}={text}" if _TOKEN.match(parameter.name) and _COOKIE.match(text) else ""


def _auth(operation: Operation, schemes: Mapping[str, Scheme]) -> AddedAuth:
    """The credentials for the first alternative of the operation's security."""
    auth = AddedAuth()
    for requirement in operation.security[0] if operation.security else ():
        scheme = schemes.get(requirement.scheme)
        added = _of_scheme(scheme) if scheme is not None else AddedAuth(notes=(f"auth: {requirement.scheme}",))
        has_both = any(name == "Authorization" for name, _ in auth.headers) and any(
            name == "Authorization" for name, _ in added.headers
        )
        if has_both:
            added = AddedAuth(notes=(f"auth: also {requirement.scheme}",))
        auth = AddedAuth(
            secrets=auth.secrets + added.secrets,
            headers=auth.headers + added.headers,
            query=auth.query + added.query,
            cookies=auth.cookies + added.cookies,
            notes=auth.notes + added.notes,
        )
    return auth._replace(secrets=tuple(dict.fromkeys(auth.secrets)))


def _of_scheme(scheme: Scheme) -> AddedAuth:
    name = variable_name(scheme.name) or "secret"
    if name in _RESERVED_NAMES:
        name = f"{name}_secret"
    value = f"{{{{{name}}}}}"
    secret = (("secret", name),)
    if scheme.type == "http":
        kind = scheme.described.get("scheme")
        kind = kind.lower() if isinstance(kind, str) else ""
        if kind in ("basic", "digest"):
            pair = f"{{{{{name}_user}}}} {{{{{name}_password}}}}"
            asked = (("prompt", f"{name}_user"), ("secret", f"{name}_password"))
            return AddedAuth(secrets=asked, headers=(("Authorization", f"{kind.title()} {pair}"),))
        if kind == "bearer":
            return AddedAuth(secrets=secret, headers=(("Authorization", f"Bearer {value}"),))
        return AddedAuth(notes=(f"auth: http {kind} ({scheme.name})",))
    if scheme.type in ("oauth2", "openIdConnect"):
        return AddedAuth(secrets=secret, headers=(("Authorization", f"Bearer {value}"),))
    if scheme.type == "apiKey":
        return _of_key(scheme, secret, value)
    return AddedAuth(notes=(f"auth: {scheme.type} ({scheme.name})",))


def _of_key(scheme: Scheme, secret: tuple[tuple[str, str], ...], value: str) -> AddedAuth:
    name, place = scheme.described.get("name"), scheme.described.get("in")
    note = AddedAuth(notes=(f"auth: apiKey ({scheme.name})",))
    if not isinstance(name, str):
        return note
    if place == "query":
        return AddedAuth(secrets=secret, query=(f"{quote(name, safe='[]-._~', errors='replace')}={value}",))
    if not _TOKEN.match(name) or may_be_consumed(name) or name.lower() in _OWN - {"cookie"}:
        return note
    if place == "cookie":
        return AddedAuth(secrets=secret, cookies=(f"{name}={value}",))
    return AddedAuth(secrets=secret, headers=((name, value),)) if place == "header" else note


_NOT_IN_SLUG = re.compile(r"[\W_]+")
MAX_ENVIRONMENTS = 50
MAX_ENVIRONMENT_NAME = 24
"""The most characters of a description that is used as a name."""


class GeneratedScript(NamedTuple):
    """A `.http` file that is generated from a description."""

    stem: str
    """The name of the file without its folder and suffix; `""` if one file has all operations."""
    head: str
    blocks: tuple[RequestBlock, ...]

    @property
    def text(self) -> str:
        """The whole file."""
        return "\n".join([self.head, *(block.text for block in self.blocks)]) if self.head else self._blocks

    @property
    def _blocks(self) -> str:
        return "\n".join(block.text for block in self.blocks)


class Converted(NamedTuple):
    """The result of the conversion of a description."""

    scripts: tuple[GeneratedScript, ...]
    environments: Mapping[str, str]
    """The base URL of each environment, the default first; {} if there is only one server."""
    problems: tuple[str, ...]
    """The parts that could not be written, each with its operation."""


def convert_description(api: Api, *, is_folder: bool = False, has_environments: bool = True) -> Converted:
    """The `.http` files of a description; with `is_folder`, one for each tag.

    With `has_environments`, environments define the base if there are several servers. Otherwise each file has a
    variable for the base.

    >>> from callbox.openapi.description_checks_and_compiler import compile_text
    >>> api = Api(compile_text('''{"openapi": "3.1.0", "info": {"title": "Books", "version": "2"}, "servers": [
    ...   {"url": "https://books.test/v1"}], "paths": {"/books/{id}": {"get": {"summary": "Get a book"}}}}''', ""))
    >>> print(convert_description(api).scripts[0].text)
    # Books 2
    @base = https://books.test/v1
    <BLANKLINE>
    ### Get a book
    # @name GET_books_id
    # @operation GET /books/{id}
    @id = string
    GET {{base}}/books/{{id}}
    <BLANKLINE>
    """
    environments = environments_of(api) if has_environments else {}
    names, schemes = Names(), {scheme.name: scheme for scheme in api.schemes}
    files: dict[str, list[RequestBlock]] = {}
    problems = []
    for operation in operations_of(api):
        block = make_block(api, operation, names.take(operation), schemes)
        if block.problem:
            problems.append(f"{block.key}: {block.problem}")
        if block.text:
            files.setdefault(_stem(operation) if is_folder else "", []).append(block)
    scripts = tuple(
        GeneratedScript(stem, _head(api, environments, blocks), tuple(blocks)) for stem, blocks in files.items()
    )
    return Converted(scripts, environments, tuple(problems))


def operations_of(api: Api) -> Iterator[Operation]:
    """All operations, path by path."""
    for node in api.walk():
        yield from api.operations(node)


def environments_of(api: Api) -> dict[str, str]:
    """An environment for each different server URL. Its name is the description of the server, or else its host."""
    found: dict[str, str] = {}
    urls: set[str] = set()
    for server in api.servers[:MAX_ENVIRONMENTS]:
        url = server_url(server, api.location)
        if url in urls:
            continue
        urls.add(url)
        own = _slug(server.description)
        stem = (own if len(own) <= MAX_ENVIRONMENT_NAME else "") or _slug(urlsplit(url).hostname or "") or "server"
        name, number = stem, 1
        while name in found:
            number += 1
            name = f"{stem}-{number}"
        found[name] = url
    return found if len(found) > 1 else {}


def _head(api: Api, environments: Mapping[str, str], blocks: Sequence[RequestBlock]) -> str:
    """The lines before the requests: the title, and the base if a request uses it."""
    title = one_line(api.label or "API without a title")
    lines = [f"# {title.lstrip('@#/ ')}".rstrip()]
    if environments:
        lines.append(f"# base is in http-client.env.json; environments (-e NAME): {', '.join(environments)}")
    elif any("{{base}}" in block.text for block in blocks):
        lines.append(f"@base = {server_url(api.servers[0], api.location)}")
    return "\n".join(lines) + "\n"


def _stem(operation: Operation) -> str:
    """The name of the file for an operation: its first tag, or else the first segment of its path."""
    segments = [one for one in split_path(operation.path)[0] if one and not one.startswith("{")]
    names = (safe_name(_slug(text)) for text in (*operation.tags[:1], *segments[:1]))
    return next(filter(None, names), "api")


def _slug(text: str) -> str:
    """A text as a part of a file name: lower case, words of letters and digits of any script joined by `-`.

    >>> _slug("User accounts (v2)"), _slug("Bücher/../x")
    ('user-accounts-v2', 'bücher-x')
    """
    return _NOT_IN_SLUG.sub("-", text[:200]).strip("-").lower()
