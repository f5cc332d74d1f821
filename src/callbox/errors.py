"""The base classes of all errors: each error has a message, a hint and a place.

The message says what went wrong, in one line and in the user's terms. The hint is one thing to try. The place is a
position in a typed line or in a file. The errors that users of Requests catch (`ConnectionError`, `Timeout` ...) are
subclasses of `CallboxError` in `callbox.exceptions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar, NamedTuple


class Place(NamedTuple):
    """A position in a file or, if `file` is empty, in a typed line."""

    file: str = ""
    line: int = 1
    """The 1-based line."""
    column: int = 1
    """The 1-based column, in characters."""
    length: int = 1
    """How many characters to underline."""
    source: str = ""
    """The text of the line, which is printed above the caret."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.file else f"{self.line}:{self.column}"


class CallboxError(Exception):
    """An error for the user: a one-line message, a hint and a place.

    >>> str(CallboxError("No cookie 'sdi'", hint="Did you mean 'sid'?"))
    "No cookie 'sdi'"
    """

    exit_code: ClassVar[int] = 2
    """The exit code of the process: 1 a check failed, 2 usage, 3 could not send, 4 a bug of callbox."""

    def __init__(self, message: object = "", *, hint: str = "", place: Place | None = None) -> None:
        super().__init__(message)
        self.message = str(message)
        self.hint = hint
        self.place = place


@contextmanager
def placed_at(make_place: Callable[[], Place]) -> Iterator[None]:
    """A context manager that adds a place to an error that has none."""
    try:
        yield
    except CallboxError as error:
        error.place = error.place or make_place()
        raise


class UsageError(CallboxError):
    """Wrong input, a missing file or an undefined variable. Nothing was sent."""


class ScriptError(UsageError):
    """Raised for an error in a `.http` file; `place` says where."""


class SystemFailure(CallboxError):
    """The operating system refused a call that usually succeeds: the disk, the memory or a limit of the process."""

    exit_code: ClassVar[int] = 3


class Fault(CallboxError):
    """Raised if the request could not be sent, or its response could not be read to the end.

    `kind` is one of the words in `callbox.wire.error_translation`. `received` is the number of bytes of the body that
    were received.
    """

    exit_code: ClassVar[int] = 3

    def __init__(
        self,
        message: object = "",
        *,
        kind: str = "connection",
        hint: str = "",
        place: Place | None = None,
        received: int = 0,
    ) -> None:
        super().__init__(message, hint=hint, place=place)
        self.kind = kind
        self.received = received
        self.is_unsent = False
        """True if certainly no byte of the request was sent. The code that raises the fault sets it."""
        self.record: object = None
        """The `Record` with the received part of the response; None if no headers were received."""


class Interrupted(Fault):
    """Raised if the user cancelled the request (Ctrl-C in the shell)."""

    exit_code: ClassVar[int] = 130

    def __init__(self, message: object = "interrupted", *, received: int = 0) -> None:
        super().__init__(message, kind="interrupted", received=received)
