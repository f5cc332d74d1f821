"""Select a part of an earlier request or response by number and path, with the reason if it is not available."""

from __future__ import annotations

from callbox.errors import UsageError
from callbox.exchange.select import NothingFound, Value, format_value, select
from callbox.shell.history import History

_REQUEST_PARTS = frozenset(("request", "url"))
_HEAD_PARTS = frozenset(("status", "statusCode", "reason", "time", "headers", "header", "cookies", "cookie"))


def select_from_history(history: History, number: int, path: str) -> Value:
    """The value at `path` in request `number` or in its response.

    Raises UsageError where the request has no response, where its body was not kept, and, with the reason, where a
    response that was cut off has nothing there.
    """
    head = path.strip().removeprefix("response.").partition(".")[0].partition("[")[0]
    if head in _REQUEST_PARTS:
        return select(history.get(number), path)
    record = history.answered(number) if head in _HEAD_PARTS else history.with_body(number)
    try:
        return select(record, path)
    except NothingFound as error:
        if head not in _HEAD_PARTS and not record.is_complete and record.fault:
            what = f"Response {history.position(number)} was cut off ({record.fault})"
            raise UsageError(f"{what}: {error.message}", hint=error.hint) from None
        raise


def text_from_history(history: History, number: int, path: str) -> str:
    """The same as text, as it stands in a line."""
    return format_value(select_from_history(history, number, path))
