"""The program of the child process that runs JavaScript in QuickJS, from the extra `js`.

`quickjs_engine` starts this file by its path. It imports nothing of callbox and no package except QuickJS, because it
must start in some milliseconds. It reads requests from its standard input until the end, and answers each one:

- A request is a line with its kind, its limit of CPU time in seconds, and two numbers for each text: how many blank
  lines are at its start, and the size of the rest in bytes. These rests follow. `run` has three texts: the prelude, the
  script, and the final expression. `parse` has one text.
- A response is a line with two sizes, and two texts: the value of the final expression, and the error.

The engine's own time limit does not cover everything. The binding lifts it while it turns an exception or a value into
text, which can call functions of the script; and some functions of the engine do not look at the clock. So the system
ends this process if one request takes `GRACE_S` longer than its limit.
"""

from __future__ import annotations

import importlib
import re
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

MEMORY_BYTES = 128_000_000
STACK_BYTES = 1_000_000
PROCESS_BYTES = 1_500_000_000
"""The limit for the whole process. A text of the engine has up to four copies, and four bytes for each character."""
MAX_VALUES = 1_000_000
"""The most values in the result. In the process that reads it, an empty list takes 64 bytes and not 3."""
MAX_ERROR = 10_000
"""The most characters of an error that are kept at its start, and at its end."""
GRACE_S = 1.0
"""The CPU time that the process has after the time limit of a request."""
RESULT_S = 0.5
"""The least CPU time for the final expression, so that the results of a script that was stopped are not lost."""
READY = b"ready\n"
"""The line that the process writes when it can read requests."""

_READ = "callbox has read it"
"""The message of the error that is thrown if a script was parsed without a syntax error."""
_STRICT = re.compile(r"""\s*+(?:"use strict"|'use strict')""")
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?')
_MARKS = (b"[", b"{", b",")
"""At least one of these bytes is before each value of a JSON text."""
_TOO_LARGE = f"it took more than {MEMORY_BYTES // 1_000_000} MB"


def describe_timeout(time_s: float) -> str:
    """The error of a script that took longer than this."""
    return f"it took longer than {time_s:g} s"


def main() -> None:
    """Answer the requests on the standard input until its end.

    The arguments are the folder of the package `quickjs`, and the path of the code that each engine runs first.
    """
    folder, tracker = sys.argv[1:]
    sys.path.append(folder)
    engines = _Engines(_load_quickjs(), Path(tracker).read_text("utf-8"))
    _limit_process()
    receiver, sender = sys.stdin.buffer, sys.stdout.buffer
    sender.write(READY)
    sender.flush()
    while line := receiver.readline():
        kind, seconds, *numbers = line.split()
        sizes = [int(size) for size in numbers[1::2]]
        rests = [receiver.read(size) for size in sizes]
        if [len(rest) for rest in rests] != sizes:
            return
        texts = [b"\n" * int(count) + rest for count, rest in zip(numbers[::2], rests, strict=True)]
        _write_response(sender, *_answer(engines, kind, float(seconds), texts))
        if kind == b"run":
            engines.prepare()


def _load_quickjs() -> Any:
    # The module `quickjs` also starts a pool of threads. Its imports take longer than all the rest of the start.
    with suppress(ImportError):
        return importlib.import_module("_quickjs")
    return importlib.import_module("quickjs")


def _limit_process() -> None:
    """Limit the memory of this process, and forbid it to open files and connections, if the system can."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (PROCESS_BYTES, PROCESS_BYTES))


def _limit_cpu_time(seconds: float) -> None:
    """Let the system end this process after this CPU time; 0 lifts the limit."""
    if hasattr(signal, "ITIMER_PROF"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _answer(engines: _Engines, kind: bytes, time_s: float, texts: Sequence[bytes]) -> tuple[bytes, bytes]:
    _limit_cpu_time(time_s + GRACE_S)
    try:
        decoded = [text.decode("utf-8", "replace") for text in texts]
        if kind == b"parse":
            output, error = "", _find_syntax_error(engines, decoded[0], time_s)
        else:
            output, error = _run(engines, decoded, time_s)
        return _encode(output, error)
    except MemoryError:
        return b"", _TOO_LARGE.encode()
    finally:
        _limit_cpu_time(0)


def _encode(output: str, error: str) -> tuple[bytes, bytes]:
    encoded = output.encode("utf-8", "replace")
    if _count(encoded) > MAX_VALUES and _count(_STRING.sub(b"", encoded)) > MAX_VALUES:
        return b"", f"it returns more than {MAX_VALUES:,} values".encode()
    return encoded, error.encode("utf-8", "replace")


def _count(text: bytes) -> int:
    return sum(map(text.count, _MARKS))


def _write_response(sender: BinaryIO, output: bytes, error: bytes) -> None:
    sender.write(b"%d %d\n" % (len(output), len(error)))
    sender.write(output)
    sender.write(error)
    sender.flush()


def _run(engines: _Engines, texts: Sequence[str], time_s: float) -> tuple[str, str]:
    """The value of the final expression, and the first error."""
    prelude, code, final_expression = texts
    engine = engines.take(time_s)
    if not engine.attempt(engine.evaluate, prelude):
        return "", engine.error
    engine.attempt(engine.evaluate_script, code)
    if not engine.is_out_of_time:
        engine.attempt(engine.run_pending_jobs)
    if engine.is_out_of_time and not engine.error:  # a promise can swallow the error of a timeout
        engine.error = describe_timeout(time_s)
    output, lost = engine.read(final_expression), engine.read("__lost()")
    return output, engine.error or engine.describe(lost)


class _Engines:
    """Makes engines. The next one is prepared while the parent waits for a server."""

    def __init__(self, quickjs: Any, tracker: str) -> None:
        self._quickjs = quickjs
        self._tracker = tracker
        self._next: _Engine | None = None

    def prepare(self) -> None:
        """Make the next engine, unless there is one."""
        if self._next is None:
            self._next = self.make(GRACE_S)
            self._next.evaluate(self._tracker)

    def take(self, time_s: float) -> _Engine:
        """An engine that tracks promises. Its limit of CPU time (seconds) begins now."""
        self.prepare()
        engine, self._next = self._next, None
        assert engine is not None
        engine.start(time_s)
        return engine

    def make(self, time_s: float) -> _Engine:
        """An engine that has run nothing. Its limit of CPU time (seconds) begins now."""
        return _Engine(self._quickjs, time_s)


class _Engine:
    """An engine with limits of time, memory and stack, which runs one script."""

    def __init__(self, quickjs: Any, time_s: float) -> None:
        self.error = ""
        """The first error of `attempt`; empty if there was none."""
        self._exception = quickjs.JSException
        self._context = quickjs.Context()
        self._context.set_memory_limit(MEMORY_BYTES)
        self._context.set_max_stack_size(STACK_BYTES)
        self.start(time_s)

    def start(self, time_s: float) -> None:
        """Set the limit of CPU time (seconds), which begins now."""
        self._time_s = time_s
        self._deadline = time.process_time() + time_s

    @property
    def is_out_of_time(self) -> bool:
        """Whether the time limit of the script has passed."""
        return time.process_time() >= self._deadline

    def evaluate(self, text: str, least_s: float = 0.0) -> Any:
        """The value of a text. It may take the time that is left, or `least_s` (seconds) if that is more."""
        if "\0" in text:
            raise self._exception("SyntaxError: a script cannot have the character U+0000")
        self._limit_time(least_s)
        return self._context.eval(text)

    def evaluate_script(self, code: str) -> None:
        """Run a script. If it ends with a promise, the promise is watched."""
        value = None
        with suppress(ValueError):  # Python cannot read the value: half of a surrogate pair, or thousands of digits
            value = self.evaluate(code)
        if hasattr(value, "json"):  # in parentheses, the braces are an object, which may be a promise
            self._limit_time()
            self._context.get("__watch")(value)

    def run_pending_jobs(self) -> None:
        """Run the deferred work of a script: the jobs of its promises, and `__rest` until it returns false."""
        rest = self._context.get("__rest")
        while True:
            self._limit_time()
            if not (self._context.execute_pending_job() or (rest is not None and rest())):
                return
            if self.is_out_of_time:
                raise self._exception("InternalError: interrupted")

    def read(self, expression: str) -> str:
        """The value of an expression as text; empty if it has an error."""
        values: list[str] = []
        self.attempt(lambda: values.append(str(self._value_of(expression))))
        return "".join(values)

    def _value_of(self, expression: str) -> Any:
        name = expression.removesuffix("()")
        if name == expression or not name.isidentifier():
            return self.evaluate(expression, RESULT_S)
        self._limit_time(RESULT_S)
        return self._context.get(name)()  # faster, and the stack of an error has no line that looks like the script's

    def attempt(self, work: Callable[..., object], *arguments: str) -> bool:
        """Call `work`, and return whether it had no error. The first error of the engine stays in `error`."""
        try:
            work(*arguments)
        except self._exception as error:
            self.error = self.error or self.describe(str(error))
            return False
        except ValueError:
            self.error = self.error or "callbox cannot read a value that the script returns"
            return False
        return True

    def _limit_time(self, least_s: float = 0.0) -> None:
        self._context.set_time_limit(max(self._deadline - time.process_time(), least_s))

    def describe(self, error: str) -> str:
        """The text of an engine's error. A long text, which a hostile script may make, is shortened. An exceeded limit
        is named in callbox's own words.
        """
        if len(error) > 2 * MAX_ERROR:
            error = f"{error[:MAX_ERROR]} .. {error[-MAX_ERROR:]}"  # the stack is at the end
        if error.startswith("InternalError: interrupted"):
            return error.replace("InternalError: interrupted", describe_timeout(self._time_s), 1)
        if error.startswith("InternalError: out of memory"):
            return error.replace("InternalError: out of memory", _TOO_LARGE, 1)
        return error


def _find_syntax_error(engines: _Engines, code: str, time_s: float) -> str:
    # The engine parses a whole text before it runs the text, and the first statement of this text is a throw. A wrapper
    # such as `if (0) {..}` or `new Function` is not safe: the code can close it.
    strict = '"use strict"; ' if _STRICT.match(code) else ""
    engine = engines.make(time_s)
    engine.attempt(engine.evaluate, f'{strict}throw "{_READ}"; {code}')
    return "" if engine.error.startswith(_READ) else engine.error


if __name__ == "__main__":
    main()
