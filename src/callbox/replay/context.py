"""All that one run of a script reaches: its steps by number, and the surroundings that each is resolved in."""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from callbox.httpfile.model import RunCommand, Script, Step
from callbox.httpfile.positions import Template
from callbox.httpfile.variables.references import Called, names_of
from callbox.httpfile.variables.scope import Definitions, Expanded, Layer, Surroundings, capturing_of
from callbox.replay.imports import LinkedScripts
from callbox.replay.ports import ReplayPorts
from callbox.replay.resolution import beside_script
from callbox.replay.scripts import set_by_scripts


class Invocation(NamedTuple):
    """That a step is run by another: `run #name (@a=1)`, `# @forceRef name`."""

    overrides: tuple[tuple[str, Template], ...]
    caller: Step
    outer: Invocation | None = None
    """By which call the caller itself is run."""


class Program(NamedTuple):
    """The steps of a script and of the files it imports."""

    steps: Mapping[int, Step]
    homes: Mapping[int, Surroundings]
    """The surroundings of each step's own file, by the step's number."""
    linked: LinkedScripts
    called: Sequence[Called]
    """The steps of each file by their names."""

    def script_of(self, step: Step) -> Script:
        """The file that a step stands in."""
        return self.homes[step.number].script

    def named(self, step: Step, name: str) -> Step | None:
        """The step that `name` means where this step stands: of its own file, else of any other."""
        own = self.homes[step.number].called
        if own is not None and (found := own.at(name, step.number - 1)) is not None:
            return found
        return next((found for one in self.called if one is not own and (found := one.at(name)) is not None), None)

    def targets(self, step: Step, run: RunCommand) -> tuple[Step, ...]:
        """The steps that a `run` line of this step means; none where there is no such name."""
        if run.is_file:
            index = self.linked.runs.get((self.script_of(step).name, run.target.at))
            return self.linked.scripts[index].steps if index is not None else ()
        found = self.named(step, run.target.text)
        return (found,) if found is not None else ()


def make_program(linked: LinkedScripts, main: Surroundings, ports: ReplayPorts) -> Program:
    """The program of these scripts; `main` are the surroundings of the first."""
    every = tuple(step for script in linked.scripts for step in script.steps)
    capturing = capturing_of(every)
    for script in linked.scripts:
        for step in script.steps:
            for name in set_by_scripts(step, script.name, ports, is_global=True) if step.handlers else ():
                insort(capturing.setdefault(name, []), step, key=attrgetter("number"))
    if len(linked.scripts) == 1:
        script = linked.scripts[0]
        own = Called(script.steps)
        only = main._replace(capturing=capturing, called=own, definitions=Definitions(script.variables))
        homes = dict.fromkeys((step.number for step in script.steps), only)
        return Program({step.number: step for step in script.steps}, homes, linked, (own,))
    names = {name: step for script in reversed(linked.scripts) for name, step in names_of(script).items()}
    called = tuple(Called(script.steps) for script in linked.scripts)
    homes = {}
    for index, script in enumerate(linked.scripts):
        shared = linked.shared(index)
        home = main._replace(
            script=script,
            names={**names, **names_of(script)},
            open_file=beside_script(script.name, ports),
            shared=shared,
            capturing=capturing,
            called=called[index],
            definitions=Definitions(script.variables, shared),
        )
        homes |= {step.number: home for step in script.steps}
    return Program({step.number: step for step in every}, homes, linked, called)


def layered(
    surroundings: Surroundings, overrides: Mapping[str, str | Expanded], scripted: Mapping[str, str | Expanded]
) -> Surroundings:
    """The surroundings of one sending: what `run` overrides stands below `--var`, what a script set below prompts."""
    if not overrides and not scripted:
        return surroundings
    first, *rest = surroundings.above
    above = (first, Layer("run", overrides), *rest, Layer("script", scripted))
    return surroundings._replace(above=above)
