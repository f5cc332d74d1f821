"""A server that takes a request and never answers it, so that a test knows when a client is waiting."""

from __future__ import annotations

import socket
from types import TracebackType

TIMEOUT_S = 60


class SilentServer:
    """Listens on loopback while it is open."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(TIMEOUT_S)
        self._taken: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def wait_for_request(self) -> bytes:
        """Return the header of the next request as soon as it is here."""
        connection, _ = self._listener.accept()
        connection.settimeout(TIMEOUT_S)
        self._taken.append(connection)
        header = b""
        while b"\r\n\r\n" not in header:
            piece = connection.recv(65536)
            if not piece:
                break
            header += piece
        return header

    def close(self) -> None:
        """Close the connections and the listener."""
        for one in (*self._taken, self._listener):
            one.close()

    def __enter__(self) -> SilentServer:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()
