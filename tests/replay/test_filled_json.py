"""JSON bodies that are none once their variables are filled in: a quote or a null in a value, said beside the result."""

from __future__ import annotations

import pytest

NOTE = "the body is no JSON with its variables filled in"
HEAD = "POST BASE/b\nContent-Type: application/json\n\n"


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        pytest.param('@v = a"b\n' + HEAD + '{"a": "{{v}}"}\n', (NOTE,), id="quote"),
        pytest.param("@v =\n" + HEAD + '{"a": {{v}}}\n', (NOTE,), id="nothing"),
        pytest.param("# @name l\nGET BASE/l\n###\n" + HEAD + '{"a": "{{l.q}}"}\n', (NOTE,), id="quote of an answer"),
        pytest.param("@v = x\n" + HEAD + '{"a": "{{v}}"}\n', (), id="JSON"),
        pytest.param(HEAD + '{"a": \n', (), id="no variable"),
        pytest.param("@v = x\n" + HEAD.replace("json", "x-ndjson") + '{"a": {{v}}}\n', (), id="lines"),
        pytest.param("@v =\n" + HEAD.replace("application/json", "text/plain") + '{"a": {{v}}}\n', (), id="text"),
    ],
)
def test_body_that_is_no_longer_json_is_said(run, server, text, notes) -> None:
    server.json("/l", '{"q": "a\\"b"}')

    assert run(text)[-1].notes == notes
