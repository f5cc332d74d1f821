"""Pasted curl commands, as browsers copy them: what they send is what ours sends."""

from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.shell.curl_command_translator import CurlFiles
from callbox.shell.line.binder import bind
from callbox.shell.line.lexer import split
from callbox.shell.line.parser import analyse
from callbox.shell.lines_of_other_tools import rewrite

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


def called(command: str):
    return bind(analyse(rewrite(command, FILES)))


def headers(call) -> dict[str, str]:
    return {item.name: item.value for item in call.items if item.kind == "header"}


def test_chromes_copy_is_read_over_several_rows() -> None:
    call = called(CHROME)

    assert call.command.words == ("post",)
    assert call.text("target") == "https://api.example.com/items?limit=5"


def test_dollar_quotes_of_chromes_copy_are_read() -> None:
    assert called(CHROME).flag("body") == r"""{"note":"it's done!","tab":"a\tb"}"""


def test_headers_of_chromes_copy_are_read() -> None:
    found = headers(called(CHROME))

    assert found["sec-ch-ua"] == '"Chromium";v="130", "Not?A_Brand";v="99"'
    assert found["Cookie"] == "sid=52a1; theme=dark"


def test_options_of_chromes_copy_are_read() -> None:
    assert called(CHROME).options == {"verify": False, "follow": False, "compress": True}


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


def read_file(path: str) -> bytes:
    contents = {"f": b"one\r\ntwo", "jar.txt": JAR, "big": b"x" * 300_000}
    if path not in contents:
        raise UsageError(f"No such file: {path}")
    return contents[path]


JAR = b"b\tFALSE\t/\tFALSE\t0\tsid\t1\nc\tFALSE\t/\tFALSE\t0\tno\t1\n"
FILES = CurlFiles(read_file, lambda: "random", lambda: 0.0)


@check_rows(
    ("theirs", "ours"),
    [
        ("curl example.com/x", "get http://example.com/x"),
        ("curl --proto-default https example.com/x", "get https://example.com/x"),
        ("curl http://b -d @f", "post http://b Content-Type:application/x-www-form-urlencoded --body onetwo"),
        ("curl http://b --data-binary @f -H 'Content-Type: text/csv'", "post http://b Content-Type:text/csv @f"),
        ("curl http://b --data-binary @-", "post http://b @- Content-Type:application/x-www-form-urlencoded"),
        ("curl -x p http://b", "get http://b --proxy http://p:1080"),
        ("curl -x p:1 -U a:b@c http://b", "get http://b --proxy http://a:b%40c@p:1"),
        ("curl --max-time 5 --max-redirs 3 --retry 3 http://b", "get http://b --total-timeout 5 --max-redirects 3 --retries 3"),
        ("curl --max-time 0 http://b", "get http://b --total-timeout none"),
        ("curl -b jar.txt http://b", "get http://b Cookie:sid=1"),
        ("curl -F 'f=<notes.txt' -F 'p=@a.json' http://b", "post http://b --multipart f=@notes.txt p@'a.json;type=application/octet-stream'"),
        ("curl -siLv -o out.json http://b", "get http://b --verbose > out.json"),
        ("curl -H 'Accept;' -H 'X-A:' http://b", "get http://b Accept; X-A:"),
        ("curl --digest -u a:b http://b", "get http://b --auth-type digest --auth a:b"),
        ("curl --resolve b:80:127.0.0.1 --connect-to b:443:c:8443 http://b", "get http://b --resolve b:80:127.0.0.1,b:443:c:8443"),
        ("curl --cert c.pem --key k.pem --cacert ca.pem https://b", "get https://b --ca ca.pem --cert c.pem,k.pem"),
        ("curl -n http://b", "get http://b --netrc"),
        ("curl --post301 --post302 -L http://b", "get http://b --keep-method"),
        ("curl -o x --output-dir d http://b", "get http://b > d/x"),
        ("curl http://b -H \"A: $HOME\" -d ${X}y", "post http://b A:{{$env.HOME}} Content-Type:application/x-www-form-urlencoded --body {{$env.X}}y"),
        ("curl -d 'it costs $5' http://b", "post http://b Content-Type:application/x-www-form-urlencoded --body 'it costs $5'"),
        ("curl -T a.txt http://b/x", "put http://b/x @a.txt Content-Type:"),
        ("curl -T in/a.txt http://b/x/", "put http://b/x/a.txt @in/a.txt Content-Type:"),
        ("curl --upload-file - http://b/x/", "put http://b/x/ @- Content-Type:"),
    ],
)  # fmt: skip
def test_usual_options_have_a_counterpart(theirs: str, ours: str) -> None:
    plain = rewrite(theirs, FILES)
    for switch in (" --no-follow", " --follow", " --no-compress"):
        plain = plain.replace(switch, "")

    assert plain == ours
    bind(analyse(ours), lambda name: name)


@check_rows(
    ("line", "word", "message"),
    [
        pytest.param("curl --socks5 p http://b", "--socks5", "curl's --socks5 is not supported", id="refused"),
        pytest.param("curl -s0 http://b", "-s0", "curl's -0 (--http1.0) is not supported", id="refused among letters"),
        pytest.param("curl --hallo http://b", "--hallo", "curl has no option --hallo", id="unknown"),
        pytest.param("curl --no-data http://b", "--no-data", "curl has no option --no-data", id="no switch"),
        pytest.param("curl --comp http://b", "--comp", "curl's --comp has several meanings", id="several meanings"),
        pytest.param("curl -b none http://b", "-b", "No such file: none", id="no file"),
        pytest.param("curl -F 'a=b;c' http://b", "-F", "curl leaves ';c' out of this part", id="left out by curl"),
        pytest.param("curl -H word http://b", "-H", "curl does not send a header without a colon", id="no header"),
        pytest.param("curl http://b -H", "-H", "curl's -H takes a value", id="no value"),
        pytest.param("curl http://b http://c", "http://c", "This curl command names 2 URLs", id="two URLs"),
        pytest.param("curl http://b -: http://c", "-:", "curl's -: (--next) is not supported", id="next"),
        pytest.param("curl 'http://b/{x,y}'", "'http", "This URL of curl stands for several URLs: {x,y}", id="braces"),
        pytest.param("curl http://b/[1-3]", "http", "This URL of curl stands for several URLs: [1-3]", id="brackets"),
        pytest.param("curl ftp.b.x", "ftp", "curl uses ftp for a host that begins with 'ftp.'", id="another protocol"),
        pytest.param("curl --proto =https http://b", "http:", "curl's --proto does not allow http", id="protocol"),
        pytest.param("curl -x socks5://p http://b", "-x", "A proxy cannot use socks5", id="socks"),
        pytest.param("curl -K rc http://b", "-K", "curl's -K (--config) is not supported", id="configuration"),
        pytest.param("curl -c jar http://b", "-c", "curl's -c (--cookie-jar) is not supported", id="cookie jar"),
        pytest.param("curl --expand-data x http://b", "--ex", "curl's --expand-data is not supported", id="expand"),
        pytest.param("curl http://b; rm x", ";", "This is more than one command", id="two commands"),
        pytest.param("curl http://b && rm x", "&", "This is more than one command", id="two commands, and"),
        pytest.param('curl "http://b/$(id)"', "$(", "Only a shell can replace this by a value", id="substitution"),
        pytest.param("curl http://b/`id`", "`", "Only a shell can replace this by a value", id="backquotes"),
        pytest.param("curl -Uri http://b -Method POST", "-Uri", "This is PowerShell's Invoke-WebRequest", id="iwr"),
        pytest.param("curl 'http://b", "'", "This quote is not closed", id="quote"),
    ],
)  # fmt: skip
def test_what_is_not_done_is_named_at_its_place(line: str, word: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        rewrite(line, FILES)

    assert caught.value.message == message
    assert caught.value.place.column == line.index(word) + 1


@check_rows(
    ("line", "message"),
    [
        ("curl", "This curl command has no URL"),
        ("curl -d a -F b=c http://b", "curl sends only one of these: data, a form, a file or HEAD"),
        ("curl -I -d a http://b", "curl sends only one of these: data, a form, a file or HEAD"),
        ("curl -G -d a --url-query b http://b", "curl ignores --url-query together with -G"),
        (
            "curl -X purge http://b",
            "callbox sends a method in capitals at the prompt, but curl sends purge as it is written",
        ),
        ("curl --data-raw @- http://b", "In a line, the body @- means the standard input"),
        ("curl -d @big http://b", "This body of 300,000 bytes is too long for a line"),
        ("curl -F a=b -H 'Content-Type: text/plain' http://b", "A form must have the type multipart/form-data"),
        ("curl --request-target '*' http://b", "The target '*' is not possible at the prompt"),
    ],
)
def test_what_no_line_says_is_refused(line: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        rewrite(line, FILES)

    assert caught.value.message == message


@check_rows(
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
    assert rewrite(line) == f"{ours} --no-follow --no-compress"


def test_a_line_that_is_only_looked_at_reads_no_file() -> None:
    with pytest.raises(UsageError, match="is read when the line is sent"):
        rewrite("curl -d @f http://b")


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("curl -sS -w '%{http_code}' BASE/echo", "callbox ignores -w of curl"),
        ("curl -sSfw x --retry-delay 1 BASE/echo | cat", "callbox ignores -f, -w, --retry-delay of curl"),
        ("import curl curl -f BASE/echo", "callbox ignores -f of curl"),
    ],
)
def test_ignored_option_is_said(shell, api, line: str, note: str) -> None:
    assert note in shell.say(line.replace("BASE", api.url))


@pytest.mark.parametrize("line", ["curl BASE/echo -H 'X-A: {{token}}'", 'curl BASE/echo -d \'{"a": "{{ $uuid }}"}\''])
def test_variable_of_a_curl_command_is_said_to_be_text(shell, api, line: str) -> None:
    assert "callbox sends {{ }} of a curl command as text" in shell.say(line.replace("BASE", api.url))


def test_other_braces_of_a_curl_command_are_not_said(shell, api) -> None:
    assert "as text" not in shell.say(f"curl {api.url}/echo -d '{{\"a\": {{}}}}' -w '%{{http_code}}'")


def test_option_without_an_effect_here_is_not_said(shell, api) -> None:
    assert "ignores" not in shell.say(f"curl -sSi --http2 {api.url}/echo")
