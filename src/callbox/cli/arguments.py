"""The words after `callbox`, for the shell: a URL, lines to run, and every option of the table by its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Arguments(NamedTuple):
    """What was asked for."""

    url: str = ""
    commands: tuple[str, ...] = ()
    file: str = ""
    reads_stdin: bool = False
    options: tuple[tuple[str, str], ...] = ()
    """Names and texts of options, as typed."""
    checks_status: bool = False
    keeps_going: bool = False


def read_arguments(words: Sequence[str]) -> Arguments:
    """The words, judged. Raises UsageError."""
    if not words:
        return Arguments()
    if len(words) == 1 and not words[0].startswith("-"):
        return Arguments(words[0])
    from callbox.cli.parser import parse_arguments  # argparse and the tables: 10 ms that a bare URL can do without

    return parse_arguments(words)


def wants_help(words: Sequence[str]) -> bool:
    """Whether the help is asked for."""
    return any(word in ("-h", "--help") for word in words) and "-c" not in words
