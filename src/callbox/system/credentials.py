"""Read credentials from `.netrc` (by exact host) and from the system's keyring."""

from __future__ import annotations

import os
from functools import lru_cache
from importlib import import_module

from callbox.errors import UsageError
from callbox.exchange.auth import Basic


def find_netrc(host: str) -> Basic | None:
    """The credential that .netrc (or the file that NETRC names) holds for this very host; None where it has none.

    The `default` entry is not used: it would send one password to every host. A file that cannot be read is no file.
    """
    for path in _candidates():
        try:
            facts = os.stat(path)
        except OSError:
            continue
        return _read(path, facts.st_mtime_ns, facts.st_size).get(host)
    return None


def _candidates() -> list[str]:
    named = os.environ.get("NETRC")
    if named is not None:
        # An empty one names no file: that is how a program is told to read none.
        return [named] if named else []
    home = os.path.expanduser("~")
    return [] if home == "~" else [os.path.join(home, ".netrc"), os.path.join(home, "_netrc")]


@lru_cache(maxsize=8)
def _read(path: str, _changed: int, _size: int) -> dict[str, Basic]:
    import netrc  # only where a file is there

    try:
        hosts = netrc.netrc(path).hosts
    except (OSError, netrc.NetrcParseError):
        return {}
    return {
        host: Basic(login or account or "", password or "")
        for host, (login, account, password) in hosts.items()
        if host != "default" and (login or account or password)
    }


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
