"""`Plan`: the options of one run, and the selection of a script's steps by them."""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

from callbox.engine.options import route_options
from callbox.errors import UsageError
from callbox.exchange.request import Draft
from callbox.exchange.text_redaction import redact_named
from callbox.httpfile.model import Script, Step
from callbox.spelling import hint


def public_label(step: Step) -> str:
    """Its name, else its title, else method and URL, without credentials.

    Of a curl command that has no name only the URL is said: any other word of it may be a password.
    """
    if step.name or step.title or not step.command:
        return redact_named(step.label)
    url = next((word.strip("'\"") for word in step.label.split() if "://" in word), f"#{step.number}")
    return redact_named(f"curl {url}")


Range = tuple[int, int]

_RANGE = re.compile(r"(\d+)(?:\s*\.\.\s*(\d+)?)?\Z")
_LAST = 1_000_000_000


class Plan(NamedTuple):
    """The choices of one run; each has its row in the table of `callbox.replay.options`."""

    names: tuple[str, ...] = ()
    """Globs over names and titles; a request is run when one matches."""
    ranges: tuple[Range, ...] = ()
    """1-based positions in the file, both ends included."""
    line: int | None = None
    """Run the request whose block holds this 1-based line."""
    variables: Mapping[str, str] = {}
    """They win over everything that the script says."""
    answers: Mapping[str, str] = {}
    """Answers to `# @prompt` and `# @secret`."""
    options: Mapping[str, object] = {}
    """Options of the session for each request, values parsed."""
    file_options: frozenset[str] = frozenset()
    """The names of those that a file of environments said, and not the user."""
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
    """Files of `name=value` lines, or of JSON; `callbox.replay.environment_files.complete` reads them."""
    secret_files: tuple[str, ...] = ()
    secret_names: frozenset[str] = frozenset()
    """Variables whose values are redacted wherever they are shown."""
    tags: tuple[str, ...] = ()
    """Requests that carry one of these."""
    first: str = ""
    """Begin with the request of this name, position or `:line`."""
    last: str = ""
    """End with that one."""
    only: frozenset[tuple[str, str]] | None = None
    """Pairs of a file's whole path and a request's label, where only these are to be run."""
    retries: int = 0
    """Further attempts for a request that did not go well."""
    retry_interval_s: float = 0.5
    retry_on: str = "network,5xx,expect"
    delay_s: float = 0.0
    """The pause between requests."""
    rate: float = 0.0
    """Requests in a second, over all files; 0 for no limit."""
    repeat: int = 1
    seed: int | None = None
    """Shuffle the requests of each file by this number."""
    deadline_s: float = 0.0
    """Seconds for the whole run; 0 for no limit."""
    jobs: int = 1
    """Files that run at once."""
    shares_session: bool = False
    """One session, jar and captures for all files."""
    cookie_jar: str = ""
    """A cookies.txt that sessions begin with and leave behind."""
    record: str = ""
    """A folder to keep the answers in."""
    compare: str = ""
    """A folder of answers that these must be equal to."""
    ignored: tuple[str, ...] = ()
    """What is not compared: `header:NAME`, a path such as `$.items[*].id`, `body`."""
    is_sandboxed: bool = False
    """The files are not trusted: no scripts, nothing outside of their folder, no environment."""
    sandbox_output: str = ""
    """The folder that those may write new files to; empty: none."""
    allowed_env: tuple[str, ...] = ()
    """Environment variables that those may read."""
    allowed_hosts: tuple[str, ...] = ()
    """Hosts that those may send to, beside the ones that they name: `api.x`, `api.x:8443`."""


def with_plan(draft: Draft, plan: Plan) -> Draft:
    """The request with the options of the run below its own, and which of all these a file has said."""
    if not plan.options and not draft.options:
        return draft
    own_names = [
        name for name, value in draft.options.items() if name not in plan.options or plan.options[name] != value
    ]
    options = {**plan.options, **draft.options}
    from_files = plan.file_options.union(own_names)
    routes = frozenset(option.name for option in route_options(options) if option.name in from_files)
    return draft._replace(options=options, file_options=routes)


def read_ranges(text: str) -> tuple[Range, ...]:
    """The positions that `3,5..7` means. Raises `UsageError` for anything else.

    >>> read_ranges("3,5..7"), read_ranges("4..")[0][0]
    (((3, 3), (5, 7)), 4)
    """
    ranges = []
    for word in text.split(","):
        match = _RANGE.match(word.strip())
        first = int(match[1][:9]) if match else 0
        if match is None or first == 0:
            raise UsageError(f"'{word.strip()}' is no position in a script", hint="such as 3, 2..5 or 3,5..7")
        last = first if ".." not in word else int(match[2][:9]) if match[2] else _LAST
        ranges.append((first, last))
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
    if plan.names or plan.ranges or plan.line is not None:
        chosen = _chosen_numbers(script, plan)
        steps = tuple(step for step in steps if step.number in chosen)
    if plan.first or plan.last:
        first = _position_of(script, plan.first) if plan.first else 1
        last = _position_of(script, plan.last) if plan.last else len(script.steps)
        if first > last and plan.first and plan.last:
            raise UsageError(f"'{plan.first}' comes after '{plan.last}' in {script.name}", hint="swap --from and --to")
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
        if first > len(steps) or (last > len(steps) and last != _LAST) or last < first:
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
    """An error for each name that no request of any script has, with the nearest that there is."""
    steps = [step for script in scripts for step in script.steps]
    for name in names:
        if not any(_has_name(step, name) for step in steps):
            names = [text for step in steps for text in (step.name, step.title) if text]
            yield UsageError(f"No request is called '{name}'", hint=hint(name, names, "--list shows the requests"))


def _has_name(step: Step, pattern: str) -> bool:
    return any(text and (text == pattern or fnmatchcase(text, pattern)) for text in (step.name, step.title, step.label))
