"""The user's editor: edit a text in a temporary file, or edit a file."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator

from callbox.errors import UsageError
from callbox.system.piped_child_processes import describe_exit, wait_for

DEFAULT_EDITORS = ("sensible-editor", "nano", "vi")

_MAX_BYTES = 16_000_000


@contextlib.contextmanager
def edit_text(text: str, suffix: str = ".txt", must_be_saved: bool = False) -> Iterator[str]:
    """Let the user edit a text in an editor. Yields the edited text.

    Only the user can read the file. It is removed when the block ends; if the block raises, it stays, so that no text
    is lost. Raises `UsageError` if there is no editor, or if the editor fails.

    With `must_be_saved`, raises `UsageError` too if the editor has not written the file: `:q!` means no.
    """
    descriptor, path = tempfile.mkstemp(prefix="callbox-", suffix=suffix)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        written = _version_of(path)
        edit_file(path)
    except BaseException:
        _remove(path)
        raise
    edited_text = _read(path)
    if must_be_saved and edited_text == text and _version_of(path) == written:
        _remove(path)
        raise UsageError(
            "The editor saved nothing, so nothing was sent", hint="save the text, even unchanged, to send it"
        )
    try:
        yield edited_text
    except UsageError as error:
        if edited_text == text:
            _remove(path)
        else:
            error.hint = f"{error.hint}; what you wrote is in {path}".removeprefix("; ")
        raise
    _remove(path)


def _version_of(path: str) -> tuple[int, int]:
    """The time of change of a file and its inode. One of them changes if an editor writes or replaces the file."""
    info = os.stat(path)
    return (info.st_mtime_ns, info.st_ino)


def _remove(path: str) -> None:
    """Remove a file, unless the editor has already removed it."""
    with contextlib.suppress(FileNotFoundError, IsADirectoryError, PermissionError):
        os.unlink(path)


def _read(path: str) -> str:
    """The text that the editor has saved. If it cannot be read, raises `UsageError` and keeps the file."""
    try:
        with open(path, "rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        raise UsageError("The editor has removed the file; nothing was changed") from None
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise UsageError(f"The edited file cannot be read: {reason}", hint=f"it is in {path}") from None
    if len(data) > _MAX_BYTES:
        message = f"The edited file has more than {_MAX_BYTES // 1_000_000} MB"
        raise UsageError(message, hint=f"it is in {path}")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"The edited file is not UTF-8 text: line {line}"
        raise UsageError(message, hint=f"it is in {path}") from None


def edit_file(path: str) -> None:
    """Open a file in $VISUAL, $EDITOR or the default editor, and wait. Raises UsageError on failure."""
    command = _command()
    # An editor reads a name such as `+:!command` or `-x` as an option, even for a file in a foreign folder.
    file = path if os.path.isabs(path) else os.path.join(os.curdir, path)
    try:
        program = subprocess.Popen([*command, file])
    except OSError as error:
        raise UsageError(
            f"Cannot run the editor {command[0]}: {(error.strerror or '').lower()}", hint="set $VISUAL or $EDITOR"
        ) from None
    code = wait_for(program)
    if code:
        raise UsageError(f"The editor {command[0]} {describe_exit(code)}; nothing was changed")


def _command() -> list[str]:
    for name in ("VISUAL", "EDITOR"):
        with contextlib.suppress(ValueError):
            if words := shlex.split(os.environ.get(name, "")):
                return words
    from shutil import which

    if not (os.isatty(0) and os.isatty(1)):
        raise UsageError(
            "The editor needs a terminal, and there is none", hint="set $VISUAL to an editor that works without one"
        )
    return [next((name for name in DEFAULT_EDITORS if which(name)), "vi")]
