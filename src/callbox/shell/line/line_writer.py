"""Write a line of commands. No other module makes words of text that may come from servers and files."""

from __future__ import annotations

from typing import NamedTuple

from callbox.shell.line.lexer import BARE, COMMAND, VARIABLE, Line, quote, split, write_escaped


class Syntax(str):
    """A word with a meaning of its own: a flag, or the `?` that asks for a secret."""

    __slots__ = ()


class Attribute(NamedTuple):
    """A word `NAME=VALUE`, such as an attribute of a cookie."""

    name: str
    value: str


def write_line(*words: str | Attribute) -> str:
    """One physical line with exactly these words.

    The line is read back before it is returned. A line that reads back differently becomes a comment.

    >>> write_line("set", "var", "a b", "x | y")
    "set var 'a b' 'x | y'"
    >>> write_line("set", "cookie", "sid", Syntax("?"), Attribute("path", "/"))
    'set cookie sid ? path=/'
    """
    line = " ".join(map(_write, words))
    return line if _is_made_of(split(line), words) else f"# cannot be written as a line: {write_escaped(line)}"


def _write(word: str | Attribute) -> str:
    if isinstance(word, Syntax):
        return str(word)
    if isinstance(word, Attribute):
        return f"{word.name}={_quote(word.value)}"
    return _quote(word)


def _quote(text: str) -> str:
    # `quote` leaves a line break between quotes, and a program that reads line by line would see two commands.
    return write_escaped(text).replace("{{", r"\x7b\x7b") if "\n" in text else quote(text)


def _is_made_of(line: Line, words: tuple[str | Attribute, ...]) -> bool:
    if line.bang >= 0 or line.comment >= 0 or line.redirect is not None or line.open:
        return False
    if {"\n", "\r"} & set(line.text) or len(line.words) != len(words):
        return False
    for found, word in zip(line.words, words, strict=True):
        wanted = "=".join(word) if isinstance(word, Attribute) else word
        if found.text != wanted or VARIABLE in found.marks or COMMAND in found.marks:
            return False
    return BARE in line.words[0].marks
