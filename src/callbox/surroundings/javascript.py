"""JavaScript in an engine of its own: QuickJS, from the extra `js`. Sole user of it.

Each run has a fresh engine with a limit of time, of memory and of depth, and nothing to reach: no files, no network,
no processes, no Python.
"""

from __future__ import annotations

import importlib
import importlib.util
import threading
import time
from typing import Any, NamedTuple

TIME_S = 5
MEMORY_BYTES = 128_000_000
STACK_BYTES = 1_000_000
_WATCH = """
if (globalThis.__last instanceof Promise)
  globalThis.__last.catch(error => {
    globalThis.__lost = error instanceof Error ? `${error.name}: ${error.message}\\n${error.stack}` : String(error);
  });
"""
"""A promise that is the value of a script and fails has failed the script."""


class Ran(NamedTuple):
    """How a script ended."""

    said: str
    """The answer to the last text; empty where the engine could not go on."""
    error: str
    """What was thrown and not caught, with its stack; empty where nothing was."""


def has_javascript() -> bool:
    """Whether the extra is installed."""
    return importlib.util.find_spec("quickjs") is not None


def run_javascript(opening: str, code: str, question: str, time_s: float = TIME_S) -> Ran:
    """Run three texts in a fresh engine; the second may throw, the third is asked all the same.

    Each may take `time_s`. The engine does not look at the clock inside a single native function: so it works in a
    thread, which is left to itself where it does not come back.
    """
    answers: list[Ran | BaseException] = []

    def work() -> None:
        try:
            answers.append(_run(opening, code, question, time_s))
        except BaseException as error:  # raised by the thread that waits
            answers.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(4 * time_s)  # twice the code's, for it may put work off; its limit is of the processor's time
    answer = answers[0] if answers else Ran("", _too_long(time_s))
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _run(opening: str, code: str, question: str, time_s: float) -> Ran:
    quickjs = importlib.import_module("quickjs")  # an extra, without types: only where a script is run

    context = quickjs.Context()
    context.set_memory_limit(MEMORY_BYTES)
    context.set_max_stack_size(STACK_BYTES)
    context.set_time_limit(time_s)
    try:
        context.eval(opening)
    except quickjs.JSException as error:
        return Ran("", str(error))
    thrown = ""
    try:
        thrown = _execute(context, code, time_s)
    except quickjs.JSException as error:
        thrown = _in_words(str(error), time_s)
    try:
        return Ran(str(context.eval(question)), thrown)
    except quickjs.JSException as error:
        return Ran("", thrown or _in_words(str(error), time_s))


def _execute(context: Any, code: str, time_s: float) -> str:
    """Run a script and what it has put off; what went wrong without being thrown."""
    deadline = time.monotonic() + time_s
    value = context.eval(code)
    if hasattr(value, "json"):  # an object: perhaps a promise
        context.set("__last", value)
        context.eval(_WATCH)
    while context.execute_pending_job():
        if time.monotonic() > deadline:
            return _too_long(time_s)
    return str(context.eval("globalThis.__lost || ''"))


def _too_long(time_s: float) -> str:
    return f"it took longer than {time_s:g} s"


def _in_words(error: str, time_s: float) -> str:
    if error.startswith("InternalError: interrupted"):
        return error.replace("InternalError: interrupted", _too_long(time_s), 1)
    if error.startswith("InternalError: out of memory"):
        return error.replace("InternalError: out of memory", f"it took more than {MEMORY_BYTES // 1_000_000} MB", 1)
    return error
