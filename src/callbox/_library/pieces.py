"""Convert the pieces of a body: to lines, to pieces of one size, to text."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import AnyStr

from callbox.errors import Fault
from callbox.exchange.charset import marked_encoding, may_become_mark


def split_lines(pieces: Iterable[bytes], delimiter: bytes | str | None = None) -> Iterator[bytes]:
    """The lines (or the parts between delimiters), without their ends. A CR LF between two pieces is one end.

    >>> list(split_lines([b"a\\r", b"\\nb", b"\\n"])), list(split_lines([b"a<", b">b"], b"<>"))
    ([b'a', b'b'], [b'a', b'b'])
    """
    mark = delimiter.encode() if isinstance(delimiter, str) else delimiter
    return _split_at(pieces, mark) if mark else _split_lines_of(pieces, b"\r", b"\n")


def split_text(pieces: Iterable[str], delimiter: bytes | str | None = None) -> Iterator[str]:
    """The same as `split_lines` for text: CR, LF and CR LF end a line, and no other character does.

    >>> list(split_text(["a\\r", "\\nb\\u2028c", "\\n"]))
    ['a', 'b\\u2028c']
    """
    mark = delimiter.decode() if isinstance(delimiter, bytes) else delimiter
    return _split_at(pieces, mark) if mark else _split_lines_of(pieces, "\r", "\n")


def _split_at(pieces: Iterable[AnyStr], mark: AnyStr) -> Iterator[AnyStr]:
    waiting: list[AnyStr] = []
    overlap = len(mark) - 1
    tail = empty = mark[:0]
    for piece in pieces:
        # Each byte is read once, however small the pieces are; a delimiter may begin in the previous piece.
        tail += piece
        waiting.append(piece)
        if mark in tail:
            found = empty.join(waiting).split(mark)
            tail = found.pop()
            yield from found
            waiting = [tail] if tail else []
        tail = tail[-overlap:] if overlap else empty
    if waiting and (last := empty.join(waiting)):
        yield last


def _split_lines_of(pieces: Iterable[AnyStr], cr: AnyStr, lf: AnyStr) -> Iterator[AnyStr]:
    waiting: list[AnyStr] = []
    empty = cr[:0]
    for piece in pieces:
        # A CR at the end may be half of a CR LF, so it waits for the next piece.
        is_open = bool(waiting) and waiting[-1].endswith(cr)
        waiting.append(piece)
        if lf not in piece and cr not in piece and not is_open:
            continue
        text = empty.join(waiting)
        held = cr if text.endswith(cr) else empty
        lines = text.removesuffix(held).replace(cr + lf, lf).replace(cr, lf).split(lf)
        last = lines.pop() + held
        waiting = [last] if last else []
        yield from lines
    if waiting and (text := empty.join(waiting)):
        yield text.removesuffix(cr)


def resize(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in pieces of `size`."""
    waiting = bytearray()
    for piece in pieces:
        if not waiting and len(piece) == size:
            yield piece
            continue
        waiting += piece
        end = len(waiting) - len(waiting) % size
        for start in range(0, end, size):
            yield bytes(waiting[start : start + size])
        del waiting[:end]
    if waiting:
        yield bytes(waiting)


def decode(pieces: Iterable[bytes], encoding: str | None) -> Iterator[str]:
    """The text of the pieces. Invalid bytes become U+FFFD.

    Without an encoding it is taken from a byte order mark, or UTF-8 if there is none.
    """
    pieces = iter(pieces)
    if encoding is None:
        start, pieces = _take_mark(pieces)
        encoding = marked_encoding(start) or "utf-8"
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for piece in pieces:
        if text := decoder.decode(piece):
            yield text
    if text := decoder.decode(b"", True):
        yield text


def _take_mark(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes, enough for a byte order mark, and all the pieces including them."""
    start = b""
    for piece in pieces:
        start += piece
        if not may_become_mark(start):
            break
    return start, chain((start,), pieces)


def bounded(pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
    """The pieces, up to `limit` bytes. Raises `Fault` if there are more."""
    left = limit
    for piece in pieces:
        if len(piece) > left:
            yield piece[:left]
            raise Fault(f"Stopped at {limit / 1e6:g} MB", kind="max-body", received=limit)
        left -= len(piece)
        yield piece
