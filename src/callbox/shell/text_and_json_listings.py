"""Listings: the rows of a `show` command or of `ls`, as text for people and as JSON for programs.

Secrets are redacted when the rows are made. Text and JSON are made of the same rows, so both have the same content.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from callbox.render.style import Fragments
from callbox.shell.command_context import Context
from callbox.shell.line.grammar import Call
from callbox.shell.outputs import BodyOutput, Output, TextOutput, say

Row = TypeVar("Row", bound=tuple[Any, ...])


class Listing(NamedTuple, Generic[Row]):
    """The rows of a listing, and how they look as text.

    A row is a named tuple; its fields are the members of the JSON object.
    """

    rows: Callable[[Context], Iterable[Row]]
    text: Callable[[Sequence[Row], Context], Fragments]
    if_empty: str
    """The text that is shown if there are no rows."""


def show(listing: Listing[Row], call: Call, context: Context) -> Iterator[Output]:
    """The listing in the form that `--format` asks for."""
    rows = list(listing.rows(context))
    if call.flag("format") == "json":
        yield json_output(objects(rows))
    elif rows:
        yield TextOutput(listing.text(rows, context))
    else:
        yield say(listing.if_empty, "note")


def objects(rows: Iterable[Any]) -> list[dict[str, object]]:
    """The rows as JSON objects."""
    return [row._asdict() for row in rows]


def json_output(found: object) -> BodyOutput:
    """A value as JSON text, indented on a terminal and compact elsewhere.

    A lone surrogate, which UTF-8 cannot hold, is written as its JSON escape.
    """
    text = json.dumps(found, ensure_ascii=False, indent=2)
    return BodyOutput(f"{text}\n".encode("utf-8", "backslashreplace"), "application/json")
