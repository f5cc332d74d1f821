"""The practice API, and a web of many hosts on two kinds of port, for the tests of this folder."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import pytest
from tests.support.server import Server, make_context

from callbox.practice import Practice


@pytest.fixture(scope="module")
def practice_url(practice: Practice) -> str:
    return practice.url


class Seen(NamedTuple):
    """A request that came: where to (as the tests write it, without the port) and its fields."""

    url: str
    fields: list[tuple[str, str]]

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key.lower() == name.lower()]

    @property
    def cookie(self) -> str | None:
        """The Cookie field; None for none. A second one would be an error of ours."""
        (only,) = self.values("Cookie") or [None]
        return only


NAMES = (
    "example.com", "*.example.com", "*.a.example.com", "example.org", "a.co.uk", "b.co.uk", "localhost", "127.0.0.1",
)  # fmt: skip
_URL = re.compile(r"(https?)://(\[[^\]]+\]|[^/:?]+)(:2)?(.*)", re.DOTALL)


class Site:
    """Plain sockets that answer for every host: an http port, a second one (`:2` in a URL), and one of TLS.

    What is answered is what a test says for a URL, byte for byte; for any other, 200 and nothing more.
    """

    def __init__(self, context: ssl.SSLContext, ca: str) -> None:
        self.ca = ca
        self._answers: dict[str, bytes] = {}
        self.seen: list[Seen] = []
        contexts = {"http": None, "http:2": None, "https": context}
        servers = {mark: Server(partial(self._serve, mark), one) for mark, one in contexts.items()}
        self._servers = servers.values()
        self._ports = {mark: server.port for mark, server in servers.items()}

    @property
    def resolve(self) -> str:
        """The option that leads every name here."""
        return ",".join(f"*:{port}:127.0.0.1" for port in self._ports.values())

    @property
    def usual(self) -> str:
        """The option that leads every name here by its scheme's own port."""
        return f"*:80:127.0.0.1:{self._ports['http']},*:443:127.0.0.1:{self._ports['https']},{self.resolve}"

    def at(self, url: str) -> str:
        """The URL with the port in it."""
        match = _URL.fullmatch(url)
        assert match is not None
        scheme, host, second, rest = match.groups()
        return f"{scheme}://{host}:{self._ports[scheme + (second or '')]}{rest}"

    def answer(self, url: str, *fields: str, status: int = 200) -> None:
        """Answer requests for this URL with these fields."""
        text = "".join(f"{field}\r\n" for field in fields)
        self._answers[_on_the_wire(url)] = f"HTTP/1.1 {status} X\r\n{text}Content-Length: 0\r\n\r\n".encode("latin-1")

    def forget(self, url: str = "") -> None:
        """Answer this URL, or all, as any other."""
        for key in [_on_the_wire(url)] if url else list(self._answers):
            self._answers.pop(key, None)

    def _serve(self, mark: str, connection: socket.socket) -> None:
        while head := _read_head(connection):
            connection.sendall(self._reply(head, mark))

    def _reply(self, head: str, mark: str) -> bytes:
        first, *lines = head.split("\r\n")
        fields = [(name, value.strip(" ")) for name, _, value in (line.partition(":") for line in lines)]
        scheme, _, second = mark.partition(":")
        host = re.sub(r":\d+$", "", dict(fields)["Host"])
        seen = Seen(f"{scheme}://{host}{':2' if second else ''}{first.split(' ')[1]}", fields)
        self.seen.append(seen)
        return self._answers.get(seen.url, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    def close(self) -> None:
        for server in self._servers:
            server.close()


def _on_the_wire(url: str) -> str:
    scheme, host, second, rest = _URL.fullmatch(url).groups()  # type: ignore[union-attr]
    name = host.lower() if host.isascii() else host.encode("idna").decode()
    return f"{scheme}://{name}{second or ''}{rest}"


def _read_head(sock: socket.socket) -> str:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(65536)
        if not piece:
            return ""
        data += piece
    return data.partition(b"\r\n\r\n")[0].decode("latin-1")


@pytest.fixture(scope="session")
def whole_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    path = tmp_path_factory.mktemp("site") / "ca.pem"
    context = make_context(path, *NAMES)
    site = Site(context, str(path))
    yield site
    site.close()


@pytest.fixture
def site(whole_site: Site) -> Site:
    whole_site.forget()
    whole_site.seen.clear()
    return whole_site
