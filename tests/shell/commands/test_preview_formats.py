"""`preview --as curl|httpie|python`: what it prints, run, sends the same bytes, as a raw recorder on loopback sees them."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.server import Recorder

from callbox.shell.lines_of_other_tools import rewrite

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
    program = shell.content(f"preview --as {form} --reveal {line}")
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
    command = shell.content(f"preview --as {form} --reveal {line}")
    shell.say("reset cookie")

    theirs = shell.say(f"preview --as http {rewrite(command)}")

    assert said(theirs) == said(ours)


def said(request: str) -> tuple[str, list[str], str]:
    """A request without what they do not share: the order of fields, a boundary, what we add by ourselves."""
    head, _, body = without_boundary(request.replace("\n", "\r\n").encode()).decode().partition("\r\n\r\n")
    first, *fields = head.split("\r\n")
    return first, sorted(field for field in fields if not field.startswith(_OURS)), body


_OURS = ("Connection", "Content-Length", "Accept-Encoding")


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


TEXT = b'{"city": "Z\xc3\xbcrich"}'
BODIES = [
    pytest.param("Content-Encoding: gzip", gzip.compress(TEXT), TEXT, id="gzip"),
    pytest.param("Content-Encoding: X-GZIP", gzip.compress(TEXT), TEXT, id="x-gzip"),
    pytest.param("Content-Encoding: gzip", gzip.compress(b"a") + gzip.compress(b"b"), b"ab", id="two members"),
    pytest.param("Content-Encoding: deflate", zlib.compress(TEXT), TEXT, id="deflate"),
    pytest.param("Content-Encoding: deflate", raw_deflate(TEXT), TEXT, id="deflate without a header"),
    pytest.param("Content-Encoding: gzip", b"", b"", id="empty"),
    pytest.param("Content-Encoding: identity", TEXT, TEXT, id="identity"),
    pytest.param("X-A: b", TEXT, TEXT, id="plain"),
    pytest.param("Content-Type: text/plain; charset=latin-1", b"caf\xe9", "café".encode(), id="latin-1"),
]
FORMS = [
    pytest.param("python", id="python"),
    pytest.param("curl", marks=pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here")),
    pytest.param("httpie", marks=pytest.mark.skipif(shutil.which("http") is None, reason="HTTPie is not here")),
]


def printed(shell, folder: Path, line: str) -> bytes:
    """The body that the program of `preview --as FORM ..` prints."""
    program = shell.content(line)
    command = [sys.executable, "-X", "utf8", "-c", program] if "--as python" in line else ["bash", "-c", program]
    done = subprocess.run(command, capture_output=True, check=True, cwd=folder, stdin=subprocess.DEVNULL)
    out = done.stdout
    return out.partition(b"\n")[2].removesuffix(b"\n") if "--as python" in line else out


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("field", "body", "text"), BODIES)
def test_a_program_prints_the_body_unpacked(
    shell, tmp_path: Path, form: str, field: str, body: bytes, text: bytes
) -> None:
    if form != "python" and ("charset" in field or body.count(b"\x1f\x8b") > 1):
        pytest.skip("they print these bytes as they are")
    answer = f"HTTP/1.1 200 OK\r\n{field}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    with Recorder(lambda _: answer) as server:
        shell.say(f"cd {server.url}")

        assert printed(shell, tmp_path, f"preview --as {form} get /x") == text


def test_the_python_program_asks_for_no_coding_that_it_cannot_unpack(shell) -> None:
    shell.context.session.defaults["Accept-Encoding"] = "gzip, deflate, br, zstd"

    said = shell.say("preview --as python get /x")

    assert "putheader('Accept-Encoding', 'gzip, deflate')" in said
    assert "putheader('Accept-Encoding', 'br')" in shell.say("preview --as python get /x Accept-Encoding:br")


@pytest.mark.parametrize("option", ["Accept-Encoding:", "Accept-Encoding:identity", "--no-compress"])
def test_a_program_that_asks_for_no_coding_unpacks_none(shell, option: str) -> None:
    assert "zlib" not in shell.say(f"preview --as python get /x {option}")


def redirected(request) -> bytes:
    if request.path == "/away":
        return b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 3\r\n\r\nold"
    body = request.line.encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), b"" if "HEAD" in request.line else body)


@pytest.mark.parametrize("form", FORMS[1:])
@pytest.mark.parametrize("line", ["get /away", "post /away a=1", "get /away --follow"])
def test_a_command_follows_redirects_as_we_do(shell, tmp_path: Path, form: str, line: str) -> None:
    with Recorder(redirected) as server:
        shell.say(f"cd {server.url}", "set auth basic ann pw", "set cookie sid 1")
        ours = shell.body(line)

        assert printed(shell, tmp_path, f"preview --as {form} {line} --reveal") == ours == b"GET /there HTTP/1.1"


@pytest.mark.parametrize("setting", ["get /away --no-follow", "set option follow no"])
@pytest.mark.parametrize("form", ["curl", "httpie", "python"])
def test_a_command_follows_none_where_we_do_not(shell, form: str, setting: str) -> None:
    if setting.startswith("set"):
        shell.say(setting)
    said = shell.say(f"preview --as {form} {setting if setting.startswith('get') else 'get /away'}")

    assert "redirects" not in said
    assert not {"-L", "--follow"} & set(said.split())


@pytest.mark.parametrize(
    ("form", "line", "said"),
    [
        ("python", "get /x", "this program does not follow redirects"),
        ("curl", "put /x a=1", "this command does not follow redirects: curl would send PUT again"),
        ("curl", "get /x", "this command does not follow redirects: curl would send X-Key to other hosts, too"),
        ("httpie", "get /x", "this command does not follow redirects: httpie would send X-Key to other hosts, too"),
        ("httpie", "get /x X-Api-Key:hunter22", "this command does not follow redirects: httpie would send X-Api-Key"),
        ("curl", "post /x a=1 --keep-method", "this command does not follow redirects: curl would send GET"),
    ],
)
def test_where_a_program_would_do_something_else_a_note_tells(shell, form: str, line: str, said: str) -> None:
    shell.say(*(["set auth apikey X-Key hunter22"] if "X-Key" in said else []))

    told = shell.say(f"preview --as {form} {line}")

    assert said in told
    assert not {"-L", "--follow"} & set(told.split())
