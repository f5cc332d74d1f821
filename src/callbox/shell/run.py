"""A line becomes outputs: analysed, bound, handled, and where it says so, sent on to a file or a command.

The whole shell without a terminal: whoever has lines (a prompt, `-c`, a file, a test) calls `run` and shows what
comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module

from callbox.errors import CallboxError, UsageError
from callbox.shell.analyse import analyse
from callbox.shell.bind import bind
from callbox.shell.command import Call, Command
from callbox.shell.outputs import Failure, Output, say
from callbox.shell.rewrite import rewrite
from callbox.shell.variables import fill
from callbox.shell.world import World

Handler = Callable[[Call, World], Iterator[Output]]


def run(line: str, world: World) -> Iterator[Output]:
    """What this line leads to, as it happens. An error is the last output: a `Failure` with its place."""
    call: Call | None = None
    if world.is_typed:
        from callbox.shell.confidential import recall

        if (typed := recall(line, world)) != line:
            line = typed
            yield say("'?' is what was typed for it before", "hint")
    try:
        ours = rewrite(line)
        if ours:
            from callbox.shell.confidential import without_secrets

            yield say(without_secrets(ours), "hint")
        analysis = analyse(ours or line)
        if analysis.is_blank:
            return
        call = bind(analysis, lambda name: fill(name, world))
        outputs = _rows(call, world) if call.flag("format") == "json" else handler(call.command)(call, world)
        if call.redirect is None:
            yield from outputs
        else:
            from callbox.shell.redirecting import redirect

            yield from redirect(outputs, call.redirect, world, is_private=call.command.takes != "items")
    except CallboxError as error:
        if call is not None and isinstance(error, UsageError):
            from callbox.shell.locating import locate

            locate(error, call)
        from callbox.shell.confidential import conceal

        conceal(error, line)
        yield Failure(error)
    yield from finish(world)


def finish(world: World) -> Iterator[Output]:
    """What is to be done after a line, also one that was broken off: the changes go to the session's file."""
    if world.staged or world.session.option("env"):
        from callbox.shell.staging import stage_options  # for who has such files

        yield from stage_options(world)
    if world.keeping is not None:
        from callbox.shell.keeping import keep

        yield from keep(world)


def leave(world: World) -> Iterator[Output]:
    """What is to be done when the shell ends: a last try to save what could not be saved."""
    if world.keeping is not None and world.keeping.failure:
        from callbox.shell.keeping import leave as leave_session

        yield from leave_session(world)


def _rows(call: Call, world: World) -> Iterator[Output]:
    """A listing for programs, in place of the one for people."""
    from callbox.shell.inventory import listing

    yield listing(call, world)


def handler(command: Command) -> Handler:
    """The function behind a command, imported now that it is needed."""
    module, _, name = command.handler.partition(":")
    found: Handler = getattr(import_module(module), name)
    return found
