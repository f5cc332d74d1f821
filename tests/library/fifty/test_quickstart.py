"""What Requests' quickstart shows, on both libraries."""

from __future__ import annotations

import json

import pytest
from tests.support.closed_port import CLOSED


def test_a_response_has_status_headers_encoding_text_and_json(lib, url):
    r = lib.get(url + "/json")

    assert (r.status_code, r.headers["content-type"], r.ok, bool(r)) == (200, "application/json", True, True)
    assert json.loads(r.text) == r.json()
    assert r.status_code == lib.codes.ok


@pytest.mark.parametrize("verb", ["get", "post", "put", "patch", "delete", "options", "head"])
def test_every_verb_is_a_function(lib, url, verb):
    r = getattr(lib, verb)(url + "/anything")

    assert r.request.method == verb.upper()


def test_params_make_the_url(lib, url):
    r = lib.get(url + "/get", params={"key1": "value1", "key2": ["value2", "value3"], "none": None})

    assert r.url == url + "/get?key1=value1&key2=value2&key2=value3"


def test_content_is_bytes_and_gzip_is_undone(lib, url):
    r = lib.get(url + "/gzip")

    assert isinstance(r.content, bytes)
    assert r.json()["gzipped"] is True


def test_encoding_may_be_set_by_hand(lib, url):
    r = lib.get(url + "/encoding/utf8")
    r.encoding = "ISO-8859-1"

    assert r.encoding == "ISO-8859-1"
    assert "Ã" in r.text


def test_a_body_that_is_no_json_raises_by_several_names(lib, url):
    r = lib.get(url + "/html")

    for error in (ValueError, json.JSONDecodeError, lib.exceptions.JSONDecodeError, lib.JSONDecodeError):
        with pytest.raises(error):
            r.json()


def test_raw_reads_the_bytes_of_the_socket(lib, url):
    with lib.get(url + "/gzip", stream=True) as r:
        assert r.raw.read(2) == b"\x1f\x8b"


def test_raw_decodes_where_asked(lib, url):
    with lib.get(url + "/gzip", stream=True) as r:
        assert r.raw.read(decode_content=True).startswith(b"{")


def test_custom_headers_reach_the_server(lib, url):
    assert lib.get(url + "/headers", headers={"X-One": "1"}).json()["headers"]["X-One"] == "1"


def test_a_form_is_posted(lib, url):
    assert lib.post(url + "/post", data={"a": "1", "b": ["2", "3"]}).json()["form"] == {"a": "1", "b": ["2", "3"]}
    assert lib.post(url + "/post", data=[("a", "1"), ("a", "2")]).json()["form"] == {"a": ["1", "2"]}


def test_text_is_posted_as_it_is(lib, url):
    assert lib.post(url + "/post", data=json.dumps({"a": 1})).json()["data"] == '{"a": 1}'


def test_json_is_posted(lib, url):
    r = lib.post(url + "/post", json={"a": 1})

    assert (r.json()["json"], r.request.headers["Content-Type"]) == ({"a": 1}, "application/json")


def test_a_file_is_posted(lib, url):
    files = {"file": ("report.csv", "some,data\n", "text/csv", {"Expires": "0"})}

    assert lib.post(url + "/post", files=files).json()["files"] == {"file": "some,data\n"}


def test_an_open_file_is_posted_under_its_name(lib, url, tmp_path):
    path = tmp_path / "n.txt"
    path.write_bytes(b"hello")
    with path.open("rb") as file:
        r = lib.post(url + "/post", files={"f": file}, data={"k": "v"})

    assert (r.json()["files"], r.json()["form"]) == ({"f": "hello"}, {"k": "v"})


def test_codes_have_names(lib):
    assert (lib.codes.not_found, lib.codes["temporary_redirect"], lib.codes.NOT_FOUND, lib.codes.teapot) == (
        404, 307, 404, 418,
    )  # fmt: skip


def test_raise_for_status_raises_for_an_error_alone(lib, url):
    lib.get(url + "/status/200").raise_for_status()
    with pytest.raises(lib.exceptions.HTTPError) as caught:
        lib.get(url + "/status/404").raise_for_status()

    assert str(caught.value) == f"404 Client Error: NOT FOUND for url: {url}/status/404"
    assert caught.value.response.status_code == 404
    assert caught.value.request.method == "GET"


def test_response_headers_ignore_case(lib, url):
    headers = lib.get(url + "/get").headers

    assert headers["Content-Type"] == headers.get("content-type") == headers["CONTENT-TYPE"]
    assert isinstance(headers, lib.structures.CaseInsensitiveDict)


def test_cookies_of_a_response_are_read(lib, url):
    r = lib.get(url + "/cookies/set/a/1", allow_redirects=False)

    assert r.cookies["a"] == "1"


def test_cookies_are_sent(lib, url):
    assert lib.get(url + "/cookies", cookies={"are": "working"}).json() == {"cookies": {"are": "working"}}


def test_a_jar_is_filled_by_hand(lib, url):
    jar = lib.cookies.RequestsCookieJar()
    jar.set("tasty", "yum", domain="127.0.0.1", path="/cookies")
    jar.set("gross", "blech", domain="127.0.0.1", path="/elsewhere")

    assert lib.get(url + "/cookies", cookies=jar).json()["cookies"] == {"tasty": "yum"}


def test_redirects_are_followed_with_a_history(lib, url):
    r = lib.get(url + "/redirect/2")

    assert (r.status_code, [h.status_code for h in r.history], [len(h.history) for h in r.history]) == (
        200, [302, 302], [0, 1],
    )  # fmt: skip


def test_redirects_are_left_alone_where_told(lib, url):
    r = lib.get(url + "/redirect/1", allow_redirects=False)

    assert (r.status_code, r.history, r.is_redirect, r.is_permanent_redirect) == (302, [], True, False)
    assert r.next.url == url + "/get"
    assert lib.head(url + "/redirect/1").status_code == 302
    assert lib.head(url + "/redirect/1", allow_redirects=True).status_code == 200


@pytest.mark.parametrize("timeout", [0.3, (3, 0.3)], ids=["number", "pair"])
def test_a_timeout_is_an_error(lib, url, timeout):
    with pytest.raises(lib.exceptions.Timeout) as caught:
        lib.get(url + "/delay/3", timeout=timeout)

    assert isinstance(caught.value, lib.exceptions.ReadTimeout)


def test_a_refused_connection_is_an_error_with_its_request(lib):
    with pytest.raises(lib.exceptions.ConnectionError) as caught:
        lib.get(f"http://{CLOSED}/x")

    assert isinstance(caught.value, (lib.RequestException, IOError))
    assert caught.value.request.url == f"http://{CLOSED}/x"
    assert caught.value.response is None


def test_too_many_redirects_are_an_error_with_their_response(lib, s, url):
    s.max_redirects = 2
    with pytest.raises(lib.TooManyRedirects) as caught:
        s.get(url + "/redirect/5")

    assert caught.value.response.status_code == 302
