"""The parsed form of a `.http` file: scripts, steps, headers, bodies, directives, each with its position.

Nothing here is substituted: a `{{name}}` is still in the text, and `Text.position_at` gives its place.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from operator import attrgetter
from typing import NamedTuple

from callbox.httpfile.diagnostics import Diagnostic
from callbox.httpfile.source import Position, Template, Text, joined


class Variable(NamedTuple):
    """`@name = value`. The value is raw: `unescaped` undoes `\\n` and its kin."""

    name: str
    value: Template
    at: Position
    step: int = 1
    """The number of the first step that it is above or in; n + 1 below the last of n steps."""
    is_after_request: bool = False
    """Whether it is below the request line, in the block of `step` itself."""


class Directive(NamedTuple):
    """`# @name value`."""

    name: str
    """In its main spelling: `curl-insecure` is `insecure`."""
    value: Template | None
    at: Position


class HeaderLine(NamedTuple):
    """One header. A folded value has a text for each line; all but the first begin with a joining space."""

    name: Template
    value: tuple[Template, ...]

    @property
    def text(self) -> str:
        """The value as one string, not substituted."""
        return self.value[0].text if len(self.value) == 1 else joined(self.value)


class FileReference(NamedTuple):
    """`< path`: the bytes of a file; `<@ path` and `<@latin1 path`: its text, with `{{...}}` substituted."""

    path: Template
    at: Position
    is_substituted: bool = False
    encoding: str = ""
    """Empty for UTF-8."""


Piece = Template | FileReference


def _filled(piece: Piece) -> Piece:
    return piece._replace(is_substituted=True) if isinstance(piece, FileReference) else piece


class Body(NamedTuple):
    """The body of a request, in pieces, in order. Newlines are already those that are sent.

    The kind says how the pieces were read; it never means that a header is to be added.
    """

    kind: str = "none"
    """`none`, `json`, `form`, `graphql`, `multipart`, `ndjson` or `text`."""
    pieces: tuple[Piece, ...] = ()
    variables: tuple[Piece, ...] = ()
    """The JSON variables of a GraphQL query."""

    @property
    def texts(self) -> Iterator[Template]:
        """The pieces that are text, of the query's variables too."""
        return (piece for piece in (*self.pieces, *self.variables) if isinstance(piece, Template))

    def filled(self) -> Body:
        """The same body with `< file` as `<@ file`, so that variables in files are filled."""
        return self._replace(pieces=tuple(map(_filled, self.pieces)), variables=tuple(map(_filled, self.variables)))

    @property
    def files(self) -> Iterator[FileReference]:
        """The files that it reads."""
        return (piece for piece in (*self.pieces, *self.variables) if isinstance(piece, FileReference))


class Expectation(NamedTuple):
    """One condition that the response must meet."""

    subject: str
    """`status`, `header`, `body`, `time`, `reason`, `xpath`; `openapi`, `schema`, which `callbox.replay` checks;
    or `other` (JavaScript of httpyac: refused)."""
    path: Template | None
    """The header's name, the JSON path, the XPath or the expression; None if the subject needs none."""
    operator: str
    """As in the table of `assertions.evaluate`, or `fits` for a schema; `in` takes `200`, `200..299`, `2xx`, and
    several with commas."""
    value: Template | None
    at: Position
    is_negated: bool = False
    text: str = ""
    """The line's words, for reports: `status == 200`."""


SCHEMA_SUBJECTS = frozenset({"openapi", "schema"})
"""The subjects of expectations that a schema decides."""
DESCRIPTIVE_DIRECTIVES = frozenset({"name", "title", "description", "tag", "operation"})
"""Directives that do not change the request."""

UNARY = frozenset({"exists", "isTrue", "isFalse", "isNumber", "isString", "isBoolean", "isArray"})
"""The operators that take no value."""


class Capture(NamedTuple):
    """`# @capture name = path`: a value of the response, kept as a variable for later steps."""

    name: str
    path: Template
    """Such as `body $.token`, `header Location`, `status`, `cookie sid`."""
    at: Position


class Handler(NamedTuple):
    """A script that runs before or after a request: its lines, or the file that holds it."""

    kind: str
    """`before` (`< {% %}`), `after` (`> {% %}`), or `code` (a `{{ }}` block of httpyac: refused)."""
    lines: tuple[Text, ...]
    """The script's lines, without `{%` and `%}`; empty if it is a file."""
    path: Text | None
    at: Position


class Output(NamedTuple):
    """`>> path` (keep a copy), `>>! path` (overwrite), `<> path` (a response kept earlier)."""

    mark: str
    path: Template
    at: Position


class Import(NamedTuple):
    """`import file.http`: its steps may be named here."""

    path: Template
    at: Position


class RunCommand(NamedTuple):
    """`run #name (@a=1, @b=2)` or `run file.http`."""

    target: Template
    """The step's name without `#`, or the file's path."""
    is_file: bool
    overrides: tuple[tuple[str, Template], ...]
    at: Position


class RecordedResponse(NamedTuple):
    """A response written in a separate block; it is never sent, and may serve as the expected response."""

    step: int
    """The number of the step above it; 0 if there is none."""
    lines: tuple[Text, ...]
    at: Position


class Step(NamedTuple):
    """One request, or one block that only runs others (then `method` is empty and `runs` is not)."""

    number: int
    """1-based, in the order of the file."""
    at: Position
    """The position of its request line."""
    first_line: int
    last_line: int
    method: str = ""
    url: tuple[Template, ...] = ()
    """The target, a text for each line that it is written on; nothing is put between them."""
    http_version: str = ""
    """`1.1`, `2` ..; empty if it is not written."""
    headers: tuple[HeaderLine, ...] = ()
    """The headers in order, as typed. The two that only say "GraphQL" are left out (see `is_graphql`)."""
    body: Body = Body()
    name: str = ""
    """The value of `# @name`."""
    title: str = ""
    """The text after `###`, or the value of `# @title`."""
    comments: tuple[Text, ...] = ()
    """The plain comments of the block, with their marks."""
    directives: tuple[Directive, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    captures: tuple[Capture, ...] = ()
    handlers: tuple[Handler, ...] = ()
    outputs: tuple[Output, ...] = ()
    runs: tuple[RunCommand, ...] = ()
    """The `run` lines, executed before this step's own request."""
    protocol: str = "http"
    """`http`, `sse`, or one that is refused: `websocket`, `grpc`, `mqtt`, `amqp`."""
    is_graphql: bool = False
    command: tuple[Template, ...] = ()
    """The lines of a `curl` command in place of the request; then there is no method and no URL."""
    is_broken: bool = False
    """True if no request could be read: `url` is the line at fault, the body what follows it."""

    @property
    def has_request(self) -> bool:
        """False if the block only runs others, or could not be read."""
        return bool(self.method or self.command)

    @property
    def target(self) -> str:
        """The URL as one string, not substituted."""
        return joined(self.url)

    @property
    def label(self) -> str:
        """A label for people: its name, else its title, else method and URL."""
        command_or_url = joined(self.command) or f"{self.method} {self.target}".strip()
        return self.name or self.title or command_or_url or f"#{self.number}"

    @property
    def has_target_alone(self) -> bool:
        """Whether the step is a method and a target only, with nothing else that affects sending or checking."""
        if not self.method or self.protocol != "http" or self.is_graphql:
            return False
        if self.headers or self.body.pieces or self.directives or self.handlers:
            return False
        return not (self.outputs or self.runs or self.captures or self.expectations)

    @property
    def has_effective_directives(self) -> bool:
        """Whether a directive does more than give a name or a description."""
        return bool(self.directives) and any(found.name not in DESCRIPTIVE_DIRECTIVES for found in self.directives)

    def directive(self, name: str) -> Directive | None:
        """The last directive with that name."""
        for found in reversed(self.directives):
            if found.name == name:
                return found
        return None

    def directive_text(self, name: str) -> str | None:
        """The value of the last directive with that name: "" without a value, None without the directive."""
        found = self.directive(name)
        if found is None:
            return None
        return found.value.text if found.value else ""

    def header(self, name: str) -> HeaderLine | None:
        """The last header with that name, in any case."""
        wanted = name.lower()
        return next((line for line in reversed(self.headers) if line.name.text.lower() == wanted), None)


class Script(NamedTuple):
    """A file: its steps in order, the settings for all of them, and its errors and lints."""

    name: str
    """The file's name, for places."""
    text: str
    """The file as decoded, without a byte order mark."""
    steps: tuple[Step, ...] = ()
    variables: tuple[Variable, ...] = ()
    """Every `@name = value` of the file, in order."""
    imports: tuple[Import, ...] = ()
    directives: tuple[Directive, ...] = ()
    """Handlers, variables or options of blocks without a request."""
    comments: tuple[Text, ...] = ()
    """Handlers, variables or options of blocks without a request."""
    handlers: tuple[Handler, ...] = ()
    """Handlers, variables or options of blocks without a request."""
    recorded: tuple[RecordedResponse, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    expanded: frozenset[str] = frozenset()
    """Variables that hold header lines and were put in their place while the file was read."""
    blocks: frozenset[str] = frozenset()
    """The names of blocks that hold variables and no request: `# @ref` may name one."""

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that prevent sending."""
        return tuple(found for found in self.diagnostics if found.is_error)

    def step_at(self, line: int) -> Step | None:
        """The step whose block holds the 1-based line."""
        at = bisect_left(self.steps, line, key=attrgetter("last_line"))
        return self.steps[at] if at < len(self.steps) and self.steps[at].first_line <= line else None

    def definitions(self, step: int) -> dict[str, Variable]:
        """Each variable's definition at that step: the last above or in its block, else the first below."""
        found: dict[str, Variable] = {}
        for variable in self.variables:
            if variable.step <= step or variable.name not in found:
                found[variable.name] = variable
        return found


_ESCAPE = re.compile(r"\\([nrt\\])")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}


def unescaped(value: str) -> str:
    """A variable's value with `\\n`, `\\r`, `\\t` and `\\\\` undone; every other backslash stays.

    >>> unescaped(r"C:\\\\temp\\d")
    'C:\\\\temp\\\\d'
    """
    return _ESCAPE.sub(lambda match: _ESCAPED[match[1]], value)
