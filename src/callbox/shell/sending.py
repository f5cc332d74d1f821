"""One request on its way: the session's events passed on, the history kept, Ctrl-C and its one line."""

from __future__ import annotations

from collections.abc import Iterator

from callbox.errors import Interrupted
from callbox.exchange.challenge import read_challenges
from callbox.exchange.draft import Draft
from callbox.exchange.events import Chunk, Done
from callbox.exchange.record import Record
from callbox.exchange.url import is_absolute
from callbox.render.sizes import duration, size
from callbox.shell.outputs import Happened, Output, Status, View, say
from callbox.shell.world import World


def send(draft: Draft, world: World, view: View, *, keeps_body: bool = True) -> Iterator[Output]:
    """Send what was said and pass on what happens; the answer is in the history when this ends.

    `keeps_body` is false where the content goes to a file or a command, whatever its size. Raises Fault and, where
    it was cancelled, Interrupted, which says what came of it.
    """
    from callbox.wire import Cancel  # loads urllib3, which the first request is early enough for

    cancel = world.cancel = Cancel()
    begun, received, known = world.ports.now(), 0, _cookies(world)
    body = bytearray()
    try:
        for event in world.session.stream(draft, cancel):
            if isinstance(event, Chunk):
                received += len(event.data)
                if keeps_body:
                    body += event.data
            elif isinstance(event, Done):
                event = Done(event.record._replace(body=bytes(body)))
                world.history.add(event.record)
            yield Happened(event, view)
    except Interrupted:
        took = duration(world.ports.now() - begun)
        kept = _cookies(world) - known
        what = f"kept: {kept} cookie{'s' * (kept > 1)}" if kept > 0 else "session unchanged"
        raise Interrupted(f"interrupted after {size(received)}, {took}; {what}", received=received) from None
    finally:
        world.cancel = None


def _cookies(world: World) -> int:
    return len(world.session.jar)


def advise(record: Record, world: World) -> Iterator[Output]:
    """After an answer that asks for something: who to be, or where the path led."""
    if record.incoming.status == 401:
        for challenge in read_challenges(record.incoming.headers.getlist("WWW-Authenticate")):
            line = _ADVICE.get(challenge.scheme)
            if line:
                yield Status([("hint", f"{line}\n")])
                return
    if record.incoming.status == 404 and _is_joined(record.draft.url, world.session.base_url):
        yield say(f"{record.outgoing.url.text} is '{record.draft.url}' below {world.session.base_url}", "hint")


def _is_joined(url: str, base: str) -> bool:
    """Whether the base's own path had a say in where this went."""
    return not is_absolute(url) and not url.startswith("/") and base.rstrip("/").count("/") > 2


_ADVICE = {
    "basic": "it asks who you are: set auth basic USER",
    "digest": "it asks who you are: set auth digest USER",
    "bearer": "it asks for a token: set auth bearer TOKEN",
}
