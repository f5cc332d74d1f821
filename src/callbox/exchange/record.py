"""One exchange that took place, as history, references, checks and reports read it."""

from __future__ import annotations

from typing import NamedTuple

from callbox.exchange.draft import Draft
from callbox.exchange.incoming import Incoming
from callbox.exchange.outgoing import Outgoing


class Record(NamedTuple):
    """What was said, what was sent, and what came back."""

    draft: Draft
    outgoing: Outgoing
    incoming: Incoming
    body: bytes = b""
    """The content, its content-coding undone; what was kept of it."""
    size: int = 0
    """Bytes of content that came, also where `body` holds less."""
    history: tuple[Record, ...] = ()
    """The hops before this one, oldest first."""
    is_complete: bool = True
    """False where the answer was cut off, stopped at a limit or interrupted."""
    time: float = 0.0
    """When it began, in seconds of the epoch."""
    fault: str = ""
    """Why there is no response, or not all of it: one line."""

    @property
    def is_answered(self) -> bool:
        """Whether a response has come, whole or in part; where none has, `incoming` has the status 0."""
        return self.incoming.status > 0
