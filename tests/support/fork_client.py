"""Asks the process that forks for a run: `fork_client.py NUMBER WORD..` is `callbox WORD..`, for lines of a shell.

NUMBER is that of the connection to the process that forks, which the shell has inherited. This file imports little,
because a Python that starts it is what a run costs.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Sequence
from typing import Any


def ask(control: socket.socket, streams: Sequence[int], request: dict[str, Any]) -> socket.socket:
    """Ask for a process with these standard streams; gives the connection on which its answers come."""
    channel, theirs = socket.socketpair()
    with theirs:
        socket.send_fds(control, [b"+"], [*streams, theirs.fileno()])
    channel.sendall(json.dumps(request).encode() + b"\n")
    return channel


def read_answer(channel: socket.socket) -> int:
    """The id of the process, or its exit status when it has ended. Raises an error when nobody answers."""
    line = b""
    while not line.endswith(b"\n"):
        piece = channel.recv(1)
        if not piece:
            raise RuntimeError("the process that forks has ended")
        line += piece
    return int(line)


def main(number: str, *words: str) -> int:
    """Run `callbox` with the words to its end, on the standard streams of this process; gives its exit code."""
    request = {
        "module": "callbox",
        "words": words,
        "folder": os.getcwd(),
        "environ": dict(os.environ),
        "has_terminal": False,
    }
    with socket.socket(fileno=int(number)) as control, ask(control, (0, 1, 2), request) as channel:
        read_answer(channel)
        for stream in (0, 1, 2):
            os.close(stream)
        return os.waitstatus_to_exitcode(read_answer(channel))


if __name__ == "__main__":
    os._exit(main(*sys.argv[1:]))
