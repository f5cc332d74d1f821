"""The shell under a program that waits for it, as `make demo` does: Ctrl-C is for the shell alone, Ctrl-Z for both."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest
from tests.support.silent_server import SilentServer

from callbox.practice import Practice

SHELL = f"{shlex.quote(sys.executable)} -m callbox"
PROMPT = r"127\.0\.0\.1:\d+> "


@pytest.fixture
def under(api: Practice, tmp_path: Path) -> Iterator[pexpect.spawn]:
    """A callbox that another program has started; that one says when it was interrupted, and how it ended."""
    script = (
        f"trap 'echo outer was interrupted' INT; {SHELL} {api.url}; echo outer saw $?; read word; echo outer read $word"
    )
    child = pexpect.spawn("sh", ["-c", script], env=resolution(tmp_path), timeout=60, cwd=str(tmp_path))
    child.expect(PROMPT)
    yield child
    child.close(force=True)


def resolution(home: Path) -> dict[str, str]:
    return {**os.environ, "HOME": str(home), "TERM": "xterm-256color"}


def interrupt_a_request(child: pexpect.spawn) -> None:
    with SilentServer() as silent:
        child.send(f"get {silent.url}/\r")
        silent.wait_for_request()
        child.send("\x03")
        child.expect("interrupted after 0 B")
    child.expect(PROMPT)


def test_ctrl_c_in_a_request_is_not_heard_outside(under: pexpect.spawn) -> None:
    interrupt_a_request(under)

    under.send("\x04")

    under.expect("outer saw 0")
    assert b"outer was interrupted" not in under.before


def test_the_terminal_is_given_back(under: pexpect.spawn) -> None:
    assert os.tcgetpgrp(under.child_fd) != os.getpgid(under.pid)

    under.send("exit\r")
    under.expect("outer saw 0")
    under.send("something\n")

    under.expect("outer read something")


def test_ctrl_z_suspends_both_and_both_go_on(under: pexpect.spawn) -> None:
    group = os.getpgid(under.pid)
    inner = os.tcgetpgrp(under.child_fd)

    os.kill(inner, signal.SIGTSTP)  # an orphaned group, as this is one, is never stopped: it goes on at once
    under.send("get /ping -b\r")

    under.expect("pong")
    assert os.tcgetpgrp(under.child_fd) == inner != group


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")
def test_make_has_nothing_to_say(api: Practice, tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(f"demo:\n\t@exec {SHELL.replace('$', '$$')} {api.url}\n")
    child = pexpect.spawn("make", ["demo"], env=resolution(tmp_path), timeout=60, cwd=str(tmp_path))
    child.expect(PROMPT)
    interrupt_a_request(child)

    child.send("\x04")

    child.expect(pexpect.EOF)
    child.close()
    assert b"***" not in child.before
    assert child.exitstatus == 0
