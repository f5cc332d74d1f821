"""Redact tokens that are recognised by their form alone, whatever the name beside them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from callbox.exchange.secret import redact_secret

_BEGINNINGS = "eyJ ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- k_live_ xox AKIA ASIA".split()
"""Each token contains one of these texts. In a long text, these texts are found faster than the pattern."""
_LONG = 10_000
_TOKEN = re.compile(
    # each alternative begins with a letter, so that `re` skips other text fast; the condition on the text before the
    # token comes after the letter
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


def has_token(text: str) -> bool:
    """Whether a text contains a token that is recognised by its form.

    >>> has_token("application/json"), has_token("AKIAIOSFODNN7EXAMPLE")
    (False, True)
    """
    return _PEM in text or _TOKEN.search(text) is not None


def redact_tokens(text: str, replace: Callable[[str], str] = redact_secret) -> str:
    """Replace every token that is recognised by its form.

    >>> redact_tokens("/x?t=eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl&q=xox")
    '/x?t=...&q=xox'
    """
    if _PEM in text:
        text = _PEM_KEY.sub(lambda found: replace(found[0]), text)
    if len(text) > _LONG and not any(beginning in text for beginning in _BEGINNINGS):
        return text
    return _TOKEN.sub(lambda found: replace(found[0]), text)
