from __future__ import annotations

import pytest


def test_hops_are_counted_down_to_echo(ask):
    paths = ["/redirect/3"]
    while (answer := ask("GET", paths[-1])).status == 302:
        paths.append(answer.headers["Location"])

    assert paths == ["/redirect/3", "/redirect/2", "/redirect/1", "/echo"]


def test_absolute_hops_stay_absolute(api, ask):
    first = ask("GET", "/redirect/2?absolute=1").headers["Location"]

    assert first == f"{api.url}/redirect/1?absolute=1"
    assert ask("GET", first).headers["Location"] == f"{api.url}/echo"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_status_and_target_of_your_choice(ask, method, status):
    anywhere = ask(method, f"/redirect-to?url=http%3A%2F%2Fexample.com%2Fa%3Fb&status={status}")
    echo = ask(method, f"/redirect/status/{status}")

    assert (anywhere.status, anywhere.headers["Location"]) == (status, "http://example.com/a?b")
    assert (echo.status, echo.headers["Location"]) == (status, "/echo")


def test_other_is_the_port_that_was_not_asked(api, ask):
    assert ask("GET", "/redirect/other").headers["Location"] == f"{api.other_url}/echo"
    back = ask("GET", f"{api.other_url}/redirect/other?status=307")
    assert (back.status, back.headers["Location"]) == (307, f"{api.url}/echo")


def test_loop_leads_to_itself(ask):
    assert ask("GET", "/redirect/loop").headers["Location"] == "/redirect/loop"


@pytest.mark.parametrize(
    "path",
    [
        "/redirect-to",
        "/redirect-to?url=",
        "/redirect-to?url=a%0d%0aX:b",
        "/redirect-to?url=/&status=200",
        "/redirect/0",
    ],
)
def test_what_cannot_be_a_redirect_is_refused(ask, path):
    answer = ask("GET", path)

    assert answer.status == 422
    assert "X" not in answer.headers
