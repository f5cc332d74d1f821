"""Start the program that the command line names, and convert errors to messages and exit codes."""

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
    """Run the program that the words of the command line name. Returns its exit code. An error prints one line; an
    internal error prints a traceback only with `--debug`.
    """
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
"""The function of each program, as `module:function`. It gets the words after the name of the program. The shell gets
all words.
"""


def _show_error(error: Exception, words: Sequence[str]) -> int:
    # The screen takes 40 ms to load, and some programs do not use it.
    from callbox.cli.screen_and_questions import show_error

    code = show_error(error, words)
    _forget_output()
    return code


def _broken_pipe() -> int:
    """End without a message, because the reader of the output has closed the pipe. Returns the exit code."""
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
