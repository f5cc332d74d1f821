"""`source`, `replay`, `save history` and `save last`: lines and requests from and to files."""

from __future__ import annotations

from collections.abc import Iterator

from callbox.errors import CallboxError, Place, UsageError
from callbox.shell.command import Call
from callbox.shell.outputs import Failure, Leave, Output
from callbox.shell.run import run
from callbox.shell.words import split
from callbox.shell.world import World

MOST_DEPTH = 16


def source(call: Call, world: World) -> Iterator[Output]:
    """`source FILE`: our own commands, one a line; stops at the first error and says in which line it was."""
    name = call.text("file")
    if len(world.sourcing) >= MOST_DEPTH:
        raise UsageError(f"'{name}' sources itself", place=call.place("file"))
    text = _read(call, world)
    if name.endswith((".http", ".rest")):
        raise UsageError(f"{name} holds HTTP requests, not commands", hint=f"replay {name}", place=call.place("file"))
    world.sourcing = (*world.sourcing, name)
    try:
        yield from run_lines(text, name, world)
    finally:
        world.sourcing = world.sourcing[:-1]


def run_lines(text: str, name: str, world: World) -> Iterator[Output]:
    """The lines of a file, as they would be typed; the first error ends it."""
    for number, line in joined_lines(text):
        for output in run(line, world):
            if isinstance(output, Failure):
                yield Failure(located(output.error, name, number))
                return
            yield output
            if isinstance(output, Leave):
                return


def joined_lines(text: str) -> Iterator[tuple[int, str]]:
    """Each command and the number of its first line; what is open at a line's end goes on with the next."""
    pending, first = "", 1
    for number, line in enumerate(text.replace("\r\n", "\n").removesuffix("\n").split("\n"), 1):
        first = first if pending else number
        pending = f"{pending}\n{line}" if pending else line
        if not split(pending).needs_more:
            yield first, pending
            pending = ""
    if pending:
        yield first, pending


def located(error: CallboxError, name: str, number: int) -> CallboxError:
    """The error with the place of its line in the file."""
    place = error.place
    if place is None:
        error.place = Place(name, number)
    elif not place.file:
        error.place = place._replace(file=name, line=number + place.line - 1)
    return error


def replay(call: Call, world: World) -> Iterator[Output]:
    """`replay FILE.http [NAME | RANGE]`: the script's requests, through this session."""
    from callbox.shell.replaying import replay_file  # the replayer is heavy, and few lines want it

    return replay_file(call, world)


def save_history(call: Call, world: World) -> Iterator[Output]:
    """`save history [RANGE] FILE.http`: what was said, as a script that replays to the same requests."""
    from callbox.shell.saving import save_requests

    return save_requests(call, world)


def save_last(call: Call, world: World) -> Iterator[Output]:
    """`save last FILE.http`: the same, of the last request alone."""
    from callbox.shell.saving import save_requests

    return save_requests(call._replace(values={**call.values, "range": ((-1, -1),)}), world)


def _read(call: Call, world: World) -> str:
    try:
        return world.ports.read_file(call.text("file")).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{call.text('file')} is not UTF-8 text", place=call.place("file")) from None
    except CallboxError as error:
        error.place = error.place or call.place("file")
        raise
