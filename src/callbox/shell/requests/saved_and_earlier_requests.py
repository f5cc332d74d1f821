"""Saved requests and requests of earlier shells: list them, and read their drafts as typed.

- A saved request (`send NAME`) is a file in the user's store.
- A request of an earlier shell (`h1042`) is in the memory file, with its record.

Requests of this shell are in `callbox.shell.requests.draft_builder`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from callbox.engine.options import parse_option
from callbox.errors import CallboxError, UsageError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.request import Draft
from callbox.formats.saved_request_toml import Sources, read_line, read_plain_options, read_request
from callbox.shell.command_context import Context
from callbox.shell.line.argument_types import METHODS
from callbox.shell.line.grammar import Call
from callbox.shell.line.targets_and_items import redact_target
from callbox.shell.request_history import EarlierId
from callbox.shell.requests.credentials_and_secret_references import recorded
from callbox.spelling import hint

KIND = "requests"
FLAGS = ("path-as-is", "no-session")


class SavedRequestRow(NamedTuple):
    """A saved request: a row of `show requests`, with its secrets redacted."""

    name: str
    method: str | None
    url: str | None
    error: str | None = None
    """The reason why the file cannot be read; None if the file can be read."""


def saved_request_rows(context: Context) -> Iterator[SavedRequestRow]:
    """A row for each saved request."""
    store = context.ports.open_store(KIND)
    for name in store.names():
        try:
            method, url = read_line(store.read(name) or b"", str(store.path(name)))
        except CallboxError as error:
            yield SavedRequestRow(name=name, method=None, url=None, error=error.message)
        else:
            yield SavedRequestRow(name, method, redact_target(url))


def read_saved_draft(call: Call, context: Context) -> Draft | None:
    """The request that `send NAME` means; None if the word is a method.

    Raises UsageError with the nearest saved name if the word is neither a method nor a saved name.
    """
    name = call.text("method")
    store = context.ports.open_store(KIND)
    names = store.names()
    found = next((one for one in names if one.lower() == name.lower() and (one == name or name.isupper())), "")
    if not found:
        if name.isupper() or name.lower() in METHODS:
            return None
        near = hint(name, names, "send METHOD TARGET, or: save request NAME saves the last request")
        raise UsageError(f"No saved request '{name}'", hint=near, place=call.place("method"))
    data = store.read(found)
    if data is None:
        return None
    secrets: dict[str, str] = {}
    sources = Sources(recorded(secrets, context), context.ports.read_pieces, context.make_boundary())
    draft, options = read_request(data, str(store.path(found)), sources)
    options_of_draft = {key: parse_saved_option(key, text) for key, text in options.items()}
    return draft._replace(options=options_of_draft, secrets=secrets)


def parse_saved_option(key: str, text: str) -> object:
    """The value of an option or flag of a saved request."""
    return text == "yes" if key in FLAGS else parse_option(key, text)


def read_typed_request(
    record: Record, number: EarlierId, context: Context, replaced: Collection[str]
) -> tuple[Record, str]:
    """The record of a request of an earlier shell with its draft as typed, and a note on what was not saved.

    Raises UsageError if its body was not saved.
    """
    stored = context.remember().stored(number)
    if not stored.draft:
        why = "its content was not saved (a stream, a long body, or a secret under another name)"
        raise UsageError(f"Request {number} cannot be sent again: {why}", hint="type it again")
    secrets: dict[str, str] = {}
    find = recorded(secrets, context)
    sources = Sources(
        lambda reference, what: "" if what.lower() in replaced else find(reference, what),
        context.ports.read_pieces,
        context.make_boundary(),
    )
    draft, options = read_request(stored.draft, str(number), sources)
    draft = draft._replace(
        options={key: parse_saved_option(key, text) for key, text in options.items()}, secrets=secrets
    )
    is_bare = stored.had_auth and "auth" not in replaced
    return record._replace(draft=draft), "the credentials of its --auth were not kept" if is_bare else ""


def read_record(number: EarlierId, context: Context) -> Record:
    """The record of a request of an earlier shell, with the options that were typed with it."""
    record, stored = context.history.get(number), context.remember().stored(number)
    if not stored.draft:
        return record
    texts = read_plain_options(stored.draft, str(number))
    options = {key: parse_saved_option(key, text) for key, text in texts.items()}
    return record._replace(draft=record.draft._replace(options=options))
