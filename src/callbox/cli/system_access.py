"""The shell's ports to the real system: disk, clock, processes, keyring and environment files."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import IO, TYPE_CHECKING

from callbox.errors import CallboxError, UsageError
from callbox.exchange.secret import Secret
from callbox.shell.context import ShellPorts, no_prompt
from callbox.storage.folder_without_links import Folder
from callbox.storage.platform_directories import directory, make_directory, make_subdirectory
from callbox.storage.user_named_files import (
    OutputError,
    append_to,
    open_pieces,
    read_bytes,
    replacing,
    write_bytes,
    write_problem,
)
from callbox.system.clock import now, random_generator
from callbox.system.editor import edit_file, edit_text
from callbox.system.netrc_and_keyring import read_keyring
from callbox.system.process import PipedCommand, PipeWriter, capture_line, check_line, run_line

if TYPE_CHECKING:
    from callbox.memory.memory_file import MemoryFile
    from callbox.storage.downloads import Download
    from callbox.storage.file_store import FileStore

LINES = "history"
"""The file of typed lines in the state folder."""
_STANDARD_INPUT = "/dev/stdin"
MOST_FILES = 200
"""The most names of one folder that completion lists."""


class _File:
    """A file as a sink. It accepts any amount of data; a full disk raises an error of one line."""

    def __init__(self, file: IO[bytes], path: str, pipe: PipeWriter | None) -> None:
        self._file = file
        self._path = path
        self._pipe = pipe

    def give_up_after(self, seconds: float) -> None:
        if self._pipe is not None:
            self._pipe.give_up_after(seconds)

    def write(self, data: bytes) -> bool:
        try:
            if self._pipe is not None:
                return self._pipe.write(data)
            self._file.write(data)
        except OSError as error:
            raise write_problem(self._path, error) from None
        return True


@contextlib.contextmanager
def _sink(file: IO[bytes], path: str) -> Iterator[_File]:
    """The sink of a file. If the file is a named pipe without a reader, Ctrl-C ends the write."""
    if not stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
        yield _File(file, path, None)
        return
    with PipeWriter(file.fileno()) as pipe:
        yield _File(file, path, pipe)


@contextlib.contextmanager
def open_file(path: str, is_append: bool, is_private: bool) -> Iterator[_File]:
    """Open a file to write to. It is replaced at the end if there was no error, or appended to at once."""
    if not is_append:
        with replacing(path, is_private=is_private) as file, _sink(file, path) as sink:
            yield sink
        return
    is_new = not os.path.lexists(os.path.expanduser(path))
    try:
        with append_to(path, is_private=is_private) as file, _sink(file, path) as sink:
            yield sink
    except OSError as error:  # some data is written only when the file is closed
        raise write_problem(path, error) from None
    except CallboxError:
        if is_new:
            _remove_empty(os.path.expanduser(path))  # no data arrived that could be appended
        raise


def _remove_empty(path: str) -> None:
    with contextlib.suppress(OSError):  # the file could not be opened, so it never existed
        if not os.path.getsize(path):
            os.unlink(path)


def write_file(path: str, data: bytes, may_overwrite: bool) -> None:
    """Write a whole file. A new file is 0600.

    Raises UsageError if the file exists and must not be replaced.
    """
    if not may_overwrite and os.path.lexists(os.path.expanduser(path)):
        raise UsageError(f"{path} exists already", hint="--force overwrites it")
    write_bytes(path, data, is_private=True)


def _open_pieces(path: str) -> tuple[Callable[[], Iterable[bytes]], int | None]:
    return open_pieces(_STANDARD_INPUT if path == "-" else path)


def _read_file(path: str) -> bytes:
    return read_bytes(_STANDARD_INPUT if path == "-" else path)


def list_files(prefix: str) -> list[str]:
    """Files and folders whose path begins with the prefix. Hidden ones are listed only if the prefix has the dot."""
    folder, slash, start = prefix.rpartition("/")
    directory = os.path.expanduser(folder) if folder or slash else "."
    try:
        with os.scandir(directory or "/") as entries:
            found = [
                f"{folder}{slash}{entry.name}{'/' if entry.is_dir() else ''}"
                for entry in entries
                if entry.name.startswith(start) and (start.startswith(".") or not entry.name.startswith("."))
            ]
    except OSError:
        return []
    return sorted(found)[:MOST_FILES]


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
        list_environments=_list_environments,
        edit=edit_text,
        edit_file=edit_file,
        open_memory=open_memory,
        forget_lines=forget_lines,
        capture=capture_line,
    )


__all__ = ["OutputError", "open_file", "real_ports", "write_file"]
