"""Where each output goes: a terminal gets everything, pipes get what was asked for."""

from __future__ import annotations

import errno
import io
from typing import Self

import pytest
from tests.support.rows import check_rows

from callbox.errors import Place, UsageError
from callbox.exchange.exchange_record_and_events import Chunk, Done, Event, Head, Hop, Note, Record, Sent
from callbox.exchange.headers import Headers
from callbox.exchange.request import Draft, Field, Outgoing
from callbox.exchange.response import ResponseHead
from callbox.exchange.url import parse
from callbox.shell.outputs import (
    BodyOutput,
    Clear,
    DisplayOptions,
    ExchangeEvent,
    Exit,
    Failure,
    Status,
    TextOutput,
    TransferProgress,
    say,
)
from callbox.terminal.output_streams_and_pager import OutputFailed, OutputStream, Pager
from callbox.terminal.screen import Screen

INCOMING = ResponseHead(200, "OK", Headers([("Content-Type", "application/json"), ("X-A", "1")]))
OUTGOING = Outgoing("GET", parse("http://a/x"), (Field("Host", "a", "default"),))
BODY = b'{"b":1,  "a":2}'


class Ends:
    """Both ends of a screen, and a clock that is moved by hand."""

    def __init__(self, *, is_terminal: bool, colors: int = 0, program: str = "callbox") -> None:
        self.files = io.BytesIO(), io.BytesIO()
        out, err = (OutputStream(file, is_terminal, colors) for file in self.files)
        self.clock = 100.0
        self.screen = Screen(out, err, lambda: 80, now=lambda: self.clock, program=program)

    @property
    def out(self) -> str:
        return self.files[0].getvalue().decode()

    @property
    def err(self) -> str:
        return self.files[1].getvalue().decode()

    def exchange(self, view: DisplayOptions = DisplayOptions(), body: bytes = BODY) -> None:
        record = Record(Draft("GET", "/x"), OUTGOING, INCOMING, b"", len(body))
        events: list[Event] = [Sent(OUTGOING), Head(INCOMING), Note("careful"), Chunk(body), Done(record)]
        for event in events:
            self.screen.show(ExchangeEvent(event, view))


@pytest.fixture
def terminal() -> Ends:
    return Ends(is_terminal=True, program="")


@pytest.fixture
def pipe() -> Ends:
    return Ends(is_terminal=False)


@pytest.mark.parametrize(("lines", "most"), [(30, 60), (10, 40), (1000, 300)])
def test_response_fills_at_most_two_screens(terminal: Ends, lines: int, most: int) -> None:
    terminal.screen.lines = lambda: lines
    terminal.exchange(body=b"[%s]" % b",".join([b"1"] * 2000))

    body = terminal.out.partition("\n\n")[2]
    assert body.count("\n  1") + body.count("[\n") == most
    assert "more; to see all: show last --whole, or > FILE" in body


def test_request_without_a_prompt_is_repeated_with_a_flag() -> None:
    ends = Ends(is_terminal=True, program="callbox")
    ends.exchange(body=b"[%s]" % b",".join([b"1"] * 2000))

    assert "more; to see all: --whole, or > FILE" in ends.out


def test_whole_response_has_no_limit(terminal: Ends) -> None:
    terminal.exchange(DisplayOptions(is_whole=True), body=b"[%s]" % b",".join([b"1"] * 2000))

    assert terminal.out.count("\n  1") == 2000


def test_a_terminal_gets_head_note_body_and_sum(terminal: Ends) -> None:
    terminal.exchange()

    assert terminal.out.startswith("HTTP/1.1 200 OK\nContent-Type: application/json\nX-A: 1\n\n")
    assert '{\n  "b": 1,\n  "a": 2\n}\n' in terminal.out
    assert "careful\n" in terminal.out
    assert terminal.out.endswith("15 B in 0.0 ms\n")


@pytest.mark.parametrize(
    "view",
    [DisplayOptions(), DisplayOptions("b", is_raw=True), DisplayOptions(is_streamed=True)],
    ids=["laid out", "raw", "streamed"],
)
def test_a_note_after_a_body_stands_on_a_line_of_its_own(terminal: Ends, view: DisplayOptions) -> None:
    response = ResponseHead(200, "OK", Headers([("Content-Type", "text/plain"), ("Content-Encoding", "zip")]))
    record = Record(Draft("GET", "/x"), OUTGOING, response, b"", 2)

    for event in (Sent(OUTGOING), Head(response), Chunk(b"ok"), Note("shown as it came"), Done(record)):
        terminal.screen.show(ExchangeEvent(event, view))
    terminal.screen.show(ExchangeEvent(Note("the next"), view))

    assert "ok\nshown as it came\n" in terminal.out
    assert terminal.out.endswith("0.0 ms\nthe next\n")


@pytest.mark.parametrize(
    ("form", "body", "said"),
    [
        ("xml", BODY, "the body is not XML, so it is shown as received\n"),
        ("html", b"plain", "the body is not HTML, so it is shown as received\n"),
        ("json", b"<a/>", "the body is not JSON, so it is shown as received\n"),
        ("json", BODY, ""),
        ("xml", b"\xef\xbb\xbf <a/>", ""),
        ("text", b"<a/>", ""),
        ("", b"<a/>", ""),
    ],
)
def test_a_body_that_is_not_in_the_wanted_form_is_noted(terminal: Ends, form: str, body: bytes, said: str) -> None:
    terminal.exchange(DisplayOptions(form=form), body)
    live = terminal.out
    terminal.screen.show(BodyOutput(body, "text/plain", DisplayOptions("b", form=form)))

    for shown in (live, terminal.out.removeprefix(live)):
        assert said in shown
        assert ("the body is not" in shown) == bool(said)


def test_a_pipe_gets_the_exact_content_and_notes_go_to_standard_error(pipe: Ends) -> None:
    pipe.exchange()

    assert pipe.files[0].getvalue() == BODY
    assert pipe.err == "HTTP/1.1 200 OK\ncareful\n"


def test_parts_that_were_asked_for_go_to_pipes_too(pipe: Ends) -> None:
    pipe.exchange(DisplayOptions("Hh", is_explicit=True))

    assert pipe.out.startswith("GET /x HTTP/1.1\nHost: a\n\nHTTP/1.1 200 OK\n")


def test_the_head_is_on_the_screen_before_the_body_has_come(terminal: Ends) -> None:
    terminal.screen.show(ExchangeEvent(Head(INCOMING)))

    assert "X-A: 1" in terminal.out


def test_what_came_of_a_cut_body_is_shown_before_the_error(terminal: Ends) -> None:
    terminal.screen.show(ExchangeEvent(Head(INCOMING)))
    terminal.screen.show(ExchangeEvent(Chunk(b'{"a": [1,')))

    terminal.screen.show(Failure(UsageError("cut off")))

    assert '"a": [' in terminal.out
    assert "cut off" in terminal.err


def test_text_is_content_and_a_status_is_not(pipe: Ends) -> None:
    pipe.screen.show(TextOutput([("title", "shown\n")]))
    pipe.screen.show(say("confirmed"))

    assert (pipe.out, pipe.err) == ("shown\n", "confirmed\n")


def test_a_status_is_on_the_screen_of_a_terminal(terminal: Ends) -> None:
    terminal.screen.show(Status([("ok", "confirmed\n")]))

    assert (terminal.out, terminal.err) == ("confirmed\n", "")


def test_an_error_names_the_program_without_a_prompt(pipe: Ends) -> None:
    place = Place(column=5, length=3, source="get xyz")

    pipe.screen.show(Failure(UsageError("Not so", hint="try else", place=place)))

    assert pipe.err == "callbox: error: Not so\n  get xyz\n      ^^^\n  try else\n"
    assert pipe.screen.exit_code == 2


def test_an_error_fits_the_screen(terminal: Ends) -> None:
    terminal.screen.columns = lambda: 20
    line = "get /a/long/path and nonsense"
    place = Place(column=line.index("nonsense") + 1, length=8, source=line)

    terminal.screen.show(Failure(UsageError("'nonsense' says nothing", hint="one=two for a field", place=place)))

    assert (
        terminal.err
        == "'nonsense' says\n  nothing\n  ..ath and nonsense\n            ^^^^^^^^\n  one=two for a\n  field\n"
    )


def test_the_first_failure_gives_the_exit_code(pipe: Ends) -> None:
    pipe.screen.show(Failure(UsageError("one"), 3))
    pipe.screen.show(Failure(UsageError("two")))

    assert pipe.screen.exit_code == 3


def test_stored_content_is_exact_in_pipes_and_formatted_on_terminals(pipe: Ends, terminal: Ends) -> None:
    for ends in (pipe, terminal):
        ends.screen.show(BodyOutput(BODY, "application/json"))

    assert pipe.files[0].getvalue() == BODY
    assert terminal.out == '{\n  "b": 1,\n  "a": 2\n}\n'


def test_progress_is_shown_when_it_takes_a_while_and_taken_away(terminal: Ends) -> None:
    terminal.screen.show(TransferProgress(0, 4000))
    assert terminal.err == ""
    terminal.clock += 2

    terminal.screen.show(TransferProgress(2000, 4000))
    terminal.screen.show(say("wrote"))

    bar = "█" * 15 + "░" * 15
    assert terminal.err == f"\r\x1b[K{bar} 2.0 kB of 4.0 kB, 1.0 kB/s, 2.0 s left\r\x1b[K"


def test_progress_is_not_shown_in_pipes(pipe: Ends) -> None:
    pipe.screen.show(TransferProgress(10))
    pipe.clock += 9
    pipe.screen.show(TransferProgress(20))

    assert pipe.err == ""


def test_colours_are_ours_and_escapes_of_others_are_visible() -> None:
    ends = Ends(is_terminal=True, colors=16)

    ends.screen.show(say("a\x1b[31mb", "ok"))

    assert ends.out == "\x1b[32ma\\x1b[31mb\x1b[0m\n"


def test_an_encoding_that_cannot_say_it_says_it_otherwise() -> None:
    file = io.BytesIO()

    OutputStream(file, encoding="ascii").text([("", "é")])

    assert file.getvalue() == b"\\xe9"


def test_leaving_and_clearing(terminal: Ends, pipe: Ends) -> None:
    for ends in (terminal, pipe):
        ends.screen.show(Clear())
        ends.screen.show(Exit())

    assert terminal.screen.is_leaving
    assert terminal.out == "\x1b[H\x1b[2J\x1b[3J"
    assert pipe.out == ""


class Full(io.BytesIO):
    """A disk without room."""

    def write(self, data: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_one_line() -> None:
    with pytest.raises(OutputFailed, match="no space left"):
        OutputStream(Full()).bytes(b"x")


def test_a_progress_line_fits_the_screen(terminal: Ends) -> None:
    terminal.screen.columns = lambda: 20
    terminal.screen.show(TransferProgress(0, 4000))
    terminal.clock += 2

    terminal.screen.show(TransferProgress(2000, 4000))

    assert terminal.err == "\r\x1b[K2.0 kB of 4.0 kB, 1"


HOP = Hop(
    Record(Draft("GET", "/x"), OUTGOING, ResponseHead(302, "Found", Headers([("Location", "/y")])), b"moved", 5),
    OUTGOING,
)


def test_a_hop_is_one_line(terminal: Ends) -> None:
    terminal.screen.show(ExchangeEvent(HOP))

    assert terminal.out == "HTTP/1.1 302 Found  -> GET /x\n"


def test_every_hop_is_shown_whole_when_asked_for(terminal: Ends) -> None:
    terminal.screen.show(ExchangeEvent(HOP, DisplayOptions(shows_hops=True)))

    assert terminal.out == "HTTP/1.1 302 Found\nLocation: /y\n\nmoved\n\n"


def test_a_stream_is_shown_as_it_comes(terminal: Ends) -> None:
    for event in (Head(INCOMING), Chunk(b'{"a"'), Chunk(b": 1")):
        terminal.screen.show(ExchangeEvent(event, DisplayOptions(is_streamed=True)))

    assert terminal.out.endswith('\n\n{"a": 1')


def test_events_are_shown_without_end(terminal: Ends) -> None:
    events = ResponseHead(200, "OK", Headers([("Content-Type", "application/x-ndjson")]))
    terminal.screen.show(ExchangeEvent(Head(events)))

    for number in range(1000):
        terminal.screen.show(ExchangeEvent(Chunk(f'{{"n":{number}}}\n'.encode())))

    assert terminal.out.endswith('{"n":999}\n')


def test_control_characters_pass_only_where_that_was_asked_for(terminal: Ends) -> None:
    for view in (DisplayOptions("b"), DisplayOptions("b", is_raw=True)):
        terminal.exchange(view, b"a\x1b[31mb")

    assert terminal.out.count("\x1b[31m") == 1
    assert "a\x1b[31mb\n7 B in" in terminal.out
    assert "a\\x1b[31mb" in terminal.out


class Less:
    """A pager that keeps what it is given."""

    def __init__(self) -> None:
        self.data = b""
        self.code = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.data += b"<left>"

    def write(self, data: bytes) -> bool:
        self.data += data
        return True


def test_a_pager_is_given_the_answer_and_is_waited_for(terminal: Ends) -> None:
    less = Less()
    terminal.screen.open_pager = lambda: Pager(lambda line: less, "less")

    terminal.exchange(DisplayOptions(is_paged=True))
    terminal.screen.show(say("after"))

    assert b'"b": 1' in less.data
    assert less.data.endswith(b"15 B in 0.0 ms\n<left>")
    assert terminal.out == "after\n"


def test_a_pipe_needs_no_pager(pipe: Ends) -> None:
    pipe.screen.open_pager = lambda: Pager(lambda line: Less(), "less")

    pipe.exchange(DisplayOptions(is_paged=True))

    assert pipe.files[0].getvalue() == BODY


def test_a_wait_is_shown_on_the_terminal_and_erased_by_the_response():
    ends = Ends(is_terminal=True)
    ends.screen.show(ExchangeEvent(Sent(OUTGOING)))
    ends.clock += 2
    ends.screen.clock.tick()
    ends.screen.show(ExchangeEvent(Head(INCOMING)))
    assert "2 s  waiting for the response of a" in ends.err
    assert ends.err.endswith("\r\x1b[K")


def test_no_wait_is_shown_where_nobody_looks():
    ends = Ends(is_terminal=False)
    ends.screen.show(ExchangeEvent(Sent(OUTGOING)))
    ends.clock += 2
    ends.screen.show(ExchangeEvent(Head(INCOMING)))
    assert ends.err.count("\x1b") == 0


def test_no_wait_is_shown_below_a_body_that_grows():
    ends = Ends(is_terminal=True)
    for event in (Sent(OUTGOING), Head(ResponseHead(200, "OK", Headers([("Content-Type", "text/event-stream")])))):
        ends.screen.show(ExchangeEvent(event, DisplayOptions(is_streamed=True)))
    ends.screen.show(ExchangeEvent(Chunk(b"data: 1\n\n"), DisplayOptions(is_streamed=True)))
    shown = ends.err
    ends.clock += 5
    ends.screen.show(ExchangeEvent(Chunk(b"data: 2\n\n"), DisplayOptions(is_streamed=True)))
    assert ends.err == shown


KOI8 = "text/plain; charset=utf-8"


@check_rows("media_type", [KOI8, "text/plain", "text/plain; charset=utf-8; x=y", ""])
def test_a_charset_that_the_user_names_is_the_one(media_type: str) -> None:
    ends, view = Ends(is_terminal=True), DisplayOptions("b", charset="koi8-r")

    ends.screen.show(BodyOutput("привет".encode("koi8-r"), media_type, view))

    assert "привет" in ends.out


def test_so_it_is_in_a_body_that_arrives() -> None:
    ends = Ends(is_terminal=True)

    ends.exchange(DisplayOptions("b", charset="koi8-r", form="text"), "привет".encode("koi8-r"))

    assert "привет" in ends.out


def test_a_pipe_gets_the_bytes() -> None:
    ends, data = Ends(is_terminal=False), "привет".encode("koi8-r")

    ends.screen.show(BodyOutput(data, KOI8, DisplayOptions("b", charset="koi8-r")))

    assert ends.files[0].getvalue() == data


LONG = "session 'shop' is saved without the secret of auth (env:NAME, keyring:NAME or --with-secrets keeps it)"


def test_a_note_is_broken_between_words_on_a_terminal() -> None:
    ends = Ends(is_terminal=True)
    ends.screen.show(say(LONG, "note"))
    ends.exchange()
    ends.screen.show(ExchangeEvent(Note(LONG)))

    assert all(len(line) <= 80 for line in ends.out.splitlines())
    assert ends.out.count("--with-secrets") == 2
    assert "NAME or\n  --with-secrets keeps it)" in ends.out


def test_a_pipe_gets_it_in_one_line() -> None:
    ends = Ends(is_terminal=False)
    ends.screen.show(say(LONG, "note"))

    assert ends.err == f"{LONG}\n"


def test_a_command_to_copy_is_not_broken() -> None:
    ends, line = Ends(is_terminal=True), f"post http://a/x --body '{'a b ' * 40}'"
    ends.screen.show(say(line, "hint")._replace(is_verbatim=True))

    assert line in ends.out
