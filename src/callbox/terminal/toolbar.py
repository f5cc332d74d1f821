"""The prompt text and the bottom toolbar with the state of the session. All text is sanitised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from callbox.render.sanitise import visible_line
from callbox.render.style import Fragments

if TYPE_CHECKING:
    from callbox.shell.context import Context

MOST_PROMPT = 40
_OPENED = {"'": "the quote", '"': "the quote", "{": "the bracket", "[": "the bracket"}


def prompt_text(base: str, secrets: Mapping[str, str] = {}) -> str:
    """The prompt for this base, without the secret values that were filled into the base.

    >>> prompt_text("https://api.x/v2"), prompt_text("")
    ('api.x/v2> ', 'callbox> ')
    """
    if secrets:
        # the import takes 8 ms, and the first prompt must not wait
        from callbox.exchange.redaction.secrets_by_value import redact_filled

        base = redact_filled(base, secrets)
    if "@" in base or "?" in base:
        # the import takes 8 ms, and the first prompt must not wait
        from callbox.exchange.redaction.values import redact_shown_url

        base = redact_shown_url(base)
    shown = visible_line(base.partition("://")[2] or base).rstrip("/")
    if len(shown) > MOST_PROMPT:
        shown = f"{shown[: MOST_PROMPT // 2]}..{shown[-MOST_PROMPT // 2 :]}"
    return f"{shown or 'callbox'}> "


def unfinished(text: str) -> Fragments:
    """The open quote or bracket in a line of several rows, because of which Enter does not send the line.

    >>> unfinished("get /x note=it's\\n")
    [('', " the quote ' is still open, so Enter begins another row: close it, or Ctrl-C drops the line")]
    """
    if "\n" not in text:
        return []
    from callbox.shell.line.parser import analyse  # this imports the shell, and the first prompt must not wait

    line = analyse(text).line
    if not line.needs_more:
        return []
    what = f"{_OPENED.get(line.open, 'this line')} {line.open}".rstrip()
    return [("", f" {what} is still open, so Enter begins another row: close it, or Ctrl-C drops the line")]


def toolbar(context: Context | None, columns: int = 1_000) -> Fragments:
    """The toolbar, such as `verify:NO · 3 headers · 2 cookies · bearer · last 200 142 ms`; without a context, that of
    an empty shell.

    If there is no room for all parts, whole parts are left out, the least important first, and replaced by `..`.
    """
    shown: Fragments = []
    if context is not None:
        from callbox.terminal import toolbar_session_parts  # the shell takes 40 ms, and the first prompt must not wait

        shown = toolbar_session_parts.join_parts(toolbar_session_parts.session_parts(context), columns - 1)
        if not shown and not context.session.base_url and context.completion.sessions:
            shown = toolbar_session_parts.saved_sessions(context, columns - 1)
    return [("", " "), *shown] if shown else [("", " no headers, cookies or auth · help lists the commands")]
