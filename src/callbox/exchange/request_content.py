"""The body of a request: bytes, or a function that yields them while they are sent.

The functions here make a `Content` from JSON, forms, multipart parts, text and files. No file is opened here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from callbox.errors import UsageError
from callbox.exchange.headers import check_header
from callbox.exchange.url import encode_pairs

MAX_WHOLE = 256_000_000
"""The most bytes of a file that is read into memory before it is sent. A file that is sent in pieces has no limit."""


class ReadOnce:
    """A function for `Content.pieces` whose source can be read only once, such as a pipe."""

    def __init__(self, pieces: Callable[[], Iterable[bytes]]) -> None:
        self._pieces = pieces
        self._whole: bytes | None = None

    def whole(self) -> bytes:
        """Read the whole body and store it, for code that needs the body before it is sent. Further calls return the
        stored body. Raises `UsageError` if it has more than `MAX_WHOLE` bytes.
        """
        if self._whole is None:
            self._whole = _join(self._pieces())
        return self._whole

    def __call__(self) -> Iterable[bytes]:
        """Yield the pieces of the body. Only the first call yields anything."""
        return self._pieces()


def can_read_again(pieces: Callable[[], Iterable[bytes]] | None) -> bool:
    """Whether a second call of `pieces` yields the body again, as a redirect or a challenge may need it."""
    return not isinstance(pieces, ReadOnce)


class FileBytes(NamedTuple):
    """A file that a request sends. callbox looks for the file before the run, and reads it when the request is sent."""

    pieces: Callable[[], Iterable[bytes]]
    length: int | None
    is_foreign: bool = False
    """Whether the file has data from a server. Variables in such data are not replaced."""

    def read(self) -> bytes:
        """Read the whole file. A pipe can be read only once, so further calls return the bytes of the first.

        Raises `UsageError` if the file cannot be read or has more than `MAX_WHOLE` bytes.
        """
        if self.length is not None and self.length > MAX_WHOLE:
            raise _too_large()
        return self.pieces.whole() if isinstance(self.pieces, ReadOnce) else _join(self.pieces())


def _join(pieces: Iterable[bytes]) -> bytes:
    """The bytes of all pieces. Raises `UsageError` if they are too many; a device such as /dev/zero never ends."""
    joined = bytearray()
    for piece in pieces:
        joined += piece
        if len(joined) > MAX_WHOLE:
            raise _too_large()
    return bytes(joined)


def _too_large() -> UsageError:
    return UsageError(f"The file is larger than {MAX_WHOLE // 1_000_000} MB, the most that is read as text")


class Part(NamedTuple):
    """A part of a multipart body: a value, or a file that is read while it is sent."""

    name: str
    data: bytes = b""
    filename: str | None = None
    media_type: str | None = None
    path: str = ""
    """The path of the file, as typed; empty if `data` is the value."""
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
    """The Content-Type, unless the request has one of its own."""
    kind: ContentKind = "raw"
    """How the body was given: `raw`, `json`, `form`, `multipart`, `file` or `stream`."""
    length: int | None = None
    """The number of bytes that `pieces` yields; None if it is unknown, so that the body is sent in chunks. Unused with
    `data`.
    """
    pieces: Callable[[], Iterable[bytes]] | None = None
    path: str = ""
    """The path of the file with the body, as typed."""
    parts: tuple[Part, ...] = ()
    """The parts of a multipart body, for code that prints or saves the request."""
    is_replayable: bool = True
    given: object = None
    """The object that a program has passed as the body: a text, a file or an iterator."""

    @property
    def size(self) -> int | None:
        """The number of bytes of the body; None if it is not known before the body is sent."""
        return len(self.data) if self.data is not None else self.length

    def chunks(self) -> Iterator[bytes]:
        """Yield the body in pieces, from its start."""
        if self.data is not None:
            if self.data:
                yield self.data
        elif self.pieces is not None:
            yield from self.pieces()


JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def raw_content(data: bytes | str, media_type: str | None = None) -> Content:
    """Make a body of these bytes, or of this text in UTF-8."""
    return Content(data.encode("utf-8", "replace") if isinstance(data, str) else data, media_type)


def json_content(text: str | bytes) -> Content:
    """Make a body of a JSON text, which is sent unchanged."""
    return Content(text.encode("utf-8", "replace") if isinstance(text, str) else text, JSON, "json")


def form_content(pairs: Iterable[tuple[str, str]]) -> Content:
    """Make a body of names and values as `application/x-www-form-urlencoded`."""
    return Content(encode_pairs(pairs).encode("ascii"), FORM, "form")


def file_content(
    path: str, pieces: Callable[[], Iterable[bytes]], length: int | None, media_type: str | None = None
) -> Content:
    """Make a body of the bytes of a file, which is read while it is sent. `path` is the path as typed."""
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
    """Make a body of `multipart/form-data` (RFC 7578), whose pieces are made while they are sent. Its length is known
    if the lengths of all parts are known.

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
