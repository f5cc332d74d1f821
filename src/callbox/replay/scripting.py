"""Scripts around requests: what each is told, where it is run, and what becomes of what it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import NamedTuple

from callbox.errors import ScriptError, UsageError
from callbox.exchange.record import Record
from callbox.exchange.select import format_value
from callbox.replay.plan import Plan
from callbox.replay.ports import Ports
from callbox.replay.surround import beside_script
from callbox.report.result import Result
from callbox.script.expect import Checked
from callbox.script.handlers import (
    SAY,
    Json,
    Said,
    Told,
    code_of,
    line_of,
    looks_at_status,
    message_of,
    names_of_env,
    names_set,
    opening,
    read_said,
    sent_of,
    steps_handlers,
)
from callbox.script.model import At, Handler, Script, Step, Text
from callbox.script.place import place_of
from callbox.script.scope import Scope

Read = Callable[[Handler], str]
"""The text of a script, be it in the file or in one of its own. Raises `UsageError`."""


_LUA = re.compile(r"\s*+--\s*+lua\b", re.IGNORECASE)
"""Kulala's mark of it."""


class Before(NamedTuple):
    """What the scripts above a request have done."""

    variables: Mapping[str, str] = {}
    logs: tuple[str, ...] = ()


def no_scripts(plan: Plan, ports: Ports) -> UsageError | None:
    """Why no script is run; None where scripts are."""
    if plan.is_sandboxed:
        return UsageError("A script is not run in a sandbox", hint="leave --sandbox out to allow it")
    if ports.javascript is None:
        return UsageError("A script needs the 'js' extra", hint="pip install 'callbox[js]'")
    return None


def script_reader(name: str, ports: Ports) -> Read:
    """Reads the scripts that the file of this name holds or refers to."""
    open_file = beside_script(name, ports)

    def read(handler: Handler) -> str:
        if handler.path is None:
            return code_of(handler)
        return b"".join(open_file(handler.path.text).pieces()).decode("utf-8-sig", "replace")

    return read


def set_by_scripts(step: Step, read: Read, *, is_global: bool) -> Iterator[str]:
    """The names that a step's scripts set, as far as they are written out; none of a script that cannot be read."""
    for handler in step.handlers:
        try:
            yield from names_set(read(handler), is_global=is_global)
        except UsageError:
            continue


def unreadable(handler: Handler, code: str, script: Script, ports: Ports) -> ScriptError | None:
    """What the engine says of code that it cannot read, before anything is sent; None where it can, or is not there."""
    if ports.javascript is None:
        return None
    if _LUA.match(code):
        return _placed("Only JavaScript is run, and this is Lua", handler, script)
    fault = ports.javascript("", f"if (0) {{{code}\n}}", "0").error
    return _placed(fault, handler, script) if fault else None


def _placed(fault: str, handler: Handler, script: Script) -> ScriptError:
    place = place_of(script, At(line_of(fault, handler)), 1_000)
    is_import = fault.startswith("SyntaxError") and place.source.lstrip().startswith("import ")
    hint = "put the code of the other file into this one" if is_import else ""
    return ScriptError("'import' is not there" if is_import else message_of(fault, handler), hint=hint, place=place)


class Scripting:
    """Runs the scripts of one run; keeps what they keep in `client.global`."""

    def __init__(self, ports: Ports, captures: MutableMapping[str, str]) -> None:
        self._ports = ports
        self._captures = captures
        self._globals: dict[str, Json] = {}

    def before(self, scope: Scope, iteration: int) -> Before:
        """Run what stands above the request. Raises `ScriptError` where a script fails: the request is not sent."""
        handlers = steps_handlers(scope.step, "before")
        variables: dict[str, str] = {}
        logs: tuple[str, ...] = ()
        for handler in handlers:
            told = self._told(scope, variables)._replace(iteration=iteration)
            said, error = self._run(handler, scope, told)
            variables |= said.variables
            logs += said.logs
            if error is not None:
                raise error
        return Before(variables, logs)

    def after(self, result: Result, record: Record, scope: Scope, before: Before) -> Result:
        """The result with the checks of the scripts below the request."""
        for handler in steps_handlers(scope.step, "after"):
            url, headers, body = sent_of(record)
            told = self._told(scope, before.variables)._replace(
                method=record.outgoing.method, url=(scope.step.target, url), headers=headers, body=(body, body)
            )
            said, error = self._run(handler, scope, told._replace(record=record))
            checks = said.checks
            if error is not None:
                line = error.place.line if error.place is not None else handler.at.line
                checks = (*checks, Checked("script", False, "no error", error.message, line))
            notes = (*result.notes, *(f"log: {log}" for log in said.logs))
            is_ok = result.outcome == "ok" and all(checked.is_ok for checked in checks)
            outcome = "ok" if is_ok else "failed"
            result = result._replace(checks=(*result.checks, *checks), notes=notes, outcome=outcome)
        return result

    def judges_status(self, scope: Scope) -> bool:
        """Whether a script below the request looks at the status itself."""
        read = script_reader(scope.surroundings.script.name, self._ports)
        return any(looks_at_status(read(handler)) for handler in steps_handlers(scope.step, "after"))

    def _run(self, handler: Handler, scope: Scope, told: Told) -> tuple[Said, ScriptError | None]:
        engine = self._ports.javascript
        assert engine is not None, "the survey refuses scripts where there is no engine"
        code = script_reader(scope.surroundings.script.name, self._ports)(handler)
        names = names_of_env([code])
        env = {name: value for name in names if (value := self._ports.env(name)) is not None}
        ran = engine(opening(told._replace(env=env)), code, SAY)
        said, fault = Said(), ran.error
        try:
            said = read_said(ran.said, handler) if ran.said else said
        except UsageError as error:
            fault = error.message
        self._keep(said)
        if not fault or said.is_exited:
            return said, None
        return said, _placed(fault, handler, scope.surroundings.script)

    def _keep(self, said: Said) -> None:
        for name in said.removed:
            self._globals.pop(name, None)
            self._captures.pop(name, None)
        self._globals |= said.globals
        self._captures.update({name: format_value(value) for name, value in said.globals.items()})

    def _told(self, scope: Scope, variables: Mapping[str, str]) -> Told:
        step = scope.step
        lenient = Scope(scope.surroundings._replace(undefined="keep"), step)
        headers = [(line.name.text, line.text, lenient.expand(line.value)) for line in step.headers]
        body = "".join(text.text for text in step.body.texts)
        known = {layer.name: layer.values for layer in scope.surroundings.below}
        environment = {name: value for one in reversed(known.values()) for name, value in one.items()}
        return Told(
            step.method,
            (step.target, lenient.expand(step.url)),
            headers,
            (body, lenient.expand(step.body.texts)),
            environment,
            {**_own(scope, lenient), **variables},
            {**self._captures, **self._globals},
            {},
            self._ports.random.getrandbits(32),
        )


def _own(scope: Scope, lenient: Scope) -> dict[str, str]:
    """The variables that the step sees in its file, and those of the command line."""
    names = scope.surroundings.script.definitions(scope.step.number)
    own = {name: lenient.expand([Text(f"{{{{{name}}}}}", scope.step.at)]) for name in names}
    return own | {name: value for layer in reversed(scope.surroundings.above) for name, value in layer.values.items()}
