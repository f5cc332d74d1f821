"""The toolbar: what is sticky, in few words."""

from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.cli.session_startup import make_context
from callbox.exchange.auth_schemes import Bearer
from callbox.exchange.cookies import Cookie
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.request import Draft, Route
from callbox.exchange.request_merge_with_session import SessionState, merge
from callbox.exchange.response import ResponseHead, Timings
from callbox.render.ansi_and_sanitiser import plain
from callbox.render.tables_and_text_width import width_of
from callbox.shell.command_context import Context
from callbox.shell.completion.completion_context import Named
from callbox.shell.interpreter import run
from callbox.terminal.prompt_text import EMPTY_TOOLBAR
from callbox.terminal.toolbar import toolbar, unfinished


@pytest.fixture
def context() -> Context:
    made = make_context(lambda: 80)
    made.session.base_url = "https://api.x/v2"
    return made


def text(context: Context) -> str:
    return "".join(part for _, part in toolbar(context))


def test_an_empty_session_says_how_to_begin(context: Context) -> None:
    assert text(context) == plain(EMPTY_TOOLBAR) == " no headers, cookies or auth · help lists the commands"


def test_what_is_sticky_is_counted(context: Context) -> None:
    for line in ("set header X-A 1", "set header X-B 2", "set query q 1", "set var v 1", "set option timeout 5s"):
        list(run(line, context))
    context.session.credentials["https://api.x"] = Bearer("letmein")
    context.session.jar.put(Cookie("sid", "1", "api.x"), 0.0)

    assert text(context) == " 2 headers · 1 cookie · 1 in the query · 1 var · bearer · timeout:5"


def test_verify_off_is_marked_for_its_origin_only(context: Context) -> None:
    list(run("set option verify no", context))
    assert ("insecure", "verify:NO") in toolbar(context)

    context.session.base_url = "https://b"

    assert "verify" not in text(context)


@pytest.mark.parametrize("columns", [1, 20, 30, 40, 60, 100])
def test_a_narrow_terminal_leaves_out_whole_parts(context: Context, columns: int) -> None:
    for line in ("set header X-A 1", "set query q 1", "set var v 1", "set option timeout 5s", "set option verify no"):
        list(run(line, context))
    context.session.credentials["https://api.x"] = Bearer("letmein")
    whole = text(context).strip().split(" · ")

    shown = "".join(part for _, part in toolbar(context, columns))

    assert width_of(shown) <= max(columns, len(" verify:NO .."))
    assert shown.startswith(" verify:NO")
    parts = shown.removesuffix(" ..").strip().split(" · ")
    assert [part for part in whole if part in parts] == parts
    assert shown.endswith(" ..") == (len(parts) < len(whole))


def test_the_credential_is_left_out_after_variables_and_options(context: Context) -> None:
    for line in ("set header X-A 1", "set var v 1", "set option timeout 5s"):
        list(run(line, context))
    context.session.credentials["https://api.x"] = Bearer("letmein")

    assert "".join(part for _, part in toolbar(context, 24)) == " 1 header · bearer .."


def test_verify_off_comes_first_as_narrow_terminals_cut_off_the_rest(context: Context) -> None:
    list(run("set header X-A 1", context))
    list(run("set option verify no", context))

    assert text(context).startswith(" verify:NO · 1 header")


def test_credentials_of_another_origin_are_not_in_force(context: Context) -> None:
    context.session.credentials["https://other"] = Bearer("letmein")

    assert "bearer" not in text(context)


def test_a_shell_with_nothing_says_how_saved_sessions_are_opened(context: Context) -> None:
    context.session.base_url = ""
    names = [Named(name) for name in ("shop", "tick", "a", "b")]
    context.completion = context.completion._replace(sessions=tuple(names[:1]))

    assert text(context) == " load session shop · help lists the commands"

    context.completion = context.completion._replace(sessions=tuple(names))

    assert text(context) == " load session shop · load session tick · load session a · 1 more · help lists the commands"


@check_rows(
    ("text", "expected"),
    [
        ("post /x note=it's\n", "the quote ' is still open"),
        ('post /x note="a\nb', 'the quote " is still open'),
        ('post /x {"a": [1,\n', "the bracket { is still open"),
    ],
)
def test_a_line_that_goes_on_says_what_is_open_and_how_to_leave(text: str, expected: str) -> None:
    told = plain(unfinished(text))

    assert told.startswith(f" {expected}")
    assert told.endswith("Ctrl-C drops the line")


@check_rows("text", ["post /x note=it's", "get /a\nget /b", "post /x note='a\nb'"])
def test_a_line_that_is_closed_or_has_one_row_says_nothing(text: str) -> None:
    assert unfinished(text) == []


@pytest.mark.parametrize(
    ("is_complete", "shown"), [(True, " last 200 1.1 s"), (False, " last 200 cut off")], ids=["complete", "cut off"]
)
def test_response_that_was_cut_off_is_not_shown_as_complete(context: Context, is_complete: bool, shown: str) -> None:
    draft = Draft("GET", "http://h/x")
    head = ResponseHead(200, "OK", Headers([]), timings=Timings(total=1.1))
    context.history.add(Record(draft, merge(SessionState(), draft, Route()), head, is_complete=is_complete))

    assert text(context).endswith(shown)
