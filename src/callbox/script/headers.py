"""The header block: the rest of the URL, headers, folded values, and what ends it (rules 3 and 6 to 8, 18)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from callbox.script.directives import read_comment
from callbox.script.expectations import is_expectation
from callbox.script.fences import is_code, is_remark
from callbox.script.gathered import Gathered, unseen
from callbox.script.head import read_remark_at, read_variable, variable_name
from callbox.script.lines import Line, Lines
from callbox.script.model import START, At, HeaderLine, Template
from callbox.script.request_line import Request, is_request, split_version

_NAME = re.compile(r"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]|\{\{[^{}]{1,200}\}\})++[ \t]*+:")
_PLAIN = re.compile(r"(?!https?:)([A-Za-z][A-Za-z0-9-]{0,99}+):[ \t]*+(?=\S)")
"""A header beyond doubt: no line of another kind begins so."""
_BODY_STARTS = ("{", "[", "<")
_TAIL_STARTS = (">", "??", "<>", "EXPECTED_RESPONSE_")
_INDENTED_TAIL = re.compile(r"[ \t]++(?:\?\?(?!\?)|>[ \t]*+\{%|>>!?+[ \t]++\S|<>[ \t]++\S|>[ \t]++\S++\Z)")
"""A script, a file for the answer or a check, indented: nobody goes on with a URL or a header so."""
_LOST_CHECK = re.compile(r"[ \t]*+[?&][ \t]")
"""`? status == 200` would go on with the URL."""
_BRACES = ("{", "[")
_NOTHING = Template("", START)
_URLS = ("http://", "https://")
_AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,20}://[^/?#{}\s]{1,300}\Z")
_MAX_NAME = 1024
_new = tuple.__new__


class HeaderBlock(NamedTuple):
    """The request line's URL with its continuations, the headers, and the index of the line after them."""

    url: tuple[Template, ...]
    version: str
    headers: tuple[HeaderLine, ...]
    end: int
    is_cut: bool
    """True where another request follows without a separator."""


@dataclass(slots=True)
class _Reading:
    into: Gathered
    url: list[Template]
    version: str
    headers: list[tuple[Template, list[Template]]] = field(default_factory=list)
    """Name and value of each, which may still grow by folded lines."""


def colon_of(text: str) -> int:
    """The index of the colon of a header line; -1 where the text has no header's shape."""
    match = _NAME.match(text, len(text) - len(text.lstrip()), _MAX_NAME + 200)
    return match.end() - 1 if match else -1


def read_headers(lines: Lines, start: int, request: Request, into: Gathered) -> HeaderBlock:
    """Reads from the line after the request line to the end of the header block."""
    texts = lines.texts
    if (start == len(texts) or not texts[start].strip()) and request.url.text:
        return HeaderBlock((request.url,), request.version, (), start, False)
    plain = _read_plain(lines, start)
    index = start + len(plain)
    if plain and request.url.text and (index == len(texts) or not texts[index].strip()):
        return HeaderBlock((request.url,), request.version, tuple(plain), index, False)
    reading = _Reading(into, [request.url] if request.url.text else [], request.version)
    index, is_cut = start, False
    while index < len(texts) and (text := texts[index]).strip():
        if plain := _read_plain(lines, index):
            reading.headers.extend((line.name, list(line.value)) for line in plain)
            index += len(plain)
            continue
        if _starts_tail(text) or is_code(text) or _starts_body(lines, index, reading):
            break
        if is_remark(text):
            index = read_remark_at(lines, index, into)
            continue
        if text.startswith(_URLS) or is_request(text.lstrip() if reading.headers else text):
            is_cut = True
            break
        _read_line(lines[index], reading)
        index += 1
    headers = tuple([HeaderLine(name, tuple(value)) for name, value in reading.headers])
    return HeaderBlock(tuple(reading.url), reading.version, headers, index, is_cut)


def _read_plain(lines: Lines, start: int) -> list[HeaderLine]:
    """The headers beyond doubt from a line on."""
    found: list[HeaderLine] = []
    texts = lines.texts
    while start < len(texts) and (parts := _parts(texts[start])):
        name, before, value = parts
        _, number, offset = lines[start]
        value_at = _new(At, (number, before + 1, offset + before))
        texts_of = (_new(Template, (name, _new(At, (number, 1, offset)))), (_new(Template, (value, value_at)),))
        found.append(_new(HeaderLine, texts_of))
        start += 1
    return found


@lru_cache(maxsize=1024)
def _parts(text: str) -> tuple[str, int, str] | None:
    """The name, the index of the value and the value of a header beyond doubt; the same ones stand at many requests."""
    match = _PLAIN.match(text) if len(text) < _MAX_NAME else None
    return (match[1], match.end(), text[match.end() :].rstrip()) if match else None


def _starts_tail(text: str) -> bool:
    return text.startswith(_TAIL_STARTS) or _INDENTED_TAIL.match(text) is not None


def _starts_body(lines: Lines, index: int, reading: _Reading) -> bool:
    """Rule 8; an indented brace, too, unless something has to go on there."""
    text = lines.texts[index]
    bare = text.lstrip()
    if bare == text:
        is_body = text.startswith(_BODY_STARTS)
    else:
        above = reading.headers[-1][1][-1] if reading.headers else (reading.url or [_NOTHING])[-1]
        is_body = bare.startswith(_BRACES) and bool(above.text)
    if not is_body or bare.startswith("{{"):
        return False
    reading.into.lint("no-blank-line", "The body begins without a blank line above it", "Add one", lines[index])
    return True


def _read_line(line: Line, reading: _Reading) -> None:
    colon = colon_of(line.text)
    if line.text.lstrip().startswith(("#", "//")):
        read_comment(line, reading.into)
    elif variable_name(line.text):
        read_variable(line, reading.into)
    elif _LOST_CHECK.match(line.text) and is_expectation(line.text.lstrip()[1:]):
        reading.into.error("check-in-url", "This check goes on with the URL", "A check begins with ??", line)
    elif not reading.headers and _is_url_part(line, colon, reading):
        part, version = split_version(line.stripped)
        part, version = (part.cut(0, 0), part.text[5:]) if _is_version(part.text) else (part, version)
        reading.version = version or reading.version
        if part.text[:1].isalnum() and _AUTHORITY.match("".join(text.text for text in reading.url)):
            reading.url.append(Template("/", part.at))  # a new line begins a segment; it must not go on with the host
        if part.text:
            reading.url.append(part)
    elif colon >= 0:
        _add(line, colon, reading)
    elif line.text[0] in " \t" and reading.headers:
        _fold(line, reading)
    else:
        _report(line, reading.into)


def _is_version(text: str) -> bool:
    return text[:5].upper() == "HTTP/" and len(text) < 12 and text[5:].replace(".", "", 1).isdigit()


def _is_url_part(line: Line, colon: int, reading: _Reading) -> bool:
    """Rule 6, but a line `Name: value` below a URL that ends with `/` stays a header, as everywhere else."""
    bare = line.text.strip()
    if _is_version(bare) or (bare[0] in "?&" and not bare.startswith("??")):
        return True
    if line.text[0] not in " \t":
        return False
    so_far = reading.url[-1].text[-1:] if reading.url else "?"
    return so_far in "?&=" or colon < 0


def _add(line: Line, colon: int, reading: _Reading) -> None:
    reading.headers.append((line.cut(0, colon), [line.cut(colon + 1)]))


def _fold(line: Line, reading: _Reading) -> None:
    """Joins a continuation to the header above it with one space (RFC 9112 section 5.2)."""
    bare = line.stripped
    indent = len(line.text) - len(line.text.lstrip())
    _, value = reading.headers[-1]
    if value[-1].text:
        value.append(Template(" " + bare.text, line.whole.spot(indent - 1)))
    else:
        value[-1] = bare


def _report(line: Line, into: Gathered) -> None:
    if line.text.startswith("..."):
        into.error("spread", "Headers from JavaScript (...name) are not read", "Write the headers out", line)
        return
    hint = "Write Name: value, or leave a blank line above the body"
    if line.text.startswith("{{"):
        hint = "A variable is a header where this file defines it so: @me = Name: value"
    into.error("not-a-header", "This is not a header", unseen(line.stripped.text) or hint, line)
