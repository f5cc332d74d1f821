"""Select the steps of a script by name, position, line or tag."""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.exchange.redaction.text import redact_named
from callbox.httpfile.model import Script, Step
from callbox.replay.run_options import LAST_STEP, Plan
from callbox.spelling import hint


def public_label(step: Step) -> str:
    """The label of a step for people: its name, else its title, else method and URL, without credentials.

    A curl command without a name is shown as its URL alone, since any other word may be a password.
    """
    if step.name or step.title or not step.command:
        return redact_named(step.label)
    url = next((word.strip("'\"") for word in step.label.split() if "://" in word), f"#{step.number}")
    return redact_named(f"curl {url}")


class Selection(NamedTuple):
    """The steps of a script that a plan selects, or an error if a position or a line has no request."""

    steps: tuple[Step, ...] = ()
    error: UsageError | None = None

    def checked(self) -> tuple[Step, ...]:
        """The selected steps. Raises the error if there is one."""
        if self.error is not None:
            raise self.error
        return self.steps


def selection_of(script: Script, plan: Plan) -> Selection:
    """The steps of a script that a plan selects.

    An error is part of the result, so that it is reported when the file is run.
    """
    try:
        return Selection(select_steps(script, plan))
    except UsageError as error:
        return Selection(error=error)


def select_steps(script: Script, plan: Plan) -> tuple[Step, ...]:
    """The steps that the plan selects, in the order of the file. A plan without a selection selects all steps.

    Raises `UsageError` for a position or a line without a request. A name without a match is no error here, since
    another file may have it (see `unmatched`).
    """
    steps = script.steps
    if plan.names or plan.ranges or plan.line is not None:
        chosen = _chosen_numbers(script, plan)
        steps = tuple(step for step in steps if step.number in chosen)
    if plan.first or plan.last:
        first = _position_of(script, plan.first) if plan.first else 1
        last = _position_of(script, plan.last) if plan.last else len(script.steps)
        if first > last and plan.first and plan.last:
            raise UsageError(f"'{plan.first}' is after '{plan.last}' in {script.name}", hint="swap --from and --to")
        steps = tuple(step for step in steps if first <= step.number <= last)
    if plan.tags:
        steps = tuple(step for step in steps if set(plan.tags) & tags_of(step))
    if plan.only is not None:
        path = os.path.abspath(script.name)
        steps = tuple(step for step in steps if (path, public_label(step)) in plan.only)
    return steps


def tags_of(step: Step) -> set[str]:
    """The tags of a step, from `# @tag smoke, slow`."""
    texts = [
        directive.value.text for directive in step.directives if directive.name == "tag" and directive.value is not None
    ]
    return {word for text in texts for word in re.split(r"[,\s]+", text) if word}


def _chosen_numbers(script: Script, plan: Plan) -> set[int]:
    steps = script.steps
    chosen = {step.number for step in steps if any(_has_name(step, name) for name in plan.names)}
    for first, last in plan.ranges:
        if first > len(steps) or (last > len(steps) and last != LAST_STEP) or last < first:
            text = f"{first}" if first == last else f"{first}..{last}"
            raise UsageError(f"No request {text} in {script.name}", hint=f"it has {len(steps)}: --list shows them")
        chosen |= set(range(first, min(last, len(steps)) + 1))
    if plan.line is not None:
        chosen.add(_at_line(script, plan.line))
    return chosen


def _position_of(script: Script, word: str) -> int:
    """The position of the request that `--from` or `--to` names."""
    if word[:1] == ":" and word[1:].isdecimal():
        return _at_line(script, int(word[1:10]))
    if word.isdecimal() and 0 < int(word[:9]) <= len(script.steps):
        return int(word[:9])
    for error in unmatched([script], [word]):
        raise error
    return next(step.number for step in script.steps if _has_name(step, word))


def _at_line(script: Script, line: int) -> int:
    step = script.step_at(line)
    if step is None:
        raise UsageError(f"No request at line {line} of {script.name}", hint="--list shows the lines")
    return step.number


def unmatched(scripts: Iterable[Script], names: Iterable[str]) -> Iterator[UsageError]:
    """An error for each name that no request of any script has, with the most similar known name."""
    steps = [step for script in scripts for step in script.steps]
    for name in names:
        if not any(_has_name(step, name) for step in steps):
            names = [text for step in steps for text in (step.name, step.title) if text]
            yield UsageError(f"No request is called '{name}'", hint=hint(name, names, "--list shows the requests"))


def _has_name(step: Step, pattern: str) -> bool:
    return any(text and (text == pattern or fnmatchcase(text, pattern)) for text in (step.name, step.title, step.label))


def choose_steps(script: Script, plan: Plan, selection: Selection) -> tuple[Step, ...]:
    """The steps to run. Raises `UsageError` if there are none although some are required."""
    selected = selection.checked()
    _check_selection(script, plan, selected)
    return selected


def _check_selection(script: Script, plan: Plan, selected: Sequence[Step]) -> None:
    """Raise `UsageError` if the steps to run are none, or a named one is missing."""
    for error in unmatched([script], () if plan.allows_empty else plan.names):
        raise error
    for name in script.expanded & plan.variables.keys():
        hint = f"define {name} by another variable, and give that one a value"
        raise UsageError(f"'{name}' holds header lines: only {script.name} can define them", hint=hint)
    if not selected and not plan.allows_empty:
        if script.steps:
            tags = f" carries the tag '{', '.join(plan.tags)}'" if plan.tags else " is selected"
            raise UsageError(f"No request of {script.name}{tags}", hint=f"it has {len(script.steps)}")
        raise UsageError(f"Nothing to run in {script.name}", hint="a request is a line such as: GET https://api.x/y")
