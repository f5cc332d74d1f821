"""Bodies made from what was said: JSON, forms, multipart, text, files. Nothing is opened or read here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from callbox.exchange.content import Content, Part, can_read_again
from callbox.exchange.merge import check_header
from callbox.exchange.url import encode_pairs

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def raw_content(data: bytes | str, media_type: str | None = None) -> Content:
    """These bytes (or this text, in UTF-8) as they are."""
    return Content(data.encode("utf-8", "replace") if isinstance(data, str) else data, media_type)


def json_content(text: str | bytes) -> Content:
    """JSON text, sent as it is written: its order, its numbers, its blanks."""
    return Content(text.encode("utf-8", "replace") if isinstance(text, str) else text, JSON, "json")


def form_content(pairs: Iterable[tuple[str, str]]) -> Content:
    """Names and values as `application/x-www-form-urlencoded`."""
    return Content(encode_pairs(pairs).encode("ascii"), FORM, "form")


def file_content(
    path: str, pieces: Callable[[], Iterable[bytes]], length: int | None, media_type: str | None = None
) -> Content:
    """A file's bytes, produced while sending; `path` is how it was typed."""
    return Content(None, media_type, "file", length, pieces, path, is_replayable=can_read_again(pieces))


def multipart_content(parts: Sequence[Part], boundary: str) -> Content:
    """`multipart/form-data` (RFC 7578), streamed, of known length where each part's is known.

    The boundary (1 to 70 characters that no part contains) comes from the caller, who has randomness. Raises
    `HeaderError` for a media type or a further field that would begin another line.
    """
    media_type = f"multipart/form-data; boundary={boundary}"
    heads = [_part_head(part, boundary) for part in parts]
    tail = f"--{boundary}--\r\n".encode()
    length: int | None = len(tail)
    for head, part in zip(heads, parts, strict=True):
        size = part.length if part.pieces is not None else len(part.data)
        length = None if length is None or size is None else length + len(head) + size + 2

    def pieces() -> Iterator[bytes]:
        for head, part in zip(heads, parts, strict=True):
            yield head
            yield from part.pieces() if part.pieces is not None else (part.data,)
            yield b"\r\n"
        yield tail

    if any(part.pieces is not None for part in parts):
        can_repeat = all(can_read_again(part.pieces) for part in parts)
        return Content(None, media_type, "multipart", length, pieces, parts=tuple(parts), is_replayable=can_repeat)
    return Content(b"".join(pieces()), media_type, "multipart", parts=tuple(parts))


def _part_head(part: Part, boundary: str) -> bytes:
    lines = [f"--{boundary}", f'Content-Disposition: form-data; name="{_quote(part.name)}"']
    if part.filename is not None:
        lines[1] += f'; filename="{_quote(part.filename)}"'
    fields = [("Content-Type", part.media_type)] if part.media_type else []
    for name, value in (*fields, *part.headers):
        check_header(name, value)
        lines.append(f"{name}: {value}")
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "replace")


def _quote(name: str) -> str:
    # WHATWG HTML, "multipart form data": exactly these three are escaped, and no backslash is.
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
