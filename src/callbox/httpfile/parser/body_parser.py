"""Parse a body: find its end and the items after it, remove its comments, find references to files, and choose the line
breaks. Also find a request or a recorded response below a complete body, without a `###` above it.

A request line below a complete JSON, form, GraphQL or XML body begins another request, as in httpyac. In a text body,
it may be a request or text; `misplaced_line_lints` reports it as an error.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from callbox.exchange.media_types_and_charsets import JSON_LINES, JSON_SEQUENCE
from callbox.exchange.template_braces import has_unclosed, holes, without_holes
from callbox.httpfile.model import Body, BodyKind, FileReference, Piece
from callbox.httpfile.parser.comments_and_scripts import (
    GRAPHQL_UNCOUNTED,
    LeadingItems,
    Passages,
    Region,
    StepBuilder,
    TrailerItem,
    check_braces,
    find_item,
    find_leading_items,
    known_directive,
    read_block_comments,
    read_comment,
    scan,
    script_end,
    variable_name,
)
from callbox.httpfile.parser.header_block import HeaderBlock
from callbox.httpfile.parser.misplaced_line_lints import (
    STRUCTURED,
    begins_message,
    holds_command,
    may_begin_message,
    report_inside,
)
from callbox.httpfile.parser.request_line import is_request
from callbox.httpfile.script_suffixes import is_script_name
from callbox.httpfile.source_and_diagnostics import Lines, SourceLine, Template

_FILE = re.compile(r"<(?:(@)([A-Za-z][\w.:-]{0,39})?)?[ \t]++(?=\S)")
_PAIR = re.compile(r"[&=]")
_ENDED = frozenset({"multipart", "ndjson"})
"""The kinds of bodies in which the last line is also sent with a line break."""
_STRIPPED = frozenset({"json", "ndjson", "form", "graphql"})
_AMBIGUOUS = (
    r"(?:[^\S\n]*+(?:[#@>?]|/[/*]|<>|\{\{[^\n}]*+(?:\n|\Z)|[A-Z][A-Z0-9-]*+[ \t]|HTTP/|={3}(?!=)"
    r"|(?:get|post|put|patch|delete|head|options|curl)[ \t]|https?://|<(?:@[\w.:-]*+)?[ \t])|<[@{]|EXPECTED_)"
)
"""The start of a line that may not be body text: a comment, a script, a file, a check or a request."""
_AMBIGUOUS_START, _AMBIGUOUS_BELOW = re.compile(_AMBIGUOUS), re.compile(r"\n" + _AMBIGUOUS)
_PART_HEADER = re.compile(r"content-[a-z-]{1,40}[ \t]*+:", re.IGNORECASE)
_PART_LINE = re.compile(r"[ \t]|#|//|\{\{|[^\s:]{1,200}+[ \t]*+:")
_VALUE_STARTS = ("<", "{", "[")
PART_WITHOUT_BLANK = "part-without-blank"
"""The code of the lint for a part that has no blank line after its headers."""
_JSON_OBJECT = re.compile(r"\s*+\{\s*+[\"}]")
"""The start of a JSON object. A GraphQL query without a keyword, as in `{ me { id } }`, has a name after the brace."""
_COMMENT = ("#", "//")
_SPACED = ("# ", "// ", "#\t", "//\t")


@lru_cache(maxsize=256)
def body_kind(media_type: str, first: str) -> BodyKind:
    """The kind of a body. The media type decides; without a media type, the first line decides."""
    if media_type == "graphql":
        return "graphql"
    if media_type in JSON_LINES or media_type == JSON_SEQUENCE:
        return "ndjson"
    if media_type == "application/x-www-form-urlencoded":
        return "form"
    if media_type.startswith("multipart/"):
        return "multipart"
    if "json" in media_type:
        return "json"
    is_declared = bool(media_type) and not holes(media_type)
    looks_json = first.startswith(("{", "[")) and not first.startswith("{{")
    return "json" if looks_json and not is_declared else "text"


def may_send_comments(media_type: str) -> bool:
    """Whether lines that look like comments may be content, as in texts, multipart and bodies without a media type."""
    return not media_type or (media_type.startswith(("text/", "multipart/")) and "xml" not in media_type)


def is_file(text: str) -> bool:
    """Whether the line of a body refers to a file."""
    return text[:1] == "<" and _FILE.match(text) is not None


def strips_comments(kind: str, builder: StepBuilder) -> bool:
    """Whether, in a body of this kind, each line that begins like a comment is a comment."""
    return not builder.says("raw-body") and (kind in _STRIPPED or builder.says("strip-comments"))


def clear_part_separators(lines: Lines, start: int, end: int, builder: StepBuilder) -> int:
    """Remove the blanks from the empty line after the headers of each multipart part. Returns the index after the body.

    Blanks in this line would be sent, and would continue a header. A file or JSON directly after the headers gets an
    empty line before it, with a lint. Any other text there is an error.
    """
    is_head = has_header = is_part = False
    delimiter = next((text.rstrip() for text in lines.texts[start:end] if text.startswith("--")), "")
    index = start
    while index < end:
        text = lines.texts[index]
        if text.startswith("--"):
            is_head, has_header = True, False
            is_part = text.rstrip() == delimiter
        elif is_head and not text.strip():
            is_head = False
            if text:
                lines.put(index, index + 1, [("", index)])
        elif is_head and (has_header or is_part) and _begins_value(lines.texts, index):
            is_head = False
            message = "The value of this part begins without a blank line"
            builder.lint(PART_WITHOUT_BLANK, message, "Add one", lines[index])
            lines.put(index, index + 1, [("", index), (text, index)])
            index, end = index + 1, end + 1
        elif is_head and has_header and not _PART_LINE.match(text) and not builder.says("raw-body"):
            is_head = False
            hint = "Write Name: value, or leave a blank line above the value"
            builder.error("not-a-header", "This is not a header of a part", hint, lines[index])
        elif is_head and _PART_HEADER.match(text):
            has_header = True
        index += 1
    return end


def _begins_value(texts: Sequence[str], index: int) -> bool:
    """Whether this line among the headers of a part is its value: a file, JSON, or variables without a header below.

    A variable can also contain a header of the part. Then more lines of the part follow.
    """
    text = texts[index].strip()
    if text.startswith("{{"):
        is_last = index + 1 == len(texts) or texts[index + 1].startswith("--")
        return is_last and ":" not in without_holes(text)
    return text[:1] in _VALUE_STARTS


def read_plain(lines: Lines, start: int, end: int, media_type: str, builder: StepBuilder) -> Body | None:
    """Read the body from line `start` to before `end`; its first and last line are not blank.

    None if some line may be something other than body text.

    Most bodies are read by this quick function. `find_body_extent` and `read_body` give the same result, but with them
    alone, files of requests with bodies take 1.5 to 2.7 times as long to parse.
    """
    texts = lines.texts[start:end]
    kind = body_kind(media_type, texts[0].lstrip()[:2])
    text = "\n".join(texts)
    kept: Sequence[int] | None = range(start, end)
    if _AMBIGUOUS_BELOW.search(text) or _AMBIGUOUS_START.match(text):
        kept = _unambiguous_lines(lines, range(start, end), kind, builder)
    if not kept or kind == "graphql" or holds_command(text):
        return None
    if kind == "form" and builder.says("raw-body"):
        return None
    if kind == "form":
        body = Body(kind, _form(lines, kept, builder))
    elif isinstance(kept, range):
        body = Body(kind, _plain_pieces(lines, start, end, kind))
    else:
        newline = "\r\n" if kind == "multipart" else "\n"
        body = Body(kind, _pieces(lines, kept, newline, kind in _ENDED))
    if has_unclosed(text):
        check_body(body, lines, builder)
    return body


def _unambiguous_lines(lines: Lines, inside: range, kind: str, builder: StepBuilder) -> Sequence[int] | None:
    """The indexes of the lines that are sent; None if `read_body` must read the body.

    This is so if a line may be a script, a check or a directive, if comments are sent, or if no line is left.
    """
    texts = lines.texts
    kept, comments = [], []
    for index in inside:
        text = texts[index]
        if not _AMBIGUOUS_START.match(text) or _is_file_or_prose(text):
            kept.append(index)
        elif kind in ("json", "ndjson") and text.lstrip().startswith(_COMMENT) and not known_directive(text):
            comments.append(index)
        else:
            return None
    if not kept or (comments and builder.says("raw-body")):
        return None
    for index in comments:
        read_comment(lines[index], builder)
    return _trimmed(texts, kept)


def _is_file_or_prose(text: str) -> bool:
    if text.lstrip()[:1].isalpha():
        return not may_begin_message(text) and not text.startswith("EXPECTED_")
    return is_file(text) and not text[1:].lstrip().startswith("{%")


def _plain_pieces(lines: Lines, start: int, end: int, kind: str) -> tuple[Piece, ...]:
    newline = "\r\n" if kind == "multipart" else "\n"
    if lines.newline == newline:
        text = newline.join(lines.texts[start:end])
        return (Template(text + newline if kind in _ENDED else text, lines[start].at),)
    if kind in _ENDED:
        return lines.ended(start, end, newline)
    *ended, last = lines.ended(start, end, newline)
    return (*ended, Template(last.text.removesuffix(newline), last.at))


def check_body(body: Body, lines: Lines, builder: StepBuilder) -> None:
    """Report a `{{` that is not closed.

    This is an error, except in texts, where the author may mean two literal braces.
    """
    check_braces(body.texts, lines, builder, is_error=body.kind not in ("text", "multipart"))


def read_body(lines: Lines, start: int, end: int, kind: BodyKind, builder: StepBuilder) -> Body:
    """Read the body from line `start` to before `end`. `builder` receives the comments that are removed."""
    kept = _trimmed(lines.texts, _without_comments(lines, range(start, end), kind, builder))
    if not kept:
        return Body()
    if kind == "form" and builder.says("raw-body"):
        return Body("text", _pieces(lines, kept, "\n", False))
    if kind == "form":
        return Body(kind, _form(lines, kept, builder))
    if kind == "graphql":
        return _graphql(lines, kept)
    return Body(kind, _pieces(lines, kept, "\r\n" if kind == "multipart" else "\n", kind in _ENDED))


def _without_comments(lines: Lines, inside: range, kind: str, builder: StepBuilder) -> Sequence[int]:
    """The indexes of the lines that are not comments."""
    texts, marks = lines.texts, _comment_marks(kind, builder)
    if not marks:
        return inside
    block_comments = read_block_comments(lines, inside, builder) if marks is _COMMENT else frozenset()
    kept = block_comments | _block_strings(texts, inside) if kind == "graphql" else block_comments
    comments = [index for index in inside if texts[index].lstrip().startswith(marks) and index not in kept]
    for index in comments:
        read_comment(lines[index], builder)
    left_out = block_comments.union(comments)
    return [index for index in inside if index not in left_out] if left_out else inside


def _block_strings(texts: Sequence[str], inside: range) -> frozenset[int]:
    """The indexes of the lines that begin inside a GraphQL block string, between two `\"\"\"`."""
    found: set[int] = set()
    is_open = False
    for index in inside:
        if is_open:
            found.add(index)
        if is_open or not texts[index].lstrip().startswith("#"):
            is_open ^= texts[index].count('"""') % 2 == 1
    return frozenset(found)


def _comment_marks(kind: str, builder: StepBuilder) -> tuple[str, ...]:
    """The marks that begin a comment in a body of this kind; none if such a body has no comments."""
    if strips_comments(kind, builder):
        return _COMMENT
    return _SPACED if kind == "multipart" and not builder.says("raw-body") else ()


def _trimmed(texts: Sequence[str], kept: Sequence[int]) -> Sequence[int]:
    """The indexes `kept`, without those of blank lines at both ends."""
    start, end = 0, len(kept)
    while start < end and not texts[kept[start]].strip():
        start += 1
    while end > start and not texts[kept[end - 1]].strip():
        end -= 1
    return kept[start:end]


def _pieces(lines: Lines, kept: Sequence[int], newline: str, is_ended: bool) -> tuple[Piece, ...]:
    kept = _without_layout(lines.texts, kept) if newline == "\r\n" else kept
    pieces: list[Piece] = []
    texts, last = lines.texts, len(kept)
    for start, stop in pairwise(_borders(lines, kept, newline)):
        end = newline if is_ended or stop < last else ""
        first = lines[kept[start]]
        file = read_file_reference(first)
        if file is not None:
            pieces.append(file)
            if end:
                pieces.append(Template(end, first.whole.position_at(len(first.text))))
        elif text := newline.join(texts[kept[start] : kept[stop - 1] + 1]) + end:
            pieces.append(Template(text, first.at))
    return tuple(pieces)


def _without_layout(texts: Sequence[str], kept: Sequence[int]) -> Sequence[int]:
    """The lines of a multipart body without blank lines between a file and the next delimiter."""
    files = [at for at, index in enumerate(kept) if is_file(texts[index])]
    left_out: set[int] = set()
    for at in files:
        below = at + 1
        while below < len(kept) and not texts[kept[below]].strip():
            below += 1
        if below < len(kept) and texts[kept[below]].startswith("--"):
            left_out.update(kept[at + 1 : below])
    return [index for index in kept if index not in left_out] if left_out else kept


def _borders(lines: Lines, kept: Sequence[int], newline: str) -> Sequence[int]:
    """The positions in `kept` at which pieces begin (at files, after gaps, at other line breaks), and the end of
    `kept`.
    """
    if lines.newline != newline:
        return range(len(kept) + 1)
    texts = lines.texts
    files = [at for at, index in enumerate(kept) if is_file(texts[index])]
    gaps = [] if isinstance(kept, range) else [at for at, (a, b) in enumerate(pairwise(kept), 1) if b > a + 1]
    return sorted({0, len(kept), *files, *(at + 1 for at in files), *gaps})


def read_file_reference(line: SourceLine) -> FileReference | None:
    """The file that `< path`, `<@ path` or `<@latin1 path` names; None if the line is text."""
    match = _FILE.match(line.text) if line.text[:1] == "<" else None
    if match is None:
        return None
    return FileReference(line.cut(match.end()), line.at, bool(match[1]), match[2] or "")


def find_variables(texts: Sequence[str]) -> int:
    """The index of the first line of the variables below a GraphQL query, or the number of lines if there are none.

    The variables begin with a brace below a blank line, or with a JSON object directly below the end of the query.
    """
    depth = 0
    for at, text in enumerate(texts):
        if at and text.lstrip().startswith("{"):
            if not texts[at - 1].strip():
                return at
            if depth == 0 and _JSON_OBJECT.match("\n".join(texts[at : at + 2])) is not None:
                return at
        counted = GRAPHQL_UNCOUNTED.sub("", text)
        depth += counted.count("{") - counted.count("}")
    return len(texts)


def _graphql(lines: Lines, kept: Sequence[int]) -> Body:
    split = find_variables([lines.texts[index] for index in kept])
    query = _trimmed(lines.texts, kept[:split])
    variables = _pieces(lines, kept[split:], "\n", False) if split < len(kept) else ()
    return Body("graphql", _pieces(lines, query, "\n", False), variables)


def _form(lines: Lines, kept: Sequence[int], builder: StepBuilder) -> tuple[Piece, ...]:
    """Join the lines of a form to one, without blanks around `&` and `=`."""
    pieces: list[Piece] = []
    has_request = False  # whether there is a request among the pairs, so that the lines after it get another lint
    for line in (lines[index] for index in kept if lines.texts[index].strip()):
        has_request = has_request or is_request(line.text)
        bare = line.stripped
        file = read_file_reference(line)
        ends_open = not pieces or _last_char(pieces) == "&"
        if not ends_open and not bare.text.startswith("&"):
            if not has_request:
                _report_pair(line, builder)
            pieces.append(Template("&", bare.at))
        pieces.extend([file] if file is not None else _without_blanks(bare))
    return tuple(pieces)


def _report_pair(line: SourceLine, builder: StepBuilder) -> None:
    """Report a line without `=`, which probably continues the value in the line above it."""
    if "=" in line.text:
        builder.lint("form-line", "The pairs of a form must be joined with &", "Begin this line with &", line)
    else:
        hint = "Append the text to the value above; if the text is the name of a field, begin the line with &"
        builder.lint("form-value", "This line of the form is sent as a separate pair", hint, line)


def _last_char(pieces: Sequence[Piece]) -> str:
    last = pieces[-1]
    return last.text[-1:] if isinstance(last, Template) else ""


def _without_blanks(text: Template) -> Iterable[Template]:
    """The text without blanks around `&` and `=`, in pieces with their places."""
    if " " not in text.text and "\t" not in text.text:
        yield text
        return
    start, at = 0, text.at
    for end, after in _cuts(text.text):
        part = text.text[start:end]
        bare = part.strip()
        if bare:
            yield Template(bare, Template(part, at).position_at(len(part) - len(part.lstrip())))
        if after > end:
            yield Template(text.text[end:after], Template(part, at).position_at(len(part)))
        at = Template(text.text[start:after], at).position_at(after - start)
        start = after


def _cuts(text: str) -> Iterable[tuple[int, int]]:
    """The start and end of each `&` and `=` outside of `{{ }}`, and then the end of the text."""
    for match in _PAIR.finditer(without_holes(text)):
        yield match.span()
    yield len(text), len(text)


_ENDING = frozenset({"script", "code", "file", "output", "expect", "variable"})
_ENDING_OR_COMMENT = _ENDING | {"comment", "block-comment"}
_OF_NEXT = frozenset({"blank", "comment", "block-comment", "directive", "variable"})


class BodyExtent(NamedTuple):
    """The kind and the lines of a body, the items after it, and the index of the line after all of them."""

    kind: BodyKind
    start: int
    end: int
    items: tuple[TrailerItem, ...]
    next: int


def find_body_extent(
    lines: Lines, block: HeaderBlock, media_type: str, is_used: Callable[[str], bool], builder: StepBuilder
) -> BodyExtent:
    """The extent of the body that follows a header block. `graphql` may be passed as a media type."""
    texts = lines.texts
    leading = find_leading_items(texts, block.end)
    opening = texts[leading.first].lstrip()[:2] if leading.first >= 0 else ""
    kind = body_kind(media_type, opening)
    is_structured = kind in STRUCTURED or "xml" in media_type or (not media_type and opening[:1] == "<")

    def accepts(index: int) -> bool:
        above = texts[index - 1] if index > block.end else ""
        is_below_blank = not above.strip() or variable_name(above) != ""
        return is_structured or (is_below_blank and is_used(variable_name(texts[index])))

    if _is_split(texts, leading, media_type, kind, builder):
        return _split(leading, block.end)
    if leading.first >= 0 and not builder.says("raw-body"):
        following = find_message_below(texts, leading.first, kind, media_type)
        texts = texts[:following] if following > 0 else texts
    region = scan(texts, leading, accepts, is_indented=kind in STRUCTURED and kind != "multipart")
    is_apart = not may_send_comments(media_type) or _is_file(texts, leading, region)
    end = _find_body_end(
        region, block.end, strips_comments(kind, builder), media_type, is_apart and not builder.says("raw-body")
    )
    if end > block.end:
        report_inside(lines, region, range(block.end, end), kind, media_type, builder)
    items = tuple(item for item in region.items if item.start >= end)
    return BodyExtent(kind=kind, start=block.end, end=end, items=items, next=len(texts))


def _is_split(texts: Sequence[str], leading: LeadingItems, media_type: str, kind: str, builder: StepBuilder) -> bool:
    """Whether the body is empty, and another request or a recorded response follows."""
    if leading.first < 0 or builder.says("raw-body"):
        return False
    return begins_with_message(texts[leading.first], kind, media_type)


def _split(leading: LeadingItems, start: int) -> BodyExtent:
    """Move comments directly above the next request into the next request."""
    own = list(leading.items)
    while own and own[-1].kind in _OF_NEXT:
        own.pop()
    end = own[-1].end if own else start
    below = [item for item in leading.items if item.start >= end and item.kind != "blank"]
    following = below[0].start if below else leading.first
    return BodyExtent(kind="none", start=start, end=start, items=tuple(own), next=following)


def _is_file(texts: Sequence[str], leading: LeadingItems, region: Region) -> bool:
    """Whether the body consists only of a file."""
    below = region.items[0].start if region.items else region.end
    return below == leading.first + 1 and is_file(texts[leading.first])


def _find_body_end(region: Region, start: int, strips: bool, media_type: str, is_apart: bool) -> int:
    """The index of the first line after the body.

    With `is_apart`, comments after a blank line do not belong to the body.
    """
    if region.first < 0 and (strips or not media_type):
        return start
    previous = "blank" if region.first < 0 else ""
    ending = _ENDING_OR_COMMENT if is_apart else _ENDING
    for item in region.items:
        is_directive = item.kind == "directive" and previous in ("blank", "directive")
        is_comment = item.kind in ending and previous == "blank"
        if strips or is_directive or is_comment or item.kind in _ENDING:
            return item.start
        previous = item.kind
    return region.items[-1].end if region.items else region.end


_GRAPHQL_START = re.compile(r"(?:\s*+#[^\n]*+\n)*+\s*+(?:query|mutation|subscription|fragment|gql)\b")


def with_fragments(body: Body, builder: StepBuilder, lines: Lines, *, is_graphql: bool) -> Body:
    """The body with the GraphQL fragments and files before the request line. If there is no query, this is an error.

    If a file before the request line has the query, a body of JSON contains the variables of the query.
    """
    first = body.pieces[0] if body.pieces else None
    start = "".join(piece.text for piece in body.pieces[:9] if isinstance(piece, Template))
    if is_graphql and _is_without_query(first, start):
        if not any(line.text.lstrip().startswith("gql") for line in builder.fragments):
            _refuse_fragments(builder, lines)
            return body
        return Body("graphql", tuple(builder.fragments), body.pieces)
    if first is not None and (
        body.kind == "graphql" or (body.kind in ("text", "json") and _GRAPHQL_START.match(start) is not None)
    ):
        blank = Template("\n", first.at)
        return body._replace(pieces=(*builder.fragments, blank, *body.pieces))
    _refuse_fragments(builder, lines)
    return body


def _is_without_query(first: Piece | None, start: str) -> bool:
    """Whether a GraphQL body is empty, or has only variables: a JSON object or a `.json` file."""
    if isinstance(first, FileReference):
        return first.path.text.strip().lower().endswith(".json")
    return first is None or _JSON_OBJECT.match(start) is not None


def _refuse_fragments(builder: StepBuilder, lines: Lines) -> None:
    builder.error(
        "unused-fragment",
        "No query below uses this GraphQL",
        "Move this text above the request that sends the query, in the same block",
        lines.numbered(builder.fragments[0].at.line),
    )


_SCRIPT_ABOVE = re.compile(r"<[ \t]*+\{%")
_LINE_ABOVE = re.compile(r"run[ \t]++#[\w.-]|(?:run|import)[ \t]++(\S++)|<[ \t]++\S++\.[cm]?js[ \t]*+\Z")
_QUOTED = re.compile(r'"(?:[^"\\]++|\\.)*+"?+')
_ELEMENT = re.compile(r"<([A-Za-z_][\w.:-]{0,200})")


class MessageBelow(NamedTuple):
    """A request line or the first line of a response, below the text of a body."""

    body_end: int
    """The index after the last line of the body's text."""
    start: int
    """The index of the first line that belongs to the message: a comment, a directive, a script or the line itself."""


def find_message_below(texts: Sequence[str], first: int, kind: str, media_type: str) -> int:
    """The index at which another message begins, below a body whose text begins at line `first`; -1 if none does."""
    if kind == "multipart":
        first = _closing_delimiter(texts, first)
    if first < 0 or not any(map(begins_message, texts[first + 1 :])):
        return -1
    found = _find(texts, first)
    return found.start if found and _is_finished(texts[first : found.body_end], kind, media_type) else -1


def find_message_below_response(texts: Sequence[str], start: int) -> int:
    """The index at which another message begins below a recorded response; -1 if none does, or if this is uncertain."""
    first = next((index for index in range(start, len(texts)) if not texts[index].strip()), len(texts))
    while first < len(texts) and not texts[first].strip():
        first += 1
    if first < len(texts) and begins_message(texts[first]):
        return first
    is_json = first < len(texts) and texts[first].lstrip()[:1] in ("{", "[")
    return find_message_below(texts, first, "json" if is_json else "text", "") if first < len(texts) else -1


def begins_with_message(text: str, kind: str, media_type: str) -> bool:
    """Whether the first line below the headers is a message and not a body of this type."""
    if not begins_message(text):
        return False
    return not media_type or kind in ("json", "ndjson", "form", "graphql") or "xml" in media_type


def find_borders(texts: Sequence[str], start: int, end: int) -> list[int]:
    """The lines from `start` to before `end` that begin a message, outside of scripts and `/* .. */` comments."""
    borders = []
    below = start  # the index after the last script or comment
    closings = {mark: [at for at in range(start, end) if mark in texts[at]] for mark in ("*/", "%}", "}}")}
    for index in range(start, end):
        text = texts[index]
        if index >= below and may_begin_message(text):
            borders.append(index)
        elif mark := _closing_mark(text):
            at = bisect_right(closings[mark], index)
            below = max(below, closings[mark][at] + 1) if at < len(closings[mark]) else below
    return borders


def _closing_mark(text: str) -> str:
    """The mark that ends the comment, script or code that is left open at the end of a line; empty if none is."""
    if "/*" in text and text.lstrip().startswith("/*"):
        return "*/" if "*/" not in text.strip()[2:] else ""
    if "{%" in text:
        return "%}" if "%}" not in text else ""
    return "}}" if text.lstrip().startswith("{{") and "}}" not in text else ""


def _closing_delimiter(texts: Sequence[str], first: int) -> int:
    """The index of the last line of a multipart body; -1 if the body is not closed."""
    closing = texts[first].rstrip() + "--"
    return next((index for index in range(first, len(texts)) if texts[index].rstrip() == closing), -1)


def _find(texts: Sequence[str], first: int) -> MessageBelow | None:
    passages = Passages(texts)
    body_end = start = index = first + 1
    is_attached = True  # whether no blank line was found since the last line of the body
    while index < len(texts):
        item = find_item(texts, index, passages)
        if item is not None:
            if item.kind not in _OF_NEXT:
                start = item.end
            elif item.kind == "blank" and is_attached:
                start, is_attached = index, False
            index = item.end
        elif begins_message(texts[index]):
            return MessageBelow(body_end, start)
        else:
            end = _end_of_line_above(texts, index)
            if not end:
                end = body_end = start = index + 1
                is_attached = True
            index = end
    return None


def _end_of_line_above(texts: Sequence[str], index: int) -> int:
    """The index after a script or a `run` line, which can only be above a request; 0 for any other line."""
    text = texts[index]
    if _SCRIPT_ABOVE.match(text):
        return script_end(texts, index) + 1
    match = _LINE_ABOVE.match(text)
    is_above = match is not None and (match[1] is None or is_script_name(match[1]))
    return index + 1 if is_above else 0


def _is_finished(body: Sequence[str], kind: str, media_type: str) -> bool:
    """Whether this is a whole body of its type, so that the line below it cannot be a part of it."""
    if kind in ("ndjson", "form", "multipart"):
        return True
    lines = [text for text in body if not text.lstrip().startswith(("#", "//"))]
    if kind == "json":
        return _depth(_QUOTED.sub("", "\n".join(lines)), "{[", "}]") == 0
    if kind == "graphql":
        return _depth("\n".join(GRAPHQL_UNCOUNTED.sub("", text) for text in lines), "{(", "})") == 0
    if len(lines) == 1 and lines[0][:1] == "<" and lines[0][1:2] in "@ \t":
        return True  # the body is a file
    return ("xml" in media_type or not media_type) and _is_whole_element("\n".join(lines).strip())


def _depth(text: str, opening: str, closing: str) -> int:
    return sum(map(text.count, opening)) - sum(map(text.count, closing))


def _is_whole_element(text: str) -> bool:
    """Whether a text of XML ends with the end of its first element."""
    match = _ELEMENT.search(text) if text[:1] == "<" else None
    if match is None:
        return False
    return text.endswith(f"</{match[1]}>") or (text.endswith("/>") and "<" not in text[match.end() :])
