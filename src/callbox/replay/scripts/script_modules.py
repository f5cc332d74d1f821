"""The JavaScript modules that a script of a `.http` file imports: found on disk, read once, and linked."""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.exchange.template import holes
from callbox.httpfile.javascript.protocol import code_of
from callbox.httpfile.javascript.rewriter import as_module, as_script, sources_of, watch_promises
from callbox.httpfile.model import Handler
from callbox.replay.ports import ReplayPorts, beside_script

ReadFile = Callable[[str], str]
"""The text of a file by its path from the script's folder. Raises `UsageError`."""


class LinkedModules(NamedTuple):
    """A script and its modules, as code that the engine can run."""

    code: str
    modules: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    """Where the modules are read from, in their order."""


def link_modules(code: str, path: str, read: ReadFile) -> LinkedModules:
    """Link the script of a file (empty: of the `.http` file itself) with all modules that it imports, directly or not.

    Raises `UsageError` for a module that is missing or is not a file.
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
    """The numbers of the modules that this code imports. New modules are read."""
    numbers = {}
    for source in sources_of(code):
        module = _find(source, path, texts, read)
        numbers[source] = list(texts).index(module)
    return numbers


def _find(source: str, path: str, texts: dict[str, str], read: ReadFile) -> str:
    if not source.startswith(("./", "../", "/")):
        raise UsageError(f"'{source}' is not a file: only files are imported", hint="such as './checks.js'")
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


_LANGUAGE = re.compile(r"\s*+(?:--\s*+|lang\s*+=\s*+)(lua|ts|typescript|js|javascript)\b", re.IGNORECASE)
"""Kulala's mark of the language that a script is in."""

_SUPPORTED_LANGUAGES = ("js", "javascript")


def linked_script(handler: Handler, name: str, ports: ReplayPorts) -> LinkedModules:
    """A script that the file of this name holds or refers to, with the modules that it imports.

    Raises `UsageError` if one is not there, or is in another language.
    """
    open_file = beside_script(name, ports)

    def read(path: str) -> str:
        found = open_file(path)
        if found.is_foreign:
            raise UsageError(f"{path} is written by this run from a response, and is not run")
        return b"".join(found.pieces()).decode("utf-8-sig", "replace")

    if handler.path is None:
        return link_modules(_strip_language(code_of(handler)), "", read)
    path = handler.path.text.lstrip()
    root = next(iter(holes(path)), None)
    if root is not None and root.start == 0 and root.expression == "$projectRoot":
        path = path[root.end :].lstrip("/")
    if holes(path):
        raise UsageError("The path of a script file cannot hold variables", hint="except {{$projectRoot}}")
    return link_modules(_strip_language(read(path)), path, read)


def _strip_language(code: str) -> str:
    """The code without its language mark. Raises `UsageError` if the language is not JavaScript."""
    script_result = _LANGUAGE.match(code)
    if script_result is None:
        return code
    if script_result[1].lower() not in _SUPPORTED_LANGUAGES:
        name = "Lua" if script_result[1].lower() == "lua" else "TypeScript"
        raise UsageError(f"Only JavaScript is run, and this is {name}")
    return code[script_result.end() :]
