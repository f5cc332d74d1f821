"""Parse the values of a replay's options into a `Plan`. The options themselves are in `callbox.replay.option_table`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from callbox.engine.options import OPTIONS, parse_option
from callbox.errors import UsageError
from callbox.exchange.hosts import read_hosts
from callbox.httpfile.assertions import is_status_in
from callbox.httpfile.requests.directives import parse_duration
from callbox.replay.ignored_paths import check_ignored
from callbox.replay.option_table import RUN_OPTIONS
from callbox.replay.run_options import Plan
from callbox.replay.selection import read_ranges


def read_plan(given: Mapping[str, Sequence[str]], plan: Plan = Plan()) -> Plan:
    """Make the plan from options: for each name the texts that were given, an empty one for a flag.

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
                raise UsageError(f"A replay has no option '{name}'", hint="callbox replay --help lists them")
    return plan


def _combine(plan: Plan, name: str, value: object) -> object:
    """Combine repeated options. The rules of `resolve` add up, as in curl; for others the last counts."""
    earlier = plan.options.get(name)
    return f"{earlier},{value}" if name == "resolve" and earlier else value


def _read_pair(option: str, text: str) -> dict[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name.strip():
        reason = f", not '{text}'" if option == "var" and not mark else ""  # a secret is not repeated
        raise UsageError(f"--{option} takes NAME=VALUE{reason}", hint=f"such as --{option} user=ann")
    return {name.strip(): value}


def _read_secret(plan: Plan, text: str) -> Plan:
    secret = _read_pair("secret", text)
    names = plan.secret_names | frozenset(secret)
    return plan._replace(variables={**plan.variables, **secret}, secret_names=names)


def _read_bail(plan: Plan, text: str) -> Plan:
    if text and not (text.isascii() and text.isdigit() and int(text[:9]) > 0):
        raise UsageError(f"--bail takes a number from 1, not '{text}'")
    return plan._replace(bail=int(text[:9]) if text else 1)


def _read_fail_on(plan: Plan, text: str) -> Plan:
    ranges = "" if text.strip().lower() == "none" else text
    if ranges:
        _check_statuses(ranges, "4xx,5xx, or none")
    return plan._replace(fail_on=ranges)


def _check_statuses(ranges: str, hint: str) -> None:
    """Raise `UsageError` for a wrong status, and for a range that no response can be in."""
    for word in ranges.split(","):
        try:
            if any(is_status_in(status, word) for status in range(100, 1000)):
                continue
        except UsageError:
            pass
        raise UsageError(f"'{word.strip()}' is no status", hint=hint)


def _read_undefined(plan: Plan, text: str) -> Plan:
    choices = RUN_OPTIONS["undefined"].choices
    if text not in choices:
        raise UsageError(f"--undefined is {', '.join(choices)}, not '{text}'")
    return plan._replace(undefined=text)


def _read_seconds(option: str, text: str) -> float:
    try:
        return parse_duration(text)
    except UsageError as error:
        raise UsageError(f"--{option}: {error.message}", hint=error.hint) from None


def _read_count(option: str, text: str, minimum: int = 1) -> int:
    if not (text.isascii() and text.isdigit() and minimum <= int(text[:9]) and len(text) < 7):
        raise UsageError(f"--{option} takes a number from {minimum}, not '{text}'")
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
    "no-auto-deps": lambda plan, _: plan._replace(has_auto_deps=False),
    "allow-empty": lambda plan, _: plan._replace(allows_empty=True),
}


def check_contradictions(plan: Plan) -> None:
    """Raise `UsageError` for options that contradict each other."""
    if plan.jobs > 1 and plan.shares_session:
        raise UsageError("--jobs and --share-session contradict: files that share a session run in turn")
    if plan.jobs > 1 and plan.cookie_jar:
        raise UsageError("--jobs and --cookie-jar contradict: files that share cookies run in turn")
    if plan.ignored and not (plan.record or plan.compare):
        raise UsageError("--ignore works only with --compare or --record")
    if plan.record and plan.compare:
        raise UsageError("--record and --compare contradict", hint="compare first, record when the change is meant")
