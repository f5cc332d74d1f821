"""The parts of the toolbar that describe a session.

This module imports the shell, so it is loaded after the prompt is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from callbox.engine.options import format_option
from callbox.exchange.url import origin_of
from callbox.render.sanitise import visible_line
from callbox.render.sizes_and_durations import duration
from callbox.render.style import Fragments
from callbox.render.text_width import width_of
from callbox.shell.context import Context
from callbox.shell.line.targets_and_items import shown_url
from callbox.shell.requests.credential_origins import user_entries

MAX_SESSIONS = 3
_DOT = " · "
_CUT = " .."


class Part(NamedTuple):
    """A part of the toolbar."""

    text: str
    rank: int
    """The rank: the part with the highest rank is left out first."""
    style: str = ""


def session_parts(context: Context) -> list[Part]:
    """The differences between the session and an empty one, the most important first."""
    session = context.session
    origin = origin_of(session.base_url)
    parts: list[Part] = []
    if session.option("verify", origin) is False:
        parts.append(Part("verify:NO", 0, "insecure"))
    if context.session_file is not None:
        parts.append(Part(visible_line(context.session_file.name), 3))
    for noun, count, rank in (
        ("header", len(user_entries(session, "header")), 4),
        ("cookie", len(session.jar), 6),
        ("query", len(user_entries(session, "query")), 5),
        ("var", len(session.vars), 8),
    ):
        if count:
            parts.append(Part(f"{count} {_plural(noun, count)}", rank))
    auth = session.credentials.get(origin) or session.credentials.get("") or session.credentials.get("?")
    if auth is not None:
        parts.append(Part(auth.scheme, 2))
    parts += [Part(f"{name}:{value}", 7) for name, value in _options(context, origin)]
    last = context.last
    if last is not None:
        status = last.response.status if last.is_answered else "failed"
        is_cut = last.is_answered and not last.is_complete
        parts.append(Part(f"last {status} {'cut off' if is_cut else duration(last.seconds)}", 1))
    return parts


def saved_sessions(context: Context, columns: int) -> Fragments:
    """How to open the saved sessions, for a shell that has no entries yet."""
    names = [visible_line(name) for name, _ in context.completion.sessions]
    shown = [Part(f"load session {name}", number) for number, name in enumerate(names[:MAX_SESSIONS])]
    more = [Part(f"{len(names) - MAX_SESSIONS} more", MAX_SESSIONS)] if len(names) > MAX_SESSIONS else []
    return join_parts([*shown, *more, Part("help lists the commands", MAX_SESSIONS + 1)], columns)


def _options(context: Context, origin: str) -> list[tuple[str, str]]:
    return [
        (name, visible_line(shown_url(format_option(name, held.values[0]), context.session.filled_secrets)))
        for name, held in user_entries(context.session, "option").items()
        if name != "verify" and held.origin in ("", origin)
    ]


def _plural(noun: str, count: int) -> str:
    if noun == "query":
        return "in the query"
    return noun if count == 1 else f"{noun}s"


def join_parts(parts: Sequence[Part], columns: int) -> Fragments:
    """As many of the parts as fit the columns, in their order, with dots between them."""
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
