"""Run JavaScript in QuickJS, from the extra `js`.

Each run has a fresh engine with limits of time, memory and stack, and no access to files, network or Python. The engine
is in a child process, the program `quickjs_process`. This module starts, reuses and ends such processes.

The code of `promises.js` runs first: it finds promises that are rejected and never handled, which QuickJS does not
report.
"""

from __future__ import annotations

import atexit
import errno
import importlib.util
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import callbox.system
from callbox.replay.javascript import quickjs_process
from callbox.replay.javascript.import_and_promise_rewriter import watch_promises
from callbox.replay.javascript.script_input_and_result import BLANK_LINES, ScriptLibrary
from callbox.system.child_processes_and_editor import describe_exit

TIME_S = 5.0
START_S = 30.0
"""The most seconds that the child process may take to start, even on a busy machine."""
_SLICE_S = 0.1
"""How many seconds a script runs between two calls of `should_stop`."""
_CHUNK_BYTES = 1 << 20
_PROMISE_TRACKER = Path(callbox.system.__file__).with_name("promises.js")


class JavaScriptResult(NamedTuple):
    """How a script ended."""

    output: str
    """The value of the final expression; empty if the engine had to stop before it."""
    error: str
    """The uncaught exception with its stack; empty if no exception was thrown."""


def has_javascript() -> bool:
    """Whether the extra `js` is installed."""
    return importlib.util.find_spec("quickjs") is not None


@cache
def read_script_library() -> ScriptLibrary:
    """The JavaScript library that is run before a script of a `.http` file."""
    folder = files("callbox.replay.javascript")
    return ScriptLibrary(**{name: (folder / f"{name}.js").read_text("utf-8") for name in ScriptLibrary._fields})


def run_javascript(
    prelude: str,
    code: str,
    final_expression: str,
    should_stop: Callable[[], bool] = lambda: False,
    time_s: float = TIME_S,
) -> JavaScriptResult:
    """Run three texts in a fresh engine: `prelude`, `code` and `final_expression`.

    The prelude may define a function `__rest`, which does deferred work. The engine calls it after the code until it
    returns false. If a rejected promise is still not handled after that, the script fails.

    All texts together may take `time_s` seconds of CPU time. The final expression has some time even after a timeout.
    Raises `KeyboardInterrupt` soon after `should_stop` returns true. Signals would not be enough, because only the main
    thread gets them.
    """
    return _POOL.ask("run", (prelude, _executable(code), final_expression), time_s, should_stop)


def find_syntax_error(code: str, time_s: float = TIME_S) -> str:
    """The engine's syntax error for this code, with its line; empty if there is none. The code does not run.

    >>> find_syntax_error("let a = ;").partition("\\n")[0], find_syntax_error("while (true) {}")
    ("SyntaxError: unexpected token in expression: ';'", '')
    """
    return _parse_error(_as_function(code, time_s), time_s)


@lru_cache(maxsize=1024)
def _executable(code: str) -> str:
    """The code that the engine runs instead of a script. The result is cached, since many requests share scripts."""
    code = _as_function(code, TIME_S)
    rewritten = watch_promises(code)
    return code if rewritten == code or _parse_error(rewritten, TIME_S) else rewritten


def _as_function(code: str, time_s: float) -> str:
    """The code, inside an async function if the engine can parse it only there: `await` or `return` outside of
    functions.
    """
    if ("await" not in code and "return" not in code) or not _parse_error(code, time_s):
        return code
    inside = f"(async () => {{{code}\n}})();"
    return code if _parse_error(inside, time_s) else inside


def _parse_error(code: str, time_s: float) -> str:
    return _POOL.ask("parse", (code,), time_s).error


class _Ended(Exception):
    """The child process has ended."""


class _OutOfTime(Exception):
    """The child process has not responded in time."""


class _EngineProcess:
    """A child process with the engine."""

    def __init__(self) -> None:
        """Start the process. Raises `OSError` if the system cannot start it."""
        package = importlib.util.find_spec("quickjs")
        if package is None or package.origin is None or not sys.executable:
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
        self._process = subprocess.Popen(
            # without the other packages of this Python, whose start takes longer than all the rest
            [
                *(sys.executable, "-I", "-S", quickjs_process.__file__),
                *(str(Path(package.origin).parent.parent), str(_PROMISE_TRACKER)),
            ],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C ends the run, and the run then ends the child
        )
        assert self._process.stdin is not None  # standard input and output are pipes
        assert self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._stdout, selectors.EVENT_READ)
        self._received = bytearray()
        self._is_ready = False

    @property
    def is_alive(self) -> bool:
        """Whether the process is running."""
        return self._process.poll() is None

    def ask(self, kind: str, texts: Sequence[str], time_s: float, should_stop: Callable[[], bool]) -> JavaScriptResult:
        """The response to a request. Raises `_Ended`, `_OutOfTime`, and `KeyboardInterrupt` like `run_javascript`."""
        if not self._is_ready:
            self._read_line(time.monotonic() + START_S, should_stop)
            self._is_ready = True
        # blank lines are not sent: the request then fits into the pipe, and the process starts earlier
        rests = [text.removeprefix(BLANK_LINES) for text in texts]
        encoded = [rest.encode("utf-8", "replace") for rest in rests]
        counts = [len(text) - len(rest) for text, rest in zip(texts, rests, strict=True)]
        sizes = " ".join(f"{count} {len(rest)}" for count, rest in zip(counts, encoded, strict=True))
        self._write(b"".join([f"{kind} {time_s} {sizes}\n".encode(), *encoded]))
        # the process limits its CPU time; a busy machine may give it a quarter of the time
        deadline = time.monotonic() + 4 * (time_s + quickjs_process.GRACE_S)
        response = self._read_line(deadline, should_stop).split()
        output, error = (self._read(int(size), deadline, should_stop) for size in response)
        return JavaScriptResult(output.decode("utf-8", "replace"), error.decode("utf-8", "replace"))

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._stdin.fileno(), left) :]
        except OSError:
            raise _Ended from None

    def _read_line(self, deadline: float, should_stop: Callable[[], bool]) -> bytes:
        while b"\n" not in self._received:
            self._receive(deadline, should_stop)
        return self._read(self._received.index(b"\n") + 1, deadline, should_stop)

    def _read(self, size: int, deadline: float, should_stop: Callable[[], bool]) -> bytes:
        while len(self._received) < size:
            self._receive(deadline, should_stop)
        data = bytes(self._received[:size])
        del self._received[:size]
        return data

    def _receive(self, deadline: float, should_stop: Callable[[], bool]) -> None:
        while not self._selector.select(_SLICE_S):
            if should_stop():
                raise KeyboardInterrupt
            if time.monotonic() > deadline:
                raise _OutOfTime
        data = os.read(self._stdout.fileno(), _CHUNK_BYTES)
        if not data:
            raise _Ended
        self._received += data

    def end(self) -> int:
        """Kill the process, close its pipes, and return its exit status."""
        if self.is_alive:
            self._process.kill()
        self.close()
        return self._process.wait()

    def close(self) -> None:
        """Close the pipes to the process, which then ends."""
        self._selector.close()
        self._stdin.close()
        self._stdout.close()

    def leave(self) -> None:
        """Close the pipes to a child process that this process did not start (after `os.fork`)."""
        self.close()
        self._process.returncode = 0  # there is nothing to wait for


class _Pool:
    """The idle child processes. Each thread that runs a script takes one for itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_EngineProcess] = []

    def ask(
        self, kind: str, texts: Sequence[str], time_s: float, should_stop: Callable[[], bool] = lambda: False
    ) -> JavaScriptResult:
        """The response of a child to a request. A child that does not respond in time, or is interrupted, is killed."""
        try:
            child = self._take()
        except OSError as error:
            return JavaScriptResult("", f"callbox cannot start the process for JavaScript: {error.strerror}")
        try:
            result = child.ask(kind, texts, time_s, should_stop)
        except _OutOfTime:
            child.end()
            return JavaScriptResult("", quickjs_process.describe_timeout(time_s))
        except _Ended:
            return JavaScriptResult("", _reason(child.end(), time_s))
        except BaseException:
            child.end()
            raise
        with self._lock:
            self._idle.append(child)
        return result

    def _take(self) -> _EngineProcess:
        while True:
            with self._lock:
                child = self._idle.pop() if self._idle else None
            if child is None:
                return _EngineProcess()
            if child.is_alive:
                return child
            child.end()

    def end(self) -> None:
        """End all processes that wait for a request."""
        while self._idle:
            self._idle.pop().end()

    def leave(self) -> None:
        """Forget all child processes; called in the process that `os.fork` has made."""
        self._lock = threading.Lock()
        while self._idle:
            self._idle.pop().leave()


def _reason(status: int, time_s: float) -> str:
    """The reason why a child has ended by itself, from its exit status."""
    if status == -signal.SIGPROF:
        return quickjs_process.describe_timeout(time_s)
    return f"the process for JavaScript {describe_exit(status)}"


_POOL = _Pool()
atexit.register(_POOL.end)
os.register_at_fork(after_in_child=_POOL.leave)
