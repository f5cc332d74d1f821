"""What the import contracts of pyproject.toml cannot say, and that these contracts hold.

Layers and their order are import-linter's contracts (`[tool.importlinter]`); imports for type checking and inside
functions count. By hand: each library is imported in its one place, the lower layers are pure, and no modules import
each other in a cycle. Each rule is a function from source text to complaints, and is shown to fail on a small text.
"""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from importlinter import cli
from tests.support.rows import check_rows

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "callbox"

PURE_PACKAGES = frozenset({"errors", "version", "exchange", "formats", "render", "httpfile", "report"})
PURE_MODULES = frozenset(
    {"callbox.replay.javascript.script_input_and_result", "callbox.replay.javascript.import_and_promise_rewriter"}
)
"""They touch no file, clock, randomness, environment, network, process or stream."""
STANDARD = sys.stdlib_module_names | {"compression"}
"""The standard library, with what came to it after the oldest Python that we run on (3.14: compression)."""

PLACES: Mapping[str, tuple[str, ...]] = {
    "prompt_toolkit": ("terminal",),
    "urllib3": ("wire",),
    "pygments": ("render",),
    "tomli_w": ("formats",),
    "jsonpath": ("exchange.jsonpath_xpath_and_header_selection",),
    "idna": ("exchange.url", "exchange.cookies"),
    "publicsuffixlist": ("exchange.cookies",),
    "brotli": ("exchange",),
    "brotlicffi": ("exchange",),
    "backports": ("exchange",),
    "certifi": ("wire",),
    "socks": ("wire",),
    "lxml": ("exchange.jsonpath_xpath_and_header_selection", "render"),
    "quickjs": ("replay.javascript.quickjs_process",),
    "_quickjs": ("replay.javascript.quickjs_process",),
    "yaml": ("openapi.json_and_yaml_reader", "openapi.description_checks_and_compiler"),
    "jsonschema_rs": ("openapi.schema_validator",),
    "keyring": ("system",),
    "pytest": ("pytest_plugin",),
}


REACHES: Mapping[str, frozenset[str]] = dict.fromkeys(
    (
        "os", "shutil", "tempfile", "glob", "fileinput", "mimetypes", "zoneinfo", "linecache", "fcntl", "mmap",
        "sqlite3", "dbm", "shelve", "resource", "platform", "locale", "getpass", "pwd", "grp", "pty", "tty", "termios",
        "time", "random", "secrets", "uuid", "sched", "signal", "subprocess", "multiprocessing", "asyncio", "logging",
        "socket", "ssl", "select", "selectors", "socketserver", "http.client", "http.server", "http.cookiejar",
        "urllib.request", "ftplib", "smtplib", "webbrowser", "netrc", "importlib.metadata", "importlib.resources",
        "warnings",
    ),
    frozenset(),
) | {
    "io": frozenset({"BytesIO", "StringIO"}),
    "pathlib": frozenset({"PurePath", "PurePosixPath", "PureWindowsPath"}),
    "sys": frozenset({"version_info", "maxsize", "maxunicode", "intern", "getrecursionlimit"}),
}  # fmt: skip
"""What reaches the disk, the clock, chance, the environment, the network or a stream; with what is pure in each."""
BUILTINS = frozenset({"open", "print", "input", "breakpoint", "exec", "eval"})
CLOCKS = frozenset(
    stem + end
    for end in ("datetime.now", "datetime.utcnow", "datetime.today", "date.today")
    for stem in ("", "datetime.")
)


class Import(NamedTuple):
    """One imported name: where, the module, and the name taken from it (`""` for the module itself)."""

    line: int
    module: str
    name: str


@functools.cache
def imports(text: str, module: str = "callbox.here") -> tuple[Import, ...]:
    """Every import of a source text, also those by literal name through importlib. Several rules ask for them."""
    return tuple(_imports(text, module))


def _imports(text: str, module: str) -> Iterator[Import]:
    tree = ast.parse(text)
    for node in ast.walk(tree) if _LOADS_BY_NAME.search(text) else _statements(tree):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".")[: -node.level] if node.level else []
            full = ".".join([*package, node.module or ""]).strip(".")
            yield from (Import(node.lineno, full, alias.name) for alias in node.names)
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__"):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield Import(node.lineno, first.value, "")


_LOADS_BY_NAME = re.compile(r"\b(?:import_module|__import__)\s*\(")


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """The statements at every depth. To walk through their expressions, too, takes ten times as long."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, block, [])
            waiting += inner if isinstance(inner, list) else []  # the body of a lambda is an expression


def _called(node: ast.Call) -> str:
    target = node.func
    return target.id if isinstance(target, ast.Name) else getattr(target, "attr", "")


def outside_their_place(text: str, module: str) -> Iterator[str]:
    """Libraries that are imported outside of their place, or that have none."""
    inner = module.removeprefix("callbox.")
    for line, target, _ in imports(text, module):
        package = target.split(".")[0]
        if package == "callbox" or package in STANDARD:
            continue
        places = PLACES.get(package)
        if places is None:
            yield f"{module}:{line}: {package} is not among the dependencies"
        elif not any(inner == place or inner.startswith(place + ".") for place in places):
            yield f"{module}:{line}: {package} lives in {' and '.join(places)} only"


def impure_uses(text: str, module: str) -> Iterator[str]:
    """What of a pure module touches disk, clock, chance, environment, network, processes or the screen."""
    for line, what in [*_imported_reaches(text, module), *_used_reaches(text)]:
        yield f"{module}:{line}: {what}"


def _imported_reaches(text: str, module: str) -> Iterator[tuple[int, str]]:
    for line, target, name in imports(text, module):
        full = f"{target}.{name}" if name else target
        parents = {full.rsplit(".", cut)[0] for cut in range(full.count(".") + 1)}
        for found in parents & REACHES.keys():
            # A module of which something is pure is judged by what is used of it.
            if (name or not REACHES[found]) and full.removeprefix(found + ".") not in REACHES[found]:
                yield line, full


_PURE_IN_PART = [name for name, allowed in REACHES.items() if allowed]
_MAY_REACH = re.compile(
    rf"\b(?:{'|'.join(BUILTINS)})\s*\(|\b(?:{'|'.join(_PURE_IN_PART)})\s*\.|\.\s*(?:now|utcnow|today)\b"
)


def _used_reaches(text: str) -> Iterator[tuple[int, str]]:
    if not _MAY_REACH.search(text):
        return  # to parse every module takes seconds
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BUILTINS:
            yield node.lineno, f"{node.func.id}()"
        elif isinstance(node, ast.Attribute):
            of = _dotted(node.value)
            full, allowed = f"{of}.{node.attr}", REACHES.get(of)
            if (allowed and node.attr not in allowed) or full in CLOCKS:
                yield node.lineno, full


def _dotted(node: ast.expr) -> str:
    """The name as it is written, with its dots; empty for any other expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (of := _dotted(node.value)):
        return f"{of}.{node.attr}"
    return ""


def cycles(sources: Mapping[str, str]) -> Iterator[str]:
    """Cycles among modules, each named once by the modules on it."""
    edges = {module: sorted(set(_neighbours(text, module, sources))) for module, text in sources.items()}
    state: dict[str, int] = {}
    for start in sources:
        yield from _walk(start, edges, state, [])


def _neighbours(text: str, module: str, known: Mapping[str, str]) -> Iterator[str]:
    for _, target, name in imports(text, module):
        full = f"{target}.{name}"
        found = full if full in known else target
        if found in known and found != module:
            yield found


def _walk(module: str, edges: Mapping[str, list[str]], state: dict[str, int], path: list[str]) -> Iterator[str]:
    if state.get(module) == 2:
        return
    if module in path:
        yield " -> ".join([*path[path.index(module) :], module])
        return
    path.append(module)
    for target in edges[module]:
        yield from _walk(target, edges, state, path)
    path.pop()
    state[module] = 2


def read_modules() -> dict[str, str]:
    """The text of every module of the package by its dotted name."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text("utf-8")
    return found


MODULES = read_modules()
PURE = {
    module: text
    for module, text in MODULES.items()
    if [*module.split("."), ""][1] in PURE_PACKAGES or module in PURE_MODULES
}


def test_the_layers_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    assert cli.lint_imports(no_cache=True) == cli.EXIT_STATUS_SUCCESS


def test_no_modules_import_each_other_in_a_cycle() -> None:
    assert list(cycles({m: text for m, text in MODULES.items() if m not in ("callbox", "callbox.__main__")})) == []


def test_each_library_is_imported_in_its_own_place() -> None:
    assert [line for module, text in MODULES.items() for line in outside_their_place(text, module)] == []


def test_the_lower_layers_are_pure() -> None:
    assert [line for module, text in PURE.items() for line in impure_uses(text, module)] == []


@check_rows(
    ("module", "text", "is_home"),
    [
        pytest.param("callbox.terminal.repl", "from prompt_toolkit import PromptSession", True, id="at home"),
        pytest.param("callbox.shell.interpreter", "def f():\n    import prompt_toolkit", False, id="outside"),
        pytest.param("callbox.exchange.cookies.suffix", "import publicsuffixlist", True, id="in a folder of its home"),
        pytest.param("callbox.exchange.selection", "import jsonpath", False, id="a module whose name goes on"),
        pytest.param("callbox.wire.pool", "import requests", False, id="not a dependency"),
    ],
)
def test_a_library_in_another_place_is_found(module: str, text: str, is_home: bool) -> None:
    assert (list(outside_their_place(text, module)) == []) is is_home


@check_rows(
    "text",
    [
        "import os",
        "from os import environ",
        "import os.path",
        "from time import time",
        "from urllib import request",
        "import http.client",
        "import io\nio.open('x')",
        "from pathlib import Path",
        "import sys\nsys.stdout.write('x')",
        "from sys import argv",
        "print('x')",
        "open('x')",
        "from datetime import datetime\ndatetime.now()",
        "import datetime\ndatetime.date.today()",
        "def f():\n    import random",
    ],
)
def test_an_impure_use_is_found(text: str) -> None:
    assert list(impure_uses(text, "callbox.exchange.request_merge_with_session"))


@check_rows(
    "text",
    [
        "import io\nio.BytesIO()",
        "from pathlib import PurePosixPath",
        "import sys\nsys.version_info",
        "from urllib.parse import quote",
        "from datetime import datetime\ndatetime(2026, 1, 1)",
        "def read(open): ...",
    ],
)
def test_a_pure_use_is_allowed(text: str) -> None:
    assert list(impure_uses(text, "callbox.exchange.request_merge_with_session")) == []


def test_a_cycle_is_found() -> None:
    sources = {
        "callbox.shell.a": "from callbox.shell import b",
        "callbox.shell.b": "def f():\n    from callbox.shell.c import x",
        "callbox.shell.c": "import callbox.shell.a",
        "callbox.shell.d": "from callbox.shell import a",
    }

    assert list(cycles(sources)) == ["callbox.shell.a -> callbox.shell.b -> callbox.shell.c -> callbox.shell.a"]
