"""Redirect the output of a request to a file or a command: `>`, `>>` and `|`."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Generator, Iterator
from itertools import chain, islice
from typing import IO

from callbox.errors import CallboxError
from callbox.exchange.exchange_record_and_events import Chunk, Done, Event, Head, Hop, Record, Sent
from callbox.exchange.request import Outgoing
from callbox.exchange.response import ResponseHead
from callbox.render import http_messages
from callbox.render.ansi_and_sanitiser import plain
from callbox.render.sizes_and_durations import size
from callbox.render.style import Fragments
from callbox.shell.command_context import UNBOUNDED, Context, Sink
from callbox.shell.line.grammar import Call
from callbox.shell.line.lexer import Redirect
from callbox.shell.outputs import (
    BodyOutput,
    DisplayOptions,
    ExchangeEvent,
    Output,
    Status,
    TextOutput,
    TransferProgress,
    closing,
    content_length,
    say,
)
from callbox.shell.request_history import READER_STOPPED
from callbox.storage.file_read_write_and_list import append_to, replacing, write_problem
from callbox.system.child_processes_and_editor import PipeWriter, describe_exit


class CommandFailed(CallboxError):
    """Raised if a command of the system's shell ended with an exit code other than 0."""

    exit_code = 1


class NotWritten(CallboxError):
    """Raised if the response was an error. The response is shown, and the file is not written."""

    exit_code = 1


_MAX_UNREAD = 1_000_000
"""The longest body that is read to its end even if the command after `|` reads no more."""
_PARTS = {"content": "b", "headers": "h", "verbose": "HBhb"}


def explicit_parts(call: Call) -> str:
    """The parts of an exchange that the line asks for, as letters of `HBhb`; empty if the line names none."""
    chosen = [letters for flag, letters in _PARTS.items() if call.has(flag)]
    return call.flag("print", chosen[0] if chosen else "")


def is_private(call: Call) -> bool:
    """Whether only the owner may read a new file with this content.

    This is true for everything except bodies, because headers, for example, may hold a secret.
    """
    return call.command.takes != "items" or not set(explicit_parts(call)) <= {"b"}


def redirect(outputs: Iterator[Output], where: Redirect, context: Context, *, is_private: bool) -> Iterator[Output]:
    """Write the content of the outputs to a file or command, and yield the rest.

    With `is_private`, only the owner may read a new file. This is not needed for bodies of responses, which the user
    has asked for.
    """
    if where.operator == "|":
        context.ports.check_line(where.text)  # before anything is sent
    context.is_redirected = True
    try:
        if where.operator == "|":
            yield from _to_command(outputs, where.text, context)
        else:
            yield from _to_file(outputs, where, context, is_private)
    finally:
        context.is_redirected = False


def _to_command(outputs: Iterator[Output], command: str, context: Context) -> Iterator[Output]:
    # An editor or a question comes before the first output, and the command must not use the terminal before that.
    first = list(islice(outputs, 1))
    before = context.history.last
    with context.ports.open_pipe(command) as pipe, closing(outputs):
        # No progress is shown, since the command may write to the same screen.
        diverted = _divert(chain(first, outputs), pipe)
        yield from (output for output in diverted if not isinstance(output, TransferProgress))
    yield from _note_unread(context.history.last, before, command)
    if pipe.code:
        raise CommandFailed(f"'{command}' {describe_exit(pipe.code)}")


def _note_unread(last: Record | None, before: Record | None, command: str) -> Iterator[Output]:
    """A note if the command did not read all of a response."""
    if last is not None and last is not before and last.fault == READER_STOPPED:
        yield say(
            f"'{command}' stopped reading: {size(len(last.body))} of the response are kept; to see them: show last",
            "note",
        )


def _to_file(outputs: Iterator[Output], where: Redirect, context: Context, is_private: bool) -> Iterator[Output]:
    """Write to a file.

    The file is replaced only on success: after an error or a response of 400 or more, it stays unchanged.
    """
    count, is_append = _CountingSink(), where.operator == ">>"
    before = context.last
    try:
        with closing(outputs), context.ports.open_file(where.text, is_append, is_private) as file:
            count.sink = file
            error_response = yield from _divert(outputs, count, is_file=True)
            if error_response is not None:
                status = f"{error_response.status} {error_response.reason}"
                raise NotWritten(f"{_file_state(where, count)}: the response was {status}".rstrip())
    except CallboxError as error:
        if not isinstance(error, NotWritten) and count.is_open:
            part = _kept_part(error, where, context.last) if context.last is not before else ""
            error.hint = f"{error.hint}; {_file_state(where, count)}{part}".removeprefix("; ")
        raise
    yield say(f"{'appended' if is_append else 'wrote'} {count.written:,} bytes to {where.text}")


def _kept_part(error: CallboxError, where: Redirect, last: Record | None) -> str:
    """How to write the received part of the response; empty if there is none, or if the hint already says how."""
    kept = len(last.body) if last is not None else 0
    if where.operator != ">" or not kept or "show last body" in error.hint:
        return ""
    return f"; to write the {size(kept)} that arrived: show last body > FILE"


def _file_state(where: Redirect, count: _CountingSink) -> str:
    """The end of a message: whether the file was written, appended to or left unchanged."""
    if where.operator == ">>":
        return (
            f"{count.written:,} bytes were appended to {where.text}" if count.written else f"{where.text} not changed"
        )
    return f"{where.text} not written"


class _CountingSink:
    """A sink that counts the bytes written to it."""

    def __init__(self) -> None:
        self.sink: Sink | None = None
        self.written = 0

    @property
    def is_open(self) -> bool:
        """Whether the response was written completely."""
        return self.sink is not None

    def write(self, data: bytes) -> bool:
        """Pass data on to the inner sink."""
        self.written += len(data)
        return self.sink is not None and self.sink.write(data)

    def give_up_after(self, seconds: float) -> None:
        """Pass the limit on to the inner sink."""
        if self.sink is not None:
            self.sink.give_up_after(seconds)


def _divert(
    outputs: Iterator[Output], sink: Sink, *, is_file: bool = False
) -> Generator[Output, None, ResponseHead | None]:
    """Write the content to the sink and yield all other outputs.

    If the sink accepts no more, the rest of a short response is still read, so that `show last` has all of it. A longer
    response, or one of unknown size, ends there.

    The content of an error response is not written to a file. It is yielded instead, and the response head is
    returned.
    """
    progress, error_response, is_refused, has_limit = _ReceivedCounter(), None, False, False
    is_closed = False
    for output in outputs:
        event = output.event if isinstance(output, ExchangeEvent) else None
        if isinstance(event, Sent) and not has_limit:
            has_limit = True
            _limit(sink, event.outgoing)
        if isinstance(event, Head):
            is_refused = is_file and event.response.status >= 400
            error_response = event.response if is_refused else error_response
            progress.total = content_length(event.response)
            if is_closed and not progress.is_short:
                return error_response
        if is_refused and event is not None:
            yield output
            continue
        data = _content_bytes(output)
        if data == b"":
            continue
        if data is None:
            yield from _status_output(output)
        elif is_closed or not sink.write(data):
            is_closed = True
            if not isinstance(event, Sent) and not progress.is_short:
                return error_response
        else:
            yield progress.add(data)
    return error_response


def _limit(sink: Sink, outgoing: Outgoing) -> None:
    """If the request has a total timeout, limit how long the reader of the output may take."""
    if outgoing.route.total_timeout is not None:
        sink.give_up_after(outgoing.route.total_timeout)


class _ReceivedCounter:
    """Counts the received bytes."""

    def __init__(self) -> None:
        self.received = 0
        self.total: int | None = None

    @property
    def is_short(self) -> bool:
        """Whether the body is known to be short."""
        return self.total is not None and self.total <= _MAX_UNREAD

    def add(self, data: bytes) -> TransferProgress:
        """Count one more piece."""
        self.received += len(data)
        return TransferProgress(self.received, self.total)


def _status_output(output: Output) -> Iterator[Output]:
    """The outputs to show while the content is written elsewhere."""
    if isinstance(output, ExchangeEvent):
        event = output.event
        if isinstance(event, Head):
            yield Status(http_messages.status_line(event.response))
        elif not isinstance(event, (Sent, Hop, Done)):
            yield output
    else:
        yield output


def _content_bytes(output: Output) -> bytes | None:
    if isinstance(output, TextOutput):
        return plain(output.fragments).encode("utf-8", "surrogateescape")
    if isinstance(output, BodyOutput):
        return output.data
    return _event_bytes(output.event, output.view) if isinstance(output, ExchangeEvent) else None


def _event_bytes(event: Event, view: DisplayOptions) -> bytes | None:
    """The bytes that an event adds to the content: pieces of the body, and other parts that the line asks for."""
    if isinstance(event, Chunk):
        return event.data if "b" in view.parts or not view.is_explicit else b""
    if not view.is_explicit:
        return None
    shown: Fragments = []
    if isinstance(event, Sent):
        shown = http_messages.request(
            event.outgoing,
            with_sources=False,
            head="H" in view.parts,
            body="B" in view.parts,
            width=UNBOUNDED,
            is_laid_out=False,
        )
    elif isinstance(event, Head) and "h" in view.parts:
        shown = http_messages.head(event.response)
    elif isinstance(event, Hop) and "h" in view.parts and view.shows_hops:
        shown = http_messages.head(event.record.response)
    return f"{plain(shown)}\n".encode("utf-8", "surrogateescape") if shown else None


class _File:
    """A file as a sink. It accepts any amount of data; a full disk raises an error of one line."""

    def __init__(self, file: IO[bytes], path: str, pipe: PipeWriter | None) -> None:
        self._file = file
        self._path = path
        self._pipe = pipe

    def give_up_after(self, seconds: float) -> None:
        if self._pipe is not None:
            self._pipe.give_up_after(seconds)

    def write(self, data: bytes) -> bool:
        try:
            if self._pipe is not None:
                return self._pipe.write(data)
            self._file.write(data)
        except OSError as error:
            raise write_problem(self._path, error) from None
        return True


@contextlib.contextmanager
def _sink(file: IO[bytes], path: str) -> Iterator[_File]:
    """The sink of a file. If the file is a named pipe without a reader, Ctrl-C ends the write."""
    if not stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
        yield _File(file, path, None)
        return
    with PipeWriter(file.fileno()) as pipe:
        yield _File(file, path, pipe)


@contextlib.contextmanager
def open_file(path: str, is_append: bool, is_private: bool) -> Iterator[_File]:
    """Open a file to write to. It is replaced at the end if there was no error, or appended to at once."""
    if not is_append:
        with replacing(path, is_private=is_private) as file, _sink(file, path) as sink:
            yield sink
        return
    is_new = not os.path.lexists(os.path.expanduser(path))
    try:
        with append_to(path, is_private=is_private) as file, _sink(file, path) as sink:
            yield sink
    except OSError as error:  # some data is written only when the file is closed
        raise write_problem(path, error) from None
    except CallboxError:
        if is_new:
            _remove_empty(os.path.expanduser(path))  # no data arrived, so nothing was appended
        raise


def _remove_empty(path: str) -> None:
    with contextlib.suppress(OSError):  # the file could not be opened, so it never existed
        if not os.path.getsize(path):
            os.unlink(path)
