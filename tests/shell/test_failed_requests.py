"""Every request that was tried is in the history, answered or not, and nobody takes an older response for its own."""

from __future__ import annotations

import json
import resource
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.closed_port import CLOSED
from tests.support.server import Recorder
from tests.support.silent_server import SilentServer

from callbox.exchange.exchange_record_and_events import Chunk, Done, Head
from callbox.render.ansi_and_sanitiser import plain
from callbox.shell.interpreter import run
from callbox.shell.outputs import ExchangeEvent, Failure, Status, TextOutput

REFUSED = f"http://{CLOSED}/refused"
REASON = f"Connection refused: {CLOSED} (nothing is listening there)"


@pytest.fixture
def silent() -> Iterator[str]:
    """The URL of a server that takes connections and says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def two_faced() -> Iterator[str]:
    """The URL of a server that redirects to a port where nobody is."""
    moved = f"HTTP/1.1 302 Found\r\nLocation: http://{CLOSED}/x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with Recorder(lambda _: moved.encode()) as server:
        yield server.url


def interrupt_at(shell, line: str, kind: type) -> None:
    """Run a line, and interrupt it at the first event of this kind."""
    for output in run(line, shell.context):
        if isinstance(output, ExchangeEvent) and isinstance(output.event, kind):
            shell.context.interrupt()


def methods(shell) -> list[str]:
    return [record.outgoing.method for _, record in shell.context.history.items()]


@pytest.mark.parametrize(
    "failing",
    [
        "delete REFUSED",
        "delete '/slow?seconds=9' --timeout 200ms",
        "delete '/slow?seconds=9' --total-timeout 200ms",
        "delete REFUSED > out",
        "delete REFUSED | cat",
        "delete REFUSED --download",
        "delete http://no-such-host.invalid/x",
        "delete /truncated",
    ],
)
def test_again_after_a_failure_does_not_send_the_request_before_it(shell, failing: str) -> None:
    shell.run("post /echo n=1", failing.replace("REFUSED", REFUSED))

    said = "".join(plain(o.fragments) for o in shell.run("again --timeout 200ms") if isinstance(o, Status))

    assert methods(shell) == ["POST", "DELETE", "DELETE"]
    assert "again: DELETE http://" in said


def test_again_after_ctrl_c_does_not_send_the_request_before_it(shell) -> None:
    shell.run("post /echo n=1")
    with SilentServer() as silent:
        threading.Thread(target=lambda: silent.wait_for_request() and shell.context.interrupt()).start()
        shell.run(f"delete {silent.url}/x")

        shell.run("again --timeout 100ms")

    assert methods(shell) == ["POST", "DELETE", "DELETE"]
    assert shell.context.history.get(2).fault.startswith("interrupted after 0 B")


def test_again_says_what_it_sends_without_its_secrets(shell) -> None:
    shell.run("get '/echo?token=sesame'")

    said = shell.say("again")

    assert said.startswith("again: GET http://127.0.0.1:")
    assert "sesame" not in said


def test_what_is_refused_before_it_is_sent_was_not_tried(shell, tmp_path: Path) -> None:
    shell.run("get /ping", "post /echo @no-such-file", "post /echo a:=1x", "delete http://")
    shell.run("get https://127.0.0.1:1/x --cert nothing.pem", "get https://127.0.0.1:1/x --ca nothing.pem")

    assert methods(shell) == ["GET"]


def test_a_file_that_is_gone_while_it_is_sent_was_tried(shell, tmp_path: Path) -> None:
    (tmp_path / "body").write_text("x" * 10)
    shell.run("post /echo @body")
    (tmp_path / "body").unlink()

    shell.run("again")

    assert len(methods(shell)) == 2
    assert "No such file" in shell.context.last.fault


def test_a_redirect_that_leads_nowhere_is_one_request_without_a_response(shell, two_faced: str) -> None:
    shell.run(f"get {two_faced}/old")

    record = shell.context.last
    assert not record.is_answered
    assert [hop.response.status for hop in record.history] == [302]
    assert f"1 GET {two_faced}/old no response in " in shell.say("show history")


@pytest.fixture
def history(shell):
    """A shell after a request that went well, one without a response, and one that was cut off."""
    shell.run("get /ping", f"get {REFUSED}", "get /truncated")
    return shell


def test_show_history_gives_the_reason_of_a_request_without_a_response(history) -> None:
    row = history.say("show history").splitlines()[1]

    assert row.startswith(f"2 GET {REFUSED} no response in ")
    assert REASON[:20] in row


def test_show_history_marks_a_response_that_was_cut_off(history) -> None:
    assert "cut off: " in history.say("show history").splitlines()[2]


def test_rows_of_the_history_have_the_reasons_too(history) -> None:
    rows = json.loads(history.run("show history --format json")[0].data)

    assert [row["status"] for row in rows] == [200, None, 200]
    assert (rows[0]["fault"], rows[1]["fault"]) == (None, REASON)


def test_show_history_after_a_redirect_says_what_was_asked_for(shell) -> None:
    shell.run("get /redirect/1")

    assert f"1 GET {shell.context.session.base_url}/redirect/1 200 " in shell.say("show history")
    assert json.loads(shell.run("show history --format json")[0].data)[0]["url"].endswith("/redirect/1")


@pytest.mark.parametrize(
    "line", ["get /x a=={{last.json.method}}", "show last", "show last json.a", "show last timing"]
)
def test_what_needs_a_response_says_why_there_is_none(shell, line: str) -> None:
    shell.run("get /echo", f"get {REFUSED}")

    assert shell.fail(line).startswith(f"Request 2 has no response: {REASON}")
    assert "show last 1" in shell.fail(line)
    assert len(shell.context.history.items()) == 2


@pytest.mark.parametrize("line", ["diff", "diff 1 2", "diff 2 1 headers", "diff 2"])
def test_diff_says_why_there_is_no_response(shell, line: str) -> None:
    shell.run("get /ping", f"get {REFUSED}")

    assert shell.fail(line).startswith("Request 2 has no response: ")


def test_diff_compares_the_last_two_requests_with_a_response(shell, silent: str) -> None:
    shell.run("get /echo A:1", "get /echo A:2 --total-timeout 1us", "get /echo A:3")

    assert "No request" not in shell.say("diff body")


def test_what_was_sent_can_be_seen_without_a_response(shell) -> None:
    shell.run(f"post {REFUSED} a=1")

    assert "POST /refused HTTP/1.1" in shell.say("show last request")
    assert shell.say("show last request.method") == "POST\n"
    assert shell.say("show last url") == f"{REFUSED}\n"


def test_a_request_without_a_response_can_be_exported(shell, tmp_path: Path) -> None:
    shell.run("get /ping", f"post {REFUSED} a=1")

    assert "wrote 2 requests to a.har, 1 of them without a response" in shell.say("export har a.har")
    entries = json.loads((tmp_path / "a.har").read_text())["log"]["entries"]
    assert [entry["response"]["status"] for entry in entries] == [200, 0]
    assert entries[1]["response"]["_error"] == REASON


def test_a_request_without_a_response_can_be_saved(shell, tmp_path: Path) -> None:
    shell.run("get /ping", f"post {REFUSED} a=1")

    shell.say("save history flow.http", "save last last.http")

    assert f"POST {REFUSED}" in (tmp_path / "flow.http").read_text()
    assert '{"a": "1"}' in (tmp_path / "last.http").read_text()


def test_a_part_of_json_says_that_the_response_was_cut_off(shell) -> None:
    shell.run("get '/big?mb=1' --max-body 100k")

    said = shell.fail("show last json[0].id")

    assert said.startswith("Response 1 was cut off (stopped at 100 kB: > FILE or set option max-body): ")


def test_a_stream_that_was_ended_by_hand_can_still_be_read_line_by_line(shell) -> None:
    interrupt_at(shell, "get '/lines?n=0&s=0.01'", Chunk)

    assert shell.say("show last json[0].number") == "1\n"


@pytest.mark.parametrize("line", ["get '/lines?n=0&s=0.01' > out", "get '/lines?n=0&s=0.01' | cat > out"])
def test_an_interrupted_redirected_stream_is_stored(shell, line: str) -> None:
    for output in run(line, shell.context):
        if type(output).__name__ in ("Progress", "Status"):
            shell.context.interrupt()

    assert not shell.context.last.is_complete
    assert shell.context.last.fault.startswith("interrupted after ")


def test_times_keeps_the_last_response_and_the_failure_after_it(shell) -> None:
    shell.run("get /ping", "again --times 3")
    assert [record.is_answered for _, record in shell.context.history.items()] == [True, True]

    shell.run(f"get {REFUSED}", "again --times 3")

    assert [record.is_answered for _, record in shell.context.history.items()] == [True, True, False, False]


def test_a_replay_in_the_shell_notes_requests_without_a_response(shell, tmp_path: Path) -> None:
    (tmp_path / "flow.http").write_text(f"GET /ping\n\n###\nDELETE {REFUSED}\n")
    shell.run("post /echo a=1", "replay flow.http")

    assert methods(shell) == ["POST", "GET", "DELETE"]
    assert shell.context.last.fault == REASON


def test_a_sourced_file_stops_at_a_request_without_a_response_and_notes_it(shell, tmp_path: Path) -> None:
    (tmp_path / "lines").write_text(f"post /echo a=1\ndelete {REFUSED}\nagain\n")

    shell.run("source lines")

    assert methods(shell) == ["POST", "DELETE"]


def test_an_exchange_that_is_not_read_to_its_end_is_recorded(shell) -> None:
    outputs = run("get '/big?mb=1'", shell.context)
    for output in outputs:
        if isinstance(output, ExchangeEvent) and isinstance(output.event, Head):
            break
    outputs.close()  # type: ignore[attr-defined]

    assert shell.context.last.response.status == 200
    assert not shell.context.last.is_complete


@pytest.mark.parametrize("line", ["get /echo?a=1 > out", "get /echo?a=1 | cat > out", "get /echo?a=1 --download=out"])
def test_a_redirected_response_is_stored(shell, line: str) -> None:
    shell.run(line)

    assert shell.say("show last json.method") == "GET\n"
    assert shell.record("get /x b=={{last.status}}").outgoing.url.query == "b=200"


def test_a_response_piped_to_a_command_is_stored(shell) -> None:
    shell.run("get /echo?a=1", "again | cat > out")

    assert len(shell.context.history.get(2).body) == len(shell.context.history.get(1).body)


def test_a_command_that_stops_reading_leaves_a_part_and_says_so(shell, tmp_path: Path) -> None:
    said = shell.say("get '/big?mb=8' | head -c 10 > ten")

    record = shell.context.last
    assert 0 < len(record.body) < 8_000_000
    assert not record.is_complete
    assert "'head -c 10 > ten' stopped reading: " in said
    assert "cut off after " in shell.say("show last body > part")


@pytest.mark.parametrize("line", ["get /slow?seconds=0.1 | true", "get /slow?seconds=0.1 -v | true"])
def test_a_short_response_is_read_to_its_end_although_the_command_stops(shell, line: str) -> None:
    assert "stopped reading" not in shell.say(line)
    assert shell.context.last.is_complete


@pytest.mark.parametrize("line", ["post /books title=Kim | jqq .", "show history | jqq", "again |jqq;true"])
def test_nothing_is_sent_if_the_program_behind_the_pipe_does_not_exist(shell, line: str) -> None:
    shell.say("get /ping")

    assert shell.fail(line) == "No program 'jqq', so nothing was sent check the name, or install the program"
    assert shell.context.history.last.outgoing.url.path == "/ping"


@pytest.mark.parametrize("command", ["read x", "{ cat; }", "true && cat", "A=1 cat", "( cat )"])
def test_commands_of_the_shell_itself_are_known(shell, command: str) -> None:
    assert shell.say(f"get /ping | {command} > out") is not None


def test_a_command_that_fails_leaves_the_response(shell) -> None:
    shell.run("get /echo?a=1 | (cat > out; exit 3)")

    assert shell.context.last.is_complete
    assert shell.context.last.body


def test_a_body_over_the_bound_is_not_kept_and_the_reason_is_said(shell) -> None:
    shell.run("get '/big?mb=70&type=bin' > big")

    assert shell.context.last.body == b""
    assert shell.fail("show last json.a").startswith("The body of response 1 was not kept: it has 7")
    assert "the limit is 64 MB" in shell.fail("get /x a=={{last.body}}")
    assert shell.say("show last status") == "200\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_full_disk_ends_the_request_and_is_the_reason_in_the_history(shell) -> None:
    failure = shell.failure("get '/big?mb=3' > /dev/full")

    assert "no space left" in failure.error.message
    assert shell.context.last.fault == failure.error.message
    assert shell.context.cancel is None
    assert shell.record("get /ping").response.status == 200


def test_a_download_without_room_ends_the_request_and_is_the_reason(shell) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handled = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        failure = shell.failure("get '/big?mb=1' --download=out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handled)

    assert shell.context.last.fault == failure.error.message
    assert shell.context.cancel is None


def test_a_resumed_download_is_recorded_as_typed(shell) -> None:
    shell.run("get /ping --download=out")

    assert shell.context.last.draft.headers == ()


def test_a_failure_in_the_history_is_no_status(shell) -> None:
    shell.run("get /status/404 | cat", f"get {REFUSED}")

    assert shell.context.status == 404


def test_a_failed_request_can_be_saved_by_name(shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    shell.run("post /echo n=1", f"delete {REFUSED}")

    assert shell.say("save request gone").startswith(f"saved request 'gone': DELETE {REFUSED}")


def test_outputs_of_a_request_without_a_response_hold_no_text(shell) -> None:
    outputs = shell.run(f"get {REFUSED} -v")

    assert not [o for o in outputs if isinstance(o, TextOutput)]
    assert isinstance(outputs[-1], Failure)
    assert not [o for o in outputs if isinstance(o, ExchangeEvent) and isinstance(o.event, Done)]
