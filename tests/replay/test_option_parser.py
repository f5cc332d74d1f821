from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.engine.options import OPTIONS
from callbox.errors import UsageError
from callbox.replay.run_option_table import REPORTS, RUN_OPTIONS
from callbox.replay.run_options import _READERS, Plan, pick, read_plan, read_ranges


@check_rows(
    ("given", "plan"),
    [
        ({"name": ["a", "b*"]}, Plan(names=("a", "b*"))),
        ({"index": ["3,5..7", "9.."]}, Plan(ranges=((3, 3), (5, 7), (9, 1_000_000_000)))),
        ({"var": ["a=1", "b=x=y"]}, Plan(variables={"a": "1", "b": "x=y"})),
        ({"prompt": ["pin="]}, Plan(answers={"pin": ""})),
        ({"dry-run": [""]}, Plan(is_dry_run=True)),
        ({"bail": [""]}, Plan(bail=1)),
        ({"bail": ["3"]}, Plan(bail=3)),
        ({"fail-on": ["none"]}, Plan(fail_on="")),
        ({"fail-on": ["5xx,404"]}, Plan(fail_on="5xx,404")),
        ({"undefined": ["keep"]}, Plan(undefined="keep")),
        ({"no-auto-deps": [""]}, Plan(has_auto_deps=False)),
        ({"allow-empty": [""]}, Plan(allows_empty=True)),
        ({"resolve": ["a:1:127.0.0.1", "::b:2"]}, Plan(options={"resolve": "a:1:127.0.0.1,::b:2"})),
        ({"timeout": ["500ms"], "verify": ["no"]}, Plan(options={"timeout": 0.5, "verify": False})),
    ],
    ids=str,
)
def test_options_make_a_plan(given, plan) -> None:
    assert read_plan(given) == plan


@check_rows(
    ("given", "message"),
    [
        ({"index": ["0"]}, "'0' is not a position"),
        ({"index": ["a"]}, "'a' is not a position"),
        ({"var": ["a"]}, "--var takes NAME=VALUE"),
        ({"var": ["password:S3CRET"]}, "--var takes NAME=VALUE$"),
        ({"prompt": ["=a"]}, "--prompt takes NAME=VALUE"),
        ({"retry-on": ["timeout"]}, "'timeout' is not a status"),
        ({"bail": ["0"]}, "--bail takes a number"),
        ({"bail": ["x"]}, "--bail takes a number"),
        ({"fail-on": ["bad"]}, "'bad' is not a status"),
        ({"undefined": ["maybe"]}, "--undefined must be error, keep, empty"),
        ({"resolve": ["a:1"]}, "resolve must be HOST:PORT:ADDRESS"),
        ({"resolve": ["a:1:b:99999"]}, "resolve must be HOST:PORT:ADDRESS"),
        ({"resolve": ["a::"]}, "resolve must be HOST:PORT:ADDRESS"),
        ({"timeout": ["soon"]}, "timeout must be a time"),
        ({"nonsense": [""]}, "no option 'nonsense'"),
    ],
    ids=str,
)
def test_wrong_option_says_so(given, message) -> None:
    with pytest.raises(UsageError, match=message):
        read_plan(given)


@check_rows("given", [{"var": ["=hunter2"]}, {"secret": ["hunter2"]}, {"prompt": ["hunter2"]}], ids=str)
def test_secret_of_a_wrong_pair_is_not_told(given) -> None:
    with pytest.raises(UsageError) as raised:
        read_plan(given)

    assert "hunter2" not in str(raised.value)


def test_every_option_of_the_table_is_read_or_is_the_faces_own() -> None:
    own = {"list", "format", "only-failed", "output", "as-curl", "as-http", "reveal", *REPORTS}

    assert set(RUN_OPTIONS) - set(_READERS) == own


def test_only_the_environment_has_the_name_of_an_option_of_the_session() -> None:
    assert set(RUN_OPTIONS) & set(OPTIONS) == {"env"}


@check_rows(
    ("word", "plan"),
    [
        (":42", Plan(line=42)),
        ("3", Plan(ranges=((3, 3),))),
        ("2..5,7", Plan(ranges=((2, 5), (7, 7)))),
        ("login", Plan(names=("login",))),
        ("#login", Plan(names=("login",))),
        ("3d view", Plan(names=("3d view",))),
    ],
)
def test_one_word_picks(word: str, plan: Plan) -> None:
    assert pick(Plan(), word) == plan


def test_open_range_has_no_end() -> None:
    assert read_ranges("2..")[0][1] > 1_000_000
