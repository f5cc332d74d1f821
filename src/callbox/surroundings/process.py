"""Other programs: a shell line with bytes for its standard input."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable


def run_shell(line: str, pieces: Iterable[bytes] | None = None) -> int:
    """Run a line in the user's shell, its output straight to ours; feed it `pieces`; return its exit code.

    A program that stops reading early (`| head -1`) is no error.
    """
    if pieces is None:
        return subprocess.run(line, shell=True, check=False).returncode
    with subprocess.Popen(line, shell=True, stdin=subprocess.PIPE) as program:
        assert program.stdin is not None
        try:
            for piece in pieces:
                program.stdin.write(piece)
            program.stdin.close()
        except BrokenPipeError:
            pass
        return program.wait()
