from __future__ import annotations

import pytest

from callbox.script.parse import parse

TEXT = "Content-Type: text/plain"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        pytest.param("GET http://a/\n\nsome words", "body-of-get", 3, id="words below a GET"),
        pytest.param("GET http://a/\n\n??status == 200", "body-of-get", 3, id="check without a blank"),
        pytest.param("GET http://a/\n\n> out.html", "body-of-get", 3, id="file that is no script"),
        pytest.param("POST http://a/\n\nContent-Type: a/b\n\n{}", "header-in-body", 3, id="header below a blank line"),
        pytest.param("GET http://a/\n\nX-Key: b", "header-in-body", 3, id="header of a GET"),
        pytest.param("GET http://a/\n\ncurl http://b/", "request-in-body", 3, id="curl"),
        pytest.param(f"POST http://a/\n{TEXT}\n\na\n# @expect status 201", "check-in-body", 5, id="check"),
        pytest.param(f"POST http://a/\n{TEXT}\n\na\n// @capture a = body\nb", "check-in-body", 5, id="capture"),
    ],
)
def test_what_was_hardly_meant_is_a_lint(text: str, code: str, line: int) -> None:
    assert [(found.severity, found.code, found.at.line) for found in parse(text).diagnostics] == [("lint", code, line)]


@pytest.mark.parametrize(
    "text",
    [
        f"GET http://a/\n{TEXT}\n\nsome words",
        'GET http://a/\n\n{"query": {}}',
        "GET http://a/\n\n< body.txt",
        "POST http://a/\n\nsome words: many",
        f"POST http://a/\n{TEXT}\n\nContent-Type: a/b",
        f"POST http://a/\n{TEXT}\n\nwords\n# A title\n# @example x\n",
        "# @raw-body\nGET http://a/\n\nsome words\n# @expect status 201",
    ],
)
def test_what_may_well_be_meant_is_none(text: str) -> None:
    assert [found.code for found in parse(text).diagnostics if found.code != "unknown-directive"] == []
