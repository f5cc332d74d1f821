"""Run many `.http` files, each with a new session.

With `--jobs`, worker threads pass their results through one queue per file.
"""

from __future__ import annotations

import contextlib
import os
import os.path
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple

from callbox.engine import LiveSession
from callbox.errors import ScriptError, UsageError
from callbox.exchange.cookies import Cookie
from callbox.formats.cookies_txt import encode_cookies_txt, read_cookies_txt
from callbox.httpfile.model import Script
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.replay.environment_file_search import path_variables
from callbox.replay.file_and_step_selection import (
    ScriptTarget,
    SelectedScript,
    choose_steps,
    find_scripts,
    no_scripts,
    nothing_selected,
    targets_to_run,
    unmatched,
)
from callbox.replay.file_and_system_access import ReplayPorts, Sender
from callbox.replay.imported_files_and_linked_steps import LinkedScripts, ParseFile, link_if_complete
from callbox.replay.preflight import unused_answers, warnings_of
from callbox.replay.response_snapshots import Snapshots
from callbox.replay.run_options import Plan, check_contradictions
from callbox.replay.run_progress_and_deadline import INTERRUPTED, RunControl
from callbox.replay.runner import replay
from callbox.replay.sandbox import (
    check_sandbox,
    confine,
    confine_snapshots,
)
from callbox.report.result import Result
from callbox.storage.file_read_write_and_list import write_bytes, write_problem
from callbox.system.threads import MainThread, served
from callbox.wire.connection_and_byte_stream import Cancel

GIVE_UP_S = 0.75
"""How many seconds running requests have to end after the run was stopped. Then their threads are abandoned."""
_MAX_WAIT_S = 0.25
"""A wait checks for Ctrl-C after this many seconds.

If a thread of another library takes the signal, the waiting thread does not wake up.
"""


class GivenUp(Exception):
    """Raised when the thread of a file does not end after the run was stopped."""


class ResultQueue:
    """Passes the results of one file, in order, from the file's thread to the thread that shows results.

    None marks the end.

    Ctrl-C may interrupt at any point, also directly after an item was taken from a queue. The item would then be lost,
    and if it was the mark of the end, the reader would wait for ever. So the items stay in a list, and the queue only
    wakes the reader.
    """

    def __init__(self, wakeups: SimpleQueue[None] | None = None, on_wakeup: Callable[[], None] = lambda: None) -> None:
        """Several queues may share `wakeups`. The thread that shows results calls `on_wakeup`."""
        self._items: list[Result | BaseException | None] = []
        self._next = 0
        self._wakeups: SimpleQueue[None] = wakeups if wakeups is not None else SimpleQueue()
        self._on_wakeup = on_wakeup

    def put(self, item: Result | BaseException | None) -> None:
        """Add a result, the exception that ended the thread, or None as the end."""
        self._items.append(item)
        self._wakeups.put(None)

    def __iter__(self) -> Iterator[Result | BaseException]:
        """The results in order. The iterator waits until the next result is there."""
        yield from self.results(lambda: False)

    def results(self, is_given_up: Callable[[], bool]) -> Iterator[Result | BaseException]:
        """The results in order. Stops waiting and raises `GivenUp` when `is_given_up` returns true."""
        while True:
            while self._next == len(self._items):
                if is_given_up():
                    raise GivenUp
                with suppress(Empty):
                    self._wakeups.get(timeout=_MAX_WAIT_S)
                self._on_wakeup()
            item = self._items[self._next]
            if item is None:
                return
            self._items[self._next] = None  # the result is shown once and not stored
            self._next += 1
            yield item


def session_factory(plan: Plan, ports: ReplayPorts) -> Callable[[], contextlib.AbstractContextManager[LiveSession]]:
    """A function that makes a new session for each file. With `--cookie-jar`, its cookies are loaded and saved.

    Raises `UsageError` at once if the cookie file cannot be read. A missing file counts as empty.
    """
    if not plan.cookie_jar:
        return LiveSession
    _read_cookies(plan, ports)

    @contextlib.contextmanager
    def make() -> Iterator[LiveSession]:
        with LiveSession() as session:
            for cookie in _read_cookies(plan, ports):
                session.jar.put(cookie, ports.now())
            try:
                yield session
            finally:
                session.jar.drop_expired(ports.now())
                _write_file(plan.cookie_jar, encode_cookies_txt(session.jar.snapshot()))

    return make


def _write_file(path: str, data: bytes) -> None:
    """Write the cookie file.

    An existing file keeps its permissions. A new file has 0600, since anybody who reads its cookies could log in with
    them.
    """
    try:
        Path(os.path.expanduser(path)).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_problem(path, error) from None
    write_bytes(path, data, is_private=True)


def _read_cookies(plan: Plan, ports: ReplayPorts) -> list[Cookie]:
    if not ports.is_file(plan.cookie_jar):
        return []
    return read_cookies_txt(ports.read_file(plan.cookie_jar), plan.cookie_jar)


MakeSession = Callable[[], contextlib.AbstractContextManager[Sender]]


def run_files(
    words: Sequence[str], ports: ReplayPorts, make_session: MakeSession, plan: Plan, control: RunControl | None = None
) -> Generator[Result, None, None]:
    """The results of every request of every file, file by file. Each file has its own session, jar and captures.

    A file with errors gives error results and is not sent; the other files run. `make_session` returns a session as a
    context manager, which closes the session after its file. Raises `UsageError` for options that contradict each
    other.
    """
    check_sandbox(plan)
    check_contradictions(plan)
    found = list(find_scripts(words, ports, plan))
    targets = [target for target in found if isinstance(target, ScriptTarget)]
    errors = [error for error in found if isinstance(error, UsageError)]
    is_open = plan.allows_empty or not targets
    unknown = [] if is_open else list(unmatched([target.script for target in targets], plan.names))
    if not found and not plan.allows_empty:
        errors.append(no_scripts())
    selected = list(targets_to_run(targets, plan)) if not unknown else []
    have_passed = all(os.path.abspath(target.script.name) in plan.passed_files for target in targets)
    if targets and not selected and not unknown and not plan.allows_empty and not have_passed:
        errors.append(nothing_selected(plan))
    yield from (Result("", "error", error=error) for error in (*errors, *unknown))
    control = control or RunControl(plan, ports)
    parse_file = cache(parse)  # many files may import the same file
    runs = [FileRun(target, _link(target, ports, parse_file)) for target in selected]
    warnings = (warning for run in runs for warning in _warnings(run, ports))
    for warning in unused_answers(plan, [script for run in runs for script in _scripts_of(run)]):
        control.warn(warning)
    for warning in {str(warning.place): warning for warning in warnings}.values():
        control.warn(warning)
    control.selected = selected
    control.expect(sum(len(target.selection.steps) * target.plan.repeat for target in selected))
    batch = _BatchRunner(ports, make_session, control)
    yield from batch.run_at_once(runs, plan.jobs) if plan.jobs > 1 else batch.run_in_turn(runs, plan.shares_session)


class FileRun(NamedTuple):
    """The run of one file: the selected requests, and the files that it imports."""

    target: SelectedScript
    linked: LinkedScripts | None
    """The linked scripts; None if one of the files does not exist yet."""


def _link(target: SelectedScript, ports: ReplayPorts, parse_file: ParseFile) -> LinkedScripts | None:
    script = target.script
    confined = confine(ports, script.name, target.plan)
    return link_if_complete(
        script, confined, parse_file, variables=path_variables(script, target.plan, ports, confined)
    )


def _scripts_of(run: FileRun) -> Sequence[Script]:
    return run.linked.scripts if run.linked is not None else (run.target.script,)


def _warnings(run: FileRun, ports: ReplayPorts) -> Iterator[ScriptError]:
    script, plan, _ = run.target
    yield from warnings_of(script, confine(ports, script.name, plan), run.linked, plan)


class _FileJob(NamedTuple):
    """A file that runs in a thread: the queue of its results, and the object that cancels its request."""

    run: FileRun
    queue: ResultQueue
    cancel: Cancel


class _Workers:
    """Threads that take the files one by one.

    The threads are daemons, because the process must end even if a thread cannot be ended: a thread that computes, or
    that opens a pipe to which nobody writes.
    """

    def __init__(self, files: Sequence[_FileJob], count: int, work: Callable[[_FileJob], None]) -> None:
        self._waiting = deque(files)
        self._count = min(count, len(files))
        self._work = work
        self._threads: list[Thread] = []

    def start(self) -> None:
        """Start the threads that were not started yet."""
        with signals_blocked():
            while len(self._threads) < self._count:
                thread = Thread(target=self._run, daemon=True)
                thread.start()
                self._threads.append(thread)

    def _run(self) -> None:
        with suppress(IndexError):
            while True:
                self._work(self._waiting.popleft())

    def wait(self, is_given_up: Callable[[], bool]) -> None:
        """Wait for the end of the threads, until `is_given_up`."""
        for thread in self._threads:
            while thread.is_alive() and not is_given_up():
                thread.join(_MAX_WAIT_S)


class _BatchRunner:
    """Runs the files one after another, or several at once."""

    def __init__(self, ports: ReplayPorts, make_session: MakeSession, control: RunControl) -> None:
        self._ports = ports
        self._make_session = make_session
        self._course = control
        self._main_thread = MainThread(lambda: None)
        """The thread that answers questions of other threads while several files run at once."""
        self._last_result_at = 0.0
        """The time of the last result of a thread."""
        self._is_stopped = False
        """Whether Ctrl-C has already ended the running requests. The next Ctrl-C also ends clean-up requests."""

    def run_in_turn(self, runs: Sequence[FileRun], shares_session: bool) -> Iterator[Result]:
        """Run the files one after another."""
        if not shares_session:
            for run in runs:
                if self._course.stopped == INTERRUPTED:
                    yield from _skipped_results(run.target)
                    continue
                with self._make_session() as session:
                    yield from self._results(run, session)
            return
        captured: dict[str, str] = {}
        with self._make_session() as session:
            for run in runs:
                if self._course.stopped == INTERRUPTED:
                    yield from _skipped_results(run.target)
                    continue
                yield from self._results(run, session, captured)

    def run_at_once(self, runs: Sequence[FileRun], jobs: int) -> Iterator[Result]:
        """Run several files in threads. The results of a file are held back until the files before it have ended."""
        wakeups: SimpleQueue[None] = SimpleQueue()
        main_thread = self._main_thread = MainThread(lambda: wakeups.put(None))
        files = [_FileJob(run, ResultQueue(wakeups, main_thread.serve), Cancel(second=Cancel())) for run in runs]
        workers = _Workers(files, jobs, self._work)
        with served(main_thread):
            try:
                yield from self._collect(files, workers)
            except BaseException:
                # This is right even if a second Ctrl-C came while the first was handled.
                self._stop(files)
                workers.wait(self._is_given_up)
                raise

    def _collect(self, files: Sequence[_FileJob], workers: _Workers) -> Iterator[Result]:
        try:
            workers.start()
            yield from self._in_order(files)
        except KeyboardInterrupt:
            # Requests that are running end now, and are reported as usual.
            self._stop(files)
            workers.start()  # a thread of another library may have taken the first signal
            yield from self._in_order(files)
            raise

    def _in_order(self, files: Sequence[_FileJob]) -> Iterator[Result]:
        """The results of all files, file by file. Raises the exception that ended a thread.

        A file whose thread does not end after the run was stopped gets an error in place of its other results.
        """
        for file in files:
            try:
                for item in file.queue.results(self._is_given_up):
                    if isinstance(item, BaseException):
                        raise item
                    yield item
            except GivenUp:
                error = self._course.interruption_error()
                yield Result(file.run.target.script.name, "error", error=error)

    def _is_given_up(self) -> bool:
        """Whether running threads have had enough time to end: no clean-up is running, and for some time there was no
        result.
        """
        over_s = self._course.over_s
        if over_s is None or self._course.is_cleaning_up:
            return False
        return min(over_s, self._ports.monotonic() - self._last_result_at) > GIVE_UP_S

    def _stop(self, files: Sequence[_FileJob]) -> None:
        """End all running requests and send no more. A second Ctrl-C does not interrupt this function."""
        while True:
            try:
                if self._is_stopped:
                    self._course.end_cleanup()
                self._is_stopped = True
                self._course.stop(INTERRUPTED)
                self._main_thread.hurry()
                for file in files:
                    file.cancel.cancel()
            except KeyboardInterrupt:
                continue
            return

    def _work(self, file: _FileJob) -> None:
        run, queue, cancel = file
        try:
            if self._course.stopped == INTERRUPTED:
                for result in _skipped_results(run.target):
                    queue.put(result)
                return
            with self._make_session() as session:
                for result in self._results(run, session, None, cancel):
                    self._last_result_at = self._ports.monotonic()
                    queue.put(result)
        except BaseException as error:  # the thread that shows results reports the error
            queue.put(error)
        finally:
            queue.put(None)

    def _results(
        self,
        run: FileRun,
        session: Sender,
        captured: dict[str, str] | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[Result]:
        script, plan, selection = run.target
        ports = confine_snapshots(self._ports, plan)
        compare = Snapshots(script, plan, ports) if plan.record or plan.compare else None
        try:
            yield from replay(
                script,
                session,
                self._ports,
                plan,
                captured=captured,
                cancel=cancel,
                control=self._course,
                compare=compare,
                selection=selection,
                linked=run.linked,
            )
        except RecursionError:
            error = UsageError(f"{script.name} is nested too deeply to be read")
            yield Result(script.name, "error", error=error)


def _skipped_results(target: SelectedScript) -> Iterator[Result]:
    """Results for the requests that an interrupted run did not send. `--only-failed` runs these requests later."""
    with contextlib.suppress(UsageError):
        steps = choose_steps(*target)
        yield from (Result(target.script.name, "skipped", step, reason=INTERRUPTED) for step in steps)


@contextlib.contextmanager
def signals_blocked() -> Iterator[None]:
    """Delay Ctrl-C until the end of the block. Threads that start in the block leave signals to the main thread."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGALRM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
