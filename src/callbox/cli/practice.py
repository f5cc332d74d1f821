"""`callbox practice`: the built-in API, alone or with the shell on it."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Sequence

from callbox.cli.shell_command import run_shell
from callbox.cli.stdio import write_stdout
from callbox.errors import UsageError
from callbox.practice import Practice


def run_practice(words: Sequence[str]) -> int:
    """Serve until Ctrl-C. With `--shell`, serve while the shell runs; the words after it are for the shell."""
    parser = make_parser()
    found, rest = parser.parse_known_args(list(words))
    if rest and not found.shell:
        raise UsageError(f"No option '{rest[0]}' of callbox practice", hint="--port N, --shell")
    if not 0 <= found.port <= 65535:
        raise UsageError(f"{found.port} is not a port", hint="use a port from 0 to 65535")
    try:
        api = Practice(port=found.port)
    except OSError as error:
        raise UsageError(f"Cannot listen on port {found.port}: {(error.strerror or '').lower()}") from None
    with api:
        if found.shell:
            return run_shell(rest, api.url)
        write_stdout(f"practice API on {api.url} (Ctrl-C ends it); in another terminal: callbox {api.url}\n")
        signal.signal(signal.SIGINT, signal.default_int_handler)
        api.serve_forever()
    return 0


def make_parser() -> argparse.ArgumentParser:
    """The parser of `callbox practice`; completion and the manual page read its options."""
    parser = argparse.ArgumentParser(
        prog="callbox practice",
        description="A small library of books on loopback, to learn and to test with: GET / lists its routes.",
        formatter_class=lambda prog: argparse.HelpFormatter(prog, width=79),
        allow_abbrev=False,
    )
    parser.add_argument("--port", type=int, default=0, metavar="N", help="the port; any free one if left out")
    parser.add_argument("--shell", action="store_true", help="open the shell on it; options of the shell may follow")
    return parser
