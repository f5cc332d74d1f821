"""The same call by Requests and by callbox, and what a server saw of each: alike but for what docs/library.md says."""

from __future__ import annotations

import collections
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import requests

import callbox

Call = Callable[[Any, str], object]
"""Given the library and the server's URL, sends one request."""

BOUNDARY = re.compile(r"[0-9a-f]{32}")


def normal(seen: Any, port: int) -> tuple[str, list[tuple[str, str]], bytes]:
    """What may not differ: the request line, the fields by name, the body; ports and boundaries alike."""
    fields = []
    for name, value in seen.fields:
        if name.lower() == "user-agent" and value.startswith(("python-requests/", "callbox/")):
            value = "default"
        if name.lower() == "accept-encoding":
            value = value.replace(", br", "").replace(", zstd", "")
        fields.append((name.lower(), BOUNDARY.sub("B", value.replace(str(port), "PORT"))))
    return seen.line, sorted(fields), BOUNDARY.sub("B", seen.body.decode("latin-1")).encode("latin-1")


def both(recorder: Any, call: Call, *answers: bytes | None) -> tuple[Any, Any]:
    """What the server saw of each: all requests of the call."""
    seen = []
    for library in (requests, callbox):
        server = recorder(*answers)
        call(library, server.url)
        seen.append([normal(one, server.port) for one in server.seen])
    return seen[0], seen[1]


def request(method: str, path: str = "/", /, **kwargs: Any) -> Call:
    def call(lib: Any, url: str) -> object:
        made = {
            name: value() if callable(value) and name in ("data", "files") else value for name, value in kwargs.items()
        }
        return lib.request(method, url + path, **made)

    return call


def with_session(**held: Any) -> Callable[..., Call]:
    """A call by a session that holds this."""

    def sending(method: str, path: str = "/", /, **kwargs: Any) -> Call:
        def call(lib: Any, url: str) -> object:
            with lib.Session() as s:
                for name, value in held.items():
                    if name in ("headers", "cookies"):
                        getattr(s, name).update(value)
                    else:
                        setattr(s, name, value)
                return s.request(method, url + path, **kwargs)

        return call

    return sending


class Sized:
    """An iterable that knows how many bytes it gives."""

    def __len__(self) -> int:
        return 4

    def __iter__(self) -> Any:
        return iter([b"ab", b"cd"])


class Told:
    """A body that can only be read, and tells its length as requests-toolbelt's do."""

    len = 3

    def __init__(self) -> None:
        self.left = b"xyz"

    def read(self, size: int = -1) -> bytes:
        found, self.left = self.left[:size] if size >= 0 else self.left, self.left[size:] if size >= 0 else b""
        return found


def seeked() -> io.BytesIO:
    file = io.BytesIO(b"0123456789")
    file.seek(4)
    return file


# Of these two, urllib3 adds its own to what Requests prepared without a session.
BARE = {"User-Agent": "x", "Accept-Encoding": "identity"}

SAME = {
    "plain get": request("GET"),
    "no path": lambda lib, url: lib.get(url),
    "query kept": request("GET", "/a?x=1&y"),
    "params dict": request("GET", "/a?z=0", params={"b": "1 2", "c": ["x", "y"], "n": None, "e": ""}),
    "params pairs": request("GET", params=[("a", "1"), ("a", "2"), ("b", 3)]),
    "params text": request("GET", "/p", params="raw=a+b&c=%20"),
    "params text after a query": request("GET", "/p?x=1", params="y=2"),
    "params bytes": request("GET", params=b"a=b"),
    "params truths and numbers": request("GET", params={"t": True, "f": False, "i": 1, "d": 1.5}),
    "params of bytes": request("GET", params={b"k": b"v\xc3\xa4"}),
    "params of sets and tuples": request("GET", params={"a": ("1", "2"), "b": {"3"}}),
    "params with a None in a list": request("GET", params={"a": [1, None, 2]}),
    "params unicode": request("GET", params={"ä": "ö"}),
    "params and fragment": request("GET", "/p#top", params={"a": "1"}),
    "params empty": request("GET", params={}),
    "unicode path": request("GET", "/ä b"),
    "quotes": request("GET", "/a'b\"c<d>"),
    "plus and percent": request("GET", "/a+b%20c%2Fd?x=a+b%26"),
    "bad escape": request("GET", "/100%"),
    "dots": request("GET", "/a/../b/./c"),
    "double slash": request("GET", "//a//b"),
    "semicolons": request("GET", "/a;b=1?c;d"),
    "spaces around": lambda lib, url: lib.get(f"  {url}/x"),
    "header": request("GET", headers={"X-A": "1", "x-b": "2"}),
    "header bytes": request("GET", headers={b"X-A": b"1"}),
    "header latin": request("GET", headers={"X-A": "caf\xe9"}),
    "header over default": request("GET", headers={"user-agent": "mine", "ACCEPT": "text/html"}),
    "header accept-encoding": request("GET", headers={"Accept-Encoding": "identity"}),
    "host header": request("GET", headers={"Host": "other.example"}),
    "empty header": request("GET", headers={"X-A": ""}),
    "cookies": request("GET", cookies={"a": "1", "b": "2"}),
    "cookie header": request("GET", headers={"Cookie": "x=y"}),
    "auth tuple": request("GET", auth=("u", "p")),
    "auth tuple empty password": request("GET", auth=("u", "")),
    "auth numbers": request("GET", auth=("1", "2")),
    "auth callable": request("GET", auth=lambda r: (r.headers.__setitem__("X-S", r.method), r)[1]),
    "post nothing": request("POST"),
    "put nothing": request("PUT"),
    "patch nothing": request("PATCH"),
    "get with a body": request("GET", data="abc"),
    "delete with a body": request("DELETE", json={"a": 1}),
    "odd method": request("PURGE"),
    "method lower": request("get"),
    "data dict": request("POST", data={"a": "1", "b": ["2", "3"], "n": None}),
    "data pairs": request("POST", data=[("a", "1"), ("a", "2")]),
    "data tuple of pairs": request("POST", data=(("a", "1"), ("b", "2"))),
    "data numbers": request("POST", data={"a": 1, "b": True}),
    "data text": request("POST", data="plain ä"),
    "data bytes": request("POST", data=b"\x00\xff"),
    "data text empty": request("POST", data=""),
    "data dict empty": request("POST", data={}),
    "data ordered": request("POST", data=collections.OrderedDict([("b", "1"), ("a", "2")])),
    "data generator": request("POST", data=lambda: (c for c in [b"ab", b"cd"])),
    "data generator of text": request("POST", data=lambda: (c for c in ["ab", "cd"])),
    "data file": request("POST", data=lambda: io.BytesIO(b"file")),
    "data file from where it stands": request("POST", data=seeked),
    "data that knows its length": request("POST", data=Sized),
    "data that tells its len": request("POST", data=Told),
    "data file with a type": request("POST", data=lambda: io.BytesIO(b"x"), headers={"Content-Type": "text/x"}),
    "json": request("POST", json={"a": [1, None, "ä"]}),
    "json list": request("POST", json=[]),
    "json falsy": request("POST", json=0),
    "json with a type": request("POST", json={}, headers={"Content-Type": "application/x+json"}),
    "data empty with files": request("POST", data=[], files={"f": b"1"}),
    "json with data": request("POST", json={"a": 1}, data={"b": 2}),
    "files": request("POST", files=lambda: {"f": ("n.txt", io.BytesIO(b"abc"), "text/plain")}),
    "files text": request("POST", files={"f": ("n.txt", "abc")}),
    "files bare": request("POST", files={"f": b"abc"}),
    "files no name": request("POST", files={"f": (None, "abc")}),
    "files with headers": request("POST", files={"f": ("n", b"abc", "text/plain", {"X-Part": "1"})}),
    "files list": request("POST", files=[("f", ("a", b"1")), ("f", ("b", b"2"))]),
    "files and data": request("POST", files={"f": b"1"}, data={"a": ["x", "y"], "n": None}),
    "files and pairs": request("POST", files={"f": b"1"}, data=[("a", "x"), ("b", b"y")]),
    "files unicode": request("POST", files={"ä": ("ö.txt", b"1")}),
    "files quote": request("POST", files={"f": ('a"b.txt', b"1")}),
    "head": request("HEAD"),
    "session headers": with_session(headers={"X-S": "1"})("GET", headers={"x-s": "2", "X-R": "3"}),
    "session none": with_session(headers={"X-S": "1"})("GET", headers={"x-s": None}),
    "session header None": with_session(headers={"X-S": None})("GET", headers={}),
    "session params": with_session(params={"a": "1", "b": "2"})("GET", params={"a": "9", "c": "3"}),
    "session params none": with_session(params={"a": "1", "b": "2"})("GET", params={"a": None}),
    "session params beside the URL": with_session(params={"a": "1", "b": "2"})("GET", "/?a=9"),
    "session params case": with_session(params={"a": "1"})("GET", params={"A": "2"}),
    "session auth": with_session(auth=("u", "p"))("GET"),
    "session auth over": with_session(auth=("u", "p"))("GET", auth=("v", "q")),
    "session cookies": with_session(cookies={"a": "1"})("GET", cookies={"b": "2"}),
    "session cookies over": with_session(cookies={"a": "1"})("GET", cookies={"a": "2"}),
    "stream": request("GET", stream=True),
    "hooks": request("POST", data={"a": "1"}, hooks={"response": lambda r, **_: None}),
    "hooks and files": request("POST", files={"f": b"1"}, hooks={"response": lambda r, **_: None}),
    "hooks and a file": request("POST", data=lambda: io.BytesIO(b"x"), hooks={"response": lambda r, **_: None}),
    "prepared by hand": lambda lib, url: lib.Session().send(
        lib.Request("POST", url + "/x", data={"a": "1"}, params={"q": "1"}, headers=BARE, cookies={"c": "d"}).prepare()
    ),
    "prepared without anything": lambda lib, url: lib.Session().send(lib.Request("GET", url, BARE).prepare()),
    "prepared post without body": lambda lib, url: lib.Session().send(lib.Request("POST", url, BARE).prepare()),
}


@pytest.mark.parametrize("call", SAME.values(), ids=SAME.keys())
def test_the_same_is_sent(recorder, call):
    theirs, ours = both(recorder, call)

    assert ours == theirs


def moved(status: int, where: str = "/next") -> bytes:
    return f"HTTP/1.1 {status} X\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("method", "status"),
    [(m, s) for m in ("GET", "HEAD", "POST") for s in (301, 302, 303, 307, 308)]
    + [(m, s) for m in ("PUT", "DELETE") for s in (303, 307, 308)],
)
def test_redirects_are_followed_the_same_way(recorder, method, status, hooks):
    call = request(
        method, "/first?a=1", data=b"body" if method not in ("GET", "HEAD") else None, hooks=hooks,
        headers={"X-Keep": "1"}, auth=("u", "p"), allow_redirects=True,
    )  # fmt: skip

    theirs, ours = both(recorder, call, moved(status))

    assert ours == theirs
    assert len(ours) == 2


@pytest.mark.parametrize(
    "location", ["next", "/next?x=1", "../up", "?only=query", "/ä", "/a b", "//{host}/abs", "http://{host}/full#frag"]
)
def test_locations_are_read_the_same_way(recorder, location):
    seen = []
    for library in (requests, callbox):
        server = recorder()
        where = location.format(host=server.url.removeprefix("http://"))
        server.answers.append(moved(302, where))
        answer = library.get(server.url + "/dir/first#start")
        seen.append(([one.line for one in server.seen], answer.url.replace(str(server.port), "PORT")))

    assert seen[1] == seen[0]


def test_cookies_are_kept_and_sent_the_same_way(recorder):
    def call(lib: Any, url: str) -> None:
        with lib.Session() as s:
            s.get(url + "/a/b")
            s.get(url + "/a/c")
            s.get(url + "/")

    answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: root=1; Path=/\r\nSet-Cookie: here=2\r\nSet-Cookie: gone=; Max-Age=0\r\nContent-Length: 0\r\n\r\n"

    theirs, ours = both(recorder, call, answer)

    assert ours == theirs
