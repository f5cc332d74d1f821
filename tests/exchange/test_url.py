"""URLs: kept as typed, joined to a base, refused with a reason."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.exchange.url import (
    TextPart,
    UrlError,
    add_query,
    encode_pairs,
    follow,
    guess_scheme,
    host_changing_part,
    join,
    parse,
    remove_dots,
)


@check_rows(
    ("typed", "sent"),
    [
        ("http://a.x", "http://a.x/"),
        ("HTTP://A.X:80/b", "http://a.x/b"),
        ("https://a.x:8443/?q", "https://a.x:8443/?q"),
        ("http://a.x/%7Euser/%2e", "http://a.x/%7Euser/%2e"),
        ("http://a.x/a b/ä?q=ü x", "http://a.x/a%20b/%C3%A4?q=%C3%BC%20x"),
        ("http://a.x/100%", "http://a.x/100%25"),
        ("http://a.x/a/./b/../c", "http://a.x/a/c"),
        ("http://a.x?x=1&y=2#top", "http://a.x/?x=1&y=2"),
        ("http://u:p@a.x/", "http://a.x/"),
        ("http://[::1]:8000/x", "http://[::1]:8000/x"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("  http://a.x/ ", "http://a.x/"),
        ("http://a.x/a\r\nX: 1", "http://a.x/a%0D%0AX:%201"),
        ("http://a.x\\@evil.test/", "http://a.x/%5C@evil.test/"),
        ("http://a.x:81\\.evil.test", "http://a.x:81/%5C.evil.test"),
        ("http://a.x\\/b", "http://a.x/%5C/b"),
    ],
)
def test_a_valid_url_is_kept_and_the_rest_is_encoded(typed, sent):
    assert parse(typed).text == sent


@check_rows(
    ("typed", "kind"),
    [
        ("a.x/b", "scheme"), ("", "scheme"), ("ftp://a.x", "unsupported"), ("http:///x", "host"), ("http://a..b/", "host"),
        ("http://" + "a" * 64 + ".x/", "host"), ("http://a.x:99999/", "port"), ("http://a.x:b/", "port"),
        ("http://[::1/", "host"), ("http://a b/", "host"), ("http:/a.x/", "host"), ("//a.x/", "scheme"), ("http://*.x/", "host"), ("http://[zz]/", "host"),
    ],
)  # fmt: skip
def test_a_bad_url_is_refused_with_its_kind(typed, kind):
    with pytest.raises(UrlError) as caught:
        parse(typed)

    assert caught.value.kind == kind


def test_the_zone_of_an_address_is_told_to_nobody_else():
    url = parse("http://[fe80::1%25eth0]:81/")

    assert (url.host, url.sent_host, url.sent_authority) == ("[fe80::1%25eth0]", "[fe80::1]", "[fe80::1]:81")
    assert parse("http://a.x:81/").sent_authority == "a.x:81"


def test_a_fragment_is_encoded_as_the_rest_is():
    assert parse("http://a.x/#e f").fragment == "e%20f"


def test_what_lacks_only_a_scheme_is_told_what_to_try():
    with pytest.raises(UrlError) as caught:
        parse("//a.x/")

    assert caught.value.hint == "try http://a.x/"


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    try:
        url = parse("http://" + text)
    except UrlError as error:
        assert "\n" not in error.message
    else:
        assert url.text.isascii()
        assert " " not in url.text
        assert parse(url.text).text == url.text


@check_rows(
    ("base", "reference", "joined"),
    [
        ("https://api.x/v2", "users", "https://api.x/v2/users"),
        ("https://api.x/v2/", "users", "https://api.x/v2/users"),
        ("https://api.x/v2", "/users", "https://api.x/users"),
        ("https://api.x/v2", "?q=1", "https://api.x/v2?q=1"),
        ("https://api.x/v2", "", "https://api.x/v2"),
        ("https://api.x/v2", "../v1/x", "https://api.x/v1/x"),
        ("https://api.x", "a:b", "https://api.x/a:b"),
        ("https://api.x/v2", "//b.x/c", "https://api.x//b.x/c"),
        ("https://api.x/v2", "/\t/b.x/c", "https://api.x//b.x/c"),
        ("https://api.x/v2", "/a/..//b.x/c", "https://api.x//b.x/c"),
        ("https://api.x", "http://b/", "http://b/"),
        ("", "http://b/", "http://b/"),
    ],
)
def test_a_base_is_a_folder(base, reference, joined):
    assert join(base, reference) == joined


@check_rows(
    ("reference", "joined"),
    [("a/../b", "http://a.x/v2/a/../b"), ("/a/../b", "http://a.x/a/../b"), ("//b.x/c/../d", "http://a.x//b.x/c/../d")],
)
def test_dots_below_a_base_can_be_kept(reference, joined):
    assert join("http://a.x/v2", reference, keep_dots=True) == joined


def test_parameters_go_behind_those_of_the_url():
    url = parse("http://a.x/p?x=1#f")

    assert add_query(url, [("q", "a b"), ("q", "&")]).target == "/p?x=1&q=a+b&q=%26"


def test_a_location_is_read_from_where_it_came():
    here = parse("http://a.x/one/two#frag")

    assert [follow(here, to).text for to in ("three", "/r", "//b.x/q", "https://c.x")] == [
        "http://a.x/one/three", "http://a.x/r", "http://b.x/q", "https://c.x/",
    ]  # fmt: skip


def test_a_redirect_inherits_the_fragment():
    assert follow(parse("http://a.x/#frag"), "/r").fragment == "frag"


@check_rows(
    ("typed", "meant"),
    [("api.x/v", "https://api.x/v"), ("localhost:80", "http://localhost:80"), ("127.0.0.1:9/a", "http://127.0.0.1:9/a"),
     (":8000/h", "http://localhost:8000/h"), ("[::1]:8/a", "http://[::1]:8/a"), ("box/a", "http://box/a")],
)  # fmt: skip
def test_a_missing_scheme_is_guessed(typed, meant):
    assert guess_scheme(typed) == meant


@given(st.lists(st.tuples(st.text(), st.text())))
def test_a_form_reads_back(pairs):
    from urllib.parse import parse_qsl

    encodable = [(a, b) for a, b in pairs if not any("\ud800" <= c <= "\udfff" for c in a + b)]

    assert parse_qsl(encode_pairs(encodable), keep_blank_values=True) == encodable


@given(st.from_regex(r"(/[a.]{0,3}){1,6}", fullmatch=True))
def test_removing_dots_leaves_none(path):
    assert not {".", ".."} & set(remove_dots(path).split("/"))


@check_rows("reference", ["http://[", "//[", "//[::1", "http://]a"])
def test_a_broken_bracket_is_an_error_of_ours(reference):
    with pytest.raises(UrlError):
        follow(parse("http://a.x/"), reference)


@pytest.mark.parametrize("reference", ["http://[", "http://]a"])
def test_a_broken_bracket_below_a_base_is_an_error_of_ours(reference):
    with pytest.raises(UrlError):
        parse(join("http://a.x", reference))


def parts_of(text):
    """Parts of a URL: `<..>` is a foreign one, `|` only divides."""
    pieces = re.split(r"(<[^>]*>)|\|", text)
    return [TextPart(piece.strip("<>"), piece.startswith("<")) for piece in pieces if piece]


@check_rows(
    "text",
    [
        "<http://own.test/a>",
        "http://<own.test:80/a?b>",
        "<http://own.test/api/><7>",
        "<http://own.test/api/>|/items?x=1",
        "<http://own.test/api/>|42",
        "<http://own.test/api/><items>/<7>.json",
        "<http://own.test></items/7>/x.json",
        "<http://own.test><?a=1>",
        "<><http://own.test/a>",
        "http://<eu>.own.test/",
        "http://api-<eu-1>.own.test:80/",
        "<eu>.own.test",
        "<http://eu>.own.test",
        "http://node-<7>:80/x",
        "http://node-<eu>/x",
        "http://api.test:<80>/x",
        "http://<own.test>:80/x",
        "http://node<7>a/x",
        "http://api.test</items/>|7",
        "http://api.test</items/>|abc/x",
        "http://api.test/<@evil.test/>",
        "http://api.test<><#top>",
        "http://<ann>:<p!+w>@api.test/",
        "http://ann:<>@api.test/",
        "/<//evil.test/>",
        "/x<@evil.test>",
        "  http://api.test/<@evil.test>",
        "<http>://api.test/",
    ],
)
def test_foreign_part_keeps_the_host_that_is_written(text):
    assert host_changing_part(parts_of(text)) is None


@check_rows(
    "text",
    [
        "http://api.<test>",
        "http://api.<test>:80/",
        "http://127.0.<0.1>:80/",
        "http://node-<evil.test>/x",
        "http://node-<evil.test>:80/x",
        "http://api.test:<80@evil.test>/x",
        "http://api.test<@evil.test/>",
        "http://api.test<:80@evil.test/>",
        "http://api.test<.evil.test/>",
        "http://api.test<evil>",
        "http://api.test<\\evil.test>",
        "http://api.test<\t@evil.test>",
        "  http://api.test<@evil.test/>",
        "\u00a0\thttp://api.test<@evil.test/>",
        " |http://api.test<@evil.test/>",
        "<  >|http://api.test<@evil.test/>",
        "api.test<@evil.test/>",
        ":8000<@evil.test/>",
        "http://api.test<><@evil.test/>",
        "http://api.test<@evil.test/><7>",
        "http://api.test<@evil.test/>|:80/x",
        "http://api<:81>:80/x",
        "http://api</x>:80/x",
        "http://api</x>.own.test/",
        "http://api</x>|-eu.own.test/",
        "http://<evil.test/>.own.test/",
        "http://<evil.test/?>|-eu.own.test/",
        "http://<evil.test/?>|backend/x",
        "http://<evil.test/?><>|.own.test/",
        "http://<evil.test/?><a/>.own.test/",
        "http://<evil.test/#>:80/x",
        "http://api.<evil.test/>",
        "<evil.test/?>.own.test/",
        "<http://evil.test/?>.own.test/",
        "<http://evil.test/?>|backend/x",
        "<evil.test/?>://api.test/",
        "<http://own.test><@evil.test/>",
        "<http://own.test><.evil.test/>",
        "http://api.test<.evil.c>|om/x",
        "http://<ann@evil.test/>@api.test/",
        "http://ann:<pw@evil.test#>@api.test/",
        "http://" + "<>" + "<a>" * 60 + ".own.test/",
    ],
)
def test_foreign_part_that_changes_the_host_is_found(text):
    number = host_changing_part(parts_of(text))

    assert number is not None
    assert parts_of(text)[number].is_foreign


def test_port_may_have_thousands_of_zeros():
    assert parse("http://h:" + "0" * 5000 + "81/").port == 81
    with pytest.raises(UrlError):
        parse("http://h:" + "0" * 5000 + "65536/")
