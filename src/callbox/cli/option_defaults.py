"""The defaults of options, from the configuration file and from the environment variables CALLBOX_<OPTION>."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from callbox.errors import UsageError
from callbox.storage.platform_directories import directory

_PREFIX = "CALLBOX_"
_FILE = "config.toml"


def read_settings(config: str, environ: Mapping[str, str]) -> tuple[tuple[str, object], ...]:
    """Read the defaults of options. Returns (name, value) pairs. An environment variable overrides the configuration
    file. `config` is the path of this file; if it is empty, CALLBOX_CONFIG or the usual path counts. Raises
    `UsageError` with a place for a key that is no option, and for a value that the option cannot have.
    """
    path = config or environ.get(f"{_PREFIX}CONFIG", "") or _default_path()
    names = [key for key in environ if key.startswith(_PREFIX)]
    return (*(_from_file(path) if path else ()), *(_from_environment(names, environ) if names else ()))


def _default_path() -> str:
    folder = directory("config")
    path = "" if folder is None else os.path.join(folder, _FILE)
    return path if path and os.path.isfile(path) else ""


def _from_file(path: str) -> Iterator[tuple[str, object]]:
    from callbox.cli.config_file import (
        read_config_file,
    )  # The import of TOML takes 6 ms, and few users have a configuration file.

    return read_config_file(path)


def _from_environment(names: list[str], environ: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    # The import takes 2 ms, and only users who set such variables need it.
    from callbox.engine.options import OPTIONS, parse_option

    variables = {f"{_PREFIX}{name.upper().replace('-', '_')}": name for name in OPTIONS}
    for variable in names:
        if variable in variables:
            try:
                yield variables[variable], parse_option(variables[variable], environ[variable])
            except UsageError as error:
                raise UsageError(f"{variable} in the environment: {error.message}", hint=error.hint) from None
