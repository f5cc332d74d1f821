"""Build the `ResolutionContext` of a script from the ports, the plan and the environments of a run."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from callbox.errors import UsageError
from callbox.httpfile.model import Script
from callbox.httpfile.variables.dynamic import DynamicSources
from callbox.httpfile.variables.environments import ChosenEnvironments
from callbox.httpfile.variables.references import steps_by_name
from callbox.httpfile.variables.scope import FileBytes, Layer, ResolutionContext
from callbox.replay.environment_files import find_dotenv
from callbox.replay.plan import Plan
from callbox.replay.ports import ReplayPorts, beside_or_here
from callbox.replay.prompts import Prompts

_T = TypeVar("_T")


def make_resolution_context(
    script: Script,
    ports: ReplayPorts,
    plan: Plan,
    prompts: Prompts,
    captures: Mapping[str, str],
    chosen: ChosenEnvironments = ChosenEnvironments(),
) -> ResolutionContext:
    """Layers in their order of precedence, files beside the script, and where dynamic variables draw from.

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
        (Layer("captured", captures), *chosen.layers),
        plan.undefined,
        prompts.secret_names,
    )


def beside_script(name: str, ports: ReplayPorts) -> Callable[[str], FileBytes]:
    """Finds the files that the script of this name sends."""
    return lambda path: _first(beside_or_here(name, path), ports.open_file)


def _first(places: Iterator[str], read: Callable[[str], _T]) -> _T:
    """The result of `read` for the first path that exists. Raises the `UsageError` of the first where none has."""
    try:
        return read(next(places))
    except UsageError:
        for place in places:
            try:
                return read(place)
            except UsageError:
                continue
        raise
