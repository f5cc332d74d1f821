"""Bodies and parts from files without a usable size: sent chunked, and never as nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from callbox import Session
from callbox.errors import CallboxError
from callbox.practice import Practice

VERSION = Path("/proc/version")
needs_proc = pytest.mark.skipif(not VERSION.exists(), reason="no /proc here")


@pytest.fixture
def pipe() -> Iterator[IO[bytes]]:
    """The end of a pipe that is read, with `data` in it."""
    read, write = os.pipe()
    os.write(write, b"data")
    os.close(write)
    with os.fdopen(read, "rb") as file:
        yield file


@needs_proc
@pytest.mark.parametrize("buffering", [-1, 0])
def test_a_file_without_a_size_is_sent_whole(practice: Practice, buffering: int) -> None:
    with Session() as session, VERSION.open("rb", buffering) as file:
        response = session.post(f"{practice.url}/echo", data=file)

    assert response.json()["body"] == VERSION.read_text()
    assert response.request.headers["Transfer-Encoding"] == "chunked"


@needs_proc
def test_a_file_without_a_size_follows_a_redirect(practice: Practice) -> None:
    with Session() as session, VERSION.open("rb") as file:
        response = session.post(f"{practice.url}/redirect-to?url=/echo&status=307", data=file)

    assert response.json()["body"] == VERSION.read_text()


@needs_proc
def test_a_part_without_a_size_is_sent_whole(practice: Practice) -> None:
    with Session() as session, VERSION.open("rb") as file:
        response = session.post(f"{practice.url}/echo", files={"f": file})

    assert VERSION.read_text().split()[0] in response.text


def test_a_pipe_is_sent_chunked(practice: Practice, pipe: IO[bytes]) -> None:
    with Session() as session:
        response = session.post(f"{practice.url}/echo", data=pipe)

    assert response.json()["body"] == "data"


def test_a_pipe_as_a_part(practice: Practice, pipe: IO[bytes]) -> None:
    with Session() as session:
        response = session.post(f"{practice.url}/echo", files={"f": ("a.txt", pipe)})

    assert "data" in response.text
    assert "Content-Length" not in response.request.headers


@pytest.mark.parametrize("is_part", [True, False])
def test_a_pipe_cannot_follow_a_redirect(practice: Practice, pipe: IO[bytes], is_part: bool) -> None:
    given = {"files": {"f": ("a.txt", pipe)}} if is_part else {"data": pipe}

    with Session() as session, pytest.raises(CallboxError, match="the body was a stream, and cannot be sent again"):
        session.post(f"{practice.url}/redirect-to?url=/echo&status=307", **given)


def test_an_empty_file_has_the_length_0(practice: Practice, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()

    with Session() as session, (tmp_path / "empty").open("rb") as file:
        response = session.post(f"{practice.url}/echo", data=file)

    assert response.request.headers["Content-Length"] == "0"
