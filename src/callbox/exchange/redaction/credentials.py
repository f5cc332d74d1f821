"""Redact values that are known to be credentials. The scheme and the names of cookies stay."""

from __future__ import annotations

import re
from collections.abc import Callable

from callbox.exchange.secret import redact_secret


def redact_credential(name: str, value: str, replace: Callable[[str], str] = redact_secret) -> str:
    """Redact a credential. Its scheme and the names of its cookies stay.

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
    """Split a value into the scheme, with the blank after it, and the credential.

    The first word of a passphrase is not a scheme.


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
    """Redact the value of Cookie (`is_list`) or of Set-Cookie. Names and attributes stay.

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
