"""The arguments of `callbox [URL]`, and a fast parser for simple command lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

PROGRAM_NAMES = ("replay", "check", "convert", "practice")
"""The programs of callbox: the first word after `callbox` may be one of them."""
COMMAND_LINE_REQUESTS = ("get", "head", "post", "put", "patch", "delete", "options", "send", "preview")
"""The commands of the shell that may also stand on the command line: `callbox get URL`."""
REQUEST_WORDS = (*COMMAND_LINE_REQUESTS, "curl")
"""The words that begin a request on the command line."""


class Arguments(NamedTuple):
    """The parsed arguments of `callbox [URL]`."""

    url: str = ""
    commands: tuple[str, ...] = ()
    file: str = ""
    reads_stdin: bool = False
    options: tuple[tuple[str, str], ...] = ()
    """The options of the session on the command line, as (name, text as typed)."""
    checks_status: bool = False
    keeps_going: bool = False
    session: str = ""
    """The name of the saved session to open; empty if none was named."""
    config: str = ""
    """The path of the configuration file; empty for the usual path."""
    settings: tuple[tuple[str, object], ...] = ()
    """The options that the configuration file and the environment set, as (name, value)."""

    is_debug: bool = False
    """Whether an internal error prints its traceback."""
    is_quiet: bool = False
    """Whether only content and errors are printed."""
    is_single_request: bool = False
    """Whether the words of the command line are one request: `callbox get URL`."""
    prompts: bool = False
    """Whether a prompt opens after the lines of `-c` and `-f` have run."""

    @property
    def color(self) -> str:
        """The value of the option `color`, without the parsing of other options, because the screen is made first."""
        return str(dict(self.options).get("color") or dict(self.settings).get("color") or "auto")


def read_simple_arguments(words: Sequence[str]) -> Arguments | None:
    """Parse a command line that has only a URL and `-c` lines. Returns None for any other command line, which
    `parse_arguments` must parse. It loads argparse, which takes 10 ms; without it, a start takes 30 ms until the shell
    is loaded.
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
    """Whether the words ask for the help: `--help` or `-h`."""
    return any(word in ("-h", "--help") for word in words) and "-c" not in words
