"""Read and write files that the user names. Errors are `UsageError` and `OutputError`, with a message of one line.
Symbolic links are followed, and an existing file keeps its permissions. A new file has the usual permissions if it gets
the body of a response (`get .. > FILE`, `--download`). It is private (0600) if it may contain secrets: the output of
`show`, `preview`, `export` and `save`, reports, copies of requests, cookie jars. For files whose names others choose,
there is `callbox.storage.folder_without_links`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from io import RawIOBase
from itertools import islice
from pathlib import Path
from typing import IO

from callbox.errors import CallboxError, UsageError
from callbox.spelling import MAX_NAMES, nearest_first, suggestion

_PIECE = 65_536
_WAIT_MS = 100
"""How many milliseconds one wait for a pipe takes. Between two waits, the code that sends can notice a cancel."""
_TRIES_FOR_READER = 10
_MAX_NUMBER = 10_000
MAX_WHOLE_FILE = 256_000_000
"""The most bytes of a file that is read into memory as a whole. The files that a request sends have no limit."""
MAX_TEXT_FILE = 16_000_000
"""The most bytes of a file with variables, options or credentials."""
PRIVATE = 0o600
"""The mode of a private file: only its owner may read and write it."""


class OutputError(CallboxError):
    """A file could not be written."""

    exit_code = 3


def literal_path(path: str) -> str:
    """Protect a path in which a shell has already expanded `~`: a `~` at its start is then the name of a folder.

    >>> literal_path("~/a.http"), literal_path("b/a.http")
    ('./~/a.http', 'b/a.http')
    """
    return f"./{path}" if path.startswith("~") else path


def read_bytes(path: str, max_bytes: int = MAX_WHOLE_FILE) -> bytes:
    """Read a whole file. Raises `UsageError` if it cannot be read or has more than `max_bytes` bytes, and for a device
    or a socket, which may never end. The standard input and `/dev/null` are allowed.
    """
    with _open_source(path) as file:
        if os.fstat(file.fileno()).st_size > max_bytes:  # Such a file is not read at all: it may take a minute.
            raise too_large(path, max_bytes)
        return limited(file.read(max_bytes + 1), path, max_bytes)


def read_start(path: str, count: int) -> bytes:
    """Read the first `count` bytes of a file. Raises `UsageError` if it cannot be read."""
    with _open_source(path) as file:
        return file.read(count)


@contextlib.contextmanager
def _open_source(path: str) -> Iterator[IO[bytes]]:
    with _readable(path):
        file_path = Path(os.path.expanduser(path))
        info = file_path.stat()
        _refuse_source(path, info)
        _refuse_special(path, info)
        with file_path.open("rb") as file:
            yield file


def limited(data: bytes, path: str, max_bytes: int, situation: str = "") -> bytes:
    """Return `data`, the content of `path`. Raises the error of `too_large` if it has more than `max_bytes` bytes."""
    if len(data) > max_bytes:
        raise too_large(path, max_bytes, situation)
    return data


def too_large(path: str, max_bytes: int, situation: str = "") -> UsageError:
    """The error for a file with more than `max_bytes` bytes. `situation` is where the limit applies, such as
    ` in a sandbox`.
    """
    return UsageError(f"{path} is larger than {max_bytes // 1_000_000} MB, the most that is read{situation}")


def is_there(path: str) -> bool:
    """Whether there is a file or a folder at this path."""
    return os.path.exists(os.path.expanduser(path))


def read_text(path: str) -> str:
    """Read a text file in UTF-8. A byte order mark is removed. Raises `UsageError` if it cannot be read or is no
    UTF-8.
    """
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text (byte {error.start:,})") from None


def open_pieces(path: str) -> tuple[Callable[[], Iterable[bytes]], int | None]:
    """Prepare to read a file in pieces. Returns a function that reads it from the start at each call, and the size of
    the file in bytes. The size is None for a pipe, a device and a file in /proc. For a pipe or a device, the function
    is a `ReadOnce`, and opens it at its call, because to open it earlier would take data from it. Raises `UsageError`
    at once if the file cannot be read, or if callbox reads its commands from it.
    """
    file_path = Path(os.path.expanduser(path))
    with _readable(path):
        info = file_path.stat()
        _refuse_source(path, info)
        if not stat.S_ISREG(info.st_mode) and not stat.S_ISDIR(info.st_mode):
            from callbox.exchange.request_content import (
                ReadOnce,  # not at the top: only pipes need it, and the prompt loads this module
            )

            return ReadOnce(lambda: _read_once(path, file_path)), None
        with file_path.open("rb") as file:
            # For a file of /proc or /sys, the system reports a size of 0 or of one page, which is wrong.
            is_true = len(file.read(_PIECE)) == min(info.st_size, _PIECE)

    def pieces() -> Iterator[bytes]:
        with _readable(path), file_path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece

    return pieces, info.st_size if is_true else None


_streams_read: set[tuple[int, int]] = set()
"""The unnamed pipes and terminals that were read before, and have no more data."""
_source = ""
"""What callbox itself reads from the standard input, such as `commands`; empty if it reads nothing."""


def claim_standard_input(reader: str) -> None:
    """Reserve the standard input for what callbox reads from it, such as "commands". No request may then read it."""
    global _source
    _source = reader


def _refuse_source(path: str, info: os.stat_result) -> None:
    """Raise `UsageError` if the file is the standard input, and callbox has reserved it."""
    if not _source or stat.S_ISREG(info.st_mode):
        return
    with contextlib.suppress(OSError):
        if os.path.samestat(info, os.fstat(0)):
            raise UsageError(
                f"{path} cannot be read here: callbox reads the {_source} from it",
                hint="save the content in a file, and name this file",
            )


def _refuse_special(path: str, info: os.stat_result) -> None:
    """Raise `UsageError` for a device or a socket, except the standard input and `/dev/null`."""
    if stat.S_ISREG(info.st_mode) or stat.S_ISFIFO(info.st_mode) or stat.S_ISDIR(info.st_mode):
        return
    with contextlib.suppress(OSError):
        if os.path.samestat(info, os.fstat(0)) or info.st_rdev == os.stat(os.devnull).st_rdev:
            return
    raise UsageError(f"{path} is a {'socket' if stat.S_ISSOCK(info.st_mode) else 'device'}, not a file")


def _read_once(path: str, file_path: Path) -> Iterator[bytes]:
    """Read a pipe or a device, and yield its pieces. Each wait yields an empty piece, so that a request can be
    cancelled.
    """
    with (
        _readable(path),
        open(os.open(file_path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0) as file,
    ):
        info = os.fstat(file.fileno())
        stream = (info.st_dev, info.st_ino)
        if not _has_name(file_path):
            if stream in _streams_read:
                raise UsageError(
                    f"{path} was read already, and cannot be read again", hint="save the content in a file first"
                )
            _streams_read.add(stream)
        yield from _read_waiting(file)


def _read_waiting(file: RawIOBase) -> Iterator[bytes]:
    import select  # not at the top: only pipes need it

    waiting = select.poll()
    waiting.register(file, select.POLLIN)
    while True:
        events = waiting.poll(_WAIT_MS)
        if any(event & select.POLLNVAL for _, event in events):
            os.set_blocking(file.fileno(), True)  # This system cannot wait for devices.
        # None means that the pipe is empty and no program writes to it yet. A program may still open it.
        piece = file.read(_PIECE) if events else None
        if piece == b"":
            return
        yield piece or b""


def _has_name(file_path: Path) -> bool:
    """Whether another program may still open the pipe to write, because the pipe has a name in a folder."""
    real = os.path.realpath(file_path)
    return os.path.lexists(real) and not real.startswith("/dev/fd/")


@contextlib.contextmanager
def _readable(path: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise UsageError(f"No such file: {path}", hint=_near(path)) from None
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder, not a file") from None
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror}") from None


def _near(path: str) -> str:
    """A hint with the file of the same folder whose name is the most similar; empty if none is similar."""
    folder, name = os.path.split(path)
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:
            names = [entry.name for entry in islice(entries, MAX_NAMES)]
    except OSError:
        return ""
    # If only the suffixes are equal, the names are not similar.
    alike = nearest_first(os.path.splitext(name)[0], (os.path.splitext(other)[0] for other in names))
    near = nearest_first(name, (other for other in names if os.path.splitext(other)[0] in alike))
    return suggestion(os.path.join(folder, near[0]) if near else "")


@contextlib.contextmanager
def replacing(path: str, *, is_private: bool = False) -> Iterator[IO[bytes]]:
    """A context manager with a new file, which replaces `path` at its end. After an exception, SIGTERM or SIGHUP, the
    new file is deleted, and `path` is unchanged. A symbolic link is followed. An existing file keeps its permissions. A
    new file has the usual ones; with `is_private`, only its owner may read it. A device or a named pipe (`/dev/null`)
    is not replaced; the data is written to it. Raises `OutputError` if the file cannot be written.
    """
    target = _target(path)
    if is_special_file(path):
        with _writable(path) as file:
            yield file
        return
    temporary = ""
    try:
        if target.is_dir():
            raise OutputError(f"{path} is a folder, not a file")
        descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name[:60]}.", dir=target.parent)
        with _removed_by_signals(temporary):
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(descriptor, _mode_of(target, is_private))
                yield file
                file.flush()
                os.fsync(descriptor)
            os.replace(temporary, target)
        temporary = ""
    except OSError as error:
        if isinstance(error, CallboxError):
            raise
        raise write_problem(path, error) from None
    finally:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


@contextlib.contextmanager
def _removed_by_signals(path: str) -> Iterator[None]:
    """A context manager in which a signal that ends this process also deletes the file. If a signal has a handler
    already, the handler stays.
    """
    process = os.getpid()

    def remove(number: int, _: object) -> None:
        if os.getpid() == process:  # A forked child has this handler, too, and must not delete the file.
            with contextlib.suppress(OSError):
                os.unlink(path)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    handled = []
    if threading.current_thread() is threading.main_thread():
        handled = [one for one in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(one) is signal.SIG_DFL]
    for one in handled:
        signal.signal(one, remove)
    try:
        yield
    finally:
        for one in handled:
            with contextlib.suppress(ValueError):  # If the code is a generator, the block may end in another thread.
                signal.signal(one, signal.SIG_DFL)


def _target(path: str) -> Path:
    try:
        return Path(os.path.realpath(Path(os.path.expanduser(path))))
    except OSError as error:  # The current folder was removed.
        raise write_problem(path, error) from None


def is_special_file(path: str) -> bool:
    """Whether the path is a device, a pipe or a socket.

    `/dev/stdout` always counts as one, because it may be a file that another program writes.
    """
    target = _target(path)
    return path.startswith("/dev/") or (target.exists() and not target.is_file() and not target.is_dir())


@contextlib.contextmanager
def _writable(path: str) -> Iterator[IO[bytes]]:
    try:
        # Append, so that the earlier content of a redirected standard output stays.
        with os.fdopen(_open_to_append(path, 0o666), "ab") as file:
            yield file
    except OSError as error:
        raise write_problem(path, error) from None


def write_problem(path: str, error: OSError) -> OutputError:
    """The `OutputError` for a failed write to `path`."""
    words = "no space left" if error.errno == errno.ENOSPC else error.strerror or str(error)
    return OutputError(f"Cannot write {path}: {words[0].lower()}{words[1:]}")


def write_bytes(path: str, data: bytes, *, is_private: bool = False) -> None:
    """Replace the content of a file completely or not at all; see `replacing`."""
    with replacing(path, is_private=is_private) as file:
        file.write(data)


def append_to(path: str, *, is_private: bool = False) -> IO[bytes]:
    """Open a file to append to it. If it is new and `is_private` is set, only its owner can read it. Raises
    `OutputError`.
    """
    try:
        return os.fdopen(_open_to_append(os.path.expanduser(path), PRIVATE if is_private else 0o666), "ab")
    except OSError as error:
        raise write_problem(path, error) from None


def _open_to_append(path: str, mode: int) -> int:
    """Open a file, a device or a pipe to append to it. Returns the descriptor. Waits only a short time for the reader
    of a pipe.
    """
    for _ in range(_TRIES_FOR_READER):
        try:
            number = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, mode)
        except OSError as error:
            if error.errno != errno.ENXIO or not stat.S_ISFIFO(os.stat(path).st_mode):
                raise
            time.sleep(_WAIT_MS / 1000)  # A program that was started together with this process opens the pipe soon.
            continue
        os.set_blocking(number, True)
        return number
    raise OSError(errno.ENXIO, "no program reads this pipe")


def _mode_of(target: Path, is_private: bool) -> int:
    try:
        return target.stat().st_mode & 0o777
    except OSError:
        return PRIVATE if is_private else default_mode()


def default_mode() -> int:
    """The mode of a new file without secrets, by the umask."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def guess_media_type(path: str) -> str | None:
    """The media type that the suffix of a file means; None if it is unknown.

    >>> guess_media_type("a.json"), guess_media_type("noidea")
    ('application/json', None)
    """
    import mimetypes  # not at the top: the module reads the tables of the system, and only requests with files need it

    try:
        return mimetypes.guess_type(path)[0]
    except OSError:  # The tables of the system cannot be read. Python's own tables are used.
        return mimetypes.MimeTypes().guess_type(path)[0]


MOST_FILES = 200
"""How many names of one folder completion offers."""


def write_file(path: str, data: bytes, may_overwrite: bool) -> None:
    """Write a whole file. Only the owner may read a new file (mode 0600). Raises `UsageError` if the file exists and
    `may_overwrite` is False.
    """
    if not may_overwrite and os.path.lexists(os.path.expanduser(path)):
        raise UsageError(f"{path} exists already", hint="to overwrite it: --force")
    write_bytes(path, data, is_private=True)


def list_files(prefix: str) -> list[str]:
    """The files and folders whose path begins with the prefix. Hidden files are listed only if the prefix has their
    dot.
    """
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


def numbered_names(name: str, ending: str = "") -> Iterator[str]:
    """Yield the name, and then the name with numbers. `ending` is a suffix, before which the number stands.

    >>> from itertools import islice
    >>> list(islice(numbered_names("a.b.txt"), 3)), list(islice(numbered_names("a.txt.part", ".part"), 2))
    (['a.b.txt', 'a.b-1.txt', 'a.b-2.txt'], ['a.txt.part', 'a-1.txt.part'])
    """
    yield name
    stem, dot, extension = name.removesuffix(ending).rpartition(".")
    if not stem:
        stem, dot, extension = name.removesuffix(ending), "", ""
    yield from (f"{stem}-{number}{dot}{extension}{ending}" for number in range(1, _MAX_NUMBER))
