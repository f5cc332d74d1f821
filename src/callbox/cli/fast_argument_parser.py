"""The arguments of `callbox [URL]`, and a fast parser for the simplest of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

PROGRAM_NAMES = ("replay", "check", "convert", "practice")
"""The programs of `callbox NAME ..`."""
COMMAND_LINE_REQUESTS = ("get", "head", "post", "put", "patch", "delete", "options", "send", "preview")
"""Commands of the shell that the command line takes as they are: `callbox get URL`."""
REQUEST_WORDS = (*COMMAND_LINE_REQUESTS, "curl")
"""The words that begin a request on the command line."""


class Arguments(NamedTuple):
    """The parsed arguments of `callbox [URL]`."""

    url: str = ""
    commands: tuple[str, ...] = ()
    file: str = ""
    reads_stdin: bool = False
    options: tuple[tuple[str, str], ...] = ()
    """Names and texts of options, as typed."""
    checks_status: bool = False
    keeps_going: bool = False
    session: str = ""
    """The name of the session that is kept on disk."""
    config: str = ""
    """The configuration file, if it is not the usual one."""
    settings: tuple[tuple[str, object], ...] = ()
    """The option defaults from the configuration and environment."""

    is_debug: bool = False
    """Whether a fault of callbox is to show its traceback."""
    is_quiet: bool = False
    """Whether only content and errors are shown."""
    prompts: bool = False
    """Whether a prompt follows the lines."""

    @property
    def color(self) -> str:
        """The option `color`, which the screen needs before everything else."""
        return str(dict(self.options).get("color") or dict(self.settings).get("color") or "auto")


def read_simple_arguments(words: Sequence[str]) -> Arguments | None:
    """Parse a URL and `-c` lines as `parse_arguments` does; None if the words need that.

    It loads argparse and makes a parser with all options: 10 ms of the 40 before the shell is loaded.
    """
    url, commands, position = "", [], 0
    while position < len(words):
        word = words[position]
        if word == "-c" and position + 1 < len(words) and not words[position + 1].startswith("-"):
            commands.append(words[position + 1])
            position += 2
        elif not word or word.startswith("-") or url:
            return None
        else:
            url = word
            position += 1
    return Arguments(url=url, commands=tuple(commands))


def wants_help(words: Sequence[str]) -> bool:
    """Whether the user asks for the help."""
    return any(word in ("-h", "--help") for word in words) and "-c" not in words
