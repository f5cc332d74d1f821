"""Read files in one folder only, for scripts that are not trusted. A path is resolved and checked before anything is
opened, so no link leads out of the folder. Only regular files of limited size are read, so no pipe makes callbox wait.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import BinaryIO

from callbox.errors import UsageError
from callbox.storage.file_read_write_and_list import limited, too_large

_PIECE = 65_536
_HIDDEN = re.compile(r"\.(?!\Z|\.\Z|env(?:\.|\Z))")
"""A pattern for names of hidden files, in which tools have their secrets. `.env` does not match, because it is for
scripts.
"""
# The flags: follow no link that was made after the check, and do not wait for the other end of a pipe.
_SAFE_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def is_below(folder: str, path: str) -> bool:
    """Whether a path is in this folder, after all symbolic links of both are resolved."""
    return _real_path(path).startswith(os.path.join(_real_path(folder or "."), ""))


def leads_out(folder: str, path: str) -> bool:
    """Whether a path that begins in this folder leads out of it, because of a symbolic link. The path may begin with
    any path of the folder: an absolute path, or a symbolic link of the user.
    """
    written = os.path.join(os.getcwd(), os.path.expanduser(path))
    plain = os.path.abspath(written)
    if _real_path(written) != _real_path(plain):  # There is a `..` after a symbolic link.
        return _names(folder, written)
    return _names(folder, plain) and not is_below(folder, written)


def _names(folder: str, path: str) -> bool:
    """Whether the path, or a folder above it, is this folder."""
    real = _real_path(folder or ".")
    while (parent := os.path.dirname(path)) != path:
        if _real_path(parent) == real:
            return True
        path = parent
    return False


def _is_hidden(names: list[str]) -> bool:
    """Whether one of these names of a path is hidden. A file `.env` is for scripts and counts as visible; a folder with
    this name does not.
    """
    *folders, last = names
    is_in_hidden = any(name.startswith(".") and name not in (".", "..") for name in folders)
    return is_in_hidden or _HIDDEN.match(last) is not None


class Confined:
    """Reads files for a script that may read only the files of one folder."""

    def __init__(self, folder: str, name: str, hint: str = "", *, refusal: str = "") -> None:
        """`name` is what messages call the folder. With a `refusal`, no file can be read, and each attempt raises an
        error with this text.
        """
        self._folder = folder or "."
        self._name = name
        self._hint = hint
        self._refusal = refusal

    def locate(self, path: str, *, allows_hidden: bool = False) -> str:
        """Resolve all symbolic links of a path. Returns the real path. Raises `UsageError` if it is outside of the
        folder, or a hidden file. Opens no file, and searches nothing outside of the folder.
        """
        if self._refusal:
            raise UsageError(self._refusal, hint=self._hint)
        root, real = _real_path(self._folder), _real_path(path)
        if not real.startswith(os.path.join(root, "")):
            raise UsageError(f"{path} is outside of {self._name}", hint=self._hint)
        written = os.path.relpath(os.path.abspath(os.path.expanduser(path)), os.path.abspath(self._folder))
        paths = (written.split(os.sep), os.path.relpath(real, root).split(os.sep))
        if not allows_hidden and any(_is_hidden(names) for names in paths):
            raise UsageError(f"{path} is hidden, and hidden files are not read", hint=self._hint)
        return real

    def is_file(self, path: str, *, allows_hidden: bool = False) -> bool:
        """Whether the path exists and is no folder. Raises `UsageError` if it leads out of the folder."""
        if self._refusal:
            return False
        real = self.locate(path, allows_hidden=allows_hidden)
        return os.path.lexists(real) and not os.path.isdir(real)

    def read(self, path: str, max_bytes: int, *, allows_hidden: bool = False) -> bytes:
        """Read a file. Raises `UsageError` if it must not or cannot be read, or has more than `max_bytes` bytes."""
        descriptor, _ = self._open(path, max_bytes, allows_hidden)
        with os.fdopen(descriptor, "rb") as file:
            return limited(file.read(max_bytes + 1), path, max_bytes, " in a sandbox")

    def open_pieces(self, path: str, max_bytes: int) -> tuple[Callable[[], Iterator[bytes]], int]:
        """Prepare to read a file in pieces. Returns a function that reads it from the start at each call, and the size
        of the file in bytes. Raises `UsageError` at once if the file must not or cannot be read.
        """
        descriptor, size = self._open(path, max_bytes, False)
        os.close(descriptor)

        def pieces() -> Iterator[bytes]:
            left = max_bytes
            with os.fdopen(self._open(path, max_bytes, False)[0], "rb") as file:
                while left > 0 and (piece := _read_piece(file, min(_PIECE, left), path)):
                    left -= len(piece)
                    yield piece

        return pieces, size

    def _open(self, path: str, max_bytes: int, allows_hidden: bool) -> tuple[int, int]:
        """Open a file. Returns its descriptor and its size in bytes."""
        real = self.locate(path, allows_hidden=allows_hidden)
        try:
            descriptor = os.open(real, _SAFE_FLAGS)
        except FileNotFoundError:
            raise UsageError(f"No such file: {path}") from None
        except OSError as error:
            raise UsageError(f"Cannot read {path}: {error.strerror}") from None
        try:
            info = os.fstat(descriptor)
            if stat.S_ISDIR(info.st_mode):
                raise UsageError(f"{path} is a folder, not a file")
            if not stat.S_ISREG(info.st_mode):
                raise UsageError(f"{path} is not an ordinary file", hint=self._hint)
            if info.st_size > max_bytes:
                raise too_large(path, max_bytes, " in a sandbox")
        except BaseException:
            with suppress(OSError):
                os.close(descriptor)
            raise
        return descriptor, info.st_size


def _read_piece(file: BinaryIO, size: int, path: str) -> bytes:
    try:
        return file.read(size)
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror}") from None


def _real_path(path: str) -> str:
    try:
        return os.path.realpath(os.path.expanduser(path))
    except (OSError, ValueError):  # The path has a NUL, or a folder was removed.
        raise UsageError(f"No such file: {path!r}") from None
