"""Run callbox again and again, each time in a fork of this process, while one call of the system fails.

Reads lines of JSON: `[arguments, folder, error, number]`. Writes one line of JSON for each. `number` 0 fails nothing.
"""

from __future__ import annotations

import builtins
import contextlib
import errno
import gc
import importlib
import io
import json
import os
import pkgutil
import signal
import socket
import ssl
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import callbox

CHILD_S = 60
ERRORS: dict[str, Callable[[], BaseException]] = {
    "EIO": lambda: OSError(errno.EIO, os.strerror(errno.EIO)),
    "ENOSPC": lambda: OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    "EACCES": lambda: PermissionError(errno.EACCES, os.strerror(errno.EACCES)),
    "EMFILE": lambda: OSError(errno.EMFILE, os.strerror(errno.EMFILE)),
    "ECONNRESET": lambda: ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET)),
    "MemoryError": MemoryError,
    "KeyboardInterrupt": KeyboardInterrupt,
}
NETWORK = (
    (socket.socket, "connect"),
    (socket.socket, "connect_ex"),
    (socket.socket, "recv"),
    (socket.socket, "recv_into"),
    (socket.socket, "send"),
    (socket.socket, "sendall"),
    (socket, "getaddrinfo"),
    (ssl.SSLSocket, "do_handshake"),
)
FILES = (
    (os, "open"),
    (os, "write"),
    (os, "read"),
    (os, "fsync"),
    (os, "replace"),
    (os, "rename"),
    (os, "link"),
    (os, "unlink"),
    (os, "mkdir"),
    (os, "makedirs"),
    (os, "ftruncate"),
    (os, "fchmod"),
    (os, "listdir"),
    (os, "scandir"),
    (builtins, "open"),
    (io, "open"),
)


class Failure:
    """Counts the calls, and raises in the one of that number."""

    def __init__(self) -> None:
        self.number = 0
        self.calls = 0
        self.error: Callable[[], BaseException] = MemoryError
        self.note: Callable[[str], None] = lambda where: None
        """Is told which call fails and the lines that led to it."""

    def wrap(self, owner: Any, name: str) -> None:
        """Replace a function or method by one that may fail."""
        original = getattr(owner, name)

        def call(*arguments: Any, **keywords: Any) -> Any:
            self.calls += 1
            if self.calls == self.number:
                frames = [frame for frame in traceback.extract_stack() if "/callbox/" in frame.filename]
                places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-4:]]
                self.note(" < ".join([name, *reversed(places)]))
                error = self.error()
                if isinstance(error, ConnectionError) and isinstance(arguments[0], socket.socket):
                    with contextlib.suppress(OSError):  # the system has closed a connection that it reports as reset
                        arguments[0].shutdown(socket.SHUT_RDWR)
                raise error
            return original(*arguments, **keywords)

        call.__name__ = name
        setattr(owner, name, call)


def main() -> None:
    """Serve the lines of standard input."""
    failure = Failure()
    raw = (os.open, os.write)
    for owner, name in NETWORK + FILES:
        failure.wrap(owner, name)
    for module in pkgutil.walk_packages(callbox.__path__, "callbox."):  # loaded once, before the forks
        if not module.name.endswith(("__main__", ".pytest_plugin", ".collector")):
            importlib.import_module(module.name)

    def note(where: str) -> None:
        target = raw[0]("../where", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        raw[1](target, where.encode())
        os.close(target)

    failure.note = note
    for line in sys.stdin:
        arguments, folder, error, number = json.loads(line)
        begun = time.monotonic()
        found = _fork(lambda: _run(failure, arguments, folder, ERRORS.get(error, MemoryError), number))  # noqa: B023
        found["seconds"] = time.monotonic() - begun
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


def _fork(run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `run` gives in a fork of this process; for one that died, its signal."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reader)
        found = run()
        with open(writer, "w") as file:
            file.write(json.dumps(found))
        os._exit(0)
    os.close(writer)
    with open(reader) as file:
        text = file.read()
    _, status = os.waitpid(pid, 0)
    return dict(json.loads(text)) if text else {"code": f"died with {status}", "calls": 0, "sockets": 0}


def _run(
    failure: Failure, arguments: list[str], folder: str, error: Callable[[], BaseException], number: int
) -> dict[str, Any]:
    """Run callbox's command line here, with its output in files beside the folder."""
    from callbox.cli.main import dispatch

    os.chdir(folder)
    for target, name in ((0, "/dev/null"), (1, "../out"), (2, "../err")):
        opened = os.open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(opened, target)
        os.close(opened)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(CHILD_S)
    failure.calls, failure.number, failure.error = 0, number, error
    code: int | str
    try:
        code = dispatch(arguments)
    except BaseException:
        code = f"an exception left the program: {traceback.format_exc()[-600:]}"
    failure.number = 0
    return {"code": code, "calls": failure.calls, "sockets": _open_sockets()}


def _open_sockets() -> int:
    gc.collect()
    return sum(os.path.realpath(f"/proc/self/fd/{name}").find("socket:") >= 0 for name in os.listdir("/proc/self/fd"))


if __name__ == "__main__":
    main()
