"""Parse the header block: the rest of the URL, headers, folded values, and variables that contain whole header
lines.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from callbox.exchange.template_braces import BRACED, holes
from callbox.httpfile.look_alike_characters import describe_look_alike, plain, unseen
from callbox.httpfile.model import HeaderLine, unescaped
from callbox.httpfile.parser.assertion_parser import is_expectation
from callbox.httpfile.parser.comments_and_scripts import (
    StepBuilder,
    find_leading_items,
    is_block_comment,
    is_code,
    read_block_comment_at,
    read_comment,
    read_variable,
    variable_name,
)
from callbox.httpfile.parser.request_line import BODILESS, RequestLine, is_request, split_version
from callbox.httpfile.source_and_diagnostics import START, Lines, Position, SourceLine, Template, make_record

_NAME = re.compile(rf"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]|{BRACED})++[ \t]*+:")
_PLAIN = re.compile(r"(?!https?:)([A-Za-z][A-Za-z0-9-]{0,99}+):[ \t]*+(?=\S)")
"""A line that is certainly a header: no other kind of line begins like it."""
_BODY_STARTS = ("{", "[", "<")
_TAIL_STARTS = (">", "??", "<>", "EXPECTED_RESPONSE_")
_INDENTED_TAIL = re.compile(r"[ \t]++(?:\?\?(?!\?)|>[ \t]*+\{%|>>!?+[ \t]++\S|<>[ \t]++\S|>[ \t]++\S++\Z)")
"""An indented script, output file or check. Such a line never continues a URL or a header."""
_MISPLACED_CHECK = re.compile(r"[ \t]*+[?&][ \t]")
"""A check with one `?` too few: `? status == 200` would continue the URL."""
_BRACES = ("{", "[")
_NOTHING = Template("", START)
_URLS = ("http://", "https://")
_AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,20}://[^/?#{}\s]{1,300}\Z")
_MAX_NAME = 1024
_NO_TEXT = ("#", "//", "/*", "@", "?", "&", "...", "<", ">")
_QUERY = re.compile(r"(?:query|mutation|subscription)(?:[ \t]++[A-Za-z_]\w*+)?[ \t]*+[({]")
"""The beginning of a GraphQL operation, which no header has."""
_HEADER_WORD = re.compile(
    r"(?:accept|authorization|cache-control|content-|cookie|host|if-|origin|referer|user-agent|x-)[\w-]{0,40}(?:[\s=]|\Z)",
    re.IGNORECASE,
)
BODY_WITHOUT_BLANK = "body-without-blank"
"""The code of the lint for a text directly after the headers that is sent as the body."""


class HeaderBlock(NamedTuple):
    """The URL of the request line with its further lines, the headers, and the index of the line after them."""

    url: tuple[Template, ...]
    version: str
    headers: tuple[HeaderLine, ...]
    end: int
    is_cut: bool
    """Whether another request follows without a separator."""


@dataclass(slots=True)
class _HeaderReader:
    builder: StepBuilder
    url: list[Template]
    version: str
    headers: list[tuple[Template, list[Template]]] = field(default_factory=list)
    """The name and value of each header. Folded lines may still be added to the last value."""


def colon_of(text: str) -> int:
    """The index of the colon in a header line; -1 if the text does not have the form of a header."""
    match = _NAME.match(text, len(text) - len(text.lstrip()), _MAX_NAME + 200)
    return match.end() - 1 if match else -1


def read_headers(lines: Lines, start: int, request: RequestLine, builder: StepBuilder) -> HeaderBlock:
    """Read from the line after the request line to the end of the header block."""
    return read_plain_headers(lines, start, request) or read_any_headers(lines, start, request, builder)


def read_plain_headers(lines: Lines, start: int, request: RequestLine) -> HeaderBlock | None:
    """Read a block in which every line is certainly a header; None for other blocks.

    `read_any_headers` gives the same result.

    Without this quick function, files of requests take 1.2 to 2.9 times as long to parse.
    """
    texts = lines.texts
    headers = _read_plain(lines, start)
    end = start + len(headers)
    if not request.url.text or (end < len(texts) and texts[end].strip()):
        return None
    return HeaderBlock(url=(request.url,), version=request.version, headers=tuple(headers), end=end, is_cut=False)


def read_any_headers(
    lines: Lines,
    start: int,
    request: RequestLine,
    builder: StepBuilder,
    read_plain: Callable[[Lines, int], list[HeaderLine]] | None = None,
) -> HeaderBlock:
    """Read a header block with comments, variables, folded values, more lines of the URL, and mistakes.

    `read_plain` reads the lines that are certainly headers. Without it, the result is the same, but requests with a URL
    of several lines take 1.25 times as long to parse.
    """
    read_plain = read_plain or _read_plain
    texts = lines.texts
    reader = _HeaderReader(builder, [request.url] if request.url.text else [], request.version)
    index, is_cut = start, False
    while index < len(texts) and (text := texts[index]).strip():
        if plain := read_plain(lines, index):
            reader.headers.extend((line.name, list(line.value)) for line in plain)
            index += len(plain)
            continue
        if _starts_tail(text) or is_code(text) or _starts_body(lines, index, reader):
            break
        if is_block_comment(text):
            index = read_block_comment_at(lines, index, builder)
            continue
        if text.startswith(_URLS) or is_request(text.lstrip() if reader.headers else text):
            is_cut = True
            break
        if _starts_text(lines, index, reader, request.method):
            break
        _read_line(lines[index], reader)
        index += 1
    headers = tuple([HeaderLine(name, tuple(value)) for name, value in reader.headers])
    return HeaderBlock(url=tuple(reader.url), version=reader.version, headers=headers, end=index, is_cut=is_cut)


def _read_plain(lines: Lines, start: int) -> list[HeaderLine]:
    """Read headers from a line on, up to the first line that may be something else."""
    found: list[HeaderLine] = []
    texts = lines.texts
    while start < len(texts) and (parts := _split_plain(texts[start])):
        name, before, value = parts
        _, number, offset = lines[start]
        name_text = make_record(Template, (name, make_record(Position, (number, 1, offset))))
        value_text = make_record(Template, (value, make_record(Position, (number, before + 1, offset + before))))
        found.append(make_record(HeaderLine, (name_text, (value_text,))))
        start += 1
    return found


@lru_cache(maxsize=1024)
def _split_plain(text: str) -> tuple[str, int, str] | None:
    """Split a line that is certainly a header into name, index of the value, and value.

    The result is cached, since many requests have the same headers.
    """
    match = _PLAIN.match(text) if len(text) < _MAX_NAME else None
    return (match[1], match.end(), text[match.end() :].rstrip()) if match else None


def _starts_tail(text: str) -> bool:
    return text.startswith(_TAIL_STARTS) or _INDENTED_TAIL.match(text) is not None


def _starts_body(lines: Lines, index: int, reader: _HeaderReader) -> bool:
    """Whether the body begins here without a blank line.

    An indented brace begins a body unless a header value is still empty.
    """
    text = lines.texts[index]
    stripped = text.lstrip()
    if stripped == text:
        is_body = text.startswith(_BODY_STARTS)
    else:
        above = reader.headers[-1][1][-1] if reader.headers else (reader.url or [_NOTHING])[-1]
        is_body = stripped.startswith(_BRACES) and bool(above.text)
    if not is_body or stripped.startswith("{{"):
        return False
    reader.builder.lint(
        "no-blank-line", "The body begins without a blank line above it", "Add a blank line", lines[index]
    )
    return True


def _starts_text(lines: Lines, index: int, reader: _HeaderReader, method: str) -> bool:
    """Whether the body begins here with a text, as in httpyac.

    The text is not a header, and is probably not a mistake. Signs of a mistake are: a header after the text, a word
    that is the name of a header, and a body after a blank line.
    """
    texts, text = lines.texts, lines.texts[index]
    if _QUERY.match(text):
        hint = "Leave a blank line above this line"
        reader.builder.lint(BODY_WITHOUT_BLANK, "This line is sent as the body", hint, lines[index])
        return True
    if method in BODILESS or colon_of(text) >= 0 or text[:1].isspace() or text.startswith(_NO_TEXT):
        return False
    if variable_name(text) or _HEADER_WORD.match(text) or unseen(text.strip()) or _is_version(text.strip()):
        return False
    below = index
    while below < len(texts) and texts[below].strip():
        if colon_of(texts[below]) >= 0:
            return False
        below += 1
    if find_leading_items(texts, below).first >= 0:
        return False
    hint = "Leave a blank line above this line; a header is written Name: value"
    reader.builder.lint(BODY_WITHOUT_BLANK, "This line is sent as the body", hint, lines[index])
    return True


def _read_line(line: SourceLine, reader: _HeaderReader) -> None:
    colon = colon_of(line.text)
    if line.text.lstrip().startswith(("#", "//")):
        read_comment(line, reader.builder)
    elif line.text.lstrip()[:1] == "@":
        read_variable(line, reader.builder)
    elif _MISPLACED_CHECK.match(line.text) and is_expectation(line.text.lstrip()[1:]):
        reader.builder.error(
            "check-in-url", "This assertion would become part of the URL", "A check begins with ??", line
        )
    elif not reader.headers and _is_url_part(line, colon, reader):
        part, version = split_version(line.stripped)
        part, version = (part.cut(0, 0), part.text[5:]) if _is_version(part.text) else (part, version)
        reader.version = version or reader.version
        if part.text[:1].isalnum() and _AUTHORITY.match("".join(text.text for text in reader.url)):
            # a new line begins a segment of the path, because it must not change the host
            reader.url.append(Template("/", part.at))
        if part.text:
            reader.url.append(part)
    elif colon >= 0:
        _add(line, colon, reader)
    elif line.text[0] in " \t" and reader.headers:
        _fold(line, reader)
    else:
        _report(line, reader.builder)


def _is_version(text: str) -> bool:
    return text[:5].upper() == "HTTP/" and len(text) < 12 and text[5:].replace(".", "", 1).isdigit()


def _is_url_part(line: SourceLine, colon: int, reader: _HeaderReader) -> bool:
    """Whether a line continues the URL. After a URL that ends with `/`, a line `Name: value` is still a header."""
    stripped = line.text.strip()
    if _is_version(stripped) or (stripped[0] in "?&" and not stripped.startswith("??")):
        return True
    if line.text[0] not in " \t":
        return False
    so_far = reader.url[-1].text[-1:] if reader.url else "?"
    return so_far in "?&=" or colon < 0


def _add(line: SourceLine, colon: int, reader: _HeaderReader) -> None:
    reader.headers.append((line.cut(0, colon), [line.cut(colon + 1)]))


def _fold(line: SourceLine, reader: _HeaderReader) -> None:
    """Join a continuation line to the header before it, with one space (RFC 9112 section 5.2)."""
    stripped = line.stripped
    indent = len(line.text) - len(line.text.lstrip())
    _, value = reader.headers[-1]
    if value[-1].text:
        value.append(Template(" " + stripped.text, line.whole.position_at(indent - 1)))
    else:
        value[-1] = stripped


def _report(line: SourceLine, builder: StepBuilder) -> None:
    if line.text.startswith("..."):
        builder.error("spread", "Headers from JavaScript (...name) are not read", "Write the headers out", line)
        return
    hint = "Write Name: value, or leave a blank line above the body"
    if line.text.startswith("{{"):
        hint = "To use a variable as a header, define it in this file: @me = Name: value"
    text = line.stripped.text
    if colon_of(plain(text[:_SHORT])) >= 0:
        hint = describe_look_alike(text[:_SHORT]) or hint
    builder.error("not-a-header", "This is not a header", unseen(text) or hint, line)


_DEFINITION = re.compile(r"@([^\s=]+?)\s*+:?+=")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]++:(?!//)")
_MAX_LINES = 10_000
"""The most lines that variables may add to one file, because a short file must not grow without limit."""

_SHORT = 200
"""The longest value that is filled while a file is parsed. Media types with their parameters are shorter."""


class HeaderVariable(NamedTuple):
    """A variable that contains header lines."""

    line: int
    lines: tuple[str, ...]


class Expansions:
    """The variables of a file that contain header lines, and how many lines they may still add."""

    def __init__(self, definitions: Mapping[str, Sequence[HeaderVariable]], short: Mapping[str, str]) -> None:
        self._definitions = definitions
        self._short = short
        self._left = _MAX_LINES
        self.used: set[str] = set()
        """The names of variables that were replaced by their lines so far."""

    def filled(self, text: str) -> str:
        """Fill variables with short values that the file itself defines.

        The media type may be such a variable, and it decides how a body is read.
        """
        parts, at = [], 0
        for hole in holes(text):
            parts += [text[at : hole.start], self._short.get(hole.expression, text[hole.start : hole.end])]
            at = hole.end
        return "".join([*parts, text[at:]]) if parts else text

    def expand(self, lines: Lines, start: int) -> None:
        """Replace each line `{{name}}` by the lines of the variable, up to the first blank line."""
        if not self._definitions:
            return  # most files have none
        end = start
        expanded: list[tuple[str, int]] = []
        while end < len(lines) and lines.texts[end].strip():
            expanded.extend((text, end) for text in self._texts(lines.texts[end], lines.number(end)))
            end += 1
        if [text for text, _ in expanded] != lines.texts[start:end]:
            lines.put(start, end, expanded)

    def _texts(self, line: str, number: int) -> Sequence[str]:
        """The lines that replace this line; the line itself if it has no such variable."""
        stripped = line.lstrip()
        hole = next(iter(holes(stripped)), None) if stripped.startswith("{{") else None
        known = self._definitions.get(hole.expression, ()) if hole is not None and not hole.start else ()
        if hole is None or not known:
            return (line,)
        above = bisect_left(known, number, key=attrgetter("line"))
        chosen = known[max(above - 1, 0)].lines
        if len(chosen) > self._left:
            return (line,)
        self._left -= len(chosen)
        self.used.add(hole.expression)
        return (*chosen[:-1], chosen[-1] + stripped[hole.end :])


def find_expansions(lines: Lines) -> Expansions:
    """The variables that these lines define with a fixed value."""
    definitions: dict[str, list[HeaderVariable]] = {}
    short: dict[str, str] = {}
    for index, text in [(index, text) for index, text in enumerate(lines.texts) if text[:1] == "@"]:
        match = _DEFINITION.match(text)
        if match is None:
            continue
        value = unescaped(text[match.end() :].strip())
        if len(value) < _SHORT and not holes(value):
            short[match[1]] = value
        if "\n" in value or _HEADER.match(value):
            texts = tuple(line.rstrip("\r") for line in value.split("\n"))
            definitions.setdefault(match[1], []).append(HeaderVariable(lines.number(index), texts))
    return Expansions(definitions, short)
