"""`callbox --version`, and the check that the installed urllib3 is the original. Neither imports urllib3."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from callbox.version import __version__

_FUTURE = 900
"""The package urllib3-future installs itself under the name urllib3. Its patch versions are 900 and above."""


def print_version() -> bool:
    """Print the versions of callbox and its dependencies, without importing them. Returns False if the line cannot be
    written.
    """
    try:
        sys.stdout.write(version_line())
        sys.stdout.flush()
    except (
        OSError,
        AttributeError,
    ):  # The disk is full, the reader has ended, or the standard output is closed, so that `sys.stdout` is None.
        return False
    return True


def run_version(words: Sequence[str]) -> int:
    """Run `callbox --version`: print the versions. Returns the exit code."""
    from callbox.cli.standard_streams import write_stdout  # not at the top, because `print_version` needs no import

    write_stdout(version_line())
    return 0


def version_line() -> str:
    """The versions of callbox, Python, urllib3 and OpenSSL in one line."""
    import _ssl  # The import of `ssl` would take 10 ms.

    python = ".".join(map(str, sys.version_info[:3]))
    openssl = " ".join(_ssl.OPENSSL_VERSION.split()[:2])
    return f"callbox {__version__} (Python {python}, urllib3 {urllib3_version()}, {openssl})\n"


def urllib3_version() -> str:
    """The installed version of urllib3, read from its file, because the import takes 70 ms."""
    for folder in sys.path:
        try:
            with open(f"{folder or '.'}/urllib3/_version.py", encoding="utf-8") as file:
                return _find_version(file.read())
        except OSError:
            continue
    return "missing"


def check_urllib3() -> None:
    """Raise `UsageError` if urllib3-future is installed in the place of urllib3."""
    from callbox.errors import UsageError  # not at the top, because `--version` does not need it

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
