"""`callbox --names environments|sessions`: what is there by name, one a line. Completion scripts ask for it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from callbox.cli.ends import put
from callbox.cli.ports import list_environments, open_shelf
from callbox.cli.programs import NAMES
from callbox.errors import UsageError
from callbox.shell.line.spelling import hint

_OFFERED = re.compile(r"\w[\w.-]*")
"""Names that no shell reads as more than a word: they come from files that anybody may have written."""


def run_names(words: Sequence[str]) -> int:
    """Print the names of one sort, without those that a shell could take for more than a word."""
    sort = words[0] if words else ""
    if sort not in NAMES:
        near = hint(sort, NAMES, f"callbox --names {' or '.join(NAMES)}")
        raise UsageError(f"No names of '{sort}'" if sort else "The names of what?", hint=near)
    names = list_environments() if sort == "environments" else open_shelf("sessions").names()
    put("".join(f"{name}\n" for name in names if _OFFERED.fullmatch(name)))
    return 0
