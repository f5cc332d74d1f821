"""A server on loopback, or on a Unix socket, whose answers are given by method and path."""

from __future__ import annotations

import json
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.command, self.path, dict(self.headers.items()), body))
        given = self.server.answers.get(
            (self.command, self.path.partition("?")[0]), (404, {}, {"message": "not found"})
        )
        status, headers, content = given(self, body) if callable(given) else given
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_LIST = answer

    def log_message(self, *_: object) -> None:
        pass


class UnixHandler(Handler):
    def address_string(self) -> str:
        return "unix"


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class Server:
    """`answers[(method, path)]` is (status, headers, JSON or bytes), or a function of the handler and the body."""

    def __init__(self, unix_path: str = "") -> None:
        made: Any = UnixServer(unix_path, UnixHandler) if unix_path else ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        made.answers, made.seen = {}, []
        self.answers: dict[tuple[str, str], Any] = made.answers
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = made.seen
        self._server = made
        self.port = 0 if unix_path else made.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=made.serve_forever, daemon=True).start()

    def json(self, method: str, path: str, content: Any, status: int = 200, **headers: str) -> None:
        self.answers[(method, path)] = (status, {k.replace("_", "-"): v for k, v in headers.items()}, content)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
