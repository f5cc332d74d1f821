"""`--download`: content into files of their own."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from callbox.storage.partial_download_file import Download


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def cut_off(shell, folder: Path, size: int, part: bytes, version: str = "") -> None:
    """As if an earlier download of /bytes/SIZE had been cut off after this part."""
    task = Download(shell.context.session.base_url + f"/bytes/{size}", str(folder))
    task.start(str(size), f'"{version or f"bytes-{size}"}"', can_continue=False)
    task.write(part)
    task.keep()


def test_the_response_names_the_file(shell, folder: Path) -> None:
    said = shell.say("get /file?name=books.bin --download")

    assert said.endswith("wrote 100,000 bytes to books.bin\n")
    assert names(folder) == ["books.bin"]
    assert (folder / "books.bin").read_bytes() == shell.body("get /file")


def test_a_file_that_is_there_is_left_alone(shell, folder: Path) -> None:
    (folder / "books.bin").write_text("mine")

    shell.say("get /file?name=books.bin --download", "get /file?name=books.bin -d")

    assert names(folder) == ["books-1.bin", "books-2.bin", "books.bin"]
    assert (folder / "books.bin").read_text() == "mine"


def test_a_name_can_be_given(shell, folder: Path) -> None:
    (folder / "sub").mkdir()

    shell.say("get /bytes/10 --download=x.bin", "get /bytes/10 --download=sub")

    assert names(folder) == ["sub", "x.bin"]
    assert names(folder / "sub") == ["10"]


def test_dash_is_the_standard_output_and_no_file(shell, folder: Path) -> None:
    assert len(shell.body("get /bytes/10 --download=-")) == 10
    assert names(folder) == []


@pytest.mark.parametrize("name", ["../../evil", "/tmp/evil", ".evil", "-evil", "a%2F..%2Fevil"])
def test_a_file_stays_in_its_folder(shell, folder: Path, name: str) -> None:
    shell.say(f"get /file name=={name} --download")

    assert len(names(folder)) == 1
    assert "evil" in names(folder)[0]


def test_a_link_is_not_written_through(shell, folder: Path) -> None:
    (folder / "x.bin").symlink_to(folder / "elsewhere")

    shell.say("get /bytes/10 --download=x.bin")

    assert names(folder) == ["x-1.bin", "x.bin"]


def test_a_download_goes_on_where_it_was_cut_off(shell, folder: Path) -> None:
    whole = shell.body("get /bytes/50000")
    cut_off(shell, folder, 50000, whole[:20000])

    said = shell.say("get /bytes/50000 --download")

    assert "206" in said
    assert said.endswith("wrote 50,000 bytes to 50000\n")
    assert hashlib.sha256((folder / "50000").read_bytes()).digest() == hashlib.sha256(whole).digest()
    assert names(folder) == ["50000"]


def test_a_part_of_another_version_is_fetched_anew(shell, folder: Path) -> None:
    cut_off(shell, folder, 5000, b"old" * 100, "other")

    shell.say("get /bytes/5000 --download")

    assert (folder / "5000").read_bytes() == shell.body("get /bytes/5000")
    assert names(folder) == ["5000"]


def test_a_part_that_is_whole_only_takes_its_name(shell, folder: Path) -> None:
    whole = shell.body("get /bytes/5000")
    cut_off(shell, folder, 5000, whole)

    shell.say("get /bytes/5000 --download")

    assert (folder / "5000").read_bytes() == whole
    assert names(folder) == ["5000"]


def test_a_part_of_someone_else_is_left_alone(shell, folder: Path) -> None:
    (folder / "5000.part").write_text("mine")

    shell.say("get /bytes/5000 --download")

    assert names(folder) == ["5000", "5000.part"]
    assert (folder / "5000.part").read_text() == "mine"


def test_content_before_a_fault_is_stored_as_a_part(shell, folder: Path) -> None:
    told = shell.fail("get /truncated --download")

    assert "kept truncated" in told
    assert "goes on" not in told, "that answer said nothing to go on by"
    assert next(name for name in names(folder) if not name.startswith(".")).endswith(".part")


def test_an_error_is_shown_and_not_written(shell, folder: Path) -> None:
    assert shell.fail("get /status/404 --download") == "nothing downloaded: the response was 404 Not Found"
    assert names(folder) == []


def test_an_empty_response_is_an_empty_file(shell, folder: Path) -> None:
    shell.say("get /bytes/0 --download=empty")

    assert (folder / "empty").read_bytes() == b""


def test_a_download_has_one_file(shell) -> None:
    assert shell.fail("get /ping --download > x").startswith("--download already writes the body to a file")


def test_an_upload_tells_how_far_it_is(shell, folder: Path) -> None:
    (folder / "big.bin").write_bytes(b"x" * 300_000)
    told = []
    shell.context.on_progress = told.append

    shell.say("post /echo @big.bin")

    assert [(p.received, p.total, p.is_upload) for p in told][-1][1:] == (300_000, True)
    assert told[0].received == 0 < told[-1].received < 300_000


@pytest.mark.parametrize("name", ["http-client.env.json", "conftest.py", "Makefile"])
def test_a_server_cannot_name_a_file_that_tools_act_on(shell, folder: Path, name: str) -> None:
    said = shell.say(f"get /file name=={name} --download")

    assert names(folder) == [f"{name}.download"]
    assert f"the file is not named {name}: tools run such a file or read it as configuration" in said


def test_a_rejected_download_name_is_reported(shell, folder: Path) -> None:
    said = shell.say("get /file name==.bashrc --download")

    assert names(folder) == ["bashrc"]
    assert "not named .bashrc" in said


def test_a_name_that_tools_act_on_can_be_given(shell, folder: Path) -> None:
    said = shell.say("get /file name==x --download=Makefile")

    assert names(folder) == ["Makefile"]
    assert "not named" not in said


def test_a_link_beside_a_download_is_not_written_through(shell, folder: Path) -> None:
    (folder / "victim").write_text("mine")
    (folder / ".5000.part.from").symlink_to(folder / "victim")

    assert "it is a symbolic link" in shell.fail("get /bytes/5000 --download")
    assert (folder / "victim").read_text() == "mine"
