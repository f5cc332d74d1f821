"""Start the program that the arguments name, and turn errors into exit codes."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from callbox.cli.standard_streams import flush, replace_closed_streams
from callbox.errors import CallboxError

BROKEN_PIPE = 141
INTERRUPTED = 130


def dispatch(words: Sequence[str]) -> int:
    """Run the named program and return its exit code. The user sees a traceback only with `--debug`."""
    is_debug = "--debug" in words
    replace_closed_streams()
    try:
        plain = [word for word in words if word != "--debug"]
        program = _PROGRAMS.get(plain[0], "") if plain else ""
        has_lines = not program or "--shell" in plain
        arguments = plain[1:] if program else plain
        code = _run(program or _SHELL, [*arguments, "--debug"] if is_debug and has_lines else arguments)
        flush()
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _broken_pipe()
    except CallboxError as error:
        if is_debug:
            raise
        return _show_error(error, words)
    except Exception as error:
        if is_debug:
            raise
        return _show_error(error, words)


def _run(program: str, words: Sequence[str]) -> int:
    module, _, name = program.partition(":")
    function: Callable[[Sequence[str]], int] = getattr(import_module(module), name)
    try:
        return function(words)
    except SystemExit as leaving:  # argparse has printed its help
        return leaving.code if isinstance(leaving.code, int) else 0


_SHELL = "callbox.cli.shell_command:run_shell"
_PROGRAMS = {
    "replay": "callbox.cli.replay.replay_command:run_replay",
    "check": "callbox.cli.check_command:run_check",
    "convert": "callbox.cli.convert_command:run_convert",
    "practice": "callbox.cli.practice_command:run_practice",
    "--completion": "callbox.cli.bash_zsh_fish_completion:run_completion",
    "--man": "callbox.cli.manpage:run_man",
    "--names": "callbox.cli.bash_zsh_fish_completion:run_names",
    "--version": "callbox.cli.version_and_urllib3_check:run_version",
}
"""The module and the function of each program. The function gets the words after the name; the shell gets all words."""


def _show_error(error: Exception, words: Sequence[str]) -> int:
    # the screen takes 40 ms to load, and a program may show nothing or have its own output
    from callbox.cli.screen_and_questions import show_error

    code = show_error(error, words)
    _forget_output()
    return code


def _broken_pipe() -> int:
    """Exit without a message, since the reader of the output has closed it."""
    _forget_output()
    return BROKEN_PIPE


def _forget_output() -> None:
    """Discard unwritten output, so that Python does not report the error again at its exit."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
