"""One request on its way: the session's events passed on, the history kept, Ctrl-C and its one line."""

from __future__ import annotations

from collections.abc import Iterator

from callbox.errors import CallboxError, Fault, Interrupted
from callbox.exchange.draft import Draft
from callbox.exchange.events import Chunk, Done, Head
from callbox.exchange.record import Record
from callbox.exchange.shown_url import mask_url
from callbox.exchange.url import is_absolute
from callbox.render.masking import masked_target
from callbox.render.sizes import duration, size
from callbox.session.live import Body
from callbox.shell.history import MOST_BYTES
from callbox.shell.outputs import Happened, Output, Progress, Status, View, say
from callbox.shell.world import World

MOST_OF_ERROR = 1_000_000
"""Bytes of an error's body that are kept where the content goes elsewhere: it is shown, so it can be shown again."""


def send(draft: Draft, world: World, view: View, *, keeps_body: bool = True, is_noted: bool = True) -> Iterator[Output]:
    """Send what was said and pass on what happens; the answer is in the history when this ends.

    `keeps_body` is false where the content goes to a file or a command, whatever its size, `is_noted` where the
    history is the caller's to keep. Raises Fault and, where
    it was cancelled, Interrupted, which says what came of it; what had come by then is in the history, too.
    """
    from callbox.wire import Cancel  # loads urllib3, which the first request is early enough for

    draft = _told_of(draft, world)
    cancel = world.cancel = Cancel()
    begun, known = world.ports.now(), _cookies(world)
    kept = _Kept(keeps_body)
    try:
        for event in world.session.stream(draft, cancel):
            if isinstance(event, Head):
                kept.begin(event.incoming.status)
            elif isinstance(event, Chunk):
                kept.add(event.data)
            elif isinstance(event, Done):
                event = Done(event.record._replace(body=kept.body.whole()))
                if is_noted:
                    world.history.add(event.record)
            yield Happened(event, view)
    except Fault as fault:
        if isinstance(fault.record, Record) and is_noted:
            body = kept.body.whole() or fault.record.body
            size_bytes = kept.received or len(body)
            world.history.add(fault.record._replace(body=body, size=size_bytes))
            fault.hint = fault.hint or _reach(fault, fault.record)
        raise _told(fault, kept.received, world.ports.now() - begun, _cookies(world) - known) from None
    finally:
        world.cancel = None
    if cancel.is_cancelled:  # too late for this answer, and just in time for what would come after it
        raise _told(Interrupted(), kept.received, world.ports.now() - begun, _cookies(world) - known)


def _told_of(draft: Draft, world: World) -> Draft:
    """The same request, whose body tells how far it has been sent: that of a file, as others are gone at once."""
    content = draft.content
    if content is None or content.pieces is None:
        return draft
    pieces, total = content.pieces, content.length

    def told() -> Iterator[bytes]:
        sent = 0
        for piece in pieces():
            world.tell(Progress(sent, total, is_upload=True))
            yield piece
            sent += len(piece)

    return draft._replace(content=content._replace(pieces=told))


class _Kept:
    """What is kept of a body, and how much of it has come."""

    def __init__(self, is_all: bool) -> None:
        self.body = Body()
        self.received = 0
        self._is_all = is_all
        self._is_error = False

    def begin(self, status: int) -> None:
        """The head has come."""
        self._is_error = status >= 400

    def add(self, data: bytes) -> None:
        """One more piece."""
        self.received += len(data)
        if (self._is_all and self.received <= MOST_BYTES) or (self._is_error and self.received <= MOST_OF_ERROR):
            self.body.add(data)


def _told(fault: Fault, received: int, seconds: float, cookies: int) -> CallboxError:
    """The fault as the user of a shell is told of it."""
    if isinstance(fault, Interrupted):
        what = f"kept: {cookies} cookie{'s' * (cookies > 1)}" if cookies > 0 else "session unchanged"
        return Interrupted(f"interrupted after {size(received)}, {duration(seconds)}; {what}", received=received)
    if fault.kind == "total-timeout":
        return Fault(f"Not finished after {duration(seconds)}", kind=fault.kind, received=received, hint=fault.hint)
    if fault.kind == "max-body":
        return Fault(
            f"stopped at {_round(received)}: > FILE or set option max-body", kind=fault.kind, received=received
        )
    return fault


def _reach(fault: Fault, record: Record) -> str:
    """How to get at a body whose coding cannot be undone."""
    if fault.kind != "coding" or not record.body:
        return ""
    return f"{size(len(record.body))} are kept as they came: show last body > FILE"


def _round(received: int) -> str:
    return size(received).replace(".0 ", " ")


def _cookies(world: World) -> int:
    return len(world.session.jar)


def advise(record: Record, world: World) -> Iterator[Output]:
    """After an answer that asks for something: who to be, or where the path led."""
    if record.incoming.status == 401:
        for challenge in record.incoming.headers.getlist("WWW-Authenticate"):
            line = _ADVICE.get(challenge.strip().partition(" ")[0].lower())
            if line:
                yield Status([("hint", f"{line}\n")])
                return
    if record.incoming.status == 404 and _is_joined(record.draft.url, world.session.base_url):
        yield say(_below(record, world.session.base_url), "hint")


def _below(record: Record, base: str) -> str:
    url = record.outgoing.url.origin + masked_target(record.outgoing, reveal=False)
    return f"{url} is '{mask_url(record.draft.url)}' below {mask_url(base)}"


def _is_joined(url: str, base: str) -> bool:
    """Whether the base's own path had a say in where this went."""
    return not is_absolute(url) and not url.startswith("/") and base.rstrip("/").count("/") > 2


_ADVICE = {
    "basic": "it asks who you are: set auth basic USER",
    "digest": "it asks who you are: set auth digest USER",
    "bearer": "it asks for a token: set auth bearer TOKEN",
}
