"""Which encoding the bytes of an answer are read with."""

from __future__ import annotations

import pytest

from callbox.exchange.charset import decode_text, find_encoding

HTML = "text/html"
RUSSIAN = "Привет"


@pytest.mark.parametrize(
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
    ],
)
def test_the_first_word_on_the_encoding_counts(data, content_type, encoding):
    assert find_encoding(data, content_type) == encoding


def test_a_page_is_read_as_it_says():
    page = f"<meta charset=windows-1251><p>{RUSSIAN}</p>".encode("cp1251")

    assert RUSSIAN in decode_text(page, HTML)
