"""The lines of a session: whatever text it holds, they are read back as they were meant and run nothing else."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.cli.session_startup import make_context
from callbox.engine.client import LiveSession
from callbox.engine.session_state_and_edit_log import Edit, Entry
from callbox.errors import CallboxError, UsageError
from callbox.exchange.auth_schemes import ApiKey, Basic, Bearer
from callbox.exchange.cookies import Cookie
from callbox.exchange.secret import ReferencedSecret
from callbox.shell.interpreter import run
from callbox.shell.line.lexer import COMMAND, VARIABLE, split
from callbox.shell.session_as_commands import (
    apply_difference,
    changed_lines,
    format_edit,
    format_lines,
    read_session,
    record_initial_entries,
    session_as_lines,
    session_text,
)

ACTIVE = [
    "a\n!touch x #",
    "a | touch x #",
    "a > x",
    "`touch x`",
    "{{x}}",
    "?",
    "--add",
    "# a",
    "'",
    '"',
    "\\",
    "a\r\n!b",
]
TEXTS = st.one_of(st.sampled_from(ACTIVE), st.text(max_size=12))
NAMES = st.text(st.characters(min_codepoint=0x61, max_codepoint=0x7A), min_size=1, max_size=5)


def entries_of(text: str) -> list[tuple[str, object, object]]:
    """An entry of each noun, with this text in every field of it."""
    cookie = Cookie("c", "v", text, f"/{text}", same_site=text, expires=1.0)
    named = Cookie(text, text, "api.x", host_only=False, secure=True, http_only=True)
    return [
        ("base", "", text or "http://a.x"),
        ("header", "x-a", Entry("X-A", (text, text))),
        ("header", text.lower(), Entry(text, ("1",))),
        ("query", text, Entry(text, (text,), f"https://{text}")),
        ("var", text, Entry(text, (text,))),
        ("var", "r", Entry("r", (ReferencedSecret("s3cret", text),))),
        ("option", "proxy", Entry("proxy", (text,))),
        ("auth", f"https://{text}", Basic(text, "p")),
        ("auth", "https://b.x", ApiKey(text, "k")),
        ("auth", "https://c.x", Bearer("t")),
        ("cookie", ("c", text, True, f"/{text}"), cookie),
        ("cookie", (text, "api.x", False, "/"), named),
    ]


def session_with(text: str) -> LiveSession:
    session = LiveSession()
    fill(session, text)
    return session


def fill(session: LiveSession, text: str) -> None:
    """Put the entries into the session that it takes: its jar refuses some cookies."""
    for noun, key, value in entries_of(text):
        with suppress(CallboxError):
            session.apply(noun, key, value)


def assert_sets(line: str) -> None:
    """The line is `set` or `unset` and words, or a comment."""
    found = split(line)
    assert found.bang < 0, line
    assert found.redirect is None, line
    assert not {"\n", "\r"} & set(line), line
    assert found.comment == 0 or found.words[0].text in ("set", "unset"), line
    assert not any({VARIABLE, COMMAND} & set(word.marks) for word in found.words), line
    assert found.open == "", line


@check_rows("text", ACTIVE)
def test_no_text_of_a_session_becomes_syntax(text: str) -> None:
    for line in session_as_lines(session_with(text)):
        assert_sets(line)


@given(TEXTS)
def test_any_text_in_any_field_stays_text(text: str) -> None:
    context = make_context(lambda: 80)
    record_initial_entries(context)
    fill(context.session, text)
    for noun, key, value in entries_of(text):
        assert_sets(format_edit(Edit(noun, key, None, value)))
        assert_sets(format_edit(Edit(noun, key, value, None)))

    for line in session_as_lines(context.session):
        assert_sets(line)
    for _, line in changed_lines(context):
        assert_sets(line)


@settings(max_examples=50, deadline=None)
@given(TEXTS)
def test_a_session_that_was_left_alone_comes_back_the_same(text: str) -> None:
    context = make_context(lambda: 80)
    session = session_with(text)

    made = read_session(session_text(session), session, context, run)

    assert apply_difference(session, made) == []


@given(NAMES, st.text(st.characters(blacklist_categories=("Cs",), min_codepoint=0x20), max_size=12))
def test_the_lines_alone_make_the_session_again(name: str, text: str) -> None:
    context, other = make_context(lambda: 80), make_context(lambda: 80)
    for noun, key, value in (
        ("header", f"x-{name}", Entry(f"X-{name}", (text,))),
        ("query", f"q{name}", Entry(f"q{name}", (text, "b"))),
        ("var", f"v{name}", Entry(f"v{name}", (text,))),
    ):
        context.session.apply(noun, key, value)

    outputs = [output for line in session_as_lines(context.session) for output in run(line, other)]

    assert outputs
    for noun in ("header", "query", "var"):
        assert other.session.entries(noun) == context.session.entries(noun)


HTTPIE = {
    "user": {"auth": {"type": "basic", "raw_auth": "u x\n!touch PWNED #:p"}},
    "domain": {"cookies": [{"name": "n", "value": "v", "domain": "127.0.0.1\n!touch PWNED #"}]},
    "domain in a line": {"cookies": [{"name": "n", "value": "v", "domain": "127.0.0.1 | touch PWNED #"}]},
    "cookie name": {"cookies": [{"name": "n\n!touch PWNED #", "value": "v"}]},
    "cookie value": {"cookies": [{"name": "n", "value": "v\x1b"}]},
    "cookie path": {"cookies": [{"name": "n", "value": "v", "path": "/\n!touch PWNED #"}]},
    "header name": {"headers": [{"name": "X-A\n!touch PWNED #", "value": "v"}]},
    "header value": {"headers": [{"name": "X-A", "value": "v\n!touch PWNED #"}]},
    "cookie of a header": {"headers": [{"name": "Cookie", "value": "a=1\n!touch PWNED #"}]},
}


@pytest.mark.parametrize("found", HTTPIE.values(), ids=HTTPIE)
def test_a_session_of_httpie_with_text_that_cannot_be_is_refused_as_a_whole(shell, found) -> None:
    whole = {"headers": [], "cookies": [], "auth": {}, **found}
    whole["headers"] = [{"name": "X-First", "value": "1"}, *whole["headers"]]
    Path("s.json").write_text(json.dumps(whole))

    message = shell.fail("import httpie s.json")

    assert message.startswith("s.json: ")
    assert "\n" not in message
    assert "X-First" not in shell.context.session.headers
    assert len(shell.context.session.edits) == 0


@pytest.mark.parametrize(
    "line",
    [
        "127.0.0.1 | touch PWNED #\tFALSE\t/\tFALSE\t0\tn\tv",
        "a.x\tFALSE\t/\x0b!touch\tFALSE\t0\tn\tv",
        "a.x\tFALSE\t/\tFALSE\t0\tn\x1b\tv",
        "a.x\tFALSE\t/\tFALSE\t0\tn\tv\r!touch PWNED #",
    ],
    ids=["domain", "path", "name", "value"],
)
def test_a_cookies_txt_with_text_that_cannot_be_is_refused_as_a_whole(shell, line: str) -> None:
    Path("c.txt").write_bytes(b"a.x\tFALSE\t/\tFALSE\t0\tfirst\tv\n" + line.encode() + b"\n")

    failure = shell.failure("import cookies c.txt")

    assert (failure.error.place.file, failure.error.place.line) == ("c.txt", 2)
    assert len(shell.context.session.jar) == 0


@pytest.mark.parametrize("line", ["!touch PWNED", "  !touch PWNED", "set var a 1 > PWNED", "set var a 1 | tee PWNED"])
def test_a_line_of_an_edited_session_runs_no_command(shell, line: str) -> None:
    with pytest.raises(UsageError, match=r"Line 1: ") as caught:
        read_session(line, shell.context.session, shell.context, run)

    assert "set and unset" in caught.value.hint
    assert not Path("PWNED").exists()


SESSION_FILES = {
    "header name": '[[headers]]\nname = "X-A\\n!x"\nvalue = "1"',
    "header value": '[[headers]]\nname = "X-A"\nvalue = "1\\n!x"',
    "origin": '[[headers]]\nname = "X-A"\nvalue = "1"\norigin = "http://a.x\\n!x"',
    "user": '[[auth]]\nscheme = "basic"\nname = "u\\n!x"\nvalue = "p"',
    "cookie domain": '[[cookies]]\nname = "n"\nvalue = "v"\ndomain = "a.x | touch x"',
    "cookie path": '[[cookies]]\nname = "n"\nvalue = "v"\ndomain = "a.x"\npath = "/\\n!x"',
    "same-site": '[[cookies]]\nname = "n"\nvalue = "v"\ndomain = "a.x"\nsame-site = "\\n!x"',
}


@pytest.mark.parametrize("text", SESSION_FILES.values(), ids=SESSION_FILES)
def test_a_session_file_with_text_that_cannot_be_is_not_loaded(shell, monkeypatch, tmp_path, text: str) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    folder = tmp_path / "callbox" / "sessions"
    folder.mkdir(parents=True)
    (folder / "work.toml").write_text(f"version = 1\n{text}\n")

    message = shell.fail("load session work")

    assert "work.toml" in message
    assert "\n" not in message
    assert len(shell.context.session.edits) == 0


@check_rows("noun", ["header", "query", "var"])
def test_token_that_its_form_shows_is_asked_for_and_own_question_mark_is_not(noun: str) -> None:
    token, own = (Entry("n", (value,)) for value in ("AKIAIOSFODNN7EXAMPLE", "?"))

    assert list(format_lines(noun, token)) == [f"set {noun} n ?"]
    assert list(format_lines(noun, own)) == [f"set {noun} n '?'"]
