"""The parser of `callbox [URL]`, based on an argparse parser that raises UsageError with spelling hints."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from callbox.cli.fast_argument_parser import COMMAND_LINE_REQUESTS, Arguments
from callbox.cli.stdio import write_stdout
from callbox.engine.options import OPTIONS, Option
from callbox.errors import UsageError
from callbox.spelling import closest, hint, suggestion

if TYPE_CHECKING:
    from callbox.shell.line.lexer import Word

_VALUELESS = re.compile(r"argument ([-/\w]+): expected one argument")


HELP_FORMAT = partial(argparse.HelpFormatter, max_help_position=26, width=79)
"""The layout of the help of each program."""


class StrictParser(argparse.ArgumentParser):
    """A parser of a command line."""

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """Parse the words. Options may come before and after the other words.

        Raises `UsageError`. For `--help`, prints the help and exits.
        """
        found, unknown = self.parse_known_intermixed_args(list(words))
        if unknown:
            word = unknown[0].partition("=")[0]
            raise UsageError(f"No option '{word}'", hint=self.tip_for_option(word, words))
        return found

    def tip_for_option(self, word: str, words: Sequence[str]) -> str:
        """The hint for an unknown option of a command line with these words."""
        known = [text for action in self._actions for text in action.option_strings]
        return hint(word, known, self._help)

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError`; argparse itself would exit."""
        found = _VALUELESS.match(message)
        message_text = f"{found[1].rpartition('/')[2]} takes a value" if found else message[:1].upper() + message[1:]
        raise UsageError(message_text, hint=self._help)

    @property
    def _help(self) -> str:
        return f"{self.prog} --help lists the options"


class _ShellParser(StrictParser):
    """The parser of `callbox [URL]`, which knows the options that belong to a request."""

    def tip_for_option(self, word: str, words: Sequence[str]) -> str:
        from callbox.shell.line.parser import find_flag  # 15 ms, and few command lines have an error
        from callbox.shell.registry import REQUEST_FLAGS

        if word in _OPTIONS_OF_CURL:
            return f"callbox curl {word} .. takes the options of curl; callbox get URL sends one request"
        if find_flag(REQUEST_FLAGS, word) is not None:
            others = [one for one in words if not one.startswith("-")]
            url = next((one for one in others if not _items([one])), "URL")
            return f"{_request_of(url, _items(others))} {word} sends one request"
        return super().tip_for_option(word, words)


_OPTIONS_OF_CURL = frozenset(
    {"-X", "-H", "-d", "-F", "-u", "-o", "-O", "-L", "-I", "-s", "-k", "-G", "--request", "--header", "--data"}
)
"""Options of curl that `callbox [URL]` does not have."""


def _items(words: Sequence[str]) -> list[Word]:
    """The words of a command line that are items of a request, as words of a line of the shell."""
    from callbox.shell.line.lexer import split
    from callbox.shell.line.line_writer import quote
    from callbox.shell.line.targets_and_items import is_target

    return [word for each in words for word in split(quote(each)).words[:1] if not is_target(word)]


def _request_of(url: str, items: Sequence[Word]) -> str:
    """The command that sends one request to this URL.

    The command does not repeat items, because an item may have a secret.
    """
    from callbox.exchange.redaction.values import redact_shown_url
    from callbox.shell.line.targets_and_items import is_body_item

    method = "post" if any(map(is_body_item, items)) else "get"
    return f"callbox {method} {redact_shown_url(url)}{' ITEM..' if items else ''}"


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
    """Parse the words. Raises UsageError. For `--help`, prints the help and exits."""
    found = make_parser().read(words)
    targets = list(found.target)
    reads_stdin = "-" in targets
    targets = [target for target in targets if target != "-"]
    if len(targets) > 1:
        from callbox.shell.line.targets_and_items import item_name, names_host  # the import takes 5 ms of `--help`

        if found_method := next(filter(None, (closest(word, COMMAND_LINE_REQUESTS) for word in targets)), ""):
            raise UsageError(f"More than one URL: '{targets[1]}'", hint=suggestion(found_method))
        if targets[0] in ("http", "https", "xh") and names_host(targets[1]):
            tip = f"{_request_of(targets[1], _items(targets[2:]))} sends one request"
            raise UsageError(f"'{targets[0]}' is not a method", hint=tip)
        if items := _items(targets[1:]):
            tip = f"{_request_of(targets[0], items)} sends one request"
            raise UsageError(f"The item '{item_name(items[0])}' needs a method before the URL", hint=tip)
        url, rest = ([targets[0]], targets[1:]) if names_host(targets[0]) else ([], targets)
        hint = f"callbox {' '.join([*url, '-c'])} '{' '.join(rest)}' runs a line"
        raise UsageError(f"More than one URL: '{targets[1]}'", hint=hint)
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
    """Add this option of the session to a parser, under its name and under curl's names."""
    words = [f"--{name}" for name in (option.name, *option.also)]
    metavar = "yes|no" if option.kind == "flag" else "|".join(option.choices) or option.kind.upper()
    group.add_argument(*words, dest=key_of(option.name), action="append", metavar=metavar, help=option.help)
    if option.negations:
        message_text = f"--{option.name} no"
        group.add_argument(
            *option.negations, dest=key_of(option.name), action="append_const", const="no", help=message_text
        )
    if option.kind == "flag" and f"--no-{option.name}" not in option.negations:
        # as for a request; help shows the spelling `--verify no`
        group.add_argument(
            f"--no-{option.name}",
            dest=key_of(option.name),
            action="append_const",
            const="no",
            help=argparse.SUPPRESS,
        )


def key_of(name: str) -> str:
    """The attribute in the parsed arguments that has the value of an option."""
    return f"option_{name.replace('-', '_')}"


def print_help() -> int:
    """Print the help, in 80 columns."""
    write_stdout(make_parser().format_help())
    return 0
