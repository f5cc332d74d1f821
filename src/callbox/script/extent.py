"""Where a body ends, and whether what follows is another request (rules 3, 11 and 12). Called by `blocks`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from callbox.script.bodies import body_kind, is_file, is_remarked, is_stripped
from callbox.script.gathered import Gathered
from callbox.script.head import variable_name
from callbox.script.headers import HeaderBlock
from callbox.script.lines import Lines
from callbox.script.misplaced import STRUCTURED, report_inside
from callbox.script.request_line import is_request
from callbox.script.tail import Item, Lead, Region, find_lead, scan

_HARD = frozenset({"script", "code", "file", "output", "expect", "variable"})
_HARD_OR_REMARK = _HARD | {"comment", "remark"}
_OF_NEXT = frozenset({"blank", "comment", "remark", "directive", "variable"})


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
    is_structured = kind in STRUCTURED or "xml" in media_type or (not media_type and opening[:1] == "<")

    def accepts(index: int) -> bool:
        above = texts[index - 1] if index > block.end else ""
        is_below_blank = not above.strip() or variable_name(above) != ""
        return is_structured or (is_below_blank and is_used(variable_name(texts[index])))

    if _is_split(texts, lead, media_type, kind, into):
        return _split(lead, block.end)
    region = scan(texts, lead, accepts, is_indented=kind in STRUCTURED and kind != "multipart")
    is_apart = not is_remarked(media_type) or _is_file(texts, lead, region)
    end = _body_end(region, block.end, is_stripped(kind, into), media_type, is_apart and not into.says("raw-body"))
    if end > block.end:
        report_inside(lines, region, range(block.end, end), kind, into)
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


def _is_file(texts: Sequence[str], lead: Lead, region: Region) -> bool:
    """Whether the body is a file and nothing else."""
    below = region.items[0].start if region.items else region.end
    return below == lead.first + 1 and is_file(texts[lead.first])


def _body_end(region: Region, start: int, strips: bool, media_type: str, is_apart: bool) -> int:
    """The index of the first line below the body; with `is_apart`, comments below a blank line are none of it."""
    if region.first < 0 and (strips or not media_type):
        return start
    previous = "blank" if region.first < 0 else ""
    ending = _HARD_OR_REMARK if is_apart else _HARD
    for item in region.items:
        is_directive = item.kind == "directive" and previous in ("blank", "directive")
        if strips or (item.kind in ending and (item.kind in _HARD or previous == "blank")) or is_directive:
            return item.start
        previous = item.kind
    return region.items[-1].end if region.items else region.end
