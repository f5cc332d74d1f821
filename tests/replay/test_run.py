from __future__ import annotations

import random

import pytest
from tests.support.closed_port import CLOSED

from callbox.errors import Interrupted, UsageError
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.variables.dynamic_variables import Question
from callbox.replay.run_options import Plan, read_ranges
from callbox.replay.run_progress_and_deadline import INTERRUPTED, Progress, RunControl
from callbox.replay.runner import replay
from callbox.report.result import tally_of
from callbox.report.run_report_and_collector import request_names

LOGIN = """### log in
# @name login
# @capture who = body $.user
POST BASE/login

### books
# @name books
GET BASE/books
Authorization: Bearer {{login.response.body.$.token}}

### mine
# @name mine
GET BASE/of/{{who}}
"""


def outcomes(results) -> list[str]:
    return [result.outcome for result in results]


@pytest.fixture
def library(server):
    server.json("/login", '{"token": "abc", "user": "ann"}')
    return server


def test_answers_and_captures_feed_later_requests(run, library) -> None:
    results = run(LOGIN)

    assert outcomes(results) == ["ok", "ok", "ok"]
    assert library.lines == ["POST /login", "GET /books", "GET /of/ann"]
    assert library.headers(1) == ["Authorization: Bearer abc"]
    assert results[0].captures == (("who", "ann"),)


@pytest.mark.parametrize(
    ("plan", "lines"),
    [
        pytest.param(Plan(names=("books",)), ["POST /login", "GET /books"], id="reference"),
        pytest.param(Plan(names=("mine",)), ["POST /login", "GET /of/ann"], id="capture"),
        pytest.param(Plan(ranges=read_ranges("2..3")), ["POST /login", "GET /books", "GET /of/ann"], id="once"),
        pytest.param(Plan(line=8), ["POST /login", "GET /books"], id="line"),
        pytest.param(Plan(names=("log*",)), ["POST /login"], id="glob"),
        pytest.param(Plan(names=("log in",)), ["POST /login"], id="title"),
        pytest.param(Plan(names=("mine",), variables={"who": "bob"}), ["GET /of/bob"], id="given-by-hand"),
    ],
)
def test_what_is_needed_is_run_first(run, library, plan, lines) -> None:
    results = run(LOGIN, plan)

    assert library.lines == lines
    assert [r.is_dependency for r in results] == [False] * len(lines) or results[0].is_dependency


def test_dependency_below_its_user_is_run_before_it_and_once(run, library) -> None:
    run("### a\nGET BASE/a/{{b.response.body.$.user}}\n### b\nGET BASE/login")

    assert library.lines == ["GET /login", "GET /a/ann"]


def test_ref_directive_is_a_dependency(run, library) -> None:
    run("### a\n# @ref b\nGET BASE/a\n### b\nGET BASE/b", Plan(names=("a",)))

    assert library.lines == ["GET /b", "GET /a"]


WRONG = [
    pytest.param("GET BASE/{{nope}}", "No variable 'nope'", id="undefined-variable"),
    pytest.param("POST BASE/\n\n< ./nope.bin", "5:3 No such file", id="missing-file"),
    pytest.param("this is not a request", "3:1", id="bad-line"),
    pytest.param("GET BASE/{{nobody.response.body.$.x}}", "No request is named 'nobody'", id="reference-to-nobody"),
    pytest.param("### b\nGET BASE/{{b.response.body.$.x}}", "4:1 'b' refers to its own response", id="itself"),
    pytest.param("GET BASE/\n\n> nope.js", "5:3 No such file", id="script-file"),
    pytest.param("GET BASE/\n\n> {% never closed", "5:1 This script is not closed", id="script"),
    pytest.param("{{ exports.a = 1; }}\nGET BASE/", "is a feature of httpyac, and is not run", id="code"),
    pytest.param("WEBSOCKET ws://h/", "3:1", id="websocket"),
    pytest.param("GRPC localhost:50051/Greeter/Say", "3:1", id="grpc"),
    pytest.param("# @loop while x\nGET BASE/", "3:9 '@loop while x' is not supported", id="loop"),
    pytest.param("# @retry often\nGET BASE/", "3:10 '@retry often' is not supported", id="retry"),
    pytest.param("# @retry 3 1parsec\nGET BASE/", "3:10 '1parsec' is not a time", id="retry-interval"),
    pytest.param("# @forceRef nobody\nGET BASE/", "3:13 No request is named 'nobody'", id="force-ref"),
    pytest.param(
        "# @prompt pin\nGET BASE/{{pin}}", "3:11 There is no terminal to answer the prompt 'pin'", id="prompt"
    ),
    pytest.param("# @note really?\nGET BASE/", "3:9 '@note' asks for confirmation", id="note"),
    pytest.param("# @expect status == many\nGET BASE/", "'many'", id="expectation"),
    pytest.param("# @expect nonsense\nGET BASE/", "3:1", id="unknown-expectation"),
    pytest.param("# @capture x = nonsense.y\nGET BASE/", "3:16", id="capture-path"),
    pytest.param("GET http://exa mple/", "3:", id="bad-url"),
    pytest.param("GET /path/alone", "3:5 No host in '/path/alone', and no base", id="no-host"),
    pytest.param("GET ftp://h/x", "3:", id="scheme"),
    pytest.param("curl --http3-only https://h/x", "3:6 curl's --http3-only is not supported", id="curl"),
    pytest.param("run #first\nGET BASE/", "3:6 No request is named 'first'", id="run"),
    pytest.param("run other.http\nGET BASE/", "3:5 No such file", id="run-file"),
    pytest.param("run #me\n\n### me\nrun #me", "These need each other's responses: me -> me", id="run-itself"),
    pytest.param("GET {{base", "3:5", id="unclosed-braces"),
    pytest.param("GET BASE/\nAuthorization: AWS key secret", "4:16 'AWS' is not supported", id="aws"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_anything_wrong_sends_nothing_of_the_file(run, server, text, message) -> None:
    results = run(f"GET BASE/first\n###\n{text}")
    errors = [result.error for result in results if result.error is not None]
    told = [f"{str(error.place).partition('a.http:')[2]} {error.message}" for error in errors]

    assert server.requests == []
    assert any(message in line for line in told), told
    assert tally_of(results).exit_code == 2


def test_import_of_a_missing_file_is_an_error(run, server) -> None:
    results = run("import other.http\n\n### a\nGET BASE/")

    assert (server.requests, [str(r.error.place)[-3:] for r in results]) == ([], ["1:8"])


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_what_is_wrong_elsewhere_does_not_stop_a_chosen_request(run, server, text, message) -> None:
    results = run(f"GET BASE/first\n###\n{text}", Plan(ranges=read_ranges("1")))

    assert (outcomes(results), server.lines) == (["ok"], ["GET /first"])


@pytest.mark.parametrize(
    ("text", "plan", "message", "hint"),
    [
        pytest.param("# nothing\n", Plan(), "Nothing to run in", "a request is", id="empty"),
        pytest.param(
            "GET BASE/\n", Plan(tags=("x",)), "has the tag 'x'", "number of requests in the file: 1", id="tag"
        ),
        pytest.param(
            "GET BASE/\n", Plan(only=frozenset()), "is selected", "number of requests in the file: 1", id="only"
        ),
        pytest.param("### a\nGET BASE/", Plan(names=("b",)), "No request is called 'b'", "--list", id="no-such-name"),
        pytest.param("### login\nGET BASE/", Plan(names=("lgin",)), "called 'lgin'", "'login'", id="near-name"),
        pytest.param(
            "GET BASE/",
            Plan(ranges=read_ranges("2")),
            "No request 2 in",
            "number of requests in the file: 1",
            id="no-such-place",
        ),
        pytest.param("\n\nGET BASE/\n", Plan(line=99), "No request at line 99", "--list", id="no-such-line"),
    ],
)
def test_nothing_chosen_is_an_error(run, server, text, plan, message, hint) -> None:
    (result,) = run(text, plan)

    assert (result.outcome, result.error.exit_code, server.requests) == ("error", 2, [])
    assert message in result.error.message
    assert hint in result.error.hint


def test_nothing_to_run_may_be_allowed(run) -> None:
    assert run("# nothing", Plan(allows_empty=True)) == []


def test_every_problem_is_told(run) -> None:
    assert len(run("GET BASE/{{a}}\n###\nGET BASE/{{b}}\nX: {{c}}")) == 3


def test_problem_of_a_variable_is_told_once_however_many_use_it(run) -> None:
    assert len(run("@a = {{b}}\nGET BASE/{{a}}\n###\nGET BASE/{{a}}")) == 1


@pytest.mark.parametrize(
    ("text", "fail_on", "outcome"),
    [
        pytest.param("GET BASE/404", "4xx,5xx", "failed", id="status-fails"),
        pytest.param("# @expect status 404\nGET BASE/404", "4xx,5xx", "ok", id="expected-status"),
        pytest.param("# @expect body contains x\nGET BASE/404", "4xx,5xx", "failed", id="other-expectation"),
        pytest.param("GET BASE/404", "5xx", "ok", id="other-class"),
        pytest.param("GET BASE/404", "", "ok", id="none"),
        pytest.param("GET BASE/ok", "2xx", "failed", id="any-class"),
        pytest.param("# @kulala-expect-status-code 200,201\nGET BASE/404", "", "failed", id="kulala"),
        pytest.param("GET BASE/404\n\n?? status == 404", "4xx,5xx", "ok", id="httpyac"),
        pytest.param("GET BASE/404\nEXPECTED_RESPONSE_STATUS 404", "4xx,5xx", "ok", id="httprunner"),
    ],
)
def test_status_decides(run, server, text, fail_on, outcome) -> None:
    server.json("/404", "xyz", status="404 Not Found")

    assert outcomes(run(text, Plan(fail_on=fail_on))) == [outcome]


def test_failed_check_has_its_place_and_exit_code_1(run) -> None:
    results = run("### a\n# @expect body == no\nGET BASE/")
    (check,) = results[0].checks

    assert (check.is_ok, check.expected, check.actual, check.line, check.column) == (False, "no", "ok", 2, 1)
    assert tally_of(results).exit_code == 1


def test_missing_capture_fails_and_those_who_need_it_are_skipped(run, server) -> None:
    server.json("/a", "{}")
    results = run("### a\n# @capture x = body $.nope\nGET BASE/a\n### b\nGET BASE/{{x}}")

    assert outcomes(results) == ["failed", "skipped"]
    assert results[0].failures[0].text == "capture x = body $.nope"
    assert results[1].reason == "needs 'a', which failed"


def test_dependents_of_the_skipped_are_skipped(run, server) -> None:
    text = "### a\nGET BASE/404\n### b\nGET BASE/{{a.x}}\n### c\nGET BASE/{{b.x}}\n### d\nGET BASE/d"
    server.json("/404", "{}", status="404 Not Found")
    results = run(text)

    assert outcomes(results) == ["failed", "skipped", "skipped", "ok"]
    assert results[2].reason == "needs 'b', which was skipped"


def test_disabled_is_skipped(run, server) -> None:
    results = run("# @disabled\nGET BASE/{{undefined}}\n###\nGET BASE/b")

    assert (outcomes(results), results[0].reason, server.lines) == (["skipped", "ok"], "disabled", ["GET /b"])


@pytest.mark.parametrize(("bail", "lines"), [(0, 4), (1, 1), (2, 2)])
def test_bail_stops_after_so_many(run, server, bail, lines) -> None:
    server.json("/404", "{}", status="404 Not Found")
    results = run("\n###\n".join(["GET BASE/404"] * 4), Plan(bail=bail))

    assert len(server.lines) == lines
    assert len(results) == 4


def test_network_fault_is_exit_code_3_and_the_rest_goes_on(run, server) -> None:
    results = run(f"GET http://{CLOSED}/\n###\nGET BASE/b")

    assert (outcomes(results), server.lines) == (["error", "ok"], ["GET /b"])
    assert tally_of(results).exit_code == 3
    assert results[0].outgoing is not None


def test_answer_that_is_cut_off_is_exit_code_3_with_what_came(run, server) -> None:
    server.answers["/a"] = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\npart"
    results = run("GET BASE/a")

    assert tally_of(results).exit_code == 3
    assert results[0].partial.body == b"part"


def test_of_several_exit_codes_usage_is_before_network_before_checks(run, server) -> None:
    server.json("/404", "{}", status="404 Not Found")
    failed = run("GET BASE/404")
    network = run(f"GET http://{CLOSED}/")
    usage = run("GET BASE/{{x}}")

    assert tally_of([*failed, *network]).exit_code == 3
    assert tally_of([*network, *failed, *usage]).exit_code == 2


def test_dry_run_sends_nothing(run, library) -> None:
    results = run(LOGIN, Plan(is_dry_run=True))

    assert library.requests == []
    assert outcomes(results) == ["planned"] * 3


def test_dry_run_shows_the_request_that_would_be_sent(run, library) -> None:
    assert run(LOGIN, Plan(is_dry_run=True))[0].outgoing.url.path == "/login"


def test_dry_run_shows_the_draft_where_a_response_is_needed(run, library) -> None:
    result = run(LOGIN, Plan(is_dry_run=True))[1]

    assert result.outgoing is None
    assert result.draft.headers == (("Authorization", "Bearer {{login.response.body.$.token}}"),)


def test_without_auto_deps_a_missing_one_is_an_error(run, library) -> None:
    results = run(LOGIN, Plan(names=("books",), has_auto_deps=False))

    assert (library.requests, tally_of(results).exit_code) == ([], 2)


def test_without_auto_deps_the_order_of_the_file_does(run, library) -> None:
    assert outcomes(run(LOGIN, Plan(has_auto_deps=False))) == ["ok"] * 3


def test_cycle_is_named(run, server) -> None:
    results = run("### a\nGET BASE/{{b.x}}\n### b\nGET BASE/{{c.x}}\n### c\nGET BASE/{{a.x}}")

    assert "a -> b -> c -> a" in results[0].error.message
    assert server.requests == []


def test_prompt_is_answered_by_the_plan(run, server) -> None:
    run("# @prompt pin Your pin\nGET BASE/{{pin}}", Plan(answers={"pin": "12"}))

    assert server.lines == ["GET /12"]


def test_chain_of_needs_has_an_end(run, server) -> None:
    steps = [f"### r{n}\nGET BASE/{n}/{{{{r{n + 1}.x}}}}" for n in range(20)]
    results = run("\n".join([*steps, "### r20\nGET BASE/20"]), Plan(names=("r0",)))

    assert (server.requests, [r.outcome for r in results]) == ([], ["error"])
    assert "a chain of more than 16" in results[0].error.message


def test_input_is_answered_like_a_prompt(run, server) -> None:
    run("GET BASE/{{$input who}}", Plan(answers={"who": "ann"}))

    assert server.lines == ["GET /ann"]


def test_prompt_is_asked_once_before_anything_is_sent(run, server) -> None:
    asked: list[Question] = []

    def ask(question: Question) -> str:
        asked.append(question)
        assert server.requests == []
        return "12"

    run("GET BASE/\n###\n# @prompt pin Your pin\nGET BASE/{{pin}}\n###\n# @prompt pin\nGET BASE/{{pin}}", ask=ask)

    assert asked == [Question("pin", "Your pin", is_secret=True)]
    assert server.lines == ["GET /", "GET /12", "GET /12"]


@pytest.mark.parametrize(
    ("request_text", "asked"),
    [
        ("# @prompt size\nGET BASE/{{size}}", "size (a.http:3)"),
        ("# @secret s2\nGET BASE/{{s2}}", "s2 (a.http:3)"),
        (
            '# @secret s\nPOST BASE/\nContent-Type: application/json\n\n{"username": "vet", "p": "{{s}}"}',
            "s of vet (a.http:3)",
        ),
        ("# @secret s\nPOST BASE/\n\np={{s}}&user=vet&x=1", "s of vet (a.http:3)"),
        ("# @secret s\nGET BASE/\nAuthorization: Basic vet:{{s}}", "s of vet (a.http:3)"),
        ("# @secret s\nPOST BASE/\n\nuser={{u}}&p={{s}}\n", "s (a.http:3)"),
        ("# @secret s Your key\nGET BASE/{{s}}", "Your key"),
    ],
)
def test_question_says_what_it_is_for(run, request_text: str, asked: str) -> None:
    questions: list[str] = []

    def ask(question: Question) -> str:
        questions.append(question.text)
        return "12"

    run(f"@u = ann\n{request_text}", ask=ask)

    assert questions == [asked]


def test_question_that_is_left_is_the_last(run, server) -> None:
    asked = []

    def ask(question) -> str:
        asked.append(question.name)
        raise UsageError(f"No answer to '{question.name}'")

    results = run("# @prompt a\n# @prompt b\nGET BASE/{{a}}{{b}}\n###\n# @prompt c\nGET BASE/{{c}}", ask=ask)

    assert (asked, server.requests) == (["a"], [])
    assert [str(result.error) for result in results] == ["No answer to 'a'"]


def test_variable_of_that_name_makes_the_prompt_needless(run, server) -> None:
    run("# @prompt pin\nGET BASE/{{pin}}", Plan(variables={"pin": "7"}))

    assert server.lines == ["GET /7"]


@pytest.mark.parametrize("directive", ["prompt", "secret"])
@pytest.mark.parametrize(
    ("file", "environment"),
    [("http-client.env.json", "dev"), ("http-client.private.env.json", "dev"), ("http-client.env.json", "$shared")],
)
def test_environment_answers_a_prompt_if_nobody_can_be_asked(run, server, tmp_path, directive, file, environment):
    (tmp_path / file).write_text(f'{{"{environment}": {{"who": "{{{{name}}}}-1", "name": "ann"}}, "dev2": {{}}}}')
    text = f"# @{directive} who\nGET BASE/{{{{who}}}}"

    run(text, Plan(stages=("dev" if environment == "dev" else "dev2",)))
    run(text, Plan(stages=("dev" if environment == "dev" else "dev2",), answers={"who": "eva"}))
    run(text, Plan(stages=("dev" if environment == "dev" else "dev2",)), ask=lambda _: "uma")

    assert server.lines == ["GET /ann-1", "GET /eva", "GET /uma"]


def test_environment_that_is_not_chosen_answers_no_prompt(run, server, tmp_path) -> None:
    (tmp_path / "http-client.env.json").write_text('{"dev": {"who": "ann"}, "other": {"a": "b"}}')

    results = run("# @prompt who\nGET BASE/{{who}}", Plan(stages=("other",)))

    assert (server.lines, outcomes(results)) == ([], ["error"])


@pytest.mark.parametrize(("answer", "outcome"), [("yes", "ok"), ("no", "skipped")])
def test_note_is_confirmed(run, answer, outcome) -> None:
    assert outcomes(run("# @note sure?\nGET BASE/", ask=lambda _: answer)) == [outcome]


def test_round_of_a_loop_has_the_title_with_its_values(run) -> None:
    text = """### add {{u.name}} {{$index}} {{u.token}} {{other}}
# @name add
# @loop for u of [{"name": "ann", "token": "x1"}, {"name": "bob", "token": "x2"}]
GET BASE/{{u.name}}
### plain
# @loop for 2
GET BASE/"""

    results = run(text)

    assert request_names(tuple(results)) == [
        "add ann 0 {{u.token}} {{other}}", "add bob 1 {{u.token}} {{other}}", "plain (line 7)", "plain (line 7) #2",
    ]  # fmt: skip


def test_sleep_pauses(run) -> None:
    slept: list[float] = []
    run("# @sleep 250\nGET BASE/\n###\n# @sleep 2 s\nGET BASE/", sleep=slept.append)

    assert slept == [0.25, 2.0]


def test_interrupt_ends_the_run(run, server) -> None:
    def sleep(_: float) -> None:
        raise KeyboardInterrupt

    results = run("GET BASE/a\n###\n# @sleep 1\nGET BASE/b\n###\nGET BASE/c", sleep=sleep)

    assert outcomes(results) == ["ok", "error", "skipped"]
    assert isinstance(results[1].error, Interrupted)
    assert (tally_of(results).exit_code, results[2].reason) == (130, "interrupted")


def test_interrupt_between_two_requests_ends_the_run(session, server, ports) -> None:
    def watch(progress: Progress) -> None:
        if progress.number == 2:
            raise KeyboardInterrupt

    script = parse("\n###\n".join(f"GET {server.url}/{name}" for name in "abcd"), "a.http")
    results = list(replay(script, session, ports, Plan(), control=RunControl(Plan(), ports, watch)))

    assert outcomes(results) == ["ok", "error", "skipped", "skipped"]
    assert server.lines == ["GET /a"]


def test_requests_that_are_skipped_after_an_interrupt_are_not_interrupted(session, server, ports) -> None:
    seen: list[bool] = []

    def watch(progress: Progress) -> None:
        if progress.number == 2:
            control.stop(INTERRUPTED)
        seen.append(control.is_between_requests)

    control = RunControl(Plan(), ports, watch)
    script = parse("\n###\n".join(f"GET {server.url}/{name}" for name in "abcd"), "a.http")
    results = list(replay(script, session, ports, Plan(), control=control))

    assert outcomes(results) == ["ok", "skipped", "skipped", "skipped"]
    assert seen[1:] == [True, True, True]


def test_chance_and_clock_come_in(run, server) -> None:
    text = "@id = {{$uuid}}\nGET BASE/{{id}}/{{$timestamp}}/{{$randomInt 1 9}}"
    for _ in range(2):
        run(text, random=random.Random(3), now=lambda: 86400.0)

    assert server.lines[0] == server.lines[1]
    assert "/86400/" in server.lines[0]


def test_body_is_written_to_a_file(run, tmp_path) -> None:
    run("GET BASE/\n\n>> out/a.txt\n###\nGET BASE/\n\n>> out/a.txt\n###\nGET BASE/\n\n>>! out/a.txt")

    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a-1.txt", "a.txt"]
    assert (tmp_path / "out" / "a.txt").read_bytes() == b"ok"


def test_file_that_cannot_be_written_is_exit_code_3(run, tmp_path) -> None:
    (tmp_path / "out").write_text("a file, no folder")

    assert tally_of(run("GET BASE/\n\n>> out/a.txt")).exit_code == 3


def test_expected_value_may_hold_variables(run, server) -> None:
    server.json("/a", '{"x": "7"}')

    assert outcomes(run("@v = 7\n### a\nGET BASE/a\n\n?? body $.x == {{v}}\n?? body $.x == {{a.x}}")) == ["ok"]


def test_dotenv_is_read_beside_the_script(run, server, tmp_path) -> None:
    (tmp_path / ".env").write_text("# comment\nKEY='v w'\n")

    run("GET BASE/?k={{$dotenv KEY}}")

    assert server.lines == ["GET /?k=v%20w"]


def test_variables_of_a_secret_name_are_told_to_the_reports(run) -> None:
    (result,) = run("GET BASE/?t={{token}}", Plan(variables={"token": "s3cr3t"}))

    assert [secret.reveal() for secret in result.secrets] == ["s3cr3t"]


def test_options_of_the_server_as_a_whole(run, server) -> None:
    run(f"OPTIONS *\nHost: {server.host}")

    assert server.lines == ["OPTIONS *"]


def test_no_auto_encoding_sends_what_is_written(run, server) -> None:
    run("# @no-auto-encoding\nPOST BASE/a/../b?x=%7e\nContent-Type: application/x-www-form-urlencoded\n\na=b c")

    assert (server.lines, server.bodies) == (["POST /a/../b?x=%7e"], [b"a=b c"])


def test_no_auto_encoding_refuses_what_cannot_be_sent_so(run, server) -> None:
    results = run("# @no-auto-encoding\nGET BASE/a\u00e9")

    assert str(results[0].error) == "This URL cannot be sent as it is written"
    assert server.requests == []


def test_null_that_vanishes_is_noted(run, server) -> None:
    server.json("/a", '{"x": null}')
    results = run("### a\nGET BASE/a\n### b\nGET BASE/b/{{a.response.body.$.x}}")

    assert results[1].notes == ("{{a.response.body.$.x}} is null: nothing is sent in its place",)


def test_curl_line_is_a_request(run, server) -> None:
    run('@a = x y"z\ncurl -X PUT \'BASE/c\' \\\n  -H "X-A: {{a}}" --data-raw \'{"k": 1}\'\n\n?? status == 200')

    assert server.lines == ["PUT /c"]
    assert 'X-A: x y"z' in server.headers()
    assert server.bodies == [b'{"k": 1}']


def test_braces_that_are_no_name_get_a_hint_of_their_own(run) -> None:
    results = run("POST BASE/\n\nHello {{ the name }}")

    assert results[0].error.hint == "for two literal braces, write \\{\\{"


def test_header_lines_of_a_variable_cannot_be_given_from_outside(run, server) -> None:
    text = "@name = ann\n@me = X-Me: {{name}}\n### a\nGET BASE/\n{{me}}"
    results = [*run(text, Plan(variables={"me": "X-Me: bob"})), *run(text, Plan(variables={"name": "bob"}))]

    assert [result.outcome for result in results] == ["error", "ok"]
    assert "'me' stands for header lines" in str(results[0].error)
    assert server.headers() == ["X-Me: bob"]


def test_import_in_a_comment_gives_names(run, server, tmp_path) -> None:
    (tmp_path / "login.http").write_text(f"# @name login\nGET {server.url}/login")
    run("# @import ./login.http\n# @ref login\nGET BASE/a")

    assert server.lines == ["GET /login", "GET /a"]


LOOSE = "import a.txt\nimport b.txt\n\n### a\nGET BASE/a\n\n### b\nGET BASE/b\n\n### c\nGET BASE/c\n"


@pytest.mark.parametrize("changes", [{}, {"ranges": ((2, 3),)}, {"is_dry_run": True}], ids=["all", "some", "dry run"])
def test_each_error_outside_of_any_request_is_told_once(run, server, changes) -> None:
    results = run(LOOSE, Plan(**changes))

    assert [result.error.place.line for result in results] == [1, 2]
    assert {result.error.exit_code for result in results} == {2}
    assert server.requests == []


@pytest.mark.parametrize("base", ["{{base}}", "{{ base }}"])
def test_an_empty_base_is_told_once(run, server, base) -> None:
    (result,) = run(f"@base =\n\nGET {base}/a\n\n###\nGET {base}/b\n")

    assert (result.error.place.line, result.error.exit_code) == (1, 2)
    assert server.requests == []


@pytest.mark.parametrize("directive", ["ref", "forceRef"])
@pytest.mark.parametrize("is_imported", [False, True], ids=["own", "imported"])
def test_variables_of_a_named_block_are_used(run, server, tmp_path, directive: str, is_imported: bool) -> None:
    block = f"# @name vars\n@target = {server.url}/x\n\n###\n"
    (tmp_path / "vars.http").write_text(block)
    run(f"{'# @import ./vars.http' if is_imported else block}\n# @{directive} vars\nGET {{{{target}}}}\n")

    assert server.lines == ["GET /x"]
