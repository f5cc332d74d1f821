"""The engine itself, with a short limit of time."""

from __future__ import annotations

import pytest

from callbox.surroundings.javascript import run_javascript


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("while (true) {}", id="loop"),
        pytest.param("for (;;) { try { while (true) {} } catch (error) {} }", id="loop that catches"),
        pytest.param("function f() { Promise.resolve().then(f) } f()", id="promises without end"),
        pytest.param("globalThis.__rest = () => true", id="put off without end"),
        pytest.param(
            "globalThis.__rest = () => { Promise.resolve().then(() => 1); return true }", id="jobs without end"
        ),
        pytest.param("/(a+)+$/.test('a'.repeat(40) + 'b')", id="pattern"),
        pytest.param("Array.prototype.indexOf.call({length: 1e8}, 1)", id="native function"),
    ],
)
def test_a_script_without_end_is_given_up(code: str) -> None:
    assert run_javascript("", code, "0", 0.1).error.startswith("it took longer than 0.1 s")


def test_what_is_asked_in_the_end_is_answered_after_an_error_too() -> None:
    ran = run_javascript("var a = 1", "a = 2; nope()", "a")

    assert ran.said == "2"
    assert ran.error.startswith("ReferenceError: nope is not defined")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("Promise.resolve(1)", ""),
        ("Promise.reject(1).catch(() => {})", ""),
        ("({json: 1})", ""),
        ("(async () => { throw new TypeError('no') })()", "TypeError: no"),
        ("Promise.reject(undefined)", "undefined"),
    ],
)
def test_a_promise_that_a_script_ends_with_is_judged(code: str, error: str) -> None:
    assert run_javascript("", code, "0").error.partition("\n")[0] == error
