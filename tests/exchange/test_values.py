"""The small values: secrets, headers, bodies, text, links."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.exchange.auth_schemes import ApiKey, Basic, Bearer
from callbox.exchange.headers import Headers, parse_links
from callbox.exchange.media_types_and_charsets import charset_of, decode_text
from callbox.exchange.redaction.displayed_fields_and_values import redact_field
from callbox.exchange.request_content import Part, form_content, multipart_content
from callbox.exchange.secret import Secret, redact_secret


@check_rows(("text", "masked"), [("", ""), ("short", "..."), ("0123456789abcde", "..."), ("0123456789abcdef", "...")])
def test_a_mask_shows_two_and_two_of_sixteen(text, masked):
    assert redact_secret(text) == masked


def test_a_secret_shows_itself_masked_everywhere():
    secret = Secret("0123456789abcdef", "Bearer ")

    assert {str(secret), f"{secret}", repr(secret)} == {"Bearer ...", "Secret('Bearer ...')"}


def test_what_is_shown_of_a_cookie_header_has_each_value_masked():
    assert redact_field("Cookie", "sid=0123456789abcdef; b=2; bare") == "sid=...; b=...; ..."


def test_what_is_shown_of_a_credential_keeps_its_scheme():
    assert redact_field("Authorization", "Bearer 0123456789abcdef") == "Bearer ..."


@check_rows(
    ("auth", "line"),
    [(Basic("ann", "secret"), "basic ann"), (Bearer("0123456789abcdef"), "bearer ..."), (ApiKey("X-K", "short"), "apikey X-K ...")],
    ids=["basic", "bearer", "apikey"],
)  # fmt: skip
def test_a_credential_describes_itself_masked(auth, line):
    assert auth.describe() == line


def test_basic_is_utf8():
    assert Basic("ann", "päss").fields(None)[0][1].reveal() == "Basic YW5uOnDDpHNz"


def test_headers_fold_only_when_asked_as_a_mapping():
    headers = Headers([("A", "1"), ("B", "2"), ("a", "3")])

    assert (headers["a"], headers.getlist("A"), list(headers), len(headers)) == ("1, 3", ["1", "3"], ["A", "B"], 2)


def test_a_form_repeats_names():
    assert form_content([("a", "1 2"), ("a", "&")]).data == b"a=1+2&a=%26"


def test_multipart_is_framed_by_rfc_7578():
    content = multipart_content([Part("a", b"1"), Part("f", b"hi", 'q".txt', "text/plain")], "B")

    assert content.data == (
        b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        b'--B\r\nContent-Disposition: form-data; name="f"; filename="q%22.txt"\r\nContent-Type: text/plain\r\n\r\nhi\r\n'
        b"--B--\r\n"
    )


def test_a_streamed_part_gives_the_length_beforehand():
    content = multipart_content([Part("f", filename="x", pieces=lambda: [b"ab", b"c"], length=3)], "B")

    assert content.size == len(b"".join(content.chunks()))


@check_rows(
    "name",
    ["base64", "zlib", "rot13", "hex", "idna", "unicode-escape", "utf-7", "undefined", "punycode", "nope", "a\0b"],
)
def test_a_charset_that_is_no_text_is_not_used(name):
    assert charset_of(f"text/plain; charset={name}") is None


@check_rows(
    ("data", "content_type", "text"),
    [
        (b"\xef\xbb\xbfhi", "", "hi"), (b"\xff\xfeh\0i\0", "", "hi"), (b"caf\xc3\xa9", "", "café"), (b"caf\xe9 au lait", "", "café au lait"),
        (b"caf\xe9", "text/plain; charset=latin-1", "café"), (b"\x80", "text/plain; charset=cp1252", "€"), (b"\xff", "text/x; charset=utf-8", "\ufffd"),
    ],
)  # fmt: skip
def test_text_is_read_by_charset_then_mark_then_utf8_then_latin1(data, content_type, text):
    assert decode_text(data, content_type) == text


@given(st.binary(), st.text())
def test_any_bytes_have_a_text(data, content_type):
    assert isinstance(decode_text(data, content_type), str)


def test_links_are_read_as_servers_write_them():
    assert parse_links("< /p >; REL='next'") == [{"url": "/p", "rel": "next"}]


def test_links_by_relation():
    found = parse_links('<http://a.x/?a,b>; rel="next last"; title="x, y", </p>; rel=prev')

    assert [(link["url"], link["rel"]) for link in found] == [("http://a.x/?a,b", "next last"), ("/p", "prev")]


@given(st.text())
def test_any_link_header_is_read(text):
    assert isinstance(parse_links(text), list)
