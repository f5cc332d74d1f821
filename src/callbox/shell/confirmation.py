"""Ask before something that cannot be undone: a request to a path that was probably typed only in part, and the removal
of everything of one kind.

Tab completes the beginning of a path, such as `/books/` of `/books/7`. If the user then presses Enter, DELETE may
remove all books.
"""

from __future__ import annotations

from callbox.errors import UsageError
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.url import Url, readable_path
from callbox.render.http_messages import redacted_url
from callbox.shell.command_context import Context
from callbox.shell.line.grammar import Call

AGREEMENT = ("y", "yes")
"""The replies that agree, in lower case."""
_REMOVING = ("DELETE", "MOVE", "PURGE")
_CHANGING = ("PUT", "PATCH")
"""Methods that change one resource. Only for a list do they get a question: `/me` may have paths below it."""


def confirm_removal(what: str, context: Context) -> None:
    """Ask before the removal of `what`, which `undo` cannot bring back. Raises UsageError if it is not wanted.

    Nobody is asked about a line of a script.
    """
    if not context.is_typed or context.source_stack:
        return
    if context.ports.ask(f"Remove {what}? It cannot be undone. y or n", False).lower() not in AGREEMENT:
        raise UsageError("Nothing was removed", hint="answer y to remove it")


def confirm_path(call: Call, draft: Draft, context: Context) -> None:
    """Ask before a removing or changing method goes to a path, if only longer paths are known for this method.

    Raises UsageError if the request is not sent. Nobody is asked about a line of a script, a saved request, a path that
    the description or an earlier response has with this method, or an origin of which nothing is known. With `--edit`,
    the editor shows the request first.
    """
    method = draft.method.upper()
    if method not in (*_REMOVING, *_CHANGING) or not context.is_typed or context.source_stack or call.has("edit"):
        return
    if not draft.url or (call.command.words == ("send",) and call.text("method") != draft.method):
        return
    outgoing = context.session.preview(draft)
    if not _is_only_beginning(method, outgoing.url, context):
        return
    question = f"{draft.method} {redacted_url(outgoing)} itself? No {method} of it is known"
    if context.ports.ask(f"{question}. y or n", False).lower() not in AGREEMENT:
        raise UsageError("Nothing was sent", hint="type the rest of the path, or answer y")


def _is_only_beginning(method: str, url: Url, context: Context) -> bool:
    """Whether longer paths than this one are known, but the method is not known for this path."""
    described, seen, path = context.apis.at(context.session.base_url), context.completion.seen, readable_path(url.path)
    is_described = described.is_only_beginning(method, url) if described is not None else None
    if is_described is None and seen is not None:
        is_beginning = seen.has_paths_below(url.origin, path, is_list=method in _CHANGING)
    else:
        is_beginning = bool(is_described)
    if not is_beginning or (seen is not None and seen.has_method(url.origin, method, path)):
        return False
    return not any(
        record.is_answered and record.response.status < 400 and _is_to(one, method, url)
        for _, record in context.history.items()
        for one in (record.first_outgoing, record.outgoing)
    )


def _is_to(outgoing: Outgoing, method: str, url: Url) -> bool:
    is_here = outgoing.url.origin == url.origin and outgoing.url.path.rstrip("/") == url.path.rstrip("/")
    return is_here and outgoing.method.upper() == method
