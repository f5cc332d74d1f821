"""The command `callbox` as a process, and `pytest`: as `subprocess` starts it, in a twentieth of the time."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import pty
import shlex
import socket
import subprocess
import sys
import termios
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pexpect import fdpexpect
from tests.support.fork_client import ask, read_answer

TIMEOUT_S = 100
"""After this a process counts as hanging. None takes nearly as long, on a busy machine either."""

_READ_AT_START = ("PYTHON", "LC_", "LANG", "OPENSSL", "LD_")
"""Variables whose names start so are read once, by Python as it starts or by a library as it is loaded."""


class Callbox(subprocess.Popen[Any]):
    """A running `callbox`, started with the words that follow its name; the rest is as for `subprocess.Popen`.

    It is forked from a process that has loaded callbox already. It is a Python of its own if `is_fresh`, and if the
    environment has other variables that are read at the start than this process has. With `has_terminal`, its
    standard input is a terminal, which becomes the one that controls it. Another `module` is run as `python -m` runs it.
    """

    def __init__(
        self,
        *words: str | Path,
        module: str = "callbox",
        is_fresh: bool = False,
        has_terminal: bool = False,
        env: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        self._environ = dict(os.environ if env is None else env)
        self._is_fresh = is_fresh or not can_be_forked(self._environ)
        self._has_terminal = has_terminal
        self._module = module
        self._words = [*map(str, words)]
        super().__init__([sys.executable, "-m", module, *self._words], env=env, **more)

    def _execute_child(self, *arguments: Any) -> None:
        if self._is_fresh:
            super()._execute_child(*arguments)  # type: ignore[misc]
            return
        folder, pipes = arguments[5], arguments[10:16]
        streams = [own if given == -1 else given for own, given in enumerate((pipes[0], pipes[3], pipes[5]))]
        request = {
            "module": self._module,
            "words": self._words,
            "folder": os.path.abspath(folder or "."),
            "environ": self._environ,
            "has_terminal": self._has_terminal,
        }
        self._channel = ask(_server(), streams, request)
        self.pid = read_answer(self._channel)
        self._child_created = True
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]

    def _internal_poll(self, *arguments: Any, **more: Any) -> int | None:
        if self._is_fresh:
            return super()._internal_poll(*arguments, **more)  # type: ignore[misc,no-any-return]
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._wait(0)
        return self.returncode

    def _wait(self, timeout: float | None) -> int:
        if self._is_fresh:
            return super()._wait(timeout)  # type: ignore[misc,no-any-return]
        if self.returncode is None:
            self._channel.settimeout(timeout)
            try:
                status = read_answer(self._channel)
            except OSError:
                raise subprocess.TimeoutExpired(self.args, timeout or 0) from None
            self._channel.close()
            self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def run(*words: str | Path, given: str | bytes | None = None, text: bool = True, **more: Any) -> Any:
    """Run `callbox` to its end, its output captured unless told otherwise; gives a `CompletedProcess`."""
    more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": text} | more
    if given is not None:
        more["stdin"] = subprocess.PIPE
    with Callbox(*words, **more) as process:
        try:
            out, err = process.communicate(given, timeout=TIMEOUT_S)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


class Terminal(fdpexpect.fdspawn):
    """A running `callbox` on a terminal of its own, with the part of `pexpect.spawn` that tests use."""

    def __init__(self, *words: str | Path, dimensions: tuple[int, int] = (24, 80), **more: Any) -> None:
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, dimensions)
        streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
        options = {name: more.pop(name) for name in ("env", "cwd", "module") if name in more}
        self.process = Callbox(*words, **streams, **options, has_terminal=True)
        os.close(theirs)
        super().__init__(ours, **more)

    def wait(self) -> int:
        """Wait for its end; gives the exit code."""
        self.exitstatus = self.process.wait(TIMEOUT_S)
        return self.exitstatus

    def close(self, force: bool = False) -> None:
        """Take the terminal away, and with `force` end the process. Without, it has to end by itself."""
        if self.child_fd != -1:
            super().close()
        if force:
            self.process.kill()
        self.wait()


def write_command(path: Path) -> int:
    """Write an executable that is `callbox` for lines of a shell; gives the file that the shell has to inherit."""
    number = _server().fileno()
    client = [sys.executable, "-I", "-S", str(Path(__file__).with_name("fork_client.py")), str(number)]
    path.write_text(f'#!/bin/sh\nexec {shlex.join(client)} "$@"\n')
    path.chmod(0o755)
    return number


def can_be_forked(environ: Mapping[str, str]) -> bool:
    """Whether a fork with this environment is what a new Python would be."""
    return _read_at_start(environ) == _read_at_start(os.environ)


def _read_at_start(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in environ.items() if name.startswith(_READ_AT_START) and name != "PYTHONUNBUFFERED"
    }


@functools.cache
def _server() -> socket.socket:
    """The connection to the process that forks, which is started for the first `callbox`."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-P", str(Path(__file__).with_name("fork_server.py")), str(theirs.fileno())]
    with theirs:
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()])

    @atexit.register
    def stop() -> None:
        ours.close()
        process.wait()

    return ours
