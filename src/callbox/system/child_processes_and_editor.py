"""Child processes: a command behind a pipe (`get /x | less`), its pipe, exit codes; the process group of the shell; and
the user's editor, for a text in a temporary file or for a file.

`own_foreground` runs the shell in a separate foreground process group, so that Ctrl-C does not reach the program that
started callbox. Ctrl-C cancels a request and does not end the shell. A `make` or a script that started callbox would
receive it, too, and would fail when the shell ends. So the shell moves to a process group of its own, as the jobs of a
login shell do. If a login shell started callbox directly, it already has its own group.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import shlex
import signal
import subprocess
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Self

from callbox.errors import Fault, Interrupted, SystemFailure, UsageError

_WAIT_MS = 100


class PipeWriter:
    """Writes to the descriptor of a pipe inside a `with` block, in which Ctrl-C ends a write.

    The former handler of the signal is called, too: it cancels the running request. That alone does not end a write to
    a full pipe, because Python repeats the write after the signal.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._deadline = float("inf")
        self._before: object = None
        self._is_interrupted = False
        self.is_given_up = False
        """Whether the time limit passed before the reader had read."""

    def __enter__(self) -> Self:
        os.set_blocking(self._descriptor, False)
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)  # type: ignore[arg-type]  # what `signal` itself gave

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._is_interrupted = True
        if callable(self._before):
            self._before(number, frame)

    def give_up_after(self, seconds: float) -> None:
        """Limit the wait for the reader to this many seconds from now."""
        self._deadline = time.monotonic() + seconds

    def write(self, data: bytes) -> bool:
        """Write all of the data. Returns False if the reader has closed the pipe.

        If the pipe is full, raises `Interrupted` at Ctrl-C and `Fault` at the time limit.
        """
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._descriptor, view) :]
            except BlockingIOError:
                self._wait()
            except BrokenPipeError:
                return False
            except OSError as error:
                raise SystemFailure(f"Cannot write to the pipe: {(error.strerror or str(error)).lower()}") from None
        return True

    def _wait(self) -> None:
        """Wait a short time until the pipe has room."""
        waiting = select.poll()
        waiting.register(self._descriptor, select.POLLOUT)
        if waiting.poll(_WAIT_MS):
            return
        if self._is_interrupted:
            raise Interrupted
        if time.monotonic() >= self._deadline:
            self.is_given_up = True
            message = "The response was not read within the total time allowed"
            raise Fault(message, kind="total-timeout", hint="set option total-timeout SECONDS")


_INTERRUPTED = (-signal.SIGINT, 128 + signal.SIGINT)


def describe_exit(code: int) -> str:
    """An exit code in words; a negative one is a signal.

    >>> describe_exit(3), describe_exit(-2), describe_exit(-15)
    ('failed with exit code 3', 'was interrupted', 'was ended by SIGTERM')
    """
    if code in _INTERRUPTED:
        return "was interrupted"
    if code > 0:
        return f"failed with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


class PipedCommand:
    """A running command, which ends together with the block. Its exit code is then known.

    A command that stops reading early (`| head -1`) is not an error: `write` then returns False.
    """

    def __init__(self, line: str) -> None:
        self._line = line
        self._program: subprocess.Popen[bytes] | None = None
        self._writer: PipeWriter | None = None
        self.code = 0
        """The exit code of the command, when it has ended."""

    def __enter__(self) -> Self:
        with _explained(self._line):
            self._program = subprocess.Popen(self._line, shell=True, stdin=subprocess.PIPE, bufsize=0)
        assert self._program.stdin is not None
        self._writer = PipeWriter(self._program.stdin.fileno()).__enter__()
        return self

    def write(self, data: bytes) -> bool:
        """Write to the standard input of the command. Returns False if the command reads no more."""
        return self._writer is not None and self._writer.write(data)

    def give_up_after(self, seconds: float) -> None:
        """Limit the wait for the command to read, in seconds. A command that has not read by then is ended."""
        if self._writer is not None:
            self._writer.give_up_after(seconds)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        program, writer = self._program, self._writer
        if program is None or writer is None:
            return
        writer.__exit__(kind, error, trace)
        if program.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                program.stdin.close()
        if writer.is_given_up:
            program.terminate()
        self.code = wait_for(program, ending=_Ending(program))


_PLAIN_LINE = re.compile(r"(?!\s*(?:if|then|elif|else|fi|for|while|until|do|done|case|esac)\b)[\w ./=:,@%+~-]*+\Z")
"""A line whose words have no meaning for a shell."""
_PROGRAM = re.compile(r"\s*+([A-Za-z][\w.+-]*+)(?=\s|\Z|[|;&<>])")
"""The first word of a line, if it is the plain name of a program."""
_SHELL_PREFIX = re.compile(r"\A[^\n]*?(?<!\d)\d++: (?:[Ss]yntax error: )?")


def check_line(line: str) -> None:
    """Check that the shell of `run_line` can read this line and knows its first program, and run nothing.

    Raises `UsageError`.
    """
    if os.name != "posix":
        return
    _check_program(line)
    if _PLAIN_LINE.match(line):
        return
    done = subprocess.run(
        ["/bin/sh", "-n", "-c", line], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    if done.returncode:
        told = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["syntax error"]
        what = _SHELL_PREFIX.sub("", told[0]).partition(" near ")[0]  # what is near may be a secret
        raise UsageError(f"The shell cannot read the command behind |: {what}", hint="close the quotes of the command")


def _check_program(line: str) -> None:
    """Raise `UsageError` if the first word of a line names no program and no command of the shell."""
    from shutil import which  # the import takes 5 ms, and few lines have a pipe

    first = _PROGRAM.match(line)
    if first is None or which(first[1]):
        return
    found = subprocess.run(
        ["/bin/sh", "-c", 'command -v -- "$0"', first[1]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    if found.returncode:
        raise UsageError(f"No program '{first[1]}', so nothing was sent", hint="check the name, or install the program")


def run_line(line: str) -> int:
    """Run a line in the user's shell, on this terminal. Returns the exit code."""
    with _explained(line):
        program = subprocess.Popen(line, shell=True)
    return wait_for(program)


def capture_line(line: str) -> tuple[bytes, int]:
    """Run a line in the user's shell. Returns its output and its exit code.

    Ctrl-C ends the line, and is raised here, too.
    """
    with _explained(line):
        done = subprocess.run(line, shell=True, stdout=subprocess.PIPE, check=False)
    return done.stdout, done.returncode


@contextlib.contextmanager
def _explained(command: str) -> Iterator[None]:
    """Turn the error of a program that cannot be started (too many processes, too many files, no memory) into a
    message.
    """
    try:
        yield
    except OSError as error:
        raise SystemFailure(f"Cannot run '{command}': {(error.strerror or str(error)).lower()}") from None


class _Ending:
    """Ends a program: SIGTERM at the third Ctrl-C within two seconds, SIGKILL at the third after that."""

    _TIMES = 3
    _WITHIN_S = 2.0

    def __init__(self, program: subprocess.Popen[bytes]) -> None:
        self._program = program
        self._signal = signal.SIGTERM
        self._came: list[float] = []

    def __call__(self) -> None:
        now = time.monotonic()
        self._came = [*(at for at in self._came if now - at <= self._WITHIN_S), now]
        if len(self._came) >= self._TIMES:
            self._program.send_signal(self._signal)
            self._signal, self._came = signal.SIGKILL, []


def _ignore() -> None:
    pass


def wait_for(program: subprocess.Popen[bytes], *, ending: Callable[[], None] = _ignore) -> int:
    """Wait for the exit code.

    Ctrl-C also reaches the program, which decides what to do. A pager keeps running, so the wait continues.

    `ending` is called for each Ctrl-C.
    """
    with _ignoring_interrupts(ending):
        return program.wait()


@contextlib.contextmanager
def _ignoring_interrupts(instead: Callable[[], None]) -> Iterator[None]:
    """A block in which Ctrl-C calls `instead`.

    An exception directly after the wait would lose the exit code, because a second call of `wait` returns 0.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda number, frame: instead())  # children would inherit SIG_IGN
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


_TERMINAL = 0
"""The standard input, which the prompt reads."""


@contextlib.contextmanager
def own_foreground() -> Iterator[None]:
    """A block in which Ctrl-C and Ctrl-Z reach only this process and its children.

    Ctrl-Z still suspends the program that started callbox, because the login shell knows only that job.
    """
    group = os.getpgrp()
    if group == os.getpid() or not _is_foreground(group):
        yield
        return
    job = _Job(group)
    before = signal.signal(signal.SIGTSTP, job.suspend)
    job.enter_own_group()
    try:
        yield
    finally:
        job.return_to_first_group()
        signal.signal(signal.SIGTSTP, before)


class _Job:
    """This process, inside or outside of the group in which it was started."""

    def __init__(self, group: int) -> None:
        self._group = group

    def enter_own_group(self) -> None:
        """Move into a separate process group, in the foreground of the terminal."""
        _join_foreground(0)

    def return_to_first_group(self) -> None:
        """Return to the first group and give the terminal back to that group, which may have ended."""
        _join_foreground(self._group)

    def suspend(self, number: int, frame: FrameType | None) -> None:
        """Handle Ctrl-Z: stop together with the first group, and continue when it continues.

        Children in this group stop, too.
        """
        modes = termios.tcgetattr(_TERMINAL)
        self.return_to_first_group()
        signal.signal(number, signal.SIG_DFL)
        with contextlib.suppress(OSError):
            os.killpg(self._group, number)
        # The process continues from here.
        signal.signal(number, self.suspend)
        if _is_foreground(self._group):
            self.enter_own_group()
            termios.tcsetattr(_TERMINAL, termios.TCSADRAIN, modes)  # the login shell used its own settings meanwhile
            os.killpg(os.getpgrp(), signal.SIGCONT)


def _is_foreground(group: int) -> bool:
    """Whether the terminal belongs to this group; False if there is no terminal."""
    try:
        return os.tcgetpgrp(_TERMINAL) == group
    except OSError:
        return False


def _join_foreground(group: int) -> None:
    """Join a group (0: a new one) and give it the terminal.

    SIGTTOU must not stop this process while it is in the background.
    """
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        with contextlib.suppress(OSError):
            os.setpgid(0, group)
            os.tcsetpgrp(_TERMINAL, os.getpgrp())
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


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
