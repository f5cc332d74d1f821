"""From the ports of a run to the surroundings that a script is resolved in."""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from callbox.errors import UsageError
from callbox.replay.plan import Plan
from callbox.replay.ports import Ports
from callbox.replay.prompts import Prompts
from callbox.script.dynamic import Dynamics
from callbox.script.model import Script
from callbox.script.reference import names_of
from callbox.script.scope import Layer, Surroundings

_T = TypeVar("_T")
_ENTRY = re.compile(r"\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*=\s*(.*?)\s*\Z")


def surround(script: Script, ports: Ports, plan: Plan, prompts: Prompts, captures: Mapping[str, str]) -> Surroundings:
    """Layers in their order of precedence, files beside the script, and where dynamic variables draw from."""
    folder = os.path.dirname(script.name)
    dynamics = Dynamics(
        ports.now,
        ports.random,
        ports.env,
        lambda name: dotenv(folder, name, ports.read_file),
        ports.offset_s,
        os.path.abspath(folder),
        prompts.ask,
    )
    return Surroundings(
        script,
        names_of(script),
        dynamics,
        lambda path: beside(folder, path, ports.open_file),
        {},
        (Layer("--var", plan.variables), Layer("prompt", prompts.values)),
        (Layer("captured", captures),),
        plan.undefined,
        prompts.secret_names,
    )


def beside(folder: str, path: str, read: Callable[[str], _T]) -> _T:
    """What `read` gives for a path seen from the script's folder, else from the current one.

    Raises `UsageError` with the first of the two places where there is nothing in either.
    """
    try:
        return read(os.path.join(folder, path))
    except UsageError:
        if not folder or os.path.isabs(path):
            raise
        try:
            return read(path)
        except UsageError:
            pass
        raise


def dotenv(folder: str, name: str, read_file: Callable[[str], bytes]) -> str | None:
    """The entry of that name in the nearest `.env`, from the script's folder upward."""
    place = os.path.abspath(folder)
    while True:
        try:
            text = read_file(os.path.join(place, ".env")).decode("utf-8", "replace")
        except UsageError:
            parent = os.path.dirname(place)
            if parent == place:
                return None
            place = parent
            continue
        return read_dotenv(text).get(name)


def read_dotenv(text: str) -> dict[str, str]:
    """The entries of a `.env` file; a value may be quoted.

    >>> read_dotenv("A=1\\n# no\\nexport B='x y'")
    {'A': '1', 'B': 'x y'}
    """
    entries = {}
    for line in text.splitlines():
        match = _ENTRY.match(line)
        if match:
            value = match[2]
            is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
            entries[match[1]] = value[1:-1] if is_quoted else value.partition(" #")[0].rstrip()
    return entries
