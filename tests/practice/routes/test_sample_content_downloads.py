from __future__ import annotations

import json
import resource
import sys
import zlib

import pytest
from tests.support.rows import check_rows

from callbox.practice.routes.sample_content import json_records, pattern, picture, text_lines

# getrusage counts in kilobytes, except on macOS
THIRTY_MB = 30_000_000 if sys.platform == "darwin" else 30_000


@check_rows("size", [2, 3, 201, 202, 203, 403, 404, 1000, 262_144, 1_000_000])
def test_json_records_are_valid_and_of_the_exact_size(size):
    text = b"".join(json_records(size))

    assert len(text) == size
    assert b"\n" not in text
    ids = [record["id"] for record in json.loads(text)]
    assert ids == list(range(10_000_001, 10_000_001 + len(ids)))


@check_rows("size", [0, 1, 85, 86, 300_000])
def test_text_lines_are_of_the_exact_size(size):
    text = b"".join(text_lines(size))

    assert len(text) == size
    assert [int(line[:9]) for line in text.splitlines()[:-1]] == list(range(max(0, len(text.splitlines()) - 1)))


@check_rows(("first", "last"), [(0, 0), (0, 10), (65_530, 65_540), (60_000, 300_000)])
def test_any_cut_of_the_pattern_is_the_same_bytes(first, last):
    assert b"".join(pattern(first, last)) == b"".join(pattern(0, last))[first:]


def test_picture_is_a_png_whose_checksums_hold():
    data = picture()
    place, kinds = 8, []
    while place < len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        kinds.append(data[place + 4 : place + 8])
        sum_place = place + 8 + size
        assert int.from_bytes(data[sum_place : sum_place + 4], "big") == zlib.crc32(data[place + 4 : sum_place])
        place = sum_place + 4

    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]


@pytest.mark.parametrize("kind", ["json", "text", "bin"])
def test_big_has_the_size_it_says(ask, kind):
    plain = ask("GET", f"/big?mb=1.5&type={kind}")
    chunked = ask("GET", f"/big?mb=1.5&type={kind}&chunked=1")

    assert plain.headers["Content-Length"] == "1500000"
    assert len(plain.data) == 1_500_000
    assert chunked.headers["Transfer-Encoding"] == "chunked"
    assert chunked.data == plain.data


def test_big_takes_no_more_memory_than_a_piece(ask):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = ask("GET", "/big?mb=100&type=bin", preload_content=False)
    size = sum(len(piece) for piece in answer.stream(100_000))
    answer.release_conn()

    assert size == 100_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < THIRTY_MB


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("0-0", 0, 0), ("10-19", 10, 19), ("990-", 990, 999), ("990-2000", 990, 999), ("-5", 995, 999), ("-5000", 0, 999)],
)
def test_range_gets_the_part(ask, asked, first, last):
    whole = ask("GET", "/bytes/1000").data

    part = ask("GET", "/bytes/1000", headers={"Range": f"bytes={asked}"})

    assert part.status == 206
    assert part.headers["Content-Range"] == f"bytes {first}-{last}/1000"
    assert part.data == whole[first : last + 1]


@pytest.mark.parametrize("asked", ["1000-", "-0", "5-4"])
def test_range_outside_is_416(ask, asked):
    answer = ask("GET", "/bytes/1000", headers={"Range": f"bytes={asked}"})

    assert answer.status == 416
    assert answer.headers["Content-Range"] == "bytes */1000"


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes=x-"])
def test_range_that_is_not_understood_gets_the_whole(ask, asked):
    assert ask("GET", "/bytes/1000", headers={"Range": asked}).status == 200


def test_range_of_another_version_gets_the_whole(ask):
    tag = ask("GET", "/file").headers["ETag"]

    def status(value: str) -> int:
        return ask("GET", "/file", headers={"Range": "bytes=0-1", "If-Range": value}).status

    assert (status(tag), status('"other"')) == (206, 200)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", 'attachment; filename="shelf-list.bin"'),
        ("?name=..%2F..%2Fa", 'attachment; filename="../../a"'),
        ("?name=%22a%5C", 'attachment; filename="\\"a\\\\"'),
        ("?name=%C3%A9.txt", "attachment; filename=\"?.txt\"; filename*=UTF-8''%C3%A9.txt"),
    ],
)
def test_file_names_itself(ask, query, field):
    assert ask("GET", f"/file{query}").headers["Content-Disposition"] == field


def test_file_name_cannot_end_the_line(ask):
    assert ask("GET", "/file?name=a%0d%0aX:b").status == 422


@pytest.mark.parametrize("path", ["/file", "/bytes/10", "/cache"])
def test_what_has_a_tag_is_not_sent_again(ask, path):
    tag = ask("GET", path).headers["ETag"]

    answer = ask("GET", path, headers={"If-None-Match": tag})

    assert (answer.status, answer.data) == (304, b"")
