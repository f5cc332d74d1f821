"""`--record DIR` and `--compare DIR`: answers as files that people can read, and what is different next time.

What changes from one run to the next by its nature is left out: dates, ids of requests, cookies, framing. So is what
carries a credential by its name.
"""

from __future__ import annotations

import json
import os.path
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.exchange.record import Record
from callbox.exchange.secret import is_credential_name
from callbox.exchange.select import text_of
from callbox.replay.plan import Plan
from callbox.replay.ports import Ports
from callbox.script.expect import Checked
from callbox.script.model import Script, Step

_VOLATILE = frozenset(
    "age cf-ray connection content-length date etag expires keep-alive last-modified server-timing set-cookie "
    "traceparent transfer-encoding x-correlation-id x-request-id x-runtime".split()
)
_MASK = "***"
_MOST_TOLD = 20
_SHOWN = 300
_UNSAFE = re.compile(r"[^\w.-]+")
_HEAD = re.compile(rb"\r?\n\r?\n")


class Snapshot(NamedTuple):
    """An answer, as far as it is compared."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Snapshots:
    """The snapshots of one script: written or compared as its answers come."""

    def __init__(self, script: Script, plan: Plan, ports: Ports) -> None:
        self._script = script
        self._plan = plan
        self._ports = ports
        self._patterns = [_pattern(word) for word in plan.ignored if word.startswith("$")]

    def __call__(self, step: Step, count: int, record: Record) -> Iterator[Checked]:
        """The checks of one answer, the `count`-th of its step; none where it is recorded."""
        path = self._path(step, count)
        taken = _snapshot(record, self._ignored_headers())
        if self._plan.record:
            self._ports.write_file(os.path.join(self._plan.record, path), _text(taken), True)
            return
        place = os.path.join(self._plan.compare, path)
        if self._ports.is_file(place):
            kept = _read(self._ports.read_file(place), place)
        else:
            found = self._of_script(step)
            if found is None:
                yield Checked("snapshot", False, place, "no such file", step.at.line, step.at.column)
                return
            kept = found
        for what, expected, actual in list(self._differences(kept, taken))[:_MOST_TOLD]:
            text = f"snapshot {what}"
            yield Checked(text, False, expected[:_SHOWN], actual[:_SHOWN], step.at.line, step.at.column)

    def _ignored_headers(self) -> frozenset[str]:
        return _VOLATILE | {word.removeprefix("header:").lower() for word in self._plan.ignored}

    def _of_script(self, step: Step) -> Snapshot | None:
        """The response that is written in the script itself below the request (rule 36)."""
        recorded = next((one for one in self._script.recorded if one.step == step.number), None)
        if recorded is None:
            return None
        return _read("\n".join(line.text for line in recorded.lines).encode(), self._script.name)

    def _path(self, step: Step, count: int) -> str:
        stem = os.path.splitext(os.path.relpath(self._script.name) if self._script.name else "stdin")[0]
        folders = [_UNSAFE.sub("_", part) for part in stem.split(os.sep) if part not in ("..", ".")]
        slug = _slug(step)
        same = [one.number for one in self._script.steps if _slug(one) == slug]
        twin = same.index(step.number) + 1 if step.number in same else 1
        name = slug + (f"-{twin}" if twin > 1 else "") + (f".{count + 1}" if count else "")
        return os.path.join(*folders, f"{name}.txt")

    def _differences(self, kept: Snapshot, taken: Snapshot) -> Iterator[tuple[str, str, str]]:
        if kept.status != taken.status:
            yield "status", str(kept.status), str(taken.status)
        ignored = self._ignored_headers()
        for name in sorted(set(kept.headers) | set(taken.headers)):
            values = kept.headers.get(name, "nothing"), taken.headers.get(name, "nothing")
            if values[0] != values[1] and name not in ignored:
                yield f"header {name}", *values
        if "body" not in self._plan.ignored:
            yield from self._body(kept.body, taken.body)

    def _body(self, kept: bytes, taken: bytes) -> Iterator[tuple[str, str, str]]:
        if kept == taken:
            return
        try:
            before, after = _flat(json.loads(kept)), _flat(json.loads(taken))
        except (ValueError, RecursionError):
            if kept.strip() != taken.strip():
                yield "body", *_first_difference(kept, taken)
            return
        for path in [*before, *(path for path in after if path not in before)]:
            values = before.get(path, "nothing"), after.get(path, "nothing")
            if values[0] != values[1] and not any(pattern.match(path) for pattern in self._patterns):
                yield f"body {path}", *values


def _slug(step: Step) -> str:
    return _UNSAFE.sub("-", step.label).strip("-.")[:60] or f"request-{step.number}"


def _snapshot(record: Record, ignored: frozenset[str]) -> Snapshot:
    headers = {
        name.lower(): _MASK if is_credential_name(name) else value
        for name, value in record.incoming.headers.items()
        if name.lower() not in ignored
    }
    return Snapshot(record.incoming.status, headers, _masked(record))


def _masked(record: Record) -> bytes:
    """The body; of JSON laid out for the reader, with the values of credential names masked."""
    try:
        document = json.loads(text_of(record))
    except (ValueError, RecursionError):
        return record.body
    return json.dumps(_mask(document), indent=2, ensure_ascii=False).encode("utf-8", "replace")


def _mask(value: object, name: str = "") -> object:
    if isinstance(value, dict):
        return {key: _mask(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_mask(item, name) for item in value]
    return _MASK if isinstance(value, str) and value and is_credential_name(name) else value


def _text(taken: Snapshot) -> bytes:
    lines = [f"HTTP {taken.status}", *(f"{name}: {value}" for name, value in sorted(taken.headers.items()))]
    return "\n".join([*lines, "", ""]).encode("utf-8", "replace") + taken.body


def _read(data: bytes, name: str) -> Snapshot:
    match = _HEAD.search(data)
    head = (data[: match.start()] if match else data).decode("utf-8", "replace").splitlines()
    words = head[0].split() if head else []
    if len(words) < 2 or not words[0].startswith("HTTP") or not words[1].isdigit():
        raise UsageError(f"{name} holds no recorded answer", hint="--record makes them")
    pairs = [line.partition(":") for line in head[1:]]
    headers = {key.strip().lower(): value.strip() for key, colon, value in pairs if colon}
    return Snapshot(int(words[1]), headers, data[match.end() :] if match else b"")


def _flat(value: object, path: str = "$") -> dict[str, str]:
    """Each leaf of a document by its path."""
    if isinstance(value, dict) and value:
        pairs = [(f"{path}.{key}", item) for key, item in value.items()]
    elif isinstance(value, list) and value:
        pairs = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
    else:
        return {path: json.dumps(value, ensure_ascii=False)}
    return {name: leaf for where, item in pairs for name, leaf in _flat(item, where).items()}


def _pattern(path: str) -> re.Pattern[str]:
    """A path of `--ignore` as a pattern over the paths of leaves: `$.items[*].id`, `$..updated_at`.

    >>> bool(_pattern("$.a[*].b").match("$.a[3].b.c")), bool(_pattern("$..at").match("$.x.at"))
    (True, True)
    """
    text = re.escape(path).replace(r"\.\.", r"(?:\..*)?[.]").replace(r"\[\*\]", r"\[\d+\]").replace(r"\*", r"[^.\[]+")
    return re.compile(text + r"(?=[.\[]|\Z)")


def _first_difference(kept: bytes, taken: bytes) -> tuple[str, str]:
    before, after = kept.decode("utf-8", "replace").split("\n"), taken.decode("utf-8", "replace").split("\n")
    for one, other in zip(before, after, strict=False):
        if one.rstrip("\r") != other.rstrip("\r"):
            return one, other
    return f"{len(before)} lines", f"{len(after)} lines"
