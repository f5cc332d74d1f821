from __future__ import annotations

import pytest
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.variables.response_references import StepIndex, read_reference

NAMED = "### login\nGET http://a/\n###\n# @name login\nGET http://b/\n### login\nGET http://c/\n###\n# @name login\nGET http://d/"


@check_rows(
    ("number", "target"),
    [
        pytest.param(1, "http://b/", id="none above: the first below"),
        pytest.param(2, "http://b/", id="the last so far"),
        pytest.param(3, "http://b/", id="a name before a title that is nearer"),
        pytest.param(4, "http://d/", id="the last"),
        pytest.param(None, "http://d/", id="no place"),
    ],
)
def test_of_several_steps_of_one_name_a_place_says_which_is_meant(number, target) -> None:
    found = StepIndex(parse(NAMED).steps).at("login", number)

    assert found is not None
    assert found.target == target


def test_a_step_is_called_by_its_title_where_none_has_the_name() -> None:
    script = parse("### all books\nGET http://a/")

    assert StepIndex(script.steps).at("all books") is script.steps[0]
    assert StepIndex(script.steps).at("books") is None


def test_expression_of_many_parts_is_read_in_linear_time() -> None:
    names = {"login": parse("# @name login\nGET http://a/").steps[0]}

    assert_linear(lambda text: read_reference(names, text), "a." * 20_000 + "b", "a." * 160_000 + "b", most=30)
