import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.shell.line.binder import bind
from callbox.shell.line.parser import analyse
from callbox.shell.lines_of_other_tools import line_of_pasted_rows, line_of_raw_request, rewrite
from callbox.shell.registry import COMMANDS


@check_rows(
    ("theirs", "ours"),
    [
        ("X-Test:true", "set header X-Test true"),
        ("callbox get :8611/me a==1", "get :8611/me a==1"),
        ("callbox curl -X PUT http://h/x", rewrite("curl -X PUT http://h/x")),
        ("callbox GET :8611/me > f", "GET :8611/me > f"),
        ("callbox replay f.http --bail", "replay f.http --bail"),
        ("$ callbox get :8611/me", "get :8611/me"),
        ("callbox help set", "help set"),
        ("delete -h", "help delete"),
        ("again --help", "help again"),
        ("get /x a=1 --help", "help get"),
        ("..", "cd .."),
        ("show last xpath //input/@value", "show last //input/@value"),
        ("show last xpath '//a[1]'", "show last '//a[1]'"),
        ("show last 2 xpath //a", "show last 2 //a"),
        ("show last json a.b", "show last json.a.b"),
        ("show last json [0].id", "show last json[0].id"),
        ("show last headers Date", "show last headers.Date"),
        ("show last header Date", "show last headers.Date"),
        ("show last cookies sid", "show last cookies.sid"),
        ("curl --http2 --http3 http://h/x", rewrite("curl http://h/x")),
        ("Accept:'a b'", "set header Accept 'a b'"),
        ("X-Test:", "unset header X-Test"),
        ("page==2", "set query page 2"),
        ("--auth u:p", "set auth basic u p"),
        ("--verify=no", "set option verify no"),
        ("--follow", "set option follow yes"),
        ("--no-follow", "set option follow no"),
        ("--timeout 5", "set option timeout 5"),
        ("rm -h X-A", "unset header X-A"),
        ("rm -q page", "unset query page"),
        ("rm -o --verify", "unset option verify"),
        ("rm -o --auth", "unset auth"),
        ("rm *", "reset"),
        ("env", "show session"),
        ("env > f", "show session > f"),
        ("env >> f", "show session >> f"),
        ("exec f", "source f"),
        ("!!", "again"),
        ("resend", "again"),
        ("curl post /x a=1", "preview --as curl post /x a=1"),
        ("http POST a.x/y b=1", "post http://a.x/y b=1"),
        ("http a.x/y b=1", "post http://a.x/y b=1"),
        ("http a.x/y q==1 | less", "get http://a.x/y q==1 | less"),
        ("http POST a.x/y b=1 --json -v", "post http://a.x/y b=1 --json --verbose"),
        ("http --form POST :8000/y b=1", "post :8000/y b=1 --form"),
        ("http --ignore-stdin -b a.x/y", "get http://a.x/y --content"),
        ("http -dFo x.bin a.x/y", "get http://a.x/y --download=x.bin --follow"),
        ("http a.x/y --output x.bin", "get http://a.x/y > x.bin"),
        ("http a.x/y --raw '{\"a\": 1}'", "post http://a.x/y --body '{\"a\": 1}'"),
        ("http --offline a.x/y q==1", "preview get http://a.x/y q==1"),
        ("http --auth u:p --verify=no a.x/y", "get http://a.x/y --auth u:p --verify=no"),
        ("http POST vm:8950/echo name=Ann", "post http://vm:8950/echo name=Ann"),
        ("http vm:8950/items/1", "get http://vm:8950/items/1"),
        ("http PUT :8950/echo < f.json", "put :8950/echo @f.json"),
        ("http :8950/echo < f.json", "post :8950/echo @f.json"),
        ("http /users", "get /users"),
        (r"http :8950/echo a\:b=c", r"post :8950/echo a\:b=c"),
        ("http :8950/echo 'a:b'=c", "post :8950/echo 'a:b'=c"),
        ("http :8950/echo 'X-A: b=c'", "get :8950/echo X-A:b=c"),
        ("http --default-scheme=https -a u:p localhost:8950/x", "get https://localhost:8950/x --auth u:p"),
        ("http --default-scheme https :8950/x", "get https://localhost:8950/x"),
        (
            "http --multipart --boundary=xyz :8950/x a=1",
            "post :8950/x a=1 --multipart Content-Type:'multipart/form-data; boundary=xyz'",
        ),
        (
            "http --multipart --boundary=x :8950/x Content-Type:'multipart/form-data; boundary=x' a=1",
            "post :8950/x Content-Type:'multipart/form-data; boundary=x' a=1 --multipart",
        ),
        ("http PURGE a.x/y", "send PURGE http://a.x/y"),
        ("http a.x/y --response-charset=big5", "get http://a.x/y --charset big5"),
        ("https :8443/x", "get https://localhost:8443/x"),
        ("https a.x/y", "get https://a.x/y"),
        ("httpie post /x a=1", "preview --as httpie post /x a=1"),
        ("history", "show history"),
        ("history 5", "show history --earlier=5"),
        ("history no", "set option history no"),
        ("X-A: 1", "set header X-A 1"),
        ("Accept: text/html, */*;q=0.8", "set header Accept 'text/html, */*;q=0.8'"),
        ("Authorization: Bearer x", "set header Authorization 'Bearer x'"),
        ("GET /x HTTP/1.1", "GET /x"),
        ("get /x a==1 HTTP/2 | cat", "get /x a==1 | cat"),
        ("show api post /orders", "help post /orders"),
        ("show api /orders", "help /orders"),
        ("cookies", "show cookies"),
        ("headers > f", "show headers > f"),
        ("set timeout 3", "set option timeout 3"),
        ("set timeout=3", "set option timeout 3"),
        ("verify no", "set option verify no"),
        ("q", "exit"),
        (":q", "exit"),
        ("\\q", "exit"),
        ("\\d", "ls"),
        ("man set header", "help set header"),
        ("ls -l", "ls"),
        ("ls -la /users", "ls /users"),
        ("use http://a", "cd http://a"),
        ("pwd", "show base"),
        ("xh a.x/y b=1", "post http://a.x/y b=1"),
        ("xhs a.x/y", "get https://a.x/y"),
        ("wget http://b/x", "get http://b/x --download"),
        ("set header X-Foo: bar", "set header X-Foo bar"),
        ("set header X-Foo: bar baz --add", "set header X-Foo bar baz --add"),
        ("set header X-Foo:bar", "set header X-Foo bar"),
        ("set header X-Foo=bar", "set header X-Foo bar"),
        ("set header X-Foo:a=b", "set header X-Foo a=b"),
        ("set header X-Foo:bar --add", "set header X-Foo bar --add"),
        ("set header 'X-Foo: b c'", "set header X-Foo 'b c'"),
        ("set header X-Foo:'b c'", "set header X-Foo 'b c'"),
        ("set query page==2", "set query page 2"),
        ("set query page=2", "set query page 2"),
        ("set cookie sid=1", "set cookie sid 1"),
        ("set var id=42", "set var id 42"),
        ("set option timeout=3", "set option timeout 3"),
        ("/books/1", "get /books/1"),
        ("/books page==2 -b | jq .", "get /books page==2 -b | jq ."),
        ("post /x < body.json", "post /x @body.json"),
        ("post /x <body.json -b", "post /x @body.json -b"),
        ("preview put /x < 'a b.json'", "preview put /x @'a b.json'"),
        ("dir users", "ls users"),
        ("cls", "clear"),
        ("disconnect", "unset base"),
        ("pref get", "show options"),
        ("pref set theme vim", "set option theme vim"),
        ("curl http://b -o x.bin", "get http://b --no-follow --no-compress > x.bin"),
        ("curl -sSo /dev/null http://b", "get http://b --no-follow --no-compress"),
        ("curl -OJ http://b/x.bin", "get http://b/x.bin --no-follow --no-compress --download"),
        ("curl --oauth2-bearer t http://b", "get http://b --auth-type bearer --auth t --no-follow --no-compress"),
        ("connect http://a", "cd http://a"),
        ("add query-param K V", "set query K V --add"),
        ("clear query-param", "unset query *"),
        ("run f.http", "replay f.http"),
        ("run setup.txt", "source setup.txt"),
        ("curl http://b", "get http://b --no-follow --no-compress"),
        ("curl -L --compressed http://b", "get http://b --follow --compress"),
        ("curl http://b | jq .", "get http://b --no-follow --no-compress | jq ."),
        ("$ curl http://b", "get http://b --no-follow --no-compress"),
        ("import curl curl http://b", "preview get http://b --no-follow --no-compress"),
        (
            "curl -X PUT http://b -d a=1 -d b=2",
            "put http://b Content-Type:application/x-www-form-urlencoded --body a=1&b=2 --no-follow --no-compress",
        ),
        ("curl -u a:b -ksSL http://b", "get http://b --auth a:b --follow --no-compress --no-verify"),
        ("curl -XPURGE http://b", "send PURGE http://b --no-follow --no-compress"),
        ("curl http://b -F a=1 -F f=@x.png", "post http://b --multipart a=1 f@x.png --no-follow --no-compress"),
        ("curl -I http://x", "head http://x --no-follow --no-compress"),
        (
            "curl http://x --json '{\"a\":1}'",
            "post http://x Content-Type:application/json Accept:application/json --body '{\"a\":1}'"
            " --no-follow --no-compress",
        ),
        (
            "curl 'https://a.x/y?z=1' \\\n  -H 'X-A: it'\\''s' \\\n  --compressed",
            "get https://a.x/y?z=1 X-A:'it'\\''s' --no-follow --compress",
        ),
    ],
)
def test_a_line_of_another_tool_becomes_ours(theirs, ours):
    assert rewrite(theirs) == ours
    bind(analyse(ours))


@check_rows("example", [e for command in COMMANDS for e in command.examples])
def test_our_own_lines_pass(example):
    assert rewrite(example) == ""


@check_rows(
    "line",
    [
        "set header X-A a:b",
        "set var x a=b",
        "set query a=b c",
        "set cookie a b path=/",
        "get /x 'a<b'",
        "get /x q==a<b",
    ],
)
def test_separators_inside_values_stay(line):
    assert rewrite(line) == ""


@check_rows("line", ["", "# x", "gte /x", "clear", "http://a.x", "localhost:80", "--zzz", "! a:b", "'a:b"])
def test_text_of_no_known_dialect_passes(line):
    assert rewrite(line) == ""


@check_rows(
    ("line", "hint"),
    [
        ("a=1", "post a=1"),
        ("a:=1", "post a:=1"),
        ("/books title=x", "post /books title=x"),
        ('/books {"a":1}', 'post /books {"a":1}'),
        ("cat /x", "to fetch: get PATH; for the last response: show last body; for a file: ! cat FILE"),
        ("version", "for the versions of its libraries, outside the shell: callbox --version"),
        ("post /x <", "as in: post /x < body.json"),
        ("rm x", "unset header NAME, unset query NAME, unset option NAME, reset"),
        ("curl --compresed http://b", "Did you mean '--compressed'?"),
        ("Invoke-WebRequest -Uri http://b", "in the browser, copy the request as cURL (bash), and paste the copy here"),
        ("--form", "post /path a=1 --form"),
        ("rm -b name", "change the last request: again name:=null, or edit last"),
        ("http", "as in: http api.example.com/users"),
        ("http --ssl=tls1.2 a.x", "leave this option out; to show the request: preview"),
        (
            "http --session=foo a.x",
            "save session NAME, and later: load session NAME",
        ),
        ("http --meta a.x", "leave this option out, and type afterwards: show last timing"),
        ("ui", "to see the known paths of the API: ls, or Tab after a method"),
        ("curl", "write a URL, as in: curl https://api.example.com/users"),
    ],
)
def test_what_has_no_counterpart_is_refused_with_what_would_do(line, hint):
    with pytest.raises(UsageError) as caught:
        rewrite(line)

    assert caught.value.hint == hint


@given(
    st.text(max_size=30)
    | st.text(max_size=20).map("curl -".__add__)
    | st.text(max_size=20).map("rm -h ".__add__)
    | st.text(max_size=20).map("http -".__add__)
)
def test_no_text_raises_anything_else(line):
    try:
        rewrite(line)
    except UsageError as error:
        assert error.message


@check_rows(
    "line",
    [
        'fetch("http://127.0.0.1:9870/echo", {',
        "fetch('http://a/x', {method: 'POST'});",
        'await fetch("http://a/x");',
        "axios.get('http://a/x')",
        'requests.get("http://a/x", headers={})',
        "$.ajax({url: 'http://a/x'})",
    ],
)
def test_a_call_of_a_program_is_no_command(line: str) -> None:
    with pytest.raises(UsageError) as caught:
        rewrite(line)

    assert caught.value.message.endswith("is code of a program, not a command")
    assert caught.value.hint == "in the browser, copy the request as cURL (bash), and paste the copy here"


@check_rows("line", ["fetch /x", "get /fetch(1)", "requests", "axios"])
def test_other_words_are_none(line: str) -> None:
    rewrite(line)


@check_rows(
    ("text", "line"),
    [
        ("GET /a HTTP/1.1\nHost: h:80", "GET /a Host:h:80"),
        ("GET http://h/a?b=c\nAccept: text/html, */*;q=0.5\n", "GET http://h/a?b=c Accept:'text/html, */*;q=0.5'"),
        ('POST /a HTTP/1.1\nContent-Type: application/json\nContent-Length: 99\n\n{"a": 1}', """POST /a Content-Type:application/json --body '{"a": 1}'"""),
        ("PUT /a HTTP/2\nX: it's\n\na\n\nb", "PUT /a X:'it'\\''s' --body 'a\n\nb'"),
        ("GET {{base}}/a\nX: 1\n\n{}", "GET {{base}}/a\nX: 1\n\n{}"),
        ("GET /a\nX: 1\n\n### b\nGET /b", "GET /a\nX: 1\n\n### b\nGET /b"),
        ("### my request\n# a note\n\nPOST /a\nX: 1\n\n{}", "POST /a X:1 --body '{}'"),
        ("### x\n# @timeout 3\nPOST /a\nX: 1\n\n{}", "POST /a\nX: 1\n\n{}"),
        ("GET /a\nX: 1\n\nDELETE /b", "GET /a\nX: 1\n\nDELETE /b"),
        ("POST /a\nX: 1\n\n{}\n\nGET http://h/b HTTP/1.1\nY: 2", "POST /a\nX: 1\n\n{}\n\nGET http://h/b HTTP/1.1\nY: 2"),
        ("POST /a\nX: 1\n\nHELLO world", "POST /a X:1 --body 'HELLO world'"),
        ("# a note\nget /a", ""),
        ("get /a\nset header X 1", ""),
        ("GET /a\nGET /b", ""),
        ("GET /a HTTP/1.1", ""),
        ("post /a X:1\n\n{}", ""),
    ],
)  # fmt: skip
def test_pasted_raw_request_is_one_line(text: str, line: str) -> None:
    assert line_of_raw_request(text) == line


def test_blanks_around_the_values_of_a_pasted_request_are_left_out() -> None:
    assert line_of_raw_request("GET /a\nX-A: \t b c \t\nX-B:  \nX-C: 1") == "GET /a X-A:'b c' X-B; X-C:1"


@check_rows(
    ("text", "line"),
    [
        ('Invoke-WebRequest -Uri "http://a/b" `\n-Method "POST" `\n-Headers @{\n"Accept"="x"\n}', "Invoke-WebRequest"),
        (
            '$s = New-Object X\n$s.UserAgent = "y"\ninvoke-restmethod -Uri "http://a/b" `\n-Body "x"',
            "invoke-restmethod",
        ),
        ('await fetch("http://a/b", {\n  "method": "GET"\n});', "await fetch("),
        ("fetch('http://a/b')", ""),
        ("get /fetch(1)\nget /b", ""),
        ("POST /a HTTP/1.1\nX-A: 1", "POST /a X-A:1"),
    ],
)
def test_pasted_call_of_a_program_is_one_line(text: str, line: str) -> None:
    assert line_of_pasted_rows(text) == line


@pytest.mark.parametrize("line", ["Invoke-WebRequest", "invoke-restmethod", "await fetch(", "iwr"])
def test_call_of_a_program_is_refused_with_the_way_to_copy_it(shell, line: str) -> None:
    assert "copy the request as cURL (bash)" in shell.run(line)[-1].error.hint
