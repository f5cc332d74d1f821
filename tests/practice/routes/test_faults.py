from __future__ import annotations

import pytest
import urllib3


@pytest.mark.parametrize("status", [200, 201, 400, 404, 418, 500, 599, 600, 999])
def test_status_of_your_choice(ask, status):
    answer = ask("GET", f"/status/{status}")

    assert (answer.status, answer.json()) == (status, {"status": status})


@pytest.mark.parametrize("status", [204, 205, 304])
def test_status_without_a_body_keeps_the_connection_usable(ask, status):
    answer = ask("GET", f"/status/{status}")

    assert (answer.status, answer.data) == (status, b"")
    assert ask("GET", "/echo").json()["connection"]["requests"] == 2


@pytest.mark.parametrize(
    ("status", "field"),
    [(301, "Location"), (401, "WWW-Authenticate"), (405, "Allow"), (407, "Proxy-Authenticate"), (503, "Retry-After")],
)
def test_status_comes_with_its_field(ask, status, field):
    assert field in ask("POST", f"/status/{status}").headers


@pytest.mark.parametrize("status", [100, 102, 103])
def test_interim_status_is_followed_by_the_answer(talk, status):
    answer = talk(b"GET /status/%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % status)

    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"\r\n\r\nHTTP/1.1 200 OK\r\n" in answer


@pytest.mark.parametrize("status", ["99", "1000", "101", "x"])
def test_status_that_is_none_is_refused(ask, status):
    assert ask("GET", f"/status/{status}").status == 422


def test_flaky_works_after_so_many_failures_of_its_key(ask):
    def statuses(key: str) -> list[int]:
        return [ask("GET", f"/flaky?fail=2&key={key}").status for _ in range(4)]

    assert statuses("a") == [503, 503, 200, 200]
    assert statuses("b") == [503, 503, 200, 200]


def test_close_closes(ask):
    before = ask("GET", "/echo").json()["connection"]["number"]

    assert ask("GET", "/close").headers["Connection"] == "close"

    assert ask("GET", "/echo").json()["connection"]["number"] == before + 1


def test_drop_gives_no_answer(talk):
    assert talk(b"GET /drop HTTP/1.1\r\nHost: localhost\r\n\r\n", is_half_closed=False) == b""


@pytest.mark.parametrize("path", ["/truncated", "/truncated?chunked=1"])
def test_truncated_ends_too_soon(ask, path):
    with pytest.raises(urllib3.exceptions.ProtocolError):
        ask("GET", path)
