"""The items after a request: header, query, body field, file. One word becomes one item.

The separator is the earliest unquoted one, then the longest; quoted and backslashed separators are text.
Files are named here, not read: a handler reads them and puts the content in place of the name.
"""

from __future__ import annotations

from typing import NamedTuple

from callbox.shell.words import BARE, Word

SEPARATORS = {
    ":=@": "json_file",
    "==@": "query_file",
    ":=": "json",
    "==": "query",
    "=@": "field_file",
    ":@": "header_file",
    "=": "field",
    ":": "header",
    "@": "upload",
}
"""Separator to kind, longest first."""


class Item(NamedTuple):
    """What one word after a request says."""

    kind: str
    """`header`, `header_file`, `header_left_out` (`Name:`), `header_empty` (`Name;`), `query`, `query_file`, `field`,
    `field_file`, `json`, `json_file`, `upload` (`name@file`) or `body_file` (`@file`)."""
    name: str
    """As typed, nested keys included: `a[b][]`."""
    value: str
    """The value, the JSON text, or the name of the file."""
    start: int = 0
    end: int = 0
    """The word's span in the line."""
    media_type: str = ""
    """Of an upload, where `;type=` says it."""
    path: tuple[str | int | None, ...] = ()
    """The steps of a nested key: a name, an index, or None for `[]`; empty where the key is not well formed."""

    @property
    def is_body(self) -> bool:
        """Whether it says something about the body."""
        return self.kind in ("field", "field_file", "json", "json_file", "upload", "body_file")


class Separation(NamedTuple):
    """Where a word is cut: `text[:at]` is the name, `text[after:]` the value."""

    kind: str
    at: int
    after: int


def find_separator(word: Word) -> Separation | None:
    """The separator that rules this word; None where it has none."""
    for at, mark in enumerate(word.marks):
        if mark != BARE:
            continue
        if word.text[at] == ";" and at == len(word.text) - 1 and at:
            return Separation("header_empty", at, at + 1)
        for separator, kind in SEPARATORS.items():
            if word.text.startswith(separator, at) and set(word.marks[at : at + len(separator)]) == {BARE}:
                after = at + len(separator)
                return Separation(_special(word, kind, at, after), at, after)
    return None


def _special(word: Word, kind: str, at: int, after: int) -> str:
    if kind == "header" and after == len(word.text):
        return "header_left_out"
    return "body_file" if kind == "upload" and at == 0 else kind
