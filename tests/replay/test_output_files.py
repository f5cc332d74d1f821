"""`>>` of scripts, `--record`, and what lies beside copies: files whose names are not the user's."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from callbox.errors import CallboxError
from callbox.replay.file_and_system_access import real_ports

write_file = real_ports().write_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "api/v1"
    path.mkdir(parents=True)
    return path


@pytest.mark.parametrize(
    ("name", "place"),
    [
        pytest.param("a.json", "api/v1/a.json", id="beside the script"),
        pytest.param("./out/a.json", "api/v1/out/a.json", id="in a folder that is made"),
        pytest.param("../a.json", "api/a.json", id="above it"),
        pytest.param("../../out/new/a.json", "out/new/a.json", id="beside its folders"),
        pytest.param("{tmp}/new/a.json", "new/a.json", id="absolute"),
    ],
)
def test_a_script_writes_where_it_says_for_the_user_alone(tmp_path: Path, folder: Path, name: str, place: str) -> None:
    write_file(str(folder), name.format(tmp=tmp_path), b"1", False)
    write_file(str(folder), name.format(tmp=tmp_path), b"2", False)
    write_file(str(folder), name.format(tmp=tmp_path), b"3", True)

    path = tmp_path / place
    assert path.read_bytes() == b"3"
    assert path.with_stem("a-1").read_bytes() == b"2"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(os.listdir(path.parent)) == (3 if place == "api/a.json" else 2)


def test_a_folder_that_the_user_named_is_made(tmp_path: Path) -> None:
    write_file(str(tmp_path / "snapshots/new"), "login/get.txt", b"1", True)

    assert (tmp_path / "snapshots/new/login/get.txt").read_bytes() == b"1"


@pytest.mark.parametrize("name", ["a.json", "out/a.json", "../a.json"])
@pytest.mark.parametrize("is_overwriting", [True, False])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_is_not_written_through(
    tmp_path: Path, folder: Path, name: str, is_overwriting: bool, is_there: bool
) -> None:
    victim = tmp_path / ".bashrc"
    if is_there:
        victim.write_bytes(b"mine")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).symlink_to(victim)

    if is_overwriting:
        with pytest.raises(CallboxError, match="it is a symbolic link"):
            write_file(str(folder), name, b"evil", True)
    else:
        assert write_file(str(folder), name, b"new", False).endswith("a-1.json")
    assert victim.exists() == is_there
    assert not is_there or victim.read_bytes() == b"mine"


def test_a_folder_that_is_a_link_is_not_written_through(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (folder / "out").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(CallboxError, match="out: it is a symbolic link"):
        write_file(str(folder), "out/a.json", b"evil", True)
    assert os.listdir(tmp_path / "elsewhere") == []


def test_a_pipe_that_nobody_reads_does_not_hold_a_run_up(folder: Path) -> None:
    os.mkfifo(folder / "a.json")

    with pytest.raises(CallboxError, match="it is a pipe"):
        write_file(str(folder), "a.json", b"1", True)


@pytest.mark.parametrize("name", ["", "out/../../../x", "out/", "a\0b"])
def test_what_is_no_name_is_refused_in_one_line(folder: Path, name: str) -> None:
    with pytest.raises(CallboxError, match="cannot be the name of a file in"):
        write_file(str(folder), name, b"1", True)


def test_devices_are_written_to(folder: Path) -> None:
    assert write_file(str(folder), "/dev/null", b"1", True) == "/dev/null"
