"""Content made up as it is sent: any size in constant memory, the same bytes every time."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterator
from itertools import islice

RECORD_BYTES = 200
_PIECE = 262_144
_FIRST_ID = 10_000_001  # eight digits for every id, so that every record is of one size
_TITLES = ("Pride and Prejudice", "Moby-Dick", "Les Misérables", "Frankenstein", "Walden", "源氏物語", "Emma")
_LINE = "%09d  It is a truth universally acknowledged, that a line must have its number.\n"


def json_records(size: int) -> Iterator[bytes]:
    """A JSON array of records on one line, of exactly `size` bytes (2 at least): spaces fill the end."""
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
    """Numbered lines of text, of exactly `size` bytes; the last may be short."""
    width = len(_LINE % 0)
    batch = _PIECE // width
    for start in range(0, -(-size // width), batch):
        block = "".join([_LINE % number for number in range(start, start + batch)]).encode("ascii")
        yield block[: size - start * width]


def pattern(first: int, last: int) -> Iterator[bytes]:
    """The bytes from position `first` up to, not including, `last` of an endless content of all byte values."""
    place = first
    while place < last:
        start = place % len(_BLOCK)
        piece = _BLOCK[start : start + last - place]
        place += len(piece)
        yield piece


def picture(width: int = 96, height: int = 64) -> bytes:
    """A small PNG: a fan of colours."""
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
    """A record of a fixed size, with a place for an id of eight digits."""
    start = f'{{"id": %d, "title": "{title}", "copies": 3, "price": 12.50, "lent": null, "note": "'.encode()
    shown = len(start) - len(b"%d") + 8
    return start + b"." * (RECORD_BYTES - shown - 2) + b'"}'


def _make_block() -> bytes:
    """64 kB without a period that a line or a page could hide, from nothing but a digest."""
    digests = (hashlib.sha256(struct.pack(">I", number)).digest() for number in range(2048))
    return b"".join(islice(digests, 2048))


_BLOCK = _make_block()
