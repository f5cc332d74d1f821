"""The engine itself, with a short limit of time."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from tests.support.rows import check_rows

import callbox
from callbox.replay.javascript.quickjs_engine import find_syntax_error, read_script_library, run_javascript

PACKAGE = Path(callbox.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.js"))
PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"


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
    assert run_javascript("", code, "0", time_s=0.1).error.startswith("it took longer than 0.1 s")


def test_what_is_asked_in_the_end_is_answered_after_an_error_too() -> None:
    ran = run_javascript("var a = 1", "a = 2; nope()", "a")

    assert ran.output == "2"
    assert ran.error.startswith("ReferenceError: nope is not defined")


@check_rows(
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


@check_rows(
    "code",
    [
        "while (true) {}",
        "label: while (true) {}",
        "`${(() => { while (true) {} })()}`",
        "({get a() { while (true) {} }}).a",
        "class A { static { while (true) {} } static a = (() => { while (true) {} })() }",
        "import('./a.js')",
        "(function () { while (true) {} })()",
        "function f() { while (true) {} }; f()",
        "var a = [...(function* () { while (true) {} })()]",
        "<!-- a\nwhile (true) {}",
        "'use strict'; while (true) {}",
        "async function f() { while (true) {} } f()",
        "",
    ],
)
def test_reading_code_runs_nothing_of_it(code: str) -> None:
    assert find_syntax_error(code, 0.1) == ""


@check_rows(
    "code",
    [
        "} while (true) {} if (0) {",
        "}) ( function () { while (true) {} } ) (",
        "}), (function () { while (true) {} })(), (function () {",
        "*/ while (true) {}",
        "` while (true) {} `; `",
        "\u2028} while (true) {}",
        "\n} while (true) {} {",
        "); while (true) {} (",
        "while (true) {} }",
        '"; while (true) {}',
    ],
)
def test_code_that_closes_what_it_did_not_open_is_not_run_when_it_is_read(code: str) -> None:
    fault = find_syntax_error(code, 0.1)

    assert fault
    assert not fault.startswith("it took longer")


def test_reading_code_ends_whatever_is_nested_in_it() -> None:
    assert "stack" in find_syntax_error("(" * 1_000_000)


def test_what_cannot_be_read_is_told_with_its_line() -> None:
    assert "<input>:3" in find_syntax_error("let a\n\nlet b = ;")


@check_rows("path", SOURCES, ids=[path.stem for path in SOURCES])
def test_each_source_can_be_read_by_itself(path: Path) -> None:
    assert find_syntax_error(path.read_text("utf-8")) == ""


def test_library_is_what_is_in_the_files_of_the_package() -> None:
    texts = {path.stem: path.read_text("utf-8") for path in SOURCES if path.stem != "promises"}

    assert read_script_library()._asdict() == texts


def test_wheel_takes_the_package_with_all_that_is_in_it() -> None:
    """So the `.js` files are in it: hatchling leaves nothing out but what is told to be left out or ignored by git."""
    build = tomllib.loads(PYPROJECT.read_text("utf-8"))["tool"]["hatch"]["build"]
    ignored = (PYPROJECT.parent / ".gitignore").read_text("utf-8")

    assert build["targets"]["wheel"] == {"packages": ["src/callbox"]}
    assert build.keys() == {"targets"}
    assert ".js" not in ignored


def test_a_script_ends_soon_after_it_should_stop() -> None:
    with pytest.raises(KeyboardInterrupt):
        run_javascript("", "while (true) {}", "1", lambda: True, time_s=1)
