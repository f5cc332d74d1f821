"""Text that is read while it comes: decoded before it is split, and without its byte order mark."""

from __future__ import annotations

import pytest

TEXT = "one\ntwo\r\nthree\r€ four"
LINES = ["one", "two", "three", "€ four"]


def answer(body: bytes, charset: str = "") -> bytes:
    media_type = f"text/plain; charset={charset}" if charset else "text/plain"
    return f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.fixture(params=[True, False], ids=["streamed", "read"])
def get(request, s, recorder):
    """Get a body, which is read while it comes, or was read before."""

    def send(body: bytes, charset: str = ""):
        return s.get(recorder(answer(body, charset)).url, stream=request.param)

    return send


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037"])
def test_lines_of_text_are_split_after_they_are_decoded(get, charset):
    text = TEXT.replace("€", "E") if charset == "cp037" else TEXT

    assert list(get(text.encode(charset), charset).iter_lines(decode_unicode=True)) == text.splitlines()


@pytest.mark.parametrize("delimiter", ["|", b"|"], ids=["text", "bytes"])
def test_text_is_split_at_a_delimiter_of_either_type(get, delimiter):
    response = get("Ā|b|c".encode("utf-16-le"), "utf-16-le")

    assert list(response.iter_lines(decode_unicode=True, delimiter=delimiter)) == ["Ā", "b", "c"]


def test_only_cr_and_lf_end_a_line_of_text(get):
    assert list(get("a\u2028b\x0bc\x85d\ne".encode(), "utf-8").iter_lines(decode_unicode=True)) == [
        "a\u2028b\x0bc\x85d", "e",
    ]  # fmt: skip


@pytest.mark.parametrize("charset", ["", "utf-8", "UTF8"])
@pytest.mark.parametrize("size", [1, 512])
def test_a_byte_order_mark_is_no_part_of_text(get, charset, size):
    body = TEXT.encode("utf-8-sig")

    assert "".join(get(body, charset).iter_content(size, decode_unicode=True)) == TEXT
    assert list(get(body, charset).iter_lines(decode_unicode=True)) == LINES


@pytest.mark.parametrize("charset", ["utf-16", "utf-8-sig"])
def test_a_byte_order_mark_tells_the_encoding_where_no_charset_does(get, charset):
    assert "".join(get(TEXT.encode(charset)).iter_content(1, decode_unicode=True)) == TEXT


@pytest.mark.parametrize("body", [b"", b"\xef", b"\xef\xbb", b"\xff"])
def test_a_body_that_ends_within_a_mark_is_text(s, recorder, body):
    response = s.get(recorder(answer(body)).url, stream=True)

    assert set("".join(response.iter_content(512, decode_unicode=True))) == ({"\ufffd"} if body else set())


def test_an_encoding_that_was_assigned_is_obeyed(get):
    response = get(b"\xef\xbb\xbfa")
    response.encoding = "latin-1"

    assert list(response.iter_lines(decode_unicode=True)) == ["ï»¿a"]


@pytest.mark.parametrize("size", [-1, 0])
def test_a_size_of_nothing_is_all_in_one_piece(get, size):
    assert list(get(b"content" * 100_000).iter_content(size)) == [b"content" * 100_000]
    assert list(get(b"").iter_content(size)) == []
    assert list(get(b"c").iter_lines(size)) == [b"c"]


def test_raw_gives_all_in_one_piece_too(s, recorder):
    raw = s.get(recorder(answer(b"content")).url, stream=True).raw

    assert list(raw.stream(-1)) == [b"content"]
