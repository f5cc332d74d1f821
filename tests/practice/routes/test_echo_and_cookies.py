from __future__ import annotations

import http.client
import json

import pytest


def test_echo_keeps_order_case_and_repeats_of_headers(api):
    connection = http.client.HTTPConnection("127.0.0.1", api.port)
    connection.putrequest("GET", "/echo", skip_accept_encoding=True)
    for name, value in (("X-B", "1"), ("x-a", "2"), ("x-b", "3"), ("Cookie", "a=b; c=d")):
        connection.putheader(name, value)
    connection.endheaders()
    echo = json.loads(connection.getresponse().read())
    connection.close()

    host = ["Host", f"127.0.0.1:{api.port}"]
    assert echo["header_pairs"] == [host, ["X-B", "1"], ["x-a", "2"], ["x-b", "3"], ["Cookie", "a=b; c=d"]]
    assert echo["headers"]["X-B"] == "1, 3"
    assert echo["cookies"] == {"a": "b", "c": "d"}


def test_echo_keeps_the_query_as_it_came(ask):
    echo = ask("GET", "/echo?b=1&a=%20&b=2&c").json()

    assert echo["query_string"] == "b=1&a=%20&b=2&c"
    assert echo["query"] == [["b", "1"], ["a", " "], ["b", "2"], ["c", ""]]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
def test_echo_takes_any_method(ask, method):
    assert ask(method, "/echo").json()["method"] == method


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", {"body": "", "is_base64": False, "size": 0, "json": None}),
        (b'{"a": [1.5, null]}', {"json": {"a": [1.5, None]}}),
        (b"NaN", {"body": "NaN", "json": None}),
        (b"1e999", {"body": "1e999", "json": None}),
        (b"\xff\x00", {"body": "/wA=", "is_base64": True, "size": 2, "json": None}),
        ("é".encode(), {"body": "é", "size": 2}),
        (b"[" * 100_000, {"json": None, "size": 100_000}),
        (b'["' + b"[" * 1000 + b'"]', {"json": ["[" * 1000]}),
    ],
    ids=["empty", "json", "nan", "infinite", "bytes", "text", "deep", "brackets in a text"],
)
def test_echo_of_bodies(ask, body, said):
    echo = ask("POST", "/echo", body=body).json()

    assert {name: echo[name] for name in said} == said


def test_echo_of_a_form(ask):
    echo = ask("POST", "/echo", fields=[("a", "1 2"), ("a", "é")], encode_multipart=False).json()

    assert echo["form"] == [["a", "1 2"], ["a", "é"]]


def test_utf8_that_was_not_percent_coded_is_readable(talk):
    answer = talk("GET /echo?q=é HTTP/1.1\r\nHost: localhost\r\nX-Name: Brontë\r\n\r\n".encode())

    echo = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert ["X-Name", "Brontë"] in echo["header_pairs"]
    assert (echo["query_string"], echo["query"]) == ("q=é", [["q", "é"]])


@pytest.mark.parametrize(
    ("path", "status"), [("/%65cho", 200), ("/%2565cho", 404), ("/%", 404), ("/books%2F1", 404), ("/books/%31", 200)]
)
def test_path_is_decoded_once(ask, path, status):
    assert ask("GET", path).status == status


@pytest.mark.parametrize("path", ["/gzip", "/deflate", "/deflate?raw=true"])
def test_coded_answers_are_decoded_by_another_client(ask, path):
    answer = ask("GET", path)

    assert answer.headers["Content-Encoding"] == path.split("?")[0][1:]
    assert answer.json()["method"] == "GET"


def test_cookies_are_set_shown_and_deleted(ask):
    put = ask("GET", "/cookies/set/a/b.c")
    away = ask("GET", "/cookies/delete/a")

    assert (put.status, put.headers["Location"]) == (302, "/cookies")
    assert put.headers["Set-Cookie"] == "a=b.c; Path=/"
    assert "Max-Age=0" in away.headers["Set-Cookie"]
    assert ask("GET", "/cookies", headers={"Cookie": "a=b.c"}).json() == {"cookies": {"a": "b.c"}}


@pytest.mark.parametrize("value", ["a%0d%0aX:%20y", "a%3Bb", "a%2Cb", "%22", "a%20b"])
def test_what_cannot_be_a_cookie_is_refused(ask, value):
    answer = ask("GET", f"/cookies/set/a/{value}")

    assert answer.status == 422
    assert "Set-Cookie" not in answer.headers
