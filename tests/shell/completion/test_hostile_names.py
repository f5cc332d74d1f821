"""Names from servers, files and folders of others: what a completion inserts is one word that says just that name."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callbox.memory.api_facts import KINDS, Details, Fact, Observation, Seen
from callbox.shell.completion.completer import complete
from callbox.shell.completion.completion_context import CompletionContext, FieldName, Named
from callbox.shell.line.binder import bind
from callbox.shell.line.items import find_separator
from callbox.shell.line.lexer import COMMAND, VARIABLE, split
from callbox.shell.line.parser import analyse

HOSTILE = (
    "x}}`touch PWNED`{{last.status=1",
    "`touch PWNED`",
    "a | touch PWNED",
    "a > PWNED",
    "{{$env.HOME}}",
    "x' `touch PWNED` '",
    'x" `touch PWNED` "',
    "a\\",
    "$'",
    "a$",
    "--download=/etc/passwd",
    "-rf",
    "name=@/etc/passwd",
    "name:=@/etc/passwd",
    "k:=[",
    "X-A:@/etc/passwd",
    "# no comment",
    "!touch PWNED",
    "a\n!touch PWNED",
    "a\r\nb",
    "*",
    "?",
    "~root",
    "\ud800",
    "",
)
WORDS = (
    "get ", "get /x ", "post /x --form ", "cd ", "send ", "load session ", "save session ", "save request ",
    "set header ", "unset header ", "unset cookie ", "unset query ", "unset var ", "set query ", "set option env ",
    "set option ca ", "replay ", "replay -e ", "replay x.http ", "edit ", "ls ", "show last ", "get /x --env ",
)  # fmt: skip
PARTS = (
    "get /x > ",
    "get /x >> ",
    "post /x photo@",
    "post /x a=@",
    "post /x @",
    "get /x X-A:@",
    "get /x --ca=",
    "get /x Accept:",
)
TEMPLATES = ("get {{", "get /x a={{ ", "get '/x{{")
SYNTAX = st.text(st.sampled_from("ab'\"`\\{}[]|>$ \n:=@#!-~;*?/."), max_size=12)
foreign = st.one_of(st.text(max_size=12), SYNTAX, st.sampled_from(HOSTILE))


def known(text: str) -> CompletionContext:
    """Everything that comes from outside is called this."""
    name = (Named(text, text),)
    seen = Seen()
    facts = [
        Fact(kind, path, text, value)
        for kind in KINDS
        for path in ((text,) if kind in ("path", "item") else ("/", "/x"))
        for value in ("", text)
    ]
    seen.add(Observation("http://h", tuple((fact, Details(text, ((text, text),))) for fact in facts)), 1)
    return CompletionContext(
        headers=name, cookies=name, query=name, vars=name, options=name, targets=name, fields=name, seen=seen, base="http://h",
        steps=(text,), last_headers=(text,), last_cookies=(text,), environ=(text,), history=name, sessions=name,
        requests=name, files=lambda prefix: [text], steps_in=lambda path: name, environments=lambda: [text],
    )  # fmt: skip


def without_names(line: str) -> set[str]:
    return {c.text for c in complete(line, len(line), CompletionContext())}


def completed(line: str, text: str) -> list[str]:
    """The lines that taking any candidate of outside would give."""
    own = without_names(line)
    found = [c for c in complete(line, len(line), known(text)) if c.text not in own]
    return [line[: c.start] + c.text for c in found]


@pytest.mark.parametrize("line", WORDS)
@given(text=foreign)
def test_a_name_from_outside_becomes_one_word(line: str, text: str) -> None:
    before = split(line)

    for whole in completed(line, text):
        after = split(whole)
        (word,) = after.words[len(before.words) :]
        assert after.words[: len(before.words)] == before.words
        assert (after.redirect, after.comment, after.bang, word.open) == (None, -1, -1, "")
        assert not {VARIABLE, COMMAND} & set(word.marks)
        separation = find_separator(word)
        at = len(word.text) if separation is None else separation.at
        assert (
            word.text in ("http://h/", text, f"./{text}", f"json.{text}".replace(".[", "[")) or word.text[:at] == text
        )


@pytest.mark.parametrize("line", PARTS)
@given(text=foreign)
def test_a_file_from_outside_becomes_the_rest_of_the_word(line: str, text: str) -> None:
    for whole in completed(line, text):
        after = split(whole)
        last = after.redirect.word if after.redirect is not None else after.words[-1]
        assert last is not None
        assert last.open == ""
        assert not {VARIABLE, COMMAND} & set(last.marks)
        assert last.text.endswith(text)
        assert len(after.words) == len(split(line).words)
        assert after.redirect is None or (after.redirect.extra == () and after.redirect.operator in line)


@pytest.mark.parametrize("line", TEMPLATES)
@given(text=foreign)
def test_a_name_from_outside_ends_no_template(line: str, text: str) -> None:
    for whole in completed(line, text):
        word = split(whole).words[-1]
        (template,) = [word.text[start:stop] for is_filled, start, stop in word.pieces() if is_filled]
        assert template.endswith("}}")
        assert template.count("}}") == 1
        assert COMMAND not in word.marks


@pytest.mark.parametrize(
    "typed", ["get '", 'get "/x', "post /x '--download=", "post /x 'a'@", "post /x a\\ b@", "replay '"]
)
@pytest.mark.parametrize("rest", ["", " ", "' 'x | y'", '" > z'])
@given(text=foreign)
def test_what_stands_around_the_cursor_keeps_its_quotes(typed: str, rest: str, text: str) -> None:
    for candidate in complete(typed + rest, len(typed), known(text)):
        line = split(typed[: candidate.start] + candidate.text)
        assert line.redirect is None
        assert not any(COMMAND in word.marks or VARIABLE in word.marks for word in line.words)
        assert rest.strip() == "" or split(typed).open == ""


@given(text=foreign)
@example("a[b]")
@example("localhost")
@example("http://evil.test/")
def test_a_field_from_outside_is_a_field_of_that_name(text: str) -> None:
    for line in ("post /x ", "post /x " + text[:1]):
        for candidate in complete(line, len(line), CompletionContext(fields=(FieldName(text),))):
            if candidate.meta != "field":
                continue
            call = bind(analyse(f"post /x {candidate.text}1"))
            (item,) = call.items
            assert (item.kind, item.name, item.value, item.path) == ("field", text, "1", (text,))


@pytest.mark.parametrize("line", ["unset cookie ", "unset header ", "unset var ", "unset query "])
def test_a_name_that_would_mean_them_all_is_not_offered(line: str) -> None:
    assert completed(line, "*") == []


@pytest.mark.parametrize(("file", "offered"), [("~root", "./~root"), ("-", "./-"), ("a", "a")])
def test_a_file_is_offered_as_a_file(file: str, offered: str) -> None:
    assert completed("get /x > ", file) == [f"get /x > {offered}"]


def test_a_file_name_that_would_give_a_media_type_is_not_offered_for_an_upload() -> None:
    assert completed("post /x photo@", "a;type=text/html") == []
