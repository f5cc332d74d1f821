"""Pickles that an earlier version wrote, when its modules had other names, still load."""

from __future__ import annotations

import pickle
from importlib import import_module
from pathlib import Path

from tests.support.rows import check_rows

import callbox
from callbox._library.former_pickles import _FORMER

PICKLES = sorted((Path(__file__).parent / "pickles").glob("*.pickle"))


def load(name: str):
    return pickle.loads((Path(__file__).parent / "pickles" / f"{name}.pickle").read_bytes())


@check_rows("path", PICKLES, ids=lambda path: path.stem)
def test_a_pickle_of_an_earlier_version_loads(path: Path) -> None:
    assert pickle.loads(path.read_bytes()) is not None


def test_a_session_comes_back_with_what_it_held() -> None:
    session = load("session")

    assert type(session) is callbox.Session
    assert (session.headers["X-Test"], session.auth, session.params) == ("true", ("ann", "secret"), {"a": "1"})
    assert session.cookies["c"] == "1"


def test_a_response_comes_back_with_its_content() -> None:
    response = load("response")

    assert type(response) is callbox.Response
    assert (response.status_code, response.request.method, "token" in response.json()) == (200, "POST", True)


def test_an_error_comes_back_as_what_is_caught_today() -> None:
    assert isinstance(load("http_error"), callbox.HTTPError)
    assert isinstance(load("timeout"), callbox.exceptions.ReadTimeout)


def test_the_function_session_is_still_there_behind_a_module_of_that_name() -> None:
    load("mapping")

    assert isinstance(callbox.session(), callbox.Session)


@check_rows("name", sorted(_FORMER))
def test_a_former_module_has_the_names_of_today(name: str) -> None:
    today = vars(import_module(_FORMER[name]))

    assert {each for each in today if not each.startswith("__")} <= vars(import_module(name)).keys()
