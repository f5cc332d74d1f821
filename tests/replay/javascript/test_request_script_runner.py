"""Scripts of JetBrains around requests, in the real engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from callbox.httpfile.parser.file_and_blocks import parse
from callbox.replay.run_options import Plan
from callbox.replay.run_state import RunState
from callbox.replay.runner import replay
from callbox.report.result import Result, tally_of

BOOK = '{"id": 7, "title": "Dune", "items": [{"k": "a", "n": 1}, {"k": "b", "n": 2}]}'

SHA256_FF = "qBAK5qoZQNC2Y7sxzUZhQuu9vVGHExuS2TgYmHgy64k="
HMAC_E = "e5eb9b0a697f5df0e9c03ffdd759f4b6edb39204332904d5eb74735b54259255"


@pytest.fixture
def check_response(run, server):
    """Runs a script below one request; the result."""

    def after(code: str, text: str = "", **changes: object) -> Result:
        server.json("/book", BOOK, "X-Twice: 1", "X-Twice: 2")
        request = text or "@who = ann\n### book\nPOST BASE/book?x={{who}}\nX-Me: {{who}}\n\nhello {{who}}"
        return run(f"{request}\n\n> {{%\n{code}\n%}}\n", **changes)[-1]

    return after


def told(result: Result) -> list[str]:
    return [f"{'ok' if check.is_ok else 'no'} {check.text}" for check in result.checks]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("response.status = 200", "'response.status' cannot be changed"),
        ("delete response.body", "'response.body' cannot be changed"),
        ("request.url = 'http://h/'", "'request.url' cannot be changed"),
        ("request.body = 'x'", "'request.body' cannot be changed"),
        ("request.method = 'PUT'", "'request.method' cannot be changed"),
        ("request.headers['X-A'] = '1'", "'request.headers.X-A' cannot be changed"),
        ("request.variables.x = 1", "'request.variables.x' cannot be changed"),
        ("client.global.token = 1", "'client.global.token' cannot be changed: call client.global.set('token', ..)"),
        ("client.assert = () => 1", "'client.assert' cannot be changed"),
        ("Object.defineProperty(response, 'status', {value: 200})", "'response.status' cannot be changed"),
    ],
)
def test_what_a_script_cannot_change_is_an_error(check_response, code, message) -> None:
    (check,) = check_response(code).failures

    assert message in check.actual


def test_a_parsed_body_can_be_changed(check_response) -> None:
    code = "response.body.id = 8; client.test('id', () => client.assert(response.body.id === 8))"

    assert told(check_response(code)) == ["ok test id"]


def test_tests_become_checks(check_response) -> None:
    result = check_response("""
    client.test("status", () => { client.assert(response.status === 200, "is 200"); });
    client.test("title", function() { client.assert(response.body.title === "Emma", "wrong title"); });
    """)

    assert told(result) == ["ok test status", "no test title"]
    assert result.failures[0].actual == "wrong title"
    assert result.outcome == "failed"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("response.status", "200"),
        ("response.body.id", "7"),
        ("typeof response.body", "object"),
        ("response.headers.valueOf('x-twice')", "1"),
        ("response.headers.valuesOf('X-Twice')", '["1","2"]'),
        ("response.headers.valueOf('nope')", "null"),
        ("response.contentType.mimeType", "application/json"),
        ("request.method", "POST"),
        ("request.url.getRaw().slice(-9)", "x={{who}}"),
        ("request.url.tryGetSubstituted().slice(-5)", "x=ann"),
        ("request.body.tryGetSubstituted()", "hello ann"),
        ("request.headers.findByName('x-me').value()", "ann"),
        ("request.headers.findByName('nope')", "null"),
        ("request.variables.get('who')", "ann"),
        ("request.environment.get('nope')", "null"),
        ("client.global.get('nope')", "null"),
        ("client.global.isEmpty()", "true"),
        ("btoa('hi') + atob('aGk=')", "aGk=hi"),
        ("jsonPath(response.body, '$.items[1].k')", "b"),
        ("jsonPath(response.body, '$..k')", '["a","b"]'),
        ("jsonPath(response.body, \"$.items[?(@.n > 1)].k\")", '["b"]'),
        ("jsonPath(response.body, '$.items[*].n')", "[1,2]"),
        ("jsonPath(response.body, \"$['title']\")", "Dune"),
        ("jsonPath(response.body, '$.nope')", "null"),
        ("jsonPath([1, 2, 3, 4, 5], '$[1:3]')", "[2,3]"),
        ("jsonPath([1, 2, 3, 4, 5], '$[-1:]')", "[5]"),
        ("jsonPath([1, 2, 3, 4, 5], '$[::2]')", "[1,3,5]"),
        ("jsonPath([1, 2, 3, 4, 5], '$[:-3]')", "[1,2]"),
        ("jsonPath([1, 2, 3, 4, 5], '$[::-2]')", "[5,3,1]"),
        ("jsonPath([1, 2, 3, 4, 5], '$[3:0:-1]')", "[4,3,2]"),
        ("jsonPath([1, 2, 3], '$[7:9]')", "[]"),
        ("jsonPath(response.body, '$.items[0:1].k')", '["a"]'),
        ("jsonPath([1, 2, 3], '$[0,2]')", "[1,3]"),
        ("jsonPath({a: 1, b: 2, c: 3}, \"$['a', 'c']\")", "[1,3]"),
        ("jsonPath({a: [[1], [2]]}, '$..[0]')", "[[1],1,2]"),
        ("jsonPath({\"it's\": 1}, \"$['it\\\\'s']\")", "1"),
        ("$env.SOME_NAME", "some value"),
        ("$random.alphanumeric(12).length", "12"),
        ("$random.integer(5, 6)", "5"),
        ("/^[0-9a-f-]{36}$/.test($random.uuid)", "true"),
        ("typeof require + typeof process + typeof fetch + typeof std", "undefinedundefinedundefinedundefined"),
        ("request.headers.findByName('x-me')", "ann"),
        ("request.iteration()", "0"),
        ("request.url().slice(-5) + request.body()", "x=annhello ann"),
        ("JSON.stringify(request.body)", '"hello ann"'),
        ("crypto.md5().updateWithText('abc').digest().toHex()", "900150983cd24fb0d6963f7d28e17f72"),
        ("crypto.sha1().updateWithText('ab').updateWithHex('63').digest().toBase64()", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="),
        ("crypto.sha256().updateWithBase64('_w', true).digest().toBase64(true)", SHA256_FF),
        ("crypto.hmac.sha256().withTextSecret('key').updateWithText('\u00e9').digest().toHex()", HMAC_E),
    ],
)  # fmt: skip
def test_what_a_script_finds(check_response, expression, value) -> None:
    result = check_response(f"client.log({expression})", env={"SOME_NAME": "some value"}.get)

    assert result.notes == (f"log: {value}",)


def test_text_body_stays_text(run, server) -> None:
    result = run("GET BASE/\n\n> {% client.log(typeof response.body, response.body) %}")[0]

    assert result.notes == ("log: string ok",)


def test_global_feeds_later_requests_and_is_run_first(run, server) -> None:
    server.json("/login", '{"token": "abc"}')
    text = """### login
POST BASE/login

> {% client.global.set("token", response.body.token); %}

### use
GET BASE/use
Authorization: Bearer {{token}}
"""
    run(text, Plan(names=("use",)))

    assert server.lines == ["POST /login", "GET /use"]
    assert server.headers(1) == ["Authorization: Bearer abc"]


def test_globals_keep_their_types_and_can_be_taken_away(run) -> None:
    text = """### a
GET BASE/a

> {% client.global.set("x", {n: 1}); client.global.set("y", 1) %}

### b
GET BASE/{{y}}

> {% client.log(client.global.get("x").n + 1, client.global.isEmpty()); client.global.clearAll(); %}

### c
GET BASE/c

> {% client.log(client.global.get("x"), client.global.isEmpty()) %}
"""
    assert [result.notes for result in run(text)] == [(), ("log: 2 false",), ("log: null true",)]


COMPUTED = """### a
GET BASE/a

> {% for (const n of [1, 2]) client.global.set(`x${n}`, n); %}
### b
GET BASE/b

> {% const name = "y"; client.global.set(name, "Y"); %}
### c
GET BASE/{{x2}}/{{y}}
"""


def test_names_that_a_script_computes_are_known_when_it_has_run(run, server) -> None:
    run(COMPUTED, Plan(names=("c",)))

    assert server.lines == ["GET /a", "GET /b", "GET /2/Y"]


def test_name_that_no_script_has_computed_is_an_error_then(run, server) -> None:
    results = run(COMPUTED.replace("{{y}}", "{{z}}"))

    assert [result.outcome for result in results] == ["ok", "ok", "error"]
    assert str(results[2].error) == "No variable 'z'"
    assert server.lines == ["GET /a", "GET /b"]


@pytest.mark.parametrize("code", ["const n = 'x'; request.variables.set(n, 1)", "client.global.set('x' + '', 1)"])
def test_names_that_the_script_above_computes(run, server, code) -> None:
    run(f"### a\n< {{% {code} %}}\nGET BASE/{{{{x}}}}")
    results = run(f"### a\n< {{% {code} %}}\nGET BASE/{{{{y}}}}")

    assert server.lines == ["GET /1"]
    assert str(results[0].error) == "No variable 'y'"


def test_name_above_what_computes_names_is_an_error_beforehand(run, server) -> None:
    run("### a\nGET BASE/{{x1}}\n### b\nGET BASE/b\n\n> {% client.global.set('x' + 1, 1) %}")

    assert server.requests == []


def test_script_above_sets_variables_for_its_request_alone(run, server) -> None:
    text = """### a
< {%
  request.variables.set("id", 40 + 2);
%}
GET BASE/{{id}}

### b
GET BASE/{{id}}
"""
    run(text, Plan(ranges=((1, 1),)))
    results = run(text)

    assert server.lines == ["GET /42"]
    assert "No variable 'id'" in str(results[0].error)


def test_variable_of_a_script_wins_over_the_file_but_not_over_the_command_line(run, server) -> None:
    text = "@id = file\n### a\n< {% request.variables.set('id', 'script') %}\nGET BASE/{{id}}"
    run(text)
    run(text, Plan(variables={"id": "flag"}))

    assert server.lines == ["GET /script", "GET /flag"]


def test_script_files_are_run(run, server, tmp_path) -> None:
    (tmp_path / "pre.js").write_text("request.variables.set('a', 'b')")
    (tmp_path / "post.js").write_text("client.test('t', () => client.assert(response.status == 201))")
    result = run("### x\n< pre.js\nGET BASE/{{a}}\n\n> post.js")[0]

    assert (server.lines, told(result)) == (["GET /b"], ["no test t"])


def test_script_file_may_be_named_from_the_root(run, tmp_path) -> None:
    (tmp_path / "a.js").write_text("client.test('t', () => client.assert(true))")

    assert told(run("### x\nGET BASE/\n\n> {{$projectRoot}}/a.js")[0]) == ["ok test t"]
    assert "cannot hold variables" in str(run("@a = b\n### x\nGET BASE/\n\n> {{a}}/a.js")[0].error)


def test_failing_script_above_sends_nothing(run, server) -> None:
    result = run("### a\n< {%\n  let a = 1;\n  nope();\n%}\nGET BASE/")[0]

    assert server.requests == []
    assert str(result.error) == "ReferenceError: nope is not defined"
    assert (result.error.place.line, result.error.place.source) == (4, "  nope();")


@pytest.mark.parametrize(
    "code", ["client.assert(false, 'no')", "jsonPath({}, '$.a b')", "(async () => { client.assert(false) })()"]
)
def test_error_of_the_interface_is_told_at_the_line_of_the_script(check_response, code) -> None:
    assert check_response(f"\n{code}").failures[0].line == 10


def test_thrown_error_below_is_a_failed_check_at_its_line(check_response) -> None:
    result = check_response("\nresponse.body.nope.more")

    assert (told(result), result.failures[0].line) == (["no script"], 10)


def test_error_in_a_script_file_names_it(run, tmp_path) -> None:
    (tmp_path / "pre.js").write_text("\nnope()")
    result = run("### a\n< pre.js\nGET BASE/")[0]

    assert str(result.error) == "ReferenceError: nope is not defined (pre.js:2)"


def test_exit_ends_a_script_well(check_response) -> None:
    result = check_response("client.log('a'); client.exit(); client.log('b')")

    assert (result.outcome, result.notes) == ("ok", ("log: a",))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("let a = []; while (true) a.push(new Array(10000).fill(1))", "it took more than 128 MB"),
        ("function f() { return f() + 1 } f()", "RangeError: Maximum call stack size exceeded"),
        ("(async () => { await 1; nope() })()", "ReferenceError: nope is not defined"),
        ("Promise.reject('lost')", "lost"),
        ("throw new Error('<input>:' + '9'.repeat(5000))", "<input>:999"),
        ("crypto.subtle", "'crypto.subtle' is not there"),
        ("crypto.sha3()", "'crypto.sha3' is not there"),
        ("crypto.hmac.sha256().digest()", "crypto.hmac wants a secret first"),
        ("xpath(response.body, '//a')", "'xpath' is not there"),
        ("import('./a.js')", "ReferenceError: could not load module"),
        ("Object.prototype.toJSON = () => 1; client.log(1)", "The script has overwritten a function"),
        ("client.assert(false, 'no')", "no"),
        ("const process = client.log.constructor('return this.process')(); process.exit()", "TypeError: cannot read"),
    ],
    ids=[
        "memory", "depth", "async", "promise", "digits", "subtle", "hash", "hmac", "xpath", "module", "tampering",
        "assert", "host",
    ],
)  # fmt: skip
def test_limits(check_response, code, message) -> None:
    (failure,) = check_response(code).failures

    assert failure.actual.startswith(message)


@pytest.mark.parametrize(
    ("code", "message", "line"),
    [
        ("client.log(1);\nlet = ;", "SyntaxError: ", 5),
        ("\nif (1) { import {a} from './a.js'; }", "SyntaxError: ", 5),
        ("  -- lua\nlocal a = 1", "Only JavaScript is supported, and this is Lua", 3),
        ("lang=lua\nlocal a = 1", "Only JavaScript is supported, and this is Lua", 3),
        ("lang=ts\nlet a: number = 1", "Only JavaScript is supported, and this is TypeScript", 3),
    ],
    ids=["syntax", "import", "lua", "lang-lua", "lang-ts"],
)
def test_what_cannot_be_read_is_an_error_before_anything_is_sent(run, server, code, message, line) -> None:
    result = run(f"GET BASE/\n\n> {{%\n{code}\n%}}")[0]

    assert str(result.error).startswith(message)
    assert result.error.place.line == line
    assert server.requests == []


def test_modules_are_imported(run, server, tmp_path) -> None:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "all.js").write_text(
        "import is, {twice} from './base';\nexport function check(r) { is(r.status, 200); }\nexport {twice as two};"
    )
    (tmp_path / "checks" / "base.js").write_text(
        "let count = 0;\nexport const twice = n => 2 * n;\n"
        "export default function is(a, b) {\n  count += 1;\n  client.assert(a === b, `${a} is not ${b}`);\n}\n"
        "export async function later() { throw new Error('late') }\n"
    )
    (tmp_path / "own.js").write_text("import {check} from './checks/all.js';\ncheck({status: 201});")
    results = run("""### a
GET BASE/a

> {%
import {check, two} from './checks/all.js';
import * as base from "./checks/base.js";
client.test("ok", () => check(response));
client.log(two(4));
client.test("not", () => base.default(1, 2));
base.later(); 1;
%}
### b
GET BASE/b

> own.js
""")

    assert told(results[0]) == ["ok test ok", "no test not", "no script"]
    assert [(failure.actual, failure.line) for failure in results[0].failures] == [
        ("1 is not 2 (checks/base.js:5)", 9),
        ("late (checks/base.js:7)", 10),
    ]
    assert results[0].notes == ("log: 8",)
    assert [failure.actual for failure in results[1].failures] == ["201 is not 200 (checks/base.js:5)"]


@pytest.mark.parametrize(
    ("code", "module", "message"),
    [
        ("import {a} from './no.js'", "", "Cannot import './no.js': No such file"),
        ("import a from 'lodash'", "", "'lodash' is not a file: only files are imported"),
        ("import './m.js'", "let a;\nlet = ;", "SyntaxError"),
        ("import './m.js'", "import './no.js'", "Cannot import './no.js'"),
        ("import {a from './m.js'", "", "'import {a' cannot be read"),
        ("import './m.js'", "export const {a} = b", "callbox cannot export a destructuring pattern"),
    ],
    ids=["missing", "package", "syntax", "nested", "unread", "pattern"],
)
def test_module_that_cannot_be_read_keeps_all_from_being_sent(run, server, tmp_path, code, module, message) -> None:
    (tmp_path / "m.js").write_text(module)
    result = run(f"GET BASE/\n\n> {{%\n{code};\n%}}")[0]

    assert str(result.error).startswith(message)
    assert server.requests == []


def test_what_a_module_sets_is_known_beforehand(run, server, tmp_path) -> None:
    (tmp_path / "m.js").write_text("export const keep = value => client.global.set('kept', value);")
    text = "### a\nGET BASE/a\n\n> {%\nimport {keep} from './m.js';\nkeep('k');\n%}\n### b\nGET BASE/{{kept}}"
    run(text, Plan(names=("b",)))

    assert server.lines == ["GET /a", "GET /k"]


def test_name_that_a_module_does_not_export_is_an_error(run, tmp_path) -> None:
    (tmp_path / "m.js").write_text("export const a = 1")
    result = run("GET BASE/\n\n> {%\nimport {b} from './m.js';\n%}")[0]

    assert (result.failures[0].actual, result.failures[0].line) == ("SyntaxError: 'b' is not exported by m.js", 4)


def test_mark_of_javascript_is_none_of_it(run, tmp_path) -> None:
    (tmp_path / "a.js").write_text("lang=js\nclient.log(1)")

    for script in ("{% lang=js\nclient.log(1) %}", "a.js"):
        assert run(f"GET BASE/\n\n> {script}")[0].notes == ("log: 1",)


def test_parts_of_a_stream(run, server) -> None:
    server.json("/lines", '{"n": 1}\n{"n": 2}\n{"n": 3}\n')
    server.answers["/lines"] = server.answers["/lines"].replace(b"application/json", b"application/x-ndjson")
    events = b'data: {"n": 1}\n\nevent: x\ndata: a\ndata: b\n\n'
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n"
    server.answers["/events"] = head % len(events) + events
    code = "response.body.onEachLine((l, stop) => { client.log(l.n || l); if (l.n === 2) stop() }, () => client.log('end'))"
    results = run(f"GET BASE/lines\n\n> {{% {code} %}}\n###\nGET BASE/events\n\n> {{% {code} %}}")

    assert [result.notes for result in results] == [
        ("log: 1", "log: 2", "log: end"),
        ("log: 1", "log: a\nb", "log: end"),
    ]


def test_script_file_that_cannot_be_read_is_an_error_with_its_line(run, server, tmp_path) -> None:
    (tmp_path / "a.js").write_text("let a;\nlet = ;")
    result = run("GET BASE/\n\n> a.js")[0]

    assert str(result.error).endswith("(a.js:2)")
    assert (result.error.place.line, server.requests) == (3, [])


def test_test_that_waits_is_judged_by_what_becomes_of_it(check_response) -> None:
    result = check_response("""
    client.test("well", async () => { await 1; client.assert(true); });
    client.test("ill", async () => { await 1; client.assert(false, "no"); });
    client.test("open", () => new Promise(() => {}));
    """)

    assert told(result) == ["ok test well", "no test ill", "no test open"]
    assert [failure.actual for failure in result.failures] == ["no", "it did not finish"]


def test_script_may_use_the_names_of_the_interface_for_its_own(check_response) -> None:
    result = check_response(
        "const request = 1, response2 = response.status; const client2 = client; let text = 2; client.log(request)"
    )

    assert result.notes == ("log: 1",)


def test_tests_are_run_after_the_script(check_response) -> None:
    result = check_response(
        "client.test('t', () => client.assert(title === 'Dune')); const title = response.body.title;"
    )

    assert told(result) == ["ok test t"]


@pytest.mark.parametrize(
    "code",
    [
        "async function check() { client.assert(false, 'no'); }\ncheck();\nclient.log('end');",
        "const check = async () => { await 1; client.assert(false, 'no'); };\nconst kept = check();",
        "[1, 2].forEach(async n => client.assert(n < 2, 'no')); let last = 1;",
        "Promise.reject(new Error('no')); 1;",
        "new Promise((_, reject) => reject(new Error('no'))); 1;",
        "Promise.resolve(1).then(() => client.assert(false, 'no')); 1;",
        "class A { static async b() { throw new Error('no') } } A.b(); 1;",
        "const a = { async b() { throw new Error('no') } }; a.b().finally(() => 1); 1;",
        "Promise.all([1, (async () => { throw new Error('no') })()]); 1;",
        "setTimeout(async () => client.assert(false, 'no'), 10); 1;",
        "async function a() { throw new Error('no') } async function b() { await a() } b(); 1;",
    ],
)
def test_a_promise_that_fails_and_that_nobody_looks_at_fails_the_script(check_response, code) -> None:
    assert [(failure.text, failure.actual) for failure in check_response(code).failures] == [("script", "no")]


@pytest.mark.parametrize(
    "code",
    [
        "async function a() { throw new Error('no') } a().catch(() => {}); 1;",
        "async function a() { throw new Error('no') } (async () => { try { await a() } catch (e) {} })(); 1;",
        "const a = async () => { throw new Error('no') }; Promise.allSettled([a(), a()]); 1;",
        "Promise.any([Promise.reject(1), Promise.resolve(2)]); 1;",
        "const p = Promise.reject(1); setTimeout(() => p.catch(() => {}), 5); 1;",
        "async function a() { client.exit() } a(); 1;",
        "class A extends Promise {} new A(done => done(1)).then(() => 1); A.resolve(2); 1;",
        "var async = f => f; async(1); const b = {async: 1}; b.async; 1;",
    ],
)
def test_a_promise_that_somebody_looks_at_fails_nothing(check_response, code) -> None:
    assert check_response(code).failures == ()


def test_what_is_put_off_is_done_in_its_order(check_response) -> None:
    result = check_response("""
    setTimeout(() => client.test("late", () => client.assert(false, "no")), 1000);
    setTimeout(word => client.log(word), 10, "first");
    clearTimeout(setTimeout(() => client.log("never"), 1));
    let count = 0;
    const every = setInterval(() => { if (++count === 3) clearInterval(every); }, 5);
    setTimeout(() => client.log(count), 900);
    Promise.resolve().then(() => client.test("job", () => client.assert(true)));
    """)

    assert told(result) == ["ok test job", "no test late"]
    assert result.notes == ("log: first", "log: 3")


def test_timer_that_fails_fails_the_script(check_response) -> None:
    assert check_response("setTimeout(() => nope(), 5)").failures[0].actual == "ReferenceError: nope is not defined"


def test_tests_are_judged_where_the_script_fails_too(check_response) -> None:
    result = check_response("client.test('a', () => client.assert(false, 'no')); nope();")

    assert told(result) == ["no test a", "no script"]


def test_failed_test_is_told_at_its_line(check_response) -> None:
    result = check_response("client.test('a', () => {\n  client.assert(\n    true);\n  client.assert(false);\n});")

    assert result.failures[0].line == 12


@pytest.mark.parametrize(
    "code", ["\n\nclient.test('a', () => { throw 'x' })", "\n\nclient.test('a', () => new Promise(() => {}))"]
)
def test_test_without_an_error_is_told_where_it_begins(check_response, code) -> None:
    assert check_response(code).failures[0].line == 11


def test_failed_test_of_a_script_file_names_its_line(run, tmp_path) -> None:
    (tmp_path / "a.js").write_text("client.test('a', () => {\n  client.assert(false, 'no');\n});")
    result = run("### a\nGET BASE/\n\n> a.js")[0]

    assert (result.failures[0].actual, result.failures[0].line) == ("no (a.js:2)", 4)


def test_test_above_the_request_is_a_check_too(run, server) -> None:
    result = run("### a\n< {% client.test('before', () => client.assert(false, 'no')) %}\nGET BASE/")[0]

    assert (told(result), result.outcome, len(server.requests)) == (["no test before"], "failed", 1)


def test_headers_for_all_requests(run, server) -> None:
    run("""@token = abc
### a
< {% client.global.headers.set("X-All", request.variables.get("token")); client.global.headers.set("X-Two", 2); %}
GET BASE/a

> {% client.global.headers.set("X-After", "yes"); client.global.headers.clear("x-two"); %}
### b
GET BASE/b
x-all: own
### bare
GET BASE/bare
### c
< {% client.global.headers.set("X-All", null) %}
curl BASE/c
""")

    assert server.headers(0) == ["X-All: abc", "X-Two: 2"]
    assert server.headers(1) == ["x-all: own", "X-After: yes"]
    assert server.headers(2) == ["X-All: abc", "X-After: yes"]
    assert server.headers(3) == ["X-After: yes"]


def test_header_for_all_requests_cannot_add_another(run, server) -> None:
    results = run("### a\n< {% client.global.headers.set('X-A', 'b\\r\\nX-C: d') %}\nGET BASE/a\n")

    assert "the header 'X-A'" in str(results[0].error)
    assert server.requests == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-ClientCert", "pfx: ./c.p12 passphrase: Zq7w"),
        ("client-cert", "pfx: ./c.p12 passphrase: Zq7w"),
        ("Proxy", "http://me:Zq7w@127.0.0.1:1"),
        ("X-Request-Type", "GraphQL"),
    ],
)
def test_header_for_all_requests_that_is_an_option_is_refused(run, server, name, value) -> None:
    results = run(f"### a\n< {{% client.global.headers.set('{name}', '{value}') %}}\nGET BASE/a\n")

    assert f"'{name}', which callbox reads as an option" in str(results[0].error)
    assert "Zq7w" not in str(results[0].error)
    assert server.requests == []


def test_list_that_would_be_several_requests_is_an_error(run, server) -> None:
    result = run("### a\n< {% request.variables.set('id', [1, 2]) %}\nGET BASE/{{id}}")[0]

    assert str(result.error) == "'id' is a list: callbox does not send a request for each item"
    assert (result.error.place.line, server.requests) == (2, [])


def test_sleep_waits_outside_of_the_script(run) -> None:
    slept = []
    run("< {% sleep(300) %}\nGET BASE/\n\n> {% sleep(2000); sleep(500) %}", sleep=slept.append)

    assert slept == [0.3, 2.5]


def test_script_that_only_tells_the_status_does_not_judge_it(run, server) -> None:
    server.json("/gone", "{}", status="404 Not Found")
    codes = [
        "client.log(response.status)",
        "client.log(response); client.test('a', () => client.assert(true))",
        "if (response.status === 200) client.global.set('a', 1)",
    ]

    assert [run(f"GET BASE/gone\n\n> {{% {code} %}}")[0].outcome for code in codes] == ["failed"] * 3


@pytest.mark.parametrize(
    "code",
    [
        "const {status} = response; client.test('a', () => client.assert(status === 404))",
        "function check(r, s) { client.assert(r.status === s) } check(response, 404)",
        "const r = response; client.test('a', async () => { await 1; client.assert(r['status'] === 404) })",
    ],
)
def test_script_that_checks_the_status_judges_it_in_any_way(run, server, code) -> None:
    server.json("/gone", "{}", status="404 Not Found")

    assert run(f"GET BASE/gone\n\n> {{% {code} %}}")[0].outcome == "ok"


def test_script_that_looks_at_the_status_judges_it(run, server) -> None:
    server.json("/gone", "{}", status="404 Not Found")
    looking = "GET BASE/gone\n\n> {% client.test('gone', () => client.assert(response.status === 404)) %}"
    blind = "GET BASE/gone\n\n> {% client.log('x') %}"

    assert [run(text)[0].outcome for text in (looking, blind)] == ["ok", "failed"]


@pytest.mark.parametrize(
    ("changes", "plan", "message", "hint"),
    [
        ({"javascript": None}, Plan(), "A script needs the 'js' extra", "pip install 'callbox[js]'"),
        ({}, Plan(is_sandboxed=True), "Scripts do not run in a sandbox", "leave --sandbox out to allow it"),
    ],
    ids=["no-engine", "sandbox"],
)
def test_where_no_script_is_run_nothing_is_sent(run, server, changes, plan, message, hint) -> None:
    results = run("### a\nGET BASE/a\n### b\nGET BASE/b\n\n> {% client.log(1) %}", plan, **changes)

    assert (str(results[0].error), results[0].error.hint) == (message, hint)
    assert server.requests == []
    assert tally_of(results).exit_code == 2


def test_promises_are_carried_out(check_response) -> None:
    assert check_response("Promise.resolve(1).then(v => client.log('then', v))").notes == ("log: then 1",)


def test_nothing_but_globals_reaches_another_script(run) -> None:
    tamper = """
    Object.prototype.polluted = 1; Array.prototype.push = () => 0; globalThis.left = 1;
    try { client.assert = () => {}; } catch { 1; } Math.random = () => 0.5; JSON.parse = () => 1; Promise.prototype.then = () => 1;
    client.global.set("__proto__", {polluted: 2}); client.global.set("kept", {a: 1});
    """
    look = """
    client.log(({}).polluted, typeof left, [].push(1), JSON.parse("2"), client.global.get("kept").a);
    client.test("still", () => client.assert(false, "no"));
    """
    results = run(f"### a\n< {{% {tamper} %}}\nGET BASE/a\n\n> {{% {tamper} %}}\n### b\nGET BASE/b\n\n> {{% {look} %}}")

    assert results[1].notes == ("log: undefined undefined 1 2 1",)
    assert told(results[1]) == ["no test still"]


def test_what_a_script_has_no_value_for_is_not_sent_as_nothing(run, server) -> None:
    results = run("""### a
GET BASE/a

> {% client.global.set("token", response.body.token); client.global.set("n", parseInt("x")); %}
### b
GET BASE/{{n}}
### c
GET BASE/c
X-Token: {{token}}
### d
< {% request.variables.set("id", undefined) %}
GET BASE/{{id}}
""")

    assert [result.outcome for result in results] == ["ok", "ok", "error", "error"]
    assert str(results[2].error) == "'token' was not captured: 'a' was not sent, it failed, or it gave no value"
    assert str(results[3].error) == "No variable 'id'"
    assert server.lines == ["GET /a", "GET /NaN"]


def test_what_scripts_keep_outlives_a_run_with_a_memory(session, server, ports, tmp_path) -> None:
    text = """### a
GET BASE/a

> {% client.global.set("x", {n: 1}); client.global.headers.set("X-All", "1"); %}
### b
GET BASE/b

> {% client.log(client.global.get("x").n + 1) %}
"""
    state = RunState()
    script = parse(text.replace("BASE", server.url), str(tmp_path / "a.http"))
    list(replay(script, session, ports, Plan(ranges=((1, 1),)), state=state))
    results = list(replay(script, session, ports, Plan(ranges=((2, 2),)), state=state))

    assert results[0].notes == ("log: 2",)
    assert server.headers(1) == ["X-All: 1"]


@pytest.mark.parametrize(
    "body", ["function* () { throw 1 }", "async function* () { throw 1 }", "() => () => { throw 1 }"]
)
def test_check_that_runs_nothing_fails(run, body) -> None:
    (result,) = run(f"GET BASE/\n\n> {{% client.test('t', {body}) %}}\n")

    assert ["nothing of it was run" in failure.actual for failure in result.failures] == [True]


def test_script_file_and_its_module_are_read_once(session, server, ports, tmp_path) -> None:
    (tmp_path / "pre.js").write_text('import {x} from "./m.js"; request.variables.set("x", x)')
    (tmp_path / "m.js").write_text("export const x = 1;")
    text = "".join(f"### {n}\n< ./pre.js\nGET {server.url}/{n}?x={{{{x}}}}\n\n" for n in (1, 2, 3))
    opened = []
    counting = ports._replace(open_file=lambda path: opened.append(Path(path).name) or ports.open_file(path))
    results = list(replay(parse(text, str(tmp_path / "a.http")), session, counting, Plan()))

    assert ([result.outcome for result in results], sorted(opened)) == (["ok"] * 3, ["m.js", "pre.js"])
    assert server.lines == ["GET /1?x=1", "GET /2?x=1", "GET /3?x=1"]


def test_script_file_that_the_run_writes_is_not_run(session, server, ports, tmp_path) -> None:
    (tmp_path / "pre.js").write_text("client.log('mine')")
    text = (
        f"@name = pre.js\n### a\n< ./pre.js\nGET {server.url}/a\n\n>>! {{{{name}}}}\n\n"
        f"### b\n< ./pre.js\nGET {server.url}/b\n"
    )
    results = list(replay(parse(text, str(tmp_path / "a.http")), session, ports, Plan()))

    assert [result.outcome for result in results] == ["ok", "error"]
    assert "was written from a response in this run, so it does not run as a script" in str(results[1].error)


@pytest.mark.parametrize(
    "forged", ["removed: [{}]", "logs: [1]", "logs: 'text'", "pauseMs: 1e300", "headers: {'X-Y': 5}", "globals: [1]"]
)
def test_forged_result_is_an_error_of_its_request(check_response, forged: str) -> None:
    code = f"""
    let count = 0;
    Object.defineProperty(Object.prototype, "toJSON", {{value: function () {{
      return this && this.pauseMs !== undefined && !count++ ? Object.assign({{}}, this, {{{forged}}}) : this;
    }}}});
    """

    assert "has overwritten a function" in check_response(code).checks[-1].actual


@pytest.mark.parametrize(
    "expression",
    [
        "response.statusCode !== 500", "response.headers['content-type'] !== 'x'", "response.contentType.mimetype !== 'x'",
        "request.headers.get !== null", "client.globals !== null", "$random.address !== 1",
        "client.global.headers.get !== null", "request.variables.has !== 1", "request.headers.all()[0].raw !== 1",
    ],
)  # fmt: skip
def test_a_check_of_a_name_that_is_not_there_fails(check_response, expression) -> None:
    (check,) = check_response(f"client.test('x', () => client.assert({expression}))").checks

    assert not check.is_ok
    assert "is not there; there are " in check.actual


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("JSON.stringify(response.contentType)", '{"mimeType":"application/json","charset":"utf-8"}'),
        ("Object.keys(response).join()", "status,body,headers,contentType"),
        ("'cookies' in response", "false"),
        ("response.hasOwnProperty('status')", "true"),
        ("(client.mine = 3, client.mine)", "3"),
        ("`${request.url}`.slice(-5)", "x=ann"),
        ("typeof request.url", "function"),
        ("typeof require", "undefined"),
        ("String(response)", "[object Object]"),
    ],
)
def test_an_object_of_the_script_is_looked_at(check_response, expression, value) -> None:
    assert check_response(f"client.log({expression})").notes == (f"log: {value}",)
