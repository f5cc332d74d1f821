"""Check each step before anything is sent: resolve its request, find its dependencies, collect its errors.

Each step is resolved once, before any response is there. Undefined variables, missing files and requests that cannot be
sent are found here, so that no request of a file is sent if one of them cannot be.

Warnings are separate. They report lines that are probably mistakes and change the requests or checks, such as a
misspelt check or a response inside a body. They are printed on standard error before a run, because no result would
show these mistakes.
"""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from callbox.errors import CallboxError, Place, ScriptError, UsageError
from callbox.exchange.cookies import Jar
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.template_braces import holes
from callbox.exchange.url import UrlError, check_origin, is_absolute
from callbox.httpfile.assertion_evaluator import expectation_error, fill_variables, path_of
from callbox.httpfile.model import DESCRIPTIVE_DIRECTIVES, SCHEMA_SUBJECTS, RunCommand, Script, Step
from callbox.httpfile.parser.misplaced_line_lints import WARNING_CODES
from callbox.httpfile.requests.options_conditions_and_loops import (
    CONDITIONS,
    has_condition,
    is_disabled,
    read_events,
    read_loop,
    read_pause,
    read_pause_after,
    read_retry,
    refusals,
    skip_reason,
)
from callbox.httpfile.requests.step_to_draft_resolver import resolve, resolve_bare
from callbox.httpfile.script_lints import sending_lints, words_used
from callbox.httpfile.source_and_diagnostics import Diagnostic, Text, place_of
from callbox.httpfile.variables.environment_file_parser import conflicts
from callbox.httpfile.variables.response_references import check_path
from callbox.httpfile.variables.value_injection_guards import FilePosition
from callbox.httpfile.variables.variable_scope import ANY, Expanded, ResolutionContext, Scope
from callbox.replay.environment_file_search import choose_environments, path_variables, settings_warnings, unused_files
from callbox.replay.file_and_system_access import ReplayPorts, Sender, output_path, read_schema_beside, track_outputs
from callbox.replay.imported_files_and_linked_steps import (
    Invocation,
    LinkedScripts,
    LinkedSteps,
    link,
    link_if_complete,
    make_linked_steps,
    missing_file,
    outputs_of,
)
from callbox.replay.javascript.module_linker_and_analysis import names_set_by_scripts, syntax_error_of
from callbox.replay.javascript.request_script_runner import no_scripts
from callbox.replay.javascript.script_input_and_result import steps_handlers
from callbox.replay.prompts_and_variable_layers import CurrentCaptures, Prompts, add_layers, make_resolution_context
from callbox.replay.run_options import Plan, refuse_routes, with_plan
from callbox.replay.run_state import RunState
from callbox.replay.sandbox import SandboxedSender, SandboxHosts, confine
from callbox.spelling import closest, suggestion

if TYPE_CHECKING:
    from callbox.replay.openapi_response_checks import ResponseChecks

_BLOCK_DIRECTIVES = frozenset(
    {*DESCRIPTIVE_DIRECTIVES, "prompt", "secret", "note", "ref", "forceRef", "always", *CONDITIONS}
)
"""The directives that only have a meaning in a block of `run` lines."""


MAX_RUN_TEXT = 1_000_000_000
"""The most characters that filled variables may add to all requests of a script together, before anything is sent."""
MAX_KEPT_TEXT = 1_000_000
"""The most characters that filled variables may add to a request that is kept in memory until it is sent."""


class NoBase(ScriptError):
    """Raised if the variable with the address of an API is empty. A run cannot continue, but a shell uses its base."""


class PlannedSend(NamedTuple):
    """One request of a step, with the parts that are known before it is sent."""

    step: Step
    is_selected: bool
    draft: Draft | None = None
    outgoing: Outgoing | None = None
    """The request to send; None if it depends on a response."""
    needs: tuple[int, ...] = ()
    """The numbers of the steps whose responses the request needs."""
    errors: tuple[CallboxError, ...] = ()
    call: Invocation | None = None
    """The call by another step; None if no step calls this one."""
    is_fixed: bool = False
    """Whether the draft stays the same until it is sent, so that it need not be built again."""
    secrets: frozenset[str] = frozenset()
    """The values of the secret variables in the request."""
    reason: str = ""
    """The condition that skips the request, if it is known before the run."""
    call_needs: tuple[int, ...] = ()
    """The numbers of the steps whose responses the values of `call` need.

    The step itself may be among them, because an earlier round of a loop may have sent it.
    """
    required: frozenset[int] = frozenset()
    """The steps that must pass first because `# @ref` or `run` names them, although none of their values is used."""
    open_parts: tuple[str, ...] = ()
    """The texts in the draft for values that are not known yet, such as `{{login.token}}`."""
    warnings: tuple[str, ...] = ()
    """Warnings about values in the request, if all of them are known. A dry run shows them."""


class Preflight:
    """Checks the steps of a script. Errors of the parser are grouped by step once."""

    def __init__(
        self,
        linked_steps: LinkedSteps,
        plan: Plan,
        session: Sender,
        prompts: Prompts,
        ports: ReplayPorts,
        make_checks: Callable[[], ResponseChecks],
        file_jar: Jar | None = None,
    ) -> None:
        self.program = linked_steps
        self._ports = ports
        self._no_scripts = no_scripts(plan, ports)
        self._plan = plan
        self._sandbox_hosts = SandboxHosts(linked_steps, plan) if plan.is_sandboxed else None
        self.session = (
            SandboxedSender(session, plan, self._sandbox_hosts.hosts) if self._sandbox_hosts is not None else session
        )
        """The session that sends the requests. For an untrusted script it is a sandbox around the session."""
        self._make_checks = make_checks
        self._file_jar = file_jar
        self._prompts = prompts
        self._path_variables = path_variables(linked_steps.linked.scripts[0], plan, ports)
        self._has_scripts = any(step.handlers for script in linked_steps.linked.scripts for step in script.steps)
        """Whether scripts may set variables whose names are not known before the run."""
        self._chars_left = MAX_RUN_TEXT
        self._errors_by_script = {script.name: _group_by_step(script) for script in linked_steps.linked.scripts}

    def plan_send(self, step: Step, is_selected: bool, call: Invocation | None) -> PlannedSend:
        """Resolve and check a step. `call` is the `run` line that sends it; None if no other step sends it."""
        if call is None and (draft := resolve_bare(step)) is not None and not self._plan.is_dry_run:
            return self._plan_bare_step(draft, step, is_selected)
        planned = PlannedSend(step=step, is_selected=is_selected, call=call)
        if errors := self._errors_before_resolving(step, call):
            return planned._replace(errors=errors)
        if step.has_effective_directives and is_disabled(step):
            return planned
        return self._plan_resolved(planned)

    def _errors_before_resolving(self, step: Step, call: Invocation | None) -> tuple[CallboxError, ...]:
        """The errors of the file at a step.

        If there are none, the user is asked for the prompts of the step, which may give errors.
        """
        script = self.program.resolutions[step.number].script
        errors: list[CallboxError] = [*self._errors(script, step), *refusals(script, step, self._no_scripts)]
        if step.has_effective_directives and not errors and not is_disabled(step):
            errors += self._prompts.ask_all(script, step, self._overridden(call))
        if self._sandbox_hosts is not None and (step.has_effective_directives or call is not None):
            self._sandbox_hosts.add_step(step, call)
        return tuple(errors)

    def _plan_resolved(self, planned: PlannedSend) -> PlannedSend:
        """Resolve the request of a step as far as its values are known, and check the rest of the step."""
        step, call = planned.step, planned.call
        resolution = self.program.resolutions[step.number]
        call_needs: list[int] = []
        call_open: list[str] = []
        overrides = self._overrides(call, call_needs, call_open)
        open_values = self._open_values(step, resolution)
        if ANY in open_values:
            resolution = resolution._replace(undefined="open")  # the values are known when the request is sent
        resolution = add_layers(resolution, overrides, open_values)
        scope = Scope(resolution, step)
        loop = read_loop(step, scope) if step.has_effective_directives else None
        if loop is not None:
            scope = scope.inside(add_layers(resolution, loop.first, {}))
        reason = skip_reason(step, scope) if step.has_effective_directives and has_condition(step) else ""
        if reason and loop is None:  # each round of a loop is checked separately
            return planned._replace(errors=tuple(scope.errors), reason=reason)
        if step.runs and not step.has_request:
            _check_runs_alone(step, scope)
        draft = self._resolve(step, scope)
        is_own = call is None and not self._has_scripts and loop is None
        is_fixed = scope.is_fixed and is_own and not any(step.body.files)
        is_open = scope.has_open or bool(scope.needs or open_values)
        used = len(scope.needs)
        self._check_rest(step, scope)
        errors: list[CallboxError] = sorted(scope.errors, key=lambda error: error.place or Place())
        outgoing = None
        if draft is not None and not errors and not is_open:
            outgoing = self._preview(draft, step, resolution.script, errors)
        needs = tuple(scope.needs)
        return planned._replace(
            draft=self._kept(draft, scope),
            outgoing=outgoing,
            needs=needs,
            errors=tuple(errors),
            is_fixed=is_fixed,
            secrets=frozenset(scope.secrets),
            call_needs=tuple(call_needs),
            required=self._referred(step, needs[used:]),
            open_parts=(*scope.open_parts, *call_open),
            warnings=() if is_open else tuple(scope.warnings),
        )

    def _referred(self, step: Step, needs: Sequence[int]) -> frozenset[int]:
        """The steps that `# @ref` names and whose values no part of the request uses."""
        if not needs:
            return frozenset()
        names = [one.value.text for one in step.directives if one.name == "ref" and one.value is not None]
        named = (self.program.named(step, name) for name in names)
        return frozenset(found.number for found in named if found is not None and found.number in needs)

    def _resolve(self, step: Step, scope: Scope) -> Draft | None:
        """The request of a step; None if the step has no request.

        The size of the request counts towards the limit of the whole run.
        """
        if not step.has_request:
            return None
        draft = resolve(step, scope)
        if self._plan.is_sandboxed:
            self._refuse_routes(draft, step, scope)
        self._chars_left -= scope.filled
        if self._chars_left < 0:
            message = (
                f"With all variables filled, the requests up to this one are longer than {MAX_RUN_TEXT // 1_000_000} MB"
            )
            scope.fail(UsageError(message, hint="send large bodies from files: < ./name"), Text(step.method, step.at))
        return draft

    def _kept(self, draft: Draft | None, scope: Scope) -> Draft | None:
        """The draft; None if it is large.

        A large draft is built again before it is sent, because all large drafts together would not fit into memory.
        """
        return draft if scope.filled <= MAX_KEPT_TEXT or self._plan.is_dry_run else None

    def _refuse_routes(self, draft: Draft, step: Step, scope: Scope) -> None:
        try:
            refuse_routes(with_plan(draft, self._plan))
        except UsageError as error:
            scope.fail(error, step.command[0] if step.command else Text(step.label, step.at))

    def _plan_bare_step(self, draft: Draft, step: Step, is_selected: bool) -> PlannedSend:
        """Plan a step without variables: only its file, protocol or URL can be wrong."""
        script = self.program.resolutions[step.number].script
        errors: list[CallboxError] = [*self._errors(script, step), *refusals(script, step, self._no_scripts)]
        if not errors:
            self._preview(draft, step, script, errors)
        return PlannedSend(step=step, is_selected=is_selected, draft=draft, errors=tuple(errors), is_fixed=True)

    def _open_values(self, step: Step, resolution: ResolutionContext) -> dict[str, Expanded]:
        """The variables that scripts before the request will set, as values that stay open."""
        if not step.handlers:
            return {}
        above = step._replace(handlers=steps_handlers(step, "before"))
        script_name, sources = resolution.script.name, self.program.sources
        names = [
            name
            for is_global in (True, False)
            for name in names_set_by_scripts(above, script_name, sources, is_global=is_global)
        ]
        return {name: Expanded(f"{{{{{name}}}}}", is_open=True) for name in names}

    def _errors(self, script: Script, step: Step) -> Iterator[ScriptError]:
        by_step = self._errors_by_script[script.name]
        # an error outside of every block is reported at the first step, since one error stops the run
        for found in (*by_step.get(step.number, ()), *by_step.pop(0, ())):
            yield error_of(script, found)

    def _overridden(self, call: Invocation | None) -> tuple[str, ...]:
        return tuple(name for name, _ in call.overrides) if call is not None else ()

    def _overrides(self, call: Invocation | None, needs: list[int], open_parts: list[str]) -> Mapping[str, Expanded]:
        """The values that a call passes. Values that need a response stay as they are written.

        The steps of these responses are added to `needs`, and the texts as they are written to `open_parts`.
        """
        if call is None or not call.overrides:
            return {}
        outer = self._overrides(call.outer, needs, open_parts)
        scope = Scope(add_layers(self.program.resolutions[call.caller.number], outer, {}), call.caller)
        values = expand_overrides(call, scope)
        needs += scope.needs
        open_parts += scope.open_parts
        return values

    def _preview(self, draft: Draft, step: Step, script: Script, errors: list[CallboxError]) -> Outgoing | None:
        planned = with_plan(draft, self._plan)
        has_own_route = self._sandbox_hosts is not None or bool(planned.file_options)
        is_plain = not (self._plan.is_dry_run or step.command or has_own_route) and is_absolute(draft.url)
        try:
            if is_plain:
                check_origin(draft.url)  # the rest of the merge cannot fail; it happens when the request is sent
                return None
            return self.session.preview(planned._replace(file_jar=self._file_jar))
        except UsageError as error:
            errors.append(self._empty_base_error(error, draft, step) or _place_of_url(error, draft, script, step))
            return None

    def _empty_base_error(self, error: UsageError, draft: Draft, step: Step) -> NoBase | None:
        """The error of a URL that begins with an empty variable of the file. All such URLs share one error."""
        base = next((hole.expression for hole in holes(step.target) if not hole.start), "")
        resolution = self.program.resolutions[step.number]
        is_asked = bool(base) and _lacks_host(error, draft)
        variable = (
            resolution.definitions.at(base, step.number) if is_asked and resolution.definitions is not None else None
        )
        if variable is None or variable.value.text.strip() or not variable.at.line:
            return None
        message = f"'{variable.name}' is empty, so a URL that begins with it has no host"
        hint = (
            f"--var {variable.name}=https://api.x, or write a URL here; in the shell, the base of the session is used"
        )
        return NoBase(message, hint=hint, place=place_of(resolution.script, variable.at, len(variable.name) + 1))

    def _check_rest(self, step: Step, scope: Scope) -> None:
        """Check every part of a step except its request."""
        if step.has_effective_directives:
            read_pause(step, scope)
            read_pause_after(step, scope)
            read_retry(step, scope)
            read_events(step, scope)
            self._check_directives(step, scope)
        self._check_runs(step, scope)
        if step.outputs or step.handlers:
            self._check_files(step, scope)
        own = step.number in scope.needs
        _check_assertions(step, scope)
        self._check_schemas(step, scope)
        if not own:
            scope.drop_need(step)  # a check may refer to the response of its own step

    def _check_schemas(self, step: Step, scope: Scope) -> None:
        for expectation in step.expectations:
            if expectation.subject not in SCHEMA_SUBJECTS:
                continue
            filled = fill_variables(expectation, scope)
            checks = self._make_checks()
            if filled.is_open:
                continue
            script = scope.resolution.script.name
            try:
                checks.prepare(expectation, filled.expected.strip(), script, read_schema_beside(script, self._ports))
            except UsageError as error:
                scope.fail(error, expectation.value or Text(expectation.text, expectation.at))

    def _check_directives(self, step: Step, scope: Scope) -> None:
        for directive in step.directives:
            if directive.name in ("ref", "forceRef"):
                name = directive.value or Text("#", directive.at)
                if directive.value is None:
                    scope.fail(
                        UsageError(f"'@{directive.name}' needs the name of a request", hint="# @ref login"), name
                    )
                else:
                    self._check_reference(name, scope, is_need=directive.name == "ref")
            if directive.name == "note" and not self._prompts.has_user:
                at = directive.value or Text("#", directive.at)
                hint = "run the file at a terminal"
                scope.fail(UsageError("'@note' asks for confirmation, and there is no terminal", hint=hint), at)

    def _check_runs(self, step: Step, scope: Scope) -> None:
        for run in step.runs:
            if not run.is_file:
                self._check_called_name(run, scope)
            elif (scope.resolution.script.name, run.target.at) not in self.program.linked.runs:
                scope.fail(missing_file(scope.resolution.script, run.target, self._path_variables), run.target)
            for _, value in run.overrides:
                scope.expand([value])

    def _check_files(self, step: Step, scope: Scope) -> None:
        for output in (one for one in step.outputs if one.mark != "<>"):
            path, is_open = scope.expand([output.path], place=FilePosition())
            if is_open:
                continue
            try:
                self._ports.check_write(output_path(scope.resolution.script.name, path))
            except UsageError as error:
                scope.fail(error, output.path)
        for handler in step.handlers:
            problem = syntax_error_of(handler, scope.resolution.script, self.program.sources)
            if problem is not None:
                scope.fail(problem, handler.path or Text("<", handler.at))

    def _check_reference(self, name: Text, scope: Scope, *, is_need: bool) -> None:
        """Check a name after `# @ref` or `run #`. It must name a request, or a block of variables without a request."""
        if self.program.named(scope.step, name.text) is None and self.program.has_block(name.text):
            return
        named = self._check_step_name(name, scope)
        if named is not None and is_need:
            scope.add_need(named)

    def _check_called_name(self, run: RunCommand, scope: Scope) -> None:
        """Check the name after `run #`. A block of variables sends nothing, so a call of it cannot pass values."""
        name = run.target.text
        if run.overrides and self.program.named(scope.step, name) is None and self.program.has_block(name):
            message = f"'{name}' has only variables, and no request takes {run.overrides[0][0]}"
            scope.fail(UsageError(message, hint="Write the values above this line: @name = value"), run.target)
        else:
            self._check_reference(run.target, scope, is_need=False)

    def _check_step_name(self, name: Text, scope: Scope) -> Step | None:
        named = self.program.named(scope.step, name.text)
        if named is None:
            hint = suggestion(scope.nearest(name.text, scope.resolution.names), "to list the requests: --list")
            scope.fail(UsageError(f"No request is named '{name.text}'", hint=hint), name)
        return named


def expand_overrides(call: Invocation, scope: Scope) -> dict[str, Expanded]:
    """The values that a call passes, resolved in the scope of the caller."""
    return {name: scope.expand([value]) for name, value in call.overrides}


def expand_checks(step: Step, scope: Scope) -> None:
    """Fill the variables in the checks, captures and outputs of a step. Raises `ScriptError` for a missing variable."""
    texts = [part for check in step.expectations for part in (check.path, check.value) if part is not None]
    for text in (*texts, *(wanted.path for wanted in step.captures), *(output.path for output in step.outputs)):
        of_own = Scope(scope.resolution, step)
        of_own.mark_answered()
        of_own.expand([text])
        if step.number not in of_own.needs:
            scope.expand([text])


def error_of(script: Script, found: Diagnostic) -> ScriptError:
    """The error for a diagnostic of the parser."""
    place = Place(script.name, found.at.line, found.at.column, length=found.length, source=found.source)
    return ScriptError(found.message, hint=found.hint, place=place)


def _group_by_step(script: Script) -> dict[int, list[Diagnostic]]:
    """Errors grouped by the number of the step whose block contains them; 0 for errors outside all blocks."""
    found: dict[int, list[Diagnostic]] = {}
    for error in script.errors:
        step = script.step_at(error.at.line)
        found.setdefault(step.number if step is not None else 0, []).append(error)
    return found


def _lacks_host(error: UsageError, draft: Draft) -> bool:
    return isinstance(error, UrlError) and error.kind == "scheme" and draft.url.startswith(("/", "?"))


def _place_of_url(error: UsageError, draft: Draft, script: Script, step: Step) -> ScriptError:
    place = error.place or place_of(script, step.url[0].at if step.url else step.at, len(step.target))
    if _lacks_host(error, draft):
        hint = "write the whole URL, or add a header: Host: api.x"
        return ScriptError(f"No host in '{draft.url}', and no base to join it to", hint=hint, place=place)
    return ScriptError(error.message, hint=error.hint, place=place)


def _check_runs_alone(step: Step, scope: Scope) -> None:
    """Report directives and checks that have no effect, because their block only runs other steps."""
    waiting = next((directive for directive in step.directives if directive.name in CONDITIONS), None)
    if scope.needs and waiting is not None:
        message = f"'@{waiting.name}' needs a response, and this block sends no request"
        scope.fail(UsageError(message, hint="write it above the requests that are run"), Text("#", waiting.at))
    misplaced = [directive.at for directive in step.directives if directive.name not in _BLOCK_DIRECTIVES]
    misplaced += [*(expectation.at for expectation in step.expectations), *(capture.at for capture in step.captures)]
    for at in misplaced:
        hint = "write it above the request that is run"
        scope.fail(UsageError("This block has no request of its own", hint=hint), Text("#", at))


def _check_assertions(step: Step, scope: Scope) -> None:
    scope.mark_answered()
    for wanted in step.captures:
        try:
            path, is_open = scope.expand([wanted.path])
            if not is_open:
                check_path(path_of(path))
        except UsageError as error:
            scope.fail(error, wanted.path)
    for expectation in step.expectations:
        problem = expectation_error(*fill_variables(expectation, scope))
        if problem is not None:
            scope.fail(problem, expectation.value or expectation.path or Text(expectation.text, expectation.at))


def warnings_of(
    script: Script, ports: ReplayPorts, linked: LinkedScripts | None = None, plan: Plan | None = None
) -> Iterator[ScriptError]:
    """The warnings of a script and of the files that it imports or runs, each with its place.

    `linked` has these files, if they have been read already. With a plan, misspelt names of its variables are among
    the warnings.
    """
    if linked is None:
        linked = link_if_complete(script, ports, variables=path_variables(script, plan or Plan(), ports))
    if plan is not None:
        yield from misspelt_variables(plan, linked.scripts if linked else (script,))
        yield from _overridden_values(script, plan, ports)
    yield from (error_of(one, found) for one, found in warning_diagnostics(linked.scripts if linked else (script,)))
    yield from unused_files(os.path.dirname(script.name), plan or Plan(), ports)
    yield from settings_warnings(os.path.dirname(script.name), ports)


def _overridden_values(script: Script, plan: Plan, ports: ReplayPorts) -> Iterator[ScriptError]:
    """A warning for each variable that has another value in the script than in the environment that the user chose. The
    value of the script is used. If the variable is the host, the request goes to another server than the user expects.
    """
    if not plan.stages:
        return
    try:
        layers = choose_environments(os.path.dirname(script.name), plan, ports).layers
    except CallboxError:  # the run reports it
        return
    yield from (error_of(script, found) for found in conflicts(script, layers, overridden=plan.variables))


def misspelt_variables(plan: Plan, scripts: Sequence[Script]) -> Iterator[ScriptError]:
    """A warning for each variable of the command line that no file uses, if its name is similar to a used one."""
    if not plan.variables:
        return
    used = frozenset().union(*map(words_used, scripts))
    others = used - plan.variables.keys()
    for name in plan.variables:
        near = closest(name, sorted(others)) if name not in used else ""
        if near and not any(name in script.text for script in scripts):
            message = f"{scripts[0].name} uses no variable '{name}'"
            yield ScriptError(message, hint=suggestion(near), place=Place(scripts[0].name))


def unused_answers(plan: Plan, scripts: Sequence[Script]) -> Iterator[ScriptError]:
    """A warning about answers of `--prompt` that no script asks for. `scripts` are all scripts of the run."""
    names = [name for name in plan.answers if not any(name in script.text for script in scripts)]
    if names and scripts:
        near = closest(names[0], sorted(frozenset().union(*map(words_used, scripts)) - plan.answers.keys()))
        message = f"No file asks for {', '.join(names)}, which --prompt answers"
        yield ScriptError(
            message, hint=suggestion(near) if near else "--prompt takes the name of a # @prompt or # @secret"
        )


def warning_diagnostics(scripts: Iterable[Script]) -> Iterator[tuple[Script, Diagnostic]]:
    """The warnings in these scripts as diagnostics, each with its script."""
    for linked in scripts:
        lints = (found for found in linked.diagnostics if found.severity == "lint")  # errors are in the results
        yield from ((linked, found) for found in lints if found.code in WARNING_CODES)
        yield from ((linked, found) for found in sending_lints(linked))


class Prepared(NamedTuple):
    """A script with its imports and environments, whose requests are not checked yet."""

    linked_steps: LinkedSteps
    plan: Plan
    """The plan, with the options of the environment."""
    ports: ReplayPorts
    """The ports. In a sandbox they are confined; they record which files the run writes."""
    prompts: Prompts
    main: ResolutionContext


def prepare(
    script: Script, ports: ReplayPorts, plan: Plan, state: RunState, written: set[str], linked: LinkedScripts | None
) -> Prepared:
    """Read the environments and imports of a script. Raises `UsageError` if one cannot be read."""
    unconfined_ports = track_outputs(ports, written)
    ports = track_outputs(confine(ports, script.name, plan), written)
    environment = choose_environments(os.path.dirname(script.name), plan, unconfined_ports, ports)
    by_file = environment.options.keys() - plan.options.keys()
    plan = plan._replace(
        options={**environment.options, **plan.options},
        # in a sandbox, a file may set a route only if the user named the file
        file_options=frozenset() if plan.is_sandboxed else frozenset(by_file),
    )
    prompts = Prompts(plan, ports, environments=environment)
    captures = CurrentCaptures(state.captures, state.unset_names)
    new_captures = CurrentCaptures(state.captures, state.unset_names, state.new_names)
    main = make_resolution_context(script, ports, plan, prompts, captures, environment, new_captures)
    main = main._replace(frozen=state.frozen, failed_steps=state.failed_steps, rounds=state.rounds)
    if linked is None or linked.has_any(written):  # a file that the run has written is refused
        linked = link(script, ports, variables=path_variables(script, plan, unconfined_ports, ports))
    written.update(os.path.realpath(path) for path in outputs_of(linked))
    return Prepared(
        linked_steps=make_linked_steps(linked, main, ports, written), plan=plan, ports=ports, prompts=prompts, main=main
    )


def distinct_errors(planned_sends: Iterable[PlannedSend]) -> Iterator[tuple[Step, CallboxError]]:
    """Every error with the first step that has it. If many steps use the same wrong variable, it is reported once."""
    seen = set()
    for found in planned_sends:
        for error in found.errors:
            if (error.place, error.message) not in seen:
                seen.add((error.place, error.message))
                yield found.step, error


def errors_outside_blocks(script: Script, selected: Sequence[Step]) -> tuple[CallboxError, ...]:
    """The errors outside of all blocks. They count only if the whole file runs."""
    if len(selected) < len(script.steps):
        return ()
    return tuple(error_of(script, found) for found in script.errors if script.step_at(found.at.line) is None)
