"""JavaScript cut into lexemes, and its modules as functions."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.replay.javascript.import_and_promise_rewriter import (
    as_module,
    as_script,
    matching_brackets,
    sources_of,
    tokenize,
    watch_promises,
)

PIECES = st.sampled_from(
    ["async ", "function ", "f", "(", ")", "{", "}", "=>", "`", "${", "'", '"', "/", "*", "//", "/*", "*/", "\n", " ",
     "import ", "export ", "default ", "from ", "'./a'", "const ", "a", ",", ";", "=", "[", "]", "\\", ".", "é", "await "]
)  # fmt: skip
CODE = st.lists(PIECES, max_size=40).map("".join)


@given(CODE)
def test_lexemes_stand_in_order_and_in_the_code(code: str) -> None:
    found = tokenize(code)

    assert all(lexeme.text == code[lexeme.start : lexeme.end] and lexeme.text for lexeme in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(matching_brackets(found)[other] == one for one, other in matching_brackets(found).items())


@given(CODE)
def test_lines_stay_where_they_are(code: str) -> None:
    assert watch_promises(code).count("\n") == code.count("\n")
    try:
        made = as_script(code, dict.fromkeys(sources_of(code), 0))
    except UsageError:
        return
    assert made.count("\n") == code.count("\n")


@check_rows(
    ("code", "made"),
    [
        ("import './a.js'", "__module(0, []);"),
        ("import a from './a.js'", 'const {"default": a} = __module(0, ["default"]);'),
        ("import * as a from './a.js'", "const a = __module(0, []);"),
        ("import {\n  a,\n} from './a.js'", 'const {"a": a} = __module(0, ["a"]);\n\n'),
        ("a.import; x = {import: 1}; 'import b'", "a.import; x = {import: 1}; 'import b'"),
        ("export const a = 1", " const a = 1"),
        ("import('./a.js')", "import('./a.js')"),
    ],
    ids=["bare", "default", "all", "lines", "no-import", "export", "expression"],
)
def test_script(code: str, made: str) -> None:
    assert as_script(code, {"./a.js": 0}) == made


@check_rows(
    ("code", "exports"),
    [
        ("export const a = [1, 2], b = {c: 1, d}\nlet e, f", '"a": () => a, "b": () => b'),
        ("export async function a() {}", '"a": () => a'),
        ("export function* a() {}", '"a": () => a'),
        ("export default class A {}", '"default": () => A'),
        ("export default class {}", '"default": () => __default'),
        ("export default 1", '"default": () => __default'),
        ("const a = 1; export {a as b, a}", '"b": () => a, "a": () => a'),
        ("export {a as b} from './a.js'", '"b": () => __module(0, [])["a"]'),
        ("export * as a from './a.js'", '"a": () => __module(0, [])'),
    ],
    ids=["const", "async", "generator", "class", "no-name", "value", "list", "from", "all-as"],
)
def test_exports(code: str, exports: str) -> None:
    assert f"__out({{{exports}}});" in as_module(code, {"./a.js": 0}, 1, "b.js")


def test_a_comment_that_is_left_open_is_read_once() -> None:
    assert tokenize("async " + "/* " * 200_000) == tokenize("async ")
