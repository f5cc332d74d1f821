"""The command `callbox`. It reads its arguments before it imports anything, so each path loads only what it needs."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # built in: while `signal` makes its enums, Ctrl-C is a traceback
import gc
import sys

_MANY = 50_000
"""The number of new objects before a garbage collection. The start-up makes this many and frees none of them."""


def main() -> int:
    """Run the command line. Returns the exit code."""
    # Until a request can be cancelled, Ctrl-C ends the process as it ends others, because an exception in the middle of
    # an import can become another error. The code that runs a line, a script or a server sets its own handler.
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    gc.set_threshold(_MANY)
    try:
        return _run(sys.argv[1:])
    finally:
        gc.freeze()  # otherwise Python checks all objects twice before it frees them, which takes 15 ms


def _run(words: list[str]) -> int:
    if words == ["--version"]:
        from callbox.cli.version_and_urllib3_check import print_version

        if print_version():
            return 0
    from callbox.cli.main import dispatch

    return dispatch(words)


if __name__ == "__main__":
    sys.exit(main())
