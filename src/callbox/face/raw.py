"""`response.raw`: the answer's bytes, and its head, in the manner of urllib3's responses."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from callbox.exchange.incoming import Incoming
from callbox.face.lines import resize
from callbox.session.structures import CaseInsensitiveDict

if TYPE_CHECKING:
    from callbox.exchange.headers import Headers
    from callbox.wire import Answer


class FieldDict(CaseInsensitiveDict[str]):
    """The fields of an answer: a mapping in which repeated ones are folded; `getlist` gives them as they came.

    >>> from callbox.exchange.headers import Headers
    >>> f = FieldDict.of(Headers([("Set-Cookie", "a=1"), ("set-cookie", "b=2")]))
    >>> f["set-cookie"], f.getlist("Set-Cookie")
    ('a=1, b=2', ['a=1', 'b=2'])
    """

    __slots__ = ("_fields",)
    _fields: Headers | None

    @classmethod
    def of(cls, fields: Headers) -> FieldDict:
        """The face of an answer's fields."""
        made = cls((name, fields[name]) for name in fields)
        made._fields = fields
        return made

    def getlist(self, key: str, default: Any = ()) -> list[str]:
        """Every value of this name, in order, unfolded."""
        fields = getattr(self, "_fields", None)
        if fields is not None and fields.get(key) == self.get(key):
            return fields.getlist(key) or list(default)
        return [self[key]] if key in self else list(default)

    get_all = getheaders = getlist

    def multi_items(self) -> tuple[tuple[str, str], ...]:
        """Every field as it came: name as spelled, value, in order."""
        fields = getattr(self, "_fields", None)
        return fields.multi_items() if fields is not None else tuple(self.items())


class Raw(io.IOBase):
    """The body as a file that is read once, and what urllib3's responses tell beside it.

    Bytes come as they are on the wire, unless `decode_content` is given or set: then with the content-coding undone.
    Faults are raised as they are; `Response` gives them Requests' names.
    """

    def __init__(self, incoming: Incoming, answer: Answer | None = None) -> None:
        self.answer = answer
        self.headers = FieldDict.of(incoming.headers)
        self.status = incoming.status
        self.reason = incoming.reason
        self.version = 10 if incoming.version == "HTTP/1.0" else 11
        self.version_string = incoming.version
        self.decode_content = False
        self.is_live = incoming.headers.get("Transfer-Encoding", "").lower() == "chunked"
        """Whether the server writes piece by piece: then a piece is handed on as it comes."""
        self._pieces: Iterator[bytes] | None = None
        self._waiting = b""
        self._at = 0

    def pieces(self, decode_content: bool | None = None) -> Iterator[bytes]:
        """What is left of the body, as it comes. The first reading decides whether the coding is undone."""
        if self._pieces is None:
            is_decoded = self.decode_content if decode_content is None else decode_content
            answer = self.answer
            self._pieces = iter(()) if answer is None else answer.content() if is_decoded else answer.raw()
        if self._waiting:
            waiting, self._waiting = self._waiting, b""
            self._at += len(waiting)
            yield waiting
        for piece in self._pieces:
            self._at += len(piece)
            yield piece

    def stream(self, amt: int | None = 65_536, decode_content: bool | None = None) -> Iterator[bytes]:
        """The body in pieces of at most `amt` bytes (None: as they come)."""
        pieces = self.pieces(decode_content)
        return resize(pieces, amt, fills=not self.is_live) if amt else pieces

    read_chunked = stream

    def read(self, amt: int | None = None, decode_content: bool | None = None, cache_content: bool = False) -> bytes:
        """The next `amt` bytes, or all that are left; empty at the end."""
        parts: list[bytes] = []
        got = 0
        everything = amt is None or amt < 0
        if not everything and amt == 0:
            return b""
        for piece in self.pieces(decode_content):
            parts.append(piece)
            got += len(piece)
            if amt is not None and not everything and got >= amt:
                break
        data = b"".join(parts) if len(parts) != 1 else parts[0]
        if amt is not None and not everything and got > amt:
            data, self._waiting = data[:amt], data[amt:]
            self._at -= len(self._waiting)
        return data

    def read1(self, amt: int | None = None, decode_content: bool | None = None) -> bytes:
        """What is there of the next `amt` bytes, without waiting for all of them."""
        data = next(self.pieces(decode_content), b"")
        if amt is not None and 0 <= amt < len(data):
            data, self._waiting = data[:amt], data[amt:]
            self._at -= len(self._waiting)
        return data

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer; how many bytes."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def peek(self, size: int = 0) -> bytes:
        """What comes next, left where it is."""
        if not self._waiting:
            self._waiting = next(self.pieces(), b"")
            self._at -= len(self._waiting)
        return self._waiting

    def readable(self) -> bool:
        """True: it can be read."""
        return True

    def tell(self) -> int:
        """How many bytes were read."""
        return self._at

    def getheader(self, name: str, default: str | None = None) -> str | None:
        """One field, folded."""
        return self.headers.get(name, default)

    def getheaders(self) -> FieldDict:
        """The fields."""
        return self.headers

    def info(self) -> FieldDict:
        """The fields."""
        return self.headers

    def release_conn(self) -> None:
        """Give the connection back: at once where the body was read, else it is closed."""
        if self.answer is not None:
            self.answer.close()

    def drain_conn(self) -> None:
        """Read the rest, so that the connection serves again."""
        for _ in self.pieces():
            pass

    def isclosed(self) -> bool:
        """Whether it was closed."""
        return self.closed

    def close(self) -> None:
        """Give up what has not been read."""
        if self.answer is not None:
            self.answer.close()
        super().close()
