"""The shell's ports to the real system: disk, clock, processes, keyring and environment files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from callbox.exchange.secret import Secret
from callbox.shell.context import ShellPorts, no_prompt
from callbox.shell.requests.output_redirection import open_file
from callbox.storage.folder_without_links import Folder
from callbox.storage.platform_directories import directory, make_directory, make_subdirectory
from callbox.storage.user_named_files import (
    list_files,
    open_pieces,
    read_bytes,
    write_file,
)
from callbox.system.clock import now, random_generator
from callbox.system.editor import edit_file, edit_text
from callbox.system.netrc_and_keyring import read_keyring
from callbox.system.process import PipedCommand, capture_line, check_line, run_line

if TYPE_CHECKING:
    from callbox.memory.memory_file import MemoryFile
    from callbox.storage.downloads import Download
    from callbox.storage.file_store import FileStore

LINES = "history"
"""The file of typed lines in the state folder."""
_STANDARD_INPUT = "/dev/stdin"


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
    """Delete the typed lines of earlier prompts."""
    folder = directory("state")
    if folder is not None and folder.is_dir():
        with Folder(folder) as opened:
            opened.remove(LINES)


def _environment_files() -> ModuleType:
    from callbox.replay import environment_file_search  # 40 ms: replays, for a shell with such files

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
