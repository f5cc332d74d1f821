"""`StepBuilder`: the mutable object that collects the parts and the diagnostics of one step while it is parsed."""

from __future__ import annotations

from collections.abc import Iterable

from callbox.exchange.template_braces import find_unclosed
from callbox.httpfile.diagnostics import Diagnostic, Severity
from callbox.httpfile.model import Capture, Directive, Expectation, Handler, Import, Output, RunCommand, Variable
from callbox.httpfile.source import Lines, Position, SourceLine, Template, Text

_HINT = "Close the braces with }}, or write \\{\\{ for two braces"


def check_braces(texts: Iterable[Text], lines: Lines, builder: StepBuilder, *, is_error: bool = True) -> None:
    """Report the first unclosed `{{` of each line; `lines` are the lines with the texts."""
    report = builder.error if is_error else builder.lint
    reported = 0
    for text in texts:
        if "{{" not in text.text:
            continue
        for below, line in enumerate(text.text.split("\n") if "\n" in text.text else (text.text,)):
            index = find_unclosed(line) if text.at.line + below != reported else -1
            if index >= 0:
                reported = text.at.line + below
                source = lines.numbered(reported)
                at = source.whole.position_at(index) if below else text.position_at(index)
                report("unclosed-braces", "This {{ is not closed", _HINT, source, at, 2)


class StepBuilder:
    """Collects the diagnostics of one block and all of its parts except the request."""

    __slots__ = (
        "block_name", "captures", "comments", "diagnostics", "directives", "expectations", "fragments", "handlers",
        "imports", "is_after_request", "outputs", "runs", "step", "variables",
    )  # fmt: skip

    def __init__(self, step: int = 1) -> None:
        self.step = step
        """The number of the step to which the parts belong."""
        self.is_after_request = False
        self.block_name = ""
        """The name of a block with variables and without a request."""
        self.comments: list[Text] = []
        self.directives: list[Directive] = []
        self.expectations: list[Expectation] = []
        self.captures: list[Capture] = []
        self.fragments: list[Template] = []
        """The lines of GraphQL before the request line."""
        self.handlers: list[Handler] = []
        self.outputs: list[Output] = []
        self.runs: list[RunCommand] = []
        self.imports: list[Import] = []
        self.variables: list[Variable] = []
        self.diagnostics: list[Diagnostic] = []

    @property
    def of_step(self) -> tuple[tuple[object, ...], ...]:
        """The collected parts as tuples, in the order of the fields of `Step`."""
        return (
            tuple(self.comments),
            tuple(self.directives),
            tuple(self.expectations),
            tuple(self.captures),
            tuple(self.handlers),
            tuple(self.outputs),
            tuple(self.runs),
        )

    def error(
        self, code: str, message: str, hint: str, line: SourceLine, at: Position | None = None, length: int = 0
    ) -> None:
        """Report an error, which prevents the step from being sent."""
        self._add("error", code, message, hint, line, at, length)

    def lint(
        self, code: str, message: str, hint: str, line: SourceLine, at: Position | None = None, length: int = 0
    ) -> None:
        """Report a part that may be a mistake."""
        self._add("lint", code, message, hint, line, at, length)

    def _add(
        self, severity: Severity, code: str, message: str, hint: str, line: SourceLine, at: Position | None, length: int
    ) -> None:
        bare = line.stripped
        place, width = (bare.at, len(bare.text)) if at is None else (at, length)
        self.diagnostics.append(
            Diagnostic(
                severity=severity,
                code=code,
                message=message,
                hint=hint,
                at=place,
                length=max(width, 1),
                source=line.text,
            )
        )

    def says(self, directive: str) -> bool:
        """Whether a directive with that name was read."""
        return bool(self.directives) and any(found.name == directive for found in self.directives)

    def value_of(self, directive: str) -> str:
        """The value of the last directive with that name and a value; empty if there is none."""
        value = ""
        for found in self.directives:
            if found.name == directive and found.value is not None:
                value = found.value.text
        return value
