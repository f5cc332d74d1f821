"""What may stand below a body: scripts, outputs, expectations, variables (rules 11 and 12). Called by `blocks`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from callbox.script.directives import known_directive, read_comment
from callbox.script.expectations import BadExpectation, read_expectation, read_named
from callbox.script.gathered import Gathered
from callbox.script.head import is_script_file, is_variable, read_script, read_variable
from callbox.script.lines import Line
from callbox.script.model import Handler, Output

_SCRIPT = re.compile(r">\s*+\{%")
_OUTPUT = re.compile(r"(>>!|>>|<>)[ \t]*+(?=\S)")
_EXPECTED = re.compile(r"(?:>\s*+)?EXPECTED_RESPONSE_(STATUS|BODY|HEADERS)(?=\s|$)")
_FIRST = frozenset("#/>@?<E")


class Item(NamedTuple):
    """Lines from `start` to before `end` that may stand below a body."""

    kind: str
    """`blank`, `comment`, `directive`, `variable`, `script`, `file`, `output`, `expect`."""
    start: int
    end: int


class Region(NamedTuple):
    """The lines below the header block: the first that can only be body, and the run of items at the end."""

    first: int
    """-1 where all of them are items."""
    items: tuple[Item, ...]
    """What stands below the last line that can only be body; the items above the first where there is none."""
    before: tuple[Item, ...]
    """What stands above the first line that can only be body."""
    scripts: tuple[int, ...]
    """Where scripts begin that stand above a line that can only be body."""
    end: int
    """The index after the last line."""


def scan(lines: Sequence[Line], start: int, accepts: Callable[[int], bool]) -> Region:
    """Sorts the lines from `start` on; `accepts` says whether the `@name = value` line at an index is a variable.

    Above the first line that can only be body every such line is one: an empty body holds nothing else.
    """
    first, index = -1, start
    before: tuple[Item, ...] = ()
    items: list[Item] = []
    scripts: list[int] = []
    while index < len(lines):
        kind = _kind(lines[index])
        if kind and (kind != "variable" or first < 0 or accepts(index)):
            end = _script_end(lines, index) if kind == "script" else index + 1
            items.append(Item(kind, index, end))
            index = end
            continue
        if first < 0:
            first, before = index, tuple(items)
        if items:
            scripts.extend(item.start for item in items if item.kind == "script")
            items = []
        index += 1
    return Region(first, tuple(items), before, tuple(scripts), index)


def _kind(line: Line) -> str:
    text = line.text.lstrip()
    if not text:
        return "blank"
    if text[0] not in _FIRST:
        return ""
    if text.startswith(("#", "//")):
        return "directive" if known_directive(line) else "comment"
    if text[0] == "@":
        return "variable" if is_variable(line) else ""
    return _mark_kind(line.text)


def _mark_kind(text: str) -> str:
    if _SCRIPT.match(text):
        return "script"
    if _OUTPUT.match(text):
        return "output"
    if text.startswith("?? ") or _EXPECTED.match(text):
        return "expect"
    if text[:1] == ">" and is_script_file(text.rstrip()) and text[1:2] in (" ", "\t", ".", "/"):
        return "file"
    return ""


def _script_end(lines: Sequence[Line], index: int) -> int:
    return read_script(lines, index, "after", Gathered())[1]


def read_item(lines: Sequence[Line], item: Item, into: Gathered) -> None:
    """Reads one item into what it says."""
    line = lines[item.start]
    if item.kind in ("comment", "directive"):
        read_comment(line, into)
    elif item.kind == "variable":
        read_variable(line, into)
    elif item.kind == "script":
        into.handlers.append(read_script(lines, item.start, "after", into)[0])
    elif item.kind == "file":
        into.handlers.append(Handler("after", (), line.cut(1), line.at))
    elif item.kind == "output":
        match = _OUTPUT.match(line.text)
        assert match is not None
        into.outputs.append(Output(match[1], line.cut(match.end()), line.at))
    elif item.kind == "expect":
        _read_expect(line, into)


def _read_expect(line: Line, into: Gathered) -> None:
    match = _EXPECTED.match(line.text)
    try:
        if match is None:
            into.expectations.append(read_expectation(line.cut(2), line.at, is_script=True))
        else:
            into.expectations.append(read_named(match[1], line.cut(match.end()), line.at))
    except BadExpectation as problem:
        into.error("bad-expectation", problem.message, problem.hint, line)
