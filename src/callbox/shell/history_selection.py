"""Select a part of an earlier request or response by number and path, with the reason if it is not available."""

from __future__ import annotations

from callbox.errors import UsageError
from callbox.exchange.select import NothingFound, Value, format_value, select, select_every
from callbox.shell.history import History

_REQUEST_PARTS = frozenset(("request", "url"))
_HEAD_PARTS = frozenset(("status", "statusCode", "reason", "time", "headers", "header", "cookies", "cookie"))


def select_from_history(history: History, number: int, path: str) -> list[Value]:
    """The values at `path` in request `number` or in its response: one, or as many as a JSONPath matches.

    Raises UsageError where the request has no response, where its body was not kept, and, with the reason, where a
    response that was cut off has nothing there.
    """
    head = path.strip().removeprefix("response.").partition(".")[0].partition("[")[0]
    if head in _REQUEST_PARTS:
        return [select(history.get(number), path)]
    record = history.answered(number) if head in _HEAD_PARTS else history.with_body(number)
    try:
        return select_every(record, path)
    except NothingFound as error:
        if head not in _HEAD_PARTS and not record.is_complete and record.fault:
            what = f"Response {history.position(number)} was cut off ({record.fault})"
            raise UsageError(f"{what}: {error.message}", hint=error.hint) from None
        raise


def text_from_history(history: History, number: int, path: str) -> str:
    """One value as text, as it stands in a line. Raises UsageError where the path matches several, too."""
    found = select_from_history(history, number, path)
    if len(found) > 1:
        tip = f"show last {path} lists them; [0] in place of [*] takes the first"
        raise UsageError(f"'{path}' matches {len(found)} values, and one is needed here", hint=tip)
    return format_value(found[0])
