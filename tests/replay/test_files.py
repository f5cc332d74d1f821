from __future__ import annotations

from pathlib import Path

import pytest

from callbox.engine import LiveSession
from callbox.errors import UsageError
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.replay.file_and_step_selection import Selection, list_files
from callbox.replay.file_runs_and_threads import run_files
from callbox.replay.run_options import Plan
from callbox.replay.runner import replay
from callbox.report.result import Result, tally_of


@pytest.fixture
def go(server, ports, tmp_path, monkeypatch):
    """Write files, replay words in their folder; the results."""
    monkeypatch.chdir(tmp_path)

    def run(files: dict[str, str], words: list[str], plan: Plan = Plan(), **changes: object) -> list[Result]:
        for name, text in files.items():
            place = Path(name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text.replace("BASE", server.url))
        return list(run_files(words, ports._replace(**changes), LiveSession, plan))

    return run


TWO = {"b.http": "### b\nGET BASE/b", "a.rest": "### a\nGET BASE/a", "notes.md": "GET BASE/never"}


@pytest.mark.parametrize(
    ("files", "words", "lines"),
    [
        pytest.param(TWO, ["b.http", "a.rest"], ["GET /b", "GET /a"], id="in-the-order-of-the-words"),
        pytest.param(TWO, ["."], ["GET /a", "GET /b"], id="folder-sorted"),
        pytest.param({"in/X.HTTP": "GET BASE/x"}, ["in"], ["GET /x"], id="suffix-in-capitals"),
        pytest.param({"in/x.http": "GET BASE/x", **TWO}, ["in", "b.http"], ["GET /x", "GET /b"], id="folder-and-file"),
        pytest.param({"a.http": "### x\nGET BASE/1\n### y\nGET BASE/2"}, ["a.http#y"], ["GET /2"], id="name"),
        pytest.param({"a.http": "### x\nGET BASE/1\n### y\nGET BASE/2"}, ["a.http:4"], ["GET /2"], id="line"),
        pytest.param({"a b#1.http": "GET BASE/1"}, ["a b#1.http"], ["GET /1"], id="mark-in-the-name"),
        pytest.param(TWO, ["[ab].*"], ["GET /a", "GET /b"], id="pattern"),
        pytest.param({"in/x.http": "GET BASE/x", **TWO}, ["**/*.http"], ["GET /b", "GET /x"], id="pattern-of-folders"),
        pytest.param({"in/x.http": "GET BASE/x", "in/y.md": ""}, ["i*"], ["GET /x"], id="pattern-that-means-a-folder"),
        pytest.param({"a[1].http": "GET BASE/1"}, ["a[1].http"], ["GET /1"], id="pattern-that-is-a-name"),
    ],
)
def test_words_mean_files(go, server, files, words, lines) -> None:
    results = go(files, words)

    assert (server.lines, tally_of(results).exit_code) == (lines, 0)


def test_standard_input_is_a_file(go, server, ports) -> None:
    text = f"GET {server.url}/stdin".encode()
    results = go({}, ["-"], read_file=lambda name: text if name == "-" else ports.read_file(name))

    assert (server.lines, results[0].file) == (["GET /stdin"], "-")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["nope.http"], "No such file: nope.http", id="missing"),
        pytest.param(["empty"], "No .http or .rest files in empty", id="folder-without-scripts"),
        pytest.param([], "No scripts to run", id="no-words"),
    ],
)
def test_word_that_means_nothing_is_an_error(go, server, words, message) -> None:
    results = go({"empty/notes.md": "GET BASE/"}, words)

    assert [str(result.error) for result in results] == [message]
    assert (tally_of(results).exit_code, server.requests) == (2, [])


def test_wrong_file_is_not_sent_and_the_others_are(go, server) -> None:
    results = go({"a.http": "GET BASE/a\n###\nGET {{nope}}", "b.http": "GET BASE/b"}, ["a.http", "b.http"])

    assert server.lines == ["GET /b"]
    assert [r.outcome for r in results] == ["error", "ok"]
    assert tally_of(results).exit_code == 2


def test_each_file_has_a_jar_and_captures_of_its_own(go, server) -> None:
    server.json("/a", '{"x": 1}', "Set-Cookie: sid=1; Path=/")
    text = "### a\n# @capture x = body $.x\nGET BASE/a\n###\nGET BASE/{{x}}"
    results = go({"a.http": text, "b.http": "GET BASE/b", "c.http": "GET BASE/{{x}}"}, ["a.http", "b.http", "c.http"])

    assert server.lines == ["GET /a", "GET /1", "GET /b"]
    assert [server.headers(n) for n in range(3)] == [[], ["Cookie: sid=1"], []]
    assert "No variable 'x'" in str(results[-1].error)


def test_name_is_sought_in_every_file(go, server) -> None:
    results = go(TWO, ["a.rest", "b.http"], Plan(names=("b",)))

    assert (server.lines, [r.outcome for r in results]) == (["GET /b"], ["ok"])


def test_name_that_no_file_has_sends_nothing(go, server) -> None:
    results = go(TWO, ["a.rest", "b.http"], Plan(names=("b", "c")))

    assert server.requests == []
    assert [str(r.error) for r in results] == ["No request is called 'c'"]


def test_list_gives_the_chosen_steps(go, ports, server) -> None:
    go(TWO, ["a.rest"])
    found = list(list_files(["a.rest", "b.http"], ports, Plan()))

    assert [(script.name, [step.title for step in steps]) for script, steps in found] == [
        ("a.rest", ["a"]),
        ("b.http", ["b"]),
    ]


def test_list_of_a_missing_file_is_an_error(ports) -> None:
    with pytest.raises(UsageError, match="No such file"):
        list(list_files(["nope.http"], ports, Plan()))


@pytest.mark.parametrize("is_sandboxed", [False, True])
@pytest.mark.parametrize("word", [".", "*/*.http", "./~/x.http"])
def test_a_folder_that_is_called_tilde_is_not_the_home(
    ports, tmp_path, monkeypatch, word: str, is_sandboxed: bool
) -> None:
    home, clone = tmp_path / "home", tmp_path / "clone"
    for folder, name in ((home, "mine"), (clone / "~", "x")):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "x.http").write_text(f"### {name}\nGET http://127.0.0.1:9/{name}\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(clone)

    plan = Plan(is_dry_run=True, is_sandboxed=is_sandboxed)
    results = list(run_files([word], ports, LiveSession, plan))

    assert [result.step.label for result in results if result.step] == ["x"]


def test_imported_file_is_read_once(go, ports) -> None:
    read = []
    go(
        {"a.http": "import b.http\n\n### a\nGET BASE/{{x}}\n", "b.http": "@x = 1\n### b\nGET BASE/b\n"},
        ["a.http"],
        read_file=lambda path: read.append(path) or ports.read_file(path),
    )

    assert sorted(path for path in read if path.endswith(".http")) == ["a.http", "b.http"]


def test_selection_that_is_given_is_sent(session, ports, server) -> None:
    script = parse(f"### a\nGET {server.url}/a\n\n### b\nGET {server.url}/b\n", "a.http")
    list(replay(script, session, ports, Plan(), selection=Selection(script.steps[1:])))

    assert server.lines == ["GET /b"]


def test_an_error_in_the_host_of_another_file_is_one_of_each_request(go, server) -> None:
    files = {"part.http": "@host = {{nosuch}}", "a.http": "# @import part.http\nGET /x", "b.http": "GET BASE/y"}
    results = go(files, ["a.http", "b.http"])

    assert [str(one.error.place) for one in results if one.error] == ["a.http:2:5"]
    assert server.lines == ["GET /y"]


@pytest.mark.parametrize("text", ["@host = BASE\n###\n/x", "# @import part.http\n/x", "import part.http\n/x"])
def test_a_path_alone_is_a_request_below_the_host(go, server, text) -> None:
    go({"part.http": "@host = BASE", "a.http": text}, ["a.http"])

    assert server.lines == ["GET /x"]


def test_a_path_alone_is_none_without_a_host(go, server) -> None:
    (result,) = go({"a.http": "/x"}, ["a.http"])

    assert result.error.message == "This is not a request line: /x"


@pytest.mark.parametrize("line", ["import {{root}}b.http", "# @import {{root}}b.http"])
def test_path_of_an_import_takes_a_variable_of_the_command_line(run, server, tmp_path, line: str) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/b.http").write_text(f"# @name b\nGET {server.url}/b\n")
    (result, _) = run(f"@root = other/\n{line}\n###\n# @ref b\nGET BASE/a", Plan(variables={"root": "lib/"}))

    assert result.outcome == "ok", result.error
    assert server.lines == ["GET /b", "GET /a"]


@pytest.mark.parametrize("line", ["import {{root}}b.http", "# @import {{root}}b.http"])
def test_path_of_an_import_takes_a_variable_of_the_environment(run, server, tmp_path, line: str) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/b.http").write_text(f"# @name b\nGET {server.url}/b\n")
    (tmp_path / "http-client.env.json").write_text('{"dev": {"root": "lib/"}}')
    (result, _) = run(f"{line}\n###\n# @ref b\nGET BASE/a", Plan(stages=("dev",)))

    assert result.outcome == "ok", result.error
    assert server.lines == ["GET /b", "GET /a"]


def test_environment_does_not_lead_an_import_out_of_the_sandbox(run, server, tmp_path) -> None:
    (tmp_path.parent / "outside.http").write_text(f"GET {server.url}/b\n")
    (tmp_path / "http-client.env.json").write_text('{"dev": {"root": "../"}}')
    results = run("run {{root}}outside.http\n###\nGET BASE/a", Plan(stages=("dev",), is_sandboxed=True))

    assert server.requests == []
    assert results[0].outcome == "error"
