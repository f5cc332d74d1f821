"""Run the scripts around a request: link their modules, pass their input, apply their results."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from callbox.errors import ScriptError, UsageError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.redaction.credential_names import is_credential_name
from callbox.exchange.request import Draft
from callbox.exchange.secret import Secret
from callbox.exchange.template_braces import holes
from callbox.httpfile.assertion_evaluator import CheckResult
from callbox.httpfile.model import Handler
from callbox.httpfile.requests.options_conditions_and_loops import is_option
from callbox.httpfile.source_and_diagnostics import Text, place_of
from callbox.httpfile.variables.variable_scope import Scope
from callbox.replay.file_and_system_access import ReplayPorts
from callbox.replay.javascript.module_linker_and_analysis import ScriptSources, error_at, names_of_env
from callbox.replay.javascript.script_input_and_result import (
    SAY,
    ScriptInput,
    ScriptResult,
    as_sent,
    read_result,
    secrets_of,
    setup_code,
    steps_handlers,
    target_of,
    unfilled,
)
from callbox.replay.run_options import Plan
from callbox.replay.run_progress_and_deadline import RunControl
from callbox.replay.run_state import RunState
from callbox.report.result import Result

_FIELD = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\0\r\n]*")
"""The name and the value of a header, as RFC 9110 sections 5.1 and 5.5 allow them."""


class Effects(NamedTuple):
    """The combined effects of the scripts before a request, or of those after it."""

    variables: Mapping[str, str] = {}
    logs: tuple[str, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    checks_status: bool = False
    """Whether a script checks the status."""
    pause_s: float = 0.0
    """The seconds that the scripts ask to wait."""

    def add_to(self, result: Result) -> Result:
        """The result, with the output and the checks of these scripts."""
        is_ok = all(checked.is_ok for checked in self.checks)
        return result._replace(
            checks=(*result.checks, *self.checks),
            notes=(*result.notes, *(f"log: {log}" for log in self.logs)),
            outcome="failed" if result.outcome == "ok" and not is_ok else result.outcome,
        )

    def with_result(self, script_result: ScriptResult) -> Effects:
        """These effects combined with the result of one more script."""
        # the result of a script includes the variables of earlier scripts
        variables = self.variables if script_result.headers is None else script_result.variables
        return Effects(
            variables=variables,
            logs=self.logs + script_result.logs,
            checks=self.checks + script_result.checks,
            checks_status=self.checks_status or script_result.checks_status,
            pause_s=self.pause_s + script_result.pause_s,
        )


def no_scripts(plan: Plan, ports: ReplayPorts) -> UsageError | None:
    """The reason why scripts do not run; None if they run."""
    if plan.is_sandboxed:
        return UsageError("Scripts do not run in a sandbox", hint="leave --sandbox out to allow it")
    if ports.javascript is None:
        return UsageError("A script needs the 'js' extra", hint="pip install 'callbox[js]'")
    return None


class ScriptRunner:
    """Runs the scripts of a run, and stores the values that they set in `client.global`."""

    def __init__(self, ports: ReplayPorts, sources: ScriptSources, state: RunState, control: RunControl) -> None:
        self._ports = ports
        self._sources = sources
        self._control = control
        self._state = state
        self.set_names: set[str] = set()
        """The globals that the scripts of the current request have set."""
        self.cleans_up = False
        """Whether the current request has `# @always`."""
        self._secrets: set[str] = set()
        """The values of credentials that scripts have read."""

    def before(self, scope: Scope, iteration: int) -> Effects:
        """Run the scripts before the request. If one fails, raise `ScriptError`, so that the request is not sent."""
        effects = Effects()
        for handler in steps_handlers(scope.step, "before"):
            script_input = self._make_input(scope, effects.variables)._replace(iteration=iteration)
            script_result, error = self._run(handler, scope, script_input)
            effects = effects.with_result(script_result)
            if error is None:
                error = _list_error(script_result, handler, scope)
            if error is not None:
                raise error
        return effects

    def after(self, record: Record, scope: Scope, before: Effects) -> Effects:
        """Run the scripts after the request. A script that fails counts as a failed check."""
        effects = Effects()
        for handler in steps_handlers(scope.step, "after"):
            script_input = self._make_input(scope, before.variables)
            script_input = script_input._replace(
                method=record.outgoing.method, request=as_sent(record, script_input.request), record=record
            )
            script_result, error = self._run(handler, scope, script_input)
            effects = effects.with_result(script_result)
            if error is not None:
                line = error.place.line if error.place is not None else handler.at.line
                failed = CheckResult(text="script", is_ok=False, expected="no error", actual=error.message, line=line)
                effects = effects._replace(checks=(*effects.checks, failed))
        return effects

    def with_headers(self, draft: Draft, scope: Scope) -> Draft:
        """The request with the headers that scripts have set for all requests.

        Headers of the request itself override these headers.

        A script may copy a value from a server, so the value is sent unchanged, and no `{{...}}` in it is filled.
        Raises `ScriptError` for a value that no header can have.
        """
        scope.add_secrets(self._secrets)  # a script may set a value that it has read
        own = {name.lower() for name, _ in draft.headers}
        more = []
        for name, value in self._state.headers.items():
            if not _FIELD.fullmatch(f"{name}:{value}"):
                problem = UsageError(
                    f"A script has set the header '{name}' for all requests, but no header can have this name or value"
                )
                scope.fail(problem, Text("", scope.step.at))
            if is_option(name, value):
                problem = UsageError(
                    f"A script has set the header '{name}', which callbox reads as an option of the request",
                    hint="write this header in the request itself",
                )
                scope.fail(problem, Text("", scope.step.at))
            if name.lower() not in own:
                if holes(value):
                    scope.note(f"a script's header '{name}' is sent with its braces unchanged")
                more.append((name, Secret(value) if is_credential_name(name) else value))
        return draft._replace(headers=(*draft.headers, *more)) if more else draft

    def _run(
        self, handler: Handler, scope: Scope, script_input: ScriptInput
    ) -> tuple[ScriptResult, ScriptError | None]:
        engine = self._ports.javascript
        assert engine is not None, "preflight refuses scripts where there is no engine"
        linked = self._sources.linked(handler, scope.resolution.script.name)
        names = names_of_env([linked.code, *linked.modules])
        env = {name: value for name in names if (value := self._ports.env(name)) is not None}
        self._secrets |= {value for name, value in env.items() if value and scope.resolution.is_secret(name)}
        scope.add_secrets(self._secrets)
        setup = setup_code(script_input._replace(env=env), linked.code, engine.read_library(), linked.modules)
        ran = engine.run(setup, linked.code, SAY, self._is_over)
        script_result, fault = ScriptResult(), ran.error
        try:
            script_result = read_result(ran.output, handler, linked.paths) if ran.output else script_result
        except UsageError as error:
            fault = error.message
        self._store(script_result)
        if not fault or script_result.is_exited:
            return script_result, None
        return script_result, error_at(fault, handler, scope.resolution.script, linked.paths)

    def _is_over(self) -> bool:
        """Whether a running script must end. Scripts of a clean-up request may run longer than others."""
        return self._control.is_over and not (self.cleans_up and self._control.can_clean_up)

    def _store(self, script_result: ScriptResult) -> None:
        if script_result.headers is not None:
            self._state.store_headers(script_result.headers)
        self.set_names.update(script_result.globals)
        self._state.store_globals(script_result.globals, script_result.removed)

    def _make_input(self, scope: Scope, variables: Mapping[str, str]) -> ScriptInput:
        step = scope.step
        lenient = Scope(scope.resolution._replace(undefined="keep"), step, scope.record_of)
        request = unfilled(lenient)
        self._secrets |= lenient.secrets | secrets_of(lenient, request)
        method, target = target_of(step)
        return ScriptInput(
            method=method,
            target=target,
            request=request,
            variables=variables,
            globals={**self._state.captures, **self._state.globals},
            headers_of_all=self._state.headers,
            env={},
            seed=self._ports.random.getrandbits(32),
        )


def _list_error(script_result: ScriptResult, handler: Handler, scope: Scope) -> ScriptError | None:
    """The error for a `{{name}}` whose value is a list.

    JetBrains sends a request for each item of the list, and callbox does not.
    """
    step = scope.step
    if not script_result.lists:
        return None
    texts = (*step.url, *step.body.texts, *(value for line in step.headers for value in line.value))
    names = {hole.expression for text in texts for hole in holes(text.text)}
    used = min(script_result.lists & names, default="")
    if not used:
        return None
    hint = "'# @loop for x of [1, 2]' sends several requests; JSON.stringify(list) makes one text"
    place = place_of(scope.resolution.script, handler.at)
    return ScriptError(f"'{used}' is a list: callbox does not send a request for each item", hint=hint, place=place)
