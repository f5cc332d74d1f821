"""JavaScript in an engine of its own: QuickJS, from the extra `js`. Sole user of it.

Each run has a fresh engine with a limit of time, of memory and of depth, and nothing to reach: no files, no network,
no processes, no Python.
"""

from __future__ import annotations

import importlib
import importlib.util
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from callbox.script.watching import watched
from callbox.surroundings.promises import WATCH

TIME_S = 5
MEMORY_BYTES = 128_000_000
STACK_BYTES = 1_000_000
THREAD_BYTES = 8_000_000
"""What the engine's own limit of depth fits into; musl gives a thread no more than 128 kB."""


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

    Where the first leaves a function `__rest`, it is called after the second until it gives false: what is to be
    done later. A promise that fails, and that nobody has looked at by then, has failed the script.

    Each may take `time_s`. The engine does not look at the clock inside a single native function: so it works in a
    thread, which is left to itself where it does not come back.
    """
    answers: list[Ran | BaseException] = []

    def work() -> None:
        try:
            answers.append(_run(opening, code, question, time_s))
        except BaseException as error:  # raised by the thread that waits
            answers.append(error)

    before = threading.stack_size(THREAD_BYTES)
    try:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join(4 * time_s)  # twice the code's, for it may put work off; its limit is of the processor's time
    answer = answers[0] if answers else Ran("", _too_long(time_s))
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _run(opening: str, code: str, question: str, time_s: float) -> Ran:
    quickjs = importlib.import_module("quickjs")  # an extra, without types: only where a script is run

    code = _readable(quickjs, watched(code), code)
    context = _new_context(quickjs, time_s)
    try:
        context.eval(WATCH)
        context.eval(opening)
    except quickjs.JSException as error:
        return Ran("", str(error))
    thrown = ""
    deadline = time.monotonic() + time_s
    parts: tuple[Callable[[], None], ...] = (lambda: _evaluate(context, code), lambda: _go_on(context, deadline))
    for part in parts:
        try:
            part()
        except (quickjs.JSException, TimeoutError) as error:
            thrown = thrown or _in_words(str(error), time_s)
            if time.monotonic() > deadline:
                break
    try:
        return Ran(str(context.eval(question)), thrown or _in_words(context.eval("__lost()"), time_s))
    except quickjs.JSException as error:
        return Ran("", thrown or _in_words(str(error), time_s))


def _new_context(quickjs: Any, time_s: float) -> Any:
    context: Any = quickjs.Context()
    context.set_memory_limit(MEMORY_BYTES)
    context.set_max_stack_size(STACK_BYTES)
    context.set_time_limit(time_s)
    return context


def _readable(quickjs: Any, made: str, code: str) -> str:
    """The code as it was made, unless the engine cannot read it so."""
    if made == code:
        return code
    try:
        _new_context(quickjs, TIME_S).eval(f"if (0) {{{made}\n}}")
    except quickjs.JSException:
        return code
    return made


def _evaluate(context: Any, code: str) -> None:
    value = context.eval(code)
    if hasattr(value, "json"):  # an object: perhaps a promise
        context.get("__watch")(value)


def _go_on(context: Any, deadline: float) -> None:
    """Do what a script has put off. Raises `TimeoutError` where that has no end."""
    rest = context.get("__rest")
    while context.execute_pending_job() or (rest is not None and rest()):
        if time.monotonic() > deadline:
            raise TimeoutError("InternalError: interrupted")


def _too_long(time_s: float) -> str:
    return f"it took longer than {time_s:g} s"


def _in_words(error: str, time_s: float) -> str:
    if error.startswith("InternalError: interrupted"):
        return error.replace("InternalError: interrupted", _too_long(time_s), 1)
    if error.startswith("InternalError: out of memory"):
        return error.replace("InternalError: out of memory", f"it took more than {MEMORY_BYTES // 1_000_000} MB", 1)
    return error
