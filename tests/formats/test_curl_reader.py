from __future__ import annotations

import shlex

import pytest
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.formats.curl_reader import CurlRequest, CurlSource, read_curl

FILES = {"f.txt": b"one\r\ntwo\0\n"}


def read(command: str, *, is_of_file: bool = False) -> CurlRequest:
    def read_file(path: str) -> bytes:
        if path not in FILES:
            raise UsageError(f"No such file: {path}")
        return FILES[path]

    return read_curl(shlex.split(command)[1:], CurlSource(read_file, is_of_file=is_of_file))


def test_line_breaks_and_nuls_of_a_file_are_left_out_of_data() -> None:
    assert read("curl http://a -d @f.txt").data == b"onetwo"
    assert read("curl http://a --data-binary @f.txt").file == "f.txt"


def test_without_the_switches_of_curl_there_are_no_redirects_and_no_codings() -> None:
    assert read("curl http://a").options == {"follow": False, "compress": False}
    assert read("curl -L --compressed http://a").options == {"follow": True, "compress": True}
    assert read("curl -L --no-location http://a").options["follow"] is False


@check_rows(
    ("command", "name", "value"),
    [
        ("curl -k https://a.x", "verify", False),
        ("curl -m 2.5 https://a.x", "total-timeout", 2.5),
        ("curl --connect-timeout 3 https://a.x", "connect-timeout", 3.0),
        ("curl -x http://p:1 https://a.x", "proxy", "http://p:1"),
        ("curl -x '' https://a.x", "proxy", ""),
        ("curl --cert c --key k https://a.x", "cert", "c,k"),
    ],
)
def test_options_of_the_way(command: str, name: str, value: object) -> None:
    assert read(command).options[name] == value


@check_rows(
    ("command", "message"),
    [
        ("curl https://a.x -m soon", "'soon' is not a number"),
        ("curl https://a.x -m -1", "not a timeout"),
        ("curl https://a.x --retry x", "'x' is not a whole number"),
        ("curl https://a.x -d @nope", "No such file"),
        ("curl https://a.x --key k", "--key needs --cert"),
        ("curl https://a.x --cert c:pw", "has a password"),
        ("curl https://a.x --proto-default gopher", "http and https"),
        ("curl https://a.x --post301 -L", "--post301 alone"),
        ("curl https://a.x -C -", "continues a download"),
        ("curl https://a.x -U a:b", "--proxy-user needs --proxy"),
        ("curl https://a.x -F 'a=@f;encoder=base64'", "encoder= of a part"),
        ("curl https://a.x -F '=(;type=multipart/mixed'", "NAME=TEXT"),
        ("curl https://a.x -", "A '-' alone"),
        ("curl https://a.x -H Host:", "without a Host"),
        ("curl https://a.x -d a -H Content-Length:", "without a Content-Length"),
        ("curl https://a.x -F a=1 -H Content-Type:", "form without its Content-Type"),
        ("curl https://a.x -F a=1 -H 'Content-Type;'", "form without its Content-Type"),
        ("curl https://a.x -X ''", "The method after -X is empty"),
    ],
)
def test_what_cannot_be_read_is_an_error(command: str, message: str) -> None:
    with pytest.raises(UsageError, match=message.replace("(", r"\(")):
        read(command)


@check_rows(
    "words",
    ["--netrc", "--resolve a:80:b", "--connect-to ::b", "--noproxy a", "-U a:b", "--capath /etc", "-o f", "-O"],
)
def test_what_only_the_user_says_is_refused_of_a_file(words: str) -> None:
    with pytest.raises(UsageError, match="is not supported in a file"):
        read(f"curl {words} http://a", is_of_file=True)


@pytest.fixture(scope="module")
def filled() -> CurlSource:
    """Fills values that would mean more if they were typed."""
    values = {"[1]": "@f.txt", "[2]": "x;filename=y", "[3]": "-d", "[4]": "k=@f.txt"}

    def fill(text: str) -> str:
        for mark, value in values.items():
            text = text.replace(mark, value)
        return text

    return CurlSource(lambda _: b"SECRET", fill)


@pytest.mark.parametrize(
    ("words", "data"), [(["-d", "[1]"], b"@f.txt"), (["--data-urlencode", "[4]"], b"k%3D%40f.txt")]
)
def test_a_value_that_is_filled_in_is_no_file(filled: CurlSource, words: list[str], data: bytes) -> None:
    assert read_curl(["http://a", *words], filled).data == data


def test_a_value_that_is_filled_in_is_no_parameter_of_a_part(filled: CurlSource) -> None:
    assert read_curl(["http://a", "-F", "a=[1]", "-F", "b=[2]"], filled).parts[1].text == "x;filename=y"


def test_a_value_that_is_filled_in_is_no_cookie_file(filled: CurlSource) -> None:
    assert read_curl(["http://a", "-b", "[1]"], filled).headers == (("Cookie", "@f.txt"),)


@pytest.mark.parametrize(("is_open", "proxy"), [(False, "http://{{p}}:1080"), (True, "http://{{p}}")])
def test_only_a_proxy_that_is_known_gets_a_port(is_open: bool, proxy: str) -> None:
    source = CurlSource(lambda _: b"", is_open=lambda _: is_open)

    assert read_curl(["http://a", "-x", "http://{{p}}"], source).options["proxy"] == proxy


def test_a_value_that_is_filled_in_is_no_option(filled: CurlSource) -> None:
    with pytest.raises(UsageError, match="names 2 URLs"):
        read_curl(["http://a", "[3]", "-k"], filled)
