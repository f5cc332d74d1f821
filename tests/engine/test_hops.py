"""What a redirect to another origin takes along, and what stays behind: by the routes and headers of the hops."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.rows import check_rows

from callbox.engine import Entry, LiveSession, collect
from callbox.exchange.auth_schemes import Auth, Basic, Bearer
from callbox.exchange.headers import Headers
from callbox.exchange.request import UNSET, Draft, Outgoing
from callbox.exchange.response import ResponseHead
from callbox.exchange.secret import Secret


class Answer:
    """An answer without content."""

    received = 0
    undecoded = ""
    was_retried = False

    def __init__(self, response: ResponseHead) -> None:
        self.head = response

    def content(self) -> Iterator[bytes]:
        return iter(())

    def limit_read_timeout(self, seconds: float) -> None:
        pass

    def close(self) -> None:
        pass


class RecordedResponse:
    """A transport that redirects to each of these in turn, and keeps what it was given."""

    def __init__(self, *to: str) -> None:
        self.to = list(to)
        self.sent: list[Outgoing] = []

    def send(self, outgoing: Outgoing, cancel: Any = None) -> Any:
        self.sent.append(outgoing)
        if not self.to:
            return Answer(ResponseHead(200, "OK", Headers()))
        return Answer(ResponseHead(302, "Found", Headers([("Location", self.to.pop(0))])))

    def close(self) -> None:
        pass

    def connections(self) -> list[Any]:
        return []


def redirected(session: LiveSession, wire: RecordedResponse, **options: object) -> Outgoing:
    """The request that followed the redirect from https://a.x."""
    collect(session.stream(Draft("GET", "https://a.x/", options=options)))
    return wire.sent[1]


@pytest.fixture
def wire() -> RecordedResponse:
    return RecordedResponse("https://b.x/")


@pytest.fixture
def session(wire: RecordedResponse) -> LiveSession:
    return LiveSession(wire)


def test_verification_that_is_off_for_one_origin_is_on_for_the_next(
    session: LiveSession, wire: RecordedResponse
) -> None:
    session.apply("option", "verify", Entry("verify", (False,), "https://a.x"))

    hop = redirected(session, wire)

    assert [o.route.verify for o in wire.sent] == [False, True]
    assert hop.url.host == "b.x"


def test_a_client_certificate_of_one_origin_is_not_shown_to_the_next(
    session: LiveSession, wire: RecordedResponse
) -> None:
    session.apply("option", "cert", Entry("cert", ("me.pem",), "https://a.x"))

    redirected(session, wire)

    assert [o.route.cert for o in wire.sent] == ["me.pem", None]


@pytest.mark.parametrize(("to", "shown"), [("https://a.x/2", "me.pem"), ("https://b.x/", None)])
def test_a_client_certificate_of_one_request_is_shown_to_one_origin(to: str, shown: str | None) -> None:
    wire = RecordedResponse(to)

    redirected(LiveSession(wire), wire, cert="me.pem")

    assert [o.route.cert for o in wire.sent] == ["me.pem", shown]


def test_a_proxy_is_chosen_for_each_hop(session: LiveSession, wire: RecordedResponse) -> None:
    session.proxies = {"https": "http://proxy:1"}
    session.set_option("no-proxy", "b.x")

    redirected(session, wire)

    assert [o.route.proxy for o in wire.sent] == ["http://proxy:1", ""]


def test_what_the_request_itself_says_holds_for_every_hop(session: LiveSession, wire: RecordedResponse) -> None:
    assert redirected(session, wire, timeout=3.0, verify=False).route[1:4] == (3.0, None, False)


def test_a_header_of_one_origin_stays_there(session: LiveSession, wire: RecordedResponse) -> None:
    session.apply("header", "x-tenant", Entry("X-Tenant", ("t",), "https://a.x"))

    redirected(session, wire)

    assert [[f.name for f in o.headers if f.name == "X-Tenant"] for o in wire.sent] == [["X-Tenant"], []]


def test_a_header_for_everyone_goes_along(session: LiveSession, wire: RecordedResponse) -> None:
    session.headers["X-Plain"] = "p"

    assert "X-Plain" in [f.name for f in redirected(session, wire).headers]


def test_total_time_counts_over_all_hops(session: LiveSession, wire: RecordedResponse) -> None:
    first, second = (redirected(session, wire, **{"total-timeout": 5.0}), wire.sent)

    assert first.route.total_timeout is not None
    assert second[0].route.total_timeout == 5.0
    assert first.route.total_timeout < 5.0


def carried(session: LiveSession, wire: RecordedResponse, draft: Draft) -> list[str]:
    """The URLs to which a credential went, of all that were asked."""
    collect(session.stream(draft))
    names = {"authorization", "x-api-key", "x-plain", "cookie"}
    return [o.url.text for o in wire.sent if o.auth or {f.name.lower() for f in o.headers} & names]


def of_the_session(session: LiveSession) -> Draft:
    session.apply("auth", "https://a.x", Bearer("t"))
    return Draft("GET", "https://a.x/")


def of_the_session_for_everyone(session: LiveSession) -> Draft:
    session.apply("auth", "", Bearer("t"))
    return Draft("GET", "https://a.x/")


def of_the_request(session: LiveSession) -> Draft:
    return Draft("GET", "https://a.x/", auth=Basic("u", "p"))


def by_its_name(session: LiveSession) -> Draft:
    return Draft("GET", "https://a.x/", (("X-Api-Key", "k"),))


def by_its_type(session: LiveSession) -> Draft:
    return Draft("GET", "https://a.x/", (("X-Plain", Secret("k")),))


def in_the_url(session: LiveSession) -> Draft:
    return Draft("GET", "https://u:p@a.x/")


def as_a_cookie(session: LiveSession) -> Draft:
    return Draft("GET", "https://a.x/", cookies=(("mine", "1"),))


def as_a_cookie_header(session: LiveSession) -> Draft:
    return Draft("GET", "https://a.x/", (("Cookie", "mine=1"),))


GIVEN = [of_the_session, of_the_session_for_everyone, of_the_request, by_its_name, by_its_type, in_the_url,
         as_a_cookie, as_a_cookie_header]  # fmt: skip


@check_rows("give", GIVEN)
@check_rows(
    "chain",
    [
        ["https://evil.x/", "https://a.x/attack"],
        ["https://evil.x/", "https://evil.x/2", "https://a.x/attack", "https://a.x/attack/2"],
        ["/here", "http://a.x/", "https://a.x/attack"],
        ["/here", "https://a.x./", "https://a.x/attack"],
        ["/here", "https://u:p@evil.x/", "https://u:p@a.x/attack"],
    ],
    ids=" ".join,
)
def test_a_credential_does_not_come_back_to_a_path_that_evil_chose(give: Any, chain: list[str]) -> None:
    wire = RecordedResponse(*chain)
    session = LiveSession(wire)

    went = carried(session, wire, give(session))

    assert went == ["https://a.x/", "https://a.x/here"][: 1 + chain.count("/here")]
    assert len(wire.sent) == len(chain) + 1


@pytest.mark.parametrize("auth", [UNSET, Bearer("mine")])
def test_what_the_session_holds_for_another_origin_is_not_brought_along_by_a_redirect(auth: Any) -> None:
    wire = RecordedResponse("https://a.x/attack")
    session = LiveSession(wire)
    session.apply("auth", "https://a.x", Bearer("t"))

    assert carried(session, wire, Draft("GET", "https://evil.x/", auth=auth)) == ["https://evil.x/"] * (
        auth is not UNSET
    )


@check_rows("give", GIVEN)
def test_a_credential_goes_from_http_to_https_of_its_host_and_on(give: Any) -> None:
    wire = RecordedResponse("https://a.x/", "https://a.x/2")
    session = LiveSession(wire)
    if give is of_the_session:
        session.apply("auth", "http://a.x", Bearer("t"))
    draft = give(session)
    draft = draft._replace(url=draft.url.replace("https:", "http:"))

    assert carried(session, wire, draft) == ["http://a.x/", "https://a.x/", "https://a.x/2"]


class Joined(Auth):
    """A scheme that answers every challenge."""

    def answer(self, request: Any, response: ResponseHead) -> Any:
        return (("Authorization", Secret("answer")),)


def test_a_challenge_of_evil_is_not_answered_nor_one_of_home_after_it() -> None:
    class Challenging(RecordedResponse):
        def send(self, outgoing: Outgoing, cancel: Any = None) -> Any:
            if self.to:
                return super().send(outgoing, cancel)
            self.sent.append(outgoing)
            return Answer(ResponseHead(401, "No", Headers([("WWW-Authenticate", 'Digest realm="r", nonce="n"')])))

    wire = Challenging("https://evil.x/", "https://a.x/attack")

    assert carried(LiveSession(wire), wire, Draft("GET", "https://a.x/", auth=Joined())) == ["https://a.x/"]
    assert len(wire.sent) == 3


def test_credentials_for_a_proxy_do_not_go_into_the_tunnel_of_an_upgrade() -> None:
    wire = RecordedResponse("/2", "https://a.x/")
    session = LiveSession(wire)
    session.set_option("proxy", "http://proxy:1")

    collect(session.stream(Draft("GET", "http://a.x/", (("Proxy-Authorization", "Basic x"),))))

    assert ["Proxy-Authorization" in [f.name for f in o.headers] for o in wire.sent] == [True, True, False]


@check_rows(
    ("start", "to"),
    [("https://a.x/", "https://b.x/"), ("http://a.x/", "https://a.x/"), ("https://a.x/", "https://a.x:8443/")],
)
def test_a_hop_that_only_a_file_leaves_unchecked_carries_nothing_of_the_session(start: str, to: str) -> None:
    wire = RecordedResponse(to)
    session = LiveSession(wire)
    session.apply("option", "verify", Entry("verify", (False,), start[:-1]))
    session.apply("auth", start[:-1], Bearer("t"))
    session.headers["X-Plain"] = "p"
    options = {"verify": False}

    collect(session.stream(Draft("GET", start, options=options, source="script", file_options=frozenset(options))))

    names = [{f.name for f in o.headers} & {"Authorization", "X-Plain"} for o in wire.sent]
    assert names == [{"Authorization", "X-Plain"}, set()]
