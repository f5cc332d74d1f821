"""`/big`, `/bytes`, `/file`, `/image`, `/cache`: generated content for downloads, ranges and caches.

The content is generated while it is sent. So it may have any size in constant memory, and is the same every time.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from urllib.parse import quote

from callbox.practice.conditional_requests import is_fresh, not_modified, serve_range, validators
from callbox.practice.http_messages import JSON_TYPE, Problem, ServerResponse, json_response
from callbox.practice.json_schema import Schema
from callbox.practice.router import Endpoint, HandlerCall, Param, ResponseSpec, in_path, json_spec, problem_spec
from callbox.practice.server_state import OPENING

RECORD_BYTES = 200
_PIECE = 262_144
_FIRST_ID = 10_000_001  # every id has eight digits, so that all records have one size
_TITLES = ("Pride and Prejudice", "Moby-Dick", "Les Misérables", "Frankenstein", "Walden", "源氏物語", "Emma")
_LINE = "%09d  It is a truth universally acknowledged, that a line must have its number.\n"


def json_records(size: int) -> Iterator[bytes]:
    """A JSON array of records on one line, of exactly `size` bytes (at least 2), padded with spaces."""
    count = max(0, (size - 2) // (RECORD_BYTES + 1))
    yield b"["
    templates = [_record_template(title) for title in _TITLES]
    batch = _PIECE // RECORD_BYTES
    for start in range(0, count, batch):
        numbers = range(start, min(start + batch, count))
        texts = [templates[number % len(templates)] % (_FIRST_ID + number) for number in numbers]
        yield (b"," if start else b"") + b",".join(texts)
    used = 2 + count * (RECORD_BYTES + 1) - (1 if count else 0)
    yield b" " * (size - used) + b"]"


def text_lines(size: int) -> Iterator[bytes]:
    """Numbered lines of text, of exactly `size` bytes; the last one may be short."""
    width = len(_LINE % 0)
    batch = _PIECE // width
    for start in range(0, -(-size // width), batch):
        block = "".join([_LINE % number for number in range(start, start + batch)]).encode("ascii")
        yield block[: size - start * width]


def pattern(first: int, last: int) -> Iterator[bytes]:
    """The bytes from position `first` up to, but not including, `last` of an endless sequence with all byte values."""
    place = first
    while place < last:
        start = place % len(_BLOCK)
        piece = _BLOCK[start : start + last - place]
        place += len(piece)
        yield piece


def picture(width: int = 96, height: int = 64) -> bytes:
    """A small PNG with a fan of colours."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            rows += bytes((255 * x // width, 255 * y // height, (x * y) & 255))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(kind, data) for kind, data in chunks)


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _record_template(title: str) -> bytes:
    """A record of a fixed size, with space for an id of eight digits."""
    start = f'{{"id": %d, "title": "{title}", "copies": 3, "price": 12.50, "lent": null, "note": "'.encode()
    shown = len(start) - len(b"%d") + 8
    return start + b"." * (RECORD_BYTES - shown - 2) + b'"}'


def _make_block() -> bytes:
    """64 kB of pseudo-random bytes, made with a hash function."""
    digests = (hashlib.sha256(struct.pack(">I", number)).digest() for number in range(2048))
    return b"".join(islice(digests, 2048))


_BLOCK = _make_block()


_BIN_TYPE = "application/octet-stream"
_FILE_BYTES = 100_000
_MAKERS: dict[str, tuple[str, Callable[[int], Iterator[bytes]]]] = {
    "json": (JSON_TYPE, json_records),
    "text": ("text/plain; charset=utf-8", text_lines),
    "bin": (_BIN_TYPE, lambda size: pattern(0, size)),
}


def _big(call: HandlerCall) -> ServerResponse:
    media_type, make = _MAKERS[call.text("type")]
    size = max(2, round(call.real("mb") * 1_000_000))
    length = None if call.flag("chunked") else size
    return ServerResponse(200, (("Content-Type", media_type),), stream=make(size), length=length)


def _bytes(call: HandlerCall) -> ServerResponse:
    size = call.number("n")
    tag = f'"bytes-{size}"'
    if is_fresh(call.request, tag, OPENING):
        return not_modified(tag, OPENING)
    return serve_range(call.request, size, tag, (("Content-Type", _BIN_TYPE),), pattern)


def _file(call: HandlerCall) -> ServerResponse:
    name = call.text("name")
    tag = '"shelf-list-1"'
    if not name.isprintable():
        raise Problem(422, "that cannot be a file name", errors={"name": "must be printable"})
    if is_fresh(call.request, tag, OPENING):
        return not_modified(tag, OPENING)
    modified = validators(tag, OPENING)[1]
    fields = (("Content-Type", _BIN_TYPE), ("Content-Disposition", _attachment(name)), modified)
    return serve_range(call.request, _FILE_BYTES, tag, fields, pattern)


def _attachment(name: str) -> str:
    """A Content-Disposition (RFC 6266) with an ASCII name for every client, and the real name for clients that read
    UTF-8.
    """
    plain = name.encode("ascii", "replace").decode("ascii").replace("\\", "\\\\").replace('"', '\\"')
    value = f'attachment; filename="{plain}"'
    return value if name.isascii() else f"{value}; filename*=UTF-8''{quote(name, safe='')}"


def _image(_call: HandlerCall) -> ServerResponse:
    return ServerResponse(200, (("Content-Type", "image/png"),), picture())


def _cache(call: HandlerCall) -> ServerResponse:
    tag = '"cached-1"'
    fields = (("Cache-Control", "max-age=60"), ("Vary", "Accept"))
    if is_fresh(call.request, tag, OPENING):
        return not_modified(tag, OPENING).with_fields(*fields)
    return json_response({"cached": True}, fields=(*validators(tag, OPENING), *fields))


_SIZE: Schema = {"type": "number", "minimum": 0, "maximum": 10_000, "default": 1}
_BYTES: Schema = {"type": "string", "contentMediaType": _BIN_TYPE}
_PARTIAL = ResponseSpec(206, "The part that was asked for", _BIN_TYPE, schema=_BYTES, fields=("Content-Range", "ETag"))
_WHOLE = ResponseSpec(200, "All of it", _BIN_TYPE, schema=_BYTES, fields=("ETag", "Accept-Ranges"))
_FRESH = ResponseSpec(304, "Your copy is still current")
_NO_RANGE = problem_spec(416, "There are not that many bytes", "Content-Range")
_CACHED: Schema = {"type": "object", "properties": {"cached": {"type": "boolean"}}}
_RESPONSES = (_WHOLE, _PARTIAL, _FRESH, _NO_RANGE)
ROUTES = (
    Endpoint(
        "GET",
        "/big",
        _big,
        summary="A large body: one line of JSON, numbered lines of text, or bytes",
        tag="downloads",
        params=(
            Param("mb", _SIZE, "How many million bytes", 0.1),
            Param("type", {"type": "string", "enum": list(_MAKERS), "default": "json"}, "Of what", "json"),
            Param("chunked", {"type": "boolean"}, "In chunks, without a Content-Length", False),
        ),
        responses=(
            ResponseSpec(200, "The requested number of bytes", JSON_TYPE, {"type": "array"}),
            ResponseSpec(200, "The same as text", "text/plain"),
            ResponseSpec(200, "The same as bytes", _BIN_TYPE),
        ),
    ),
    Endpoint(
        "GET",
        "/bytes/{n}",
        _bytes,
        summary="A number of bytes, the same every time; supports Range",
        tag="downloads",
        params=(in_path("n", {"type": "integer", "minimum": 0, "maximum": 10_000_000_000}, "How many", 1000),),
        responses=_RESPONSES,
    ),
    Endpoint(
        "GET",
        "/file",
        _file,
        summary="A file to save, with a file name; supports Range",
        tag="downloads",
        params=(
            Param(
                "name",
                {"type": "string", "minLength": 1, "maxLength": 200, "default": "shelf-list.bin"},
                "The file name to send, also one that a client should not trust",
                "books.bin",
            ),
        ),
        responses=(_WHOLE._replace(fields=("Content-Disposition", "ETag")), *_RESPONSES[1:]),
    ),
    Endpoint(
        "GET",
        "/image",
        _image,
        summary="A small picture (PNG)",
        tag="downloads",
        responses=(ResponseSpec(200, "A picture", "image/png", {"type": "string", "contentMediaType": "image/png"}),),
    ),
    Endpoint(
        "GET",
        "/cache",
        _cache,
        summary="A response with Cache-Control, ETag and Last-Modified",
        tag="downloads",
        responses=(json_spec(_CACHED)._replace(fields=("Cache-Control", "ETag", "Last-Modified")), _FRESH),
    ),
)
