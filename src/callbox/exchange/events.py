"""The events of one exchange, the `Record` of a finished one, and times as text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, NamedTuple

from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import ResponseHead


class Record(NamedTuple):
    """An exchange: the draft, the request that was sent, and the response."""

    draft: Draft
    outgoing: Outgoing
    response: ResponseHead
    body: bytes = b""
    """The decoded content, or the part of it that was stored."""
    size: int = 0
    """The number of content bytes that were received; `body` may have fewer."""
    history: tuple[Record, ...] = ()
    """The earlier exchanges of a chain of redirects and challenges, the oldest first."""
    is_complete: bool = True
    """Whether the whole response was read. False if it was cut off, stopped at a limit or interrupted."""
    time: float = 0.0
    """When the exchange began, in seconds of the epoch."""
    fault: str = ""
    """Why the response is missing or incomplete, in one line; empty if it is complete."""

    @property
    def is_answered(self) -> bool:
        """Whether at least a part of a response was received. Without one, `response` has the status 0."""
        return self.response.status > 0

    @property
    def seconds(self) -> float:
        """The seconds of the whole exchange, redirects and challenges included."""
        return sum((hop.response.timings.total for hop in self.history), self.response.timings.total)

    @property
    def first_outgoing(self) -> Outgoing:
        """The first request of the chain."""
        return self.history[0].outgoing if self.history else self.outgoing

    def with_first_outgoing(self, outgoing: Outgoing) -> Record:
        """This record with another first request in the chain. The redirects stay."""
        if not self.history:
            return self._replace(outgoing=outgoing)
        first, *rest = self.history
        return self._replace(history=(first._replace(outgoing=outgoing), *rest))


class Sent(NamedTuple):
    """A request that is about to be sent. Each redirect and each answer to a challenge gives one event."""

    outgoing: Outgoing


class Hop(NamedTuple):
    """A response before the last response: a redirect that is followed, or a challenge that is answered."""

    record: Record
    """The whole exchange, with at most 64 kB of its body."""
    next: Outgoing
    """The request that follows this response."""


class Head(NamedTuple):
    """The status and headers of the last response; its body follows."""

    response: ResponseHead


class Chunk(NamedTuple):
    """A piece of the last response's content, without its content coding."""

    data: bytes


NoteKind = Literal["dropped", "bound", "unbound", "auth", "cookie", "retry", "limit", "note"]


class Note(NamedTuple):
    """A message for the user, such as that a credential was not sent or a cookie was refused."""

    text: str
    kind: NoteKind = "note"
    """The kind: `dropped`, `cookie`, `retry`, `limit` or `note`."""


class Done(NamedTuple):
    """The end of the exchange: its record with measured timings. `body` is empty if the body was streamed."""

    record: Record


Event = Sent | Hop | Head | Chunk | Note | Done


def format_timestamp(seconds: float) -> str:
    """A time in seconds of the epoch as RFC 3339 writes it, in UTC, to the millisecond.

    >>> format_timestamp(0.0625)
    '1970-01-01T00:00:00.062Z'
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
