"""`save`, `load`, `show` and `unset` for saved requests and sessions, and `send NAME`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from callbox.engine.options import OPTIONS, format_option
from callbox.errors import UsageError
from callbox.exchange.auth_schemes import Auth
from callbox.exchange.url import is_absolute
from callbox.formats.saved_request_toml import write_request
from callbox.render.style import Fragments
from callbox.render.tables_and_text_width import table
from callbox.shell import session_autosave_and_load
from callbox.shell.command_context import Context
from callbox.shell.confirmation import confirm_removal
from callbox.shell.line.grammar import Call
from callbox.shell.line.targets_and_items import redact_target
from callbox.shell.outputs import Output, say
from callbox.shell.requests.saved_and_earlier_requests import FLAGS, KIND, SavedRequestRow, saved_request_rows
from callbox.shell.session_as_commands import record_initial_entries
from callbox.shell.text_and_json_listings import Listing, show
from callbox.spelling import hint
from callbox.storage.locked_file_store import FileChange, check_name


def save_request(call: Call, context: Context) -> Iterator[Output]:
    """`save request NAME [--force]`: save the last request as it was typed."""
    name = check_name(call.text("name"))
    draft = context.history.get(-1).draft
    left = [] if is_absolute(draft.url) else [key for key in draft.options if _is_bound(key)]
    # the user did not type the option
    left += [key for key in draft.options if key in draft.file_options and key not in left]
    saved_options = {
        key: value for key, value in draft.options.items() if key in (*OPTIONS, *FLAGS) and key not in left
    }
    options = {key: _format(key, value) for key, value in saved_options.items()}
    data = write_request(draft, options)

    def change(old: bytes | None) -> FileChange:
        if old is not None and not call.has("force"):
            raise UsageError(f"There is a request '{name}' already", hint="to overwrite it: --force")
        return FileChange(data)

    context.ports.open_store(KIND).update(name, change)
    yield say(
        f"saved request '{name}': {draft.method} {redact_target(draft.url, draft.secrets)}; to send it: send {name}"
    )
    if left := [*left, *(["auth"] if isinstance(draft.auth, Auth) else [])]:
        words = ", ".join(f"--{key}" for key in left)
        yield say(
            f"not saved: {words}; send {name} uses the values of the session, or the values that you type", "note"
        )


def _is_bound(option: str) -> bool:
    """Whether the option applies to one origin only. A saved request with a path may be sent to any origin."""
    return option in OPTIONS and OPTIONS[option].scope == "origin"


def show_requests(call: Call, context: Context) -> Iterator[Output]:
    """`show requests`: list the name, the method and the URL of each saved request."""
    return show(Listing(saved_request_rows, _request_table, "no saved request"), call, context)


def _request_table(rows: Sequence[SavedRequestRow], context: Context) -> Fragments:
    cells = [
        (row.name, row.method or "", f"cannot be read: {row.error}" if row.error else row.url or "") for row in rows
    ]
    return table(("name", "method", "url"), cells, context.columns())


def unset_request(call: Call, context: Context) -> Iterator[Output]:
    """`unset request NAME..`."""
    store = context.ports.open_store(KIND)
    names = store.names() if "*" in call.texts("names") else call.texts("names")
    if not names:
        yield say("no saved request to remove")
        return
    if "*" in call.texts("names"):
        confirm_removal(f"all {len(names)} saved requests", context)
    for name in names:
        if not store.remove(name):
            raise UsageError(f"No request '{name}'", hint=hint(name, store.names(), "there are no saved requests"))
        yield say(f"removed request '{name}'")


def _format(key: str, value: object) -> str:
    return format_option(key, value) if key in OPTIONS else "yes"


def save_session(call: Call, context: Context) -> Iterator[Output]:
    """`save session [NAME] [--with-secrets] [--force]`."""
    session_file = context.session_file
    name = call.text("name") or (session_file.name if session_file is not None else "")
    if not name:
        raise UsageError("The session has no name yet", hint="save session NAME")
    keeps_secrets = call.has("with-secrets")
    yield from session_autosave_and_load.save_session(
        context, name, keeps_secrets=keeps_secrets, is_forced=call.has("force")
    )
    assert context.session_file is not None
    secrets = ", with secrets as they are" if keeps_secrets else ""
    held = session_autosave_and_load.describe(context.session_file.seen)
    yield say(f"saved session '{name}'{secrets}: {held}; each change is saved")
    yield from session_autosave_and_load.tell_unsaved_secrets(context.session_file.seen, name)


def load_session(call: Call, context: Context) -> Iterator[Output]:
    """`load session NAME [--backup]`."""
    name = call.text("name")
    with call.at("name"):
        saved = session_autosave_and_load.load_session(context, name, is_backup=call.has("backup"))
    if saved is None:
        raise session_autosave_and_load.unknown_session_error(context, name)
    record_initial_entries(context)
    yield say(f"session '{name}': {session_autosave_and_load.describe(saved.things)}; each change is saved")
    yield from session_autosave_and_load.report_unread(context)


def show_sessions(call: Call, context: Context) -> Iterator[Output]:
    """`show sessions`: list the saved sessions, and mark the one that this shell uses."""
    return show(
        Listing(session_autosave_and_load.saved_session_rows, _session_table, "no saved session"), call, context
    )


def _session_table(rows: Sequence[session_autosave_and_load.SavedSessionRow], context: Context) -> Fragments:
    cells = [
        (row.name, f"cannot be read: {row.error}" if row.error else row.holds, "this one" if row.current else "")
        for row in rows
    ]
    return table(("name", "what it holds", ""), cells, context.columns())


def unset_session(call: Call, context: Context) -> Iterator[Output]:
    """`unset session NAME..`: delete the session file and its backup."""
    store = context.ports.open_store(session_autosave_and_load.KIND)
    names = store.names() if "*" in call.texts("names") else call.texts("names")
    if not names:
        yield say("no saved session to remove")
        return
    if "*" in call.texts("names"):
        confirm_removal(f"all {len(names)} saved sessions", context)
    for name in names:
        if not store.remove(name):
            raise session_autosave_and_load.unknown_session_error(context, name)
        is_own = context.session_file is not None and context.session_file.name == name
        if is_own:
            context.session_file = None
        yield say(f"removed session '{name}'{'; this shell is no longer saved' if is_own else ''}")
