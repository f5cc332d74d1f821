"""Questions to the user outside of the prompt; a secret is not echoed."""

from __future__ import annotations

from callbox.errors import UsageError
from callbox.render.sanitise import visible_line


def ask(question: str, is_secret: bool) -> str:
    """The answer. Raises UsageError where there is none: Ctrl-C, Ctrl-D, or nothing typed."""
    question = visible_line(question)
    try:
        if is_secret:
            from getpass import getpass

            answer = getpass(f"{question}: ")
        else:
            answer = input(f"{question}: ")
    except (EOFError, KeyboardInterrupt):
        raise UsageError(f"No answer to '{question}'; nothing was changed") from None
    if not answer:
        raise UsageError(f"No answer to '{question}'; nothing was changed")
    return answer
