"""Bodies by Requests' arguments: what goes on the wire, and what `request.body` shows of it."""

from __future__ import annotations

import io
from typing import Any

import pytest

from callbox import Request, UnrewindableBodyError, utils


@pytest.mark.parametrize("give", [lambda f: {"data": f}, lambda f: {"files": {"f": ("n", f)}}], ids=["data", "files"])
@pytest.mark.parametrize("text", ["", "naïve\nlines\n"], ids=["empty", "some"])
def test_a_text_file_is_sent_with_its_length(s, recorder, tmp_path, give, text):
    server = recorder()
    path = tmp_path / "text"
    path.write_text(text, encoding="utf-8")

    with path.open(encoding="utf-8") as file:
        for one in (file, io.StringIO(text)):
            s.post(server.url, **give(one))

    for seen in server.seen:
        assert seen.value("Transfer-Encoding") is None
        assert int(seen.value("Content-Length") or 0) == len(seen.body)
        assert text.encode() in seen.body


def test_a_text_file_is_sent_from_where_it_stands(s, recorder):
    server = recorder(b"HTTP/1.1 307 X\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n")
    file = io.StringIO("0123456789")
    file.read(4)

    s.post(server.url, data=file)

    assert [seen.body for seen in server.seen] == [b"456789", b"456789"]


def test_bytes_that_are_no_text_are_sent_as_they_are(s, recorder, hooks):
    server = recorder()

    s.post(server.url, data={"a": b"\xff"}, params={"b": b"\xfe\xc3\xa4"}, hooks=hooks)

    assert (server.seen[0].body, server.seen[0].line.split()[1]) == (b"a=%FF", "/?b=%FE%C3%A4")


@pytest.mark.parametrize("name", [b"n.txt", "n.txt"], ids=["bytes", "text"])
def test_what_is_no_file_is_sent_as_its_text(s, recorder, name):
    server = recorder()

    s.post(server.url, files={"f": (name, 5)})

    assert b'filename="n.txt"\r\n\r\n5\r\n' in server.seen[0].body


@pytest.mark.parametrize("count", [1, 5])
def test_a_file_is_a_name_and_two_or_three_things_more(s, recorder, count):
    with pytest.raises(ValueError, match=f"{count} values"):
        s.post(recorder().url, files={"f": (b"x",) * count})


GIVEN = {
    "form": ({"data": {"a": "1"}}, "a=1"),
    "text": ({"data": "plain ä"}, "plain ä"),
    "bytes": ({"data": b"ab"}, b"ab"),
    "json": ({"json": [1]}, b"[1]"),
    "nothing": ({}, None),
}


@pytest.mark.parametrize(("given", "shown"), GIVEN.values(), ids=GIVEN.keys())
def test_the_body_of_a_request_is_shown_as_it_was_given(s, recorder, given, shown, hooks):
    url = recorder().url

    assert s.post(url, hooks=hooks, **given).request.body == shown
    assert Request("POST", url, **given).prepare().body == shown


@pytest.mark.parametrize("make", [lambda: io.BytesIO(b"x"), lambda: iter([b"x"])], ids=["file", "iterator"])
def test_a_streamed_body_is_that_very_object(s, recorder, make, hooks):
    body: Any = make()

    assert s.post(recorder().url, data=body, hooks=hooks).request.body is body


def test_a_small_file_of_a_multipart_body_may_be_closed_before_it_is_sent(s, recorder, tmp_path):
    import pickle

    server, path = recorder(), tmp_path / "small"
    path.write_bytes(b"content")
    with path.open("rb") as file:
        prepared = s.prepare_request(Request("POST", server.url, files={"f": file}))

    s.send(pickle.loads(pickle.dumps(prepared)))

    assert b"content" in prepared.body
    assert server.seen[0].body == prepared.body


def test_a_large_file_of_a_multipart_body_is_streamed(s, recorder):
    server = recorder()

    prepared = s.prepare_request(Request("POST", server.url, files={"f": ("n", io.BytesIO(b"x" * 1_000_001))}))
    s.send(prepared)

    assert not isinstance(prepared.body, bytes)
    assert len(server.seen[0].body) == int(prepared.headers["Content-Length"])


def test_a_body_whose_seek_says_nothing_is_sent_from_where_it_stands(s, recorder):
    class Quiet:
        def __init__(self) -> None:
            self.file = io.BytesIO(b"0123")

        def __len__(self) -> int:
            return 4

        def read(self, size: int = -1) -> bytes:
            return self.file.read(size)

        def tell(self) -> int:
            return self.file.tell()

        def seek(self, offset: int, whence: int = 0) -> None:
            self.file.seek(offset, whence)

    server, body = recorder(), Quiet()
    body.seek(2)

    s.post(server.url, data=body)

    assert (server.seen[0].body, server.seen[0].value("Content-Length")) == (b"23", "2")


def test_a_body_is_put_back_to_where_it_stood():
    file = io.BytesIO(b"0123")
    file.read(1)
    prepared = Request("POST", "http://a.example/", data=file).prepare()
    file.read()

    utils.rewind_body(prepared)

    assert file.read() == b"123"
    with pytest.raises(UnrewindableBodyError):
        utils.rewind_body(Request("POST", "http://a.example/", data=iter([b"x"])).prepare())


class BadFile:
    """Says where it stands by an error."""

    def __init__(self, error_of_seek: bool = False) -> None:
        self.error_of_seek = error_of_seek

    def __len__(self) -> int:
        return 5

    def tell(self) -> int:
        if self.error_of_seek:
            return 0
        raise OSError("tell")

    def seek(self, position: int, whence: int = 0) -> None:
        raise OSError("seek")

    def __iter__(self):
        return iter((b"ab",))


def test_a_body_whose_place_is_not_known_is_sent_in_chunks(s, recorder):
    server = recorder()

    s.post(server.url, data=BadFile())

    assert (server.seen[0].value("Transfer-Encoding"), server.seen[0].body) == ("chunked", b"ab")


@pytest.mark.parametrize(
    ("seeks", "message"),
    [(False, "Unable to rewind request body"), (True, "error occurred when rewinding request body")],
)
def test_a_body_that_cannot_be_put_back_says_why(seeks, message):
    prepared = Request("POST", "http://a.x/", data=BadFile(seeks)).prepare()

    with pytest.raises(UnrewindableBodyError, match=message):
        utils.rewind_body(prepared)
