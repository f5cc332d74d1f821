"""JavaScript cut into words, marks and literals, for who needs to know where a function begins and ends. Total."""

from __future__ import annotations

import re
from typing import NamedTuple

_BLANK = re.compile(r"(?:\s|//[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z))+")
_WORD = re.compile(r"[#@]?[\w$\u0080-\U0010ffff]+")
# Strings and patterns that nothing closes go to the end of their line, so that each character is looked at once.
_STRING = re.compile(r"'(?:[^'\\\n]|\\.)*+(?:'|\\?(?=\n|\Z))|\"(?:[^\"\\\n]|\\.)*+(?:\"|\\?(?=\n|\Z))", re.DOTALL)
_PIECE = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*+(`|\$\{)", re.DOTALL)
_PATTERN = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*+(?:\]|\\?(?=\n|\Z)))++(?:/\w*+|\\?(?=\n|\Z))")
_MARK = re.compile(r"=>|\?\.(?!\d)|\.\.\.|\+\+|--|[{}()\[\]]|[^\s\w$'\"`{}()\[\]]")
_OPERATORS = frozenset(
    [
        "return",
        "typeof",
        "case",
        "in",
        "of",
        "delete",
        "void",
        "throw",
        "new",
        "else",
        "do",
        "instanceof",
        "await",
        "yield",
    ]
)
"""Words after which a value begins: a slash there is a pattern, and a line end there ends nothing."""
_CLOSING = {")": "(", "]": "[", "}": "{"}


class Lexeme(NamedTuple):
    """A piece of the code, and where it stands."""

    text: str
    start: int
    end: int
    is_on_new_line: bool
    """Whether a line ended before it."""

    @property
    def ends(self) -> bool:
        """Whether a value may end with it."""
        if self.text in (")", "]", "}", "++", "--"):
            return True
        return (
            bool(self.text) and (self.text[-1].isalnum() or self.text[-1] in "_$'\"`/") and self.text not in _OPERATORS
        )

    @property
    def begins(self) -> bool:
        """Whether a statement may begin with it that does not go on with the line above."""
        if self.text in ("in", "instanceof"):
            return False
        return bool(self.text) and (self.text[0].isalnum() or self.text[0] in "_$#@'\"{}")


def cut(code: str) -> list[Lexeme]:
    """The lexemes of the code, without blanks and comments; of a template, its ends and what stands in `${ }`."""
    found: list[Lexeme] = []
    depths: list[int] = []
    """For each template that is open: how many braces are open in its `${ }`."""
    at = 0
    is_new = False
    while at < len(code):
        blank = _BLANK.match(code, at)
        if blank is not None:
            is_new = is_new or "\n" in blank[0]
            at = blank.end()
            continue
        end = _end(code, at, found, depths)
        found.append(Lexeme(code[at:end], at, end, is_new))
        at, is_new = end, False
    return found


def _end(code: str, at: int, found: list[Lexeme], depths: list[int]) -> int:
    """Where the lexeme ends that begins here."""
    mark = code[at]
    if mark == "`" or (mark == "}" and depths and not depths[-1]):
        if mark == "}":
            depths.pop()
        piece = _PIECE.match(code, at + 1)
        if piece is not None and piece[1] == "${":
            depths.append(0)
        return piece.end() if piece is not None else len(code)
    if depths and mark in "{}":
        depths[-1] += 1 if mark == "{" else -1
    may_be_pattern = mark == "/" and not (found and found[-1].ends)
    shapes = (_PATTERN, _MARK) if may_be_pattern else (_WORD, _STRING, _MARK)
    return next((match.end() for shape in shapes if (match := shape.match(code, at)) is not None), at + 1)


def partners(lexemes: list[Lexeme]) -> dict[int, int]:
    """For each bracket and template that is closed, by its index, the other end; both ways."""
    open_ones: list[int] = []
    matching: dict[int, int] = {}
    for index, word in enumerate(lexemes):
        is_middle = word.text.startswith("}") and len(word.text) > 1
        if word.text in _CLOSING or is_middle:
            if not open_ones:
                return matching
            first = open_ones.pop()
            matching[first], matching[index] = index, first
        if word.text in ("(", "[", "{") or (word.text.endswith("${") and word.text[0] in "`}"):
            open_ones.append(index)
    return matching
