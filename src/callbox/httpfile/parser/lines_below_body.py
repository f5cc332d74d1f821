"""Parse the lines below a body: scripts, output files, expectations, variables."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from callbox.httpfile.model import Handler, Output
from callbox.httpfile.parser.assertion_parser import BadExpectation, read_expectation, read_named
from callbox.httpfile.parser.comments import (
    Passages,
    is_block_comment,
    is_code,
    known_directive,
    read_block_comment,
    read_comment,
)
from callbox.httpfile.parser.lines_above_request import (
    is_script_file,
    read_script,
    read_variable,
    script_end,
    variable_name,
)
from callbox.httpfile.parser.step_builder import StepBuilder
from callbox.httpfile.source import Lines, SourceLine

_SCRIPT = re.compile(r">\s*+\{%")
_OUTPUT = re.compile(r"(>>!|>>|<>)[ \t]*+(?=\S)")
_CHECK = re.compile(r"\?\?(?!\?)\s*+(?=\S)")
_EXPECTED = re.compile(r"(?:>\s*+)?EXPECTED_RESPONSE_(STATUS|BODY|HEADERS)(?=\s|$)")
_FIRST = frozenset("#/>@?<E{")
_OF_BODIES = frozenset({"raw-body", "strip-comments"})
_MARKS = frozenset({"script", "code", "file", "output", "expect"})
_SECOND_LOOK = (
    _FIRST
    | frozenset(("", *" \t\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"))
    | frozenset("\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000")
)
"""The first characters of lines that may be items: marks, and the characters that `str.strip` removes."""


class TrailerItem(NamedTuple):
    """The lines from `start` to before `end` that may be below a body."""

    kind: str
    """`blank`, `comment`, `remark`, `directive`, `variable`, `script`, `code`, `file`, `output`, `expect`."""
    start: int
    end: int


class LeadingItems(NamedTuple):
    """The items above the first line that can only be body."""

    items: tuple[TrailerItem, ...]
    first: int
    """The index of the line; -1 if there is none."""
    end: int
    """The index after the last line that was looked at."""


class Region(NamedTuple):
    """The lines below the header block: the first line that can only be body, and the items at the end."""

    first: int
    """The index; -1 if all of them are items."""
    items: tuple[TrailerItem, ...]
    """Items below the last line that can only be body; all items if there is no such line."""
    inside: tuple[TrailerItem, ...]
    """Items other than comments and variables, above a line that can only be body."""
    end: int
    """The index after the last line."""


def find_leading_items(texts: Sequence[str], start: int) -> LeadingItems:
    """The items from `start` on, up to the first line that can only be body."""
    items: list[TrailerItem] = []
    passages = Passages(texts)
    index = start
    while index < len(texts):
        item = _item(texts, index, passages, is_indented=True)
        if item is None:
            return LeadingItems(tuple(items), index, index)
        items.append(item)
        index = item.end
    return LeadingItems(tuple(items), -1, index)


def scan(
    texts: Sequence[str], leading: LeadingItems, accepts: Callable[[int], bool], *, is_indented: bool = False
) -> Region:
    """Find the items below the first line; `accepts` says whether the `@name = value` at an index is a variable.

    With `is_indented`, scripts, outputs and checks may be indented, since a structured body cannot contain them.
    """
    if leading.first < 0:
        return Region(first=-1, items=leading.items, inside=(), end=leading.end)
    items: list[TrailerItem] = []
    inside = [item for item in leading.items if item.kind in _MARKS]
    passages = Passages(texts)
    below = leading.first
    for index in [at for at in range(leading.first, len(texts)) if texts[at][:1] in _SECOND_LOOK]:
        if index < below:
            continue  # within the item above
        item = _item(texts, index, passages, is_indented)
        is_body = item is None or (item.kind == "variable" and not accepts(index))
        if items and (is_body or index > below):
            inside.extend(item for item in items if item.kind in _MARKS)
            items = []
        if item is not None and not is_body:
            items.append(item)
        below = index + 1 if item is None or is_body else item.end
    if items and below < len(texts):
        inside.extend(item for item in items if item.kind in _MARKS)
        items = []
    return Region(first=leading.first, items=tuple(items), inside=tuple(inside), end=max(below, len(texts)))


def _item(texts: Sequence[str], index: int, passages: Passages, is_indented: bool) -> TrailerItem | None:
    text = texts[index]
    kind = _kind(text, is_indented) if text[:1] in _SECOND_LOOK else ""
    if not kind:
        return None
    if kind in ("block-comment", "code"):
        end = passages.end(index, kind)
        return TrailerItem(kind, index, end) if end > 0 else None
    ending = _ENDS.get(kind)
    return TrailerItem(kind, index, ending(texts, index) if ending else index + 1)


def _blanks_end(texts: Sequence[str], index: int) -> int:
    """Blank lines are one item, however many there are."""
    while index < len(texts) and not texts[index].strip():
        index += 1
    return index


def _script_end(texts: Sequence[str], index: int) -> int:
    """The index after a script's last line; the end of the lines if it is not closed."""
    return script_end(texts, index) + 1 or len(texts)


_ENDS = {"blank": _blanks_end, "script": _script_end}


def _kind(line: str, is_indented: bool) -> str:
    text = line.lstrip()
    if not text:
        return "blank"
    if text[0] not in _FIRST:
        return ""
    if text.startswith(("#", "//")):
        return "directive" if known_directive(line) else "comment"
    if text[0] == "@":
        return "variable" if variable_name(line) else ""
    if text[0] == "{":
        return "code" if is_code(line) else ""
    if is_block_comment(line):
        return "block-comment"
    return _mark_kind(text if is_indented else line)


def _mark_kind(text: str) -> str:
    if _SCRIPT.match(text):
        return "script"
    if _OUTPUT.match(text):
        return "output"
    if _CHECK.match(text) or _EXPECTED.match(text):
        return "expect"
    if text[:1] == ">" and is_script_file(text.rstrip()) and text[1:2] in (" ", "\t", ".", "/"):
        return "file"
    return ""


def read_item(lines: Lines, item: TrailerItem, builder: StepBuilder) -> None:
    """Read one item into the builder."""
    line = lines[item.start]
    if item.kind in ("comment", "directive"):
        read_comment(line, builder)
        if item.kind == "directive" and builder.directives and builder.directives[-1].name in _OF_BODIES:
            message = f"@{builder.directives[-1].name} has no effect below the body"
            builder.lint("late-directive", message, "Move it above the request line", line)
    elif item.kind == "block-comment":
        read_block_comment(lines, item.start, item.end, builder)
    elif item.kind == "variable":
        read_variable(line, builder)
    elif item.kind == "code":
        builder.handlers.append(Handler("code", lines.wholes(item.start, item.end), None, line.start))
    elif item.kind == "script":
        builder.handlers.append(read_script(lines, item.start, "after", builder)[0])
    elif item.kind == "file":
        builder.handlers.append(Handler("after", (), line.cut(line.indent + 1), line.start))
    elif item.kind == "output":
        match = _OUTPUT.match(line.text, line.indent)
        assert match is not None
        builder.outputs.append(Output(match[1], line.cut(match.end()), line.start))
    elif item.kind == "expect":
        _read_expect(line, builder)


def _read_expect(line: SourceLine, builder: StepBuilder) -> None:
    match = _EXPECTED.match(line.text, line.indent)
    try:
        if match is None:
            builder.expectations.append(read_expectation(line.cut(line.indent + 2), line.start, is_script=True))
        else:
            builder.expectations.append(read_named(match[1], line.cut(match.end()), line.start))
    except BadExpectation as problem:
        builder.error("bad-expectation", problem.message, problem.hint, line)
