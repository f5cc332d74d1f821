"""The session: what it holds, the log of its edits, and the driver that sends for it.

Names are loaded when they are first used: the table of options alone must not cost the driver.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callbox.engine.client import LiveSession, collect
    from callbox.engine.edit_log import Edit, HeldEntry

__all__ = ["Edit", "HeldEntry", "LiveSession", "collect"]

_HOME_OF = {"Edit": "edit_log", "HeldEntry": "edit_log", "LiveSession": "client", "collect": "client"}


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'callbox.engine' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"callbox.engine.{home}"), name)
    return value
