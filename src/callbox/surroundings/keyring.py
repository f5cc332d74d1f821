"""The system's keyring, through the package `keyring`, which is an extra and loaded when a secret is wanted of it."""

from __future__ import annotations

from importlib import import_module

from callbox.errors import UsageError

SERVICE = "callbox"
"""What our entries are kept under."""


def read_keyring(name: str) -> str:
    """The password of this name. Raises UsageError, in one line, where there is none or no keyring."""
    try:
        keyring = import_module("keyring")
    except ImportError:
        raise UsageError(
            f"keyring:{name} needs the 'keyring' extra", hint="pip install 'callbox[keyring]', or use env:NAME"
        ) from None
    try:
        found = keyring.get_password(SERVICE, name)
    except Exception as error:  # each system's keyring has errors of its own
        words = str(error).partition("\n")[0][:200] or type(error).__name__
        raise UsageError(f"The keyring cannot be read: {words}") from None
    if not isinstance(found, str) or not found:
        raise UsageError(f"The keyring has no '{name}' of {SERVICE}", hint=f"keyring set {SERVICE} {name}")
    return found
