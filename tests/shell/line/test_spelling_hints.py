"""A word that is nearly right is answered with the one that was meant, in every place of a line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.shell.line.binder import bind
from callbox.shell.line.parser import _OF_OTHER_TOOLS, analyse

SETUP = ("set var name 1", "get /books/2", "save request login", "save session work")


@pytest.mark.parametrize(
    ("line", "hint", "underlined"),
    [
        ("unset option veirfy", "Did you mean 'verify'?", "veirfy"),
        ("set option color alwys", "Did you mean 'always'?", "alwys"),
        ("set option keys emcas", "Did you mean 'emacs'?", "emcas"),
        ("set option theme monkai", "Did you mean 'monokai'?", "monkai"),
        ("set cookie a b samesite=Strct", "Did you mean 'Strict'?", "samesite=Strct"),
        ("show last json.titel", "Did you mean 'title'?", "titel"),
        ("show last $.titel", "Did you mean 'title'?", "$.titel"),
        ("get /{{last.json.titel}}", "Did you mean 'title'?", "{{last.json.titel}}"),
        ("get /{{last.header.Content-Tpye}}", "Did you mean 'Content-Type'?", "{{last.header.Content-Tpye}}"),
        ("get /{{last.headr.x}}", "Did you mean 'header.x'?", "{{last.headr.x}}"),
        ("get /{{lst.json.title}}", "Did you mean 'last.json.title'?", "{{lst.json.title}}"),
        ("show last timming", "Did you mean 'timing'?", "timming"),
        ("show last bdoy", "Did you mean 'body'?", "bdoy"),
        ("show last 1 requets", "Did you mean 'request'?", "requets"),
        (
            "show last nonsense",
            "headers, body, request, timing, tls, links, or a path: json.a[0].b, //XPATH",
            "nonsense",
        ),
        ("get/books/2", "Did you mean 'get /books/2'?", "get/books/2"),
        ("DELETE/books/2 -v", "Did you mean 'DELETE /books/2'?", "DELETE/books/2"),
        ("gethttp://h/x", "Did you mean 'get http://h/x'?", "gethttp://h/x"),
        ("post{{url}} a=1", "Did you mean 'post {{url}}'?", "post{{url}}"),
        ("cd/books", "Did you mean 'cd /books'?", "cd/books"),
        ("ls/books", "Did you mean 'ls /books'?", "ls/books"),
        ("again2", "Did you mean 'again 2'?", "again2"),
        ("show-history", "Did you mean 'show history'?", "show-history"),
        ("set_header X-A 1", "Did you mean 'set header'?", "set_header"),
        ('get"/books"', """Did you mean 'get "/books"'?""", 'get"/books"'),
        ("showlast", "Did you mean 'show last'?", "showlast"),
        ("preview get/books", "Did you mean 'get /books'?", "get/books"),
        ("preview /books", "preview get /books", "/books"),
        ("help show-history", "Did you mean 'show history'?", "show-history"),
        ('post{"title":"Kim"}', """Did you mean 'post {"title":"Kim"}'?""", 'post{"title":"Kim"}'),
        ("help set headr", "Did you mean 'set header'?", "headr"),
        ("help xyzzy", "to list commands and topics: help", "xyzzy"),
        (
            "save history 1.x f.http",
            "write a number, 2..5 or 3.., or several with commas; -1 is the last request",
            "1.x",
        ),
        ("save history 1..99 f.http", "the history has 1 to 1", "1..99"),
        ("show last 2", "the history has 1 to 1", "2"),
        ("again -7", "the history has 1 to 1", "-7"),
        ("set base ''", "as in: set base https://api.example.com", "''"),
        ("set base ?", "as in: set base https://api.example.com", "?"),
        ("set cookie a b path=", "path=/", "path="),
        ("unset header ''", "the session has no header", "''"),
        ("help Nope header", "to list commands and topics: help", "Nope"),
        ("save history 5..2 f.http", "2..5", "5..2"),
        ("replay tour.http --var", "as in: --var user=ann", " "),
        ("again --times x", "as in: again --times 50", "x"),
        ("get /x --retries x", "use only digits, such as 3", "x"),
        ("get /x --timeout", "as in: --timeout 10s", " "),
        ("get /x --verify maybe", "--verify takes yes or no", "maybe"),
        ("edit sesion", "Did you mean 'session'?", "sesion"),
        ("edit lgoin", "Did you mean 'login'?", "lgoin"),
        ("replay tuor.http", "Did you mean 'tour.http'?", "tuor.http"),
        ("source deep/stepz", "Did you mean 'deep/steps'?", "deep/stepz"),
        ("post /x photo@em.png", "Did you mean 'me.png'?", "photo@em.png"),
    ],
)
def test_the_right_word_is_suggested(
    shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, hint: str, underlined: str
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deep").mkdir()
    for name in ("tour.http", "me.png", "deep/steps"):
        (tmp_path / name).write_text("")
    shell.run(*SETUP)

    error = shell.failure(line).error

    assert error.hint == hint
    assert error.place is not None
    assert f"{error.place.source} "[error.place.column - 1 :][: error.place.length] == underlined


@pytest.mark.parametrize("word", ["nope", "grep", "xyzzy"])
def test_what_is_near_to_nothing_is_not_guessed_at(shell, word: str) -> None:
    assert shell.failure(word).error.hint == "to list the commands: help"


@check_rows(
    ("typed", "tip"),
    [
        ("-H 'A: b'", "a header is NAME:VALUE, as X-Test:1"),
        ("--header 'A: b'", "a header is NAME:VALUE, as X-Test:1"),
        ("--header='A: b'", "a header is NAME:VALUE, as X-Test:1"),
        ("-X PUT", "the method is the first word: put /users/7"),
        ("--request PUT", "the method is the first word: put /users/7"),
        ("-XPUT", "the method is the first word: put /users/7"),
        ("-o f.json", "> FILE writes the body to a file"),
        ("--output f.json", "> FILE writes the body to a file"),
        ("-O", "--download writes the body to a file named by the response"),
        ("--data a=1", "a field is NAME=VALUE; --body TEXT is a whole body"),
        ("-F a=@f", "NAME=VALUE --form is a form, NAME@FILE uploads a file"),
        ("-u ann:pw", "--auth USER:PASSWORD"),
        ("-L", "callbox follows redirects; to stop this: --no-follow"),
        ("-I", "for the headers alone: head /users"),
        ("-i", "callbox prints the headers; to print the request, too: -v"),
        ("-s", "-q prints only the body"),
        ("-G", "a parameter is NAME==VALUE"),
        ("--offline", "to show the request and send nothing, put 'preview' before the line in place of this flag"),
        ("--curl", "to show the request as a command, put 'preview --as curl' before the line in place of this flag"),
        ("--bearer abc", "--auth-type bearer --auth TOKEN"),
        ("--cookie a=1", "for this request: Cookie:NAME=VALUE; for all requests: set cookie NAME VALUE"),
        ("-x http://p:1", "--proxy URL sends the request through a proxy"),
        ("--pretty all", "to choose the colours: set option theme; to write the body as it is: > FILE"),
        ("--compressed", "callbox asks for compressed responses; to stop this: --no-compress"),
        ("-T f.bin", "@FILE is a body, NAME@FILE uploads a file in a form"),
    ],
)
def test_flags_of_other_tools_get_the_words_for_it(typed: str, tip: str) -> None:
    with pytest.raises(UsageError) as caught:
        bind(analyse(f"get /items {typed}"))

    assert "here" in caught.value.message
    assert caught.value.hint == tip


@check_rows("flag", _OF_OTHER_TOOLS)
def test_no_flag_of_a_request_is_listed_as_one_of_another_tool(flag: str) -> None:
    with pytest.raises(UsageError, match="No flag"):
        bind(analyse(f"get /items {flag} x"))


def test_other_commands_have_no_such_flags() -> None:
    with pytest.raises(UsageError) as caught:
        bind(analyse("set header A b -H"))

    assert "NAME:VALUE" not in caught.value.hint
