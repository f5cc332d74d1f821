"""The body of a request: bytes known now, or pieces that are produced while sending."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple


class ReadOnce:
    """The pieces of what can be read only once, such as a pipe: a function as others are, which says so."""

    def __init__(self, pieces: Callable[[], Iterable[bytes]]) -> None:
        self._pieces = pieces
        self._whole: bytes | None = None

    def whole(self) -> bytes:
        """All of it, kept from the first time on: for who looks at it before it is sent."""
        if self._whole is None:
            self._whole = b"".join(self._pieces())
        return self._whole

    def __call__(self) -> Iterable[bytes]:
        """The pieces, the first time."""
        return self._pieces()


def can_read_again(pieces: Callable[[], Iterable[bytes]] | None) -> bool:
    """Whether a redirect or a challenge may ask for these pieces anew."""
    return not isinstance(pieces, ReadOnce)


class Part(NamedTuple):
    """One part of a multipart body: a value known now, or a file that is opened when it is sent."""

    name: str
    data: bytes = b""
    filename: str | None = None
    media_type: str | None = None
    path: str = ""
    """The file that `pieces` reads, as it was typed; empty where `data` is the whole value."""
    pieces: Callable[[], Iterable[bytes]] | None = None
    length: int | None = None
    """Bytes that `pieces` will give, where known."""
    headers: tuple[tuple[str, str], ...] = ()
    """Further fields of this part, in order."""


class Content(NamedTuple):
    """A request's body and what is said of it.

    Either `data` holds all of it, or `pieces` gives it anew at each call (a redirect or a retry asks again);
    `pieces` of an iterator that can be read only once has `is_replayable` false.
    """

    data: bytes | None = b""
    media_type: str | None = None
    """The Content-Type that goes along unless one was said."""
    kind: str = "raw"
    """`raw`, `json`, `form`, `multipart`, `file` or `stream`: how it was said."""
    length: int | None = None
    """Bytes that `pieces` will give; None where unknown (sent chunked). Unused with `data`."""
    pieces: Callable[[], Iterable[bytes]] | None = None
    path: str = ""
    """The file it is read from, as typed."""
    parts: tuple[Part, ...] = ()
    """The parts of a multipart body, for showing and saving it."""
    is_replayable: bool = True
    said: object = None
    """What a program gave as the body, where it is to see that again: its text, its file, its iterator."""

    @property
    def size(self) -> int | None:
        """Bytes on the wire; None where it is not known beforehand."""
        return len(self.data) if self.data is not None else self.length

    def chunks(self) -> Iterator[bytes]:
        """The body in pieces, from its start."""
        if self.data is not None:
            if self.data:
                yield self.data
        elif self.pieces is not None:
            yield from self.pieces()
