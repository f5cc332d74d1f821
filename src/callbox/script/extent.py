"""Where a body ends, and whether what follows is another request (rules 3, 11 and 12). Called by `blocks`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from callbox.script.bodies import body_kind, is_stripped
from callbox.script.gathered import Gathered
from callbox.script.head import variable_name
from callbox.script.headers import HeaderBlock
from callbox.script.lines import Lines
from callbox.script.request_line import is_request
from callbox.script.tail import Item, Lead, Region, find_lead, scan

REQUEST_IN_BODY = "request-in-body"
RESPONSE_IN_BODY = "response-in-body"
_RESPONSE = re.compile(r"HTTP/\d(?:\.\d)?[ \t]++\d{3}(?!\d)")
_BEFORE = re.compile(r"<[ \t]*+\{%")
_HARD = frozenset({"script", "code", "file", "output", "expect", "variable"})
_WORDS_OF = {"file": "A script", "output": "A file for the answer", "expect": "A check"}
_OF_NEXT = frozenset({"blank", "comment", "remark", "directive", "variable"})
_STRUCTURED = frozenset({"json", "ndjson", "form", "graphql", "multipart"})


class Extent(NamedTuple):
    """The body's kind and lines, the items below it, and the index of the line after all of them."""

    kind: str
    start: int
    end: int
    items: tuple[Item, ...]
    next: int


def find_extent(
    lines: Lines, block: HeaderBlock, media_type: str, is_used: Callable[[str], bool], into: Gathered
) -> Extent:
    """The extent of the body that begins below a header block; `graphql` serves as a media type too."""
    texts = lines.texts
    lead = find_lead(texts, block.end)
    opening = texts[lead.first].lstrip()[:2] if lead.first >= 0 else ""
    kind = body_kind(media_type, opening)
    is_structured = kind in _STRUCTURED or "xml" in media_type or (not media_type and opening[:1] == "<")

    def accepts(index: int) -> bool:
        above = texts[index - 1] if index > block.end else ""
        is_below_blank = not above.strip() or variable_name(above) != ""
        return is_structured or (is_below_blank and is_used(variable_name(texts[index])))

    if _is_split(texts, lead, media_type, kind, into):
        return _split(lead, block.end)
    region = scan(texts, lead, accepts)
    end = _body_end(region, block.end, kind, media_type, into)
    if end > block.end:
        _report_inside(lines, region, block.end, end, kind, into)
    items = tuple(item for item in region.items if item.start >= end)
    return Extent(kind, block.end, end, items, len(lines))


def _is_split(texts: Sequence[str], lead: Lead, media_type: str, kind: str, into: Gathered) -> bool:
    """Rule 3: what is said to be text, a form or multipart may begin with a request's words; JSON may not."""
    if lead.first < 0 or into.says("raw-body") or not is_request(texts[lead.first]):
        return False
    return not media_type or kind in ("json", "ndjson")


def _split(lead: Lead, start: int) -> Extent:
    """What stands directly above the next request is said of that request."""
    own = list(lead.items)
    while own and own[-1].kind in _OF_NEXT:
        own.pop()
    end = own[-1].end if own else start
    below = [item for item in lead.items if item.start >= end and item.kind != "blank"]
    following = below[0].start if below else lead.first
    return Extent("none", start, start, tuple(own), following)


def _body_end(region: Region, start: int, kind: str, media_type: str, into: Gathered) -> int:
    """The index of the first line below the body."""
    strips = is_stripped(kind, into)
    if region.first < 0 and (strips or not media_type):
        return start
    previous = "blank" if region.first < 0 else ""
    for item in region.items:
        is_directive = item.kind == "directive" and previous in ("blank", "directive")
        if strips or item.kind in _HARD or is_directive:
            return item.start
        previous = item.kind
    return region.items[-1].end if region.items else region.end


def _report_marks(lines: Lines, region: Region, start: int, end: int, kind: str, into: Gathered) -> None:
    """A script that is sent instead of run would pass in silence; in a text, some of these may be quotations."""
    inside = [item for item in region.inside if item.start < end]
    before = [index for index in range(start, end) if lines.texts[index][:1] == "<"]
    inside += [Item("before", index, index) for index in before if _BEFORE.match(lines.texts[index])]
    for mark in inside:
        side = "above the request line" if mark.kind == "before" else "to the end of the block"
        hint = f"Move it {side}, or say # @raw-body above the request"
        is_quotation = kind not in _STRUCTURED and mark.kind in _WORDS_OF
        if is_quotation and mark.kind != "file":
            continue
        report = into.lint if is_quotation else into.error
        said = f"{_WORDS_OF.get(mark.kind, 'A script')} stands inside the body"
        report("script-in-body", said, hint, lines[mark.start])


def _report_inside(lines: Lines, region: Region, start: int, end: int, kind: str, into: Gathered) -> None:
    """Says what stands in the body and looks as if it were not meant to be sent."""
    if into.says("raw-body"):
        return
    _report_marks(lines, region, start, end, kind, into)
    if kind != "multipart":  # its parts may be requests
        _report_messages(lines, start, end, kind in _STRUCTURED, into)
    previous = ""
    for item in region.items:
        if item.kind in ("comment", "remark") and previous == "blank" and item.start < end:
            hint = "Put ### above a comment that belongs to what follows"
            into.lint("comment-in-body", "This line is sent as part of the body", hint, lines[item.start])
        previous = item.kind


def _report_messages(lines: Lines, start: int, end: int, is_structured: bool, into: Gathered) -> None:
    """Requests and responses that are sent as text; what has a structure can hold neither."""
    texts = lines.texts
    for index in [index for index in range(start, end) if "A" <= texts[index][:1] <= "Z"]:
        is_apart = index > start and (is_structured or not texts[index - 1].strip())
        if is_apart and is_request(texts[index]):
            hint = "Put ### above it to begin another request"
            into.lint(REQUEST_IN_BODY, "This line is sent as part of the body", hint, lines[index])
        if texts[index][:5] == "HTTP/" and _RESPONSE.match(texts[index]):
            hint = "Put ### above a response that was kept, or say # @raw-body above the request"
            into.lint(RESPONSE_IN_BODY, "This response is sent as part of the body", hint, lines[index])
