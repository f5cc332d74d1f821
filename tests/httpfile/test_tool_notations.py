from __future__ import annotations

import random
from collections import Counter

import pytest

from callbox.errors import UsageError
from callbox.httpfile.parser.comments import known_directive
from callbox.httpfile.parser.likely_line_mistakes import WARNING_CODES
from callbox.httpfile.parser.script import parse
from callbox.httpfile.tool_notations import CONSUMED, NOTATIONS, Notation
from callbox.httpfile.variables.dynamic_variables import _MAKERS, _REFUSED, DynamicSources, expand_dynamic

DIRECTIVES = [row for row in NOTATIONS if row.kind == "directive"]


def test_no_row_stands_twice() -> None:
    assert [one for one, count in Counter((row.kind, row.name) for row in NOTATIONS).items() if count > 1] == []


def test_every_dynamic_variable_has_a_row() -> None:
    rows = {row.name.removeprefix("$"): row.outcome for row in NOTATIONS if row.kind == "variable"}

    assert {name for name, outcome in rows.items() if outcome == "done"} == set(_MAKERS)
    assert set(_REFUSED) <= {name for name, outcome in rows.items() if outcome == "refused"}


@pytest.mark.parametrize(
    "row", [one for one in NOTATIONS if one.kind == "variable" and one.outcome == "refused"], ids=lambda one: one.name
)
def test_a_variable_that_is_refused_is_an_error(row: Notation) -> None:
    with pytest.raises(UsageError):
        expand_dynamic(row.name, DynamicSources(lambda: 0.0, random.Random(1)))


def test_every_header_that_is_not_sent_has_a_row() -> None:
    assert {row.name.lower() for row in NOTATIONS if row.kind == "header"} >= CONSUMED


@pytest.mark.parametrize("row", [one for one in DIRECTIVES if one.outcome == "done"], ids=lambda one: one.name)
def test_a_directive_that_is_done_is_known(row: Notation) -> None:
    assert known_directive(f"# @{row.name} x")


@pytest.mark.parametrize("row", [one for one in DIRECTIVES if one.outcome == "said"], ids=lambda one: one.name)
def test_a_directive_without_its_effect_is_told_at_each_run(row: Notation) -> None:
    found = parse(f"# @{row.name.replace('..', 'x')} x\nGET http://a/").diagnostics

    assert [one.code for one in found] == ["without-effect"]
    assert found[0].code in WARNING_CODES


@pytest.mark.parametrize("row", [one for one in DIRECTIVES if one.outcome == "shown"], ids=lambda one: one.name)
def test_a_directive_of_an_editor_is_a_comment(row: Notation) -> None:
    assert parse(f"# @{row.name}\nGET http://a/").diagnostics == ()


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        pytest.param("POST http://a/\n{{x}}\n", ["body-without-blank"], id="a body below the request line"),
        pytest.param("POST http://a/\nX: y\nwords\n", ["body-without-blank"], id="a body below headers"),
        pytest.param("POST http://a/\nwords\nX: y\n", ["not-a-header"], id="a header below it"),
        pytest.param("POST http://a/\nAuthorization Bearer x\n", ["not-a-header"], id="a header without its colon"),
        pytest.param("POST http://a/\nwords\n\nmore\n", ["not-a-header"], id="a body below it"),
        pytest.param("GET http://a/\nwords\n", ["not-a-header"], id="a GET"),
        pytest.param("POST http://a/\n\nwords\n# not this\n\n###\n", ["comment-in-body"], id="a comment at the end"),
    ],
)
def test_a_body_that_was_perhaps_meant_otherwise(text: str, codes: list[str]) -> None:
    assert [one.code for one in parse(text).diagnostics] == codes


PART = (
    'POST http://a/\nContent-Type: multipart/form-data; boundary=b\n\n--b\nContent-Disposition: form-data; name="a"\n'
)


def test_a_file_right_below_the_headers_of_a_part_gets_its_blank_line() -> None:
    script = parse(PART + "< ./s.txt\n--b--\n")

    assert [one.code for one in script.diagnostics] == ["part-without-blank"]
    assert "".join(text.text for text in script.steps[0].body.texts).startswith(
        '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
    )


def test_a_text_right_below_the_headers_of_a_part_is_an_error() -> None:
    assert [one.message for one in parse(PART + "words\n--b--\n").errors] == ["This is not a header of a part"]


def test_files_are_filled_where_that_is_said() -> None:
    step = parse("# @injectVariables\nPOST http://a/\n\n< a.txt\n").steps[0]

    assert [file.is_substituted for file in step.body.files] == [True]
