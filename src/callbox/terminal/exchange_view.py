"""Print an exchange while it happens: redirects, headers, the first lines of the body, a summary."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from callbox.exchange.exchange_record_and_events import Chunk, Done, Event, Head, Hop, Note, Sent
from callbox.exchange.media_types_and_charsets import forced_media_type, is_of_form, is_stream, live_media_type
from callbox.render import http_messages
from callbox.render.ansi_and_sanitiser import visible
from callbox.render.style import Fragments
from callbox.shell.outputs import BodyOutput, DisplayOptions, content_length
from callbox.terminal.output_streams_and_pager import OutputStream

if TYPE_CHECKING:
    from callbox.render.body import Window

MAX_LINES = 300
"""How many rows of an earlier body are printed, unless the user wants the whole body."""
MAX_SCREENS = 2
"""How many screens the body of a new response may fill, so that the status line is not far above."""
MIN_LINES = 40
"""The limit for the rows of a body on a screen with few lines."""


class Display(Protocol):
    """The part of the screen that `ExchangeView` uses."""

    out: OutputStream
    columns: Callable[[], int]
    lines: Callable[[], int]
    program: str

    @property
    def is_paged(self) -> bool:
        """Whether a pager shows the output."""

    @property
    def is_terminal(self) -> bool:
        """Whether the standard output is a terminal."""

    def content(self, fragments: Fragments) -> None:
        """Write to the standard output."""

    def aside(self, fragments: Fragments) -> None:
        """Write text that is not content of a response. It goes to the terminal; without a terminal, to the standard
        error.
        """

    def note(self, fragments: Fragments) -> None:
        """Write a note, as `aside` does. On a terminal, long notes are wrapped between words."""

    def progress(self, received: int, total: int | None = None) -> None:
        """Show how many bytes of a body have arrived. `total` is the length of the body, if it is known."""

    def end_progress(self) -> None:
        """Erase the progress line."""


class ExchangeView:
    """Shows one exchange event by event."""

    def __init__(self, display: Display) -> None:
        self.display = display
        self.view = DisplayOptions()
        self._number = 0
        self.received = 0
        self.total: int | None = None
        self.window: Window | None = None
        self.ends_line = True
        """Whether the last body that was printed unchanged ended with a line break."""
        self._waiting_notes: list[Fragments] = []
        """Notes that arrived during the body, to be printed after it."""

    def take(self, event: Event, view: DisplayOptions, number: int = 0) -> None:
        """Print an event. `number` is the number of the request in the history, for the last event of an exchange."""
        self.view, self._number = view, number
        _TAKE[type(event)](self, event)

    def stored(self, output: BodyOutput) -> None:
        """Print the body of an earlier response: formatted on a terminal, unchanged elsewhere."""
        if not self.display.is_terminal or output.view.is_raw:
            self.display.out.bytes(output.data)
            return
        from callbox.render.body import pieces  # as below

        most = None if output.view.is_whole else MAX_LINES
        shown = pieces(
            output.data,
            forced_media_type(output.media_type, output.view.form, output.view.charset),
            width=self.display.columns(),
            max_lines=most,
            is_whole=output.is_complete,
            total=None if output.is_complete else len(output.data),
        )
        for piece in shown:
            self.display.content(piece)
        for note in _form_notes(output.view, output.data):
            self.display.note(note)

    def end(self) -> None:
        """Print the buffered rest of a response that was cut off."""
        if self.window is not None:
            self.display.content(self.window.finish(is_whole=False))
        self.window = None
        self._end_body()

    def _end_body(self) -> None:
        """End the last line of the body, then print the notes that have waited for this."""
        if self.display.is_terminal and not self.ends_line:
            self.display.content([("", "\n")])
        self.received, self.ends_line = 0, True
        for note in self._waiting_notes:
            self.display.note(note)
        self._waiting_notes.clear()

    def _shows(self, part: str) -> bool:
        return part in self.view.parts and (self.display.is_terminal or self.view.is_explicit)

    def _sent(self, event: Event) -> None:
        assert isinstance(event, Sent)
        shown = http_messages.request(
            event.outgoing,
            with_sources=False,
            head=self._shows("H"),
            body=self._shows("B"),
            width=self.display.columns(),
        )
        if shown:
            self.display.content([*shown, ("", "\n")])

    def _hop(self, event: Event) -> None:
        assert isinstance(event, Hop)
        if not self.view.shows_hops:
            self.display.aside(http_messages.hop(event.record, event.next))
            return
        response = event.record.response
        media_type = response.headers.get("Content-Type", "")
        if "h" in self.view.parts:
            self.display.aside([*http_messages.head(response), ("", "\n")])
        if event.record.body and self._shows("b"):
            self.stored(BodyOutput(event.record.body, media_type, self.view))
            self.display.content([("", "\n")])

    def _head(self, event: Event) -> None:
        assert isinstance(event, Head)
        response = event.response
        self.ends_line = True
        self.received, self.window, self.total = 0, None, content_length(response)
        if self._shows("h"):
            self.display.content([*http_messages.head(response), ("", "\n")])
        elif not self.display.is_terminal and "b" in self.view.parts and not self.view.is_quiet:
            self.display.aside(http_messages.status_line(response))
        if self.display.is_terminal and "b" in self.view.parts:
            sent = response.headers.get("Content-Type", "")
            self._open_window(forced_media_type(sent, self.view.form, self.view.charset))

    def _open_window(self, media_type: str) -> None:
        if self.view.is_raw:
            return
        from callbox.render.body import (
            MORE,
            MORE_OF_ONE,
            Window,
        )  # not at the top, because output to a pipe is not formatted

        if self.view.is_streamed:
            media_type = live_media_type(media_type)
        is_endless = self.view.is_streamed or self.view.is_whole or is_stream(media_type)
        most = None if is_endless else MAX_LINES if self.display.is_paged else self._max_lines()
        more = MORE_OF_ONE if self.display.program else MORE
        self.window = Window(media_type, self.display.columns(), most, more=more)

    def _max_lines(self) -> int:
        return min(MAX_LINES, max(MIN_LINES, MAX_SCREENS * self.display.lines()))

    def _chunk(self, event: Event) -> None:
        assert isinstance(event, Chunk)
        if not self.received and self.display.is_terminal and "b" in self.view.parts:
            self._waiting_notes += _form_notes(self.view, event.data)
        self.received += len(event.data)
        if (not self.display.is_terminal or self.view.is_raw) and "b" in self.view.parts:
            self.display.out.bytes(event.data)
            self.ends_line = event.data.endswith(b"\n")
        if self.window is not None and (shown := self.window.feed(event.data)):
            self.display.end_progress()
            self.display.content(shown)
        elif self.display.is_terminal and not self.view.is_raw:
            self.display.progress(self.received, self.total)

    def _note(self, event: Event) -> None:
        assert isinstance(event, Note)
        note: Fragments = [("note", visible(event.text) + "\n")]
        if self.display.is_terminal and self.received:
            self._waiting_notes.append(note)
        else:
            self.display.note(note)

    def _done(self, event: Event) -> None:
        assert isinstance(event, Done)
        if self.window is not None:
            self.display.content(self.window.finish(event.record.size, is_whole=event.record.is_complete))
        self.window = None
        self._end_body()
        if self.display.is_terminal and not self.view.is_quiet:
            number = f"#{self._number}  " if self._number else ""
            self.display.content([("dim", f"{number}{http_messages.summary(event.record)}\n")])


def _form_notes(view: DisplayOptions, first: bytes) -> list[Fragments]:
    """A note in a list, if the body cannot be of the type that `--as` names. Otherwise an empty list."""
    if is_of_form(view.form, first):
        return []
    return [[("note", f"the body is not {view.form.upper()}, so it is shown as received\n")]]


_TAKE: dict[type, Callable[[ExchangeView, Event], None]] = {
    Sent: ExchangeView._sent,
    Hop: ExchangeView._hop,
    Head: ExchangeView._head,
    Chunk: ExchangeView._chunk,
    Note: ExchangeView._note,
    Done: ExchangeView._done,
}
