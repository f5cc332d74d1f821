"""The file of what is remembered: private, bounded, shared by shells, and never in the way."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.memory.records import ORIGIN, exchange

from callbox.memory.api_facts import NO_DETAILS, Details, Fact, Observation
from callbox.memory.history_and_facts_database import DAY_S, NAME, Limits, MemoryFile, MemoryUnavailable, encode_record


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def file(folder: Path) -> MemoryFile:
    return MemoryFile(lambda: folder)


def stored(target: str = "/x", body: bytes = b"", time: float = 1.0):
    return encode_record(exchange("GET", target, body=body, time=time))


def seen(*paths: str, gone: tuple[str, ...] = ()) -> list[Observation]:
    return [Observation(ORIGIN, tuple((Fact("path", path, "GET"), NO_DETAILS) for path in paths), gone)]


@pytest.fixture
def three(file: MemoryFile) -> MemoryFile:
    """The file with three requests."""
    assert [file.write(stored(f"/{n}"), (), 1.0) for n in range(3)] == [1, 2, 3]
    return file


def test_the_last_requests_come_back(three: MemoryFile) -> None:
    assert [one.url for one in three.requests(2)] == [f"{ORIGIN}/1", f"{ORIGIN}/2"]


def test_requests_come_back_without_those_of_this_shell(three: MemoryFile) -> None:
    assert [one.id for one in three.requests(9, without=(2,))] == [1, 3]


def test_a_request_comes_back_by_its_id(three: MemoryFile) -> None:
    found = three.request(2)

    assert found is not None
    assert found.exchange


def test_no_request_has_an_id_that_was_never_given(three: MemoryFile) -> None:
    assert three.request(99) is None


def test_ids_are_from_the_first_to_the_last(three: MemoryFile) -> None:
    assert three.ids() == (1, 3)


def test_facts_come_back_in_order_with_their_details(file: MemoryFile) -> None:
    item = Fact("item", "/books", "id", "1")
    file.write(None, [Observation(ORIGIN, ((item, Details("Emma", (("id", "1"),))),))], 1.0)
    file.write(None, seen("/a", "/b"), 2.0)
    file.write(None, [Observation(ORIGIN, ((item, Details("", (("id", "1"),))),))], 3.0)

    assert file.facts(ORIGIN) == [
        (Fact("path", "/a", "GET"), NO_DETAILS),
        (Fact("path", "/b", "GET"), NO_DETAILS),
        (item, Details("Emma", (("id", "1"),))),
    ]
    assert file.facts("http://other") == []
    assert file.origins() == [ORIGIN]


def test_number_of_another_member_does_not_delete_an_item(file: MemoryFile) -> None:
    items = [
        (Fact("item", "/orders", "id", number), Details("", (("id", number), ("quantity", "2")))) for number in "12"
    ]
    file.write(None, [Observation(ORIGIN, tuple(items))], 1.0)

    file.write(None, seen(gone=("/orders/2",)), 2.0)

    assert [fact.value for fact, _ in file.facts(ORIGIN) if fact.kind == "item"] == ["1"]


def test_what_is_gone_is_deleted(file: MemoryFile) -> None:
    item = (Fact("item", "/books", "isbn", "9"), Details("", (("id", "1"),)))
    file.write(None, [Observation(ORIGIN, (item, *seen("/books", "/books/1")[0].facts))], 1.0)

    file.write(None, seen(gone=("/books/1",)), 2.0)

    assert [fact.path for fact, _ in file.facts(ORIGIN)] == ["/books"]


def test_the_file_is_private(file: MemoryFile, folder: Path) -> None:
    before = os.umask(0)
    try:
        file.write(stored(), (), 1.0)
    finally:
        os.umask(before)

    assert {path.name for path in folder.iterdir()} == {NAME}
    assert (folder / NAME).stat().st_mode & 0o777 == 0o600


def test_a_file_that_others_may_read_becomes_private(file: MemoryFile, folder: Path) -> None:
    file.write(stored(), (), 1.0)
    file.close()
    (folder / NAME).chmod(0o644)

    assert file.ids() == (1, 1)
    assert (folder / NAME).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", ["link", "hard link", "pipe", "folder", "journal"])
def test_what_is_no_file_of_ours_is_refused(file: MemoryFile, folder: Path, kind: str) -> None:
    other = folder / "other"
    other.write_bytes(b"mine")
    target = folder / NAME
    if kind == "link":
        target.symlink_to(other)
    elif kind == "hard link":
        target.hardlink_to(other)
    elif kind == "pipe":
        os.mkfifo(target)
    elif kind == "folder":
        target.mkdir()
    else:
        (folder / f"{NAME}-journal").symlink_to(other)

    with pytest.raises(MemoryUnavailable, match=NAME):
        file.write(stored(), (), 1.0)
    assert other.read_bytes() == b"mine"


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_set_aside_with_a_line(file: MemoryFile, folder: Path, content: bytes) -> None:
    (folder / NAME).write_bytes(content)

    assert file.write(stored(), (), 1.0) == 1
    assert (folder / f"{NAME}.damaged").read_bytes() == content
    (line,) = file.notes
    assert f"{NAME}.damaged" in line


def test_a_file_whose_pages_are_damaged_is_set_aside(file: MemoryFile, folder: Path) -> None:
    for n in range(20):
        file.write(stored(f"/{n}", b"a" * 5000), (), 1.0)
    file.close()
    with (folder / NAME).open("r+b") as raw:
        raw.seek(4096)
        raw.write(b"\xff" * 60_000)

    assert file.write(stored(), (), 1.0) == 1
    assert file.notes


def test_a_file_that_was_removed_is_made_anew(file: MemoryFile, folder: Path) -> None:
    file.write(stored(), (), 1.0)
    (folder / NAME).unlink()

    assert file.write(stored(), (), 1.0) == 1
    assert file.notes == []


def test_a_file_of_a_later_version_is_left_alone(file: MemoryFile, folder: Path) -> None:
    with sqlite3.connect(folder / NAME) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = (folder / NAME).read_bytes()

    with pytest.raises(MemoryUnavailable, match="later callbox"):
        file.write(stored(), (), 1.0)
    assert (folder / NAME).read_bytes() == before


def test_without_a_folder_there_is_no_memory() -> None:
    with pytest.raises(MemoryUnavailable, match="no folder"):
        MemoryFile(lambda: None).ids()


def test_old_requests_and_facts_are_dropped(folder: Path) -> None:
    MemoryFile(lambda: folder).write(stored("/old", time=1.0), seen("/old"), 1.0)

    file = MemoryFile(lambda: folder, Limits(days=90))
    file.write(stored("/new", time=91 * DAY_S), seen("/new"), 91 * DAY_S)

    assert [one.url for one in file.requests(9)] == [f"{ORIGIN}/new"]
    assert [fact.path for fact, _ in file.facts(ORIGIN)] == ["/new"]


def test_the_oldest_requests_leave_a_file_that_is_too_large(folder: Path) -> None:
    file = MemoryFile(lambda: folder, Limits(size=2_000_000))
    for n in range(100):
        file.write(stored(f"/{n}", os.urandom(25_000).hex().encode()), (), 1.0)
    MemoryFile(lambda: folder, Limits(size=2_000_000)).write(stored("/last"), (), 1.0)

    assert file.requests(1)[0].url == f"{ORIGIN}/last"
    assert file.ids()[0] > 1
    assert (folder / NAME).stat().st_size < 2_500_000


def test_what_is_forgotten_is_not_in_the_file(file: MemoryFile, folder: Path) -> None:
    file.write(stored("/mysterious-path"), seen("/mysterious-path"), 1.0)
    file.write(stored("/mysterious-path"), (), 1.0)

    assert file.forget_requests() == 2
    assert file.forget_facts(ORIGIN) == 1
    file.close()
    assert b"mysterious" not in (folder / NAME).read_bytes()


def test_ids_are_not_used_again(file: MemoryFile) -> None:
    file.write(stored(), (), 1.0)
    file.forget_requests(1, 1)

    assert file.write(stored(), (), 1.0) == 2


WRITER = """
import sys
from pathlib import Path
from callbox.memory.history_and_facts_database import MemoryFile
from callbox.memory.history_and_facts_database import encode_record
from tests.memory.records import exchange
file = MemoryFile(lambda: Path(sys.argv[1]))
for n in range(40):
    file.write(encode_record(exchange("GET", f"/{sys.argv[2]}/{n}", body=b"x" * 2000)), (), 1.0)
print(*file.notes)
"""


def test_two_shells_write_at_once(folder: Path) -> None:
    root = Path(__file__).parents[2]
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root
        )
        for name in ("a", "b")
    ]
    for run in runs:
        out, err = run.communicate()
        assert (run.returncode, out, err) == (0, b"\n", b"")

    file = MemoryFile(lambda: folder)
    assert len(file.requests(1000)) == 80


FULL = """
import resource, sys
from pathlib import Path
from callbox.memory.history_and_facts_database import MemoryFile, MemoryUnavailable
from callbox.memory.history_and_facts_database import encode_record
from tests.memory.records import exchange
file = MemoryFile(lambda: Path(sys.argv[1]))
file.write(encode_record(exchange("GET", "/first")), (), 1.0)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    for n in range(50):
        file.write(encode_record(exchange("GET", "/x", body=b"x" * 20_000)), (), 1.0)
except MemoryUnavailable as error:
    print(error.message)
print(len(file.requests(100)) >= 1, file.notes)
"""


def test_a_full_disk_is_one_line_and_loses_nothing(folder: Path) -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(folder)], capture_output=True, text=True, cwd=root, check=True
    )
    line, rest = done.stdout.splitlines()

    assert line.startswith("Cannot use ")
    assert rest == "True []"
    assert MemoryFile(lambda: folder).requests(100)[0].url == f"{ORIGIN}/first"


def test_refused_path_where_an_id_stands_is_not_saved(file: MemoryFile) -> None:
    path = Fact("path", "/books/098", "GET")
    refused = Observation(ORIGIN, ((path, NO_DETAILS),), refused="/books/098")

    file.write(None, [refused], 1.0)
    assert file.facts(ORIGIN) == []

    file.write(None, [refused._replace(refused=""), refused], 2.0)
    assert file.facts(ORIGIN) == [(path, NO_DETAILS)]
