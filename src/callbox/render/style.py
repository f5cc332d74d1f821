"""The names of styles, and the default look of each.

Only the sixteen named colours are used, so that the terminal's own palette decides and both light and dark
backgrounds work. A look is words: bold, dim, italic, underline, reverse, a colour (`ansigreen`, `#00aa00`).
"""

from __future__ import annotations

from collections.abc import Mapping

Fragment = tuple[str, str]
"""(style name, sanitised text); the empty name is plain text."""

Fragments = list[Fragment]

STYLES: Mapping[str, str] = {
    # what came and what went
    "status.info": "bold ansicyan",
    "status.ok": "bold ansigreen",
    "status.redirect": "bold ansiyellow",
    "status.error": "bold ansired",
    "protocol": "dim",
    "method": "bold ansigreen",
    "url": "bold",
    "header.name": "ansicyan",
    "header.value": "",
    "source": "dim italic",
    "connection": "dim",
    # bodies
    "key": "ansicyan",
    "string": "ansigreen",
    "number": "ansimagenta",
    "keyword": "bold ansimagenta",
    "punctuation": "",
    "tag": "ansicyan",
    "attribute": "ansiyellow",
    "name": "ansiblue",
    "comment": "dim italic",
    "escape": "dim",
    "note": "dim",
    # listings and messages
    "title": "bold",
    "dim": "dim",
    "bar": "ansicyan",
    "bar.total": "ansigreen",
    "error": "bold ansired",
    "warning": "ansiyellow",
    "hint": "ansicyan",
    "caret": "bold ansired",
    "ok": "ansigreen",
    "fail": "ansired",
    "skip": "ansiyellow",
    "added": "ansigreen",
    "removed": "ansired",
    "changed": "ansiyellow",
    "prompt": "bold ansicyan",
    # words of a typed line, beside header.name, key, string, number, comment and error
    "command": "bold ansigreen",
    "noun": "ansiblue",
    "flag": "ansiyellow",
    "path": "bold",
    "variable": "ansimagenta",
    "insecure": "bold reverse ansired",
}


def status_style(status: int) -> str:
    """The style of a status code, by its class.

    >>> [status_style(s) for s in (103, 204, 301, 404, 999)]
    ['status.info', 'status.ok', 'status.redirect', 'status.error', 'status.error']
    """
    if status < 200:
        return "status.info"
    if status < 300:
        return "status.ok"
    return "status.redirect" if status < 400 else "status.error"
