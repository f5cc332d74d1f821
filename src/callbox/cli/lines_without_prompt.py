"""Run lines of the shell without a prompt, from `-c`, `-f` or the standard input."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from callbox.cli.fast_argument_parser import Arguments
from callbox.cli.screen_and_questions import ask, make_screen
from callbox.cli.session_startup import connect, make_context, open_session
from callbox.cli.standard_streams import is_terminal
from callbox.errors import CallboxError, Interrupted, UsageError
from callbox.render.error_display import unexpected_error
from callbox.shell.command_context import Context, no_prompt
from callbox.shell.interpreter import after_line, before_exit, run, with_file_place
from callbox.shell.line.lexer import joined_lines, split
from callbox.shell.outputs import Failure, Output, say
from callbox.storage.file_read_write_and_list import claim_standard_input, read_text
from callbox.system.cpu_limit import is_limited_now
from callbox.terminal.screen import Screen, apply_display_options

INTERRUPTED = 130


class InputLine(NamedTuple):
    """A line to run, with its place for errors."""

    text: str
    file: str = ""
    number: int = 1


def run_arguments(arguments: Arguments) -> int:
    """Run the lines of the command line, of a file or of the standard input in a new session. Returns the exit code."""
    screen = make_screen(arguments.color)
    asker = ask if is_terminal(0) and is_terminal(2) else no_prompt
    context = make_context(screen.columns, asker, is_terminal=screen.is_terminal)
    if screen.is_terminal:
        screen.columns = context.width
    connect(context, screen)
    context.keeps_requests = bool(arguments.session)
    context.is_quiet, context.is_single_request = arguments.is_quiet, arguments.is_single_request
    messages = open_session(context, arguments)
    apply_display_options(screen, context)
    for output in messages:
        screen.show(output)
    if _reads_commands(arguments):
        claim_standard_input("commands")
        if not arguments.reads_stdin and not arguments.file and is_terminal(0):
            text = (
                "reading lines without a prompt, because the output is not a terminal; for one request: callbox get URL"
            )
            screen.show(say(text, "note"))
    try:
        return run_lines(_lines(arguments), context, screen, arguments)
    finally:
        context.session.close()


def run_before_prompt(context: Context, screen: Screen, arguments: Arguments) -> None:
    """Run the lines of -c and -f before the prompt opens. The first error skips the other lines; the prompt opens
    anyway.
    """
    context.is_typed, context.keeps_requests = False, bool(arguments.session)
    try:
        with _CancelOnInterrupt(context):
            _run_all(_lines(arguments._replace(reads_stdin=False)), context, screen, arguments)
    finally:
        context.is_typed = context.keeps_requests = True


def _lines(arguments: Arguments) -> Iterator[InputLine]:
    yield from (InputLine(text) for text in arguments.commands)
    if arguments.file and arguments.file != "-":
        yield from lines_of_file(read_text(arguments.file), arguments.file)
    if _reads_commands(arguments):
        has_line = False
        for line in lines_of_stream(sys.stdin.buffer, "stdin") if sys.stdin is not None else ():
            has_line = True
            yield line
        is_asked_for = arguments.reads_stdin or arguments.file == "-"
        if arguments.url and not has_line and not is_asked_for:
            message = "No line came from the standard input, so nothing was sent"
            raise UsageError(message, hint="for one request: callbox get URL")


def _reads_commands(arguments: Arguments) -> bool:
    return arguments.reads_stdin or arguments.file == "-" or not (arguments.commands or arguments.file)


def lines_of_file(text: str, name: str) -> Iterator[InputLine]:
    """Yield the lines of a file that are to run."""
    return (InputLine(line, name, number) for number, line in joined_lines(text))


def lines_of_stream(stream: BinaryIO, name: str) -> Iterator[InputLine]:
    """Yield the lines of a stream that are to run, each as soon as it arrives."""
    pending, first = "", 1
    for number, raw in enumerate(stream, 1):
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            raise UsageError(f"Line {number} of {name} is not UTF-8 text") from None
        first = first if pending else number
        pending = f"{pending}\n{text}" if pending else text
        if not split(pending).needs_more:
            yield InputLine(pending, name, first)
            pending = ""
    if pending:
        yield InputLine(pending, name, first)


def run_lines(lines: Iterable[InputLine], context: Context, screen: Screen, arguments: Arguments) -> int:
    """Run lines and print their outputs. Returns the exit code. The first error ends the run, unless `arguments` says
    to continue.
    """
    with _CancelOnInterrupt(context):
        code = _run_all(lines, context, screen, arguments)
        for output in before_exit(context):
            screen.show(output)
    if code == INTERRUPTED:
        return code
    return screen.exit_code or (1 if arguments.checks_status and context.status >= 400 else 0)


def _run_all(lines: Iterable[InputLine], context: Context, screen: Screen, arguments: Arguments) -> int:
    """Run the lines one after another. Returns the exit code of the run."""
    code = 0
    try:
        for line in lines:
            code = _run_line(line, context, screen, is_debug=arguments.is_debug)
            if code == INTERRUPTED or screen.is_leaving or (screen.exit_code and not arguments.keeps_going):
                break
    except KeyboardInterrupt:  # The user pressed Ctrl-C between two requests.
        for output in (Failure(Interrupted("interrupted")), *after_line(context)):
            screen.show(output)
        return INTERRUPTED
    return code


def _run_line(line: InputLine, context: Context, screen: Screen, *, is_debug: bool) -> int:
    """Run one line. Returns its exit code."""
    code = 0
    try:
        for output in _outputs(line, context, is_debug=is_debug):
            if isinstance(output, Failure):
                code = output.exit_code
            screen.show(output)
    # The screen is closed, so no message can be printed. The session is saved anyway.
    except (CallboxError, BrokenPipeError):
        for _ in after_line(context):
            pass
        raise
    finally:
        screen.end_command()
    apply_display_options(screen, context)
    return code


def _outputs(line: InputLine, context: Context, *, is_debug: bool) -> Iterator[Output]:
    """Run one line and yield its outputs. An internal error becomes an error of this line."""
    try:
        for output in run(line.text, context):
            if isinstance(output, Failure) and line.file:
                with_file_place(output.error, line.file, line.number)
            yield output
    except CallboxError:
        raise
    except Exception as error:
        if is_debug or isinstance(error, BrokenPipeError):
            raise
        fault = unexpected_error(error)
        yield Failure(with_file_place(fault, line.file, line.number) if line.file else fault)
        yield from after_line(context)


class _CancelOnInterrupt:
    """A handler of Ctrl-C that cancels the running request. If no request is running, it ends the run."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __enter__(self) -> None:
        self._before = signal.signal(signal.SIGINT, self._interrupt)

    def __exit__(self, *error: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _interrupt(self, number: int, frame: object) -> None:
        if not self._context.interrupt() or is_limited_now():
            raise KeyboardInterrupt
