"""`Route`: how a request travels: timeouts, TLS, proxy and limits."""

from __future__ import annotations

from typing import NamedTuple


class Route(NamedTuple):
    """The route of a request: timeouts in seconds, TLS, proxy and limits."""

    connect_timeout: float | None = 10.0
    timeout: float | None = 60.0
    """The longest silence while waiting for the response or for more of it, in seconds."""
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
    """What counts where `ca` is empty: a file and folders of CA certificates, each OpenSSL's own where it is empty.

    None: what OpenSSL finds by itself.
    """
    is_apart: bool = False
    """Whether it goes over connections of its own: NTLM and Kerberos authenticate a connection, and a request that
    another origin has led here must not use one that the user authenticated."""
