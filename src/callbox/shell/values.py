"""The value of an item: as typed, read from the file that it names, or asked for where it is a secret left out."""

from __future__ import annotations

from callbox.errors import CallboxError, UsageError
from callbox.exchange.credential_names import is_credential_name
from callbox.shell.command import Call
from callbox.shell.items import Item
from callbox.shell.kinds import Ask
from callbox.shell.world import World


def text_of(item: Item, call: Call, world: World) -> str:
    """The value of an item, read from its file where it names one, asked for where it is a secret left out."""
    if item.kind.endswith("_file"):
        return _read_text(item, call, world)
    if isinstance(item.value, Ask) and is_credential_name(item.name):
        return world.ports.ask(item.name, True)
    return item.value


def _read_text(item: Item, call: Call, world: World) -> str:
    try:
        text = world.ports.read_file(item.value).decode("utf-8")
    except CallboxError as error:
        error.place = error.place or call.item_place(item)
        raise
    except UnicodeDecodeError:
        raise UsageError(f"{item.value} is not UTF-8 text", place=call.item_place(item)) from None
    return text.rstrip("\r\n") if item.kind in ("header_file", "query_file") else text
