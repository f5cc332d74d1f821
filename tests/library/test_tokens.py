"""What would begin another header or another request is refused where the request is written, whoever has put it there."""

from __future__ import annotations

import pytest

from callbox import Request, Session
from callbox.adapters import HTTPAdapter
from callbox.auth import HTTPDigestAuth
from callbox.exceptions import InvalidHeader, RequestException

SPLIT = "GET /a HTTP/1.1\r\nHost: h\r\n\r\nDELETE"
METHODS = (SPLIT, "GET /x", "G\rT", "G\nT", "GET\0", "GÉT")
NAMES = ("Transfer-Encoding ", " X", "X Y", "X\r\nY", "X: 1\r\nY", "X\0", "", "Xé", "X\t", "X:")
VALUES = ("a\r\nB: c", "a\nb", "a\rb", "a\0b", "a\r\n b", b"a\r\nB: c", ["a", "b\r\nC: d"])


class Blocking(HTTPAdapter):
    """Has pools of urllib3."""

    def __init__(self) -> None:
        super().__init__(pool_block=True)


@pytest.fixture(params=["prepared by itself", "prepared by the session", "with a hook", "by urllib3's pools"])
def prepared(request, s: Session, recorder):
    """A request that can still be edited, and what sends it to a server that must not hear of it."""
    server = recorder()
    if request.param == "by urllib3's pools":
        s.mount("http://", Blocking())
    if request.param == "with a hook":
        s.hooks["response"].append(lambda response, **_: None)
    asked = Request("GET", server.url)
    yield asked.prepare() if request.param == "prepared by itself" else s.prepare_request(asked)
    assert server.seen == []


@pytest.mark.parametrize("method", METHODS, ids=repr)
def test_a_method_set_after_preparing_splits_no_request(s: Session, prepared, method: str) -> None:
    prepared.method = method

    with pytest.raises(InvalidHeader, match="is not a method") as caught:
        s.send(prepared)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("method", METHODS, ids=repr)
def test_a_method_given_to_the_session_splits_no_request(s: Session, recorder, method: str) -> None:
    server = recorder()

    with pytest.raises(InvalidHeader):
        s.request(method, server.url)
    with pytest.raises(InvalidHeader):
        s.send(Request(method, server.url).prepare())
    assert server.seen == []


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_a_header_name_set_after_preparing_adds_no_line(s: Session, prepared, name: str) -> None:
    prepared.headers[name] = "chunked"

    with pytest.raises(InvalidHeader, match="is not a header name"):
        s.send(prepared)


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("name", ["X-A", "Host", "Cookie", "Content-Type", "Authorization"])
def test_a_header_value_set_after_preparing_adds_no_line(s: Session, prepared, name: str, value: object) -> None:
    prepared.headers[name] = value

    with pytest.raises(InvalidHeader, match=f"The value of header '{name}' holds a line break or NUL") as caught:
        s.send(prepared)
    assert "B: c" not in str(caught.value)


@pytest.mark.parametrize("tail", ["a b", "a\r\nX: y", "?q=\r\n\r\nGET /x", "\0", "#\r\nX: y", "a\tb"])
def test_a_url_set_after_preparing_adds_no_line(s: Session, recorder, tail: str) -> None:
    server = recorder()
    prepared = Request("GET", server.url).prepare()
    prepared.url = server.url + tail

    try:
        s.send(prepared)
    except RequestException:
        assert server.seen == []
        return
    (seen,) = server.seen
    assert seen.line.count(" ") == 2
    assert [name for name, _ in seen.fields] == ["Host"]


@pytest.mark.parametrize("end", ["\r\nX: y", "\n", "\r", "\0"], ids=repr)
@pytest.mark.parametrize(
    "file",
    [
        lambda end: ("f.txt", "x", f"text/plain{end}"),
        lambda end: ("f.txt", "x", "text/plain", {"X-A": f"1{end}"}),
        lambda end: ("f.txt", "x", "text/plain", {f"X-A{end}": "1"}),
    ],
    ids=["media type", "value", "name"],
)
def test_a_head_of_a_part_takes_no_line_break(s: Session, recorder, file, end: str) -> None:
    server = recorder()

    with pytest.raises(InvalidHeader):
        s.post(server.url, files={"f": file(end)})
    with pytest.raises(InvalidHeader):
        Request("POST", server.url, files={"f": file(end)}).prepare()
    assert server.seen == []


def test_names_of_a_part_are_escaped_as_browsers_do(s: Session, recorder) -> None:
    server = recorder()

    s.post(server.url, files={'a"\r\nX: y': ('b"\r\nX: y', "x")})

    assert b'name="a%22%0D%0AX: y"; filename="b%22%0D%0AX: y"\r\n' in server.seen[0].body


def test_a_media_type_of_a_part_may_be_bytes(s: Session, recorder) -> None:
    server = recorder()

    s.post(server.url, files={"f": ("f", "x", b"text/plain")})

    assert b"Content-Type: text/plain\r\n" in server.seen[0].body


@pytest.mark.parametrize("pair", [("a\r\nX: y", "1"), ("a", "1\r\nX: y"), ("a\0", "1")], ids=repr)
def test_a_cookie_adds_no_line(s: Session, recorder, pair: tuple[str, str]) -> None:
    server = recorder()

    with pytest.raises(InvalidHeader):
        s.get(server.url, cookies=dict([pair]))
    assert server.seen == []


@pytest.mark.parametrize("field", ["realm", "nonce", "opaque"])
def test_a_digest_challenge_adds_no_line(s: Session, recorder, field: str) -> None:
    demand = {"realm": "r", "nonce": "n", "opaque": "o", field: 'x\\"\ry: z'}
    said = ", ".join(f'{name}="{value}"' for name, value in demand.items())
    server = recorder(
        f'HTTP/1.1 401 X\r\nWWW-Authenticate: Digest {said}, qop="auth"\r\nContent-Length: 0\r\n\r\n'.encode()
    )

    s.get(server.url, auth=HTTPDigestAuth('ann"\\', "pw"))

    assert all(b"\r" not in value.encode("latin-1") for seen in server.seen for _, value in seen.fields)
