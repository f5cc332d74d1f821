"""Rewrite the async functions of a script, so that a rejected promise which nobody awaits fails the script.

The first part is a total tokenizer for JavaScript; it finds where functions begin and end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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


class Token(NamedTuple):
    """A piece of the code, and where it stands."""

    text: str
    start: int
    end: int
    is_on_new_line: bool
    """Whether a line ended before it."""

    @property
    def ends(self) -> bool:
        """Whether an expression may end with this token."""
        if self.text in (")", "]", "}", "++", "--"):
            return True
        return (
            bool(self.text) and (self.text[-1].isalnum() or self.text[-1] in "_$'\"`/") and self.text not in _OPERATORS
        )

    @property
    def begins(self) -> bool:
        """Whether this token may begin a statement that does not continue the line above."""
        if self.text in ("in", "instanceof"):
            return False
        return bool(self.text) and (self.text[0].isalnum() or self.text[0] in "_$#@'\"{}")


def tokenize(code: str) -> list[Token]:
    """The tokens of the code without blanks and comments; of a template, its ends and the tokens in `${ }`."""
    found: list[Token] = []
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
        found.append(Token(code[at:end], at, end, is_new))
        at, is_new = end, False
    return found


def _end(code: str, at: int, found: list[Token], depths: list[int]) -> int:
    """The end of the token that begins here."""
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


def matching_brackets(tokens: list[Token]) -> dict[int, int]:
    """The matching end of each closed bracket and template, by index, in both directions."""
    open_ones: list[int] = []
    matching: dict[int, int] = {}
    for index, word in enumerate(tokens):
        is_middle = word.text.startswith("}") and len(word.text) > 1
        if word.text in _CLOSING or is_middle:
            if not open_ones:
                return matching
            first = open_ones.pop()
            matching[first], matching[index] = index, first
        if word.text in ("(", "[", "{") or (word.text.endswith("${") and word.text[0] in "`}"):
            open_ones.append(index)
    return matching


_BEGIN, _END = "return __watch((async()=>{", "})())"
_BEGIN_VALUE, _END_VALUE = "__watch((async()=>(", "))())"


def watch_promises(code: str) -> str:
    """Rewrite async functions as plain functions that return a watched promise. Every line stays where it is.

    >>> watch_promises("async function f(a) { await a }")
    '      function f(a) {return __watch((async()=>{ await a })())}'
    >>> watch_promises("g(async x => x.y, 1)")
    'g(      x => __watch((async()=>(x.y))()), 1)'
    """
    if "async" not in code:
        return code
    tokens = tokenize(code)
    matching = matching_brackets(tokens)
    edits = sorted(edit for index in range(len(tokens)) for edit in _edits(tokens, matching, index))
    made, at = [], 0
    for start, end, text in edits:
        made += [code[at:start], text]
        at = end
    return "".join([*made, code[at:]])


def _edits(tokens: list[Token], matching: dict[int, int], index: int) -> Iterator[tuple[int, int, str]]:
    """The replacements for the async function that begins here, each with the part of the code it replaces; none if
    no async function begins here.
    """
    word = tokens[index]
    if word.text != "async" or (index and tokens[index - 1].text in (".", "?.")):
        return
    body = _body(tokens, matching, index + 1)
    if body is None:
        return
    first, last = body
    yield word.start, word.end, " " * len(word.text)
    if last in matching and matching[last] == first and tokens[first].text == "{":
        yield tokens[first].end, tokens[first].end, _BEGIN
        yield tokens[last].start, tokens[last].start, _END
    else:
        yield tokens[first].start, tokens[first].start, _BEGIN_VALUE
        yield tokens[last].end, tokens[last].end, _END_VALUE


def _body(tokens: list[Token], matching: dict[int, int], index: int) -> tuple[int, int] | None:
    """The first and last token of the body of the function after `async`; None if no function begins."""
    if index >= len(tokens) or tokens[index].is_on_new_line or tokens[index].text == "*":
        return None
    is_function = tokens[index].text == "function"
    if is_function:
        index += 1
        if _text(tokens, index) == "*":
            return None
    is_named = _text(tokens, index) != "("
    if is_named and not (is_function and _text(tokens, index) == "("):
        index = matching.get(index, index) + 1  # a name, or one that is computed
    if _text(tokens, index) == "(" and index in matching:
        index = matching[index] + 1
        if _text(tokens, index) == "{" and (is_named or is_function):
            return (index, matching[index]) if index in matching else None
    if _text(tokens, index) != "=>" or index + 1 >= len(tokens):
        return None
    index += 1
    if tokens[index].text == "{":
        return (index, matching[index]) if index in matching else None
    return index, _end_of_value(tokens, matching, index)


def _end_of_value(tokens: list[Token], matching: dict[int, int], index: int) -> int:
    """The last token of the expression that begins here."""
    last = index
    while index < len(tokens):
        word = tokens[index]
        is_closed = word.text in (",", ";", ")", "]", "}")
        if is_closed or (word.is_on_new_line and index > last and word.begins and tokens[last].ends):
            break
        last = matching.get(index, index)
        index = last + 1
    return last


def _text(tokens: list[Token], index: int) -> str:
    return tokens[index].text if index < len(tokens) else ""
