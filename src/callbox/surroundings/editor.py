"""The user's own editor: on a text, by way of a temporary file, or on a file itself."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator

from callbox.errors import UsageError
from callbox.surroundings.ending import ending
from callbox.surroundings.piping import wait_for

USUAL = ("sensible-editor", "nano", "vi")
_MOST_BYTES = 16_000_000


@contextlib.contextmanager
def edited(text: str, suffix: str = ".txt") -> Iterator[str]:
    """The text as the user leaves it; blocks while the editor runs.

    The file, private to the user, is removed when the block ends well, and otherwise stays: what was typed is not
    lost with an error about it. Raises UsageError where there is no editor or it fails.
    """
    number, path = tempfile.mkstemp(prefix="callbox-", suffix=suffix)
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        edit_file(path)
        left = _read(path)
    except BaseException:
        os.unlink(path)
        raise
    try:
        yield left
    except UsageError as error:
        if left == text:
            os.unlink(path)
        else:
            error.hint = f"{error.hint}; what you wrote is in {path}".removeprefix("; ")
        raise
    os.unlink(path)


def _read(path: str) -> str:
    try:
        with open(path, "rb") as file:
            data = file.read(_MOST_BYTES)
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        raise UsageError("What the editor left cannot be read as UTF-8 text") from None


def edit_file(path: str) -> None:
    """Open a file in $VISUAL, $EDITOR, or what is usual here, and wait. Raises UsageError where that fails."""
    command = _command()
    try:
        program = subprocess.Popen([*command, path])
    except OSError as error:
        raise UsageError(
            f"Cannot run the editor {command[0]}: {(error.strerror or '').lower()}", hint="set $VISUAL or $EDITOR"
        ) from None
    code = wait_for(program)
    if code:
        raise UsageError(f"The editor {command[0]} {ending(code)}; nothing was changed")


def _command() -> list[str]:
    for name in ("VISUAL", "EDITOR"):
        with contextlib.suppress(ValueError):
            if words := shlex.split(os.environ.get(name, "")):
                return words
    from shutil import which

    if not (os.isatty(0) and os.isatty(1)):
        raise UsageError("An editor wants a terminal, and here is none", hint="set $VISUAL to one that needs none")
    return [next((name for name in USUAL if which(name)), "vi")]
