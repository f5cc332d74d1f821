"""A variable of the command line whose name no file uses, and which is near to one that they use."""

from __future__ import annotations

from tests.support.rows import check_rows

from callbox.httpfile.parser.file_and_blocks import parse
from callbox.replay.preflight import misspelt_variables
from callbox.replay.run_options import Plan

SCRIPT = "@base = http://h\n### a\n# @if flag\nGET {{base}}/{{user.name}}\n\n> {% client.log(request.variables.get('spare')) %}\n"


def warned(*names: str) -> list[tuple[str, str]]:
    plan = Plan(variables=dict.fromkeys(names, "1"))
    return [(error.message, error.hint) for error in misspelt_variables(plan, (parse(SCRIPT, "a.http"),))]


def test_name_near_to_a_used_one_is_warned_of() -> None:
    assert warned("bse") == [("a.http uses no variable 'bse'", "Did you mean 'base'?")]


@check_rows("name", ["base", "user", "flag", "spare", "other"])
def test_name_that_is_used_or_near_to_nothing_is_not(name: str) -> None:
    assert warned(name) == []


def test_name_near_to_one_that_is_given_too_is_not() -> None:
    assert warned("bse", "base") == []


def test_warnings_stand_in_the_order_of_the_command_line() -> None:
    assert [message for message, _ in warned("usr", "bse", "flga")] == [
        "a.http uses no variable 'usr'",
        "a.http uses no variable 'bse'",
        "a.http uses no variable 'flga'",
    ]
