from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from callbox.errors import CallboxError, UsageError
from callbox.storage.files import append_to, open_pieces, read_bytes, write_bytes


def test_a_named_pipe_is_written_to_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()

    write_bytes(str(pipe), b"x")
    reader.join(5)

    assert read == [b"x"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_redirected_standard_output_keeps_what_it_holds(tmp_path: Path) -> None:
    code = "from callbox.storage.files import write_bytes; print(1, flush=True); write_bytes('/dev/stdout', b'2'); print(3)"
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


def test_a_file_of_the_same_ending_alone_is_not_what_was_meant(tmp_path: Path) -> None:
    (tmp_path / "e.txt").write_text("")

    with pytest.raises(UsageError) as caught:
        read_bytes(str(tmp_path / "nope.txt"))

    assert caught.value.hint == ""
