"""The parsed form of a `.http` file: scripts, steps, headers, bodies, directives, each with its position.

No variable is filled here: a `{{name}}` is still in the text, and `Text.position_at` gives its place.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from operator import attrgetter
from typing import Literal, NamedTuple

from callbox.httpfile.source_and_diagnostics import Diagnostic, Position, Template, Text, joined


class Variable(NamedTuple):
    """A definition `@name = value`. The value is as written; `unescaped` replaces escapes such as `\\n`."""

    name: str
    value: Template
    at: Position
    step: int = 1
    """The number of the step in whose block the definition is, or else of the next step.

    After the last of n steps, the number is n + 1.
    """
    is_after_request: bool = False
    """Whether the definition is below the request line in the block of `step`."""


class Directive(NamedTuple):
    """A directive `# @name value`."""

    name: str
    """The name in callbox's spelling: `curl-insecure` becomes `insecure`."""
    value: Template | None
    at: Position


class HeaderLine(NamedTuple):
    """A header.

    A folded value is a text for each line; each text after the first begins with the space that joins the lines.
    """

    name: Template
    value: tuple[Template, ...]

    @property
    def text(self) -> str:
        """The value as one string, with variables not filled."""
        return self.value[0].text if len(self.value) == 1 else joined(self.value)


class FileReference(NamedTuple):
    """A file in a body: `< path` is the bytes of a file, `<@ path` and `<@latin1 path` its text with variables
    filled.
    """

    path: Template
    at: Position
    is_substituted: bool = False
    encoding: str = ""
    """The encoding of the file; empty for UTF-8."""


Piece = Template | FileReference


def _filled(piece: Piece) -> Piece:
    return piece._replace(is_substituted=True) if isinstance(piece, FileReference) else piece


BodyKind = Literal["none", "json", "form", "graphql", "multipart", "ndjson", "text"]


class Body(NamedTuple):
    """The body of a request, as pieces in order. Line breaks are already the ones that are sent.

    The kind says how the pieces were read. The kind never adds a header.

    """

    kind: BodyKind = "none"
    """The kind: `none`, `json`, `form`, `graphql`, `multipart`, `ndjson` or `text`."""
    pieces: tuple[Piece, ...] = ()
    variables: tuple[Piece, ...] = ()
    """The JSON variables of a GraphQL query."""

    @property
    def texts(self) -> Iterator[Template]:
        """The pieces that are text, including those of GraphQL variables."""
        return (piece for piece in (*self.pieces, *self.variables) if isinstance(piece, Template))

    def filled(self) -> Body:
        """The body with `<@ file` in place of `< file`, so that variables in files are filled."""
        return self._replace(pieces=tuple(map(_filled, self.pieces)), variables=tuple(map(_filled, self.variables)))

    @property
    def files(self) -> Iterator[FileReference]:
        """The files that the body includes."""
        return (piece for piece in (*self.pieces, *self.variables) if isinstance(piece, FileReference))


class Expectation(NamedTuple):
    """A condition on the response."""

    subject: str
    """The checked part: `status`, `header`, `body`, `time`, `reason` or `xpath`.

    `callbox.replay` checks `openapi` and `schema`. `other` is JavaScript of httpyac, which is refused.
    """
    path: Template | None
    """The name of the header, the JSON path, the XPath or the expression; None if the subject needs none."""
    operator: str
    """An operator in the table of `assertion_evaluator`, or `fits` for a schema.

    The operator `in` takes `200`, `200..299`, `2xx`, or several with commas.
    """
    value: Template | None
    at: Position
    is_negated: bool = False
    text: str = ""
    """The words of the line for reports: `status == 200`."""


SCHEMA_SUBJECTS = frozenset({"openapi", "schema"})
"""The subjects that a schema checks."""
_TAG_SEPARATOR = re.compile(r"[,\s]+")
DESCRIPTIVE_DIRECTIVES = frozenset({"name", "title", "description", "tag", "operation"})
"""The directives that do not change the request."""

UNARY = frozenset({"exists", "isTrue", "isFalse", "isNumber", "isString", "isBoolean", "isArray"})
"""The operators that take no value."""


class Capture(NamedTuple):
    """A directive `# @capture name = path`. It stores a value of the response in a variable for later steps."""

    name: str
    path: Template
    """The path, such as `body $.token`, `header Location`, `status` or `cookie sid`."""
    at: Position


HandlerKind = Literal["before", "after", "code"]


class Handler(NamedTuple):
    """A script that runs before or after a request, as lines or as the file that contains them."""

    kind: HandlerKind
    """The kind: `before` (`< {% %}`), `after` (`> {% %}`), or `code`, a `{{ }}` block of httpyac, which is refused."""
    lines: tuple[Text, ...]
    """The lines of the script without `{%` and `%}`; empty if the script is a file."""
    path: Text | None
    at: Position


OutputMark = Literal[">>", ">>!", "<>"]


class Output(NamedTuple):
    """A file for the response.

    `>> path` saves a copy, `>>! path` overwrites the file, and `<> path` names an earlier response.
    """

    mark: OutputMark
    path: Template
    at: Position


class Import(NamedTuple):
    """A line `import file.http`. The steps of that file may be named in this file."""

    path: Template
    at: Position


class RunCommand(NamedTuple):
    """A line `run #name (@a=1, @b=2)` or `run file.http`."""

    target: Template
    """The name of the step without `#`, or the path of the file."""
    is_file: bool
    overrides: tuple[tuple[str, Template], ...]
    at: Position


class RecordedResponse(NamedTuple):
    """A response that is written in the file. It is never sent, and may serve as the expected response."""

    step: int
    """The number of the step before the response; 0 if there is none."""
    lines: tuple[Text, ...]
    at: Position


Protocol = Literal["http", "sse", "websocket", "grpc", "mqtt", "amqp"]


class Step(NamedTuple):
    """A request, or a block that only runs other steps.

    Such a block has `runs` and an empty `method`.
    """

    number: int
    """The 1-based number of the step in the file."""
    at: Position
    """The position of the request line."""
    first_line: int
    last_line: int
    method: str = ""
    url: tuple[Template, ...] = ()
    """The URL, as a text for each line on which it is written. The texts are joined without a separator."""
    http_version: str = ""
    """The HTTP version: `1.1`, `2` ..; empty if none is written."""
    headers: tuple[HeaderLine, ...] = ()
    """The headers in order, as typed.

    Headers that only say that the body is GraphQL are left out (see `is_graphql`).
    """
    body: Body = Body()
    name: str = ""
    """The value of `# @name`; empty if there is none."""
    title: str = ""
    """The text after `###`, or the value of `# @title`."""
    comments: tuple[Text, ...] = ()
    """The comments of the block that contain no directive, with their comment marks."""
    directives: tuple[Directive, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    captures: tuple[Capture, ...] = ()
    handlers: tuple[Handler, ...] = ()
    outputs: tuple[Output, ...] = ()
    runs: tuple[RunCommand, ...] = ()
    """The `run` lines, which are carried out before this step's own request."""
    protocol: Protocol = "http"
    """The protocol: `http`, `sse`, or one that is refused: `websocket`, `grpc`, `mqtt`, `amqp`."""
    is_graphql: bool = False
    command: tuple[Template, ...] = ()
    """The lines of a `curl` command that is written in place of a request line.

    Such a step has no method and no URL.
    """
    is_broken: bool = False
    """Whether no request could be read. `url` is then the wrong line, and the body is the text after it."""

    @property
    def has_request(self) -> bool:
        """Whether the step has a request.

        It has none if the block only runs other steps, or if it could not be read.
        """
        return bool(self.method or self.command)

    @property
    def target(self) -> str:
        """The URL as one string, with variables not filled."""
        return joined(self.url)

    @property
    def label(self) -> str:
        """A label for people: the name, else the title, else method and URL."""
        command_or_url = joined(self.command) or f"{self.method} {self.target}".strip()
        return self.name or self.title or command_or_url or f"#{self.number}"

    @property
    def tags(self) -> frozenset[str]:
        """The tags of the step, from `# @tag smoke, slow`."""
        values = [found.value.text for found in self.directives if found.name == "tag" and found.value is not None]
        return frozenset(word for value in values for word in _TAG_SEPARATOR.split(value) if word)

    @property
    def has_target_alone(self) -> bool:
        """Whether the step is only a method and a target, with nothing else that affects sending or checking."""
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
        """The value of the last directive with that name.

        It is "" for a directive without a value, and None without the directive.
        """
        found = self.directive(name)
        if found is None:
            return None
        return found.value.text if found.value else ""

    def header(self, name: str) -> HeaderLine | None:
        """The last header with that name, in any letter case."""
        wanted = name.lower()
        return next((line for line in reversed(self.headers) if line.name.text.lower() == wanted), None)


class Script(NamedTuple):
    """A parsed file: its steps in order, the settings for all steps, its errors and its lints."""

    name: str
    """The name of the file in places."""
    text: str
    """The decoded text of the file, without a byte order mark."""
    steps: tuple[Step, ...] = ()
    variables: tuple[Variable, ...] = ()
    """Every definition `@name = value` in the file, in order."""
    imports: tuple[Import, ...] = ()
    directives: tuple[Directive, ...] = ()
    """The directives of blocks without a request."""
    comments: tuple[Text, ...] = ()
    """The comments of blocks without a request."""
    handlers: tuple[Handler, ...] = ()
    """The scripts of blocks without a request."""
    recorded: tuple[RecordedResponse, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    expanded: frozenset[str] = frozenset()
    """The names of variables that contain header lines. The lines replaced the variables when the file was read."""
    blocks: frozenset[str] = frozenset()
    """The names of blocks with variables and without a request. `# @ref` may name such a block."""

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that prevent sending."""
        return tuple(found for found in self.diagnostics if found.is_error)

    def step_at(self, line: int) -> Step | None:
        """The step whose block contains the 1-based line."""
        at = bisect_left(self.steps, line, key=attrgetter("last_line"))
        return self.steps[at] if at < len(self.steps) and self.steps[at].first_line <= line else None

    def definitions(self, step: int) -> dict[str, Variable]:
        """The definition of each variable at that step: the last definition before the step or in its block, or else
        the first one after it.
        """
        found: dict[str, Variable] = {}
        for variable in self.variables:
            if variable.step <= step or variable.name not in found:
                found[variable.name] = variable
        return found


_ESCAPE = re.compile(r"\\([nrt\\])")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}


def unescaped(value: str) -> str:
    """The value of a variable, with `\\n`, `\\r`, `\\t` and `\\\\` replaced by their characters. Every other backslash
    stays.

    >>> unescaped(r"C:\\\\temp\\d")
    'C:\\\\temp\\\\d'
    """
    return _ESCAPE.sub(lambda match: _ESCAPED[match[1]], value)
