"""Tell a request target, which is a URL or path, from a request item, and redact it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote_plus

from callbox.errors import UsageError
from callbox.exchange.redaction.credential_names import is_credential_parameter
from callbox.exchange.redaction.known_secrets import redact_filled
from callbox.exchange.redaction.values import redact_shown_url
from callbox.exchange.secret import ASK
from callbox.exchange.url import TextPart, check_scheme, has_broken_scheme, host_changing_part
from callbox.shell.line.items import find_separator, is_json_body
from callbox.shell.line.lexer import COMMAND, VARIABLE, Word

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")
_HOST = re.compile(r"(?:[\w\-]++(?:\.[\w\-]++)++\.?|localhost|\[[0-9A-Fa-f:.%]+\])(?::\d*)?(?=[/?]|\Z)", re.IGNORECASE)
_LOOSE_JSON = re.compile(r"""\{\s*["']?\w{1,100}+["']?\s*:""")
"""JSON whose names have no quotes."""
_PORT = re.compile(r":\d", re.ASCII)
_PARAMETER = re.compile(r"[?&#]([^=&#?]*+)=([^&#]*+)")
_ASKED_USERINFO = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]*://(?:\?(?::(?:\?|[^/?#@]*))?|[^/?#:@]*:\?)@|(?:\?|[^/?#:@]+):\?@"
)
"""The user and password of a URL (its scheme may be missing), with one of the two redacted by the history."""


def is_target(word: Word) -> bool:
    """Whether the first word after a method is the target, and not an item.

    A word is the target if it begins like a URL or path (`/ . ? {`, a scheme, `:port`) or is a host. It is also the
    target if a `/` or `?` comes before any separator, or if it has no separator.
    """
    text = word.text
    if is_json_body(word):
        return False
    if text[:1] in ("/", ".", "?", "{") or word.marks[:1] in (VARIABLE, COMMAND):
        return True
    if _SCHEME.match(text) or has_broken_scheme(text) or _PORT.match(text) or _HOST.match(text):
        return True
    separation = find_separator(word)
    if separation is None:
        return True
    return bool(separation.at) and any(character in "/?" for character in text[: separation.at])


def read_target(text: str, earlier: Mapping[str, str]) -> object:
    """Check a target; returns it unchanged.

    Raises `UsageError` for a URL with a mistyped scheme, and if the history has redacted a secret in it.
    """
    check_scheme(text)
    if _LOOSE_JSON.match(text):
        raise UsageError(f"'{text}' is neither a path nor JSON", hint='names in double quotes: {"name": 1}')
    if _ASKED_USERINFO.match(text):
        raise UsageError("The password in this URL is not kept in the history", hint="type it again, or set auth basic")
    for name, value in _PARAMETER.findall(text):
        if value == ASK and is_credential_parameter(unquote_plus(name)):
            raise UsageError(f"The value of {name} is not kept in the history", hint=f"try set query {name} ..")
    return text


def redact_target(text: str, secrets: Mapping[str, str] = {}) -> str:
    """A target in which `?` replaces the password and credential-like parameters; their values are appended to
    `secrets`.

    >>> redact_target("http://ann:pw@b/x?api_key=abc&q=1"), redact_target("/a/b", {"b": "name"})
    ('http://ann:?@b/x?api_key=?&q=1', '/a/?')
    """
    return redact_shown_url(redact_filled(text, secrets, _ask), replace=_ask)


def shown_url(text: str, secrets: Mapping[str, str]) -> str:
    """A base URL or the value of an option, redacted for display.

    >>> shown_url("http://h/bot123:x?token=a", {"123:x": "bot"})
    'http://h/bot...?token=...'
    """
    return redact_shown_url(redact_filled(text, secrets))


def _ask(_: str) -> str:
    return ASK


def names_host(text: str) -> bool:
    """Whether the text begins with a scheme, a port or a host, and so is not relative to the base.

    >>> [names_host(t) for t in ("http://b/x", ":8000/x", "api.x/v2", "localhost", "users", "/a.b/c", "v1.2x/c")]
    [True, True, True, True, False, False, True]
    """
    return bool(_SCHEME.match(text) or _PORT.match(text) or _HOST.match(text))


def host_changing_typed_part(parts: Sequence[TextPart], *, is_base: bool = False) -> int | None:
    """The number of the first foreign part of a target that changes the typed host, or makes one of a path.

    A target that names a host neither with the foreign parts nor without them is below the base, whatever it holds.

    >>> host_changing_typed_part([TextPart(":8000"), TextPart("@evil.test/", True)])
    1
    >>> [host_changing_typed_part([TextPart("books"), TextPart(value, True)]) for value in ("7", ".evil.test")]
    [None, 1]
    """
    whole = "".join(part.text for part in parts)
    written = "".join(part.text for part in parts if not part.is_foreign)
    if not is_base and not any(names_host(text) or "://" in text for text in (whole, written)):
        return None
    return host_changing_part(parts)
