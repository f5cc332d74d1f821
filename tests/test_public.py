"""What the package names, and what each way to start it loads: a module outside a path's list is a slow start."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.rows import check_rows

import callbox
from callbox.practice import Practice

PACKAGE = Path(callbox.__file__)
SLOW = ("asyncio", "logging", "importlib.metadata", "unittest", "xml", "sqlite3", "multiprocessing", "ctypes.util")
"""Of the standard library: what is not for a start-up path, in tens of milliseconds."""
LIBRARIES = ("prompt_toolkit", "pygments", "urllib3", "jsonpath", "tomli_w", "idna", "publicsuffixlist")
VERSION = {
    "callbox",
    "callbox.__main__",
    "callbox.cli",
    "callbox.cli.version_and_urllib3_check",
    "callbox.errors",
    "callbox.version",
}
REPLAY = ("callbox.replay", "callbox.replay.run_option_table")
"""Of the replayer only the table of its options is for everybody: the flags of the shell's `replay` are in it."""
HELP = VERSION | {
    *(
        "callbox.cli." + name
        for name in (
            "fast_argument_parser",
            "main",
            "standard_streams",
            "argparse_parser",
            "option_defaults",
            "shell_command",
        )
    ),
    *("callbox.engine", "callbox.engine.options", "callbox.shell", "callbox.shell.line", "callbox.spelling"),
    *(
        "callbox.storage",
        "callbox.storage.platform_directories",
        "callbox.httpfile",
        "callbox.httpfile.script_suffixes",
    ),
}
SESSION_MODULES = "errors spelling exchange engine system version _library adapters auth cookies exceptions hooks models sessions utils status_codes"
ONE_LINE_WITHOUT = (
    *(
        "callbox.sessions",
        "callbox.models",
        "callbox.formats",
        "callbox.report",
        *(
            f"callbox.httpfile.{name}"
            for name in ("model", "source_and_diagnostics", "positions", "parser", "variables", "javascript")
        ),
        "callbox.render.body",
    ),
    *(
        "callbox.exchange.jsonpath_xpath_and_header_selection",
        "callbox.shell.completion.argument_candidates",
        "callbox.shell.completion.completer",
        "callbox.shell.line.highlighter",
    ),
    *("argparse", "difflib", "dataclasses", "inspect", "tomllib", "pty", "http.cookiejar"),
)
"""What one `get` into a pipe can do without."""
WITHOUT_PROMPT = (
    "callbox.terminal.repl",
    "callbox.terminal.prompt_toolkit_adapters",
    "callbox.practice",
    "callbox.replay",
)


def loaded(*arguments: str) -> list[str]:
    """The modules that a run of Python loads, in order."""
    command = [sys.executable, "-X", "importtime", *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    return [line.rpartition("|")[2].strip() for line in lines][1:]


def among(modules: list[str], packages: tuple[str, ...]) -> list[str]:
    """Those that are one of these packages, or inside one."""
    return [module for module in modules if any(module == p or module.startswith(f"{p}.") for p in packages)]


@pytest.fixture(scope="module")
def bare() -> list[str]:
    """What Python loads for nothing: an environment may add to it by files of its site-packages."""
    return loaded("-c", "pass")


@check_rows("name", callbox.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(callbox, name) is not None


def test_names_for_type_checkers_are_those_that_are_loaded() -> None:
    tree = ast.parse(PACKAGE.read_text("utf-8"))
    named = {
        (node.module, alias.name) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    }

    assert {(home, name) for home, names in callbox._NAMES_BY_MODULE.items() for name in names} <= named
    assert sorted(callbox.__all__) == callbox.__all__ == dir(callbox)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = callbox.nothing


def test_importing_the_package_loads_next_to_nothing(bare: list[str]) -> None:
    ours = among(loaded("-c", "import callbox"), ("callbox",))

    assert set(ours) == {"callbox", "callbox.version"}


def test_the_session_loads_no_prompt_no_colours_and_no_wire(bare: list[str]) -> None:
    modules = loaded("-c", "from callbox import Session; Session()")

    ours = {".".join(name.split(".")[:2]) for name in among(modules, ("callbox",))}
    assert among(modules, (*LIBRARIES, *SLOW, "ssl", "socket", "argparse", "dataclasses", "inspect", "tomllib")) == []
    assert ours <= {"callbox", *(f"callbox.{name}" for name in SESSION_MODULES.split())}


def test_version_loads_what_prints_it(bare: list[str]) -> None:
    modules = set(loaded("-m", "callbox", "--version")) - set(bare)

    assert set(among(list(modules), ("callbox",))) <= VERSION
    assert among(list(modules), (*LIBRARIES, *SLOW, "ssl", "socket", "argparse")) == []


def test_help_loads_no_library(bare: list[str]) -> None:
    modules = set(loaded("-m", "callbox", "--help")) - set(bare)

    assert set(among(list(modules), ("callbox",))) <= HELP
    assert among(list(modules), ("pathlib", "urllib", "json", "dataclasses", "inspect", "subprocess", "shutil")) == []
    assert among(list(modules), (*LIBRARIES, *SLOW, "ssl", "socket", *WITHOUT_PROMPT)) == []


def test_one_line_loads_no_prompt() -> None:
    with Practice() as api:
        modules = set(loaded("-m", "callbox", "-c", f"get {api.url}/")) - set(loaded("-c", "import urllib3"))

    kept = (name for name in LIBRARIES if name != "urllib3")
    assert [name for name in among(list(modules), (*kept, *SLOW, *WITHOUT_PROMPT)) if name not in REPLAY] == []
    assert among(list(modules), ONE_LINE_WITHOUT) == []
