"""The text of a `.http` file as lines that know their position, and diagnostics: findings with their places.

- `decode`, `read_lines`, `Lines`: decode a file and split it into lines.
- `Position`, `Text`, `Template`: texts of a file with their positions.
- `Diagnostic`, `Finding`: what is wrong in a file, and where.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate, repeat
from operator import add
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from callbox.errors import Place

if TYPE_CHECKING:
    from typing import Self


make_record = tuple.__new__
"""Makes a named tuple from a value for each field, in half the time that the class takes.

Large files have millions of these records.

Without this function, files of requests take 1.15 to 1.3 times as long to parse, files of headers 1.5 times, and files
of directives and expectations 1.4 times. Other records are made by their classes, and records with many fields with
keywords.
"""

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class Position(NamedTuple):
    """A position in the file."""

    line: int = 1
    """The 1-based line."""
    column: int = 1
    """The 1-based column, in characters."""
    offset: int = 0
    """The number of UTF-8 bytes from the start of the file, after a byte order mark."""


NEAR = 200
"""Up to this number of characters, a position is always counted from the start of its text."""
_last = ("", Position(), 0, Position())
"""The text, position and index of the last call.

A line may have thousands of variables. The cache makes the time for all their positions, in order, proportional to the
length of the line.
"""


def _moved(at: Position, passed: str) -> Position:
    """The position after this text, which begins at `at`."""
    width = len(passed) if passed.isascii() else len(passed.encode("utf-8", "surrogatepass"))
    breaks = passed.count("\n")
    column = at.column + len(passed) if not breaks else len(passed) - passed.rfind("\n")
    return Position(at.line + breaks, column, at.offset + width)


class Text(NamedTuple):
    """A piece of the file as written, and its position.

    A line or a part of a line. In bodies, the text includes the line break that is sent after the line (`\\n`, or
    `\\r\\n` in multipart). Consecutive body lines with the same line break in the file form one piece.
    """

    text: str
    at: Position

    def position_at(self, index: int) -> Position:
        """The position of the character at `index` of the text.

        >>> Text("/é{{x}}", Position(3, 5, 40)).position_at(2)
        Position(line=3, column=7, offset=43)
        """
        if index < NEAR:
            return _moved(self.at, self.text[:index])
        global _last
        text, begin, known, at = _last
        if text is not self.text or begin != self.at or known > index:
            known, at = 0, self.at
        found = _moved(at, self.text[known:index])
        _last = (self.text, self.at, index, found)
        return found

    def cut(self, start: int, end: int | None = None) -> Self:
        """The part from `start` to `end`, with its position."""
        return make_record(type(self), (self.text[start:end], self.position_at(start) if start else self.at))

    def lines(self) -> Iterator[Self]:
        """The lines of the text, each with its line break and position."""
        at = self.at
        for line in _LINE.findall(self.text):
            yield make_record(type(self), (line, at))
            at = Position(at.line + 1, 1, at.offset + len(line.encode("utf-8", "surrogatepass")))

    def moved(self, origin: Position) -> Self:
        """The text, moved to the position that it has if its line begins at `origin` and not at `START`."""
        _, column, offset = self.at
        line, first, before = origin
        return make_record(type(self), (self.text, make_record(Position, (line, first + column - 1, before + offset))))


class Template(Text):
    """A text whose `{{...}}` are filled. It comes from a file of the user, and never from a response or a script.

    Only the readers of files make templates. `Scope.expand` accepts nothing else, so a value cannot be expanded twice.
    """

    __slots__ = ()


NOWHERE = Position(0, 0, 0)
"""The position of text that was not read from a file."""


START = Position()
"""The beginning of a file."""


def joined(texts: Iterable[Text]) -> str:
    """The texts as one string."""
    return "".join(text.text for text in texts)


_NEWLINE = re.compile(r"\r\n|\r|\n")
_MARKS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


class SourceLine(NamedTuple):
    """One line, without its line break."""

    text: str
    number: int
    """The 1-based number of the line."""
    offset: int
    """The number of UTF-8 bytes before the line."""

    @property
    def indent(self) -> int:
        """The number of blanks at the start."""
        return len(self.text) - len(self.text.lstrip())

    @property
    def at(self) -> Position:
        """The position of the first character."""
        return make_record(Position, (self.number, 1, self.offset))

    @property
    def start(self) -> Position:
        """The column of the first character that is not blank."""
        if self.text[:1].strip():
            return make_record(Position, (self.number, 1, self.offset))
        return self.stripped.at

    @property
    def whole(self) -> Template:
        """The whole line as a text."""
        return make_record(Template, (self.text, make_record(Position, (self.number, 1, self.offset))))

    @property
    def stripped(self) -> Template:
        """The line without blanks at both ends."""
        return self.cut(0)

    def cut(self, start: int, end: int | None = None) -> Template:
        """The part from `start` to `end`, without blanks at both ends."""
        text = self.text
        part = text[start:end]
        bare = part.strip()
        if bare and bare != part:
            start = text.index(bare, start)
        width = start if text.isascii() else len(text[:start].encode("utf-8", "surrogatepass"))
        return make_record(Template, (bare, make_record(Position, (self.number, start + 1, self.offset + width))))


def decode(source: str | bytes) -> tuple[str, int | None]:
    """The text of a file without its byte order mark, and the offset of the first byte that is not text.

    The text is UTF-8, or UTF-16 with a byte order mark. Bytes that cannot be decoded become U+FFFD.
    """
    if isinstance(source, str):
        return source.removeprefix("\ufeff"), None
    for mark, encoding in _MARKS:
        if source.startswith(mark):
            return _decoded(source[2:], encoding)
    return _decoded(source.removeprefix(b"\xef\xbb\xbf"), "utf-8")


def _decoded(data: bytes, encoding: str) -> tuple[str, int | None]:
    try:
        return data.decode(encoding), None
    except UnicodeDecodeError as error:
        return data.decode(encoding, "replace"), error.start


class File:
    """A text that is cut into lines once. The positions of the lines are computed at their first use."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.newline = _newline_of(text)
        """The line break of all lines; empty if they differ."""
        self.texts: list[str] = text.split(self.newline) if self.newline else _NEWLINE.split(text)
        if not self.texts[-1]:
            self.texts.pop()

    @cached_property
    def offsets(self) -> Sequence[int]:
        """The number of UTF-8 bytes before each line."""
        ends: Iterable[int] = repeat(len(self.newline)) if self.newline else map(len, _NEWLINE.findall(self._text))
        is_ascii = self._text.isascii()
        bare = self.texts if is_ascii else [text.encode("utf-8", "surrogatepass") for text in self.texts]
        return list(accumulate(map(add, map(len, bare), ends), initial=0))


def _newline_of(text: str) -> str:
    if "\r" not in text:
        return "\n"
    count = text.count("\r\n")
    return "\r\n" if count == text.count("\n") == text.count("\r") else ""


class Lines:
    """Some lines of a file, in order. A `SourceLine` with its position is made at its first use."""

    __slots__ = ("_file", "_first", "_origins", "texts")

    def __init__(self, file: File, first: int = 0, end: int | None = None) -> None:
        self.texts = file.texts[first:end]
        self._file = file
        self._first = first
        self._origins: list[int] | None = None
        """The index in the file of each line; None if no lines were inserted."""

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, index: int) -> SourceLine:
        origin = self._first + index if self._origins is None else self._origins[index]
        return make_record(SourceLine, (self.texts[index], origin + 1, self._file.offsets[origin]))

    @property
    def newline(self) -> str:
        """The line break of all lines; empty if they differ, or if the lines are not consecutive in the file."""
        return self._file.newline if self._origins is None else ""

    def number(self, index: int) -> int:
        """The 1-based number of a line in the file."""
        return self._origin(index) + 1

    def numbered(self, number: int) -> SourceLine:
        """The first line with this number in the file."""
        return self[self.index(number)]

    def index(self, number: int) -> int:
        """The index of the first line with this number in the file."""
        return number - 1 - self._first if self._origins is None else self._origins.index(number - 1)

    def wholes(self, start: int, end: int) -> tuple[Template, ...]:
        """The lines from `start` to before `end`."""
        return self.ended(start, end, "")

    def ended(self, start: int, end: int, newline: str) -> tuple[Template, ...]:
        """The lines from `start` to before `end`, each with the given line break."""
        if self._origins is not None:
            return tuple(
                [make_record(Template, (self.texts[index] + newline, self[index].at)) for index in range(start, end)]
            )
        first = self._first + start
        offsets = self._file.offsets[first : self._first + end]
        places = [make_record(Position, (number, 1, offset)) for number, offset in enumerate(offsets, first + 1)]
        return tuple(
            [
                make_record(Template, (text + newline, at))
                for text, at in zip(self.texts[start:end], places, strict=True)
            ]
        )

    def put(self, start: int, end: int, texts: Sequence[tuple[str, int]]) -> None:
        """Replace the lines from `start` to before `end`.

        Each new text has the position of the line whose index is beside it.
        """
        if self._origins is None:
            self._origins = list(range(self._first, self._first + len(self.texts)))
        self._origins[start:end] = [self._origins[index] for _, index in texts]
        self.texts[start:end] = [text for text, _ in texts]

    def _origin(self, index: int) -> int:
        return self._first + index if self._origins is None else self._origins[index]


def read_lines(text: str) -> Lines:
    """The lines of a text. A line ends with `\\r\\n`, `\\n` or `\\r`.

    >>> read_lines("a\\r\\nb").texts
    ['a', 'b']
    """
    return Lines(File(text))


Severity = Literal["error", "lint"]


class Diagnostic(NamedTuple):
    """A finding at a place. An `error` prevents the step from being sent; a `lint` is a part that may be a mistake."""

    severity: Severity
    """The severity: `error` or `lint`."""
    code: str
    """A short name that never changes, such as `not-a-request`."""
    message: str
    hint: str
    at: Position
    length: int = 1
    """The number of characters to underline."""
    source: str = ""
    """The text of the line that the caret points at."""

    @property
    def is_error(self) -> bool:
        """Whether the diagnostic prevents the step from being sent."""
        return self.severity == "error"


class SourceFile(Protocol):
    """A file with its name and text, such as a `Script`."""

    @property
    def name(self) -> str:
        """The name of the file in messages."""

    @property
    def text(self) -> str:
        """The whole text of the file."""


@lru_cache(maxsize=2)
def _lines_of(text: str) -> list[str]:
    """The lines of a script.

    The lines are cached while the errors of the script are reported, because a script may have thousands of errors.
    """
    return _NEWLINE.split(text)


def source_of(script: SourceFile, at: Position) -> str:
    """The line at a place; empty if there is no such line."""
    lines = _lines_of(script.text)
    return lines[at.line - 1] if 0 < at.line <= len(lines) else ""


def place_of(script: SourceFile, at: Position, length: int = 1) -> Place:
    """The place of `length` characters from `at` on, at most to the end of the line."""
    source = source_of(script, at)
    if at.column > len(source) + 1:  # the line comes from a variable; the message shows the line of the file
        return Place(script.name, at.line, 1, length=max(1, len(source)), source=source)
    return Place(
        script.name, at.line, at.column, length=max(1, min(length, len(source) - at.column + 1)), source=source
    )


class Finding(NamedTuple):
    """A lint without its source line."""

    code: str
    message: str
    hint: str
    at: Position
    length: int


def finding_at(text: Text, code: str, message: str, hint: str) -> Finding:
    """A finding about this text. If the text has several lines, the finding points to the first line."""
    return Finding(
        code=code, message=message, hint=hint, at=text.at, length=len(text.text.partition("\n")[0].rstrip("\r"))
    )


def as_lints(script: SourceFile, findings: Iterable[Finding]) -> Iterator[Diagnostic]:
    """The findings as lints of this script."""
    for found in findings:
        source = source_of(script, found.at)
        yield Diagnostic(
            severity="lint",
            code=found.code,
            message=found.message,
            hint=found.hint,
            at=found.at,
            length=max(found.length, 1),
            source=source,
        )
