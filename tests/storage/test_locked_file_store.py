"""Files by name: parallel writers lose nothing, and whatever ends a write leaves the old file or the new one."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.support.rows import check_rows

from callbox.errors import CallboxError, UsageError
from callbox.storage.file_read_write_and_list import OutputError
from callbox.storage.locked_file_store import FileChange, FileStore, check_name
from callbox.storage.platform_directories import make_subdirectory


def shelf_in(folder: Path) -> FileStore:
    return FileStore(lambda is_needed: folder)


@pytest.fixture
def shelf(tmp_path: Path) -> FileStore:
    return shelf_in(tmp_path)


def put(shelf: FileStore, name: str, data: bytes) -> Path | None:
    return shelf.update(name, lambda old: FileChange(data))


def litter(folder: Path) -> set[str]:
    return {name for name in os.listdir(folder) if name.startswith(".")}


def test_what_is_put_is_read(shelf: FileStore, tmp_path: Path) -> None:
    put(shelf, "a", b"1")

    assert shelf.read("a") == b"1"
    assert shelf.read("b") is None
    assert shelf.names() == ["a"]
    assert (tmp_path / "a.toml").stat().st_mode & 0o777 == 0o600


def test_an_open_file_is_tightened(shelf: FileStore, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"0")
    (tmp_path / "a.toml").chmod(0o644)

    put(shelf, "a", b"1")

    assert {p.name: p.stat().st_mode & 0o777 for p in tmp_path.iterdir()} == dict.fromkeys(
        ("a.toml", "a.toml.bak", "a.toml.lock"), 0o600
    )


def test_one_generation_is_kept(shelf: FileStore) -> None:
    for data in (b"1", b"2", b"3"):
        put(shelf, "a", data)

    assert (shelf.read("a"), shelf.read("a", is_backup=True)) == (b"3", b"2")


def test_a_change_is_told_what_stands_there(shelf: FileStore) -> None:
    put(shelf, "a", b"1")

    shelf.update("a", lambda old: FileChange((old or b"") + b"2"))

    assert shelf.read("a") == b"12"


def test_a_change_that_fails_changes_nothing(shelf: FileStore, tmp_path: Path) -> None:
    def fail(old: bytes | None) -> FileChange:
        raise UsageError("no")

    put(shelf, "a", b"1")
    with pytest.raises(UsageError, match="no"):
        shelf.update("a", fail)

    assert shelf.read("a") == b"1"
    assert put(shelf, "a", b"2") is None


def test_a_damaged_file_is_set_aside_each_under_its_own_name(shelf: FileStore, tmp_path: Path) -> None:
    put(shelf, "a", b"good")
    put(shelf, "a", b"bad")
    first = shelf.update("a", lambda old: FileChange(b"new", keeps_damaged=True))
    second = shelf.update("a", lambda old: FileChange(b"newer", keeps_damaged=True))

    assert (first, second) == (tmp_path / "a.toml.damaged", tmp_path / "a.toml.damaged2")
    assert (tmp_path / "a.toml.damaged").read_bytes() == b"bad"
    assert shelf.read("a", is_backup=True) == b"good"


def test_a_link_stays_one(shelf: FileStore, tmp_path: Path) -> None:
    elsewhere = tmp_path / "dotfiles"
    elsewhere.mkdir()
    (elsewhere / "real.toml").write_bytes(b"1")
    (tmp_path / "a.toml").symlink_to(elsewhere / "real.toml")

    put(shelf, "a", b"2")

    assert (tmp_path / "a.toml").is_symlink()
    assert (elsewhere / "real.toml").read_bytes() == b"2"


def test_what_is_removed_leaves_nothing(shelf: FileStore, tmp_path: Path) -> None:
    put(shelf, "a", b"1")
    put(shelf, "a", b"2")

    assert shelf.remove("a")
    assert not shelf.remove("a")
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_was_removed_with_its_file_is_no_lock(shelf: FileStore, tmp_path: Path) -> None:
    put(shelf, "a", b"1")

    def meanwhile(old: bytes | None) -> FileChange:
        os.unlink(tmp_path / "a.toml.lock")
        return FileChange(b"2")

    shelf.update("a", meanwhile)

    assert put(shelf, "a", b"3") is None
    assert shelf.read("a") == b"3"


@check_rows("name", ["", ".", "..", "a/b", "../a", ".a", "a b", "a\n", "ä", "-a", "x" * 51, "a.toml"])
def test_a_name_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a saved item"):
        check_name(name)


def test_a_folder_or_a_pipe_is_refused_at_once(shelf: FileStore, tmp_path: Path) -> None:
    (tmp_path / "a.toml").mkdir()
    os.mkfifo(tmp_path / "b.toml")

    with pytest.raises(UsageError, match=r"a\.toml is a folder, not a file"):
        shelf.read("a")
    with pytest.raises(UsageError, match=r"b\.toml is a device, not a file"):
        shelf.read("b")
    with pytest.raises(UsageError, match="is a folder"):
        put(shelf, "a", b"1")


def test_without_a_home_it_is_said() -> None:
    shelf = FileStore(lambda is_needed: None)

    assert shelf.names() == []
    with pytest.raises(UsageError, match="There is no home folder"):
        shelf.read("a")


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="Cannot make the folder"):
        put(FileStore(lambda is_needed: None if is_needed else tmp_path / "no"), "a", b"1")


def test_a_folder_is_private_also_where_it_was_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    (tmp_path / "callbox").mkdir(mode=0o755)

    folder = make_subdirectory("data", "sessions")

    assert folder == tmp_path / "callbox" / "sessions"
    assert {one.stat().st_mode & 0o777 for one in (folder, folder.parent)} == {0o700}


WRITER = """
import sys
from pathlib import Path
from callbox.storage.locked_file_store import FileStore, FileChange
folder, word, times = sys.argv[1:]
shelf = FileStore(lambda is_needed: Path(folder))
for number in range(int(times)):
    shelf.update("a", lambda old: FileChange((old or b"") + f"{word}{number}\\n".encode()))
"""


def writer(folder: Path, word: str, times: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(folder), word, str(times)])


def test_parallel_writers_lose_nothing(shelf: FileStore, tmp_path: Path) -> None:
    writers = [writer(tmp_path, f"w{number}-", 4) for number in range(8)]

    assert [one.wait() for one in writers] == [0] * 8
    found = (shelf.read("a") or b"").decode().splitlines()
    assert sorted(found) == sorted(f"w{number}-{turn}" for number in range(8) for turn in range(4))
    assert litter(tmp_path) == set()


def test_a_writer_that_is_killed_leaves_a_whole_file(shelf: FileStore, tmp_path: Path) -> None:
    for turn in range(6):
        killed = writer(tmp_path, "w", 100_000)
        size = len(shelf.read("a") or b"")
        while len(shelf.read("a") or b"") == size:
            time.sleep(0.001)
        time.sleep(turn * 0.003)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        data = shelf.read("a") or b""
        assert data.endswith(b"\n")
        assert all(line.startswith(b"w") for line in data.splitlines())

    put(shelf, "a", b"after")

    assert shelf.read("a") == b"after"
    assert litter(tmp_path) == set()


def test_where_there_is_no_room_the_old_file_stays(shelf: FileStore, tmp_path: Path) -> None:
    put(shelf, "a", b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handled = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OutputError, match=r"Cannot write .*a\.toml: file too large"):
            put(shelf, "a", b"new" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handled)

    assert shelf.read("a") == b"old"
    assert litter(tmp_path) == set()


CALLS = ("open", "fsync", "replace", "link", "chmod", "fchmod", "rename", "write")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("turn", range(4))
def test_whatever_call_fails_the_file_is_the_old_or_the_new_one(
    shelf: FileStore, tmp_path: Path, call: str, turn: int
) -> None:
    put(shelf, "a", b"0")
    put(shelf, "a", b"old")
    left = [turn]

    def fail(*arguments: object, **more: object) -> object:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*arguments, **more)

    with pytest.MonkeyPatch.context() as patch:
        real = getattr(os, call)
        patch.setattr(os, call, fail)
        try:
            put(shelf, "a", b"new")
        except OutputError as error:
            said = error.message
        else:
            said = ""

    assert shelf.read("a") == (b"old" if said else b"new")
    assert said == "" or (said.startswith("Cannot write ") and said.endswith("no space left"))
    put(shelf, "a", b"after")
    assert shelf.read("a") == b"after"
    assert litter(tmp_path) == set()


@pytest.mark.parametrize("name", ["a.toml.lock", "a.toml.bak", ".a.toml.previous"])
def test_a_link_beside_a_file_is_not_followed(shelf: FileStore, tmp_path: Path, name: str) -> None:
    victim = tmp_path / ".bashrc"
    victim.write_bytes(b"mine")
    victim.chmod(0o644)
    put(shelf, "a", b"1")
    (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / name).symlink_to(victim)

    if name.endswith(".lock"):
        with pytest.raises(CallboxError, match="it is a symbolic link"):
            put(shelf, "a", b"2")
    else:
        put(shelf, "a", b"2")
    assert victim.read_bytes() == b"mine"
    assert victim.stat().st_mode & 0o777 == 0o644


def test_an_earlier_generation_that_is_a_link_is_not_read(shelf: FileStore, tmp_path: Path) -> None:
    put(shelf, "a", b"1")
    (tmp_path / "a.toml.bak").symlink_to("/etc/passwd")

    with pytest.raises(CallboxError, match="it is a symbolic link"):
        shelf.read("a", is_backup=True)


def test_a_pipe_in_the_place_of_the_lock_does_not_hold_it_up(shelf: FileStore, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.toml.lock")

    with pytest.raises(CallboxError, match="it is a pipe"):
        put(shelf, "a", b"1")
