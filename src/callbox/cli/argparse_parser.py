"""`StrictParser`, an argparse parser that raises `UsageError` with spelling hints, and the parser of `callbox
[URL]`.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from functools import partial
from types import ModuleType
from typing import NoReturn

from callbox.cli.fast_argument_parser import Arguments
from callbox.cli.standard_streams import write_stdout
from callbox.engine.options import OPTIONS, Option
from callbox.errors import UsageError
from callbox.spelling import hint

_VALUELESS = re.compile(r"argument ([-/\w]+): expected one argument")


HELP_FORMAT = partial(argparse.HelpFormatter, max_help_position=26, width=79)
"""The formatter that lays out the `--help` of each program."""


class StrictParser(argparse.ArgumentParser):
    """An argparse parser that raises `UsageError` where argparse would print an error and exit."""

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """Parse the words of a command line. Options may stand before and after the other words. Raises `UsageError`.
        For `--help`, prints the help and raises `SystemExit`.
        """
        found, unknown = self.parse_known_intermixed_args(list(words))
        if unknown:
            word = unknown[0].partition("=")[0]
            raise UsageError(f"No option '{word}'", hint=self.tip_for_option(word, words))
        return found

    def tip_for_option(self, word: str, words: Sequence[str]) -> str:
        """The hint for the unknown option `word`. `words` are all words of the command line."""
        known = [text for action in self._actions for text in action.option_strings]
        return hint(word, known, self._help)

    def error(self, message: str) -> NoReturn:
        """Called by argparse for an error. Raises `UsageError`."""
        found = _VALUELESS.match(message)
        message_text = f"{found[1].rpartition('/')[2]} takes a value" if found else message[:1].upper() + message[1:]
        raise UsageError(message_text, hint=self._help)

    @property
    def _help(self) -> str:
        return f"to list the options: {self.prog} --help"


class _ShellParser(StrictParser):
    """The parser of `callbox [URL]`. For an option that belongs to a request, its hint is the command to type."""

    def tip_for_option(self, word: str, words: Sequence[str]) -> str:
        return _request_hints().request_option_hint(word, words) or super().tip_for_option(word, words)


def _request_hints() -> ModuleType:
    # The import of the shell's grammar takes 15 ms, and few command lines have an error.
    from callbox.cli import wrong_argument_hints

    return wrong_argument_hints


_USAGE = """callbox [URL] [-c LINE].. [-f FILE] [OPTION].. [-]
       callbox METHOD [URL] [ITEM].. [FLAG].. [OPTION].."""
_ABOUT = "An interactive HTTP shell on one live session."
_EPILOG = """\
one request; METHOD is get, head, post, put, patch, delete, options, send or
preview:
  callbox get :8000/users page==2
  callbox post :8000/users name=Ann -b | jq .id
  callbox put :8000/users/7 < ann.json
  callbox get --help           the flags of a request

other programs:
  callbox replay FILE.http ..  send the requests of .http files; see its --help
  callbox check FILE.http ..   report errors and warnings in .http files
  callbox convert API.json ..  make .http files from an OpenAPI description
  callbox practice             an API on this machine to learn and test with
  callbox --version            versions of callbox and of its libraries
  callbox --completion SHELL   completion for bash, zsh or fish
  callbox --man                the manual page

Lines come from -c, from -f, from standard input if it is not a terminal, or
else from a prompt. `callbox -c help` lists the commands.
exit codes: 0 success, 1 a check failed, 2 wrong arguments, 3 could not send,
            4 a bug in callbox, 130 interrupted, 141 broken pipe
"""


def parse_arguments(words: Sequence[str]) -> Arguments:
    """Parse the words of `callbox [URL]`. Raises `UsageError`. For `--help`, prints the help and raises
    `SystemExit`.
    """
    found = make_parser().read(words)
    targets = list(found.target)
    reads_stdin = "-" in targets
    targets = [target for target in targets if target != "-"]
    if len(targets) > 1:
        raise _request_hints().second_word_error(targets)
    options = tuple((name, value) for name in OPTIONS for value in getattr(found, key_of(name)) or ())
    return Arguments(
        url=targets[0] if targets else "",
        commands=tuple(found.command or ()),
        file=found.file or "",
        reads_stdin=reads_stdin,
        options=options,
        checks_status=found.check_status,
        keeps_going=found.keep_going,
        session=found.session or "",
        config=found.config or "",
        prompts=found.prompts,
        is_debug=found.debug,
        is_quiet=found.quiet,
    )


def make_parser() -> StrictParser:
    """The parser of `callbox [URL]`; completion and the manual page read its options."""
    parser = _ShellParser(
        prog="callbox",
        usage=_USAGE,
        description=_ABOUT,
        epilog=_EPILOG,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, max_help_position=24, width=79),
        allow_abbrev=False,
    )
    parser.add_argument("target", nargs="*", metavar="URL", help="the base URL: paths are joined to it")
    parser.add_argument("-c", dest="command", action="append", metavar="LINE", help="run this line; may be repeated")
    parser.add_argument("-f", dest="file", metavar="FILE", help="run the lines of a file")
    parser.add_argument("-i", dest="prompts", action="store_true", help="prompt after the lines of -c and -f")
    parser.add_argument("--session", metavar="NAME", help="open this saved session; each change is saved")
    parser.add_argument("-e", dest=key_of("env"), action="append", metavar="NAME", help="short for --env")
    parser.add_argument("--config", metavar="FILE", help="read this configuration file instead of the usual one")
    parser.add_argument("-q", "--quiet", action="store_true", help="print only content and errors, no notes or status")
    parser.add_argument("--check-status", action="store_true", help="exit code 1 for a status of 400 or more")
    parser.add_argument("--keep-going", action="store_true", help="continue after an error")
    parser.add_argument("--debug", action="store_true", help="show the traceback of a bug in callbox")
    group = parser.add_argument_group("options of the session, as with `set option`")
    for option in OPTIONS.values():
        add_option(group, option)
    return parser


def add_option(group: argparse._ArgumentGroup, option: Option) -> None:
    """Add an option of the session to a parser, under its own name and under its names in curl."""
    words = [f"--{name}" for name in (option.name, *option.also)]
    metavar = "yes|no" if option.kind == "flag" else "|".join(option.choices) or option.kind.upper()
    group.add_argument(*words, dest=key_of(option.name), action="append", metavar=metavar, help=option.help)
    if option.negations:
        message_text = f"--{option.name} no"
        group.add_argument(
            *option.negations, dest=key_of(option.name), action="append_const", const="no", help=message_text
        )
    if option.kind == "flag" and f"--no-{option.name}" not in option.negations:
        # A request takes these spellings, too. The help shows only `--verify no`.
        group.add_argument(
            f"--no-{option.name}",
            dest=key_of(option.name),
            action="append_const",
            const="no",
            help=argparse.SUPPRESS,
        )


def key_of(name: str) -> str:
    """The name of the attribute of the parsed arguments that has the value of this option."""
    return f"option_{name.replace('-', '_')}"


def print_help() -> int:
    """Print the help of `callbox`, in 80 columns. Returns the exit code."""
    write_stdout(make_parser().format_help())
    return 0
