"""Requests: `Draft` before the merge with the session, `Outgoing` after it, and the `Route` of a request.

A draft has the values that a user, a script or a program gave. An outgoing request is complete, and each of its fields
names its source.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Literal, NamedTuple

from callbox.exchange.auth_schemes import Auth
from callbox.exchange.cookies import Jar
from callbox.exchange.credential_scope import FULL_SCOPE, CredentialScope, is_credential
from callbox.exchange.request_content import Content
from callbox.exchange.secret import Secret
from callbox.exchange.url import Url


class Route(NamedTuple):
    """The route of a request: timeouts in seconds, TLS, proxy and limits."""

    connect_timeout: float | None = 10.0
    timeout: float | None = 60.0
    """The read timeout in seconds: the longest wait for the response, or for more of it."""
    total_timeout: float | None = None
    verify: bool = True
    ca: str = ""
    """A file or folder of CA certificates; empty for the default ones."""
    cert: str | tuple[str, str] | None = None
    """A client certificate: one PEM file, or (certificate, key)."""
    proxy: str = ""
    max_body: int | None = None
    """The number of decoded bytes after which reading the response stops; None for no limit."""
    resolve: str = ""
    """The addresses that replace a name lookup: `HOST:PORT:ADDRESS`, several separated by commas."""
    store: tuple[str, str] | None = None
    """A file and folders of CA certificates, used if `ca` is empty.

    If one of the two is empty, the default of OpenSSL replaces it. None means the certificates that OpenSSL finds by
    itself.
    """
    is_apart: bool = False
    """Whether the request has its own connections.

    NTLM and Kerberos authenticate a connection. If another origin causes a request by a redirect, the request must not
    use a connection that the user has authenticated.
    """


class Unset(Enum):
    """The type of `UNSET`, which says that no value was given. `None` is different: it is a value."""

    UNSET = "unset"


UNSET = Unset.UNSET


BODILESS_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "DELETE", "CONNECT"})
"""The methods whose requests usually have no body, so that `Content-Length: 0` is not sent (RFC 9110 section 8.6)."""
Source = Literal["default", "session", "item", "script", "url", "jar", "auth", "netrc", "body"]
"""Where a part of a request comes from."""


class Draft(NamedTuple):
    """A request as it was given. Names keep their letter case and order, and a name may repeat.

    A value of `None` removes the session's header, parameter or cookie with that name from this request.
    """

    method: str
    url: str
    """The URL, absolute or relative to the session's base. The base counts as a folder."""
    headers: tuple[tuple[str, str | Secret | None], ...] = ()
    query: tuple[tuple[str, str | Secret | None], ...] = ()
    cookies: tuple[tuple[str, str | None], ...] = ()
    auth: Auth | Unset | None = UNSET
    content: Content | None = None
    options: Mapping[str, object] = {}
    """The parsed options of this request alone, by their names in `callbox.engine.options`."""
    source: Source = "item"
    """The `source` of the fields that the draft itself has."""
    jar: Jar | None = None
    """Cookies of this request alone, in addition to the cookies of the session.

    At each redirect, their domains decide whether they are sent.
    """
    file_options: frozenset[str] = frozenset()
    """The names of `options` that a file, and not the user, has set.

    If these options change the route to a host, the request gets no headers, credentials or cookies of the session.
    """
    file_jar: Jar | None = None
    """The cookies of requests whose route a file sets, in place of the session's cookies."""
    secrets: Mapping[str, str] = {}
    """The secret values that were filled into the request, with the names of their variables.

    They are never shown or saved.
    """


class Field(NamedTuple):
    """A header, cookie or parameter and its source."""

    name: str
    value: str | Secret
    source: Source


class Outgoing(NamedTuple):
    """A request as it is sent."""

    method: str
    url: Url
    headers: tuple[Field, ...] = ()
    """The headers in the order in which they are sent. Host, Cookie and the fields of the body are included."""
    content: Content | None = None
    route: Route = Route()
    query: tuple[Field, ...] = ()
    """The parameters in the query of the URL, each with its source."""
    cookies: tuple[Field, ...] = ()
    """The cookies in the Cookie field, each with its source."""
    auth: Auth | None = None
    """The credential that may answer a challenge."""
    scope: CredentialScope = FULL_SCOPE
    """The credentials that may still be sent after the redirects so far."""
    secrets: Mapping[str, str] = {}
    """The secrets of the draft. After a redirect, they include the secrets of all requests before."""

    @property
    def carries_credentials(self) -> bool:
        """Whether a field must not leave its origin, by the rules of `callbox.exchange.credential_scope`."""
        fields = (*self.headers, *self.query)
        is_any = any(is_credential(field.name, field.value, field.source) for field in fields)
        return is_any or bool(self.cookies) or self.auth is not None

    @property
    def all_secrets(self) -> Mapping[str, str]:
        """All `secrets`, and the secret values of the fields. A server may send each of them back."""
        own = {
            field.value.reveal()[len(field.value.prefix) :]: field.name
            for field in (*self.query, *self.headers)
            if isinstance(field.value, Secret) and field.name.lower() != "cookie"
        }
        return {**own, **self.secrets} if own else self.secrets
