"""Convert Requests' body arguments (`data`, `json`, `files`) to a `Content`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from callbox.exceptions import InvalidJSONError
from callbox.exchange.request_content import (
    JSON,
    Content,
    Part,
    ReadOnce,
    form_content,
    multipart_content,
    raw_content,
)
from callbox.system import clock

_CHUNK_SIZE = 262_144
_MAX_BUFFERED = 1_000_000
"""A file of at most this many bytes is read into a multipart body at once; a larger one is streamed."""


def build_content(data: Any, json: Any, files: Any) -> Content | None:
    """The body for these arguments; None if there is none.

    Raises `ValueError` or `NotImplementedError` for arguments that exclude each other, `TypeError` for an invalid body,
    `InvalidJSONError` for a value that JSON cannot hold.
    """
    if files:
        return _multipart(data, files)
    if json is not None and not data:
        return _json(json)
    if data is None or (not data and not hasattr(data, "read") and not isinstance(data, Iterator)):
        return None
    if isinstance(data, str):
        return raw_content(data)._replace(given=data)
    if isinstance(data, bytes):
        return raw_content(data)
    if isinstance(data, (bytearray, memoryview)):
        return raw_content(bytes(data))
    if isinstance(data, (Mapping, list, tuple)):
        return form_content(form_pairs(data))
    if not hasattr(data, "__iter__") and not hasattr(data, "read"):
        if not hasattr(data, "items"):
            raise TypeError(f"A body is text, bytes, a file, an iterable or a mapping, not {type(data).__name__}")
        return form_content(form_pairs(data.items()))
    return stream_content(data)


def form_pairs(data: Any) -> Iterator[tuple[str, str]]:
    """The names and values of a form or query. An iterable of values repeats its name; None is left out.

    Raises `ValueError` for anything but a mapping or pairs.
    """
    items: Iterable[Any] = data.items() if hasattr(data, "items") else data
    for item in items:
        if isinstance(item, (str, bytes)) or not hasattr(item, "__iter__"):
            raise ValueError("cannot encode objects that are not 2-tuples")
        name, value = item
        is_many = hasattr(value, "__iter__") and not isinstance(value, (str, bytes))
        for one in value if is_many else (value,):
            if one is not None:
                yield _form_text(name), _form_text(one)


def _form_text(value: Any) -> str:
    # Bytes that are not UTF-8 are kept as surrogates, which are encoded to the same bytes.
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else text_of(value)


def text_of(value: Any) -> str:
    """Bytes decoded as UTF-8; any other object as `str` returns it."""
    return value if isinstance(value, str) else value.decode() if isinstance(value, bytes) else str(value)


def _json(value: Any) -> Content:
    import json

    try:
        text = json.dumps(value, allow_nan=False)
    except ValueError as error:
        raise InvalidJSONError(f"Cannot be written as JSON: {error}") from error
    return Content(text.encode(), JSON, "json")


def stream_content(data: Any) -> Content:
    """The content of a file (from its current position) or an iterable. An iterator can be sent only once."""
    start, length = measure_body(data)
    if not hasattr(data, "read"):
        can_repeat = not isinstance(data, Iterator)
        return Content(None, None, "stream", length, lambda: _encoded(data), is_replayable=can_repeat, given=data)

    def pieces() -> Iterator[bytes]:
        if start is not None:
            data.seek(start)
        while piece := data.read(_CHUNK_SIZE):
            yield piece if isinstance(piece, bytes) else piece.encode()

    return Content(None, None, "stream", length, pieces, is_replayable=start is not None, given=data)


def _encoded(data: Iterable[Any]) -> Iterator[bytes]:
    for piece in data:
        if not isinstance(piece, (str, bytes, bytearray, memoryview)):
            raise TypeError(f"A body is made of bytes or text, not of {type(piece).__name__}")
        yield piece.encode() if isinstance(piece, str) else bytes(piece)


def measure_body(data: Any) -> tuple[int | None, int | None]:
    """The position of a body (None: it cannot be sent again), and the number of bytes from there (None: not known)."""
    with suppress(AttributeError, OSError, ValueError, TypeError):
        try:
            start = int(data.tell())
        except OSError:
            return None, None  # the file may have been read in part, so its length is not known
        try:
            size = _remaining_size(data, start)
        finally:
            data.seek(start)
        return start, size
    length = len(data) if hasattr(data, "__len__") else getattr(data, "len", None)
    return None, length if isinstance(length, int) else None


def _remaining_size(file: Any, start: int) -> int | None:
    """The number of bytes left in a file; None if it must be read to know."""
    if hasattr(file, "encoding") or isinstance(file.read(0), str):
        return _text_size(file)
    try:
        size = _end_position(file) - start
    except (
        OSError
    ):  # a file generated by the kernel, such as those in /proc: it cannot seek to its end, or its end is 0
        return None
    if not size:
        file.seek(start)
        return None if file.read(1) else size
    return size


def _end_position(file: Any) -> int:
    file.seek(0, os.SEEK_END)  # not every class of this kind returns its position
    return int(file.tell())


def _text_size(file: Any) -> int:
    """The number of bytes left in a text file: its positions are no byte counts, and many servers need a length."""
    size = 0
    while piece := file.read(_CHUNK_SIZE):
        size += len(piece.encode())
    return size


def _multipart(data: Any, files: Any) -> Content:
    if isinstance(data, (str, bytes)):
        raise ValueError("Data must not be a string.")
    if hasattr(data, "__iter__") and not isinstance(data, (list, tuple, Mapping)) and not hasattr(data, "items"):
        raise NotImplementedError("Streamed bodies and files are mutually exclusive.")
    parts = [Part(name, value) for name, value in _form_parts(data or {})]
    for name, given in files.items() if isinstance(files, Mapping) else files:
        part = _file_part(text_of(name), given)
        if part is not None:
            parts.append(part)
    return multipart_content(parts, clock.boundary())


def _form_parts(data: Any) -> Iterator[tuple[str, bytes]]:
    for name, value in data.items() if hasattr(data, "items") else data:
        is_many = hasattr(value, "__iter__") and not isinstance(value, (str, bytes))
        for one in value if is_many else (value,):
            if one is not None:
                yield text_of(name), one if isinstance(one, bytes) else str(one).encode()


def _file_part(name: str, given: Any) -> Part | None:
    filename: str | None = name
    file, media_type = given, None
    headers: tuple[tuple[str, str], ...] = ()
    if isinstance(given, (tuple, list)):
        if not 2 <= len(given) <= 4:
            raise ValueError(f"A file is given as (name, file[, type[, headers]]), not as {len(given)} values")
        filename, file = given[0], given[1]
        filename = text_of(filename) if filename is not None else None
        media_type = text_of(given[2]) if len(given) > 2 and given[2] is not None else None
        headers = tuple((text_of(n), text_of(v)) for n, v in dict(given[3]).items()) if len(given) > 3 else ()
    elif isinstance(getattr(given, "name", None), str) and not given.name.startswith("<"):
        filename = os.path.basename(given.name)
    if file is None:
        return None
    if not hasattr(file, "read") and not hasattr(file, "__iter__"):
        file = str(file)
    if isinstance(file, (str, bytes, bytearray)):
        data = file.encode() if isinstance(file, str) else bytes(file)
        return Part(name, data, filename, media_type, headers=headers)
    content = stream_content(file)
    if content.length is not None and content.length <= _MAX_BUFFERED:
        # Read at once, as Requests does: the request can then be signed, shown or pickled, and the file may be
        # closed before the request is sent.
        return Part(name, b"".join(content.chunks()), filename, media_type, headers=headers)
    pieces = content.pieces if content.is_replayable or content.pieces is None else ReadOnce(content.pieces)
    return Part(name, b"", filename, media_type, "", pieces, content.length, headers)


class StreamedBody:
    """A streamed content as auth callables expect it: it can be iterated, measured, or read from its start."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self._pieces: Iterator[bytes] | None = None
        self._waiting = b""

    def __iter__(self) -> Iterator[bytes]:
        return self.content.chunks()

    def __len__(self) -> int:
        return self.content.size or 0

    def __bool__(self) -> bool:
        return True

    def read(self, size: Any = -1) -> bytes:
        """The next bytes, or without a size the rest; empty at the end."""
        if self._pieces is None:
            self._pieces = self.content.chunks()
        everything = size is None or size < 0
        while everything or len(self._waiting) < size:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._waiting += piece
        cut = len(self._waiting) if everything else size
        found, self._waiting = self._waiting[:cut], self._waiting[cut:]
        return found
