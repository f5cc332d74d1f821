"""Files that the user names are replaced as a whole, and leave nothing beside them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from callbox.storage.file_read_write_and_list import replacing

WRITE = """
import sys
from callbox.storage.file_read_write_and_list import replacing
with replacing(sys.argv[1]) as file:
    file.write(b"new")
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signal_that_ends_the_process_leaves_no_temporary_file(tmp_path: Path, number: int) -> None:
    (tmp_path / "a").write_bytes(b"old")
    command = [sys.executable, "-c", WRITE, str(tmp_path / "a")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)

        assert process.wait() == -number
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"a": b"old"}


def test_handlers_of_others_stay(tmp_path: Path) -> None:
    def own(*_: object) -> None:
        """Another handler."""

    before = signal.signal(signal.SIGHUP, own)
    try:
        with replacing(str(tmp_path / "a")) as file:
            file.write(b"new")
            during = signal.getsignal(signal.SIGHUP), signal.getsignal(signal.SIGTERM)
        after = signal.getsignal(signal.SIGHUP), signal.getsignal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGHUP, before)

    assert (during[0], after) == (own, (own, signal.SIG_DFL))
    assert during[1] is not signal.SIG_DFL
