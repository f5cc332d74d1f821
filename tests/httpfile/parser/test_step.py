from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.httpfile.model import Script
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.source_and_diagnostics import Position, Text, joined


def targets(text: str) -> list[str]:
    return [f"{step.method} {step.target}" for step in parse(text).steps]


def codes(script: Script) -> list[str]:
    return [found.code for found in script.diagnostics]


@check_rows(
    ("text", "expected"),
    [
        pytest.param("GET http://a/\n###\nGET http://b/", ["GET http://a/", "GET http://b/"], id="hashes"),
        pytest.param("GET http://a/\n##########\nGET http://b/", ["GET http://a/", "GET http://b/"], id="many hashes"),
        pytest.param("###\n###\n\n### x\nGET http://a/", ["GET http://a/"], id="several in a row"),
        pytest.param("\ufeff### x\nGET http://a/", ["GET http://a/"], id="byte order mark"),
        pytest.param(
            "GET http://a/\r\n###\r\nGET http://b/", ["GET http://a/", "GET http://b/"], id="carriage returns"
        ),
        pytest.param("", [], id="nothing"),
        pytest.param("# only a comment\n@a = 1", [], id="no request"),
    ],
)
def test_separators_part_the_requests(text: str, expected: list[str]) -> None:
    assert targets(text) == expected


def test_an_indented_separator_is_text_of_the_body() -> None:
    script = parse("POST http://a/\nContent-Type: text/markdown\n\n# One\n  ### Two\nGET http://b/")

    assert len(script.steps) == 1
    assert joined(script.steps[0].body.texts) == "# One\n  ### Two\nGET http://b/"


@check_rows(
    ("head", "name", "title"),
    [
        pytest.param("### Log in", "", "Log in", id="title"),
        pytest.param("### Log in\n# @name login", "login", "Log in", id="both"),
        pytest.param("###\n// @name login", "login", "", id="slashes"),
        pytest.param("###\n#@name=login", "login", "", id="equals and no blank"),
        pytest.param("### Log in ###", "", "Log in", id="closed title"),
        pytest.param("###\n# @title Log in", "", "Log in", id="title directive"),
        pytest.param("############", "", "", id="a rule"),
    ],
)
def test_a_step_is_named_by_its_title_and_by_its_name(head: str, name: str, title: str) -> None:
    step = parse(f"{head}\nGET http://a/").steps[0]

    assert (step.name, step.title) == (name, title)


@check_rows(
    ("text", "expected"),
    [
        pytest.param("GET http://a/\nPOST http://b/", ["GET http://a/", "POST http://b/"], id="in header position"),
        pytest.param("GET http://a/\n\nPOST /b\nHost: b", ["GET http://a/", "POST /b"], id="below a blank line"),
        pytest.param("GET http://a/\nA: b\n\n\nhttp://b/", ["GET http://a/"], id="a bare URL may be a body"),
        pytest.param("GET http://a/\nhttps://b/", ["GET http://a/", "GET https://b/"], id="a bare URL is not a header"),
        pytest.param("POST http://a/\n\nhello\n\nGET http://b/", ["POST http://a/"], id="not in a text body"),
        pytest.param(
            "GET http://a/\n\n> {% x %}\n\nGET http://b/", ["GET http://a/", "GET http://b/"], id="after a script"
        ),
        pytest.param(
            "POST http://a/\nContent-Type: text/plain\n\nGET http://b/", ["POST http://a/"], id="said to be text"
        ),
    ],
)
def test_a_request_begins_without_a_separator_where_there_is_no_body(text: str, expected: list[str]) -> None:
    assert targets(text) == expected


def test_what_stands_above_a_request_without_separator_belongs_to_it() -> None:
    script = parse("GET http://a/\n\n# @name b\n@x = 1\nGET http://b/")

    assert [step.name for step in script.steps] == ["", "b"]
    assert script.variables[0].step == 2


def test_a_response_inside_a_text_is_an_error() -> None:
    script = parse("POST http://a/\nContent-Type: text/plain\n\nHTTP/1.1 200 - OK")

    assert [(found.severity, found.code) for found in script.diagnostics] == [("error", "response-in-body")]


@pytest.mark.parametrize(
    "text",
    [
        "POST http://a/\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nGET /b HTTP/1.1\n\nHTTP/1.1 200 OK\n--x--",
        "# @raw-body\nPOST http://a/\nContent-Type: text/plain\n\na\n\nGET http://b/\n\nHTTP/1.1 200 OK\n\n# c",
    ],
    ids=["parts", "said to be meant"],
)
def test_messages_that_are_meant_to_be_sent_are_no_lint(text: str) -> None:
    assert codes(parse(text)) == []


def test_a_response_in_its_own_block_is_kept_and_not_sent() -> None:
    script = parse("GET http://a/\n\n###\n\nHTTP/1.1 200 OK\nA: b\n\nbody\n###\nGET http://b/")

    assert targets(script.text) == ["GET http://a/", "GET http://b/"]
    assert [line.text for line in script.recorded[0].lines] == ["HTTP/1.1 200 OK", "A: b", "", "body"]
    assert script.recorded[0].step == 1


@pytest.mark.parametrize("body", ["", '{"a": 1}\n\n'], ids=["no body", "JSON"])
def test_a_response_below_a_request_is_a_saved_response(body: str) -> None:
    script = parse(f"POST http://a/\n\n{body}HTTP/1.1 200 OK")

    assert joined(script.steps[0].body.texts) == body.strip()
    assert [line.text for line in script.recorded[0].lines] == ["HTTP/1.1 200 OK"]


def test_imports_stand_above_a_request_line() -> None:
    assert [found.path.text for found in parse("import one.http\n### \nGET http://a/").imports] == ["one.http"]


def test_a_run_names_a_request_and_its_variables() -> None:
    run = parse("run #Log in (@user=ann, @what=a,b)\n### \nGET http://a/").steps[0].runs[0]

    assert (run.target.text, run.is_file) == ("Log in", False)
    assert [(name, value.text) for name, value in run.overrides] == [("user", "ann"), ("what", "a,b")]


def test_a_run_names_a_file() -> None:
    run = parse("run two.rest\n### \nGET http://a/").steps[0].runs[0]

    assert (run.target.text, run.is_file) == ("two.rest", True)


def test_blanks_in_a_run_do_not_matter() -> None:
    run = parse("run #a   ( @b  =c,   @d= e)").steps[0].runs[0]

    assert run.target.text == "a"
    assert [(name, value.text) for name, value in run.overrides] == [("b", "c"), ("d", "e")]


def test_runs_alone_are_no_request() -> None:
    assert not parse("run #Log in\nrun two.rest\n### \nGET http://a/").steps[0].has_request


@check_rows(
    ("text", "code"),
    [
        pytest.param("import folder", "bad-import", id="import of a folder"),
        pytest.param("import data.json", "bad-import", id="import of something else"),
        pytest.param("run something", "bad-run", id="run of nothing"),
        pytest.param("# @import data.json", "bad-import", id="import of something else in a comment"),
        pytest.param("this is not a request", "not-a-request", id="prose"),
        pytest.param("get started with it", "not-a-request", id="prose that begins with a method"),
        pytest.param("/users", "not-a-request", id="a path without a host"),
        pytest.param("< body.json", "not-a-request", id="a body without a request"),
        pytest.param("@ = 1\nGET http://a/", "bad-variable", id="variable without a name"),
        pytest.param("@name value\nGET http://a/", "bad-variable", id="variable without an equals sign"),
        pytest.param("< {%\n x\nGET http://a/", "unclosed-script", id="script above"),
        pytest.param("GET http://a/\n\n> {%\n x", "unclosed-script", id="script below"),
        pytest.param("GET http://a/{{b", "unclosed-braces", id="braces in a URL"),
        pytest.param("GET http://a/\nA: {{b", "unclosed-braces", id="braces in a header"),
        pytest.param('POST http://a/\n\n{"a": "{{b"}', "unclosed-braces", id="braces in JSON"),
        pytest.param("@a = {{b\nGET http://a/", "unclosed-braces", id="braces in a variable"),
        pytest.param("GET", "no-url", id="no URL"),
        pytest.param("GET http://a/\nnot a header", "not-a-header", id="no header"),
        pytest.param("GET http://a/\n...shared", "spread", id="header spread"),
        pytest.param("curl 'http://a/", "unclosed-quote", id="quote in a curl command"),
        pytest.param("curl http://a/\nA: b", "after-curl", id="header below a curl command"),
        pytest.param("# @expect status 200", "no-request", id="check without a request"),
        pytest.param("POST http://a/\n\na\n> {% x %}\nb", "script-in-body", id="script inside a body"),
        pytest.param("POST http://a/\n\n< {% x %}\nb", "script-in-body", id="script of before in a body"),
        pytest.param("POST http://a/\n\n{}\n> ./a.js\n\n[]", "script-in-body", id="script's file inside JSON"),
        pytest.param("POST http://a/\n\na\n\n{{\n x\n}}\nb", "script-in-body", id="code inside a body"),
        pytest.param("POST http://a/\n\n{}\n?? status == 200\n[]", "script-in-body", id="check inside JSON"),
        pytest.param("POST http://a/\n\n{}\n>> out\n[]", "script-in-body", id="output inside JSON"),
        pytest.param("/*\n open\n\nGET http://a/", "unclosed-comment", id="comment above"),
        pytest.param("GET http://a/\n/* open", "unclosed-comment", id="comment among headers"),
    ],
)
def test_what_is_wrong_is_an_error_with_a_hint(text: str, code: str) -> None:
    errors = parse(text).errors

    assert [error.code for error in errors] == [code]
    assert errors[0].message
    assert errors[0].hint
    assert "\n" not in errors[0].message + errors[0].hint


def test_a_block_that_cannot_be_read_keeps_its_place_among_the_steps() -> None:
    script = parse("GET http://a/\n###\nnonsense\n###\nGET http://b/")

    assert [step.is_broken for step in script.steps] == [False, True, False]
    assert [script.step_at(error.at.line) for error in script.errors] == [script.steps[1]]


def test_an_error_may_stand_outside_of_any_step() -> None:
    script = parse("import folder\n###\nGET http://a/")

    assert [(error.code, script.step_at(error.at.line)) for error in script.errors] == [("bad-import", None)]


def test_bytes_that_are_not_text_are_an_error_with_their_place() -> None:
    script = parse(b"GET http://a/\nA: \xff")

    assert [(error.code, error.at.line, error.at.column) for error in script.errors] == [("not-utf-8", 2, 4)]


def test_utf_16_is_read_where_a_mark_says_so() -> None:
    script = parse("GET http://a/é".encode("utf-16"))

    assert script.steps[0].target == "http://a/é"


def test_a_curl_command_is_kept_line_by_line() -> None:
    script = parse("# @name c\ncurl -X POST http://a/ \\\n  -d '{\n  \"a\": 1\n}'\n\n> ./after.js")
    step = script.steps[0]

    assert [line.text for line in step.command] == ["curl -X POST http://a/ \\", "  -d '{", '  "a": 1', "}'"]
    assert step.handlers[0].path is not None
    assert step.has_request
    assert script.errors == ()


@check_rows(
    ("line", "hint"),
    [
        ("?? status == 200", "A line with ?? goes below the request line; above it, write # @expect"),
        ("< body.json", "A body goes below the request line, after a blank line"),
        ("> {% x %}", "A script above a request begins with <, one below its body with >"),
    ],
)
def test_line_above_its_place_gets_a_hint(line, hint) -> None:
    assert [found.hint for found in parse(f"{line}\nGET http://h/", "a.http").errors] == [hint]


def test_variables_below_a_bad_line_are_read() -> None:
    script = parse("some words here\n\n@base = http://a\n\n### one\nGET {{base}}/\n")

    assert [found.code for found in script.errors] == ["not-a-request"]
    assert [variable.name for variable in script.variables] == ["base"]


@check_rows(
    ("line", "name"),
    [
        ("### @name login", "login"),
        ("###@name login", "login"),
        ("### @name me  (needs a token)", "me"),
        ("### @name=a-b", "a-b"),
    ],
)
def test_a_separator_may_hold_the_directive(line: str, name: str) -> None:
    script = parse(f"{line}\nGET http://a/\n")

    assert script.steps[0].name == name


@check_rows("line", ["baseUrl = http://a:80", "base=http://a", "token = abc def"])
def test_a_variable_without_its_mark_is_told_how(line: str) -> None:
    (found,) = parse(f"{line}\n\n### one\nGET http://a/\n").errors

    assert "@name = value" in found.hint


def test_place_is_the_same_whatever_was_asked_for_before():
    text = Text("é{{a}}\n" * 60 + "x", Position(3, 5, 40))
    again = Text(text.text, Position(9, 1, 0))
    places = [text.position_at(index) for index in range(len(text.text), -1, -1)]

    assert [text.position_at(index) for index in range(len(text.text) + 1)] == places[::-1]
    assert again.position_at(300).line == text.position_at(300).line + 6
    assert places[0] == (63, 2, 40 + 60 * 8 + 1)
