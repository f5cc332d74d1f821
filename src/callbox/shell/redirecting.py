"""`>`, `>>` and `|`: the content of what a line leads to goes to a file or to a command, the rest is passed on."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import chain, islice

from callbox.errors import CallboxError
from callbox.exchange.events import Chunk, Done, Head, Hop, Record, Sent
from callbox.exchange.response import Incoming
from callbox.render import messages
from callbox.render.ansi import plain
from callbox.render.units import size
from callbox.shell.history import NOT_WANTED
from callbox.shell.outputs import Body, Happened, Output, Progress, Status, Text, closing, length, say
from callbox.shell.words import Redirect
from callbox.shell.world import Sink, World
from callbox.system.process import ending


class CommandFailed(CallboxError):
    """A command of the system's shell ended with another code than 0."""

    exit_code = 1


class NotWritten(CallboxError):
    """The answer was an error, which is shown and does not take the place of a file."""

    exit_code = 1


def redirect(outputs: Iterator[Output], where: Redirect, world: World, *, is_private: bool) -> Iterator[Output]:
    """Pass the outputs on, their content going where it is to go.

    A new file is its owner's alone with `is_private`: for all but the bodies of the responses that were asked for.
    """
    world.is_redirected = True
    try:
        if where.operator == "|":
            yield from _to_command(outputs, where.text, world)
        else:
            yield from _to_file(outputs, where, world, is_private)
    finally:
        world.is_redirected = False


def _to_command(outputs: Iterator[Output], command: str, world: World) -> Iterator[Output]:
    # An editor or a question comes before the first output: the command is not to take the terminal from it.
    first = list(islice(outputs, 1))
    before = world.history.last
    with world.ports.open_pipe(command) as pipe, closing(outputs):
        # No progress: the command may be writing on the same screen.
        diverted = _divert(chain(first, outputs), pipe)
        yield from (output for output in diverted if not isinstance(output, Progress))
    yield from _tell_cut(world.history.last, before, command)
    if pipe.code:
        raise CommandFailed(f"'{command}' {ending(pipe.code)}")


def _tell_cut(last: Record | None, before: Record | None, command: str) -> Iterator[Output]:
    """Where the command did not read all of a response, how much of it is there to be looked at."""
    if last is not None and last is not before and last.fault == NOT_WANTED:
        yield say(f"'{command}' read no more: {size(len(last.body))} of the response are kept, show last", "note")


def _to_file(outputs: Iterator[Output], where: Redirect, world: World, is_private: bool) -> Iterator[Output]:
    """To a file, which takes its name when all went well: a fault leaves it alone, and so does an error's page."""
    count, is_append = _Count(), where.operator == ">>"
    try:
        with closing(outputs), world.ports.open_file(where.text, is_append, is_private) as file:
            count.sink = file
            refused = yield from _divert(outputs, count, is_file=True)
            if refused is not None:
                raise NotWritten(
                    f"{_unwritten(where, count)}: the answer was {refused.status} {refused.reason}".rstrip()
                )
    except CallboxError as error:
        if not isinstance(error, NotWritten) and count.is_open:
            error.hint = f"{error.hint}; {_unwritten(where, count)}".removeprefix("; ")
        raise
    yield say(f"{'appended' if is_append else 'wrote'} {count.written:,} bytes to {where.text}")


def _unwritten(where: Redirect, count: _Count) -> str:
    """What has become of the file."""
    if where.operator == ">>":
        return (
            f"{count.written:,} bytes were appended to {where.text}" if count.written else f"{where.text} not changed"
        )
    return f"{where.text} not written"


class _Count:
    """A sink that counts what goes through it."""

    def __init__(self) -> None:
        self.sink: Sink | None = None
        self.written = 0

    @property
    def is_open(self) -> bool:
        """Whether it got as far as that."""
        return self.sink is not None

    def write(self, data: bytes) -> bool:
        """Pass it on."""
        self.written += len(data)
        return self.sink is not None and self.sink.write(data)


def _divert(
    outputs: Iterator[Output], sink: Sink, *, is_file: bool = False
) -> Generator[Output, None, Incoming | None]:
    """Content goes to the sink; the rest is passed on. Ends early where the sink wants no more.

    A file does not get the content of an answer that is an error: that is passed on, and its head is returned.
    """
    progress, refused, is_refused = _Total(), None, False
    for output in outputs:
        event = output.event if isinstance(output, Happened) else None
        if isinstance(event, Head):
            is_refused = is_file and event.incoming.status >= 400
            refused = event.incoming if is_refused else refused
            progress.total = length(event.incoming)
        if is_refused and event is not None:
            yield output
            continue
        data = _content(output)
        if data is None:
            yield from _beside(output)
        elif sink.write(data):
            yield progress.add(data)
        else:
            return refused
    return refused


class _Total:
    """How far it is."""

    def __init__(self) -> None:
        self.received = 0
        self.total: int | None = None

    def add(self, data: bytes) -> Progress:
        """One more piece."""
        self.received += len(data)
        return Progress(self.received, self.total)


def _beside(output: Output) -> Iterator[Output]:
    """What is said while the content goes elsewhere."""
    if isinstance(output, Happened):
        event = output.event
        if isinstance(event, Head):
            yield Status(messages.status_line(event.incoming))
        elif not isinstance(event, (Sent, Hop, Done)):
            yield output
    else:
        yield output


def _content(output: Output) -> bytes | None:
    if isinstance(output, Text):
        return plain(output.fragments).encode("utf-8", "surrogateescape")
    if isinstance(output, Body):
        return output.data
    if isinstance(output, Happened) and isinstance(output.event, Chunk):
        return output.event.data
    return None
