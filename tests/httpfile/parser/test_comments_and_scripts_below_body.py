from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.source_and_diagnostics import joined

JSON = 'POST http://a/\nContent-Type: application/json\n\n{"a": 1}\n'
TEXT = "POST http://a/\nContent-Type: text/markdown\n\nWords\n"


@check_rows(
    "tail",
    [
        "> {% x %}",
        "> {%\n\n  ### no\n%}".replace("  ###", "  ##"),
        "> ./after.js",
        ">> out.json",
        ">>! out.json",
        "<> old.json",
        "?? status == 200",
        "EXPECTED_RESPONSE_STATUS 200",
        "> EXPECTED_RESPONSE_STATUS 200",
        "> {% x %}\n\n>> out.json\n# c\n?? status == 200",
        "# @expect status 200",
        "# @capture a = body $.b",
    ],
)
@check_rows(("start", "sent"), [(JSON, '{"a": 1}'), (TEXT, "Words")], ids=["JSON", "text"])
def test_what_stands_below_a_body_is_not_sent(start: str, sent: str, tail: str) -> None:
    script = parse(f"{start}\n{tail}\n\n")
    step = script.steps[0]

    assert joined(step.body.texts) == sent
    assert step.handlers or step.outputs or step.expectations or step.captures
    assert script.diagnostics == ()


@check_rows(
    "line", ["> quoted", "> see page.html", ">> quoted\nmore", "> a.js\nmore", "?? really\nyes", "# Heading", ">"]
)
def test_a_text_keeps_what_only_looks_like_a_tail(line: str) -> None:
    script = parse(TEXT + line)

    assert joined(script.steps[0].body.texts) == "Words\n" + line
    assert script.errors == ()


def test_a_script_may_hold_anything() -> None:
    step = parse(JSON + '\n> {%\n  @x = 1\n> quoted\n?? a\n\n  client.log("%}" + 1);\n%}\n>> out').steps[0]

    assert [line.text for line in step.handlers[0].lines][1:-1] == [
        "  @x = 1",
        "> quoted",
        "?? a",
        "",
        '  client.log("%}" + 1);',
    ]
    assert len(step.outputs) == 1


def test_scripts_and_outputs_keep_what_they_say() -> None:
    step = parse("< ./before.js\n< {% a %}\n" + JSON + "\n> ./after.js\n>>! {{dir}}/out.json").steps[0]

    assert [(one.kind, one.path.text if one.path else joined(one.lines)) for one in step.handlers] == [
        ("before", "./before.js"),
        ("before", " a "),
        ("after", "./after.js"),
    ]
    assert [(one.mark, one.path.text) for one in step.outputs] == [(">>!", "{{dir}}/out.json")]


@pytest.mark.parametrize("text", ["{{\n  exports.a = 1\n}}", "{{ exports.a = 1; }}"])
def test_code_blocks_are_kept_as_such(text: str) -> None:
    step = parse(f"{text}\nGET http://a/").steps[0]

    assert [one.kind for one in step.handlers] == ["code"]


@check_rows(
    ("start", "is_variable"),
    [
        pytest.param("GET http://a/\n", True, id="no body"),
        pytest.param(JSON, True, id="JSON"),
        pytest.param("POST http://a/\n\n<a/>\n", True, id="XML"),
        pytest.param(TEXT, False, id="text"),
    ],
)
def test_variables_below_a_body(start: str, is_variable: bool) -> None:
    script = parse(start + "\n@x = 1\n# c\n\n@y = 2\n")

    names = [(one.name, one.step, one.is_after_request) for one in script.variables]
    assert names == ([("x", 1, True), ("y", 1, True)] if is_variable else [])


def test_a_variable_below_a_text_is_one_where_the_file_uses_it() -> None:
    script = parse(TEXT + "\n@x = 1\n###\nGET http://a/{{ x }}")

    assert [one.name for one in script.variables] == ["x"]
    assert joined(script.steps[0].body.texts) == "Words"


def test_a_variable_below_a_text_wants_a_blank_line() -> None:
    script = parse(TEXT + "@x = 1\n###\nGET http://a/{{x}}")

    assert script.variables == ()


def test_a_line_like_a_variable_inside_a_text_is_sent() -> None:
    script = parse(TEXT + "\n@x = 1\nmore {{x}}")

    assert script.variables == ()


@check_rows(("step", "value"), [(1, "a"), (2, "b"), (3, "c"), (4, "c")], ids=["above", "own block", "between", "below"])
def test_a_variable_means_its_last_definition_above_or_in_the_block(step: int, value: str) -> None:
    text = "@x = a\n###\nGET http://a/\n###\n@x = b\nGET http://b/\n###\n@x = c\n###\nGET http://c/\n###\nGET http://d/"

    assert parse(text).definitions(step)["x"].value.text == value


def test_a_variable_that_is_only_defined_below_means_the_first_definition() -> None:
    script = parse("GET http://a/\n###\n@x = a\nGET http://b/\n###\n@x = b\nGET http://c/")

    assert script.definitions(1)["x"].value.text == "a"


@check_rows(
    ("line", "name", "value"),
    [
        ("@a = b", "a", "b"),
        ("@a=b=c", "a", "b=c"),
        ("  @a-b.c := d  ", "a-b.c", "d"),
        ('@a = "b c"', "a", '"b c"'),
        ("@a =", "a", ""),
        ("@a:=b", "a", "b"),
        ("@a: = b", "a:", "b"),
        ("@a:b = c", "a:b", "c"),
        (r"@a = b\nc", "a", r"b\nc"),
    ],
)
def test_variable_lines(line: str, name: str, value: str) -> None:
    variable = parse(f"{line}\nGET http://a/").variables[0]

    assert (variable.name, variable.value.text) == (name, value)


STARTS = {
    "header": "GET http://a/\nX-A: 1\n",
    "url": "GET http://a/\n",
    "blank": "GET http://a/\nX-A: 1\n\n",
    "json": 'POST http://a/\nContent-Type: application/json\n\n{"a": 1}\n\n',
}


@check_rows("start", STARTS.values(), ids=STARTS)
@check_rows("mark", ["?? status == 200", "> {% client.log(1) %}", ">>! out.json", "> after.js"])
def test_an_indented_mark_is_no_header_no_url_and_no_body(start: str, mark: str) -> None:
    step = parse(f"{start}  {mark}\n").steps[0]

    assert step.expectations or step.handlers or step.outputs
    assert "".join(text.text for text in step.url) == "http://a/"
    assert all("?" not in joined(line.value) and ">" not in joined(line.value) for line in step.headers)
    assert joined(step.body.texts) in ("", '{"a": 1}')


def test_two_indented_checks_with_a_comment_between() -> None:
    script = parse("GET http://a/\nX-A: 1\n ?? status == 200\n # c\n ?? body $.id == 8\n")

    assert len(script.steps[0].expectations) == 2
    assert script.errors == ()
