"""`--charset`: how the text of a body is read for the screen."""

from __future__ import annotations

import pytest

from callbox.shell.outputs import BodyOutput, ExchangeEvent


def charsets(outputs: list[object]) -> set[str]:
    return {one.view.charset for one in outputs if isinstance(one, (BodyOutput, ExchangeEvent))}


@pytest.mark.parametrize(
    "line", ["get /ping --charset latin-1", "get /ping --charset=LATIN-1", "get /ping --response-charset latin-1"]
)
def test_it_is_for_this_request(shell, line: str) -> None:
    assert charsets(shell.run(line)) == {"latin-1"}
    assert charsets(shell.run("get /ping")) == {""}


def test_it_is_for_a_response_of_the_history(shell) -> None:
    shell.run("get /ping")

    assert charsets(shell.run("show last body --charset big5")) == {"big5"}


@pytest.mark.parametrize("name", ["nonsense", "zlib", "a;b", "''"])
def test_one_that_is_none_is_refused_before_anything_is_sent(shell, name: str) -> None:
    assert "No charset" in shell.fail(f"get /ping --charset {name}")
    assert shell.context.last is None
