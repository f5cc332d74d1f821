"""`save session`, `load session`, `show sessions`, `unset session`: saved sessions."""

from __future__ import annotations

from collections.abc import Iterator

from callbox.errors import CallboxError, UsageError
from callbox.render.sanitise import visible, visible_line
from callbox.render.tables import table
from callbox.shell.context import Context
from callbox.shell.line.command import Call
from callbox.shell.outputs import Output, TextOutput, say
from callbox.shell.saved import autosave
from callbox.shell.saved.autosave import list_saved_sessions
from callbox.shell.saved.session_text import changed_lines, record_initial_entries


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
    try:
        saved = autosave.load_session(context, name, is_backup=call.has("backup"))
    except CallboxError as error:
        error.place = error.place or call.place("name")
        raise
    if saved is None:
        raise autosave.unknown_session_error(context, name)
    record_initial_entries(context)
    yield say(f"session '{name}': {autosave.describe(saved.things)}; each change is saved")
    yield from autosave.report_unread(context)


def show_sessions(call: Call, context: Context) -> Iterator[Output]:
    """`show sessions`: the saved sessions, and which one this shell uses."""
    rows = [
        [name, visible_line(holds), "this one" if is_own else ""]
        for name, holds, is_own in list_saved_sessions(context)
    ]
    if not rows:
        yield say("no saved session", "note")
        return
    yield TextOutput(table(("name", "what it holds", ""), rows, context.columns()))


def unset_session(call: Call, context: Context) -> Iterator[Output]:
    """`unset session NAME..`: the file goes, with the one before it."""
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


def show_changed(context: Context) -> Iterator[Output]:
    """`show session --changed`: the changes since the session was opened."""
    lines = [line for _, line in changed_lines(context)]
    if not lines:
        yield say("nothing was changed", "note")
    # Line breaks stay: they stand in quotes, and are read back.
    yield TextOutput([("", visible(line) + "\n") for line in lines])
