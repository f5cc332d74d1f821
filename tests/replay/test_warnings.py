from __future__ import annotations

import pytest

from callbox.engine import LiveSession
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.tool_notations import NOTATIONS
from callbox.replay.file_and_system_access import real_ports
from callbox.replay.file_runs_and_threads import run_files
from callbox.replay.preflight import warnings_of
from callbox.replay.run_options import Plan
from callbox.replay.run_progress_and_deadline import RunControl


@pytest.fixture
def warned(ports, server, tmp_path, monkeypatch):
    """What a run of these files warns of."""
    monkeypatch.chdir(tmp_path)

    def told(**files: str) -> list[str]:
        for name, text in files.items():
            (tmp_path / f"{name}.http").write_text(text.replace("BASE", server.url))
        found: list[str] = []
        control = RunControl(Plan(), ports, warn=lambda doubt: found.append(f"{doubt.place}: {doubt.message}"))
        list(run_files([f"{name}.http" for name in files if name != "part"], ports, LiveSession, Plan(), control))
        return found

    return told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("# @expct status 201\nGET BASE/", "a.http:1:1: No directive is called @expct", id="check"),
        pytest.param("# @disable\nGET BASE/", "a.http:1:1: No directive is called @disable", id="near a directive"),
        pytest.param(
            "# @expect(status 201)\nGET BASE/", "a.http:1:1: This comment is not read as an assertion", id="brackets"
        ),
        pytest.param("GET BASE/\n\nwords", "a.http:3:1: This GET is sent with a body", id="body-of-get"),
        pytest.param("GET BASE/ # all", "a.http:1:", id="comment behind a URL"),
        pytest.param(
            "POST BASE/\nContent-Type: multipart/form-data; boundary=B\n\n--B\nX: y\n\n1",
            "a.http:7:1: The last part is not closed",
            id="multipart left open",
        ),
    ],
)
def test_what_passes_too_easily_is_warned_of(warned, text, told) -> None:
    (found,) = warned(a=text)

    assert found.startswith(told)


def test_a_file_that_is_imported_is_warned_of_once(warned) -> None:
    main = "import part.http\nGET BASE/"

    assert warned(a=main, b=main, part="# @expct status 201\nGET BASE/") == [
        "part.http:1:1: No directive is called @expct"
    ]


def test_nothing_is_said_of_other_lints(warned) -> None:
    assert warned(a="# @unheard x\n@a = 1\nGET BASE/") == []


def settings(folder, name: str, text: str) -> list[str]:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    (folder / "http").mkdir()
    script = parse("GET http://h/", str(folder / "http" / "a.http"))
    return [f"{doubt.place.line}:{doubt.place.column} {doubt.message}" for doubt in warnings_of(script, real_ports())]


@pytest.mark.parametrize("row", [row for row in NOTATIONS if row.kind == "setting"], ids=lambda row: row.name)
def test_setting_of_an_editor_is_said_to_have_no_effect(tmp_path, row) -> None:
    name = row.name.partition(", ")[0]
    found = settings(tmp_path, ".vscode/settings.json", f'{{\n  "{name}": true\n}}')

    warning = f"2:3 {row.tools}'s {name} of this file has no effect here"
    assert found == ([warning] if row.outcome == "warned" else [])


@pytest.mark.parametrize("name", ["httpyac.config.js", ".httpyac.js", ".httpyac.config.cjs"])
def test_code_of_httpyac_is_said_to_have_no_effect(tmp_path, name) -> None:
    assert settings(tmp_path, name, "{}") == ["1:1 httpyac's settings have no effect here"]


@pytest.mark.parametrize("name", [".httpyac.json", "httpyac.config.json"])
def test_settings_of_httpyac_except_environments_are_said_to_have_no_effect(tmp_path, name) -> None:
    found = settings(tmp_path, name, '{"environments": {},\n "request": {"timeout": 5}}')

    assert found == ["2:2 httpyac's request of this file has no effect here"]


def test_environments_of_httpyac_are_no_warning(tmp_path) -> None:
    assert settings(tmp_path, ".httpyac.json", '{"environments": {"dev": {"host": "h"}}}') == []


def test_settings_of_two_tools_are_two_warnings(tmp_path) -> None:
    text = '{"httpyac.requestGotOptions": {}, "rest-client.defaultHeaders": {}}'
    found = settings(tmp_path, ".vscode/settings.json", text)

    assert found == [
        "1:35 REST Client's rest-client.defaultHeaders of this file has no effect here",
        "1:2 httpyac's httpyac.requestGotOptions of this file has no effect here",
    ]


def test_settings_of_httpyac_in_a_package_are_said_to_have_no_effect(tmp_path) -> None:
    found = settings(tmp_path, "package.json", '{"httpyac": {"request": {}}}')

    assert found == ["1:2 httpyac's settings have no effect here"]


def test_a_package_that_needs_httpyac_has_no_settings_of_it(tmp_path) -> None:
    assert settings(tmp_path, "package.json", '{"devDependencies": {\n  "httpyac": "^6"\n}}') == []


@pytest.mark.parametrize(
    "key",
    [
        row.name
        for row in NOTATIONS
        if row.kind == "environment" and row.outcome == "warned" and not row.name.startswith(".")
    ],
)
@pytest.mark.parametrize("name", ["http-client.env.json", "http-client.private.env.json"])
def test_an_option_in_an_environment_is_said_to_have_no_effect(tmp_path, name, key) -> None:
    (found,) = settings(tmp_path, name, f'{{"dev": {{"{key}": true}}}}')

    assert found.startswith(f"1:10 {key} of ")


def test_an_option_in_a_dotenv_is_said_to_have_no_effect(tmp_path) -> None:
    found = settings(tmp_path, ".env", "A=1\nrequest_timeout=5\n")

    assert found == ["2:1 request_timeout of httpyac has no effect here"]


def test_a_hint_to_a_flag_has_no_quotation_marks(tmp_path) -> None:
    (tmp_path / ".env").write_text("request_proxy=http://p\n")
    (found,) = warnings_of(parse("GET http://h/", str(tmp_path / "a.http")), real_ports())

    assert found.hint == "Use --proxy URL"


@pytest.mark.parametrize("text", ['{"editor.tabSize": 2}', '{"rest-client.previewOption": "full"}', ""])
def test_settings_of_an_editor_are_not(tmp_path, text) -> None:
    assert settings(tmp_path, ".vscode/settings.json", text) == []


def test_folder_of_httpyac_in_the_systems_environment_is_said_to_have_no_effect(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("HTTPYAC_ENV", str(tmp_path))
    script = parse("GET http://h/", str(tmp_path / "a.http"))

    messages = [doubt.message for doubt in warnings_of(script, real_ports())]
    assert messages == ["The folder in HTTPYAC_ENV is not searched for environments"]


def test_directive_of_two_tools_is_said_to_be_of_the_tool_that_has_its_whole_name(warned) -> None:
    (message,) = warned(a="# @grpc-reflection\nGET BASE/")

    assert "@grpc-reflection of httpyac has no effect here" in message
