"""What the readers have found so far: the one mutable holder while a file is read."""

from __future__ import annotations

from callbox.script.invisible import INVISIBLE, name_of
from callbox.script.lines import Line
from callbox.script.model import (
    At,
    Capture,
    Diagnostic,
    Directive,
    Expectation,
    Handler,
    Import,
    Output,
    Run,
    Text,
    Variable,
)


def unseen(text: str) -> str:
    """What to try where a line holds a character that cannot be seen; empty where it holds none.

    >>> unseen("GET\\u00a0http://a/")
    'Character 4 of it is U+00A0, no-break space: write a plain blank or nothing there'
    """
    found = INVISIBLE.search(text, 0, 2000)
    if found is None:
        return ""
    character = f"U+{ord(found[0]):04X}, {name_of(found[0])}"
    return f"Character {found.start() + 1} of it is {character}: write a plain blank or nothing there"


class Gathered:
    """What one block has said beside its request, and what is wrong with it."""

    __slots__ = (
        "captures", "comments", "diagnostics", "directives", "expectations", "handlers", "imports",
        "is_after_request", "outputs", "runs", "step", "variables",
    )  # fmt: skip

    def __init__(self, step: int = 1) -> None:
        self.step = step
        """The number of the step that it is read for."""
        self.is_after_request = False
        self.comments: list[Text] = []
        self.directives: list[Directive] = []
        self.expectations: list[Expectation] = []
        self.captures: list[Capture] = []
        self.handlers: list[Handler] = []
        self.outputs: list[Output] = []
        self.runs: list[Run] = []
        self.imports: list[Import] = []
        self.variables: list[Variable] = []
        self.diagnostics: list[Diagnostic] = []

    @property
    def of_step(self) -> tuple[tuple[object, ...], ...]:
        """What becomes part of the step, in the order of its fields."""
        return (
            tuple(self.comments) if self.comments else (),
            tuple(self.directives) if self.directives else (),
            tuple(self.expectations) if self.expectations else (),
            tuple(self.captures) if self.captures else (),
            tuple(self.handlers) if self.handlers else (),
            tuple(self.outputs) if self.outputs else (),
            tuple(self.runs) if self.runs else (),
        )

    def error(self, code: str, message: str, hint: str, line: Line, at: At | None = None, length: int = 0) -> None:
        """Something keeps the step from being sent."""
        self._add("error", code, message, hint, line, at, length)

    def lint(self, code: str, message: str, hint: str, line: Line, at: At | None = None, length: int = 0) -> None:
        """Something is doubtful."""
        self._add("lint", code, message, hint, line, at, length)

    def _add(self, severity: str, code: str, message: str, hint: str, line: Line, at: At | None, length: int) -> None:
        bare = line.stripped
        place, width = (bare.at, len(bare.text)) if at is None else (at, length)
        self.diagnostics.append(Diagnostic(severity, code, message, hint, place, max(width, 1), line.text))

    def says(self, directive: str) -> bool:
        """True where a directive of that name was read."""
        return bool(self.directives) and any(found.name == directive for found in self.directives)

    def value_of(self, directive: str) -> str:
        """What the last directive of that name says that says anything; empty where none does."""
        value = ""
        for found in self.directives:
            if found.name == directive and found.value is not None:
                value = found.value.text
        return value
