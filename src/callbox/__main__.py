"""The command `callbox`: looks at its words before it imports anything, so that each path loads only what it needs."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # built in: while `signal` makes its enums, Ctrl-C is a traceback
import gc
import sys

_MANY = 50_000
"""Objects made before cycles are looked for. A start makes this many and keeps them all: looking is a tenth of it."""


def main() -> int:
    """Run the command line; returns the exit code."""
    # Until there is something to cancel, Ctrl-C ends the process as it does any other: an exception in the middle of
    # an import can come out as something else. Who runs a line, a script or a server sets a handler of its own.
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    gc.set_threshold(_MANY)
    try:
        return _run(sys.argv[1:])
    finally:
        gc.freeze()  # or Python looks through all there is once more, twice, before it forgets it: 15 ms


def _run(words: list[str]) -> int:
    if words == ["--version"]:
        from callbox.cli.version import print_version

        if print_version():
            return 0
    from callbox.cli.main import dispatch

    return dispatch(words)


if __name__ == "__main__":
    sys.exit(main())
