"""Downloads. The body is written to `NAME.part` until it is complete. An existing file is never overwritten. The file
`.NAME.part.from` in the same folder has the validator for If-Range, and a digest of the URL. The next download of this
URL to this folder continues the part. The digest has a secret key of the user. So it does not reveal the URL, and
nobody else can plant a false part.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import os
from pathlib import Path
from typing import IO

from callbox.errors import CallboxError, UsageError
from callbox.storage.file_read_write_and_list import default_mode, write_problem
from callbox.storage.folder_without_links import Folder
from callbox.storage.platform_directories import make_directory

_MAX_NOTES = 1000
_MAX_NOTE = 8192
_PART = ".part"
_KEY = "download.key"
_KEY_BYTES = 32


class Download:
    """A download to a file. `begun` is the number of bytes that an earlier attempt has left, and `validator` says of
    which version of the content they are.
    """

    def __init__(self, url: str, target: str = "") -> None:
        """`target` is a file, a folder, or empty for the current folder. Raises `UsageError` if the folder does not
        exist.
        """
        chosen = Path(os.path.expanduser(target)) if target else Path()
        is_folder = not target or target.endswith("/") or chosen.is_dir()
        directory = chosen if is_folder else chosen.parent
        if not directory.is_dir():
            raise UsageError(f"No such folder: {directory}")
        self.name = "" if is_folder else chosen.name
        """The name of the file, if the user has named it or an earlier attempt has a name; else empty."""
        self._folder = Folder(directory)
        self._url = url
        self._file: IO[bytes] | None = None
        self._part = ""
        self.begun, self.validator = self._find_part()

    def start(self, name: str, validator: str, *, can_continue: bool) -> None:
        """Open the part to write: that of the earlier attempt, to continue it, or a new one. `name` is the name of the
        file, unless the user has given one.
        """
        try:
            if not can_continue:
                self._forget_part()
                self.name = self.name or name
                self._part, self._file = self._folder.create_free(self.name + _PART, _PART)
                _lock(self._file)
                self.begun = 0
            if validator and (digest := _digest(self._url, self._part, validator)):
                self._folder.replace(_note(self._part), f"{digest}\n{validator}\n".encode())
        except OSError as error:
            raise write_problem(str(self._path(self.name + _PART)), error) from None

    def write(self, data: bytes) -> bool:
        """Write more data. Raises `OutputError` if the disk is full."""
        if self._file is None:
            return False
        try:
            self._file.write(data)
        except OSError as error:
            raise write_problem(str(self._path(self._part)), error) from None
        return True

    def finish(self) -> str:
        """Give the complete file its name, or the next free name (`a-1.txt`). Returns the path."""
        try:
            if self._file is not None:
                # Until now, only the user could read the file. Now it gets the usual permissions.
                os.fchmod(self._file.fileno(), default_mode())
            self._close(is_synced=True)
            name = self._folder.give_name(self._part, self.name)
            self._folder.remove(_note(self._part))
        except OSError as error:
            failure = write_problem(str(self._path(self.name)), error)
            if self._folder.has(self._part):
                failure.hint = f"the whole content is in {self._path(self._part)}"
            raise failure from None
        self._folder.close()
        return str(self._path(name))

    def keep(self) -> str:
        """End an interrupted download, whose part stays for the next attempt. Returns the path of the part; empty if
        there is no data.
        """
        part = self._part if self._file is not None else ""
        with contextlib.suppress(OSError):
            if self._file is not None:
                self._file.flush()
                if not os.fstat(self._file.fileno()).st_size:
                    self._forget_part()
                    part = ""
            self._close(is_synced=False)
        self._folder.close()
        return str(self._path(part)) if part else ""

    def _path(self, name: str) -> Path:
        return self._folder.path / name

    def _close(self, *, is_synced: bool) -> None:
        opened, self._file = self._file, None
        if opened is not None:
            with opened as file:
                file.flush()
                if is_synced:
                    os.fsync(file.fileno())

    def _find_part(self) -> tuple[int, str]:
        """Find the part of an earlier attempt. Returns its size and its validator. The part stays open, so that nobody
        can replace it.
        """
        for note in self._notes():
            part = note.removeprefix(".").removesuffix(".from")
            try:
                digest, validator, *_ = [*self._folder.read(note, _MAX_NOTE).decode().split("\n"), "", ""]
                if not validator or not hmac.compare_digest(digest, _digest(self._url, part, validator)):
                    continue
                file = self._folder.append(part)
                size = os.fstat(file.fileno()).st_size
                if size and _lock(file):
                    self._file, self._part, self.name = file, part, part.removesuffix(_PART)
                    return size, validator
                file.close()
            except (OSError, ValueError, TypeError, CallboxError):
                continue
        return 0, ""

    def _notes(self) -> list[str]:
        if self.name:
            return [_note(self.name + _PART)]
        try:
            names = self._folder.names()
        except OSError:
            return []
        return [name for name in names if name.startswith(".") and name.endswith(f"{_PART}.from")][:_MAX_NOTES]

    def _forget_part(self) -> None:
        """Delete the part of the earlier attempt, because it is of another version of the content."""
        if self._file is not None:
            self._folder.remove(self._part)
            with contextlib.suppress(OSError, CallboxError):
                self._folder.read(_note(self._part), _MAX_NOTE)
                self._folder.remove(_note(self._part))
            self._close(is_synced=False)


def _note(part: str) -> str:
    return f".{part}.from"


def _lock(file: IO[bytes]) -> bool:
    """Lock the part against other downloads. Returns False if another download has locked it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # This file system has no locks.
        return True
    return True


def _digest(url: str, part: str, validator: str) -> str:
    """A digest of URL, part and validator, made with the secret key of the user; empty if there is no key."""
    key = _key()
    if not key:
        return ""
    return hmac.new(key, f"{url}\n{part}\n{validator}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _key() -> bytes:
    """The secret key of the user, created at its first use; empty if it cannot be stored."""
    directory = make_directory("state")
    if directory is None:
        return b""
    try:
        with Folder(directory) as folder:
            with contextlib.suppress(FileExistsError), folder.create(_KEY) as file:
                file.write(os.urandom(_KEY_BYTES))
            key = folder.read(_KEY, _KEY_BYTES)
            if len(key) < _KEY_BYTES:  # The machine has stopped while the key was written.
                key = os.urandom(_KEY_BYTES)
                folder.replace(_KEY, key)
    except (OSError, CallboxError):
        return b""
    return key
