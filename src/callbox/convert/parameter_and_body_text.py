"""The values of parameters and the bodies of requests as text of a `.http` file.

- Values of parameters as the text of a URL, a header or a cookie: by `style` and `explode` of OpenAPI. All texts are
  encoded for their place, so no value ends its line or begins a variable.
- The body of an operation as lines: JSON, form, multipart, XML or text, with its media type. No part of a value is read
  as a variable, a comment or a file: braces are escaped, and a text that is not one line of plain text is put into a
  variable (`BodyText.variable`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from math import isfinite
from typing import Any, NamedTuple
from urllib.parse import quote

from callbox.exchange.invisible_characters import replace_unsafe
from callbox.exchange.media_types import JSON_LINES, JSON_SEQUENCE, essence
from callbox.exchange.template import escape
from callbox.openapi.description_model import Body, Media, Parameter, is_json_type
from callbox.openapi.example_bodies import BodyExample, choose_body_media, compact_json, make_body, plain, xml_lines
from callbox.openapi.schema_view import SchemaView

_NAME_SAFE = "[]$.,:@!*()~'/-_"
_URL_VALUE_SAFE = ",:@!*()~'/$.-_"
_SEPARATORS = {"form": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C", "tabDelimited": "%09"}
MAX_VALUE = 1_000
"""The most characters of a value. A longer value is cut."""


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
    """The value of a header or a cookie as one line of ASCII, not encoded; `string` if a header cannot contain the
    value.
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
    """The value of a variable that holds a text of several lines. The body is then only that variable."""
    note: str = ""
    """A comment on a part that the user must write by hand."""
    kind: str = "text"
    value: Any = None
    """The value of a JSON body, for the comparison with the value that is read back."""


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
        yield f"--{BOUNDARY}"
        yield from _part(str(name), one, schema, _encoding_type(media, str(name)))
    yield f"--{BOUNDARY}--"


def _part(name: str, value: Any, schema: SchemaView | None, media_type: str) -> Iterator[str]:
    label = escape(replace_unsafe(" ".join(name.split()), lambda _: "_")).replace('"', "%22")
    is_file = schema is not None and (schema.format == "binary" or schema.content_media_type != "")
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
        return BodyText(media_type, ("string",), note="a file is sent by: < ./FILE")
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
