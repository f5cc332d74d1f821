"""The names of `.http` files."""

from __future__ import annotations

SUFFIXES = (".http", ".rest")


def is_script_name(path: str) -> bool:
    """Whether a file with this name contains requests. The letter case of the suffix does not count, as in other tools.

    >>> is_script_name("flow.http"), is_script_name("FLOW.REST"), is_script_name("flow.json")
    (True, True, False)
    """
    return path.lower().endswith(SUFFIXES)
