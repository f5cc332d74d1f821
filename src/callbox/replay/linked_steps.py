"""`RunContext`: the steps of a script and of its imports by number, and the resolution context of each."""

from __future__ import annotations

import os.path
from bisect import insort
from collections.abc import Container, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from callbox.httpfile.model import RunCommand, Script, Step
from callbox.httpfile.source import Template
from callbox.httpfile.variables.dynamic import DynamicSources
from callbox.httpfile.variables.environments import ChosenEnvironments
from callbox.httpfile.variables.references import StepIndex, steps_by_name
from callbox.httpfile.variables.scope import Definitions, Expanded, Layer, ResolutionContext, capturing_steps_of
from callbox.replay.environment_files import find_dotenv
from callbox.replay.imports import LinkedScripts
from callbox.replay.plan import Plan
from callbox.replay.ports import ReplayPorts, beside_script
from callbox.replay.prompts import Prompts
from callbox.replay.scripts.script_analysis import names_set_by_scripts


def make_resolution_context(
    script: Script,
    ports: ReplayPorts,
    plan: Plan,
    prompts: Prompts,
    captures: Mapping[str, str],
    chosen: ChosenEnvironments = ChosenEnvironments(),
) -> ResolutionContext:
    """Make the input for resolving variables: layers by precedence, files beside the script, sources of dynamic values.

    `chosen` is what the environments give.
    """
    folder = os.path.dirname(script.name)
    sources = DynamicSources(
        ports.now,
        ports.random,
        ports.env,
        lambda name: find_dotenv(folder, name, plan, ports),
        ports.offset_s,
        "." if plan.is_sandboxed else os.path.abspath(folder),  # where a folder lies tells who its user is
        prompts.ask,
    )
    return ResolutionContext(
        script,
        steps_by_name(script),
        sources,
        beside_script(script.name, ports),
        {},
        (Layer("--var", plan.variables, True), Layer("prompt", prompts.values, True)),
        (Layer("captured", captures), Layer("set var", plan.shell_variables, True), *chosen.layers),
        plan.undefined,
        prompts.secret_names,
        plan.withheld_names,
    )


class CurrentCaptures(Mapping[str, str]):
    """The captures of a run, without those that a request was to give anew and did not."""

    def __init__(self, captures: Mapping[str, str], unset_names: Container[str]) -> None:
        self._captures = captures
        self._unset_names = unset_names

    def __getitem__(self, name: str) -> str:
        if name in self._unset_names:
            raise KeyError(name)
        return self._captures[name]

    def __contains__(self, name: object) -> bool:
        return name in self._captures and name not in self._unset_names

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._captures if name not in self._unset_names)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Invocation(NamedTuple):
    """A call of one step by another: `run #name (@a=1)`, `# @forceRef name`."""

    overrides: tuple[tuple[str, Template], ...]
    caller: Step
    outer: Invocation | None = None
    """By which call the caller itself is run."""


class RunContext(NamedTuple):
    """The steps of a script and of the files it imports."""

    steps: Mapping[int, Step]
    resolutions: Mapping[int, ResolutionContext]
    """The surroundings of each step's own file, by the step's number."""
    linked: LinkedScripts
    step_index: Sequence[StepIndex]
    """The steps of each file by their names."""

    def script_of(self, step: Step) -> Script:
        """The script that contains a step."""
        return self.resolutions[step.number].script

    def named(self, step: Step, name: str) -> Step | None:
        """The step that `name` means at this step: one of its own file, else of any other."""
        own = self.resolutions[step.number].step_index
        if own is not None and (found := own.at(name, step.number - 1)) is not None:
            return found
        return next((found for one in self.step_index if one is not own and (found := one.at(name)) is not None), None)

    def has_block(self, name: str) -> bool:
        """Whether a block of this name in any of the files has only variables and no request."""
        return any(name in script.blocks for script in self.linked.scripts)

    def targets(self, step: Step, run: RunCommand) -> tuple[Step, ...]:
        """The steps that a `run` line of this step names; none if there is no such name."""
        if run.is_file:
            index = self.linked.runs.get((self.script_of(step).name, run.target.at))
            return self.linked.scripts[index].steps if index is not None else ()
        found = self.named(step, run.target.text)
        return (found,) if found is not None else ()


def make_run_context(linked: LinkedScripts, main: ResolutionContext, ports: ReplayPorts) -> RunContext:
    """Make the run context of these scripts; `main` is the resolution context of the first."""
    every = tuple(step for script in linked.scripts for step in script.steps)
    capturing = capturing_steps_of(every)
    for script in linked.scripts:
        for step in script.steps:
            for name in names_set_by_scripts(step, script.name, ports, is_global=True) if step.handlers else ():
                insort(capturing.setdefault(name, []), step, key=attrgetter("number"))
    steps = {step.number: step for step in every}
    if len(linked.scripts) == 1:
        script = linked.scripts[0]
        own = StepIndex(script.steps)
        definitions = Definitions(script.variables)
        only = main._replace(capturing=capturing, step_index=own, steps=steps, definitions=definitions)
        return RunContext(steps, dict.fromkeys(steps, only), linked, (own,))
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
    return RunContext(steps, resolutions, linked, step_index)


def add_layers(
    resolution: ResolutionContext, overrides: Mapping[str, str | Expanded], scripted: Mapping[str, str | Expanded]
) -> ResolutionContext:
    """The resolution context of one request. Overrides of `run` rank below `--var`, values of scripts below prompts."""
    if not overrides and not scripted:
        return resolution
    first, *rest = resolution.above
    above = (first, Layer("run", overrides), *rest, Layer("script", scripted))
    return resolution._replace(above=above)
