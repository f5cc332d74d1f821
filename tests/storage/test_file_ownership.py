from __future__ import annotations

import os
from pathlib import Path

import pytest

from callbox.storage.file_ownership import distrust_reason, user_ids

SOMEBODY_ELSE = {os.geteuid() + 1}


@pytest.fixture
def start(tmp_path) -> Path:
    start = tmp_path / "above" / "scripts"
    start.mkdir(parents=True)
    for folder in (tmp_path, start.parent, start):
        folder.chmod(0o755)
    return start


def put(folder: Path, name: str = "a.json", mode: int = 0o644) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("{}")
    path.chmod(mode)
    return path


def reason(start: Path, path: Path) -> str:
    return distrust_reason(str(start), str(path), user_ids())


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664])
def test_file_of_the_user_above_counts(start, mode) -> None:
    assert reason(start, put(start.parent, mode=mode)) == ""


def test_file_in_a_folder_that_a_group_can_write_counts(start) -> None:
    start.parent.chmod(0o775)

    assert reason(start, put(start.parent)) == ""


@pytest.mark.parametrize("mode", [0o1777, 0o777])
def test_file_above_in_a_shared_folder_does_not_count(start, mode) -> None:
    path = put(start.parent)
    start.parent.chmod(mode)

    assert reason(start, path) == "every user can write files in its folder"


def test_shared_folder_on_the_way_changes_nothing(start) -> None:
    start.parent.chmod(0o1777)

    assert reason(start, put(start.parent.parent)) == ""
    assert reason(start, put(start)) == ""


def test_folder_inside_a_shared_folder_above_does_not_count(start) -> None:
    path = put(start.parent / "env")
    start.parent.chmod(0o1777)

    assert reason(start, path) == "every user can write files in its folder"


def test_file_that_everybody_can_change_does_not_count(start) -> None:
    assert reason(start, put(start.parent, mode=0o666)) == "every user can change it"
    assert reason(start, put(start.parent.parent / "env", mode=0o646)) == "every user can change it"


def test_file_of_another_user_above_does_not_count(start) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file to another user")
    path = put(start.parent)
    os.chown(path, 12345, -1)
    assert reason(start, path) == "it belongs to another user"

    link = start.parent / "link.json"
    link.symlink_to(put(start.parent, "mine.json"))
    os.chown(link, 12345, -1, follow_symlinks=False)
    assert reason(start, link) == "it belongs to another user"

    theirs = put(start.parent, "theirs.json")
    os.chown(theirs, 12345, -1)
    link = start.parent / "mine-to-theirs.json"
    link.symlink_to(theirs)
    assert reason(start, link) == "it belongs to another user"


def test_folder_of_another_user_above_does_not_count(start) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder to another user")
    path = put(start.parent)
    os.chown(start.parent, 12345, -1)

    assert reason(start, path) == "its folder belongs to another user"


def test_owner_of_the_folder_of_the_script_is_trusted(start) -> None:
    """A container often runs as another user than the owner of the files, who wrote the script as well."""
    path = put(start.parent)

    assert distrust_reason(str(start), str(path), SOMEBODY_ELSE) == ""


def test_file_beside_the_script_counts_like_the_script(start) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file to another user")
    path = put(start)
    os.chown(path, 12345, -1)

    assert reason(start, path) == ""


def test_file_of_another_user_beside_a_script_in_a_shared_folder_does_not_count(start) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file to another user")
    path, own = put(start), put(start, "own.json")
    start.chmod(0o1777)
    os.chown(path, 12345, -1)

    assert reason(start, path) == "it belongs to another user"
    assert reason(start, own) == ""


def test_search_may_begin_in_a_folder_that_does_not_exist(start) -> None:
    assert reason(start / "none", put(start)) == ""


def test_file_that_is_gone_does_not_count(start) -> None:
    assert reason(start, start.parent / "none") == "its owner is unknown (No such file or directory)"


def test_system_without_users_trusts_each_file(start) -> None:
    assert distrust_reason(str(start), str(put(start.parent, mode=0o666)), ()) == ""
