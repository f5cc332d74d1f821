"""Show the differences between two responses."""

from __future__ import annotations

from collections.abc import Iterable

from callbox.exchange.response_comparison import Change
from callbox.render.ansi_and_sanitiser import visible_line
from callbox.render.style import Fragments
from callbox.render.tables_and_text_width import fit, width_of

_MIN_WIDTH = 20


def differences(changes: Iterable[Change], *, width: int = 80) -> Fragments:
    """The changes as `-` and `+` lines. If a changed value fits one line, it is one `~` line.

    >>> from callbox.render.ansi_and_sanitiser import plain
    >>> print(plain(differences([Change("value", "$.a", "1", "2"), Change("header", "X-A", None, "1")])), end="")
    ~ $.a  1 -> 2
    + X-A: 1
    """
    return [fragment for change in changes for fragment in _change(change, max(width, _MIN_WIDTH))]


def _change(change: Change, width: int) -> Fragments:
    where, mark = _path_text(change)
    if change.before is not None and change.after is not None:
        one = f"~ {where}{mark}{visible_line(change.before)} -> {visible_line(change.after)}"
        if width_of(one) <= width:
            return [
                ("changed", "~ "),
                ("key", where),
                ("", mark),
                ("removed", visible_line(change.before)),
                ("dim", " -> "),
                ("added", f"{visible_line(change.after)}\n"),
            ]
    out: Fragments = []
    for sign, style, value in (("-", "removed", change.before), ("+", "added", change.after)):
        if value is not None:
            text = f"{sign} {where}{mark}{visible_line(value)}"
            out.append((style, f"{fit(text, width)}\n"))
    return out


def _path_text(change: Change) -> tuple[str, str]:
    where = visible_line(change.where)
    if change.part == "header":
        return where, ": "
    if change.part == "line":
        return f"{where:>4}", "  "
    return (f"from byte {where} on", "  ") if change.part == "bytes" else (where, "  ")
