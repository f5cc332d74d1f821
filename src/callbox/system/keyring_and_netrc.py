"""Read credentials from `.netrc` (by exact host) and from the system's keyring."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module

from callbox.errors import UsageError
from callbox.exchange.auth_schemes import Basic


def find_netrc(host: str) -> Basic | None:
    """The credential for this host in .netrc, or in the file that NETRC names; None if there is none.

    The `default` entry is not used, because it would send one password to every host. A file that cannot be read is
    ignored.
    """
    try:
        return require_netrc(host)
    except UsageError:
        return None


_MAX_BYTES = 16_000_000


def require_netrc(host: str) -> Basic | None:
    """`find_netrc` that raises UsageError if the file exists and cannot be read."""
    for path in _candidates():
        try:
            facts = os.stat(path)
        except OSError:
            continue
        if stat.S_ISCHR(facts.st_mode) and facts.st_rdev != os.stat(os.devnull).st_rdev:
            raise UsageError(f"{path} is a device, not a file", hint="to ignore the file: --netrc no")
        if facts.st_size > _MAX_BYTES:
            message = f"{path} is larger than {_MAX_BYTES // 1_000_000} MB, the most that is read"
            raise UsageError(message, hint="to ignore the file: --netrc no")
        return _read(path, facts.st_mtime_ns, facts.st_size).get(host)
    return None


def has_netrc_default() -> bool:
    """Whether .netrc has a `default` entry, which callbox does not use."""
    try:
        return require_netrc(_DEFAULT_HOST) is not None
    except UsageError:
        return False


def _candidates() -> list[str]:
    named = os.environ.get("NETRC")
    if named is not None:
        # An empty NETRC tells a program to read no file.
        return [named] if named else []
    return _in_home(os.environ.get("HOME"))


@lru_cache(maxsize=8)
def _in_home(_home: str | None) -> list[str]:
    """The paths of `.netrc` and `_netrc` in the home folder: programs use either name.

    They are cached by the value of `HOME`, because finding the folder takes time.
    """
    home = os.path.expanduser("~")
    return [] if home == "~" else [os.path.join(home, ".netrc"), os.path.join(home, "_netrc")]


_DEFAULT_HOST = " "
"""The key of the `default` entry, which is not the name of any host."""


@lru_cache(maxsize=8)
def _read(path: str, _changed: int, _size: int) -> dict[str, Basic]:
    import netrc  # this is imported only if there is a file

    try:
        hosts = netrc.netrc(path).hosts
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror or error}", hint="to ignore the file: --netrc no"
        ) from None
    except (netrc.NetrcParseError, ValueError):
        return _read_as_curl(path)
    return {
        _DEFAULT_HOST if host == "default" else host: Basic(login or account or "", password or "")
        for host, (login, account, password) in hosts.items()
        if login or account or password
    }


_WORD = re.compile(r'"((?:[^"\\\n]|\\.)*+)(?:"|(?=\n)|\Z)|(\S++)')
_ESCAPE = re.compile(r"\\(.)")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t"}
_VALUED = frozenset(("login", "password", "account"))


def _read_as_curl(path: str) -> dict[str, Basic]:
    """The entries of a file that Python's own module refuses. Words that curl does not know are skipped.

    Raises UsageError for a missing value, with its line.
    """
    with open(path, "rb") as file:
        data = file.read()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    entries: dict[str, dict[str, str]] = {}
    entry: dict[str, str] = {}
    words = _netrc_words(text)
    for line, word, is_quoted in words:
        if is_quoted or word not in _VALUED | {"machine", "default"}:
            continue
        if word == "default":
            entry = entries.setdefault(_DEFAULT_HOST, {})
            continue
        _, value, _ = next(words, (line, None, False))
        if value is None:
            raise UsageError(f"{path}:{line}: no value after '{word}'", hint="to ignore the file: --netrc no")
        if word == "machine":
            entry = entries.setdefault(value, {})
        else:
            entry.setdefault(word, value)
    return {
        host: Basic(found.get("login") or found.get("account") or "", found.get("password", ""))
        for host, found in entries.items()
        if found
    }


def _netrc_words(text: str) -> Iterator[tuple[int, str, bool]]:
    """The words of the file without comments and macros, each with its line and whether it is quoted."""
    is_macro = False
    for number, row in enumerate(text.splitlines(), 1):
        if is_macro or row.lstrip().startswith("#"):
            is_macro = is_macro and bool(row.strip())  # an empty line ends a macro
            continue
        for match in _WORD.finditer(row):
            if match[2] == "macdef":
                is_macro = True
                break
            quoted = match[1]
            if quoted is None:
                yield number, match[2], False
            else:
                yield number, _ESCAPE.sub(lambda found: _LETTERS.get(found[1], found[1]), quoted), True


SERVICE = "callbox"
"""The service name of callbox's entries in the keyring."""


def read_keyring(name: str) -> str:
    """The password with this name. Raises `UsageError` of one line if there is no such password, or no keyring."""
    try:
        keyring = import_module("keyring")
    except ImportError:
        raise UsageError(
            f"keyring:{name} needs the 'keyring' extra", hint="pip install 'callbox[keyring]', or use env:NAME"
        ) from None
    try:
        found = keyring.get_password(SERVICE, name)
    except Exception as error:  # each keyring backend has its own errors
        words = str(error).partition("\n")[0][:200] or type(error).__name__
        raise UsageError(f"The keyring cannot be read: {words}") from None
    if not isinstance(found, str) or not found:
        raise UsageError(f"The keyring has no '{name}' of {SERVICE}", hint=f"keyring set {SERVICE} {name}")
    return found
