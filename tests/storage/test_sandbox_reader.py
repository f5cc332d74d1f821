from __future__ import annotations

import os
from pathlib import Path

import pytest

from callbox.errors import UsageError
from callbox.storage.sandbox_reader import Confined, is_below, limited

MOST = 1000


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder `in` with files and links, and a secret beside it."""
    (tmp_path / "in/deep").mkdir(parents=True)
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "in/a").write_text("fine")
    (tmp_path / "in/.env").write_text("env")
    (tmp_path / "in/.env.dev").write_text("env")
    (tmp_path / "in/.envrc").write_text("env")
    (tmp_path / "in/deep/up").symlink_to("../a")
    (tmp_path / "in/out").symlink_to("../secret")
    (tmp_path / "in/folder").symlink_to("..")
    (tmp_path / "in/circle").symlink_to("circle")
    (tmp_path / "in/nowhere").symlink_to("gone")
    (tmp_path / "named").symlink_to("in")
    os.mkfifo(tmp_path / "in/pipe")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("folder", ["in", "named", "./in/../in", "in/deep/.."])
@pytest.mark.parametrize("path", ["a", "deep/up", "deep/../a", "folder/in/a", ".env", ".env.dev"])
def test_what_lies_below_is_read(place, folder, path) -> None:
    assert Confined(folder, "x").read(f"{folder}/{path}", MOST) in (b"fine", b"env")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("in/out", "in/out is outside of x"), ("secret", "secret is outside of x"), ("in/../secret", "is outside of x"),
        ("in/folder/secret", "is outside of x"), ("/etc/hostname", "is outside of x"), ("~/x", "is outside of x"),
        ("inside/a", "is outside of x"), ("in/.envrc", "is hidden"), ("in/deep/.git/config", "is hidden"), ("in/.env.d/a", "is hidden"),
        ("in/gone", "No such file: in/gone"), ("in/nowhere", "No such file: in/nowhere"), ("in/a/b", "Cannot read in/a/b"),
        ("in/circle", "Cannot read in/circle"), ("in/pipe", "in/pipe is not an ordinary file"), ("in", "is outside of x"),
        ("in/deep", "in/deep is a folder"), ("in/a\0b", "No such file"), ("in/\ud800", "No such file"),
        ("in/" + "x" * 300, "Cannot read"), ("in/" + "x/" * 5000, "Cannot read"),
    ],
)  # fmt: skip
def test_what_does_not_is_an_error_of_one_line(place, path, message) -> None:
    with pytest.raises(UsageError) as caught:
        Confined("in", "x").read(path, MOST)

    assert message in caught.value.message
    with pytest.raises(UsageError):
        Confined("in", "x").open_pieces(path, MOST)


def test_whether_there_is_a_file_is_not_told_of_what_lies_outside(place) -> None:
    confined = Confined("in", "x")

    assert (confined.is_file("in/a"), confined.is_file("in/gone"), confined.is_file("in/deep")) == (True, False, False)
    for path in ("secret", "gone", "in/out"):
        with pytest.raises(UsageError, match="is outside"):
            confined.is_file(path)


def test_with_a_refusal_nothing_is_read(place) -> None:
    confined = Confined("in", "x", refusal="no folder")

    assert not confined.is_file("in/a")
    with pytest.raises(UsageError, match="no folder"):
        confined.read("in/a", MOST)


def test_no_more_is_read_than_allowed(place) -> None:
    (place / "in/a").write_text("x" * 2000)
    with pytest.raises(UsageError, match="in/a is larger than 0 MB"):
        Confined("in", "x").read("in/a", MOST)


def test_a_file_that_grows_while_it_is_sent_is_cut(place) -> None:
    pieces, size = Confined("in", "x").open_pieces("in/a", 10)
    (place / "in/a").write_text("x" * 10)

    assert (size, b"".join(pieces())) == (4, b"x" * 10)


def test_a_file_that_becomes_a_link_before_it_is_sent_is_refused(place) -> None:
    pieces, _ = Confined("in", "x").open_pieces("in/a", MOST)
    (place / "in/a").unlink()
    (place / "in/a").symlink_to("../secret")

    with pytest.raises(UsageError, match="is outside of x"):
        list(pieces())


@pytest.mark.parametrize(
    ("folder", "path", "is_so"),
    [("in", "in/a", True), ("in", "in/out", False), ("/", "/etc", True), ("", "in", True), ("in", "in", False)],
)
def test_below_is_by_real_paths(place, folder, path, is_so) -> None:
    assert is_below(folder, path) is is_so


def test_what_is_short_enough_passes() -> None:
    assert limited(b"ab", "a", 2) == b"ab"
    with pytest.raises(UsageError):
        limited(b"abc", "a", 2)
