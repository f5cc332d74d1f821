"""`callbox [URL]`: the shell, at a prompt or over lines that come from elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from callbox.cli.arguments import Arguments, read_plain, wants_help
from callbox.cli.config import read_settings
from callbox.cli.stdio import is_terminal, put
from callbox.cli.version import check_urllib3
from callbox.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from callbox.cli.lines import InputLine
    from callbox.shell.context import Context
    from callbox.terminal.screen import Screen

WELCOME = "callbox: set base URL, or in another terminal: callbox practice; help lists the commands\n"

PRACTICE = """\
callbox on its practice API, a small library: get / says what there is. Try
get /books author==austen, or post /login user=ann password=secret and get /me;
help lists the commands, Tab completes, Ctrl-D leaves
"""


def run_shell(words: Sequence[str], base: str = "") -> int:
    """Run what the words ask for; returns the exit code. `base` stands where they name no URL."""
    if wants_help(words):
        from callbox.cli.parser import print_help

        return print_help()
    arguments = read_plain(words) or _parse(words)
    settings = read_settings(arguments.config, os.environ)
    arguments = arguments._replace(url=arguments.url or base, settings=settings)
    _check(arguments)
    check_urllib3()
    has_lines = bool(arguments.commands or arguments.file or arguments.reads_stdin)
    if not has_lines and is_terminal(0) and is_terminal(1):
        return _prompt(arguments, _welcome(arguments, base))
    return _run(arguments)


def _parse(words: Sequence[str]) -> Arguments:
    from callbox.cli.parser import parse_arguments  # 10 ms that most runs can do without

    return parse_arguments(words)


def _check(arguments: Arguments) -> None:
    if arguments.file.endswith((".http", ".rest")):
        raise UsageError(f"{arguments.file} holds HTTP requests, not commands", hint=f"callbox replay {arguments.file}")
    if arguments.url.isalpha() and arguments.url.lower() != "localhost":
        _check_host(arguments.url)


def _check_host(word: str) -> None:
    """A lone word may be a host; one that is a command, or nearly a program of ours, was hardly meant as one."""
    from callbox.shell.line.spelling import near
    from callbox.shell.registry import VERBS

    if word.lower() in VERBS:
        raise UsageError(f"'{word}' is a command of the shell, not a URL", hint=f"callbox -c '{word} ..' runs a line")
    if found := near(word, ("replay", "check", "practice")):
        raise UsageError(f"No program '{word}'", hint=f"Did you mean '{found}'? A host of that name is http://{word}")


def _welcome(arguments: Arguments, base: str) -> str:
    """What to try, for those who may not know: who names a URL or a session does."""
    if base and arguments.url == base:
        return PRACTICE
    return "" if arguments.url or arguments.session else WELCOME


def _prompt(arguments: Arguments, welcome: str) -> int:
    """The prompt first, and the shell behind it; what was typed on the command line is judged before either."""
    from callbox.terminal.repl import loop
    from callbox.terminal.startup import Startup
    from callbox.terminal.streams import count_colors

    colors = count_colors(os.environ, arguments.color, is_terminal=True)
    stage = Startup(lambda: _open(arguments), _checked_base(arguments.url), colors, is_debug=arguments.is_debug)
    if arguments.options or arguments.settings or arguments.session:
        stage.warm()
    if welcome:
        put(welcome)
    return loop(stage, _history_place)


def _open(arguments: Arguments) -> tuple[Context, Screen]:
    from callbox.cli.bootstrap import make_context, make_screen, open_session
    from callbox.cli.questions import ask
    from callbox.storage.files import claim_standard_input
    from callbox.terminal.screen import dress

    screen = make_screen(arguments.color, program="")
    context = make_context(screen.columns, ask)
    screen.columns = context.width
    context.tell = screen.show
    context.is_typed = True
    claim_standard_input("commands")
    said = open_session(context, arguments)
    dress(screen, context)
    for output in said:
        screen.show(output)
    return context, screen


def _checked_base(url: str) -> str:
    if not url:
        return ""
    from callbox.exchange.url import guess_scheme, parse

    base = guess_scheme(url)
    parse(base)
    return base


def _run(arguments: Arguments) -> int:
    from callbox.cli.bootstrap import make_context, make_screen, open_session
    from callbox.cli.lines import run_lines
    from callbox.cli.questions import ask
    from callbox.shell.context import nobody
    from callbox.storage.files import claim_standard_input
    from callbox.terminal.screen import dress

    screen = make_screen(arguments.color)
    asker = ask if is_terminal(0) and is_terminal(2) else nobody
    context = make_context(screen.columns, asker, is_terminal=screen.is_terminal)
    if screen.is_terminal:
        screen.columns = context.width
    context.tell = screen.show
    said = open_session(context, arguments)
    dress(screen, context)
    for output in said:
        screen.show(output)
    if _reads_commands(arguments):
        claim_standard_input("commands")
    try:
        return run_lines(_lines(arguments), context, screen, arguments)
    finally:
        context.session.close()


def _lines(arguments: Arguments) -> Iterator[InputLine]:
    from callbox.cli.lines import InputLine, lines_of_file, lines_of_stream
    from callbox.storage.files import read_text

    yield from (InputLine(text) for text in arguments.commands)
    if arguments.file and arguments.file != "-":
        yield from lines_of_file(read_text(arguments.file), arguments.file)
    if _reads_commands(arguments):
        yield from lines_of_stream(sys.stdin.buffer, "stdin") if sys.stdin is not None else ()


def _reads_commands(arguments: Arguments) -> bool:
    return arguments.reads_stdin or arguments.file == "-" or not (arguments.commands or arguments.file)


def _history_place() -> Path | None:
    from callbox.storage.directories import make_place

    folder = make_place("state")
    return folder / "history" if folder is not None else None
