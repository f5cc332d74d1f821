"""The program that reads one description.

`python -m callbox.openapi.description_reader_process FILE_NUMBER [MEGABYTES]`

A hostile description can cost memory and time, so it is read in a process that may be killed: it has a limit of memory,
opens no files and no connections, and knows nothing of the session. On standard input come the description and, when
the program has asked for them, further documents; what it makes goes to the open file of that number.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys

from callbox.errors import CallboxError, UsageError
from callbox.openapi.child_process import describe_error, error_of, limit_process, receive, send
from callbox.openapi.description_compiler import compile_source
from callbox.openapi.description_loader import make_source
from callbox.openapi.description_source import decode

MAX_MEMORY_MB = 1_000
_MAX_RECURSION = 4_000
"""Python's own limit is too low for 500 levels, each of which takes several calls."""


def main() -> None:
    """Read the description that comes on standard input."""
    number = int(sys.argv[1])
    with contextlib.suppress(ImportError):
        importlib.import_module("yaml")  # no file can be opened later
    limit_process(int(sys.argv[2]) if len(sys.argv) > 2 else MAX_MEMORY_MB)
    sys.setrecursionlimit(_MAX_RECURSION)
    receiver, sender = sys.stdin.buffer, sys.stdout.buffer

    def load(reference: str, holder: str) -> tuple[str, str]:
        send(sender, {"load": reference, "holder": holder})
        message, data = receive(receiver)
        if not message or "error" in message:
            raise error_of(message) if message else UsageError("it was not sent")
        return message["name"], decode(data, message["name"])

    message, data = receive(receiver)
    try:
        with os.fdopen(number, "wb", buffering=1_000_000) as file:
            source = make_source(decode(data, message["name"]), message["name"], load)
            compile_source(source, message["name"], file.write)
    except CallboxError as error:
        send(sender, describe_error(error))
    except RecursionError:
        send(sender, describe_error(UsageError(f"{message['name']} is nested more than 500 levels deep")))
    except MemoryError:
        send(sender, describe_error(UsageError(f"{message['name']} takes more than 1 GB of memory to read")))
    else:
        send(sender, {"done": True})


if __name__ == "__main__":
    main()
