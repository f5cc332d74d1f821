"""What options begin with: the configuration file, the environment, the command line, each over the one before."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support import processes

from callbox.cli.argparse_parser import parse_arguments
from callbox.cli.fast_argument_parser import Arguments
from callbox.cli.option_defaults import read_settings
from callbox.cli.session_startup import make_context, open_session
from callbox.engine.options import OPTIONS, format_option
from callbox.errors import UsageError
from callbox.practice import Practice


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "callbox").mkdir()
    return tmp_path / "callbox" / "config.toml"


def test_without_a_file_there_is_nothing(config: Path) -> None:
    assert read_settings("", {"CALLBOX_VAR_X": "1", "CALLBOX_SOMETHING": "2"}) == ()


def test_every_option_may_stand_in_it(config: Path) -> None:
    own = {"proxy": "http://p:1", "resolve": "a:443:127.0.0.1", "print": "h"}
    wanted = {
        name: own.get(name)
        or {"flag": not option.default, "duration": 7.5, "size": 5, "integer": 3, "choice": option.choices[-1:]}.get(
            option.kind, "x"
        )
        for name, option in OPTIONS.items()
    }
    wanted = {name: value[0] if isinstance(value, tuple) else value for name, value in wanted.items()}
    config.write_text("".join(f"{name} = '{format_option(name, value)}'\n" for name, value in wanted.items()))

    assert dict(read_settings("", {})) == wanted


def test_values_may_be_of_their_own_kind(config: Path) -> None:
    config.write_text('timeout = 5\nfollow = false\nmax-body = "2M"\n')

    assert read_settings("", {}) == (("timeout", 5.0), ("follow", False), ("max-body", 2_000_000))


def test_the_environment_wins_over_the_file(config: Path) -> None:
    config.write_text("timeout = 5\n")

    assert dict(read_settings("", {"CALLBOX_TIMEOUT": "6s", "CALLBOX_MAX_BODY": "1k"})) == {
        "timeout": 6.0,
        "max-body": 1000,
    }


@pytest.mark.parametrize("how", ["argument", "variable"])
def test_another_file_may_be_named(config: Path, tmp_path: Path, how: str) -> None:
    config.write_text("timeout = 5\n")
    (tmp_path / "mine.toml").write_text("retries = 2\n")
    path = str(tmp_path / "mine.toml")

    found = read_settings(path, {}) if how == "argument" else read_settings("", {"CALLBOX_CONFIG": path})

    assert found == (("retries", 2),)


@pytest.mark.parametrize(
    ("text", "said", "where"),
    [
        ("timeot = 5", "No option 'timeot' Did you mean 'timeout'?", "config.toml:1:1"),
        (
            "\n  'timeout' = 'x'",
            "timeout must be a time, not 'x' seconds, or with a unit: 500ms, 10s, 2m; none for no limit",
            "config.toml:2:4",
        ),
        (
            "timeout = [1]",
            "timeout must be a text, a number, true or false write it as in: timeout = 10",
            "config.toml:1:1",
        ),
        (
            "[options]\ntimeout = 1",
            "options must be a text, a number, true or false write it as in: timeout = 10",
            "config.toml:1:2",
        ),
        ("timeout = = 1", "This is not TOML: invalid value", "config.toml:1:11"),
    ],
)
def test_what_is_wrong_is_one_line_with_its_place(config: Path, text: str, said: str, where: str) -> None:
    config.write_text(text)

    with pytest.raises(UsageError) as caught:
        read_settings("", {})

    assert f"{caught.value.message} {caught.value.hint}".strip() == said
    assert str(caught.value.place).endswith(where)


def test_a_wrong_variable_is_named(config: Path) -> None:
    with pytest.raises(UsageError, match="CALLBOX_TIMEOUT in the environment: timeout must be a time, not 'x'"):
        read_settings("", {"CALLBOX_TIMEOUT": "x"})


def test_a_file_that_was_named_must_be_there(config: Path) -> None:
    with pytest.raises(UsageError, match="No such file: nowhere"):
        read_settings("nowhere", {})


def test_settings_are_defaults_and_the_command_line_wins() -> None:
    context = make_context(lambda: 80)
    arguments = Arguments(settings=(("timeout", 5.0), ("retries", 2)), options=(("timeout", "7"),))

    open_session(context, arguments)

    assert (context.session.option("timeout"), context.session.option("retries")) == (7.0, 2)
    context.session.apply("option", "timeout", None)
    assert context.session.option("timeout") == 5.0
    assert context.session.entries("option") == {}


def test_the_words_of_the_command_line() -> None:
    arguments = parse_arguments(["--session", "work", "--config", "f.toml", "-e", "dev", "--env", "x", "api.x"])

    assert (arguments.session, arguments.config, arguments.url) == ("work", "f.toml", "api.x")
    assert arguments.options == (("env", "dev"), ("env", "x"))


def test_a_replay_begins_with_them_too(config: Path, tmp_path: Path) -> None:
    config.write_text("follow = false\ntheme = 'vim'\n")
    with Practice() as api:
        (tmp_path / "a.http").write_text(f"GET {api.url}/redirect/1\n")

        stays = processes.run("replay", tmp_path / "a.http")
        goes = processes.run("replay", tmp_path / "a.http", "--follow", "yes")

    assert "  302  " in stays.stdout
    assert "  200  " in goes.stdout


def test_a_file_of_an_earlier_version_is_read() -> None:
    file = Path(__file__).parents[1] / "former_files" / "config.toml"

    assert dict(read_settings(str(file), {})) == {
        "connect-timeout": 5.0,
        "timeout": 20.0,
        "total-timeout": 120.0,
        "follow": False,
        "max-redirects": 3,
        "keep-method": True,
        "verify": False,
        "proxy": "http://127.0.0.1:9",
        "trust-localhost": True,
        "netrc": True,
        "retries": 2,
        "compress": False,
        "max-body": 1_000_000,
        "color": "never",
        "theme": "monokai",
        "print": "Hhb",
        "pager": True,
        "keys": "vi",
        "history": False,
        "width": 100,
    }
