"""Pasted curl commands, as browsers copy them: what they send is what ours sends."""

from __future__ import annotations

import pytest

from callbox.errors import UsageError
from callbox.shell.dialects.aliases import rewrite
from callbox.shell.line.binder import bind
from callbox.shell.line.lexer import split
from callbox.shell.line.parser import analyse

CHROME = r"""curl 'https://api.example.com/items?limit=5' \
  -H 'accept: application/json, text/plain, */*' \
  -H 'accept-language: en-GB,en;q=0.9' \
  -b 'sid=52a1; theme=dark' \
  -H 'content-type: application/json' \
  -H 'sec-ch-ua: "Chromium";v="130", "Not?A_Brand";v="99"' \
  --data-raw $'{"note":"it\'s done\u0021","tab":"a\\tb"}' \
  --compressed \
  --insecure"""
FIREFOX = (
    "curl 'https://api.example.com/items' --compressed -X POST -H 'User-Agent: Mozilla/5.0 (X11; Linux x86_64)' "
    "-H 'Accept: */*' -H 'Content-Type: application/x-www-form-urlencoded; charset=UTF-8' "
    "-H 'Origin: https://example.com' --data-raw 'a=1&b=it%27s'"
)
SAFARI = "curl 'https://api.example.com/items' \\\n-X 'PUT' \\\n-H 'Accept: */*' \\\n--data-binary '{\"a\":1}'"
UPLOAD = (
    "curl 'https://a.x/u' -H 'content-type: multipart/form-data; boundary=----B' "
    "--data-raw $'------B\\r\\nContent-Disposition: form-data; name=\"a\"\\r\\n\\r\\n1\\r\\n------B--\\r\\n'"
)
CMD = 'curl ^"https://api.example.com/items^" ^\n  -H ^"accept: */*^" ^\n  --data-raw ^"^{^\\^"a^\\^":1^}^"'


def called(command: str):
    return bind(analyse(rewrite(command)))


def headers(call) -> dict[str, str]:
    return {item.name: item.value for item in call.items if item.kind == "header"}


def test_chromes_copy_is_read_with_its_dollar_quotes_over_several_rows() -> None:
    call = called(CHROME)

    assert call.command.words == ("post",)
    assert call.text("target") == "https://api.example.com/items?limit=5"
    assert call.flag("body") == r"""{"note":"it's done!","tab":"a\tb"}"""
    assert headers(call)["sec-ch-ua"] == '"Chromium";v="130", "Not?A_Brand";v="99"'
    assert headers(call)["Cookie"] == "sid=52a1; theme=dark"
    assert call.options == {"verify": False}


def test_firefoxes_copy_is_read() -> None:
    call = called(FIREFOX)

    assert call.command.words == ("post",)
    assert call.flag("body") == "a=1&b=it%27s"
    assert headers(call)["User-Agent"] == "Mozilla/5.0 (X11; Linux x86_64)"


def test_safaris_copy_is_read() -> None:
    call = called(SAFARI)

    assert (call.command.words, call.flag("body")) == (("put",), '{"a":1}')


def test_line_ends_of_a_body_are_kept_as_they_were() -> None:
    assert called(UPLOAD).flag("body").split("\r\n")[2:] == ["", "1", "------B--", ""]


def test_each_row_but_the_last_goes_on() -> None:
    rows = CHROME.split("\n")

    assert all(split("\n".join(rows[:count])).needs_more for count in range(1, len(rows)))
    assert not split(CHROME).needs_more


def test_a_copy_for_windows_is_refused_as_one_line() -> None:
    rows = CMD.split("\n")

    assert all(split("\n".join(rows[:count])).needs_more for count in range(1, len(rows)))
    with pytest.raises(UsageError, match="Windows' cmd") as caught:
        rewrite(CMD)
    assert caught.value.hint == "copy it as cURL (bash)"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("curl example.com/x", "get https://example.com/x"),
        ("curl server/x", "get http://server/x"),
        ("curl http://b -d @f -H 'Content-Type: text/csv'", "post http://b @f Content-Type:text/csv"),
        ("curl http://b --data-urlencode 'q=a b&c'", "post http://b Content-Type:application/x-www-form-urlencoded --body q=a+b%26c"),
        ("curl -G http://b --data-urlencode 'q=a b' -d c=1", "get http://b?q=a+b&c=1"),
        ("curl http://b --json @f.json", "post http://b @f.json Content-Type:application/json Accept:application/json"),
        ("curl -A me -e http://r -x http://p:1 --max-time 5 http://b", "get http://b User-Agent:me Referer:http://r --proxy http://p:1 --total-timeout 5"),
        ("curl -b 'a=1; b=2' http://b", "get http://b Cookie:'a=1; b=2'"),
        ("curl -F 'f=<notes.txt' -F 'p=@a.png;type=image/png' http://b", "post http://b f=@notes.txt --multipart p@'a.png;type=image/png'"),
        ("curl -siLv -o out.json http://b", "get http://b --verbose > out.json"),
        ("curl --retry 3 http://b", "get http://b --retries 3"),
        ("curl -H 'Accept;' -H 'X-A:' http://b", "get http://b Accept; X-A:"),
    ],
)  # fmt: skip
def test_usual_options_have_a_counterpart(theirs: str, ours: str) -> None:
    assert rewrite(theirs) == ours
    bind(analyse(ours))


@pytest.mark.parametrize(
    ("line", "word", "message"),
    [
        pytest.param("curl --socks5 p http://b", "--socks5", "curl's --socks5 has no counterpart here", id="unknown"),
        pytest.param("curl -sZ http://b", "-sZ", "curl's -sZ has no counterpart here", id="unknown among letters"),
        pytest.param("curl -b jar.txt http://b", "-b", "curl would read cookies from a file here: jar.txt", id="jar"),
        pytest.param("curl --data-urlencode a@f http://b", "--data-urlencode", "curl would encode a file here: a@f", id="coded"),
        pytest.param("curl -F 'a=@f;filename=g' http://b", "-F", "curl's filename=g of a file has no counterpart here", id="name"),
        pytest.param("curl http://b -H", "-H", "-H wants a value", id="no value"),
    ],
)  # fmt: skip
def test_what_has_no_counterpart_is_named_at_its_place(line: str, word: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        rewrite(line)

    assert caught.value.message == message
    assert caught.value.place.column == line.index(word) + 1


def test_several_urls_are_refused() -> None:
    with pytest.raises(UsageError, match="names 2 URLs"):
        rewrite("curl http://a http://b")


@pytest.mark.parametrize(
    ("line", "ours"),
    [
        ("curl -X $'GET /a HTTP/1.1\\r\\nX' http://h", "send $'GET /a HTTP/1.1\\r\\nX' http://h"),
        ("curl -X 'a `touch PWNED`' http://h", "send 'a `touch PWNED`' http://h"),
        ("curl -X '{{x}} | y' http://h", "send ''\\{\\{'x}} | y' http://h"),
        ("curl -H 'a=@f:' http://h", "get http://h 'a=@f':"),
        ("curl -H 'a=@f;' http://h", "get http://h 'a=@f';"),
    ],
)
def test_a_method_or_name_stays_one_word(line: str, ours: str) -> None:
    assert rewrite(line) == ours


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("curl -T a.txt http://b/x", "put http://b/x @a.txt Content-Type:"),
        ("curl -T in/a.txt http://b/x/", "put http://b/x/a.txt @in/a.txt Content-Type:"),
        ("curl --upload-file - http://b/x/", "put http://b/x/ @- Content-Type:"),
        ("curl -X POST -T a.txt http://b/x", "post http://b/x @a.txt Content-Type:"),
        ("curl -d @- http://b", "post http://b @- Content-Type:application/x-www-form-urlencoded"),
    ],
)
def test_a_file_is_uploaded(command: str, line: str) -> None:
    assert rewrite(command) == line
