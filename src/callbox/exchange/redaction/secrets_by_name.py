"""Find and redact credentials in text by the names beside them. Pure.

The text may contain JSON, forms, URLs, XML and header lines: `"password": "x"`, `?access_token=x`, `http://ann:x@host`,
`Authorization: x`. A report redacts bodies of megabytes. So the exact patterns run only near words that names of
credentials contain.

The first functions below find credentials in other text: YAML, INI, logs, HTML, SQL, source code. Examples are `-
password: x`, `password = x`, `> Authorization: Bearer x`, `"password" => "x"`, `map[password:x]`,
`<dt>Password</dt><dd>x</dd>`, `IDENTIFIED BY 'x'` and `--password x`. Each function yields `NamedValue`s in order. A
value in quotes ends at its closing quote. A value without quotes ends with the line if the name begins the line.
Otherwise the value ends before the next possible name, or at the end of the line or string.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from typing import Protocol
from urllib.parse import unquote_plus

from callbox.exchange.media_types_and_charsets import change_text
from callbox.exchange.redaction.credential_names import (
    DESCRIPTIONS,
    INNER_NAMES,
    CredentialPatterns,
    find_words,
    is_credential_list,
    is_credential_name,
    is_scheme,
    is_secret_inside,
    is_value_key,
    may_be_object,
    may_name_credential,
    names_only_secrets,
    redact_credential,
    split_scheme,
    without_scheme,
)
from callbox.exchange.redaction.escaped_text import (
    decoded_parts,
    redact_escaped_letters,
    redact_events,
    redact_strings,
    unescape_markup,
)
from callbox.exchange.redaction.name_and_value_members import find_value_keys, has_name_beside
from callbox.exchange.redaction.urls import (
    MAX_ENCODED,
    MAX_LINE,
    find_encoded,
    find_userinfo,
    redact_encoded,
    redact_userinfo,
)
from callbox.exchange.request_content import Content, Part
from callbox.exchange.secret import redact_secret
from callbox.exchange.template_braces import BRACED_ON_LINE, is_unfilled, only_hole

Span = tuple[int, int]
"""The start and end of a word that may be part of a name."""


class Found(Protocol):
    """A found name with its value: a match of a pattern, or a `NamedValue`. Group 1 is all text before the value."""

    def start(self, group: int = 0, /) -> int:
        """The index of the first character of a group."""

    def end(self, group: int = 0, /) -> int:
        """The index after the last character of a group."""

    def __getitem__(self, group: int, /) -> str: ...


class NamedValue:
    """A value and the name that makes it a credential, with the methods of a match that has three groups. Group 1 is
    the name and everything up to the value, group 2 is the name, group 3 is the value.
    """

    __slots__ = ("_at", "_groups")

    def __init__(self, at: int, before: str, name: str, value: str) -> None:
        """`at` is the index of the start of `before` in the text."""
        self._at = at
        self._groups = (before + value, before, name, value)

    def start(self, group: int = 0, /) -> int:
        """The index of the start of a group: of the value for group 3, else of the name."""
        return self._at + len(self._groups[1]) if group == 3 else self._at

    def end(self, group: int = 0, /) -> int:
        """The index after a group: the start of the value for group 1, else the end of the value."""
        return self.start(3) if group == 1 else self._at + len(self._groups[0])

    def __getitem__(self, group: int, /) -> str:
        return self._groups[group]


_MAX_NAME = 100
_MAX_PREFIX = 200
"""How many characters of a line before a name are read."""
_MAX_QUOTED = 8_192
"""How many characters a quoted value or a list may have. A private key has about 3,000."""
_MAX_DEPTH = 50
"""How deep brackets may be nested. Without a limit, a text of many open brackets would take quadratic time."""
_NAME_CHARACTERS = frozenset("_-.")
_END_TAG = r"<\\?/\w{1,10}+>"
_MARK = "<(?:b|code|em|i|kbd|samp|span|strong|tt|u)(?:[ ][^<>]{0,200}+)?+>"
_ASSIGNMENT = re.compile(
    rf"([\w.-]{{1,{_MAX_NAME}}}+)((?:\\{{0,8}}+[\"'`]|\]|\*\*|__|{_END_TAG}){{0,4}}+)[ \t]*+"
    r"(?:(?:\#[^\n]{0,100}+)?+\r?\n[ ]{0,60}+(?=:\s))?+"  # only after `? `, as in YAML
    r"(=>|->|:=|::(?=[ ]\S)|==(?=[ \t]*+[\"'])|=(?![=~>])|:(?!:|//)|\uff1a)"
    rf"(?:\*\*|__|(?:{_END_TAG}|<br ?/?>)\s{{0,8}}+|[ \t]{{0,4}}+{_MARK}|\s{{1,20}}+string\(\d{{1,9}}+\)[ ])?+"
    r"([ \t\u00a0]*+)"
)
_NAMESPACE = re.compile(r"[:<]\Z|[<\\]/\Z")
"""Text before a name that is a part of a URN, or the prefix of an XML element."""
_LAST_WORD = re.compile(r"\b(\w{1,30}[ _-])\Z")
_LINE_PREFIX = re.compile(
    r"[\s>|<*#+\-/;!=\d:.?]*+(?:(?i:export|set|env|arg|let|const|var|local|final|setx|data:)\s++)?+"
    r"(?:\*\*|__)?+(?:\$env:|[$@])?+[\"'`]?+\Z"
)
_YAML_PREFIX = re.compile(r"[ ]*+(?:- )*+(?:\? )?+[ ]*+[\"']?+\Z")
_EXPLICIT_KEY = re.compile(r"\?[ \t]{1,6}[\"']?\Z")
_BLOCK = re.compile(r"[|>][-+\d]{0,2}+[ \t]*+(?:#[^\n]*+)?+\r?(?=\n|\Z)")
_OPENING = re.compile(r"[bBrRuUfF@$]{0,2}+(\\*+)([\"'`])")
_ANY_QUOTE = re.compile(r"(?<!\\)(\\*+)([\"'`])")
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
"""Words that are not secret: those for a missing value, and those for yes and no."""
_FIELDS = frozenset(("authorization", "proxy-authorization", "cookie", "set-cookie"))
"""Header fields whose values contain names of their own, such as `realm=`."""
_JSON_VALUES = frozenset('"[{-0123456789')
_LIST_DASHES = re.compile(r"(?:- )*+")
_MAPPING_MEMBER = re.compile(r"[\w.\"'-]{1,100}+[ \t]*+(?::(?=\s|\Z)|=)[ \t]*+")


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
    """Whether the found name is that of a JSON member with a string, number, array or object."""
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
    if "\n" in text[found.end(2) : found.start(3)] and not _EXPLICIT_KEY.search(
        text, max(found.start() - 9, 0), found.start()
    ):
        return False
    if names_credential(name, *found.span(1)) or is_secret_list(text, name, found.end()):
        return True
    before = _LAST_WORD.search(text, max(found.start() - 31, 0), found.start())
    return before is not None and name.isalpha() and is_credential_name(before[1] + name)


def is_secret_list(text: str, name: str, start: int) -> bool:
    """Whether a list begins at `start` whose items are secret because the list has this name. Numbers in a list
    `tokens` are not secret, because they are those of a tokenizer.
    """
    opened = _LIST.match(text, start)
    if opened is None or not is_credential_list(name):
        return False
    return not opened[1] or is_credential_name(name) or not name.lower().endswith("tokens")


def _values(text: str, found: re.Match[str]) -> Iterator[Span]:
    """Yield the start and end of the value after a name; of each value, if it is a list."""
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
    """The index of the closing quote of a value. A doubled quote is a part of the value (SQL, YAML)."""
    slashes, quote = len(opened[1]), opened[2]
    if not slashes and text.startswith(quote * 2, opened.end()):
        last = text.find(quote * 3, opened.end() + 2)
        return last if last >= 0 else len(text)
    doubled = -1
    for closing in _ANY_QUOTE.finditer(text, opened.end(), opened.end() + _MAX_QUOTED):
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
    """Yield the spans of the values in brackets. A name such as `passwords` makes everything in the brackets secret, as
    one value. If too many brackets are nested, this value ends at the limit.
    """
    found = _FLAT_LIST.match(text, start)
    if found is not None and not any(sign in found[1] for sign in ":="):
        yield found.span(1)
    elif names_only_secrets(name):
        depth = 0
        for bracket in _BRACKET.finditer(text, start, start + _MAX_QUOTED):
            depth += 1 if bracket[0] in "[{(" else -1
            if depth == 0 or depth > _MAX_DEPTH:
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
        return  # `find_pairs` finds it. Its value ends at a blank.
    is_string = not is_near or any(quote in prefix for quote in "\"'`")
    if found[1].lower() in _FIELDS:
        stops = _FIELD_STRING_STOP if is_string else _FIELD_STOP
    else:
        stops = _STRING_STOP if is_string else _TEXT_STOP
    yield start, _stop(text, start, line_end, stops)


def _stop(text: str, start: int, end: int, stops: re.Pattern[str]) -> int:
    """The index at which a value ends: the first match of `stops`, without the blanks directly before it."""
    stop = stops.search(text, start, end)
    end = stop.start() if stop is not None else end
    return start + len(text[start:end].rstrip())


def _line(text: str, span: Span, found: re.Match[str], prefix: str) -> Iterator[Span]:
    """Yield the span of a value that is the rest of its line, or the more deeply indented lines after it."""
    (start, line_end), sign = span, found[3]
    is_yaml = _YAML_PREFIX.match(prefix) is not None
    column = prefix.index("?") if "?" in prefix else len(prefix)
    if sign == ":" and is_yaml and (start == line_end or _BLOCK.match(text, start) is not None):
        yield from _lines_below(text, line_end, column, found[1], is_list=start == line_end)
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
        end = _end_of_folded(text, end, column)
    yield start, end


def _end_of_folded(text: str, end: int, column: int) -> int:
    """The index at which a value ends that may continue in more deeply indented lines, as in YAML and folded
    headers.
    """
    for start, last, _ in _deeper_lines(text, end, column):
        if text.startswith("- ", start) or _MAPPING_MEMBER.match(text, start, last) is not None:
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
        item = _LIST_DASHES.match(text, start, last)
        if indent == column and not text.startswith("- ", start):
            break
        begins = item.end() if item is not None else start
        member = _MAPPING_MEMBER.match(text, begins, last)
        if member is not None and not names_only_secrets(name):
            break
        yield member.end() if member is not None else begins, last


def _deeper_lines(text: str, line_end: int, column: int) -> Iterator[tuple[int, int, int]]:
    """Yield the lines after `line_end` that are indented more deeply than `column`, up to the first that is not. Each
    is start and end of its text, and its indentation.
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
_PHRASES = CredentialPatterns(
    {
        "identified": rf"\b(identified)\s++(?:with\s++\S{{1,60}}\s++)?+(?:by|as)\s++(?:password\s++)?+{_QUOTED}",
        "password": rf"\b(password)(?:{_OF_SQL}){_QUOTED}",
        "login": r"\blogin\s{1,8}+\S{1,100}+\s{1,8}+(password)\s{1,8}+(\S++)",
        "env": r"(?<![^\n \t])(?:ENV|setenv)[ \t]++([\w.-]{1,100}+)[ \t]++([^\n\s][^\n]*+)",
        "setx": r"(?<![^\n \t])setx[ \t]++([\w.-]{1,100}+)[ \t]++([^\n\s][^\n]*+)",
        "--": r"--(?<!\S--)([a-z][\w-]{1,60}+)[ \t]++(?=[^\s-])(\"[^\"\n]*+|'[^'\n]*+|[^\s\"']++)",
        **{opening: rf"{re.escape(opening)}{_PAIR_OF_PYTHON}" for opening in ("('", '("', "['", '["')},
        **{
            f"{quote}--": rf"{quote}--([a-z][\w-]{{1,60}}+){quote},\s{{0,80}}+({quote}(?!-)[^\"'\\\n]*+)"
            for quote in "\"'"
        },
        "set": r"\bset_?+(\w{1,60}+)\(\s{0,8}+(\"(?:[^\"\\\n]|\\.)*+|'(?:[^'\\\n]|\\.)*+)",
    },
    re.IGNORECASE,
)
"""Patterns for a name and a value without a sign between them. The key of each is a text without which it cannot match.
Group 1 is the name, group 2 the value.
"""


_LINE_PHRASES = CredentialPatterns(
    {
        "authorization": r"\b((?:proxy-)?authorization)[ \t]++(?:api-?key|aws\d?|aws4-hmac-sha256|basic|"
        r"bearer|digest|hawk|negotiate|ntlm|token)[ \t]++([^\n<\"'\\]++)",
        "cookie": r"\b((?:set-)?cookie)[ \t]++(?=[^\s=;,\"'<>]{1,100}+=[^=\s])([^\n<\"'\\]++)",
        "@auth": r"@(auth)[ \t]++(?:[a-z][a-z\d-]{0,20}+[ \t]++)?+([^\n<\"'\\]++)",
    },
    re.IGNORECASE,
)
"""Patterns for headers and directives without the sign after their name, for short texts such as a line of a script."""


_WORD_END = r"((?(1)(?:(?!\1)[^\n])++|(?:'[^'\n]++|\"[^\"\n]++|[^\s\"'\\]++)))"
"""A pattern for the rest of a word of a command. A quoted word ends at its quote."""
_IS_ASKED = r"(?=\?(?![^\s\"']))"
"""A pattern for a word that is only `?`, which stands for a secret in a line from the history."""
_OPTIONS = CredentialPatterns(
    {
        "user": r"-(?<!\S-)(?:[A-Za-z#]{0,7}?[uU]|-(?:proxy-)?us(?:er?)?(?=[=\s]))[=\s]{0,4}+([\"'])?+"
        rf"(?:(?!\d{{1,9}}+:\d{{1,9}}+\b)[\w.@%-]{{1,100}}+:(?!//)|{_IS_ASKED}){_WORD_END}",
        "certificate": r"-(?<!\S-)(?:[A-Za-z#]{0,7}?E|-(?:proxy-)?cert(?=[=\s]))[=\s]{0,4}+([\"'])?+"
        rf"[^\s\"':]{{1,300}}+(?<=\.(?:cer|crt|der|key|p12|pem|pfx)):{_WORD_END}",
        "proxy": r"-(?<!\S-)(?:[A-Za-z#]{0,7}?x|-(?:socks\w{1,12}+|(?:pre)?proxy))[=\s]{0,4}+([\"'])?+"
        r"[^\s\"':@/]{1,100}+:([^\s\"'@/]{1,200}+)(?=@)",
        "cookie": r"-(?<!\S-)[A-Za-z#]{0,7}?b[ \t]{0,4}+([\"'])?+"
        rf"(?:[^\s\"'=;:]{{1,100}}+=|{_IS_ASKED}){_WORD_END}",
        "auth": rf"-(?<!\S-)[A-Za-z]{{0,7}}?a[=\s]{{0,4}}+([\"'])?+(?:[\w.@%-]{{1,100}}+:(?!//))?+{_WORD_END}",
    }
)
"""Patterns for options of curl, and for `-a` of HTTPie, by the kind of their secret. Group 2 is the secret."""
_OF_HTTPIE = re.compile(r"(?<![\w./:@-])(?:https?|xhs?)[ \t]|\b[A-Z]{3,12}[ \t]{1,8}\S")
"""A pattern for a command of HTTPie. In other commands, the value of `-a` is not a credential."""
_OF_CURL = re.compile(r"\bcurl\b|\A\s{0,80}-[A-Za-z#]{0,7}b")
"""A pattern for a line of a curl command, or its continuation. In other commands, the value of `-b` is not a cookie."""

_COMMANDS_OF_OPTIONS = {"cookie": _OF_CURL, "auth": _OF_HTTPIE}


def _find_options(text: str) -> Iterator[NamedValue]:
    """Find passwords and cookies that are values of options, even in a command that callbox cannot parse."""
    if "-" not in text:
        return
    for name in _OPTIONS.sources:
        options = [*_OPTIONS[name].finditer(text)]
        command = _COMMANDS_OF_OPTIONS.get(name) if options else None
        if (
            command is not None and command.search(text) is None
        ):  # This search takes far longer than the search for the option, so it comes second.
            continue
        for found in options:
            start = found.start(2) + (found[2][:1] in "\"'")
            yield NamedValue(found.start(), text[found.start() : start], "password", text[start : found.end(2)])


def find_phrases(text: str) -> Iterator[NamedValue]:
    """Find values that follow a name with no `:` or `=` between them: in SQL, `.netrc`, Dockerfiles, options, tuples of
    Python.
    """
    lower = text.lower()
    found = [
        _phrase(text, match)
        for patterns in ((_PHRASES, _LINE_PHRASES) if len(text) <= MAX_LINE else (_PHRASES,))
        for word in patterns.sources
        if word in lower
        for match in patterns[word].finditer(text)
        if match[1].lower().startswith("identified") or is_credential_name(match[1])
    ]
    if "insert" in lower and "values" in lower:
        found += _find_inserted(text)
    found += _find_options(text)
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
_NAMING_ATTRIBUTE = re.compile(
    r"\s(?:attribute|field|key|k|name|param|parameter|property|variable)\s{0,8}+=\s{0,8}+(?:\"([^\"<>]{1,100}+)\"|'([^'<>]{1,100}+)')"
)
_CONTROLS = frozenset("a button form frame iframe label map meta object option param select".split())
"""HTML elements whose name attribute does not name the text inside of them."""
_INNER_TAG = re.compile(rf"<(?:[\w.-]{{1,100}}+:)?([\w.-]{{1,100}}+){_ATTRIBUTES}\Z")
_CELL = re.compile(
    r"([A-Za-z][\w -]{0,60}+)\s{0,8}+:?+\s{0,8}+<\\?/(\w{1,10}+)>\s{0,40}+<(\w{1,10}+)"
    rf"{_ATTRIBUTES}>\s{{0,40}}+(?:<\w{{1,10}}+>\s{{0,40}}+)?+([^<>\s][^<>]*+)"
)
_ESCAPED_ELEMENT = re.compile(
    r"((?:&lt;|\\u003[cC])(?:[\w.-]{1,100}+:)?([\w.-]{1,100}+)(?:\s(?:(?!&[lg]t;|\\u003)[^<>]){0,300}+)?(?:&gt;|\\u003[eE]))"
    r"((?:(?!&[lg]t;|\\u003)[^<>])++)(?=&lt;|\\u003[cC])"
)


def find_nested_texts(text: str, candidates: Iterable[Span], inner_names: frozenset[str]) -> Iterator[NamedValue]:
    """Find the texts in the inner elements of an XML element with a credential's name. Depending on the name, all texts
    count, or only those of elements with a name of `inner_names`.
    """
    end = 0
    searched: dict[str, int] = {}  # For each closing tag: the index up to which the text was searched for it.
    for first, _ in candidates:
        start = text.rfind("<", max(end, first - 2 * _MAX_NAME), first)
        tag = _OPEN_TAG.match(text, start) if start >= 0 else None
        name = "" if tag is None or text[tag.end() - 2] == "/" else _name_of_element(tag)
        if tag is None or not name:
            continue
        closings = (_find_once(text, f"<{slash}{tag[1]}", tag.end(), searched) for slash in ("/", "\\/"))
        last = min((at for at in closings if at >= 0), default=-1)
        is_all, at = name == tag[2] and names_only_secrets(name), tag.end()
        own = _TEXT.match(text, at)  # The closing tag is missing, so the whole rest of the text is in the element.
        inner_texts: Iterable[re.Match[str]] = () if own is None else (own,)
        if last >= 0:
            inner_texts = _TEXT.finditer(text, at, last + 1)
        for inner in inner_texts:
            opened = text.rfind("<", max(inner.start() - 1000, start), inner.start())
            inner_tag = _INNER_TAG.match(text[opened : inner.start() - 1])
            is_own = inner.start() == tag.end()
            if is_all or is_own or (inner_tag is not None and inner_tag[1].lower() in inner_names):
                yield NamedValue(at, text[at : inner.start(2)], name, inner[2].rstrip())
                at = inner.start(2) + len(inner[2].rstrip())
        end = max(at, tag.end())


def _name_of_element(tag: re.Match[str]) -> str:
    """The credential's name that an element has as its tag or in an attribute; empty if it has none."""
    if is_credential_name(tag[2]):
        return tag[2]
    if tag[2].lower() in _CONTROLS:
        return ""
    named = _NAMING_ATTRIBUTE.search(tag[0])
    name = (named[1] or named[2]) if named is not None else ""
    return name if is_credential_name(name) else ""


def _find_once(text: str, closing: str, start: int, searched: dict[str, int]) -> int:
    """The index of a closing tag near `start`, or -1. No part of the text is searched twice for the same tag."""
    limit = start + _MAX_QUOTED
    at = text.find(closing, max(start, searched.get(closing, 0)), limit)
    searched[closing] = max(searched.get(closing, 0), limit - len(closing) if at < 0 else at)
    return at


_VALUE_ATTRIBUTE = re.compile(r"\s([\w.:-]{1,100}+)\s{0,8}+=\s{0,8}+(\\{0,8}+)(?:\"([^\"]++)\"|'([^']++)')")


def find_value_attributes(text: str, candidates: Iterable[Span]) -> Iterator[NamedValue]:
    """Find the value of an element with a credential's name, if an attribute has it: `<password value="x"/>`."""
    end = 0
    for first, _ in candidates:
        start = text.rfind("<", max(end, first - 2 * _MAX_NAME), first)
        tag = _OPEN_TAG.match(text, start) if start >= 0 else None
        if tag is None or not is_credential_name(tag[2]):
            continue
        at, end = tag.start(1), tag.end()
        for attribute in _VALUE_ATTRIBUTE.finditer(text, tag.end(2), end):
            value = attribute[3] or attribute[4]
            if attribute[2]:  # in a JSON string, backslashes are before both quotes
                value = value.rstrip("\\")
            if is_value_key(attribute[1].rpartition(":")[2]) and value.strip():
                begins = attribute.start(attribute.lastindex or 0)
                yield NamedValue(at, text[at:begins], tag[2], value)
                at = begins + len(value)


def find_cells(text: str, candidates: Iterable[Span]) -> Iterator[NamedValue]:
    """Find texts of HTML elements if the text of the element before is a credential's name:
    `<dt>Password</dt><dd>x</dd>`.
    """
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


_TABLE = re.compile(r"\[{1,2}([\w.\"' -]{1,100}+)\]{1,2}[ \t]*+(?:[#;][^\n]*+)?+\r?\n")
_ENTRY = re.compile(
    r"[ \t]*+(?:[#;][^\n]*+|([\w.\"'-]{1,100}+)[ \t]*+[=:][ \t]*+"
    r"(\"[^\"\n]*+|'[^'\n]*+|[^\s\"'\[{][^\n]*+)[^\n]*+)?+(?:\n|\Z)"
)


def find_table_entries(text: str, candidates: Iterable[Span]) -> Iterator[NamedValue]:
    """Find all values in a table of TOML, or in a section of an INI file, if the table has a credential's name."""
    end = 0
    for first, _ in candidates:
        start = text.rfind("\n", max(first - 2 * _MAX_NAME, 0), first) + 1
        table = _TABLE.match(text, start) if start >= end and text.startswith("[", start) else None
        if table is None or not is_credential_name(table[1]):
            continue
        name = table[1].strip("\"' ").rpartition(".")[2]
        at = last = table.end()
        while at < len(text) and (entry := _ENTRY.match(text, at)) is not None:
            if entry[1] and _is_secret_entry(entry[1].strip("\"'"), entry[2], name):
                begins = entry.start(2) + (entry[2][0] in "\"'")
                value = text[begins : entry.end(2)].rstrip()
                if value and value.lower() not in _NO_VALUES:
                    yield NamedValue(last, text[last:begins], name, value)
                    last = begins + len(value)
            at = entry.end()
        end = at


def _is_secret_entry(key: str, value: str, of: str) -> bool:
    if names_only_secrets(of) or key.lower() in INNER_NAMES:
        return True
    return is_secret_inside(key, of) and len(value.split(None, 1)) == 1 and not value.strip().isdigit()


_INSERT = re.compile(
    r"\binsert\s{1,8}+into\s{1,8}+[^\s()]{1,200}+\s{0,8}+\(([^()]{1,2000}+)\)\s{0,8}+values\s{0,8}+", re.IGNORECASE
)
_SQL_VALUE = re.compile(
    r"\s{0,80}+(?:[nNeE]?(?:'((?:[^'\\]|''|\\.){0,8192}+)'|\"((?:[^\"\\]|\\.){0,8192}+)\")|[^,()'\"]{1,200}+(?:\([^()]{0,200}+\))?+)\s{0,80}+"
)
_NEXT_ROW = re.compile(r"\s{0,80}+,?+\s{0,80}+\(")


def _find_inserted(text: str) -> Iterator[NamedValue]:
    """Find the values of columns with a credential's name: `INSERT INTO users (name, password) VALUES ('a', 'b')`."""
    end = 0
    for insert in _INSERT.finditer(text):
        columns = [column.strip(' \t\r\n`"[]') for column in insert[1].split(",")]
        secret = {number for number, column in enumerate(columns) if is_credential_name(column)}
        if insert.start() < end or not secret:
            continue
        end, number = insert.end(), 0
        while (row := (_NEXT_ROW if not number else _NEXT_VALUE).match(text, end)) is not None:
            value = _SQL_VALUE.match(text, row.end())
            if value is None:
                break
            if number in secret and (group := value.lastindex):
                yield NamedValue(value.start(group), "", columns[number], value[group])
            end, number = value.end(), number + 1
            if text.startswith(")", end):
                end, number = end + 1, 0


_NEXT_VALUE = re.compile(",")


def find_escaped_elements(text: str) -> Iterator[re.Match[str]]:
    """Find XML elements with a credential's name whose `<` and `>` are escaped for HTML or for JSON."""
    if "&lt;" in text or "\\u003" in text:
        yield from (found for found in _ESCAPED_ELEMENT.finditer(text) if is_credential_name(found[2]))


# All repeats are possessive, so that any text of a server takes linear time.
_STRING = r'"(?:[^"\\]|\\.)*+(?:"|\Z)'
VALUE = rf"{_STRING}|-?\d[\d.eE+-]*+"
"""A pattern for a JSON string or number. The closing quote may be missing."""
_NO_END = r"\\++(?![\"']|\Z)"
"""A pattern for backslashes that are a part of a value. Backslashes before a quote belong to the quote."""
_PAIR = re.compile(
    rf"((?:^|(?<=[?&#;\s\"'<>{{(\[,|]))([^\s=&?#;\"'<>]{{1,100}}+)=)(?!=(?:[\"']|\Z))((?:[^\s&#;\"'<>\\]|{_NO_END})++)"
)
_PAIR_NAME = re.compile(r"(?:^|(?<=[?&#;\s\"'<>{(\[,|]))([^\s=&?#;\"'<>]{1,100}+)=")
_AUTH_PARAMETER = r"[\w.-]{1,60}+=(?:\"[^\"\n]{0,1000}+\"?|[^\s,\"'<>\]}]++)"
_AFTER_SCHEME = re.compile(
    rf"[ \t]++(?:{_AUTH_PARAMETER}(?:,[ \t]*+{_AUTH_PARAMETER})*+"
    rf"|{BRACED_ON_LINE}|[\"'\\]{{0,4}}+[^\s&;,\"'<>\\\]}})]++)"
)
"""A pattern for the credential after an auth scheme: a word, or parameters with commas (RFC 9110 section 11.4)."""
_NEXT_PAIR = re.compile(r"[ \t]++[\w.-]{1,60}+=[^\s=\"',;)}\]]")
"""A pattern for another `name=value` after a scheme whose credential is a single word. A `=` at the end of such a word
is padding, and no pair.
"""
_REST_OF_LIST = re.compile(r"[^\[\]\n]{1,1000}+\][^\s&#;\"'<>\\]*+")
_FURTHER_COOKIES = re.compile(r"(?:;[ \t]*+[^\s=;,\"'<>]{1,200}+=[^\s;,\"'<>]*+)++")
_LISTED = rf"(?:{VALUE}|true|false|null)\s*+,?\s*+"
_MEMBER = re.compile(rf'("((?:[^"\\\n]|\\.){{1,100}}+)"\s*+:\s*+)({VALUE}|\[\s*+(?:{_LISTED})*+\])', re.S)
_MIXED_LIST = re.compile(rf'("((?:[^"\\\n]|\\.){{1,100}}+)"\s*+:\s*+)(\[\s*+(?:{_LISTED})*+)', re.S)
"""A pattern for a JSON member with a list of texts and objects, up to the first object."""
_NESTED = re.compile(r'("((?:[^"\\\n]|\\.){1,100}+)"\s*+:\s*+)([\[{].*)', re.S)
_OPENED = re.compile(r'"((?:[^"\\\n]|\\.){1,100}+)"\s*+:\s*+[\[{]')
_BRACKETS = re.compile(rf"{_STRING}|[\[\]{{}}]", re.S)
_ESCAPED_MEMBER = re.compile(r'((\\++")([^"\\\n]{1,100}+)\2\s*+:\s*+(?:(\2)|(?=[-\d])))(.*)', re.S)
_ESCAPED_OPENED = re.compile(r'(\\++")([^"\\\n]{1,100}+)\1\s*+:\s*+(?:(\1)|(?=[-\d]))')
_QUOTE = re.compile(r'(?<!\\)(\\*+)"')
_NUMBER = re.compile(r"-?\d[\d.eE+-]*+")
_TAG = r"<(?:[\w.-]{1,100}+:)?([\w.-]{1,100}+)(?:\s[^<>]{0,500}+)?>\s*+(?:<!--[^<>]{0,200}+>\s*+)?+"
_ELEMENT = re.compile(rf"({_TAG})([^<>\s][^<>]*+)(?=<\\?/)")
_CDATA_ELEMENT = re.compile(rf"({_TAG}<!\[CDATA\[)((?:[^\]]|\](?!\]>))++)(?=\]\]>|\Z)")
_ENTITY_MEMBER = re.compile(
    r"((&(?:quot|apos|#34|#39|#x22|#x27);)([\w.\[\]-]{1,100}+)\2\s*+:\s*+\2)"
    r"((?:[^&<>]|&(?!(?:quot|apos|#34|#39|#x22|#x27);))++)"
)
_WORD_MEMBER = re.compile(r'"((?:[^"\\\n]|\\.){1,100}+)"\s*+:\s*+"(?:[^"\\\s]|\\[^nrt])++"')
_INNER_MEMBER = re.compile(rf'"(?:{"|".join(sorted(INNER_NAMES))})"\s*+:\s*+[\["\d]')
_ENCODED = re.compile(r"%[0-7][0-9A-Fa-f]")
"""A pattern for a percent-encoded letter. The name in `name=value` may contain one."""
_ESCAPED = re.compile(r"\\u00[4-7][0-9A-Fa-f]")
"""A pattern for an escaped letter. A name in JSON may contain one."""
_RUN = re.compile(r"[^\s&#;\"'<>]*+")
_BEFORE_RUN = re.compile(r".*[\s&#;\"'<>]", re.DOTALL)
_MAX_LISTS = 10
"""How deep lists may be nested. The time grows with the number of levels and the length of the text."""
_MAX_LENGTH = 201
"""How many characters the name of a member may have, with its first quote."""


Finder = Callable[[str, Iterable[Span]], Iterable[Found]]
"""Finds values with a credential's name in a text. The second argument is the result of `find_candidates`."""


def find_candidates(text: str) -> list[Span]:
    """Find the spans of a text that may be a part of a credential's name, in order.

    >>> find_candidates('an author, {"X-Token": 1}'), find_candidates("a%74oken=1")
    ([(15, 20)], [(1, 4)])
    """
    found: list[Span] = []
    values: list[Span] = []
    for word in find_words(text):
        if word[2] is None:
            found.append(word.span())
        if word.lastindex:
            values.append(word.span())
    if "%" in text:
        found += [encoded.span() for encoded in _ENCODED.finditer(text)]
    if "\\u00" in text:
        found += [escaped.span() for escaped in _ESCAPED.finditer(text)]
    if values:
        found += [word for word in values if _is_in_tag_or_table(text, word[0])]
        found += {key for key in find_value_keys(text, values) if has_name_beside(text, *key)}
    return sorted(found)


def _is_in_tag_or_table(text: str, start: int) -> bool:
    """Whether a word is inside a tag of XML or HTML, or in the header of a TOML table or INI section."""
    least = max(start - 2 * _MAX_NAME, 0)
    if text.rfind("<", least, start) > text.rfind(">", least, start):
        return True
    return text.startswith("[", text.rfind("\n", least, start) + 1)


def _names_credential(text: str, name: str, start: int, end: int) -> bool:
    """Whether the name from `start` to `end` makes its value a credential, by itself or through a name in another
    member.
    """
    return is_credential_name(name) or (is_value_key(name) and has_name_beside(text, start, end))


def find_pairs(text: str, candidates: Iterable[Span]) -> Iterator[Found]:
    """Find the pairs `name=value` with a credential's name.

    Group 1 is the text up to the value, group 2 the name, group 3 the value.
    """
    end = 0
    for first, last in candidates:
        if first < end:
            continue
        before, run = _BEFORE_RUN.match(text, end, first), _RUN.match(text, last)
        start, end = before.end() if before else end, run.end() if run else last
        at = start
        for name in _PAIR_NAME.finditer(text, start, end):
            if name.start() < at or not _names_credential(text, unquote_plus(name[1]), *name.span(1)):
                continue
            if (pair := _PAIR.match(text, name.start(), end)) is not None:
                found = _with_rest(text, pair)
                at, end = found.end(), max(end, found.end())
                yield found


def _with_rest(text: str, pair: re.Match[str]) -> Found:
    """Extend a pair to its whole value, if a blank divides it: a scheme and a credential, several cookies, or a
    list.
    """
    rest = None
    if pair[3].startswith("[") and "]" not in pair[3]:
        rest = _REST_OF_LIST.match(text, pair.end())
    elif is_scheme(scheme := pair[3].rstrip(":")):
        is_word = scheme.lower() in ("basic", "bearer")
        if not (is_word and _NEXT_PAIR.match(text, pair.end())):
            rest = _AFTER_SCHEME.match(text, pair.end())
    elif pair[2].lower().endswith("cookie"):
        rest = _FURTHER_COOKIES.match(text, pair.end())
    return pair if rest is None else NamedValue(pair.start(), pair[1], pair[2], text[pair.start(3) : rest.end()])


def find_members(text: str, candidates: Iterable[Span]) -> list[Found]:
    """Find JSON members `"name": value` with a credential's name. The value may be an array, or an object in which
    everything is secret. In an array that also has objects, each text after the first object is found by itself, with
    an empty group 1.
    """
    found: list[Found] = []
    open_lists: list[int] = []
    is_sorted = True
    for member in _members(text, candidates):
        found.append(member)
        if text.startswith("[", member.start(3)) and not text.startswith("]", member.end() - 1):
            open_lists = [end for end in open_lists if end > member.start()]
            if len(open_lists) < _MAX_LISTS:
                end = _end_of_brackets(text, member.start(3))
                open_lists.append(end)
                found += _texts_behind_objects(text, member, end)
                is_sorted = False
    return found if is_sorted else sorted(found, key=lambda one: one.start(3))


def _texts_behind_objects(text: str, member: Found, end: int) -> Iterator[NamedValue]:
    """Yield the texts in a list of secrets that come after the first object or list in it. Texts inside objects are
    left out.
    """
    objects = 0
    for item in _BRACKETS.finditer(text, member.end(), end):
        if item[0] in "[]":
            continue
        if item[0] in "{}":
            objects += 1 if item[0] == "{" else -1
        elif not objects:
            yield NamedValue(item.start(), "", member[2], item[0])


def _members(text: str, candidates: Iterable[Span]) -> Iterator[re.Match[str]]:
    end = 0
    starts = [(text.rfind('"', max(first - _MAX_LENGTH, 0), first), False) for first, _ in candidates]
    for start, is_inner in sorted({*starts, *_inner_members(text, starts)}):
        if start < end:
            continue
        member = _MEMBER.match(text, start) or _nested(text, start)
        if member is None:
            continue
        name = _unescaped_name(member[2])
        if is_inner or _names_credential(text, name, *member.span(2)) or is_secret_list(text, name, member.end(1)):
            end = member.end()
            yield member


def _inner_members(text: str, starts: Iterable[tuple[int, bool]]) -> Iterator[tuple[int, bool]]:
    """Find the members that are credentials because the object around them has a credential's name.

    Yields a pair for each member: its start, and True, which marks it as a credential.
    """
    end = 0
    open_ends: list[int] = []
    for start, _ in starts:
        open_ends = [one for one in open_ends if one > start]
        opened = _OPENED.match(text, start) if len(open_ends) < _MAX_LISTS else None
        if opened is None or not _is_credential_or_list(text, of := _unescaped_name(opened[1]), opened.end() - 1):
            continue
        open_ends.append(_end_of_brackets(text, opened.end() - 1))
        if start >= end:
            end = open_ends[-1]
            yield from ((inner.start(), True) for inner in _INNER_MEMBER.finditer(text, opened.end(), end))
        if text.startswith("{", opened.end() - 1):
            own = _own_words(text, opened.end(), open_ends[-1])
            yield from ((start, True) for start, name in own if is_secret_inside(name, of))


def _own_words(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield the start and the name of each member of an object whose value is one word. Inner objects are left out."""
    depth = 0
    for bracket in _BRACKETS.finditer(text, start, end):
        if bracket[0] in ("{", "["):
            depth += 1
        elif bracket[0] in ("}", "]"):
            depth -= 1
        elif not depth and (member := _WORD_MEMBER.match(text, bracket.start())) is not None:
            yield member.start(), member[1]


def _is_credential_or_list(text: str, name: str, opening: int) -> bool:
    return is_credential_name(name) or is_secret_list(text, name, opening)


def _nested(text: str, start: int) -> re.Match[str] | None:
    """Match an object or array that is secret as a whole because of its name, or a list with secret texts. None for
    others.
    """
    opened = _OPENED.match(text, start)
    if opened is None:
        return None
    name = _unescaped_name(opened[1])
    if not names_only_secrets(name) and (
        _is_credential_or_list(text, name, opened.end() - 1) or not _names_credential(text, name, *opened.span(1))
    ):
        return _MIXED_LIST.match(text, start)
    if text.startswith("{", opened.end() - 1) and not (names_only_secrets(name) or may_be_object(name)):
        return None
    return _NESTED.match(text, start, _end_of_brackets(text, opened.end() - 1))


def _end_of_brackets(text: str, start: int) -> int:
    depth = 0
    for found in _BRACKETS.finditer(text, start):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    return len(text)


def find_escaped_members(text: str, candidates: Iterable[Span]) -> Iterator[re.Match[str]]:
    r"""Find JSON members `\"name\": value` with a credential's name inside a JSON string.

    Group 3 is the name, 5 the value.
    """
    end = 0
    for first, _ in candidates:
        start = text.rfind("\\", max(end, first - _MAX_LENGTH), first)
        least = max(end, start - _MAX_LENGTH)
        while start > least and text[start - 1] == "\\":
            start -= 1
        opened = _ESCAPED_OPENED.match(text, start) if start >= end else None
        if opened is None or not _names_credential(text, opened[2], *opened.span(2)):
            continue
        last = _end_of_escaped(text, opened)
        if last > opened.end() and (member := _ESCAPED_MEMBER.match(text, start, last)) is not None:
            end = last
            yield member


def _end_of_escaped(text: str, opened: re.Match[str]) -> int:
    """The index at which the value of an escaped member ends: at the closing quote, which has no more backslashes
    before it than the opening quote.
    """
    if not opened[3]:
        number = _NUMBER.match(text, opened.end())
        return number.end() if number is not None else opened.end()
    for quote in _QUOTE.finditer(text, opened.end()):
        if len(quote[1]) < len(opened[1]):
            return quote.start()
    return len(text)


def _unescaped_name(name: str) -> str:
    return _ESCAPED.sub(lambda escaped: chr(int(escaped[0][2:], 16)), name) if "\\" in name else name


def find_elements(text: str, candidates: Iterable[Span]) -> Iterator[re.Match[str]]:
    """Find XML elements `<name>value</name>` with a credential's name. The name may have a prefix (`a:name`)."""
    end = 0
    for first, _ in candidates:
        start = text.rfind("<", max(end, first - _MAX_LENGTH), first)
        element = (_ELEMENT.match(text, start) or _CDATA_ELEMENT.match(text, start)) if start >= 0 else None
        if element is not None and is_credential_name(element[2]):
            end = element.end()
            yield element


def find_signs(text: str, candidates: Iterable[Span]) -> Iterator[NamedValue]:
    """Find values after a credential's name and a sign, in any notation except JSON: attributes, lines, assignments."""
    return find_assignments(text, candidates, partial(_names_credential, text))


def find_named_phrases(text: str, _: Iterable[Span]) -> Iterator[NamedValue]:
    """Find values that follow a credential's name without `:` or `=`, as in SQL and `.netrc`."""
    return find_phrases(text)


def find_nested(text: str, candidates: Iterable[Span]) -> Iterator[NamedValue]:
    """Find the texts in inner elements of an XML element that has a credential's name."""
    return find_nested_texts(text, candidates, INNER_NAMES)


FORM_PART = re.compile(
    r'(^Content-Disposition:[ \t]*+form-data;(?>(?:[^\r\n"]|"[^"\r\n]*+")*?[;\s]name="?+([^"\r\n;]{1,100}+)"?+)'
    r"[^\r\n]*+\r?\n(?:(?!Content-Disposition:)[^\r\n]++\r?\n)*+\r?\n)"
    r"((?:[^\r\n]|\r(?!\n--)|\n(?!--|Content-Disposition:))++)(?=\r?\n--|\Z)",
    re.I | re.M | re.S,
)
"""A pattern for a part of a multipart body. Its groups are the text before the value, the name, and the value."""
_ITEM = re.compile(rf"({VALUE})(\s*+:)?+", re.S)
"""A pattern for a JSON string or number. With group 2, a colon follows, so it is the name of a member."""
_HOLE_OR_ITEM = re.compile(rf"\{{\{{%?+\w++\}}\}}|{_ITEM.pattern}", re.S)


def redact_named(text: str, replace: Callable[[str], str] = redact_secret, depth: int = MAX_ENCODED) -> str:
    """Replace every value with the name of a credential by the result of `replace`, which gets the value.

    >>> print(redact_named('{"user": "ann", "password": "hunter2"} http://ann:pw@h/?token=abc'))
    {"user": "ann", "password": "..."} http://ann:...@h/?token=...
    >>> print(redact_named('{"password": "{{password}}"} ?token={{t}}'))  # Variables are no secrets.
    {"password": "{{password}}"} ?token={{t}}
    """
    if replace is redact_secret and len(text) <= _MAX_REMEMBERED and depth == MAX_ENCODED:
        return _redact_short(text)
    return _TextRedactor(replace).redact(text, depth)


def replace_named(text: str, replace: Callable[[str, str], str]) -> str:
    """Replace every value that `redact_named` redacts by `replace(name, value)`.

    Name and value are passed as written in the text. The result for a number gets no quotes. A percent-encoded part of
    the text that contains such a value is replaced as a whole.

    >>> replace_named('{"x": ["got token=a%20b"], "pins": [12]}', lambda name, value: f"<{name}: {value}>")
    '{"x": ["got token=<token: a%20b>"], "pins": [<pins: 12>]}'
    """
    return _TextReplacer(replace).redact(text, MAX_ENCODED)


_MAX_REMEMBERED = 120


@lru_cache(maxsize=1024)
def _redact_short(text: str) -> str:
    """Redact a short text, such as the value of a header. Results are cached, because a run repeats the same texts."""
    return _TextRedactor(redact_secret).redact(text, MAX_ENCODED)


class _TextRedactor:
    """Redacts named values in texts. `replace` gets each value and returns the text in its place."""

    def __init__(self, replace: Callable[[str], str]) -> None:
        self._replace = replace

    def redact(self, text: str, depth: int) -> str:
        if "@" in text:
            text = self._userinfo(text)
        if "%" in text and depth:
            text = self._encoded(text, depth)
        if not _names_nothing(text):
            text = self._redact_named(text)
        # This comes last, so that escapes beside values that are already redacted stay as they are.
        return self._decoded(text, depth) if depth and _may_hide_names(text) else text

    def _redact_named(self, text: str) -> str:
        phrases = [(phrase, self._found(phrase)) for phrase in find_phrases(text)]
        if phrases:
            text = _replaced(text, phrases)
        if not _has_sign(text):
            return text
        if "form-data" in text:
            text = FORM_PART.sub(partial(self._group, 2, 3), text)
        if "&" in text and (";:" in text or "; :" in text):
            text = _ENTITY_MEMBER.sub(partial(self._group, 3, 4), text)
        escaped = [(element, self._escaped_element(element)) for element in find_escaped_elements(text)]
        if escaped:
            text = _replaced(text, escaped)
        candidates = find_candidates(text)
        for sign, find, redact_match in self._finders() if candidates else ():
            made = [(found, redact_match(found)) for found in find(text, candidates)] if sign in text else []
            if made:
                candidates = _moved(candidates, made)
                text = _replaced(text, made)
        return text

    def _finders(self) -> Iterator[tuple[str, Finder, Callable[[Found], str]]]:
        """The finders, in the order in which they run. Each comes with a text without which it can find nothing, and
        with the function that redacts what it finds.
        """
        yield "=", find_pairs, self._pair
        yield '"', find_members, self._member
        yield "\\", find_escaped_members, self._escaped
        yield "<", find_elements, self._element
        yield "<", find_nested, self._found
        yield "<", find_value_attributes, self._found
        yield "<", find_cells, self._found
        yield "[", find_table_entries, self._found
        yield "", find_signs, self._found

    def _decoded(self, text: str, depth: int) -> str:
        redact = partial(self.redact, depth=depth - 1)
        return redact_strings(redact_events(redact_escaped_letters(text, redact), redact), redact)

    def _userinfo(self, text: str) -> str:
        return redact_userinfo(text, self._value)

    def _encoded(self, text: str, depth: int) -> str:
        return redact_encoded(text, lambda decoded: self.redact(decoded, depth - 1))

    def _escaped_element(self, found: Found) -> str:
        return found[1] + self._value(found[3])

    def _group(self, name: int, value: int, found: re.Match[str]) -> str:
        return found[1] + self._value(found[value]) if is_credential_name(found[name]) else found[0]

    def _pair(self, found: Found) -> str:
        scheme, credential = split_scheme(found[3])
        return found[1] + scheme + self._value(unquote_plus(credential))

    def _member(self, found: Found) -> str:
        return found[1] + _ITEM.sub(self._item, found[3])

    def _item(self, found: re.Match[str]) -> str:
        if found[2]:
            return found[0]
        return json.dumps(self._value(without_scheme(_decode_item(found[1]))), ensure_ascii=False)

    def _escaped(self, found: Found) -> str:
        return found[1] + self._value(found[5])

    def _element(self, found: Found) -> str:
        return found[1] + self._value(found[3].strip())

    def _found(self, found: Found) -> str:
        is_filled = not _is_placeholder(without_scheme(found[3]))
        return found[1] + redact_credential(found[2], found[3], self._replace) if is_filled else found[0]

    def _value(self, value: str) -> str:
        return value if not value or _is_placeholder(value) else self._replace(value)


class _TextReplacer(_TextRedactor):
    """Replaces each value, as written in the text, by the result of `replace(name, value)`. So a caller can put each
    value back. Variables in the text stay.
    """

    def __init__(self, replace: Callable[[str, str], str]) -> None:
        super().__init__(str)
        self._replace_named = replace

    def _decoded(self, text: str, depth: int) -> str:
        def redact(string: str) -> str:
            return self._named("secret", string) if redact_named(string, depth=depth - 1) != string else string

        return redact_strings(text, redact)

    def _userinfo(self, text: str) -> str:
        return redact_userinfo(text, partial(self._named, "password"), str)

    def _encoded(self, text: str, depth: int) -> str:
        pieces, at = [], 0
        for start, end in find_encoded(text):
            decoded = unquote_plus(text[start:end])
            if redact_named(decoded, depth=depth - 1) != decoded:
                pieces += [text[at:start], self._named("secret", text[start:end])]
                at = end
        return "".join([*pieces, text[at:]])

    def _escaped_element(self, found: Found) -> str:
        return found[1] + self._named(found[2], found[3])

    def _group(self, name: int, value: int, found: re.Match[str]) -> str:
        return found[1] + self._named(found[name], found[value]) if is_credential_name(found[name]) else found[0]

    def _pair(self, found: Found) -> str:
        return found[1] + self._named(found[2], found[3])

    def _member(self, found: Found) -> str:
        return found[1] + _HOLE_OR_ITEM.sub(partial(self._written_item, found[2]), found[3])

    def _written_item(self, name: str, found: re.Match[str]) -> str:
        item = found[1]
        if item is None or found[2]:
            return found[0]
        if not item.startswith('"'):
            return self._named(name, item)
        value = item[1:].removesuffix('"')
        return f'"{self._named(name, value)}{item[1 + len(value) :]}'

    def _escaped(self, found: Found) -> str:
        return found[1] + self._named(found[3], found[5])

    def _element(self, found: Found) -> str:
        value = found[3].rstrip()
        return found[1] + self._named(found[2], value) + found[3][len(value) :]

    def _found(self, found: Found) -> str:
        return found[1] + redact_credential(found[2], found[3], partial(self._named, found[2]))

    def _named(self, name: str, value: str) -> str:
        return value if not value or is_unfilled(value) else self._replace_named(name, value)


def _replaced(text: str, made: Iterable[tuple[Found, str]]) -> str:
    parts, at = [], 0
    for match, instead in made:
        parts += [text[at : match.start()], instead]
        at = match.end()
    return "".join([*parts, text[at:]])


def _moved(candidates: list[Span], made: Iterable[tuple[Found, str]]) -> list[Span]:
    """Adjust the spans of `find_candidates` to a text in which values were replaced. Spans inside these values are left
    out. A new search would take far longer.
    """
    moved, number, by = [], 0, 0
    for match, instead in made:
        name_end, end = match.end(1), match.end()
        while number < len(candidates) and candidates[number][0] < end:
            first, last = candidates[number]
            if first < name_end:
                moved.append((first + by, last + by))
            number += 1
        by += len(instead) - (end - match.start())
    return [*moved, *((first + by, last + by) for first, last in candidates[number:])]


def _is_placeholder(value: str) -> bool:
    """Whether the value is only a `{{variable}}`."""
    return only_hole(value) is not None


def find_secrets(text: str) -> Iterator[str]:
    """Find the values with the name of a credential, and yield each decoded.

    >>> list(find_secrets("user=ann&password=a%20b")), list(find_secrets('{"token": ["x", 12]}'))
    (['a b'], ['x', '12'])
    """
    yield from dict.fromkeys(_find_secrets(text, MAX_ENCODED))


def _find_secrets(text: str, depth: int) -> Iterator[str]:
    if depth and _may_hide_names(text):
        for decoded in decoded_parts(text):
            yield from _find_secrets(decoded, depth - 1)
    yield from _find_named_secrets(text, depth)


def _find_named_secrets(text: str, depth: int) -> Iterator[str]:
    if "%" in text and depth:
        for start, end in find_encoded(text):
            yield from _find_secrets(unquote_plus(text[start:end]), depth - 1)
    if "@" in text and _has_sign(text):
        yield from find_userinfo(text)
    if _names_nothing(text):
        return
    yield from (without_scheme(found[3]) for found in find_phrases(text))
    if not _has_sign(text):
        return
    if "form-data" in text:
        yield from (m[3] for m in FORM_PART.finditer(text) if is_credential_name(m[2]))
    if "&" in text and (";:" in text or "; :" in text):
        yield from (unescape_markup(m[4]) for m in _ENTITY_MEMBER.finditer(text) if is_credential_name(m[3]))
    yield from (unescape_markup(m[3]) for m in find_escaped_elements(text))
    candidates = find_candidates(text)
    pairs = {m.start(3): m[3] for m in find_pairs(text, candidates)}
    yield from (unquote_plus(without_scheme(value)) for value in pairs.values())
    for member in find_members(text, candidates):
        yield from _item_values(member[3])
    yield from (_unescape(m[5]) for m in find_escaped_members(text, candidates if "\\" in text else ()))
    for find in (find_elements, find_nested, find_value_attributes, find_cells) if "<" in text else ():
        yield from (unescape_markup(m[3].strip()) for m in find(text, candidates))
    yield from (m[3] for m in find_table_entries(text, candidates if "[" in text else ()))
    signs = (m for m in find_signs(text, candidates) if pairs.get(m.start(3)) != m[3])
    yield from (unescape_markup(without_scheme(m[3])) for m in signs)


def _item_values(text: str) -> Iterator[str]:
    """Yield the values in an object or list with the name of a credential. A value that only describes the credential
    is left out, such as `password` in `"type": "password"`.
    """
    name = ""
    for item in _ITEM.finditer(text):
        value = _decode_item(item[1])
        if not item[2] and name not in DESCRIPTIONS:
            yield value
        name = value.lower() if item[2] else ""


_SIGN = re.compile(r"[:=<>\uff1a]|&lt;|\\u003")


_MAX_SHORT = 500
"""In a text of up to this many characters, `_names_nothing` runs before the finders. It takes a fifth of their time."""


def _names_nothing(text: str) -> bool:
    """Whether a short text certainly has no credential's name. This is so for most header values, paths and titles."""
    return len(text) <= _MAX_SHORT and not may_name_credential(text)


def _may_hide_names(text: str) -> bool:
    """Whether the text has escapes, or events of several lines, in which the finders may miss a name."""
    return "\\" in text or "&" in text or "\ndata:" in text


def _has_sign(text: str) -> bool:
    """Whether the text has a sign such as `=` or `:`. A text without any has no named value."""
    return _SIGN.search(text) is not None


def redact_content(content: Content) -> Content:
    """A copy of a body for display, in which named credentials are redacted. A body that is not text stays
    unchanged.
    """
    parts = tuple(_redact_part(part) for part in content.parts)
    data = content.data
    if data is not None:
        for part, redacted in zip(content.parts, parts, strict=True):
            data = data.replace(b"\r\n\r\n%b\r\n" % part.data, b"\r\n\r\n%b\r\n" % redacted.data)
        data = redact_data(data, content.media_type or "")
    return content._replace(data=data, parts=parts)


def redact_data(data: bytes, media_type: str = "") -> bytes:
    """Redact named credentials in the bytes of a body, for display.

    >>> redact_data(b"user=ann&password=x"), redact_data(b"token=x\\xff")
    (b'user=ann&password=...', b'token=...')
    """
    return change_text(data, media_type, redact_named)


def _redact_part(part: Part) -> Part:
    if is_credential_name(part.name) and not part.path:
        return part._replace(data=redact_secret(part.data.decode("utf-8", "replace")).encode())
    return part._replace(data=redact_data(part.data, part.media_type or ""))


def _decode_item(item: str) -> str:
    """Decode a JSON string or number to its text. If it is not valid JSON, it is returned unchanged."""
    if not item.startswith('"'):
        return item
    try:
        return str(json.loads(item, strict=False))
    except ValueError:
        return item[1:].removesuffix('"')


def _unescape(value: str) -> str:
    """Decode a JSON string that is inside another JSON string."""
    while "\\" in value:
        try:
            decoded = str(json.loads(f'"{value}"', strict=False))
        except ValueError:
            return value
        value = decoded
    return value


TEXT_FINDERS: tuple[Finder, ...] = (
    find_elements, find_nested, find_value_attributes, find_cells, find_table_entries, find_signs, find_named_phrases,
    find_pairs,
)  # fmt: skip
"""The finders for XML, YAML and all other text except JSON. Group 2 of what they find is the name, group 3 the
value.
"""
