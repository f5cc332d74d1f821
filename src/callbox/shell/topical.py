"""What F1 is asked about: the topics of help for the word at the cursor, the nearest first."""

from __future__ import annotations

from collections.abc import Iterator

from callbox.shell.analyse import Analysis, Part, analyse
from callbox.shell.command import Command
from callbox.shell.words import COMMAND, VARIABLE, Word

Topic = tuple[str, ...]
"""Words that `help` may know."""
_OF_KIND = {"target": ("targets",), "range": ("ranges",), "history_number": ("ranges",), "var_name": ("variables",)}


def topics_at(text: str, cursor: int) -> list[Topic]:
    """What to show for this place of a line: the first of them that there is help on.

    >>> topics_at("get /x a=1 --form", 13)[0], topics_at("set option timeout 5", 12)[0]
    (('get', '--form'), ('timeout',))
    """
    return [*_topics(analyse(text), cursor), ()]


def _topics(analysis: Analysis, cursor: int) -> Iterator[Topic]:
    line = analysis.line
    if line.bang >= 0:
        yield ("!",)
    elif line.redirect is not None and cursor >= line.redirect.start:
        yield ("redirects",)
    part = _part_at(analysis, cursor)
    if part is None:
        return
    command = _command_of(part, analysis)
    if _is_filled_at(part.word, cursor):
        yield ("variables",)
    yield from _topics_of(part, command, analysis)
    if command is not None:
        yield command.words
    yield (analysis.parts[0].word.text,)


def _part_at(analysis: Analysis, cursor: int) -> Part | None:
    """The part that the cursor stands in, or behind; on blanks the one before them."""
    within = [part for part in analysis.parts if part.word.start <= cursor < part.word.end]
    before = [part for part in analysis.parts if part.word.end <= cursor]
    return next(iter(within), before[-1] if before else next(iter(analysis.parts), None))


def _command_of(part: Part, analysis: Analysis) -> Command | None:
    """The command that a word belongs to: of `preview get /x` each has its own."""
    inner = analysis.inner
    return inner.command if inner is not None and part in inner.parts else analysis.command


def _topics_of(part: Part, command: Command | None, analysis: Analysis) -> Iterator[Topic]:
    word = part.word.text
    if part.role == "command" and command is not None and len(command.words) > 1:
        yield (word,)
    elif part.role == "item":
        yield ("items",)
    elif part.flag is not None:
        around = [each for each in (command, analysis.command) if each is not None]
        yield from ((*each.words, part.flag.words[0]) for each in around)
    elif part.role == "unknown":
        yield from ((analysis.parts[0].word.text, word), (word,))
    elif part.argument is not None and part.argument.kind in ("option_name", "option_value", "held_option"):
        yield (analysis.near.get("name", word).split(" ")[-1],)
    elif part.argument is not None and part.argument.kind in _OF_KIND:
        yield _OF_KIND[part.argument.kind]


def _is_filled_at(word: Word, cursor: int) -> bool:
    marks = zip(word.offsets, word.marks, strict=True)
    return any(offset in (cursor, cursor - 1) and mark in (VARIABLE, COMMAND) for offset, mark in marks)
