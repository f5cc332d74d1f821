from __future__ import annotations

import os
import signal
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from tests.support.closed_port import CLOSED
from tests.support.rows import check_rows

from callbox.engine import LiveSession
from callbox.errors import UsageError
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.replay.file_and_step_selection import select_steps
from callbox.replay.file_runs_and_threads import run_files, session_factory
from callbox.replay.run_options import Plan
from callbox.replay.run_progress_and_deadline import Progress, RunControl
from callbox.replay.runner import replay, should_retry
from callbox.report.result import Result, tally_of

BAD = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("text", "plan", "times"),
    [
        pytest.param("GET BASE/bad", Plan(retries=2), 3, id="flag"),
        pytest.param("# @retry 3 10ms\nGET BASE/bad", Plan(), 4, id="directive"),
        pytest.param("# @retry 1\nGET BASE/bad", Plan(retries=5), 2, id="directive-wins"),
        pytest.param("GET BASE/bad", Plan(retries=2, retry_on="network"), 1, id="not-of-this-kind"),
        pytest.param("GET BASE/bad", Plan(retries=2, retry_on="503"), 3, id="status"),
        pytest.param("# @expect status 204\nGET BASE/", Plan(retries=1, retry_on="expect"), 2, id="expectation"),
        pytest.param("GET BASE/", Plan(retries=3), 1, id="good-at-once"),
    ],
)
def test_retry(run, server, text, plan, times) -> None:
    server.answers["/bad"] = BAD
    slept: list[float] = []
    results = run(text, plan, sleep=slept.append)

    assert len(server.requests) == times
    assert len(results) == 1
    assert len(slept) == times - 1


def test_retry_on_network_faults(run) -> None:
    slept: list[float] = []
    results = run(f"GET http://{CLOSED}/", Plan(retries=2, retry_interval_s=0.25), sleep=slept.append)

    assert slept == [0.25, 0.25]
    assert results[0].notes[-1] == "sent again 2 times"
    assert tally_of(results).exit_code == 3


def test_answer_that_is_good_at_last_is_ok_and_captured(run, server, ports) -> None:
    server.answers["/x"] = BAD

    def recover(_: float) -> None:
        server.json("/x", '{"id": 7}')

    results = run("### x\n# @retry 2\n# @capture id = body $.id\nGET BASE/x\n### y\nGET BASE/{{id}}", sleep=recover)

    assert [result.outcome for result in results] == ["ok", "ok"]
    assert server.lines[-1] == "GET /7"


@pytest.mark.parametrize(
    ("plan", "gaps"),
    [
        pytest.param(Plan(delay_s=0.2), [0.2, 0.2], id="delay"),
        pytest.param(Plan(rate=4.0), [0.25, 0.25], id="rate"),
        pytest.param(Plan(), [], id="neither"),
    ],
)
def test_pauses_between_requests(run, plan, gaps) -> None:
    clock = [0.0]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    run("GET BASE/a\n###\nGET BASE/b\n###\nGET BASE/c", plan, sleep=sleep, monotonic=lambda: clock[0])

    assert slept == gaps


def test_deadline_leaves_the_rest_unsent_and_is_no_success(run, server) -> None:
    text = "GET BASE/a\n###\nGET BASE/b\n###\nGET BASE/c"
    results = run(text, Plan(deadline_s=5.0), monotonic=lambda: 9.0 if server.requests else 0.1)

    assert server.lines == ["GET /a"]
    assert [result.outcome for result in results] == ["ok", "error", "skipped"]
    assert str(results[1].error) == "Not sent: the deadline of 5.0 s has passed"
    assert tally_of(results).exit_code == 3


UNSENT = "Not sent: the deadline of 10.0 s has passed"


@pytest.mark.parametrize(
    ("text", "plan", "outcomes"),
    [
        pytest.param("GET BASE/\n###\nGET BASE/\n###\nGET BASE/", Plan(delay_s=60.0), "ok error skipped", id="delay"),
        pytest.param("GET BASE/\n###\nGET BASE/\n###\nGET BASE/", Plan(rate=0.01), "ok error skipped", id="rate"),
        pytest.param(
            "GET BASE/\n###\n# @sleep 60 s\nGET BASE/\n###\nGET BASE/", Plan(), "ok error skipped", id="sleep"
        ),
        pytest.param("# @loop for 3\nGET BASE/", Plan(delay_s=60.0), "ok error skipped", id="loop"),
        pytest.param("GET BASE/bad", Plan(retries=5, retry_interval_s=60.0), "failed", id="retry"),
        pytest.param("# @retry 5 60s\nGET BASE/bad", Plan(jobs=2), "failed", id="retry of a request, several jobs"),
    ],
)
def test_no_pause_is_longer_than_the_deadline_leaves(run, server, text, plan, outcomes) -> None:
    server.answers["/bad"] = BAD
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    results = run(text, plan._replace(deadline_s=10.0), sleep=sleep, monotonic=lambda: clock[0])

    assert clock == [10.0]
    assert len(server.requests) == 1
    assert " ".join(result.outcome for result in results) == outcomes
    assert {str(result.error) for result in results if result.error} <= {UNSENT}
    assert not any("sent again" in note for result in results for note in result.notes)


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (Plan(deadline_s=60.0, options={"total-timeout": 0.2}), "Not finished after the total time allowed"),
        (Plan(deadline_s=0.2, retries=3), "Not finished when the deadline of 200 ms had passed"),
    ],
)
def test_request_under_way_ends_with_the_nearer_of_both_limits(ports, plan, told) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, LiveSession() as session:
        script = parse(f"GET http://127.0.0.1:{silent.getsockname()[1]}/", "a.http")
        results = list(replay(script, session, ports, plan))

    assert (results[0].error.kind, str(results[0].error)) == ("total-timeout", told)
    assert results[0].seconds < 20


def test_bail_counts_over_files(server, ports, tmp_path) -> None:
    server.answers["/bad"] = BAD
    for name in "abc":
        (tmp_path / f"{name}.http").write_text(f"GET {server.url}/bad")
    results = list(run_files([str(tmp_path)], ports, LiveSession, Plan(bail=2)))

    assert [result.outcome for result in results] == ["failed", "failed", "skipped"]


@pytest.mark.parametrize("jobs", [2, 3])
def test_jobs_tell_in_the_order_of_the_files(server, ports, tmp_path, jobs) -> None:
    for name in "abc":
        (tmp_path / f"{name}.http").write_text(f"### 1\nGET {server.url}/{name}1\n### 2\nGET {server.url}/{name}2")

    def sleep(_: float) -> None:
        assert server.received.wait(20)

    first = (tmp_path / "a.http").read_text()
    (tmp_path / "a.http").write_text("# @sleep 1\n" + first.replace("### 1\n", "", 1))
    found = run_files([str(tmp_path)], ports._replace(sleep=sleep), LiveSession, Plan(jobs=jobs))
    results = list(found)

    assert [result.outgoing.url.path for result in results] == ["/a1", "/a2", "/b1", "/b2", "/c1", "/c2"]
    assert server.lines[0] != "GET /a1"


def test_shared_session_keeps_cookies_and_captures(server, ports, tmp_path) -> None:
    server.json("/a", '{"x": 1}', "Set-Cookie: sid=1; Path=/")
    (tmp_path / "a.http").write_text(f"# @capture x = body $.x\nGET {server.url}/a")
    (tmp_path / "b.http").write_text(f"GET {server.url}/{{{{x}}}}")
    list(run_files([str(tmp_path)], ports, LiveSession, Plan(shares_session=True)))

    assert server.lines == ["GET /a", "GET /1"]
    assert server.headers(1) == ["Cookie: sid=1"]


@pytest.mark.parametrize(
    "plan", [Plan(jobs=2, shares_session=True), Plan(jobs=2, cookie_jar="x"), Plan(record="a", compare="b")]
)
def test_choices_that_contradict_are_refused(ports, plan) -> None:
    with pytest.raises(UsageError, match="cannot be used together"):
        list(run_files(["."], ports, LiveSession, plan))


@pytest.mark.parametrize(("mode", "kept"), [(None, 0o600), (0o644, 0o644)])
def test_cookies_are_their_owners_alone_unless_the_file_was_there(server, ports, tmp_path, mode, kept) -> None:
    (tmp_path / "a.http").write_text(f"GET {server.url}/a")
    jar = tmp_path / "new" / "jar.txt"
    if mode is not None:
        jar.parent.mkdir()
        jar.touch()
        jar.chmod(mode)
    plan = Plan(cookie_jar=str(jar))
    list(run_files([str(tmp_path / "a.http")], ports, session_factory(plan, ports), plan))

    assert jar.stat().st_mode & 0o777 == kept


def test_cookie_jar_comes_in_and_goes_out(server, ports, tmp_path) -> None:
    jar = tmp_path / "jar.txt"
    jar.write_text("127.0.0.1\tFALSE\t/\tFALSE\t0\told\t1\n")
    server.json("/a", "{}", "Set-Cookie: new=2; Path=/")
    (tmp_path / "a.http").write_text(f"GET {server.url}/a")
    plan = Plan(cookie_jar=str(jar))
    list(run_files([str(tmp_path / "a.http")], ports, session_factory(plan, ports), plan))

    assert server.headers(0) == ["Cookie: old=1"]
    assert "127.0.0.1\tFALSE\t/\tFALSE\t0\tnew\t2\n" in jar.read_text()


SCRIPT = """### one
# @tag smoke
GET http://a.x/1
### two
# @tag slow, smoke
GET http://a.x/2
### three
GET http://a.x/3
"""


@check_rows(
    ("plan", "numbers"),
    [
        (Plan(tags=("smoke",)), [1, 2]),
        (Plan(tags=("slow", "other")), [2]),
        (Plan(first="two"), [2, 3]),
        (Plan(last="2"), [1, 2]),
        (Plan(first=":5", last="three"), [2, 3]),
        (Plan(tags=("smoke",), first="2"), [2]),
        (Plan(tags=("none",)), []),
    ],
    ids=str,
)
def test_choice_of_steps(plan, numbers) -> None:
    assert [step.number for step in select_steps(parse(SCRIPT, "a.http"), plan)] == numbers


def test_choice_from_behind_its_end_is_an_error() -> None:
    with pytest.raises(UsageError, match="'three' is after 'one'"):
        select_steps(parse(SCRIPT, "a.http"), Plan(first="three", last="one"))


def test_line_zero_is_no_choice_of_everything() -> None:
    with pytest.raises(UsageError, match="No request at line 0"):
        select_steps(parse(SCRIPT, "a.http"), Plan(line=0))


def test_tag_that_no_file_has_is_an_error(ports, tmp_path) -> None:
    (tmp_path / "a.http").write_text(SCRIPT)
    results = list(run_files([str(tmp_path)], ports, LiveSession, Plan(tags=("nope",))))

    assert [str(result.error) for result in results] == ["No request has the tag 'nope'"]


def test_run_is_watched_over_all_of_its_files(server, ports, tmp_path) -> None:
    (tmp_path / "c.http").write_text(f"### 3\nGET {server.url}/3\n### 4\nGET {server.url}/{{{{3.status}}}}")
    (tmp_path / "a.http").write_text(f"### 1\nGET {server.url}/1\n### 2\nGET {server.url}/2")
    seen: list[Progress] = []
    plan = Plan(repeat=2, ranges=((2, 2),))
    list(run_files([str(tmp_path / "a.http"), str(tmp_path / "c.http")], ports, LiveSession, plan,
                   RunControl(plan, ports, seen.append)))  # fmt: skip

    assert [(told.label, told.number, told.total) for told in seen] == [
        ("2", 1, 4), ("2", 2, 4), ("3", 3, 6), ("4", 4, 6), ("3", 5, 6), ("4", 6, 6)
    ]  # fmt: skip


@contextmanager
def pressing(control: RunControl) -> Iterator[Callable[[], None]]:
    """What presses Ctrl-C; again after seconds in which nothing came of it.

    The exception is lost where it is raised within a callback of the collector, and Hypothesis puts one there.
    """
    over = threading.Event()
    pressed = threading.Event()

    def press_again() -> None:
        pressed.wait()
        while not over.wait(3):
            if not control.stopped:
                os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press_again, daemon=True).start()

    def press() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        pressed.set()

    try:
        yield press
    finally:
        over.set()
        pressed.set()


def test_jobs_that_are_interrupted_tell_what_was_under_way(ports, tmp_path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for name in "abc":
            (tmp_path / f"{name}.http").write_text(
                f"GET http://127.0.0.1:{silent.getsockname()[1]}/\n\n###\nGET http://a/"
            )
        plan, results = Plan(jobs=2), []
        both = threading.Barrier(2, timeout=20)

        def watch(progress: Progress) -> None:
            if progress.number <= 2 and both.wait() == 0:
                press()

        control = RunControl(plan, ports, watch)
        told = run_files([str(tmp_path)], ports, LiveSession, plan, control)
        with pressing(control) as press, pytest.raises(KeyboardInterrupt):
            deque(map(results.append, told))

    assert [result.outcome for result in results] == ["error", "skipped", "error", "skipped", "skipped", "skipped"]
    assert tally_of(results).exit_code == 130


@pytest.mark.parametrize("time", range(20))
def test_jobs_end_where_another_thread_takes_the_signal(ports, tmp_path, time) -> None:
    over, both, results = threading.Event(), threading.Barrier(2, timeout=20), []
    threading.Thread(target=over.wait, daemon=True).start()

    def watch(progress: Progress) -> None:
        if progress.number <= 2 and both.wait() == 0:
            press()

    with socket.create_server(("127.0.0.1", 0)) as silent:
        for name in "abcdef":
            (tmp_path / f"{name}.http").write_text(f"GET http://127.0.0.1:{silent.getsockname()[1]}/\n")
        plan = Plan(jobs=2)
        control = RunControl(plan, ports, watch)
        told = run_files([str(tmp_path)], ports, LiveSession, plan, control)
        with pressing(control) as press, pytest.raises(KeyboardInterrupt):
            deque(map(results.append, told))
    over.set()

    assert len(results) == 6


def test_course_stops_only_once_for_bail(ports) -> None:
    control = RunControl(Plan(bail=1), ports)
    control.note(Result("a", "failed"))
    control.note(Result("a", "failed"))

    assert control.stopped == "stopped after 1 failed"


def test_skipped_is_never_tried_again() -> None:
    assert not should_retry(Result("a", "skipped"), "network,5xx,expect")
