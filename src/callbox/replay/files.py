"""Many files: which scripts the words of a command line mean, and one fresh session for each of them.

`callbox replay FILE.. FOLDER.. FILE#name FILE:42 -` ends here; results come out file by file, in order.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from callbox.errors import Interrupted, UsageError
from callbox.replay.plan import Plan, select_steps, unmatched
from callbox.replay.ports import Ports, Sender
from callbox.replay.run import replay
from callbox.report.result import Result
from callbox.script.model import Script, Step
from callbox.script.parse import parse

STDIN = "-"
_SUFFIXES = (".http", ".rest")
_PICKED = re.compile(r"(.*\.(?:http|rest))([#:])(.+)\Z", re.DOTALL)


class Target(NamedTuple):
    """One script to run, and what was chosen of it by the word that named it."""

    script: Script
    plan: Plan


def find_scripts(words: Sequence[str], ports: Ports, plan: Plan) -> Iterator[Target | UsageError]:
    """The scripts that the words mean, read and parsed; an error for each that cannot be.

    A folder means its `*.http` and `*.rest` files, sorted, those of its folders too; `-` means standard input,
    which `ports.read_file` gives for that name; `FILE#name` and `FILE:42` choose one request.
    """
    for word in words:
        path, chosen = _split(word)
        try:
            for name in _paths(path, ports):
                script = parse(ports.read_file(name), name)
                yield Target(script, chosen(plan) if chosen else plan)
        except UsageError as error:
            yield error


def run_files(
    words: Sequence[str],
    ports: Ports,
    make_session: Callable[[], contextlib.AbstractContextManager[Sender]],
    plan: Plan,
) -> Iterator[Result]:
    """The results of every request of every file. Each file has a session, a jar and captures of its own.

    A file that is wrong gives error results and is not sent; the others run. `make_session` gives a session as a
    context manager, which is closed when its file is done.
    """
    found = list(find_scripts(words, ports, plan))
    targets = [target for target in found if isinstance(target, Target)]
    errors = [error for error in found if isinstance(error, UsageError)]
    unknown = list(unmatched([target.script for target in targets], plan.names)) if targets else []
    if not found and not plan.allows_empty:
        errors.append(UsageError("No scripts to run", hint="name a .http file, or a folder that holds some"))
    yield from (Result("", "error", error=error) for error in (*errors, *unknown))
    for target in _fitting(targets, plan.names) if not unknown else ():
        with make_session() as session:
            for result in replay(target.script, session, ports, target.plan):
                yield result
                if isinstance(result.error, Interrupted):
                    return


def list_files(words: Sequence[str], ports: Ports, plan: Plan) -> Iterator[tuple[Script, tuple[Step, ...]]]:
    """For `--list`: every script and the steps that would run, without dependencies.

    Raises `UsageError` for the first word that means nothing.
    """
    for target in find_scripts(words, ports, plan):
        if isinstance(target, UsageError):
            raise target
        yield target.script, select_steps(target.script, target.plan)


def _fitting(targets: Sequence[Target], names: Sequence[str]) -> Iterator[Target]:
    """The targets without those names of the command line that only other files have, and without idle files."""
    for script, plan in targets:
        foreign = [name for name in names if list(unmatched([script], [name]))]
        kept = plan._replace(names=tuple(name for name in plan.names if name not in foreign))
        if not foreign or kept.names or kept.ranges or kept.line:
            yield Target(script, kept)


def _split(word: str) -> tuple[str, Callable[[Plan], Plan] | None]:
    match = _PICKED.match(word)
    if match is None or (match[2] == ":" and not match[3].isdecimal()):
        return word, None
    mark, chosen = match[2], match[3]
    if mark == ":":
        return match[1], lambda plan: plan._replace(line=int(chosen[:9]))
    return match[1], lambda plan: plan._replace(names=(*plan.names, chosen))


def _paths(path: str, ports: Ports) -> list[str]:
    if path == STDIN:
        return [path]
    inside = ports.list_folder(path)
    if inside is None:
        return [path]
    names = [name for name in inside if name.endswith(_SUFFIXES)]
    if not names:
        raise UsageError(f"No .http or .rest files in {path}")
    return names
