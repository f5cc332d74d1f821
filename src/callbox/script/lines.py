"""The lines of a file with their places, and its text from its bytes. Called by `parse`."""

from __future__ import annotations

import re
from itertools import accumulate, count
from typing import NamedTuple

from callbox.script.model import At, Text

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")
_MARKS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


class Line(NamedTuple):
    """One line without its newline."""

    text: str
    number: int
    """1-based."""
    offset: int
    """Bytes of UTF-8 before it."""

    @property
    def at(self) -> At:
        """Where it begins."""
        return At(self.number, 1, self.offset)

    @property
    def start(self) -> At:
        """Where what is not blank begins."""
        if self.text[:1].strip():
            return At(self.number, 1, self.offset)
        return self.stripped.at

    @property
    def whole(self) -> Text:
        """All of it."""
        return Text(self.text, At(self.number, 1, self.offset))

    @property
    def stripped(self) -> Text:
        """What is between its outer blanks."""
        return self.cut(0)

    def cut(self, start: int, end: int | None = None) -> Text:
        """What is between the outer blanks of the part from `start` to `end`."""
        part = self.text[start:end] if start or end is not None else self.text
        bare = part.strip()
        if bare:
            start += len(part) - len(part.lstrip())
        if start == 0:
            return Text(bare, At(self.number, 1, self.offset))
        ahead = self.text[:start]
        width = start if ahead.isascii() else len(ahead.encode("utf-8", "surrogatepass"))
        return Text(bare, At(self.number, start + 1, self.offset + width))

    @property
    def is_blank(self) -> bool:
        """True where it holds nothing but blanks."""
        return not self.text.strip()

    @property
    def is_comment(self) -> bool:
        """True where it begins with `#` or `//`, indented or not."""
        return self.text.lstrip().startswith(("#", "//"))

    @property
    def is_indented(self) -> bool:
        """True where it begins with a blank."""
        return self.text[:1] in (" ", "\t")


def decode(source: str | bytes) -> tuple[str, int | None]:
    """The text of a file without its byte order mark, and the offset of the first byte that is not text.

    UTF-8, or UTF-16 where a byte order mark says so. What cannot be decoded becomes U+FFFD.
    """
    if isinstance(source, str):
        return source.removeprefix("\ufeff"), None
    for mark, encoding in _MARKS:
        if source.startswith(mark):
            return _decoded(source[2:], encoding)
    return _decoded(source.removeprefix(b"\xef\xbb\xbf"), "utf-8")


def _decoded(data: bytes, encoding: str) -> tuple[str, int | None]:
    try:
        return data.decode(encoding), None
    except UnicodeDecodeError as error:
        return data.decode(encoding, "replace"), error.start


def read_lines(text: str) -> list[Line]:
    """The lines of a text; `\\r\\n`, `\\n` and `\\r` end one.

    >>> [line.text for line in read_lines("a\\r\\nb")]
    ['a', 'b']
    """
    wholes: list[str] = _LINE.findall(text)[:-1]  # the last match is the empty one at the end
    widths = map(len, wholes if text.isascii() else (whole.encode("utf-8", "surrogatepass") for whole in wholes))
    offsets = accumulate(widths, initial=0)
    texts = [whole.rstrip("\r\n") for whole in wholes]
    return list(map(Line._make, zip(texts, count(1), offsets, strict=False)))
