from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.httpfile.parser.comments_and_scripts import StepBuilder
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.parser.header_block import read_any_headers, read_plain_headers
from callbox.httpfile.parser.request_line import read_request
from callbox.httpfile.script_lints import lint
from callbox.httpfile.source_and_diagnostics import joined, read_lines


def headers(text: str) -> list[tuple[str, str]]:
    return [(line.name.text, line.text) for line in parse("GET http://a/\n" + text).steps[0].headers]


@check_rows(
    ("text", "expected"),
    [
        pytest.param("a: b\nA: c\na: b", [("a", "b"), ("A", "c"), ("a", "b")], id="repeats keep order and case"),
        pytest.param("A:b", [("A", "b")], id="no blank"),
        pytest.param("A:", [("A", "")], id="empty"),
        pytest.param("A : b:c ", [("A", "b:c")], id="blanks and colons"),
        pytest.param("A: b\n  c\n\td", [("A", "b c d")], id="folded"),
        pytest.param("A:\n  b", [("A", "b")], id="folded below nothing"),
        pytest.param("A: b\n  C: d", [("A", "b"), ("C", "d")], id="header's shape is not a fold"),
        pytest.param("A: b\n# no\n// no\nC: d", [("A", "b"), ("C", "d")], id="comments"),
        pytest.param("{{name}}: {{value}}", [("{{name}}", "{{value}}")], id="variables"),
        pytest.param("A: b\n   \nC: d", [("A", "b")], id="a line of blanks ends them"),
    ],
)
def test_header_lines(text: str, expected: list[tuple[str, str]]) -> None:
    assert headers(text) == expected


def test_a_folded_value_keeps_the_place_of_each_line() -> None:
    line = parse("GET http://a/\nA: b\n   {{c}}").steps[0].headers[0]

    assert line.value[1].text == " {{c}}"
    assert line.value[1].position_at(1) == (3, 4, 22)


@check_rows("body", ['{"a": 1}', "[1]", "<a/>", "< ./file.json"], ids=["object", "array", "element", "file"])
def test_a_body_may_begin_without_a_blank_line(body: str) -> None:
    script = parse(f"POST http://a/\nA: b\n{body}")

    assert script.steps[0].body.kind != "none"
    assert "no-blank-line" in [found.code for found in script.diagnostics]


@check_rows("line", ["> {% x %}", ">> out.json", ">>! out.json", "<> old.json", "?? status == 200"])
def test_what_goes_below_a_body_may_follow_headers_at_once(line: str) -> None:
    script = parse(f"GET http://a/\nA: b\n{line}")
    step = script.steps[0]

    assert step.body.kind == "none"
    assert len(step.handlers) + len(step.outputs) + len(step.expectations) == 1
    assert script.errors == ()


def test_a_fixed_variable_of_several_lines_gives_several_headers() -> None:
    script = parse("@shared = A: b\\nC: d\n\n###\nGET http://a/\n{{shared}}\nE: f")

    assert [line.name.text for line in script.steps[0].headers] == ["A", "C", "E"]


@pytest.mark.parametrize("value", ["A: {{other}}", "A:b"])
def test_a_variable_of_one_header_line_gives_that_header(value: str) -> None:
    script = parse(f"@me = {value}\nGET http://a/?\n  # &x=1\n{{{{me}}}}\nC: d")

    assert [line.name.text for line in script.steps[0].headers] == ["A", "C"]
    assert script.expanded == {"me"}
    assert lint(script) == ()


@pytest.mark.parametrize("value", ["b c", "http://b/"], ids=["words", "URL"])
def test_no_other_variable_gives_headers(value: str) -> None:
    script = parse(f"@shared = {value}\n\n###\nGET http://a/\n{{{{shared}}}}")

    assert script.steps[0].headers == ()
    assert [error.code for error in script.errors] == ["not-a-header"]
    assert script.errors[0].hint.startswith("To use a variable as a header, define it in this file")


def test_a_variable_may_hold_a_header_and_the_blank_line_below_it() -> None:
    step = parse("@body: = A: b\\n\\n\nPUT http://a/\n{{body:}} [1]").steps[0]

    assert [line.text for line in step.headers] == ["b"]
    assert joined(step.body.texts) == " [1]"


def test_variables_cannot_unfold_a_short_file_to_any_length() -> None:
    value = "A: b\\n" * 1000
    script = parse(f"@x = {value}\nGET http://a/\nB: c\n" + "{{x}}\n" * 5000)

    assert len(script.steps[0].headers) < 15_000


def test_a_directive_may_stand_among_the_headers() -> None:
    step = parse("GET http://a/\nA: b\n# @no-redirect\nC: d").steps[0]

    assert step.directive("no-redirect") is not None
    assert len(step.headers) == 2


def test_a_variable_may_stand_among_the_headers() -> None:
    script = parse("GET http://a/\n@x = 1\nA: b\n\n")

    assert script.variables[0].name == "x"
    assert joined(script.steps[0].headers[0].value) == "b"


@pytest.mark.parametrize("text", ["GET\u00a0http://a/\n", "GET http://a/\nX\u00a0A: 1\n"])
def test_an_unseen_blank_is_named(text: str) -> None:
    (found,) = parse(text).errors

    assert "U+00A0, no-break space" in found.hint


@check_rows("body", ['  {\n   "a": 1\n  }', "\t[\n\t1\n\t]", '  {"a": 1}'])
def test_an_indented_brace_begins_the_body(body: str) -> None:
    script = parse(f"POST http://a/\n  Content-Type: application/json\n{body}\n")
    step = script.steps[0]

    assert joined(step.headers[0].value).strip() == "application/json"
    assert joined(step.body.texts).split() == body.split()
    assert [found.code for found in script.diagnostics] == ["no-blank-line"]


def test_an_indented_request_line_below_a_header_begins_a_request() -> None:
    script = parse("  GET http://a/\n  X-A: 1\n  GET http://b/\n  X-B: 2\n")

    assert [step.target for step in script.steps] == ["http://a/", "http://b/"]
    assert [joined(line.value).strip() for step in script.steps for line in step.headers] == ["1", "2"]


_NAMES = st.sampled_from(
    ["Accept", "a", "X-A-1", "https", "GET", "HTTP", "Content-Type", "curl", "Set-Cookie", "x_y", ""]
)
_VALUES = st.sampled_from(
    [
        "b",
        " b ",
        "\tb",
        "",
        "//a/b",
        " {{c}} d",
        " {",
        " é",
        "b: c",
        " GET http://a/",
        " @x = 1",
        " #",
        " HTTP/1.1",
        "?a=1",
    ]
)


@given(st.lists(st.tuples(_NAMES, _VALUES).map(":".join), max_size=4), st.sampled_from(["", "\n\n{}", "\n \nx: y"]))
def test_first_look_at_headers_gives_what_the_careful_one_gives(headers: list[str], below: str) -> None:
    lines, builder = read_lines("\n".join(["POST http://a/ HTTP/1.1", *headers]) + below), StepBuilder()
    request = read_request(lines[0])
    assert request is not None
    plain = read_plain_headers(lines, 1, request)

    assert plain is None or plain == read_any_headers(lines, 1, request, builder, lambda lines, start: [])
    assert plain is None or not builder.diagnostics
