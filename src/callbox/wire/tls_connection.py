"""A connection with TLS, and the CONNECT request that opens a tunnel through a proxy."""

from __future__ import annotations

from time import perf_counter

from urllib3.connection import HTTPSConnection

from callbox.errors import Fault
from callbox.exchange.request import Outgoing
from callbox.wire.connection import BaseConnection
from callbox.wire.http1 import read_head
from callbox.wire.message_head import join_head
from callbox.wire.proxy import proxy_credentials
from callbox.wire.stream import Stream


class TlsConnection(BaseConnection, HTTPSConnection):
    """A connection with TLS, through urllib3's verification; behind a proxy, in a CONNECT tunnel."""

    tunnel_fields: tuple[tuple[str, str], ...] = ()
    """Fields for the proxy alone, such as its credentials."""

    def _tunnel(self) -> None:
        """Ask the proxy for a tunnel (RFC 9110 section 9.3.6), under the same limits as any other answer."""
        target = f"{self._tunnel_host}:{self._tunnel_port}"
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", *(f"{n}: {v}" for n, v in self.tunnel_fields)]
        assert self.sock is not None
        self.sock.sendall(join_head(lines).encode("latin-1"))
        where = f"proxy {self.host}:{self.port}"
        self.attempt.remaining(where)
        stream = Stream(self, None, self.attempt.deadline, self.attempt.cancel)
        try:
            _, status, reason, _ = read_head(stream)
        except EOFError:
            raise Fault(f"The {where} closed the connection", kind="proxy") from None
        except Fault as fault:
            if fault.kind == "total-timeout":
                limit = f"{self.attempt.limit or 0:g} s"
                raise self.attempt.timeout_fault(f"No answer from the {where} for {limit}") from fault
            raise Fault(f"Bad answer from the {where}: {fault.message}", kind="proxy") from fault
        if not 200 <= status < 300:
            hint = "give them in the proxy's URL: http://user:password@host:port" if status == 407 else ""
            raise Fault(f"The {where} answered {status} {reason}", kind="proxy", hint=hint)
        self.read_timeout, self.has_tunnel = -1.0, True
        now = perf_counter()
        self.attempt.connect += now - self.attempt.connected_at
        self.attempt.connected_at = now


def set_tunnel(connection: TlsConnection, outgoing: Outgoing) -> None:
    """Tell a connection that it goes to the origin through a proxy."""
    scheme = "https" if outgoing.route.proxy.startswith("https:") else "http"
    connection.tunnel_fields = proxy_credentials(outgoing.route.proxy)
    connection.set_tunnel(outgoing.url.sent_host, outgoing.url.port, scheme=scheme)
