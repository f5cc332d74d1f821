"""Reading takes time by the size of the text: eight times the text must not take much more than eight times as long."""

from __future__ import annotations

import pytest
from tests.support.linear import assert_linear

from callbox.httpfile.parser.file_and_blocks import parse

SHORT = 2_000
STEP = '### A\n# @name a\nPOST {{host}}/a\nContent-Type: application/json\n\n{\n  "a": 1\n}\n\n'


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        pytest.param("", STEP, id="requests"),
        pytest.param("", "GET http://a/\n\n", id="requests without separators"),
        pytest.param("POST http://a/\n\n", "@a = 1\n\n# c\n", id="variables in a text"),
        pytest.param("POST http://a/\n\n{\n", '  "a": "{{b}}",\n', id="JSON"),
        pytest.param("POST http://a/\n\n", "> {%\n", id="open scripts"),
        pytest.param("", "{{\n", id="open code"),
        pytest.param("POST http://a/\n\n", "{{x}} {{y\n", id="open braces in a body"),
        pytest.param("GET http://a/\nA: b\n", "  c\n", id="a folded header"),
        pytest.param("POST http://a/\n\na\n", "\n", id="blank lines in a body"),
        pytest.param("POST http://a/\n\n}}\n", "{{\n", id="open code in a text"),
        pytest.param("POST http://a/\n\n*/\n", "/*\n", id="open comments in a text"),
        pytest.param("POST http://a/\n\n{\n", "/*\n", id="open comments in JSON"),
        pytest.param("GET http://a/\nA: ", "b ", id="a long header"),
        pytest.param("GET http://a/", "{{", id="open braces in a URL"),
        pytest.param("GET http://a/", " " * 20, id="blanks in a URL"),
        pytest.param(
            "POST http://a/\nContent-Type: application/x-www-form-urlencoded\n\n", "{{ & = ", id="a long form"
        ),
        pytest.param("# @expect body ", "[ ", id="a long path"),
        pytest.param("run #a (", "@a=1, ", id="many overrides"),
        pytest.param("@x = A: b\\nC: d\nGET http://a/\n", "{{x}}\n", id="variables of several lines"),
    ],
)
def test_time_grows_with_the_size(head: str, unit: str) -> None:
    once = head + unit * (SHORT // len(unit))
    eight_times = head + unit * (8 * SHORT // len(unit))

    assert_linear(parse, once, eight_times, most=22)


@pytest.mark.parametrize("unit", ["\n", " \n"], ids=["empty", "of blanks"])
def test_lines_of_blanks_within_a_body_are_looked_at_once(unit: str) -> None:
    head = "POST http://a/\nContent-Type: text/plain\n\na\n"

    assert_linear(parse, f"{head}{unit * 4_000}b", f"{head}{unit * 32_000}b", most=30)


@pytest.mark.parametrize("separator", ["", "\n"], ids=["one line", "many lines"])
def test_a_large_body_is_one_piece(separator: str) -> None:
    unit = '{"name": "a value of some length, as JSON has them", "more": [1, 2, 3]},' + separator
    text = "POST http://a/\nContent-Type: application/json\n\n[" + unit * (3_000_000 // len(unit)) + "]"

    script = parse(text)

    assert len(script.steps[0].body.pieces) == 1
    assert_linear(parse, text[:100_000], text, most=100)
