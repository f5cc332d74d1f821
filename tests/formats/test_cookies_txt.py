from __future__ import annotations

import pytest

from callbox.errors import UsageError
from callbox.exchange.cookies import Cookie
from callbox.formats.cookies_txt import read_cookies_txt, write_cookies_txt

COOKIES = [
    Cookie("sid", "1", "api.x"),
    Cookie("wide", "a=b", "x.org", "/in", host_only=False, secure=True, expires=2_000_000_000.0),
    Cookie("http", "", "api.x", http_only=True),
    Cookie("", "nameless", "api.x"),
]


def test_cookies_come_back_as_they_were() -> None:
    assert read_cookies_txt(write_cookies_txt(COOKIES)) == COOKIES


def test_what_the_format_cannot_hold_is_left_out() -> None:
    assert write_cookies_txt([Cookie("a", "1"), Cookie("b", "x\ty", "api.x")]).count("\n") == 1


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("# a remark\n\n#HttpOnly_a.x\tFALSE\t/\tFALSE\t0\tn\tv\n", ["n"]),
        (".a.x\tTRUE\t/\tFALSE\t0\tempty\n", ["empty"]),
        ("a.x\tFALSE\t/\tFALSE\t0\tcr\tv\r\n", ["cr"]),
    ],
)
def test_lines_that_programs_write(text, names) -> None:
    assert [cookie.name for cookie in read_cookies_txt(text)] == names


@pytest.mark.parametrize("line", ["sid=1; Path=/", "a.x\tFALSE\t/\tFALSE\tsoon\tn\tsecretvalue"])
def test_other_line_is_an_error_that_does_not_repeat_it(line) -> None:
    with pytest.raises(UsageError) as caught:
        read_cookies_txt("# x\n" + line, "jar.txt")

    assert str(caught.value.place) == "jar.txt:2:1"
    assert "secretvalue" not in f"{caught.value}{caught.value.place.source}"
