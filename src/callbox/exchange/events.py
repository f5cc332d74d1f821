"""The events of one exchange, the `Record` of a finished one, and its time as text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, NamedTuple

from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import ResponseHead


class Record(NamedTuple):
    """One exchange: the draft, the request that was sent, and the response."""

    draft: Draft
    outgoing: Outgoing
    response: ResponseHead
    body: bytes = b""
    """The decoded content, or the part of it that was kept."""
    size: int = 0
    """The number of bytes of content received; `body` may hold fewer."""
    history: tuple[Record, ...] = ()
    """The hops before this one, oldest first."""
    is_complete: bool = True
    """False if the response was cut off, stopped at a limit or interrupted."""
    time: float = 0.0
    """When it began, in seconds of the epoch."""
    fault: str = ""
    """Why the response is missing or incomplete, in one line."""

    @property
    def is_answered(self) -> bool:
        """Whether a response was received, at least in part. Without one, `response` has the status 0."""
        return self.response.status > 0

    @property
    def seconds(self) -> float:
        """The seconds of the whole exchange, redirects and challenges included."""
        return sum((hop.response.timings.total for hop in self.history), self.response.timings.total)

    @property
    def first_outgoing(self) -> Outgoing:
        """The request of the first hop."""
        return self.history[0].outgoing if self.history else self.outgoing


class Sent(NamedTuple):
    """A request is about to be sent; one event for each hop and each answer to a challenge."""

    outgoing: Outgoing


class Hop(NamedTuple):
    """A response that is not the last: a followed redirect, or an answered challenge."""

    record: Record
    """The whole exchange (its body up to 64 kB)."""
    next: Outgoing
    """The request that it leads to."""


class Head(NamedTuple):
    """Status and headers of the last response; its body follows."""

    response: ResponseHead


class Chunk(NamedTuple):
    """A piece of the last response's content, its content-coding undone."""

    data: bytes


NoteKind = Literal["dropped", "bound", "unbound", "auth", "cookie", "retry", "limit", "note"]


class Note(NamedTuple):
    """Something the user should know: a credential that was left behind, a cookie that was refused."""

    text: str
    kind: NoteKind = "note"
    """`dropped`, `cookie`, `retry`, `limit` or `note`."""


class Done(NamedTuple):
    """The end of the exchange: its record, with measured timings (`body` is empty if it was streamed)."""

    record: Record


Event = Sent | Hop | Head | Chunk | Note | Done


def format_timestamp(seconds: float) -> str:
    """Seconds of the epoch as RFC 3339 has them, in UTC, to the millisecond.

    >>> format_timestamp(0.0625)
    '1970-01-01T00:00:00.062Z'
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
