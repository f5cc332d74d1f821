"""Decide which credentials and cookies a request to another URL may have, after a redirect or when a request is
repeated.

A credential is bound to the origin (scheme, host and port, RFC 6454) for which it was given. There are three rules:

- `may_follow`: credentials may be sent to another URL of the same origin, and from http on port 80 to https on port 443
of the same host, as in Requests. `is_credential` says which fields are credentials. - `may_cookies_follow`: cookies
that a user gave without a domain may be sent to other ports of the same host, like all cookies, but not from https to
http. - `CredentialScope`: along a chain of redirects, the set of credentials and cookies can only become smaller.
Dropped credentials do not return when the chain returns to the first origin, because another server has chosen the URL
and must not use the credential. A redirect never adds the session's credentials for its target. These credentials are
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
"""A field with one of these sources is a credential, whatever its name is."""


class CredentialScope(NamedTuple):
    """Says whether a later request of a chain of redirects may still have the credentials and cookies of the first."""

    credentials: bool = True
    """Whether the request may have the credentials and the client certificate: no redirect has left the origin."""
    cookies: bool = True
    """Whether the request may have the cookies that the user gave for the first host: no redirect has left the host."""


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

    From https to http, it is never allowed. Otherwise a server could redirect the client away from TLS, and everybody
    on the network could read a cookie without Secure.
    """
    return source.host == target.host and (source.scheme, target.scheme) != ("https", "http")


def narrow(scope: CredentialScope, source: Url, target: Url, *, may_carry: bool) -> CredentialScope:
    """The scope after a redirect from `source` to `target`. `may_carry` says whether credentials may go along; it is
    the result of `may_follow`, or of the function that the caller uses in its place.
    """
    return CredentialScope(scope.credentials and may_carry, scope.cookies and may_cookies_follow(source, target))


def is_credential(name: str, value: str | Secret | None, source: str = "") -> bool:
    """Whether a header or parameter is a credential: its value is a `Secret`, its name is that of a credential, or it
    has a source such as `auth` or `netrc`.
    """
    return isinstance(value, Secret) or is_credential_parameter(name) or source in _OF_ORIGIN


def without_certificate(options: Mapping[str, V]) -> Mapping[str, V | str]:
    """A copy of the options of a request without the client certificate, for a redirect to another origin."""
    return {**options, "cert": ""}
