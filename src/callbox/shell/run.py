"""A line becomes outputs: analysed, bound, handled, and where it says so, sent on to a file or a command.

The whole shell without a terminal: whoever has lines (a prompt, `-c`, a file, a test) calls `run` and shows what
comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module

from callbox.errors import CallboxError
from callbox.exchange.events import Chunk, Done, Head, Hop, Sent
from callbox.render import head
from callbox.render.ansi import plain
from callbox.shell.analyse import analyse
from callbox.shell.bind import bind
from callbox.shell.command import Call, Command
from callbox.shell.outputs import Body, Failure, Happened, Output, Progress, Status, Text, length, say
from callbox.shell.rewrite import rewrite
from callbox.shell.variables import fill
from callbox.shell.words import Redirect
from callbox.shell.world import Pipe, Sink, World

Handler = Callable[[Call, World], Iterator[Output]]


class CommandFailed(CallboxError):
    """A command of the system's shell ended with another code than 0."""

    exit_code = 1


def run(line: str, world: World) -> Iterator[Output]:
    """What this line leads to, as it happens. An error is the last output: a `Failure` with its place."""
    try:
        ours = rewrite(line)
        if ours:
            from callbox.shell.confidential import without_secrets

            yield say(without_secrets(ours), "hint")
        analysis = analyse(ours or line)
        if analysis.is_blank:
            return
        call = bind(analysis, lambda name: fill(name, world))
        outputs = handler(call.command)(call, world)
        if call.redirect is None:
            yield from outputs
        else:
            yield from _redirect(outputs, call.redirect, world)
    except CallboxError as error:
        yield Failure(error)


def handler(command: Command) -> Handler:
    """The function behind a command, imported now that it is needed."""
    module, _, name = command.handler.partition(":")
    found: Handler = getattr(import_module(module), name)
    return found


def _redirect(outputs: Iterator[Output], redirect: Redirect, world: World) -> Iterator[Output]:
    if redirect.operator == "|":
        with world.ports.open_pipe(redirect.text) as pipe:
            # No progress: the command may be writing on the same screen.
            yield from (output for output in _divert(outputs, pipe) if not isinstance(output, Progress))
        yield from _judge(pipe, redirect.text)
        return
    count = _Count()
    with world.ports.open_file(redirect.text, redirect.operator == ">>") as file:
        count.sink = file
        yield from _divert(outputs, count)
    verb = "appended" if redirect.operator == ">>" else "wrote"
    yield say(f"{verb} {count.written:,} bytes to {redirect.text}")


def _judge(pipe: Pipe, command: str) -> Iterator[Output]:
    if pipe.code:
        how = f"failed with exit code {pipe.code}" if pipe.code > 0 else f"was ended by signal {-pipe.code}"
        raise CommandFailed(f"'{command}' {how}")
    yield from ()


class _Count:
    """A sink that counts what goes through it."""

    def __init__(self) -> None:
        self.sink: Sink | None = None
        self.written = 0

    def write(self, data: bytes) -> bool:
        self.written += len(data)
        return self.sink is not None and self.sink.write(data)


def _divert(outputs: Iterator[Output], sink: Sink) -> Iterator[Output]:
    """Content goes to the sink; the rest is passed on. Ends early where the sink wants no more."""
    received, total = 0, None
    for output in outputs:
        data = _content(output)
        if data is not None:
            if not sink.write(data):
                return
            received += len(data)
            yield Progress(received, total)
        elif isinstance(output, Happened):
            event = output.event
            if isinstance(event, Head):
                total = length(event.incoming)
                yield Status(head.status_line(event.incoming))
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
