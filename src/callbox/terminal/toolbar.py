"""The toolbar below the prompt: the state of the session, or the open quote of an unfinished line. Control characters
are escaped.

This module imports the shell, so it is loaded after the prompt is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from callbox.engine.options import format_option
from callbox.engine.session_state_and_edit_log import user_entries
from callbox.exchange.url import origin_of
from callbox.render.ansi_and_sanitiser import visible_line
from callbox.render.sizes_and_durations import duration
from callbox.render.style import Fragments
from callbox.render.tables_and_text_width import width_of
from callbox.shell.command_context import Context
from callbox.shell.line.parser import analyse
from callbox.shell.line.targets_and_items import shown_url
from callbox.terminal.prompt_text import EMPTY_TOOLBAR

MAX_SESSIONS = 3
_DOT = " · "
_CUT = " .."
_OPENED = {"'": "the quote", '"': "the quote", "{": "the bracket", "[": "the bracket"}


class _Part(NamedTuple):
    """A part of the toolbar, such as `3 headers`."""

    text: str
    rank: int
    """If the toolbar is too narrow, the part with the highest rank is left out first."""
    style: str = ""


def unfinished(text: str) -> Fragments:
    """The toolbar for a line with an open quote or bracket: says why Enter begins another row. Empty for other lines.

    >>> unfinished("get /x note=it's\\n")
    [('', " the quote ' is still open, so Enter begins another row: close it, or Ctrl-C drops the line")]
    """
    if "\n" not in text:
        return []
    line = analyse(text).line
    if not line.needs_more:
        return []
    what = f"{_OPENED.get(line.open, 'this line')} {line.open}".rstrip()
    return [("", f" {what} is still open, so Enter begins another row: close it, or Ctrl-C drops the line")]


def toolbar(context: Context, columns: int = 1_000) -> Fragments:
    """The toolbar, such as `verify:NO · 3 headers · 2 cookies · bearer · last 200 142 ms`.

    If there is no room for all parts, the least important parts are left out, and `..` stands for them.
    """
    shown = _join_parts(_session_parts(context), columns - 1)
    if not shown and not context.session.base_url and context.completion.sessions:
        shown = _saved_sessions(context, columns - 1)
    return [("", " "), *shown] if shown else EMPTY_TOOLBAR


def _session_parts(context: Context) -> list[_Part]:
    """The parts of the toolbar: what the session has and an empty session does not have, the most important first."""
    session = context.session
    origin = origin_of(session.base_url)
    parts: list[_Part] = []
    if session.option("verify", origin) is False:
        parts.append(_Part("verify:NO", 0, "insecure"))
    if context.session_file is not None:
        parts.append(_Part(visible_line(context.session_file.name), 3))
    for noun, count, rank in (
        ("header", len(user_entries(session, "header")), 4),
        ("cookie", len(session.jar), 6),
        ("query", len(user_entries(session, "query")), 5),
        ("var", len(session.vars), 8),
    ):
        if count:
            parts.append(_Part(f"{count} {_plural(noun, count)}", rank))
    auth = session.credentials.get(origin) or session.credentials.get("") or session.credentials.get("?")
    if auth is not None:
        parts.append(_Part(auth.scheme, 2))
    parts += [_Part(f"{name}:{value}", 7) for name, value in _options(context, origin)]
    last = context.last
    if last is not None:
        status = last.response.status if last.is_answered else "failed"
        is_cut = last.is_answered and not last.is_complete
        parts.append(_Part(f"last {status} {'cut off' if is_cut else duration(last.seconds)}", 1))
    return parts


def _saved_sessions(context: Context, columns: int) -> Fragments:
    """The commands that open saved sessions, for a shell in which nothing is set yet."""
    names = [visible_line(name) for name, _ in context.completion.sessions]
    shown = [_Part(f"load session {name}", number) for number, name in enumerate(names[:MAX_SESSIONS])]
    more = [_Part(f"{len(names) - MAX_SESSIONS} more", MAX_SESSIONS)] if len(names) > MAX_SESSIONS else []
    return _join_parts([*shown, *more, _Part("help lists the commands", MAX_SESSIONS + 1)], columns)


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


def _join_parts(parts: Sequence[_Part], columns: int) -> Fragments:
    """Join as many parts as fit into the columns, with dots between them, in their order."""
    shown = list(parts)
    while len(shown) > 1 and _width(shown, is_cut=len(shown) < len(parts)) > columns:
        shown.remove(max(shown, key=lambda part: part.rank))
    out: Fragments = []
    for index, part in enumerate(shown):
        out += [("", _DOT)] if index else []
        out.append((part.style, part.text))
    return [*out, ("", _CUT)] if len(shown) < len(parts) else out


def _width(parts: Sequence[_Part], *, is_cut: bool) -> int:
    dots = len(_DOT) * (len(parts) - 1) + len(_CUT) * is_cut
    return sum(width_of(part.text) for part in parts) + dots
