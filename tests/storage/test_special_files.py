from __future__ import annotations

import os
import re
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from callbox.errors import CallboxError, UsageError
from callbox.storage.file_read_write_and_list import (
    OutputError,
    append_to,
    claim_standard_input,
    open_pieces,
    read_bytes,
    write_bytes,
)


def test_a_named_pipe_is_written_to_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()

    write_bytes(str(pipe), b"x")
    reader.join(20)

    assert read == [b"x"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_redirected_standard_output_keeps_what_it_holds(tmp_path: Path) -> None:
    code = "from callbox.storage.file_read_write_and_list import write_bytes; print(1, flush=True); write_bytes('/dev/stdout', b'2'); print(3)"
    with (tmp_path / "out").open("ab") as out:
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True)

    assert (tmp_path / "out").read_text() == "1\n23\n"


@pytest.mark.parametrize("name", ["~nobody-of-this-name", "~"])
def test_a_tilde_that_is_nobodys_home_is_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(CallboxError, match=re.escape(name)):
        read_bytes(f"{name}/not-there")
    if name != "~":
        write_bytes(name, b"x")
        assert read_bytes(name) == b"x"
        assert open_pieces(name)[1] == 1
        with append_to(name) as file:
            file.write(b"y")
        assert read_bytes(name) == b"xy"


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/ptmx"])
def test_device_is_not_read(tmp_path: Path, device: str) -> None:
    (tmp_path / "link").symlink_to(device)

    with pytest.raises(UsageError, match=r"link is a device, not a file$"):
        read_bytes(str(tmp_path / "link"), 1)


def test_socket_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        with pytest.raises(UsageError, match=r"^socket is a socket, not a file$"):
            read_bytes("socket")


def test_null_device_and_pipe_are_read() -> None:
    claim_standard_input("")  # another test of this process may have run a replay that read it
    reader, writer = os.pipe()
    os.write(writer, b"x")
    os.close(writer)

    try:
        assert (read_bytes("/dev/null"), read_bytes(f"/dev/fd/{reader}")) == (b"", b"x")
    finally:
        os.close(reader)


def test_a_file_of_the_same_ending_alone_is_not_what_was_meant(tmp_path: Path) -> None:
    (tmp_path / "e.txt").write_text("")

    with pytest.raises(UsageError) as caught:
        read_bytes(str(tmp_path / "nope.txt"))

    assert caught.value.hint == ""


def _write(path: str) -> None:
    write_bytes(path, b"x")


def _append(path: str) -> None:
    with append_to(path) as file:
        file.write(b"x")


@pytest.mark.parametrize("write", [_write, _append])
def test_pipe_that_nobody_reads_is_refused(tmp_path: Path, write: Callable[[str], None]) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(OutputError, match=r"pipe: no program reads this pipe$"):
        write(str(tmp_path / "pipe"))


@pytest.mark.parametrize("write", [_write, _append])
def test_socket_is_refused(tmp_path: Path, write: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        with pytest.raises(OutputError, match="Cannot write socket: no such device or address"):
            write("socket")


def test_pipe_of_this_process_is_written_to_whole() -> None:
    reading, writing = os.pipe()
    data = b"x" * 200_000
    read: list[bytes] = []
    with open(reading, "rb") as file:
        reader = threading.Thread(target=lambda: read.append(file.read()), daemon=True)
        reader.start()
        write_bytes(f"/dev/fd/{writing}", data)
        os.close(writing)
        reader.join(20)

    assert read == [data]


def test_device_takes_what_is_written() -> None:
    write_bytes("/dev/null", b"x")
    _append("/dev/null")
