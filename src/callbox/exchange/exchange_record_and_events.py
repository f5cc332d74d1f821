"""The events of an exchange, the `Record` of a finished exchange, and a format for times."""

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
    """The body of the response without its content coding, or the part of it that was stored."""
    size: int = 0
    """How many bytes of the body were received, after decoding. `body` may have fewer."""
    history: tuple[Record, ...] = ()
    """The earlier exchanges of a chain of redirects and challenges, the oldest first."""
    is_complete: bool = True
    """Whether the whole response was read. False if the connection broke, a limit was reached, or the user stopped it.
    """
    time: float = 0.0
    """When the exchange began, in seconds of the epoch."""
    fault: str = ""
    """The reason why the response is missing or incomplete, in one line; empty for a complete response."""

    @property
    def is_answered(self) -> bool:
        """Whether at least the headers of a response were received. Otherwise `response` has the status 0."""
        return self.response.status > 0

    @property
    def seconds(self) -> float:
        """How many seconds the whole exchange took, including redirects and challenges."""
        return sum((hop.response.timings.total for hop in self.history), self.response.timings.total)

    @property
    def first_outgoing(self) -> Outgoing:
        """The first request of the chain of redirects and challenges."""
        return self.history[0].outgoing if self.history else self.outgoing

    def with_first_outgoing(self, outgoing: Outgoing) -> Record:
        """A copy of this record with another first request in the chain. The later requests stay the same."""
        if not self.history:
            return self._replace(outgoing=outgoing)
        first, *rest = self.history
        return self._replace(history=(first._replace(outgoing=outgoing), *rest))


class Sent(NamedTuple):
    """callbox sends this request now. Each redirect and each answer to a challenge causes another such event."""

    outgoing: Outgoing


class Hop(NamedTuple):
    """A response that another request follows: callbox follows a redirect, or answers a challenge."""

    record: Record
    """The exchange that this response ends. It has at most 64 kB of the body."""
    next: Outgoing
    """The request that follows this response."""


class Head(NamedTuple):
    """The status and headers of the last response; its body follows."""

    response: ResponseHead


class Chunk(NamedTuple):
    """A piece of the body of the last response, without its content coding."""

    data: bytes


NoteKind = Literal["dropped", "bound", "unbound", "auth", "cookie", "retry", "limit", "note"]


class Note(NamedTuple):
    """A message for the user, such as that a credential was not sent or a cookie was refused."""

    text: str
    kind: NoteKind = "note"
    """What the message is about: `dropped` and `unbound` (a credential was not sent), `bound` (a credential was bound
    to an origin), `auth`, `cookie`, `retry` (a request was sent again), `limit`; `note` for all other messages.
    """


class Done(NamedTuple):
    """The end of the exchange. The record has the timings. Its `body` is empty, because the chunks had the body."""

    record: Record


Event = Sent | Hop | Head | Chunk | Note | Done


def format_timestamp(seconds: float) -> str:
    """Format a time, given in seconds of the epoch, as RFC 3339 does: in UTC, with milliseconds.

    >>> format_timestamp(0.0625)
    '1970-01-01T00:00:00.062Z'
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
