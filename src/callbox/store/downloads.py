"""Content on its way to a file of its own: as `NAME.part` until it is whole, and never over a file that is there.

Beside a part lies `.NAME.part.from`, which says of which URL it is and how to ask whether it is still the same
(a validator for If-Range). The next download of that URL into that folder goes on where the part ends.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import IO

from callbox.errors import UsageError
from callbox.store.files import write_problem

_MOST_TRIES = 10_000
_MOST_NOTE = 8192


class Download:
    """One download. `begun` bytes of it are there from an earlier try, `validator` says of what version."""

    def __init__(self, url: str, target: str = "") -> None:
        """`target` is a file, a folder, or nothing; Raises `UsageError` where that folder is not there."""
        chosen = Path(os.path.expanduser(target)) if target else Path()
        self._is_folder = not target or target.endswith("/") or chosen.is_dir()
        self._folder = chosen if self._is_folder else chosen.parent
        self._name = "" if self._is_folder else chosen.name
        if not self._folder.is_dir():
            raise UsageError(f"No such folder: {self._folder}")
        self._url = url
        self._file: IO[bytes] | None = None
        self._part = Path()
        self.begun, self.validator = self._find_part()

    def start(self, name: str, validator: str, *, goes_on: bool) -> None:
        """Open the part: anew (under the name asked for, or this one), or where the earlier try ended."""
        try:
            if not goes_on:
                self._forget_part()
                self._name = self._name or name
                self._part, self._file = _create(self._folder, f"{self._name}.part")
                self.begun = 0
            else:
                self._file = self._part.open("ab")
            if validator:
                _note(self._part).write_text(f"{self._url}\n{validator}\n", "utf-8")
        except OSError as error:
            raise write_problem(str(self._folder / f"{self._name}.part"), error) from None

    def write(self, data: bytes) -> bool:
        """Take more. Raises `OutputError` where there is no room."""
        if self._file is None:
            return False
        try:
            self._file.write(data)
        except OSError as error:
            raise write_problem(str(self._part), error) from None
        return True

    def finish(self) -> str:
        """All of it is here: give it its name, or the next that is free. Returns the path."""
        try:
            self._close(is_synced=True)
            path = _take_name(self._part, self._folder, self._name)
        except OSError as error:
            raise write_problem(str(self._folder / self._name), error) from None
        _note(self._part).unlink(missing_ok=True)
        return str(path)

    def keep(self) -> str:
        """It was cut off: what came stays as the part. Returns its path, or nothing where nothing came."""
        if self._file is None:
            return ""
        with contextlib.suppress(OSError):
            self._close(is_synced=False)
            if self._part.stat().st_size:
                return str(self._part)
            self._forget_part()
        return ""

    def _close(self, *, is_synced: bool) -> None:
        opened, self._file = self._file, None
        if opened is not None:
            with opened as file:
                file.flush()
                if is_synced:
                    os.fsync(file.fileno())

    def _find_part(self) -> tuple[int, str]:
        pattern = f".{self._name}.part.from" if self._name else ".*.part.from"
        for note in sorted(self._folder.glob(pattern.replace("[", "[[]") if self._name else pattern))[:1000]:
            part = note.with_name(note.name.removeprefix(".").removesuffix(".from"))
            try:
                if note.stat().st_size > _MOST_NOTE or part.is_symlink():
                    continue
                url, validator, *_ = [*note.read_text("utf-8").split("\n"), "", ""]
                size = part.stat().st_size
            except (OSError, UnicodeDecodeError):
                continue
            if url == self._url and validator and size:
                self._part, self._name = part, part.name.removesuffix(".part")
                return size, validator
        return 0, ""

    def _forget_part(self) -> None:
        """Our own earlier try, of another version of the content."""
        if self._part.name:
            self._part.unlink(missing_ok=True)
            _note(self._part).unlink(missing_ok=True)


def _note(part: Path) -> Path:
    return part.with_name(f".{part.name}.from")


def _create(folder: Path, name: str) -> tuple[Path, IO[bytes]]:
    """A new file of this name, or of the next that is free. What is there, a link too, is left alone."""
    for path in _candidates(folder, name, ".part"):
        try:
            number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
        except FileExistsError:
            continue
        return path, os.fdopen(number, "wb")
    raise FileExistsError(17, "too many files of that name")


def _take_name(part: Path, folder: Path, name: str) -> Path:
    for path in _candidates(folder, name):
        try:
            # A link is made only where nothing is: a rename would take the place of what came there meanwhile.
            os.link(part, path, follow_symlinks=False)
        except FileExistsError:
            continue
        except OSError:
            return _rename(part, folder, name)  # a file system without hard links
        part.unlink()
        return path
    raise FileExistsError(17, "too many files of that name")


def _rename(part: Path, folder: Path, name: str) -> Path:
    path, file = _create(folder, name)
    file.close()
    os.replace(part, path)
    return path


def _candidates(folder: Path, name: str, last: str = "") -> list[Path]:
    """`a.txt`, `a-1.txt`, `a-2.txt` ..; `last` is an ending that stays last."""
    stem, dot, extension = name.removesuffix(last).rpartition(".")
    if not stem:
        stem, dot, extension = name.removesuffix(last), "", ""
    names = [name, *(f"{stem}-{number}{dot}{extension}{last}" for number in range(1, _MOST_TRIES))]
    return [folder / one for one in names]
