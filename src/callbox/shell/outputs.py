"""The outputs of a command: values that handlers yield and that a screen, a pipe or a file receives.

Handlers never print. The type of an output decides where it goes: content to the standard output (`TextOutput`,
`BodyOutput`, the body of a response), everything else to the standard error (`Status`, `Failure`, response headers). So
a pipe gets only content.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple, TypeAlias

from callbox.errors import CallboxError
from callbox.exchange.exchange_record_and_events import Event, Hop, Note
from callbox.exchange.response import ResponseHead
from callbox.render.ansi_and_sanitiser import visible_line
from callbox.render.style import Fragments


class DisplayOptions(NamedTuple):
    """Which parts of an exchange to show, and how."""

    parts: str = "hb"
    """The parts to show: `H` and `B` are headers and body of the request, `h` and `b` those of the response."""
    is_explicit: bool = False
    """Whether the line names these parts explicitly, so that a pipe gets them, too."""
    is_whole: bool = False
    """Whether to show the whole body instead of its beginning."""
    is_streamed: bool = False
    """Whether to show the body while it arrives, unchanged."""
    shows_hops: bool = False
    """Whether to show the whole response of each redirect, not one line."""
    is_raw: bool = False
    """Whether control characters of the server may reach the terminal."""
    is_paged: bool = False
    """Whether to show the output in a pager, if a person reads it."""
    form: str = ""
    """The format in which the body is shown whatever its media type is: `json`, `xml`, `html` or `text`."""
    charset: str = ""
    """The charset in which the body is read, whatever the response says."""
    is_quiet: bool = False
    """Whether to leave out the status line, the summary and the clock."""


class TextOutput(NamedTuple):
    """The text that a command such as `show`, `preview` or `help` prints to the standard output."""

    fragments: Fragments


class BodyOutput(NamedTuple):
    """A stored response body: formatted on a terminal, byte for byte elsewhere."""

    data: bytes
    media_type: str
    view: DisplayOptions = DisplayOptions()
    is_complete: bool = True
    """False if the response was cut off, so that the body is incomplete."""


class Status(NamedTuple):
    """A confirmation or note for the terminal; without a terminal, for the standard error."""

    fragments: Fragments
    is_verbatim: bool = False
    """Whether its lines must not be broken between words, because the user may copy them as a command."""


class Failure(NamedTuple):
    """An error to show."""

    error: CallboxError
    code: int = 0
    """The exit code, if it differs from that of the error's type."""

    @property
    def exit_code(self) -> int:
        """The exit code of a run that ends with this error."""
        return self.code or self.error.exit_code


class ExchangeEvent(NamedTuple):
    """An event of a running exchange with its display options."""

    event: Event
    view: DisplayOptions = DisplayOptions()
    number: int = 0
    """The number of the request in the history, with the event that ends it. 0 if it is not in the history."""


class TransferProgress(NamedTuple):
    """The progress of a download or upload."""

    received: int
    total: int | None = None
    """The total number of bytes, if it is known."""
    is_upload: bool = False
    """Whether the body of a request is uploaded."""
    line: str = ""
    """The text to show if something other than bytes is counted."""


class Clear(NamedTuple):
    """An instruction to clear the screen."""


class Exit(NamedTuple):
    """An instruction to end the shell."""


Output: TypeAlias = TextOutput | BodyOutput | Status | Failure | ExchangeEvent | TransferProgress | Clear | Exit


def say(text: str, style: str = "") -> Status:
    """A confirmation as one line. It is sanitised, since it may repeat text from a server.

    >>> say("removed header X-Test")
    Status(fragments=[('', 'removed header X-Test\\n')], is_verbatim=False)
    """
    return Status([(style, visible_line(text) + "\n")])


def without_notes(outputs: Iterator[Output]) -> Iterator[Output]:
    """The content and the errors among these outputs, without confirmations, notes and progress."""
    with closing(outputs):
        for output in outputs:
            if isinstance(output, (Status, TransferProgress)):
                continue
            if isinstance(output, ExchangeEvent) and _is_note(output):
                continue
            yield output


def _is_note(output: ExchangeEvent) -> bool:
    return isinstance(output.event, Note) or (isinstance(output.event, Hop) and not output.view.shows_hops)


@contextmanager
def closing(outputs: Iterator[Output]) -> Iterator[None]:
    """A block at whose end a generator of outputs is closed, so that the request of the generator ends, too.

    An exception of the block is thrown into the generator, so that the history records the reason.
    """
    try:
        yield
    except BaseException as error:
        if isinstance(outputs, Generator):
            with suppress(BaseException):
                outputs.throw(error)
        raise
    if isinstance(outputs, Generator):
        outputs.close()


def content_length(response: ResponseHead) -> int | None:
    """The length of the content in bytes by Content-Length. None if the header is missing or the content is encoded."""
    text = response.headers.get("Content-Length", "")
    is_known = text.isascii() and text.isdigit() and len(text) < 19 and "Content-Encoding" not in response.headers
    return int(text) if is_known else None
