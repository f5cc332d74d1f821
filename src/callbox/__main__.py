"""The command `callbox`: looks at its words before it imports anything, so that each path loads only what it needs."""

from __future__ import annotations

import signal
import sys


def main() -> int:
    """Run the command line; returns the exit code."""
    # Until everything is imported, Ctrl-C ends the process as it does any other: without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    words = sys.argv[1:]
    if words == ["--version"]:
        from callbox.cli.version import print_version

        return print_version()
    from callbox.cli.dispatch import dispatch

    return dispatch(words)


if __name__ == "__main__":
    sys.exit(main())
