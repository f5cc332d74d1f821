"""`--download`: the content into a file of its own, going on where an earlier try was cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator

from callbox.errors import CallboxError
from callbox.exchange.events import Chunk, Done, Head
from callbox.exchange.filename import choose_name
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import Incoming
from callbox.render import messages
from callbox.render.units import size
from callbox.shell.outputs import Happened, Output, Progress, Status, View, closing, length, say
from callbox.shell.redirecting import NotWritten
from callbox.shell.sending import send
from callbox.shell.world import Download, World

_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)\Z")
_UNSATISFIED = re.compile(r"bytes \*/(\d{1,18})\Z")


def download(draft: Draft, world: World, view: View, target: str) -> Iterator[Output]:
    """Send it, and keep the content as a file; an answer of 400 or more is shown instead.

    Raises what sending raises; the part that has come is kept then, and the next download goes on from it.
    """
    said, asked = draft, world.session.preview(draft)
    task = world.ports.download(asked.url.text, target)
    draft = _asking(draft, task)
    keeper = _Keeper(task, asked)
    try:
        outputs = send(draft, world, view, said=said)
        with closing(outputs):
            for output in outputs:
                yield from keeper.take(output)
        yield from keeper.end()
    except CallboxError as error:
        part = task.keep()
        if part:
            more = ", the same again goes on from there" if keeper.can_go_on else ""
            error.hint = f"{error.hint}; kept {part}{more}".removeprefix("; ")
        raise
    finally:
        task.keep()


def _asking(draft: Draft, task: Download) -> Draft:
    """The request for the content as it is, or for what is missing of it (RFC 9110 section 14)."""
    said = {name.lower() for name, _ in draft.headers}
    extra: tuple[tuple[str, str], ...] = () if "accept-encoding" in said else (("Accept-Encoding", "identity"),)
    if task.begun and "range" not in said:
        extra += (("Range", f"bytes={task.begun}-"), ("If-Range", task.validator))
    return draft._replace(headers=(*draft.headers, *extra))


class _Keeper:
    """Follows one answer into its file."""

    def __init__(self, task: Download, asked: Outgoing) -> None:
        self.task = task
        self.asked = asked
        self.refused: Incoming | None = None
        self.received = 0
        self.total: int | None = None
        self.is_whole = False
        self.can_go_on = False
        self.refused_name = ""

    def take(self, output: Output) -> Iterator[Output]:
        """One output of the request."""
        event = output.event if isinstance(output, Happened) else None
        if isinstance(event, Head):
            self.begin(event.incoming)
            if self.refused is None:
                yield Status(messages.status_line(event.incoming))
                yield from self.tell()
                return
        if self.refused is None and isinstance(event, Chunk):
            if not self.is_whole:
                self.task.write(event.data)
                self.received += len(event.data)
                yield Progress(self.received, self.total)
        elif self.refused is not None or not isinstance(event, Done):
            yield output

    def begin(self, incoming: Incoming) -> None:
        """The head has come: which file, and from where on."""
        headers, begun = incoming.headers, self.task.begun
        there = _UNSATISFIED.match(headers.get("Content-Range", ""))
        self.is_whole = incoming.status == 416 and begun > 0 and there is not None and int(there[1]) == begun
        if self.is_whole:
            self.task.start("", "", goes_on=True)
            return
        if incoming.status >= 400:
            self.refused = incoming
            return
        found = _CONTENT_RANGE.match(headers.get("Content-Range", "")) if incoming.status == 206 else None
        goes_on = found is not None and begun > 0 and int(found[1]) == begun
        validator = _validator(incoming)
        self.can_go_on = bool(validator)
        chosen = choose_name(headers, self.asked.url)
        self.refused_name = chosen.refused if not self.task.name else ""
        self.task.start(chosen.name, validator, goes_on=goes_on)
        self.received = begun if goes_on else 0
        announced = length(incoming)
        self.total = None if announced is None else announced + self.received

    def tell(self) -> Iterator[Output]:
        """Where it goes on, where it does."""
        if self.is_whole or self.received:
            yield say(f"goes on after {size(self.task.begun)}", "note")

    def end(self) -> Iterator[Output]:
        """All went well, or the answer was an error."""
        if self.refused is not None:
            raise NotWritten(f"nothing downloaded: the answer was {self.refused.status} {self.refused.reason}".rstrip())
        path = self.task.finish()
        if self.refused_name:
            yield say(f"not named {self.refused_name}, which tools run or read as configuration", "note")
        yield say(f"wrote {self.received or self.task.begun:,} bytes to {path}")


def _validator(incoming: Incoming) -> str:
    """What If-Range may ask by: a strong ETag, else the date (RFC 9110 section 13.1.5); nothing for coded content."""
    headers = incoming.headers
    if "Content-Encoding" in headers:
        return ""
    tag = headers.get("ETag", "")
    return tag if tag.startswith('"') else headers.get("Last-Modified", "")
