"""The user's folders for configuration, state, data and cache on this platform.

Such a folder is created, for the user alone, when a file is first saved in it.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_XDG = {
    "state": ("XDG_STATE_HOME", ".local/state"),
    "config": ("XDG_CONFIG_HOME", ".config"),
    "data": ("XDG_DATA_HOME", ".local/share"),
    "cache": ("XDG_CACHE_HOME", ".cache"),
}
_MAC = {
    "state": "Application Support",
    "config": "Application Support",
    "data": "Application Support",
    "cache": "Caches",
}


def directory(kind: str) -> Path | None:
    """The path of the user's folder of the kind `state`, `config`, `data` or `cache`; None without a home folder."""
    from pathlib import Path  # this import would add 3 ms to `--help`

    variable, usual = _XDG[kind]
    named = os.environ.get(variable)
    if named and os.path.isabs(named):
        return Path(named) / "callbox"
    home = os.path.expanduser("~")
    if home == "~" or not os.path.isdir(home):
        return None
    if sys.platform == "darwin" and not named:
        return Path(home) / "Library" / _MAC[kind] / "callbox"
    return Path(home) / usual / "callbox"


def make_directory(kind: str) -> Path | None:
    """The path of the user's folder of this kind. If it is missing, it is created with mode 0700; None if that
    fails.
    """
    folder = directory(kind)
    if folder is None:
        return None
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return folder


def make_subdirectory(kind: str, name: str) -> Path | None:
    """The path of a subfolder of the user's folder of this kind. If it is missing, it is created with mode 0700; None
    if that fails.
    """
    folder = make_directory(kind)
    if folder is None:
        return None
    try:
        (folder / name).mkdir(mode=0o700, exist_ok=True)
        for one in (folder, folder / name):
            if one.stat().st_mode & 0o077:
                one.chmod(0o700)
    except OSError:
        return None
    return folder / name
