"""An open folder whose files are written without following symbolic links, and are readable by the user alone.

Code that writes files whose names callbox, a server or a script has chosen uses a `Folder`. Other users may have put a
symbolic link, a hard link, a pipe or their own file under such a name. A `Folder` stays open, and every name is looked
up in it. So it stays the same folder even if somebody puts a link in its place.

Files that the user names (`> FILE`, `--report-junit FILE`) are written by `storage.file_read_write_and_list`, which
follows links.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from callbox.errors import CallboxError
from callbox.storage.file_read_write_and_list import PRIVATE, OutputError, numbered_names, write_problem

_SAFE_FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
"""The flags with which files are opened: follow no link, do not wait for the other end of a pipe, and do not pass the
descriptor to child processes.
"""
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFE_FLAGS


class FileSize(NamedTuple):
    """A file of a folder: its name, its size in bytes, and the time of its last change in seconds of the epoch."""

    name: str
    size: int
    mtime: float


class Folder:
    """An open folder: `with Folder("out") as folder: folder.replace("b.txt", data)`.

    Names are those of files directly in the folder. Methods raise `OutputError` of one line if a name belongs to
    something else than a regular file of the user, and `OSError` if the system refuses.
    """

    def __init__(self, path: str | Path) -> None:
        """Open the folder at `path`. The user has chosen it, so symbolic links in it are followed. Raises `OutputError`
        if it cannot be opened.
        """
        self.path = Path(os.path.expanduser(path))
        try:
            self._descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise write_problem(str(self.path), error) from None

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the folder. A second call does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def enter(self, name: str) -> None:
        """Change to a subfolder, which must not be a symbolic link. If it is missing, it is created."""
        check_name(name)
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, 0o777, dir_fd=self._descriptor)
        further = self._open(name, os.O_RDONLY | os.O_DIRECTORY)
        self.close()
        self._descriptor, self.path = further, self.path / name

    def names(self) -> list[str]:
        """The names of all entries of the folder, sorted."""
        return sorted(os.listdir(self._descriptor))

    def has(self, name: str) -> bool:
        """Whether there is an entry with this name, even a broken symbolic link."""
        try:
            os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def create(self, name: str) -> IO[bytes]:
        """Create a file and open it to write. Raises `FileExistsError` if there is an entry with this name, even a
        symbolic link.
        """
        descriptor = self._open(name, _NEW)
        try:
            return os.fdopen(descriptor, "wb")
        except BaseException:
            os.close(descriptor)
            self.remove(name)
            raise

    def append(self, name: str, *, creates: bool = False) -> IO[bytes]:
        """Open a file to append to. It must belong to the user and have no second hard link."""
        return os.fdopen(self._open_own(name, os.O_WRONLY | os.O_APPEND | (os.O_CREAT if creates else 0)), "ab")

    def read(self, name: str, max_bytes: int) -> bytes:
        """The content of a file that belongs to the user. Raises `OutputError` if it is longer than `max_bytes`."""
        with os.fdopen(self._open_own(name, os.O_RDONLY), "rb") as file:
            data = file.read(max_bytes + 1)
        if len(data) > max_bytes:
            raise OutputError(f"{self.path / name} has more than {max_bytes:,} bytes")
        return data

    def read_end(self, name: str, max_bytes: int) -> bytes:
        """The last `max_bytes` bytes of a file that belongs to the user."""
        with os.fdopen(self._open_own(name, os.O_RDONLY), "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - max_bytes))
            return file.read(max_bytes)

    def map(self, name: str) -> mmap.mmap:
        """A file that belongs to the user, mapped into memory.

        Others may replace the file but never shorten it. Raises `ValueError` for an empty file.
        """
        with os.fdopen(self._open_own(name, os.O_RDONLY), "rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def sizes(self) -> list[FileSize]:
        """The regular files in the folder, with their sizes and times of change."""
        found = []
        for name in self.names():
            with contextlib.suppress(OSError):
                info = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
                if stat.S_ISREG(info.st_mode):
                    found.append(FileSize(name, info.st_size, info.st_mtime))
        return found

    def open_lock(self, name: str) -> int:
        """The descriptor of a file that only serves as a lock. The file is created if it is missing."""
        descriptor = self._open(name, os.O_RDWR | os.O_CREAT)
        if not stat.S_ISREG(mode := os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise self._refusal(name, f"it is {_kind(mode)}")
        return descriptor

    @contextlib.contextmanager
    def replacing(self, name: str) -> Iterator[IO[bytes]]:
        """A context manager with a new file, which gets the name `name` at its end, in place of an existing file. After
        an exception, the new file is deleted and the existing file unchanged. The permissions of an existing file stay.
        Raises `OutputError` if the name is that of a symbolic link, a pipe or a folder.
        """
        mode = self.check(name)
        with self._temporary(name) as (temporary, file):
            os.fchmod(file.fileno(), mode)
            yield file
            _sync(file)
            self.rename(temporary, name)

    def replace(self, name: str, data: bytes) -> None:
        """Write a file completely or not at all; see `replacing`."""
        with self.replacing(name) as file:
            file.write(data)

    def add(self, name: str, data: bytes) -> str:
        """Write a file completely, with this name or the next free name (`a-1.txt`). Returns the name."""
        check_name(name)
        with self._temporary(name) as (temporary, file):
            file.write(data)
            _sync(file)
            return self.give_name(temporary, name)

    def create_free(self, name: str, ending: str = "") -> tuple[str, IO[bytes]]:
        """Create a file with this name or the next free name. Returns the name and the open file. `ending` is a suffix,
        before which the number stands.
        """
        for candidate in numbered_names(name, ending):
            with contextlib.suppress(FileExistsError):
                return candidate, self.create(candidate)
        raise OutputError(f"Cannot write {self.path / name}: too many files of that name")

    def give_name(self, temporary: str, name: str) -> str:
        """Rename a file to this name or the next free name. Returns the name."""
        for candidate in numbered_names(name):
            try:
                # A hard link never replaces an entry. A rename would replace an entry that was made meanwhile.
                os.link(
                    temporary,
                    candidate,
                    src_dir_fd=self._descriptor,
                    dst_dir_fd=self._descriptor,
                    follow_symlinks=False,
                )
            except FileExistsError:
                continue
            except OSError:  # This file system has no hard links.
                candidate, file = self.create_free(candidate)
                file.close()
                self.rename(temporary, candidate)
                return candidate
            self.remove(temporary)
            return candidate
        raise OutputError(f"Cannot write {self.path / name}: too many files of that name")

    def check(self, name: str) -> int:
        """The permissions for a new file in place of this name. Raises `OutputError` if the entry with this name must
        not be replaced.
        """
        check_name(name)
        try:
            info = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return PRIVATE
        if not stat.S_ISREG(info.st_mode):
            raise self._refusal(name, f"it is {_kind(info.st_mode)}")
        return stat.S_IMODE(info.st_mode) & 0o777

    def link(self, name: str, other: str) -> None:
        """Give a file an additional name, `other`. Raises `FileExistsError` if that name exists."""
        os.link(name, other, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor, follow_symlinks=False)

    def rename(self, name: str, other: str) -> None:
        """Rename a file. An entry with the new name is replaced; if it is a symbolic link, the link and not its
        target.
        """
        os.rename(name, other, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)

    def remove(self, name: str) -> None:
        """Delete the entry with this name, if there is one. If it is a symbolic link, its target stays."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._descriptor)

    def sync(self) -> None:
        """Let the system write the folder itself to the disk. Does nothing on a file system that cannot do this."""
        with contextlib.suppress(OSError):
            os.fsync(self._descriptor)

    @contextlib.contextmanager
    def _temporary(self, name: str) -> Iterator[tuple[str, IO[bytes]]]:
        """A context manager with a new file of a random name. At its end, the file is deleted if it still has this
        name.
        """
        temporary = f".{name[:60]}.{os.urandom(8).hex()}.tmp"
        with self.create(temporary) as file:
            try:
                yield temporary, file
            except BaseException:
                with contextlib.suppress(OSError):
                    self.remove(temporary)
                raise

    def _open_own(self, name: str, flags: int) -> int:
        descriptor = self._open(name, flags)
        if why := _ownership_problem(os.fstat(descriptor), is_written=flags & os.O_WRONLY != 0):
            os.close(descriptor)
            raise self._refusal(name, why)
        return descriptor

    def _open(self, name: str, flags: int) -> int:
        check_name(name)
        try:
            return os.open(name, flags | _SAFE_FLAGS, PRIVATE, dir_fd=self._descriptor)
        except FileExistsError:
            raise
        except OSError as error:
            # The texts of systems for this error are not clear: "Too many levels of symbolic links".
            if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK) and self._is_link(name):
                raise self._refusal(name, "it is a symbolic link") from None
            if error.errno == errno.ENXIO:
                raise self._refusal(name, "it is a pipe") from None
            raise

    def _is_link(self, name: str) -> bool:
        with contextlib.suppress(OSError):
            return stat.S_ISLNK(os.stat(name, dir_fd=self._descriptor, follow_symlinks=False).st_mode)
        return False

    def _refusal(self, name: str, why: str) -> OutputError:
        return OutputError(f"Cannot use {self.path / name}: {why}", hint="remove it, or choose another path")


def write_inside(folder: str, name: str, data: bytes, *, is_overwriting: bool) -> str:
    """Write a file with a name that a script or a server has chosen, relative to `folder`. Returns the path. Missing
    folders in the name are created. Without `is_overwriting`, an existing file stays, and the new file gets a number.
    Raises `OutputError` if the name leads out of the folder or through a symbolic link, if there is an entry with this
    name that is no regular file, and if the file cannot be written.

    >>> write_inside("/tmp", "../etc/passwd", b"", is_overwriting=False)
    Traceback (most recent call last):
    ...
    callbox.storage.file_read_write_and_list.OutputError: '../etc/passwd' cannot be the name of a file in /tmp
    """
    *folders, last = _parts(folder, name)
    with Folder(folder or ".") as inner:
        try:
            for one in folders:
                inner.enter(one)
            if is_overwriting:
                inner.replace(last, data)
            else:
                last = inner.add(last, data)
        except OSError as error:
            if isinstance(error, CallboxError):
                raise
            raise write_problem(os.path.join(folder, name), error) from None
    return os.path.join(folder, *folders, last)


def check_name(name: str) -> None:
    """Raise `OutputError` if a text cannot be the name of a file in a folder, such as `..` or `a/b`."""
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise OutputError(f"{name!r} cannot be the name of a file")


def _parts(folder: str, name: str) -> list[str]:
    """Split a relative path into its folders and the name of the file."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    is_outside = ".." in parts or name.startswith("/")
    is_folder = not parts or name.endswith(("/", "/."))
    if is_outside or is_folder or "\0" in name:
        raise OutputError(f"{name!r} cannot be the name of a file in {folder or 'this folder'}")
    return parts


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _ownership_problem(info: os.stat_result, *, is_written: bool) -> str:
    """The reason why callbox must not use an existing file; empty for a file of the user."""
    if not stat.S_ISREG(info.st_mode):
        return f"it is {_kind(info.st_mode)}"
    if info.st_uid != os.geteuid():
        return "it belongs to another user"
    if is_written and info.st_nlink != 1:
        return "it has a second name elsewhere (a hard link)"
    return ""


def _kind(mode: int) -> str:
    for is_kind, words in ((stat.S_ISLNK, "a symbolic link"), (stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe")):
        if is_kind(mode):
            return words
    return "a device"
