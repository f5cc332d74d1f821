"""`Secret`, the type of secret text, the two marks of what is redacted, and the redaction of URLs and places.

A `Secret` is redacted wherever it is formatted; only the code that writes requests to the network reveals it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from urllib.parse import quote_plus, unquote, unquote_plus

from callbox.errors import Place
from callbox.exchange.credential_names import is_credential_name

_REFERENCE = re.compile(r"(?:env:[A-Za-z_][A-Za-z0-9_]*|keyring:[\w.@/-]+)\Z")


REDACTED = "..."
"""What takes the place of a secret wherever it is shown."""
ASK = "?"
"""What takes its place in what can be typed or read again: it is asked for then."""


def redact_secret(text: str) -> str:
    """The mark that is shown in place of a secret; empty for an empty one.

    >>> redact_secret("eyJhbGciOiJIUzI1NiJ9A"), redact_secret("")
    ('...', '')
    """
    return REDACTED if text else ""


class Secret:
    """Text that is redacted everywhere but on the wire.

    `Secret("abc", "Bearer ")` sends `Bearer abc` and shows `Bearer ...`.
    """

    __slots__ = ("_text", "prefix")
    is_single_use = False
    """Whether it was made for one request and is worth nothing in the next."""

    def __init__(self, text: str, prefix: str = "") -> None:
        self._text = text
        self.prefix = prefix

    def reveal(self) -> str:
        """The whole text, prefix included, as it goes on the wire."""
        return self.prefix + self._text

    def __str__(self) -> str:
        return self.prefix + redact_secret(self._text)

    def __repr__(self) -> str:
        return f"Secret({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self.reveal()

    def __hash__(self) -> int:
        return hash(self.reveal())


class ReferencedSecret(str):
    """The text of a secret that came from `reference` (`env:NAME`, `keyring:NAME`): saved by it, never as it is."""

    __slots__ = ("reference",)
    reference: str

    def __new__(cls, text: str, reference: str) -> ReferencedSecret:
        """The text, and where it came from."""
        made = super().__new__(cls, text)
        made.reference = reference
        return made


def is_reference(text: str) -> bool:
    """Whether the text refers to a secret (`env:NAME`, `keyring:NAME`) instead of containing it.

    >>> is_reference("env:API_TOKEN"), is_reference("keyring:api"), is_reference("hunter2")
    (True, True, False)
    """
    return _REFERENCE.match(text) is not None


def reveal(value: str | Secret) -> str:
    """The text that goes on the wire."""
    return value if isinstance(value, str) else value.reveal()


def redact_credential(name: str, value: str, replace: Callable[[str], str] = redact_secret) -> str:
    """The value of what is known to be a credential: the scheme stays, and the names of cookies.

    >>> redact_credential("password", "correct horse"), redact_credential("Cookie", "a=1; b=2")
    ('...', 'a=...; b=...')
    """
    if (kind := name.lower()) in ("cookie", "set-cookie"):
        return redact_cookies(value, replace, is_list=kind == "cookie")
    scheme, credential = split_scheme(value)
    return scheme + replace(credential)


_SCHEME = re.compile(
    r"\s*+(?:api-?key|aws\d?|aws4-hmac-sha(?:256|512)|basic|bearer|bot|digest|dpop|gnap|googlelogin|hawk|hmac|hoba|jwt|"
    r"kerberos|key|mac|mutual|negotiate|ntlm|oauth|privatetoken|scram-sha-(?:1|256)|sharedkey(?:lite)?|signature|"
    r"splunk|ssws|token|vapid|wsse)[ \t\r\n]++(?=\S)",
    re.IGNORECASE,
)
"""The schemes of the registry of RFC 9110 section 16.4.1, and those that well-known servers use."""


def split_scheme(value: str) -> tuple[str, str]:
    """The scheme with the blank behind it, and the credential. The first word of a passphrase is no scheme.

    >>> split_scheme("Bearer abc"), split_scheme("correct horse"), split_scheme("Bearer")
    (('Bearer ', 'abc'), ('', 'correct horse'), ('', 'Bearer'))
    """
    found = _SCHEME.match(value)
    return (value[: found.end()], value[found.end() :]) if found is not None else ("", value)


def without_scheme(value: str) -> str:
    """A credential without the scheme before it.

    >>> without_scheme("Bearer abc"), without_scheme("correct horse")
    ('abc', 'correct horse')
    """
    return split_scheme(value.strip())[1].strip()


def redact_cookies(value: str, replace: Callable[[str], str] = redact_secret, *, is_list: bool) -> str:
    """The value of Cookie (`is_list`) or of Set-Cookie: names stay, values are masked, attributes stay.

    >>> redact_cookies("a=1; b=2", is_list=True), redact_cookies("a=1; Path=/", is_list=False)
    ('a=...; b=...', 'a=...; Path=/')
    """
    first, *rest = value.split(";")
    others = [_redact_cookie(pair, replace) for pair in rest] if is_list else rest
    return ";".join([_redact_cookie(first, replace), *others])


def _redact_cookie(pair: str, replace: Callable[[str], str]) -> str:
    name, equals, value = pair.partition("=")
    if equals:
        return name + equals + replace(value)
    return pair[: len(pair) - len(pair.lstrip())] + replace(pair.strip())


# Possessive where a text of a server may be long: it is read in linear time.
USERINFO = re.compile(r"(//[^\s/?#:@\"'<>]*+:)(\?(?=@)|[^\s/?#\"'<>]*)@")
_TOKEN_AS_USER = re.compile(
    r"(//)(?=[^\s/?#:@\"'<>\d]{0,300}+\d)([^\s/?#:@\"'<>]{16,300}+)(?=(?::[^\s/?#@\"'<>]{0,300}+)?@)"
)
_PARAMETER_NAME = re.compile(r"[?&#;]([^=&#?;]*+)=")
_PARAMETER_VALUE = re.compile(r"[^&#]*+")
_PATH_PARAMETER_VALUE = re.compile(r"[^&#?;/]*+")
_WORD_PARAMETER = re.compile(r"([?&#]([^=&#?\s]*+)=)([^&#\s'\"]*+)")
_ANY_USERINFO = re.compile(r"((?:[^\s/?#:@]*:)?//[^/?#:@]*:|[^/?#:@]*:(?!//)).*@", re.DOTALL)
_FIRST_USERINFO = re.compile(r"([^\s/?#:@\"'<>]++:)(\?(?=@)|[^\s/?#\"'<>]*)@")
_ENCODED_SIGN = re.compile(r"%(?:25){0,2}(?:3[ADad]|40)")
"""An encoded `:`, `=` or `@`, without which nothing that is encoded holds a credential."""
_ENCODED_RUN = re.compile(r"[^\s&#?=;\"'<>\\]*+")
_BEFORE_RUN = re.compile(r".*[\s&#?=;\"'<>\\]", re.DOTALL)
MAX_ENCODED = 3
"""How often a value that is looked into may be percent-encoded: a URL in a URL in a URL."""


def find_encoded(text: str) -> Iterator[tuple[int, int]]:
    """Where the percent-encoded parts of a text are that may hold a credential: start and end.

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
    """The text with `redacted` applied to what is percent-encoded in it; what that leaves alone stays to the letter."""
    pieces, at = [], 0
    for start, end in find_encoded(text):
        decoded = unquote_plus(text[start:end])
        if (shown_part := redacted(decoded)) != decoded:
            pieces += [text[at:start], quote_plus(shown_part, safe="/" if "/" in text[start:end] else "")]
            at = end
    return "".join([*pieces, text[at:]]) if pieces else text


def redact_userinfo(text: str, replace: Callable[[str], str] = redact_secret) -> str:
    """The text with the passwords of URLs in it covered, and tokens that stand for a user's name.

    >>> redact_userinfo("http://ann:pw@b or https://ghp_0123456789abcd@c")
    'http://ann:...@b or https://...@c'
    """
    text = USERINFO.sub(lambda found: f"{found[1]}{replace(unquote(found[2]))}@", text)
    return _TOKEN_AS_USER.sub(lambda found: found[1] + replace(unquote(found[2])), text)


def find_userinfo(text: str) -> Iterator[str]:
    """The secrets that `redact_userinfo` covers, decoded."""
    for pattern in (USERINFO, _TOKEN_AS_USER):
        yield from (unquote(found[2]) for found in pattern.finditer(text))


def redact_url(
    text: str, replace: Callable[[str], str] = redact_secret, names: Collection[str] = (), depth: int = MAX_ENCODED
) -> str:
    """The URL, or target, with its password and its secret parameters (also those in `names`) redacted.

    URLs within parameters are looked into, `depth` of them within each other.

    >>> redact_url("http://ann:pw@b/x?api_key=abc&q=1"), redact_url("http://ann:pw@b", lambda _: "?")
    ('http://ann:...@b/x?api_key=...&q=1', 'http://ann:?@b')
    >>> redact_url("/x?next=%2Fcb%3Ftoken%3Dabc"), redact_url("ann:pw@proxy:8080")
    ('/x?next=%2Fcb%3Ftoken%3D...', 'ann:...@proxy:8080')
    """
    if "@" in text:
        if (found := _FIRST_USERINFO.match(text)) is not None:
            text = f"{found[1]}{replace(unquote(found[2]))}@{text[found.end() :]}"
        text = redact_userinfo(text, replace)
    if "%" in text and depth:
        text = redact_encoded(text, lambda decoded: redact_url(decoded, replace, (), depth - 1))
    if "=" not in text:
        return text
    pieces, at = [], 0
    for found in _PARAMETER_NAME.finditer(text):
        name = unquote_plus(found[1])
        if found.start() >= at and (name in names or is_credential_name(name)):
            pattern = _PATH_PARAMETER_VALUE if found[0][0] == ";" else _PARAMETER_VALUE
            value = pattern.match(text, found.end())
            assert value is not None  # it may be empty
            pieces += [text[at : found.end()], replace(unquote_plus(value[0])) if value[0] else ""]
            at = value.end()
    return "".join([*pieces, text[at:]]) if pieces else text


def redact_urls(text: str) -> str:
    """A line with the passwords and the secret parameters of URLs in it redacted.

    >>> redact_urls("get http://ann:pw@b/x?token=abc a=b")
    'get http://ann:...@b/x?token=... a=b'
    """
    text = USERINFO.sub(lambda found: f"{found[1]}{redact_secret(found[2])}@", text)
    return _WORD_PARAMETER.sub(lambda found: found[1] + redact_secret(found[3]) if _is_named(found) else found[0], text)


def redact_place(place: Place, redact: Callable[[str], str]) -> Place:
    """The place with its line redacted, and the caret below what it was below.

    A line that became shorter is moved to the right, so that the column stays that of the file.

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


def _is_named(found: re.Match[str]) -> bool:
    return is_credential_name(unquote_plus(found[2]))


def redact_bad_url(text: str) -> str:
    """An invalid URL with everything redacted that may be a password, up to the last `@`.

    >>> redact_bad_url("http://ann:p/w@b:99999/"), redact_bad_url("ann:pw@b/x")
    ('http://ann:...@b:99999/', 'ann:...@b/x')
    """
    found = _ANY_USERINFO.match(text)
    return redact_url(f"{found[1]}{REDACTED}@{text[found.end() :]}" if found else text)
