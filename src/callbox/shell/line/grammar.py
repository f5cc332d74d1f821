"""The grammar of the command language: commands, their arguments and flags, and the call that a line becomes.

The commands are in `callbox.shell.registry`; `callbox.shell.line.parser` reads lines by them; handlers under
`callbox.shell.commands` take a `Call` and a `Context` and yield outputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Literal, NamedTuple

from callbox.errors import Place, placed_at
from callbox.exchange.redaction.displayed_fields_and_values import redact_place
from callbox.exchange.redaction.urls import redact_urls
from callbox.shell.line.lexer import Redirect
from callbox.shell.line.targets_and_items import Item

HowMany = Literal["one", "optional", "some", "any"]


class Argument(NamedTuple):
    """One positional argument of a command."""

    name: str
    """The key in `Call.values`, and the name in help."""
    kind: str
    """A key of `callbox.shell.line.argument_types.ARGUMENT_TYPES`."""
    how_many: HowMany = "one"
    """How many words the argument takes: `one`, `optional` (none or one), `some` (one or more) or `any` (none or
    more).
    """
    help: str = ""

    @property
    def is_required(self) -> bool:
        """Whether the argument needs at least one word."""
        return self.how_many in ("one", "some")

    @property
    def is_joined(self) -> bool:
        """Whether the words of the argument are joined with blanks into one value."""
        return self.is_many and self.kind in ("header_value", "text")

    @property
    def is_many(self) -> bool:
        """Whether the argument takes any number of words, so that its value is a tuple."""
        return self.how_many in ("some", "any")


class Flag(NamedTuple):
    """A flag of a command, with or without a value."""

    name: str
    """The key in `Call.flags` or, if `option` is set, in `Call.options`."""
    words: tuple[str, ...]
    """The spellings of the flag: `--verbose`, `-v`."""
    help: str
    kind: str = ""
    """The argument type of the value, a key of `KINDS`; empty for a flag without a value."""
    option: str = ""
    """The option of the session that the flag sets for this request alone."""
    is_optional: bool = False
    """Whether the value may be left out. A value is then joined with `=`, as in `--download=FILE`."""
    is_many: bool = False
    """Whether the flag may be typed several times, so that its value is a tuple."""
    metavar: str = "FILE"
    """The word that help shows for the value, if the value may be left out."""


class Command(NamedTuple):
    """A command: one record of the table."""

    words: tuple[str, ...]
    """The words that the command begins with, such as `("set", "header")`."""
    summary: str
    """One line for help and menus."""
    handler: str
    """The handler as `module:function`, imported when the command first runs."""
    arguments: tuple[Argument, ...] = ()
    flags: tuple[Flag, ...] = ()
    examples: tuple[str, ...] = ()
    """Example lines, which must parse; the plainest comes first."""
    takes: Literal["", "items", "request"] = ""
    """What may follow the arguments: `items` (of a request, with its flags) or `request` (a whole request command)."""
    family: str = ""
    """The heading of the command in help."""
    about: str = ""
    """A paragraph for `help WORDS` and the manual."""
    aliases: tuple[tuple[str, ...], ...] = ()
    """Other words for the same command."""

    @property
    def name(self) -> str:
        """The words of the command, joined with blanks."""
        return " ".join(self.words)


class Call(NamedTuple):
    """A bound line: the command with its filled and parsed values, its items and flags, and the span of each."""

    command: Command
    line: str
    values: Mapping[str, object] = {}
    """The values by the names of arguments, without arguments that were not typed.

    A value of `some` or `any` is a tuple.
    """
    items: tuple[Item, ...] = ()
    flags: Mapping[str, object] = {}
    """The values of flags by their names; True for a flag without a value."""
    options: Mapping[str, object] = {}
    """The parsed options for this request alone, by their names in `callbox.engine.options`."""
    spans: Mapping[str, tuple[int, int]] = {}
    """The span of each argument, `--flag` and option in the line, from its first word to its last."""
    redirect: Redirect | None = None
    inner: Call | None = None
    """The request inside the line, such as the one that `preview` shows."""
    secrets: Mapping[str, str] = {}
    """The secret values that were filled into the line, with the names of their variables."""
    url_breakers: tuple[str, ...] = ()
    """The variables whose values change more than the part of the URL into which they were filled."""

    def text(self, name: str, default: str = "") -> str:
        """The value of an argument that takes one word, as text."""
        value = self.values.get(name, default)
        return value if isinstance(value, str) else str(value)

    def texts(self, name: str) -> tuple[str, ...]:
        """The values of an argument that takes many words, as texts."""
        value = self.values.get(name, ())
        return tuple(str(one) for one in value) if isinstance(value, tuple) else (str(value),)

    def number(self, name: str) -> int | None:
        """The value of an argument or flag that is a number; None if no number was typed."""
        value = self.values.get(name, self.flags.get(name))
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def has(self, flag: str) -> bool:
        """Whether this flag was typed."""
        return flag in self.flags

    def flag(self, name: str, default: str = "") -> str:
        """The value of a flag, as text."""
        value = self.flags.get(name, default)
        return value if isinstance(value, str) else str(value)

    def place(self, name: str = "") -> Place:
        """The place of an argument or flag, for an error about it; the whole line if it was not typed."""
        start, end = self.spans.get(name, (0, max(1, len(self.line))))
        return place(self.line, start, end)

    def at(self, name: str) -> AbstractContextManager[None]:
        """A block in which an error without a place gets the place of this argument or flag."""
        return placed_at(lambda: self.place(name))

    def at_item(self, item: Item) -> AbstractContextManager[None]:
        """A block in which an error without a place gets the place of this item."""
        return placed_at(lambda: self.item_place(item))

    def item_place(self, item: Item) -> Place:
        """The place of an item, for an error about it."""
        return place(self.line, item.start, item.end)


def place(line: str, start: int, end: int) -> Place:
    """The place of a span in a typed line.

    If the text has several lines, the place is in the line where the span starts.
    """
    before = line[:start]
    row = before.count("\n") + 1
    row_start = before.rfind("\n") + 1
    source = line[row_start:].split("\n", 1)[0]
    length = min(end, row_start + len(source)) - start
    found = Place(line=row, column=start - row_start + 1, length=max(1, length), source=source)
    return redact_place(found, redact_urls) if "=" in source or "@" in source else found
