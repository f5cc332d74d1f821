from __future__ import annotations

import pytest

from callbox.replay import step_order
from callbox.replay.run_options import Plan

LIB = """@role = reader
### log in
# @name login
# @capture token = body $.token
POST BASE/login?as={{user}}&role={{role}}
"""


@pytest.fixture
def lib(server, tmp_path):
    server.json("/login", '{"token": "abc"}')
    (tmp_path / "lib.http").write_text(LIB.replace("BASE", server.url))
    return server


def test_imported_request_is_run_for_its_answer(run, lib) -> None:
    run(
        "import lib.http\n@user = ann\n\n### mine\nGET BASE/mine\nAuthorization: Bearer {{login.response.body.$.token}}"
    )

    assert lib.lines == ["POST /login?as=ann&role=reader", "GET /mine"]
    assert lib.headers(1) == ["Authorization: Bearer abc"]


def test_imported_variables_and_captures_count(run, lib) -> None:
    run("import lib.http\n@user = ann\n\n### mine\nGET BASE/{{role}}/{{token}}")

    assert lib.lines == ["POST /login?as=ann&role=reader", "GET /reader/abc"]


def test_own_variable_wins_over_an_imported_one(run, lib) -> None:
    run("import lib.http\n@role = own\n\n### mine\nGET BASE/{{role}}")

    assert lib.lines == ["GET /own"]


def test_run_gives_values_each_time(run, lib) -> None:
    text = "import lib.http\n\n### a\nrun #login (@user=ann)\n\n### b\nrun #login (@user=bob, @role=admin)\nGET BASE/b"
    results = run(text)

    assert lib.lines == ["POST /login?as=ann&role=reader", "POST /login?as=bob&role=admin", "GET /b"]
    assert [result.outcome for result in results] == ["ok"] * 3


def test_run_values_may_hold_variables_of_the_caller(run, lib) -> None:
    run("import lib.http\n@me = eve\n\n### a\nrun #login (@user={{me}})")

    assert lib.lines == ["POST /login?as=eve&role=reader"]


def test_run_of_a_file_runs_all_of_it(run, lib, tmp_path) -> None:
    run("@user = ann\n### a\nrun lib.http\nGET BASE/{{login.token}}")

    assert lib.lines == ["POST /login?as=ann&role=reader", "GET /abc"]


def test_failed_run_skips_its_caller(run, server) -> None:
    server.answers["/x"] = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
    results = run("### x\nGET BASE/x\n\n### y\nrun #x\nGET BASE/y")

    assert server.lines == ["GET /x", "GET /x"]
    assert results[-1].reason == "needs 'x', which failed"


def test_error_in_an_imported_file_names_that_file(run, server, tmp_path) -> None:
    (tmp_path / "lib.http").write_text("### one\nGET http://a.x/{{nope}}")
    results = run("import lib.http\n\n### two\n# @ref one\nGET BASE/")

    assert str(results[0].error.place).endswith("lib.http:2:16")
    assert server.requests == []


def test_files_that_import_one_another_end(run, server, tmp_path) -> None:
    (tmp_path / "a.http").write_text("")
    (tmp_path / "lib.http").write_text("import a.http\n\n### one\nGET http://a.x/")
    results = run("import lib.http\n\n### two\nGET BASE/")

    assert [result.outcome for result in results] == ["ok"]


def test_force_ref_runs_again(run, lib) -> None:
    text = "import lib.http\n@user = u\n\n### a\n# @forceRef login\nGET BASE/a\n\n### b\n# @forceRef login\nGET BASE/b"
    run(text)

    assert [line[:11] for line in lib.lines] == ["POST /login", "GET /a", "POST /login", "GET /b"]


def test_loop_counts(run, server) -> None:
    results = run("# @loop for 3\nGET BASE/{{$index}}")

    assert (server.lines, len(results)) == (["GET /0", "GET /1", "GET /2"], 3)


def test_repeat_runs_everything_again_with_new_values(run, server) -> None:
    run("@id = {{$uuid}}\n### a\nGET BASE/{{id}}\n### b\nGET BASE/{{id}}", Plan(repeat=2))

    assert server.lines[0] == server.lines[1] != server.lines[2] == server.lines[3]


def test_shuffle_mixes_the_same_for_the_same_seed_and_keeps_needs(run, server) -> None:
    text = "\n".join(f"### r{n}\nGET BASE/{n}" for n in range(8))
    run(text, Plan(seed=7))
    run(text, Plan(seed=7))
    first, second = server.lines[:8], server.lines[8:]

    assert first == second
    assert sorted(first) == [f"GET /{n}" for n in range(8)] != first


@pytest.fixture
def few_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of requests that others run, so low that few reach it."""
    monkeypatch.setattr(step_order, "_MAX_CALLS", 1000)


def test_a_file_may_hold_any_number_of_requests(run, few_calls) -> None:
    (result,) = run("GET http://127.0.0.1:9/\n###\n" * 1001 + "GET http://127.0.0.1:9/{{nope}}")

    assert "nope" in result.error.message


def test_requests_that_multiply_are_one_error(run, server, few_calls) -> None:
    runs = [f"\n### r{number}\n" + f"run #r{number - 1}\n" * 10 for number in range(1, 8)]
    results = run("### r0\nGET BASE/\n" + "".join(runs) + "\n### z\nGET BASE/\n" * 30)

    assert [result.error.message for result in results] == [
        "The `run` lines run more than 1000 requests, which is the limit"
    ]
    assert server.requests == []


NAMESAKES = """# @name login
POST BASE/ann

### first
GET BASE/{{login.token}}

### again
# @name login
POST BASE/bob{{login.token}}

### second
GET BASE/{{login.token}}
"""


@pytest.fixture
def logins(server):
    server.json("/ann", '{"token": "a1"}')
    server.json("/boba1", '{"token": "b2"}')
    return server


def test_of_two_requests_of_one_name_the_last_above_is_meant(run, logins) -> None:
    run(NAMESAKES)

    assert logins.lines == ["POST /ann", "GET /a1", "POST /boba1", "GET /b2"]


@pytest.mark.parametrize(
    ("chosen", "lines"),
    [("first", ["POST /ann", "GET /a1"]), ("second", ["POST /ann", "POST /boba1", "GET /b2"])],
)
def test_request_alone_waits_for_the_namesake_that_it_means(run, logins, chosen, lines) -> None:
    run(NAMESAKES, Plan(names=(chosen,)))

    assert logins.lines == lines


def test_where_none_of_one_name_is_above_the_first_below_is_meant(run, logins) -> None:
    run("### first\nGET BASE/{{login.token}}\n\n###\n" + NAMESAKES, Plan(ranges=((1, 1),)))

    assert logins.lines == ["POST /ann", "GET /a1"]


@pytest.mark.parametrize("line", ["run #list", "# @ref list"])
def test_titles_are_meant_by_their_place_too(run, server, line) -> None:
    text = "### list\nGET BASE/1\n\n### a\n{0}\nGET BASE/a\n\n### list\nGET BASE/2\n\n### b\n{0}\nGET BASE/b\n"
    run(text.format(line), Plan(names=("a", "b")))

    assert server.lines == ["GET /1", "GET /a", "GET /2", "GET /b"]


def test_own_check_means_the_own_answer(run, logins) -> None:
    text = "# @name l\nGET BASE/ann\n\n###\n# @name l\n# @expect body $.token == {{l.token}}\nGET BASE/boba1\n"

    assert [result.outcome for result in run(text)] == ["ok", "ok"]


@pytest.mark.parametrize(
    "title", ["### @name vars", "### vars", "###\n# @name vars"], ids=["name", "title", "directive"]
)
@pytest.mark.parametrize("word", ["ref", "forceRef"])
def test_block_of_variables_may_be_referred_to(run, server, title, word) -> None:
    run(f"{title}\n@x = 5\n\n### use\n# @{word} vars\nGET BASE/{{{{x}}}}")

    assert server.lines == ["GET /5"]


def test_title_of_a_request_below_is_no_block(run, server) -> None:
    (result,) = run("### some vars\n@x = 5\n\n### use\n# @ref vars\nGET BASE/{{x}}")

    assert (str(result.error), server.lines) == ("No request is named 'vars'", [])
