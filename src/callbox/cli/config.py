"""The defaults of options: from the configuration file, overridden by CALLBOX_<OPTION> environment variables."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

from callbox.errors import Place, UsageError
from callbox.storage.platform_directories import directory

_PREFIX = "CALLBOX_"
_FILE = "config.toml"


def read_settings(config: str, environ: Mapping[str, str]) -> tuple[tuple[str, object], ...]:
    """The names and values of options. `config` is the path of the file; if it is empty, CALLBOX_CONFIG or the usual
    path is used.

    Raises UsageError with the place for a key that is not an option, and for a value that the option cannot have.
    """
    path = config or environ.get(f"{_PREFIX}CONFIG", "") or _default_path()
    names = [key for key in environ if key.startswith(_PREFIX)]
    return (*(_from_file(path) if path else ()), *(_from_environment(names, environ) if names else ()))


def _default_path() -> str:
    folder = directory("config")
    path = "" if folder is None else os.path.join(folder, _FILE)
    return path if path and os.path.isfile(path) else ""


def _from_file(path: str) -> Iterator[tuple[str, object]]:
    from callbox.storage.user_named_files import read_bytes  # the import takes 6 ms of `--help`

    data = read_bytes(path)
    for key, text in read_settings_file(data, path):
        try:
            yield key, _parse(key, text)
        except UsageError as error:
            error.place = settings_place(data, path, key)
            raise


def _from_environment(names: list[str], environ: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    from callbox.engine.options import OPTIONS  # this import takes 2 ms, and only users who set these variables need it

    variables = {f"{_PREFIX}{name.upper().replace('-', '_')}": name for name in OPTIONS}
    for variable in names:
        if variable in variables:
            try:
                yield variables[variable], _parse(variables[variable], environ[variable])
            except UsageError as error:
                raise UsageError(f"{variable} in the environment: {error.message}", hint=error.hint) from None


def _parse(key: str, text: str) -> object:
    from callbox.engine.options import parse_option  # the import takes 2 ms, and only users with settings need it

    return parse_option(key, text)


def read_settings_file(data: bytes, name: str) -> Iterator[tuple[str, str]]:
    """The keys, with their values as a user would type them.

    Raises `UsageError` with the place of a value that has the wrong type.

    >>> list(read_settings_file(b"timeout = 5\\nfollow = false\\ntheme = 'vim'", "config.toml"))
    [('timeout', '5'), ('follow', 'no'), ('theme', 'vim')]
    """
    from callbox.formats.toml import read_toml  # tomllib is needed only if there is a file

    for key, value in read_toml(data, name).items():
        if isinstance(value, bool):
            yield key, "yes" if value else "no"
        elif isinstance(value, (str, int, float)):
            yield key, str(value)
        else:
            what = "a text, a number, true or false"
            raise UsageError(f"{key} must be {what}", hint="as in: timeout = 10", place=settings_place(data, name, key))


def settings_place(data: bytes, name: str, key: str) -> Place:
    """The place of a key in the file."""
    lines = data.decode("utf-8-sig", "replace").splitlines()
    pattern = re.compile(rf"\s*\[*[\"']?({re.escape(key)})(?![\w-])")
    for number, line in enumerate(lines, 1):
        if match := pattern.match(line):
            return Place(name, number, match.start(1) + 1, length=len(key), source=line[:200])
    return Place(name)
