"""`.http` files as pytest tests, one for each request: `pytest --http tests/`, or `http_files = api/*.http` in the ini
file.

The plugin is off by default, so that an installed callbox does not change other tests. Each file has its own session,
and its requests run in the order of the file. A test first runs the requests that it needs. Each request is sent only
once.
"""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from callbox.httpfile.script_suffixes import is_script_name

if TYPE_CHECKING:
    from callbox.pytest_plugin.collector import HttpFile


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the plugin."""
    group = parser.getgroup("callbox", "requests of .http files")
    group.addoption("--http", action="store_true", help="collect .http and .rest files")
    group.addoption("--http-env", action="append", default=[], metavar="NAME", help="the environment of the requests")
    group.addoption("--http-var", action="append", default=[], metavar="NAME=VALUE", help="a variable for the requests")
    group.addoption("--http-openapi", default="", metavar="FILE|URL", help="compare responses with this description")
    parser.addini("http_openapi", "a description of the API to compare responses with", "string", "")
    parser.addini("http_files", "patterns of .http files to collect, also without --http", "args", [])
    parser.addini("http_env", "environments of .http files", "args", [])


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> HttpFile | None:
    """The collector for a file that the options select."""
    if not is_script_name(file_path.name):
        return None
    config, root = parent.config, parent.config.rootpath
    relative = str(file_path.relative_to(root) if file_path.is_relative_to(root) else file_path)
    patterns: list[str] = config.getini("http_files")
    is_wanted = config.getoption("--http") or any(fnmatch(relative, pattern) for pattern in patterns)
    if not is_wanted:
        return None
    from callbox.pytest_plugin.collector import HttpFile  # the import takes 150 ms, so only if there are such files

    return HttpFile.from_parent(parent, path=file_path)
