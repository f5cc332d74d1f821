"""A request of an earlier shell, read from the memory file: its draft as typed, and its record.

Requests of this shell are in `callbox.shell.requests.draft_builder`.
"""

from __future__ import annotations

from collections.abc import Collection

from callbox.errors import UsageError
from callbox.exchange.events import Record
from callbox.formats.saved_request_toml import Sources, read_plain_options, read_request
from callbox.memory.history_and_facts_database import had_auth
from callbox.shell.command_context import Context
from callbox.shell.request_history import EarlierId
from callbox.shell.requests.credentials_and_secret_references import recorded
from callbox.shell.requests.saved_request_lookup import parse_saved_option


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
    is_bare = had_auth(stored) and "auth" not in replaced
    return record._replace(draft=draft), "the credentials of its --auth were not kept" if is_bare else ""


def read_record(number: EarlierId, context: Context) -> Record:
    """The record of a request of an earlier shell, with the options that were typed with it."""
    record, stored = context.history.get(number), context.remember().stored(number)
    if not stored.draft:
        return record
    texts = read_plain_options(stored.draft, str(number))
    options = {key: parse_saved_option(key, text) for key, text in texts.items()}
    return record._replace(draft=record.draft._replace(options=options))
