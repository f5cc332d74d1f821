"""The walls of the style: no file over 400 lines, no function over 40 lines of code, no module that is a drawer.

Branches are counted by ruff (`pyproject.toml`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILE_LINES = 400
FUNCTION_LINES = 40
DRAWERS = frozenset({"utils", "util", "helpers", "misc", "common", "manager", "base"})
FACES = frozenset({"src/callbox/utils.py"})
"""Requests' users look for `utils` by that name; it only names things that live elsewhere."""

MODULES = {str(path.relative_to(ROOT)): path for path in sorted((ROOT / "src").rglob("*.py"))}


def too_long(text: str, file: str) -> Iterator[str]:
    """A file past its wall, and each function past its own."""
    if (count := text.count("\n")) > FILE_LINES:
        yield f"{file}: {count} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (size := code_lines(node)) > FUNCTION_LINES:
            yield f"{file}:{node.lineno}: {node.name} has {size} lines of code"


def code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines on which a statement or an expression starts; the docstring and comments are free."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    parts = (part for statement in body for part in ast.walk(statement))
    return 1 + len({part.lineno for part in parts if isinstance(part, ast.stmt | ast.expr)})


def test_nothing_is_too_long() -> None:
    found = [line for file, path in MODULES.items() for line in too_long(path.read_text("utf-8"), file)]

    assert found == []


def test_no_module_is_a_drawer() -> None:
    assert [file for file, path in MODULES.items() if path.stem in DRAWERS and file not in FACES] == []


def test_a_long_file_is_found() -> None:
    assert list(too_long("x = 1\n" * 401, "a.py")) == ["a.py: 401 lines"]


@pytest.mark.parametrize(
    ("lines", "is_long"),
    [pytest.param(39, False, id="at the wall"), pytest.param(40, True, id="past it")],
)
def test_a_long_function_is_found(lines: int, is_long: bool) -> None:
    text = 'def f():\n    """Doc.\n\n    More.\n    """\n    # why\n' + "    x = 1\n" * lines

    assert bool(list(too_long(text, "a.py"))) is is_long
