"""Where a path that a script names may lead: beside the script first, then in the current folder."""

from __future__ import annotations

import os.path
from collections.abc import Iterator

_IS_SLASHED = os.sep == "/"


def beside_or_here(script: str, path: str) -> Iterator[str]:
    """The places to look at, in order; a path with Windows' backslashes as it is, then with slashes.

    Scripts are written in Visual Studio too, and run by a CI that knows no `.\\in\\a.json`.

    >>> list(beside_or_here("api/a.http", ".\\\\b.json"))
    ['api/.\\\\b.json', '.\\\\b.json', 'api/./b.json', './b.json']
    """
    folder = os.path.dirname(script)
    for spelling in dict.fromkeys((path, slashed(path))):
        yield os.path.join(folder, spelling)
        if folder and not os.path.isabs(spelling):
            yield spelling


def slashed(path: str) -> str:
    """The path with slashes for backslashes, where those mean nothing to the system."""
    return path.replace("\\", "/") if _IS_SLASHED else path
