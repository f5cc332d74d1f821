"""Redact tokens that are recognised by their form alone, whatever the name beside them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from callbox.exchange.secret import redact_secret

_BEGINNINGS = (
    *("eyJ", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "sk_live_", "rk_live_", "xox"),
    *("AKIA", "ASIA", "PRIVATE KEY-----"),
)
"""Texts without which nothing has the form of a token. Looking for them is faster than the pattern."""
_TOKEN = re.compile(
    # each alternative begins with a letter, by which `re` skips the rest of a text fast; what precedes comes after it
    r"e(?<![\w.-]e)yJ[\w-]{6,}+\.[\w-]{6,}+\.[\w-]*+"
    r"|g(?<![\w.-]g)(?:h[oprsu]_[A-Za-z0-9]{36,255}+|ithub_pat_\w{22,255}+|lpat-[\w-]{20,255}+)(?![\w-])"
    r"|[rs](?<![\w.-][rs])k_live_[A-Za-z0-9]{16,255}+(?![\w-])"
    r"|x(?<![\w.-]x)ox[a-z]-(?=[A-Za-z-]{0,255}+[0-9])[A-Za-z0-9-]{10,255}+(?![\w-])"
    r"|A(?<![\w.-]A)[KS]IA[A-Z0-9]{16}(?![\w-])"
)
"""A JSON Web Token, and the tokens of GitHub, GitLab, Stripe, Slack and AWS."""
_PEM = "PRIVATE KEY-----"
_PEM_KEY = re.compile(rf"(?<={_PEM})[^-]++")
"""The text of a private key in PEM."""


def may_hold_token(text: str) -> bool:
    """Whether a text may have a token that its form shows; a quick check before the exact one.

    >>> may_hold_token("application/json"), may_hold_token("eyJ")
    (False, True)
    """
    return any(beginning in text for beginning in _BEGINNINGS)


def redact_tokens(text: str, replace: Callable[[str], str] = redact_secret) -> str:
    """Replace every token that its form shows.

    >>> redact_tokens("/x?t=eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl&q=xox")
    '/x?t=...&q=xox'
    """
    if not may_hold_token(text):
        return text
    if _PEM in text:
        text = _PEM_KEY.sub(lambda found: replace(found[0]), text)
    return _TOKEN.sub(lambda found: replace(found[0]), text)
