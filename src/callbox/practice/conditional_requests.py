"""Conditional requests (RFC 9110 section 13) and ranges (section 14) for responses that have a validator."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from email.utils import parsedate_to_datetime

from callbox.practice.connection_and_messages import Fields, Problem, ServerRequest, ServerResponse, http_date

_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")


def validators(tag: str, modified: int) -> Fields:
    """The fields that a client can send back in a conditional request."""
    return (("ETag", tag), ("Last-Modified", http_date(modified)))


def is_fresh(request: ServerRequest, tag: str, modified: int) -> bool:
    """Whether the client's copy is current, by If-None-Match or, without that field, by If-Modified-Since."""
    wanted = request.field("if-none-match")
    if wanted:
        return _includes_tag(wanted, tag, is_weak_enough=True)
    since = _seconds(request.field("if-modified-since"))
    return since is not None and modified <= since


def check_match(request: ServerRequest, tag: str, modified: int) -> None:
    """Raise a 412 if the client does not know the present state of the record that it wants to change.

    If-Match decides; without If-Match, If-Unmodified-Since decides.
    """
    wanted = request.field("if-match")
    since = _seconds(request.field("if-unmodified-since"))
    if wanted:
        is_met = _includes_tag(wanted, tag, is_weak_enough=False)
    else:
        is_met = since is None or modified <= since
    if not is_met:
        hint = "GET it again and take the new ETag"
        raise Problem(412, f"it was changed since: it is {tag} now", hint=hint, fields=(("ETag", tag),))


def not_modified(tag: str, modified: int) -> ServerResponse:
    """The response 304 or 412."""
    return ServerResponse(304, validators(tag, modified))


def serve_range(
    request: ServerRequest, size: int, tag: str, fields: Fields, cut: Callable[[int, int], Iterable[bytes]]
) -> ServerResponse:
    """The response with the requested range of a content. Without a range, or with several, it has the whole content.

    Args:
        request: with or without `Range` and `If-Range`.
        size: the size of the content in bytes.
        tag: its ETag.
        fields: the fields of the response.
        cut: returns the bytes from a first position up to, but not including, a last.

    Raises:
        Problem: 416 for a range outside the content.
    """
    fields = (*fields, ("ETag", tag), ("Accept-Ranges", "bytes"))
    match = _RANGE.fullmatch(request.field("range").replace(" ", ""))
    is_same = request.field("if-range") in ("", tag)
    if match is None or match.group() == "bytes=-" or not is_same or request.method not in ("GET", "HEAD"):
        return ServerResponse(200, fields, stream=cut(0, size), length=size)
    first, last = _bounds(match[1], match[2], size)
    if first >= size or last < first:
        whole = (("Content-Range", f"bytes */{size}"),)
        raise Problem(416, f"there are {size} bytes, from 0 to {size - 1}", fields=whole)
    span = ("Content-Range", f"bytes {first}-{last}/{size}")
    return ServerResponse(206, (*fields, span), stream=cut(first, last + 1), length=last + 1 - first)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        # A suffix range means the last N bytes, and 0 bytes are not a range.
        count = min(int(last), size)
        return (size - count, size - 1) if count else (size, size)
    return int(first), min(int(last), size - 1) if last else size - 1


def _includes_tag(wanted: str, tag: str, *, is_weak_enough: bool) -> bool:
    if wanted.strip() == "*":
        return True
    tags = [each.strip() for each in wanted.split(",")]
    if is_weak_enough:
        return tag.removeprefix("W/") in [each.removeprefix("W/") for each in tags]
    return tag in tags and not tag.startswith("W/")


def _seconds(text: str) -> float | None:
    """The time of a date field. None if the field is missing or not a date; RFC 9110 says to ignore such a field."""
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
