"""The session behind the shell and the library: its state, the log of its edits, its options, and the client that
sends.

Each name below is imported on first use, so a program can import the table of options without the client.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callbox.engine.client import LiveSession, collect
    from callbox.engine.session_state_and_edit_log import Edit, Entry

__all__ = ["Edit", "Entry", "LiveSession", "collect"]

_MODULE_OF = {
    "Edit": "session_state_and_edit_log",
    "Entry": "session_state_and_edit_log",
    "LiveSession": "client",
    "collect": "client",
}


def __getattr__(name: str) -> object:
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module 'callbox.engine' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"callbox.engine.{module}"), name)
    return value
