"""What real curl sends: a recorder on loopback that every host of a command leads to, and the request in one form."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tests.support.server import Recorder

from callbox.exchange.request import Outgoing
from callbox.exchange.secret import reveal

ENVIRONMENT = {"OPENAI_API_KEY": "sk-openai", "ANTHROPIC_API_KEY": "sk-ant", "PATH": "/usr/bin:/bin", "HOME": "/"}
FILES = {
    "lines.txt": b"one\r\ntwo & three\n",
    "note.txt": b"note",
    "one.png": b"\x89PNG",
    "bulk.ndjson": b'{"index": {}}\n{"a": 1}\n',
    "headers.txt": b"X-File: 1\n\nno header\nX-More: 2\r\n",
    "cookies.txt": b"h.example\tFALSE\t/\tFALSE\t0\tsid\t1\nh.example\tFALSE\t/y\tFALSE\t0\tno\t1\n",
}


class Request(NamedTuple):
    """A request as far as two programs must agree on it."""

    line: str
    """Method and target."""
    headers: tuple[str, ...]
    """Sorted; without those that each program has of its own, and without the length of the body."""
    body: bytes


def request_of(line: str, headers: Iterable[str], body: bytes) -> Request:
    """A request in the form that is compared: boundaries are `B`, codings that are accepted `..`."""
    boundaries = [name for text in (*headers, body.decode("latin-1")) for name in _BOUNDARY.findall(text)]
    fields = []
    for text in headers:
        name, _, value = text.partition(":")
        text, name = f"{name}: {value.strip()}".strip(), name.lower()
        if name not in _OWN and text != "Accept: */*":
            fields.append("Accept-Encoding: .." if name == "accept-encoding" else text)
    marks = {boundary: f"B{number or ''}" for number, boundary in enumerate(dict.fromkeys(boundaries))}
    for boundary, mark in sorted(marks.items(), key=lambda pair: -len(pair[0])):
        fields = [text.replace(boundary, mark) for text in fields]
        body = body.replace(f"--{boundary}".encode("latin-1"), f"--{mark}".encode())
        body = body.replace(f"boundary={boundary}".encode("latin-1"), f"boundary={mark}".encode())
    line = _NOT_IN_A_URL.sub(lambda match: f"%{ord(match[0]):02X}", line)
    return Request(line, tuple(sorted(fields)), body)


def request_of_ours(outgoing: Outgoing) -> Request:
    """The same of what callbox would send; a Host, but no other header, of its own counts."""
    fields = [
        f"{field.name}: {reveal(field.value)}"
        for field in outgoing.headers
        if (field.source != "default" or field.name == "Host") and (field.name, field.value) != ("Content-Length", "0")
    ]
    body = b"".join(outgoing.content.chunks()) if outgoing.content is not None else b""
    return request_of(f"{outgoing.method} {outgoing.url.target}", fields, body)


_NOT_IN_A_URL = re.compile(r"[\[\]{}\"<>|^`]")
"""curl sends these as they are, callbox percent-encoded (RFC 3986)."""
_BOUNDARY = re.compile(r"boundary=([\w-]+)")
_OWN = frozenset({"content-length", "connection", "expect"})


def write_files(folder: str | Path) -> None:
    """The files that the commands name."""
    for name, data in FILES.items():
        (Path(folder) / name).write_bytes(data)


def make_recorder() -> Recorder:
    """A server that keeps each request as it came."""
    return Recorder(lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def run_curl(command: str, recorder: Recorder, folder: str | Path) -> Request:
    """What curl sends for this command of bash, every host of which leads to the recorder; over http alone."""
    recorder.seen.clear()
    plain = command.removeprefix("$ ").replace("https://", "http://").replace("=https", "=http")
    to_recorder = f'curl() {{ command curl --silent --connect-to "::127.0.0.1:{recorder.port}" "$@"; }}\n'
    subprocess.run(
        ["bash", "-c", to_recorder + plain],
        cwd=folder,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        timeout=30,
    )
    (seen,) = recorder.seen
    line, *fields = seen.raw.partition(b"\r\n\r\n")[0].decode("utf-8").split("\r\n")
    sent = [text for text in fields if not text.startswith("User-Agent: curl/")]
    return request_of(line.removesuffix(" HTTP/1.1"), sent, seen.body)
