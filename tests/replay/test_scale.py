"""Looking at a file takes time by its size: eight times the requests must not take much more than eight times as long."""

from __future__ import annotations

from collections import deque
from time import process_time

import pytest

from callbox.engine import LiveSession
from callbox.httpfile.parser.script import parse
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
    def seconds(count: int) -> float:
        script = parse("\n\n###\n".join(block.format(n=n) for n in range(count)), "a.http")
        begun = process_time()
        with LiveSession() as session:
            deque(replay(script, session, ports, Plan(is_dry_run=True, ranges=((1, count - 1),))), maxlen=0)
        return process_time() - begun

    assert min(seconds(1_600) for _ in range(2)) < 30 * min(seconds(200) for _ in range(3))
