"""Data from which a pre-request script builds the text of its request, before variables are filled in.

The JavaScript engine cannot call Python. Each text is therefore passed as JSON pieces: literal text, and for each
`{{name}}` the values it may have. The JavaScript prelude joins the pieces with the variables as the script has set
them, in the order of precedence of `Scope`. Values that a script sets are inserted unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import NamedTuple, TypeAlias

from callbox.errors import CallboxError, UsageError
from callbox.exchange.template import Hole, holes, split
from callbox.httpfile.model import FileReference, Step, Variable, unescaped
from callbox.httpfile.requests.payload import boundary_of, is_encoded_form, operation_of, text_of_file
from callbox.httpfile.source import Template
from callbox.httpfile.variables.scope import MAX_DEPTH, ResolutionContext, Scope, TemplateLayer, escape_backslashes

Piece: TypeAlias = str | Mapping[str, object]
"""Text, or a hole: its `name`, how it is written (`raw`), whether it is `encoded`, its own `value`; or an `error`."""
_MAX_READ = 1 << 16
"""The most bytes of a file that a script gets."""


class ScriptVariable(NamedTuple):
    """A variable that a script may read: its pieces, and the variables that take precedence."""

    rank: int
    """0: the command line, a prompt, a loop; nothing wins over it. 1: the file; what scripts set wins over it.
    2: an environment; `client.global` wins over it, too."""
    pieces: tuple[Piece, ...]


class UnfilledRequest(NamedTuple):
    """A request whose variables are not filled in yet."""

    url: tuple[Piece, ...]
    headers: tuple[tuple[str, str, tuple[Piece, ...]], ...]
    """Name, value as written, its pieces."""
    body: Mapping[str, object]
    """`raw`, and `pieces`; of GraphQL `query`, `variables` and `operation`; whether it `isForm`, `isJson`."""
    names: Mapping[str, ScriptVariable]
    environment: Mapping[str, tuple[Piece, ...]]
    """The variables that environment files define."""


def unfilled(scope: Scope) -> UnfilledRequest:
    """The request of the scope's step in pieces. The user is asked for each value once."""
    step, builder = scope.step, _PieceBuilder(scope)
    url = builder.pieces(step.url)
    headers = tuple((line.name.text, line.text, builder.pieces(line.value)) for line in step.headers)
    body = _body(step, builder)
    return UnfilledRequest(url, headers, body, builder.names, builder.add_all())


def secrets_of(scope: Scope, request: UnfilledRequest) -> set[str]:
    """The values of secret variables that a script can find."""
    for name in request.names:
        if scope.resolution.is_secret(name):
            with suppress(CallboxError):
                scope.value_of(name)
    return scope.secrets


class _PieceBuilder:
    """Makes pieces, and collects the known values of the names in them."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.names: dict[str, ScriptVariable] = {}
        self._depth = 0

    def pieces(self, texts: Iterable[Template]) -> tuple[Piece, ...]:
        return tuple(piece for text in texts for piece in self._pieces_of(text, None))

    def file(self, file: FileReference) -> tuple[Piece, ...]:
        """The text of a file. If it is not text or not known yet, an error that is raised when a script asks for it."""
        try:
            path = self._scope.expand([file.path]).strip().text
            text = text_of_file(path, file, self._scope, _MAX_READ)
        except CallboxError as error:
            return ({"error": f"the body is not known yet: {error.message}"},)
        if text is None:
            return ({"error": f"the body holds a file that is no text, or a large one: {path}"},)
        return (text,) if isinstance(text, str) else self.pieces([text])

    def add_all(self) -> Mapping[str, tuple[Piece, ...]]:
        """Add variables that no text of the request names, since scripts may read them; nothing is asked for them.

        Gives the variables of environment files.
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
        with suppress(UsageError):  # an error when it is sent, unless the script sets it
            own = self._scope.value_of_hole(hole, text, "null", trail)
            entries["value"] = None if own.is_open else own.text
            if own.text == "null":  # perhaps JSON's, which is nothing elsewhere
                entries |= {"value": self._scope.value_of_hole(hole, text, "", trail).text, "json": "null"}
        return entries

    def _add(self, name: str) -> None:
        if name in self.names or self._depth >= MAX_DEPTH:  # those further down are added in their turn
            return
        resolution = self._scope.resolution
        for above in resolution.above:
            if name in above.values and above.name not in _SCRIPT_LAYERS:
                value = above.values[name]
                self.names[name] = ScriptVariable(0, (value if isinstance(value, str) else value.text,))
                return
        variable, rank = self._scope.definitions.at(name, self._scope.step.number), 1
        if variable is None:
            variable, rank = _environment_variable(resolution, name), 2
        if variable is not None:
            self.names[name] = ScriptVariable(rank, ())  # for one that is defined by itself
            self._depth += 1
            self.names[name] = ScriptVariable(rank, tuple(self._pieces_of(variable.value, variable)))
            self._depth -= 1


def _environment_variable(resolution: ResolutionContext, name: str) -> Variable | None:
    for layer in resolution.below:
        if isinstance(layer, TemplateLayer) and name in layer.values:
            return Variable(name, escape_backslashes(layer.values[name]), layer.values[name].at)
    return None


_SCRIPT_LAYERS = frozenset({"script", "captured"})
"""The layers whose values a script knows otherwise: as `request.variables` and `client.global`."""


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
    """The boundary as the header writes it, if it holds variables: they are filled once, in the header."""
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
