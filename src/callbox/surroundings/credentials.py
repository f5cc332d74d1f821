"""The .netrc file: credentials by exact host, read again only when the file has changed."""

from __future__ import annotations

import os
from functools import lru_cache

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
    if named:
        return [named]
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
