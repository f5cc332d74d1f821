"""Find values beside credentials' names in text that is not JSON: YAML, INI, logs, HTML, SQL, source code. Pure.

Examples are `- password: x`, `password = x`, `> Authorization: Bearer x`, `"password" => "x"`, `map[password:x]`,
`<dt>Password</dt><dd>x</dd>`, `IDENTIFIED BY 'x'` and `--password x`. Each finder yields `NamedValue`s in order.

A quoted value ends at its quote. A value without quotes ends with its line if the name begins the line. Within a line
or a string, it ends before the next possible name, or at the end of the line or string.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from callbox.exchange.redaction.credential_names import (
    LazyPatterns,
    is_credential_list,
    is_credential_name,
    names_only_secrets,
)

Span = tuple[int, int]
"""The start and end of a word that may be part of a name."""


class Found(Protocol):
    """A name and its value, as a match of a pattern or a `NamedValue`. Group 1 is the text before the value."""

    def start(self, group: int = 0, /) -> int:
        """The start of a group."""

    def end(self, group: int = 0, /) -> int:
        """The end of a group."""

    def __getitem__(self, group: int, /) -> str: ...


class NamedValue:
    """A value and the name that makes it a credential, with the methods of a match of three groups.

    Group 1 is the name and everything up to the value, group 2 the name, group 3 the value.
    """

    __slots__ = ("_at", "_groups")

    def __init__(self, at: int, before: str, name: str, value: str) -> None:
        """`at` is the position at which `before` begins."""
        self._at = at
        self._groups = (before + value, before, name, value)

    def start(self, group: int = 0, /) -> int:
        """The start of the name; for group 3, that of the value."""
        return self._at + len(self._groups[1]) if group == 3 else self._at

    def end(self, group: int = 0, /) -> int:
        """The end of the value; for group 1, the start of the value."""
        return self.start(3) if group == 1 else self._at + len(self._groups[0])

    def __getitem__(self, group: int, /) -> str:
        return self._groups[group]


_MAX_NAME = 100
_MAX_PREFIX = 200
"""The most characters before a name in its line that are read."""
_MAX_QUOTED = 8_192
"""The most characters of a quoted value or list on several lines; a private key has about 3,000."""
_NAME_CHARACTERS = frozenset("_-.")
_END_TAG = r"<\\?/\w{1,10}+>"
_ASSIGNMENT = re.compile(
    rf"([\w.-]{{1,{_MAX_NAME}}}+)((?:\\{{0,8}}+[\"'`]|\]|\*\*|__|{_END_TAG}){{0,4}}+)[ \t]*+"
    r"(=>|->|:=|=(?![=~>])|:(?!:|//)|\uff1a)"
    rf"(?:\*\*|__|(?:{_END_TAG}|<br ?/?>)\s{{0,8}}+|\s{{1,20}}+string\(\d{{1,9}}+\)[ ])?+([ \t\u00a0]*+)"
)
_NAMESPACE = re.compile(r"[:<]\Z|[<\\]/\Z")
"""The text before a part of a URN, or before the prefix of an XML element."""
_LAST_WORD = re.compile(r"\b(\w{1,30}[ _-])\Z")
_LINE_PREFIX = re.compile(
    r"[\s>|<*#+\-/;!=\d:.]*+(?:(?i:export|set|env|arg|let|const|var|local|final|setx|data:)\s++)?+"
    r"(?:\*\*|__)?+(?:\$env:|[$@])?+[\"'`]?+\Z"
)
_YAML_PREFIX = re.compile(r"[ ]*+(?:- )*+[ ]*+[\"']?+\Z")
_BLOCK = re.compile(r"[|>][-+\d]{0,2}+[ \t]*+(?:#[^\n]*+)?+\r?(?=\n|\Z)")
_OPENING = re.compile(r"[bBrRuUfF@$]{0,2}+(\\*+)([\"'`])")
_QUOTE = re.compile(r"(?<!\\)(\\*+)([\"'`])")
_FLAT_LIST = re.compile(rf"\[([^\[\]{{}}]{{1,{_MAX_QUOTED}}}+)\]")
_LIST = re.compile(r"(?:\[\s*+|[ \t]*+\r?\n[ ]*+- )(-?\d)?")
_BRACKET = re.compile(r"[\[\]{}()]")
_NEXT_NAME = r"(?<![ \t,;&|])[ \t,;&|]++[\"'\\]{0,8}+[\w.-]{1,60}+[\"'\\]{0,8}+[ \t]{0,8}+[=:]"
_CLOSED = r"[}\])](?=[\s,;.)\]}\"'<>\\]|\Z)"
_CLOSING_QUOTE = r"[\"'`](?=\s{0,8}+(?:[,:}\])>;]|\Z))"
_MARKUP = r"<\\?/?[A-Za-z!]|&lt;|\\u003[cC]"
_LINE_STOP = re.compile(r"<\\?/[A-Za-z]")
_TEXT_STOP = re.compile(f"{_MARKUP}|{_CLOSED}|{_CLOSING_QUOTE}|{_NEXT_NAME}")
_STRING_STOP = re.compile(rf"{_MARKUP}|(?<!\\)\\++[rn\"'`]|[\"'`]|{_CLOSED}|{_NEXT_NAME}")
_FIELD_STOP = re.compile(f"{_MARKUP}|{_CLOSING_QUOTE}")
_FIELD_STRING_STOP = re.compile(rf"{_MARKUP}|(?<!\\)\\++[rn\"'`]|[\"'`]")
_PAIR_WORDS = re.compile(r"(?:[^\s&;]|[&;](?![\w.%\[\]-]{1,100}+=))++(?:[ \t]++(?![\w.-]{1,60}+=)[^\s&=]++)*+")
_NO_VALUES = frozenset("false nil none null off on true undefined ~ *".split())
"""The words for a missing value, and for yes and no."""
_FIELDS = frozenset(("authorization", "proxy-authorization", "cookie", "set-cookie"))
"""Fields whose values contain further names."""
_JSON_VALUES = frozenset('"[{-0123456789')
_ITEM = re.compile(r"(?:- )*+")
_MEMBER = re.compile(r"[\w.\"'-]{1,100}+[ \t]*+(?::(?=\s|\Z)|=)[ \t]*+")


def find_assignments(
    text: str, candidates: Iterable[Span], names_credential: Callable[[str, int, int], bool]
) -> Iterator[NamedValue]:
    """Find the values after a credential's name and a sign (`:`, `=`, `=>`, `->`, `:=`), except in JSON.

    `names_credential` is called with the name, its start and its end.
    """
    end = 0
    for first, _ in candidates:
        if first < end:
            continue
        start = _start_of_name(text, first, end)
        found = _ASSIGNMENT.match(text, start)
        if found is None or _is_json(text, found) or not _is_credential(text, found, names_credential):
            continue
        for begins, ends in _values(text, found):
            value = text[begins:ends]
            if value.strip(" \t\r,;.").lower() in _NO_VALUES or not value.strip():
                continue
            at = max(start, end)
            yield NamedValue(at, text[at:begins], found[1], value)
            end = ends


def _is_json(text: str, found: re.Match[str]) -> bool:
    """Whether the text here is a JSON member with a string, number, array or object."""
    return found[2] == '"' and found[3] == ":" and text[found.end() : found.end() + 1] in _JSON_VALUES


def _start_of_name(text: str, first: int, least: int) -> int:
    start, least = first, max(least, first - _MAX_NAME)
    while start > least and (text[start - 1].isalnum() or text[start - 1] in _NAME_CHARACTERS):
        start -= 1
    return start


def _is_credential(text: str, found: re.Match[str], names_credential: Callable[[str, int, int], bool]) -> bool:
    name = found[1]
    if found[3] == ":" and not found[4] and _NAMESPACE.search(text, max(found.start() - 2, 0), found.start()):
        return False
    if names_credential(name, *found.span(1)) or is_secret_list(text, name, found.end()):
        return True
    before = _LAST_WORD.search(text, max(found.start() - 31, 0), found.start())
    return before is not None and name.isalpha() and is_credential_name(before[1] + name)


def is_secret_list(text: str, name: str, start: int) -> bool:
    """Whether a list begins here whose items are secret by this name.

    Numbers of `tokens` are not, because a tokenizer makes them.
    """
    opened = _LIST.match(text, start)
    if opened is None or not is_credential_list(name):
        return False
    return not opened[1] or is_credential_name(name) or not name.lower().endswith("tokens")


def _values(text: str, found: re.Match[str]) -> Iterator[Span]:
    """The start and end of each value of this name; a list has several."""
    start = found.end()
    opened = _OPENING.match(text, start)
    if opened is not None:
        is_triple = not opened[1] and text.startswith(opened[2] * 2, opened.end())
        yield opened.end() + 2 * is_triple, _end_of_quoted(text, opened)
    elif text.startswith(("[", "{"), start) and not text.startswith("{{", start):
        yield from _bracketed(text, start, found[1])
    else:
        yield from _bare(text, start, found)


def _end_of_quoted(text: str, opened: re.Match[str]) -> int:
    """The end of a quoted value, before its closing quote. A doubled quote is part of the value (SQL, YAML)."""
    slashes, quote = len(opened[1]), opened[2]
    if not slashes and text.startswith(quote * 2, opened.end()):
        last = text.find(quote * 3, opened.end() + 2)
        return last if last >= 0 else len(text)
    doubled = -1
    for closing in _QUOTE.finditer(text, opened.end(), opened.end() + _MAX_QUOTED):
        if closing[2] != quote or closing.start() == doubled:
            continue
        if len(closing[1]) > slashes and (slashes or len(closing[1]) % 2):
            continue
        if not slashes and closing.end() > opened.end() + 1 and text.startswith(quote, closing.end()):
            doubled = closing.end()
            continue
        return closing.start() if slashes else closing.end() - 1
    return _end_of_line(text, opened.end())


def _bracketed(text: str, start: int, name: str) -> Iterator[Span]:
    """The values of a bracketed list in one line. It is the whole list if the name makes everything in it secret."""
    found = _FLAT_LIST.match(text, start)
    if found is not None and not any(sign in found[1] for sign in ":="):
        yield found.span(1)
    elif names_only_secrets(name):
        depth = 0
        for bracket in _BRACKET.finditer(text, start, start + _MAX_QUOTED):
            depth += 1 if bracket[0] in "[{(" else -1
            if depth == 0:
                yield start + 1, bracket.start()
                return


def _bare(text: str, start: int, found: re.Match[str]) -> Iterator[Span]:
    line_end = _end_of_line(text, start)
    line_start = text.rfind("\n", max(found.start() - _MAX_PREFIX, 0), found.start()) + 1
    is_near = bool(line_start) or found.start() <= _MAX_PREFIX
    prefix = text[line_start : found.start()] if is_near else ""
    if is_near and _LINE_PREFIX.match(prefix) is not None:
        yield from _line(text, (start, line_end), found, prefix)
        return
    if found[3] == "=" and not found[4] and text[found.end() - 2 : found.end() - 1] not in (" ", "\t"):
        return  # it is a name-value pair, which ends with a blank
    is_string = not is_near or any(quote in prefix for quote in "\"'`")
    if found[1].lower() in _FIELDS:
        stops = _FIELD_STRING_STOP if is_string else _FIELD_STOP
    else:
        stops = _STRING_STOP if is_string else _TEXT_STOP
    yield start, _stop(text, start, line_end, stops)


def _stop(text: str, start: int, end: int, stops: re.Pattern[str]) -> int:
    """The end of a value, without blanks at its end."""
    stop = stops.search(text, start, end)
    end = stop.start() if stop is not None else end
    return start + len(text[start:end].rstrip())


def _line(text: str, span: Span, found: re.Match[str], prefix: str) -> Iterator[Span]:
    """A value that takes the rest of its line, or the more deeply indented lines after it."""
    (start, line_end), sign = span, found[3]
    is_yaml = _YAML_PREFIX.match(prefix) is not None
    if sign == ":" and is_yaml and (start == line_end or _BLOCK.match(text, start) is not None):
        yield from _lines_below(text, line_end, len(prefix), found[1], is_list=start == line_end)
        return
    if sign == "=" and found.end(2) == found.start(3) and not found[4]:
        pair = _PAIR_WORDS.match(text, start, line_end)
        if pair is not None:
            yield start, pair.end()
        return
    end = _stop(text, start, line_end, _LINE_STOP)
    if end <= start or (found[2][:1] == '"' and text[start:end].rstrip(",").lower() in _NO_VALUES):
        return
    while text[end - 1] == "\\" and end < len(text):
        end = _end_of_line(text, text.find("\n", end) + 1) if "\n" in text[end : end + 2] else len(text)
    if is_yaml and sign == ":":
        end = _end_of_folded(text, end, len(prefix))
    yield start, end


def _end_of_folded(text: str, end: int, column: int) -> int:
    """The end of a value that continues in more deeply indented lines, as in YAML and in folded headers."""
    for start, last, _ in _deeper_lines(text, end, column):
        if text.startswith("- ", start) or _MEMBER.match(text, start, last) is not None:
            break
        end = last
    return end


def _lines_below(text: str, line_end: int, column: int, name: str, *, is_list: bool) -> Iterator[Span]:
    if not is_list:
        lines = [(start, last) for start, last, _ in _deeper_lines(text, line_end, column)]
        if lines:
            yield lines[0][0], lines[-1][1]
        return
    for start, last, indent in _deeper_lines(text, line_end, column - 1):
        item = _ITEM.match(text, start, last)
        if indent == column and not text.startswith("- ", start):
            break
        begins = item.end() if item is not None else start
        member = _MEMBER.match(text, begins, last)
        if member is not None and not names_only_secrets(name):
            break
        yield member.end() if member is not None else begins, last


def _deeper_lines(text: str, line_end: int, column: int) -> Iterator[tuple[int, int, int]]:
    """The following lines that are indented beyond this column: start and end of the text of each, and its
    indentation.
    """
    at = text.find("\n", line_end) + 1
    while at:
        end = _end_of_line(text, at)
        content = text[at:end]
        if stripped := content.strip():
            indent = len(content) - len(content.lstrip())
            if indent <= column:
                return
            yield at + indent, at + indent + len(stripped), indent
        at = text.find("\n", end) + 1


def _end_of_line(text: str, start: int) -> int:
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    return end - 1 if end > start and text[end - 1] == "\r" else end


_QUOTED = r"(\"(?:[^\"\\]|\\.)*+|'(?:[^'\\]|''|\\.)*+)"
_OF_SQL = r"\s++for\s++[^\n=]{1,100}+=\s{0,8}+(?:password\()?+|\s{0,8}+\(\s{0,8}+|\s{1,8}+"
_IN_TUPLE = r"(\"[^\"\n]*+(?=\"\s{0,8}+[\])])|'[^'\n]*+(?='\s{0,8}+[\])]))"
_PAIR_OF_PYTHON = (
    rf"(?:(?<=\(.)|(?<=[\[,]\[.)|(?<=[\[,]\s\[.))([\w.-]{{1,60}}+)[\"'],\s{{0,8}}+(?-i:[bru])?+{_IN_TUPLE}"
)
_PHRASES = LazyPatterns(
    {
        "identified": rf"\b(identified)\s++(?:with\s++\S{{1,60}}\s++)?+(?:by|as)\s++(?:password\s++)?+{_QUOTED}",
        "password": rf"\b(password)(?:{_OF_SQL}){_QUOTED}",
        "login": r"\blogin\s{1,8}+\S{1,100}+\s{1,8}+(password)\s{1,8}+(\S++)",
        "env": r"(?<![^\n \t])(?:ENV|setenv)[ \t]++([\w.-]{1,100}+)[ \t]++([^\n\s][^\n]*+)",
        "setx": r"(?<![^\n \t])setx[ \t]++([\w.-]{1,100}+)[ \t]++([^\n\s][^\n]*+)",
        "--": r"--(?<!\S--)([a-z][\w-]{1,60}+)[ \t]++(?=[^\s-])(\"[^\"\n]*+|'[^'\n]*+|[^\s\"']++)",
        **{opening: rf"{re.escape(opening)}{_PAIR_OF_PYTHON}" for opening in ("('", '("', "['", '["')},
    },
    re.IGNORECASE,
)
"""The patterns by a text that they all need. Group 1 is a name, group 2 its value, with no sign in between."""


def find_phrases(text: str) -> Iterator[NamedValue]:
    """Find the values after a name without a sign: in SQL, `.netrc`, Dockerfiles, options, tuples of Python."""
    lower = text.lower()
    found = [
        _phrase(text, match)
        for word in _PHRASES.sources
        if word in lower
        for match in _PHRASES[word].finditer(text)
        if match[1].lower().startswith("identified") or is_credential_name(match[1])
    ]
    end = 0
    for value in sorted(found, key=NamedValue.start):
        if value.start() >= end and value[3].strip():
            yield value
            end = value.end()


def _phrase(text: str, match: re.Match[str]) -> NamedValue:
    start, end = match.span(2)
    start += match[2][:1] in "\"'"
    name = match[1] if is_credential_name(match[1]) else "password"
    return NamedValue(match.start(1), text[match.start(1) : start], name, text[start:end])


_ATTRIBUTES = r"(?:\s(?:[^<>\"']|\"(?:[^<\"]|<(?![\w/!])){0,300}+\"|'(?:[^<']|<(?![\w/!])){0,300}+'|[\"']){0,500}+)?+"
_OPEN_TAG = re.compile(rf"<((?:[\w.-]{{1,100}}+:)?([\w.-]{{1,100}}+)){_ATTRIBUTES}>")
_TEXT = re.compile(
    r"(?<=>)(\s*+(?:<!--[^<>]{0,200}+-->\s*+)?+(?:<!\[CDATA\[)?+)([^<>\s](?:[^<>\]]|\](?!\]>))*+)(?=<|\Z|\]\]>)"
)
_INNER_TAG = re.compile(rf"<(?:[\w.-]{{1,100}}+:)?([\w.-]{{1,100}}+){_ATTRIBUTES}\Z")
_CELL = re.compile(
    r"([A-Za-z][\w -]{0,60}+)\s{0,8}+:?+\s{0,8}+<\\?/(\w{1,10}+)>\s{0,40}+<(\w{1,10}+)"
    rf"{_ATTRIBUTES}>\s{{0,40}}+([^<>\s][^<>]*+)"
)
_ESCAPED_ELEMENT = re.compile(
    r"((?:&lt;|\\u003[cC])(?:[\w.-]{1,100}+:)?([\w.-]{1,100}+)(?:\s(?:(?!&[lg]t;|\\u003)[^<>]){0,300}+)?(?:&gt;|\\u003[eE]))"
    r"((?:(?!&[lg]t;|\\u003)[^<>])++)(?=&lt;|\\u003[cC])"
)


def find_nested_texts(text: str, candidates: Iterable[Span], inner_names: frozenset[str]) -> Iterator[NamedValue]:
    """Find the texts of XML inside an element with a credential's name: all texts, or only those of `inner_names`."""
    end = 0
    searched: dict[str, int] = {}  # by closing tag: the place up to which the text was searched for the tag
    for first, _ in candidates:
        start = text.rfind("<", max(end, first - 2 * _MAX_NAME), first)
        tag = _OPEN_TAG.match(text, start) if start >= 0 else None
        if tag is None or not is_credential_name(tag[2]) or text[tag.end() - 2] == "/":
            continue
        closings = (_find_once(text, f"<{slash}{tag[1]}", tag.end(), searched) for slash in ("/", "\\/"))
        last = min((at for at in closings if at >= 0), default=-1)
        is_all, at = names_only_secrets(tag[2]), tag.end()
        own = _TEXT.match(text, at)  # the element is cut off, so it has all of the rest
        inner_texts: Iterable[re.Match[str]] = () if own is None else (own,)
        if last >= 0:
            inner_texts = _TEXT.finditer(text, at, last + 1)
        for inner in inner_texts:
            opened = text.rfind("<", max(inner.start() - 1000, start), inner.start())
            name = _INNER_TAG.match(text[opened : inner.start() - 1])
            is_own = inner.start() == tag.end()
            if is_all or is_own or (name is not None and name[1].lower() in inner_names):
                yield NamedValue(at, text[at : inner.start(2)], tag[2], inner[2].rstrip())
                at = inner.start(2) + len(inner[2].rstrip())
        end = max(at, tag.end())


def _find_once(text: str, closing: str, start: int, searched: dict[str, int]) -> int:
    """The place of a closing tag near `start`, or -1. No part of the text is searched twice for the same tag."""
    limit = start + _MAX_QUOTED
    at = text.find(closing, max(start, searched.get(closing, 0)), limit)
    searched[closing] = max(searched.get(closing, 0), limit - len(closing) if at < 0 else at)
    return at


def find_cells(text: str, candidates: Iterable[Span]) -> Iterator[NamedValue]:
    """Find the text of an HTML element that follows an element with the name: `<dt>Password</dt><dd>x</dd>`."""
    end = 0
    for first, _ in candidates:
        start = text.rfind(">", max(end, first - _MAX_NAME), first) + 1
        while start and start < first and not text[start].isalpha():
            start += 1
        cell = _CELL.match(text, start) if start else None
        if cell is None or not is_credential_name(cell[1].strip()):
            continue
        if cell[2] != cell[3] or cell[2] == "td":
            end = cell.end(4)
            yield NamedValue(start, text[start : cell.start(4)], cell[1], cell[4].rstrip())


def find_escaped_elements(text: str) -> Iterator[re.Match[str]]:
    """The XML elements in a text whose `<` and `>` are escaped for HTML or for JSON."""
    if "&lt;" in text or "\\u003" in text:
        yield from (found for found in _ESCAPED_ELEMENT.finditer(text) if is_credential_name(found[2]))
