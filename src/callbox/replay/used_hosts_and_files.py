"""List the hosts, files and environment names that a script would use, for `callbox check --secrets`. Nothing is sent.

This module uses the same functions as a run: `Scope` and `resolve` for the URL, `parse` for its host, `named_entry` for
a name. Values that are known only in a run stay in braces.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Literal, NamedTuple

from callbox.engine.options import describe_options, route_options
from callbox.errors import UsageError
from callbox.exchange.request_content import FileBytes
from callbox.exchange.template_braces import holes, without_holes
from callbox.exchange.url import parse
from callbox.httpfile.model import Body, FileReference, Handler, Script, Step
from callbox.httpfile.requests.curl_step import url_and_files_of_command
from callbox.httpfile.requests.options_conditions_and_loops import (
    UnknownItem,
    certificate_files,
    is_certificate,
    read_loop,
)
from callbox.httpfile.requests.step_body_builder import operation_of
from callbox.httpfile.requests.step_to_draft_resolver import resolve
from callbox.httpfile.source_and_diagnostics import Template, Text
from callbox.httpfile.variables.dynamic_variables import named_entry
from callbox.httpfile.variables.environment_file_parser import ChosenEnvironments, FirstPlaces
from callbox.httpfile.variables.variable_scope import (
    Expanded,
    Layer,
    ResolutionContext,
    Scope,
    TemplateLayer,
    UnknownVariables,
)
from callbox.replay.environment_file_search import (
    choose_environments,
    environment_file_texts,
    environment_tls_options,
    path_variables,
)
from callbox.replay.file_and_system_access import ReplayPorts, beside_script
from callbox.replay.imported_files_and_linked_steps import (
    Invocation,
    LinkedScripts,
    LinkedSteps,
    fill_path,
    link,
    make_linked_steps,
)
from callbox.replay.javascript.module_linker_and_analysis import names_set_by_scripts, places_of_env
from callbox.replay.javascript.script_input_and_result import code_of, line_of_index, steps_handlers
from callbox.replay.preflight import expand_overrides
from callbox.replay.prompts_and_variable_layers import Prompts, add_layers, make_resolution_context, questions_of
from callbox.replay.run_options import Plan

_END = re.compile(r"[/?#]")
_MAX_DEPTH = 16
_MAX_DRAFTS = 5_000
"""The most requests that one check resolves for `run` lines, and for the rounds of loops after the first."""
_DRAFT_CHARACTERS = 1_000
"""Each time that the passed values have this number of characters, they count as one more request."""
_MAX_ROUNDS = 100
"""The most rounds of a loop whose hosts are listed one by one."""
_MAX_BYTES = 1_000_000
"""The most bytes of a file that is searched for names. A larger file is listed as unknown."""

ResourceKind = Literal["read", "write", "env", "prompt", "script", "host", "route", "unknown"]


class UsedResource(NamedTuple):
    """A file, host or name outside of the script that the script would use."""

    kind: ResourceKind
    """The kind: `read`, `write`, `env`, `prompt`, `script`, `host`, `route` (a proxy or address that a file sets) or
    `unknown`.
    """
    what: str
    file: str
    line: int


def resources_of(script: Script, ports: ReplayPorts, plan: Plan = Plan()) -> Iterator[UsedResource]:
    """Every resource that a script and its imports would use, in the order of the files.

    Each file lists a resource once.
    """
    try:
        linked = link(script, ports, variables=path_variables(script, plan, ports))
    except UsageError:
        linked = LinkedScripts((script,), {})
    try:
        environments = choose_environments(os.path.dirname(script.name), plan, ports)
    except UsageError:  # the check itself reports the error
        environments = ChosenEnvironments()
    finder = _ResourceFinder(script, linked, ports, plan, environments)
    for one in linked.scripts:
        yield from _each_once(chain(finder.resources(one), finder.unknown(one)))
    yield from _each_once(_resources_of_environments(script, ports, plan))


def _each_once(found: Iterable[UsedResource]) -> Iterator[UsedResource]:
    first: dict[tuple[str, ...], UsedResource] = {}
    for resource in found:
        key = resource[:3]
        if key not in first or resource.line < first[key].line:
            first.pop(key, None)
            first[key] = resource
    yield from sorted(first.values(), key=lambda resource: resource.line)


class _ResourceFinder:
    """Finds the resources of the scripts of one run. Values that are known only in a run stay in braces."""

    def __init__(
        self, script: Script, linked: LinkedScripts, ports: ReplayPorts, plan: Plan, environments: ChosenEnvironments
    ) -> None:
        self._ports = ports
        self._variables = path_variables(script, plan, ports)
        self._environments = environments
        offline_ports = ports._replace(ask=None, env=_refuse_read, open_file=lambda _: FileBytes(lambda: (), 0))
        main = make_resolution_context(
            script, offline_ports, plan._replace(undefined="open"), Prompts(plan, offline_ports), {}, environments
        )
        main = main._replace(sources=main.sources._replace(dotenv=_refuse_read))
        self._linked_steps: LinkedSteps = make_linked_steps(linked, main, ports)
        steps = [step for one in linked.scripts for step in one.steps]
        asked = {question.name for step in steps for _, question in questions_of(step)} - plan.variables.keys()
        answers = {name: plan.answers[name] for name in asked & plan.answers.keys()}
        self._prompts = (Layer("prompt", answers), Layer("prompt", UnknownVariables(asked - answers.keys())))
        # the steps of a script share one mapping
        capturing = {id(one.capturing): one.capturing or () for one in self._linked_steps.resolutions.values()}
        captured = {name for names in capturing.values() for name in names}
        self._captured = Layer("captured", UnknownVariables(captured))
        self._drafts_left = _MAX_DRAFTS
        self._known_calls: set[tuple[int, frozenset[tuple[str, Expanded]]]] = set()
        """The calls that were already followed for the listed script: steps, each with the passed values."""
        self._listed = script
        self._unread: list[tuple[Script, int, str]] = []
        """The parts that were too large to examine, with their places."""

    def resources(self, script: Script) -> Iterator[UsedResource]:
        """Every resource that one of the scripts would use."""

        def resource(kind: ResourceKind, what: str, line: int) -> UsedResource:
            return UsedResource(kind, what, script.name, line)

        self._listed = script
        self._known_calls.clear()
        for wanted in script.imports:
            yield resource("read", fill_path(script, wanted.path, self._variables), wanted.at.line)
        for variable in script.variables:
            yield from self._environment_names(script, variable.step, [variable.value])
        for step in script.steps:
            yield from self._environment_names(script, step.number, _texts(step))
            yield from self._bodies(script, step)
            yield from (
                resource("read", fill_path(script, run.target, self._variables), run.at.line)
                for run in step.runs
                if run.is_file
            )
            yield from (resource("read", path, line) for path, line in _schema_files(step))
            yield from (resource("write", one.path.text, one.at.line) for one in step.outputs if one.mark != "<>")
            yield from (
                resource("prompt", question.name, directive.at.line) for directive, question in questions_of(step)
            )
            for handler in step.handlers:
                yield from self._script(handler, script)
            for line in step.headers:
                if is_certificate(line.name.text, line.text):
                    yield from (resource("read", path, line.name.at.line) for path in certificate_files(line.text))
            if step.command:
                yield from (resource("read", path, step.at.line) for path in url_and_files_of_command(step)[1])
            if step.has_request:
                yield from (resource(kind, what, step.at.line) for kind, what in self._hosts(step, None, step.at.line))
            yield from (resource(kind, what, line) for kind, what, line in self._hosts_of_calls(step, None, 0, 0))

    def unknown(self, script: Script) -> Iterator[UsedResource]:
        """The parts of a script that were too large to examine. The list is complete after `resources` was called."""
        for where, line, reason in self._unread:
            if where is script:
                yield UsedResource("unknown", f"other uses are unknown: {reason}", script.name, line)

    def _environment_names(
        self, script: Script, number: int, texts: Sequence[Text], line: int = 0
    ) -> Iterator[UsedResource]:
        resolution = self._linked_steps.resolutions.get(number)
        scope = None
        if resolution is not None:
            scope = Scope(self._without_values(resolution), self._linked_steps.steps[number])
        for text in texts:
            for hole in holes(text.text):
                at = line or text.position_at(hole.start).line
                entry = named_entry(hole.expression)
                if entry is not None:
                    fixed = scope.fixed_value(entry[1:]) if entry.startswith("%") and scope is not None else None
                    yield UsedResource("env", fixed or entry, script.name, at)
                elif self._is_of_file(hole.expression, number):
                    yield UsedResource("env", hole.expression, script.name, at)

    def _is_of_file(self, name: str, number: int) -> bool:
        """Whether an environment file would set the variable of this name."""
        resolution = self._linked_steps.resolutions.get(number)
        is_defined = (
            resolution is not None
            and resolution.definitions is not None
            and resolution.definitions.at(name, number) is not None
        )
        return not is_defined and any(name in layer.values for layer in self._environments.layers)

    def _bodies(self, script: Script, step: Step) -> Iterator[UsedResource]:
        for file in _files(step):
            yield UsedResource("read", file.path.text, script.name, file.at.line)
            if not file.is_substituted:
                continue
            if holes(file.path.text):
                yield UsedResource("env", f"variables in {file.path.text}", script.name, file.at.line)
                continue
            text = Template(self._text_of(file, step), file.path.at)
            yield from self._environment_names(script, step.number, [text], file.at.line)

    def _text_of(self, file: FileReference, step: Step) -> str:
        """The text of a file whose variables are filled; empty for a file that cannot be read."""
        open_file = beside_script(self._linked_steps.script_of(step).name, self._ports)
        try:
            found = open_file(file.path.text.strip())
            if (found.length or 0) > _MAX_BYTES:
                script = self._linked_steps.script_of(step)
                self._unread.append((script, file.at.line, f"{file.path.text} is too large to be examined"))
                return ""
            return found.read().decode(file.encoding or "utf-8", "replace")
        except (UsageError, LookupError):
            return ""

    def _script(self, handler: Handler, script: Script) -> Iterator[UsedResource]:
        at = handler.at.line
        name = handler.path.text if handler.path else f"{handler.kind} the request"
        yield UsedResource("script", name, script.name, at)
        try:
            linked = self._linked_steps.sources.linked(handler, script.name)
            code, modules, paths = linked.code, linked.modules, linked.paths
        except UsageError:  # the check itself reports the error, and no line of the file is run
            code, modules, paths = code_of(handler), (), ()
        yield from (UsedResource("script", path, script.name, at) for path in paths)
        for module in modules:
            yield from (UsedResource("env", found, script.name, at) for found, _ in places_of_env(module))
        for found, index in places_of_env(code):
            yield UsedResource("env", found, script.name, line_of_index(handler, code, index))
        if any("environment" in one for one in (code, *modules)):
            for layer in self._environments.layers:
                yield from (UsedResource("env", found, script.name, at) for found in layer.values)

    def _hosts_of_calls(
        self, step: Step, values: Mapping[str, Expanded] | None, line: int, depth: int
    ) -> Iterator[tuple[ResourceKind, str, int]]:
        """The hosts of the requests that a step runs with passed values, and of the requests that they run themselves.

        `values` are the values that were passed to the step itself. `line` is the line of the listed script that runs
        it; 0 means the line of each `run`.
        """
        if not step.runs:
            return
        scope = Scope(self._resolution(step, values), step)
        for run in step.runs:
            at = line or run.at.line
            for target in self._linked_steps.targets(step, run):
                if depth > _MAX_DEPTH:
                    self._unread.append((self._listed, at, f"more than {_MAX_DEPTH} requests are run one by another"))
                    return
                if not self._spend(1, at):
                    return
                given = expand_overrides(Invocation(run.overrides, step), scope)
                call = target.number, frozenset(given.items())
                if call in self._known_calls:
                    continue
                if not self._spend(sum(len(value.text) for value in given.values()) // _DRAFT_CHARACTERS, at):
                    return
                if run.overrides or values is not None:
                    self._known_calls.add(call)
                    if target.has_request:
                        yield from ((kind, what, at) for kind, what in self._hosts(target, given, at))
                yield from self._hosts_of_calls(target, given, at, depth + 1)

    def _spend(self, count: int, line: int) -> bool:
        """Whether this many more requests may be resolved. If the limit is reached, this is reported once."""
        if self._drafts_left >= count:
            self._drafts_left -= count
            return True
        if self._drafts_left >= 0:
            reason = f"more than {_MAX_DRAFTS:,} requests are run by other requests or repeated"
            self._unread.append((self._listed, line, reason))
            self._drafts_left = -1
        return False

    def _hosts(
        self, step: Step, values: Mapping[str, Expanded] | None, line: int
    ) -> Iterator[tuple[ResourceKind, str]]:
        """The host and the route of a request.

        For a loop, the hosts and routes of all rounds whose values are known.
        """
        resolution = self._resolution(step, values)
        loop = read_loop(step, Scope(resolution, step)) if step.has_effective_directives else None
        rounds: Sequence[Mapping[str, str | Expanded]] = [{}] if loop is None else (loop.rounds or [])[:_MAX_ROUNDS]
        if len(rounds) > 1 and not self._spend(len(rounds) - 1, line):
            rounds = rounds[:1]
        if loop is not None and (loop.rounds is None or len(loop.rounds) > len(rounds)):
            rounds = [*rounds, UnknownItem(loop.name)]
        for of_round in rounds:
            draft = resolve(step._replace(body=Body()), Scope(add_layers(resolution, of_round, {}), step))
            yield "host", _host_of(draft.url)
            if options := route_options(draft.options):
                route = describe_options({option.name: draft.options[option.name] for option in options})
                yield "route", f"{_host_of(draft.url)} by {route}"
            named = next((str(value) for name, value in draft.headers if value and name.lower() == "host"), "")
            if named and named.lower() != _host_of(draft.url):
                yield "route", f"{_host_of(draft.url)} by Host {named}"

    def _resolution(self, step: Step, values: Mapping[str, Expanded] | None) -> ResolutionContext:
        """The variables of a step that another step runs with these values."""
        resolution = self._without_values(self._linked_steps.resolutions[step.number])
        above = step._replace(handlers=steps_handlers(step, "before"))
        name = self._linked_steps.script_of(step).name
        scripted = [
            found
            for is_global in (True, False)
            for found in names_set_by_scripts(above, name, self._linked_steps.sources, is_global=is_global)
        ]
        return add_layers(resolution, values or {}, UnknownVariables(scripted))

    def _without_values(self, resolution: ResolutionContext) -> ResolutionContext:
        first = resolution.above[:1]
        below: tuple[Layer | TemplateLayer, ...] = (self._captured, *self._environments.layers)
        return resolution._replace(above=(*first, *self._prompts), below=below)


def _refuse_read(name: str) -> str | None:
    raise UsageError(f"'{name}' is not read")


def _host_of(url: str) -> str:
    """The host and port in a URL, with unknown parts in braces; `?` if the URL names no host."""
    bare = without_holes(url)
    start = bare.find("://") + 3 if "://" in bare else 0
    end = match.start() if (match := _END.search(bare, start)) else len(bare)
    authority = url[start:end]
    if not holes(url[:end]):
        try:
            return parse(url).authority
        except UsageError:
            return "?"
    at = bare.rfind("@", start, end) + 1
    user = "".join(url[start + hole.start : start + hole.end] for hole in holes(url[start:at]))
    scheme = url[:start] if holes(url[:start]) else ""
    return f"{scheme}{user + '@' if user else ''}{url[at or start : end] or authority or '?'}"


def _resources_of_environments(script: Script, ports: ReplayPorts, plan: Plan) -> Iterator[UsedResource]:
    """The resources of the environment files, for every environment: names of environment variables, and routes."""
    for name, line, environment, options in environment_tls_options(os.path.dirname(script.name), plan, ports):
        if options:
            yield UsedResource(
                "route", f"all hosts by {describe_options(options)} (environment {environment})", name, line
            )
    for name, text, values in environment_file_texts(os.path.dirname(script.name), plan, ports):
        places = FirstPlaces(text)
        for value in values:
            for hole in holes(value):
                entry = named_entry(hole.expression)
                if entry is not None:
                    yield UsedResource("env", entry, name, places.line_of(value[hole.start : hole.end]))


def _texts(step: Step) -> list[Template]:
    """All templates of a step, in which the run replaces variables."""
    found = [*step.url, *step.command, *(text for line in step.headers for text in (line.name, *line.value))]
    found += [*step.body.texts, *(one.path for one in step.captures), *(one.path for one in step.outputs)]
    found += [one.path for one in step.body.files]
    found += [value for run in step.runs for _, value in run.overrides]
    of_expectations = (text for one in step.expectations for text in (one.path, one.value))
    return found + [text for text in (*of_expectations, *(one.value for one in step.directives)) if text is not None]


def _schema_files(step: Step) -> Iterator[tuple[str, int]]:
    """The files of `# @expect schema FILE`, with their lines."""
    for one in step.expectations:
        if one.subject == "schema" and one.value is not None:
            text = one.value.text.strip().strip("\"'")
            path = text.partition("#")[0]
            if path and not text.startswith("{") and text not in ("true", "false"):
                yield path, one.at.line


def _files(step: Step) -> Iterator[FileReference]:
    """The files that the body of a step reads."""
    yield from step.body.files
    operation = operation_of(step) if step.body.pieces else None
    for piece in operation.query if operation is not None else ():
        if isinstance(piece, FileReference) and piece not in step.body.pieces:
            yield piece
