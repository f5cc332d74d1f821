"""Names of headers have no case: of two spellings of one name in a mapping the last one counts."""

from __future__ import annotations

import pytest

import callbox
from callbox import Request
from callbox.structures import CaseInsensitiveDict

SPELLINGS = [("content-type", "Content-Type"), ("host", "Host"), ("Authorization", "authorization"), ("x-a", "X-A")]


def sent(server, name: str) -> list[tuple[str, str]]:
    return [(n, v) for n, v in server.seen[-1].fields if n.lower() == name.lower()]


@pytest.mark.parametrize(("first", "last"), SPELLINGS)
@pytest.mark.parametrize("said", [{}, {"stream": True}, {"hooks": {"response": lambda r, **_: None}}])
def test_the_last_spelling_is_sent_alone(s, recorder, first, last, said):
    server = recorder()

    s.post(server.url, data="x", headers={first: "1", last: "2"}, **said)

    assert sent(server, first) == [(last, "2")]


@pytest.mark.parametrize(("first", "last"), SPELLINGS)
def test_the_short_form_sends_the_last_alone(recorder, first, last):
    server = recorder()

    callbox.post(server.url, data="x", headers={first: "1", last: "2"})

    assert sent(server, first) == [(last, "2")]


def test_bytes_spell_names_too(s, recorder):
    server = recorder()

    s.get(server.url, headers={b"X-A": "1", "x-a": b"2"})

    assert sent(server, "X-A") == [("x-a", "2")]


@pytest.mark.parametrize("last", [None, "2"])
def test_none_counts_where_it_is_last(s, recorder, last):
    server = recorder()

    s.get(server.url, headers={"X-A": "1" if last is None else None, "x-a": last})

    assert sent(server, "X-A") == ([] if last is None else [("x-a", "2")])


def test_the_session_s_headers_may_be_a_plain_mapping(s, recorder):
    server = recorder()
    s.headers = {"x-a": "1", "X-A": "2"}

    s.get(server.url)

    assert sent(server, "X-A") == [("X-A", "2")]


@pytest.mark.parametrize("by_session", [True, False], ids=["of a session", "by itself"])
def test_a_prepared_request_has_one_field(s, by_session):
    request = Request("GET", "http://a.x/", headers={"x-a": "1", "X-A": "2"})

    prepared = s.prepare_request(request) if by_session else request.prepare()

    assert [item for item in prepared.headers.items() if item[0].lower() == "x-a"] == [("X-A", "2")]


def test_headers_put_on_a_prepared_request_are_one_field(s, recorder):
    server = recorder()
    prepared = s.prepare_request(Request("GET", server.url))
    prepared.headers = {"x-a": "1", "X-A": "2"}

    s.send(prepared)

    assert sent(server, "X-A") == [("X-A", "2")]


def test_a_list_of_values_is_still_one_line_each(s, recorder):
    server = recorder()

    s.get(server.url, headers=CaseInsensitiveDict({"X-A": ["1", "2"]}))

    assert sent(server, "X-A") == [("X-A", "1"), ("X-A", "2")]


@pytest.mark.parametrize("own", [{}, {"x-a": "2"}], ids=["session", "request"])
def test_bytes_spell_names_of_a_session_too(s, recorder, own):
    server = recorder()
    s.headers.update({b"X-A": b"1"})

    s.get(server.url, headers=own)

    assert [value for _, value in sent(server, "x-a")] == (["2"] if own else ["1"])
