"""Which credentials and cookies may be sent to another URL, after a redirect or when a request is sent again.

A credential is bound to the origin (scheme, host and port, RFC 6454) for which it was given. There are three rules:

- `may_follow`: credentials go from one URL to another of the same origin, and from http:80 to https:443 of one host,
  as in Requests. `is_credential` says what counts as a credential.
- `may_cookies_follow`: cookies that a user gave without a domain are sent to the same host, as cookies are, but never
  from https to http.
- `CredentialScope`: along a chain of redirects, the set of credentials and cookies can only become smaller. Dropped
  credentials do not return when the chain returns to the first origin, because another server has chosen the URL and
  must not use the credential. A redirect never adds the session's credentials for its target. These credentials are
  sent only if the user sends a request to the target.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from callbox.exchange.redaction.credential_names import is_credential_parameter
from callbox.exchange.secret import Secret
from callbox.exchange.url import Url

V = TypeVar("V")
Pair = tuple[str, "str | Secret | None"]

_OF_ORIGIN = frozenset({"auth", "netrc", "url"})
"""The sources of fields that are credentials, whatever the name of the field is."""


class CredentialScope(NamedTuple):
    """The credentials and cookies of the first request that a later request in the chain may still have."""

    credentials: bool = True
    """Whether credentials and the client certificate may be sent: no redirect has left the origin."""
    cookies: bool = True
    """Whether cookies for the host of the first URL may be sent: no redirect has left the host."""


FULL_SCOPE = CredentialScope()


def may_follow(source: Url, target: Url) -> bool:
    """Whether credentials that were given for the first URL may be sent to the second URL.

    >>> from callbox.exchange.url import parse
    >>> [may_follow(parse("http://a.x/1"), parse(to)) for to in ("http://A.x:80/2", "https://a.x/", "http://a.x:81/")]
    [True, True, False]
    """
    if source.origin == target.origin:
        return True
    return source.host == target.host and (source.scheme, source.port, target.scheme, target.port) == (
        "http", 80, "https", 443
    )  # fmt: skip


def may_cookies_follow(source: Url, target: Url) -> bool:
    """Whether cookies that the user gave for the first URL may be sent to the second URL.

    The hosts must be equal; the ports may differ.

    They never go from https to http. Otherwise a server could redirect the client away from TLS, and show a cookie
    without Secure to the whole network.
    """
    return source.host == target.host and (source.scheme, target.scheme) != ("https", "http")


def narrow(scope: CredentialScope, source: Url, target: Url, *, may_carry: bool) -> CredentialScope:
    """The scope after a redirect. `may_carry` is the result of `may_follow` or of a method that overrides it."""
    return CredentialScope(scope.credentials and may_carry, scope.cookies and may_cookies_follow(source, target))


def is_credential(name: str, value: str | Secret | None, source: str = "") -> bool:
    """Whether the type, the name or the source of a header or parameter binds it to its origin."""
    return isinstance(value, Secret) or is_credential_parameter(name) or source in _OF_ORIGIN


def without_certificate(options: Mapping[str, V]) -> Mapping[str, V | str]:
    """The options of a request without the client certificate, because the request has left the scope of its
    credentials.
    """
    return {**options, "cert": ""}
