"""What is to be run of a script, and by which policy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.script.model import Script, Step

Range = tuple[int, int]

_RANGE = re.compile(r"(\d+)(?:\s*\.\.\s*(\d+)?)?\Z")
_END = 1_000_000_000


class Plan(NamedTuple):
    """The choices of one run; each has its row in the table of `callbox.replay.options`."""

    names: tuple[str, ...] = ()
    """Globs over names and titles; a request is run when one matches."""
    ranges: tuple[Range, ...] = ()
    """1-based positions in the file, both ends included."""
    line: int = 0
    """Run the request whose block holds this 1-based line; 0 for no such choice."""
    variables: Mapping[str, str] = {}
    """They win over everything that the script says."""
    answers: Mapping[str, str] = {}
    """Answers to `# @prompt` and `# @secret`."""
    options: Mapping[str, object] = {}
    """Options of the session for each request, values parsed."""
    is_dry_run: bool = False
    bail: int = 0
    """Stop after so many requests that did not go well; 0 for never."""
    fail_on: str = "4xx,5xx"
    """Statuses that fail a request which expects none itself; empty for none."""
    undefined: str = "error"
    """What an undefined variable is: `error`, `keep` or `empty`."""
    has_auto_deps: bool = True
    """Run first what a request refers to."""
    allows_empty: bool = False
    """Nothing to run is no error."""
    stages: tuple[str, ...] = ()
    """The environments that were chosen by name, the last the strongest."""
    env_file: str = ""
    """Read in place of the environment files that lie about."""
    private_env_file: str = ""
    variable_files: tuple[str, ...] = ()
    """Files of `name=value` lines, or of JSON; `callbox.replay.environments.complete` reads them."""
    secret_files: tuple[str, ...] = ()
    secret_names: frozenset[str] = frozenset()
    """Variables whose values are masked wherever they are shown."""
    is_sandboxed: bool = False
    """The files are not trusted: no scripts, nothing outside of their folder, no environment."""


def read_ranges(text: str) -> tuple[Range, ...]:
    """The positions that `3,5..7` means. Raises `UsageError` for anything else.

    >>> read_ranges("3,5..7"), read_ranges("4..")[0][0]
    (((3, 3), (5, 7)), 4)
    """
    ranges = []
    for word in text.split(","):
        match = _RANGE.match(word.strip())
        low = int(match[1][:9]) if match else 0
        if match is None or low == 0:
            raise UsageError(f"'{word.strip()}' is no position in a script", hint="such as 3, 2..5 or 3,5..7")
        high = low if ".." not in word else int(match[2][:9]) if match[2] else _END
        ranges.append((low, high))
    return tuple(ranges)


def pick(plan: Plan, word: str) -> Plan:
    """The plan with one more word of choice: `:42` a line, `2..5` positions, else a name.

    >>> pick(Plan(), "2..3").ranges, pick(Plan(), ":9").line, pick(Plan(), "log*").names
    (((2, 3),), 9, ('log*',))
    """
    if word.startswith(":") and word[1:].isdecimal():
        return plan._replace(line=int(word[1:10]))
    if _RANGE.match(word.partition(",")[0].strip()):
        return plan._replace(ranges=(*plan.ranges, *read_ranges(word)))
    return plan._replace(names=(*plan.names, word.removeprefix("#")))


def select_steps(script: Script, plan: Plan) -> tuple[Step, ...]:
    """The steps that the plan chooses, in the order of the file; without a choice all of them.

    Raises `UsageError` for a position or a line where there is no request. A name that matches nothing is no error
    here: another file may have it (`unmatched` tells).
    """
    steps = script.steps
    if not (plan.names or plan.ranges or plan.line):
        return steps
    chosen = {step.number for step in steps if any(_is_called(step, name) for name in plan.names)}
    for low, high in plan.ranges:
        if low > len(steps) or (high > len(steps) and high != _END) or high < low:
            text = f"{low}" if low == high else f"{low}..{high}"
            raise UsageError(f"No request {text} in {script.name}", hint=f"it has {len(steps)}: --list shows them")
        chosen |= set(range(low, min(high, len(steps)) + 1))
    if plan.line:
        step = script.step_at(plan.line)
        if step is None:
            raise UsageError(f"No request at line {plan.line} of {script.name}", hint="--list shows the lines")
        chosen.add(step.number)
    return tuple(step for step in steps if step.number in chosen)


def unmatched(scripts: Iterable[Script], names: Iterable[str]) -> Iterator[UsageError]:
    """An error for each name that no request of any script has, with the nearest that there is."""
    steps = [step for script in scripts for step in script.steps]
    for name in names:
        if not any(_is_called(step, name) for step in steps):
            known = [text for step in steps for text in (step.name, step.title) if text]
            near = get_close_matches(name, known, 1)
            hint = f"Did you mean '{near[0]}'?" if near else "--list shows the requests"
            yield UsageError(f"No request is called '{name}'", hint=hint)


def _is_called(step: Step, pattern: str) -> bool:
    return any(text and (text == pattern or fnmatchcase(text, pattern)) for text in (step.name, step.title, step.label))
