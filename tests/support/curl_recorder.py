"""What real curl sends: a recorder on loopback that every host of a command leads to, and the request in one form."""

from __future__ import annotations

import re
import socket
import subprocess
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

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


class Recorder:
    """A server that keeps each request as it came."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.seen: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._server.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            with client:
                client.settimeout(5)
                self.seen.append(_read(client))
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def _read(client: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data and (piece := client.recv(65536)):
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    if b"\r\nexpect:" in head.lower():
        client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head.lower())
    while length and len(body) < int(length[1]) and (piece := client.recv(65536)):
        body += piece
    if b"\r\ntransfer-encoding: chunked" in head.lower():
        while not body.endswith(b"0\r\n\r\n") and (piece := client.recv(65536)):
            body += piece
        body = _dechunked(body)
    return head + b"\r\n\r\n" + body


def _dechunked(body: bytes) -> bytes:
    out = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        out += rest[: int(size, 16)]
        body = rest[int(size, 16) + 2 :]
    return out


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
    (raw,) = recorder.seen
    head, _, body = raw.partition(b"\r\n\r\n")
    line, *fields = head.decode("utf-8").split("\r\n")
    sent = [text for text in fields if not text.startswith("User-Agent: curl/")]
    return request_of(line.removesuffix(" HTTP/1.1"), sent, body)
