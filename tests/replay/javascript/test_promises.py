"""Async functions that are made to give watched promises."""

from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.replay.javascript.import_and_promise_rewriter import watch_promises
from callbox.replay.javascript.quickjs_engine import run_javascript

VALUE, END = "__watch((async()=>(", "))())"
BLOCK, CLOSE = "{return __watch((async()=>{", "})())}"


@check_rows(
    ("code", "made"),
    [
        ("async function f(a) { a }", f"      function f(a) {BLOCK} a {CLOSE}"),
        ("async x => x.y, 1", f"      x => {VALUE}x.y{END}, 1"),
        ("a = async () => 1\nb()", f"a =       () => {VALUE}1{END}\nb()"),
        ("a = async b =>\n  b\n  .c\nd()", f"a =       b =>\n  {VALUE}b\n  .c{END}\nd()"),
        ("({async m(a) {}, async: 2})", f"({{      m(a) {BLOCK}{CLOSE}, async: 2}})"),
        ("({async [k]() {}})", f"({{      [k]() {BLOCK}{CLOSE}}})"),
        ("`a${async () => {}}b`", f"`a${{      () => {BLOCK}{CLOSE}}}b`"),
        ("async () => { '}'; /[}]/; `}` } // }", f"      () => {BLOCK} '}}'; /[}}]/; `}}` {CLOSE} // }}"),
    ],
    ids=["function", "value", "line-end", "many-lines", "method", "computed", "template", "literals"],
)
def test_async_functions_give_watched_promises(code: str, made: str) -> None:
    assert watch_promises(code) == made


@check_rows(
    "code",
    [
        "x.async(1)",
        "async(1)",
        "async\nfunction f() {}",
        "async function* g() {}",
        "// async () => {}",
        "async function f( {",
    ],
)
def test_what_is_no_async_function_stays(code: str) -> None:
    assert watch_promises(code) == code


@check_rows(
    ("code", "value"),
    [
        ("const f = async (a, b = 2) => a + b; f(1).then(v => out = v)", "3"),
        ("class A { #x = 4; async m() { return this.#x } } new A().m().then(v => out = v)", "4"),
        ("async function f() { return arguments.length } f(1, 2).then(v => out = v)", "2"),
        ("const f = async () => async () => ({a: 5}); f().then(g => g()).then(v => out = v.a)", "5"),
        ("class A { async m() { return 6 } } class B extends A { async m() { return super.m() } }"
         "new B().m().then(v => out = v)", "6"),
        ("(async () => { for (const a of [1, 2]) out = await Promise.resolve(a) })()", "2"),
    ],
    ids=["defaults", "private", "arguments", "nested", "super", "loop"],
)  # fmt: skip
def test_they_mean_what_they_meant(code: str, value: str) -> None:
    ran = run_javascript("var out", code, "String(out)")

    assert (ran.output, ran.error) == (value, "")


def test_error_is_told_at_the_line_it_had() -> None:
    ran = run_javascript("", "\nasync function f() {\n  await 1;\n  nope();\n}\nconst p = f();", "0")

    assert "ReferenceError: nope is not defined" in ran.error
    assert "<input>:4" in ran.error


@pytest.mark.parametrize(
    "code",
    [
        "await sleep(10); request.variables.set('x', 1)",
        "\nconst x = await new Promise(done => setTimeout(() => done(1), 9));\nrequest.variables.set('x', x)\n",
        "for (const x of [0, 1]) request.variables.set('x', await x)",
        "await null; request.variables.set('x', 1); client.exit(); request.variables.set('x', 2)",
        "request.variables.set('x', 1); if (request.method) { return; } request.variables.set('x', 2)",
        "request.variables.set('x', 1); return request.variables.set('x', 1)",
        "import {one} from './one.js'; request.variables.set('x', await one())",
    ],
)
@pytest.mark.parametrize("is_file", [False, True])
def test_await_and_return_may_stand_outside_of_functions(run, server, tmp_path, code: str, is_file: bool) -> None:
    (tmp_path / "one.js").write_text("export async function one() { return 1; }")
    (tmp_path / "a.js").write_text(code)
    script = "< a.js" if is_file else f"< {{%{code}%}}"
    (result,) = run(f"{script}\nGET BASE/{{{{x}}}}")

    assert server.lines == ["GET /1"], result.error


def test_error_after_an_await_outside_of_a_function_fails_the_script(run, server) -> None:
    (result,) = run("< {%\nawait null;\nnope();\n%}\nGET BASE/")

    assert (result.error.message, result.error.place.line) == ("ReferenceError: nope is not defined", 3)
    assert server.requests == []


def test_syntax_error_of_code_with_await_is_its_own(run) -> None:
    (result,) = run("< {%\nawait null;\nlet a = ;\n%}\nGET BASE/")

    assert "SyntaxError" in result.error.message
