"""How many colours to use: what the user said, then the conventions of the environment, then the terminal."""

from __future__ import annotations

from collections.abc import Mapping

TRUE = 16_777_216


def count_colors(environ: Mapping[str, str], choice: str, *, is_terminal: bool) -> int:
    """0, 16, 256 or 16777216 colours.

    `choice` is the option `color`: `always` and `never` win over NO_COLOR (no-color.org) and FORCE_COLOR.

    >>> count_colors({"TERM": "xterm-256color"}, "auto", is_terminal=True)
    256
    >>> count_colors({"TERM": "xterm-256color", "NO_COLOR": "1"}, "auto", is_terminal=True)
    0
    """
    if choice == "never":
        return 0
    if choice == "always":
        return _depth(environ)
    if environ.get("NO_COLOR"):
        return 0
    if environ.get("FORCE_COLOR"):
        return _depth(environ)
    return _depth(environ) if is_terminal and environ.get("TERM", "") not in ("dumb", "unknown") else 0


def _depth(environ: Mapping[str, str]) -> int:
    if environ.get("COLORTERM", "") in ("truecolor", "24bit"):
        return TRUE
    return 256 if "256color" in environ.get("TERM", "") else 16
