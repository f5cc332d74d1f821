from __future__ import annotations

from http.cookiejar import MozillaCookieJar

import pytest
from tests.support.rows import check_rows

from callbox.cookies import to_standard_cookie
from callbox.errors import UsageError
from callbox.exchange.cookies import Cookie
from callbox.formats.cookies_txt import encode_cookies_txt, read_cookies_txt, write_cookies_txt

COOKIES = [
    Cookie("sid", "1", "api.x"),
    Cookie("wide", "a=b", "x.org", "/in", host_only=False, secure=True, expires=2_000_000_000.0),
    Cookie("http", "", "api.x", http_only=True),
    Cookie("", "nameless", "api.x"),
]


def test_cookies_come_back_as_they_were() -> None:
    assert read_cookies_txt(write_cookies_txt(COOKIES)) == COOKIES


def test_bytes_come_back_as_they_were() -> None:
    value = "".join(map(chr, (*range(0x20, 0x7F), *range(0x80, 0x100))))
    cookies = [Cookie("\xc3\xa9", value, "api.x"), Cookie("sid", "1", "api.x")]

    data = encode_cookies_txt(cookies)

    assert read_cookies_txt(data) == cookies
    assert b"\t\xc3\xa9\t" + value.encode("latin-1") + b"\n" in data


def test_what_was_typed_in_other_letters_is_utf_8() -> None:
    assert encode_cookies_txt([Cookie("a", "\u20ac", "api.x")]).endswith(b"\ta\t\xe2\x82\xac\n")


def test_pythons_own_reader_takes_the_file(tmp_path) -> None:
    path = tmp_path / "cookies.txt"
    path.write_bytes(encode_cookies_txt(COOKIES))
    jar = MozillaCookieJar(path)

    jar.load(ignore_discard=True, ignore_expires=True)

    told = [(c.name, c.value, c.domain, c.path, c.secure, c.has_nonstandard_attr("HTTPOnly")) for c in jar]
    assert told[0] == ("sid", "1", "api.x", "/", False, False)
    assert ("wide", "a=b", ".x.org", "/in", True, False) in told
    assert ("http", "", "api.x", "/", False, True) in told


def test_what_pythons_own_writer_wrote_is_read(tmp_path) -> None:
    jar = MozillaCookieJar(tmp_path / "cookies.txt")
    for cookie in COOKIES[:3]:
        jar.set_cookie(to_standard_cookie(cookie))
    jar.save(ignore_discard=True, ignore_expires=True)

    found = read_cookies_txt((tmp_path / "cookies.txt").read_bytes())

    assert sorted(found) == sorted(cookie._replace(is_manual=False) for cookie in COOKIES[:3])


def test_what_the_format_cannot_hold_is_left_out() -> None:
    assert write_cookies_txt([Cookie("a", "1"), Cookie("b", "x\ty", "api.x")]).count("\n") == 1


@check_rows(
    ("text", "names"),
    [
        ("# a remark\n\n#HttpOnly_a.x\tFALSE\t/\tFALSE\t0\tn\tv\n", ["n"]),
        (".a.x\tTRUE\t/\tFALSE\t0\tempty\n", ["empty"]),
        ("a.x\tFALSE\t/\tFALSE\t0\tcr\tv\r\n", ["cr"]),
        ("\ufeffa.x\tFALSE\t/\tFALSE\t0\tmark\tv\n", ["mark"]),
        ("a.x\tFALSE\t/\tFALSE\t2000000000.25\tfraction\tv\n", ["fraction"]),
        ("a.x\tFALSE\t/\tFALSE\t\tnothing\tv\n", ["nothing"]),
        ("a.x  FALSE / FALSE 0 blanks v\n", ["blanks"]),
        ("a.x\tFALSE\t/\tFALSE\t-1\tminus\tv\n", ["minus"]),
    ],
)
def test_lines_that_programs_write(text, names) -> None:
    assert [cookie.name for cookie in read_cookies_txt(text)] == names


@check_rows("line", ["sid=1; Path=/", "a.x\tFALSE\t/\tFALSE\tsoon\tn\tsecretvalue", "a.x\tFALSE\t/\tFALSE\t--5\tn\tv"])
def test_other_line_is_an_error_that_does_not_repeat_it(line) -> None:
    with pytest.raises(UsageError) as caught:
        read_cookies_txt("# x\n" + line, "jar.txt")

    assert str(caught.value.place) == "jar.txt:2:1"
    assert "secretvalue" not in f"{caught.value}{caught.value.place.source}"
