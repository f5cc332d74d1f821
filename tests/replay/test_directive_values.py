"""Directives whose value says nothing: passed over, they would change what is sent in silence."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("# @timeout", "'@timeout' has no time", id="timeout"),
        pytest.param("# @connection-timeout", "'@connection-timeout' has no time", id="connection-timeout"),
        pytest.param("# @sleep", "'@sleep' has no time", id="sleep"),
        pytest.param("# @total-timeout", "'@total-timeout' has no time", id="total-timeout"),
        pytest.param("# @timeout {{nothing}}", "'@timeout' has no time", id="empty variable"),
        pytest.param("# @timeout 0", "'@timeout 0' allows no time", id="timeout of nothing"),
        pytest.param(
            "# @connection-timeout 0 ms", "'@connection-timeout 0 ms' allows no time", id="no time to connect"
        ),
        pytest.param("# @ref", "'@ref' needs the name of a request", id="ref"),
        pytest.param("# @forceRef", "'@forceRef' needs the name of a request", id="forceRef"),
        pytest.param("# @dependsOn", "'@ref' needs the name of a request", id="dependsOn"),
    ],
)
def test_directive_without_a_value_is_an_error(run, server, line, message) -> None:
    results = run(f"@nothing =\n{line}\nGET BASE/\n")

    assert [str(result.error) for result in results] == [message]
    assert server.requests == []


def test_no_pause_is_a_pause(run, server) -> None:
    assert [result.outcome for result in run("# @sleep 0\nGET BASE/\n")] == ["ok"]
