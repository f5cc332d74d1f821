"""Redact one value for display.

If the name of a field is that of a credential, the whole value is redacted. Otherwise only credentials within the value
are redacted. Tokens of well-known forms are redacted whatever their name is. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from callbox.errors import Place
from callbox.exchange.redaction.credential_names import is_credential_name, may_name_credential, redact_credential
from callbox.exchange.redaction.urls import redact_url
from callbox.exchange.secret import Secret, redact_secret

_WORD = re.compile(r"[^\s<>\"]++")
_SIGNS = frozenset(":= <>&%\\\uff1a")
"""The signs that may stand between a name and its value. A text without any of them has no named value."""
_BEGINNINGS = "eyJ ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- k_live_ xox AKIA ASIA".split()
"""Every token contains one of these texts. To search a long text for them is faster than to search for the pattern."""
_LONG = 10_000
_TOKEN = re.compile(
    # Each alternative begins with a letter, so that `re` skips other text fast. So the condition on the text before the
    # token comes after the letter.
    r"e(?<![\w.-]e)yJ[\w-]{6,}+\.[\w-]{6,}+\.[\w-]*+"
    r"|g(?<![\w.-]g)(?:h[oprsu]_[A-Za-z0-9]{36,255}+|ithub_pat_\w{22,255}+|lpat-[\w-]{20,255}+)(?![\w-])"
    r"|[rs](?<![\w.-][rs])k_live_[A-Za-z0-9]{16,255}+(?![\w-])"
    r"|x(?<![\w.-]x)ox[a-z]-(?=[A-Za-z-]{0,255}+[0-9])[A-Za-z0-9-]{10,255}+(?![\w-])"
    r"|A(?<![\w.-]A)[KS]IA[A-Z0-9]{16}(?![\w-])"
)
"""A pattern for JSON Web Tokens, and for the tokens of GitHub, GitLab, Stripe, Slack and AWS."""
_BEARER = re.compile(r"(?<![\w.-])([Bb]earer(?:[ \t+]|%20)++)(?=(?:[^\W\d]|[.~+/-]){0,200}+\d)([\w.~+/-]{8,}+=*+)")
"""A pattern for a token after `Bearer`. A word without a digit is not a token: `Bearer authentication`."""
_PEM = "PRIVATE KEY-----"
_PEM_KEY = re.compile(rf"(?<={_PEM})[^-]++")
"""A pattern for the content of a private key in PEM."""


def redact_field(name: str, value: str | Secret) -> str:
    """Redact the value of a header or parameter: the whole value if the name is that of a credential, else only the
    credentials within the value.

    >>> redact_field("Authorization", "Bearer abc"), redact_field("Accept", "*/*")
    ('Bearer ...', '*/*')
    >>> redact_field("X-Debug", "got password: hunter2")
    'got password: ...'
    """
    if isinstance(value, Secret):
        return str(value)
    return redact_credential(name, value) if is_credential_name(name) else redact_value(value)


def redact_value(value: str, replace: Callable[[str], str] = redact_secret) -> str:
    """Redact the credentials within a value whose name is harmless, in URLs and in other text.

    >>> redact_value("http://ann:pw@b/x?token=a"), redact_value("user=ann&password=x", lambda _: "?")
    ('http://ann:...@b/x?token=...', 'user=ann&password=?')
    """
    if "=" in value or "@" in value:
        value = _WORD.sub(lambda word: redact_url(word[0], replace), value)
    return _redact_text(redact_tokens(value, replace), replace)


def tells_secret(value: str) -> bool:
    """Whether a value with a harmless name contains a named credential.

    >>> tells_secret("got password: hunter2"), tells_secret("got a password")
    (True, False)
    """
    return redact_value(value) != value


def redact_shown_url(text: str, names: Collection[str] = (), replace: Callable[[str], str] = redact_secret) -> str:
    """Redact a URL or target for display.

    Secret parameters are redacted as a whole, other parameters as texts. Parameters in `names` count as secret. Tokens
    in the query are also recognised by their form.

    >>> redact_shown_url("/x?token=a&note=got+password%3A+b"), redact_shown_url("/x?q=a", ["q"])
    ('/x?token=...&note=got+password%3A+...', '/x?q=...')
    """
    path, sign, query = redact_url(text, replace, names).partition("?")
    return _redact_text(f"{path}{sign}{redact_tokens(query, replace)}", replace)


def _redact_text(text: str, replace: Callable[[str], str]) -> str:
    if _SIGNS.isdisjoint(text) or not may_name_credential(text):
        return text
    # the patterns take 80 ms to compile, and few values name a credential
    from callbox.exchange.redaction.secrets_by_name import redact_named

    return redact_named(text, replace)


def redact_place(place: Place, redact: Callable[[str], str]) -> Place:
    """A copy of a place with its line redacted by `redact`. The caret stays below the same characters. If the line
    becomes shorter, blanks are added on its left, so that the column is still that in the file.

    >>> place = Place("a.http", 1, 16, 3, "?token=hunter2&{x}")
    >>> redact_place(place, lambda text: text.replace("hunter2", "...")).source
    '    ?token=...&{x}'
    """
    at = max(place.column - 1, 0)
    before, marked = redact(place.source[:at]), redact(place.source[: at + place.length])
    longer = len(before) - at
    return place._replace(
        source=" " * -longer + redact(place.source),
        column=place.column + max(longer, 0),
        length=max(len(marked) - len(before), 1),
    )


def has_token(text: str) -> bool:
    """Whether a text contains a token of a well-known form, such as that of GitHub.

    >>> has_token("application/json"), has_token("AKIAIOSFODNN7EXAMPLE")
    (False, True)
    """
    return _PEM in text or any(pattern.search(text) for pattern in (_TOKEN, _BEARER))


def redact_tokens(text: str, replace: Callable[[str], str] = redact_secret) -> str:
    """Replace every token of a well-known form, such as that of GitHub, and every token after `Bearer`.

    >>> redact_tokens("/x?t=eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl&q=xox")
    '/x?t=...&q=xox'
    >>> redact_tokens("got Bearer a1b2c3d4e5")
    'got Bearer ...'
    """
    if "earer" in text:
        text = _BEARER.sub(lambda found: found[1] + replace(found[2]), text)
    if _PEM in text:
        text = _PEM_KEY.sub(lambda found: replace(found[0]), text)
    if len(text) > _LONG and not any(beginning in text for beginning in _BEGINNINGS):
        return text
    return _TOKEN.sub(lambda found: replace(found[0]), text)
