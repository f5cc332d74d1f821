from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.httpfile.parser.file_and_blocks import parse

TEXT = "Content-Type: text/plain"


@check_rows(
    ("text", "code", "line"),
    [
        pytest.param("GET http://a/\n\nsome words", "body-of-get", 3, id="words below a GET"),
        pytest.param("GET http://a/\n\n> out.html", "script-in-body", 3, id="file that is not a script"),
        pytest.param("POST http://a/\n\nContent-Type: a/b\n\n{}", "header-in-body", 3, id="header below a blank line"),
        pytest.param("GET http://a/\n\nX-Key: b", "header-in-body", 3, id="header of a GET"),
        pytest.param(f"POST http://a/\n{TEXT}\n\na\n# @timeout 5", "directive-in-body", 5, id="directive"),
        pytest.param(f"POST http://a/\n{TEXT}\n\na\n@x = 1\nb", "directive-in-body", 5, id="variable"),
        pytest.param(f"POST http://a/\n{TEXT}\n\na\n> a.js\nb", "script-in-body", 5, id="script"),
    ],
)
def test_what_was_hardly_meant_is_a_lint(text: str, code: str, line: int) -> None:
    assert [(found.severity, found.code, found.at.line) for found in parse(text).diagnostics] == [("lint", code, line)]


@check_rows("line", ["run #login", "run a.http", "import a.http", "import a.http ", "expect status 403"])
@check_rows("below", ["", "\nmore", "\n\n// a line that is looked at closely"])
@check_rows("headers", [TEXT, "X-A: b", "Content-Type: application/json"], ids=["text", "none", "json"])
def test_a_command_within_a_body_is_a_lint(line: str, below: str, headers: str) -> None:
    first = '{"a": 1}' if "json" in headers else "words"
    found = parse(f"POST http://a/\n{headers}\n\n{first}\n{line}{below}").diagnostics

    assert [one.at.line for one in found if one.code == "directive-in-body"] == [5]


@check_rows(
    "text",
    [
        f"POST http://a/\n{TEXT}\n\nrun faster\nimport os\nexpect nothing\nrunning #a",
        f"# @raw-body\nPOST http://a/\n{TEXT}\n\nrun #login\nimport a.http",
        f"GET http://a/\n{TEXT}\n\nsome words",
        'GET http://a/\n\n{"query": {}}',
        "GET http://a/\n\n< body.txt",
        "POST http://a/\n\nsome words: many",
        f"POST http://a/\n{TEXT}\n\nContent-Type: a/b",
        "POST http://a/\nContent-Type: text/markdown\n\nwords\n# A title\n# @example x\n",
        "POST http://a/\nContent-Type: text/markdown\n\n# A title\n",
        "POST http://a/\nContent-Type: application/yaml\n\na: 1\n# b\n",
        "# @raw-body\nGET http://a/\n\nsome words\n# @expect status 201",
    ],
)
def test_what_may_well_be_meant_is_none(text: str) -> None:
    assert [found.code for found in parse(text).diagnostics if found.code != "unknown-directive"] == []


@check_rows("between", ["", "# Returns DELETE data\n", "// one\n// two\n", "# one\n\n# two\n"])
def test_a_request_below_a_text_is_an_error(between: str) -> None:
    text = f"PATCH http://a/\n{TEXT}\n\nwords\n\n{between}DELETE http://a/x\nIf-Match: *\n"
    found = parse(text).diagnostics

    assert ("error", "request-in-body") in [(one.severity, one.code) for one in found]


IN_TEXT = "POST http://a/\nContent-Type: text/plain\n\n"
IN_JSON = "POST http://a/\nContent-Type: application/json\n\n{}\n"


@check_rows(
    "text",
    [
        pytest.param(IN_TEXT + "body\n\n??status == 201\n", id="no blank, below text"),
        pytest.param(IN_JSON + "??status == 201\n", id="no blank, below JSON"),
        pytest.param(IN_JSON + "  ?? status == 201\n", id="indented, below JSON"),
        pytest.param("GET http://a/\n  ?? status == 201\n", id="indented, below the URL"),
    ],
)
def test_a_check_is_judged_wherever_it_stands_apart(text: str) -> None:
    script = parse(text)

    assert [found.text for found in script.steps[0].expectations] == ["status == 201"]
    assert script.diagnostics == ()


@check_rows(
    "text",
    [
        pytest.param(IN_TEXT + "?? status == 201\n\nbody\n", id="above a text body"),
        pytest.param("POST http://a/\n\n?? status == 201\n\nbody\n", id="above a body without a type"),
        pytest.param(IN_TEXT + "body\n\n  ?? status == 201\n", id="indented, below text"),
        pytest.param(IN_TEXT + "body\n?? status == 201\nmore\n", id="within text"),
        pytest.param(IN_TEXT + "body\n# @expect status 201", id="comment, below text"),
        pytest.param(IN_TEXT + "body\n// @capture a = body\nmore", id="capture, within text"),
        pytest.param(IN_TEXT + "# @expect status 201\n\nbody", id="comment, above text"),
        pytest.param(IN_TEXT + "body\nEXPECTED_RESPONSE_STATUS 201\nmore", id="restbook's, within text"),
        pytest.param(IN_TEXT + "body\n?? js response.a\nmore", id="JavaScript, within text"),
        pytest.param("GET http://a/\n?? status == 403\n\n---\n", id="below the URL"),
        pytest.param("GET http://a/\n  ?? status == 403\n\n---\n", id="indented, below the URL"),
        pytest.param("GET http://a/\n?? status == 403\nX-A: 1\n", id="above a header"),
        pytest.param("GET http://a/\nX-A: 1\n?? status == 403\nX-B: 1\n", id="between headers"),
        pytest.param("GET http://a/\nX-A: 1\n?? odd words\n\nbody\n", id="no expectation, below headers"),
        pytest.param("GET http://a/\n? status == 403\n", id="with one mark, below the URL"),
        pytest.param("GET http://a/?a=1\n  & status == 403\n", id="with another mark, below the URL"),
    ],
)
def test_a_check_that_would_be_sent_is_an_error(text: str) -> None:
    script = parse(text)

    assert script.steps[0].expectations == ()
    assert [found.code for found in script.errors] in (["check-in-body"], ["script-in-body"], ["check-in-url"])


@check_rows(
    "text",
    [
        pytest.param("GET http://a/\n> {% client.test('x', () => {}) %}\n\n---\n", id="script, below the URL"),
        pytest.param("GET http://a/\n> a.js\n\n---\n", id="file, below the URL"),
        pytest.param(IN_TEXT + "> a.js\n\nbody\n", id="file, above text"),
        pytest.param("GET http://a/\n>> out.json\nX-A: 1\n", id="output, above a header"),
        pytest.param("GET http://a/\n>>! my out.json\n\nbody\n", id="output, below the URL"),
        pytest.param(IN_TEXT + "<> old.json\n\nbody\n", id="kept response, above text"),
        pytest.param("GET http://a/\n< {% x() %}\n\nbody\n", id="script of before, below the URL"),
    ],
)
def test_a_script_or_an_output_that_would_be_sent_is_an_error(text: str) -> None:
    assert [found.code for found in parse(text).errors] == ["script-in-body"]


@check_rows(
    "text",
    [
        pytest.param("# @expect status 201\nGET http://a/\n\n?? status == 200\n", id="checks"),
        pytest.param(IN_TEXT + "?? what is this\n\nwords", id="a question"),
        pytest.param("# @raw-body\n" + IN_TEXT + "?? status == 201\n\nbody", id="said to be a body"),
        pytest.param("GET http://a/\n  ?a=1\n  &b=2\n", id="a query"),
        pytest.param("GET http://a/\n  ? a=1\n  & status=2\n", id="a query with blanks"),
        pytest.param(IN_TEXT + ">> what he said\n\nwords", id="a quotation"),
    ],
)
def test_what_is_no_check_is_not_told(text: str) -> None:
    assert parse(text).diagnostics == ()
