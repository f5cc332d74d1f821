from __future__ import annotations

import shlex

import pytest

from callbox.errors import UsageError
from callbox.exchange.secret import reveal
from callbox.formats.curl import Source, read_curl

FILES = {"f.txt": b"one\r\ntwo\n"}


def read(command: str):
    def read_file(path: str) -> bytes:
        if path not in FILES:
            raise UsageError(f"No such file: {path}")
        return FILES[path]

    return read_curl(shlex.split(command), Source(read_file, lambda: "BOUNDARY"))


def said(draft) -> tuple[object, ...]:
    headers = [f"{name}: {reveal(value or '')}" for name, value in draft.headers]
    return draft.method, draft.url, headers, b"".join(draft.content.chunks()) if draft.content else b""


@pytest.mark.parametrize(
    ("command", "request_"),
    [
        ("curl https://a.x/y", ("GET", "https://a.x/y", [], b"")),
        ("curl localhost:8000/y", ("GET", "http://localhost:8000/y", [], b"")),
        ("curl -X DELETE --url https://a.x", ("DELETE", "https://a.x", [], b"")),
        ("curl -sSL -XPUT https://a.x", ("PUT", "https://a.x", [], b"")),
        ("curl -skd k=v https://a.x", ("POST", "https://a.x", [], b"k=v")),
        ("curl https://a.x -d a=1 --data=b=2", ("POST", "https://a.x", [], b"a=1&b=2")),
        ("curl https://a.x -d @f.txt", ("POST", "https://a.x", [], b"onetwo")),
        ("curl https://a.x --data-binary @f.txt", ("POST", "https://a.x", [], b"one\r\ntwo\n")),
        ("curl https://a.x --data-raw @f.txt", ("POST", "https://a.x", [], b"@f.txt")),
        ("curl https://a.x --data-urlencode 'q=a b&c'", ("POST", "https://a.x", [], b"q=a+b%26c")),
        ("curl -G https://a.x/?p=1 -d q=2", ("GET", "https://a.x/?p=1&q=2", [], b"")),
        ("curl -I https://a.x", ("HEAD", "https://a.x", [], b"")),
        ("curl https://a.x -H 'X-A: 1' -H 'X-B;' -H 'Accept:'", ("GET", "https://a.x", ["X-A: 1", "X-B: ", "Accept: "], b"")),
        ("curl https://a.x -u ann:p:w", ("GET", "https://a.x", ["Authorization: Basic YW5uOnA6dw=="], b"")),
        ("curl https://a.x -b 'a=1; b=2' -A me", ("GET", "https://a.x", ["Cookie: a=1; b=2", "User-Agent: me"], b"")),
        (
            "curl https://a.x --json '{}'",
            ("POST", "https://a.x", ["Content-Type: application/json", "Accept: application/json"], b"{}"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_command_is_a_request(command, request_) -> None:
    assert said(read(command)) == request_


def test_form_is_multipart() -> None:
    draft = read("curl https://a.x -F a=1 -F 'f=@f.txt;type=text/plain'")
    body = said(draft)[3]

    assert draft.content.media_type == "multipart/form-data; boundary=BOUNDARY"
    assert b'name="a"\r\n\r\n1\r\n' in body
    assert b'name="f"; filename="f.txt"\r\nContent-Type: text/plain\r\n\r\none\r\ntwo\n\r\n' in body


@pytest.mark.parametrize(
    ("command", "name", "value"),
    [
        ("curl -k https://a.x", "verify", False),
        ("curl -m 2.5 https://a.x", "total-timeout", 2.5),
        ("curl --connect-timeout 3 https://a.x", "connect-timeout", 3.0),
        ("curl -x http://p:1 https://a.x", "proxy", "http://p:1"),
    ],
)
def test_options_of_the_way(command, name, value) -> None:
    assert read(command).options == {name: value}


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("curl", "has no URL"),
        ("curl https://a.x --proto-default https", "--proto-default is not read"),
        ("curl https://a.x -H", "-H takes a value"),
        ("curl https://a.x -m soon", "'soon' is no number"),
        ("curl https://a.x -b jar.txt", "not the file"),
        ("curl https://a.x -d @nope", "No such file"),
    ],
)
def test_what_cannot_be_read_is_an_error(command, message) -> None:
    with pytest.raises(UsageError, match=message):
        read(command)
