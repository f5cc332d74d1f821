"""What a conversation tells while it happens, in the order in which it happens."""

from __future__ import annotations

from typing import NamedTuple

from callbox.exchange.incoming import Incoming
from callbox.exchange.outgoing import Outgoing
from callbox.exchange.record import Record


class Sent(NamedTuple):
    """A request is about to leave; for each hop and each answer to a challenge anew."""

    outgoing: Outgoing


class Hop(NamedTuple):
    """An answer that is not the last: a redirect that is followed, a challenge that is answered."""

    record: Record
    """That exchange, whole (its body up to 64 kB)."""
    next: Outgoing
    """The request that it leads to."""


class Head(NamedTuple):
    """The head of the last answer; its body follows."""

    incoming: Incoming


class Chunk(NamedTuple):
    """A piece of the last answer's content, its content-coding undone."""

    data: bytes


class Note(NamedTuple):
    """Something the user should know: a credential that was left behind, a cookie that was refused."""

    text: str
    kind: str = "note"
    """`dropped`, `cookie`, `retry`, `limit` or `note`."""


class Done(NamedTuple):
    """The exchange is over: the whole of it, with measured timings (`body` empty where it was streamed on)."""

    record: Record


Event = Sent | Hop | Head | Chunk | Note | Done
