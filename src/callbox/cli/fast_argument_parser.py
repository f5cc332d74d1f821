"""The arguments of `callbox [URL]`, and a fast parser for simple command lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

PROGRAM_NAMES = ("replay", "check", "convert", "practice")
"""The programs that follow `callbox`."""
COMMAND_LINE_REQUESTS = ("get", "head", "post", "put", "patch", "delete", "options", "send", "preview")
"""Commands of the shell that are also commands of the command line: `callbox get URL`."""
REQUEST_WORDS = (*COMMAND_LINE_REQUESTS, "curl")
"""The words that begin a request on the command line."""


class Arguments(NamedTuple):
    """The parsed arguments of `callbox [URL]`."""

    url: str = ""
    commands: tuple[str, ...] = ()
    file: str = ""
    reads_stdin: bool = False
    options: tuple[tuple[str, str], ...] = ()
    """The names of options and their texts as typed."""
    checks_status: bool = False
    keeps_going: bool = False
    session: str = ""
    """The name of the session that is saved on disk."""
    config: str = ""
    """The path of the configuration file; empty for the usual path."""
    settings: tuple[tuple[str, object], ...] = ()
    """The option defaults from the configuration and environment."""

    is_debug: bool = False
    """Whether a bug of callbox shows its traceback."""
    is_quiet: bool = False
    """Whether only content and errors are shown."""
    is_single_request: bool = False
    """Whether the words of the command line are one request: `callbox get URL`."""
    prompts: bool = False
    """Whether a prompt follows after the lines."""

    @property
    def color(self) -> str:
        """The option `color`, which the screen needs first of all."""
        return str(dict(self.options).get("color") or dict(self.settings).get("color") or "auto")


def read_simple_arguments(words: Sequence[str]) -> Arguments | None:
    """Parse a URL and `-c` lines like `parse_arguments`. Returns None if the words need the full parser.

    The full parser loads argparse and makes all options, which takes 10 of the 40 ms before the shell is loaded.
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
