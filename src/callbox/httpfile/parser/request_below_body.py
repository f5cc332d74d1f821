"""Find a request or a recorded response below a complete body, without a `###` above it.

A request line below a complete JSON, form, GraphQL or XML body begins another request, as in httpyac. In a text body,
it may be a request or text; `likely_line_mistakes` reports it as an error.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from callbox.httpfile.parser.comments_and_scripts import GRAPHQL_UNCOUNTED, Passages, find_item, script_end
from callbox.httpfile.parser.likely_line_mistakes import begins_message, may_begin_message
from callbox.httpfile.script_suffixes import is_script_name

_OF_NEXT = frozenset({"blank", "comment", "block-comment", "directive", "variable"})
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
