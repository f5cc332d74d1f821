"""The reader of the configuration file (TOML). Its keys are options of the session."""

from __future__ import annotations

import re
from collections.abc import Iterator

from callbox.engine.options import parse_option
from callbox.errors import Place, UsageError
from callbox.formats.toml import read_toml
from callbox.storage.file_read_write_and_list import MAX_TEXT_FILE, read_bytes


def read_config_file(path: str) -> Iterator[tuple[str, object]]:
    """Read a configuration file. Yields the name and the parsed value of each option. Raises `UsageError` with a place
    for a key that is no option, and for a value that the option cannot have.
    """
    data = read_bytes(path, MAX_TEXT_FILE)
    for key, text in read_keys(data, path):
        try:
            yield key, parse_option(key, text)
        except UsageError as error:
            error.place = place_of_key(data, path, key)
            raise


def read_keys(data: bytes, name: str) -> Iterator[tuple[str, str]]:
    """Parse the content of a configuration file. Yields each key, and its value as text, as for `set option`. Raises
    `UsageError` with a place for a value of another type.

    >>> list(read_keys(b"timeout = 5\\nfollow = false\\ntheme = 'vim'", "config.toml"))
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
                f"{key} must be {what}", hint="write it as in: timeout = 10", place=place_of_key(data, name, key)
            )


def place_of_key(data: bytes, name: str, key: str) -> Place:
    """The place of a key in the file, for an error."""
    lines = data.decode("utf-8-sig", "replace").splitlines()
    pattern = re.compile(rf"\s*\[*[\"']?({re.escape(key)})(?![\w-])")
    for number, line in enumerate(lines, 1):
        if match := pattern.match(line):
            return Place(name, number, match.start(1) + 1, length=len(key), source=line[:200])
    return Place(name)
