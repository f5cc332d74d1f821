"""JavaScript in an engine of its own: QuickJS, from the extra `js`. Sole user of it.

Each run has a fresh engine with a limit of time, of memory and of depth, and nothing to reach: no files, no network,
no processes, no Python.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import NamedTuple

TIME_S = 5
MEMORY_BYTES = 128_000_000
STACK_BYTES = 1_000_000
_MOST_JOBS = 100_000


class Ran(NamedTuple):
    """How a script ended."""

    said: str
    """The answer to the last text; empty where the engine could not go on."""
    error: str
    """What was thrown and not caught, with its stack; empty where nothing was."""


def has_javascript() -> bool:
    """Whether the extra is installed."""
    return importlib.util.find_spec("quickjs") is not None


def run_javascript(opening: str, code: str, question: str) -> Ran:
    """Run three texts in a fresh engine; the second may throw, the third is asked all the same."""
    quickjs = importlib.import_module("quickjs")  # an extra, without types: only where a script is run

    context = quickjs.Context()
    context.set_memory_limit(MEMORY_BYTES)
    context.set_max_stack_size(STACK_BYTES)
    context.set_time_limit(TIME_S)
    try:
        context.eval(opening)
    except quickjs.JSException as error:
        return Ran("", str(error))
    thrown = ""
    try:
        context.eval(code)
        for _ in range(_MOST_JOBS):
            if not context.execute_pending_job():
                break
    except quickjs.JSException as error:
        thrown = _in_words(str(error))
    try:
        context.set_time_limit(TIME_S)
        return Ran(str(context.eval(question)), thrown)
    except quickjs.JSException as error:
        return Ran("", thrown or _in_words(str(error)))


def _in_words(error: str) -> str:
    if error.startswith("InternalError: interrupted"):
        return error.replace("InternalError: interrupted", f"it took longer than {TIME_S} s", 1)
    if error.startswith("InternalError: out of memory"):
        return error.replace("InternalError: out of memory", f"it took more than {MEMORY_BYTES // 1_000_000} MB", 1)
    return error
