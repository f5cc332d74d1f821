"""`callbox --man`: the manual page, made from the tables of options and commands. To read it: `callbox --man | man -l
-`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from callbox.cli.bash_zsh_fish_completion import ABOUT, PROGRAMS, OptionSpec, options_of
from callbox.cli.standard_streams import write_stdout
from callbox.engine.options import OPTIONS, format_option
from callbox.shell.help_pages import TOPICS, usage
from callbox.shell.line.grammar import Command
from callbox.shell.registry import COMMANDS, REQUEST_FLAGS
from callbox.version import __version__, released

_CODES = (
    ("0", "success"),
    (
        "1",
        "a check failed; with --check-status, a response of 400 or more; a response that was not written to its file",
    ),
    ("2", "wrong arguments, an undefined variable, a missing file"),
    ("3", "a request could not be sent, or its response could not be read to the end"),
    ("4", "a bug in callbox"),
    ("130", "interrupted"),
    ("141", "the program that read the output has ended"),
)
_ENVIRONMENT = (
    ("VISUAL, EDITOR", "the editor that edit and Ctrl-X Ctrl-E start"),
    ("PAGER, LESS", "the pager that --pager starts"),
    ("NO_COLOR, FORCE_COLOR, COLORTERM, TERM", "the number of colours to use"),
    ("HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY", "proxies, in lower case too"),
    ("SSL_CERT_FILE, SSL_CERT_DIR, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE", "certificates to trust"),
    ("NETRC", "the file of credentials to read when the option netrc is on"),
    ("XDG_STATE_HOME, XDG_CONFIG_HOME, XDG_DATA_HOME", "folders of saved data, configuration and history"),
)


def run_man(words: Sequence[str]) -> int:
    """Run `callbox --man`: print the manual page. Returns the exit code."""
    write_stdout(write_man())
    return 0


def write_man() -> str:
    """The manual page as text, in roff with the macros of man."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield from _name_and_synopsis()
    yield from _description()
    yield from _options_and_commands()
    yield from _topics()
    yield from _session_and_surroundings()
    yield from _examples()


def _name_and_synopsis() -> Iterator[str]:
    yield f'.TH CALLBOX 1 "{released}" "callbox {__version__}" "User Commands"'
    yield from (".SH NAME", "callbox \\- an interactive HTTP shell on one live session")
    yield from (".SH SYNOPSIS", ".B callbox", "[URL] [\\-c LINE].. [\\-f FILE] [OPTION].. [\\-]")
    yield from (".br", ".B callbox", "METHOD [URL] [ITEM].. [FLAG].. [OPTION]..")
    for program in ABOUT:
        yield from (".br", f".B callbox {program}", "[OPTION].. [FILE]..")


def _description() -> Iterator[str]:
    yield ".SH DESCRIPTION"
    yield _filled(
        "callbox keeps one session: headers, credentials, query parameters and cookies that stay from one request to "
        "the next, over pooled connections. Lines are read from a prompt, from -c, from a file or from the standard "
        "input. One line is one verb and its words; preview shows what would be sent."
    )
    yield ".PP"
    yield _filled(
        "With get, head, post, put, patch, delete, options, send or preview as its first word (or after the URL and "
        "the options), the command line itself is one such line: each word is one word of the line, with its items "
        "and flags, and {{name}} is filled. The standard input is the body of post, put and patch if it is a file or "
        "a pipe and no word names a body; @- names it for every method."
    )


def _options_and_commands() -> Iterator[str]:
    for program in PROGRAMS:
        heading = f"OPTIONS OF CALLBOX {program.upper()}" if program else "OPTIONS"
        yield f'.SH "{heading}"'
        yield from _items((_forms(word), word.help) for word in options_of(program))
    yield ".SH COMMANDS"
    for command in COMMANDS:
        yield from _command(command)
    yield '.SH "FLAGS OF A REQUEST"'
    yield from _items((", ".join(flag.words), flag.help) for flag in REQUEST_FLAGS)


def _topics() -> Iterator[str]:
    for name, (about, text) in TOPICS.items():
        rows = map(_plain, text.split("\n"))
        yield from (f".SH {_plain(name.upper())}", _filled(about), ".PP", ".nf", *rows, ".fi")


def _session_and_surroundings() -> Iterator[str]:
    yield '.SH "OPTIONS OF THE SESSION"'
    yield from _items((name, f"{o.help} [{format_option(name, o.default) or '-'}]") for name, o in OPTIONS.items())
    yield '.SH "EXIT STATUS"'
    yield from _items(_CODES)
    yield ".SH ENVIRONMENT"
    yield from _items(_ENVIRONMENT)


def _examples() -> Iterator[str]:
    yield ".SH EXAMPLES"
    for example in (
        "callbox https://api.example.com",
        "callbox :8000 -c 'get /health'",
        "callbox post :8000/users name=Ann | jq .id",
        "callbox replay flow.http",
    ):
        yield from (".nf", _plain(f"  {example}"), ".fi")


def _forms(word: OptionSpec) -> str:
    return f"{', '.join(word.forms)}{f' {word.value}' if word.value else ''}"


def _items(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, about in pairs:
        yield from (".TP", f".B {_plain(name)}", _filled(about))


def _command(command: Command) -> Iterator[str]:
    yield from (".TP", f".B {_plain(usage(command))}", _filled(command.summary))
    if command.about and command.takes != "items":
        yield _filled(command.about)
    for flag in command.flags:
        if flag not in REQUEST_FLAGS:
            yield from (".br", _filled(f"{', '.join(flag.words)}: {flag.help}"))


def _filled(text: str) -> str:
    """Break a text into lines of at most 80 bytes."""
    return "\n".join(map(_plain, textwrap.wrap(text, 72, break_long_words=False, break_on_hyphens=False)))


def _plain(text: str) -> str:
    """Escape a text for roff: backslashes, dashes, and a point or quote at the start of a line."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped[:1] in (".", "'") else escaped
