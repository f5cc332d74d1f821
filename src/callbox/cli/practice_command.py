"""`callbox practice`: serve the practice API, alone or for a shell in the same process."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Sequence

from callbox.cli.argparse_parser import StrictParser
from callbox.cli.shell_command import run_shell
from callbox.cli.standard_streams import write_stdout
from callbox.errors import UsageError
from callbox.practice import Practice


def run_practice(words: Sequence[str]) -> int:
    """Run `callbox practice`: serve until Ctrl-C. With `--shell`, serve until the user leaves the shell, which gets all
    words that are no options of `practice`. Returns the exit code.
    """
    parser = make_parser()
    found, rest = parser.parse_known_args(list(words))
    if rest and not found.shell:
        raise UsageError(f"No option '{rest[0]}' of callbox practice", hint="use --port N or --shell")
    port = _read_port(found.port)
    try:
        api = Practice(port=port)
    except OSError as error:
        raise UsageError(f"Cannot listen on port {port}: {(error.strerror or '').lower()}") from None
    with api:
        if found.shell:
            return run_shell(rest, api.url)
        write_stdout(f"practice API on {api.url} (Ctrl-C ends it); in another terminal: callbox {api.url}\n")
        signal.signal(signal.SIGINT, signal.default_int_handler)
        api.serve_forever()
    return 0


def _read_port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= 65535):
        raise UsageError(f"'{text}' is not a port", hint="use a port from 0 to 65535")
    return int(text)


def make_parser() -> StrictParser:
    """The parser of `callbox practice`; completion and the manual page read its options."""
    parser = StrictParser(
        prog="callbox practice",
        description="A small library of books on loopback, to learn and to test with: GET / lists its routes.",
        formatter_class=lambda prog: argparse.HelpFormatter(prog, width=79),
        allow_abbrev=False,
    )
    parser.add_argument("--port", default="0", metavar="N", help="the port; any free one if left out")
    parser.add_argument("--shell", action="store_true", help="open the shell on it; options of the shell may follow")
    return parser
