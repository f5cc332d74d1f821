"""`/big`, `/bytes`, `/file`, `/image`, `/cache`: contents to fetch whole, in ranges, or not again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

from callbox.practice.call import Call
from callbox.practice.conditional import is_fresh, not_modified, serve_range, validators
from callbox.practice.content import json_records, pattern, picture, text_lines
from callbox.practice.library import OPENING
from callbox.practice.problems import Refusal
from callbox.practice.response import JSON_TYPE, Response, show
from callbox.practice.routes import Answer, Param, Route, gives, in_path, refuses
from callbox.practice.schema import Schema

_BIN_TYPE = "application/octet-stream"
_FILE_BYTES = 100_000
_MAKERS: dict[str, tuple[str, Callable[[int], Iterator[bytes]]]] = {
    "json": (JSON_TYPE, json_records),
    "text": ("text/plain; charset=utf-8", text_lines),
    "bin": (_BIN_TYPE, lambda size: pattern(0, size)),
}


def _big(call: Call) -> Response:
    media_type, make = _MAKERS[call.text("type")]
    size = max(2, round(call.real("mb") * 1_000_000))
    length = None if call.flag("chunked") else size
    return Response(200, (("Content-Type", media_type),), stream=make(size), length=length)


def _bytes(call: Call) -> Response:
    size = call.number("n")
    tag = f'"bytes-{size}"'
    if is_fresh(call.request, tag, OPENING):
        return not_modified(tag, OPENING)
    return serve_range(call.request, size, tag, (("Content-Type", _BIN_TYPE),), pattern)


def _file(call: Call) -> Response:
    name = call.text("name")
    tag = '"shelf-list-1"'
    if not name.isprintable():
        raise Refusal(422, "that cannot be a file name", errors={"name": "must be printable"})
    if is_fresh(call.request, tag, OPENING):
        return not_modified(tag, OPENING)
    modified = validators(tag, OPENING)[1]
    fields = (("Content-Type", _BIN_TYPE), ("Content-Disposition", _attachment(name)), modified)
    return serve_range(call.request, _FILE_BYTES, tag, fields, pattern)


def _attachment(name: str) -> str:
    """RFC 6266: a plain name for every client, and the true one for those who read UTF-8."""
    plain = name.encode("ascii", "replace").decode("ascii").replace("\\", "\\\\").replace('"', '\\"')
    value = f'attachment; filename="{plain}"'
    return value if name.isascii() else f"{value}; filename*=UTF-8''{quote(name, safe='')}"


def _image(_call: Call) -> Response:
    return Response(200, (("Content-Type", "image/png"),), picture())


def _cache(call: Call) -> Response:
    tag = '"cached-1"'
    fields = (("Cache-Control", "max-age=60"), ("Vary", "Accept"))
    if is_fresh(call.request, tag, OPENING):
        return not_modified(tag, OPENING).adding(*fields)
    return show({"cached": True}, fields=(*validators(tag, OPENING), *fields))


_SIZE: Schema = {"type": "number", "minimum": 0, "maximum": 10_000, "default": 1}
_BYTES: Schema = {"type": "string", "contentMediaType": _BIN_TYPE}
_PARTIAL = Answer(206, "The part that was asked for", _BIN_TYPE, _BYTES, ("Content-Range", "ETag"))
_WHOLE = Answer(200, "All of it", _BIN_TYPE, _BYTES, ("ETag", "Accept-Ranges"))
_FRESH = Answer(304, "What you have is still good")
_NO_RANGE = refuses(416, "There are not that many bytes", "Content-Range")
_CACHED: Schema = {"type": "object", "properties": {"cached": {"type": "boolean"}}}
_ANSWERS = (_WHOLE, _PARTIAL, _FRESH, _NO_RANGE)
ROUTES = (
    Route(
        "GET",
        "/big",
        _big,
        "A large body: one line of JSON, numbered lines of text, or bytes",
        "downloads",
        (
            Param("mb", _SIZE, "How many million bytes", 0.1),
            Param("type", {"type": "string", "enum": list(_MAKERS), "default": "json"}, "Of what", "json"),
            Param("chunked", {"type": "boolean"}, "In chunks, without a Content-Length", False),
        ),
        answers=(
            Answer(200, "As many bytes as you wanted", JSON_TYPE, {"type": "array"}),
            Answer(200, "The same as text", "text/plain"),
            Answer(200, "The same as bytes", _BIN_TYPE),
        ),
    ),
    Route(
        "GET",
        "/bytes/{n}",
        _bytes,
        "So many bytes, the same every time; knows Range",
        "downloads",
        (in_path("n", {"type": "integer", "minimum": 0, "maximum": 10_000_000_000}, "How many", 1000),),
        answers=_ANSWERS,
    ),
    Route(
        "GET",
        "/file",
        _file,
        "A file to save, with a file name; knows Range",
        "downloads",
        (
            Param(
                "name",
                {"type": "string", "minLength": 1, "maxLength": 200, "default": "shelf-list.bin"},
                "The file name to send, also one that a client should not trust",
                "books.bin",
            ),
        ),
        answers=(_WHOLE._replace(fields=("Content-Disposition", "ETag")), *_ANSWERS[1:]),
    ),
    Route(
        "GET",
        "/image",
        _image,
        "A small picture (PNG)",
        "downloads",
        answers=(Answer(200, "A picture", "image/png", {"type": "string", "contentMediaType": "image/png"}),),
    ),
    Route(
        "GET",
        "/cache",
        _cache,
        "An answer with Cache-Control, ETag and Last-Modified",
        "downloads",
        answers=(gives(_CACHED)._replace(fields=("Cache-Control", "ETag", "Last-Modified")), _FRESH),
    ),
)
