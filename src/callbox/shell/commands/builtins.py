"""`help`, `clear`, `exit` and `!`."""

from __future__ import annotations

from collections.abc import Iterator

from callbox.render.cells import close_up, wrap
from callbox.shell.context import Context
from callbox.shell.help import help_text
from callbox.shell.line.grammar import Call
from callbox.shell.outputs import Clear, Exit, Output, TextOutput, say
from callbox.system.process import describe_exit

HELP_INDENT = 29
"""The column where explanations begin."""
MIN_TABLE_WIDTH = 90
"""Narrower, an explanation stands right behind its word, and its other rows four columns in."""


def show_help(call: Call, context: Context) -> Iterator[Output]:
    """`help [WORDS]`: all commands, or one of them."""
    yield help_output(call.texts("topic"), context)


def help_output(words: tuple[str, ...], context: Context) -> TextOutput:
    """The help text for these words, wrapped to the screen. Raises UsageError if there is none."""
    width, text = context.columns(), help_text(words)
    return TextOutput(wrap(text, width, HELP_INDENT) if width >= MIN_TABLE_WIDTH else wrap(close_up(text), width))


def clear(call: Call, context: Context) -> Iterator[Output]:
    """`clear`: an empty screen."""
    yield Clear()


def exit_shell(call: Call, context: Context) -> Iterator[Output]:
    """`exit`: ends the shell."""
    yield Exit()


def run_shell(call: Call, context: Context) -> Iterator[Output]:
    """`! COMMAND`: the system's shell runs it."""
    command = call.text("command")
    if not command:
        return
    code = context.ports.run(command)
    if code:
        yield say(describe_exit(code).removeprefix("failed with ").removeprefix("was "), "note")
