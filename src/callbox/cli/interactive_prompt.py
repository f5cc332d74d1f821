"""Start the interactive prompt. The prompt appears before the code of the shell is loaded."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from callbox.cli.fast_argument_parser import Arguments
from callbox.cli.standard_streams import write_stdout
from callbox.storage.platform_directories import make_directory
from callbox.terminal.background_shell_load import Startup
from callbox.terminal.output_streams_and_pager import count_colors
from callbox.terminal.repl import loop

if TYPE_CHECKING:
    from callbox.shell.command_context import Context
    from callbox.terminal.screen import Screen


def run_prompt(arguments: Arguments, base: str, welcome: str) -> int:
    """Show the prompt until the user leaves, and load the shell in the background. Returns the exit code."""
    colors = count_colors(os.environ, arguments.color, is_terminal=True)
    stage = Startup(lambda: _open(arguments), base, colors, is_debug=arguments.is_debug)
    if any((arguments.options, arguments.settings, arguments.session, arguments.commands, arguments.file)):
        stage.warm()
    if welcome:
        write_stdout(welcome)
    return loop(stage, _history_place)


def _open(arguments: Arguments) -> tuple[Context, Screen]:
    # The shell takes 60 ms to load, so it is loaded after the first render.
    from callbox.cli.session_startup import open_for_prompt

    context, screen = open_for_prompt(arguments)
    if arguments.commands or arguments.file:
        from callbox.cli.lines_without_prompt import run_before_prompt  # needed only with -i

        run_before_prompt(context, screen, arguments)
    return context, screen


def _history_place() -> Path | None:
    folder = make_directory("state")
    return folder / "history" if folder is not None else None
