"""Bodies from what has no usable size: pipes, devices, files that a kernel makes up. Read once, sent chunked."""

from __future__ import annotations

import fcntl
import json
import os
import struct
import termios
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

VERSION = Path("/proc/version")
needs_proc = pytest.mark.skipif(not VERSION.exists(), reason="no /proc here")


def echoed(shell, line: str) -> dict[str, object]:
    found = json.loads(shell.body(line))
    assert isinstance(found, dict)
    return found


def header(shell, line: str, name: str) -> list[str]:
    return [field.value for field in shell.record(line).outgoing.headers if field.name.lower() == name]


def is_open(path: Path) -> bool:
    """Whether this process has the file open."""
    return any(os.path.realpath(link) == str(path) for link in Path("/proc/self/fd").iterdir())


def unread_bytes(pipe: int) -> int:
    """How much of what was written to the pipe nobody has read yet."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"1234"))[0]


@pytest.fixture
def pipe() -> Iterator[Callable[[bytes], str]]:
    """Gives the path of a pipe without a name that holds these bytes, and whose writer is gone."""
    opened = []

    def make(data: bytes) -> str:
        read, write = os.pipe()
        os.write(write, data)
        os.close(write)
        opened.append(read)
        return f"/dev/fd/{read}"

    yield make
    for number in opened:
        os.close(number)


@pytest.fixture
def fifo(tmp_path: Path) -> str:
    """A pipe with a name that somebody writes `data` to, once."""
    os.mkfifo("fifo")
    threading.Thread(target=(tmp_path / "fifo").write_bytes, args=(b"data",), daemon=True).start()
    return "fifo"


@pytest.mark.parametrize("line", ["post /echo @{}", "post /echo @{};type=text/plain", "curl {base}/echo -T {} -X POST"])
def test_a_pipe_is_sent_chunked(shell, pipe, line: str) -> None:
    text = line.replace("{base}", shell.context.session.base_url).replace("{}", pipe(b"data"))

    assert header(shell, text, "transfer-encoding") == ["chunked"]
    assert json.loads(shell.context.history.items()[-1][1].body)["body"] == "data"


def test_a_pipe_with_a_name_is_opened_once(shell, fifo: str) -> None:
    assert echoed(shell, f"post /echo @{fifo}")["body"] == "data"


def test_a_pipe_that_nobody_writes_to_ends_at_the_deadline(shell) -> None:
    os.mkfifo("fifo")

    assert shell.fail("post /echo @fifo --total-timeout 0.3").startswith("Not finished after")


@needs_proc
def test_a_pipe_that_nobody_writes_to_is_left_at_an_interrupt(shell, tmp_path: Path) -> None:
    os.mkfifo("fifo")

    def interrupt() -> None:
        while not is_open(tmp_path / "fifo") or not shell.context.interrupt():
            time.sleep(0.005)

    thread = threading.Thread(target=interrupt)
    thread.start()

    assert shell.fail("post /echo @fifo").startswith("interrupted after 0 B")
    thread.join()


def test_a_pipe_that_is_written_to_slowly(shell) -> None:
    os.mkfifo("fifo")

    def write() -> None:
        with Path("fifo").open("wb", buffering=0) as file:
            for piece in (b"da", b"ta"):
                file.write(piece)
                while unread_bytes(file.fileno()):
                    time.sleep(0.005)

    writer = threading.Thread(target=write)
    writer.start()
    assert echoed(shell, "post /echo @fifo")["body"] == "data"
    writer.join()


def test_a_pipe_in_a_part(shell, pipe) -> None:
    line = f"post /echo a=1 f@{pipe(b'data')}"

    assert header(shell, line, "transfer-encoding") == ["chunked"]
    assert b"data" in shell.context.history.items()[-1][1].body


@needs_proc
@pytest.mark.parametrize("line", ["post /echo @/proc/version", "post /echo f@/proc/version"])
def test_a_file_without_a_size_that_has_content(shell, line: str) -> None:
    assert header(shell, line, "content-length") == []
    assert VERSION.read_bytes().split()[0] in shell.context.history.items()[-1][1].body


@needs_proc
def test_a_file_without_a_size_follows_a_redirect(shell) -> None:
    record = shell.record("post /redirect-to?url=/echo&status=307 @/proc/version")

    assert record.response.status == 200
    assert VERSION.read_bytes().split()[0] in record.body


def test_an_empty_file_has_the_length_0(shell) -> None:
    Path("empty").touch()

    assert header(shell, "post /echo @empty", "content-length") == ["0"]


def test_a_preview_takes_nothing_from_a_pipe(shell, pipe) -> None:
    path = pipe(b"data")

    shell.say(f"preview post /echo @{path}")

    assert echoed(shell, f"post /echo @{path}")["body"] == "data"


def test_a_pipe_cannot_follow_a_redirect(shell, pipe) -> None:
    told = shell.fail(f"post /redirect-to?url=/echo&status=307 @{pipe(b'data')}")

    assert told.startswith("Cannot follow this redirect: the body was a stream")


def test_a_pipe_cannot_be_sent_again(shell, pipe) -> None:
    shell.body(f"post /echo @{pipe(b'data')}")

    assert "was read already" in shell.fail("again")


def test_a_challenge_that_a_pipe_keeps_from_being_answered_is_told(shell, pipe) -> None:
    outputs = shell.run(f"post /digest-auth @{pipe(b'data')} --auth ann:secret --auth-type digest")

    assert "the body was a stream and can be read only once" in str(outputs)
