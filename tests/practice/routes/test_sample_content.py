from __future__ import annotations

import csv
import io
import json
import socket
import xml.etree.ElementTree as ElementTree

import pytest


def raw(api, path: str) -> bytes:
    with socket.create_connection(("127.0.0.1", api.port), timeout=20) as sock:
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        received = b""
        while piece := sock.recv(65536):
            received += piece
        return received


def test_escapes_are_in_reason_header_and_body(api):
    head, _, body = raw(api, "/escapes").partition(b"\r\n\r\n")
    reason, _, fields = head.partition(b"\r\n")

    for part in (reason, fields, body):
        for escape in (b"\x1b]0;", b"\x07", b"\x1b[31m", "\x9b".encode(), "\u202e".encode()):
            assert escape in part


def test_escapes_in_json_are_raw_and_escaped(ask):
    body = ask("GET", "/escapes/json").data

    value = json.loads(body, strict=False)
    assert value["raw"] == value["escaped"].rstrip("\n")
    assert b"\x1b[31m" in body
    assert b"\\u001b[31m" in body


@pytest.mark.parametrize("charset", ["utf-8", "latin-1", "windows-1252", "utf-16", "koi8-r", "shift_jis", "gb18030"])
def test_text_is_in_the_charset_it_names(ask, charset):
    answer = ask("GET", f"/text?charset={charset}")

    assert answer.headers["Content-Type"] == f"text/plain; charset={charset}"
    assert answer.data.decode(charset).endswith("\n")
    assert not answer.data.isascii()


def test_numbers_keep_their_text(ask):
    body = ask("GET", "/json/numbers").data

    assert b'"price": 1.10' in body
    assert body.count(b'"zebra"') == 2
    assert json.loads(body)["big"] == 12345678901234567890123456789


def test_xml_and_csv_are_well_formed(ask):
    assert len(ElementTree.fromstring(ask("GET", "/xml").data)) == 9
    rows = list(csv.reader(io.StringIO(ask("GET", "/csv").data.decode(), newline="")))
    assert rows[-1] == ["21", 'A "quoted" title, with a comma', "Two\r\nlines", "1900"]
    assert {len(row) for row in rows} == {4}


def test_headers_repeat(ask):
    fields = ask("GET", "/headers/repeated").headers

    assert fields.getlist("X-Repeated") == ["one", "two", "three"]
    assert len(fields.getlist("Set-Cookie")) == 2


def test_headers_of_your_choice_even_bytes_that_are_no_text(api, ask):
    assert ask("GET", "/headers/set?X-A=1&x-a=2&Content-Type=text/plain").headers.getlist("x-a") == ["1", "2"]
    assert b"\r\nX: \xff\r\n" in raw(api, "/headers/set?X=%FF")


@pytest.mark.parametrize(
    "query", ["Content-Length=1", "transfer-encoding=chunked", "a%0d%0ab=1", "a=b%0d%0aX:%20c", "a%20b=1", "=1", "a:=1"]
)
def test_headers_that_would_break_the_answer_are_refused(ask, query):
    answer = ask("GET", f"/headers/set?{query}")

    assert answer.status == 422
    assert "X" not in answer.headers
