"""A client certificate is shown to the origin that was asked, and to none that a redirect leads to, on every path."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme
from tests.support.server import Server, make_context, read_request

import callbox
from callbox import HTTPAdapter, Request, Session
from callbox.engine import Entry, LiveSession, collect
from callbox.exchange.request import Draft


class Arrival(NamedTuple):
    """A request line, and whether whoever sent it showed a certificate."""

    path: str
    is_shown: bool


class Asking(Server):
    """A TLS server that asks for a client certificate, and redirects each path as it is told."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.to: dict[str, str] = {}
        self.seen: list[Arrival] = []
        super().__init__(self._redirect, context)

    def _redirect(self, connection: ssl.SSLSocket) -> None:
        with connection.makefile("rb") as file:
            while (request := read_request(file)) is not None:
                self.seen.append(Arrival(request.path, connection.getpeercert(binary_form=True) is not None))
                to = self.to.get(request.path)
                head = f"302 Found\r\nLocation: {to}" if to else "200 OK"
                connection.sendall(f"HTTP/1.1 {head}\r\nContent-Length: 0\r\n\r\n".encode())


class Place(NamedTuple):
    """Two servers that trust our certificate, and the files."""

    home: Asking
    evil: Asking
    ca: str
    cert: str


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    authority = trustme.CA()
    authority.issue_cert("me@home.x").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "me.pem"))
    context = make_context(tmp_path / "ca.pem", authority=authority)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_OPTIONAL
    home, evil = Asking(context), Asking(context)
    home.to = {"/": home.url + "/here", "/here": evil.url + "/", "/back": evil.url + "/back"}
    evil.to = {"/back": home.url + "/attack"}
    yield Place(home, evil, str(tmp_path / "ca.pem"), str(tmp_path / "me.pem"))
    home.close()
    evil.close()


def ignore(response: Any, **_: Any) -> None:
    """A hook that looks at nothing."""


def streamed(session: Session, url: str, cert: str) -> None:
    session.get(url, cert=cert, stream=True).close()


def of_the_session(session: Session, url: str, cert: str) -> None:
    session.cert = cert
    session.get(url)


def of_the_session_streamed(session: Session, url: str, cert: str) -> None:
    session.cert = cert
    session.get(url, stream=True).close()


def prepared(session: Session, url: str, cert: str) -> None:
    session.send(session.prepare_request(Request("GET", url)), cert=cert)


def prepared_with_that_of_the_session(session: Session, url: str, cert: str) -> None:
    session.cert = cert
    session.send(session.prepare_request(Request("GET", url)))


def mounted(session: Session, url: str, cert: str) -> None:
    session.mount("https://", HTTPAdapter())
    session.get(url, cert=cert)


def through_the_pools_of_urllib3(session: Session, url: str, cert: str) -> None:
    session.mount("https://", HTTPAdapter(pool_block=True))
    session.get(url, cert=cert)


def one_hop_at_a_time(session: Session, url: str, cert: str) -> None:
    session.cert = cert
    response = session.get(url, allow_redirects=False)
    while response.next is not None:
        response = session.send(response.next, allow_redirects=False)


def by_resolve_redirects(session: Session, url: str, cert: str) -> None:
    first = session.get(url, cert=cert, allow_redirects=False)
    for _ in session.resolve_redirects(first, first.request, cert=cert, verify=session.verify):
        pass


PATHS: Mapping[str, Callable[[Session, str, str], object]] = {
    "one request": lambda session, url, cert: session.get(url, cert=cert),
    "stream": streamed,
    "hooks": lambda session, url, cert: session.get(url, cert=cert, hooks={"response": ignore}),
    "session": of_the_session,
    "session, stream": of_the_session_streamed,
    "prepared": prepared,
    "prepared, session": prepared_with_that_of_the_session,
    "adapter": mounted,
    "pools": through_the_pools_of_urllib3,
    "next": one_hop_at_a_time,
    "resolve_redirects": by_resolve_redirects,
}


@pytest.mark.parametrize("way", PATHS)
@pytest.mark.parametrize("start", ["/", "/back"])
def test_a_redirects_target_never_sees_the_certificate_by_the_library(place: Place, way: str, start: str) -> None:
    with Session() as session:
        session.verify = place.ca
        PATHS[way](session, place.home.url + start, place.cert)

    assert place.home.seen[0] == Arrival(start, True)
    assert [arrival.is_shown for arrival in place.evil.seen] == [False]
    assert Arrival("/attack", True) not in place.home.seen
    assert (Arrival("/here", True) in place.home.seen) is (start == "/")


def test_a_redirects_target_never_sees_the_certificate_by_the_short_way(place: Place) -> None:
    callbox.get(place.home.url, cert=place.cert, verify=place.ca)

    assert [arrival.is_shown for arrival in (*place.home.seen, *place.evil.seen)] == [True, True, False]


def by_default(session: LiveSession, cert: str, home: str) -> None:
    """As the command line, the configuration file and the environment set it."""
    session.option_defaults["cert"] = cert


def by_option(session: LiveSession, cert: str, home: str) -> None:
    session.set_option("cert", cert)


def for_home(session: LiveSession, cert: str, home: str) -> None:
    session.apply("option", "cert", Entry("cert", (cert,), home))


@pytest.mark.parametrize("setting", [by_default, by_option, for_home])
@pytest.mark.parametrize("start", ["/", "/back"])
def test_a_redirects_target_never_sees_the_certificate_by_the_driver(place: Place, setting: Any, start: str) -> None:
    with LiveSession() as session:
        session.set_option("ca", place.ca)
        setting(session, place.cert, place.home.url)
        record = collect(session.stream(Draft("GET", place.home.url + start)))

    assert record.response.status == 200
    assert place.home.seen[0] == Arrival(start, True)
    assert [arrival.is_shown for arrival in place.evil.seen] == [False]
    assert Arrival("/attack", True) not in place.home.seen


def test_a_certificate_of_another_origin_is_not_shown_there_where_a_server_chose_the_path(place: Place) -> None:
    with LiveSession() as session:
        session.set_option("ca", place.ca)
        session.apply("option", "cert", Entry("cert", (place.cert,), place.home.url))
        collect(session.stream(Draft("GET", place.evil.url + "/back")))

    assert place.home.seen == [Arrival("/attack", False)]
