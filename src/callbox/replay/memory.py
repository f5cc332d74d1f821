"""What a run of a script knows by and by, kept where its requests are run one at a time, as pytest does."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import NamedTuple

from callbox.exchange.cookies import Jar
from callbox.exchange.events import Record
from callbox.httpfile.javascript.protocol import Json


class Memory(NamedTuple):
    """What a run knows by and by. Kept from one run of a script to the next, no request is sent twice for an answer."""

    captures: MutableMapping[str, str]
    records: dict[int, Record]
    """Answers that others refer to, and that of the step under way, by the numbers of their steps."""
    unfit: dict[int, str]
    """Steps that others cannot build on, and what became of them."""
    frozen: MutableMapping[tuple[str, int, int], str]
    """Random values and times of the file's variables."""
    globals: dict[str, Json]
    """What scripts keep in `client.global`, as they gave it."""
    headers: dict[str, str]
    """What they have put into `client.global.headers`."""
    written: set[str]
    """Files that hold what a server has sent, by their real paths: they are no templates."""
    file_jars: list[Jar]
    """The cookies of requests whose way the file says; empty before the first run, then the one jar."""


def new_memory(captures: MutableMapping[str, str] | None = None) -> Memory:
    """Nothing is known yet, but what earlier runs have captured."""
    return Memory(captures if captures is not None else {}, {}, {}, {}, {}, {}, set(), [])
