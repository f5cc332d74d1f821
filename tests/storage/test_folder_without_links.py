"""Files whose names others chose: attacked with links, second names, pipes and folders in their place."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from callbox.errors import CallboxError
from callbox.storage.folder_without_links import Folder, write_inside


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file that is to stay as it is."""
    path = tmp_path / "victim"
    path.write_bytes(b"mine")
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The folder that the user named."""
    path = tmp_path / "out"
    path.mkdir()
    return path


def test_a_file_is_written_for_its_owner_alone(out: Path) -> None:
    path = write_inside(str(out), "a/b.txt", b"data", is_overwriting=False)

    assert path == str(out / "a/b.txt")
    assert Path(path).read_bytes() == b"data"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert os.listdir(out / "a") == ["b.txt"]


def test_a_file_that_is_there_stays_beside_the_new_one(out: Path) -> None:
    (out / "b.txt").write_bytes(b"old")

    assert write_inside(str(out), "b.txt", b"new", is_overwriting=False) == str(out / "b-1.txt")
    assert (out / "b.txt").read_bytes() == b"old"


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o640, 0o644])
def test_what_is_overwritten_keeps_its_permissions(out: Path, mode: int) -> None:
    (out / "b.txt").touch()
    (out / "b.txt").chmod(mode)

    write_inside(str(out), "b.txt", b"new", is_overwriting=True)

    assert (out / "b.txt").read_bytes() == b"new"
    assert stat.S_IMODE((out / "b.txt").stat().st_mode) == mode


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "", ".", "a/", "a/.", "..", "a\0b", "a/../b"])
def test_a_name_that_leads_elsewhere_is_refused(out: Path, name: str) -> None:
    for overwrites in (False, True):
        with pytest.raises(CallboxError, match="cannot be the name of a file"):
            write_inside(str(out), name, b"evil", is_overwriting=overwrites)
    assert os.listdir(out) == []


@pytest.mark.parametrize("is_there", [True, False], ids=["to a file", "to nothing"])
def test_a_link_in_the_place_of_a_file_is_not_followed(out: Path, victim: Path, is_there: bool) -> None:
    if not is_there:
        victim.unlink()
    (out / "b.txt").symlink_to(victim)

    with pytest.raises(CallboxError, match=r"b\.txt: it is a symbolic link"):
        write_inside(str(out), "b.txt", b"evil", is_overwriting=True)
    assert write_inside(str(out), "b.txt", b"data", is_overwriting=False) == str(out / "b-1.txt")
    assert victim.exists() == is_there
    assert not is_there or victim.read_bytes() == b"mine"


def test_a_link_in_the_place_of_a_folder_is_not_followed(out: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (out / "a").symlink_to(tmp_path / "elsewhere")

    for overwrites in (False, True):
        with pytest.raises(CallboxError, match="out/a: it is a symbolic link"):
            write_inside(str(out), "a/b.txt", b"evil", is_overwriting=overwrites)
    assert os.listdir(tmp_path / "elsewhere") == []


def test_a_link_that_the_user_named_is_followed(out: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").symlink_to(out)

    write_inside(str(tmp_path / "mine"), "b.txt", b"data", is_overwriting=True)

    assert (out / "b.txt").read_bytes() == b"data"


def test_a_second_name_of_a_file_is_replaced_and_the_file_stays(out: Path, victim: Path) -> None:
    os.link(victim, out / "b.txt")

    write_inside(str(out), "b.txt", b"data", is_overwriting=True)

    assert victim.read_bytes() == b"mine"


def test_a_pipe_that_nobody_reads_does_not_hold_it_up(out: Path) -> None:
    os.mkfifo(out / "b.txt")

    with pytest.raises(CallboxError, match="it is a pipe"):
        write_inside(str(out), "b.txt", b"data", is_overwriting=True)
    with Folder(out) as folder:
        for use in (folder.append, lambda name: folder.read(name, 9), folder.open_lock):
            with pytest.raises(CallboxError, match="it is a pipe"):
                use("b.txt")


def test_a_folder_in_its_place_is_refused(out: Path) -> None:
    (out / "b.txt").mkdir()

    with pytest.raises(CallboxError, match="it is a folder"):
        write_inside(str(out), "b.txt", b"data", is_overwriting=True)


def test_a_file_in_the_place_of_a_folder_is_refused_in_one_line(out: Path) -> None:
    (out / "a").touch()

    with pytest.raises(CallboxError, match=r"\ACannot write .*a/b.txt: not a directory\Z"):
        write_inside(str(out), "a/b.txt", b"data", is_overwriting=True)


def test_a_folder_exchanged_for_a_link_stays_the_folder(out: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with Folder(out) as folder:
        out.rename(tmp_path / "moved")
        out.symlink_to(tmp_path / "elsewhere")
        folder.replace("b.txt", b"data")

    assert os.listdir(tmp_path / "elsewhere") == []
    assert (tmp_path / "moved/b.txt").read_bytes() == b"data"


@pytest.mark.parametrize("place", ["link", "second name", "folder"])
def test_nothing_foreign_is_read_appended_to_or_locked(out: Path, victim: Path, place: str) -> None:
    path = out / "b.txt"
    {"link": path.symlink_to, "second name": path.hardlink_to, "folder": lambda _: path.mkdir()}[place](victim)

    with Folder(out) as folder:
        with pytest.raises((CallboxError, OSError)):
            folder.append("b.txt", creates=True)
        if place != "second name":  # of a file of the user's own: to read it or to lock it does no harm
            for use in (lambda name: folder.read(name, 9), lambda name: folder.read_end(name, 9), folder.open_lock):
                with pytest.raises((CallboxError, OSError)):
                    use("b.txt")
        with pytest.raises(FileExistsError):
            folder.create("b.txt")
    assert victim.read_bytes() == b"mine"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_neither_read_nor_appended_to(out: Path) -> None:
    (out / "b.txt").write_bytes(b"theirs")
    os.chown(out / "b.txt", 12345, 12345)

    with Folder(out) as folder:
        for use in (folder.append, lambda name: folder.read(name, 99)):
            with pytest.raises(CallboxError, match="it belongs to another user"):
                use("b.txt")


def test_a_file_of_more_bytes_than_it_may_have_is_not_read(out: Path) -> None:
    (out / "b.txt").write_bytes(b"123")

    with Folder(out) as folder:
        assert folder.read("b.txt", 3) == b"123"
        with pytest.raises(CallboxError, match="more than 2 bytes"):
            folder.read("b.txt", 2)


def test_nothing_is_left_of_what_could_not_be_written(out: Path) -> None:
    (out / "b.txt").write_bytes(b"old")

    def fail(folder: Folder) -> None:
        with folder.replacing("b.txt") as file:
            file.write(b"new")
            raise ZeroDivisionError

    with Folder(out) as folder, pytest.raises(ZeroDivisionError):
        fail(folder)

    assert os.listdir(out) == ["b.txt"]
    assert (out / "b.txt").read_bytes() == b"old"


def test_a_file_that_cannot_be_opened_after_it_was_made_is_removed(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(descriptor: int, mode: str) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "fdopen", refused)
    with Folder(out) as folder, pytest.raises(OSError, match="Too many"):
        folder.create("a.txt")

    assert os.listdir(out) == []
