"""One block between separators to its steps. Called by `parse`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from callbox.script.bodies import read_body
from callbox.script.braces import check_braces
from callbox.script.curl_lines import curl_end
from callbox.script.expansion import Expansions
from callbox.script.extent import find_extent
from callbox.script.gathered import Gathered
from callbox.script.head import read_head
from callbox.script.headers import HeaderBlock, read_headers
from callbox.script.lines import Line
from callbox.script.model import Body, HeaderLine, Recorded, Step, Text
from callbox.script.request_line import Request, read_request
from callbox.script.tail import find_lead, read_item, scan

_COLON = re.compile(r":[\w-]++\s*+:?=")
_NO_BODY = Body()
_GRAPHQL = {"x-request-type": "graphql", "content-type": "application/graphql"}


class Context(NamedTuple):
    """What a block needs to know of the whole file."""

    expansions: Expansions
    is_used: Callable[[str], bool]
    """Whether `{{name}}` stands somewhere in the file."""


class Block(NamedTuple):
    """What stands between two separators."""

    title: str
    first_line: int
    """That of the separator above."""
    lines: list[Line]


class Read(NamedTuple):
    """What was read: a step or none, what else was said, a recorded response, and the index of the line below."""

    step: Step | None
    said: Gathered
    end: int
    recorded: Recorded | None = None


@dataclass(slots=True)
class _Reading:
    """The block that is read, and from where."""

    lines: list[Line]
    start: int
    title: str
    first_line: int
    context: Context
    into: Gathered
    index: int = 0
    """Of the request line."""

    def step(self, end: int) -> Step:
        """The step as far as it is the same for every kind of request."""
        into = self.into
        return Step(
            into.step,
            self.lines[min(self.index, len(self.lines) - 1)].start,
            self.first_line or self.lines[self.start].number,
            self.lines[end - 1].number,
            name=into.value_of("name"),
            title=into.value_of("title") or self.title,
            comments=tuple(into.comments),
            directives=tuple(into.directives),
            expectations=tuple(into.expectations),
            captures=tuple(into.captures),
            handlers=tuple(into.handlers),
            outputs=tuple(into.outputs),
            runs=tuple(into.runs),
        )


def read_step(block: Block, start: int, number: int, context: Context) -> Read:
    """Reads the next step of a block. Its lines may grow where a variable holds several header lines."""
    lines, into = block.lines, Gathered(step=number)
    title, first_line = (block.title, block.first_line) if start == 0 else ("", 0)
    reading = _Reading(lines, start, title, first_line, context, into)
    reading.index = index = read_head(lines, start, into)
    if index == len(lines):
        return _read_runs(reading)
    line = lines[index]
    if line.text.startswith("HTTP/") and line.text[5:6].isdigit():
        below = tuple(one.whole for one in lines[index : _last(lines, index, len(lines))])
        return Read(None, into, len(lines), Recorded(number - 1, below, line.at))
    bare = line.text.lstrip()
    if bare.startswith("curl "):
        return _read_command(reading)
    request = read_request(line)
    if request is None or (bare.startswith("/") and not _has_host(lines, index + 1)):
        return _read_broken(reading)
    return _read_request(reading, request)


def _has_host(lines: list[Line], index: int) -> bool:
    """True where a Host header says whose path a line with a path alone is."""
    while index < len(lines) and not lines[index].is_blank:
        if lines[index].text[:5].lower() == "host:":
            return True
        index += 1
    return False


def _last(lines: list[Line], index: int, below: int) -> int:
    """The index after the last line that is not blank, of those from `index` to before `below`."""
    return next((end for end in range(below, index + 1, -1) if not lines[end - 1].is_blank), index + 1)


def _read_runs(reading: _Reading) -> Read:
    into = reading.into
    if into.runs:
        return Read(reading.step(len(reading.lines)), into, len(reading.lines))
    checks = [said.at.line for said in into.expectations] + [said.at.line for said in into.captures]
    if checks:
        line = next(one for one in reading.lines if one.number == min(checks))
        into.error("no-request", "This stands in a block without a request", "Move it below a request line", line)
    return Read(None, into, len(reading.lines))


def _read_broken(reading: _Reading) -> Read:
    lines, index = reading.lines, reading.index
    bad = lines[index].stripped
    hint = "Write METHOD URL, such as GET https://example.com/; begin a comment with #"
    if bad.text[:1] == "<":
        hint = "A body goes below the request line, after a blank line"
    elif _COLON.match(bad.text):
        hint = "A variable is written @name = value, and used as {{name}}"
    shown = bad.text if len(bad.text) <= 60 else bad.text[:60] + ".."
    reading.into.error("not-a-request", f"This is not a request line: {shown}", hint, lines[index])
    rest = tuple(Text(line.text + "\n", line.at) for line in lines[index + 1 : _last(lines, index, len(lines))])
    step = reading.step(len(lines))._replace(url=(lines[index].whole,), body=Body("text", rest), is_broken=True)
    return Read(step, reading.into, len(lines))


def _read_command(reading: _Reading) -> Read:
    lines, into = reading.lines, reading.into
    end, is_closed = curl_end(lines, reading.index)
    command = tuple(line.whole for line in lines[reading.index : _last(lines, reading.index, end)])
    if not is_closed:
        into.error("unclosed-quote", "A quote of this command is not closed", "Close it", lines[reading.index])
    check_braces(command, lines, into)
    into.is_after_request = True
    region = scan(lines, find_lead(lines, end), _always)
    if region.first >= 0:
        hint = "Put ### above it, or a backslash at the end of the line before"
        into.error("after-curl", "This does not belong to the curl command", hint, lines[region.first])
    for item in region.items:
        read_item(lines, item, into)
    return Read(reading.step(len(lines))._replace(command=command), into, len(lines))


def _always(index: int) -> bool:
    return True


def _read_request(reading: _Reading, request: Request) -> Read:
    lines, into, index = reading.lines, reading.into, reading.index
    reading.context.expansions.expand(lines, index + 1)
    block = read_headers(lines, index + 1, request, into)
    into.is_after_request = True
    if not block.url:
        hint = f"Write it after {lines[index].stripped.text[:20]}"
        into.error("no-url", "This request has no URL", hint, lines[index])
    said = [*block.url]
    for header in block.headers:
        said += (header.name, *header.value)
    check_braces(said, lines, into)
    headers = tuple([line for line in block.headers if not _says_graphql(line)])
    is_graphql = request.is_graphql or len(headers) < len(block.headers)
    media_type = "graphql" if is_graphql else _media_type(headers, reading.context.expansions)
    body, end = _read_below(reading, block, media_type)
    step = reading.step(end)._replace(
        method=request.method,
        url=block.url,
        http_version=block.version,
        headers=headers,
        body=body,
        protocol=request.protocol,
        is_graphql=is_graphql,
    )
    return Read(step, into, end)


def _read_below(reading: _Reading, block: HeaderBlock, media_type: str) -> tuple[Body, int]:
    """Reads what stands below the headers; gives the body, and the index of the line after all of it."""
    lines, into = reading.lines, reading.into
    index = block.end
    while index < len(lines) and not lines[index].text.strip():
        index += 1
    if block.is_cut or index == len(lines):
        return _NO_BODY, block.end if block.is_cut else index
    extent = find_extent(lines, block, media_type, reading.context.is_used, into)
    body = read_body(lines[extent.start : extent.end], extent.kind, into)
    check_braces(body.texts, lines, into, is_error=extent.kind not in ("text", "multipart"))
    for item in extent.items:
        read_item(lines, item, into)
    return body, extent.next


def _media_type(headers: Sequence[HeaderLine], expansions: Expansions) -> str:
    types = [line.text for line in headers if line.name.text.lower() == "content-type"]
    return expansions.filled(types[-1]).partition(";")[0].strip().lower() if types else ""


def _says_graphql(line: HeaderLine) -> bool:
    wanted = _GRAPHQL.get(line.name.text.lower())
    return wanted is not None and line.text.partition(";")[0].strip().lower() == wanted
