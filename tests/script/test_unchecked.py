from __future__ import annotations

import pytest

from callbox.script.parse import parse
from callbox.script.unchecked import unchecked

TEXT = "POST http://a/\nContent-Type: text/plain\n\n"
JSON = "POST http://a/\nContent-Type: application/json\n\n{}\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("# @expect: status 201\nGET http://a/\n", id="colon"),
        pytest.param("// @Expect(status 201)\nGET http://a/\n", id="brackets"),
        pytest.param("GET http://a/\n# @capture: t = body $.id\n", id="capture"),
        pytest.param("# @assert.status 200\nGET http://a/\n", id="assert"),
        pytest.param(TEXT + "?? status == 201\n\nbody\n", id="above a text"),
        pytest.param("POST http://a/\n\n?? status == 201\n\nbody\n", id="above a body without a type"),
        pytest.param(TEXT + "body\n\n??status == 201\n", id="no blank, below a text"),
        pytest.param(JSON + "??status == 201\n", id="no blank, below JSON"),
        pytest.param(TEXT + "body\n\n  ?? status == 201\n", id="indented, below a text"),
    ],
)
def test_check_that_checks_nothing_is_told(text: str) -> None:
    script = parse(text)

    assert len(list(unchecked(script))) + len(script.steps[0].expectations) + len(script.steps[0].captures) == 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("# @expect status 201\nGET http://a/\n\n?? status == 200\n", id="checks"),
        pytest.param("# @expected soon\nGET http://a/\n", id="another word"),
        pytest.param(TEXT + "?? what is this\n", id="a question"),
        pytest.param("# @raw-body\n" + TEXT + "?? status == 201\n\nbody", id="said to be a body"),
        pytest.param("GET http://a/\n  ?a=1\n  &b=2\n", id="a query"),
    ],
)
def test_what_is_no_check_is_not_told(text: str) -> None:
    assert list(unchecked(parse(text))) == []
