from __future__ import annotations

import hashlib
import resource
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.practice.connection_and_messages import Problem
from callbox.practice.routes.uploads import read_boundary, read_parts

BODY = (
    b"preamble\r\n--XX\r\n"
    b'Content-Disposition: form-data; name="a"\r\n\r\none\r\n--not the end\r\n--XX\r\n'
    b'Content-Disposition: form-data; name="f"; filename="b \\"c\\".txt"\r\nContent-Type: text/plain\r\n\r\n'
    b"\x00\r\n\r\n--X\r\n--XX\r\n\r\nno head\r\n--XX--\r\nepilogue"
)
# getrusage counts in kilobytes, except on macOS
THIRTY_MB = 30_000_000 if sys.platform == "darwin" else 30_000
CONTENTS = [b"one\r\n--not the end", b"\x00\r\n\r\n--X", b"no head"]


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[place : place + size] for place in range(0, len(data), size))


@pytest.fixture(scope="module", params=[1, 2, 3, 5, 7, 50, 1000])
def parts(request: pytest.FixtureRequest):
    """The parts of a body that comes in pieces of this size."""
    return read_parts(cut(BODY, request.param), b"XX")


def test_parts_are_found_however_the_body_is_cut(parts):
    assert [part["sha256"] for part in parts] == [hashlib.sha256(content).hexdigest() for content in CONTENTS]
    assert [part["size"] for part in parts] == [len(content) for content in CONTENTS]


def test_names_of_parts_are_found_however_the_body_is_cut(parts):
    assert [part["name"] for part in parts] == ["a", "f", None]


def test_files_of_parts_are_found_however_the_body_is_cut(parts):
    assert (parts[1]["filename"], parts[1]["content_type"]) == ('b "c".txt', "text/plain")


def test_texts_of_parts_are_found_however_the_body_is_cut(parts):
    assert parts[0]["text"] == "one\r\n--not the end"


@given(st.binary(max_size=100), st.integers(1, 20))
def test_any_bytes_are_parts_or_a_refusal(data, size):
    def status() -> int:
        try:
            return 200 if isinstance(read_parts(cut(data + b"\r\n--XX" + data, size), b"XX"), list) else 0
        except Problem as refusal:
            return refusal.status

    assert status() in (200, 400)


@check_rows(
    ("disposition", "filename"),
    [
        ('filename="a;b.txt"', "a;b.txt"),
        ("filename=plain.txt", "plain.txt"),
        ('filename="%22q%22"', '"q"'),
        ('filename="C:\\\\x"', "C:\\x"),
        ("filename*=UTF-8''%C3%A9.txt", "é.txt"),
        ('filename="é"', "é"),
    ],
)
def test_filename_of_a_part(disposition, filename):
    body = f'--X\r\nContent-Disposition: form-data; name="f"; {disposition}\r\n\r\n\r\n--X--'.encode()

    assert read_parts(iter([body]), b"X")[0]["filename"] == filename


def test_boundary_may_be_quoted():
    assert read_boundary('multipart/form-data; charset=x; boundary="a b"') == b"a b"


def test_form_without_a_boundary_is_refused(ask):
    answer = ask("POST", "/upload", body=b"x", headers={"Content-Type": "multipart/form-data"})

    assert answer.status == 400


def test_form_that_ends_too_soon_is_refused_and_the_connection_lives(ask):
    answer = ask("POST", "/upload", body=b"--X\r\n\r\nabc", headers={"Content-Type": "multipart/form-data; boundary=X"})

    assert answer.status == 400
    assert ask("GET", "/echo").json()["connection"]["requests"] == 2


def test_form_of_another_client(ask):
    said = ask("POST", "/upload", fields={"title": "Kim", "f": ("k.txt", b"abc", "text/plain")}).json()

    title, file = said["parts"]
    assert (title["name"], title["text"], title["filename"]) == ("title", "Kim", None)
    assert (file["filename"], file["content_type"], file["size"]) == ("k.txt", "text/plain", 3)
    assert file["sha256"] == hashlib.sha256(b"abc").hexdigest()


@pytest.mark.parametrize("is_chunked", [False, True], ids=["length", "chunked"])
def test_sixty_megabytes_in_constant_memory(ask, is_chunked):
    piece, count = b"0123456789" * 10_000, 600
    digest = hashlib.sha256(piece)
    for _ in range(count - 1):
        digest.update(piece)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    fields = {} if is_chunked else {"Content-Length": str(len(piece) * count)}

    said = ask("PUT", "/upload", body=(piece for _ in range(count)), headers=fields, chunked=is_chunked).json()

    assert (said["size"], said["sha256"], said["chunked"]) == (60_000_000, digest.hexdigest(), is_chunked)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < THIRTY_MB
