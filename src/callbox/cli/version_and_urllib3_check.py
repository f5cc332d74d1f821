"""`callbox --version`, and the check that the installed urllib3 is the original. Neither imports urllib3."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from callbox.version import __version__

_FUTURE = 900
"""urllib3-future installs itself in place of urllib3. Its patch versions begin with this number."""


def print_version() -> bool:
    """Print the version line without importing the dependencies. Returns False if the line cannot be written."""
    try:
        sys.stdout.write(version_line())
        sys.stdout.flush()
    except (
        OSError,
        AttributeError,
    ):  # the disk is full, the reader has ended, or the standard output is closed (`sys.stdout` is then None)
        return False
    return True


def run_version(words: Sequence[str]) -> int:
    """Print the version line; returns the exit code."""
    from callbox.cli.standard_streams import write_stdout  # `print_version` needs no import

    write_stdout(version_line())
    return 0


def version_line() -> str:
    """The versions of callbox and of its dependencies."""
    import _ssl  # the module `ssl` itself takes 10 ms

    python = ".".join(map(str, sys.version_info[:3]))
    openssl = " ".join(_ssl.OPENSSL_VERSION.split()[:2])
    return f"callbox {__version__} (Python {python}, urllib3 {urllib3_version()}, {openssl})\n"


def urllib3_version() -> str:
    """The installed version of urllib3. It is read as text, since the import takes 70 ms."""
    for folder in sys.path:
        try:
            with open(f"{folder or '.'}/urllib3/_version.py", encoding="utf-8") as file:
                return _find_version(file.read())
        except OSError:
            continue
    return "missing"


def check_urllib3() -> None:
    """Raise UsageError if another package is installed as urllib3."""
    from callbox.errors import UsageError  # `--version` does not need this

    version = urllib3_version()
    patch = version.split(".")[2] if version.count(".") >= 2 else ""
    if patch.isdigit() and int(patch) >= _FUTURE:
        raise UsageError(
            f"urllib3-future {version} has taken the place of urllib3 in this environment",
            hint="pip uninstall urllib3-future, then pip install --force-reinstall urllib3",
        )


def _find_version(text: str) -> str:
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and name.split(":")[0].strip() in ("__version__", "version", "__version__ = version"):
            quoted = value.rpartition("=")[2].strip().strip("'\"")
            if quoted[:1].isdigit():
                return quoted
    return "unknown"
