"""Find the lines of a block that belong to a curl command."""

from __future__ import annotations

from collections.abc import Sequence

from callbox.formats.shell_words import RowState, read_row


def curl_end(texts: Sequence[str], start: int) -> tuple[int, bool]:
    """The index after the command's last line, and whether all of its quotes are closed."""
    state = RowState()
    for index in range(start, len(texts)):
        state, goes_on = read_row(texts[index], state)
        if not goes_on:
            return index + 1, True
    return len(texts), state.is_closed
