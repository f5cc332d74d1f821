"""Write words as a line that the lexer reads back: quoting, escapes, attributes such as `name=value`.

`$'...'` is written as POSIX shells and bash read it, for text with control characters. No other module makes words of
text that may come from servers and files.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from callbox.exchange.invisible_characters import has_unsafe, is_suspect
from callbox.exchange.secret import ASK
from callbox.shell.line.lexer import BARE, COMMAND, VARIABLE, Line, begins_json, split


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


_PLAIN = re.compile(r"[\w@%+=:,./~\-\[\]*^&?${}]+\Z", re.ASCII)


def quote(text: str) -> str:
    """The text as one word: `split(quote(text)).words[0].text == text`.

    >>> quote("plain"), quote("a b"), quote("it's {{x}}")
    ('plain', "'a b'", "'it'\\\\''s '\\\\{\\\\{'x}}'")
    """
    looks_like_flag = text[:1] == "-" and text != "-"
    has_meaning = text == ASK or looks_like_flag or any(sign in text for sign in (":=", "{{"))
    return text if is_plain(text) and not has_meaning and not begins_json(text) else enclose(text)


def is_plain(text: str) -> bool:
    """Whether no character of the text needs quotes."""
    return _PLAIN.match(text) is not None


def enclose(text: str) -> str:
    """The text as one quoted word.

    >>> enclose("plain"), enclose("a\\r")
    ("'plain'", "$'a\\\\r'")
    """
    if has_unsafe(text):  # no terminal shows these characters, and not every file keeps them
        return write_escaped(text).replace("{{", "\\x7b\\x7b")
    quoted = text.replace("'", "'\\''").replace("{{", "'\\{\\{'")
    return f"'{quoted}'"


_WRITTEN = {"\a": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v", "\\": "\\", "'": "'"}


def write_escaped(text: str) -> str:
    r"""The text in `$'...'`, with invisible characters and terminal controls as escapes.

    >>> write_escaped("it's\r\n\u202e")
    "$'it\\'s\\r\\n\\u202e'"
    """
    return "$'" + "".join(map(_write_character, text)) + "'"


def _write_character(character: str) -> str:
    if character in _WRITTEN:
        return f"\\{_WRITTEN[character]}"
    if character.isprintable() and not is_suspect(character):
        return character
    point = ord(character)
    if point < 0x80:
        return f"\\x{point:02x}"
    if 0xDC80 <= point <= 0xDCFF:  # the byte is not UTF-8
        return f"\\x{point - 0xDC00:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"
