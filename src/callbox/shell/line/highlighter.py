"""Syntax highlighting of a typed line: each character gets a style. Never raises, and never changes the text."""

from __future__ import annotations

from itertools import groupby

from callbox.shell.line.argument_types import ARGUMENT_TYPES
from callbox.shell.line.lexer import COMMAND, VARIABLE, Word
from callbox.shell.line.parser import Analysis, WordRole, analyse
from callbox.shell.line.targets_and_items import find_separator, is_json_body
from callbox.shell.registry import VERBS

_NAMES = {
    "header": "header.name",
    "query": "header.name",
    "upload": "key",
    "body": "key",
    "field": "key",
    "json": "key",
}
"""The style of an item's name, by the part of the item's kind before the first `_`."""


def fragments(text: str) -> list[tuple[str, str]]:
    """The line as (style, text) pairs; joined, the texts are the line.

    >>> fragments("get /x a=1")
    [('command', 'get'), ('', ' '), ('path', '/x'), ('', ' '), ('key', 'a'), ('', '='), ('string', '1')]
    """
    styles = _styles(text)
    runs = groupby(zip(styles, text, strict=True), key=lambda pair: pair[0])
    return [(style, "".join(character for _, character in run)) for style, run in runs]


def _styles(text: str) -> list[str]:
    styles = [""] * len(text)
    analysis = analyse(text)
    line = analysis.line
    if line.comment >= 0:
        _paint(styles, line.comment, len(text), "comment")
    if line.bang >= 0:
        _paint(styles, line.bang, line.bang + 1, "command")
    for index, part in enumerate(analysis.parts):
        _paint_part(styles, part, analysis, index)
    for part in analysis.parts:
        _paint_variables(styles, part.word)
    if line.redirect is not None:
        _paint(styles, line.redirect.start, line.redirect.start + len(line.redirect.operator), "command")
        if line.redirect.word is not None:
            _paint(styles, line.redirect.word.start, line.redirect.word.end, "path")
            _paint_variables(styles, line.redirect.word)
    return styles


def _paint(styles: list[str], start: int, end: int, style: str) -> None:
    styles[start:end] = [style] * (end - start)


def _paint_variables(styles: list[str], word: Word) -> None:
    for offset, mark in zip(word.offsets, word.marks, strict=True):
        if mark in (VARIABLE, COMMAND):
            styles[offset] = "variable"


def _paint_part(styles: list[str], part: WordRole, analysis: Analysis, index: int) -> None:
    word = part.word
    if part.role == "item":
        _paint_item(styles, word)
    elif part.role == "flag_with_value":
        _paint(styles, word.start, word.end, "string")
        _paint(styles, word.start, word.part(0, word.text.index("=")).end, "flag")
    elif part.role == "unknown":
        _paint(styles, word.start, word.end, "" if _may_become(word, analysis, index) else "error")
    else:
        _paint(styles, word.start, word.end, _style_of(part))


def _style_of(part: WordRole) -> str:
    if part.role == "argument" and part.argument is not None:
        return ARGUMENT_TYPES[part.argument.kind].style
    if part.role == "flag_value" and part.flag is not None:
        return ARGUMENT_TYPES[part.flag.kind].style
    return part.role if part.role in ("command", "noun", "flag") else ""


def _may_become(word: Word, analysis: Analysis, index: int) -> bool:
    """Whether the last word is the beginning of a known word, and so is not an error yet."""
    if word.end != len(analysis.line.text):
        return False
    verb = analysis.parts[0].word.text.lower()
    known = [flag for flags in analysis.flags for flag in flags.words]
    if index == 0:
        known = list(VERBS)
    elif index == 1 and analysis.command is None:
        known = list(VERBS.get(verb, ()))
    elif analysis.command is not None and analysis.command.takes == "request" and not word.text.startswith("-"):
        known = list(VERBS)
    return any(name.startswith(word.text.lower()) for name in known)


def _paint_item(styles: list[str], word: Word) -> None:
    if is_json_body(word):
        _paint(styles, word.start, word.end, "string")
    separation = find_separator(word)
    if separation is None:
        return
    kind, at, after = separation
    name, value = word.part(0, at), word.part(after)
    _paint(styles, value.start, word.end, "path" if kind.endswith("_file") or kind == "upload" else "string")
    if kind == "json" and word.text[after : after + 1] not in ('"', "[", "{"):
        _paint(styles, value.start, word.end, "number")
    _paint(styles, word.start, name.end, _NAMES.get(kind.partition("_")[0], ""))
