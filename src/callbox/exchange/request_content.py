"""The body of a request: bytes, or a function that produces them while they are sent.

`Content` is the value. The functions build it from JSON, forms, multipart parts, text and files. No file is opened
here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from callbox.exchange.headers import check_header
from callbox.exchange.url import encode_pairs


class ReadOnce:
    """A `pieces` function for a source that can be read only once, such as a pipe."""

    def __init__(self, pieces: Callable[[], Iterable[bytes]]) -> None:
        self._pieces = pieces
        self._whole: bytes | None = None

    def whole(self) -> bytes:
        """The whole body, for callers that read it before it is sent. It is stored at the first call."""
        if self._whole is None:
            self._whole = b"".join(self._pieces())
        return self._whole

    def __call__(self) -> Iterable[bytes]:
        """The pieces of the body. Only the first call yields them."""
        return self._pieces()


def can_read_again(pieces: Callable[[], Iterable[bytes]] | None) -> bool:
    """Whether these pieces can be read again, for a redirect or a challenge."""
    return not isinstance(pieces, ReadOnce)


class FileBytes(NamedTuple):
    """A file that a request sends. callbox finds the file before the run, and reads it when the request is sent."""

    pieces: Callable[[], Iterable[bytes]]
    length: int | None
    is_foreign: bool = False
    """Whether the file has data from a server, so that it is not a template."""

    def read(self) -> bytes:
        """The whole file. For a pipe, the bytes of the first read."""
        return self.pieces.whole() if isinstance(self.pieces, ReadOnce) else b"".join(self.pieces())


class Part(NamedTuple):
    """A part of a multipart body: a value in memory, or a file that is opened when it is sent."""

    name: str
    data: bytes = b""
    filename: str | None = None
    media_type: str | None = None
    path: str = ""
    """The path of the file that `pieces` reads, as typed; empty if `data` is the whole value."""
    pieces: Callable[[], Iterable[bytes]] | None = None
    length: int | None = None
    """The number of bytes in `pieces`; None if it is not known."""
    headers: tuple[tuple[str, str], ...] = ()
    """Further header fields of this part, in order."""


ContentKind = Literal["raw", "json", "form", "multipart", "file", "stream"]


class Content(NamedTuple):
    """The body of a request with its media type and length.

    Either `data` is the whole body, or `pieces` yields it anew at each call, for a redirect or a retry. If `pieces` can
    be read only once, `is_replayable` is false.
    """

    data: bytes | None = b""
    media_type: str | None = None
    """The Content-Type to send if the request has none."""
    kind: ContentKind = "raw"
    """How the body was given: `raw`, `json`, `form`, `multipart`, `file` or `stream`."""
    length: int | None = None
    """The number of bytes that `pieces` yields; None if unknown, so that the body is sent chunked.

    Unused with `data`.
    """
    pieces: Callable[[], Iterable[bytes]] | None = None
    path: str = ""
    """The path of the file with the body, as typed."""
    parts: tuple[Part, ...] = ()
    """The parts of a multipart body, so that a request can be shown and saved."""
    is_replayable: bool = True
    given: object = None
    """The object that a program passed as the body (text, file or iterator). The program can read it back."""

    @property
    def size(self) -> int | None:
        """The number of bytes that are sent; None if it is not known in advance."""
        return len(self.data) if self.data is not None else self.length

    def chunks(self) -> Iterator[bytes]:
        """The body in pieces, from its start."""
        if self.data is not None:
            if self.data:
                yield self.data
        elif self.pieces is not None:
            yield from self.pieces()


JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def raw_content(data: bytes | str, media_type: str | None = None) -> Content:
    """A body with exactly these bytes, or with this text in UTF-8."""
    return Content(data.encode("utf-8", "replace") if isinstance(data, str) else data, media_type)


def json_content(text: str | bytes) -> Content:
    """A body of JSON text, sent unchanged with its order, numbers and blanks."""
    return Content(text.encode("utf-8", "replace") if isinstance(text, str) else text, JSON, "json")


def form_content(pairs: Iterable[tuple[str, str]]) -> Content:
    """A body of names and values as `application/x-www-form-urlencoded`."""
    return Content(encode_pairs(pairs).encode("ascii"), FORM, "form")


def file_content(
    path: str, pieces: Callable[[], Iterable[bytes]], length: int | None, media_type: str | None = None
) -> Content:
    """A body with the bytes of a file, which are read while they are sent. `path` is the path as typed."""
    return Content(
        data=None,
        media_type=media_type,
        kind="file",
        length=length,
        pieces=pieces,
        path=path,
        is_replayable=can_read_again(pieces),
    )


def multipart_content(parts: Sequence[Part], boundary: str) -> Content:
    """A body of `multipart/form-data` (RFC 7578), which is streamed. Its length is known if the lengths of all parts
    are.

    The caller chooses the boundary (1 to 70 random characters that no part contains). Raises `HeaderError` for a media
    type or a further field with a line break.
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
        return Content(
            data=None,
            media_type=media_type,
            kind="multipart",
            length=length,
            pieces=pieces,
            parts=tuple(parts),
            is_replayable=can_repeat,
        )
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
    # WHATWG HTML, "multipart form data": exactly these three characters are escaped, and a backslash is not.
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
