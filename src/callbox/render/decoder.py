"""Decode the bytes of a body to text, piece by piece; the charset is found out on the first piece."""

from __future__ import annotations

import codecs

from callbox.exchange.body.charset import charset_of, encoding_by_nuls, find_encoding_of_start
from callbox.render.sanitise import visible_line

_MARKED = {
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
}


class Decoder:
    r"""Text of the pieces of one body; what cannot be read becomes U+FFFD.

    >>> decoder = Decoder("text/plain", b"caf\xc3")
    >>> decoder.decode(b"caf\xc3") + decoder.decode(b"\xa9", is_last=True)
    'café'
    """

    def __init__(self, content_type: str, first: bytes, is_json: bool = False) -> None:
        self.note = _note(content_type)
        self.encoding = (is_json and encoding_by_nuls(first)) or find_encoding_of_start(first, content_type)
        if self.encoding in _MARKED and not first.startswith(_MARKED[self.encoding]):
            self.encoding += "-le"  # as WHATWG's "utf-16" does; the codec of that name insists on a mark
        self._is_guess = self.encoding == "utf-8" and charset_of(content_type) is None
        self._decoder = codecs.getincrementaldecoder(self.encoding)("strict" if self._is_guess else "replace")
        self._buffer = ""
        self._is_first = True

    def decode(self, data: bytes, is_last: bool = False) -> str:
        """The text that these bytes complete; a return at the end waits for the newline that may follow."""
        text = self._buffer + self._read(data, is_last)
        self._buffer = ""
        if self._is_first and text:
            self._is_first = False
            text = text.removeprefix("\ufeff")
        if text.endswith("\r") and not is_last:
            text, self._buffer = text[:-1], "\r"
        return text

    def _read(self, data: bytes, is_last: bool) -> str:
        held = self._decoder.getstate()[0] if self._is_guess else b""
        try:
            text = self._decoder.decode(data, is_last)
        except UnicodeError:
            # Nothing but ASCII so far: it was Latin-1 all along. A character that is cut off at the end is no sign.
            is_cut = self._is_guess and not data
            self.encoding = "utf-8" if is_cut else "iso-8859-1"
            self._decoder = codecs.getincrementaldecoder(self.encoding)("replace")
            self._is_guess = False
            return self._decoder.decode(held + data, is_last)
        if self._is_guess and not text.isascii():
            self._is_guess = False
            state = self._decoder.getstate()
            self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
            self._decoder.setstate(state)
        return text

    @property
    def waiting(self) -> int:
        """How many bytes have come that are no text yet: half a character, or a return."""
        return len(self._decoder.getstate()[0]) + len(self._buffer)

    def count(self, text: str) -> int:
        """How many bytes this text was."""
        return len(text.encode(self.encoding, "replace"))


def _note(content_type: str) -> str:
    """The note about a charset that cannot be used."""
    _, mark, value = content_type[:1000].lower().partition("charset=")
    name = value.partition(";")[0].strip(" \"'")
    if not mark or charset_of(content_type):
        return ""
    return f"charset '{visible_line(name[:40])}' is not known: read as UTF-8 or Latin-1" if name else ""
