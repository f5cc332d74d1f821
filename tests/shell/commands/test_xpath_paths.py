"""XPath of a response in HTML or XML at the prompt, quotes and all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.support.server import Recorder

PAGE = b'<form><input name="a" value="1"><input name="csrf_token" value="x y"></form>'


@pytest.fixture
def page(shell) -> Iterator[None]:
    pytest.importorskip("lxml")
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(PAGE)}\r\n\r\n"
    with Recorder(lambda _: head.encode() + PAGE) as server:
        shell.run(f"cd {server.url}", "get /login")
        yield


@pytest.mark.parametrize(
    "path",
    [
        "//input[@name='csrf_token']/@value",
        '//input[@name="csrf_token"]/@value',
        "\"//input[@name='csrf_token']/@value\"",
        "body.//input[@name='csrf_token']/@value",
        "//input[2]/@value",
    ],
)
def test_show_last_takes_one(shell, page, path: str) -> None:
    assert shell.say(f"show last {path}") == "x y\n"
    assert shell.say(f"show last -1 {path}") == "x y\n"


def test_a_line_is_filled_by_one(shell, page) -> None:
    sent = shell.record("post /login csrf={{last.//input[@name='csrf_token']/@value}}")

    assert sent.outgoing.content.data == b'{"csrf": "x y"}'


def test_the_hint_on_a_wrong_path_names_it(shell, page) -> None:
    assert "//XPATH" in shell.fail("show last nonsense")
