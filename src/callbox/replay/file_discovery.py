"""Find the `.http` files that the arguments of a command line name, and list their requests."""

from __future__ import annotations

import os.path
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.httpfile.filenames import is_script_name
from callbox.httpfile.model import Script, Step
from callbox.httpfile.parser.script import parse
from callbox.replay.ports import ReplayPorts
from callbox.replay.run_options import Plan
from callbox.replay.sandbox import PATTERN, ScriptReader, fixed_folder, match_scripts
from callbox.replay.step_selection import Selection, choose_steps, selection_of, unmatched

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
    """Raise `UsageError` for the first argument that names no file, folder or pattern, before anything is sent."""
    for word in words:
        path, _ = _split_word(word)
        if path != STDIN and not plan.is_sandboxed and _paths(path, ports, plan) == [path] and not ports.is_file(path):
            try:
                ports.read_file(path)
            except UsageError as error:
                if " " in path or not is_script_name(path):
                    error.hint = error.hint or f"a request by its name: --name {shlex.quote(path)}"
                raise


def no_scripts() -> UsageError:
    """The error if no argument names a script."""
    return UsageError("No scripts to run", hint="name a .http file, or a folder with some")


def nothing_selected(plan: Plan) -> UsageError:
    """The error if no script has a selected request."""
    if plan.only is not None:
        return UsageError(
            "No request of these files failed in the last run",
            hint="run all of them: the same line without --only-failed",
        )
    tags = ", ".join(plan.tags)
    return UsageError(f"No request has the tag '{tags}'", hint="a request gets a tag by: # @tag NAME")


def list_files(words: Sequence[str], ports: ReplayPorts, plan: Plan) -> Iterator[tuple[Script, tuple[Step, ...]]]:
    """For `--list`: every script and the steps that would run, without dependencies.

    Raises `UsageError` as the run would: for the first argument that names nothing, and if no request would run.
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

    Files without a selected request are left out, and so are names that only other files have. Raises `UsageError` for
    a tag together with a position, or with a line that has no request.
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
