"""Media types and charsets: find the kind of a body (JSON, HTML, image, binary ..) from its media type or its first
bytes, decode the body of a response to text, and accept only charsets of text.

All code that shows, checks, saves or redacts a body calls `find_encoding` to choose the charset. `change_text` changes
the text of a body in each encoding in which somebody may read the body.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from callbox.exchange.template_braces import BRACED

JSON_LINES = frozenset(
    {
        "application/jsonl",
        "application/jsonlines",
        "application/ndjson",
        "application/stream+json",
        "application/x-json-stream",
        "application/x-jsonlines",
        "application/x-ndjson",
    }
)
"""The media types of bodies in which each line is a JSON text."""
JSON_SEQUENCE = "application/json-seq"
"""The media type of a sequence of JSON texts, each with a control character before it (RFC 7464)."""
_KINDS = {
    **dict.fromkeys(JSON_LINES, "ndjson"),
    "application/json": "json",
    "text/json": "json",
    JSON_SEQUENCE: "text",
    "text/event-stream": "events",
    "application/xml": "xml",
    "text/xml": "xml",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/css": "css",
    "application/javascript": "javascript",
    "application/x-javascript": "javascript",
    "application/ecmascript": "javascript",
    "text/javascript": "javascript",
    "application/yaml": "yaml",
    "application/x-yaml": "yaml",
    "text/yaml": "yaml",
    "text/x-yaml": "yaml",
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
    "application/x-www-form-urlencoded": "form",
    "application/graphql": "text",
    "application/sql": "text",
    "application/pdf": "binary",
    "application/zip": "binary",
    "application/gzip": "binary",
    "application/wasm": "binary",
}
_SUFFIXES = {"+json": "json", "+xml": "xml", "+yaml": "yaml", "+zip": "binary", "+gzip": "binary", "+cbor": "binary"}
_TREES = {"image": "image", "audio": "binary", "video": "binary", "font": "binary", "text": "text"}
_BOUNDARY = re.compile(rf";\s*boundary\s*=\s*(?:\"([^\"]*)\"|([^;\s]*(?:{BRACED}[^;\s]*)*))", re.IGNORECASE)
_UNKNOWN = ""
_CONTROLS = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")  # without ESC, because logs with colours are text
_MARKS = (b"\xff\xfe", b"\xfe\xff")


def boundary_of(content_type: str) -> str:
    """The multipart boundary in a Content-Type, unchanged; empty if there is none.

    >>> boundary_of('multipart/form-data; boundary="{{$uuid}}"')
    '{{$uuid}}'
    """
    match = _BOUNDARY.search(content_type)
    return (match[1] or match[2] or "") if match else ""


def essence(media_type: str) -> str:
    """A media type in lower case and without its parameters.

    >>> essence("Text/HTML; charset=utf-8")
    'text/html'
    """
    return media_type[:1000].partition(";")[0].strip().lower()


def kind(media_type: str, first: bytes) -> str:
    """The kind of a body with this media type and these first bytes: json, ndjson, events, xml, html, css, javascript,
    yaml, csv, form, text, image or binary.

    >>> kind("application/hal+json", b""), kind("", b'{"a":1}'), kind("text/plain", b"\\0\\1")
    ('json', 'json', 'binary')
    """
    name = essence(media_type)
    found = _KINDS.get(name) or _by_family(name)
    if found in ("image", "binary"):
        return found
    has_nuls = found == "json" or "utf-16" in media_type.lower() or "utf-32" in media_type.lower()
    if not has_nuls and is_binary(first):
        return "binary"
    return found or ("binary" if _looks_binary(first) else _sniff(first))


FORCED_TYPES = {"json": "application/json", "xml": "application/xml", "html": "text/html", "text": "text/plain"}
"""The media type for each name that `--as` accepts."""


def forced_media_type(media_type: str, name: str, charset: str = "") -> str:
    """The media type as which callbox shows a body with `--as NAME` and `--charset`. `media_type` is that of the
    response; it is used if `name` is empty.

    >>> forced_media_type("text/html; charset=latin-1", "json"), forced_media_type("text/html", "")
    ('application/json; charset=latin-1', 'text/html')
    >>> forced_media_type("text/html; charset=utf-8", "", "big5")
    'text/html; charset=big5; charset=utf-8'
    """
    own, semicolon, parameters = media_type.partition(";")
    if charset:
        parameters = f" charset={charset}{semicolon}{parameters}"  # If there are two charsets, the first one counts.
        semicolon = ";"
    return f"{FORCED_TYPES[name] if name else own}{semicolon}{parameters}"


_FIRST = {"json": b'[{"-0123456789tfn)w', "xml": b"<", "html": b"<"}
"""The characters with which a body may begin, for each name that `--as` accepts. `)` and `w` begin a guard before JSON.
"""


def is_of_form(name: str, first: bytes) -> bool:
    """Whether a body with these first bytes may be of the type that `--as NAME` names. A name with no rule gives True.

    >>> is_of_form("xml", b' <a/>'), is_of_form("xml", b'{"a": 1}'), is_of_form("json", b"<a/>"), is_of_form("", b"<")
    (True, False, False, True)
    """
    begin = first.lstrip(b"\xef\xbb\xbf \t\r\n")
    if name not in _FIRST or not begin or first.startswith(_MARKS) or begin.startswith(b"\0"):
        return True
    return begin[0] in _FIRST[name]


_GUARD = re.compile(r"\s*+(?:\)\]\}',?|\)\]\}|while ?\(1\);|for ?\(;;\);|\{\} ?&&)(?=\s*+[\[{\"])")


def json_guard(text: str) -> str:
    """The prefix before the JSON in a text; empty if there is none. Some servers write such a prefix so that other
    sites cannot run the JSON as a script.

    >>> json_guard(")]}'\\n[1]"), json_guard("while(1);{}"), json_guard("[1]")
    (")]}'", 'while(1);', '')
    """
    found = _GUARD.match(text[:100])
    return found[0] if found is not None else ""


def is_stream(media_type: str) -> bool:
    """Whether a body of this type is a stream of lines or events, each of which can be printed as soon as it arrives.

    >>> is_stream("text/event-stream"), is_stream("application/x-ndjson; charset=utf-8"), is_stream("application/json")
    (True, True, False)
    """
    return _KINDS.get(essence(media_type)) in ("events", "ndjson")


def live_media_type(media_type: str) -> str:
    """The media type as which a body is printed while it arrives: plain text, if callbox needs the whole body to lay it
    out, as for JSON.

    >>> [live_media_type(t) for t in ("application/json; charset=latin-1", "text/event-stream", "image/png")]
    ['text/plain; charset=latin-1', 'text/event-stream', 'image/png']
    """
    name, semicolon, parameters = media_type.partition(";")
    is_kept = (
        is_stream(name) or _by_family(essence(name)) in ("image", "binary") or _KINDS.get(essence(name)) == "binary"
    )
    return media_type if is_kept else f"text/plain{semicolon}{parameters}"


def _by_family(name: str) -> str:
    for suffix, found in _SUFFIXES.items():
        if name.endswith(suffix):
            return found
    return _TREES.get(name.partition("/")[0], _UNKNOWN)


def is_binary(first: bytes) -> bool:
    """Whether these bytes have a NUL or many control characters, and no byte order mark of UTF-16."""
    sample = first[:1024]
    if sample.startswith(_MARKS):
        return False
    controls = len(_CONTROLS.findall(sample))
    return b"\0" in sample or (controls > 4 and controls * 10 > len(sample))


def _looks_binary(first: bytes) -> bool:
    """Whether these bytes have a control character and are not UTF-8. Used if the media type does not say that they are
    text.
    """
    sample = first[:1024]
    if _CONTROLS.search(sample) is None:
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return True
    return False


def _sniff(first: bytes) -> str:
    start = first[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"{", b"[")):
        return "json"
    if start.startswith((b"<!doctype html", b"<html")):
        return "html"
    return "xml" if start.startswith(b"<") else "text"


_DECLARED = re.compile(
    r"""<\?xml[^<>]*?\sencoding\s*=\s*["']([^"'>]+)|<meta\s[^<>]*?charset\s*=\s*["']?\s*([^\s"'/>;]+)""", re.IGNORECASE
)
_PRESCAN = 1024
"""How many bytes of a page are searched for a declared encoding (WHATWG HTML, "prescan a byte stream")."""
_CHARSET = re.compile(r";\s*charset\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s;]*))", re.IGNORECASE)
_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is the start of this mark
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAX_SAMPLE = 1 << 16
"""How many bytes of a body are read to find its encoding."""
_LIKE_ASCII = frozenset(("utf-8", "utf-8-sig", "iso-8859-1", "iso8859-1", "cp1252", "ascii"))
"""The encodings in which a byte below 128 always is the ASCII character, whatever byte comes before it."""
# Python also has codecs that are not charsets. A server must not choose one of them for the bytes of a body.
_NO_TEXT = frozenset(
    "base64 bz2 hex idna mbcs oem palmos punycode quopri raw_unicode_escape rot_13 undefined unicode_escape "
    "utf_7 uu zlib utf_8_sig".split()
)


def charset_of(content_type: str) -> str | None:
    """The name of the Python codec for the charset of a Content-Type; None if there is no charset, or if Python has no
    codec of text for it.

    >>> charset_of('text/html; charset="ISO-8859-1"'), charset_of("text/plain; charset=zlib")
    ('iso8859-1', None)
    """
    match = _CHARSET.search(content_type[:1000])
    name = next((g for g in match.groups() if g), "") if match else ""
    if not name or "\0" in name:
        return None
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    codec = found.name
    is_text = getattr(found, "_is_text_encoding", True)
    return codec if is_text and codec.replace("-", "_") not in _NO_TEXT else None


def named_charset(content_type: str) -> str | None:
    """The charset as the Content-Type spells it; None if there is no charset, or if callbox cannot use it.

    >>> named_charset("text/html; charset=UTF-8")
    'UTF-8'
    """
    if charset_of(content_type) is None:
        return None
    match = _CHARSET.search(content_type[:1000])
    return next((g for g in match.groups() if g), None) if match else None


def find_encoding(data: bytes, content_type: str = "") -> str:
    """Choose the encoding of a body. The first of these that the body has decides: NUL bytes at the start of a JSON
    body, the charset of the Content-Type, a byte order mark, valid UTF-8, a declaration in an HTML or XML page. Without
    any of them, the result is Latin-1 or Windows-1252.
    """
    if 0 in data[:4] and kind(content_type, b"") == "json" and (by_nuls := encoding_by_nuls(data)):
        return by_nuls
    named = charset_of(content_type)
    if named and named != "utf-8":
        return named
    marked = marked_encoding(data)
    if marked:
        return marked
    if named:
        return named
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        # The bytes may end in the middle of a character and still be UTF-8.
        if error.reason != "unexpected end of data" or data[: error.start].isascii():
            return _declared(data, content_type) or _single_byte(data)
    return "utf-8"


def marked_encoding(data: bytes) -> str | None:
    r"""The encoding of the byte order mark at the start of these bytes; None if they do not begin with a mark.

    >>> marked_encoding(b"\xef\xbb\xbfa"), marked_encoding(b"a")
    ('utf-8-sig', None)
    """
    return next((encoding for mark, encoding in _BYTE_ORDER_MARKS if data.startswith(mark)), None)


def may_become_mark(start: bytes) -> bool:
    """Whether these bytes are the first part of a byte order mark, so that more bytes must be read to recognise it."""
    return any(len(start) < len(mark) and mark.startswith(start) for mark, _ in _BYTE_ORDER_MARKS)


def declared_encodings(page: str) -> list[str]:
    """The names of the encodings that an HTML or XML text declares, as the text spells them.

    >>> declared_encodings('<meta charset="Big5"><meta http-equiv=Content-Type content="text/html; charset=koi8-r">')
    ['Big5', 'koi8-r']
    """
    found = _DECLARED.findall(page)
    return [meta for _, meta in found if meta] + [xml for xml, _ in found if xml]


def _declared(data: bytes, content_type: str) -> str | None:
    media_type = content_type.partition(";")[0].lower()
    if media_type and "html" not in media_type and "xml" not in media_type:
        return None
    names = declared_encodings(data[:_PRESCAN].decode("latin-1"))
    found = charset_of(f"; charset={names[0]}") if names else None
    # The declaration was read as ASCII, so the page is not in UTF-16, even if it declares UTF-16.
    return "utf-8" if found and found.startswith("utf-16") else found


def _single_byte(data: bytes) -> str:
    # In Latin-1, the bytes from 0x80 to 0x9f are control characters, which no text contains. In Windows-1252, they are
    # quotes and dashes, and five of them are undefined.
    is_windows = re.search(rb"[\x80-\x9f]", data) and not re.search(rb"[\x81\x8d\x8f\x90\x9d]", data)
    return "cp1252" if is_windows else "iso-8859-1"


def decode_text(data: bytes, content_type: str = "") -> str:
    """Decode a body to text, with the encoding that `find_encoding` chooses. Bytes that cannot be decoded become
    U+FFFD. Never raises.

    >>> decode_text(b"caf\\xc3\\xa9"), decode_text(b"caf\\xe9 noir", "text/plain; charset=latin-1")
    ('café', 'café noir')
    """
    return data.decode(find_encoding(data, content_type), "replace")


def possible_encodings(data: bytes, content_type: str = "") -> list[str]:
    """The encodings in which somebody may read these bytes.

    The first is the encoding that `find_encoding` returns. UTF-16 or UTF-32 follows if the positions of NULs in the
    bytes suggest it. UTF-8 follows if ASCII text in the bytes would look different in the first encoding.

    >>> possible_encodings(b"abc", "text/plain; charset=utf-16"), possible_encodings(b"a\\0b\\0c\\0d\\0")
    (['utf-16', 'utf-8'], ['utf-8', 'utf-16-le'])
    """
    sample = data[:_MAX_SAMPLE]
    found = find_encoding(sample, content_type)
    hidden = _encoding_by_columns(sample) if b"\0" in sample else ""
    more = [hidden] if hidden and found not in (hidden, hidden[:6]) else []
    if found == "utf-16" and hidden == "utf-16-be" and not sample.startswith(codecs.BOM_UTF16_BE):
        more = [hidden]
    return [found, *more] if found in _LIKE_ASCII else [found, *more, "utf-8"]


def _encoding_by_columns(sample: bytes) -> str:
    """Recognise UTF-16 or UTF-32 without a byte order mark by the positions of its NUL bytes. Returns the encoding;
    empty for any other text.
    """
    size = len(sample) // 4
    if not size:
        return ""
    nuls = [sample[column : size * 4 : 4].count(0) / size for column in range(4)]
    if min(nuls[2:]) > 0.9 and max(nuls[:1]) < 0.5:
        return "utf-32-le"
    if min(nuls[:2]) > 0.9 and max(nuls[3:]) < 0.5:
        return "utf-32-be"
    difference = nuls[1] + nuls[3] - nuls[0] - nuls[2]
    if abs(difference) < 0.1:
        return ""
    return "utf-16-le" if difference > 0 else "utf-16-be"


def change_text(data: bytes, content_type: str, change: Callable[[str], str]) -> bytes:
    """Decode a body, apply `change` to the text, and encode the result. This is done for each of `possible_encodings`.
    If `change` changes nothing, the body stays the same, byte by byte.

    >>> change_text("pässword".encode("utf-16-be"), "text/plain; charset=utf-16-be", str.upper).decode("utf-16-be")
    'PÄSSWORD'
    """
    for encoding in possible_encodings(data, content_type):
        data = _change_text_in(data, encoding, change)
    return data


def _change_text_in(data: bytes, encoding: str, change: Callable[[str], str]) -> bytes:
    encoding = _with_byte_order(encoding, data)
    try:
        text = data.decode(encoding, "surrogateescape")
    except (UnicodeError, ValueError):
        text = data.decode(encoding, "replace")
    changed = change(text)
    if changed == text:
        return data
    try:
        return changed.encode(encoding, "surrogateescape")
    except (UnicodeError, ValueError):
        return changed.encode(encoding, "replace")


# RFC 8259 section 8.1 requires UTF-8. RFC 4627 section 3 distinguished other encodings by their NUL bytes. Both are
# supported.
_NULS = {
    b"\x01\x00\x00\x00": "utf-32-le",
    b"\x00\x00\x00\x01": "utf-32-be",
    b"\x01\x00\x01\x00": "utf-16-le",
    b"\x00\x01\x00\x01": "utf-16-be",
}


def find_encoding_of_start(first: bytes, content_type: str) -> str:
    """Choose the encoding of a body from its first piece, which may end in the middle of a character."""
    found = find_encoding(first, content_type)
    if found not in ("iso-8859-1", "cp1252") or charset_of(content_type) is not None:
        return found
    try:
        codecs.getincrementaldecoder("utf-8")().decode(first)
    except UnicodeDecodeError:
        return found
    return "utf-8"


def encoding_by_nuls(first: bytes) -> str:
    """Recognise UTF-16 or UTF-32 in JSON by the NUL bytes among the first four. Returns the encoding; empty if there
    are no NULs.
    """
    return _NULS.get(bytes(byte != 0 for byte in first[:4]), "")


def decode_pieces(pieces: Iterable[bytes], encoding: str | None) -> Iterator[str]:
    """Decode the pieces of a body. Invalid bytes become U+FFFD. If `encoding` is None, a byte order mark decides;
    without a mark, the text is read as UTF-8.
    """
    pieces = iter(pieces)
    if encoding is None:
        start, pieces = _take_mark(pieces)
        encoding = marked_encoding(start) or "utf-8"
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for piece in pieces:
        if text := decoder.decode(piece):
            yield text
    if text := decoder.decode(b"", True):
        yield text


def _take_mark(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Read enough pieces to recognise a byte order mark. Returns their bytes, and an iterator over all pieces,
    including these.
    """
    start = b""
    for piece in pieces:
        start += piece
        if not may_become_mark(start):
            break
    return start, chain((start,), pieces)


_MARKED = {
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
}


def _with_byte_order(encoding: str, first: bytes) -> str:
    """The name of the codec for this encoding. For UTF-16 and UTF-32 without a byte order mark, it is the little-endian
    codec (WHATWG Encoding, "utf-16"), because Python's codec `utf-16` expects a mark.
    """
    return f"{encoding}-le" if encoding in _MARKED and not first.startswith(_MARKED[encoding]) else encoding


class Decoder:
    r"""Decodes the pieces of one body to text, as they arrive. Bytes that cannot be decoded become U+FFFD.

    >>> decoder = Decoder("text/plain", b"caf\xc3")
    >>> decoder.decode(b"caf\xc3") + decoder.decode(b"\xa9", is_last=True)
    'café'
    """

    def __init__(self, content_type: str, first: bytes, is_json: bool = False) -> None:
        by_nuls = encoding_by_nuls(first) if is_json else ""
        self.encoding = by_nuls or find_encoding_of_start(first, content_type)
        self.encoding = _with_byte_order(self.encoding, first)
        self._is_guess = self.encoding == "utf-8" and charset_of(content_type) is None
        self._decoder = codecs.getincrementaldecoder(self.encoding)("strict" if self._is_guess else "replace")
        self._buffer = ""
        self._is_first = True

    def decode(self, data: bytes, is_last: bool = False, is_whole: bool = False) -> str:
        """Decode the next piece. A character or a line end (CR LF) that the piece cuts off is returned with the next
        piece. `is_last`: there is no further piece. `is_whole`: the body was received to its end, and not cut off.
        """
        text = self._buffer + self._read(data, is_last, is_whole)
        self._buffer = ""
        if self._is_first and text:
            self._is_first = False
            text = text.removeprefix("\ufeff")
        if text.endswith("\r") and not is_last:
            text, self._buffer = text[:-1], "\r"
        return text

    def _read(self, data: bytes, is_last: bool, is_whole: bool) -> str:
        held = self._decoder.getstate()[0] if self._is_guess else b""
        try:
            text = self._decoder.decode(data, is_last)
        except UnicodeError:
            # Until here the text was ASCII, which is the same in Latin-1. If the body was cut off in the middle of a
            # character, UTF-8 may still be right.
            is_cut = self._is_guess and not data and not is_whole
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
        """The number of bytes that `decode` has not returned as text yet: a part of a character, or a carriage
        return.
        """
        return len(self._decoder.getstate()[0]) + len(self._buffer)

    def count(self, text: str) -> int:
        """The number of bytes from which this text was decoded."""
        return len(text.encode(self.encoding, "replace"))
