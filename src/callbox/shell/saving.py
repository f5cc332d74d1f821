"""`save history`: which exchanges, and where to; the script itself is written by `script.write`."""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Iterator

from callbox.engine.state import DEFAULT_HEADERS
from callbox.errors import UsageError
from callbox.exchange.events import Record
from callbox.httpfile.export import script_of
from callbox.httpfile.export.round_trip import first_of
from callbox.shell.command import Call
from callbox.shell.outputs import Output, say
from callbox.shell.world import World


def save_requests(call: Call, world: World) -> Iterator[Output]:
    """`save history [RANGE] FILE.http [--force]`."""
    path = call.text("file")
    records = [_seen_from(os.path.dirname(path), record) for record in _chosen(call, world)]
    world.ports.write_file(path, script_of(records, defaults=DEFAULT_HEADERS).encode(), call.has("force"))
    count = len(records)
    yield say(f"wrote {count} request{'s' * (count != 1)} to {path}")
    if unsaid := _unsaid(records):
        yield say(f"left out when they were sent, and sent when it is replayed: {', '.join(unsaid)}")


def _seen_from(folder: str, record: Record) -> Record:
    """The record, files in it named as a script in this folder names them: beside it another may be called the same."""
    outgoing = first_of(record)
    content = outgoing.content
    if not folder or content is None or not (content.path or content.parts):
        return record
    parts = tuple(part._replace(path=_path_from(folder, part.path)) for part in content.parts)
    content = content._replace(path=_path_from(folder, content.path), parts=parts)
    draft = record.draft._replace(content=content)
    return record._replace(draft=draft, outgoing=outgoing._replace(content=content), history=())


def _path_from(folder: str, path: str) -> str:
    is_relative = path and not os.path.isabs(os.path.expanduser(path))
    return os.path.relpath(path, os.path.expanduser(folder)) if is_relative else path


def _unsaid(records: Iterable[Record]) -> list[str]:
    """The built-in headers that a request left out: a script has no word for that."""
    names = (name for record in records for name, value in record.draft.headers if value is None)
    return sorted({name for name in names if name.lower() in DEFAULT_HEADERS}, key=str.lower)


def _chosen(call: Call, world: World) -> list[Record]:
    items = world.history.items()
    ranges = call.values.get("range")
    if not isinstance(ranges, tuple):
        records = [record for _, record in items]
    else:
        try:
            records = [record for first, last in ranges for record in _between(world, first, last)]
        except UsageError as error:
            error.place = error.place or call.place("range")
            raise
    if not records:
        raise UsageError("No request was made yet", hint="try get /")
    return records


def _between(world: World, first: int, last: int) -> list[Record]:
    numbers = [number for number, _ in world.history.items()]
    count = numbers[-1] if numbers else 0
    low, high = (count + 1 + n if n < 0 else n for n in (first, last))
    if low > high:
        raise UsageError(f"{first}..{last} is no range that goes up", hint=f"{last}..{first}")
    return [world.history.get(number) for number in range(low, high + 1)]
