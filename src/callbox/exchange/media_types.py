"""Find the kind of a body (JSON, HTML, image, binary ..) from its media type or its first bytes."""

from __future__ import annotations

import codecs
import re

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
    """Some servers put a prefix before JSON so that other sites cannot run it as a script. Returns this prefix of the
    text; empty if there is none.

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
