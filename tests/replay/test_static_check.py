from __future__ import annotations

import time

import pytest

from callbox.httpfile.parser.script import parse
from callbox.replay.plan import Plan
from callbox.replay.static_check import check_files, check_script


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
