"""Snapshots: save responses as readable files (`--record DIR`), and compare later responses with them (`--compare
DIR`).

Headers that change each time are left out: dates, request ids, cookies, framing. A secret is recognised by its name or
its value, and saved as `***`. So a different secret in a later run does not count as a difference. JSON is compared
value by value; `--ignore` names paths to leave out.
"""

from __future__ import annotations

import json
import os.path
import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import islice
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.json_values import load_json
from callbox.exchange.jsonpath_xpath_and_header_selection import text_of
from callbox.exchange.media_types_and_charsets import change_text
from callbox.exchange.redaction.credential_names import is_credential_name, is_secret_member, names_only_secrets
from callbox.exchange.redaction.displayed_fields_and_values import redact_value
from callbox.exchange.redaction.secrets_by_name import redact_named
from callbox.exchange.response_comparison import member_path
from callbox.httpfile.assertion_evaluator import MAX_KEPT, CheckResult
from callbox.httpfile.model import Script, Step
from callbox.httpfile.script_suffixes import is_script_name
from callbox.replay.file_and_step_selection import public_label
from callbox.replay.file_and_system_access import ReplayPorts
from callbox.replay.run_options import Plan
from callbox.report.result import Result
from callbox.report.run_redaction import RunSecrets
from callbox.report.run_report_and_collector import is_unlogged

_VOLATILE = frozenset(
    "age cf-ray connection content-length date etag expires keep-alive last-modified server-timing set-cookie "
    "traceparent transfer-encoding x-correlation-id x-request-id x-runtime".split()
)
_WILDCARD = "***"
"""The text for a secret in a snapshot, which equals any value.

It is not the mark of `exchange.secret`: a server may send `...`, which must differ from all other texts.
"""
_MAX_REPORTED = 20
_UNSAFE = re.compile(r"[^\w.-]+")
_STATUS = re.compile(r"\d{3}\Z", re.ASCII)
_HEAD_END = re.compile(rb"\r?\n\r?\n")


class Snapshot(NamedTuple):
    """The parts of a response that are compared."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Snapshots:
    """The snapshots of one script, written or compared as its responses arrive."""

    def __init__(self, script: Script, plan: Plan, ports: ReplayPorts) -> None:
        self._script = script
        self._plan = plan
        self._ports = ports
        self._names = _names(script.steps)
        """The file name of each step without its suffix, by the number of the step."""
        self._patterns = [pattern_of(word) for word in plan.ignored if word.startswith("$")]

    def __call__(self, result: Result, count: int) -> Iterator[CheckResult]:
        """The checks of one response, the `count`-th of its step. There are none if the response is recorded.

        Raises `UsageError` for a file that contains no snapshot, and the errors of writing.
        """
        step, record = result.step, result.record
        if step is None or record is None:
            return
        if is_unlogged(result):
            if self._plan.compare:
                yield _check(step, "snapshot", "none", "none: # @no-log", is_ok=True)
            return
        path = self._path(step, count)
        secrets = RunSecrets(replace=_redact_all)
        secrets.learn(result)
        current = _snapshot(record, self._ignored_headers(), secrets)
        if self._plan.record:
            self._ports.write_file(self._plan.record, path, _text(current), True)
            return
        place = os.path.join(self._plan.compare, path)
        recorded = self._recorded(step, place)
        if recorded is None:
            yield _check(step, "snapshot", place, f"no such file: --record {self._plan.compare} makes it")
            return
        differences = self._differences(recorded, current)
        for what, expected, actual in islice(differences, _MAX_REPORTED):
            yield _check(step, f"snapshot {what}", expected[:MAX_KEPT], actual[:MAX_KEPT])
        more = sum(1 for _ in differences)
        if more:
            yield _check(step, "snapshot", place, f"{more} more differences")

    def _recorded(self, step: Step, place: str) -> Snapshot | None:
        """The recorded response: in the file at this path, else in the script."""
        if self._ports.is_file(place):
            return _redact_snapshot(_read(self._ports.read_file(place), place))
        return self._recorded_in_script(step)

    def _ignored_headers(self) -> frozenset[str]:
        return _VOLATILE | {word.removeprefix("header:").lower() for word in self._plan.ignored}

    def _recorded_in_script(self, step: Step) -> Snapshot | None:
        """The response that the script itself has below the request."""
        recorded = next((one for one in self._script.recorded if one.step == step.number), None)
        if recorded is None:
            return None
        written = _read("\n".join(line.text for line in recorded.lines).encode(), self._script.name)
        return _redact_snapshot(written)

    def _path(self, step: Step, count: int) -> str:
        folders = folders_of("-" if self._script.name == "-" else os.path.relpath(self._script.name))
        name = self._names.get(step.number, _slug(step)) + (f".{count + 1}" if count else "")
        return os.path.join(*folders, f"{name}.txt")

    def _differences(self, recorded: Snapshot, current: Snapshot) -> Iterator[tuple[str, str, str]]:
        if recorded.status != current.status:
            yield "status", str(recorded.status), str(current.status)
        ignored = self._ignored_headers()
        for name in sorted(set(recorded.headers) | set(current.headers)):
            values = recorded.headers.get(name, "nothing"), current.headers.get(name, "nothing")
            if _is_different(*values) and name not in ignored:
                yield f"header {name}", *values
        if "body" not in self._plan.ignored:
            yield from self._body(recorded.body, current.body)

    def _body(self, recorded: bytes, current: bytes) -> Iterator[tuple[str, str, str]]:
        if recorded == current:
            return
        try:
            old, new = load_json(recorded.decode()), load_json(current.decode())
        except (ValueError, RecursionError):
            if recorded.strip() != current.strip():
                yield _first_difference(recorded, current)
            return
        for path, was, now in leaf_differences(old, new):
            if not any(pattern.match(path) for pattern in self._patterns):
                yield f"body {path}", was, now


def folders_of(script: str) -> list[str]:
    """The folders of the snapshots of a script, by its relative path. Two scripts never have the same folders.

    A tilde, which is in no usual part of a path, marks each part that cannot be the name of a folder as it is.

    >>> folders_of("api/users.http"), folders_of("../users.http"), folders_of("users")
    (['api', 'users'], ['up~', 'users'], ['users~'])
    >>> folders_of("users.rest"), folders_of("users.rest.http")
    (['users.rest'], ['users.rest.http~'])
    """
    if script == "-":
        return ["~stdin"]
    stem = script.removesuffix(".http")
    names = [_folder_name(part) for part in stem.split(os.sep) if part != "."]
    if stem == script and not is_script_name(script):
        names[-1] += "~"  # so that the folder is not the one of `users.http`
    if stem != script and is_script_name(stem):
        names[-1] += ".http~"  # so that the folder of `users.rest.http` is not the one of `users.rest`
    return names


def _folder_name(part: str) -> str:
    if part == "..":
        return "up~"
    if part.lower().endswith(".txt"):
        return f"{_folder_name(part[:-4])}{part[-4:]}~d"  # so that the folder is not the file of a step named `part`
    name = _UNSAFE.sub("_", part)
    return name if name == part else f"{name}~{sha256(part.encode('utf-8', 'surrogatepass')).hexdigest()[:6]}"


def _check(step: Step, text: str, expected: str, actual: str, *, is_ok: bool = False) -> CheckResult:
    return CheckResult(
        text=text, is_ok=is_ok, expected=expected, actual=actual, line=step.at.line, column=step.at.column
    )


def _names(steps: Sequence[Step]) -> Mapping[int, str]:
    """A unique name for each step. If a name is repeated, a number is added, so that it is not the name of another
    step.

    If there is a step `a`, no other step gets the name `a.2`, because the second response of `a` is saved under it.
    """
    slugs = {step.number: _slug(step) for step in steps}
    own = {slug.lower() for slug in slugs.values()}
    taken: set[str] = set()
    counts: Counter[str] = Counter()
    found = {}
    for number, slug in slugs.items():
        base, dot, last = slug.lower().rpartition(".")
        name = slug
        if name.lower() in taken or (dot and last.isdigit() and base in own):
            name = f"{slug}-{_next_free(slug.lower(), counts, own, taken)}"
        taken.add(name.lower())
        found[number] = name
    return found


def _next_free(key: str, counts: Counter[str], *taken: Container[str]) -> int:
    """The next number, from 2 on, for which `KEY-NUMBER` is not taken."""
    counts[key] = max(counts[key], 1) + 1
    while any(f"{key}-{counts[key]}" in texts for texts in taken):
        counts[key] += 1
    return counts[key]


def _slug(step: Step) -> str:
    return _UNSAFE.sub("-", public_label(step)).strip("-.")[:60] or f"request-{step.number}"


def _snapshot(record: Record, ignored: frozenset[str], secrets: RunSecrets) -> Snapshot:
    headers = {
        name.lower(): _redact_header(name, secrets.redact_values(value))
        for name, value in record.response.headers.items()
        if name.lower() not in ignored
    }
    return Snapshot(record.response.status, headers, _redact_body(record, secrets))


def _redact_body(record: Record, secrets: RunSecrets) -> bytes:
    """The body without secrets, which are found by value or by name. JSON is indented."""
    if formatted := _format_json(text_of(record)):
        return secrets.redact_values(formatted.decode()).encode()
    media_type = record.response.headers.get("Content-Type", "")
    return change_text(record.body, media_type, lambda text: redact_named(secrets.redact_values(text), _redact_all))


def _format_json(text: str) -> bytes:
    """Indented JSON without secrets; empty if the text is not JSON.

    The text is redacted before it is indented, because only then a pair such as `["X-Api-Key", "abc"]` is in one line.
    If the redacted text is not JSON (a number without quotes was redacted), only the single values are redacted.
    """
    for source in (redact_named(text, _redact_all), text):
        try:
            formatted = json.dumps(
                _redact_json(load_json(source, object_pairs_hook=_object)), indent=2, ensure_ascii=False
            )
        except (ValueError, RecursionError):
            continue
        return formatted.encode("utf-8", "replace")
    return b""


def _object(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """The members of an object. Members whose names became the same text, because they were redacted, stay apart."""
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    counts: Counter[str] = Counter()
    found: dict[str, object] = {}
    for name, value in pairs:
        if _WILDCARD in name and name in found:
            name = f"{name}-{_next_free(name, counts, members, found)}"
        found[name] = value
    return found


def _redact_all(_: str) -> str:
    return _WILDCARD


def _redact_header(name: str, value: str) -> str:
    return _WILDCARD if is_credential_name(name) else redact_value(value, _redact_all)


def _redact_json(value: object, name: str = "", is_secret: bool = False) -> object:
    if isinstance(value, dict):
        is_all = names_only_secrets(name)
        redacted: dict[str, object] = {}
        counts: Counter[str] = Counter()
        for key, item in value.items():
            is_secret_below = is_secret or is_all or is_secret_member(key, value, name)
            shown = redact_value(key, _redact_all)
            if shown in redacted or (shown != key and shown in value):  # two members must not become one
                shown = f"{shown}-{_next_free(shown, counts, value, redacted)}"
            redacted[shown] = _redact_json(item, name if is_all else key, is_secret_below)
        return redacted
    if isinstance(value, list):
        return [_redact_json(item, name, is_secret) for item in value]
    if value is None or isinstance(value, bool) or value == "":
        return value
    if is_secret:
        return _WILDCARD
    return redact_value(value, _redact_all) if isinstance(value, str) else value


def _redact_snapshot(recorded: Snapshot) -> Snapshot:
    """A recorded snapshot, redacted again, since an older version may have known fewer names of secrets."""
    headers = {name: _redact_header(name, value) for name, value in recorded.headers.items()}
    text = recorded.body.decode("utf-8", "surrogateescape")
    body = _format_json(text) or redact_named(text, _redact_all).encode("utf-8", "surrogateescape")
    return recorded._replace(headers=headers, body=body)


def _is_different(recorded: str, current: str) -> bool:
    """Whether two values differ. A redacted value equals any value."""
    return recorded != current and not (recorded.strip('"') == _WILDCARD and current != "nothing")


def _text(current: Snapshot) -> bytes:
    lines = [f"HTTP {current.status}", *(f"{name}: {value}" for name, value in sorted(current.headers.items()))]
    return "\n".join([*lines, "", ""]).encode("utf-8", "replace") + current.body


def _read(data: bytes, name: str) -> Snapshot:
    match = _HEAD_END.search(data)
    head = (data[: match.start()] if match else data).decode("utf-8", "replace").splitlines()
    words = head[0].split() if head else []
    if len(words) < 2 or not words[0].startswith("HTTP") or not _STATUS.match(words[1]):
        raise UsageError(f"{name} has no recorded response", hint="to record responses: --record")
    pairs = [line.partition(":") for line in head[1:]]
    headers = {key.strip().lower(): value.strip() for key, colon, value in pairs if colon}
    return Snapshot(int(words[1]), headers, data[match.end() :] if match else b"")


def _first_difference(recorded: bytes, current: bytes) -> tuple[str, str, str]:
    """The first difference between two bodies: its place, and the old and the new line.

    For binary bodies, it has the sizes and digests.
    """
    try:
        old, new = recorded.decode().split("\n"), current.decode().split("\n")
    except UnicodeDecodeError:
        return "body", _digest(recorded), _digest(current)
    for number, (one, other) in enumerate(zip(old, new, strict=False), 1):
        if one.rstrip("\r") != other.rstrip("\r"):
            return f"body line {number}", one, other
    return "body", f"{len(old)} lines", f"{len(new)} lines"


def _digest(data: bytes) -> str:
    return f"{len(data):,} bytes, SHA-256 {sha256(data).hexdigest()[:16]}"


_PLAIN = re.compile(r"[^.\[\]'\"\s]+\Z")


_STEP_END = r"(?=[.\[]|\Z)"


_NOTHING = object()
MAX_KEY = 200
MAX_PATH = 2_000
"""The most characters of a key in a path, and of a path, because each difference holds its own path."""


def leaf_differences(recorded: object, current: object) -> Iterator[tuple[str, str, str]]:
    """Each leaf that differs between two documents: its path, and both values as JSON, or `nothing`.

    >>> list(leaf_differences({"a": [1, {"b.c": None}]}, {"a": [1, {"b.c": 2}, 3]}))
    [("$.a[1]['b.c']", 'null', '2'), ('$.a[2]', 'nothing', '3')]
    """
    pending = [("$", recorded, current)]
    while pending:
        path, old, new = pending.pop()
        old_members, new_members = _members(old), _members(new)
        if not old_members and not new_members:
            texts = _leaf(old), _leaf(new)
            if _is_different(*texts):
                yield path, *texts
            continue
        is_same_kind = isinstance(old, dict) == isinstance(new, dict)
        if not old_members or not new_members or not is_same_kind:
            pending += [(_below(path, key), _NOTHING, member) for key, member in reversed(new_members.items())] or [
                (path, _NOTHING, new)
            ]
            pending += [(_below(path, key), member, _NOTHING) for key, member in reversed(old_members.items())] or [
                (path, old, _NOTHING)
            ]
            continue
        keys = dict.fromkeys([*old_members, *new_members])
        pending += [
            (_below(path, key), old_members.get(key, _NOTHING), new_members.get(key, _NOTHING))
            for key in reversed(keys)
        ]


def _members(value: object) -> dict[str | int, object]:
    if isinstance(value, dict):
        return value
    return dict(enumerate(value)) if isinstance(value, list) else {}


def _leaf(value: object) -> str:
    return "nothing" if value is _NOTHING else json.dumps(value, ensure_ascii=False)


def _below(path: str, key: str | int) -> str:
    return member_path(path, key, _step, MAX_PATH, MAX_KEY)


def _step(key: str) -> str:
    return f".{key}" if _PLAIN.match(key) else f"['{key}']"


def pattern_of(path: str) -> re.Pattern[str]:
    """A path of `--ignore` as a pattern for the paths of values: `$.items[*].id`, `$..updated_at`.

    >>> bool(pattern_of("$.a[*].b").match("$.a[3].b.c")), bool(pattern_of("$..at").match("$[0].x.at"))
    (True, True)
    >>> bool(pattern_of("$..*.id").match("$.a['b c'].id")), bool(pattern_of("$..a").match("$.ab"))
    (True, False)
    """
    first, *below = re.escape(path).split(r"\.\.")
    # The nearest match is enough, since the pattern does not include the end. The group is atomic, so that no other
    # matches are tried.
    parts = (f"(?>(?:[.\\[].*?)??{steps}{_STEP_END})" for steps in (_steps("\\." + part) for part in below))
    return re.compile("".join([_steps(first), *parts]) + _STEP_END)


def _steps(text: str) -> str:
    """The steps of a path as escaped patterns, in which a star matches any name."""
    return text.replace(r"\[\*\]", r"\[\d+\]").replace(r"\.\*", r"(?:\.[^.\[]+|\['[^']*'\])")
