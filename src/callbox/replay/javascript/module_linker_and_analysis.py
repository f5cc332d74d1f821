"""Link the scripts of a request with the modules that they import.

Find the names that the scripts set, and their syntax errors.

`ScriptSources` reads each script and module once and links them. Nothing is run.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from callbox.errors import ScriptError, UsageError
from callbox.exchange.template_braces import holes
from callbox.httpfile.model import Handler, Script, Step
from callbox.httpfile.source_and_diagnostics import Position, Text, place_of
from callbox.httpfile.variables.variable_scope import ANY
from callbox.replay.file_and_system_access import ReplayPorts, ScriptEngine, beside_or_here, beside_script
from callbox.replay.javascript.import_and_promise_rewriter import (
    as_module,
    as_script,
    sources_of,
    tokenize,
    watch_promises,
)
from callbox.replay.javascript.script_input_and_result import code_of, line_of, message_of

_SET = re.compile(
    r"\b(request\s*\.\s*variables|client\s*\.\s*(?:variables\s*\.\s*)?global)\s*\.\s*set\s*\(\s*(['\"`])((?:(?!\2).){1,200}+)\2"
)
_ENV = re.compile(r"\$env\s*(?:\.\s*(\w+)|\[\s*['\"](\w+)['\"]\s*\])")


def names_set(code: str, *, is_global: bool) -> tuple[str, ...]:
    """The names of the variables that a script sets, if the names are literals in its code.

    >>> names_set("client.global.set('token', 1); request.variables.set(`x`, 2)", is_global=True)
    ('token',)
    """
    found = (match for match in _SET.finditer(code) if match[1].startswith("client") == is_global)
    return tuple(match[3] for match in found if "${" not in match[3])


def sets_computed(code: str, *, is_global: bool) -> bool:
    """Whether a script may set variables whose names are not known before it runs.

    A script that only calls methods of `client.global` and `request.variables` with literal names sets known variables.
    Any other use of these objects may set unknown variables, for example an alias, brackets, or a part of the object.

    >>> sets_computed("client.global.set(name, 1)", is_global=True)
    True
    >>> sets_computed("client.variables.global.set('a', 1); client.variables.file.get(name)", is_global=True)
    False
    >>> sets_computed("const set = request.variables.set; set('a', 1)", is_global=False)
    True
    >>> sets_computed("client.global.set('a', x + 1); client.test('t', () => request.url)", is_global=True)
    False
    """
    return is_global in _computed_kinds(code)


_HOLDERS = {("client", "global"): True, ("client", "variables"): True, ("request", "variables"): False}
_READING = frozenset({"get", "isEmpty", "clear", "clearAll", "headers"})
_EVERYTHING = frozenset({"globalThis", "eval", "Function", "Reflect"})
_BOTH = frozenset({True, False})


@lru_cache(maxsize=1024)
def _computed_kinds(code: str) -> frozenset[bool]:
    """The kinds of variables whose names a script computes: True for globals, False for variables of the request."""
    if not any(word in code for word in ("client", "request", *_EVERYTHING)):
        return frozenset()
    texts = [token.text for token in tokenize(code)]
    found: set[bool] = set()
    for at, text in enumerate(texts):
        if at and texts[at - 1] in (".", "?."):
            continue
        if text in _EVERYTHING:
            return _BOTH
        if text in ("client", "request"):
            found |= _set_at(texts, at)
    return frozenset(found)


def _set_at(texts: Sequence[str], at: int) -> frozenset[bool]:
    """The kinds of variables that this use of `client` or `request` may set with a name that is not known."""
    if texts[at] == "client" and texts[at + 2 : at + 3] == ["variables"]:
        if texts[at + 4 : at + 5] in (["environment"], ["file"]):
            return frozenset()  # these uses only read variables
        texts = [*texts[: at + 1], *texts[at + 3 : at + 10]] if texts[at + 4 : at + 5] == ["global"] else texts
    dot, holder, second, method, bracket, name, after = [*texts[at + 1 : at + 8], *[""] * 7][:7]
    if dot not in (".", "?."):
        # The key of an object (`{client: 1}`) is not a use of the variable.
        return frozenset() if dot == ":" else _BOTH
    kind = _HOLDERS.get((texts[at], holder))
    if kind is None:
        return frozenset()
    is_literal = name[:1] in ("'", '"', "`") and "${" not in name
    is_set_known = method == "set" and bracket == "(" and is_literal and after == ","
    if second in (".", "?.") and (method in _READING or is_set_known):
        return frozenset()
    return frozenset({kind})


def names_of_env(codes: Iterable[str]) -> tuple[str, ...]:
    """The environment variables whose names are written in scripts. Scripts get only these environment variables."""
    return tuple(name for code in codes for name, _ in places_of_env(code))


def places_of_env(code: str) -> Iterator[tuple[str, int]]:
    """The environment variables in a script, with their places."""
    return ((match[1] or match[2], match.start()) for match in _ENV.finditer(code))


ReadFile = Callable[[str], str]
"""Returns the text of a file by its path from the script's folder. Raises `UsageError` if the file cannot be read."""


class LinkedModules(NamedTuple):
    """A script and its modules, as code that the engine can run."""

    code: str
    modules: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    """The paths of the modules, in the order of the modules."""


def link_modules(code: str, path: str, read: ReadFile) -> LinkedModules:
    """Link a script with all modules that it imports, directly or through others.

    `path` is the path of the script file; empty if the script is in the `.http` file.

    Raises `UsageError` for a module that is missing or is not a file.
    """
    found: dict[str, tuple[int, str]] = {}
    """The number and the text of each module, in the order in which they are found."""
    waiting: list[str] = []
    numbers = _module_numbers(code, path, found, waiting, read)
    modules = []
    for module in waiting:  # the loop adds modules to the table over which it iterates
        number, text = found[module]
        linked = _module_numbers(text, module, found, waiting, read)
        modules.append(watch_promises(as_module(text, linked, number, module)))
    return LinkedModules(as_script(code, numbers), tuple(modules), tuple(found))


def _module_numbers(
    code: str, path: str, found: dict[str, tuple[int, str]], waiting: list[str], read: ReadFile
) -> dict[str, int]:
    """The numbers of the modules that this code imports. New modules are read, and added to the waiting ones."""
    numbers = {}
    for source in sources_of(code):
        module = _find(source, path, found, read)
        numbers[source] = found[module][0]
        if len(found) > len(waiting):
            waiting.append(module)
    return numbers


def _find(source: str, path: str, found: dict[str, tuple[int, str]], read: ReadFile) -> str:
    if not source.startswith(("./", "../", "/")):
        raise UsageError(f"'{source}' is not a file: only files are imported", hint="such as './checks.js'")
    path_of_module = os.path.normpath(os.path.join(os.path.dirname(path), source))
    for module in (path_of_module, f"{path_of_module}.js"):
        if module in found:
            return module
        try:
            found[module] = len(found), read(module)
        except UsageError as error:
            missing = error
        else:
            return module
    raise UsageError(f"Cannot import '{source}': {missing.message}")


_LANGUAGE = re.compile(r"\s*+(?:--\s*+|lang\s*+=\s*+)(lua|ts|typescript|js|javascript)\b", re.IGNORECASE)
"""Kulala's mark for the language of a script."""

_SUPPORTED_LANGUAGES = ("js", "javascript")


class ScriptSources:
    """The scripts of a run. Each is read once, together with the modules that it imports.

    If the run has written a response to the file of a script since then, the file is read again, which raises an error.
    """

    def __init__(self, ports: ReplayPorts, written: Container[str] = ()) -> None:
        """`written` has the real paths of the files that the run writes. Paths may be added later."""
        self._ports = ports
        self._written = written
        self._linked: dict[tuple[str, str | None, str], tuple[LinkedModules, tuple[str, ...]]] = {}
        """The linked scripts.

        The key is the name of the `.http` file, the path of the script and its code. The value is the linked script and
        the real paths of its files.
        """

    @property
    def engine(self) -> ScriptEngine | None:
        """The engine that runs scripts; None if no engine is installed."""
        return self._ports.javascript

    def linked(self, handler: Handler, name: str) -> LinkedModules:
        """A script that the file of this name contains or names, with the modules that it imports.

        Raises `UsageError` if a file is missing, or if the script is in another language.
        """
        path = _path_of(handler)
        code = code_of(handler) if path is None else ""
        found = self._linked.get((name, path, code))
        if found is None or any(place in self._written for place in found[1]):
            linked = self._link(path, code, name)
            files = linked.paths if path is None else (path, *linked.paths)
            places = (place for file in files for place in beside_or_here(name, file))
            found = linked, tuple(os.path.realpath(os.path.expanduser(place)) for place in places)
            self._linked[name, path, code] = found
        return found[0]

    def _link(self, path: str | None, code: str, name: str) -> LinkedModules:
        open_file = beside_script(name, self._ports)

        def read(path: str) -> str:
            found = open_file(path)
            if found.is_foreign:
                raise UsageError(f"{path} was written from a response in this run, so it does not run as a script")
            return found.read().decode("utf-8-sig", "replace")

        if path is None:
            return link_modules(_strip_language(code), "", read)
        return link_modules(_strip_language(read(path)), path, read)


def _path_of(handler: Handler) -> str | None:
    """The path of a script file; None for a script that the `.http` file contains.

    Raises `UsageError` for a path with variables other than the folder of the project.
    """
    if handler.path is None:
        return None
    path = handler.path.text.lstrip()
    root = next(iter(holes(path)), None)
    if root is not None and root.start == 0 and root.expression == "$projectRoot":
        path = path[root.end :].lstrip("/")
    if holes(path):
        raise UsageError("The path of a script file cannot hold variables", hint="only {{$projectRoot}} is allowed")
    return path


def _strip_language(code: str) -> str:
    """The code without its language mark. Raises `UsageError` if the language is not JavaScript."""
    script_result = _LANGUAGE.match(code)
    if script_result is None:
        return code
    if script_result[1].lower() not in _SUPPORTED_LANGUAGES:
        name = "Lua" if script_result[1].lower() == "lua" else "TypeScript"
        raise UsageError(f"Only JavaScript is supported, and this is {name}")
    return code[script_result.end() :]


def names_set_by_scripts(step: Step, name: str, sources: ScriptSources, *, is_global: bool) -> Iterator[str]:
    """The names of the variables that a step's scripts set.

    `ANY` stands for computed names. A script that cannot be read gives no names.
    """
    for handler in step.handlers:
        try:
            linked = sources.linked(handler, name)
        except UsageError:
            continue
        for code in (linked.code, *linked.modules):
            yield from names_set(code, is_global=is_global)
            if sets_computed(code, is_global=is_global):
                yield ANY


def syntax_error_of(handler: Handler, script: Script, sources: ScriptSources) -> UsageError | None:
    """The syntax error of a script, found before anything is sent. None if there is no error, or no engine."""
    engine = sources.engine
    if engine is None:
        return None
    try:
        linked = sources.linked(handler, script.name)
    except UsageError as error:
        return error
    if fault := _syntax_fault(engine.find_syntax_error, linked.code):
        return error_at(fault, handler, script)
    for path, module in zip(linked.paths, linked.modules, strict=True):
        if fault := _syntax_fault(engine.find_syntax_error, module):
            own = handler._replace(path=Text(path, handler.at))
            return error_at(fault, own, script)
    return None


@lru_cache(maxsize=1024)
def _syntax_fault(find_syntax_error: Callable[[str], str], code: str) -> str:
    """The reason of the engine why it cannot parse the code; empty if it can.

    The result is cached, since many requests share scripts.
    """
    return find_syntax_error(code)


def error_at(fault: str, handler: Handler, script: Script, paths: Sequence[str] = ()) -> ScriptError:
    """The error of a script, with its place in the `.http` file."""
    place = place_of(script, Position(line_of(fault, handler)), 1_000)
    return ScriptError(message_of(fault, handler, paths), place=place)
