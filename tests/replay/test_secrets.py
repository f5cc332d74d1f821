from __future__ import annotations

import pytest

from callbox.exchange.secret import Secret
from callbox.replay.run_options import Plan
from callbox.report.result import Result


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("GET BASE/\n", id="not used"),
        pytest.param("GET http://{{pin}} x/\n", id="in an error"),
    ],
)
def test_what_is_secret_is_known_to_every_result(text: str, run) -> None:
    plan = Plan(variables={"pin": "hunter22"}, secret_names=frozenset({"pin"}))
    results: list[Result] = run(text, plan)

    assert [Secret("hunter22") in result.secrets for result in results] == [True]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('@xs = [{"token": "hunter22"}]\n# @loop for x of xs\nGET BASE/\nX: {{x.token}}', id="member"),
        pytest.param("### l\nGET BASE/l\n###\nGET BASE/\nX: {{l.a.token}}", id="answer"),
    ],
)
def test_last_word_of_a_path_says_what_is_secret(text: str, run, server) -> None:
    server.json("/l", '{"a": {"token": "hunter22"}}')
    results: list[Result] = run(text)

    assert server.headers() == ["X: hunter22"]
    assert Secret("hunter22") in results[-1].secrets
