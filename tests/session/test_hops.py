"""What a redirect to another origin takes along, and what stays behind: by the routes and headers of the hops."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from callbox.exchange.draft import Draft
from callbox.exchange.headers import Headers
from callbox.exchange.incoming import Incoming
from callbox.exchange.outgoing import Outgoing
from callbox.session import Held, LiveSession, collect


class Answer:
    """An answer without content."""

    received = 0
    undecoded = ""
    was_retried = False

    def __init__(self, incoming: Incoming) -> None:
        self.incoming = incoming

    def content(self) -> Iterator[bytes]:
        return iter(())

    def close(self) -> None:
        pass


class Recorded:
    """A transport that redirects to `to`, once, and keeps what it was given."""

    def __init__(self, to: str) -> None:
        self.to = to
        self.sent: list[Outgoing] = []

    def send(self, outgoing: Outgoing, cancel: Any = None) -> Any:
        self.sent.append(outgoing)
        if len(self.sent) > 1:
            return Answer(Incoming(200, "OK", Headers()))
        return Answer(Incoming(302, "Found", Headers([("Location", self.to)])))

    def close(self) -> None:
        pass

    def connections(self) -> list[Any]:
        return []


def redirected(session: LiveSession, wire: Recorded, **options: object) -> Outgoing:
    """The request that followed the redirect from https://a.x."""
    collect(session.stream(Draft("GET", "https://a.x/", options=options)))
    return wire.sent[1]


@pytest.fixture
def wire() -> Recorded:
    return Recorded("https://b.x/")


@pytest.fixture
def session(wire: Recorded) -> LiveSession:
    return LiveSession(wire)


def test_verification_that_is_off_for_one_origin_is_on_for_the_next(session: LiveSession, wire: Recorded) -> None:
    session.apply("option", "verify", Held("verify", (False,), "https://a.x"))

    hop = redirected(session, wire)

    assert [o.route.verify for o in wire.sent] == [False, True]
    assert hop.url.host == "b.x"


def test_a_client_certificate_of_one_origin_is_not_shown_to_the_next(session: LiveSession, wire: Recorded) -> None:
    session.apply("option", "cert", Held("cert", ("me.pem",), "https://a.x"))

    redirected(session, wire)

    assert [o.route.cert for o in wire.sent] == ["me.pem", None]


@pytest.mark.parametrize(("to", "shown"), [("https://a.x/2", "me.pem"), ("https://b.x/", None)])
def test_a_client_certificate_of_one_request_is_shown_to_one_origin(to: str, shown: str | None) -> None:
    wire = Recorded(to)

    redirected(LiveSession(wire), wire, cert="me.pem")

    assert [o.route.cert for o in wire.sent] == ["me.pem", shown]


def test_a_proxy_is_chosen_for_each_hop(session: LiveSession, wire: Recorded) -> None:
    session.proxies = {"https": "http://proxy:1"}
    session.set_option("no-proxy", "b.x")

    redirected(session, wire)

    assert [o.route.proxy for o in wire.sent] == ["http://proxy:1", ""]


def test_what_the_request_itself_says_holds_for_every_hop(session: LiveSession, wire: Recorded) -> None:
    assert redirected(session, wire, timeout=3.0, verify=False).route[1:4] == (3.0, None, False)


def test_a_header_of_one_origin_stays_there(session: LiveSession, wire: Recorded) -> None:
    session.apply("header", "x-tenant", Held("X-Tenant", ("t",), "https://a.x"))

    redirected(session, wire)

    assert [[f.name for f in o.headers if f.name == "X-Tenant"] for o in wire.sent] == [["X-Tenant"], []]


def test_a_header_for_everyone_goes_along(session: LiveSession, wire: Recorded) -> None:
    session.headers["X-Plain"] = "p"

    assert "X-Plain" in [f.name for f in redirected(session, wire).headers]


def test_total_time_counts_over_all_hops(session: LiveSession, wire: Recorded) -> None:
    first, second = (redirected(session, wire, **{"total-timeout": 5.0}), wire.sent)

    assert first.route.total_timeout is not None
    assert second[0].route.total_timeout == 5.0
    assert first.route.total_timeout < 5.0
