"""Redact URLs: passwords, secret parameters, and percent-encoded parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from urllib.parse import quote_plus, unquote, unquote_plus

from callbox.exchange.redaction.credential_names import is_credential_parameter
from callbox.exchange.secret import REDACTED, redact_secret
from callbox.exchange.template_braces import BRACED_ON_LINE, only_hole

# Repeats are possessive, so that any text of a server takes linear time.
USERINFO = re.compile(
    r"(/\\{0,8}+/[^\s/?#:@\"'<>]*+:)"
    # A password may contain `/`, `?` or `#` unencoded. But a number before a path is a port.
    r"(\?(?=@)|[^\s/?#\"'<>]*(?=@)"
    rf"|(?!\d{{0,5}}+(?:[/?#\s\"'<>]|\Z)|{BRACED_ON_LINE})[^\s@\"'<>\]]{{1,300}}+(?=@))@"
)
_TOKEN_AS_USER = re.compile(
    r"(/\\{0,8}+/)(?=[^\s/?#:@\"'<>\d]{0,300}+\d)([^\s/?#:@\"'<>]{16,300}+)(?=(?::(?:\?|[^\s/?#@\"'<>]{0,300}+))?@)"
)

_USERINFO_OF_REQUEST = re.compile(
    r"((?<![^\s\"'`])[A-Z]{3,12}+[ \t]++[^\s/?#:@\"'<>]{1,200}+:)"
    rf"(?!//|\d{{1,5}}+(?:[/?#]|\Z)|{BRACED_ON_LINE}/)"
    r"([^\s/?#\"'<>]*(?=@)|[^\s@\"'<>]++(?=@))@"
)
"""A pattern for `ann:pw@host` after a method, in a URL without `//`."""
_USERINFO_OF_WORD = re.compile(
    r"((?<![^\s\"'`])(?!(?:acct|im|mailto|sips?|tel|urn|xmpp):)[\w.+%-]{1,200}+:)"
    r"(?!//|\d{1,5}+[/?#])"
    r"((?=[^\s/?#\"'<>@]{0,300}+@)[^\s/?#\"'<>]{1,300}(?=@[\w\[{])|[^\s/?#\"'<>`]+)@(?=[\w\[{])"
)
"""A pattern for `ann:pw@host` at the start of a word of a command. A password with a backquote may only be short,
because a backquote may also begin the next word.
"""
_LOGIN = re.compile(
    r"([^\s/?#:@\"'<>]{1,200}+:)"
    rf"(?!//|\d{{1,5}}+(?:[/?#]|\Z)|{BRACED_ON_LINE}/)"
    r"([^\s/?#\"'<>]*(?=@)|[^\s@\"'<>]++(?=@))@"
)
"""A pattern for `ann:pw@` at the start of a target without a scheme."""
_OF_COMMAND = re.compile(r"(?<![\w./:@-])(?:curl|curlie|https?|wget|xhs?)[ \t]")
MAX_LINE = 10_000
"""A text with more characters is a body, and not a line of a script or a command."""

_PARAMETER_NAME = re.compile(r"[?&#;]([^=&#?;]*+)=")
_PARAMETER_VALUE = re.compile(r"[^&#]*+")
_PATH_PARAMETER_VALUE = re.compile(r"[^&#?;/]*+")
_WORD_PARAMETER = re.compile(r"([?&#]([^=&#?\s]*+)=)([^&#\s'\"]*+)")
_ANY_USERINFO = re.compile(r"((?:[^\s/?#:@]*:)?//[^/?#:@]*:|[^/?#:@]*:(?!//)).*@", re.DOTALL)
_FIRST_USERINFO = re.compile(r"([^\s/?#:@\"'<>]++|\?(?=:\?@)):(\?(?=@)|[^\s/?#\"'<>]*)@")
_TOKEN = re.compile(r"(?=\D{0,300}+\d).{16,300}+", re.DOTALL)
"""A user name that is probably a token, because it is long and has a digit."""
_ENCODED_SIGN = re.compile(r"%(?:25){0,2}(?:2[27]|3[ACDacd]|40|7[Bb])|%25(?=%)")
"""A pattern for an encoded `"`, `'`, `:`, `<`, `=`, `@` or `{`, perhaps encoded twice. An encoded text without any of
them contains no credential.
"""
_ENCODED_RUN = re.compile(r"[^\s&#?=;\"'<>\\]*+")
_BEFORE_RUN = re.compile(r".*[\s&#?=;\"'<>\\]", re.DOTALL)
MAX_ENCODED = 3
"""How often callbox decodes a percent-encoded value to search it, as for a URL in a URL in a URL."""


def find_encoded(text: str) -> Iterator[tuple[int, int]]:
    """Find the percent-encoded parts of a text that may contain a credential. Yields start and end of each.

    >>> list(find_encoded("/x?next=%2Fcb%3Ftoken%3Da&b=c%20d"))
    [(8, 25)]
    """
    end = 0
    for sign in _ENCODED_SIGN.finditer(text):
        if sign.start() < end:
            continue
        before, run = _BEFORE_RUN.match(text, end, sign.start()), _ENCODED_RUN.match(text, sign.end())
        start, end = before.end() if before else end, run.end() if run else sign.end()
        yield start, end


def redact_encoded(text: str, redacted: Callable[[str], str]) -> str:
    """Decode each percent-encoded part of a text, redact it with `redacted`, and encode it again. A part that
    `redacted` does not change stays as it is.
    """
    pieces, at = [], 0
    for start, end in find_encoded(text):
        decoded = unquote_plus(text[start:end])
        if (shown_part := redacted(decoded)) != decoded:
            pieces += [text[at:start], quote_plus(shown_part, safe="/" if "/" in text[start:end] else "")]
            at = end
    return "".join([*pieces, text[at:]]) if pieces else text


def redact_userinfo(
    text: str, replace: Callable[[str], str] = redact_secret, decode: Callable[[str], str] = unquote
) -> str:
    """Redact the passwords of URLs in a text, and tokens in place of a user name. `replace` gets each secret decoded.

    >>> redact_userinfo("http://ann:pw@b or https://ghp_0123456789abcd@c")
    'http://ann:...@b or https://...@c'
    """
    if "@" not in text:
        return text
    for pattern in _userinfo_patterns(text):
        text = pattern.sub(lambda found: f"{found[1]}{replace(decode(found[2]))}@", text)
    return _TOKEN_AS_USER.sub(lambda found: found[1] + replace(decode(found[2])), text)


def _userinfo_patterns(text: str) -> Iterator[re.Pattern[str]]:
    yield USERINFO
    if len(text) <= MAX_LINE:
        yield _USERINFO_OF_REQUEST
        if _OF_COMMAND.search(text) is not None:
            yield _USERINFO_OF_WORD


def redact_login(
    target: str, replace: Callable[[str], str] = redact_secret, decode: Callable[[str], str] = unquote
) -> str:
    """Redact the password at the start of a target that has no scheme. A port and a `{{variable}}` stay.

    >>> redact_login("us:pw@h/x"), redact_login("h:80/@x"), redact_login("{{user}}:{{password}}@h")
    ('us:...@h/x', 'h:80/@x', '{{user}}:{{password}}@h')
    """
    found = _LOGIN.match(target) if "@" in target else None
    if found is None or only_hole(found[2]) is not None:
        return target
    return f"{found[1]}{replace(decode(found[2]))}@{target[found.end() :]}"


def find_userinfo(text: str) -> Iterator[str]:
    """Yield the secrets that `redact_userinfo` redacts, decoded."""
    for pattern in (*_userinfo_patterns(text), _TOKEN_AS_USER):
        yield from (unquote(found[2]) for found in pattern.finditer(text))


def redact_url(
    text: str, replace: Callable[[str], str] = redact_secret, names: Collection[str] = (), depth: int = MAX_ENCODED
) -> str:
    """Redact the password and the secret parameters of a URL or target. Parameters in `names` count as secret.

    URLs inside parameters are redacted, too, down to `depth` levels.

    >>> redact_url("http://ann:pw@b/x?api_key=abc&q=1"), redact_url("http://ann:pw@b", lambda _: "?")
    ('http://ann:...@b/x?api_key=...&q=1', 'http://ann:?@b')
    >>> redact_url("/x?next=%2Fcb%3Ftoken%3Dabc"), redact_url("ann:pw@proxy:8080")
    ('/x?next=%2Fcb%3Ftoken%3D...', 'ann:...@proxy:8080')
    """
    if "@" in text:
        if (found := _FIRST_USERINFO.match(text)) is not None:
            user = replace(unquote(found[1])) if _TOKEN.fullmatch(found[1]) else found[1]
            text = f"{user}:{replace(unquote(found[2]))}@{text[found.end() :]}"
        text = redact_userinfo(text, replace)
    if "%" in text and depth:
        text = redact_encoded(text, lambda decoded: redact_url(decoded, replace, (), depth - 1))
    if "=" not in text:
        return text
    pieces, at = [], 0
    for found in _PARAMETER_NAME.finditer(text):
        name = unquote_plus(found[1])
        if found.start() >= at and (name in names or is_credential_parameter(name)):
            pattern = _PATH_PARAMETER_VALUE if found[0][0] == ";" else _PARAMETER_VALUE
            value = pattern.match(text, found.end())
            assert value is not None  # The pattern also matches an empty value.
            pieces += [text[at : found.end()], replace(unquote_plus(value[0])) if value[0] else ""]
            at = value.end()
    return "".join([*pieces, text[at:]]) if pieces else text


def redact_urls(text: str) -> str:
    """Redact the passwords and secret parameters of all URLs in a line.

    >>> redact_urls("get http://ann:pw@b/x?token=abc a=b")
    'get http://ann:...@b/x?token=... a=b'
    """
    text = USERINFO.sub(lambda found: f"{found[1]}{redact_secret(found[2])}@", text)
    return _WORD_PARAMETER.sub(lambda found: found[1] + redact_secret(found[3]) if _is_named(found) else found[0], text)


def _is_named(found: re.Match[str]) -> bool:
    return is_credential_parameter(unquote_plus(found[2]))


def redact_bad_url(text: str) -> str:
    """Redact everything in an invalid URL that may be a password, up to the last `@`.

    >>> redact_bad_url("http://ann:p/w@b:99999/"), redact_bad_url("ann:pw@b/x")
    ('http://ann:...@b:99999/', 'ann:...@b/x')
    """
    found = _ANY_USERINFO.match(text)
    return redact_url(f"{found[1]}{REDACTED}@{text[found.end() :]}" if found else text)
