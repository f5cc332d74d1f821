"""Dispatch to callbox's programs, and turn errors into exit codes."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence

from callbox.cli.stdio import flush, replace_closed_streams, write_stdout
from callbox.errors import CallboxError

BROKEN_PIPE = 141
INTERRUPTED = 130


def dispatch(words: Sequence[str]) -> int:
    """Run the named program, and return the exit code. The user sees a traceback only with `--debug`."""
    is_debug = "--debug" in words
    replace_closed_streams()
    try:
        plain = [word for word in words if word != "--debug"]
        program = _PROGRAMS.get(plain[0] if plain else "", _shell)
        has_lines = program is _shell or "--shell" in plain
        code = _run(program, [*plain, "--debug"] if is_debug and has_lines else plain)
        flush()
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _broken_pipe()
    except CallboxError as error:
        if is_debug:
            raise
        return _show_error(error)
    except Exception as error:
        if is_debug:
            raise
        return _show_error(error)


def _run(program: Callable[[Sequence[str]], int], words: Sequence[str]) -> int:
    try:
        return program(words)
    except SystemExit as leaving:  # argparse has printed its help
        return leaving.code if isinstance(leaving.code, int) else 0


def _shell(words: Sequence[str]) -> int:
    from callbox.cli.shell_command import run_shell

    return run_shell(words)


def _replay(words: Sequence[str]) -> int:
    from callbox.cli.replay.main import run_replay

    return run_replay(words[1:])


def _check(words: Sequence[str]) -> int:
    from callbox.cli.check import run_check

    return run_check(words[1:])


def _convert(words: Sequence[str]) -> int:
    from callbox.cli.convert import run_convert

    return run_convert(words[1:])


def _practice(words: Sequence[str]) -> int:
    from callbox.cli.practice import run_practice

    return run_practice(words[1:])


def _completion(words: Sequence[str]) -> int:
    from callbox.cli.completion import run_completion

    return run_completion(words[1:])


def _man(words: Sequence[str]) -> int:
    from callbox.cli.manpage import run_man

    return run_man(words[1:])


def _names(words: Sequence[str]) -> int:
    from callbox.cli.completion import run_names

    return run_names(words[1:])


def _version(words: Sequence[str]) -> int:
    from callbox.cli.version import version_line

    write_stdout(version_line())
    return 0


_PROGRAMS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "replay": _replay,
    "check": _check,
    "convert": _convert,
    "practice": _practice,
    "--completion": _completion,
    "--man": _man,
    "--names": _names,
    "--version": _version,
}


def _show_error(error: Exception) -> int:
    from callbox.cli.session_startup import show_error  # the shell, 60 ms, for who has done something wrong

    code = show_error(error)
    _forget_output()
    return code


def _broken_pipe() -> int:
    """Exit silently, since the reader of the output has closed it."""
    _forget_output()
    return BROKEN_PIPE


def _forget_output() -> None:
    """Discard unwritten output, so that Python does not report it again when it exits."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
