"""What happens to a session's file, or to its shell, must not end the saving of it: the next change is saved."""

from __future__ import annotations

import fcntl
import os
import resource
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from callbox.cli.fast_argument_parser import Arguments
from callbox.cli.session_startup import make_context, open_session
from callbox.render.ansi_and_sanitiser import plain
from callbox.shell.interpreter import before_exit
from callbox.shell.outputs import Failure, Status


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "callbox" / "sessions"


@pytest.fixture
def opened(shell) -> Iterator[Callable[..., object]]:
    """Opens shells as `callbox --session NAME` does."""
    made = []

    def open_shell(name: str = "work"):
        context = make_context(lambda: 100)
        one = type(shell)(context)
        one.greeting = "".join(plain(o.fragments) for o in open_session(context, Arguments("", session=name)))
        made.append(one)
        return one

    yield open_shell
    for one in made:
        one.context.session.close()


def saved(opened, name: str = "work") -> list[str]:
    """The lines of what the file says."""
    return opened(name).say("show session").splitlines()


def said(shell, line: str) -> str:
    """All that is told of a line, failures too."""
    told = [
        f"{o.error.message} {o.error.hint}" if isinstance(o, Failure) else plain(o.fragments)
        for o in shell.run(line)
        if isinstance(o, (Failure, Status))
    ]
    return "\n".join(told)


def test_undo_in_a_second_process_is_no_end_of_saving(opened) -> None:
    opened().say("set header X 1")

    told = opened().say("set header X 3", "undo", "set header Y 1")

    assert "on disk is not changed" not in told
    assert saved(opened) == ["set header X 1", "set header Y 1"]


def test_undo_over_the_change_of_another_process_is_saved(opened) -> None:
    one = opened()
    one.say("set header X 1")
    opened().say("set header X 3", "set header Z 3")

    told = one.say("undo", "set header Y 1")

    assert "header X was changed by another shell, too; the value of this shell stays" in told
    assert saved(opened) == ["set header Z 3", "set header Y 1"]


@pytest.mark.parametrize("count", range(1, 6))
def test_undo_and_redo_as_often_as_there_are_edits_are_saved(opened, count: int) -> None:
    opened().say("set header A 1", "set var b 1")
    one = opened()
    one.say(*(f"set header X-{number} 1" for number in range(count)))

    one.say(*["undo"] * count)
    assert saved(opened) == ["set header A 1", "set var b 1"]
    one.say(*["redo"] * count, "set var c 1")

    assert saved(opened)[1 : count + 1] == [f"set header X-{number} 1" for number in range(count)]
    assert saved(opened)[-1] == "set var c 1"


def test_undo_that_finds_nothing_is_no_end_of_saving(opened) -> None:
    opened().say("set header A 1")
    one = opened()

    assert one.fail("undo") == "Nothing to undo"
    one.say("set header B 1")

    assert saved(opened) == ["set header A 1", "set header B 1"]


def test_undo_past_a_load_that_changed_nothing_is_saved(opened, shell) -> None:
    opened().say("set var a 1")
    one = opened("other")
    one.say("set var a 1", "load session work", "undo", "set var b 1")

    assert saved(opened) == ["set var b 1"]


def test_the_one_before_is_saved_when_it_is_loaded(opened) -> None:
    one = opened()
    one.say("set var a 1", "set var a 2", "load session work --backup")
    assert saved(opened) == ["set var a 1"]

    one.say("undo")

    assert saved(opened) == ["set var a 2"]


def test_undo_of_loading_the_own_session_again_is_saved(opened) -> None:
    one = opened()
    one.say("set var a 1")
    opened().say("set var a 3")

    told = one.say("load session work", "undo", "set var b 1")

    assert "on disk is not changed" not in told
    assert saved(opened) == ["set var a 1", "set var b 1"]


def test_undo_of_a_load_without_another_file_says_that_nothing_is_saved(opened, shell) -> None:
    opened().say("set var a 1")
    shell.say("load session work")

    assert "session 'work' on disk is not changed; this shell is no longer saved" in shell.say("undo")
    shell.say("save session other", "set var b 1")
    assert "set var b 1" in saved(opened, "other")


def test_undo_after_a_response_has_changed_a_cookie_goes_on(opened, api) -> None:
    one = opened()
    one.say(f"set base {api.url}", "set header A 1", "set cookie s 0 domain=127.0.0.1 host-only")
    one.run("get /cookies/set/s/7")

    told = one.say("undo", "set header B 1")

    assert "not undone, because a response has changed the value since: cookie s" in told
    assert "undid: set header A 1" in told
    lines = saved(opened)
    assert "set header B 1" in lines
    assert "set header A 1" not in lines
    assert one.fail("undo --nothing")
    one.say("undo", "undo")
    assert one.fail("undo") == "Nothing to undo"


def test_edit_session_is_saved_and_undone(opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "sed -i 's/set var a 1/set var a 2/'")
    opened().say("set var a 1")
    one = opened()

    one.say("edit session")
    assert saved(opened) == ["set var a 2"]
    one.say("undo", "set var b 1")

    assert saved(opened) == ["set var a 1", "set var b 1"]


def test_a_value_that_no_file_can_hold_holds_up_no_other(opened, home: Path) -> None:
    one = opened()
    one.say("set var a 1", "set var b 1")

    told = one.say("set var a 'x\udcff'", "set var c 1", "set header X-A '\udc80'")

    assert "session 'work': var a not saved, as it is not valid Unicode" in told
    assert told.count("not saved") == 2
    assert saved(opened) == ["set var a 1", "set var b 1", "set var c 1"]
    one.say("set var a 2", "unset header X-A")
    assert saved(opened) == ["set var a 2", "set var b 1", "set var c 1"]


UNREAD = {
    "an unknown option": ('[options]\nspeed = "fast"\n', "option speed is not loaded", "there is no such option"),
    "an unknown value": (
        '[options]\ntimeout = "soon"\n',
        "option timeout is not loaded",
        "timeout must be a time, not 'soon'",
    ),
    "a number": ("[options]\nkeys = 3\n", "option keys is not loaded", "keys must be emacs or vi, not '3'"),
    "an unknown scheme": (
        '[[auth]]\nscheme = "hawk"\nname = "ann"\nsecret = "?"\norigin = "http://a.x"\n',
        "auth http://a.x is not loaded",
        "there is no scheme 'hawk'",
    ),
}


@pytest.mark.parametrize(("text", "what", "why"), UNREAD.values(), ids=UNREAD)
def test_an_entry_of_another_version_is_reported_once_and_stays(
    opened, home: Path, text: str, what: str, why: str
) -> None:
    opened().say("set header A 1")
    path = home / "work.toml"
    path.write_text(path.read_text() + text)

    one = opened()
    one.say("set header B 1", "unset header A", "undo")

    assert one.greeting.count("\n") == 2
    assert f"{path}: {what}, and stays in the file: {why}" in one.greeting
    assert {"set header A 1", "set header B 1"} <= set(saved(opened))
    for line in text.splitlines():
        assert line.partition(" =")[2].strip() in path.read_text()
    assert what in opened("other").say("load session work")


def test_an_option_that_could_not_be_read_can_be_set(opened, home: Path) -> None:
    opened().say("set header A 1")
    (home / "work.toml").write_text((home / "work.toml").read_text() + '[options]\ntimeout = "soon"\n')

    assert "another shell" not in opened().say("set option timeout 5")

    assert saved(opened) == ["set header A 1", "set option timeout 5"]


def test_a_file_that_was_removed_is_written_anew(opened, home: Path) -> None:
    one = opened()
    one.say("set var a 1")
    (home / "work.toml").unlink()

    told = one.say("set var b 1", "set var c 1")

    assert told.count("session 'work' was removed on disk, and is written again") == 1
    assert saved(opened) == ["set var a 1", "set var b 1", "set var c 1"]


def test_a_session_that_another_shell_removed_is_written_anew(opened) -> None:
    one = opened()
    one.say("set var a 1")
    opened("other").say("unset session work")

    assert "was removed on disk" in one.say("set var b 1")
    assert saved(opened) == ["set var a 1", "set var b 1"]


def test_a_folder_that_was_removed_is_made_anew(opened, home: Path) -> None:
    one = opened()
    one.say("set var a 1")
    shutil.rmtree(home.parent)

    one.say("set var b 1")

    assert saved(opened) == ["set var a 1", "set var b 1"]


def test_a_file_that_another_program_replaced_is_written_into(opened, home: Path) -> None:
    one = opened()
    one.say("set var a 1")
    (home / "work.toml").write_text('version = 1\n[vars]\nz = "1"\n')

    one.say("set var b 1")

    assert saved(opened) == ["set var z 1", "set var b 1"]


@contextmanager
def in_the_way(path: Path) -> Iterator[None]:
    """A folder where the file is to be: nobody can write it, root neither."""
    aside = path.with_suffix(".aside")
    path.rename(aside)
    path.mkdir()
    yield
    path.rmdir()
    aside.rename(path)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process that holds the lock."""
    number = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(number, fcntl.LOCK_EX)
    yield
    os.close(number)


@contextmanager
def without_room(path: Path) -> Iterator[None]:
    """A full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handled = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handled)


@contextmanager
def of_later_version(path: Path) -> Iterator[None]:
    """A file that a later version wrote."""
    before = path.read_bytes()
    path.write_text("version = 9\n")
    yield
    path.write_bytes(before)


@contextmanager
def nowhere(path: Path) -> Iterator[None]:
    """A link that leads into a folder that is not there."""
    aside = path.with_suffix(".aside")
    path.rename(aside)
    path.symlink_to("/nonexistent/folder/file.toml")
    yield
    path.unlink()
    aside.rename(path)


@pytest.mark.parametrize("trouble", [in_the_way, locked, without_room, of_later_version, nowhere])
def test_a_save_error_is_reported_once_and_all_is_saved_afterwards(opened, home: Path, trouble) -> None:
    one = opened()
    one.say("set var a 1")
    if trouble is locked:
        one.context.session_file.failure = "waited before"  # the first wait for a lock takes its time

    with trouble(home / "work.toml"):
        told = [said(one, line) for line in ("set var b 1", "set var c 1", "show base", "unset var a", "undo")]
    again = said(one, "show base")

    assert told[0].endswith("session 'work' is not saved: callbox tries again after each line")
    assert not any("work" in line for line in told[1:])
    assert "session 'work': saving works again" in again
    assert saved(opened) == ["set var a 1", "set var b 1", "set var c 1"]
    assert "saved again" not in said(one, "set var d 1")


def test_trouble_that_is_over_before_anything_is_to_be_saved_is_forgotten(opened, home: Path) -> None:
    one = opened()
    one.say("set var a 1")

    with in_the_way(home / "work.toml"):
        said(one, "set var b 1")
        said(one, "undo")

    assert "saved again" not in said(one, "set var c 1")
    assert saved(opened) == ["set var a 1", "set var c 1"]


def test_a_shell_that_ends_says_what_is_not_saved(opened, home: Path) -> None:
    one = opened()
    one.say("set var a 1")
    with in_the_way(home / "work.toml"):
        said(one, "set var b 1")
        (failure,) = before_exit(one.context)
        assert failure.error.message.startswith("Session 'work' lost its last changes: ")
        assert failure.exit_code == 3

    assert [plain(o.fragments) for o in before_exit(one.context)] == ["session 'work': saving works again\n"]
    assert saved(opened) == ["set var a 1", "set var b 1"]
    assert list(before_exit(one.context)) == []


def test_unset_of_the_own_session_says_that_nothing_is_saved(opened) -> None:
    one = opened()
    one.say("set var a 1")

    assert one.say("unset session work") == "removed session 'work'; this shell is no longer saved\n"
    one.say("set var b 1", "save session work", "set var c 1")

    assert saved(opened) == ["set var a 1", "set var b 1", "set var c 1"]
