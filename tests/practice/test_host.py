"""The practice API answers under its own names alone: a page whose name was led to this machine learns nothing."""

from __future__ import annotations

import json

import pytest


def head(host: str) -> bytes:
    return f"GET /ping HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:{port}",
        "localhost:{port}",
        "LocalHost",
        "localhost.:80",
        "api.localhost:{port}",
        "[::1]:{port}",
        "10.0.0.7:80",
    ],
)
def test_its_own_names_are_answered(api, talk, host: str) -> None:
    assert talk(head(host.format(port=api.port))).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "host",
    [
        "evil.test",
        "evil.test:{port}",
        "localhost.evil.test",
        "127.0.0.1.evil.test",
        "127.0.0.1@evil.test",
        "",
        "notlocalhost",
        "[evil]",
        "1.2.3.4.5",
    ],
)
@pytest.mark.parametrize("line", ["GET /ping", "POST /login", "OPTIONS *", "GET /nothing"])
def test_a_name_that_was_led_here_is_misdirected(api, talk, host: str, line: str) -> None:
    said = talk(head(host.format(port=api.port)).replace(b"GET /ping", line.encode()))

    first, _, body = said.partition(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 421 Misdirected Request\r\n")
    assert b"application/problem+json" in first
    assert json.loads(body)["hint"] == "ask for 127.0.0.1 or localhost"


@pytest.mark.parametrize(
    "target", ["/ping", "/cookies/set/session/evil", "/headers/set?Content-Type=text/html", "/none"]
)
def test_a_page_of_another_site_gets_nothing(api, talk, target: str) -> None:
    request = head("localhost").replace(b"/ping", target.encode())
    said = talk(request.replace(b"Connection", b"Sec-Fetch-Site: cross-site\r\nConnection"))

    assert said.startswith(b"HTTP/1.1 403 ")
    assert b"Set-Cookie" not in said


@pytest.mark.parametrize("site", ["none", "same-origin", "same-site"])
def test_a_browser_may_open_it(api, talk, site: str) -> None:
    said = talk(head("localhost").replace(b"Connection", f"Sec-Fetch-Site: {site}\r\nConnection".encode()))

    assert said.startswith(b"HTTP/1.1 200 ")


def test_html_that_was_asked_for_runs_no_script(api, talk) -> None:
    said = talk(head("localhost").replace(b"/ping", b"/headers/set?Content-Type=text/html&X-A=b"))

    assert b"Content-Security-Policy: sandbox\r\n" in said


def test_no_other_origin_may_be_let_in(api, talk) -> None:
    said = talk(head("localhost").replace(b"/ping", b"/headers/set?access-control-allow-origin=*"))

    assert said.startswith(b"HTTP/1.1 422 ")
