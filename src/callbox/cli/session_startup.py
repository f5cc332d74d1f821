"""Make the session and the ports of the shell, from the arguments, the saved session and the configuration. The ports
connect the shell to the real system: disk, clock, processes, keyring and environment files.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from callbox.cli.fast_argument_parser import Arguments
from callbox.cli.screen_and_questions import ask, make_screen
from callbox.engine.client import LiveSession
from callbox.engine.options import OPTIONS, parse_option
from callbox.engine.session_state_and_edit_log import FIRST_ORIGIN
from callbox.exchange.secret import Secret
from callbox.exchange.url import origin_of, read_base
from callbox.shell.command_context import UNBOUNDED, Context, SessionFile, ShellPorts, no_prompt
from callbox.shell.line_variables import apply_environment_options
from callbox.shell.outputs import Output, say
from callbox.shell.requests.output_redirection import open_file
from callbox.storage.file_read_write_and_list import (
    claim_standard_input,
    list_files,
    open_pieces,
    read_bytes,
    write_file,
)
from callbox.storage.folder_without_links import Folder
from callbox.storage.platform_directories import directory, make_directory, make_subdirectory
from callbox.system.child_processes_and_editor import (
    PipedCommand,
    capture_line,
    check_line,
    edit_file,
    edit_text,
    run_line,
)
from callbox.system.clock import now, random_generator
from callbox.system.keyring_and_netrc import read_keyring
from callbox.terminal.output_streams_and_pager import has_unicode
from callbox.terminal.screen import Screen, apply_display_options

if TYPE_CHECKING:
    from callbox.memory.history_and_facts_database import MemoryFile
    from callbox.storage.locked_file_store import FileStore
    from callbox.storage.partial_download_file import Download

LINES = ("history", "history.outcomes")
"""The files in the state folder that have the typed lines, and whether each line worked."""
_STANDARD_INPUT = "/dev/stdin"


def open_for_prompt(arguments: Arguments) -> tuple[Context, Screen]:
    """Make the context and the screen of a prompt. Prints notes about the opened session."""
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


ACCEPT = "application/json, */*;q=0.5"
"""The Accept header of a shell, unless the user sets another one."""


def connect(context: Context, screen: Screen) -> None:
    """Let the screen show the upload progress of the requests of this context."""
    context.on_progress = screen.show
    screen.clock.phase = lambda: context.cancel.phase if context.cancel is not None else ""


def make_context(
    columns: Callable[[], int], ask: Callable[[str, bool], str] = no_prompt, *, is_terminal: bool = True
) -> Context:
    """Make a context with an empty session. `columns` returns the width of the screen; the option `width` overrides it.
    Without a terminal, output is not cut to a width.
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


def open_session(context: Context, arguments: Arguments) -> list[Output]:
    """Open the saved session that the arguments name, and set the base URL and the options of the arguments. Returns
    messages to print. `undo` does not take these values back. Options of the command line are for this run and are not
    saved. A client certificate is bound to the origin of the base URL, or else to the origin of the first request.
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
        certificate = None  # The value of the saved session overrides the configuration.
    if certificate:
        context.session.set_option("cert", certificate, bound_to)
    for name, text in arguments.options:
        value = _check_environment(name, parse_option(name, text), context)
        context.session.set_option(name, value, bound_to if OPTIONS[name].route == "certificate" else "")
    if context.session.option("env"):
        messages += apply_environment_options(context)
        messages += map(say, context.ports.environment_warnings(str(context.session.option("env"))))
    if arguments.session or arguments.options or certificate:
        from callbox.shell.session_as_commands import (
            record_initial_state,
        )  # The import takes 8 ms, and only users who name a session or options need it.

        names = {name for name, _ in arguments.options} | ({"cert"} if certificate else set())
        record_initial_state(context, names)
    return messages


def _check_environment(name: str, value: object, context: Context) -> object:
    if name == "env" and value:
        context.ports.read_environment(str(value))
    return value


def _load(context: Context, name: str) -> Iterator[Output]:
    from callbox.shell import (
        session_autosave_and_load,  # The import takes 15 ms, and only users who name a session need it.
    )

    # A prompt opens without the saved session and says so. But lines without a prompt would go on without the entries
    # of the session.
    saved = session_autosave_and_load.load_session(context, name, is_without_missing_secrets=context.is_typed)
    context.session.edits.clear()
    if context.session_file is not None:
        context.session_file.group = None
    if saved is None:
        context.session_file = SessionFile(name, {}, keeps_secrets=False)
        if not context.is_quiet:
            yield say(f"new session '{name}'")
    else:
        if not context.is_quiet:
            yield say(f"session '{name}': {session_autosave_and_load.describe(saved.things)}")
        yield from session_autosave_and_load.report_unread(context)


def _open_pieces(path: str) -> tuple[Callable[[], Iterable[bytes]], int | None]:
    return open_pieces(_STANDARD_INPUT if path == "-" else path)


def _read_file(path: str) -> bytes:
    return read_bytes(_STANDARD_INPUT if path == "-" else path)


def open_download(url: str, target: str) -> Download:
    """Begin a download of the response of this URL to a file or a folder."""
    from callbox.storage import partial_download_file  # the import takes 3 ms, and few lines download

    return partial_download_file.Download(url, target)


def open_store(kind: str) -> FileStore:
    """The store of files of one kind, such as saved sessions, in the user's data folder."""
    # The import takes 4 ms, and only commands that save something need it.
    from callbox.storage.locked_file_store import FileStore

    def find(is_needed: bool) -> Path | None:
        folder = directory("data")
        return make_subdirectory("data", kind) if is_needed or folder is None else folder / kind

    return FileStore(find)


def open_memory() -> MemoryFile:
    """The file with the requests and facts of earlier shells."""
    from callbox.memory.history_and_facts_database import (
        MemoryFile,  # The import of SQLite takes 8 ms. It happens after the prompt has appeared.
    )

    return MemoryFile(lambda: make_directory("state"))


def forget_lines() -> None:
    """Delete the history of typed lines."""
    folder = directory("state")
    if folder is not None and folder.is_dir():
        with Folder(folder) as opened:
            for name in LINES:
                opened.remove(name)


def _environment_files() -> ModuleType:
    from callbox.replay import (
        environment_file_search,
    )  # this import takes 40 ms, and only a shell with environment files needs it

    return environment_file_search


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
    """The ports of the shell to the disk, the clock, random numbers, the system shell and the environment."""
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
