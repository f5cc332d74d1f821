"""The draft of a request that was sent earlier, in this shell or in an earlier one, to send it again."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from callbox.exchange.events import Record
from callbox.exchange.request import Draft
from callbox.exchange.url import UrlError, is_absolute, join, parse
from callbox.shell.context import Context
from callbox.shell.request_history import EarlierId


def typed_request(number: int, context: Context, replaced: Collection[str] = ()) -> tuple[Record, str]:
    """The record of this number with its draft as typed, and a note on what an earlier shell did not save.

    The user is asked for secrets of an earlier request, except those whose lower-cased names are in `replaced`,
    because the line sets them again. Raises UsageError if there is no such request, or if its body was not saved.
    """
    record = context.history.get(number)
    if not isinstance(number, EarlierId):
        return record, ""
    # TOML and redaction take 110 ms, and only a request of an earlier shell needs them
    from callbox.shell.requests.requests_of_earlier_shells import read_typed_request

    return read_typed_request(record, number, context, replaced)


def repeated_draft(record: Record, base: str) -> Draft:
    """The draft of an earlier request with the URL to which it was sent, even if the base has changed since."""
    draft, sent = record.draft, record.first_outgoing.url
    if is_absolute(draft.url):
        return draft
    with suppress(UrlError):
        joined = parse(join(base, draft.url)) if base else None
        if joined is not None and (joined.origin, joined.path) == (sent.origin, sent.path):
            return draft
    _, mark, query = draft.url.partition("#")[0].partition("?")
    return draft._replace(url=f"{sent.origin}{sent.path}{mark}{query}")
