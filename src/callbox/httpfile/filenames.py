"""The names of `.http` files."""

from __future__ import annotations

SUFFIXES = (".http", ".rest")


def is_script_name(path: str) -> bool:
    """Whether a file of this name holds requests.

    >>> is_script_name("flow.http"), is_script_name("flow.rest"), is_script_name("flow.json")
    (True, True, False)
    """
    return path.endswith(SUFFIXES)
