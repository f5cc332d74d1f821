"""Link a script with the files that it imports, and number their steps. Each step has the context of its own file."""

from __future__ import annotations

import os.path
from bisect import insort
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from callbox.errors import ScriptError, UsageError
from callbox.exchange.template_braces import holes, split
from callbox.httpfile.model import RunCommand, Script, Step, Variable
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.source_and_diagnostics import Position, Template, place_of
from callbox.httpfile.variables.response_references import StepIndex, steps_by_name
from callbox.httpfile.variables.variable_scope import Definitions, ResolutionContext, capturing_steps_of
from callbox.replay.file_and_system_access import ReplayPorts, beside_or_here, beside_script, output_path
from callbox.replay.javascript.module_linker_and_analysis import ScriptSources, names_set_by_scripts

_MAX_FILES = 100


class PathVariables(NamedTuple):
    """The variables, besides those of the script, that the path of an `import` or `run` line may use."""

    given: Mapping[str, str] = {}
    """The variables of the command line. They override those of the script."""
    read_environments: Callable[[], Mapping[str, str]] = dict
    """Reads the variables of the environments, which those of the script override. It is called only if a path needs
    them.
    """


class LinkedScripts(NamedTuple):
    """The scripts of a run.

    The steps and variables of imported scripts have higher numbers than those of the first script.
    """

    scripts: tuple[Script, ...]
    """The script of the run first, then the scripts that it imports or runs, each once."""
    runs: Mapping[tuple[str, Position], int]
    """The index of the script that a `run FILE` line names, by the script and place of the line.

    If the file does not exist, there is no entry.
    """

    def shared(self, index: int) -> dict[str, Variable]:
        """The variables at the end of all other scripts. Variables of the first script override them.

        Their places have no line, so an error in a value is shown where the value is used.
        """
        found: dict[str, Variable] = {}
        for at in (*range(len(self.scripts) - 1, 0, -1), 0):
            if at != index:
                found |= {variable.name: _placeless(variable) for variable in self.scripts[at].variables}
        return found

    def has_any(self, paths: Container[str]) -> bool:
        """Whether the real path of a linked file is among these paths."""
        return any(os.path.realpath(os.path.expanduser(script.name)) in paths for script in self.scripts[1:])


ParseFile = Callable[[bytes, str], Script]
"""Parses the bytes of a `.http` file; the second argument is its name."""


def link(
    script: Script, ports: ReplayPorts, parse_file: ParseFile = parse, *, variables: PathVariables = PathVariables()
) -> LinkedScripts:
    """Link a script with all scripts that it imports or runs. A path may use `variables` and those of the script.
    Raises `ScriptError` at an `import` of a missing file.
    """
    if not script.imports and not any(run.is_file for step in script.steps for run in step.runs):
        return LinkedScripts((script,), {})
    scripts = [script]
    index = {os.path.abspath(script.name): 0}
    runs: dict[tuple[str, Position], int] = {}
    for reached in scripts:  # the loop adds scripts to the list over which it iterates
        for path, is_run in _paths(reached):
            name = _find(reached, path, ports, variables, is_needed=not is_run)
            if name is None:
                continue  # a `run` line with a missing file is only an error of its step
            key = os.path.abspath(name)
            if key not in index:
                if len(scripts) == _MAX_FILES:
                    raise _problem(reached, path, UsageError(f"More than {_MAX_FILES} files are imported"))
                index[key] = len(scripts)
                try:
                    data = ports.read_file(name)
                except UsageError as error:
                    raise _problem(reached, path, error) from None
                scripts.append(_renumbered(parse_file(data, name), sum(len(linked.steps) for linked in scripts)))
            if is_run:
                runs[reached.name, path.at] = index[key]
    return LinkedScripts(tuple(scripts), runs)


def link_if_complete(
    script: Script, ports: ReplayPorts, parse_file: ParseFile = parse, *, variables: PathVariables = PathVariables()
) -> LinkedScripts | None:
    """Link a script with all scripts that it imports or runs; None if a file is missing, since the run reports this."""
    try:
        return link(script, ports, parse_file, variables=variables)
    except UsageError:
        return None


def _paths(script: Script) -> Iterator[tuple[Template, bool]]:
    yield from ((found.path, False) for found in script.imports)
    yield from ((run.target, True) for step in script.steps for run in step.runs if run.is_file)


def fill_path(script: Script, path: Template, variables: PathVariables = PathVariables()) -> str:
    """The path of an `import` or `run` line, with its variables filled in if their values are fixed. The command line
    overrides the script, and the script overrides the environments. The files of a run are found before its first
    request, so variables without a fixed value stay as they are written.
    """
    if "{{" not in path.text:
        return path.text
    own = {**{variable.name: variable.value.text for variable in script.variables}, **variables.given}
    if any(hole.expression not in own for hole in holes(path.text)):
        own = {**variables.read_environments(), **own}
    fixed = {name: value for name, value in own.items() if not holes(value)}
    return "".join(
        piece if isinstance(piece, str) else fixed.get(piece.expression, path.text[piece.start : piece.end])
        for piece in split(path.text)
    )


def missing_file(script: Script, path: Template, variables: PathVariables = PathVariables()) -> UsageError:
    """The error for the path of an `import` or `run` line that names no file, with the reason.

    The reason may be a variable in the path that has no fixed value.
    """
    filled = fill_path(script, path, variables)
    if unknown := holes(filled):
        name = unknown[0].expression
        message = f"No variable of this file or its environment has the name '{name}' and a fixed value"
        return UsageError(
            message,
            hint=f"Write the path without variables, add a line @{name} = folder/, or give --var {name}=folder/",
        )
    return UsageError(f"No such file: {os.path.normpath(next(iter(beside_or_here(script.name, filled))))}")


def _find(
    script: Script, path: Template, ports: ReplayPorts, variables: PathVariables, *, is_needed: bool
) -> str | None:
    refusal: UsageError | None = None
    for place in map(os.path.normpath, beside_or_here(script.name, fill_path(script, path, variables))):
        try:
            if ports.is_file(place):
                return place
        except UsageError as error:  # the file is outside of the sandbox
            refusal = refusal or UsageError(error.message)
    if is_needed:
        raise _problem(script, path, refusal or missing_file(script, path, variables))
    return None


def _problem(script: Script, path: Template, error: UsageError) -> ScriptError:
    return ScriptError(error.message, hint=error.hint, place=place_of(script, path.at, len(path.text)))


def _renumbered(script: Script, count: int) -> Script:
    return script._replace(
        steps=tuple(step._replace(number=step.number + count) for step in script.steps),
        variables=tuple(variable._replace(step=variable.step + count) for variable in script.variables),
    )


def _placeless(variable: Variable) -> Variable:
    return variable._replace(value=Template(variable.value.text, Position(0, 0, variable.value.at.offset)))


class Invocation(NamedTuple):
    """A call of one step by another, by `run #name (@a=1)` or `# @forceRef name`."""

    overrides: tuple[tuple[str, Template], ...]
    caller: Step
    outer: Invocation | None = None
    """The call by which the caller itself is run; None if no step calls it."""


class LinkedSteps(NamedTuple):
    """The steps of a script and of the files that it imports."""

    steps: Mapping[int, Step]
    resolutions: Mapping[int, ResolutionContext]
    """The resolution context of each step's own file, by the number of the step."""
    linked: LinkedScripts
    step_index: Sequence[StepIndex]
    """The steps of each file by their names."""
    sources: ScriptSources
    """The JavaScript of the script and of its imported files."""

    def script_of(self, step: Step) -> Script:
        """The script that contains a step."""
        return self.resolutions[step.number].script

    def named(self, step: Step, name: str) -> Step | None:
        """The step that `name` means in a reference at this step.

        A step of the same file wins over steps of other files.
        """
        own = self.resolutions[step.number].step_index
        if own is not None and (found := own.at(name, step.number - 1)) is not None:
            return found
        return next((found for one in self.step_index if one is not own and (found := one.at(name)) is not None), None)

    def has_block(self, name: str) -> bool:
        """Whether a block of this name in any of the files has only variables and no request."""
        return any(name in script.blocks for script in self.linked.scripts)

    def targets(self, step: Step, run: RunCommand) -> tuple[Step, ...]:
        """The steps that a `run` line of this step names; none if no step has the name."""
        if run.is_file:
            index = self.linked.runs.get((self.script_of(step).name, run.target.at))
            return self.linked.scripts[index].steps if index is not None else ()
        found = self.named(step, run.target.text)
        return (found,) if found is not None else ()


def make_linked_steps(
    linked: LinkedScripts, main: ResolutionContext, ports: ReplayPorts, written: Container[str] = ()
) -> LinkedSteps:
    """Prepare these scripts for a run. `main` is the resolution context of the first script.

    `written` has the real paths of the files that the run writes.
    """
    sources = ScriptSources(ports, written)
    every = tuple(step for script in linked.scripts for step in script.steps)
    capturing = capturing_steps_of(every)
    for script in linked.scripts:
        for step in script.steps:
            for name in names_set_by_scripts(step, script.name, sources, is_global=True) if step.handlers else ():
                insort(capturing.setdefault(name, []), step, key=attrgetter("number"))
    steps = {step.number: step for step in every}
    if len(linked.scripts) == 1:
        script = linked.scripts[0]
        own = StepIndex(script.steps)
        definitions = Definitions(script.variables)
        only = main._replace(capturing=capturing, step_index=own, steps=steps, definitions=definitions)
        return LinkedSteps(
            steps=steps, resolutions=dict.fromkeys(steps, only), linked=linked, step_index=(own,), sources=sources
        )
    names = {name: step for script in reversed(linked.scripts) for name, step in steps_by_name(script).items()}
    step_index = tuple(StepIndex(script.steps) for script in linked.scripts)
    resolutions: dict[int, ResolutionContext] = {}
    for index, script in enumerate(linked.scripts):
        shared = linked.shared(index)
        resolution = main._replace(
            script=script,
            names={**names, **steps_by_name(script)},
            open_file=beside_script(script.name, ports),
            shared=shared,
            capturing=capturing,
            step_index=step_index[index],
            steps=steps,
            definitions=Definitions(script.variables, shared),
        )
        resolutions |= {step.number: resolution for step in script.steps}
    return LinkedSteps(steps=steps, resolutions=resolutions, linked=linked, step_index=step_index, sources=sources)


def outputs_of(linked: LinkedScripts) -> Iterator[str]:
    """The output files of the scripts, without those whose names have variables. An earlier run may have written these
    files.
    """
    for script in linked.scripts:
        for step in script.steps:
            for output in step.outputs:
                if output.mark != "<>" and not holes(output.path.text):
                    yield output_path(script.name, output.path.text)
