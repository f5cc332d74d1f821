"""A terminal that does not write `^C` for Ctrl-C: what is said of it stands on a line of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def without_carets(file: int = 0) -> Iterator[None]:
    """Control characters that are typed while something runs are not shown; as it was before when the block ends."""
    import termios

    try:
        before = termios.tcgetattr(file)
        quiet = [*before]
        quiet[3] &= ~termios.ECHOCTL
        termios.tcsetattr(file, termios.TCSADRAIN, quiet)
    except termios.error:  # no terminal
        yield
        return
    try:
        yield
    finally:
        with contextlib.suppress(termios.error):  # it is gone
            termios.tcsetattr(file, termios.TCSADRAIN, before)
