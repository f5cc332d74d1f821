"""Run JavaScript in QuickJS, from the extra `js`.

Each run has a fresh engine with limits of time, memory and stack, and no access to files, network, processes or Python.
`PROMISE_TRACKER` runs first: it finds promises that are rejected and never handled, which QuickJS does not report.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import threading
import time
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple, TypeVar

from callbox.replay.javascript.import_and_promise_rewriter import watch_promises
from callbox.replay.javascript.script_input_and_result import ScriptLibrary
from callbox.system.threads import start_with_stack

TIME_S = 5
MEMORY_BYTES = 128_000_000
STACK_BYTES = 1_000_000
THREAD_BYTES = 8_000_000
"""The stack of the thread in bytes. The engine limits its own depth, and musl's default of 128 kB is too small."""


_SLICE_S = 0.1
"""How many seconds a script runs between two calls of `should_stop`."""

_T = TypeVar("_T")
_READ = "callbox has read it"
"""The message of the error that is thrown if a script was parsed without a syntax error."""
_STRICT = re.compile(r"""\s*+(?:"use strict"|'use strict')""")


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
    return ScriptLibrary(
        **{name: _read_source("callbox.replay.javascript", f"{name}.js") for name in ScriptLibrary._fields}
    )


@cache
def _read_source(package: str, name: str) -> str:
    return (files(package) / name).read_text("utf-8")


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

    Each text may take `time_s` seconds. Inside a native function, the engine does not look at the clock. So the engine
    runs in a thread, which is abandoned if it does not return in time. Raises `KeyboardInterrupt` soon after
    `should_stop` returns true. Signals would not be enough, because only the main thread gets them.
    """
    # twice the limit, because the code and its deferred work each have the limit; the engine limits CPU time
    result = _run_in_thread(lambda: _run(prelude, code, final_expression, time_s), 4 * time_s, should_stop)
    return result if result is not None else JavaScriptResult("", _too_long(time_s))


def find_syntax_error(code: str, time_s: float = TIME_S) -> str:
    """The engine's syntax error for this code, with its line; empty if there is none. The code does not run.

    >>> find_syntax_error("let a = ;").partition("\\n")[0], find_syntax_error("while (true) {}")
    ("SyntaxError: unexpected token in expression: ';'", '')
    """
    error_text = _run_in_thread(lambda: _find_syntax_error(code, time_s), 4 * time_s)
    return error_text if error_text is not None else _too_long(time_s)


def _find_syntax_error(code: str, time_s: float) -> str:
    return _parse_error(_as_function(code, time_s), time_s)


def _as_function(code: str, time_s: float) -> str:
    """The code, inside an async function if the engine can parse it only there: `await` or `return` outside of
    functions.
    """
    if ("await" not in code and "return" not in code) or not _parse_error(code, time_s):
        return code
    inside = f"(async () => {{{code}\n}})();"
    return code if _parse_error(inside, time_s) else inside


def _parse_error(code: str, time_s: float) -> str:
    # The engine parses a whole text before it runs the text, and the first statement of this text is a throw. A wrapper
    # such as `if (0) {..}` or `new Function` is not safe: the code can close it.
    quickjs = importlib.import_module("quickjs")
    strict = '"use strict"; ' if _STRICT.match(code) else ""
    try:
        _new_context(quickjs, time_s).eval(f'{strict}throw "{_READ}"; {code}')
    except quickjs.JSException as error:
        error_text = str(error)
        return "" if error_text.startswith(_READ) else error_text
    return ""


def _run_in_thread(
    work: Callable[[], _T], timeout_s: float, should_stop: Callable[[], bool] = lambda: False
) -> _T | None:
    """The result of `work`; None if `work` does not return in time. Its thread is then abandoned."""
    answers: list[_T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(work())
        except BaseException as error:  # the waiting thread raises the error
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    start_with_stack(thread, THREAD_BYTES)
    deadline = time.monotonic() + timeout_s
    while thread.is_alive() and (left_s := deadline - time.monotonic()) > 0:
        if should_stop():
            raise KeyboardInterrupt
        thread.join(min(left_s, _SLICE_S))
    if errors:
        raise errors[0]
    return answers[0] if answers else None


def _run(prelude: str, code: str, final_expression: str, time_s: float) -> JavaScriptResult:
    quickjs = importlib.import_module("quickjs")  # the extra has no types, and is imported only to run a script

    code = _as_function(code, TIME_S)
    code = _parsable(watch_promises(code), code)
    context = _new_context(quickjs, time_s)
    try:
        context.eval(_read_source("callbox.system", "promises.js"))
        context.eval(prelude)
    except quickjs.JSException as error:
        return JavaScriptResult("", str(error))
    thrown = ""
    deadline = time.monotonic() + time_s
    parts: tuple[Callable[[], None], ...] = (
        lambda: _evaluate(context, code),
        lambda: _run_pending_jobs(context, deadline),
    )
    for part in parts:
        try:
            part()
        except (quickjs.JSException, TimeoutError) as error:
            thrown = thrown or _describe_error(str(error), time_s)
            if time.monotonic() > deadline:
                break
    try:
        return JavaScriptResult(
            str(context.eval(final_expression)), thrown or _describe_error(context.eval("__lost()"), time_s)
        )
    except quickjs.JSException as error:
        return JavaScriptResult("", thrown or _describe_error(str(error), time_s))


def _new_context(quickjs: Any, time_s: float) -> Any:
    context: Any = quickjs.Context()
    context.set_memory_limit(MEMORY_BYTES)
    context.set_max_stack_size(STACK_BYTES)
    context.set_time_limit(time_s)
    return context


def _parsable(rewritten: str, code: str) -> str:
    """The code, changed only if the engine could not parse it unchanged."""
    return code if rewritten == code or _find_syntax_error(rewritten, TIME_S) else rewritten


def _evaluate(context: Any, code: str) -> None:
    value = context.eval(code)
    if hasattr(value, "json"):  # in parentheses, the braces are an object, which may be a promise
        context.get("__watch")(value)


def _run_pending_jobs(context: Any, deadline: float) -> None:
    """Run the deferred work of a script. Raises `TimeoutError` if the work does not end."""
    rest = context.get("__rest")
    while context.execute_pending_job() or (rest is not None and rest()):
        if time.monotonic() > deadline:
            raise TimeoutError("InternalError: interrupted")


def _too_long(time_s: float) -> str:
    return f"it took longer than {time_s:g} s"


def _describe_error(error: str, time_s: float) -> str:
    if error.startswith("InternalError: interrupted"):
        return error.replace("InternalError: interrupted", _too_long(time_s), 1)
    if error.startswith("InternalError: out of memory"):
        return error.replace("InternalError: out of memory", f"it took more than {MEMORY_BYTES // 1_000_000} MB", 1)
    return error
