"""Sessions on disk by name: saved, loaded, shared by two shells, and what is done about damage."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from callbox.cli.fast_argument_parser import Arguments
from callbox.cli.session_startup import make_context, open_session
from callbox.errors import UsageError
from callbox.exchange.auth_schemes import ApiKey, Basic, Bearer
from callbox.exchange.cookies import Cookie
from callbox.render.ansi_and_sanitiser import plain
from callbox.shell.completion.completer import complete
from callbox.shell.completion.completion_context_builder import build_context
from callbox.shell.interpreter import run

TOKEN = "tok123456789012345678"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("API_TOKEN", TOKEN)
    return tmp_path / "data" / "callbox" / "sessions"


@pytest.fixture
def another(shell, tmp_path: Path) -> Iterator[Callable[..., object]]:
    """Opens further shells, as `callbox --session NAME` does; each is of the class of `shell`."""
    opened = []

    def open_shell(
        name: str = "", url: str = "", options: tuple[tuple[str, str], ...] = (), answers: tuple[str, ...] = ()
    ):
        context = make_context(lambda: 100)
        made = type(shell)(context)
        made.answers = list(answers)
        opened.append(made)
        made.greeting = "".join(
            plain(o.fragments) for o in open_session(context, Arguments(url, options=options, session=name))
        )
        return made

    yield open_shell
    for each in opened:
        each.context.session.close()


def test_what_was_saved_is_loaded(shell, another, api) -> None:
    shell.say("set header X-A 1", "set header X-A 2 --add", "set query page 3", "set var id 4", "set option timeout 5s")
    shell.run("get /cookies/set/sid/7")
    shell.say("save session work")

    other = another("work")

    shell.say("reset connection")
    assert other.say("show session") == shell.say("show session")
    assert other.greeting == f"session 'work': {api.url}, 1 header, 1 cookie, 1 query, 1 var, 1 option\n"
    assert list(other.context.session.jar) == list(shell.context.session.jar)


def test_a_cookie_keeps_every_field(shell, another) -> None:
    cookie = Cookie("a", "1; x", "api.x", "/p", False, True, True, "Lax", 4e9, 5.5, 6.5, True)
    shell.context.session.jar.put(cookie, 6.5)
    shell.say("save session work")

    assert list(another("work").context.session.jar) == [cookie]


def test_from_then_on_each_change_is_saved(shell, another) -> None:
    shell.say("save session work", "set header X-A 1")
    shell.run("get /cookies/set/sid/7")
    shell.say("unset base")

    assert another("work").say("show session").splitlines() == [
        "set header X-A 1",
        "set cookie sid ? domain=127.0.0.1 path=/ host-only",
    ]


def test_emptying_a_saved_session_is_reported(shell, another) -> None:
    shell.say("set header X-A 1", "save session work")

    assert "session 'work' is empty on disk, too; to bring it back: undo" in shell.say("reset")
    shell.say("undo")
    assert another("work").context.session.headers["X-A"] == "1"


def test_undo_is_saved_too(shell, another) -> None:
    shell.say("save session work", "set header X-A 1", "undo")

    assert another("work").context.session.entries("header").keys() == set(shell.context.session.defaults)


def test_a_built_in_header_that_was_left_out_stays_out(shell, another) -> None:
    shell.say("unset header Accept", "save session work")

    other = another("work")

    assert "Accept" not in other.context.session.headers
    assert "Accept" in another("other").context.session.headers


@pytest.mark.parametrize(
    ("line", "held"),
    [
        ("set auth bearer env:API_TOKEN", Bearer(TOKEN)),
        ("set auth bearer {{$env.API_TOKEN}}", Bearer(TOKEN)),
        ("set auth basic ann env:API_TOKEN", Basic("ann", TOKEN)),
        ("set auth basic ann:env:API_TOKEN", Basic("ann", TOKEN)),
        ("set auth apikey X-Key env:API_TOKEN", ApiKey("X-Key", TOKEN)),
    ],
)
def test_auth_by_reference_is_saved_as_the_reference(shell, another, home: Path, api, line: str, held: object) -> None:
    shell.say(line, "save session work")

    assert TOKEN not in (home / "work.toml").read_text()
    assert another("work").context.session.credentials == {api.url: held}
    assert "env:API_TOKEN" in shell.say("show session")


@pytest.mark.parametrize("noun", ["header X-Api-Key", "query api_key", "var token"])
def test_a_secret_by_reference_is_saved_as_the_reference(shell, another, home: Path, noun: str) -> None:
    shell.say(f"set {noun} env:API_TOKEN", "save session work")

    key = noun.split()[1]
    other = another("work")

    assert TOKEN not in (home / "work.toml").read_text()
    held = other.context.session.entries(noun.split()[0])[key.lower() if "header" in noun else key]
    assert held.values == (TOKEN,)
    assert f"set {noun} env:API_TOKEN" in other.say("show session")


@pytest.fixture
def with_secrets(shell):
    """A shell whose session has two secrets and is saved."""
    shell.say("set auth basic ann hunter2", "set header X-Api-Key k3y", "save session work")
    return shell


def test_a_session_that_is_loaded_again_keeps_the_secrets_that_it_holds(with_secrets, another) -> None:
    another("work", answers=("hunter2", "k3y")).say("set header X-New 1")

    with_secrets.say("load session work")

    assert with_secrets.context.session.headers["X-New"] == "1"
    assert "X-Api-Key: k3y" in with_secrets.say("preview get /x --reveal")


def test_a_session_of_another_name_never_gets_the_secrets_of_this_one(with_secrets, another) -> None:
    stranger = another(url=with_secrets.context.session.base_url, answers=("hunter2", "k3y"))
    stranger.say("set auth basic ann other", "set header X-Api-Key other")

    stranger.say("load session work")

    assert stranger.answers == []


@pytest.mark.parametrize("lines", [("set", "save"), ("save", "set")])
@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("set auth basic ann hunter2", "auth"),
        ("set header X-Api-Key k3y", "header X-Api-Key"),
        ("set query api_key k3y", "query api_key"),
        ("set var token k3y", "var token"),
        ("set header X-From https://ann:pw@h.test/", "header X-From"),
    ],
)
def test_save_tells_which_secret_the_file_does_not_hold(shell, lines, line: str, what: str) -> None:
    told = shell.say(*(line if one == "set" else "save session work" for one in lines))

    assert f"session 'work' is saved without the secret of {what} (env:NAME, keyring:NAME or" in told


@pytest.mark.parametrize(
    "lines",
    [
        ("set header X-Api-Key env:API_TOKEN", "save session work"),
        ("set auth basic ann hunter2", "save session work --with-secrets"),
        ("set header X-A 1", "set cookie sid 12", "save session work"),
    ],
)
def test_save_tells_of_no_secret_that_the_file_holds_or_refers_to(shell, lines) -> None:
    assert "without the secret" not in shell.say(*lines)


def test_a_secret_that_was_typed_is_not_saved(with_secrets, home: Path) -> None:
    text = (home / "work.toml").read_text()

    assert not [secret for secret in ("hunter2", "k3y") if secret in text]


def test_a_secret_that_was_typed_is_asked_for(with_secrets, another, api) -> None:
    other = another("work", answers=("k4y", "hunter3"))

    assert other.asked == [(f"header X-Api-Key for {api.url}", True), (f"password of ann for {api.url}", True)]


def test_a_secret_that_was_answered_is_in_the_session(with_secrets, another, api) -> None:
    session = another("work", answers=("k4y", "hunter3")).context.session

    assert session.credentials == {api.url: Basic("ann", "hunter3")}
    assert session.headers["X-Api-Key"] == "k4y"


def test_with_secrets_secrets_are_saved_as_they_are(shell, another, home: Path, api) -> None:
    shell.say("set auth basic ann hunter2", "save session work --with-secrets", "set auth basic ann hunter3")

    assert another("work").context.session.credentials == {api.url: Basic("ann", "hunter3")}
    assert (home / "work.toml").stat().st_mode & 0o777 == 0o600


def test_digest_comes_back(shell, another, api) -> None:
    shell.say("set auth digest ann env:API_TOKEN", "save session work")

    auth = another("work").context.session.credentials[api.url]

    assert (auth.scheme, auth.username, auth.password) == ("digest", "ann", TOKEN)


def test_a_reference_that_leads_nowhere_changes_nothing(shell, another, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.say("set auth bearer env:API_TOKEN", "save session work", "unset auth")
    shell.say("set auth bearer env:API_TOKEN", "set header X-A 1", "save session work")
    monkeypatch.delenv("API_TOKEN")

    with pytest.raises(UsageError, match="API_TOKEN is not in the environment: the token for"):
        another("work")

    assert "API_TOKEN is not in the environment" in shell.fail("load session work")
    assert shell.context.session.headers["X-A"] == "1"
    assert shell.fail("set auth bearer env:NOPE").startswith("NOPE is not in the environment")


def test_load_is_one_edit_and_undo_takes_it_back(shell, another) -> None:
    another("one").say("set header X-A 1", "set option timeout 5")
    shell.say("set header X-B 2")

    shell.say("load session one")
    assert shell.context.session.headers["X-A"] == "1"
    assert "X-B" not in shell.context.session.headers
    shell.say("undo")

    assert "X-A" not in shell.context.session.headers
    assert shell.context.session.headers["X-B"] == "2"


def test_undo_of_a_load_leaves_both_files_as_they_were(shell, another) -> None:
    another("one").say("set header X-A 1")
    shell.say("set header X-B 2", "save session two", "load session one", "set var a 1", "undo")

    said = shell.say("undo", "set header X-C 3")

    assert "session 'one' on disk is not changed; changes are saved to 'two' again" in said
    assert shell.fail("redo") == "Nothing to redo"
    assert another("one").say("show session") == "set header X-A 1\n"
    assert another("two").say("show session").splitlines()[1:] == ["set header X-B 2", "set header X-C 3"]


def test_start_is_no_edit(shell, another) -> None:
    shell.say("set header X-A 1", "save session work")

    assert another("work").fail("undo") == "Nothing to undo"


def test_two_shells_on_one_session_lose_nothing(shell, another) -> None:
    shell.say("save session work")
    one, two = another("work"), another("work")

    one.say("set header X-One 1", "set var a 1")
    two.say("set header X-Two 2", "set var b 2")
    one.say("unset var a")

    assert another("work").say("show session").splitlines()[1:] == [
        "set header X-One 1",
        "set header X-Two 2",
        "set var b 2",
    ]


def test_the_last_of_two_shells_wins_and_says_so(shell, another) -> None:
    shell.say("set header X-A 0", "save session work")
    one, two = another("work"), another("work")
    one.say("set header X-A 1")

    said = two.say("set header X-A 2")

    assert "session 'work': header X-A was changed by another shell, too; the value of this shell stays" in said
    assert another("work").context.session.headers["X-A"] == "2"


def test_what_is_not_known_in_the_file_stays(shell, another, home: Path) -> None:
    shell.say("set header X-A 1", "save session work")
    path = home / "work.toml"
    path.write_text("note = 'mine'\n" + path.read_text().replace('value = "1" }', 'value = "1", why = "b" }'))

    another("work").say("set header X-B 2")

    assert 'note = "mine"' in path.read_text()
    assert '{ name = "X-A", value = "1", why = "b" }' in path.read_text()


def test_nothing_is_written_before_there_is_something(another, home: Path) -> None:
    one = another("fresh")
    one.say("show headers", "help")
    assert not home.exists()
    assert one.greeting == "new session 'fresh'\n"

    one.say("set var a 1")

    assert (home / "fresh.toml").exists()
    assert home.stat().st_mode & 0o777 == 0o700


def test_the_base_of_the_command_line_is_saved_and_its_options_are_not(another, home: Path) -> None:
    another("work", url="api.x/v2", options=(("timeout", "5"),)).say("set var a 1")

    assert another("work").say("show session").splitlines() == ["set base https://api.x/v2", "set var a 1"]


def test_a_session_is_not_written_over_unasked(shell, another) -> None:
    shell.say("set var a 1", "save session work")
    other = another(url="api.x")

    assert other.fail("save session work") == (
        "There is a session 'work' already to open it: load session work; to overwrite it: --force"
    )
    other.say("save session work --force")

    assert another("work").say("show session") == "set base https://api.x\n"


def test_save_without_a_name_is_for_the_one_in_use(shell, home: Path) -> None:
    assert shell.fail("save session") == "The session has no name yet save session NAME"

    shell.say("save session work", "set auth bearer abc", "save session --with-secrets")

    assert 'value = "abc"' in (home / "work.toml").read_text()


DAMAGED = {
    "cut": b"version = 1\n[[headers]]\nname = ",
    "binary": bytes(range(256)),
    "empty": b"",
    "wrong type": b"version = 1\nbase = 1\n",
    "deep": b"a." * 50_000,
    "huge": b"version = 1\nx = " + b"9" * 5000,
    "NUL": b"version = 1\n\0",
    "UTF-16": "version = 1".encode("utf-16"),
    "escape": b"version = 1\n\x1b[31m",
}


@pytest.fixture(params=DAMAGED.values(), ids=DAMAGED)
def damaged(request: pytest.FixtureRequest, shell, another, home: Path):
    """Another shell, where the file of the saved session is damaged."""
    shell.say("set var a 1", "save session work", "set var b 2")
    (home / "work.toml").write_bytes(request.param)
    return another()


def test_a_damaged_file_is_reported_in_one_line(damaged) -> None:
    said = damaged.fail("load session work")

    assert said.endswith("to load the version before: load session work --backup")
    assert "\n" not in said


def test_a_damaged_file_is_not_changed(damaged, home: Path) -> None:
    before = (home / "work.toml").read_bytes()

    damaged.fail("load session work")

    assert (home / "work.toml").read_bytes() == before


def test_a_damaged_file_is_listed_as_such(damaged) -> None:
    assert "cannot be read" in damaged.say("show sessions")


def test_the_backup_of_a_damaged_file_is_loaded(damaged) -> None:
    damaged.say("load session work --backup")

    assert damaged.context.session.vars == {"a": "1"}


def test_a_file_that_was_damaged_meanwhile_is_set_aside(shell, another, home: Path) -> None:
    shell.say("set var a 1", "save session work")
    (home / "work.toml").write_bytes(b"damaged")

    said = shell.say("set var b 2")

    assert f"session 'work' was damaged on disk: its file is now {home / 'work.toml.damaged'}" in said.replace(
        "\n", " "
    )
    assert (home / "work.toml.damaged").read_bytes() == b"damaged"
    assert another("work").context.session.vars == {"a": "1", "b": "2"}


def test_a_file_of_a_later_version_is_neither_read_nor_written(shell, another, home: Path) -> None:
    shell.say("save session work")
    (home / "work.toml").write_bytes(b"version = 2\n")

    assert "is of version 2" in shell.fail("set var b 2")
    assert "is of version 2" in another().fail("load session work")
    assert (home / "work.toml").read_bytes() == b"version = 2\n"


def test_where_there_is_no_room_the_shell_goes_on_and_tries_again(shell, another) -> None:
    shell.say("set var a 1", "save session work")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handled = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        said = shell.fail("set var b 2")
        again = shell.say("show vars")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handled)

    assert said.startswith("Cannot write ")
    assert said.endswith("session 'work' is not saved: callbox tries again after each line")
    assert "b" in again
    assert another("work").context.session.vars == {"a": "1"}
    shell.say("set var c 3")
    assert another("work").context.session.vars == {"a": "1", "b": "2", "c": "3"}


def test_without_a_home_it_is_said(shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "/nonexistent")

    assert shell.fail("save session work").startswith("There is no home folder")
    assert shell.say("show sessions") == "no saved session\n"


def test_unset_takes_the_file_away(shell, home: Path) -> None:
    shell.say("save session work", "set var a 1")

    assert shell.say("unset session work") == "removed session 'work'; this shell is no longer saved\n"
    shell.say("set var b 2")

    assert os.listdir(home) == []
    assert shell.fail("unset session work").startswith("No session 'work'")


def test_a_name_that_is_not_there_has_a_neighbour(shell) -> None:
    shell.say("save session work")

    assert shell.fail("load session wrok") == "No session 'wrok' Did you mean 'work'?"
    assert shell.fail("save session ../x").startswith("'../x' cannot be the name of a saved item")


def test_sessions_are_listed_and_completed(shell, api) -> None:
    shell.say("save session work", "set var a 1")

    assert shell.say("show sessions").splitlines()[1].split() == ["work", f"{api.url},", "1", "var", "this", "one"]
    assert [c.text for c in complete("load session w", 14, build_context(shell.context))] == ["work"]


def test_changed_shows_what_was_taken_out_and_values_of_several_lines(shell, another) -> None:
    shell.say("unset header Accept", "save session work")
    other = another("work")
    assert other.say("show session --changed") == "nothing was changed\n"

    other.say("set var a 'one\ntwo'", "unset header User-Agent", "set header Accept text/plain")

    assert sorted(other.say("show session --changed").splitlines()) == [
        "set header Accept text/plain",
        "set var a $'one\\ntwo'",
        "unset header User-Agent",
    ]


def test_changed_shows_what_is_other_than_at_the_start(shell, another, api) -> None:
    shell.say("set header X-A 1", "set var a 1", "save session work")
    other = another("work")
    assert other.say("show session --changed") == "nothing was changed\n"

    other.say("set header X-A 2", "unset var a", "set query q 1", "set header X-B 1", "unset header X-B")
    other.run("get /cookies/set/sid/7")

    assert sorted(other.say("show session --changed").splitlines()) == [
        "set cookie sid ? domain=127.0.0.1 path=/ host-only",
        "set header X-A 2",
        "set query q 1",
        "unset var a",
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("set auth bearer tok", "no value was typed"),
        ("set header X-Api-Key env:API_TOKEN", "API_TOKEN is not in the environment"),
    ],
    ids=["not answered", "not in the environment"],
)
def test_a_prompt_opens_a_session_without_a_secret_that_is_not_to_be_had(
    line: str, reason: str, shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.say("set header X-A 1", line, "save session work")
    before = (home / "work.toml").read_text()
    monkeypatch.delenv("API_TOKEN")

    def ask(question: str, is_secret: bool) -> str:
        raise UsageError(f"No answer to '{question}'; nothing was changed")

    context = make_context(lambda: 100, ask)
    context.is_typed = True
    said = "".join(plain(output.fragments) for output in open_session(context, Arguments(session="work")))

    assert context.session.headers["X-A"] == "1"
    assert reason in said
    assert "stays in the file" in said
    list(run("set header X-B 2", context))
    context.session.close()
    assert set(before.splitlines()) - set((home / "work.toml").read_text().splitlines()) == set()
