from __future__ import annotations

from collections.abc import Mapping

import pytest

from callbox.errors import UsageError
from callbox.script.environments import choose, conflicts, read_environments
from callbox.script.parse import parse

NONE: Mapping[str, str] = {}
PUBLIC = read_environments(
    '{"$shared": {"a": "shared", "s": "s"}, "dev": {"a": "dev", "u": {"id": 7}}, "eu": {"a": "eu"}}',
    "http-client.env.json",
)
PRIVATE = read_environments('{"dev": {"key": "k", "u": "mine"}}', "http-client.private.env.json")


def value_of(name: str, stages: list[str], dotenv: Mapping[str, str] = NONE) -> str | None:
    chosen = choose(stages, [PRIVATE], [PUBLIC], {"eu": {"f": "file"}}, dotenv)
    return next((layer.values[name] for layer in chosen.layers if name in layer.values), None)


@pytest.mark.parametrize(
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
    [("dve", "Did you mean 'dev'?"), ("production", "there is dev, eu")],
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
    ],
)
def test_tls_settings_become_options(text, options) -> None:
    file = read_environments(text, "f")

    assert choose(["d"], [], [file], {}, {}).options == options
    assert file.stages["d"] == {}


def test_secret_of_another_store_is_left_undefined() -> None:
    file = read_environments('{"d": {"k": {"provider": "AspnetUserSecrets", "secretName": "x"}, "n": null}}', "f")

    assert file.stages["d"] == {"n": ""}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"dev": {"a": 1,}}', "f.json:1:17"),
        ("[1]", "f.json holds no environments"),
    ],
)
def test_broken_file_is_an_error_with_its_place(text, message) -> None:
    with pytest.raises(UsageError) as caught:
        read_environments(text, "f.json")

    assert message in f"{caught.value.place} {caught.value}"


def test_conflict_of_script_and_environment_is_a_lint() -> None:
    script = parse("@a = mine\n@s = s\nGET http://x.y/{{a}}{{s}}", "a.http")
    found = list(conflicts(script, choose(["dev"], [], [PUBLIC], {}, {}).layers))

    assert [(one.at.line, one.code) for one in found] == [(1, "two-values")]
