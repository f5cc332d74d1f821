"""`callbox --names environments|sessions`: what is there by name, one a line. Completion scripts ask for it."""

from __future__ import annotations

from collections.abc import Sequence

from callbox.cli.ends import put
from callbox.cli.ports import list_environments, open_shelf
from callbox.cli.programs import NAMES
from callbox.errors import UsageError
from callbox.shell.suggest import hint


def run_names(words: Sequence[str]) -> int:
    """Print the names of one sort."""
    sort = words[0] if words else ""
    if sort not in NAMES:
        near = hint(sort, NAMES, f"callbox --names {' or '.join(NAMES)}")
        raise UsageError(f"No names of '{sort}'" if sort else "The names of what?", hint=near)
    names = list_environments() if sort == "environments" else open_shelf("sessions").names()
    put("".join(f"{name}\n" for name in names))
    return 0
