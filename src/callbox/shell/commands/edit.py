"""`edit session | last | N | NAME | FILE`: open the session, a request or a file in the user's editor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from callbox.errors import UsageError
from callbox.httpfile.script_suffixes import is_script_name
from callbox.shell.command_context import Context
from callbox.shell.commands.ls_paths_and_steps import file_problems
from callbox.shell.commands.send_again_and_preview import deliver
from callbox.shell.interpreter import run
from callbox.shell.line.argument_types import is_earlier_id
from callbox.shell.line.grammar import Call
from callbox.shell.outputs import Output, say
from callbox.shell.request_as_editable_file import edit_request
from callbox.shell.request_history import EarlierId
from callbox.shell.requests.draft_builder import change_draft, repeated_draft, typed_request
from callbox.shell.session_as_commands import apply_difference, format_edit, read_session, session_text
from callbox.spelling import hint


def edit(call: Call, context: Context) -> Iterator[Output]:
    """Open the named object in the editor, and apply or send the result."""
    what = call.text("what")
    return _EDITORS.get(what, _edit_named)(call, context)


def _edit_session(call: Call, context: Context) -> Iterator[Output]:
    session = context.session
    with context.ports.edit(session_text(session), ".callbox", False) as text:
        edits = apply_difference(session, read_session(text, session, context, run))
    if not edits:
        yield say("nothing was changed")
    for draft_to_send in edits:
        yield say(format_edit(draft_to_send))


def _edit_last(call: Call, context: Context) -> Iterator[Output]:
    """Edit the last request as `.http` text, and send the result."""
    return _edit_earlier(-1, call, context)


def _edit_earlier(number: int, call: Call, context: Context) -> Iterator[Output]:
    record, missing = typed_request(number, context)
    draft = repeated_draft(record, context.session.base_url)
    if missing:
        yield say(missing, "note")
    draft = change_draft(draft, call, context)
    again = "again" if number == -1 else f"again {number}"
    yield from edit_request(
        draft, context, lambda draft_to_send: deliver(draft_to_send, call, context), sends_unchanged=False, again=again
    )


_MAX_DIGITS = 9


def _edit_named(call: Call, context: Context) -> Iterator[Output]:
    """Edit a request of the history if a number is typed, a saved request if a name is typed, else a file."""
    name = call.text("what")
    is_from_end = name[:1] == "-" and name[1:].isdecimal() and len(name) < _MAX_DIGITS
    if is_from_end or (name.isdecimal() and any(str(number) == name for number, _ in context.history.items())):
        yield from _edit_earlier(int(name), call, context)
        return
    if is_earlier_id(name) and name not in context.ports.list_files(name):
        yield from _edit_earlier(EarlierId(name[1:]), call, context)
        return
    store = context.ports.open_store("requests")
    if name in store.names() and "/" not in name and "." not in name:
        context.ports.edit_file(str(store.path(name)))
        yield say(f"edited request '{name}'; to send it: send {name}")
        return
    if name.endswith("/"):
        raise UsageError(f"{name} is a folder, not a file", place=call.place("what"))
    if tip := _spelling_hint(name, ("session", "last", *store.names()), context):
        raise UsageError(f"Nothing is named '{name}'", hint=tip, place=call.place("what"))
    context.ports.edit_file(name)
    if is_script_name(name):
        yield from file_problems(name, context)
        yield say(f"to send its requests: replay {name}", "hint")


def _spelling_hint(name: str, names: tuple[str, ...], context: Context) -> str:
    """A spelling hint if the word does not look like a file; empty if it does."""
    if "." in name or "/" in name or name in context.ports.list_files(name):
        return ""
    return hint(name, names)


_EDITORS: Mapping[str, Callable[[Call, Context], Iterator[Output]]] = {"session": _edit_session, "last": _edit_last}
