"""Pieces of bytes cut anew: into lines, into pieces of one size, into text."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator


def split_lines(pieces: Iterable[bytes], delimiter: bytes | str | None = None) -> Iterator[bytes]:
    """The lines (or what stands between delimiters), without their ends; a CR LF between two pieces is one end.

    >>> list(split_lines([b"a\\r", b"\\nb", b"\\n"])), list(split_lines([b"a<", b">b"], b"<>"))
    ([b'a', b'b'], [b'a', b'b'])
    """
    mark = delimiter.encode() if isinstance(delimiter, str) else delimiter
    return _by_mark(pieces, mark) if mark else _by_line(pieces)


def _by_mark(pieces: Iterable[bytes], mark: bytes) -> Iterator[bytes]:
    waiting = b""
    for piece in pieces:
        *lines, waiting = (waiting + piece).split(mark)
        yield from lines
    if waiting:
        yield waiting


def _by_line(pieces: Iterable[bytes]) -> Iterator[bytes]:
    waiting: list[bytes] = []
    for piece in pieces:
        # A CR at the end may be half of a CR LF: it waits for the next piece.
        if b"\n" not in piece and b"\r" not in piece and not (waiting and waiting[-1].endswith(b"\r")):
            waiting.append(piece)
            continue
        text = b"".join([*waiting, piece])
        held = b"\r" if text.endswith(b"\r") else b""
        lines = text.removesuffix(held).splitlines(keepends=True)
        last = lines.pop() if lines and not lines[-1].endswith((b"\n", b"\r")) else b""
        waiting = [last + held] if last or held else []
        for line in lines:
            yield line.removesuffix(b"\n").removesuffix(b"\r")
    if waiting:
        yield b"".join(waiting).removesuffix(b"\r")


def resize(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in pieces of `size`."""
    waiting = b""
    for piece in pieces:
        if not waiting and len(piece) == size:
            yield piece
            continue
        data = waiting + piece if waiting else piece
        end = len(data) - len(data) % size
        for start in range(0, end, size):
            yield data[start : start + size]
        waiting = data[end:]
    if waiting:
        yield waiting


def decode(pieces: Iterable[bytes], encoding: str) -> Iterator[str]:
    """The text of the pieces; what cannot be read becomes U+FFFD."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for piece in pieces:
        if text := decoder.decode(piece):
            yield text
    if text := decoder.decode(b"", True):
        yield text
