"""`callbox [URL]`: run the shell, at a prompt or with lines from `-c`, `-f` or the standard input."""

from __future__ import annotations

import os
from collections.abc import Sequence

from callbox.cli.fast_argument_parser import REQUEST_WORDS, Arguments, read_simple_arguments, wants_help
from callbox.cli.option_defaults import read_settings
from callbox.cli.standard_streams import is_terminal
from callbox.cli.version_and_urllib3_check import check_urllib3
from callbox.errors import UsageError
from callbox.httpfile.script_suffixes import is_script_name

WELCOME = """\
callbox: an HTTP shell. To choose an API: set base URL
To list the commands: help. To start an API to try, in
another terminal: callbox practice
"""

PRACTICE = """\
callbox on its practice API, a small library. Try
  get /books author==austen
  post /login user=ann password=secret, and then get /me
help lists the commands, Tab completes, Ctrl-D leaves
"""
# The prompt shows these texts before it loads the code that wraps lines. So the texts have at most 60 columns.


def run_shell(words: Sequence[str], base: str = "") -> int:
    """Run the shell. `words` are those of the command line. `base` is the base URL if the words name none. Returns the
    exit code.
    """
    arguments = _read_one_shot(words) or read_simple_arguments(words) or _parse(words)
    if arguments is None:
        return 0
    settings = read_settings(arguments.config, os.environ)
    arguments = arguments._replace(url=arguments.url or base, settings=settings)
    _check(arguments)
    check_urllib3()
    has_lines = bool(arguments.commands or arguments.file or arguments.reads_stdin)
    has_terminal = is_terminal(0) and is_terminal(1)
    if arguments.prompts and not has_terminal:
        raise UsageError("-i needs a terminal", hint="leave -i out")
    if has_terminal and (not has_lines or arguments.prompts):
        # The import of prompt_toolkit takes 60 ms, and lines without a prompt do not need it.
        from callbox.cli.interactive_prompt import run_prompt

        return run_prompt(arguments, _checked_base(arguments.url), _welcome(arguments, base))
    # The shell takes 60 ms to load. At a prompt, this happens after the prompt has appeared.
    from callbox.cli.lines_without_prompt import run_arguments

    return run_arguments(arguments)


def _read_one_shot(words: Sequence[str]) -> Arguments | None:
    """Parse a command line that is one request, such as `callbox get URL`. None for any other command line."""
    if not any(word.lower() in REQUEST_WORDS for word in words):
        return None
    # A prompt starts faster without argparse and the shell's lines.
    from callbox.cli.single_request_line import find_method, read_one_shot

    method = find_method(words)
    return read_one_shot(words, method) if method >= 0 else None


def _parse(words: Sequence[str]) -> Arguments | None:
    """Parse the command line. For `--help`, prints the help and returns None."""
    # argparse takes 4 ms, and most runs do not need it
    from callbox.cli.argparse_parser import parse_arguments, print_help

    if wants_help(words):
        print_help()
        return None
    return parse_arguments(words)


def _check(arguments: Arguments) -> None:
    if is_script_name(arguments.file):
        raise UsageError(
            f"{arguments.file} holds HTTP requests, not commands", hint=f"to send them: callbox replay {arguments.file}"
        )
    is_word = arguments.url.isalpha() and arguments.url.lower() != "localhost"
    if is_word or os.path.isfile(arguments.url):
        # The import takes 20 ms, and a command line of a single word is rare.
        from callbox.cli.wrong_argument_hints import check_lone_word

        check_lone_word(arguments.url)


def _welcome(arguments: Arguments, base: str) -> str:
    """The welcome text; empty if the arguments name a URL or a session."""
    if base and arguments.url == base:
        return PRACTICE
    return "" if arguments.url or arguments.session else WELCOME


def _checked_base(url: str) -> str:
    if not url:
        return ""
    from callbox.exchange.url import (
        guess_scheme,
        parse,
    )  # The import takes 10 ms, and a command line with a URL does not come here.

    base = guess_scheme(url)
    parse(base)
    return base
