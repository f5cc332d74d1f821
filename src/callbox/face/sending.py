"""From the body arguments of Requests (`data`, `json`, `files`) to a content."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from callbox.exchange.bodies import JSON, form_content, multipart_content, raw_content
from callbox.exchange.content import Content, Part
from callbox.face.exceptions import InvalidJSONError
from callbox.surroundings import clock

_PIECE = 65_536


def content_of(data: Any, json: Any, files: Any) -> Content | None:
    """The body that these arguments mean; None for no body.

    Raises ValueError for what cannot go together, `InvalidJSONError` for what JSON cannot hold.
    """
    if files:
        return _multipart(data, files)
    if json is not None and not data:
        return _json(json)
    if data is None or (not data and isinstance(data, (Mapping, list, tuple))):
        return None
    if isinstance(data, (str, bytes)):
        return raw_content(data) if data else None
    if isinstance(data, (bytearray, memoryview)):
        return raw_content(bytes(data))
    if isinstance(data, (Mapping, list, tuple)):
        return form_content(form_pairs(data))
    return _streamed(data)


def form_pairs(data: Any) -> Iterator[tuple[str, str]]:
    """Names and values of a form; a list of values repeats its name, None is left out."""
    for name, value in data.items() if isinstance(data, Mapping) else data:
        for item in value if isinstance(value, (list, tuple)) else (value,):
            if item is not None:
                yield _text(name), _text(item)


def _json(value: Any) -> Content:
    import json

    try:
        text = json.dumps(value, allow_nan=False)
    except ValueError as error:
        raise InvalidJSONError(f"Cannot be written as JSON: {error}") from error
    return Content(text.encode(), JSON, "json")


def _streamed(data: Any) -> Content:
    """A file is read from where it stands, and again from there; an iterator can be sent once."""
    if not hasattr(data, "read"):
        return Content(None, None, "stream", None, lambda: iter(data), is_replayable=iter(data) is not data)
    start, length = _measure(data)

    def pieces() -> Iterator[bytes]:
        if start is not None:
            data.seek(start)
        while piece := data.read(_PIECE):
            yield piece if isinstance(piece, bytes) else piece.encode()

    return Content(None, None, "stream", length, pieces, is_replayable=start is not None)


def _measure(file: Any) -> tuple[int | None, int | None]:
    """Where a file stands, and how many bytes it has from there; None for what is not known."""
    try:
        start = int(file.tell())
        end = int(file.seek(0, os.SEEK_END))
        file.seek(start)
    except (AttributeError, OSError, ValueError, TypeError):
        return None, None
    # A text file's positions are no byte counts.
    return start, None if hasattr(file, "encoding") else end - start


def _multipart(data: Any, files: Any) -> Content:
    if isinstance(data, (str, bytes)):
        raise ValueError("data must not be text where files are given")
    parts = [Part(name, value.encode()) for name, value in form_pairs(data or {})]
    for name, given in files.items() if isinstance(files, Mapping) else files:
        parts.append(_file_part(_text(name), given))
    return multipart_content(parts, clock.boundary())


def _file_part(name: str, given: Any) -> Part:
    filename, file, media_type = name, given, None
    if isinstance(given, (tuple, list)):
        filename, file = given[0], given[1]
        media_type = given[2] if len(given) > 2 else None
    elif isinstance(getattr(given, "name", None), str) and not given.name.startswith("<"):
        filename = os.path.basename(given.name)
    if isinstance(file, (str, bytes, bytearray)):
        return Part(name, file.encode() if isinstance(file, str) else bytes(file), filename, media_type)
    content = _streamed(file)
    return Part(name, b"", filename, media_type, "", content.pieces, content.length)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
