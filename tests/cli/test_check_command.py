from __future__ import annotations

import time
from pathlib import Path

import pytest

from callbox.cli.check_command import check_files, check_script, run_check
from callbox.errors import UsageError
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.replay.file_and_system_access import ReplayPorts, real_ports
from callbox.replay.run_options import Plan


@pytest.fixture
def ports() -> ReplayPorts:
    return real_ports()._replace(sleep=lambda _: None)


@pytest.fixture
def check(ports, tmp_path):
    def found(text: str, plan: Plan = Plan()) -> list[str]:
        script = parse(text, str(tmp_path / "a.http"))
        return [f"{one.place.line}:{one.place.column} {one.message}" for one in check_script(script, ports, plan)]

    return found


def test_sound_script_has_nothing(check) -> None:
    assert check("@a = 1\n### x\n# @name x\nGET http://h.x/{{a}}\n### y\nGET http://h.x/{{x.response.body.$.id}}") == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("GET http://h.x/{{nope}}", "1:16 No variable 'nope'", id="undefined"),
        pytest.param("@a = 1\nGET http://h.x/", "1:1 Nothing uses 'a'", id="unused"),
        pytest.param("POST http://h.x/\n\n< nope.bin", "3:3 No such file: ", id="missing-file"),
        pytest.param("not a request", "1:1 This is not a request line: not a request", id="parser"),
        pytest.param("import nope.http\nGET http://h.x/", "1:8 No such file: ", id="import"),
        pytest.param("# just a remark", "1:1 There is no request in this file", id="empty"),
        pytest.param("# @expect body $.[ == 1\nGET http://h.x/", "1:16 ", id="wrong-path"),
    ],
)
def test_each_thing_is_told_with_its_place(check, text, told) -> None:
    found = check(text)

    assert len(found) == 1
    assert found[0].startswith(told)


def test_prompts_are_neither_asked_nor_errors(check) -> None:
    assert check("# @prompt pin\nGET http://h.x/{{pin}}") == []


def test_what_passes_too_easily_is_told_of_an_imported_file_too(check, tmp_path) -> None:
    (tmp_path / "part.http").write_text("# @expct status 201\n# @unheard x\nGET http://h.x/")

    assert check("import part.http\nGET http://h.x/") == ["1:1 No directive is called @expct"]


def test_wrong_import_does_not_hide_the_rest(check) -> None:
    assert [line[:3] for line in check("import nope.http\n### a\nGET http://h.x/{{b}}")] == ["1:8", "3:1"]


def test_conflict_with_an_environment_is_told(check, tmp_path) -> None:
    (tmp_path / "http-client.env.json").write_text('{"dev": {"a": "2"}}')

    assert "1:1 'a' has another value in" in check("@a = 1\nGET http://h.x/{{a}}", Plan(stages=("dev",)))[0]


@pytest.mark.parametrize(
    ("pick", "message"),
    [(":9", "No request at line 9 of"), ("#b", "No request is called 'b'"), (":0", "No request at")],
)
def test_choice_that_picks_nothing_is_an_error(ports, tmp_path, pick, message) -> None:
    (tmp_path / "a.http").write_text("### a\nGET http://h.x/\n")
    found = list(check_files([f"{tmp_path / 'a.http'}{pick}"], ports, Plan()))

    assert [(one.is_error, one.message[: len(message)]) for one in found] == [(True, message)]


EMPTY = "# c\n@base =\nGET {{base}}/a\n\n###\nGET {{base}}/b\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(EMPTY, [(False, "no-base", 2)], id="an empty base"),
        pytest.param(
            "GET /a\n\n###\nGET /b\nA: b\n", [(True, "not-sendable", 1), (True, "not-sendable", 4)], id="paths"
        ),
    ],
)
def test_an_empty_base_is_one_doubt(ports, text, told) -> None:
    found = check_script(parse(text, "a.http"), ports, Plan())

    assert [(one.is_error, one.code, one.place.line) for one in found] == told


@pytest.mark.parametrize("form", ["< {{% {code} %}}\nGET http://h.x/", "GET http://h.x/\n\n> {{% {code} %}}", "module"])
@pytest.mark.parametrize("code", ["} while (true) {} if (0) {", "}); while (true) {} ({", "while (true) {}"])
def test_a_check_runs_nothing_of_a_script(check, tmp_path, form: str, code: str) -> None:
    if form == "module":
        (tmp_path / "a.js").write_text("import './b.js'")
        (tmp_path / "b.js").write_text(code)
        form = "GET http://h.x/\n\n> a.js"
    begun = time.process_time()

    found = check(form.format(code=code))

    assert time.process_time() - begun < 4  # its limit of 5 s was not waited for
    assert not any("took longer" in one for one in found)


OPEN_UNTIL_ASKED = [
    pytest.param("# @prompt port\nGET http://h.x:{{port}}/", id="port"),
    pytest.param("# @prompt host\nGET {{host}}/", id="host"),
    pytest.param("# @prompt host\nGET /a\nHost: {{host}}", id="host-header"),
    pytest.param("GET http://h.x/{{$pick app? $value: foo,bar}}", id="pick"),
    pytest.param("GET http://h.x:{{$input port}}/", id="input"),
    pytest.param("# @prompt f\nPOST http://h.x/\n\n< ./{{f}}.json", id="file"),
    pytest.param("# @prompt f\nPOST http://h.x/\n\n<@ ./{{f}}.json", id="template-file"),
    pytest.param("POST http://h.x/\n\n< ./{{$input f}}.json", id="file-of-input"),
    pytest.param("# @prompt id\nGRAPHQL http://h.x/\n\nquery { a }\n\n{\"id\": {{id}}}", id="graphql-variables"),
    pytest.param("# @prompt n\n# @disabled n > 5\nGET http://h.x/", id="disabled"),
    pytest.param("# @prompt list\n# @loop for x of list\nGET http://h.x/{{x}}", id="loop-of"),
    pytest.param("# @prompt n\n# @loop for {{n}}\nGET http://h.x/{{$index}}", id="loop-count"),
    pytest.param("# @prompt t\n# @timeout {{t}}\n# @sleep {{t}}\n# @retry {{t}}\nGET http://h.x/", id="directives"),
    pytest.param("# @prompt p\nGET http://h.x/\n\n?? body {{p}} exists\n?? status {{p}}", id="expectation"),
    pytest.param("# @prompt p\n# @capture c = body {{p}}\nGET http://h.x/", id="capture"),
    pytest.param("# @prompt n\nGET http://h.x/\n{{n}}: 1", id="header-name"),
    pytest.param("# @prompt a\nGET http://h.x/\nAuthorization: {{a}} b", id="authorization"),
    pytest.param("# @prompt c\ncurl http://h.x/ -d @{{c}}.json", id="file-of-curl"),
    pytest.param("# @prompt c\nGET http://h.x/\nX-ClientCert: cert: {{c}}.pem", id="certificate"),
    pytest.param("# @prompt name\nGET http://h.x/{{$processEnv %name}}", id="environment-name"),
    pytest.param("@port = {{$input port}}\nGET http://h.x:{{port}}/", id="in-a-variable"),
    pytest.param("# @prompt p\n@port = {{p}}\nGET http://h.x:{{port}}/", id="through-a-variable"),
    pytest.param("# @prompt port\nGET http://h.x/{{port}}\n### b\nrun #a\n### a\n# @name a\n# @prompt port\nGET http://h.x:{{port}}/", id="run"),
]  # fmt: skip


@pytest.mark.parametrize("text", OPEN_UNTIL_ASKED)
def test_answers_are_not_known_until_they_are_asked_for(check, text) -> None:
    assert check(text) == []


def test_template_file_with_an_answer_in_it_is_not_known(check, tmp_path) -> None:
    (tmp_path / "v.json").write_text('{"id": {{id}}}')

    assert check("# @prompt id\nGRAPHQL http://h.x/\n\nquery { a }\n\n<@ ./v.json") == []


@pytest.mark.parametrize(
    ("text", "answers", "told"),
    [
        ("# @prompt port\nGET http://h.x:{{port}}/", {"port": "x"}, "Invalid port 'x'"),
        ("GET http://h.x/{{$pick app? $value: foo,bar}}", {"app": "qux"}, "'qux' is not one of the choices of 'app'"),
        ("# @prompt n\n# @disabled n > 5\nGET http://h.x/", {"n": "x"}, "'x' > '5' compares texts, not numbers"),
        ("# @prompt f\nPOST http://h.x/\n\n< ./{{f}}.json", {"f": "x"}, "No such file"),
    ],
    ids=["port", "pick", "disabled", "file"],
)
def test_given_answers_are_checked(check, text, answers, told) -> None:
    (problem,) = check(text, Plan(answers=answers))

    assert told in problem


def test_wrong_part_beside_an_answer_is_told(check) -> None:
    text = "# @prompt a\n# @timeout x\nGET http://h.x/{{a}}/{{nope}}\n\n?? header {{b}} exists\n@b = \\{\\{z\\}\\}"

    assert [found.partition(" ")[2] for found in check(text)] == [
        "'x' is not a time",
        "No variable 'nope'",
        "'{{z}}' cannot be the name of a header",
    ]


BLOCK = "# @name vars\n@base = http://h.x\n@b = {{base}}/b\n\n"


@pytest.mark.parametrize("directive", ["ref", "forceRef"])
def test_block_of_variables_may_be_referred_to(check, directive) -> None:
    assert check(f"{BLOCK}###\n# @{directive} vars\nGET {{{{b}}}}") == []


@pytest.mark.parametrize("directive", ["ref", "forceRef"])
def test_block_of_variables_of_an_imported_file_may_be_referred_to(check, tmp_path, directive) -> None:
    (tmp_path / "vars.http").write_text(BLOCK)

    assert check(f"# @import ./vars.http\n# @{directive} vars\nGET {{{{b}}}}") == []


def test_path_of_an_import_takes_variables_of_its_file(check, tmp_path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/b.http").write_text("# @name b\nGET http://h.x/\n")

    assert check("@root = lib/\n# @import {{root}}b.http\n# @ref b\nGET http://h.x/") == []


def test_path_of_run_takes_variables_of_its_file(check, tmp_path) -> None:
    (tmp_path / "b.http").write_text("GET http://h.x/\n")

    assert check("@folder = ./\nrun {{folder}}b.http") == []


def test_unknown_variable_in_the_path_of_run_is_one_error(check) -> None:
    assert check("run {{root}}b.http\n###\nGET http://h.x/") == [
        "1:5 No variable of this file or its environment has the name 'root' and a fixed value"
    ]


@pytest.mark.parametrize("line", ["# @import {{root}}b.http\n# @ref b", "run {{root}}b.http"])
@pytest.mark.parametrize("definition", ["", "@root = other/\n", "@root = {{$env.HOME}}\n"], ids=["", "file", "env"])
def test_path_of_an_import_takes_variables_of_the_command_line_first(
    check, tmp_path, line: str, definition: str
) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/b.http").write_text("# @name b\nGET http://h.x/\n")
    plan = Plan(variables={"root": "lib/"})

    assert check(f"{definition}{line}\nGET http://h.x/", plan) == []


@pytest.mark.parametrize("line", ["import {{root}}b.http", "# @import {{root}}b.http\n# @ref b", "run {{root}}b.http"])
@pytest.mark.parametrize("plan", [Plan(stages=("dev",)), Plan()], ids=["chosen", "shared"])
def test_path_of_an_import_takes_variables_of_the_environment(check, tmp_path, line: str, plan: Plan) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/b.http").write_text("# @name b\nGET http://h.x/\n")
    (tmp_path / "http-client.env.json").write_text('{"$shared": {"root": "lib/"}, "dev": {"root": "./lib/"}}')

    assert check(f"{line}\nGET http://h.x/", plan) == []


@pytest.mark.parametrize("definition", ["@root = other/\n", "@root = {{$env.HOME}}\n"], ids=["file", "env"])
def test_variable_of_the_file_wins_in_the_path_of_an_import(check, tmp_path, definition: str) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/b.http").write_text("# @name b\nGET http://h.x/\n")
    (tmp_path / "http-client.env.json").write_text('{"dev": {"root": "lib/"}}')

    assert check(f"{definition}run {{{{root}}}}b.http\nGET http://h.x/", Plan(stages=("dev",))) != []


def test_value_of_a_private_file_is_not_part_of_a_path(check, tmp_path) -> None:
    (tmp_path / "b.http").write_text("# @name b\nGET http://h.x/\n")
    (tmp_path / "http-client.private.env.json").write_text('{"dev": {"root": "./"}}')

    found = check("run {{root}}b.http\nGET http://h.x/", Plan(stages=("dev",)))

    assert found == ["1:5 No variable of this file or its environment has the name 'root' and a fixed value"]


def test_variable_in_the_path_of_an_import_needs_a_fixed_value(check) -> None:
    found = check("@root = {{$env.HOME}}/\n# @import {{root}}b.http\nGET http://h.x/")

    assert "2:11 No variable of this file or its environment has the name 'root' and a fixed value" in found


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("# @ref var\nGET http://h.x/\n### b\n# @name vars\nGET http://h.x/", id="ref"),
        pytest.param("# @forceRef var\nGET http://h.x/\n### b\n# @name vars\nGET http://h.x/", id="forceRef"),
        pytest.param("run #var\n### b\n# @name vars\nGET http://h.x/", id="run"),
        pytest.param("# @name var\n### c\n# @ref var\nGET http://h.x/\n### b\n# @name vars\nGET http://h.x/", id="empty-block"),
    ],
)  # fmt: skip
def test_name_that_nothing_has_is_told_once(ports, tmp_path, text) -> None:
    found = list(check_script(parse(text, str(tmp_path / "a.http")), ports, Plan()))

    assert [(one.is_error, one.message, one.hint) for one in found] == [
        (True, "No request is named 'var'", "Did you mean 'vars'?")
    ]


@pytest.fixture
def problems(ports, tmp_path):
    """The messages about files, which are given by their names."""

    def found(plan: Plan = Plan(), **texts: str) -> list[str]:
        for name, text in texts.items():
            (tmp_path / f"{name}.http").write_text(text)
        return [one.message for one in check_files([str(tmp_path)], ports, plan)]

    return found


ASKS = "# @prompt user\nGET http://h.x/{{user}}\n"


def test_answer_that_no_file_asks_for_is_a_lint(problems) -> None:
    plan = Plan(answers={"usr": "ann", "user": "ann"})

    assert problems(plan, a=ASKS, b="GET http://h.x/\n") == ["No file asks for usr, which --prompt answers"]


def test_answer_that_one_of_the_files_asks_for_is_no_lint(problems) -> None:
    assert problems(Plan(answers={"user": "ann"}), a=ASKS, b="GET http://h.x/\n") == []


def test_answer_that_only_an_imported_file_asks_for_is_no_lint(problems, tmp_path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "login.http").write_text("# @name login\n" + ASKS)
    text = "# @import ./lib/login.http\n# @ref login\nGET http://h.x/\n"

    assert problems(Plan(answers={"user": "ann"}), a=text) == []


def test_settings_of_another_tool_are_a_lint(problems, tmp_path) -> None:
    (tmp_path / ".vscode").mkdir()
    (tmp_path / ".vscode" / "settings.json").write_text('{"rest-client.followredirect": false}')

    assert problems(a="GET http://h.x/\n") == [
        "REST Client's rest-client.followredirect of this file has no effect here"
    ]


def test_environment_file_that_does_not_count_is_told(ports, tmp_path) -> None:
    folder = tmp_path / "shared" / "own"
    folder.mkdir(parents=True)
    folder.parent.chmod(0o1777)
    (folder.parent / ".env").write_text("a=1")
    script = parse("GET http://h.x/", str(folder / "a.http"))

    (problem,) = check_script(script, ports, Plan())

    assert not problem.is_error
    assert problem.place.file.endswith("shared/.env")
    assert problem.message == "This file is not used: every user can write files in its folder"


@pytest.fixture
def said(tmp_path, monkeypatch, capfd):
    """The output of a check in `proj`, which is beside a file with a secret."""
    (tmp_path / "priv.txt").write_text("opensesame: [")
    (tmp_path / "proj").mkdir()
    monkeypatch.chdir(tmp_path / "proj")

    def run(*words: str) -> str:
        run_check(words)
        output = capfd.readouterr()
        return output.out + output.err

    return run


@pytest.mark.parametrize("name", ["a.http", "http-client.env.json", ".env"])
@pytest.mark.parametrize("argument", [".", "b.http"])
def test_a_link_of_the_folder_shows_no_line_of_another_folder(said, name: str, argument: str) -> None:
    Path("b.http").write_text("# @import ./a.http\nGET http://h.x/{{x}}\n")
    Path("a.http").touch()
    Path(name).unlink(missing_ok=True)
    Path(name).symlink_to("../priv.txt")
    output = said(argument, "-e", "dev")

    assert "opensesame" not in output
    assert "is a link that leads out of" in output


def test_a_description_that_is_a_link_out_of_the_folder_is_not_read(said) -> None:
    Path("b.http").write_text("GET http://h.x/\n")
    Path("openapi.json").symlink_to("../priv.txt")

    with pytest.raises(UsageError, match="is a link that leads out of"):
        said("b.http", "--openapi", "openapi.json")


@pytest.mark.parametrize(("directive", "count"), [("", "1 error"), ("# @no-openapi\n", "0 errors")])
def test_request_that_is_left_out_is_not_compared_with_the_description(said, directive: str, count: str) -> None:
    Path("openapi.json").write_text('{"openapi": "3.1.0", "info": {}, "paths": {"/a": {"get": {}}}}')
    Path("b.http").write_text(f"{directive}POST http://h.x/a\n")

    assert count in said("b.http", "--openapi", "openapi.json")


def test_a_link_within_the_repository_is_followed(said) -> None:
    Path(".git").mkdir()
    Path("api").mkdir()
    Path("shared.http").write_text("GET http://h.x/\n")
    Path("api/a.http").symlink_to("../shared.http")

    assert said("api") == "0 errors, 0 lints\n"
