"""Redirects over challenges over cookies, tried with canned answers."""

from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.errors import Fault
from callbox.exchange.auth_schemes import Auth
from callbox.exchange.exchange_record_and_events import Note
from callbox.exchange.headers import Headers
from callbox.exchange.redirects_and_challenges import Policy, answer_challenge, converse, next_method, redirect_target
from callbox.exchange.request import Draft, Outgoing, Route
from callbox.exchange.request_content import (
    Content,
    Part,
    form_content,
    json_content,
    multipart_content,
    raw_content,
)
from callbox.exchange.request_merge_with_session import SessionState, merge
from callbox.exchange.response import ResponseHead
from callbox.exchange.secret import Secret, reveal

POLICY = Policy(lambda o, i: (), answer_challenge, redirect_target, next_method, lambda url, same: ())


def run(
    draft: Draft, *answers: tuple[int, dict[str, str]], policy: Policy = POLICY
) -> tuple[list[Outgoing], list[str]]:
    """The requests that these answers lead to, and what was noted."""
    conversation = converse(merge(SessionState(), draft, Route()), policy)
    sent, notes = [next(conversation)], []
    for status, headers in answers:
        try:
            step = conversation.send(ResponseHead(status, "", Headers(tuple(headers.items()))))
            while isinstance(step, Note):
                notes.append(step.text)
                step = conversation.send(None)
        except StopIteration:
            break
        sent.append(step)
    return sent, notes


def to(location: str, status: int = 302) -> tuple[int, dict[str, str]]:
    return status, {"Location": location}


def test_an_answer_that_leads_nowhere_ends_it():
    assert len(run(Draft("GET", "http://a.x/"), (200, {}), (200, {}))[0]) == 1


def test_redirects_are_followed_in_order():
    sent, _ = run(Draft("GET", "http://a.x/1"), to("/2"), to("3"), (200, {}))

    assert [o.url.text for o in sent] == ["http://a.x/1", "http://a.x/2", "http://a.x/3"]


@check_rows(
    ("method", "status", "then"),
    [
        ("POST", 301, "GET"), ("POST", 302, "GET"), ("POST", 303, "GET"), ("POST", 307, "POST"), ("POST", 308, "POST"),
        ("PUT", 301, "PUT"), ("DELETE", 302, "DELETE"), ("PUT", 303, "GET"), ("HEAD", 303, "HEAD"), ("GET", 303, "GET"),
    ],
)  # fmt: skip
def test_the_method_follows_fetch(method, status, then):
    sent, _ = run(Draft(method, "http://a.x/", content=Content(b"x")), to("/b", status), (200, {}))

    assert (sent[1].method, sent[1].content is not None) == (then, method == then)


def test_a_dropped_body_takes_its_fields_along():
    sent, _ = run(Draft("POST", "http://a.x/", (("Content-Type", "a/b"),), content=Content(b"x")), to("/b", 303))

    assert [f.name for f in sent[1].headers] == ["Host"]


@check_rows(
    "name",
    ["Authorization", "Cookie", "Proxy-Authorization", "X-Api-Key", "X-Auth-Token", "apikey", "X-Session", "My-Secret"],
)
def test_a_credential_does_not_leave_its_origin(name):
    sent, notes = run(Draft("GET", "http://a.x/", ((name, "v"), ("X-Plain", "p"))), to("http://b.x/"), (200, {}))

    assert [f.name for f in sent[1].headers] == ["Host", "X-Plain"]
    assert notes == [f"{name} not sent on to http://b.x"]


def test_what_was_marked_secret_does_not_leave_either():
    sent, _ = run(Draft("GET", "http://a.x/", (("X-Plain", Secret("p")),)), to("http://b.x/"), (200, {}))

    assert [f.name for f in sent[1].headers] == ["Host"]


def test_a_host_that_was_said_stays_with_its_origin():
    sent, _ = run(Draft("GET", "http://a.x/", (("Host", "virtual"),)), to("/2"), to("http://b.x/"), (200, {}))

    assert [reveal(o.headers[0].value) for o in sent] == ["virtual", "virtual", "b.x"]


def test_a_cookie_header_that_was_said_stays_on_the_same_origin():
    sent, _ = run(Draft("GET", "http://a.x/", (("Cookie", "mine=1"),)), to("/2"), (200, {}))

    assert [f.name for f in sent[1].headers] == ["Host", "Cookie"]


def test_cookies_are_chosen_anew_for_each_hop():
    asked = []

    def cookies(url, is_first_host):
        asked.append((url.text, is_first_host))
        return ()

    run(Draft("GET", "http://a.x/"), to("/2"), to("http://b.x/"), (200, {}), policy=POLICY._replace(cookies=cookies))

    assert asked == [("http://a.x/2", True), ("http://b.x/", False)]


def test_http_to_https_of_one_host_keeps_credentials():
    sent, notes = run(Draft("GET", "http://a.x/", (("Authorization", "t"),)), to("https://a.x/"), (200, {}))

    assert ("Authorization" in [f.name for f in sent[1].headers], notes) == (True, [])


@check_rows("location", ["file:///etc/passwd", "ftp://a.x/", "javascript:alert(1)", "http://a.x:b/", "//["])
def test_a_redirect_to_what_is_not_http_is_refused(location):
    with pytest.raises(Fault, match="Bad redirect target"):
        run(Draft("GET", "http://a.x/"), to(location))


def test_redirects_end_at_the_limit():
    with pytest.raises(Fault, match=r"Too many redirects \(2\)"):
        run(Draft("GET", "http://a.x/"), *[to("/")] * 5, policy=POLICY._replace(max_redirects=2))


def test_a_redirect_without_a_location_is_the_answer():
    assert len(run(Draft("GET", "http://a.x/"), (302, {}), (200, {}))[0]) == 1


def test_a_body_that_can_be_read_once_is_not_sent_again():
    body = Content(None, None, "stream", None, lambda: iter([b"x"]), is_replayable=False)

    with pytest.raises(Fault, match="the body was a stream, and cannot be sent again"):
        run(Draft("POST", "http://a.x/", content=body), to("/b", 307))


BODIES = {
    "raw": raw_content("pw is h/nt er2"),
    "json": json_content('{"a": {"pw": "h\\/nt er2"}}'),
    "form": form_content([("pw", "h/nt er2"), ("b", "1")]),
    "multipart": multipart_content([Part("pw", b"h/nt er2")], "b0"),
}


@check_rows("body", BODIES)
def test_body_with_a_secret_does_not_leave_its_origin(body: str) -> None:
    draft = Draft("POST", "http://a.x/", content=BODIES[body], secrets={"h/nt er2": "pw"})

    with pytest.raises(
        Fault, match=r"^Redirect not followed: the body has a secret, and http://b\.x is another origin$"
    ):
        run(draft, to("http://b.x/", 307))
    assert len(run(draft, to("/b", 308))[0]) == 2
    assert run(draft, to("http://b.x/", 303))[0][1].content is None


def test_body_without_a_secret_leaves_its_origin_with_a_note() -> None:
    draft = Draft("POST", "http://a.x/", content=raw_content("x"), secrets={"h/nt er2": "pw"})

    sent, notes = run(draft, to("http://b.x/", 308))

    assert sent[1].content == draft.content
    assert notes == ["the body is sent on to http://b.x"]


class Nonce(Auth):
    """A scheme that answers each challenge with the nonce it was given."""

    def answer(self, request, response):
        return (("Authorization", Secret(response.headers["WWW-Authenticate"])),)


def test_a_challenge_is_answered_by_the_requests_credential():
    sent, _ = run(Draft("GET", "http://a.x/", auth=Nonce()), (401, {"WWW-Authenticate": "n1"}), (200, {}))

    assert [reveal(f.value) for f in sent[1].headers if f.name == "Authorization"] == ["n1"]


def test_a_server_that_never_accepts_is_not_asked_for_ever():
    assert len(run(Draft("GET", "http://a.x/", auth=Nonce()), *[(401, {"WWW-Authenticate": "n"})] * 20)[0]) == 4
