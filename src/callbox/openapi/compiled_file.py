"""The bytes of a description that is ready to ask: the layout that the compiler writes and the model reads.

A file is slices of JSON text one after the other, then the index, then a trailer of fixed size. A slice is a path item,
a component, a level of the tree of paths, or a list. A reader decodes the index at once and a slice when it is needed.

- index: an object; each `Span` in it is `[offset, length]` in bytes.
- level of the tree: rows `[segment, methods, summary, count, level, operations, deprecated, is_deprecated]`,
  level and operations as spans or null; `deprecated` are those of the methods.
- operations of a node: `[paths, servers, rows]`, with rows `[method, path, item, summary, servers]`; `item` is the span
  of the path item. A path with its constants, and a list of servers, is written once, and rows have its number.
- references: `[offset, length]` of a slice, or `[offset, length, names]` of a value within it, by the names that lead
  there; so nothing is written twice that is within something else.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

from callbox.errors import CallboxError, UsageError

VERSION = 3
MAX_SLICE = 4_000_000
"""Characters of a path item or a component: it is decoded as a whole, in the process of the shell."""
MAX_COMPILED = 200_000_000
"""Bytes of what is written of a description."""
_MAGIC = b"cbx-api" + bytes([VERSION])
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_TRAILER = struct.Struct(">QQI8s")

Span = tuple[int, int]
"""Where a slice begins, and how long it is, in bytes."""


class DamagedError(CallboxError):
    """The bytes are not whole description of this version; it must be read from its source again."""


class SliceWriter:
    """Writes slices one after the other, and the index and the trailer at the end."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._position = 0

    def add_text(self, text: str) -> Span:
        """Write JSON text that is a slice already. Raises `UsageError` where all becomes too large."""
        data = text.encode("utf-8", "surrogatepass")
        if self._position + len(data) > MAX_COMPILED:
            raise UsageError(f"The description takes more than {MAX_COMPILED // 1_000_000} MB when it is read")
        span = (self._position, len(data))
        self._write(data)
        self._position += len(data)
        return span

    def add(self, value: Any) -> Span:
        """Write a value as a slice."""
        return self.add_text(_ENCODER.encode(value))

    def finish(self, index: dict[str, Any]) -> None:
        """Write the index and the trailer: nothing may follow."""
        data = json.dumps(index, separators=(",", ":")).encode()
        self._write(data + _TRAILER.pack(self._position, len(data), zlib.crc32(data), _MAGIC))


def read_index(data: Any) -> dict[str, Any]:
    """The index of a whole file, given as bytes or as a map of a file.

    Raises `DamagedError` if the file was cut or changed, or is of another version.
    """
    end = len(data) - _TRAILER.size
    if end < 0:
        raise DamagedError("The cached description is damaged")
    offset, length, checksum, magic = _TRAILER.unpack(data[end:])
    text = data[offset : offset + length]
    if magic != _MAGIC or offset + length != end or zlib.crc32(text) != checksum:
        raise DamagedError("The cached description is damaged")
    index: dict[str, Any] = json.loads(text)
    return index


def read_slice(data: Any, span: Span) -> Any:
    """The decoded value of a slice. Raises `DamagedError` if it is none."""
    start, length = span
    try:
        return json.loads(data[start : start + length].decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise DamagedError("The cached description is damaged") from error
