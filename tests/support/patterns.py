"""Every pattern of `re` in the package, with the methods it is used by: read off the modules and their sources."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any, NamedTuple

import callbox
from callbox.exchange.redaction.credential_names import CredentialPatterns

FROM_THE_START = frozenset({"match", "fullmatch"})
ANYWHERE = frozenset({"search", "sub", "subn", "split", "findall", "finditer"})
METHODS = FROM_THE_START | ANYWHERE


class Found(NamedTuple):
    """A pattern and how it is used."""

    where: str
    """`module:NAME`, or `module:the text of the call`."""
    pattern: re.Pattern[Any]
    methods: frozenset[str]


class Calls(NamedTuple):
    """What a source says of patterns."""

    used: dict[str, set[str]]
    """Methods by the name of the pattern; `?` where it is handed on."""
    literal: list[tuple[str, ast.Call]]
    """Calls such as `re.search("..", text)`, and `re.compile` inside functions: the function's name, the call."""


def find_patterns() -> tuple[list[Found], list[str]]:
    """All patterns that are known before the program runs, and the calls whose pattern is made when they run."""
    found: dict[tuple[Any, int], Found] = {}
    dynamic = []
    for module in _modules():
        short = module.__name__.removeprefix("callbox.")
        named = [(name, pattern) for name, value in vars(module).items() for pattern in _patterns(value)]
        source = inspect.getsource(module)
        if not named and not re.search(r"\bre\.", source):
            continue  # to read the source of each module takes a second
        calls = read_calls(ast.parse(source))
        for name, pattern in named:
            _add(found, Found(f"{short}:{name}", pattern, frozenset(calls.used.get(name, set()))))
        for function, call in calls.literal:
            pattern_of = _evaluated(module, call)
            if pattern_of is None:
                dynamic.append(f"{short}:{function}")
            else:
                _add(found, Found(f"{short}:{function}", *pattern_of))
    return [_assumed(one) for one in found.values()], dynamic


def read_calls(tree: ast.Module) -> Calls:
    """Read a source for its uses of names that hold patterns, and of the functions of `re`."""
    calls = Calls({}, [])
    _read(tree, "", calls)
    return calls


def _read(node: ast.AST, function: str, calls: Calls) -> None:
    for child in ast.iter_child_nodes(node):
        inside = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else function
        if (
            isinstance(child, ast.Attribute)
            and isinstance(child.value, ast.Name)
            and isinstance(child.value.ctx, ast.Load)
        ):
            calls.used.setdefault(child.value.id, set()).add(child.attr)
        else:
            if isinstance(child, ast.Call) and _is_of_re(child.func) and (inside or child.func.attr != "compile"):
                calls.literal.append((inside, child))
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load):
                calls.used.setdefault(child.id, set()).add("?")
            _read(child, inside, calls)


_FLAGS = {"compile": 1, "sub": 4, "subn": 4, "split": 3}
"""Which argument holds the flags."""


def _is_of_re(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "re"
        and node.attr in METHODS | {"compile"}
    )


def _evaluated(module: ModuleType, call: ast.Call) -> tuple[re.Pattern[Any], frozenset[str]] | None:
    """The pattern of a call that names it by a literal or by a constant of the module."""
    assert isinstance(call.func, ast.Attribute)
    flags = [word.value for word in call.keywords if word.arg == "flags"]
    flags += call.args[_FLAGS.get(call.func.attr, 2) :][:1]
    try:
        pattern, flag = (
            eval(ast.unparse(part), dict(vars(module))) for part in [call.args[0], *flags, ast.Constant(0)][:2]
        )
    except NameError:
        return None
    return re.compile(pattern, flag), frozenset({call.func.attr} - {"compile"})


def _modules() -> Iterator[ModuleType]:
    for module in pkgutil.walk_packages(callbox.__path__, "callbox."):
        if not module.name.endswith("__main__"):
            yield importlib.import_module(module.name)


def _patterns(value: object) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, CredentialPatterns):
        yield from (value[name] for name in value.sources)
    elif isinstance(value, list | tuple | frozenset | set):
        for inner in value:
            yield from _patterns(inner)
    elif isinstance(value, dict):
        yield from _patterns([*value.values(), *value])
    elif isinstance(value, type) and value.__module__.startswith("callbox."):
        yield from _patterns([inner for inner in vars(value).values() if not isinstance(inner, type)])


def _add(found: dict[tuple[Any, int], Found], one: Found) -> None:
    key = (one.pattern.pattern, one.pattern.flags)
    before = found.get(key, one)
    found[key] = before._replace(methods=before.methods | one.methods)


def _assumed(one: Found) -> Found:
    """Where a pattern is handed on, it may be used anyhow."""
    methods = one.methods & METHODS
    if "?" in one.methods or not methods:
        methods |= {"match", "finditer"}
    return one._replace(methods=methods)
