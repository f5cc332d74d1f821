"""The configuration file: one TOML table of options, each as text for the table of options to read. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from callbox.errors import Place, UsageError
from callbox.formats.toml_text import read_toml


def read_settings_file(data: bytes, name: str) -> Iterator[tuple[str, str]]:
    """Keys, and their values as they would be typed. Raises `UsageError` with its place.

    >>> list(read_settings_file(b"timeout = 5\\nfollow = false\\ntheme = 'vim'", "config.toml"))
    [('timeout', '5'), ('follow', 'no'), ('theme', 'vim')]
    """
    for key, value in read_toml(data, name).items():
        if isinstance(value, bool):
            yield key, "yes" if value else "no"
        elif isinstance(value, (str, int, float)):
            yield key, str(value)
        else:
            what = "a text, a number, true or false"
            raise UsageError(
                f"{key} is to be {what}", hint="as in: timeout = 10", place=settings_place(data, name, key)
            )


def settings_place(data: bytes, name: str, key: str) -> Place:
    """Where a key stands in the file."""
    lines = data.decode("utf-8-sig", "replace").splitlines()
    pattern = re.compile(rf"\s*\[*[\"']?({re.escape(key)})(?![\w-])")
    for number, line in enumerate(lines, 1):
        if match := pattern.match(line):
            return Place(name, number, match.start(1) + 1, len(key), line[:200])
    return Place(name)
