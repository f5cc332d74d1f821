"""Requests: `Draft` before the merge with the session, `Outgoing` after it, and the `Route` by which one travels.

A draft holds what a user, a script or a program gave. An outgoing request is complete, and each of its fields names
its source.
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
    """The read timeout: the longest wait for the response or for more of it, in seconds."""
    total_timeout: float | None = None
    verify: bool = True
    ca: str = ""
    """A file or folder of CA certificates; empty for the usual ones."""
    cert: str | tuple[str, str] | None = None
    """A client certificate: one PEM file, or (certificate, key)."""
    proxy: str = ""
    max_body: int | None = None
    """Decoded bytes after which reading the response stops."""
    resolve: str = ""
    """Where names lead instead of asking the name server: `HOST:PORT:ADDRESS`, several separated by commas."""
    store: tuple[str, str] | None = None
    """Used if `ca` is empty: a file and folders of CA certificates; OpenSSL's own for each that is empty.

    None: what OpenSSL finds by itself.
    """
    is_apart: bool = False
    """Whether it has its own connections: NTLM and Kerberos authenticate a connection, and a request that
    another origin has led here must not use one that the user authenticated."""


class Unset(Enum):
    """The type of `UNSET`: no value was given. `None` is different: it means "none"."""

    UNSET = "unset"


UNSET = Unset.UNSET


Source = Literal["default", "session", "item", "script", "url", "jar", "auth", "netrc", "body"]
"""Where a part of a request comes from."""


class Draft(NamedTuple):
    """One request as it was given. Names keep their case and order; a name may repeat.

    A value of `None` removes the session's header, parameter or cookie with that name from this request.
    """

    method: str
    url: str
    """Absolute, or relative to the session's base (a base is a folder)."""
    headers: tuple[tuple[str, str | Secret | None], ...] = ()
    query: tuple[tuple[str, str | Secret | None], ...] = ()
    cookies: tuple[tuple[str, str | None], ...] = ()
    auth: Auth | Unset | None = UNSET
    content: Content | None = None
    options: Mapping[str, object] = {}
    """Options of this request alone, by the names of `callbox.engine.options`, values already parsed."""
    source: Source = "item"
    """The `source` of fields that came with the request itself."""
    jar: Jar | None = None
    """Further cookies of this request; at every hop each one follows its own rules."""
    file_options: frozenset[str] = frozenset()
    """The names of those `options` that a file has set and not the user. If they lead to a host by another route than
    the user's own, nothing of the session is sent."""
    file_jar: Jar | None = None
    """The cookies of requests that go by such a way, in place of the session's."""
    secrets: Mapping[str, str] = {}
    """The secret values that were filled into it, with the names of their variables: shown and saved nowhere."""


class Field(NamedTuple):
    """A header, cookie or parameter and its provenance."""

    name: str
    value: str | Secret
    source: Source


class Outgoing(NamedTuple):
    """One request as it is sent."""

    method: str
    url: Url
    headers: tuple[Field, ...] = ()
    """In the order in which they are written, Host, Cookie and the body's fields included."""
    content: Content | None = None
    route: Route = Route()
    query: tuple[Field, ...] = ()
    """The parameters that the URL's query is made of, with their provenance."""
    cookies: tuple[Field, ...] = ()
    """The cookies that the Cookie field is made of, with their provenance."""
    auth: Auth | None = None
    """The credential that may answer a challenge."""
    scope: CredentialScope = FULL_SCOPE
    """The credentials that may still be sent after the redirects so far."""
    secrets: Mapping[str, str] = {}
    """The secrets of the draft, and after a redirect those of the requests before it."""

    @property
    def carries_credentials(self) -> bool:
        """Whether any of its fields must not leave its origin, by `callbox.exchange.credential_scope`."""
        fields = (*self.headers, *self.query)
        is_any = any(is_credential(field.name, field.value, field.source) for field in fields)
        return is_any or bool(self.cookies) or self.auth is not None

    @property
    def all_secrets(self) -> Mapping[str, str]:
        """All `secrets` and the secret values of its fields, since a server may send them back."""
        own = {
            field.value.reveal()[len(field.value.prefix) :]: field.name
            for field in (*self.query, *self.headers)
            if isinstance(field.value, Secret) and field.name.lower() != "cookie"
        }
        return {**own, **self.secrets} if own else self.secrets
