"""Names from servers, files and folders of others: what a completion inserts is one word that says just that name."""

from __future__ import annotations

import functools
import json
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.memory.api_facts import KINDS, Details, Fact, Observation, Seen
from callbox.openapi.description_checks_and_compiler import compile_text
from callbox.openapi.operation_lookup import DescribedBase
from callbox.openapi.operations_parameters_and_security import Api
from callbox.shell.completion.completer import complete
from callbox.shell.completion.completion_context import CompletionContext, FieldName, Named, Target
from callbox.shell.line.binder import bind
from callbox.shell.line.lexer import COMMAND, VARIABLE, split
from callbox.shell.line.parser import analyse
from callbox.shell.line.targets_and_items import find_separator, is_target

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
    "@/etc/passwd",
    "=@/etc/passwd",
    "=x",
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
    "set option ca ", "set auth bearer ", "replay ", "replay -e ", "replay x.http ", "edit ", "ls ", "show last ", "get /x --env ",
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
        headers=name, cookies=name, query=name, vars=name, options=name, targets=(Target(text, text),), fields=name, seen=seen, base="http://h",
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
        assert COMMAND not in word.marks
        assert VARIABLE not in word.marks or re.fullmatch(r"\{\{last\.json\.[\w.\[\]-]+\}\}", word.text)
        separation = find_separator(word)
        at = len(word.text) if separation is None else separation.at
        assert (
            word.text in ("http://h/", text, f"./{text}", f"json.{text}".replace(".[", "["))
            or word.text[:at] == text
            or (line == "set auth bearer " and word.text == f"{{{{last.json.{text}}}}}")
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


@check_rows("line", ["unset cookie ", "unset header ", "unset var ", "unset query "])
def test_a_name_that_would_mean_them_all_is_not_offered(line: str) -> None:
    assert completed(line, "*") == []


@check_rows(("file", "offered"), [("~root", "./~root"), ("-", "./-"), ("a", "a")])
def test_a_file_is_offered_as_a_file(file: str, offered: str) -> None:
    assert completed("get /x > ", file) == [f"get /x > {offered}"]


def test_a_file_name_that_would_give_a_media_type_is_not_offered_for_an_upload() -> None:
    assert completed("post /x photo@", "a;type=text/html") == []


@functools.cache
def described(text: str, base: str) -> CompletionContext:
    """A description in which everything is called this."""
    inner = {"type": "object", "properties": {text: {"type": "string"}, "c": {"enum": [text]}}}
    fields = {text: {"type": "string"}, f"{text}[k]": {"type": "integer"}, f"{text}o": inner, f"a[{text}]": inner}
    content = {"schema": {"type": "object", "properties": {**fields, "v": {"enum": [text], "default": text}}}}
    parameters = [
        {"name": f"{text}{place[0]}", "in": place, "required": True, "schema": {"enum": [text]}, "example": text}
        for place in ("query", "header", "cookie")
    ]
    operation = {"summary": text, "tags": [text], "parameters": parameters}
    kinds = ("application/json", "multipart/form-data", "application/x-www-form-urlencoded")
    paths: dict[str, Any] = {f"/{text}": {"get": operation}}
    for kind in kinds:
        paths[f"/{kind[-4:]}"] = {"post": {**operation, "requestBody": {"content": {kind: content}}}}
    document = {
        "openapi": "3.1.0",
        "servers": [{"url": base, "description": text}, {"url": f"http://h/{text}"}],
        "paths": paths,
        "components": {"securitySchemes": {text: {"type": "apiKey", "in": "header", "name": text}}},
    }
    api = Api(compile_text(json.dumps(document), "a.json"))
    return CompletionContext(base=base, described=DescribedBase(api, base))


NESTED = (
    "a[b]=1 | touch PWNED #",
    "x`touch PWNED`[k]",
    "y{{$env.HOME}}[k]",
    "a[b] > PWNED",
    "a[b]=@/etc/passwd",
    "[",
    "a b",
)
DESCRIBED_LINES = (
    "get ", "get /", "post /json ", "post /data ", "post /oded ", "post /json v:=", "post /json v=", "get /x a", "set base ",
    "post /json --form ", "set header ", "set auth apikey ", "set query ", "ls ", "cd ", "post /json o", "post /json a",
)  # fmt: skip


@pytest.mark.parametrize("base", ["http://h", "http://h/v1"])
@pytest.mark.parametrize("line", DESCRIBED_LINES)
def test_a_name_of_a_description_becomes_one_word(line: str, base: str) -> None:
    before = split(line)
    count = len(before.words) + (line[-1] == " ")

    for text in (*HOSTILE[:-2], *NESTED):  # what is neither encodable nor a name cannot be described
        for candidate in complete(line, len(line), described(text, base)):
            if candidate.is_shown_only:
                continue
            after = split(line[: candidate.start] + candidate.text)
            assert len(after.words) == count
            assert (after.redirect, after.comment, after.bang, after.words[-1].open) == (None, -1, -1, "")
            assert not {VARIABLE, COMMAND} & set(after.words[-1].marks)
            separation = find_separator(after.words[-1])
            is_file = separation is not None and separation.kind.endswith(("_file", "upload"))
            assert separation is None or line[-1] != "=" or separation == find_separator(before.words[-1])
            assert not is_file or line[:4] == "set " or is_target(after.words[-1])


@pytest.mark.parametrize("line", ["post /x a=", "post /x a:=", "get /x X-A:", "get /x q=="])
@given(text=foreign)
@example("@/etc/passwd")
@example("=@/etc/passwd")
def test_value_from_outside_leaves_the_separator_before_it(line: str, text: str) -> None:
    seen = Seen()
    facts = [Fact(kind, "/x", name, text) for kind in KINDS for name in ("a", "X-A", "q")]
    seen.add(
        Observation(
            "http://h",
            tuple((fact, Details(text)) for fact in facts),
        ),
        1,
    )

    for candidate in complete(line, len(line), CompletionContext(seen=seen, base="http://h")):
        word = split(line[: candidate.start] + candidate.text).words[-1]
        assert find_separator(word) == find_separator(split(line).words[-1])


@check_rows("step", ["x}} | touch PWNED #.token", "a`touch PWNED`.token", "a}} b.token", "a.token"])
def test_step_of_a_response_is_offered_only_as_one_reference(step: str) -> None:
    line = "set auth bearer "

    for candidate in complete(line, len(line), CompletionContext(steps=(step,))):
        after = split(line + candidate.text)
        assert len(after.words) == 4
        assert after.redirect is None
        assert COMMAND not in after.words[-1].marks
        assert VARIABLE not in after.words[-1].marks or candidate.text == "{{last.json.a.token}}"
