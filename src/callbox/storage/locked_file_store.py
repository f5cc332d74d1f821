"""Stores of small files in a private folder, such as sessions and saved requests. A change locks the file, reads its
content, and replaces it. So two processes that write lose nothing, and a process that reads never sees half a file.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.storage.file_read_write_and_list import PRIVATE, OutputError, replacing, write_problem
from callbox.storage.folder_without_links import Folder

MAX_BYTES = 16_000_000
MAX_NAME = 50
"""How many characters the name of a file may have. So the name of a temporary file, which begins with it, is never
cut.
"""
LOCK_TIMEOUT_S = 10.0
"""How many seconds to wait for a lock. A process holds a lock for milliseconds; if it holds it longer, it was
stopped.
"""
SHORT_LOCK_TIMEOUT_S = 0.1
"""How many seconds to wait for a lock if an earlier attempt has failed."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*\Z")


class FileChange(NamedTuple):
    """The new content of a file after a change."""

    data: bytes | None
    """The new content; None leaves the file unchanged."""
    keeps_damaged: bool = False
    """Whether the old content is damaged, and stays under another name."""


Change = Callable[[bytes | None], FileChange]
"""Computes the change, given the present content of the file; None means that there is no file."""


def check_name(name: str) -> str:
    """Return the name if a file of a store may have it. Otherwise raise `UsageError`."""
    if not _NAME.match(name) or len(name) > MAX_NAME or ".toml" in name:
        raise UsageError(f"'{name}' cannot be the name of a saved item", hint="use letters, digits, _ - and .")
    return name


class FileStore:
    """A folder of files with one suffix. `place` returns the folder, which it creates; None if there is no home
    folder.
    """

    def __init__(self, place: Callable[[bool], Path | None], ending: str = ".toml") -> None:
        self._place = place
        self._ending = ending

    def names(self) -> list[str]:
        """The names of the files without their suffix, sorted."""
        folder = self._place(False)
        try:
            found = os.listdir(folder) if folder is not None else []
        except OSError:
            return []
        names = (name.removesuffix(self._ending) for name in found if name.endswith(self._ending))
        return sorted(name for name in names if _NAME.match(name))

    def path(self, name: str) -> Path:
        """The path of the file with this name, which need not exist. Raises `UsageError` if there is no home folder."""
        folder = self._place(False)
        if folder is None:
            raise UsageError("There is no home folder to save the file in", hint="set HOME, or XDG_DATA_HOME")
        return folder / (check_name(name) + self._ending)

    def read(self, name: str, *, is_backup: bool = False) -> bytes | None:
        """The content of the file; None if there is no file. Raises UsageError if the file cannot be read."""
        path = self.path(name)
        return _read_backup(path) if is_backup else _read(path)

    def update(self, name: str, change: Change, *, waits: bool = True) -> Path | None:
        """Lock a file, call `change` with its content, and write the result. Returns the path of the damaged old file
        if there is one. Waits up to 10 seconds for the lock; with `waits=False`, only a moment. The file is written
        completely or not at all, even if the machine stops. Raises the errors of `change`, and `OutputError` if the
        file cannot be written; in both cases the file is unchanged.
        """
        path = self.path(name)
        if self._place(True) is None:
            raise OutputError(f"Cannot make the folder {path.parent}")
        target = Path(os.path.realpath(path))
        with _locked(target, LOCK_TIMEOUT_S if waits else SHORT_LOCK_TIMEOUT_S):
            old = _read(target)
            writing = change(old)
            if writing.data is None or writing.data == old:
                return None
            _sweep(target)
            damaged = _rename_damaged(target) if writing.keeps_damaged else None
            if old is not None and damaged is None:
                _keep_previous(target)
            _replace(target, writing.data)
        return damaged

    def remove(self, name: str) -> bool:
        """Delete the file and its backup. Returns False if there was no file."""
        path = self.path(name)
        if not os.path.lexists(path):
            return False
        target = Path(os.path.realpath(path))
        with _locked(target), _translated_errors(path):
            _sweep(target)
            os.unlink(path)
            for ending in (".bak", ".lock"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(f"{target}{ending}")
        return True


def _read(path: Path) -> bytes | None:
    try:
        # Only a regular file is opened. To open a pipe would wait for its other end.
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            what = "a folder" if stat.S_ISDIR(facts.st_mode) else "a device"
            raise UsageError(f"{path} is {what}, not a file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {(error.strerror or str(error)).lower()}") from None
    if len(data) > MAX_BYTES:
        raise UsageError(f"{path} has more than {MAX_BYTES:,} bytes")
    return data


def _read_backup(path: Path) -> bytes | None:
    try:
        with Folder(os.path.dirname(os.path.realpath(path))) as folder:
            return folder.read(f"{os.path.basename(os.path.realpath(path))}.bak", MAX_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"Cannot read {path}.bak: {(error.strerror or str(error)).lower()}") from None


@contextlib.contextmanager
def _locked(target: Path, timeout_s: float = LOCK_TIMEOUT_S) -> Iterator[None]:
    """A context manager that locks a file against other processes. The lock ends also if the process dies."""
    with _translated_errors(target), Folder(target.parent) as folder:
        descriptor = _lock(target, folder, timeout_s)
    try:
        yield
    finally:
        os.close(descriptor)


def _lock(target: Path, folder: Folder, timeout_s: float) -> int:
    end = time.monotonic() + timeout_s
    while True:
        descriptor = folder.open_lock(f"{target.name}.lock")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_current_lock(descriptor, target):
                return descriptor
        except BlockingIOError:
            pass
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if time.monotonic() > end:
            raise OutputError(f"Another shell has locked {target}", hint="if it is a stopped job, continue it with fg")
        time.sleep(0.005)


def _is_current_lock(descriptor: int, target: Path) -> bool:
    """Whether the open lock file still has its name. Another process may have deleted it."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(f"{target}.lock"))
    except FileNotFoundError:
        return False


def _keep_previous(target: Path) -> None:
    """Keep the current file as backup, under the additional name NAME.bak. Nothing is copied."""
    spare = target.parent / f".{target.name}.previous"
    with _translated_errors(target):
        try:
            os.link(target, spare)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK):
                raise
            return  # This file system has no hard links, so there is no backup.
        os.chmod(spare, 0o600)  # This is another name of the file itself.
        os.replace(spare, f"{target}.bak")
        with contextlib.suppress(FileNotFoundError):
            # If both names are of one file, a rename does nothing, and the temporary name still exists.
            os.unlink(spare)


def _replace(path: Path, data: bytes) -> None:
    with replacing(str(path), is_private=True) as file, _translated_errors(path):
        os.fchmod(file.fileno(), PRIVATE)
        file.write(data)
        file.flush()
    # The new file has its name by now. It is no error if the file system cannot sync a folder.
    with contextlib.suppress(OSError):
        descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _rename_damaged(target: Path) -> Path:
    for descriptor in range(1, 1000):
        damaged = Path(f"{target}.damaged{descriptor if descriptor > 1 else ''}")
        if not os.path.lexists(damaged):
            break
    with _translated_errors(target):
        os.rename(target, damaged)
    return damaged


def _sweep(target: Path) -> None:
    """Delete temporary files of processes that ended during a write. The caller holds the lock, so no other process
    writes.
    """
    with contextlib.suppress(OSError):
        for name in os.listdir(target.parent):
            if name.startswith(f".{target.name[:60]}."):
                os.unlink(target.parent / name)


@contextlib.contextmanager
def _translated_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise write_problem(str(path), error) from None
