from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

from callbox.store.files import write_bytes


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
    code = (
        "from callbox.store.files import write_bytes; print(1, flush=True); write_bytes('/dev/stdout', b'2'); print(3)"
    )
    with (tmp_path / "out").open("ab") as out:
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True)

    assert (tmp_path / "out").read_text() == "1\n23\n"
