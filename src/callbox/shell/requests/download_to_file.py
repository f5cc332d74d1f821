"""`--download`: send a request and write its body to a file, or continue the part that an earlier download left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from callbox.errors import CallboxError
from callbox.exchange.exchange_record_and_events import Chunk, Done, Head
from callbox.exchange.redaction.secrets_by_value import without_filled_secrets
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import ResponseHead
from callbox.exchange.response_filename import choose_name
from callbox.render import http_messages
from callbox.render.sizes_and_durations import size
from callbox.shell.command_context import Context
from callbox.shell.outputs import (
    DisplayOptions,
    ExchangeEvent,
    Output,
    Status,
    TransferProgress,
    closing,
    content_length,
    say,
)
from callbox.shell.requests.output_redirection import NotWritten
from callbox.shell.requests.request_sender import send_draft

if TYPE_CHECKING:
    from callbox.storage.partial_download_file import Download

_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)\Z")
_UNSATISFIED = re.compile(r"bytes \*/(\d{1,18})\Z")


def download(draft: Draft, context: Context, view: DisplayOptions, target: str) -> Iterator[Output]:
    """Send a request and save the content to a file; a response of 400 or more is shown instead.

    Raises the errors of sending. The part that was received is saved, and the next download continues after it.
    """
    original, outgoing = draft, context.session.preview(draft)
    task = context.ports.download(outgoing.url.text, target)
    draft = _with_range(draft, task)
    writer = _DownloadWriter(task, outgoing)
    try:
        outputs = send_draft(draft, context, view, original=original)
        with closing(outputs):
            for output in outputs:
                yield from writer.take(output)
        yield from writer.end()
    except CallboxError as error:
        part = task.keep()
        if part:
            more = ", the same command continues from there" if writer.can_go_on else ""
            error.hint = f"{error.hint}; kept {part}{more}".removeprefix("; ")
        raise
    finally:
        task.keep()


def _with_range(draft: Draft, task: Download) -> Draft:
    """The draft with headers that ask for content without a content coding. If a part was downloaded before, they ask
    only for the rest (RFC 9110 section 14).
    """
    original = {name.lower() for name, _ in draft.headers}
    extra: tuple[tuple[str, str], ...] = () if "accept-encoding" in original else (("Accept-Encoding", "identity"),)
    if task.begun and "range" not in original:
        extra += (("Range", f"bytes={task.begun}-"), ("If-Range", task.validator))
    return draft._replace(headers=(*draft.headers, *extra))


class _DownloadWriter:
    """Writes one response to its file."""

    def __init__(self, task: Download, outgoing: Outgoing) -> None:
        self.task = task
        self.outgoing = outgoing
        self.error_response: ResponseHead | None = None
        self.received = 0
        self.total: int | None = None
        self.is_whole = False
        self.can_go_on = False
        self.rejected_name = ""

    def take(self, output: Output) -> Iterator[Output]:
        """Process one output of the request."""
        event = output.event if isinstance(output, ExchangeEvent) else None
        if isinstance(event, Head):
            self.begin(event.response)
            if self.error_response is None:
                yield Status(http_messages.status_line(event.response))
                yield from self.tell()
                return
        if self.error_response is None and isinstance(event, Chunk):
            if not self.is_whole:
                self.task.write(event.data)
                self.received += len(event.data)
                yield TransferProgress(self.received, self.total)
        elif self.error_response is not None or not isinstance(event, Done):
            yield output

    def begin(self, response: ResponseHead) -> None:
        """Open the file when the response headers have arrived, at the position where the download continues."""
        headers, begun = response.headers, self.task.begun
        there = _UNSATISFIED.match(headers.get("Content-Range", ""))
        self.is_whole = response.status == 416 and begun > 0 and there is not None and int(there[1]) == begun
        if self.is_whole:
            self.task.start("", "", can_continue=True)
            return
        if response.status >= 400:
            self.error_response = response
            return
        found = _CONTENT_RANGE.match(headers.get("Content-Range", "")) if response.status == 206 else None
        can_continue = found is not None and begun > 0 and int(found[1]) == begun
        validator = _validator(response)
        self.can_go_on = bool(validator)
        chosen = choose_name(headers, without_filled_secrets(self.outgoing).url)
        self.rejected_name = chosen.refused if not self.task.name else ""
        self.task.start(chosen.name, validator, can_continue=can_continue)
        self.received = begun if can_continue else 0
        announced = content_length(response)
        self.total = None if announced is None else announced + self.received

    def tell(self) -> Iterator[Output]:
        """A note, if an earlier download is continued."""
        if self.is_whole or self.received:
            yield say(f"the download continues after {size(self.task.begun)}", "note")

    def end(self) -> Iterator[Output]:
        """Finish the file, or raise NotWritten for an error response."""
        if self.error_response is not None:
            status_line = f"{self.error_response.status} {self.error_response.reason}".rstrip()
            raise NotWritten(f"nothing downloaded: the response was {status_line}")
        path = self.task.finish()
        if self.rejected_name:
            yield say(
                f"the file is not named {self.rejected_name}: tools run such a file or read it as configuration",
                "note",
            )
        yield say(f"wrote {self.received or self.task.begun:,} bytes to {path}")


def _validator(response: ResponseHead) -> str:
    """The validator for If-Range: a strong ETag, else the date (RFC 9110 section 13.1.5). None for encoded content."""
    headers = response.headers
    if "Content-Encoding" in headers:
        return ""
    tag = headers.get("ETag", "")
    found = tag if tag.startswith('"') else headers.get("Last-Modified", "")
    return found if found.isprintable() else ""
