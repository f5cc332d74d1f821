"""Parse the text of a `.http` file into a `Script`, with the same rules for the files of all tools.

Never raises for any text.

The text is split into blocks at `###` separators, and a block into steps, which include curl commands. The other
modules of the package read the parts of a step, in the order of the file. `pause_collector` pauses the garbage
collector while the many long-lived objects of a large file are made.
"""

from __future__ import annotations

import gc
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import NamedTuple

from callbox.exchange.template_braces import has_unclosed, holes
from callbox.formats.bash_powershell_and_cmd_words import RowState, read_row
from callbox.httpfile.look_alike_characters import unseen
from callbox.httpfile.model import DESCRIPTIVE_DIRECTIVES, Body, HeaderLine, RecordedResponse, Script, Step
from callbox.httpfile.parser.body_parser import (
    _refuse_fragments,
    check_body,
    clear_part_separators,
    find_body_extent,
    find_borders,
    find_message_below_response,
    read_body,
    read_plain,
    with_fragments,
)
from callbox.httpfile.parser.comments_and_scripts import (
    WITHOUT_EFFECT,
    WITHOUT_REQUEST,
    StepBuilder,
    check_braces,
    find_leading_items,
    read_item,
    read_preamble,
    read_variable,
    scan,
    variable_name,
)
from callbox.httpfile.parser.header_block import Expansions, HeaderBlock, find_expansions, read_headers
from callbox.httpfile.parser.misplaced_line_lints import is_reported, look_alike_lints, report_first
from callbox.httpfile.parser.request_line import RequestLine, is_request, read_request, read_usual_request
from callbox.httpfile.source_and_diagnostics import (
    Diagnostic,
    File,
    Lines,
    SourceLine,
    Template,
    decode,
    make_record,
    read_lines,
)


def curl_end(texts: Sequence[str], start: int) -> tuple[int, bool]:
    """The index after the last line of the command, and whether all of its quotes are closed."""
    state = RowState()
    for index in range(start, len(texts)):
        state, goes_on = read_row(texts[index], state)
        if not goes_on:
            return index + 1, True
    return len(texts), state.is_closed


_UNMARKED = re.compile(r":?+[\w.-]++\s*+:?=")
_NAMING = re.compile(r"@name(?:[ \t]|[ \t]*+=)[ \t]*+([^\s=]++)")
_NO_BODY = Body()
_OF_VARIABLES = frozenset({"ref", "forceRef"})
"""Directives that a block with only variables may have.

They have no effect, because the variables are valid without them.
"""
_OTHER_TOOLS = {
    "NOP": ("NOP of Kulala sends nothing, and is not supported", "Write headers and scripts in each request"),
    "proto": ("A description of gRPC cannot be read", "Leave the line out: only HTTP is supported"),
}
"""The first words of lines that other tools allow in the place of a request line, each with the message and the hint of
the error.
"""
_GRAPHQL = {"x-request-type": "graphql", "content-type": "application/graphql"}


class FileContext(NamedTuple):
    """The facts about a whole file that are needed to parse a block."""

    expansions: Expansions
    is_used: Callable[[str], bool]
    """Whether the file contains `{{name}}`."""
    may_have_host: bool = False
    """Whether this file or an imported file may define `@host`, which goes before a path without a host."""


class Block(NamedTuple):
    """The lines between two `###` separators, or the rest of them below a request."""

    title: str
    """The title after the separator of the block; empty below a request."""
    first_line: int
    """The line of the separator; 0 below a request."""
    lines: Lines


class ReadResult(NamedTuple):
    """One parsed step, or none, with its builder, a recorded response, and the index of the next line."""

    step: Step | None
    builder: StepBuilder
    end: int
    recorded: RecordedResponse | None = None


class _BlockReader:
    """Reads the first step of a block. `builder` collects its parts."""

    __slots__ = ("_block", "builder", "context", "index", "line", "lines")

    def __init__(self, block: Block, number: int, context: FileContext) -> None:
        self._block = block
        self.lines = block.lines
        self.context = context
        self.builder = StepBuilder(number)
        self.index = read_preamble(block.lines, 0, self.builder)
        """The index of the request line."""
        self.line = block.lines[min(self.index, len(block.lines) - 1)]
        """The request line; the last line of the block if there is none."""

    @property
    def title(self) -> str:
        """The title of the separator above the step; empty for a later step of the block."""
        return self._block.title

    def step(
        self,
        end: int,
        *,
        method: str = "",
        url: tuple[Template, ...] = (),
        http_version: str = "",
        headers: tuple[HeaderLine, ...] = (),
        body: Body = _NO_BODY,
        protocol: str = "http",
        is_graphql: bool = False,
        command: tuple[Template, ...] = (),
        is_broken: bool = False,
    ) -> Step:
        """Make the step from the parts of its request and the collected directives. The step ends before line `end`."""
        builder, block = self.builder, self._block
        name, title = "", self.title
        if builder.directives:
            name, title = builder.value_of("name"), builder.value_of("title") or title
        if title[:1] == "@" and not name and (naming := _NAMING.match(title)):
            name = naming[1]  # the title is ### @name login
        first_line = block.first_line or self.lines.number(0)
        fields = (
            builder.step,
            self.line.start,
            first_line,
            self.lines.number(end - 1),
            method,
            url,
            http_version,
            headers,
            body,
            name,
            title,
            *builder.of_step,
            protocol,
            is_graphql,
            command,
            is_broken,
        )
        # Keywords would be easier to read in such a wide record, but then files of one-line requests take 1.3 times as
        # long to parse.
        return make_record(Step, fields)


def read_step(block: Block, number: int, context: FileContext) -> ReadResult:
    """Read the first step of a block. A variable with several header lines may add lines to the block."""
    reader = _BlockReader(block, number, context)
    lines, index, text = reader.lines, reader.index, reader.line.text
    if index == len(lines.texts):
        return _read_runs(reader)
    if request := read_usual_request(reader.line):
        return _read_request(reader, request)
    if text.startswith("HTTP/") and text[5:6].isdigit():
        return _read_recorded_response(reader, number)
    bare = text.lstrip()
    if bare.startswith(("curl ", "curl.exe ")):
        return _read_command(reader)
    request = read_request(reader.line)
    if request is None or (bare[0] == "/" and not (context.may_have_host or _has_host(lines, index + 1))):
        return _read_broken(reader)
    return _read_request(reader, request)


def _read_recorded_response(reader: _BlockReader, number: int) -> ReadResult:
    lines, index = reader.lines, reader.index
    if reader.builder.fragments:
        _refuse_fragments(reader.builder, lines)
    following = find_message_below_response(lines.texts, index)
    end = following if following > 0 else len(lines)
    below = lines.wholes(index, _last(lines, index, end))
    for at in range(index + 1, end):
        if is_request(lines.texts[at]) and not lines.texts[at - 1].strip():
            message = "This line would be part of the recorded response above"
            hint = "Put ### above it if it begins a request, or remove the recorded response"
            reader.builder.error("request-in-response", message, hint, lines[at])
            break
    return ReadResult(None, reader.builder, end, RecordedResponse(number - 1, below, below[0].at))


def _has_host(lines: Lines, index: int) -> bool:
    """Whether a Host header gives the host for a request line with only a path."""
    texts = lines.texts
    while index < len(texts) and texts[index].strip():
        if texts[index][:5].lower() == "host:":
            return True
        index += 1
    return False


def _last(lines: Lines, index: int, below: int) -> int:
    """The index after the last line from `index` to before `below` that is not blank."""
    texts = lines.texts
    return next((end for end in range(below, index + 1, -1) if texts[end - 1].strip()), index + 1)


def _read_runs(reader: _BlockReader) -> ReadResult:
    builder = reader.builder
    if builder.fragments:
        _refuse_fragments(builder, reader.lines)
    if builder.runs:
        return ReadResult(reader.step(len(reader.lines)), builder, len(reader.lines))
    _report_directives(reader)
    checks = [found.at.line for found in builder.expectations] + [found.at.line for found in builder.captures]
    if checks:
        line = reader.lines.numbered(min(checks))
        builder.error(
            "no-request",
            "This assertion or capture is in a block without a request",
            "Move this line below a request line",
            line,
        )
    return ReadResult(None, builder, len(reader.lines))


def _report_directives(reader: _BlockReader) -> None:
    """Report directives of a block that sends nothing.

    If the request of the block is commented out, its directives also count as commented out.
    """
    builder = reader.builder
    misplaced = [one for one in builder.directives if one.name not in DESCRIPTIVE_DIRECTIVES | _OF_VARIABLES]
    if misplaced and not any(is_request(comment.text.lstrip("#/ ")) for comment in builder.comments):
        line = reader.lines.numbered(misplaced[0].at.line)
        hint = "Write the directive above the request line, with no ### between them"
        builder.lint(WITHOUT_REQUEST, f"@{misplaced[0].name} is in a block without a request", hint, line)


def _report_shared(reader: _BlockReader, title: str) -> None:
    """Report what Kulala would do for each request if the first block has the title `Shared` or `Shared each`."""
    builder = reader.builder
    if title == "Shared each":
        hint = f"Write run #{title} above each request"
        message = "Kulala sends this request before each other request; callbox sends it once"
        builder.lint(WITHOUT_EFFECT, message, hint, reader.line)
    misplaced = [one for one in builder.directives if one.name not in DESCRIPTIVE_DIRECTIVES]
    if misplaced:
        line = reader.lines.numbered(misplaced[0].at.line)
        message = f"In Kulala @{misplaced[0].name} applies to all requests of the file, in callbox only to this request"
        builder.lint(WITHOUT_EFFECT, message, "Write the directive above each request", line)


def _read_broken(reader: _BlockReader) -> ReadResult:
    lines, index = reader.lines, reader.index
    line = reader.line
    bad = line.stripped
    hint = "Write METHOD URL, such as GET https://example.com/; begin a comment with #"
    if bad.text[:1] == "<":
        hint = "A body goes below the request line, after a blank line"
    elif bad.text[:1] == ">":
        hint = "A script above a request begins with <, one below its body with >"
    elif bad.text.startswith("??"):
        hint = "A line with ?? goes below the request line; above it, write # @expect"
    elif _UNMARKED.match(bad.text):
        hint = "A variable is written @name = value, and used as {{name}}"
    shown = bad.text if len(bad.text) <= 60 else bad.text[:60] + ".."
    message = f"This is not a request line: {shown}"
    if (other := _OTHER_TOOLS.get(bad.text.partition(" ")[0])) is not None:
        message, hint = other
    reader.builder.error("not-a-request", message, unseen(bad.text) or hint, line)
    reader.builder.is_after_request = True
    rest = []
    for below in map(lines.__getitem__, range(index + 1, _last(lines, index, len(lines)))):
        if below.text[:1] == "@" and variable_name(below.text):
            read_variable(
                below, reader.builder
            )  # without this, each request that uses the variable would be reported, too
        else:
            rest.append(Template(below.text + "\n", below.at))
    body = Body("text", tuple(rest))
    step = reader.step(len(lines), url=(line.whole,), body=body, is_broken=True)
    return ReadResult(step, reader.builder, len(lines))


def _read_command(reader: _BlockReader) -> ReadResult:
    lines, builder = reader.lines, reader.builder
    if builder.fragments:
        _refuse_fragments(builder, lines)
    end, is_closed = curl_end(lines.texts, reader.index)
    command = lines.wholes(reader.index, _last(lines, reader.index, end))
    if not is_closed:
        builder.error("unclosed-quote", "A quote of this command is not closed", "Close it", reader.line)
    check_braces(command, lines, builder)
    builder.is_after_request = True
    region = scan(lines.texts, find_leading_items(lines.texts, end), _always)
    if region.first >= 0:
        hint = "Put ### above this line, or a backslash at the end of the line before"
        builder.error("after-curl", "This line does not belong to the curl command", hint, lines[region.first])
    for item in region.items:
        read_item(lines, item, builder)
    return ReadResult(reader.step(len(lines), command=command), builder, len(lines))


def _always(index: int) -> bool:
    return True


def _read_request(reader: _BlockReader, request: RequestLine) -> ReadResult:
    lines, builder, index = reader.lines, reader.builder, reader.index
    if reader.title in ("Shared", "Shared each") and builder.step == 1:
        _report_shared(reader, reader.title)
    reader.context.expansions.expand(lines, index + 1)
    block = read_headers(lines, index + 1, request, builder)
    builder.is_after_request = True
    if not block.url:
        hint = f"Write it after {reader.line.stripped.text[:20]}"
        builder.error("no-url", "This request has no URL", hint, reader.line)
    if has_unclosed("\n".join(lines.texts[index : block.end])):
        values = (text for header in block.headers for text in (header.name, *header.value))
        check_braces((*block.url, *values), lines, builder)
    media_type, headers = _media_type(block.headers, reader.context.expansions) if block.headers else "", block.headers
    is_graphql = request.is_graphql or media_type == "graphql" or (bool(builder.directives) and builder.says("graphql"))
    if is_graphql:
        headers = tuple([line for line in headers if not _says_graphql(line)])
        media_type = "graphql"
    if request.protocol == "sse":
        headers = tuple([line for line in headers if not _report_event_filter(line, lines, builder)])
    body, end = _read_below(reader, block, media_type)
    if builder.fragments:
        body = with_fragments(body, builder, lines, is_graphql=is_graphql)
    if builder.directives and builder.says("inject-variables"):
        body = body.filled()
    if body.kind == "text" and not media_type and isinstance(body.pieces[0], Template):
        report_first(lines, lines.index(body.pieces[0].at.line), request.method, builder)
    step = reader.step(
        end,
        method=request.method,
        url=block.url,
        http_version=block.version,
        headers=headers,
        body=body,
        protocol=request.protocol,
        is_graphql=media_type == "graphql",
    )
    return make_record(ReadResult, (step, builder, end, None))


def _report_event_filter(header: HeaderLine, lines: Lines, builder: StepBuilder) -> bool:
    """Report httpyac's header `event`, which chooses events of a stream by name. It is not sent."""
    if header.name.text.lower() != "event":
        return False
    line = lines.numbered(header.name.at.line)
    message = "Event of httpyac has no effect here, and is not sent: events of all names are read"
    builder.lint(WITHOUT_EFFECT, message, "Leave the header out", line)
    return True


def _read_below(reader: _BlockReader, block: HeaderBlock, media_type: str) -> tuple[Body, int]:
    """Read the body, and the items after the headers. Returns the body and the index of the line after all items."""
    lines, builder = reader.lines, reader.builder
    index = block.end
    texts = lines.texts
    while index < len(texts) and not texts[index].strip():
        index += 1
    if block.is_cut or index == len(texts):
        return _NO_BODY, block.end if block.is_cut else index
    end = len(texts)
    while not texts[end - 1].strip():
        end -= 1
    if media_type.startswith("multipart/"):
        end = clear_part_separators(lines, index, end, builder)
    plain = read_plain(lines, index, end, media_type, builder)
    if plain is not None:
        return plain, len(texts)
    extent = find_body_extent(lines, block, media_type, reader.context.is_used, builder)
    body = read_body(lines, extent.start, extent.end, extent.kind, builder)
    check_body(body, lines, builder)
    for item in extent.items:
        read_item(lines, item, builder)
    return body, extent.next


def _media_type(headers: Sequence[HeaderLine], expansions: Expansions) -> str:
    """The declared media type in lower case; `graphql` if the request says in one of two ways that it is GraphQL."""
    media_type = ""
    for line in headers:
        name = line.name.text.lower()
        if name not in _GRAPHQL:
            continue
        if _says_graphql(line):
            return "graphql"
        if name == "content-type":
            media_type = _bare_type(expansions.filled(line.text))
    return media_type


@lru_cache(maxsize=256)
def _bare_type(value: str) -> str:
    return value.partition(";")[0].strip().lower()


def _says_graphql(line: HeaderLine) -> bool:
    wanted = _GRAPHQL.get(line.name.text.lower())
    return wanted is not None and _bare_type(line.text) == wanted


_ONE_WORD = re.compile(r"[\w-]{1,200}+\Z")
_HOST = re.compile(r"^[ \t]*+(?:@host[ \t]*+:?+=|import[ \t]|(?:#++|//)[ \t]*+@import[ \t])", re.MULTILINE)
"""A line that may set the host for a path."""
_LARGE = 50_000
"""The garbage collector is paused for a text with at least this many characters."""


def parse(source: str | bytes, name: str = "") -> Script:
    """The script in the text or bytes of a file; `name` is the name of the file in places.

    Errors and warnings are in `Script.diagnostics`, in the order of the file.

    >>> [step.label for step in parse("### Users\\nGET http://localhost/users").steps]
    ['Users']
    """
    text, bad_byte = decode(source)
    with pause_collector(len(text) > _LARGE):
        script = _parse(text, name)
    if bad_byte is None:
        return script
    return script._replace(diagnostics=(_bad_byte(bad_byte, script), *script.diagnostics))


def _parse(text: str, name: str) -> Script:
    file = File(text)
    uses = _uses(text)
    context = FileContext(find_expansions(Lines(file)), uses, _HOST.search(text) is not None)
    script = _assemble(name, text, _read_blocks(file, context))
    if not text.isascii():
        script = _with_look_alikes(script, file, uses)
    return script._replace(expanded=frozenset(context.expansions.used)) if context.expansions.used else script


def _with_look_alikes(script: Script, file: File, uses: Callable[[str], bool]) -> Script:
    reported = {found.at.line for found in script.diagnostics if is_reported(found)}
    lints = tuple(look_alike_lints(file, uses, reported))
    if not lints:
        return script
    return script._replace(diagnostics=tuple(sorted((*script.diagnostics, *lints), key=_offset)))


def _bad_byte(offset: int, script: Script) -> Diagnostic:
    lines = read_lines(script.text)
    line = next((lines[index] for index, text in enumerate(lines.texts) if "\ufffd" in text), SourceLine("", 1, 0))
    at = line.whole.position_at(max(line.text.find("\ufffd"), 0))
    return Diagnostic(
        severity="error",
        code="not-utf-8",
        message=f"Byte {offset} is not UTF-8",
        hint="Save the file as UTF-8",
        at=at,
        length=1,
        source=line.text,
    )


def _uses(text: str) -> Callable[[str], bool]:
    """A function that tells whether the text uses `{{name}}`. The text is searched once, at the first call."""

    @cache
    def names() -> frozenset[str]:
        return frozenset(hole.expression for hole in holes(text))

    return lambda name: name in names()


def _read_blocks(file: File, context: FileContext) -> Iterator[ReadResult]:
    number = 1
    for block in _split(file):
        title = block.title
        for read in _read_block(file, block, number, context):
            number += read.step is not None
            if read.builder.variables:
                check_braces((variable.value for variable in read.builder.variables), block.lines, read.builder)
                if read.step is None:
                    read.builder.block_name = read.builder.value_of("name") or _name_of(title)
            yield read
            title = ""


def _read_block(file: File, block: Block, number: int, context: FileContext) -> Iterator[ReadResult]:
    """Read the steps of a block.

    The steps below the first one are read from few lines each, so that the time for many requests without `###` is
    proportional to their lines.
    """
    lines = block.lines
    if not len(lines):
        return
    begin, last = lines.number(0) - 1, lines.number(len(lines) - 1)
    read = read_step(block, number, context)
    yield read
    if read.end == len(lines):
        return
    borders = find_borders(file.texts, begin, last)
    while read.end < len(lines):
        number += read.step is not None
        start = lines.number(read.end) - 1
        lines, read = _read_below_request(file, range(start, last), borders, number, context)
        yield read


def _read_below_request(
    file: File, rest: range, borders: Sequence[int], number: int, context: FileContext
) -> tuple[Lines, ReadResult]:
    """Read the step that begins the rest of a block. Also returns the lines from which the step was read.

    `borders` are the lines that may begin another request. The step is read from the lines up to the second border
    first. If the step takes all of them, it may continue below, so it is read again from twice as many borders.
    """
    at = bisect_right(borders, rest.start)
    count = 2  # the first border may be the request line of this step
    while True:
        end = borders[at + count - 1] if at + count <= len(borders) else rest.stop
        lines = Lines(file, rest.start, end)
        read = read_step(Block("", 0, lines), number, context)
        if read.end < len(lines) or end == rest.stop:
            return lines, read
        count *= 2


def _split(file: File) -> Iterator[Block]:
    """The blocks between lines that begin with `###` in the first column."""
    title, start, above = "", 0, 1
    separators = [index for index, text in enumerate(file.texts) if text[:3] == "###"]
    for index in _outside_comments(file.texts, separators):
        yield make_record(Block, (title, above, Lines(file, start, index)))
        title, start, above = _title(file.texts[index]), index + 1, index + 1
    yield Block(title, above, Lines(file, start))


def _outside_comments(texts: Sequence[str], separators: list[int]) -> list[int]:
    """The separators outside of comments `/* .. */`. Such a comment may contain a heading of Markdown."""
    if not separators:
        return separators
    begins = [index for index, text in enumerate(texts) if text.lstrip()[:2] == "/*"]
    if not begins:
        return separators
    ends = [index for index, text in enumerate(texts) if text.rstrip()[-2:] == "*/"]
    inside: set[int] = set()
    for begin, following in zip(begins, [*begins[1:], len(texts)], strict=True):
        if "*/" in texts[begin].strip()[2:]:
            continue  # of one line
        end = bisect_left(ends, begin)
        if end < len(ends) and ends[end] < following:
            inside.update(separators[bisect_left(separators, begin) : bisect_right(separators, ends[end])])
    return [index for index in separators if index not in inside]


def _title(text: str) -> str:
    title = text.lstrip("#").strip()
    return title.rstrip("#").rstrip() if title.endswith("###") else title


def _name_of(title: str) -> str:
    """The name by which `# @ref` may refer to a block with this title: a title of one word, or the name in `###
    @name x`.
    """
    word = title.removeprefix("@name").strip()
    return word if _ONE_WORD.match(word) else ""


def _assemble(name: str, text: str, reads: Iterator[ReadResult]) -> Script:
    results = list(reads)
    with_diagnostics = [read.builder for read in results if read.builder.diagnostics]
    without_step = [read.builder for read in results if read.step is None]
    return Script(
        name,
        text,
        steps=tuple(read.step for read in results if read.step is not None),
        variables=tuple(variable for read in results for variable in read.builder.variables),
        imports=tuple(found for read in results for found in read.builder.imports),
        directives=tuple(directive for builder in without_step for directive in builder.directives),
        comments=tuple(comment for builder in without_step for comment in builder.comments),
        handlers=tuple(handler for builder in without_step for handler in builder.handlers),
        recorded=tuple(read.recorded for read in results if read.recorded is not None),
        blocks=frozenset(builder.block_name for builder in without_step if builder.block_name),
        diagnostics=tuple(found for builder in with_diagnostics for found in sorted(builder.diagnostics, key=_offset)),
    )


def _offset(found: Diagnostic) -> int:
    return found.at.offset


@contextmanager
def pause_collector(is_large: bool) -> Iterator[None]:
    """Pause the collector inside the block if `is_large`. Objects that the block made count as old afterwards.

    Without the pause, the collector visits the long-lived objects again and again, which takes as long as making them.
    """
    is_paused = is_large and gc.isenabled()
    if is_paused:
        gc.disable()
    try:
        yield
    finally:
        if is_paused:
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()  # move the objects back to the oldest generation, without visiting them
            gc.enable()
