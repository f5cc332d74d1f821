from __future__ import annotations

from collections.abc import Mapping

import pytest
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.variables.environment_file_parser import choose, conflicts, read_environment_file

NONE: Mapping[str, str] = {}
PUBLIC = read_environment_file(
    '{"$shared": {"a": "shared", "s": "s"}, "dev": {"a": "dev", "u": {"id": 7}}, "eu": {"a": "eu"}}',
    "http-client.env.json",
)
PRIVATE = read_environment_file('{"dev": {"key": "k", "u": "mine"}}', "http-client.private.env.json")


def value_of(name: str, stages: list[str], dotenv: Mapping[str, str] = NONE) -> str | None:
    chosen = choose(stages, [PRIVATE], [PUBLIC], {"eu": {"f": "file"}}, dotenv)
    return next((layer.values[name].text for layer in chosen.layers if name in layer.values), None)


@check_rows(
    ("name", "stages", "value"),
    [
        pytest.param("a", ["dev"], "dev", id="stage-over-shared"),
        pytest.param("a", [], "shared", id="shared-without-a-stage"),
        pytest.param("a", ["dev", "eu"], "eu", id="last-stage-wins"),
        pytest.param("u", ["dev"], "mine", id="private-over-public"),
        pytest.param("u", ["dev", "eu"], "mine", id="private-over-every-public"),
        pytest.param("u.id", ["dev"], "7", id="member-of-an-object"),
        pytest.param("f", ["eu"], "file", id="own-dotenv"),
        pytest.param("s", ["eu"], "s", id="shared-beside-a-stage"),
        pytest.param("d", ["eu"], "dot", id="dotenv"),
        pytest.param("key", [], None, id="not-without-its-stage"),
    ],
)
def test_precedence(name, stages, value) -> None:
    assert value_of(name, stages, {"d": "dot", "a": "dot"}) == value


@pytest.mark.parametrize(
    ("stage", "hint"),
    [("dve", "Did you mean 'dev'?"), ("production", "choose one of: dev, eu")],
)
def test_unknown_environment_names_what_there_is(stage, hint) -> None:
    with pytest.raises(UsageError) as caught:
        value_of("a", [stage])

    assert (str(caught.value), caught.value.hint) == (f"No environment '{stage}'", hint)


def test_names_of_private_files_are_secret() -> None:
    assert choose(["dev"], [PRIVATE], [PUBLIC], {}, {}).secret_names == {"key", "u"}


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ('{"d": {"SSLConfiguration": {"verifyHostCertificate": false}}}', {"verify": False}),
        ('{"d": {"SSLConfiguration": {"verifyHostCertificate": true}}}', {}),
        (
            '{"d": {"SSLConfiguration": {"clientCertificate": {"path": "c.pem"}, "clientCertificateKey": "k.pem"}}}',
            {"cert": "c.pem,k.pem"},
        ),
        ('{"$shared": {"SSLConfiguration": {"clientCertificate": "c.pem"}}, "d": {}}', {"cert": "c.pem"}),
        (
            '{"$shared": {"SSLConfiguration": {"verifyHostCertificate": false}},'
            ' "d": {"SSLConfiguration": {"verifyHostCertificate": true}}}',
            {},
        ),
    ],
)
def test_tls_settings_become_options(text, options) -> None:
    file = read_environment_file(text, "f")

    assert choose(["d"], [], [file], {}, {}).options == options
    assert file.stages["d"] == {}


def test_private_file_wins_over_a_public_one_in_tls_too() -> None:
    public = read_environment_file('{"d": {"SSLConfiguration": {"verifyHostCertificate": false}}}', "f")
    private = read_environment_file('{"d": {"SSLConfiguration": {"verifyHostCertificate": true}}}', "p")

    assert choose(["d"], [private], [public], {}, {}).options == {}


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        ('{"verifyHostCertifcate": false}', "SSLConfiguration has no 'verifyHostCertifcate'", "verifyHostCertificate"),
        ('{"verifyHostCertificate": "false"}', "verifyHostCertificate must be true or false", "without quotes"),
        ('{"clientCertificateKey": "k.pem"}', "There is a clientCertificateKey, but no clientCertificate", ""),
        ('{"clientCertificate": {"file": "k.pem"}}', "clientCertificate is not a path", ""),
        ('"off"', "SSLConfiguration is not an object", "verifyHostCertificate"),
    ],
)
def test_tls_settings_that_would_be_passed_over_are_errors(said: str, message: str, hint: str) -> None:
    file = read_environment_file(f'{{"d": {{"SSLConfiguration": {said}}}, "e": {{}}}}', "f.json")

    assert choose(["e"], [], [file], {}, {}).options == {}
    with pytest.raises(UsageError) as caught:
        choose(["d"], [], [file], {}, {})
    assert caught.value.message.removeprefix("f.json: ") == message
    assert hint in caught.value.hint


def test_number_stays_as_it_is_written() -> None:
    file = read_environment_file('{"d": {"version": 1.10, "big": 12345678901234567890, "l": [1.50, true, null]}}', "f")

    assert file.stages["d"] == {"version": "1.10", "big": "12345678901234567890", "l": "[1.50,true,null]"}


def test_secret_of_another_store_is_left_undefined() -> None:
    file = read_environment_file('{"d": {"k": {"provider": "AspnetUserSecrets", "secretName": "x"}, "n": null}}', "f")

    assert file.stages["d"] == {"n": ""}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"dev": {"a": 1,}}', "f.json:1:17"),
        ("[1]", "f.json has no environments"),
    ],
)
def test_broken_file_is_an_error_with_its_place(text, message) -> None:
    with pytest.raises(UsageError) as caught:
        read_environment_file(text, "f.json")

    assert message in f"{caught.value.place} {caught.value}"


def test_conflict_of_script_and_environment_is_a_lint() -> None:
    script = parse("@a = mine\n@s = s\nGET http://x.y/{{a}}{{s}}", "a.http")
    found = list(conflicts(script, choose(["dev"], [], [PUBLIC], {}, {}).layers))

    assert [(one.at.line, one.code) for one in found] == [(1, "two-values")]


def test_nested_objects_are_flattened_in_linear_time() -> None:
    def nested(depth: int) -> str:
        return '{"dev": ' + '{"a": ' * depth + "1" + "}" * depth + "}"

    assert_linear(lambda text: read_environment_file(text, "e.json"), nested(100), nested(800), most=30)


def test_members_are_variables_ten_levels_deep() -> None:
    text = '{"dev": ' + '{"a": ' * 14 + "1" + "}" * 14 + "}"

    assert max(map(len, read_environment_file(text, "e.json").stages["dev"])) == len("a." * 10 + "a")


def test_name_that_only_other_environments_define_is_known_with_them() -> None:
    files = [read_environment_file('{"dev": {"host": "a", "x": "1"}, "prod": {"host": "b"}}', "e.json")]

    (layer,) = choose((), (), files, {}, {}).layers

    assert (layer.values, layer.unchosen) == ({}, {"host": ("dev", "prod"), "x": ("dev",)})
    assert [one.unchosen for one in choose(("prod",), (), files, {}, {}).layers] == [{}, {"x": ("dev",)}]
