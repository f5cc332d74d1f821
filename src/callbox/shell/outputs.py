"""The outputs of a command: values that handlers yield and that a screen, a pipe or a file receives.

Handlers never print. The type of an output decides where it goes: content to the standard output (`TextOutput`,
`BodyOutput`, the body of a response), all else beside it (`Status`, `Failure`, response heads). So pipes get content
only.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple, TypeAlias

from callbox.errors import CallboxError
from callbox.exchange.events import Event, Hop, Note
from callbox.exchange.response import ResponseHead
from callbox.render.sanitise import visible_line
from callbox.render.style import Fragments


class DisplayOptions(NamedTuple):
    """Which parts of an exchange to show, and how."""

    parts: str = "hb"
    """H and B for the request's headers and body, h and b for the response's."""
    is_explicit: bool = False
    """These parts were asked for on this line: then they go to pipes, too."""
    is_whole: bool = False
    """Whether to show the whole body, and not its first window."""
    is_streamed: bool = False
    """Show the body as it comes, as is."""
    shows_hops: bool = False
    """Show each hop whole, not in one line."""
    is_raw: bool = False
    """Let the server's control characters through to the terminal."""
    is_paged: bool = False
    """Show it in a pager, where a person looks."""
    form: str = ""
    """Show the body as this, whatever its media type: `json`, `xml`, `html` or `text`."""
    is_quiet: bool = False
    """Show these parts alone: no status line, summary or clock beside them."""


class TextOutput(NamedTuple):
    """The text that the command prints (`show`, `preview`, `help`), for the standard output."""

    fragments: Fragments


class BodyOutput(NamedTuple):
    """A stored response body: formatted on a terminal, byte for byte elsewhere."""

    data: bytes
    media_type: str
    view: DisplayOptions = DisplayOptions()
    is_complete: bool = True
    """False if the response was cut off and this is only its beginning."""


class Status(NamedTuple):
    """A confirmation or note, for the terminal, else for the standard error."""

    fragments: Fragments


class Failure(NamedTuple):
    """An error to show."""

    error: CallboxError
    code: int = 0
    """The exit code, if it is not that of the error's kind."""

    @property
    def exit_code(self) -> int:
        """The exit code of a run that ends here."""
        return self.code or self.error.exit_code


class ExchangeEvent(NamedTuple):
    """An event of a running exchange with its display options."""

    event: Event
    view: DisplayOptions = DisplayOptions()


class TransferProgress(NamedTuple):
    """The progress of a download or upload."""

    received: int
    total: int | None = None
    """The total number of bytes, if the server has sent it."""
    is_upload: bool = False
    """Whether this is the request's body, on its way out."""
    line: str = ""
    """The text to show if something other than bytes is counted."""


class Clear(NamedTuple):
    """Clear the screen."""


class Exit(NamedTuple):
    """End the shell."""


Output: TypeAlias = TextOutput | BodyOutput | Status | Failure | ExchangeEvent | TransferProgress | Clear | Exit


def say(text: str, style: str = "") -> Status:
    """A confirmation in one line, sanitised, since it may repeat text from a server.

    >>> say("removed header X-Test")
    Status(fragments=[('', 'removed header X-Test\\n')])
    """
    return Status([(style, visible_line(text) + "\n")])


def without_notes(outputs: Iterator[Output]) -> Iterator[Output]:
    """The content and the errors of these outputs; confirmations, notes and progress are dropped."""
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
    """Close the generator of outputs when the block ends, which ends its request.

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
    """The length of the content in bytes by Content-Length; None if it is missing or the content is encoded."""
    text = response.headers.get("Content-Length", "")
    is_known = text.isascii() and text.isdigit() and len(text) < 19 and "Content-Encoding" not in response.headers
    return int(text) if is_known else None
