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
