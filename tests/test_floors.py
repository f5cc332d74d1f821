"""The floors of docs/design.md: who may import whom, where each library lives, what the pure floors may not touch.

Every import counts, those under TYPE_CHECKING and inside functions too. The rules are functions from source text
to lines of complaint, so that each is shown to fail on a small text before it is asked about the house.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "callbox"

FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors", "invisible", "version"),
    ("exchange",),
    ("formats",),
    ("script", "render"),
    ("report",),
    ("wire", "store", "surroundings"),
    ("session",),
    ("replay", "practice", "face"),
    ("shell",),
    ("terminal", "pytest_plugin"),
    ("cli",),
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
TOP = len(FLOORS)
"""The package itself and `__main__`: doors rather than rooms, they may name anything and no room goes through them."""
DOORS = frozenset(
    "__main__ adapters api auth certs compat cookies exceptions hooks models packages sessions status_codes structures "
    "utils".split()
)
"""The entry, and the modules that name what is public where users of Requests look for it: doors as well."""
PURE_FLOORS = 4
STANDARD = sys.stdlib_module_names | {"compression"}
"""The standard library, with what came to it after the oldest Python that we run on (3.14: compression)."""

HOMES: Mapping[str, tuple[str, ...]] = {
    "prompt_toolkit": ("terminal",),
    "urllib3": ("wire",),
    "pygments": ("render",),
    "tomli_w": ("formats",),
    "jsonpath": ("exchange.select",),
    "idna": ("exchange.url", "exchange.cookies"),
    "publicsuffixlist": ("exchange.cookies",),
    "brotli": ("exchange",),
    "brotlicffi": ("exchange",),
    "backports": ("exchange",),
    "certifi": ("wire",),
    "socks": ("wire",),
    "yaml": ("formats",),
    "lxml": ("exchange.xpath", "render"),
    "jmespath": ("exchange.select",),
    "jq": ("exchange.select",),
    "quickjs": ("surroundings",),
    "jsonschema_rs": ("replay",),
    "keyring": ("surroundings",),
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


def imports(text: str, module: str = "callbox.here") -> Iterator[Import]:
    """Every import of a source text, also those by literal name through importlib."""
    for node in ast.walk(ast.parse(text)):
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


def _called(node: ast.Call) -> str:
    target = node.func
    return target.id if isinstance(target, ast.Name) else getattr(target, "attr", "")


def room_of(module: str) -> str:
    """`exchange` for `callbox.exchange.url`; empty for the package and its entry."""
    parts = module.split(".")
    return "" if len(parts) < 2 or parts[1] in DOORS else parts[1]


def looks_wrong(text: str, module: str) -> Iterator[str]:
    """Imports that look upward, or sideways to another room of the floor."""
    own = room_of(module)
    floor = FLOOR.get(own, TOP)
    for line, target, name in imports(text, module):
        if target.split(".")[0] != "callbox":
            continue
        room = room_of(target) or (name if name in FLOOR else "")
        where = f"{module}:{line}"
        if room == own:
            continue
        if not room:
            yield f"{where}: goes through the door: import {name or target} from where it lives"
        elif room not in FLOOR:
            yield f"{where}: {room} has no floor"
        elif FLOOR[room] >= floor:
            yield f"{where}: floor {floor} ({own}) imports {target} of floor {FLOOR[room]}"


def leaves_home(text: str, module: str) -> Iterator[str]:
    """Libraries imported outside their home, or that have none."""
    inner = module.removeprefix("callbox.")
    for line, target, _ in imports(text, module):
        package = target.split(".")[0]
        if package == "callbox" or package in STANDARD:
            continue
        homes = HOMES.get(package)
        if homes is None:
            yield f"{module}:{line}: {package} is not among the dependencies"
        elif not any(inner == home or inner.startswith(home + ".") for home in homes):
            yield f"{module}:{line}: {package} lives in {' and '.join(homes)} only"


def reaches_out(text: str, module: str) -> Iterator[str]:
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


def _used_reaches(text: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BUILTINS:
            yield node.lineno, f"{node.func.id}()"
        elif isinstance(node, ast.Attribute):
            allowed = REACHES.get(ast.unparse(node.value))
            if (allowed and node.attr not in allowed) or ast.unparse(node) in CLOCKS:
                yield node.lineno, ast.unparse(node)


def circles(sources: Mapping[str, str]) -> Iterator[str]:
    """Circles among modules, each named once by the modules on it."""
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


def house() -> dict[str, str]:
    """The text of every module of the package by its dotted name."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text("utf-8")
    return found


HOUSE = house()
ROOMS = {module: text for module, text in HOUSE.items() if room_of(module)}
PURE = {module: text for module, text in ROOMS.items() if FLOOR.get(room_of(module), TOP) <= PURE_FLOORS}


def test_imports_look_downward() -> None:
    assert [line for module, text in ROOMS.items() for line in looks_wrong(text, module)] == []


def test_every_room_has_a_floor() -> None:
    assert {room_of(module) for module in ROOMS} - set(FLOOR) == set()


@pytest.mark.parametrize("module", sorted(m for m in HOUSE if m.removeprefix("callbox.") in DOORS - {"__main__"}))
def test_a_door_only_names(module: str) -> None:
    kinds = {type(node) for node in ast.parse(HOUSE[module]).body}

    assert kinds <= {ast.Expr, ast.ImportFrom, ast.Assign, ast.If, ast.FunctionDef}


def test_no_room_has_a_circle() -> None:
    assert list(circles(ROOMS)) == []


def test_libraries_stay_at_home() -> None:
    assert [line for module, text in HOUSE.items() for line in leaves_home(text, module)] == []


def test_pure_floors_reach_for_nothing() -> None:
    assert [line for module, text in PURE.items() for line in reaches_out(text, module)] == []


@pytest.mark.parametrize(
    ("module", "text"),
    [
        pytest.param("callbox.exchange.merge", "from callbox.session import Session", id="upward"),
        pytest.param("callbox.script.parse", "from callbox.render.style import STYLES", id="sideways"),
        pytest.param("callbox.wire.pool", "import callbox.store.places", id="sideways, plain import"),
        pytest.param("callbox.errors", "from callbox import exchange", id="a room out of the package"),
        pytest.param("callbox.shell.run", "from callbox import Session", id="through the door"),
        pytest.param("callbox.shell.run", "from callbox.exceptions import Timeout", id="through a side door"),
        pytest.param("callbox.exchange.url", "from ..session import options", id="relative"),
        pytest.param(
            "callbox.exchange.url",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from callbox.session import Session",
            id="for types only",
        ),
        pytest.param("callbox.exchange.url", "def f():\n    import callbox.wire", id="inside a function"),
        pytest.param(
            "callbox.exchange.url", "import importlib\nimportlib.import_module('callbox.wire')", id="by importlib"
        ),
        pytest.param("callbox.shell.run", "import callbox.attic", id="to a room without a floor"),
    ],
)
def test_an_import_the_wrong_way_is_found(module: str, text: str) -> None:
    assert len(list(looks_wrong(text, module))) == 1


@pytest.mark.parametrize(
    ("module", "text"),
    [
        pytest.param("callbox.session.driver", "from callbox.wire import Wire", id="downward"),
        pytest.param("callbox.exchange.url", "from callbox.exchange import text", id="own room"),
        pytest.param("callbox.exchange.url", "from callbox import errors", id="the errors, from the package"),
        pytest.param("callbox.shell.run", "import json", id="standard library"),
    ],
)
def test_an_import_the_right_way_is_let_be(module: str, text: str) -> None:
    assert list(looks_wrong(text, module)) == []


@pytest.mark.parametrize(
    ("module", "text", "is_home"),
    [
        pytest.param("callbox.terminal.loop", "from prompt_toolkit import PromptSession", True, id="at home"),
        pytest.param("callbox.shell.run", "def f():\n    import prompt_toolkit", False, id="outside"),
        pytest.param("callbox.exchange.cookies.suffix", "import publicsuffixlist", True, id="in a folder of its home"),
        pytest.param("callbox.exchange.selection", "import jsonpath", False, id="a module whose name goes on"),
        pytest.param("callbox.wire.pool", "import requests", False, id="not a dependency"),
    ],
)
def test_a_library_away_from_home_is_found(module: str, text: str, is_home: bool) -> None:
    assert (list(leaves_home(text, module)) == []) is is_home


@pytest.mark.parametrize(
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
def test_reaching_out_is_found(text: str) -> None:
    assert list(reaches_out(text, "callbox.exchange.merge"))


@pytest.mark.parametrize(
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
def test_pure_uses_are_let_be(text: str) -> None:
    assert list(reaches_out(text, "callbox.exchange.merge")) == []


def test_a_circle_is_found() -> None:
    sources = {
        "callbox.shell.a": "from callbox.shell import b",
        "callbox.shell.b": "def f():\n    from callbox.shell.c import x",
        "callbox.shell.c": "import callbox.shell.a",
        "callbox.shell.d": "from callbox.shell import a",
    }

    assert list(circles(sources)) == ["callbox.shell.a -> callbox.shell.b -> callbox.shell.c -> callbox.shell.a"]
