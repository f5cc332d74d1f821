"""The JavaScript modules that a script of a `.http` file imports: found on disk, read once, and linked."""

from __future__ import annotations

import os.path
from collections.abc import Callable
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.httpfile.javascript.modules import as_module, as_script, sources_of
from callbox.httpfile.javascript.rewriter import watch_promises

ReadFile = Callable[[str], str]
"""The text of a file by its path from the script's folder. Raises `UsageError`."""


class LinkedModules(NamedTuple):
    """A script and its modules, in words that the engine can run."""

    code: str
    modules: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    """Where the modules are read from, in their order."""


def link_modules(code: str, path: str, read: ReadFile) -> LinkedModules:
    """The script of a file (empty: of the `.http` file itself) with all that it imports, directly or not.

    Raises `UsageError` for a module that is not there, or is not a file.
    """
    texts: dict[str, str] = {}
    numbers = _module_numbers(code, path, texts, read)
    pending = list(texts)
    linked: dict[str, dict[str, int]] = {}
    while pending:
        module = pending.pop(0)
        if module not in linked:
            linked[module] = _module_numbers(texts[module], module, texts, read)
            pending += texts
    modules = (
        watch_promises(as_module(text, linked[module], number, module))
        for number, (module, text) in enumerate(texts.items())
    )
    return LinkedModules(as_script(code, numbers), tuple(modules), tuple(texts))


def _module_numbers(code: str, path: str, texts: dict[str, str], read: ReadFile) -> dict[str, int]:
    """The numbers of the modules that this code names; those that are new are read."""
    numbers = {}
    for source in sources_of(code):
        module = _find(source, path, texts, read)
        numbers[source] = list(texts).index(module)
    return numbers


def _find(source: str, path: str, texts: dict[str, str], read: ReadFile) -> str:
    if not source.startswith(("./", "../", "/")):
        raise UsageError(f"'{source}' is no file: only those are imported", hint="such as './checks.js'")
    path_of_module = os.path.normpath(os.path.join(os.path.dirname(path), source))
    for module in (path_of_module, f"{path_of_module}.js"):
        if module in texts:
            return module
        try:
            texts[module] = read(module)
        except UsageError as error:
            missing = error
        else:
            return module
    raise UsageError(f"Cannot import '{source}': {missing.message}")
