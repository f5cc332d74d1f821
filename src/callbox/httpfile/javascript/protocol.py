"""The data passed to the JavaScript engine for a script, and the result read back from it. Pure.

The engine runs three texts in order: the input with the prelude, the script, and the call that returns the result.
The engine never calls Python.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from callbox.errors import UsageError
from callbox.exchange.events import Record
from callbox.exchange.secret import reveal
from callbox.exchange.select import Number, Value, format_value, text_of
from callbox.httpfile.assertions import CheckResult
from callbox.httpfile.javascript.promise_rewriter import tokenize
from callbox.httpfile.javascript.unfilled_request import UnfilledRequest
from callbox.httpfile.model import Handler, Step

_LINE_OFFSET = 100_000
"""Lines above what is not the script's own: the engine calls all of its texts by one name, and tells their lines."""
SAY = "\n" * _LINE_OFFSET + "__say()"
"""The expression that the engine evaluates at the end."""
Json: TypeAlias = Value

_SET = re.compile(
    r"\b(request\s*\.\s*variables|client\s*\.\s*(?:variables\s*\.\s*)?global)\s*\.\s*set\s*\(\s*(['\"`])((?:(?!\2).){1,200}+)\2"
)
_ENV = re.compile(r"\$env\s*(?:\.\s*(\w+)|\[\s*['\"](\w+)['\"]\s*\])")
_JSON = re.compile(r"\bjson\b(?!-seq)", re.IGNORECASE)
_INPUT_LINE = re.compile(r"<input>:(\d+)")


class ScriptLibrary(NamedTuple):
    """The texts of the `.js` files beside this module, which are run before a script."""

    prelude: str
    """A function of the script's input: it defines `client`, `request`, `response` and what else a script may use."""
    digests: str
    """Defines `crypto`."""
    json_path: str
    """Defines `jsonPath`."""
    loader: str
    """Defines the functions by which modules are known and loaded."""


class ScriptInput(NamedTuple):
    """The data passed to a script."""

    method: str
    target: str
    """The URL as it is written."""
    request: UnfilledRequest
    """The parts of the text."""
    variables: Mapping[str, str]
    """Variables that earlier scripts have set for the request."""
    globals: Mapping[str, Json]
    headers_of_all: Mapping[str, str]
    """Headers that scripts have set for every request."""
    env: Mapping[str, str]
    seed: int
    iteration: int = 0
    record: Record | None = None


class ScriptResult(NamedTuple):
    """The effects that a script had."""

    checks: tuple[CheckResult, ...] = ()
    logs: tuple[str, ...] = ()
    globals: Mapping[str, Json] = {}
    removed: tuple[str, ...] = ()
    """Globals that it took away."""
    variables: Mapping[str, str] = {}
    """For this request alone."""
    headers: Mapping[str, str] | None = None
    """For this request and all that follow; None if it could not be asked."""
    is_exited: bool = False
    checks_status: bool = False
    """Whether it has looked at the status, and has checked anything."""
    pause_s: float = 0.0
    """Milliseconds that the script asks to wait."""
    lists: frozenset[str] = frozenset()
    """The variables for this request that are lists."""


def setup_code(script_input: ScriptInput, code: str, library: ScriptLibrary, modules: Sequence[str] = ()) -> str:
    """The code to run before this code. It registers these modules, which `as_module` has written."""
    document: dict[str, object] = {
        "request": {
            "method": script_input.method,
            "url": {"raw": script_input.target, "pieces": script_input.request.url},
            "headers": script_input.request.headers,
            "body": script_input.request.body,
            "names": script_input.request.names,
            "environment": script_input.request.environment,
            "isSent": script_input.record is not None,
            "variables": dict(script_input.variables),
            "iteration": script_input.iteration,
        },
        "response": _response(script_input.record) if script_input.record is not None else None,
        "globals": dict(script_input.globals),
        "headers": dict(script_input.headers_of_all),
        "env": dict(script_input.env),
        "seed": script_input.seed,
    }
    own = f"{library.json_path}{library.prelude}(JSON.parse({json.dumps(json.dumps(document))}));\n"
    own += library.digests if any("crypto" in text for text in (code, *modules)) else ""
    text = "\n" * _LINE_OFFSET + own + (library.loader if modules else "")
    for number, module in enumerate(modules, 2):  # each begins where its lines tell which it is
        text += "\n" * (number * _LINE_OFFSET - text.count("\n")) + module
    return text


def read_result(text: str, handler: Handler, paths: Sequence[str] = ()) -> ScriptResult:
    """Parse the engine's reply to `SAY`. Raises `UsageError` if the script has damaged the reply."""
    try:
        # numbers as the engine writes them: what a script has signed is what is sent
        return _read_state(json.loads(text, parse_float=Number), handler, paths)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UsageError("The script has overwritten a function that callbox uses to read its results") from None


def _read_state(state: Any, handler: Handler, paths: Sequence[str]) -> ScriptResult:
    checks = tuple(_read_test(test, handler, paths) for test in state["tests"])
    return ScriptResult(
        checks,
        tuple(state["logs"]),
        state["globals"],
        tuple(state["removed"]),
        {name: format_value(value) for name, value in state["variables"].items()},
        state["headers"],
        bool(state["exited"]),
        bool(state["sawStatus"] and state["checked"]),
        float(state["pauseMs"]) / 1000,
        frozenset(name for name, value in state["variables"].items() if isinstance(value, list)),
    )


def _read_test(test: Any, handler: Handler, paths: Sequence[str]) -> CheckResult:
    """A test as a check result. A failed one has the line of the script at which it failed."""
    if test["ok"]:
        return CheckResult(f"test {test['name']}", True, "passes", "passes", handler.at.line)
    line = line_of(test["stack"], handler)
    actual = f"{test['message']}{_place_in_file(test['stack'], handler, paths)}"
    return CheckResult(f"test {test['name']}", False, "passes", actual, line)


def names_set(code: str, *, is_global: bool) -> tuple[str, ...]:
    """The variable names that a script sets, if they are literals in its code.

    >>> names_set("client.global.set('token', 1); request.variables.set(`x`, 2)", is_global=True)
    ('token',)
    """
    found = (match for match in _SET.finditer(code) if match[1].startswith("client") == is_global)
    return tuple(match[3] for match in found if "${" not in match[3])


def sets_computed(code: str, *, is_global: bool) -> bool:
    """Whether a script may set variables whose names are unknown before it runs.

    That is so wherever `client.global` or `request.variables` is used in another way than by calling a method with a
    name that is written out: by an alias, by brackets, by a part of it.

    >>> sets_computed("client.global.set(name, 1)", is_global=True)
    True
    >>> sets_computed("client.variables.global.set('a', 1); client.variables.file.get(name)", is_global=True)
    False
    >>> sets_computed("const set = request.variables.set; set('a', 1)", is_global=False)
    True
    >>> sets_computed("client.global.set('a', x + 1); client.test('t', () => request.url)", is_global=True)
    False
    """
    return is_global in _computed_kinds(code)


_HOLDERS = {("client", "global"): True, ("client", "variables"): True, ("request", "variables"): False}
_READING = frozenset({"get", "isEmpty", "clear", "clearAll", "headers"})
_EVERYTHING = frozenset({"globalThis", "eval", "Function", "Reflect"})
_BOTH = frozenset({True, False})


@lru_cache(maxsize=1024)
def _computed_kinds(code: str) -> frozenset[bool]:
    """Kinds of variables whose names a script computes: True for globals, False for variables of the request."""
    if not any(word in code for word in ("client", "request", *_EVERYTHING)):
        return frozenset()
    texts = [token.text for token in tokenize(code)]
    found: set[bool] = set()
    for at, text in enumerate(texts):
        if at and texts[at - 1] in (".", "?."):
            continue
        if text in _EVERYTHING:
            return _BOTH
        if text in ("client", "request"):
            found |= _set_at(texts, at)
    return frozenset(found)


def _set_at(texts: Sequence[str], at: int) -> frozenset[bool]:
    """The kinds of variables that this use of `client` or `request` may set under an unknown name."""
    if texts[at] == "client" and texts[at + 2 : at + 3] == ["variables"]:
        if texts[at + 4 : at + 5] in (["environment"], ["file"]):
            return frozenset()  # these are read alone
        texts = [*texts[: at + 1], *texts[at + 3 : at + 9]] if texts[at + 4 : at + 5] == ["global"] else texts
    dot, holder, second, method, bracket, name, after = [*texts[at + 1 : at + 8], *[""] * 7][:7]
    if dot not in (".", "?."):
        # A key of an object (`{client: 1}`) is no use of it.
        return frozenset() if dot == ":" else _BOTH
    kind = _HOLDERS.get((texts[at], holder))
    if kind is None:
        return frozenset()
    is_known = second in (".", "?.") and (
        (method in _READING)
        or (method == "set" and bracket == "(" and name[:1] in ("'", '"', "`") and "${" not in name and after == ",")
    )
    return frozenset() if is_known else frozenset({kind})


def names_of_env(codes: Iterable[str]) -> tuple[str, ...]:
    """The environment variables that scripts name. No other variable is passed to them."""
    return tuple(name for code in codes for name, _ in places_of_env(code))


def places_of_env(code: str) -> Iterator[tuple[str, int]]:
    """The environment variables that a script names, with their places in it."""
    return ((match[1] or match[2], match.start()) for match in _ENV.finditer(code))


def line_of_index(handler: Handler, code: str, index: int) -> int:
    """The line of the `.http` file for a place in this code; the line that names the file if the code is separate."""
    if handler.path is not None or not handler.lines:
        return handler.at.line
    return handler.lines[0].at.line + code.count("\n", 0, index)


def line_of(error: str, handler: Handler) -> int:
    """The line of the file that an engine's message means; the script's first line if it names none."""
    own = _own_line(error)
    if not own or handler.path is not None:
        return handler.at.line
    return (handler.lines[0].at.line if handler.lines else handler.at.line) + own - 1


def _own_line(error: str) -> int:
    """The 1-based line of the script itself in an engine's message; 0 if it names none."""
    lines = (int(match[1]) for match in _INPUT_LINE.finditer(error))
    return next((line for line in lines if line < _LINE_OFFSET), 0)


def message_of(error: str, handler: Handler, paths: Sequence[str] = ()) -> str:
    """An engine's message in one line, without its stack, with the line for an error in a separate file.

    `paths` are those of the modules that the script was given.
    """
    message = error.partition("\n")[0].strip().removeprefix("Error: ") or "it failed without a message"
    return f"{message}{_place_in_file(error, handler, paths)}"


def _place_in_file(error: str, handler: Handler, paths: Sequence[str]) -> str:
    for line in (int(match[1]) for match in _INPUT_LINE.finditer(error)):
        if line < _LINE_OFFSET:
            return f" ({handler.path.text}:{line})" if handler.path is not None else ""
        number, line = divmod(line - 1, _LINE_OFFSET)
        if 0 <= number - 2 < len(paths):
            return f" ({paths[number - 2]}:{line + 1})"
    return ""


def code_of(handler: Handler) -> str:
    """The script that is written out in the file."""
    return "\n".join(text.text for text in handler.lines)


def steps_handlers(step: Step, kind: str) -> tuple[Handler, ...]:
    """The scripts `before` or `after` a step, in order."""
    return tuple(handler for handler in step.handlers if handler.kind == kind)


def _response(record: Record) -> dict[str, object]:
    content_type = record.response.headers.get("Content-Type", "")
    media_type, _, rest = content_type.partition(";")
    charset = re.search(r"charset=\"?([\w-]+)", rest)
    return {
        "status": record.response.status,
        "headers": [list(pair) for pair in record.response.headers.decoded()],
        "body": text_of(record),
        "isJson": _JSON.search(media_type) is not None,
        "mimeType": media_type.strip().lower(),
        "charset": charset[1].lower() if charset else "utf-8",
    }


def as_sent(record: Record, request: UnfilledRequest) -> UnfilledRequest:
    """The request as the script after it sees it: as it was sent, with the names that the script before it had."""
    outgoing = record.outgoing
    content = outgoing.content
    body = (content.data or b"").decode("utf-8", "replace") if content is not None else ""
    headers = tuple((f.name, reveal(f.value), (reveal(f.value),)) for f in outgoing.headers)
    return request._replace(url=(outgoing.url.text,), headers=headers, body={"raw": body, "pieces": [body]})
