"""Small files by name in a private folder, such as sessions and saved requests.

Each change is made under a lock to the current content of the file: two writers lose nothing, and a reader never sees
half a file.
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
from callbox.storage.private_folder import Folder
from callbox.storage.user_files import PRIVATE, OutputError, replacing, write_problem

MAX_BYTES = 16_000_000
MAX_NAME = 50
"""Below the length at which names of temporary files are cut, so that each is known for whose it is."""
LOCK_TIMEOUT_S = 10.0
"""A lock is held for milliseconds; who holds it longer was stopped."""
SHORT_LOCK_TIMEOUT_S = 0.1
"""The patience of who has waited once, and tries again and again."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*\Z")


class FileChange(NamedTuple):
    """The result of a change to a file."""

    data: bytes | None
    """None leaves it as it is."""
    keeps_damaged: bool = False
    """The old content cannot be understood: keep it under another name."""


Change = Callable[[bytes | None], FileChange]
"""Maps the content of the file (None if absent) to the new content."""


def check_name(name: str) -> str:
    """The name, which is to be that of a file. Raises UsageError for one that cannot."""
    if not _NAME.match(name) or len(name) > MAX_NAME or ".toml" in name:
        raise UsageError(f"'{name}' is no name to save under", hint="letters, digits, _ - and .")
    return name


class FileStore:
    """A folder of files with one ending. `place` gives the folder and makes it; None if there is no home."""

    def __init__(self, place: Callable[[bool], Path | None], ending: str = ".toml") -> None:
        self._place = place
        self._ending = ending

    def names(self) -> list[str]:
        """The names of the files, sorted."""
        folder = self._place(False)
        try:
            found = os.listdir(folder) if folder is not None else []
        except OSError:
            return []
        names = (name.removesuffix(self._ending) for name in found if name.endswith(self._ending))
        return sorted(name for name in names if _NAME.match(name))

    def path(self, name: str) -> Path:
        """Where the file of this name is, or would be. Raises UsageError if there is no home to keep it in."""
        folder = self._place(False)
        if folder is None:
            raise UsageError("There is no home folder to keep it in", hint="set HOME, or XDG_DATA_HOME")
        return folder / (check_name(name) + self._ending)

    def read(self, name: str, *, is_backup: bool = False) -> bytes | None:
        """The file's content; None if there is no file. Raises UsageError if it cannot be read."""
        path = self.path(name)
        return _read_backup(path) if is_backup else _read(path)

    def update(self, name: str, change: Change, *, waits: bool = True) -> Path | None:
        """Put what `change` makes of the file in its place; where the old one was set aside, its path.

        Whoever else is writing is waited for, for some seconds, or hardly where not `waits`.

        Whole or not at all, also when the process or the machine ends in the middle. Raises what `change` raises,
        then nothing has changed; `OutputError` in one line where it cannot be written.
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
        """Delete the file and its backup; False if there was none."""
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
        # Not to wait for a pipe's other end: what is no regular file is refused before it is opened.
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
    """Alone with this file, against all shells. The lock belongs to the open file: a shell that dies gives it back."""
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
            raise OutputError(f"Another shell has locked {target}", hint="it may be a stopped job: jobs, fg")
        time.sleep(0.005)


def _is_current_lock(descriptor: int, target: Path) -> bool:
    """Whether the lock file still has its name: removing a file removes its lock too."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(f"{target}.lock"))
    except FileNotFoundError:
        return False


def _keep_previous(target: Path) -> None:
    """The file as it is now also as NAME.bak, by a second name: nothing is copied."""
    spare = target.parent / f".{target.name}.previous"
    with _translated_errors(target):
        try:
            os.link(target, spare)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK):
                raise
            return  # a file system without links: no earlier generation
        os.chmod(spare, 0o600)  # which is the file itself: a name that was just made
        os.replace(spare, f"{target}.bak")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(spare)  # still there where both are names of one file already: then a rename does nothing


def _replace(path: Path, data: bytes) -> None:
    with replacing(str(path), is_private=True) as file, _translated_errors(path):
        os.fchmod(file.fileno(), PRIVATE)
        file.write(data)
        file.flush()
    # The new file has its name by now; where a file system cannot sync a folder, there is nothing to take back.
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
    """Remove temporary files of a process that ended while writing; safe, as the lock is held."""
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
