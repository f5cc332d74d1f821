"""Looking at a file takes time by its size: eight times the requests must not take much more than eight times as long."""

from __future__ import annotations

from collections import deque

import pytest
from tests.support.linear import assert_linear

from callbox.engine import LiveSession
from callbox.httpfile.model import Script
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.replay.run_options import Plan
from callbox.replay.runner import replay


@pytest.mark.parametrize(
    "block",
    [
        pytest.param("GET http://127.0.0.1:9/{n}", id="bare"),
        pytest.param("@id = {n}\nGET http://127.0.0.1:9/{{{{id}}}}", id="a variable that each defines"),
        pytest.param("# @capture id = body $.id\nGET http://127.0.0.1:9/{{{{id}}}}", id="a name that each captures"),
        pytest.param("GET http://127.0.0.1:9/{{{{nowhere{n}}}}}", id="a mistake in each"),
        pytest.param("import {n}.txt\n\n###\nGET http://127.0.0.1:9/", id="a mistake above each"),
    ],
)
def test_time_grows_with_the_number_of_requests(block: str, ports) -> None:
    def look(script: Script) -> None:
        with LiveSession() as session:
            plan = Plan(is_dry_run=True, ranges=((1, len(script.steps) - 1),))
            deque(replay(script, session, ports, plan), maxlen=0)

    few, many = (parse("\n\n###\n".join(block.format(n=n) for n in range(count)), "a.http") for count in (50, 400))

    assert_linear(look, few, many, most=22)
