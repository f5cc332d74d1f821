"""Build the session, the ports and the screen of one run from the settings, the saved session and the arguments.

The ports connect the shell to the real system: disk, clock, processes, keyring, environment files, and questions to the
user outside of the prompt.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, BinaryIO

from callbox.cli.fast_argument_parser import Arguments
from callbox.cli.stdio import is_terminal
from callbox.engine.client import LiveSession
from callbox.engine.options import OPTIONS, parse_option
from callbox.engine.session_state import FIRST_ORIGIN
from callbox.errors import CallboxError, UsageError
from callbox.exchange.secret import Secret
from callbox.exchange.url import origin_of, read_base
from callbox.render.error_display import unexpected_error
from callbox.render.sanitise import visible_line
from callbox.shell.context import UNBOUNDED, Context, SessionFile, ShellPorts, no_prompt
from callbox.shell.outputs import Failure, Output, say
from callbox.shell.requests.output_redirection import open_file
from callbox.storage.folder_without_links import Folder
from callbox.storage.platform_directories import directory, make_directory, make_subdirectory
from callbox.storage.user_named_files import (
    claim_standard_input,
    list_files,
    open_pieces,
    read_bytes,
    write_file,
)
from callbox.system.clock import monotonic, now, random_generator
from callbox.system.external_editor import edit_file, edit_text
from callbox.system.keyring_and_netrc import read_keyring
from callbox.system.process import PipedCommand, capture_line, check_line, run_line
from callbox.terminal.output_streams import OutputStream, count_colors, has_unicode
from callbox.terminal.pager import Pager, pager_line
from callbox.terminal.screen import Screen, apply_display_options

if TYPE_CHECKING:
    from callbox.memory.memory_file import MemoryFile
    from callbox.storage.downloads import Download
    from callbox.storage.file_store import FileStore

LINES = ("history", "history.outcomes")
"""The files, in the state folder, of typed lines and of their outcomes."""
_STANDARD_INPUT = "/dev/stdin"


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


def show_error(error: Exception, words: Sequence[str] = ()) -> int:
    """Show the error that ends the program. `words` are the words of the command line, which the error may quote.

    Returns the exit code. This does not use the screen, which may not work any more.
    """
    # this import takes 60 ms, and an error ends the program anyway
    from callbox.exchange.redaction.bad_lines import redact_error, redact_quoted_words

    shown_error = error if isinstance(error, CallboxError) else unexpected_error(error)
    if shown_error.place is not None:  # the line of a file, such as a configuration file with the URL of a proxy
        shown_error = redact_error(shown_error)
    shown_error = redact_quoted_words(shown_error, words)
    with contextlib.suppress(
        CallboxError, BrokenPipeError
    ):  # the standard error is also closed, so only the exit code shows the error
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

    The arguments give the initial state of the session. They are not an edit, so `undo` does not take them back.
    Options of the command line are only for this run and are not saved. A client certificate is bound to the origin of
    the base, or else to the origin of the first request.
    """
    settings = dict(arguments.settings)
    certificate = settings.pop("cert", None)
    context.session.option_defaults.update(settings)
    messages = list(_load(context, arguments.session)) if arguments.session else []
    if arguments.url:
        base = read_base(arguments.url)
        context.session.base_url = base
        context.initial_entries = {("base", ""): base}
    bound_to = origin_of(context.session.base_url) or FIRST_ORIGIN
    if "cert" in context.session.entries("option"):
        certificate = None  # the value of the saved session wins over the configuration
    if certificate:
        context.session.set_option("cert", certificate, bound_to)
    for name, text in arguments.options:
        value = _check_environment(name, parse_option(name, text), context)
        context.session.set_option(name, value, bound_to if OPTIONS[name].route == "certificate" else "")
    if context.session.option("env"):
        # this import takes 25 ms, and a replay does not need it
        from callbox.shell.variables import apply_environment_options

        messages += apply_environment_options(context)
        messages += map(say, context.ports.environment_warnings(str(context.session.option("env"))))
    if arguments.session or arguments.options or certificate:
        from callbox.shell.session_as_commands import (
            record_initial_state,
        )  # this import takes 8 ms, and only users who name a session or options need it

        names = {name for name, _ in arguments.options} | ({"cert"} if certificate else set())
        record_initial_state(context, names)
    return messages


def _check_environment(name: str, value: object, context: Context) -> object:
    if name == "env" and value:
        context.ports.read_environment(str(value))
    return value


def _load(context: Context, name: str) -> Iterator[Output]:
    from callbox.shell import session_persistence  # this import takes 15 ms, and only users who name a session need it

    # a prompt can open without the saved session, but a script would send its requests without the entries of the
    # session
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


def _open_pieces(path: str) -> tuple[Callable[[], Iterable[bytes]], int | None]:
    return open_pieces(_STANDARD_INPUT if path == "-" else path)


def _read_file(path: str) -> bytes:
    return read_bytes(_STANDARD_INPUT if path == "-" else path)


def open_download(url: str, target: str) -> Download:
    """A download to a file or a folder."""
    from callbox.storage import downloads  # the import takes 3 ms, and few lines download

    return downloads.Download(url, target)


def open_store(kind: str) -> FileStore:
    """The store of named files of one kind, in the user's data folder."""
    # the import takes 4 ms for locks, and is needed only to save something
    from callbox.storage.file_store import FileStore

    def find(is_needed: bool) -> Path | None:
        folder = directory("data")
        return make_subdirectory("data", kind) if is_needed or folder is None else folder / kind

    return FileStore(find)


def open_memory() -> MemoryFile:
    """The file of requests that are saved for the next start."""
    from callbox.memory.memory_file import MemoryFile  # SQLite takes 8 ms, and loads after the prompt is shown

    return MemoryFile(lambda: make_directory("state"))


def forget_lines() -> None:
    """Delete the typed lines of earlier prompts, and their outcomes."""
    folder = directory("state")
    if folder is not None and folder.is_dir():
        with Folder(folder) as opened:
            for name in LINES:
                opened.remove(name)


def _environment_files() -> ModuleType:
    from callbox.replay import (
        environment_file_loader,
    )  # this import takes 40 ms, and only a shell with environment files needs it

    return environment_file_loader


def _read_environment(name: str) -> dict[str, str | Secret]:
    found: dict[str, str | Secret] = _environment_files().read_environment(name)
    return found


def _read_environment_options(name: str) -> Mapping[str, object]:
    found: Mapping[str, object] = _environment_files().read_environment_options(name)
    return found


def _environment_warnings(name: str) -> list[str]:
    found: list[str] = _environment_files().environment_warnings(name)
    return found


def _list_environments() -> list[str]:
    found: list[str] = _environment_files().list_environments_here()
    return found


def real_ports(ask: Callable[[str, bool], str] = no_prompt) -> ShellPorts:
    """The ports to the real disk, clock, random source, system shell and environment."""
    return ShellPorts(
        now=now,
        read_file=_read_file,
        read_pieces=_open_pieces,
        write_file=write_file,
        open_file=open_file,
        check_line=check_line,
        open_pipe=PipedCommand,
        run=run_line,
        random=random_generator,
        ask=ask,
        environ=os.environ,
        list_files=list_files,
        download=open_download,
        open_store=open_store,
        read_keyring=read_keyring,
        read_environment=_read_environment,
        read_environment_options=_read_environment_options,
        environment_warnings=_environment_warnings,
        list_environments=_list_environments,
        edit=edit_text,
        edit_file=edit_file,
        open_memory=open_memory,
        forget_lines=forget_lines,
        capture=capture_line,
    )


def ask(question: str, is_secret: bool) -> str:
    """Ask the user.

    Raises UsageError for Ctrl-C, Ctrl-D, an empty line, and a key such as Ctrl-L in the answer. Raises it also for a
    command in the place of a secret: the user typed the command before the question was visible, and it would be sent
    to the server.
    """
    question = visible_line(question)
    try:
        with _interruptible():
            reply = _read(question, is_secret)
    except (EOFError, KeyboardInterrupt):
        _leave_line()
        raise UsageError(f"No answer to '{question}'; nothing was changed") from None
    if not reply:
        raise UsageError(f"No answer to '{question}'; nothing was changed")
    if any(ord(character) < 32 or character == "\x7f" for character in reply):
        what = "an arrow key" if "\x1b[" in reply else "a control key"
        raise UsageError(f"The answer to '{question}' has {what} in it; nothing was changed", hint="type it again")
    if is_secret and _is_command(reply):
        raise UsageError(
            f"The answer to '{question}' looks like a command; nothing was changed",
            hint="type the value, or the command again",
        )
    return reply


def _is_command(reply: str) -> bool:
    """Whether a text is a command of this shell with more words."""
    from callbox.shell.registry import VERBS  # the shell is loaded when it asks

    first, blank, rest = reply.strip().partition(" ")
    return bool(blank and rest) and first.lower() in (*VERBS, "callbox")


def _leave_line() -> None:
    """End the line of the question."""
    for number in (2, 1):
        if is_terminal(number):
            os.write(number, b"\n")
            return


def _read(question: str, is_secret: bool) -> str:
    if not is_secret:
        return input(f"{question}: ")
    from getpass import getpass

    return getpass(f"{question}: ")


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """A block in which Ctrl-C raises KeyboardInterrupt, whatever handler is installed.

    With a handler that ends the process at once, the terminal would stay without echo. With a handler that only records
    Ctrl-C, the question would stay open, and the next typed line would become its answer.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
