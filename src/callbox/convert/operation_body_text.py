"""The body of an operation as lines of a `.http` file: JSON, form, multipart, XML or text, with its media type.

The value is an example of the description that fits its schema, else one made from the required parts, else of all that
may be written. No part of a value is read as a variable, a comment or a file: braces are escaped, and a text that is
not one line of plain text is put into a variable (`BodyText.variable`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from math import isfinite
from typing import Any, NamedTuple

from callbox.convert.operation_parameter_text import encoded, encoded_name, plain, styled_text
from callbox.exchange.invisible_characters import replace_unsafe
from callbox.exchange.media_types import JSON_LINES, JSON_SEQUENCE, essence
from callbox.exchange.template import escape
from callbox.openapi.description_model import Body, Media, is_json_type
from callbox.openapi.example_bodies import BodyExample, choose_body_media, make_body
from callbox.openapi.schema_view import SchemaView

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
BOUNDARY = "boundary"
MAX_TEXT = 100_000
"""The most characters of a text body; a longer example is cut."""
_MAX_LEVELS = 20
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]{1,100}+/[\w!#$&^.+-]{1,100}+")
_XML_NAME = re.compile(r"[^\w.-]")
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
"""The media type that is sent for a described range."""


class BodyText(NamedTuple):
    """The body of a request, as lines of the file."""

    content_type: str
    lines: tuple[str, ...]
    variable: str = ""
    """The value of the variable for a text of several lines; the body is then only that variable."""
    note: str = ""
    """A comment on the part that must be written by hand."""
    kind: str = "text"
    value: Any = None
    """The value of a JSON body, to compare it with the value that is read back."""


def body_text(body: Body) -> BodyText | None:
    """The body of a request; None if no media type is described."""
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
    """The example of a body: minimal, or full where nothing is required."""
    made = make_body(media, is_full=False)
    return make_body(media) if made.value in ({}, [], "", None) else made


def json_value(value: Any) -> Any:
    """The value as JSON can hold it: NaN and infinite numbers become null, keys become text."""
    if isinstance(value, dict):
        return {str(key): json_value(one) for key, one in value.items()}
    if isinstance(value, list):
        return [json_value(one) for one in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    return value


def json_lines(value: Any) -> Iterator[str]:
    r"""The lines of a JSON text whose strings hold no invisible characters and no variables.

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
    """A text as a line of a part, with blanks for line breaks and invisible characters; never a comment or file."""
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


def xml_lines(value: Any, schema: SchemaView, name: str = "", level: int = 0) -> Iterator[str]:
    """The lines of an XML element, by `xml.name`, `attribute`, `wrapped`, `prefix` and `namespace` of its schema."""
    about = schema.flat.get("xml")
    xml = about if isinstance(about, dict) else {}
    tag = _tag(xml, name or schema.name or "root")
    pad = "  " * level
    if isinstance(value, list):
        yield from _xml_list(value, schema, xml, tag, name, level)
        return
    namespace, prefix = xml.get("namespace"), xml.get("prefix")
    attributes = ""
    if isinstance(namespace, str) and namespace:
        mark = f"xmlns:{_XML_NAME.sub('_', prefix)}" if isinstance(prefix, str) and prefix else "xmlns"
        attributes = f' {mark}="{_escape_xml(_xml_text(namespace))}"'
    if not isinstance(value, dict) or level > _MAX_LEVELS:
        yield f"{pad}<{tag}{attributes}>{_escape_xml(_xml_text(plain('' if value is None else value)))}</{tag}>"
        return
    inner: list[str] = []
    for key, one in value.items():
        field = schema.field(str(key)) or SchemaView(_NoDocument(), {})
        described = field.flat.get("xml")
        own = described if isinstance(described, dict) else {}
        if own.get("attribute") is True and not isinstance(one, dict | list):
            attributes += f' {_tag(own, str(key))}="{_escape_xml(_xml_text(plain(one)))}"'
        else:
            inner += xml_lines(one, field, _own_name(own, str(key)), level + 1)
    if not inner:
        yield f"{pad}<{tag}{attributes}/>"
        return
    yield f"{pad}<{tag}{attributes}>"
    yield from inner
    yield f"{pad}</{tag}>"


def _xml_list(
    value: list[Any], schema: SchemaView, xml: dict[str, Any], tag: str, name: str, level: int
) -> Iterator[str]:
    items = schema.items or SchemaView(_NoDocument(), {})
    described = items.flat.get("xml")
    own = described if isinstance(described, dict) else {}
    is_wrapped = xml.get("wrapped") is True or not name
    item_name = _own_name(own, name or items.name or "item")
    if not is_wrapped:
        for one in value:
            yield from xml_lines(one, items, item_name, level)
        return
    yield f"{'  ' * level}<{tag}>"
    for one in value:
        yield from xml_lines(one, items, item_name, level + 1)
    yield f"{'  ' * level}</{tag}>"


class _NoDocument:
    """The document of a schema without a description, which has no references."""

    siblings_count = True

    def resolve(self, ref: str) -> Any:
        """Nothing."""
        return None

    def slice_of(self, ref: str) -> tuple[int, int] | None:
        """Nothing."""
        return None


def _own_name(xml: dict[str, Any], name: str) -> str:
    own = xml.get("name")
    return own if isinstance(own, str) and own else name


def _tag(xml: dict[str, Any], name: str) -> str:
    bare = _XML_NAME.sub("_", _own_name(xml, name)) or "item"
    bare = bare if bare[0].isalpha() or bare[0] == "_" else f"_{bare}"
    prefix = xml.get("prefix")
    return f"{_XML_NAME.sub('_', prefix)}:{bare}" if isinstance(prefix, str) and prefix else bare


def _xml_text(text: str) -> str:
    return replace_unsafe(" ".join(text.split()), lambda _: "")


def _escape_xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
