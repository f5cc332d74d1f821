"""An exchange on the screen while it happens: hops, the head at once, the first window of the body, the sum of it."""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Callable
from typing import Protocol

from callbox.exchange.events import Chunk, Done, Event, Head, Hop, Note, Sent
from callbox.exchange.incoming import Incoming
from callbox.render import head
from callbox.render.body import body
from callbox.render.sanitise import visible, visible_fragments
from callbox.render.sizes import size
from callbox.render.style import Fragments
from callbox.shell.outputs import Body, View
from callbox.terminal.streams import Stream

FIRST_WINDOW = 131_072
"""Bytes of a body that are enough to fill the first window: it is shown then, not when all has come."""
MOST_LINES = 300
"""Lines of a body that are shown unless all of it is asked for."""
_STREAMED = ("text/event-stream", "application/x-ndjson", "application/jsonl", "application/json-seq")


class Paper(Protocol):
    """What an answer is written on: the screen."""

    status: int

    out: Stream
    columns: Callable[[], int]

    @property
    def is_terminal(self) -> bool:
        """Whether a person looks at it."""

    def content(self, fragments: Fragments) -> None:
        """What was asked for."""

    def aside(self, fragments: Fragments) -> None:
        """What is said beside it."""

    def progress(self, line: str) -> None:
        """A line that the next one takes the place of."""


class Answer:
    """The state of the exchange that is being shown: what came, and how much of it is on the screen."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.incoming: Incoming | None = None
        self.view = View()
        self.received = 0
        self.buffer = bytearray()
        self.is_shown = False
        self.streamer: _Streamer | None = None

    def take(self, event: Event, view: View) -> None:
        """Show what this event adds."""
        self.view = view
        _TAKE[type(event)](self, event)

    def stored(self, output: Body) -> None:
        """Content that was kept: a window of it on a terminal, the very bytes elsewhere."""
        if not self.paper.is_terminal:
            self.paper.out.bytes(output.data)
            return
        self.paper.content(
            body(
                output.data,
                output.media_type,
                width=self.paper.columns(),
                max_lines=None if output.view.is_whole else MOST_LINES,
                is_whole=True,
                total=len(output.data),
            )
        )

    def end(self) -> None:
        """No more will come: show what has come and is not on the screen yet."""
        if self.incoming is not None:
            self._show_window(is_whole=False)
            if self.streamer is not None:
                self.paper.content(self.streamer.end())
        self.incoming, self.streamer = None, None

    def _shows(self, part: str) -> bool:
        return part in self.view.parts and (self.paper.is_terminal or self.view.is_explicit)

    def _sent(self, event: Event) -> None:
        assert isinstance(event, Sent)
        if self._shows("H") or self._shows("B"):
            shown = head.request(event.outgoing, with_sources=False, body=self._shows("B"))
            self.paper.content([*shown, ("", "\n")])

    def _hop(self, event: Event) -> None:
        assert isinstance(event, Hop)
        self.paper.aside(head.hop(event.record, event.next))

    def _head(self, event: Event) -> None:
        assert isinstance(event, Head)
        self.incoming, self.received, self.is_shown = event.incoming, 0, False
        self.buffer.clear()
        self.paper.status = max(self.paper.status, event.incoming.status)
        media_type = event.incoming.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        self.streamer = _Streamer() if media_type in _STREAMED and self.paper.is_terminal else None
        if self._shows("h"):
            self.paper.content([*head.head(event.incoming), ("", "\n")])
        elif not self.paper.is_terminal and "b" in self.view.parts:
            self.paper.aside(head.status_line(event.incoming))

    def _chunk(self, event: Event) -> None:
        assert isinstance(event, Chunk)
        self.received += len(event.data)
        if "b" not in self.view.parts:
            return
        if not self.paper.is_terminal:
            self.paper.out.bytes(event.data)
        elif self.streamer is not None:
            self.paper.content(self.streamer.feed(event.data))
        elif not self.is_shown:
            self.buffer += event.data
            if len(self.buffer) >= FIRST_WINDOW and not self.view.is_whole:
                self._show_window(is_whole=False)
        if self.paper.is_terminal and self.received > FIRST_WINDOW:
            self.paper.progress(f"{size(self.received)} received")

    def _note(self, event: Event) -> None:
        assert isinstance(event, Note)
        self.paper.aside([("note", visible(event.text) + "\n")])

    def _done(self, event: Event) -> None:
        assert isinstance(event, Done)
        if self.paper.is_terminal:
            if "b" in self.view.parts:
                self._show_window(is_whole=event.record.is_complete, total=event.record.size)
            if self.streamer is not None:
                self.paper.content(self.streamer.end())
            self.paper.aside([("dim", head.summary(event.record) + "\n")])
        self.incoming, self.streamer = None, None

    def _show_window(self, *, is_whole: bool, total: int | None = None) -> None:
        incoming = self.incoming
        if self.is_shown or incoming is None or self.streamer is not None or not self.buffer:
            return
        self.is_shown = True
        fragments = body(
            bytes(self.buffer),
            incoming.headers.get("Content-Type", ""),
            width=self.paper.columns(),
            max_lines=None if self.view.is_whole else MOST_LINES,
            is_whole=is_whole,
            total=total if total is not None else _length(incoming),
        )
        self.paper.content(fragments)
        if fragments and not fragments[-1][1].endswith("\n"):
            self.paper.content([("", "\n")])
        self.buffer.clear()


class _Streamer:
    """Events and lines as they come: text, made safe, nothing laid out."""

    def __init__(self) -> None:
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._last = "\n"

    def feed(self, data: bytes) -> Fragments:
        """What these bytes add."""
        text = self._decoder.decode(data)
        self._last = text[-1:] or self._last
        return visible_fragments(text, "")

    def end(self) -> Fragments:
        """A final newline, where there is none."""
        return [] if self._last == "\n" else [("", "\n")]


def _length(incoming: Incoming) -> int | None:
    text = incoming.headers.get("Content-Length", "")
    is_known = text.isdigit() and len(text) < 19 and "Content-Encoding" not in incoming.headers
    return int(text) if is_known else None


_TAKE: dict[type, Callable[[Answer, Event], None]] = {
    Sent: Answer._sent,
    Hop: Answer._hop,
    Head: Answer._head,
    Chunk: Answer._chunk,
    Note: Answer._note,
    Done: Answer._done,
}
