"""Child processes that read descriptions or check values against schemas: their messages, their limits, and how they
are ended.

A message is a line of JSON with bytes after it. The member `size` of the line is the number of these bytes. This module
does not import the compiler of descriptions, so the shell can open a cached description without loading the compiler.
"""

from __future__ import annotations

import codecs
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO

from callbox.errors import CallboxError, Place, UsageError
from callbox.openapi.json_and_yaml_reader import DescriptionError

if TYPE_CHECKING:
    from subprocess import Popen


def send(stream: BinaryIO, message: dict[str, Any], data: bytes = b"") -> None:
    """Write a message. Raises OSError if the other process has ended."""
    stream.write(json.dumps(message | {"size": len(data)}).encode() + b"\n" + data)
    stream.flush()


def receive(stream: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Read a message and its bytes; `{}` if the other process has ended."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        return {}, b""
    message: dict[str, Any] = json.loads(line)
    return message, stream.read(message["size"])


def limit_process(megabytes: int) -> None:
    """Limit the memory of this process and forbid it to open files and connections, if the system supports such limits.

    Load everything that the process needs before this call.
    """
    for charset in ("utf-8-sig", "utf-16"):
        codecs.lookup(charset)
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 1_000_000, megabytes * 1_000_000))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def end_process(process: Popen[bytes]) -> None:
    """Kill a process, close its pipes, and wait until it has ended."""
    process.kill()
    for stream in (process.stdin, process.stdout):
        with suppress(OSError):
            if stream is not None:
                stream.close()
    process.wait()


def describe_error(error: CallboxError) -> dict[str, Any]:
    """An error as a message to another process."""
    return {"error": error.message, "hint": error.hint, "place": list(error.place) if error.place else None}


def error_of(message: dict[str, Any]) -> UsageError:
    """The error that a message describes."""
    place = Place(*message["place"]) if message["place"] else None
    return DescriptionError(message["error"], hint=message["hint"], place=place)
