"""Runs `python -m callbox ..` in a fork of itself, which has every module loaded already; another module likewise.

To start Python and load callbox takes 0.4 s of a processor; a fork takes 20 ms. `tests.support.processes` starts this
file and asks it for processes. A request is one byte with the three standard streams and a socket, and then, on that
socket, a line of JSON with the module, the words, the folder, the environment, and whether the streams are a terminal.
The answer on the same socket is the id of the process, and its exit status when it has ended.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import sys
import termios
import threading
import time
from typing import Any

import callbox

PLUGIN = "callbox.pytest_plugin"
FILES = 4096
"""No process that is started here has as many files open."""


def load_all() -> None:
    """Import what a run of the command or of pytest may need. Pytest insists that it imports a plugin itself."""
    for module in pkgutil.walk_packages(callbox.__path__, "callbox."):
        if module.name != "callbox.__main__":
            importlib.import_module(module.name)
    for name in [name for name in sys.modules if name.startswith(PLUGIN)]:
        del sys.modules[name]


def serve(control: socket.socket) -> dict[str, Any]:
    """Answer requests until the caller is gone. In each fork, return the request that it was made for."""
    awake, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    running: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([control, awake], [], [])
        if awake in ready:
            os.read(awake, FILES)
            report_ended(running)
        if control in ready:
            _, streams, _, _ = socket.recv_fds(control, 1, 4)
            if not streams:
                sys.exit(0)
            channel = socket.socket(fileno=streams.pop())
            with channel.makefile("rb") as file:
                request = json.loads(file.readline())
            pid = os.fork()
            if not pid:
                for one in (*running.values(), control, channel):
                    one.detach()
                take_streams(streams)
                if request.pop("has_terminal"):
                    os.setsid()
                    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
                return request  # type: ignore[no-any-return]
            for stream in streams:
                os.close(stream)
            running[pid] = channel
            answer(channel, pid)


def report_ended(running: dict[int, socket.socket]) -> None:
    """Answer with the status of each process that has ended."""
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with running.pop(pid) as channel:
            answer(channel, status)


def answer(channel: socket.socket, number: int) -> None:
    """Send the number; a caller that is gone does not matter."""
    with contextlib.suppress(OSError):
        channel.sendall(b"%d\n" % number)


def take_streams(streams: list[int]) -> None:
    """Make these the standard streams of this fork, close all other files, and reset the signals."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, FILES)


def become(module: str, words: list[str], folder: str, environ: dict[str, str]) -> None:
    """Make this fork look as a new Python does that runs that module in that folder with that environment."""
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()
    os.chdir(folder)
    sys.path.insert(0, folder)
    is_unbuffered = bool(environ.get("PYTHONUNBUFFERED"))
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        own, mode = getattr(sys, name), "w" if number else "r"
        raw = open(number, f"{mode}b", 0 if number and is_unbuffered else -1, closefd=False)  # noqa: SIM115 (it is the stream of this process)
        is_terminal = os.isatty(number)
        text = io.TextIOWrapper(raw, own.encoding, own.errors, "\n", number == 2 or is_terminal, is_unbuffered)
        setattr(sys, name, text)
        setattr(sys, f"__{name}__", text)
    sys.argv = [module, *words]


def run_command(module: str) -> int:
    """What `python -m` does with the module; gives the exit code."""
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else bool(ending.code)
    return 0


def end_with(code: int) -> None:
    """End as Python does, but leave the memory to the system: to forget all modules takes longer than most runs."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    load_all()
    gc.collect()
    gc.freeze()
    become(**serve(socket.socket(fileno=int(sys.argv[1]))))
    end_with(run_command(sys.argv[0]))
