"""Scripts of JetBrains around requests, in the real engine."""

from __future__ import annotations

import pytest

from callbox.replay.plan import Plan
from callbox.report.result import Result, tally_of

BOOK = '{"id": 7, "title": "Dune", "items": [{"k": "a", "n": 1}, {"k": "b", "n": 2}]}'


@pytest.fixture
def judge(run, server):
    """Runs a script below one request; the result."""

    def after(code: str, text: str = "", **changes: object) -> Result:
        server.json("/book", BOOK, "X-Twice: 1", "X-Twice: 2")
        request = text or "@who = ann\n### book\nPOST BASE/book?x={{who}}\nX-Me: {{who}}\n\nhello {{who}}"
        return run(f"{request}\n\n> {{%\n{code}\n%}}\n", **changes)[-1]

    return after


def told(result: Result) -> list[str]:
    return [f"{'ok' if check.is_ok else 'no'} {check.text}" for check in result.checks]


def test_tests_become_checks(judge) -> None:
    result = judge("""
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
        ("$env.SOME_NAME", "some value"),
        ("$random.alphanumeric(12).length", "12"),
        ("$random.integer(5, 6)", "5"),
        ("/^[0-9a-f-]{36}$/.test($random.uuid)", "true"),
        ("typeof require + typeof process + typeof fetch + typeof std", "undefinedundefinedundefinedundefined"),
        ("request.headers.findByName('x-me')", "ann"),
        ("request.iteration()", "0"),
    ],
)  # fmt: skip
def test_what_a_script_finds(judge, expression, value) -> None:
    result = judge(f"client.log({expression})", env={"SOME_NAME": "some value"}.get)

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


def test_failing_script_above_sends_nothing(run, server) -> None:
    result = run("### a\n< {%\n  let a = 1;\n  nope();\n%}\nGET BASE/")[0]

    assert server.requests == []
    assert str(result.error) == "ReferenceError: nope is not defined"
    assert (result.error.place.line, result.error.place.source) == (4, "  nope();")


@pytest.mark.parametrize(
    "code", ["client.assert(false, 'no')", "jsonPath({}, '$.a b')", "(async () => { client.assert(false) })()"]
)
def test_error_of_the_interface_is_told_at_the_line_of_the_script(judge, code) -> None:
    assert judge(f"\n{code}").failures[0].line == 10


def test_thrown_error_below_is_a_failed_check_at_its_line(judge) -> None:
    result = judge("\nresponse.body.nope.more")

    assert (told(result), result.failures[0].line) == (["no script"], 10)


def test_error_in_a_script_file_names_it(run, tmp_path) -> None:
    (tmp_path / "pre.js").write_text("\nnope()")
    result = run("### a\n< pre.js\nGET BASE/")[0]

    assert str(result.error) == "ReferenceError: nope is not defined (pre.js:2)"


def test_exit_ends_a_script_well(judge) -> None:
    result = judge("client.log('a'); client.exit(); client.log('b')")

    assert (result.outcome, result.notes) == ("ok", ("log: a",))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("let a = []; while (true) a.push(new Array(10000).fill(1))", "it took more than 128 MB"),
        ("function f() { return f() + 1 } f()", "RangeError: Maximum call stack size exceeded"),
        ("(async () => { await 1; nope() })()", "ReferenceError: nope is not defined"),
        ("Promise.reject('lost')", "lost"),
        ("sleep(100)", "'sleep' is not there"),
        ("crypto.sha256()", "'crypto' is not there"),
        ("xpath(response.body, '//a')", "'xpath' is not there"),
        ("import('./a.js')", "ReferenceError: could not load module"),
        ("Object.prototype.toJSON = () => 1; client.log(1)", "The script has changed what callbox reads"),
        ("client.assert(false, 'no')", "no"),
        ("const process = client.log.constructor('return this.process')(); process.exit()", "TypeError: cannot read"),
    ],
    ids=[
        "memory", "depth", "async", "promise", "sleep", "crypto", "xpath", "module", "tampering",
        "assert", "host",
    ],
)  # fmt: skip
def test_limits(judge, code, message) -> None:
    (failure,) = judge(code).failures

    assert failure.actual.startswith(message)


@pytest.mark.parametrize(
    ("code", "message", "line"),
    [
        ("client.log(1);\nlet = ;", "SyntaxError: ", 5),
        ("\nimport {a} from './a.js';", "'import' is not there", 5),
        ("return;", "SyntaxError: return not in a function", 4),
        ("  -- lua\nlocal a = 1", "Only JavaScript is run, and this is Lua", 3),
    ],
    ids=["syntax", "import", "return", "lua"],
)
def test_what_cannot_be_read_is_an_error_before_anything_is_sent(run, server, code, message, line) -> None:
    result = run(f"GET BASE/\n\n> {{%\n{code}\n%}}")[0]

    assert str(result.error).startswith(message)
    assert result.error.place.line == line
    assert server.requests == []


def test_script_file_that_cannot_be_read_is_an_error_with_its_line(run, server, tmp_path) -> None:
    (tmp_path / "a.js").write_text("let a;\nlet = ;")
    result = run("GET BASE/\n\n> a.js")[0]

    assert str(result.error).endswith("(a.js:2)")
    assert (result.error.place.line, server.requests) == (3, [])


def test_test_that_waits_is_judged_by_what_becomes_of_it(judge) -> None:
    result = judge("""
    client.test("well", async () => { await 1; client.assert(true); });
    client.test("ill", async () => { await 1; client.assert(false, "no"); });
    client.test("open", () => new Promise(() => {}));
    """)

    assert told(result) == ["ok test well", "no test ill", "no test open"]
    assert [failure.actual for failure in result.failures] == ["no", "it did not come to its end"]


def test_script_may_use_the_names_of_the_interface_for_its_own(judge) -> None:
    result = judge(
        "const request = 1, response2 = response.status; const client2 = client; let text = 2; client.log(request)"
    )

    assert result.notes == ("log: 1",)


def test_script_that_looks_at_the_status_judges_it(run, server) -> None:
    server.json("/gone", "{}", status="404 Not Found")
    looking = "GET BASE/gone\n\n> {% client.test('gone', () => client.assert(response.status === 404)) %}"
    blind = "GET BASE/gone\n\n> {% client.log('x') %}"

    assert [run(text)[0].outcome for text in (looking, blind)] == ["ok", "failed"]


@pytest.mark.parametrize(
    ("changes", "plan", "message", "hint"),
    [
        ({"javascript": None}, Plan(), "A script needs the 'js' extra", "pip install 'callbox[js]'"),
        ({}, Plan(is_sandboxed=True), "A script is not run in a sandbox", "leave --sandbox out to allow it"),
    ],
    ids=["no-engine", "sandbox"],
)
def test_where_no_script_is_run_nothing_is_sent(run, server, changes, plan, message, hint) -> None:
    results = run("### a\nGET BASE/a\n### b\nGET BASE/b\n\n> {% client.log(1) %}", plan, **changes)

    assert (str(results[0].error), results[0].error.hint) == (message, hint)
    assert server.requests == []
    assert tally_of(results).exit_code == 2


def test_promises_are_carried_out(judge) -> None:
    assert judge("Promise.resolve(1).then(v => client.log('then', v))").notes == ("log: then 1",)
