"""The prompt text and the bottom toolbar with the state of the session. All text is sanitised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from callbox.render.cells import width_of
from callbox.render.sanitise import visible_line
from callbox.render.style import Fragments

if TYPE_CHECKING:
    from callbox.shell.context import Context

MOST_PROMPT = 40
_DOT = " · "
_CUT = " .."


class Part(NamedTuple):
    """One part of the toolbar."""

    text: str
    rank: int
    """The part with the highest rank is left out first."""
    style: str = ""


def prompt_text(base: str) -> str:
    """The prompt on this base.

    >>> prompt_text("https://api.x/v2"), prompt_text("")
    ('api.x/v2> ', 'callbox> ')
    """
    if "@" in base or "?" in base:
        from callbox.exchange.redaction.urls import redact_url  # 8 ms: the first prompt waits for nothing

        base = redact_url(base)
    shown = visible_line(base.partition("://")[2] or base).rstrip("/")
    if len(shown) > MOST_PROMPT:
        shown = f"{shown[: MOST_PROMPT // 2]}..{shown[-MOST_PROMPT // 2 :]}"
    return f"{shown or 'callbox'}> "


def toolbar(context: Context | None, columns: int = 1_000) -> Fragments:
    """`verify:NO · 3 headers · 2 cookies · bearer · last 200 142 ms`; without a context, that of an empty shell.

    Where the columns do not hold all parts, whole parts are left out, the least important first, and `..` says so.
    """
    parts: list[Part] = []
    if context is not None:
        from callbox.terminal.toolbar_parts import session_parts  # the shell, 40 ms: the first prompt waits for nothing

        parts = session_parts(context)
    if not parts:
        return [("", " nothing is set · help lists the commands")]
    return [("", " "), *join_parts(parts, columns - 1)]


def join_parts(parts: Sequence[Part], columns: int) -> Fragments:
    """As many of the parts as the columns hold, in their order, with dots between them."""
    shown = list(parts)
    while len(shown) > 1 and _width(shown, is_cut=len(shown) < len(parts)) > columns:
        shown.remove(max(shown, key=lambda part: part.rank))
    out: Fragments = []
    for index, part in enumerate(shown):
        out += [("", _DOT)] if index else []
        out.append((part.style, part.text))
    return [*out, ("", _CUT)] if len(shown) < len(parts) else out


def _width(parts: Sequence[Part], *, is_cut: bool) -> int:
    dots = len(_DOT) * (len(parts) - 1) + len(_CUT) * is_cut
    return sum(width_of(part.text) for part in parts) + dots
