"""The data passed to the JavaScript engine for a script, and the result read back from it. Pure.

The engine runs three texts in order: the input with the prelude, the script, and the call that returns the result.
The engine never calls Python.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Any, NamedTuple, TypeAlias

from callbox.errors import CallboxError, UsageError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.jsonpath_xpath_and_header_selection import NullText, Number, Value, format_value, text_of
from callbox.exchange.media_types_and_charsets import boundary_of
from callbox.exchange.secret import reveal
from callbox.exchange.template_braces import Hole, holes, split
from callbox.httpfile.assertion_evaluator import CheckResult
from callbox.httpfile.model import FileReference, Handler, Step, Variable, unescaped
from callbox.httpfile.requests.curl_step import CommandTexts, texts_of_command
from callbox.httpfile.requests.step_body_builder import is_encoded_form, operation_of, text_of_file
from callbox.httpfile.source_and_diagnostics import Template
from callbox.httpfile.variables.value_injection_guards import FilePosition
from callbox.httpfile.variables.variable_scope import (
    MAX_DEPTH,
    ResolutionContext,
    Scope,
    TemplateLayer,
    escape_backslashes,
)

_LINE_OFFSET = 100_000
"""Blank lines before the prelude and before each module.

The engine has the same name for all texts, so only the line number shows in which text an error is.
"""
BLANK_LINES = "\n" * _LINE_OFFSET
SAY = "__say()"
"""The expression that the engine evaluates last, to return the result."""
Json: TypeAlias = Value

_JSON = re.compile(r"\bjson\b(?!-seq)", re.IGNORECASE)
_INPUT_LINE = re.compile(r"<input>:(\d{1,12})(?!\d)")


class ScriptLibrary(NamedTuple):
    """The texts of the `.js` files beside this module, which run before a script."""

    prelude: str
    """The text of a function that takes the input of the script.

    It defines `client`, `request`, `response` and everything else that a script may use.
    """
    digests: str
    """The text that defines `crypto`."""
    json_path: str
    """The text that defines `jsonPath`."""
    loader: str
    """The text that defines the functions that register and load modules."""


class ScriptInput(NamedTuple):
    """The data passed to a script."""

    method: str
    target: str
    """The URL as it is written in the file."""
    request: UnfilledRequest
    """The request, with its variables not filled in yet."""
    variables: Mapping[str, str]
    """The variables that earlier scripts have set for the request."""
    globals: Mapping[str, Json]
    headers_of_all: Mapping[str, str]
    """The headers that scripts have set for every request."""
    env: Mapping[str, str]
    seed: int
    iteration: int = 0
    record: Record | None = None


class ScriptResult(NamedTuple):
    """The effects of a script."""

    checks: tuple[CheckResult, ...] = ()
    logs: tuple[str, ...] = ()
    globals: Mapping[str, Json] = {}
    removed: tuple[str, ...] = ()
    """The globals that the script removed."""
    variables: Mapping[str, str] = {}
    """The variables that the script set for this request alone."""
    headers: Mapping[str, str] | None = None
    """The headers that scripts have set for this request and all later ones; None if the engine could not return
    them.
    """
    is_exited: bool = False
    checks_status: bool = False
    """Whether the script has read the status and has checked something."""
    pause_s: float = 0.0
    """The seconds that the script asks to wait."""
    lists: frozenset[str] = frozenset()
    """The names of the variables for this request that are lists."""


def setup_code(script_input: ScriptInput, code: str, library: ScriptLibrary, modules: Sequence[str] = ()) -> str:
    """The code to run before a script. It registers these modules, which `as_module` has rewritten."""
    document: dict[str, object] = {
        "request": {
            "method": script_input.method,
            "url": {"raw": script_input.target, "pieces": script_input.request.url},
            "headers": script_input.request.headers,
            "body": script_input.request.body,
            "names": script_input.request.names,
            "environment": script_input.request.environment,
            "isSent": script_input.record is not None,
            "variables": _with_nulls(script_input.variables),
            "iteration": script_input.iteration,
        },
        "response": _response(script_input.record) if script_input.record is not None else None,
        "globals": _with_nulls(script_input.globals),
        "headers": dict(script_input.headers_of_all),
        "env": dict(script_input.env),
        "seed": script_input.seed,
    }
    own = f"{library.json_path}{library.prelude}(JSON.parse({json.dumps(json.dumps(document))}));\n"
    own += library.digests if any("crypto" in text for text in (code, *modules)) else ""
    text = BLANK_LINES + own + (library.loader if modules else "")
    for number, module in enumerate(modules, 2):  # each script begins at a line number that identifies it
        text += "\n" * (number * _LINE_OFFSET - text.count("\n")) + module
    return text


def _with_nulls(values: Mapping[str, Json]) -> dict[str, Json]:
    return {name: None if isinstance(value, NullText) else value for name, value in values.items()}


def read_result(text: str, handler: Handler, paths: Sequence[str] = ()) -> ScriptResult:
    """Parse the text that the engine returns for the expression `SAY`. Raises `UsageError` if the script has damaged
    the result.
    """
    try:
        # numbers stay as the engine writes them, so that a signature that the script has computed is right
        return _read_state(json.loads(text, parse_float=Number), handler, paths)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UsageError("The script has overwritten a function that callbox uses to read its results") from None


def _texts(values: Any) -> tuple[str, ...]:
    """A list of texts. Raises `TypeError` for anything else."""
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise TypeError
    return tuple(values)


def _read_state(state: Any, handler: Handler, paths: Sequence[str]) -> ScriptResult:
    checks = tuple(_read_test(test, handler, paths) for test in state["tests"])
    headers, pause_s = state["headers"], float(state["pauseMs"]) / 1000
    if not isinstance(state["globals"], dict) or not all(isinstance(value, str) for value in headers.values()):
        raise TypeError
    if not 0 <= pause_s <= MAX_PAUSE_S:
        raise ValueError
    return ScriptResult(
        checks=checks,
        logs=_texts(state["logs"]),
        globals=state["globals"],
        removed=_texts(state["removed"]),
        variables={name: format_value(value) for name, value in state["variables"].items()},
        headers=headers,
        is_exited=bool(state["exited"]),
        checks_status=bool(state["sawStatus"] and state["checked"]),
        pause_s=pause_s,
        lists=frozenset(name for name, value in state["variables"].items() if isinstance(value, list)),
    )


def _read_test(test: Any, handler: Handler, paths: Sequence[str]) -> CheckResult:
    """A test as a check result. A failed test has the line of the script where it failed."""
    if test["ok"]:
        return CheckResult(
            text=f"test {test['name']}", is_ok=True, expected="passes", actual="passes", line=handler.at.line
        )
    line = line_of(test["stack"], handler)
    actual = f"{test['message']}{_place_in_file(test['stack'], handler, paths)}"
    return CheckResult(text=f"test {test['name']}", is_ok=False, expected="passes", actual=actual, line=line)


def line_of_index(handler: Handler, code: str, index: int) -> int:
    """The line of the `.http` file for a position in this code.

    If the code is in a separate file, this is the line that names the file.
    """
    if handler.path is not None or not handler.lines:
        return handler.at.line
    return handler.lines[0].at.line + code.count("\n", 0, index)


def line_of(error: str, handler: Handler) -> int:
    """The line of the `.http` file that an engine's message refers to.

    If the message has no line, this is the first line of the script.
    """
    own = _own_line(error)
    if not own or handler.path is not None:
        return handler.at.line
    return (handler.lines[0].at.line if handler.lines else handler.at.line) + own - 1


def _own_line(error: str) -> int:
    """The 1-based line of the script itself in an engine's message; 0 if the message names no line of the script."""
    lines = (int(match[1]) for match in _INPUT_LINE.finditer(error))
    return next((line for line in lines if line < _LINE_OFFSET), 0)


def message_of(error: str, handler: Handler, paths: Sequence[str] = ()) -> str:
    """An engine's message in one line, without its stack. If the error is in a separate file, the line of that file is
    added.

    `paths` are the paths of the modules that the script imports.
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
    """The code of a script that is written in the `.http` file itself."""
    return "\n".join(text.text for text in handler.lines)


def steps_handlers(step: Step, kind: str) -> tuple[Handler, ...]:
    """The scripts before or after a step, in order; `kind` is `before` or `after`."""
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
    """The request as a script after the response reads it: the values that were sent, and the names of the variables
    that a script before the request has set.
    """
    outgoing = record.outgoing
    content = outgoing.content
    body = (content.data or b"").decode("utf-8", "replace") if content is not None else ""
    headers = tuple((f.name, reveal(f.value), (reveal(f.value),)) for f in outgoing.headers)
    return request._replace(url=(outgoing.url.text,), headers=headers, body={"raw": body, "pieces": [body]})


Piece: TypeAlias = str | Mapping[str, object]
_NULL: Piece = {"name": "", "raw": "", "encoded": False, "value": "", "json": "null"}
"""The piece of a variable whose value is null: `null` in JSON, and nothing elsewhere."""
"""A literal text, or a variable in a text.

A variable has its `name`, its spelling (`raw`), whether it is `encoded`, and its own `value` or an `error`.
"""
MAX_PAUSE_S = 30 * 24 * 3600.0
"""The longest time in seconds that a script may make the run wait."""
_MAX_READ = 1 << 16
"""The most bytes of a file that a script may read."""


class ScriptVariable(NamedTuple):
    """A variable that a script may read: the pieces of its value, and the variables that override it."""

    rank: int
    """Which values of scripts override the variable.

    0: no values; the variable comes from the command line, a prompt or a loop. 1: variables of the request; it comes
    from the file. 2: also values of `client.global`; it comes from an environment.
    """
    pieces: tuple[Piece, ...]


class UnfilledRequest(NamedTuple):
    """A request whose variables are not filled in yet."""

    url: tuple[Piece, ...]
    headers: tuple[tuple[str, str, tuple[Piece, ...]], ...]
    """The name, the written value and the pieces of each header."""
    body: Mapping[str, object]
    """The body: its spelling `raw` and its `pieces`, and whether it `isForm` or `isJson`.

    A GraphQL body has `query`, `variables` and `operation`.
    """
    names: Mapping[str, ScriptVariable]
    environment: Mapping[str, tuple[Piece, ...]]
    """The variables that environment files define, each with its pieces."""


def unfilled(scope: Scope) -> UnfilledRequest:
    """The request of the scope's step, with its texts split into pieces. The user is asked for each value once."""
    step, builder = scope.step, _PieceBuilder(scope)
    if step.command:
        return _unfilled_command(step, builder)
    url = builder.pieces(step.url)
    headers = tuple((line.name.text, line.text, builder.pieces(line.value)) for line in step.headers)
    body = _body(step, builder)
    return UnfilledRequest(url=url, headers=headers, body=body, names=builder.names, environment=builder.add_all())


def _unfilled_command(step: Step, builder: _PieceBuilder) -> UnfilledRequest:
    """The request of a curl command. Parts that are not known before it is sent are errors, if a script reads them."""
    texts = texts_of_command(step) or CommandTexts("GET", None, (), None)
    url = builder.parts(texts.url, "the URL of this curl command is not known yet")
    headers = tuple((name, _written(parts), builder.parts(parts, "")) for name, parts in texts.headers)
    pieces = builder.parts(texts.body, "the body of this curl command is not known yet: it has a file or a form")
    return UnfilledRequest(
        url=url,
        headers=headers,
        body={"raw": _written(texts.body), "pieces": pieces, "isForm": False, "isJson": False},
        names=builder.names,
        environment=builder.add_all(),
    )


def _written(parts: Iterable[str | Template] | None) -> str:
    return "".join(part if isinstance(part, str) else part.text for part in parts or ())


def target_of(step: Step) -> tuple[str, str]:
    """The method and the URL of a step as they are written, also for a curl command."""
    texts = texts_of_command(step) if step.command else None
    return (texts.method, _written(texts.url)) if texts is not None else (step.method, step.target)


def secrets_of(scope: Scope, request: UnfilledRequest) -> AbstractSet[str]:
    """The values of secret variables that a script can read."""
    for name in request.names:
        if scope.resolution.is_secret(name):
            with suppress(CallboxError):
                scope.value_of(name)
    return scope.secrets


class _PieceBuilder:
    """Splits texts into pieces, and collects the known values of their variables."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.names: dict[str, ScriptVariable] = {}
        self._depth = 0

    def pieces(self, texts: Iterable[Template]) -> tuple[Piece, ...]:
        return tuple(piece for text in texts for piece in self._pieces_of(text, None))

    def parts(self, parts: Iterable[str | Template] | None, reason: str) -> tuple[Piece, ...]:
        """The pieces of texts and templates; an error if they are not known."""
        if parts is None:
            return ({"error": reason},)
        pieces = ((part,) if isinstance(part, str) else self.pieces([part]) for part in parts)
        return tuple(piece for group in pieces for piece in group)

    def file(self, file: FileReference) -> tuple[Piece, ...]:
        """The pieces of a file's text.

        If the file is not text, or not known yet, the pieces are an error, which is raised when a script reads the
        text.
        """
        try:
            path = self._scope.expand([file.path], place=FilePosition()).strip().text
            text = text_of_file(path, file, self._scope, _MAX_READ)
        except CallboxError as error:
            return ({"error": f"the body is not known yet: {error.message}"},)
        if text is None:
            return ({"error": f"the body has a file that is large or is not text: {path}"},)
        return (text,) if isinstance(text, str) else self.pieces([text])

    def add_all(self) -> Mapping[str, tuple[Piece, ...]]:
        """Add variables that no text of the request names, since scripts may read them. The user is not asked for their
        values.

        Returns the variables of environment files.
        """
        resolution = self._scope.resolution
        quiet = resolution._replace(sources=resolution.sources._replace(ask=None))
        self._scope = Scope(quiet, self._scope.step, self._scope.record_of)
        for layer in (*resolution.above, *resolution.below):
            for name in layer.values if layer.name not in _SCRIPT_LAYERS else ():
                self._add(name)
        for name in self._scope.definitions:
            self._add(name)
        environment: dict[str, tuple[Piece, ...]] = {}
        for name in (name for layer in resolution.below if isinstance(layer, TemplateLayer) for name in layer.values):
            known_variable, variable = self.names.get(name), _environment_variable(resolution, name)
            if known_variable is not None and known_variable.rank == 2:
                environment[name] = known_variable.pieces
            elif variable is not None:
                environment[name] = tuple(self._pieces_of(variable.value, variable))
        return environment

    def _pieces_of(self, text: Template, variable: Variable | None) -> Iterable[Piece]:
        if isinstance(text.text, NullText):
            yield _NULL
        for piece in split(text.text):
            if isinstance(piece, Hole):
                self._add(piece.expression)
                yield self._hole(piece, text, variable)
            else:
                yield unescaped(piece) if variable is not None else piece

    def _hole(self, hole: Hole, text: Template, variable: Variable | None) -> Piece:
        raw = text.text[hole.start : hole.end]
        entries: dict[str, object] = {"name": hole.expression, "raw": raw, "encoded": hole.is_encoded, "value": None}
        trail = (variable,) if variable is not None else ()
        with suppress(UsageError):  # unless the script sets the variable, sending the request gives an error
            own = self._scope.value_of_hole(hole, text, "null", trail)
            entries["value"] = None if own.is_open else own.text
            if own.text == "null":  # the braces may belong to JSON
                entries |= {"value": self._scope.value_of_hole(hole, text, "", trail).text, "json": "null"}
        return entries

    def _add(self, name: str) -> None:
        # a later step of the loop adds the variables inside this value
        if name in self.names or self._depth >= MAX_DEPTH:
            return
        resolution = self._scope.resolution
        for above in resolution.above:
            if name in above.values and above.name not in _SCRIPT_LAYERS:
                value = above.values[name]
                text = value if isinstance(value, str) else value.text
                self.names[name] = ScriptVariable(0, (_NULL if isinstance(text, NullText) else text,))
                return
        variable, rank = self._scope.definitions.at(name, self._scope.step.number), 1
        if variable is None:
            variable, rank = _environment_variable(resolution, name), 2
        if variable is not None:
            self.names[name] = ScriptVariable(rank, ())  # the variable is defined by itself
            self._depth += 1
            self.names[name] = ScriptVariable(rank, tuple(self._pieces_of(variable.value, variable)))
            self._depth -= 1


def _environment_variable(resolution: ResolutionContext, name: str) -> Variable | None:
    for layer in resolution.below:
        if isinstance(layer, TemplateLayer) and name in layer.values:
            return Variable(name, escape_backslashes(layer.values[name]), layer.values[name].at)
    return None


_SCRIPT_LAYERS = frozenset({"script", "captured"})
"""The layers that a script reads by other names: `request.variables` and `client.global`."""


def _body(step: Step, builder: _PieceBuilder) -> Mapping[str, object]:
    raw = "".join(text.text for text in step.body.texts)
    if (operation := operation_of(step)) is not None:
        parts = [
            tuple(
                piece
                for one in pieces
                for piece in (builder.pieces([one]) if isinstance(one, Template) else builder.file(one))
            )
            for pieces in (operation.query, operation.variables)
        ]
        return {"raw": raw, "query": parts[0], "variables": parts[1], "operation": operation.name}
    boundary = _boundary(step)
    entries: list[Piece] = []
    for one in step.body.pieces:
        if isinstance(one, FileReference):
            entries += builder.file(one)
        elif boundary is not None and boundary.text in one.text:
            entries += _with_boundary(one, boundary, builder)
        else:
            entries += builder.pieces([one])
    return {"raw": raw, "pieces": entries, "isForm": is_encoded_form(step), "isJson": step.body.kind == "json"}


def _boundary(step: Step) -> Template | None:
    """The multipart boundary as the header has it, if it contains variables. These are filled once, in the header."""
    line = step.header("content-type") if step.body.kind == "multipart" else None
    written = boundary_of(line.text) if line is not None else ""
    if line is None or not holes(written) or len(line.value) != 1:
        return None
    at = line.value[0].text.find(written)
    return line.value[0].cut(at, at + len(written))


def _with_boundary(text: Template, boundary: Template, builder: _PieceBuilder) -> Iterable[Piece]:
    at = 0
    while (found := text.text.find(boundary.text, at)) >= 0:
        yield from builder.pieces([text.cut(at, found), boundary])
        at = found + len(boundary.text)
    yield from builder.pieces([text.cut(at)])
