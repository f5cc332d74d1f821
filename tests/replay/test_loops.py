"""`# @loop`, `# @disabled CONDITION`, `# @if`: what is sent, and what is said of the rest."""

from __future__ import annotations

import pytest

from callbox.replay.run_options import Plan

BOOKS = '{"token": "abc", "docs": [{"id": 1, "tags": ["a", "b"]}, {"id": 2, "tags": ["c", "d"]}]}'


@pytest.fixture
def send(run, server):
    """The request lines below `/books`, after what is known of them."""
    server.json("/books", BOOKS)

    def sent(text: str, **changes: object) -> list[str]:
        run(text, Plan(**changes))
        return [line for line in server.lines if line != "GET /books"]

    return sent


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("# @loop for 2\nGET BASE/{{$index}}", ["GET /0", "GET /1"], id="count"),
        pytest.param('# @loop for x of ["a", 2]\nGET BASE/{{x}}{{$index}}', ["GET /a0", "GET /21"], id="written out"),
        pytest.param('@xs = ["a", "b"]\n# @loop for x of xs\nGET BASE/{{x}}', ["GET /a", "GET /b"], id="variable"),
        pytest.param('@xs = ["a"]\n# @loop for x of {{xs}}\nGET BASE/{{x}}', ["GET /a"], id="braces"),
        pytest.param('@xs = [{"a": {"b": [7]}}]\n# @loop for x of xs\nGET BASE/{{x.a.b[0]}}', ["GET /7"], id="members"),
        pytest.param(
            "### l\nGET BASE/books\n###\n# @loop for d of l.docs\nGET BASE/{{d.id}}{{d.tags[1]}}",
            ["GET /1b", "GET /2d"],
            id="answer",
        ),
        pytest.param(
            "# @capture docs = body $.docs\nGET BASE/books\n###\n# @loop for d of docs\nGET BASE/{{d.id}}",
            ["GET /1", "GET /2"],
            id="capture",
        ),
        pytest.param(
            "@l = [7]\n### l\nGET BASE/books\n###\n# @loop for d of l\nGET BASE/{{d}}",
            ["GET /7"],
            id="variable of that name",
        ),
        pytest.param("# @loop for x of []\nGET BASE/{{x.a}}", [], id="nothing"),
    ],
)
def test_loop_sends_once_for_each(send, text, lines) -> None:
    assert send(text) == lines


@pytest.mark.parametrize("text", ["# @loop for 0\nGET BASE/", "# @loop for x of []\nGET BASE/{{x}}"])
def test_loop_over_nothing_is_told(run, text) -> None:
    (result,) = run(text)

    assert (result.outcome, result.reason) == ("skipped", "the list of the loop is empty")


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("@xs = a\n# @loop for x of xs\nGET BASE/{{x}}", (2, 18), "'xs' is not a list"),
        ("# @loop for x of nope\nGET BASE/{{x}}", (1, 18), "No variable 'nope'"),
        ('@xs = [{"n": 1}]\n# @loop for x of xs\nGET http://a.x/{{x.m}}', (3, 16), "No variable 'x.m'"),
        ("# @loop while a < 3\nGET BASE/", (1, 9), "'@loop while a < 3' is not supported"),
        ("# @disabled nope\nGET BASE/", (1, 13), "No variable 'nope'"),
        ("# @disabled new Date() > 5\nGET BASE/", (1, 13), "'@disabled new Date() > 5' is not a condition"),
        ("@a = x\n# @disabled a > 5\nGET BASE/", (2, 13), "'x' > '5' compares texts, not numbers"),
        ("# @if nope\nGET BASE/", (1, 7), "'@if nope' is not a condition"),
        ("# @if\nGET BASE/", (1, 1), "'@if' is not a condition"),
        ("@a = x\n# @if a = x\nGET BASE/", (2, 7), "'@if a = x' is not a condition"),
        ("@a = x\n# @if a == 'x\nGET BASE/", (2, 7), "'@if a == 'x' is not a condition"),
        ("@a = x\n# @if a == 'x' && a == 'y'\nGET BASE/", (2, 7), "'@if a == 'x' && a == 'y'' is not a condition"),
        ("@a = x\n# @if-not a == x || a == y\nGET BASE/", (2, 11), "'@if-not a == x || a == y' is not a condition"),
        ("@a = x\n# @if a > 5\nGET BASE/", (2, 7), "'x' > '5' compares texts, not numbers"),
    ],
)
def test_what_cannot_be_judged_is_an_error_before_anything_is_sent(run, server, text, place, message) -> None:
    results = run(text)

    assert results[0].error.message == message
    assert (results[0].error.place.line, results[0].error.place.column) == place
    assert server.requests == []


@pytest.mark.parametrize(
    ("condition", "is_sent"),
    [
        ("@disabled", False),
        ("@disabled true", False),
        ("@disabled false", True),
        ("@disabled x", False),
        ("@disabled !x", True),
        ("@disabled !{{x}}", True),
        ("@disabled no", True),
        ("@disabled this.nope", True),
        ("@disabled !this.nope", False),
        ("@disabled !$global.nope", False),
        ("@disabled x > 3", False),
        ("@disabled x <= 3", True),
        ('@disabled x==="5"', False),
        ("@disabled x == 5.0", False),
        ("@disabled x !== '5'", True),
        ("@disabled l.token == 'abc'", False),
        ("@disabled l.token != 'abc'", True),
        ("@if l.response.status 200", True),
        ("@if l.response.status 404", False),
        ("@if l.response.body.$.token {{y}}", True),
        ("@if l.response.body.$.nope x", False),
        ("@if l.response.status == 200", True),
        ("@if l.response.status == 404", False),
        ("@if l.response.status != 200", False),
        ("@if l.response.status < 300", True),
        ("@if l.response.body.$.token == {{y}}", True),
        ("@if l.response.body.$.token != x", True),
        ('@if y == "abc"', True),
        ("@if y == 'abc'", True),
        ('@if y == "abd"', False),
        ('@if {{y}} == "abc"', True),
        ('@if y === "abc"', True),
        ("@if y !== 'abc'", False),
        ("@if y ==abc", True),
        ('@if y "abc"', True),
        ('@if y == "{{y}}"', True),
        ('@if l.token == "abc"', True),
        ('@if x == "5"', True),
        ('@if-not y == "abc"', False),
        ("@if-not y 'abd'", True),
        ("@if-not l.response.status == 200", False),
        ("@if-not l.response.status >= 300", True),
        ("@if-not l.response.status 404", True),
        ("@if-not l.response.status 200", False),
    ],
)
def test_condition_decides_whether_a_request_is_sent(send, condition, is_sent) -> None:
    text = f"@x = 5\n@y = abc\n@no = 0\n### l\nGET BASE/books\n###\n# {condition}\nGET BASE/a"

    assert send(text) == (["GET /a"] if is_sent else [])


def test_each_round_of_a_loop_is_judged_for_itself(send) -> None:
    assert send("@xs = [1, 2, 3]\n# @loop for x of xs\n# @disabled x == 2\nGET BASE/{{x}}") == ["GET /1", "GET /3"]


@pytest.mark.parametrize(
    ("rounds", "told"),
    [
        ("[404, 200]", ["failed", "ok", "skipped"]),
        ("[200, 1]", ["ok", "skipped", "ok"]),
        ("[1, 1]", ["skipped", "skipped", "skipped"]),
    ],
    ids=["one failed", "one left out", "all left out"],
)
def test_others_build_on_a_loop_that_went_well(run, server, rounds, told) -> None:
    server.json("/404", "{}", status="404 Not Found")
    results = run(
        f"# @name l\n# @loop for x of {rounds}\n# @disabled x == 1\nGET BASE/{{{{x}}}}\n###\n# @ref l\nGET BASE/a"
    )

    assert [result.outcome for result in results] == told


def test_every_condition_has_to_hold(send) -> None:
    assert send("@x = 5\n# @if x 5\n# @if-not x 5\nGET BASE/a") == []


def test_condition_that_leaves_out_is_the_reason(run) -> None:
    text = "@x = 5\n# @disabled x == 5\nGET BASE/"

    assert [run(text, plan)[0].reason for plan in (Plan(), Plan(is_dry_run=True))] == ["disabled x == 5"] * 2


ROUNDS = {
    "first": ("{{u0.id}}", "1"),
    "second": ("{{u1.id}}", "2"),
    "path": ("{{u1.response.body.$.id}}", "2"),
    "header": ("{{u1.response.headers.X-N}}", "2"),
    "member of the list": ("{{uList[1].id}}", "2"),
    "body": ("{{%u0}}", "%7B%22id%22%3A1%7D"),
    "list": ("{{%uList}}", "%5B%7B%22id%22%3A1%7D%2C%20%7B%22id%22%3A2%7D%5D"),
}


@pytest.mark.parametrize(("text", "value"), ROUNDS.values(), ids=ROUNDS)
def test_sendings_of_a_loop_are_referred_to_one_by_one(run, server, text, value) -> None:
    server.json("/1", '{"id":1}', "X-N: 1")
    server.json("/2", '{"id":2}', "X-N: 2")
    run(f"# @name u\n# @loop for x of [1, 2]\nGET BASE/{{{{x}}}}\n###\nGET BASE/x/{text}")

    assert server.lines[-1] == f"GET /x/{value}"


def test_loop_goes_through_the_bodies_of_another(run, server) -> None:
    server.json("/1", '{"id":1}')
    server.json("/2", '{"id":2}')
    run("# @name u\n# @loop for x of [1, 2]\nGET BASE/{{x}}\n###\n# @loop for y of uList\nGET BASE/y{{y.id}}")

    assert server.lines[2:] == ["GET /y1", "GET /y2"]


@pytest.mark.parametrize("name", ["u2.id", "uList[2]", "u0.nope"])
def test_sending_that_there_was_not_is_an_error(run, server, name) -> None:
    server.json("/1", '{"id":1}')
    results = run(f"# @name u\n# @loop for x of [1, 1]\nGET BASE/{{{{x}}}}\n###\nGET BASE/{{{{{name}}}}}")

    assert (results[-1].outcome, len(server.lines)) == ("error", 2)


def test_name_with_a_number_is_a_variable_where_no_loop_has_it(run, server) -> None:
    run("@u0 = a\n# @name u\nGET BASE/\n###\nGET BASE/{{u0}}")

    assert server.lines[-1] == "GET /a"


@pytest.mark.parametrize(
    ("rounds", "hint"), [(2, "its rounds are u0 to u1"), (1, "its rounds are u0")], ids=["two", "one"]
)
def test_a_round_that_a_loop_never_has_is_an_error_before_anything_is_sent(run, server, rounds: int, hint: str) -> None:
    results = run(f"# @name u\n# @loop for {rounds}\nGET BASE/a\n###\nGET BASE/{{{{u{rounds}.id}}}}")

    assert [(str(result.error), result.error.hint) for result in results if result.error] == [
        (f"'u{rounds}' is not a round of the loop of 'u'", hint)
    ]
    assert server.requests == []
