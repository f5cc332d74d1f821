"""`preview --as curl|httpie|python`: what it prints, run, sends the same bytes, as a raw recorder on loopback sees them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.server import Recorder

from callbox.shell.dialects.translator import rewrite

LINES = [
    pytest.param("get '/x/./y?a=1' q=='x y&z' X-Test:\"it's\"", id="get"),
    pytest.param("post /x name=Ann age:=42 city='Zürich'", id="json"),
    pytest.param("post /x a='x&y' b= --form", id="form"),
    pytest.param("post /x --body 'line\nline'", id="text"),
    pytest.param("delete /x", id="delete"),
    pytest.param("get /x Accept: User-Agent: Accept-Encoding:", id="left out"),
    pytest.param("put /x X-Empty; X-Odd:'=@x'", id="odd headers"),
    pytest.param("post /x @body.bin", id="a file"),
    pytest.param("post /x note=hi photo@body.bin", id="multipart"),
    pytest.param("send PROPFIND /x Depth:1", id="another method"),
]


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    made = Recorder(lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    yield made
    made.close()


def both(shell, recorder: Recorder, folder: Path, line: str, form: str) -> tuple[bytes, bytes]:
    """What the printed program sends, and what we send; the multipart boundary is that of each."""
    (folder / "body.bin").write_bytes(b"\x00\xff%'\\\n")
    shell.say("set option total-timeout 5", f"cd {recorder.url}", "set cookie sid 1", "set auth bearer letmein")
    program = shell.say(f"preview --as {form} --reveal {line}")
    command = [sys.executable, "-c", program] if form == "python" else ["bash", "-c", program]
    subprocess.run(command, capture_output=True, check=True, cwd=folder, stdin=subprocess.DEVNULL)
    shell.record(line)
    theirs, ours = (request.raw for request in recorder.seen)
    return without_boundary(theirs), without_boundary(ours)


def without_boundary(request: bytes) -> bytes:
    _, mark, rest = request.partition(b"boundary=")
    boundary = rest.partition(b"\r\n")[0] if mark else b""
    return request.replace(boundary, b"B") if boundary else request


@pytest.mark.parametrize("line", LINES)
def test_the_python_program_sends_the_same_bytes(shell, recorder: Recorder, tmp_path: Path, line: str) -> None:
    theirs, ours = both(shell, recorder, tmp_path, line, "python")

    assert theirs == ours


def test_a_header_beyond_ascii_is_the_same_in_python(shell, recorder: Recorder, tmp_path: Path) -> None:
    theirs, ours = both(shell, recorder, tmp_path, "get /x X-Umlaut:ü X-Euro:€", "python")

    assert theirs == ours


def in_any_order(request: bytes) -> tuple[bytes, list[bytes], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *fields = head.split(b"\r\n")
    kept = sorted(field.lower().rstrip() for field in fields if not field.lower().startswith(b"connection:"))
    return first, [field for field in kept if field != b"content-length: 0"], body


@pytest.mark.skipif(shutil.which("http") is None, reason="HTTPie is not here")
@pytest.mark.parametrize("line", LINES)
def test_the_httpie_command_sends_the_same(shell, recorder: Recorder, tmp_path: Path, line: str) -> None:
    theirs, ours = both(shell, recorder, tmp_path, line, "httpie")

    assert in_any_order(theirs) == in_any_order(ours)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here")
@pytest.mark.parametrize("line", LINES)
def test_the_curl_command_sends_the_same(shell, recorder: Recorder, tmp_path: Path, line: str) -> None:
    theirs, ours = both(shell, recorder, tmp_path, line, "curl")

    assert in_any_order(theirs) == in_any_order(ours)


@pytest.mark.parametrize("form", ["http", "curl", "httpie", "python"])
def test_secrets_are_masked_unless_revealed(shell, form: str) -> None:
    shell.say("set auth bearer letmeinplease", "set query api_key abcdefgh")

    said = shell.say(f"preview --as {form} get /x")

    assert "letmeinplease" not in said
    assert "abcdefgh" not in said
    assert said.startswith("# secrets are left out here") == (form != "http")
    assert "# secrets" not in shell.say(f"preview --as {form} get /x --reveal")


@pytest.mark.parametrize("form", ["curl", "httpie"])
@pytest.mark.parametrize("line", LINES)
def test_a_command_that_is_pasted_back_is_the_same_request(shell, tmp_path: Path, line: str, form: str) -> None:
    (tmp_path / "body.bin").write_bytes(b"text")
    shell.say("set cookie sid 1")
    ours = shell.say(f"preview --as http {line}")
    command = shell.say(f"preview --as {form} --reveal {line}")
    shell.say("reset cookie")

    theirs = shell.say(f"preview --as http {rewrite(command)}")

    assert said(theirs) == said(ours)


def said(request: str) -> tuple[str, list[str], str]:
    """A request without what they do not share: the order of fields, a boundary, what we add by ourselves."""
    head, _, body = without_boundary(request.replace("\n", "\r\n").encode()).decode().partition("\r\n\r\n")
    first, *fields = head.split("\r\n")
    return first, sorted(field for field in fields if not field.startswith(_OURS)), body


_OURS = ("Connection", "Content-Length", "Accept-Encoding")
