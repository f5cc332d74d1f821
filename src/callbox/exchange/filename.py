"""The name under which an answer's content may be kept: what the server proposes, made harmless.

A name from outside says nothing about where a file goes: it has no folder, begins with neither dot nor dash, holds
no control characters, and is none of the names that some systems take for devices.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from callbox.exchange.headers import Headers
from callbox.exchange.url import Url

MOST_CHARACTERS = 120
_MOST_BYTES = 200
"""Of the name in UTF-8: file systems take 255, and a number and `.part` must still go behind it."""
_EXTENDED = re.compile(r";\s*filename\*\s*=\s*([\w!#$%&+^`{}~.\-]+)'[^']*'([^;\s]+)", re.IGNORECASE)
_PLAIN = re.compile(r';\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]+))', re.IGNORECASE)
# C0, DEL, C1, the directional controls and invisible spaces that make one name look like another, lone surrogates.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:\.|\Z)", re.IGNORECASE)
_EXTENSIONS = {
    "application/json": ".json",
    "application/pdf": ".pdf",
    "application/x-ndjson": ".ndjson",
    "application/xml": ".xml",
    "application/zip": ".zip",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "text/css": ".css",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/xml": ".xml",
}


def choose_name(headers: Headers, url: Url) -> str:
    """A safe name: from Content-Disposition (RFC 6266), else from the URL that was asked for, else `download`."""
    proposed = safe_name(proposed_name(headers.get("Content-Disposition", "")))
    if proposed:
        return proposed
    from_url = safe_name(unquote(url.path.rpartition("/")[2]))
    name = from_url or "download"
    extension = _EXTENSIONS.get(headers.get("Content-Type", "").partition(";")[0].strip().lower(), "")
    return name if "." in name else name + extension


def proposed_name(disposition: str) -> str:
    """The file name in a Content-Disposition, as it stands there; `filename*` goes before `filename`.

    >>> proposed_name('attachment; filename="a.txt"; filename*=UTF-8\\'\\'%e2%82%ac.txt')
    '€.txt'
    """
    extended = _EXTENDED.search(disposition[:4000])
    if extended is not None:
        try:
            return unquote(extended[2], extended[1], "strict")
        except (LookupError, UnicodeDecodeError):
            pass
    plain = _PLAIN.search(disposition[:4000])
    if plain is None:
        return ""
    return plain[2] or re.sub(r"\\(.)", r"\1", plain[1] or "")


def safe_name(name: str) -> str:
    r"""The name without what could be dangerous in it; empty where nothing is left.

    >>> safe_name("../../etc/passwd"), safe_name("C:\\x\\.bashrc"), safe_name("-rf"), safe_name("nul.txt")
    ('passwd', 'bashrc', 'rf', '_nul.txt')
    """
    name = re.split(r"[/\\]", name)[-1]
    name = _FORBIDDEN.sub("_", _CONTROLS.sub("", name)).strip().lstrip(".-~ ").rstrip(". ")
    if _DEVICES.match(name):
        name = f"_{name}"
    return _shortened(name)


def _shortened(name: str) -> str:
    """At most so many characters and bytes, the extension kept."""
    if len(name) <= MOST_CHARACTERS and len(name.encode()) <= _MOST_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension.encode()) > 20:
        stem, dot, extension = name, "", ""
    tail = dot + extension
    stem = stem[: MOST_CHARACTERS - len(tail)]
    while len((stem + tail).encode()) > _MOST_BYTES:
        stem = stem[:-1]
    return stem + tail
