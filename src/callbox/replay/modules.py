"""The modules that a script imports: which files they are, and what the engine is given of them."""

from __future__ import annotations

import os.path
from collections.abc import Callable
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.httpfile.javascript.modules import as_module, as_script, sources_of
from callbox.httpfile.javascript.rewriter import watched

ReadFile = Callable[[str], str]
"""The text of a file by its path from the script's folder. Raises `UsageError`."""


class Linked(NamedTuple):
    """A script and its modules, in words that the engine can run."""

    code: str
    modules: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    """Where the modules are read from, in their order."""


def link_modules(code: str, path: str, read: ReadFile) -> Linked:
    """The script of a file (empty: of the `.http` file itself) with all that it imports, directly or not.

    Raises `UsageError` for a module that is not there, or is not a file.
    """
    texts: dict[str, str] = {}
    numbers = _numbers(code, path, texts, read)
    waiting = list(texts)
    linked: dict[str, dict[str, int]] = {}
    while waiting:
        module = waiting.pop(0)
        if module not in linked:
            linked[module] = _numbers(texts[module], module, texts, read)
            waiting += texts
    made = (
        watched(as_module(text, linked[module], number, module)) for number, (module, text) in enumerate(texts.items())
    )
    return Linked(as_script(code, numbers), tuple(made), tuple(texts))


def _numbers(code: str, path: str, texts: dict[str, str], read: ReadFile) -> dict[str, int]:
    """The numbers of the modules that this code names; those that are new are read."""
    numbers = {}
    for source in sources_of(code):
        module = _find(source, path, texts, read)
        numbers[source] = list(texts).index(module)
    return numbers


def _find(source: str, path: str, texts: dict[str, str], read: ReadFile) -> str:
    if not source.startswith(("./", "../", "/")):
        raise UsageError(f"'{source}' is no file: only those are imported", hint="such as './checks.js'")
    whole = os.path.normpath(os.path.join(os.path.dirname(path), source))
    for module in (whole, f"{whole}.js"):
        if module in texts:
            return module
        try:
            texts[module] = read(module)
        except UsageError as error:
            missing = error
        else:
            return module
    raise UsageError(f"Cannot import '{source}': {missing.message}")
