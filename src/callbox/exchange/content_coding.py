"""Content codings (RFC 9110 section 8.4.1), such as gzip: which of them callbox can decode, and their decoders. A
decoder works piece by piece and limits the size of its output, so that a small compressed bomb cannot fill the memory.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, Protocol

from callbox.errors import Fault


@lru_cache(maxsize=1)
def accepted() -> str:
    """The value of Accept-Encoding: gzip and deflate, and br and zstd if the extra `compression` is installed."""
    names = ["gzip", "deflate"]
    if find_brotli() is not None:
        names.append("br")
    if find_zstd() is not None:
        names.append("zstd")
    return ", ".join(names)


def find_brotli() -> Any:
    """The brotli module of the extra `compression`; None if it is missing. A version before 1.2 counts as missing,
    because it cannot limit its output.
    """
    try:
        import brotli  # type: ignore[import-not-found]
    except ImportError:
        return None
    return brotli if hasattr(brotli.Decompressor, "can_accept_more_data") else None


def find_zstd() -> Any:
    """The zstd module of the standard library (3.14) or its backport; None if there is neither."""
    try:
        from compression import zstd  # type: ignore[import-not-found]
    except ImportError:
        try:
            from backports import zstd  # type: ignore[import-not-found]
        except ImportError:
            return None
    return zstd


_STEP = 262_144
_MEMBER_STEP = 4_096
_MAGIC = b"\x1f\x8b"
_MAX_CODINGS = 5


class _Decoder(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]: ...
    def end(self) -> None: ...


def codings_of(header: str) -> list[str]:
    """The content codings in the value of Content-Encoding, in the order in which the server applied them, without
    `identity`. Raises `Fault` if there are more codings than any honest server applies.
    """
    names = [name.strip().lower() for name in header.split(",")]
    codings = [name.removeprefix("x-") for name in names if name not in ("", "identity")]
    if len(codings) > _MAX_CODINGS:
        raise Fault(f"Too many content encodings ({len(codings)})", kind="limit")
    return codings


def can_decode(codings: Iterable[str]) -> bool:
    """Whether callbox can decode all of these content codings in this installation."""
    return all(name in _MAKERS and _is_there(name) for name in codings)


def decode(pieces: Iterable[bytes], codings: list[str]) -> Iterator[bytes]:
    """Decode a body. `codings` are in the order of `codings_of`. Raises `Fault` for damaged or truncated data."""
    if len(codings) < 2:
        return _run(pieces, _MAKERS[codings[0]]()) if codings else iter(pieces)
    counter = _Counter()
    pieces = counter.count(pieces)
    for name in reversed(codings[1:]):
        pieces = counter.limit(_run(pieces, _MAKERS[name]()))
    return _run(pieces, _MAKERS[codings[0]]())


MAX_BETWEEN = 4_000_000
MAX_GROWTH = 20
"""If a body has several codings, the output of each coding except the last may have `MAX_BETWEEN` bytes, plus
`MAX_GROWTH` bytes for each received byte. Data that was compressed before hardly becomes smaller, so honest data stays
below this limit.
"""


class _Counter:
    """Counts the received bytes of a body, and limits the output of a decoder in proportion to them."""

    def __init__(self) -> None:
        self._received = 0

    def count(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._received += len(piece)
            yield piece

    def limit(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > MAX_BETWEEN + MAX_GROWTH * self._received:
                raise Fault("The body becomes too large when its content encodings are decoded", kind="limit")
            yield piece


def _run(pieces: Iterable[bytes], decoder: _Decoder) -> Iterator[bytes]:
    has_begun = False
    for piece in pieces:
        has_begun = True
        yield from decoder.feed(piece)
    if has_begun:  # A body of zero bytes is valid in any coding.
        decoder.end()


MAX_MEMBERS = 10_000
MIN_MEMBER = 64
"""If a body has more than `MAX_MEMBERS` members (gzip) or frames (zstd), they must have this many bytes on average,
because each member or frame takes time.
"""


class _Members:
    """Counts the gzip members or zstd frames of a body and their bytes. Raises `Fault` if there are too many small
    ones.
    """

    def __init__(self) -> None:
        self.count = 0
        self.size = 0

    def add(self) -> None:
        self.count += 1
        if self.count > MAX_MEMBERS and self.size < self.count * MIN_MEMBER:
            raise Fault("The body is made of too many compressed pieces", kind="limit")


class _Zlib:
    """Decodes gzip (RFC 1952) with any number of members, or deflate: zlib data (RFC 1950), or raw as some servers send
    it.
    """

    def __init__(self, name: str, window: int) -> None:
        self._name = name
        self._window = window
        self._stream = zlib.decompressobj(window)
        self._has_begun = False
        self._members = _Members()
        self._held = b""
        """A byte that may be the start of another member."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        data, self._held = self._held + data, b""
        at, is_full = 0, False
        while at < len(data) or is_full:
            if self._stream.eof:
                # More gzip members may follow and are decoded. As in browsers, padding and other bytes after the last
                # member are ignored.
                if self._name == "gzip" and at == len(data) - 1 and data.endswith(_MAGIC[:1]):
                    self._held = data[at:]
                    return
                if self._name != "gzip" or data[at : at + 2] != _MAGIC:
                    return
                self._stream = zlib.decompressobj(self._window)
                self._members.add()
            # Each end of a member copies the data after the member.
            given = data[at : at + _MEMBER_STEP] if self._members.count else data[at:] if at else data
            try:
                out = self._stream.decompress(given, _STEP)
            except zlib.error as error:
                if self._name == "deflate" and not self._has_begun:
                    self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
                    self._has_begun = True
                    continue
                raise self._fault(error) from None
            self._has_begun = True
            taken = len(given) - len(self._stream.unconsumed_tail or self._stream.unused_data)
            at += taken
            self._members.size += taken
            # Because of the limit, zlib may have read all input and still have output.
            is_full = len(out) == _STEP
            if out:
                yield out

    def _fault(self, error: Exception) -> Fault:
        if "incorrect data check" in str(error):
            return Fault(f"The body's {self._name} checksum is wrong", kind="coding")
        return Fault(f"The body is not valid {self._name}", kind="coding")

    def end(self) -> None:
        if self._has_begun and not self._stream.eof:
            raise Fault(f"The {self._name} stream ended early", kind="coding")


class _Brotli:
    def __init__(self) -> None:
        self._module = find_brotli()
        self._stream = self._module.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        try:
            out = self._stream.process(data, output_buffer_limit=_STEP)
            while out:
                yield out
                out = (
                    b"" if self._stream.can_accept_more_data() else self._stream.process(b"", output_buffer_limit=_STEP)
                )
        except self._module.error:
            raise Fault("The body is not valid br", kind="coding") from None

    def end(self) -> None:
        if not self._stream.is_finished():
            raise Fault("The br stream ended early", kind="coding")


class _Zstd:
    def __init__(self) -> None:
        self._module = find_zstd()
        self._stream = self._module.ZstdDecompressor()
        self._members = _Members()

    def feed(self, data: bytes) -> Iterator[bytes]:
        at = 0
        try:
            while at < len(data) or not (self._stream.eof or self._stream.needs_input):
                if self._stream.eof:
                    self._stream = self._module.ZstdDecompressor()
                    self._members.add()
                # Each end of a frame copies the data after the frame.
                given = data[at : at + _MEMBER_STEP] if self._members.count else data[at:] if at else data
                out = self._stream.decompress(given, _STEP)
                taken = len(given) - (len(self._stream.unused_data) if self._stream.eof else 0)
                at += taken
                self._members.size += taken
                if out:
                    yield out
        except self._module.ZstdError:
            raise Fault("The body is not valid zstd", kind="coding") from None

    def end(self) -> None:
        if not self._stream.eof:
            raise Fault("The zstd stream ended early", kind="coding")


def _is_there(name: str) -> bool:
    return {"br": find_brotli, "zstd": find_zstd}.get(name, lambda: True)() is not None


_MAKERS: dict[str, Callable[[], _Decoder]] = {
    "gzip": lambda: _Zlib("gzip", 16 + zlib.MAX_WBITS),
    "deflate": lambda: _Zlib("deflate", zlib.MAX_WBITS),
    "br": _Brotli,
    "zstd": _Zstd,
}
