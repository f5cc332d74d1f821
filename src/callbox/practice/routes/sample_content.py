"""Sample content: formats, charsets, numbers, text with terminal escapes, and content of any size for downloads.

`/big`, `/bytes` and `/file` generate their content while they send it. So it may have any size in constant memory, and
is the same every time.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from urllib.parse import quote

from callbox.practice.conditional_requests import is_fresh, not_modified, serve_range, validators
from callbox.practice.connection_and_messages import (
    JSON_TYPE,
    Problem,
    ServerResponse,
    encode,
    json_response,
    text_response,
)
from callbox.practice.json_schema import Schema
from callbox.practice.library_data_logins_and_nonces import BOOKS, OPENING
from callbox.practice.router import Endpoint, HandlerCall, Param, ResponseSpec, in_path, json_spec, problem_spec

# Sets a title and a colour, clears the screen, rings the bell. Also two C1 forms of these, a link, and reversed text.
ESCAPES = (
    "title: \x1b]0;owned\x07 colour: \x1b[31mred\x1b[0m clear: \x1b[2J\x1b[H bell: \x07 "
    "c1: \x9b31mred\x9b0m \x9d0;owned\x9c link: \x1b]8;;http://example.com/\x1b\\click\x1b]8;;\x1b\\ "
    "back: a\x08b return: safe\rowned bidi: \u202egnp.exe\u202c isolate: \u2067abc\u2069 zero: a\u200bb end\n"
)
_IN_FIELD = "\x1b]0;owned\x07\x1b[31mred\x1b[0m \x9b31mred \u202egnp.exe\u202c"
_HTML = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Books</title></head>
<body>
<h1>Books</h1>
<ul>
{rows}
</ul>
<p>Ask at the <a href="/echo">desk</a> &amp; be patient.</p>
</body>
</html>
"""
_NUMBERS = b"""{"zebra": 1, "apple": 2, "zebra": 3,
 "big": 12345678901234567890123456789, "price": 1.10, "whole": 1.0, "small": 1e-7, "large": 1E400,
 "negative zero": -0.0, "precise": 0.1000000000000000055511151231257827,
 "10": "ten", "9": "nine", "nested": {"b": [1.0, 1.00, 1.000], "a": null}}
"""
_UNICODE = {
    "accents": "Charlotte Brontë, Citroën, naïve",
    "decomposed": "e\u0301 n\u0303",
    "wide": "源氏物語 紫式部",
    "right to left": "שלום עולם, مرحبا بالعالم",
    "emoji": "📚 👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽",
    "combining": "Z͑ͫ̓a̴l̷g̶o̵",
    "astral": "𝒽𝓉𝓉𝓅",
    "escaped": 'tab\tquote"backslash\\line\nend',
    "lone": "nul \u0000 del \u007f nbsp \u00a0 line \u2028 bom \ufeff",
}
_TEXTS = {
    "utf-8": "Brontë wrote in ink — “naïve”, she said. 源氏物語\n",
    "latin-1": "Brontë wrote in ink: «naïve», she said. ½ £3\n",
    "windows-1252": "Brontë wrote in ink — “naïve”, she said. €3\n",
    "utf-16": "Brontë wrote in ink — “naïve”, she said. 源氏物語\n",
    "koi8-r": "Преступление и наказание\n",
    "shift_jis": "源氏物語は紫式部が書いた。\n",
    "gb18030": "红楼梦\n",
}


def _html(_call: HandlerCall) -> ServerResponse:
    rows = "\n".join(f"<li><cite>{book.title}</cite>, {book.author}</li>" for book in BOOKS[:8])
    return text_response(_HTML.format(rows=rows), "text/html; charset=utf-8")


def _xml(_call: HandlerCall) -> ServerResponse:
    rows = "".join(
        f'  <book id="{number}" genre="{book.genre}">\n    <title>{book.title}</title>\n'
        f"    <author>{book.author}</author>\n    <year>{book.year}</year>\n  </book>\n"
        for number, book in enumerate(BOOKS[:8], start=1)
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<!-- the first eight -->\n'
    text = f'{head}<books xmlns="urn:example:books">\n{rows}  <note><![CDATA[a < b & c]]></note>\n</books>\n'
    return text_response(text, "application/xml")


def _csv(_call: HandlerCall) -> ServerResponse:
    rows = [f'{n},"{book.title}","{book.author}",{book.year}\r\n' for n, book in enumerate(BOOKS[:20], start=1)]
    rows.append('21,"A ""quoted"" title, with a comma","Two\r\nlines",1900\r\n')
    return text_response("id,title,author,year\r\n" + "".join(rows), "text/csv; charset=utf-8; header=present")


def _text(call: HandlerCall) -> ServerResponse:
    charset = call.text("charset")
    fields = (("Content-Type", f"text/plain; charset={charset}"),)
    return ServerResponse(200, fields, _TEXTS[charset].encode(charset))


def _unicode(_call: HandlerCall) -> ServerResponse:
    return json_response(_UNICODE)


def _numbers(_call: HandlerCall) -> ServerResponse:
    return ServerResponse(200, (("Content-Type", JSON_TYPE),), _NUMBERS)


def _escapes(_call: HandlerCall) -> ServerResponse:
    fields = (("Content-Type", "text/plain; charset=utf-8"), ("X-Escapes", _IN_FIELD))
    return ServerResponse(200, fields, ESCAPES.encode("utf-8"), reason=f"OK {_IN_FIELD}")


def _escapes_json(_call: HandlerCall) -> ServerResponse:
    """JSON with terminal escapes: unescaped, as a careless server writes them, and once escaped."""
    raw = ESCAPES.strip().encode("utf-8").replace(b"\\", b"\\\\")
    body = b'{"raw": "' + raw + b'", "escaped": ' + encode(ESCAPES).strip() + b"}\n"
    return ServerResponse(200, (("Content-Type", JSON_TYPE), ("X-Escapes", _IN_FIELD)), body)


def _repeated(_call: HandlerCall) -> ServerResponse:
    fields = tuple(("X-Repeated", value) for value in ("one", "two", "three"))
    cookies = tuple(("Set-Cookie", f"{name}; Path=/") for name in ("first=1", "second=2"))
    return json_response({"repeated": ["X-Repeated", "Set-Cookie"]}, fields=(*fields, *cookies))


_FRAMING = ("content-length", "transfer-encoding", "connection", "date", "server", "trailer", "upgrade")
_NAME_MARKS = "!#$%&'*+-.^_`|~"


def _set_fields(call: HandlerCall) -> ServerResponse:
    pairs = call.request.query_pairs()
    for name, value in pairs:
        is_token = name.isascii() and all(each.isalnum() or each in _NAME_MARKS for each in name)
        if not name or not is_token or name.lower() in _FRAMING:
            raise Problem(422, f"that header cannot be set: {name[:80]!r}", errors={name: "cannot be set"})
        if any(each in "\r\n\0" for each in value):
            raise Problem(422, f"a line cannot end within {name}", errors={name: "must be one line"})
        if name.lower().startswith("access-control-"):
            raise Problem(422, "this API does not let other origins read its responses", errors={name: "cannot be set"})
    has_type = any(name.lower() == "content-type" for name, _ in pairs)
    body = encode({"set": [list(pair) for pair in pairs]})
    # The caller may choose an HTML type, so a browser must not run scripts in it.
    fields = (*pairs, ("Content-Security-Policy", "sandbox")) if has_type else (("Content-Type", JSON_TYPE), *pairs)
    return ServerResponse(200, fields, body)


def _sample(path: str, handler: Callable[[HandlerCall], ServerResponse], summary: str, media_type: str) -> Endpoint:
    return Endpoint(
        "GET", path, handler, summary=summary, tag="samples", responses=(ResponseSpec(200, summary, media_type),)
    )


_CHARSET: Schema = {"type": "string", "enum": list(_TEXTS), "default": "utf-8"}
_ANYTHING: Schema = {"type": "object"}
_SAMPLE_ROUTES = (
    _sample("/html", _html, "A page", "text/html"),
    _sample("/xml", _xml, "A document, with a namespace and a CDATA section", "application/xml"),
    _sample("/csv", _csv, "A table, with quotes and a line end inside a cell", "text/csv"),
    Endpoint(
        "GET",
        "/text",
        _text,
        summary="Text in one of many character sets",
        tag="samples",
        params=(Param("charset", _CHARSET, "Which", "latin-1"),),
        responses=(ResponseSpec(200, "The text", "text/plain"),),
    ),
    Endpoint(
        "GET", "/unicode", _unicode, summary="JSON in many scripts", tag="samples", responses=(json_spec(_ANYTHING),)
    ),
    Endpoint(
        "GET",
        "/json/numbers",
        _numbers,
        summary="JSON whose numbers, order and repeated names are easily lost",
        tag="samples",
        responses=(json_spec(_ANYTHING),),
    ),
    _sample("/escapes", _escapes, "Terminal escapes in the body, a header and the reason", "text/plain"),
    Endpoint(
        "GET",
        "/escapes/json",
        _escapes_json,
        summary="Terminal escapes in JSON",
        tag="samples",
        responses=(ResponseSpec(200, "Not quite JSON: control characters stand in it raw", JSON_TYPE),),
        broken="control characters within strings",
    ),
    Endpoint(
        "GET",
        "/headers/repeated",
        _repeated,
        summary="One header three times, and two cookies",
        tag="samples",
        responses=(json_spec(_ANYTHING)._replace(fields=("X-Repeated", "Set-Cookie")),),
    ),
    Endpoint(
        "GET",
        "/headers/set",
        _set_fields,
        summary="A response with the headers that the query names",
        tag="samples",
        params=(Param("X-Practice", {"type": "string"}, "Any name, any value, as often as you like", "yes"),),
        responses=(json_spec(_ANYTHING), problem_spec(422, "That header cannot be set")),
    ),
)


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
_DOWNLOAD_ROUTES = (
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
ROUTES = (*_SAMPLE_ROUTES, *_DOWNLOAD_ROUTES)
