"""What a cookie may hold, byte for byte over real connections: RFC 6265bis sections 5.6 and 5.8, step 6."""

from __future__ import annotations

import pytest

URL = "http://example.com/"

EXACT = {
    "quoted": ('a="1"', 'a="1"'),
    "quoted, with escaped quotes": (r'a="{\"x\": \"1\"}"', r'a="{\"x\": \"1\"}"'),
    "quotes inside": ('a=x"y"z', 'a=x"y"z'),
    "a quote that is not closed": ('a="1', 'a="1'),
    "JSON": ('a={"x":[1,2]}', 'a={"x":[1,2]}'),
    "commas and blanks inside": ("a=x, y  z", "a=x, y  z"),
    "equals signs": ("a=b=c==", "a=b=c=="),
    "percent escapes": ("a=%20%3B%zz+", "a=%20%3B%zz+"),
    "backslashes": ("a=\\101\\", "a=\\101\\"),
    "a date": ("a=Thu, 01 Jan 1970 00:00:10 GMT", "a=Thu, 01 Jan 1970 00:00:10 GMT"),
    "empty": ("a=", "a="),
    "white space around name and value": ("  a \t=\t 1  ; Path=/", "a=1"),
    "a tab inside": ("a=x\ty", "a=x\ty"),
    "a name that is not a token": ("a[b] {c}, d@e=1", "a[b] {c}, d@e=1"),
    "a name with a dollar": ("$Version=1", "$Version=1"),
    "a name that is an attribute": ("Path=/x; Path=/", "Path=/x"),
    "names have case": ("A=1", "A=1"),
    "a value without a name": ("foo", "foo"),
    "a value after an equals sign": ("=foo", "foo"),
    "a value after equals signs": ("==foo", "=foo"),
    "a value after a blank name": (" \t=foo", "foo"),
    "a value without a name, and attributes": ("foo; Path=/; HttpOnly", "foo"),
    "UTF-8": ("a=\xc3\xbc\xe2\x82\xac", "a=\xc3\xbc\xe2\x82\xac"),
    "UTF-8 in the name": ("\xc3\xbc=1", "\xc3\xbc=1"),
    "bytes that are not text": ("a=\x80\x85\x9f\xa0\xad\xff\xfe", "a=\x80\x85\x9f\xa0\xad\xff\xfe"),
    "a byte that Latin-1 calls a blank stays": ("a=\xa01\xa0", "a=\xa01\xa0"),
    "attributes that nobody knows": ("a=1; Version=1000; Port=\"80\"; Comment=x; Priority=High; Partitioned", "a=1"),
    "attributes that are empty": ("a=1;;; ; =; =x;", "a=1"),
    "attributes without blanks": ("a=1;Path=/;HttpOnly", "a=1"),
    "an attribute with a blank inside its name": ("a=1; Ht tpOnly", "a=1"),
}  # fmt: skip


@pytest.mark.parametrize(("line", "sent"), EXACT.values(), ids=EXACT.keys())
def test_is_sent_as_it_came(web, line, sent):
    assert (web.visit(URL, line), web.sent(URL)) == ([], sent)


IGNORED = {
    "nothing": "",
    "an equals sign": "=",
    "blanks": " ; Path=/",
    "a bell in the value": "a=x\x07y",
    "a bell in the name": "a\x07=1",
    "a bell in an attribute": "a=1; Path=/\x07",
    "NUL": "a=1\x002",
    "DEL": "a=1\x7f",
    "a vertical tab": "a=1\x0b2",
    "a form feed": "a=1\x0c2",
    "a separator of files": "a=1\x1c2",
}


@pytest.mark.parametrize("line", IGNORED.values(), ids=IGNORED.keys())
def test_is_ignored_whole(web, line):
    notes = web.visit(URL, line, "b=1")

    assert web.sent(URL) == "b=1"
    assert len(notes) == 1


def test_a_control_character_reaches_no_note(web):
    (note,) = web.visit(URL, "a\x07\x1b[2Jb=1")

    assert note.isprintable()


SIZES = {
    "name and value of 4096 bytes": ("a" * 96 + "=" + "v" * 4000, True),
    "name and value of 4097 bytes": ("a" * 97 + "=" + "v" * 4000, False),
    "a value of 4096 bytes without a name": ("v" * 4096, True),
    "a value of 4097 bytes without a name": ("v" * 4097, False),
    "bytes are counted, not letters": ("a=" + "\xc3\xbc" * 2048, False),
    "attributes do not count": ("a=1; x=" + "y" * 5000, True),
}


@pytest.mark.parametrize(("line", "is_kept"), SIZES.values(), ids=SIZES.keys())
def test_size(web, line, is_kept):
    web.visit(URL, line)

    assert web.sent(URL) == (line.partition(";")[0] if is_kept else None)


def test_an_attribute_of_more_than_1024_bytes_is_ignored(web):
    web.visit(URL, "a=1; Path=/" + "x" * 1024, "b=1; Path=/" + "x" * 1023)

    assert {cookie.name: len(cookie.path) for cookie in web.held} == {"a": 1, "b": 1024}


def test_an_overlong_last_attribute_does_not_count(web):
    web.visit(URL, "a=1; Path=/x; Path=/" + "y" * 1024)

    assert web.sent("http://example.com/x") == "a=1"


@pytest.mark.parametrize(
    "said", [{"headers": {"X-U": "\u20ac"}}, {"cookies": {"u": "\u20ac"}}], ids=["a header", "a cookie"]
)
def test_bytes_go_back_as_they_came_beside_other_letters(web, said):
    web.visit(URL, "a=\xe9\xff\x85", "\xc3\xa9=2")
    web.get(URL, **said)

    assert web.site.seen[-1].cookie.startswith("a=\xe9\xff\x85; \xc3\xa9=2")
    assert any("\xe2\x82\xac" in value for _, value in web.site.seen[-1].fields)


def test_one_cookie_without_a_name_at_a_time(web):
    web.visit(URL, "foo", "bar", "a=1")

    assert web.sent(URL) == "bar; a=1"


def test_two_names_of_other_case_are_two_cookies(web):
    web.visit(URL, "a=1", "A=2")

    assert web.sent(URL) == "a=1; A=2"


def test_a_folded_line_is_one_cookie(web):
    web.visit(URL, "a=1, b=2")

    assert web.sent(URL) == "a=1, b=2"


def test_names_of_the_field_have_no_case(web):
    web.site.answer(URL, "SET-COOKIE: a=1", "set-cookie: b=2")
    web.get(URL)
    web.site.forget(URL)

    assert web.sent(URL) == "a=1; b=2"


def test_a_field_of_the_old_standard_sets_nothing(web):
    web.site.answer(URL, "Set-Cookie2: a=1")
    web.get(URL)

    assert web.held == []


@pytest.mark.parametrize("status", [201, 204, 304, 400, 401, 404, 500])
def test_any_status_may_set_a_cookie(web, status):
    web.site.answer(URL, "Set-Cookie: a=1", status=status)
    web.get(URL)

    assert web.sent(URL) == "a=1"
