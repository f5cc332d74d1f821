"""Which encoding the bytes of an answer are read with."""

from __future__ import annotations

from tests.support.rows import check_rows

from callbox.exchange.media_types_and_charsets import change_text, decode_text, find_encoding

HTML = "text/html"
RUSSIAN = "Привет"


@check_rows(
    ("data", "content_type", "encoding"),
    [
        (b"\xe4", "text/html; charset=koi8-r", "koi8-r"),
        (b"\xef\xbb\xbfx\xff", HTML, "utf-8-sig"),
        ("<meta charset=koi8-r>ä".encode(), HTML, "utf-8"),
        (b"<meta charset=koi8-r>\xf0", HTML, "koi8-r"),
        (b"<meta charset='koi8-r'>\xf0", "", "koi8-r"),
        (b"<META name=x><META HTTP-EQUIV=Content-Type CONTENT='text/html; charset=windows-1251'>\xf0", HTML, "cp1251"),
        (b'<?xml version="1.0" encoding="ISO-8859-15"?><a>\xa4</a>', "application/xml", "iso8859-15"),
        (b"<meta charset=utf-8>\xf0", HTML, "utf-8"),
        (b"<meta charset=utf-16>\xf0", HTML, "utf-8"),
        (b"<meta charset=zlib>\xf0", HTML, "iso-8859-1"),
        (b"<meta charset=nonsense>\xf0", HTML, "iso-8859-1"),
        (b"<meta charset=koi8-r>\xf0", "text/plain", "iso-8859-1"),
        (b" " * 2000 + b"<meta charset=koi8-r>\xf0", HTML, "iso-8859-1"),
        (b"caf\xe9", "text/plain", "iso-8859-1"),
        (b"it\x92s caf\xe9", "text/plain", "cp1252"),
        (b"\x81\x92\xe9", "text/plain", "iso-8859-1"),
        ('{"a": 1}'.encode("utf-16-le"), "application/json", "utf-16-le"),
        ('{"a": 1}'.encode("utf-32-be"), "application/problem+json", "utf-32-be"),
        ('{"a": 1}'.encode("utf-16-be"), "application/json; charset=utf-8", "utf-16-be"),
        ("é".encode("utf-32"), "text/plain", "utf-32"),
    ],
)
def test_the_first_word_on_the_encoding_counts(data, content_type, encoding):
    assert find_encoding(data, content_type) == encoding


def test_a_page_is_read_as_it_says():
    page = f"<meta charset=windows-1251><p>{RUSSIAN}</p>".encode("cp1251")

    assert RUSSIAN in decode_text(page, HTML)


TEXT = 'key: "Zq9é"'


@check_rows(
    ("encoding", "content_type"),
    [
        *((encoding, "text/plain") for encoding in ("utf-8", "latin-1", "utf-16", "utf-32", "utf-16-le", "utf-32-be")),
        *((encoding, "application/x-ndjson") for encoding in ("utf-16-be", "utf-32-le")),
        *((encoding, "application/json; charset=utf-8") for encoding in ("utf-16-le", "utf-16-be", "utf-32-le")),
        *((encoding, "text/plain; charset=utf-16") for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le")),
        *((encoding, "text/plain; charset=ibm037") for encoding in ("utf-8", "cp037")),
        *((encoding, "text/plain; charset=big5") for encoding in ("utf-8", "utf-16-be")),
        ("utf-8", "text/plain; charset=utf-32"),
        ("utf-8", "application/json; charset=iso-2022-jp"),
    ],
)
def test_a_text_is_changed_in_each_encoding_in_which_it_may_be_read(encoding, content_type):
    changed = change_text(TEXT.encode(encoding), content_type, lambda text: text.replace("Zq9", "..."))

    assert changed == TEXT.replace("Zq9", "...").encode(encoding)


@check_rows("content_type", ["text/plain", "application/json", "text/plain; charset=utf-16"])
def test_text_after_a_mark_of_another_encoding_is_changed(content_type):
    body = b"\xff\xfe" + TEXT.encode()

    changed = change_text(body, content_type, lambda text: text.replace("Zq9", "..."))

    assert changed == b"\xff\xfe" + TEXT.replace("Zq9", "...").encode()


def test_a_text_that_does_not_change_keeps_its_bytes():
    data = bytes(range(256)) + b"\0" * 300

    assert change_text(data, "text/plain; charset=utf-16", str) == data
