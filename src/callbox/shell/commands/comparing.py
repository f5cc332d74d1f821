"""`diff`: what is different in two answers."""

from __future__ import annotations

from collections.abc import Iterator

from callbox.errors import UsageError
from callbox.exchange.comparison import MOST_CHANGES, compare
from callbox.exchange.events import Record
from callbox.render.diff import differences
from callbox.shell.command import Call
from callbox.shell.outputs import Output, Text, say
from callbox.shell.world import World

_PARTS = {"": ("status", "headers", "body"), "headers": ("headers",), "body": ("body",)}


def diff(call: Call, world: World) -> Iterator[Output]:
    """`diff [N [N]] [headers | body]`."""
    first, second = _chosen(call, world)
    changes = compare(first, second, _PARTS[call.text("part")])
    if not changes:
        yield say("no difference")
        return
    yield Text(differences(changes, width=world.columns()))
    if len(changes) >= MOST_CHANGES:
        yield say("and more", "note")


def _chosen(call: Call, world: World) -> tuple[Record, Record]:
    """The two that were named; one against the last; or the last two of the same target."""
    find = world.history.answered if call.text("part") == "headers" else world.history.with_body
    first, second = call.number("first"), call.number("second")
    if first is not None:
        return find(first), find(second if second is not None else -1)
    last = find(-1)
    for number, record in reversed(world.history.items()[:-1]):
        if _target(record) == _target(last) and record.is_answered:
            return find(number), last
    raise UsageError("There is no earlier answer of the same target", hint="again, or name two: diff 1 2")


def _target(record: Record) -> tuple[str, str]:
    return record.draft.method, record.outgoing.url.text
