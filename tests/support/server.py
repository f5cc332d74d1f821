"""Servers of plain sockets on loopback: what is done with a connection is a function that a test gives."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple

import trustme

JOIN_S = 5
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Request(NamedTuple):
    """One request as it was on the wire."""

    line: str
    fields: list[tuple[str, str]]
    body: bytes
    """Without the framing of its chunks."""
    raw: bytes

    @property
    def path(self) -> str:
        return self.line.split(" ")[1]

    def value(self, name: str) -> str | None:
        """The value of a field; None where it did not come."""
        return next((value for key, value in self.fields if key.lower() == name.lower()), None)


def read_request(file: BinaryIO, confirm: Callable[[], object] = lambda: None) -> Request | None:
    """The next request of a connection; None at its end. Calls `confirm` where the client waits for a 100."""
    raw = first = file.readline()
    fields = []
    while (line := file.readline()).rstrip(b"\r\n"):
        raw += line
        name, _, value = line.decode("latin-1").partition(":")
        fields.append((name, value.strip()))
    if not line:
        return None
    raw += line
    request = Request(first.decode("latin-1").rstrip("\r\n"), fields, b"", raw)
    if request.value("Expect"):
        confirm()
    if request.value("Transfer-Encoding") is None:
        body = file.read(int(request.value("Content-Length") or "0"))
        return request._replace(body=body, raw=raw + body)
    body, size = b"", 1
    while size:
        size_line = file.readline()
        size = int(size_line, 16)
        piece = file.read(size + 2)
        body += piece[:-2]
        raw += size_line + piece
    return request._replace(body=body, raw=raw)


class Server:
    """Takes connections while it is open, and serves each in a thread of its own; with a context it speaks TLS."""

    def __init__(
        self, serve: Callable[[socket.socket], object], context: ssl.SSLContext | None = None, host: str = "127.0.0.1"
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self.port = int(self._listener.getsockname()[1])
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"{'http' if context is None else 'https'}://{self.host}"
        self.context = context
        self.connections = 0
        """How many it has taken."""
        self._serve = serve
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def close(self) -> None:
        """Close the listener and all connections, and wait for the threads."""
        for one in (self._listener, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in list(self._threads):
            thread.join(JOIN_S)

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._start(self._take, connection)

    def _take(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError):  # the client may go in the middle of a handshake or of a request
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else TLS waits 40 ms for a late ACK
            if self.context is not None:
                connection = self.context.wrap_socket(connection, server_side=True)
            self._open.append(connection)
            with connection:
                self._serve(connection)


class Recorder(Server):
    """Keeps each request in `seen`, and writes what `answer` gives for it; None closes the connection."""

    def __init__(self, answer: Callable[[Request], bytes | None], context: ssl.SSLContext | None = None) -> None:
        self.seen: list[Request] = []
        self.closes = False
        """Whether it closes a connection after each answer; otherwise where the answer says so."""
        self._answer = answer
        super().__init__(self._serve_requests, context)

    def _serve_requests(self, connection: socket.socket) -> None:
        def confirm() -> None:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

        with connection.makefile("rb") as file:
            while (request := read_request(file, confirm)) is not None:
                self.seen.append(request)
                answer = self._answer(request)
                if answer is None:
                    return
                connection.sendall(answer)
                if self.closes or b"Connection: close" in answer:
                    return


def make_response(body: bytes = b"", *fields: str, status: int = 200) -> bytes:
    """A whole response: header fields are given as lines, and Content-Length is added."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *fields, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def make_context(ca: Path, *names: str, authority: trustme.CA | None = None) -> ssl.SSLContext:
    """What a TLS server of these names needs. Writes the certificate that vouches for it to the file `ca`."""
    authority = authority or trustme.CA()
    authority.cert_pem.write_to_path(str(ca))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(names or ("127.0.0.1",))).configure_cert(context)
    return context
