"""The header block: the rest of the URL, headers, folded values, and what ends it (rules 3 and 6 to 8, 18)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from callbox.script.directives import read_comment
from callbox.script.fences import is_code, is_remark
from callbox.script.gathered import Gathered
from callbox.script.head import is_variable, read_remark_at, read_variable
from callbox.script.lines import Line
from callbox.script.model import HeaderLine, Text
from callbox.script.request_line import Request, is_request, split_version

_NAME = re.compile(r"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]|\{\{[^{}]{1,200}\}\})++[ \t]*+:")
_BODY_STARTS = ("{", "[", "<")
_TAIL_STARTS = (">", "??", "<>", "EXPECTED_RESPONSE_")
_URLS = ("http://", "https://")
_MAX_NAME = 1024


class HeaderBlock(NamedTuple):
    """The request line's URL with its continuations, the headers, and the index of the line after them."""

    url: tuple[Text, ...]
    version: str
    headers: tuple[HeaderLine, ...]
    end: int
    is_cut: bool
    """True where another request follows without a separator."""


@dataclass(slots=True)
class _Reading:
    into: Gathered
    url: list[Text]
    version: str
    headers: list[HeaderLine] = field(default_factory=list)


def colon_of(text: str) -> int:
    """The index of the colon of a header line; -1 where the text has no header's shape."""
    match = _NAME.match(text, len(text) - len(text.lstrip()), _MAX_NAME + 200)
    return match.end() - 1 if match else -1


def read_headers(lines: Sequence[Line], start: int, request: Request, into: Gathered) -> HeaderBlock:
    """Reads from the line after the request line to the end of the header block."""
    reading = _Reading(into, [request.url] if request.url.text else [], request.version)
    index, is_cut = start, False
    while index < len(lines):
        line = lines[index]
        if line.is_blank or line.text.startswith(_TAIL_STARTS) or is_code(line):
            break
        if is_remark(line):
            index = read_remark_at(lines, index, into)
            continue
        if is_request(line) or line.text.startswith(_URLS):
            is_cut = True
            break
        if _starts_body(line, reading):
            break
        _read_line(line, reading)
        index += 1
    return HeaderBlock(tuple(reading.url), reading.version, tuple(reading.headers), index, is_cut)


def _starts_body(line: Line, reading: _Reading) -> bool:
    if not line.text.startswith(_BODY_STARTS) or line.text.startswith("{{"):
        return False
    reading.into.lint("no-blank-line", "The body begins without a blank line above it", "Add one", line)
    return True


def _read_line(line: Line, reading: _Reading) -> None:
    colon = colon_of(line.text)
    if line.is_comment:
        read_comment(line, reading.into)
    elif is_variable(line):
        read_variable(line, reading.into)
    elif not reading.headers and _is_url_part(line, colon, reading):
        part, version = split_version(line.stripped)
        part, version = (part.cut(0, 0), part.text[5:]) if _is_version(part.text) else (part, version)
        reading.version = version or reading.version
        if part.text:
            reading.url.append(part)
    elif colon >= 0:
        reading.headers.append(HeaderLine(line.cut(0, colon), (line.cut(colon + 1),)))
    elif line.is_indented and reading.headers:
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
    if not line.is_indented:
        return False
    so_far = reading.url[-1].text[-1:] if reading.url else "?"
    return so_far in "?&=" or colon < 0


def _fold(line: Line, reading: _Reading) -> None:
    """Joins a continuation to the header above it with one space (RFC 9112 section 5.2)."""
    bare = line.stripped
    indent = len(line.text) - len(line.text.lstrip())
    last = reading.headers[-1]
    joint = Text(" " + bare.text, line.whole.spot(indent - 1))
    value = (*last.value, joint) if last.text else (bare,)
    reading.headers[-1] = HeaderLine(last.name, value)


def _report(line: Line, into: Gathered) -> None:
    if line.text.startswith("..."):
        into.error("spread", "Headers from JavaScript (...name) are not read", "Write the headers out", line)
        return
    hint = "Write Name: value, or leave a blank line above the body"
    into.error("not-a-header", "This is not a header", hint, line)
