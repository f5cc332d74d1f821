from __future__ import annotations

import pytest

from callbox.replay.run_options import Plan

PICK = "GET BASE/{{$pick color? $value: red, blue}}\n"


def test_answer_among_the_choices(run, server) -> None:
    run(PICK, Plan(answers={"color": "blue"}))

    assert server.lines == ["GET /blue"]


@pytest.mark.parametrize("given", [{"plan": Plan(answers={"color": "green"})}, {"ask": lambda question: "green"}])
def test_answer_that_is_none_of_the_choices_is_an_error(run, server, given) -> None:
    (result,) = run(PICK, given.pop("plan", Plan()), **given)

    assert str(result.error) == "'green' is not one of the choices of 'color'"
    assert server.requests == []


def test_unanswered_prompt_is_one_error_also_if_a_later_request_uses_its_variable(run, server) -> None:
    results = run("### a\n# @prompt who\nGET BASE/{{who}}\n### b\nGET BASE/two/{{who}}\n")

    assert [str(result.error) for result in results if result.error] == [
        "There is no terminal to answer the prompt 'who'"
    ]
    assert server.requests == []


def test_two_unanswered_prompts_with_one_name_are_two_errors(run) -> None:
    block = "### a\n# @prompt who\nGET BASE/{{who}}\n"
    results = run(block * 2)

    assert [bool(result.error) for result in results] == [True, True]


CAPTURE = "### make\n# @capture id = body $.id\nPOST BASE/books\n\n"
SCRIPT = "### make\nPOST BASE/books\n\n> {% client.global.set('id', response.body.id) %}\n\n"
USE = "### use\nGET BASE/{{id}}\n\n"


@pytest.mark.parametrize("make", [CAPTURE, SCRIPT], ids=["capture", "script"])
class TestInitialValueOfTheFile:
    """A file defines `@id = 4`, and a request sets the same name."""

    @pytest.fixture(autouse=True)
    def books(self, server, make) -> None:
        if "{%" in make:
            pytest.importorskip("quickjs")
        server.json("/books", '{"id": 7}')

    def test_it_is_used_before_the_request_and_not_after_it(self, run, server, make) -> None:
        run(f"@id = 4\n{USE}{make}{USE}")

        assert server.lines == ["GET /4", "POST /books", "GET /7"]

    def test_it_is_used_if_the_request_is_not_chosen(self, run, server, make) -> None:
        run(f"@id = 4\n{make}{USE}", Plan(names=("use",)))

        assert server.lines == ["GET /4"]

    def test_it_is_replaced_inside_other_variables(self, run, server, make) -> None:
        run(f"@id = 4\n@path = books/{{{{id}}}}\n{make}### use\nGET BASE/{{{{path}}}}\n")

        assert server.lines[-1] == "GET /books/7"

    def test_a_flag_wins_over_both(self, run, server, make) -> None:
        run(f"@id = 4\n{make}{USE}", Plan(variables={"id": "9"}))

        assert server.lines[-1] == "GET /9"

    def test_a_variable_of_the_request_wins_over_both(self, run, server, make) -> None:
        pytest.importorskip("quickjs")
        run(f"@id = 4\n{make}### use\n< {{% request.variables.set('id', '8') %}}\nGET BASE/{{{{id}}}}\n")

        assert server.lines[-1] == "GET /8"

    def test_it_is_used_by_another_file(self, session, server, run, make) -> None:
        """A capture of an earlier run does not replace the value of a file that sets it only now."""
        run(make)
        run(f"@id = 4\n{USE}")

        assert server.lines[-1] == "GET /4"
