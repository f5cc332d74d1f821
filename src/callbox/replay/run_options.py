"""`Plan`: the options of one run, and the parser of their values.

`callbox.replay.run_option_table` is the table of the options. `callbox.replay.file_and_step_selection` selects the
steps of a script by a plan.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from callbox.engine.options import OPTIONS, describe_options, parse_option, route_options
from callbox.errors import UsageError
from callbox.exchange.host_rules import read_hosts
from callbox.exchange.redaction.displayed_fields_and_values import tells_secret
from callbox.exchange.request import Draft
from callbox.httpfile.assertion_evaluator import is_status_in
from callbox.httpfile.requests.options_conditions_and_loops import parse_duration
from callbox.httpfile.variables.variable_scope import UndefinedPolicy
from callbox.replay.run_option_table import RUN_OPTIONS

Range = tuple[int, int]


class Plan(NamedTuple):
    """The options of one run. Each option has a row in `callbox.replay.run_option_table`."""

    names: tuple[str, ...] = ()
    """Patterns (globs) for names and titles. A request runs if one of them matches."""
    ranges: tuple[Range, ...] = ()
    """Ranges of 1-based positions in the file; both ends are included."""
    line: int | None = None
    """The 1-based line whose request runs; None for all lines."""
    variables: Mapping[str, str] = {}
    """The variables of the command line. They override the variables of the script."""
    shell_variables: Mapping[str, str] = {}
    """The variables of the shell. They override environments; variables and captures of the file override them."""
    withheld_names: frozenset[str] = frozenset()
    """The names of the shell's secrets. A file gets a secret only if the user passes it by `--var`."""
    answers: Mapping[str, str] = {}
    """The values for `# @prompt` and `# @secret` from the command line."""
    options: Mapping[str, object] = {}
    """The parsed options of the session, for every request."""
    file_options: frozenset[str] = frozenset()
    """The names of the options that an environment file has set, and not the user."""
    is_dry_run: bool = False
    bail: int = 0
    """The number of failed requests after which the run stops; 0 for no limit."""
    fail_on: str = "4xx,5xx"
    """The statuses that fail a request without an expectation on its status; empty for none."""
    undefined: UndefinedPolicy = "error"
    """How an undefined variable is treated: `error`, `keep` or `empty`."""
    has_auto_deps: bool = True
    """Whether requests to which a selected request refers run first."""
    allows_empty: bool = False
    """Whether a run without requests is allowed, and is not an error."""
    stages: tuple[str, ...] = ()
    """The names of the chosen environments; later ones override earlier ones."""
    env_file: str = ""
    """The environment file that is used instead of the files that are found for the script."""
    private_env_file: str = ""
    variable_files: tuple[str, ...] = ()
    """Files of variables, as `name=value` lines or as JSON.

    `callbox.replay.environment_file_search.complete` reads them.
    """
    secret_files: tuple[str, ...] = ()
    secret_names: frozenset[str] = frozenset()
    """The variables whose values are always redacted."""
    tags: tuple[str, ...] = ()
    """A request is selected only if it has one of these tags."""
    first: str = ""
    """The first request of the run: a name, a position or `:line`."""
    last: str = ""
    """The last request of the run: a name, a position or `:line`."""
    only: frozenset[tuple[str, str]] | None = None
    """The only requests to run, as pairs of a file's absolute path and a request's label; None for all."""
    passed_files: frozenset[str] = frozenset()
    """The absolute paths of files of which all requests passed in the last run, so that `only` may have no request of
    them.
    """
    retries: int = 0
    """How often a request that failed is sent again."""
    retry_interval_s: float = 0.5
    retry_on: str = "network,5xx,expect"
    delay_s: float = 0.0
    """Seconds to pause between requests."""
    rate: float = 0.0
    """The most requests per second over all files; 0 for no limit."""
    repeat: int = 1
    seed: int | None = None
    """The seed by which the requests of each file are shuffled; None to keep their order."""
    deadline_s: float = 0.0
    """The most seconds that the whole run may take; 0 for no limit."""
    jobs: int = 1
    """How many files run at once."""
    shares_session: bool = False
    """Whether all files share one session, jar and captures."""
    cookie_jar: str = ""
    """The cookies.txt file from which sessions start, and to which they save."""
    record: str = ""
    """The folder in which responses are recorded; empty to record none."""
    compare: str = ""
    """The folder of recorded responses with which new responses are compared; empty to compare none."""
    ignored: tuple[str, ...] = ()
    """The parts that are not compared: `header:NAME`, a path such as `$.items[*].id`, or `body`."""
    openapi: str = ""
    """The file or URL of the API description with which all responses are compared."""
    fail_under: int = 0
    """The least coverage of the description, in per cent of the described responses."""
    is_sandboxed: bool = False
    """Whether the files are not trusted.

    They then get no scripts, no environment variables, and no files outside their folder.
    """
    sandbox_output: str = ""
    """The folder in which sandboxed scripts may write new files; empty if they may not write."""
    allowed_env: tuple[str, ...] = ()
    """The environment variables that sandboxed scripts may read."""
    allowed_hosts: tuple[str, ...] = ()
    """The hosts that sandboxed scripts may reach in addition to the hosts that are written in them: `api.x`,
    `api.x:8443`.
    """


def with_plan(draft: Draft, plan: Plan) -> Draft:
    """The request, with the options of the run as defaults. It records which options a file has set."""
    if not plan.options and not draft.options:
        return draft
    own_names = [
        name for name, value in draft.options.items() if name not in plan.options or plan.options[name] != value
    ]
    options = {**plan.options, **draft.options}
    from_files = plan.file_options.union(own_names)
    routes = frozenset(option.name for option in route_options(options) if option.name in from_files)
    return draft._replace(options=options, file_options=routes)


def refuse_routes(draft: Draft, by: str = "A script") -> None:
    """Raise `UsageError` if a file, and not the user, sets the route of a request."""
    if draft.file_options:
        options = {name: value for name, value in draft.options.items() if name in draft.file_options}
        options_text = describe_options(options)
        message = f"{by} asks for '{options_text}', which only the command line may set in a sandbox"
        raise UsageError(message, hint=f"--{next(iter(options))}")


_PATH = re.compile(r"\$(?:\.{1,2}(?:\*|[^.\[\]*]+)|\[(?:\d+|\*|'[^']*')\])*\Z")


def check_ignored(word: str) -> None:
    """Raise `UsageError` for a path that `--ignore` cannot parse.

    Otherwise, `--ignore` would skip the path silently.
    """
    name = word.removeprefix("header:")
    is_valid = word == "body" or (name != word and name.strip()) or _PATH.match(word)
    if not is_valid:
        raise UsageError(
            f"--ignore takes header:NAME, a path or body, not '{word}'", hint="such as --ignore '$.items[*].updated_at'"
        )


_RANGE = re.compile(r"(\d+)(?:\s*\.\.\s*(\d+)?)?\Z")

LAST_STEP = 1_000_000_000


def read_ranges(text: str) -> tuple[Range, ...]:
    """Parse positions such as `3,5..7`. Raises `UsageError` for any other text.

    >>> read_ranges("3,5..7"), read_ranges("4..")[0][0]
    (((3, 3), (5, 7)), 4)
    """
    ranges = []
    for word in text.split(","):
        match = _RANGE.match(word.strip())
        first = int(match[1][:9]) if match else 0
        if match is None or first == 0:
            raise UsageError(f"'{word.strip()}' is not a position in a script", hint="such as 3, 2..5 or 3,5..7")
        last = int(match[2][:9]) if match[2] else LAST_STEP
        if ".." not in word:
            last = first
        ranges.append((first, last))
    return tuple(ranges)


def pick(plan: Plan, word: str) -> Plan:
    """Add one selection to the plan.

    `:42` is a line, `2..5` are positions, and any other word is a name.

    >>> pick(Plan(), "2..3").ranges, pick(Plan(), ":9").line, pick(Plan(), "log*").names
    (((2, 3),), 9, ('log*',))
    """
    if word.startswith(":") and word[1:].isdecimal():
        return plan._replace(line=int(word[1:10]))
    if _RANGE.match(word.partition(",")[0].strip()):
        return plan._replace(ranges=(*plan.ranges, *read_ranges(word)))
    return plan._replace(names=(*plan.names, word.removeprefix("#")))


def read_plan(given: Mapping[str, Sequence[str]], plan: Plan = Plan()) -> Plan:
    """Make the plan from options. `given` has the typed values of each option; the value of a flag is empty.

    Raises `UsageError` for an unknown option or a value of the wrong kind.

    >>> read_plan({"var": ["a=1"], "bail": [""], "timeout": ["5"]}).options
    {'timeout': 5.0}
    """
    for name, texts in given.items():
        for text in texts:
            if name in _READERS:
                plan = _READERS[name](plan, text)
            elif name in OPTIONS:
                plan = plan._replace(options={**plan.options, name: _combine(plan, name, parse_option(name, text))})
            elif name not in RUN_OPTIONS:
                raise UsageError(f"A replay has no option '{name}'", hint="to list the options: callbox replay --help")
    return plan


def _combine(plan: Plan, name: str, value: object) -> object:
    """Combine the values of a repeated option.

    Values of `resolve` are joined, as in curl. For other options, the last value counts.
    """
    earlier = plan.options.get(name)
    return f"{earlier},{value}" if name == "resolve" and earlier else value


def _read_pair(option: str, text: str) -> dict[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name.strip():
        is_shown = option == "var" and not mark and not tells_secret(text)  # the message must not repeat a secret
        reason = f", not '{text}'" if is_shown else ""
        raise UsageError(f"--{option} takes NAME=VALUE{reason}", hint=f"such as --{option} user=ann")
    return {name.strip(): value}


def _read_secret(plan: Plan, text: str) -> Plan:
    secret = _read_pair("secret", text)
    names = plan.secret_names | frozenset(secret)
    return plan._replace(variables={**plan.variables, **secret}, secret_names=names)


def _read_bail(plan: Plan, text: str) -> Plan:
    if text and not (text.isascii() and text.isdigit() and int(text[:9]) > 0):
        raise UsageError(f"--bail takes a number of at least 1, not '{text}'")
    return plan._replace(bail=int(text[:9]) if text else 1)


def _read_fail_on(plan: Plan, text: str) -> Plan:
    ranges = "" if text.strip().lower() == "none" else text
    if ranges:
        _check_statuses(ranges, "4xx,5xx, or none")
    return plan._replace(fail_on=ranges)


def _check_statuses(ranges: str, hint: str) -> None:
    """Raise `UsageError` for a wrong status, and for a range that contains no possible status."""
    for word in ranges.split(","):
        try:
            if any(is_status_in(status, word) for status in range(100, 1000)):
                continue
        except UsageError:
            pass
        raise UsageError(f"'{word.strip()}' is not a status", hint=hint)


_POLICIES: Mapping[str, UndefinedPolicy] = {"error": "error", "keep": "keep", "empty": "empty"}


def _read_undefined(plan: Plan, text: str) -> Plan:
    if text not in _POLICIES:
        raise UsageError(f"--undefined must be {', '.join(_POLICIES)}, not '{text}'")
    return plan._replace(undefined=_POLICIES[text])


def _read_seconds(option: str, text: str) -> float:
    try:
        return parse_duration(text)
    except UsageError as error:
        raise UsageError(f"--{option}: {error.message}", hint=error.hint) from None


def _read_count(option: str, text: str, minimum: int = 1) -> int:
    if not (text.isascii() and text.isdigit() and minimum <= int(text[:9]) and len(text) < 7):
        raise UsageError(f"--{option} takes a number of at least {minimum}, not '{text}'")
    return int(text)


def _read_rate(plan: Plan, text: str) -> Plan:
    match = _RATE.match(text.strip())
    if match is None or not float(match[1]):
        raise UsageError(f"--rate takes a number of requests per unit of time, not '{text}'", hint="10/s, 100/m")
    return plan._replace(rate=float(match[1]) / {"s": 1, "m": 60, "h": 3600}[match[2] or "s"])


def _read_retry_on(plan: Plan, text: str) -> Plan:
    words = [word.strip() for word in text.split(",")]
    ranges = ",".join(word for word in words if word not in ("network", "expect"))
    if ranges:
        _check_statuses(ranges, "network, expect, 5xx, or several with commas")
    return plan._replace(retry_on=",".join(words))


def _read_ignored(plan: Plan, text: str) -> Plan:
    check_ignored(text)
    return plan._replace(ignored=(*plan.ignored, text))


def _read_host(plan: Plan, text: str) -> Plan:
    read_hosts((text,))
    return plan._replace(allowed_hosts=(*plan.allowed_hosts, text))


def _read_seed(plan: Plan, text: str) -> Plan:
    if text and not (text.isascii() and text.isdigit() and len(text) < 19):
        raise UsageError(f"--shuffle takes a whole number as its seed, not '{text}'")
    return plan._replace(seed=int(text) if text else -1)


def _read_openapi(plan: Plan, text: str) -> Plan:
    if not text.strip():
        raise UsageError("--openapi takes the file or the URL of a description")
    return plan._replace(openapi=text)


def _read_fail_under(plan: Plan, text: str) -> Plan:
    number = text.strip().removesuffix("%")
    if not (number.isascii() and number.isdigit() and int(number[:4]) <= 100):
        raise UsageError(f"--fail-under takes a percentage from 0 to 100, not '{text}'")
    return plan._replace(fail_under=int(number))


_RATE = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)(?:\s*/\s*([smh]))?\Z")
_READERS: Mapping[str, Callable[[Plan, str], Plan]] = {
    "name": lambda plan, text: plan._replace(names=(*plan.names, text)),
    "index": lambda plan, text: plan._replace(ranges=(*plan.ranges, *read_ranges(text))),
    "var": lambda plan, text: plan._replace(variables={**plan.variables, **_read_pair("var", text)}),
    "env": lambda plan, text: plan._replace(stages=(*plan.stages, text)),
    "env-file": lambda plan, text: plan._replace(env_file=text),
    "private-env-file": lambda plan, text: plan._replace(private_env_file=text),
    "vars-file": lambda plan, text: plan._replace(variable_files=(*plan.variable_files, text)),
    "secret": _read_secret,
    "secrets-file": lambda plan, text: plan._replace(secret_files=(*plan.secret_files, text)),
    "prompt": lambda plan, text: plan._replace(answers={**plan.answers, **_read_pair("prompt", text)}),
    "dry-run": lambda plan, _: plan._replace(is_dry_run=True),
    "bail": _read_bail,
    "fail-on": _read_fail_on,
    "undefined": _read_undefined,
    "tag": lambda plan, text: plan._replace(tags=(*plan.tags, text)),
    "from": lambda plan, text: plan._replace(first=text),
    "to": lambda plan, text: plan._replace(last=text),
    "retry": lambda plan, text: plan._replace(retries=_read_count("retry", text, 0)),
    "retry-interval": lambda plan, text: plan._replace(retry_interval_s=_read_seconds("retry-interval", text)),
    "retry-on": _read_retry_on,
    "delay": lambda plan, text: plan._replace(delay_s=_read_seconds("delay", text)),
    "rate": _read_rate,
    "repeat": lambda plan, text: plan._replace(repeat=_read_count("repeat", text)),
    "shuffle": _read_seed,
    "deadline": lambda plan, text: plan._replace(deadline_s=_read_seconds("deadline", text)),
    "jobs": lambda plan, text: plan._replace(jobs=_read_count("jobs", text)),
    "share-session": lambda plan, _: plan._replace(shares_session=True),
    "cookie-jar": lambda plan, text: plan._replace(cookie_jar=text),
    "sandbox": lambda plan, _: plan._replace(is_sandboxed=True),
    "sandbox-output": lambda plan, text: plan._replace(sandbox_output=text),
    "allow-env": lambda plan, text: plan._replace(allowed_env=(*plan.allowed_env, text)),
    "allow-host": _read_host,
    "record": lambda plan, text: plan._replace(record=text),
    "compare": lambda plan, text: plan._replace(compare=text),
    "ignore": _read_ignored,
    "openapi": _read_openapi,
    "fail-under": _read_fail_under,
    "no-auto-deps": lambda plan, _: plan._replace(has_auto_deps=False),
    "allow-empty": lambda plan, _: plan._replace(allows_empty=True),
}


def check_contradictions(plan: Plan) -> None:
    """Raise `UsageError` for options that contradict each other."""
    if plan.jobs > 1 and plan.shares_session:
        raise UsageError(
            "--jobs and --share-session cannot be used together: files that share a session run one after the other"
        )
    if plan.jobs > 1 and plan.cookie_jar:
        raise UsageError(
            "--jobs and --cookie-jar cannot be used together: files that share cookies run one after the other"
        )
    if plan.ignored and not (plan.record or plan.compare):
        raise UsageError("--ignore works only with --compare or --record")
    if plan.fail_under and not plan.openapi:
        raise UsageError("--fail-under works only with --openapi")
    if plan.record and plan.compare:
        raise UsageError(
            "--record and --compare cannot be used together",
            hint="first compare; record again if the change is intended",
        )
