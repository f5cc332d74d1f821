from __future__ import annotations

import os

import pytest

from callbox.errors import ScriptError, UsageError
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.replay.environment_file_search import (
    choose_environments,
    environment_file_texts,
    environment_tls_options,
    find_dotenv,
    list_environments,
    unused_files,
)
from callbox.replay.file_and_system_access import real_ports
from callbox.replay.preflight import warnings_of
from callbox.replay.run_options import Plan
from callbox.report.result_console_text import result as show

ENV = '{"dev": {"who": "ann", "path": "of/{{who}}"}, "eu": {"who": "eva"}}'


@pytest.mark.parametrize(
    ("files", "plan", "line"),
    [
        pytest.param({"http-client.env.json": ENV}, Plan(stages=("dev",)), "GET /of/ann", id="jetbrains"),
        pytest.param({"http-client.env.json": ENV}, Plan(stages=("dev", "eu")), "GET /of/eva", id="two"),
        pytest.param(
            {"http-client.env.json": ENV, "http-client.private.env.json": '{"dev": {"who": "pam"}}'},
            Plan(stages=("dev",)), "GET /of/pam", id="private",
        ),
        pytest.param(
            {"http-client.env.json": ENV, "http-client.env.json.user": '{"dev": {"who": "uma"}}'},
            Plan(stages=("dev",)), "GET /of/uma", id="visual-studio",
        ),
        pytest.param({"dev.env": "path=x"}, Plan(stages=("dev",)), "GET /x", id="own-dotenv"),
        pytest.param({".env.dev": "path=x"}, Plan(stages=("dev",)), "GET /x", id="own-dotenv-with-a-dot"),
        pytest.param({"dev.env": "path={{x}}", ".env.dev": "x=z"}, Plan(stages=("dev",)), "GET /z", id="both-dotenvs"),
        pytest.param({"dev.env": "path=x", ".env.dev": "path=z"}, Plan(stages=("dev",)), "GET /z", id="the-later-dotenv"),
        pytest.param({"env/dev.env": "path=x", ".env.dev": "y=z"}, Plan(stages=("dev",)), "GET /x", id="two-folders"),
        pytest.param({".env": "path=y"}, Plan(), "GET /y", id="dotenv"),
        pytest.param({".httpyac.json": f'{{"environments": {ENV}}}'}, Plan(stages=("dev",)), "GET /of/ann", id="httpyac"),
        pytest.param({"httpyac.config.json": f'{{"environments": {ENV}}}'}, Plan(stages=("eu", "dev")), "GET /of/ann", id="httpyac-config"),
        pytest.param(
            {".httpyac.json": '{"environments": {"$default": {"path": "d"}}}'}, Plan(), "GET /d", id="httpyac-default",
        ),
        pytest.param(
            {".httpyac.json": f'{{"environments": {ENV}}}', "http-client.env.json": '{"dev": {"path": "j"}}'},
            Plan(stages=("dev",)), "GET /j", id="jetbrains-before-httpyac",
        ),
        pytest.param({"http-client.env.json": ENV}, Plan(stages=("dev",), variables={"path": "v"}), "GET /v", id="var"),
    ],
)  # fmt: skip
def test_environment_fills_variables(run, server, tmp_path, files, plan, line) -> None:
    (tmp_path / "env").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    run("GET BASE/{{path}}", plan)

    assert server.lines == [line]


def test_default_of_httpyac_is_not_used_with_a_chosen_environment(tmp_path) -> None:
    text = '{"environments": {"$default": {"host": "d"}, "$shared": {"port": "1"}, "dev": {}}}'
    (tmp_path / ".httpyac.json").write_text(text)

    chosen = choose_environments(str(tmp_path), Plan(stages=("dev",)), real_ports())

    assert {name for layer in chosen.layers for name in layer.values} == {"port"}


def test_environments_of_httpyac_are_listed(tmp_path) -> None:
    (tmp_path / ".httpyac.json").write_text('{"environments": {"$default": {}, "dev": {}}}')

    assert list_environments(str(tmp_path), real_ports()) == ["dev"]


def test_settings_of_httpyac_that_are_no_json_are_an_error(tmp_path) -> None:
    (tmp_path / ".httpyac.json").write_text('{"environments": {')

    with pytest.raises(ScriptError, match="This is not JSON"):
        choose_environments(str(tmp_path), Plan(), real_ports())


def test_script_wins_over_the_environment(run, server, tmp_path) -> None:
    (tmp_path / "http-client.env.json").write_text(ENV)

    run("@who = own\nGET BASE/{{path}}", Plan(stages=("dev",)))

    assert server.lines == ["GET /of/own"]


def test_named_file_takes_the_place_of_those_found(run, server, tmp_path) -> None:
    (tmp_path / "http-client.env.json").write_text(ENV)
    (tmp_path / "other.json").write_text('{"dev": {"path": "other"}}')

    run("GET BASE/{{path}}", Plan(stages=("dev",), env_file=str(tmp_path / "other.json")))

    assert server.lines == ["GET /other"]


def test_circle_in_an_environment_is_an_error_at_its_use(run, server, tmp_path) -> None:
    (tmp_path / "http-client.env.json").write_text('{"dev": {"a": "{{b}}", "b": "{{a}}"}}')
    results = run("GET BASE/{{a}}", Plan(stages=("dev",)))

    assert str(results[0].error) == "'a' is defined by itself: a -> b -> a"
    assert results[0].error.place.line == 1
    assert server.requests == []


def test_unknown_environment_sends_nothing(run, server) -> None:
    results = run("GET BASE/", Plan(stages=("dev",)))

    assert str(results[0].error) == "No environment 'dev': there is no environment file"
    assert server.requests == []


def test_private_value_is_masked(run, server, tmp_path) -> None:
    (tmp_path / "http-client.private.env.json").write_text('{"dev": {"who": "swordfish-and-chips"}}')
    results = run("GET BASE/{{who}}", Plan(stages=("dev",)))

    assert server.lines == ["GET /swordfish-and-chips"]
    assert "swordfish" not in "".join(text for _, text in show(results[0], is_verbose=True))


@pytest.mark.parametrize(("is_sandboxed", "value"), [(False, "ann"), (True, None)])
def test_files_above_count_but_not_in_a_sandbox(ports, tmp_path, is_sandboxed, value) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "http-client.env.json").write_text('{"$shared": {"who": "ann"}}')
    chosen = choose_environments(str(tmp_path / "in" / "deep"), Plan(is_sandboxed=is_sandboxed), ports)

    found = next((layer.values.get("who") for layer in chosen.layers), None)
    assert (found and found.text) == value


def test_certificate_is_sought_beside_the_file_that_names_it(ports, tmp_path) -> None:
    tls = '{"clientCertificate": {"path": "c.pem"}, "clientCertificateKey": "elsewhere.pem"}'
    (tmp_path / "http-client.env.json").write_text(f'{{"dev": {{"SSLConfiguration": {tls}}}}}')
    (tmp_path / "c.pem").write_text("")

    options = choose_environments(str(tmp_path / "deep"), Plan(stages=("dev",)), ports).options

    assert options == {"cert": f"{os.path.relpath(tmp_path / 'c.pem')},elsewhere.pem"}


def test_line_of_a_private_file_is_never_shown(ports, tmp_path) -> None:
    (tmp_path / "http-client.private.env.json").write_text('{"dev": {"pin": hunter2}}')

    with pytest.raises(ScriptError) as raised:
        choose_environments(str(tmp_path), Plan(stages=("dev",)), ports)

    assert raised.value.place is not None
    assert (raised.value.place.line, raised.value.place.source) == (1, "")


@pytest.mark.parametrize(
    "first",
    [
        "# @capture a = body $.a\nGET BASE/a",
        "GET BASE/a\n\n> {% client.global.set('a', 'captured') %}",
        "GET BASE/a\n\n> {% for (const name of ['a']) client.global.set(name, 'captured') %}",
    ],
    ids=["capture", "script", "computed name"],
)
def test_what_was_captured_wins_over_the_environment(run, server, tmp_path, first) -> None:
    server.json("/a", '{"a": "captured"}')
    (tmp_path / "http-client.env.json").write_text('{"dev": {"a": "environment"}}')
    run(f"GET BASE/{{{{a}}}}\n###\n{first}\n###\nGET BASE/{{{{a}}}}", Plan(stages=("dev",)))

    assert server.lines == ["GET /environment", "GET /a", "GET /captured"]


OWN = {
    "environment": ("@who = {{who}}\nGET BASE/{{who}}", "GET /ann"),
    "with more": ("@who = {{who}}-2\nGET BASE/{{who}}", "GET /ann-2"),
    "by another": ("@a = {{who}}\n@who = {{who}}\nGET BASE/{{a}}", "GET /ann"),
    "capture": ("@id = {{id}}\n### a\n# @capture id = body\nGET BASE/a\n### b\nGET BASE/{{id}}", "GET /ok"),
}


@pytest.mark.parametrize(("text", "line"), OWN.values(), ids=OWN)
def test_variable_that_is_itself_has_the_value_from_elsewhere(run, server, tmp_path, text, line) -> None:
    (tmp_path / "http-client.env.json").write_text(ENV)
    run(text, Plan(stages=("dev",)))

    assert server.lines[-1:] == [line]


def test_variable_that_is_itself_and_nothing_else_is_an_error(run, server) -> None:
    (result,) = run("@who = {{who}}\nGET BASE/{{who}}")

    assert (str(result.error), server.requests) == ("'who' is defined by itself: who -> who", [])


COMMENTS = {
    "above": '// private: see the wiki\n{"dev": {"path": "p"}}',
    "behind": '{"dev": { // local\n"path": "p" // a "word"\n}}',
    "block": '/* for "all" */ {"dev": /* {} */ {"path": "p"}}',
    "in a text": '// x\n{"dev": {"url": "http://h/*x*/", "path": "p"}}',
}


@pytest.mark.parametrize("text", COMMENTS.values(), ids=COMMENTS)
def test_environment_file_may_have_comments(run, server, tmp_path, text) -> None:
    (tmp_path / "http-client.env.json").write_text(text)
    run("GET BASE/{{path}}", Plan(stages=("dev",)))

    assert server.lines == ["GET /p"]


def test_error_behind_a_comment_has_its_line(run, tmp_path) -> None:
    (tmp_path / "http-client.env.json").write_text('// one\n{"dev": {\n  path: 1}}')
    (result,) = run("GET BASE/{{path}}", Plan(stages=("dev",)))

    assert (result.error.place.line, result.error.place.column) == (3, 3)


@pytest.mark.parametrize("part", ["dev", "$shared"])
def test_a_secret_of_a_store_is_refused_by_the_name_of_the_store(run, tmp_path, part) -> None:
    text = f'{{"dev": {{}}, "{part}": {{"ApiKey": {{"provider": "AspnetUserSecrets", "secretName": "x"}}}}}}'
    (tmp_path / "http-client.env.json").write_text(text)
    (result,) = run("GET BASE/{{ApiKey}}", Plan(stages=("dev",)))

    assert result.error.message == "'ApiKey' is in AspnetUserSecrets, and callbox does not read secrets from a store"
    assert result.error.hint == "give the value: --var ApiKey=..."


def test_a_value_of_another_file_wins_over_a_secret_of_a_store(run, server, tmp_path) -> None:
    (tmp_path / "http-client.env.json").write_text('{"dev": {"k": {"provider": "AzureKeyVault"}}}')
    (tmp_path / "http-client.env.json.user").write_text('{"dev": {"k": "mine"}}')
    (result,) = run("GET BASE/{{k}}", Plan(stages=("dev",)))

    assert result.error is None
    assert server.lines == ["GET /mine"]


@pytest.fixture
def shared(tmp_path):
    """The folder of a script, inside a folder that every user can write."""
    tmp_path.chmod(0o1777)
    yield (own := tmp_path / "own").mkdir() or own
    tmp_path.chmod(0o700)


TLS_OFF = '{"dev": {"who": "eve", "SSLConfiguration": {"verifyHostCertificate": false}}}'


@pytest.mark.parametrize(
    "name",
    [
        "http-client.private.env.json", "http-client.env.json.user", "rest-client.env.json", "dev.env", ".env.dev",
        ".env", "env/rest-client.private.env.json", "env/.env",
    ],
)  # fmt: skip
def test_file_in_a_shared_folder_above_chooses_no_variable(tmp_path, shared, name) -> None:
    (shared / "http-client.env.json").write_text('{"dev": {"who": "ann"}}')
    theirs = tmp_path / name
    theirs.parent.mkdir(exist_ok=True)
    theirs.write_text(TLS_OFF if "json" in name else "who=eve\nTOKEN=eve")
    plan = Plan(stages=("dev",))

    chosen = choose_environments(str(shared), plan, real_ports())

    assert [layer.values["who"].text for layer in chosen.layers if "who" in layer.values] == ["ann"]
    assert "verify" not in chosen.options
    assert find_dotenv(str(shared), "TOKEN", plan, real_ports()) is None
    assert not list(environment_tls_options(str(shared), plan, real_ports()))
    assert [os.path.abspath(path) for path, *_ in environment_file_texts(str(shared), plan, real_ports())] == [
        str(shared / "http-client.env.json")
    ]
    (warning,) = unused_files(str(shared), plan, real_ports())
    assert warning.place.file == os.path.relpath(theirs)
    assert warning.message == "This file is not used: every user can write files in its folder"


def test_environment_of_a_file_that_does_not_count_is_unknown_for_this_reason(tmp_path, shared) -> None:
    (tmp_path / "http-client.env.json").write_text('{"dev": {}}')

    with pytest.raises(UsageError, match="No environment 'dev'") as raised:
        choose_environments(str(shared), Plan(stages=("dev",)), real_ports())

    assert raised.value.hint.endswith("http-client.env.json is not used: every user can write files in its folder")
    assert list_environments(str(shared), real_ports()) == []


def test_file_that_the_user_names_needs_no_owner(tmp_path, shared) -> None:
    path = tmp_path / "http-client.env.json"
    path.write_text('{"dev": {"who": "ann"}}')
    plan = Plan(stages=("dev",), env_file=str(path))

    assert choose_environments(str(shared), plan, real_ports()).layers[0].values["who"].text == "ann"
    assert unused_files(str(shared), plan, real_ports()) == []


@pytest.mark.parametrize(
    ("plan", "is_said"),
    [(Plan(stages=("dev",)), True), (Plan(), False), (Plan(stages=("dev",), variables={"host": "c.x"}), False)],
    ids=["environment", "none", "var"],
)
def test_value_of_a_file_that_hides_that_of_the_chosen_environment_is_said(ports, tmp_path, plan, is_said) -> None:
    (tmp_path / "http-client.env.json").write_text('{"dev": {"host": "a.x", "same": "1"}}')
    path = tmp_path / "api.http"
    path.write_text("@host = b.x\n@same = 1\nGET http://{{host}}/{{same}}\n")

    found = [w.message for w in warnings_of(parse(path.read_text(), str(path)), ports, plan=plan)]

    assert ["'host' has another value" in message for message in found] == [True] * is_said
