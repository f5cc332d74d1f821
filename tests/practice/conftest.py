from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest
import urllib3

from callbox.practice import Practice


@pytest.fixture
def api() -> Iterator[Practice]:
    with Practice() as practice:
        yield practice


@pytest.fixture
def ask(api: Practice) -> Iterator[Callable[..., urllib3.BaseHTTPResponse]]:
    """Send one request over a kept connection; redirects and statuses come back as they are."""
    with urllib3.PoolManager(retries=False) as pool:

        def send(method: str, path: str, **more: object) -> urllib3.BaseHTTPResponse:
            url = path if path.startswith("http") else api.url + path
            return pool.request(method, url, redirect=False, timeout=20, **more)

        yield send


@pytest.fixture
def talk(api: Practice) -> Callable[..., bytes]:
    """Send bytes over a connection of their own, and give all that comes back until the server closes."""

    def send(data: bytes, *, is_half_closed: bool = True) -> bytes:
        with socket.create_connection(("127.0.0.1", api.port), timeout=20) as sock:
            sock.sendall(data)
            if is_half_closed:
                sock.shutdown(socket.SHUT_WR)
            received = b""
            while piece := sock.recv(65536):
                received += piece
            return received

    return send
