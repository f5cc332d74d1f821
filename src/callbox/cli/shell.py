"""`callbox [URL]`: the shell, at a prompt or over lines that come from elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from callbox.cli.arguments import Arguments, print_help, read_arguments, wants_help
from callbox.errors import UsageError

if TYPE_CHECKING:
    from callbox.cli.lines import Line


def run_shell(words: Sequence[str], base: str = "") -> int:
    """Run what the words ask for; returns the exit code. `base` stands where they name no URL."""
    if wants_help(words):
        return print_help()
    arguments = read_arguments(words)
    arguments = arguments._replace(url=arguments.url or base)
    _check(arguments)
    from callbox.cli.version import check_urllib3
    from callbox.cli.wiring import is_terminal

    check_urllib3()
    has_lines = bool(arguments.commands or arguments.file or arguments.reads_stdin)
    if not has_lines and is_terminal(0) and is_terminal(1):
        return _prompt(arguments)
    return _run(arguments)


def _check(arguments: Arguments) -> None:
    if arguments.file.endswith((".http", ".rest")):
        raise UsageError(f"{arguments.file} holds HTTP requests, not commands", hint=f"callbox replay {arguments.file}")


def _prompt(arguments: Arguments) -> int:
    from callbox.cli.asking import ask
    from callbox.cli.opening import open_session
    from callbox.cli.wiring import make_screen, make_world
    from callbox.shell.outputs import say
    from callbox.terminal.loop import loop

    screen = make_screen(dict(arguments.options).get("color", "auto"), program="")
    world = make_world(screen.columns, ask)
    open_session(world, arguments)
    if not arguments.url:
        screen.show(
            say("callbox: set base URL, or in another terminal: callbox practice; help lists the commands", "dim")
        )
    return loop(world, screen, _history_place)


def _run(arguments: Arguments) -> int:
    from callbox.cli.asking import ask
    from callbox.cli.lines import run_lines
    from callbox.cli.opening import open_session
    from callbox.cli.wiring import is_terminal, make_screen, make_world
    from callbox.shell.world import nobody

    screen = make_screen(dict(arguments.options).get("color", "auto"))
    world = make_world(screen.columns, ask if is_terminal(0) and is_terminal(2) else nobody)
    open_session(world, arguments)
    lines = _lines(arguments)
    try:
        return run_lines(lines, world, screen, keeps_going=arguments.keeps_going, checks_status=arguments.checks_status)
    finally:
        world.session.close()


def _lines(arguments: Arguments) -> Iterator[Line]:
    from callbox.cli.lines import Line, lines_of_file, lines_of_stream
    from callbox.store.files import read_text

    yield from (Line(text) for text in arguments.commands)
    if arguments.file and arguments.file != "-":
        yield from lines_of_file(read_text(arguments.file), arguments.file)
    if arguments.reads_stdin or arguments.file == "-" or not (arguments.commands or arguments.file):
        yield from lines_of_stream(sys.stdin.buffer, "stdin") if sys.stdin is not None else ()


def _history_place() -> Path | None:
    from callbox.store.places import make_place

    folder = make_place("state")
    return folder / "history" if folder is not None else None
