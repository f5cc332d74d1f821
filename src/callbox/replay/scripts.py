"""The modules that a script imports: which files they are, and what the engine is given of them.

Scripts around requests: what each is told, where it is run, and what becomes of what it says.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from callbox.errors import ScriptError, UsageError
from callbox.exchange.credential_names import is_credential_name
from callbox.exchange.events import Record
from callbox.exchange.request import Draft
from callbox.exchange.secret import Secret
from callbox.exchange.select import format_value
from callbox.httpfile.assertions.evaluate import Checked
from callbox.httpfile.diagnostics import place_of
from callbox.httpfile.javascript.modules import as_module, as_script, sources_of
from callbox.httpfile.javascript.protocol import (
    SAY,
    ScriptInput,
    ScriptResult,
    as_sent,
    code_of,
    line_of,
    message_of,
    names_of_env,
    names_set,
    opening,
    read_said,
    sets_computed,
    steps_handlers,
)
from callbox.httpfile.javascript.rewriter import watched
from callbox.httpfile.model import Handler, Script, Step
from callbox.httpfile.positions import At, Text
from callbox.httpfile.substitution import secrets_of, unfilled
from callbox.httpfile.template import holes
from callbox.httpfile.variables.scope import ANY, Scope
from callbox.replay.control import Memory
from callbox.replay.plan import Plan
from callbox.replay.ports import ReplayPorts
from callbox.replay.resolution import beside_script
from callbox.report.result import Result

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
    return LinkedModules(as_script(code, numbers), tuple(made), tuple(texts))


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


_FIELD = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\0\r\n]*")
"""A name and a value that a header may have (RFC 9110 sections 5.1 and 5.5)."""
_ROOT = re.compile(r"\{\{\s*+\$projectRoot\s*+\}\}/*+")
_LANGUAGE = re.compile(r"\s*+(?:--\s*+|lang\s*+=\s*+)(lua|ts|typescript|js|javascript)\b", re.IGNORECASE)
"""Kulala's mark of the language that a script is in."""
_SPOKEN = ("js", "javascript")


class Effects(NamedTuple):
    """What the scripts above a request, or those below it, have done."""

    variables: Mapping[str, str] = {}
    logs: tuple[str, ...] = ()
    checks: tuple[Checked, ...] = ()
    is_judge: bool = False
    """Whether one of them judges the status."""
    pause_s: float = 0.0
    """How long they want to be waited for."""

    def add_to(self, result: Result) -> Result:
        """The result with what these scripts have said and checked."""
        is_ok = all(checked.is_ok for checked in self.checks)
        return result._replace(
            checks=(*result.checks, *self.checks),
            notes=(*result.notes, *(f"log: {log}" for log in self.logs)),
            outcome="failed" if result.outcome == "ok" and not is_ok else result.outcome,
        )

    def and_then(self, said: ScriptResult) -> Effects:
        """With what another script has said."""
        return Effects(
            said.variables if said.headers is not None else self.variables,  # those of earlier scripts are among them
            self.logs + said.logs,
            self.checks + said.checks,
            self.is_judge or said.is_judge,
            self.pause_s + said.pause_s,
        )


def no_scripts(plan: Plan, ports: ReplayPorts) -> UsageError | None:
    """Why no script is run; None where scripts are."""
    if plan.is_sandboxed:
        return UsageError("A script is not run in a sandbox", hint="leave --sandbox out to allow it")
    if ports.javascript is None:
        return UsageError("A script needs the 'js' extra", hint="pip install 'callbox[js]'")
    return None


def linked_script(handler: Handler, name: str, ports: ReplayPorts) -> LinkedModules:
    """A script that the file of this name holds or refers to, with the modules that it imports.

    Raises `UsageError` where one is not there, or is in another language.
    """
    open_file = beside_script(name, ports)

    def read(path: str) -> str:
        return b"".join(open_file(path).pieces()).decode("utf-8-sig", "replace")

    if handler.path is None:
        return link_modules(_own_code(code_of(handler)), "", read)
    path = _ROOT.sub("", handler.path.text.lstrip())
    if "{{" in path:
        raise UsageError("A script's file is named without variables", hint="but for {{$projectRoot}}")
    return link_modules(_own_code(read(path)), path, read)


def _own_code(code: str) -> str:
    """The code without the mark of its language. Raises `UsageError` where that is not JavaScript."""
    said = _LANGUAGE.match(code)
    if said is None:
        return code
    if said[1].lower() not in _SPOKEN:
        name = "Lua" if said[1].lower() == "lua" else "TypeScript"
        raise UsageError(f"Only JavaScript is run, and this is {name}")
    return code[said.end() :]


def set_by_scripts(step: Step, name: str, ports: ReplayPorts, *, is_global: bool) -> Iterator[str]:
    """The names that a step's scripts set, `ANY` for those that they compute; none of a script that cannot be read."""
    for handler in step.handlers:
        try:
            linked = linked_script(handler, name, ports)
        except UsageError:
            continue
        for code in (linked.code, *linked.modules):
            yield from names_set(code, is_global=is_global)
            if sets_computed(code, is_global=is_global):
                yield ANY


def unreadable(handler: Handler, script: Script, ports: ReplayPorts) -> UsageError | None:
    """What the engine says of code that it cannot read, before anything is sent; None where it can, or is not there."""
    if ports.javascript is None:
        return None
    try:
        linked = linked_script(handler, script.name, ports)
    except UsageError as error:
        return error
    if fault := _fault_of(ports.syntax_fault, linked.code):
        return _placed(fault, handler, script)
    for path, module in zip(linked.paths, linked.modules, strict=True):
        if fault := _fault_of(ports.syntax_fault, module):
            own = handler._replace(path=Text(path, handler.at))
            return _placed(fault, own, script)
    return None


@lru_cache(maxsize=1024)
def _fault_of(syntax_fault: Callable[[str], str], code: str) -> str:
    """Why the engine cannot read it, empty where it can; asked once for what stands at thousands of requests."""
    return syntax_fault(code)


def _placed(fault: str, handler: Handler, script: Script, paths: Sequence[str] = ()) -> ScriptError:
    place = place_of(script, At(line_of(fault, handler)), 1_000)
    return ScriptError(message_of(fault, handler, paths), place=place)


class Scripting:
    """Runs the scripts of one run; keeps what they keep in `client.global`."""

    def __init__(self, ports: ReplayPorts, memory: Memory) -> None:
        self._ports = ports
        self._captures = memory.captures
        self._globals = memory.globals
        self._headers = memory.headers
        self._secrets: set[str] = set()
        """The values of credentials that scripts have read."""

    def before(self, scope: Scope, iteration: int) -> Effects:
        """Run what stands above the request. Raises `ScriptError` where a script fails: the request is not sent."""
        effects = Effects()
        for handler in steps_handlers(scope.step, "before"):
            told = self._told(scope, effects.variables)._replace(iteration=iteration)
            said, error = self._run(handler, scope, told)
            effects = effects.and_then(said)
            if error is None:
                error = _unsent_lists(said, handler, scope)
            if error is not None:
                raise error
        return effects

    def after(self, record: Record, scope: Scope, before: Effects) -> Effects:
        """Run what stands below the request; a script that fails is a check that does not hold."""
        effects = Effects()
        for handler in steps_handlers(scope.step, "after"):
            told = self._told(scope, before.variables)
            told = told._replace(method=record.outgoing.method, request=as_sent(record, told.request), record=record)
            said, error = self._run(handler, scope, told)
            effects = effects.and_then(said)
            if error is not None:
                line = error.place.line if error.place is not None else handler.at.line
                failed = Checked("script", False, "no error", error.message, line)
                effects = effects._replace(checks=(*effects.checks, failed))
        return effects

    def with_headers(self, draft: Draft, scope: Scope) -> Draft:
        """The request with the headers that scripts have set for all; its own come first.

        What a script gives may be what a server gave it: it is sent as it is, and no `{{...}}` in it is filled.
        Raises `ScriptError` for a value that is no header's.
        """
        scope.secrets |= self._secrets  # what scripts have read may be in what they have set
        own = {name.lower() for name, _ in draft.headers}
        more = []
        for name, value in self._headers.items():
            if not _FIELD.fullmatch(f"{name}:{value}"):
                problem = UsageError(f"A script has set the header '{name}' for all requests, which cannot be sent")
                scope.fail(problem, Text("", scope.step.at))
            if name.lower() not in own:
                scope.notes += (
                    [f"a script's header '{name}' is sent with its braces as they are"] if holes(value) else []
                )
                more.append((name, Secret(value) if is_credential_name(name) else value))
        return draft._replace(headers=(*draft.headers, *more)) if more else draft

    def _run(self, handler: Handler, scope: Scope, told: ScriptInput) -> tuple[ScriptResult, ScriptError | None]:
        engine = self._ports.javascript
        assert engine is not None, "the survey refuses scripts where there is no engine"
        linked = linked_script(handler, scope.surroundings.script.name, self._ports)
        names = names_of_env([linked.code, *linked.modules])
        env = {name: value for name in names if (value := self._ports.env(name)) is not None}
        self._secrets |= {value for name, value in env.items() if value and scope.surroundings.is_secret(name)}
        scope.secrets |= self._secrets
        ran = engine(opening(told._replace(env=env), linked.code, linked.modules), linked.code, SAY)
        said, fault = ScriptResult(), ran.error
        try:
            said = read_said(ran.said, handler, linked.paths) if ran.said else said
        except UsageError as error:
            fault = error.message
        self._keep(said)
        if not fault or said.is_exited:
            return said, None
        return said, _placed(fault, handler, scope.surroundings.script, linked.paths)

    def _keep(self, said: ScriptResult) -> None:
        if said.headers is not None:
            self._headers.clear()
            self._headers.update(said.headers)
        for name in said.removed:
            self._globals.pop(name, None)
            self._captures.pop(name, None)
        self._globals.update(said.globals)
        self._captures.update({name: format_value(value) for name, value in said.globals.items()})

    def _told(self, scope: Scope, variables: Mapping[str, str]) -> ScriptInput:
        step = scope.step
        lenient = Scope(scope.surroundings._replace(undefined="keep"), step, scope.record_of)
        request = unfilled(lenient)
        self._secrets |= lenient.secrets | secrets_of(lenient, request)
        return ScriptInput(
            step.method,
            step.target,
            request,
            variables,
            {**self._captures, **self._globals},
            self._headers,
            {},
            self._ports.random.getrandbits(32),
        )


def _unsent_lists(said: ScriptResult, handler: Handler, scope: Scope) -> ScriptError | None:
    """JetBrains sends a request for each item of a list that `{{name}}` means; one for all would be another thing."""
    step = scope.step
    texts = "".join(
        text.text for text in (*step.url, *step.body.texts, *(v for line in step.headers for v in line.value))
    )
    used = next(
        (name for name in sorted(said.lists) if re.search(r"\{\{\s*%?" + re.escape(name) + r"\s*\}\}", texts)), ""
    )
    if not used:
        return None
    hint = "'# @loop for x of [1, 2]' sends several; JSON.stringify(list) makes one text"
    place = place_of(scope.surroundings.script, handler.at)
    return ScriptError(f"'{used}' is a list: a request for each of its items is not sent", hint=hint, place=place)
