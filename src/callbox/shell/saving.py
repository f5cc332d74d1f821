"""`save history`: which exchanges, and where to; the script itself is written by `script.write`."""

from __future__ import annotations

from collections.abc import Iterator

from callbox.errors import UsageError
from callbox.exchange.record import Record
from callbox.script.write import script_of
from callbox.session.state import DEFAULT_HEADERS
from callbox.shell.command import Call
from callbox.shell.outputs import Output, say
from callbox.shell.world import World


def save_requests(call: Call, world: World) -> Iterator[Output]:
    """`save history [RANGE] FILE.http [--force]`."""
    path = call.text("file")
    records = _chosen(call, world)
    world.ports.write_file(path, script_of(records, defaults=DEFAULT_HEADERS).encode(), call.has("force"))
    count = len(records)
    yield say(f"wrote {count} request{'s' * (count != 1)} to {path}")


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
