"""Run many `.http` files: which files the words of a command line mean, and one fresh session for each.

Results come from the threads of `--jobs` through one queue to whoever shows them.
"""

from __future__ import annotations

import contextlib
import os
import os.path
import re
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock
from typing import NamedTuple

from callbox.engine import LiveSession
from callbox.errors import ScriptError, UsageError
from callbox.exchange.cookies import Cookie
from callbox.formats.cookies_txt import encode_cookies_txt, read_cookies_txt
from callbox.httpfile.model import Script, Step
from callbox.httpfile.parser import parse
from callbox.replay.control import INTERRUPTED, RunControl
from callbox.replay.plan import Plan, select_steps, unmatched
from callbox.replay.ports import ReplayPorts, Sender
from callbox.replay.runner import choose_steps, replay
from callbox.replay.sandbox import (
    PATTERN,
    ScriptReader,
    check_sandbox,
    confine,
    confine_snapshots,
    fixed_folder,
    match_scripts,
)
from callbox.replay.snapshots import Snapshots
from callbox.replay.warnings import doubts_of
from callbox.report.result import Result
from callbox.storage.files import write_bytes, write_problem
from callbox.wire.cancel import Cancel

_LONGEST_S = 0.5
"""Ctrl-C is not felt for longer: a thread of another's may have taken the signal, and the one that waits sleeps on."""


class Relay:
    """What the thread of one file tells, in order, for the thread that shows it; None is the end.

    A Ctrl-C is raised behind any call, also behind that which takes from a queue: what was taken would be lost, and an
    end that is lost is waited for in vain. So what is told stays in a list, and the queue only wakes.
    """

    def __init__(self) -> None:
        self._told: list[Result | BaseException | None] = []
        self._next = 0
        self._news: SimpleQueue[None] = SimpleQueue()

    def tell(self, one: Result | BaseException | None) -> None:
        """Hand this on: a result, what ended the thread, or None as the last."""
        self._told.append(one)
        self._news.put(None)

    def __iter__(self) -> Iterator[Result | BaseException]:
        """What has not been shown, and what is still to come."""
        while True:
            while self._next == len(self._told):
                with suppress(Empty):
                    self._news.get(timeout=_LONGEST_S)
            one = self._told[self._next]
            if one is None:
                return
            self._told[self._next] = None  # shown once, and not kept
            self._next += 1
            yield one


def in_order(files: Sequence[Relay]) -> Iterator[Result]:
    """The results of one file after those of the file before it. Raises what ended a thread."""
    for file in files:
        for one in file:
            if isinstance(one, BaseException):
                raise one
            yield one


def sessions(plan: Plan, ports: ReplayPorts) -> Callable[[], contextlib.AbstractContextManager[LiveSession]]:
    """Makes a fresh session for a file; with `--cookie-jar` it begins with the file's cookies and leaves its own there.

    Raises `UsageError` at once where that file cannot be read; one that is not there yet is empty.
    """
    if not plan.cookie_jar:
        return LiveSession
    _read(plan, ports)

    @contextlib.contextmanager
    def make() -> Iterator[LiveSession]:
        with LiveSession() as session:
            for cookie in _read(plan, ports):
                session.jar.put(cookie, ports.now())
            try:
                yield session
            finally:
                session.jar.drop_expired(ports.now())
                _write(plan.cookie_jar, encode_cookies_txt(session.jar.snapshot()))

    return make


def _write(path: str, data: bytes) -> None:
    """A file that was there keeps its permissions; a new one is its owner's alone: who reads it is logged in."""
    try:
        Path(os.path.expanduser(path)).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_problem(path, error) from None
    write_bytes(path, data, is_private=True)


def _read(plan: Plan, ports: ReplayPorts) -> list[Cookie]:
    if not ports.is_file(plan.cookie_jar):
        return []
    return read_cookies_txt(ports.read_file(plan.cookie_jar), plan.cookie_jar)


STDIN = "-"
_SUFFIXES = (".http", ".rest")
_PICKED = re.compile(r"(.*\.(?:http|rest))([#:])(.+)\Z", re.DOTALL)


MakeSession = Callable[[], contextlib.AbstractContextManager[Sender]]


class ScriptTarget(NamedTuple):
    """One script to run, and what was chosen of it by the word that named it."""

    script: Script
    plan: Plan


def find_scripts(words: Sequence[str], ports: ReplayPorts, plan: Plan) -> Iterator[ScriptTarget | UsageError]:
    """The scripts that the words mean, read and parsed; an error for each that cannot be.

    A folder means its `*.http` and `*.rest` files, sorted, those of its folders too; `-` means standard input,
    which `ports.read_file` gives for that name; `FILE#name` and `FILE:42` choose one request.
    """
    read = ScriptReader(ports, plan)
    for word in words:
        path, chosen = _split(word)
        try:
            names = _paths(path, ports, plan)
        except UsageError as error:
            yield error
            continue
        folder = None if names == [path] else _folder_of(path)
        for name in names:
            try:
                script = parse(read(name, folder), name)
                yield ScriptTarget(script, chosen(plan) if chosen else plan)
            except UsageError as error:
                yield error


def run_files(
    words: Sequence[str], ports: ReplayPorts, make_session: MakeSession, plan: Plan, course: RunControl | None = None
) -> Generator[Result, None, None]:
    """The results of every request of every file, file by file. Each has a session, a jar and captures of its own.

    A file that is wrong gives error results and is not sent; the others run. `make_session` gives a session as a
    context manager, which is closed when its file is done. Raises `UsageError` for choices that contradict.
    """
    _check_plan(plan)
    found = list(find_scripts(words, ports, plan))
    targets = [target for target in found if isinstance(target, ScriptTarget)]
    errors = [error for error in found if isinstance(error, UsageError)]
    is_open = plan.allows_empty or not targets
    unknown = [] if is_open else list(unmatched([target.script for target in targets], plan.names))
    if not found and not plan.allows_empty:
        errors.append(_no_scripts())
    fitting = list(_fitting(targets, plan)) if not unknown else []
    if targets and not fitting and not unknown and not plan.allows_empty:
        errors.append(_nothing(plan))
    yield from (Result("", "error", error=error) for error in (*errors, *unknown))
    course = course or RunControl(plan, ports)
    told = (doubt for target in fitting for doubt in _doubts(target, ports))
    for doubt in {str(doubt.place): doubt for doubt in told}.values():
        course.warn(doubt)
    course.expect(sum(_count(target) for target in fitting))
    run = _Files(ports, make_session, course)
    yield from run.at_once(fitting, plan.jobs) if plan.jobs > 1 else run.in_turn(fitting, plan.shares_session)


def _doubts(target: ScriptTarget, ports: ReplayPorts) -> Iterator[ScriptError]:
    script, plan = target
    return doubts_of(script, confine(ports, script.name, plan))


class _Files:
    """The files of a run, one after another or several at once."""

    def __init__(self, ports: ReplayPorts, make_session: MakeSession, course: RunControl) -> None:
        self._ports = ports
        self._make_session = make_session
        self._course = course

    def in_turn(self, targets: Sequence[ScriptTarget], is_shared: bool) -> Iterator[Result]:
        """Each file after the one before it."""
        if not is_shared:
            for target in targets:
                if self._course.stopped == INTERRUPTED:
                    yield from _unbegun(target)
                    continue
                with self._make_session() as session:
                    yield from self._results(target, session)
            return
        captured: dict[str, str] = {}
        with self._make_session() as session:
            for target in targets:
                if self._course.stopped == INTERRUPTED:
                    yield from _unbegun(target)
                    continue
                yield from self._results(target, session, captured)

    def at_once(self, targets: Sequence[ScriptTarget], jobs: int) -> Iterator[Result]:
        """Several files in threads; what a file tells is held back until those before it are through."""
        files = [Relay() for _ in targets]
        cancels = [Cancel() for _ in targets]
        first = Lock()

        def begin() -> None:
            if first.acquire(blocking=False):
                for each in zip(targets, files, cancels, strict=True):
                    pool.submit(self._work, *each)

        with ThreadPoolExecutor(jobs) as pool:
            try:
                yield from self._first_to_last(files, cancels, pool, begin)
            except BaseException:
                # Also where another Ctrl-C came while the first was dealt with: leaving waits for the threads.
                self._stop(cancels)
                raise

    def _first_to_last(
        self, files: Sequence[Relay], cancels: Sequence[Cancel], pool: ThreadPoolExecutor, begin: Callable[[], None]
    ) -> Iterator[Result]:
        try:
            with uninterrupted():
                pool.submit(begin)
            yield from in_order(files)
        except KeyboardInterrupt:
            # What was under way ends now, and is told like all else.
            self._stop(cancels)
            with uninterrupted():
                pool.submit(begin)  # a thread of another's may have taken the signal before the first was
            yield from in_order(files)
            raise

    def _stop(self, cancels: Sequence[Cancel]) -> None:
        """End all requests under way, and send no more. Another Ctrl-C does not keep it from that."""
        while True:
            try:
                self._course.stop(INTERRUPTED)
                for cancel in cancels:
                    cancel.cancel()
            except KeyboardInterrupt:
                continue
            return

    def _work(self, target: ScriptTarget, relay: Relay, cancel: Cancel) -> None:
        try:
            if self._course.stopped == INTERRUPTED:
                for result in _unbegun(target):
                    relay.tell(result)
                return
            with self._make_session() as session:
                for result in self._results(target, session, None, cancel):
                    relay.tell(result)
        except BaseException as error:  # told by the thread that shows results
            relay.tell(error)
        finally:
            relay.tell(None)

    def _results(
        self,
        target: ScriptTarget,
        session: Sender,
        captured: dict[str, str] | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[Result]:
        script, plan = target
        ports = confine_snapshots(self._ports, plan)
        compare = Snapshots(script, plan, ports) if plan.record or plan.compare else None
        return replay(
            script,
            session,
            self._ports,
            plan,
            captured=captured,
            cancel=cancel,
            course=self._course,
            compare=compare,
        )


def _unbegun(target: ScriptTarget) -> Iterator[Result]:
    """What a run that was interrupted did not come to: reports count it, and `--only-failed` runs it."""
    script, plan = target
    with contextlib.suppress(UsageError):
        yield from (Result(script.name, "skipped", step, reason=INTERRUPTED) for step in choose_steps(script, plan))


def _check_plan(plan: Plan) -> None:
    check_sandbox(plan)
    if plan.jobs > 1 and plan.shares_session:
        raise UsageError("--jobs and --share-session contradict: files that share a session run in turn")
    if plan.jobs > 1 and plan.cookie_jar:
        raise UsageError("--jobs and --cookie-jar contradict: files that share cookies run in turn")
    if plan.ignored and not (plan.record or plan.compare):
        raise UsageError("--ignore goes with --compare or --record")
    if plan.record and plan.compare:
        raise UsageError("--record and --compare contradict", hint="compare first, record when the change is meant")


def _no_scripts() -> UsageError:
    return UsageError("No scripts to run", hint="name a .http file, or a folder that holds some")


def _nothing(plan: Plan) -> UsageError:
    if plan.only is not None:
        return UsageError("Nothing of these files failed in the last run", hint="leave --only-failed out")
    tags = ", ".join(plan.tags)
    return UsageError(f"No request carries the tag '{tags}'", hint="a tag is given by: # @tag NAME")


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl-C waits until the end of this; the threads that are begun in it leave signals to the one that tells."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGALRM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _count(target: ScriptTarget) -> int:
    """How many requests were chosen of it, as far as is known beforehand."""
    try:
        return len(select_steps(target.script, target.plan)) * target.plan.repeat
    except UsageError:  # told when it is its turn
        return 0


def list_files(words: Sequence[str], ports: ReplayPorts, plan: Plan) -> Iterator[tuple[Script, tuple[Step, ...]]]:
    """For `--list`: every script and the steps that would run, without dependencies.

    Raises `UsageError` for the first word that means nothing, and where nothing would run: as the run itself does.
    """
    targets = []
    for target in find_scripts(words, ports, plan):
        if isinstance(target, UsageError):
            raise target
        targets.append(target)
    fitting = list(_fitting(targets, plan))
    chosen = [(script, select_steps(script, its)) for script, its in fitting]
    if not plan.allows_empty:
        _demand(targets, fitting, plan)
        if not any(steps for _, steps in chosen):
            choose_steps(*fitting[0])
    yield from chosen


def _demand(targets: Sequence[ScriptTarget], fitting: Sequence[ScriptTarget], plan: Plan) -> None:
    """Raise `UsageError` where there is nothing to list, or not all that was named."""
    for scripts, names in [([t.script for t in targets], plan.names), *(([t.script], t.plan.names) for t in fitting)]:
        for error in unmatched(scripts, names):
            raise error
    if not fitting:
        raise _nothing(plan) if targets else _no_scripts()


def _fitting(targets: Sequence[ScriptTarget], plan: Plan) -> Iterator[ScriptTarget]:
    """The targets without those names of the command line that only other files have, and without idle files."""
    for script, chosen in targets:
        foreign = [name for name in plan.names if list(unmatched([script], [name]))]
        kept = chosen._replace(names=tuple(name for name in chosen.names if name not in foreign))
        if foreign and not (kept.names or kept.ranges or kept.line is not None):
            continue
        if (kept.tags or kept.only is not None) and not select_steps(script, kept):
            continue
        yield ScriptTarget(script, kept)


def _split(word: str) -> tuple[str, Callable[[Plan], Plan] | None]:
    match = _PICKED.match(word)
    if match is None or (match[2] == ":" and not match[3].isdecimal()):
        return word, None
    mark, chosen = match[2], match[3]
    if mark == ":":
        return match[1], lambda plan: plan._replace(line=int(chosen[:9]))
    return match[1], lambda plan: plan._replace(names=(*plan.names, chosen))


def script_paths(words: Sequence[str], ports: ReplayPorts) -> Iterator[str]:
    """The files that the words mean; none of them is read."""
    for word in words:
        yield from _paths(_split(word)[0], ports, Plan(allows_empty=True))


def _paths(path: str, ports: ReplayPorts, plan: Plan) -> list[str]:
    if path == STDIN:
        return [path]
    inside = ports.list_folder(path)
    if inside is not None:
        names = [name for name in inside if name.endswith(_SUFFIXES)]
        if not names and not plan.allows_empty:
            raise UsageError(f"No .http or .rest files in {path}")
        return names
    if PATTERN.search(path) and not ports.is_file(path):
        return _matched(path, ports, plan)
    return [path]


def _folder_of(path: str) -> str:
    """The folder that a word names, as far as it holds no pattern."""
    if os.path.isdir(os.path.expanduser(path)):
        return path
    return fixed_folder(path)


def _matched(pattern: str, ports: ReplayPorts, plan: Plan) -> list[str]:
    """The scripts that a pattern means, where no shell has put them in its place. A folder means what is in it."""
    found: list[str] = []
    for path in match_scripts(pattern, ports, plan):
        inside = ports.list_folder(path)
        found += [path] if inside is None else inside
    names = [name for name in dict.fromkeys(found) if name.endswith(_SUFFIXES)]
    if not names and not plan.allows_empty:
        raise UsageError(f"No .http or .rest files match {pattern}")
    return names
