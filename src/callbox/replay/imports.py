"""Link a script with the files that it imports or runs, and number all of their steps in one sequence."""

from __future__ import annotations

import os.path
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from callbox.errors import ScriptError, UsageError
from callbox.httpfile.diagnostics import place_of
from callbox.httpfile.model import Script, Variable
from callbox.httpfile.parser.script import parse
from callbox.httpfile.source import Position, Template
from callbox.replay.ports import ReplayPorts, beside_or_here

_MAX_FILES = 100


class LinkedScripts(NamedTuple):
    """The scripts of a run. Steps and variables of the others are renumbered to follow those of the first."""

    scripts: tuple[Script, ...]
    """The one that is run, then what it imports or runs, each once."""
    runs: Mapping[tuple[str, Position], int]
    """By script and place of a `run FILE` line: the index of that file's script; none where it is not there."""

    def shared(self, index: int) -> dict[str, Variable]:
        """The variables at the end of all other scripts. Those of the first script take precedence.

        Their places have no line: an error in such a value is shown where it is used.
        """
        found: dict[str, Variable] = {}
        for at in (*range(len(self.scripts) - 1, 0, -1), 0):
            if at != index:
                found |= {variable.name: _placeless(variable) for variable in self.scripts[at].variables}
        return found


def link(script: Script, ports: ReplayPorts) -> LinkedScripts:
    """Link a script with all scripts that it reaches. Raises `ScriptError` at an `import` of a missing file."""
    if not script.imports and not any(run.is_file for step in script.steps for run in step.runs):
        return LinkedScripts((script,), {})
    scripts = [script]
    index = {os.path.abspath(script.name): 0}
    runs: dict[tuple[str, Position], int] = {}
    for reached in scripts:  # grows while it is gone through
        for path, is_run in _paths(reached):
            name = _find(reached, path, ports, is_needed=not is_run)
            if name is None:
                continue  # `run` of a missing file is an error of its step alone
            key = os.path.abspath(name)
            if key not in index:
                if len(scripts) == _MAX_FILES:
                    raise _problem(reached, path, f"More than {_MAX_FILES} files are imported")
                index[key] = len(scripts)
                scripts.append(
                    _renumbered(parse(ports.read_file(name), name), sum(len(linked.steps) for linked in scripts))
                )
            if is_run:
                runs[reached.name, path.at] = index[key]
    return LinkedScripts(tuple(scripts), runs)


def _paths(script: Script) -> Iterator[tuple[Template, bool]]:
    yield from ((found.path, False) for found in script.imports)
    yield from ((run.target, True) for step in script.steps for run in step.runs if run.is_file)


def _find(script: Script, path: Template, ports: ReplayPorts, *, is_needed: bool) -> str | None:
    places = [os.path.normpath(place) for place in beside_or_here(script.name, path.text)]
    refusal = ""
    for place in places:
        try:
            if ports.is_file(place):
                return place
        except UsageError as error:  # a sandbox: this is outside
            refusal = refusal or error.message
    if is_needed:
        raise _problem(script, path, refusal or f"No such file: {places[0]}")
    return None


def _problem(script: Script, path: Template, message: str) -> ScriptError:
    return ScriptError(message, place=place_of(script, path.at, len(path.text)))


def _renumbered(script: Script, count: int) -> Script:
    return script._replace(
        steps=tuple(step._replace(number=step.number + count) for step in script.steps),
        variables=tuple(variable._replace(step=variable.step + count) for variable in script.variables),
    )


def _placeless(variable: Variable) -> Variable:
    return variable._replace(value=Template(variable.value.text, Position(0, 0, variable.value.at.offset)))
