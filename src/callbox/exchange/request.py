"""Requests: `Draft` before the merge with the session, `Outgoing` after it, and the `Route` of a request.

A draft has only the values that a user, a script or a program gave. An outgoing request is complete, and each of its
fields says where it comes from.
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
    """The read timeout: how many seconds to wait for the response, or for the next bytes of it."""
    total_timeout: float | None = None
    verify: bool = True
    ca: str = ""
    """A file or folder of CA certificates; empty for the default ones."""
    cert: str | tuple[str, str] | None = None
    """A client certificate: one PEM file, or (certificate, key)."""
    proxy: str = ""
    max_body: int | None = None
    """A body with more decoded bytes is an error; None for no limit."""
    resolve: str = ""
    """Fixed addresses for hosts, as `HOST:PORT:ADDRESS` with commas between them."""
    store: tuple[str, str] | None = None
    """The file and the folders of CA certificates that SSL_CERT_FILE and SSL_CERT_DIR name, for an empty `ca`. If one
    of the two is empty, the default of OpenSSL replaces it. None means the certificates that OpenSSL finds by itself.
    """
    is_apart: bool = False
    """Whether the request must not share connections with other requests. NTLM and Kerberos authenticate a whole
    connection. A request that another origin has caused by a redirect must not use a connection that the user has
    authenticated.
    """


class Unset(Enum):
    """The type of `UNSET`, which stands for "no value was given". `None` is a value."""

    UNSET = "unset"


UNSET = Unset.UNSET


BODILESS_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "DELETE", "CONNECT"})
"""The methods whose requests usually have no body, so that `Content-Length: 0` is not sent (RFC 9110 section 8.6)."""
Source = Literal["default", "session", "item", "script", "url", "jar", "auth", "netrc", "body"]
"""Where a header, parameter, cookie or credential of a request comes from."""


class Draft(NamedTuple):
    """A request before the merge, with only the values that were given. Names keep their letter case and order, and a
    name may repeat.

    A value of `None` removes the session's header, parameter or cookie with that name from this request.
    """

    method: str
    url: str
    """The URL, absolute or relative to the base URL of the session."""
    headers: tuple[tuple[str, str | Secret | None], ...] = ()
    query: tuple[tuple[str, str | Secret | None], ...] = ()
    cookies: tuple[tuple[str, str | None], ...] = ()
    auth: Auth | Unset | None = UNSET
    content: Content | None = None
    options: Mapping[str, object] = {}
    """The parsed options of this request, by their names in `callbox.engine.options`."""
    source: Source = "item"
    """The `source` that the fields of this draft get in the outgoing request."""
    jar: Jar | None = None
    """Cookies for this request only, in addition to those of the session. At each redirect, their domains decide
    whether they are sent.
    """
    file_options: frozenset[str] = frozenset()
    """The names of `options` that a file, and not the user, has set.

    If these options change the route to a host, the request gets no headers, credentials or cookies of the session.
    """
    file_jar: Jar | None = None
    """The cookie jar that replaces the jar of the session if a file sets the route of the request."""
    secrets: Mapping[str, str] = {}
    """The secrets that were filled into the request: secret value to name of its variable. They are redacted in all
    output and files.
    """


class Field(NamedTuple):
    """A header, cookie or parameter and its source."""

    name: str
    value: str | Secret
    source: Source


class Outgoing(NamedTuple):
    """A complete request, as it is sent."""

    method: str
    url: Url
    headers: tuple[Field, ...] = ()
    """All headers in the order in which they are sent, including Host, Cookie and the headers of the body."""
    content: Content | None = None
    route: Route = Route()
    query: tuple[Field, ...] = ()
    """The parameters in the query of the URL, each with its source."""
    cookies: tuple[Field, ...] = ()
    """The cookies in the Cookie field, each with its source."""
    auth: Auth | None = None
    """The credential of the request, which may also answer a challenge."""
    scope: CredentialScope = FULL_SCOPE
    """Which credentials the next request of a chain of redirects may have."""
    secrets: Mapping[str, str] = {}
    """The secrets of the draft. After a redirect, they include the secrets of all earlier requests of the chain."""

    @property
    def carries_credentials(self) -> bool:
        """Whether the request has a credential or a cookie, which must not be sent to another origin."""
        fields = (*self.headers, *self.query)
        is_any = any(is_credential(field.name, field.value, field.source) for field in fields)
        return is_any or bool(self.cookies) or self.auth is not None

    @property
    def all_secrets(self) -> Mapping[str, str]:
        """`secrets`, and the secret values of headers, parameters and cookies. A response may contain any of them."""
        own = {
            field.value.reveal()[len(field.value.prefix) :]: field.name
            for field in (*self.query, *self.headers)
            if isinstance(field.value, Secret) and field.name.lower() != "cookie"
        }
        return {**own, **self.secrets} if own else self.secrets
