"""Build the session, the ports and the screen of one run from the settings, the saved session and the arguments."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

from callbox.cli.fast_argument_parser import Arguments
from callbox.cli.shell_ports import real_ports
from callbox.cli.stdio import is_terminal
from callbox.cli.terminal_questions import ask
from callbox.engine.client import LiveSession
from callbox.engine.options import parse_option
from callbox.errors import CallboxError
from callbox.exchange.url import read_base
from callbox.render.error_display import unexpected_error
from callbox.shell.context import UNBOUNDED, Context, SessionFile, no_prompt
from callbox.shell.outputs import Failure, Output, say
from callbox.storage.user_named_files import claim_standard_input
from callbox.system.clock import monotonic
from callbox.system.process import PipedCommand
from callbox.terminal.output_streams import OutputStream, Pager, count_colors, has_unicode, pager_line
from callbox.terminal.screen import Screen, apply_display_options


def open_for_prompt(arguments: Arguments) -> tuple[Context, Screen]:
    """The shell and the screen of a prompt. Notes about the session are printed."""
    screen = make_screen(arguments.color, program="")
    context = make_context(screen.columns, ask)
    screen.columns = context.width
    connect(context, screen)
    context.is_typed, context.is_quiet = True, arguments.is_quiet
    context.keeps_requests = True
    claim_standard_input("commands")
    messages = open_session(context, arguments)
    apply_display_options(screen, context)
    for output in messages:
        screen.show(output)
    return context, screen


MOST_COLUMNS = 400
ACCEPT = "application/json, */*;q=0.5"
"""The default Accept header of a shell."""


def connect(context: Context, screen: Screen) -> None:
    """Show the upload progress of the context's requests on this screen."""
    context.on_progress = screen.show
    screen.clock.phase = lambda: context.cancel.phase if context.cancel is not None else ""


def make_screen(color: str = "auto", program: str = "callbox") -> Screen:
    """The screen on this process's standard output and standard error."""
    out, err = _stream(sys.stdout.buffer, 1, color), _stream(sys.stderr.buffer, 2, color)
    screen = Screen(out, err, lambda: _size()[0], lines=lambda: _size()[1], now=monotonic, program=program)
    screen.open_pager = lambda: Pager(PipedCommand, pager_line(os.environ))
    return screen


def show_error(error: Exception) -> int:
    """Show the error that ends the program. Returns the exit code. The screen itself may not work any more."""
    shown_error = error if isinstance(error, CallboxError) else unexpected_error(error)
    with contextlib.suppress(
        CallboxError, BrokenPipeError
    ):  # the standard error is closed, too, so only the exit code remains
        make_screen().show(Failure(shown_error))
    return shown_error.exit_code


def make_context(
    columns: Callable[[], int], ask: Callable[[str, bool], str] = no_prompt, *, is_terminal: bool = True
) -> Context:
    """A context with an empty session. `columns` returns the width of the screen; the option `width` overrides that.

    If the standard output is not a terminal, nothing is cut.
    """
    session = LiveSession()
    session.headers["Accept"] = session.defaults["accept"] = ACCEPT

    def chosen_columns() -> int:
        width = session.option("width")
        if isinstance(width, int) and width > 0:
            return width
        return columns() if is_terminal else UNBOUNDED

    context = Context(session, real_ports(ask), chosen_columns)
    context.is_unicode = has_unicode(sys.stdout.encoding or "utf-8")
    return context


def _stream(file: BinaryIO, number: int, color: str) -> OutputStream:
    is_person = is_terminal(number)
    encoding = (sys.stdout if number == 1 else sys.stderr).encoding or "utf-8"
    return OutputStream(
        file=file,
        is_terminal=is_person,
        colors=count_colors(os.environ, color, is_terminal=is_person),
        encoding=encoding,
    )


def _size() -> tuple[int, int]:
    """The columns and lines of the screen: COLUMNS and LINES if they are set, else the size of the terminal."""
    columns, lines = _number(os.environ, "COLUMNS"), _number(os.environ, "LINES")
    for number in (1, 2, 0):
        if columns and lines:
            break
        try:
            size = os.get_terminal_size(number)
        except OSError:
            continue
        columns, lines = columns or size.columns, lines or size.lines
    return min(columns or 80, MOST_COLUMNS), lines or 24


def _number(environ: Mapping[str, str], name: str) -> int:
    text = environ.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def open_session(context: Context, arguments: Arguments) -> list[Output]:
    """Set up the session from the arguments. Returns messages.

    This is the initial state and not an edit, so `undo` does not take it back. Options of the command line are for this
    run, and are not saved.
    """
    context.session.option_defaults.update(arguments.settings)
    messages = list(_load(context, arguments.session)) if arguments.session else []
    if arguments.url:
        base = read_base(arguments.url)
        context.session.base_url = base
        context.initial_entries = {("base", ""): base}
    for name, text in arguments.options:
        context.session.set_option(name, _check_environment(name, parse_option(name, text), context))
    if context.session.option("env"):
        # this import takes 25 ms, and a replay does not need it
        from callbox.shell.variables import apply_environment_options

        messages += apply_environment_options(context)
        messages += map(say, context.ports.environment_warnings(str(context.session.option("env"))))
    if arguments.session or arguments.options:
        from callbox.shell.session_as_commands import record_initial_state  # 8 ms: for who names a session or options

        record_initial_state(context, {name for name, _ in arguments.options})
    return messages


def _check_environment(name: str, value: object, context: Context) -> object:
    if name == "env" and value:
        context.ports.read_environment(str(value))
    return value


def _load(context: Context, name: str) -> Iterator[Output]:
    from callbox.shell import session_persistence  # this import takes 15 ms, and only users who name a session need it

    # a prompt can open without the session, but a script would send requests without its entries
    saved = session_persistence.load_session(context, name, is_without_missing_secrets=context.is_typed)
    context.session.edits.clear()
    if context.session_file is not None:
        context.session_file.group = None
    if saved is None:
        context.session_file = SessionFile(name, {}, keeps_secrets=False)
        if not context.is_quiet:
            yield say(f"new session '{name}'")
    else:
        if not context.is_quiet:
            yield say(f"session '{name}': {session_persistence.describe(saved.things)}")
        yield from session_persistence.report_unread(context)
