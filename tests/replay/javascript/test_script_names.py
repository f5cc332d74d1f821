"""The names that a script finds, compared with the table of notations: the engine itself lists them."""

from __future__ import annotations

import re

import pytest

from callbox.httpfile.tool_notations import NOTATIONS
from callbox.replay.run_options import Plan

OUTCOMES = {name: row.outcome for row in NOTATIONS if row.kind == "script" for name in row.name.split(", ")}
LANGUAGE = frozenset(
    """Object Function Error EvalError RangeError ReferenceError SyntaxError TypeError URIError InternalError
    AggregateError SuppressedError Iterator Array parseInt parseFloat isNaN isFinite decodeURI decodeURIComponent
    encodeURI encodeURIComponent escape unescape Infinity NaN undefined eval Number Boolean String Math Reflect Symbol
    DisposableStack AsyncDisposableStack globalThis BigInt Date RegExp JSON Proxy Map Set WeakMap WeakSet ArrayBuffer
    SharedArrayBuffer Uint8ClampedArray Int8Array Uint8Array Int16Array Uint16Array Int32Array Uint32Array
    BigInt64Array BigUint64Array Float16Array Float32Array Float64Array DataView Atomics Promise WeakRef
    FinalizationRegistry""".split()
)
"""The globals of ECMAScript itself, which no tool needs to document."""
LIST_NAMES = """
const ROOTS = {
  client, request, response, console, crypto, $random, header: request.headers.all()[0],
  digest: Object.assign({}, crypto.hmac.sha256(), crypto.sha256(), crypto.sha256().digest())
};
const INHERITED = [Object.prototype, Function.prototype, Array.prototype, String.prototype];
const OF_FUNCTIONS = ["length", "name", "prototype", "arguments", "caller", "toString", "toJSON"];
const found = Object.getOwnPropertyNames(globalThis).filter(function (name) { return !/^__/.test(name); });
function list(path, value) {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return;
  for (const name of Object.getOwnPropertyNames(value)) {
    if (typeof value === "function" && OF_FUNCTIONS.includes(name) || ["toString", "toJSON"].includes(name)) continue;
    found.push(path + "." + name);
    list(path + "." + name, value[name]);
  }
}
for (const root of Object.keys(ROOTS)) list(root, ROOTS[root]);
client.log(found.join(" "));
"""


@pytest.fixture
def script_names(run, server) -> set[str]:
    """Every name that the engine gives to a script after a response."""
    server.json("/a", '"text"')
    (result,) = run(f"GET BASE/a\nX-A: 1\n\n> {{%{LIST_NAMES}%}}")
    assert result.outcome == "ok", result.error
    (log,) = (note for note in result.notes if note.startswith("log: "))
    return set(log.removeprefix("log: ").split())


def _is_listed(name: str) -> bool:
    """Whether a row has the name itself, an object that contains it, or a member of it."""
    heads = {name.rsplit(".", number)[0] for number in range(name.count(".") + 1)}
    return any(head in OUTCOMES or f"{head}()" in OUTCOMES for head in heads) or any(
        row.startswith(f"{name}.") for row in OUTCOMES
    )


def test_every_name_that_the_engine_gives_has_a_row(script_names: set[str]) -> None:
    own = {"LIST_NAMES", "ROOTS", "INHERITED", "OF_FUNCTIONS", "found", "list"}

    assert sorted(name for name in script_names - LANGUAGE - own if not _is_listed(name)) == []


def test_every_name_that_works_is_given_by_the_engine(script_names: set[str]) -> None:
    of_text = {"response.body.onEachLine", "response.body.onEachMessage"}
    works = {name for name, outcome in OUTCOMES.items() if outcome == "works"}

    assert sorted(works - script_names - of_text) == []


@pytest.mark.parametrize(("name", "outcome"), OUTCOMES.items())
def test_a_name_that_manuals_document_is_there_or_an_error(run, server, name: str, outcome: str) -> None:
    server.json("/json", '{"a": 1}')
    path = "text" if name.startswith("response.body.") else "json"
    own = "const header = request.headers.all()[0]; const digest = Object.assign({}, crypto.hmac.md5(), "
    own += "crypto.md5(), crypto.md5().digest());"
    code = f"{own} client.test('x', () => {{ const it = {name}; client.assert(it !== undefined); }})"
    (result,) = run(f"GET BASE/{path}\nX-A: 1\n\n> {{%{code}%}}")
    (check,) = result.checks

    assert check.is_ok is (outcome == "works")
    assert outcome == "works" or re.search("not there|not defined", check.actual)


def test_variables_of_the_request_have_a_second_name(run, server) -> None:
    run("< {% client.variables.request.set('x', 7) %}\nGET BASE/{{x}}", Plan())

    assert server.lines == ["GET /7"]
