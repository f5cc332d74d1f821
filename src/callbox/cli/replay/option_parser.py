"""The parser of `callbox replay`, made from the tables of its options. The tables also give its `--help`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from callbox.cli.argparse_parser import HELP_FORMAT, StrictParser, add_option, key_of
from callbox.engine.options import OPTIONS
from callbox.errors import UsageError
from callbox.replay.run_option_table import REPORTS, RUN_OPTIONS, RunOption
from callbox.storage.file_read_write_and_list import literal_path


class ReplayArguments(NamedTuple):
    """The words of `callbox replay` after parsing: files, options of a replay and options of the session."""

    files: list[str]
    verbosity: int
    given: dict[str, list[str]]
    """The options of a replay that were typed, each with its texts. The text of a flag is empty."""


def parse_words(words: Sequence[str]) -> ReplayArguments:
    """Parse the words of `callbox replay`. Raises `UsageError`. For `--help`, prints the help and raises
    `SystemExit`.
    """
    found = make_parser().read(list(_joined(words)))
    given = {name: list(value) for name in (*RUN_OPTIONS, *_OPTIONS) if (value := getattr(found, key_of(name), None))}
    return ReplayArguments(list(map(literal_path, found.files)), found.verbose, given)


def _joined(words: Sequence[str]) -> Iterator[str]:
    """Join an option whose value may be left out with its value: `--bail 2` becomes `--bail=2`. In `--bail api.http`,
    the second word is no value and stays a word.
    """
    waiting = ""
    for word in words:
        if waiting:
            is_value = word.isascii() and word.isdigit()
            yield f"{waiting}={word if is_value else ''}"
            waiting = ""
            if is_value:
                continue
        if word in _COUNTS:
            waiting = word
        else:
            yield word
    if waiting:
        yield f"{waiting}="


def make_parser() -> StrictParser:
    """The parser of `callbox replay`; completion and the manual page read its options."""
    parser = StrictParser(
        prog="callbox replay",
        usage="callbox replay FILE.http.. [OPTION]..",
        description="Send the requests of .http files, each file through a fresh session.",
        epilog="FILE may be a folder, a pattern such as 'api/**/*.http', - for standard input, FILE#name or FILE:42. "
        "One report or copy may go to standard output: its file is -.",
        formatter_class=HELP_FORMAT,
        allow_abbrev=False,
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="a .http file, or a folder with .http files")
    verbose = "show request and response of each passed request; -vv adds the whole body and the timing"
    parser.add_argument("-v", "--verbose", action="count", default=0, help=verbose)
    for option in RUN_OPTIONS.values():
        add_run_option(parser, option)
    group = parser.add_argument_group("options of the session")
    for name in _OPTIONS:
        add_option(group, OPTIONS[name])
    return parser


_OPTIONS = tuple(name for name, option in OPTIONS.items() if option.scope != "shell" or name == "color")
"""The options of the session that have an effect in a replay."""
_COUNTS = frozenset(f"--{option.name}" for option in RUN_OPTIONS.values() if option.kind == "count")


def add_run_option(parser: argparse.ArgumentParser, option: RunOption) -> None:
    """Add an option of a replay to a parser."""
    words = [*([f"-{option.short}"] if option.short else []), f"--{option.name}"]
    more: Mapping[str, object] = {
        "flag": {"action": "append_const", "const": ""},
        "count": {"action": "append", "nargs": "?", "const": "", "metavar": option.metavar or "N"},
        "choice": {"action": "append", "metavar": "|".join(option.choices)},
    }.get(option.kind, {"action": "append", "metavar": option.metavar or option.kind.upper()})
    parser.add_argument(*words, dest=key_of(option.name), help=option.help.replace("%", "%%"), **more)  # type: ignore[arg-type]


class RunArguments(NamedTuple):
    """The arguments of `callbox replay`, in groups for the parts of the program that use them."""

    files: Sequence[str]
    verbosity: int
    plan: Mapping[str, Sequence[str]]
    """The options for the plan of the run, each with its texts."""
    reports: Mapping[str, Sequence[str]]
    """The options for reports, such as `report-junit`, each with its files."""
    curl_paths: Sequence[str]
    script_paths: Sequence[str]
    is_listing: bool
    is_failed_only: bool
    is_revealing: bool
    format_name: str
    part: str
    color: str

    @property
    def output_paths(self) -> list[str]:
        """The paths of all files that the run is to write."""
        return [*self.curl_paths, *self.script_paths, *(path for paths in self.reports.values() for path in paths)]


def read_arguments(words: Sequence[str]) -> RunArguments:
    """Parse the words of `callbox replay`. Raises `UsageError`, also for options that contradict each other."""
    files, verbosity, given = parse_words(words)
    wanted = RunArguments(
        files=files,
        verbosity=verbosity,
        reports={name: given.pop(name) for name in REPORTS if name in given},
        curl_paths=given.pop("as-curl", []),
        script_paths=given.pop("as-http", []),
        is_listing=bool(given.pop("list", None)),
        is_failed_only=bool(given.pop("only-failed", None)),
        is_revealing=bool(given.pop("reveal", None)),
        format_name=given.pop("format", ["text"])[-1],
        part=given.pop("output", [""])[-1],
        color=given.get("color", ["auto"])[-1],
        plan=given,
    )
    if wanted.is_revealing and not wanted.curl_paths:
        raise UsageError("--reveal works only with --as-curl")
    if wanted.format_name != "text" and not wanted.is_listing:
        raise UsageError("--format works only with --list", hint="to write the results as JSON: --report-json FILE")
    return wanted
