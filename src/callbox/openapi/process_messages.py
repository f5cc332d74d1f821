"""Messages between the shell and the child process that reads a description: a line of JSON, then bytes.

The member `size` of the line says how many bytes follow. This is apart from both, so that the shell opens a cached
description without loading what compiles one.
"""

from __future__ import annotations

import json
from typing import Any, BinaryIO

from callbox.errors import CallboxError, Place, UsageError
from callbox.openapi.description_source import DescriptionError


def send(stream: BinaryIO, message: dict[str, Any], data: bytes = b"") -> None:
    """Write a message. Raises OSError if the other side is gone."""
    stream.write(json.dumps(message | {"size": len(data)}).encode() + b"\n" + data)
    stream.flush()


def receive(stream: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Read a message and its bytes; `{}` if the other side is gone."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        return {}, b""
    message: dict[str, Any] = json.loads(line)
    return message, stream.read(message["size"])


def describe_error(error: CallboxError) -> dict[str, Any]:
    """An error as a message."""
    return {"error": error.message, "hint": error.hint, "place": list(error.place) if error.place else None}


def error_of(message: dict[str, Any]) -> UsageError:
    """The error of a message."""
    place = Place(*message["place"]) if message["place"] else None
    return DescriptionError(message["error"], hint=message["hint"], place=place)
