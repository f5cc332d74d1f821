"""Find the line where the body of a request ends, and read the items below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from callbox.httpfile.parser.body import body_kind, is_file, may_send_comments, strips_comments
from callbox.httpfile.parser.body_lints import STRUCTURED, report_inside
from callbox.httpfile.parser.header_block import HeaderBlock
from callbox.httpfile.parser.preamble import variable_name
from callbox.httpfile.parser.request_line import is_request
from callbox.httpfile.parser.step_builder import StepBuilder
from callbox.httpfile.parser.trailer import LeadingItems, Region, TrailerItem, find_leading_items, scan
from callbox.httpfile.source import Lines

_ENDING = frozenset({"script", "code", "file", "output", "expect", "variable"})
_ENDING_OR_COMMENT = _ENDING | {"comment", "block-comment"}
_OF_NEXT = frozenset({"blank", "comment", "block-comment", "directive", "variable"})


class BodyExtent(NamedTuple):
    """The body's kind and lines, the items below it, and the index of the line after all of them."""

    kind: str
    start: int
    end: int
    items: tuple[TrailerItem, ...]
    next: int


def find_body_extent(
    lines: Lines, block: HeaderBlock, media_type: str, is_used: Callable[[str], bool], builder: StepBuilder
) -> BodyExtent:
    """The extent of the body that begins below a header block; `graphql` serves as a media type too."""
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
    region = scan(texts, leading, accepts, is_indented=kind in STRUCTURED and kind != "multipart")
    is_apart = not may_send_comments(media_type) or _is_file(texts, leading, region)
    end = _find_body_end(
        region, block.end, strips_comments(kind, builder), media_type, is_apart and not builder.says("raw-body")
    )
    if end > block.end:
        report_inside(lines, region, range(block.end, end), kind, media_type, builder)
    items = tuple(item for item in region.items if item.start >= end)
    return BodyExtent(kind, block.end, end, items, len(lines))


def _is_split(texts: Sequence[str], leading: LeadingItems, media_type: str, kind: str, builder: StepBuilder) -> bool:
    """Whether the body is empty and another request follows: JSON cannot begin with a request line, other types can."""
    if leading.first < 0 or builder.says("raw-body") or not is_request(texts[leading.first]):
        return False
    return not media_type or kind in ("json", "ndjson")


def _split(leading: LeadingItems, start: int) -> BodyExtent:
    """Give the comments directly above the next request to that request."""
    own = list(leading.items)
    while own and own[-1].kind in _OF_NEXT:
        own.pop()
    end = own[-1].end if own else start
    below = [item for item in leading.items if item.start >= end and item.kind != "blank"]
    following = below[0].start if below else leading.first
    return BodyExtent("none", start, start, tuple(own), following)


def _is_file(texts: Sequence[str], leading: LeadingItems, region: Region) -> bool:
    """Whether the body is a file and nothing else."""
    below = region.items[0].start if region.items else region.end
    return below == leading.first + 1 and is_file(texts[leading.first])


def _find_body_end(region: Region, start: int, strips: bool, media_type: str, is_apart: bool) -> int:
    """The index of the first line below the body. With `is_apart`, comments after a blank line are left out."""
    if region.first < 0 and (strips or not media_type):
        return start
    previous = "blank" if region.first < 0 else ""
    ending = _ENDING_OR_COMMENT if is_apart else _ENDING
    for item in region.items:
        is_directive = item.kind == "directive" and previous in ("blank", "directive")
        if strips or (item.kind in ending and (item.kind in _ENDING or previous == "blank")) or is_directive:
            return item.start
        previous = item.kind
    return region.items[-1].end if region.items else region.end
