"""The text of the prompt, and the toolbar of a new shell. Both appear before the shell is loaded."""

from __future__ import annotations

from callbox.render.ansi_and_sanitiser import visible_line
from callbox.render.style import Fragments

MOST_PROMPT = 40


EMPTY_TOOLBAR: Fragments = [("", " no headers, cookies or auth · help lists the commands")]


def prompt_text(base: str) -> str:
    """The text of the prompt for this base URL. Secret parameters are redacted, and control characters are escaped.

    >>> prompt_text("https://api.x/v2"), prompt_text("")
    ('api.x/v2> ', 'callbox> ')
    """
    if "@" in base or "?" in base:
        # the import takes 8 ms, and the first prompt must not wait
        from callbox.exchange.redaction.displayed_fields_and_values import redact_shown_url

        base = redact_shown_url(base)
    shown = visible_line(base.partition("://")[2] or base).rstrip("/")
    if len(shown) > MOST_PROMPT:
        shown = f"{shown[: MOST_PROMPT // 2]}..{shown[-MOST_PROMPT // 2 :]}"
    return f"{shown or 'callbox'}> "
