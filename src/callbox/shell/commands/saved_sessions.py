"""`save session`, `load session`, `show sessions`, `unset session`: saved sessions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from callbox.errors import UsageError
from callbox.render.style import Fragments
from callbox.render.tables import table
from callbox.shell import autosave
from callbox.shell.context import Context
from callbox.shell.line.grammar import Call
from callbox.shell.listings import Listing, show
from callbox.shell.outputs import Output, say
from callbox.shell.session_text import record_initial_entries


def save_session(call: Call, context: Context) -> Iterator[Output]:
    """`save session [NAME] [--with-secrets] [--force]`."""
    session_file = context.session_file
    name = call.text("name") or (session_file.name if session_file is not None else "")
    if not name:
        raise UsageError("The session has no name yet", hint="save session NAME")
    keeps_secrets = call.has("with-secrets")
    yield from autosave.save_session(context, name, keeps_secrets=keeps_secrets, is_forced=call.has("force"))
    assert context.session_file is not None
    secrets = ", with secrets as they are" if keeps_secrets else ""
    yield say(f"saved session '{name}'{secrets}: {autosave.describe(context.session_file.seen)}; each change is saved")


def load_session(call: Call, context: Context) -> Iterator[Output]:
    """`load session NAME [--backup]`."""
    name = call.text("name")
    with call.at("name"):
        saved = autosave.load_session(context, name, is_backup=call.has("backup"))
    if saved is None:
        raise autosave.unknown_session_error(context, name)
    record_initial_entries(context)
    yield say(f"session '{name}': {autosave.describe(saved.things)}; each change is saved")
    yield from autosave.report_unread(context)


def show_sessions(call: Call, context: Context) -> Iterator[Output]:
    """`show sessions`: the saved sessions, and which one this shell uses."""
    return show(Listing(autosave.saved_session_rows, _session_table, "no saved session"), call, context)


def _session_table(rows: Sequence[autosave.SavedSessionRow], context: Context) -> Fragments:
    cells = [
        (row.name, f"cannot be read: {row.error}" if row.error else row.holds, "this one" if row.current else "")
        for row in rows
    ]
    return table(("name", "what it holds", ""), cells, context.columns())


def unset_session(call: Call, context: Context) -> Iterator[Output]:
    """`unset session NAME..`: deletes the file and its backup."""
    store = context.ports.open_store(autosave.KIND)
    names = store.names() if "*" in call.texts("names") else call.texts("names")
    if not names:
        yield say("no saved session to remove")
    for name in names:
        if not store.remove(name):
            raise autosave.unknown_session_error(context, name)
        is_own = context.session_file is not None and context.session_file.name == name
        if is_own:
            context.session_file = None
        yield say(f"removed session '{name}'{'; this shell is no longer saved' if is_own else ''}")
