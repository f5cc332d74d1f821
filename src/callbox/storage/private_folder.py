"""A folder held open: its files are written without following links, and are readable by the user alone.

For names that callbox, a server or a script chose. Others may have put a link, a hard link, a pipe or a foreign file
under such a name. A `Folder` is held open and every name is looked up in it, so it stays the same folder even if its
path is replaced by a link.

Files that the user names (`> FILE`, `--report-junit FILE`) are written by `callbox.storage.user_files`, which follows
links.
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
from callbox.storage.user_files import PRIVATE, OutputError, write_problem

_MAX_TRIES = 10_000
_SAFE_FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
"""Never through a link, never waiting for the other end of a pipe, never kept by a program that is started."""
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFE_FLAGS


class FileSize(NamedTuple):
    """A file of a folder: its name, its size in bytes, and when it was changed (seconds since 1970)."""

    name: str
    size: int
    mtime: float


class Folder:
    """A folder held open: `with Folder("out") as folder: folder.replace("b.txt", data)`.

    Names are those of files directly in it. Methods raise `OutputError` in one line where what is there under a name
    is no ordinary file of the user's own, and `OSError` for what the system refuses.
    """

    def __init__(self, path: str | Path) -> None:
        """`path` is as the user named it: links in it are followed. Raises `OutputError` if it cannot be opened."""
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
        """Let go of the folder; to be called once more does no harm."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def enter(self, name: str) -> None:
        """Go on to a folder within this one, which is no link; it is made where it is not there."""
        check_name(name)
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, 0o777, dir_fd=self._descriptor)
        further = self._open(name, os.O_RDONLY | os.O_DIRECTORY)
        self.close()
        self._descriptor, self.path = further, self.path / name

    def names(self) -> list[str]:
        """The names of all that is in it, sorted."""
        return sorted(os.listdir(self._descriptor))

    def has(self, name: str) -> bool:
        """Whether anything has that name, be it a link that leads nowhere."""
        try:
            os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def create(self, name: str) -> IO[bytes]:
        """A new file to write to. Raises `FileExistsError` if anything of that name is there, a link too."""
        return os.fdopen(self._open(name, _NEW), "wb")

    def append(self, name: str, *, creates: bool = False) -> IO[bytes]:
        """A file to write to behind its end, which is the user's own and has no second name."""
        return os.fdopen(self._open_own(name, os.O_WRONLY | os.O_APPEND | (os.O_CREAT if creates else 0)), "ab")

    def read(self, name: str, max_bytes: int) -> bytes:
        """The content of a file of the user's own. Raises `OutputError` for one of more than `max_bytes` bytes."""
        with os.fdopen(self._open_own(name, os.O_RDONLY), "rb") as file:
            data = file.read(max_bytes + 1)
        if len(data) > max_bytes:
            raise OutputError(f"{self.path / name} has more than {max_bytes:,} bytes")
        return data

    def read_end(self, name: str, max_bytes: int) -> bytes:
        """The last bytes of a file of the user's own, all of it where it has no more than `max_bytes`."""
        with os.fdopen(self._open_own(name, os.O_RDONLY), "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - max_bytes))
            return file.read(max_bytes)

    def map(self, name: str) -> mmap.mmap:
        """A file of the user's own as bytes that are read when they are looked at.

        It must only ever be replaced, never be shortened. Raises ValueError for an empty file.
        """
        with os.fdopen(self._open_own(name, os.O_RDONLY), "rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def sizes(self) -> list[FileSize]:
        """The ordinary files in it, with their sizes and times of change."""
        found = []
        for name in self.names():
            with contextlib.suppress(OSError):
                info = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
                if stat.S_ISREG(info.st_mode):
                    found.append(FileSize(name, info.st_size, info.st_mtime))
        return found

    def open_lock(self, name: str) -> int:
        """The number of an open file that exists only to be locked; made where it is not there."""
        descriptor = self._open(name, os.O_RDWR | os.O_CREAT)
        if not stat.S_ISREG(mode := os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise self._refusal(name, f"it is {_kind(mode)}")
        return descriptor

    @contextlib.contextmanager
    def replacing(self, name: str) -> Iterator[IO[bytes]]:
        """A file to write to that takes the place of `name` when the block ends well, and vanishes when it does not.

        The permissions of a file that was there stay. A link, a pipe or a folder of that name is refused.
        """
        mode = self.check(name)
        with self._temporary(name) as (temporary, file):
            os.fchmod(file.fileno(), mode)
            yield file
            _sync(file)
            self.rename(temporary, name)

    def replace(self, name: str, data: bytes) -> None:
        """Write a whole file, or nothing; see `replacing`."""
        with self.replacing(name) as file:
            file.write(data)

    def add(self, name: str, data: bytes) -> str:
        """Write a whole file under this name or, where that is taken, the next that is free. Returns that name."""
        check_name(name)
        with self._temporary(name) as (temporary, file):
            file.write(data)
            _sync(file)
            return self.give_name(temporary, name)

    def create_free(self, name: str, ending: str = "") -> tuple[str, IO[bytes]]:
        """A new file of this name, or of the next that is free, and that name; `ending` is one that stays last."""
        for candidate in candidates(name, ending):
            with contextlib.suppress(FileExistsError):
                return candidate, self.create(candidate)
        raise OutputError(f"Cannot write {self.path / name}: too many files of that name")

    def give_name(self, temporary: str, name: str) -> str:
        """Give a file this name in place of its own or, where that is taken, the next that is free; and which."""
        for candidate in candidates(name):
            try:
                # A link is made only where nothing is: a rename would take the place of what came there meanwhile.
                os.link(
                    temporary,
                    candidate,
                    src_dir_fd=self._descriptor,
                    dst_dir_fd=self._descriptor,
                    follow_symlinks=False,
                )
            except FileExistsError:
                continue
            except OSError:  # a file system without hard links
                candidate, file = self.create_free(candidate)
                file.close()
                self.rename(temporary, candidate)
                return candidate
            self.remove(temporary)
            return candidate
        raise OutputError(f"Cannot write {self.path / name}: too many files of that name")

    def check(self, name: str) -> int:
        """Raise `OutputError` if a file of this name may not be replaced; else the permissions that it will have."""
        check_name(name)
        try:
            info = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return PRIVATE
        if not stat.S_ISREG(info.st_mode):
            raise self._refusal(name, f"it is {_kind(info.st_mode)}")
        return stat.S_IMODE(info.st_mode) & 0o777

    def link(self, name: str, other: str) -> None:
        """Give a file a second name. Raises `FileExistsError` if that is taken."""
        os.link(name, other, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor, follow_symlinks=False)

    def rename(self, name: str, other: str) -> None:
        """Rename a file, in place of what has the other name: of a link the link."""
        os.rename(name, other, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)

    def remove(self, name: str) -> None:
        """Delete a name, if it exists; of a link, the link itself."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._descriptor)

    def sync(self) -> None:
        """Have the names written to the disk; some file systems cannot, which is no fault."""
        with contextlib.suppress(OSError):
            os.fsync(self._descriptor)

    @contextlib.contextmanager
    def _temporary(self, name: str) -> Iterator[tuple[str, IO[bytes]]]:
        """A new file of a name that nobody can guess; it is gone when the block ends, unless it was renamed."""
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
            # Systems have different words for it, and none is plain: "Too many levels of symbolic links".
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
    """Write a file whose name, relative to `folder`, a script or a server chose; returns its path.

    Folders in the name are made where they are not there. Without `is_overwriting` a file that is there stays, and a
    number is added to the name. Raises `OutputError` in one line for a name that leads out of the folder or through a
    link, for what is there and is no ordinary file, and where it cannot be written.

    >>> write_inside("/tmp", "../etc/passwd", b"", is_overwriting=False)
    Traceback (most recent call last):
    ...
    callbox.storage.user_files.OutputError: '../etc/passwd' is no name of a file in /tmp
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


def candidates(name: str, ending: str = "") -> Iterator[str]:
    """The name, then with numbers; `ending` is one that stays last.

    >>> from itertools import islice
    >>> list(islice(candidates("a.b.txt"), 3)), list(islice(candidates("a.txt.part", ".part"), 2))
    (['a.b.txt', 'a.b-1.txt', 'a.b-2.txt'], ['a.txt.part', 'a-1.txt.part'])
    """
    yield name
    stem, dot, extension = name.removesuffix(ending).rpartition(".")
    if not stem:
        stem, dot, extension = name.removesuffix(ending), "", ""
    yield from (f"{stem}-{descriptor}{dot}{extension}{ending}" for descriptor in range(1, _MAX_TRIES))


def check_name(name: str) -> None:
    """Raise `OutputError` for what cannot be the name of a file in a folder."""
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise OutputError(f"{name!r} is no name of a file")


def _parts(folder: str, name: str) -> list[str]:
    """The folders of a relative name and its last part."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if not parts or ".." in parts or name.startswith("/") or name.endswith(("/", "/.")) or "\0" in name:
        raise OutputError(f"{name!r} is no name of a file in {folder or 'this folder'}")
    return parts


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _ownership_problem(info: os.stat_result, *, is_written: bool) -> str:
    """Why a file that is there may not be written to or relied on; empty for one of the user's own."""
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
