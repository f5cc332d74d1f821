"""The two kinds of connection that the pools hold, and the way through a proxy."""

from __future__ import annotations

from time import perf_counter

from urllib3.connection import HTTPConnection, HTTPSConnection

from callbox.errors import Fault
from callbox.wire.connection import Line
from callbox.wire.head import join_head, read_head
from callbox.wire.stream import Stream


class PlainLine(Line, HTTPConnection):
    """A connection without TLS."""


class TlsLine(Line, HTTPSConnection):
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
        self.opening.remaining(where)
        stream = Stream(self, None, self.opening.deadline, self.opening.cancel)
        try:
            _, status, reason, _ = read_head(stream)
        except EOFError:
            raise Fault(f"The {where} closed the connection", kind="proxy") from None
        except Fault as fault:
            if fault.kind == "total-timeout":
                limit = f"{self.opening.limit or 0:g} s"
                raise self.opening.late(f"No answer from the {where} for {limit}") from fault
            raise Fault(f"Bad answer from the {where}: {fault.message}", kind="proxy") from fault
        if not 200 <= status < 300:
            hint = "give them in the proxy's URL: http://user:password@host:port" if status == 407 else ""
            raise Fault(f"The {where} answered {status} {reason}", kind="proxy", hint=hint)
        self.silence, self.is_through = -1.0, True
        now = perf_counter()
        self.opening.connect += now - self.opening.connected_at
        self.opening.connected_at = now
