"""A `.http` file cut into its head and its blocks, and a block cut into the lines and the body that a merge compares.

The text is cut by lines, without regard to variables, and can be joined again unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

CONFLICT = "#| "
"""The beginning of a line that a merge has put above a line of the user: the text of the description now."""

Key = tuple[str, ...]
"""The key of a line: lines of two texts with the same key are compared."""

_NEWLINE = re.compile(r"\r\n|\r|\n")
_OPERATION = re.compile(r"\s*+(?:#++|/{2,}+)\s*+@operation[ \t]++(\S.*)")
_NAME = re.compile(r"\s*+(?:#++|/{2,}+)\s*+@name[ \t]++(\S++)")
_DIRECTIVE = re.compile(r"\s*+(?:#++|/{2,}+)\s*+@([A-Za-z][\w.-]*+)[ \t]*+(\S*+)")
_VARIABLE = re.compile(r"\s*+@([^\s=]+?)\s*+:?+=")
_REQUEST = re.compile(r"[A-Za-z][A-Za-z-]*+[ \t]++\S|https?://|\{\{")
_QUERY = re.compile(r"(#?+)[ \t]++([?&])([^=]*+)(.*)")
_HEADER = re.compile(r"(?:#[ \t]*+)?+([!#$%&'*+.^_`|~0-9A-Za-z-]++)[ \t]*+:")
_TAIL = re.compile(r">>?!?[ \t]|>[ \t]*+\{%|\?\?|<>[ \t]|(?:#++|/{2,}+)[ \t]*+@")
_REPEATED = frozenset({"secret", "prompt", "expect", "capture", "tag", "ref", "if", "if-not"})
"""Directives that a request may have several times; they differ by their first word."""


class KeyedLine(NamedTuple):
    """A line and its key; a blank line has no key."""

    key: Key
    text: str

    @property
    def meaning(self) -> str:
        """The text for comparison: without blanks and the mark of a query."""
        found = _QUERY.fullmatch(self.text) if self.key[:1] == ("query",) else None
        if found is not None:
            return f"{found[1]}{found[3]}{found[4]}".rstrip()
        return " ".join(self.text.split())


class BlockText(NamedTuple):
    """The lines of one block, the `###` line first."""

    lines: tuple[str, ...]

    @property
    def key(self) -> str:
        """The operation of the block from its `# @operation`; empty if it has none."""
        return next((match[1].rstrip() for line in self.lines if (match := _OPERATION.match(line))), "")

    @property
    def name(self) -> str:
        """The name of the request from its `# @name`."""
        return next((match[1] for line in self.lines if (match := _NAME.match(line))), "")

    @property
    def bare(self) -> tuple[str, ...]:
        """The lines without blank ones at the end, to compare."""
        end = len(self.lines)
        while end and not self.lines[end - 1].strip():
            end -= 1
        return tuple(line.rstrip() for line in self.lines[:end])

    @property
    def blank_end(self) -> tuple[str, ...]:
        """The blank lines at the end."""
        return self.lines[len(self.bare) :]


class ScriptText(NamedTuple):
    """A file: the lines above the first `###`, and the blocks."""

    head: tuple[str, ...]
    blocks: tuple[BlockText, ...]
    newline: str = "\n"

    @property
    def text(self) -> str:
        """The whole file."""
        lines = [*self.head, *(line for block in self.blocks for line in block.lines)]
        return self.newline.join(lines) + self.newline if lines else ""


class Parts(NamedTuple):
    """The parts of a block for a merge: the lines above the body, the body, the lines below it."""

    lines: tuple[KeyedLine, ...]
    gap: tuple[str, ...]
    """Blank lines above the body."""
    body: tuple[str, ...]
    tail: tuple[str, ...]


def read_script_text(text: str) -> ScriptText:
    """Cut a file. Lines that an earlier merge has added are left out.

    >>> found = read_script_text("@a = 1\\n\\n### x\\n# @operation GET /x\\nGET /x\\n")
    >>> found.head, found.blocks[0].key
    (('@a = 1', ''), 'GET /x')
    """
    text = text.removeprefix("\ufeff")
    first = _NEWLINE.search(text)
    lines = [line for line in split_lines(text) if not line.lstrip().startswith(CONFLICT)]
    starts = [index for index, line in enumerate(lines) if line.startswith("###")]
    blocks = [BlockText(tuple(lines[start:end])) for start, end in pairwise([*starts, len(lines)])]
    return ScriptText(tuple(lines[: starts[0] if starts else len(lines)]), tuple(blocks), first[0] if first else "\n")


def split_lines(text: str) -> list[str]:
    """The lines as the parser of `.http` files reads them, without their ends."""
    lines = _NEWLINE.split(text)
    if not lines[-1]:
        lines.pop()
    return lines


def cut_block(lines: Sequence[str]) -> Parts:
    """Cut a block without the blank lines at its end."""
    request = request_index(lines)
    end = next((index for index in range(request + 1, len(lines)) if not lines[index].strip()), len(lines))
    above = [_head_key(line, index) for index, line in enumerate(lines[:request])]
    keys = [*above, *([("request",)] if request < len(lines) else []), *map(_header_key, lines[request + 1 : end])]
    start = next((index for index in range(end, len(lines)) if lines[index].strip()), len(lines))
    stop = next((index for index in range(start, len(lines)) if _TAIL.match(lines[index])), len(lines))
    while stop > start and not lines[stop - 1].strip():
        stop -= 1
    found = tuple(map(KeyedLine, _numbered(keys), lines[:end]))
    return Parts(lines=found, gap=tuple(lines[end:start]), body=tuple(lines[start:stop]), tail=tuple(lines[stop:]))


def cut_head(lines: Sequence[str]) -> tuple[KeyedLine, ...]:
    """Cut the lines above the first block: the key of a variable is its name, and the first comment is the title."""
    keys: list[Key] = []
    comments = 0
    for index, line in enumerate(lines):
        key = _head_key(line, index + 1)
        if key[:1] == ("comment",):
            comments += 1
            key = ("comment", str(comments))
        keys.append(key)
    return tuple(map(KeyedLine, _numbered(keys), lines))


def request_index(lines: Sequence[str]) -> int:
    """The index of the request line of a block; the number of lines if there is none."""
    is_script = False
    for index, line in enumerate(lines[1:], 1):
        bare = line.strip()
        if is_script or bare.startswith("< {%"):
            is_script = not bare.endswith("%}")
        elif _REQUEST.match(bare) and not bare.startswith(("import ", "run ")):
            return index
    return len(lines)


def _head_key(line: str, index: int) -> Key:
    bare = line.strip()
    if not index:
        return ("title",)
    if not bare:
        return ()
    if found := _DIRECTIVE.match(line):
        name = found[1].lower()
        return ("directive", name, found[2]) if name in _REPEATED else ("directive", name)
    if found := _VARIABLE.match(line):
        return ("variable", found[1])
    return ("comment", bare)


def _header_key(line: str) -> Key:
    if found := _QUERY.fullmatch(line):
        return ("query", found[3].strip())
    if found := _DIRECTIVE.match(line):
        return ("directive", found[1].lower(), found[2])
    if found := _HEADER.match(line):
        return ("header", found[1].lower())
    return ("line", line.strip())


def _numbered(keys: Sequence[Key]) -> Iterator[Key]:
    """The keys, made unique: a repeated one gets a number. The key of a blank line stays empty."""
    counts: dict[Key, int] = {}
    for key in keys:
        counts[key] = counts.get(key, 0) + 1
        yield (*key, f"#{counts[key]}") if key and counts[key] > 1 else key


def mark_queries(lines: Sequence[str]) -> Iterator[str]:
    """The lines with `?` before the first pair of the query that is sent and above it, and `&` before the others.

    >>> list(mark_queries(["GET /x", "#   &a=1", "    &b=1", "#   ?c=1"]))
    ['GET /x', '#   ?a=1', '    ?b=1', '#   &c=1']
    """
    mark = "?"
    for line in lines:
        found = _QUERY.fullmatch(line)
        if found is None:
            if _REQUEST.match(line) and "?" in line:
                mark = "&"
            yield line
            continue
        at = found.start(2)
        yield line[:at] + mark + line[at + 1 :]
        if not found[1]:
            mark = "&"
