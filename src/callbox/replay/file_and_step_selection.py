"""Find the `.http` files and the steps that a command line selects.

Steps are selected by name, position, line or tag.
"""

from __future__ import annotations

import os.path
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.exchange.redaction.secrets_by_name import redact_named
from callbox.exchange.redaction.unreadable_file_lines import redact_script_target
from callbox.httpfile.model import Script, Step
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.script_suffixes import is_script_name
from callbox.replay.file_and_system_access import ReplayPorts
from callbox.replay.run_options import LAST_STEP, Plan
from callbox.replay.sandbox import PATTERN, ScriptReader, fixed_folder, match_scripts
from callbox.spelling import hint


def public_label(step: Step) -> str:
    """The label of a step for people: its name, else its title, else method and URL, without credentials.

    For a curl command without a name, only the URL is shown, since any other word may be a password.
    """
    if step.name or step.title:
        return redact_named(step.label)
    if not step.command:
        return redact_named(
            f"{step.method} {redact_script_target(text.text for text in step.url)}".strip() or step.label
        )
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

    Raises `UsageError` for a position or a line without a request. A name without a match is not an error here, since
    another file may have the name (see `unmatched`).
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
        steps = tuple(step for step in steps if set(plan.tags) & step.tags)
    if plan.only is not None:
        path = os.path.abspath(script.name)
        steps = tuple(step for step in steps if (path, public_label(step)) in plan.only)
    return steps


def _chosen_numbers(script: Script, plan: Plan) -> set[int]:
    steps = script.steps
    chosen = {step.number for step in steps if any(_has_name(step, name) for name in plan.names)}
    for first, last in plan.ranges:
        if first > len(steps) or (last > len(steps) and last != LAST_STEP) or last < first:
            text = f"{first}" if first == last else f"{first}..{last}"
            raise UsageError(
                f"No request {text} in {script.name}",
                hint=f"number of requests in the file: {len(steps)}; to list the requests: --list",
            )
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
        raise UsageError(f"No request at line {line} of {script.name}", hint="to list the requests: --list")
    return step.number


def unmatched(scripts: Iterable[Script], names: Iterable[str]) -> Iterator[UsageError]:
    """An error for each name that no request of any script has, with the most similar known name."""
    steps = [step for script in scripts for step in script.steps]
    for name in names:
        if not any(_has_name(step, name) for step in steps):
            names = [text for step in steps for text in (step.name, step.title) if text]
            yield UsageError(f"No request is called '{name}'", hint=hint(name, names, "to list the requests: --list"))


def _has_name(step: Step, pattern: str) -> bool:
    return any(text and (text == pattern or fnmatchcase(text, pattern)) for text in (step.name, step.title, step.label))


def choose_steps(script: Script, plan: Plan, selection: Selection) -> tuple[Step, ...]:
    """The steps to run. Raises `UsageError` if there are none, unless the plan allows that."""
    selected = selection.checked()
    _check_selection(script, plan, selected)
    return selected


def _check_selection(script: Script, plan: Plan, selected: Sequence[Step]) -> None:
    """Raise `UsageError` if no step is selected, or if a named step is missing."""
    for error in unmatched([script], () if plan.allows_empty else plan.names):
        raise error
    for name in script.expanded & plan.variables.keys():
        hint = f"define {name} by another variable, and give the other variable a value"
        raise UsageError(f"'{name}' stands for header lines, so only {script.name} can define it", hint=hint)
    if not selected and not plan.allows_empty:
        if script.steps:
            tags = f" has the tag '{', '.join(plan.tags)}'" if plan.tags else " is selected"
            raise UsageError(
                f"No request of {script.name}{tags}",
                hint=f"number of requests in the file: {len(script.steps)}; to list the requests: --list",
            )
        raise UsageError(f"Nothing to run in {script.name}", hint="a request is a line such as: GET https://api.x/y")


STDIN = "-"

_SELECTED = re.compile(r"(.*\.(?:http|rest))([#:])(.+)\Z", re.DOTALL)


class ScriptTarget(NamedTuple):
    """A script to run, and the requests that its argument chooses."""

    script: Script
    plan: Plan


class SelectedScript(NamedTuple):
    """A script of a run, and the requests that are selected."""

    script: Script
    plan: Plan
    selection: Selection


def find_scripts(words: Sequence[str], ports: ReplayPorts, plan: Plan) -> Iterator[ScriptTarget | UsageError]:
    """The scripts that the arguments name, read and parsed. An argument that cannot be read becomes an error value.

    A folder means its `*.http` and `*.rest` files, sorted, also those of subfolders. `-` means the standard input,
    which `ports.read_file` returns for that name. `FILE#name` and `FILE:42` choose one request.
    """
    read = ScriptReader(ports, plan)
    for word in words:
        path, selection = _split_word(word)
        try:
            names = _paths(path, ports, plan)
        except UsageError as error:
            yield error
            continue
        folder = None if names == [path] else _folder_of(path)
        for name in names:
            try:
                script = parse(read(name, folder), name)
                yield ScriptTarget(script, selection(plan) if selection else plan)
            except UsageError as error:
                yield error


def check_files_exist(words: Sequence[str], ports: ReplayPorts, plan: Plan) -> None:
    """Raise `UsageError`, before anything is sent, for the first argument that is not a file, folder or pattern."""
    for word in words:
        path, _ = _split_word(word)
        if path != STDIN and not plan.is_sandboxed and _paths(path, ports, plan) == [path] and not ports.is_file(path):
            try:
                ports.read_file(path)
            except UsageError as error:
                if " " in path or not is_script_name(path):
                    error.hint = error.hint or f"to choose a request by its name: --name {shlex.quote(path)}"
                raise


def no_scripts() -> UsageError:
    """The error if no argument names a script."""
    return UsageError("No scripts to run", hint="name a .http file, or a folder with .http files")


NONE_FAILED = "No request of these files failed in the last run"


def nothing_selected(plan: Plan) -> UsageError:
    """The error if no script has a selected request."""
    if plan.only is not None:
        return UsageError(
            NONE_FAILED,
            hint="to run all requests: the same line without --only-failed",
        )
    tags = ", ".join(plan.tags)
    return UsageError(f"No request has the tag '{tags}'", hint="give a request a tag with: # @tag NAME")


def list_files(words: Sequence[str], ports: ReplayPorts, plan: Plan) -> Iterator[tuple[Script, tuple[Step, ...]]]:
    """For `--list`: every script with the steps that would run. Steps that run only as dependencies are left out.

    Raises `UsageError`, as a run would, if an argument matches no file or request, or if no request is selected.
    """
    targets = []
    for target in find_scripts(words, ports, plan):
        if isinstance(target, UsageError):
            raise target
        targets.append(target)
    selected = list(targets_to_run(targets, plan))
    selection = [(target.script, target.selection.checked()) for target in selected]
    if not plan.allows_empty:
        _check_listing(targets, selected, plan)
        if not any(steps for _, steps in selection):
            choose_steps(*selected[0])
    yield from selection


def _check_listing(targets: Sequence[ScriptTarget], selected: Sequence[SelectedScript], plan: Plan) -> None:
    """Raise `UsageError` if there is nothing to list, or if a named request is missing."""
    for scripts, names in [([t.script for t in targets], plan.names), *(([t.script], t.plan.names) for t in selected)]:
        for error in unmatched(scripts, names):
            raise error
    if not selected:
        raise nothing_selected(plan) if targets else no_scripts()


def targets_to_run(targets: Sequence[ScriptTarget], plan: Plan) -> Iterator[SelectedScript]:
    """The targets of the run with their selections.

    Files without a selected request are left out. In each target, names that only other files have are left out, too.
    Raises `UsageError` for a tag together with a position, or with a line that has no request.
    """
    for script, own_plan in targets:
        unmatched_names = [name for name in plan.names if list(unmatched([script], [name]))]
        narrowed = own_plan._replace(names=tuple(name for name in own_plan.names if name not in unmatched_names))
        if unmatched_names and not (narrowed.names or narrowed.ranges or narrowed.line is not None):
            continue
        selection = selection_of(script, narrowed)
        if (narrowed.tags or narrowed.only is not None) and not selection.checked():
            continue
        yield SelectedScript(script, narrowed, selection)


def _split_word(word: str) -> tuple[str, Callable[[Plan], Plan] | None]:
    match = _SELECTED.match(word)
    if match is None or (match[2] == ":" and not match[3].isdecimal()):
        return word, None
    mark, selection = match[2], match[3]
    if mark == ":":
        return match[1], lambda plan: plan._replace(line=int(selection[:9]))
    return match[1], lambda plan: plan._replace(names=(*plan.names, selection))


def script_paths(words: Sequence[str], ports: ReplayPorts, *, is_sandboxed: bool = False) -> Iterator[str]:
    """The files that the arguments name, which are not read here.

    In a sandbox, the search follows no symbolic links.
    """
    for word in words:
        yield from _paths(_split_word(word)[0], ports, Plan(allows_empty=True, is_sandboxed=is_sandboxed))


def _paths(path: str, ports: ReplayPorts, plan: Plan) -> list[str]:
    if path == STDIN:
        return [path]
    members = ports.list_folder(path)
    if members is not None:
        names = [name for name in members if is_script_name(name)]
        if not names and not plan.allows_empty:
            raise UsageError(f"No .http or .rest files in {path}")
        return names
    if PATTERN.search(path) and not ports.is_file(path):
        return _matched(path, ports, plan)
    return [path]


def _folder_of(path: str) -> str:
    """The folder at the start of an argument, before any pattern."""
    if os.path.isdir(os.path.expanduser(path)):
        return path
    return fixed_folder(path)


def _matched(pattern: str, ports: ReplayPorts, plan: Plan) -> list[str]:
    """The scripts that a pattern matches, if the system's shell did not expand it.

    A matching folder means the scripts in the folder.
    """
    found: list[str] = []
    for path in match_scripts(pattern, ports, plan):
        members = ports.list_folder(path)
        found += [path] if members is None else members
    names = [name for name in dict.fromkeys(found) if is_script_name(name)]
    if not names and not plan.allows_empty:
        raise UsageError(f"No .http or .rest files match {pattern}")
    return names
