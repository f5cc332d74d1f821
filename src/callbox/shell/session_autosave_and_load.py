"""The session file of this shell: it is loaded, saved, and updated after each change, cookies included.

Only this shell's own changes are written into the file, so that two shells can share one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from callbox.engine.session_snapshot_and_restore import MissingSecretError, restore, snapshot
from callbox.engine.session_state_and_edit_log import NOUNS, Group, UndoResult
from callbox.errors import CallboxError, UsageError
from callbox.exchange.cookies import Cookie
from callbox.exchange.secret import ASK
from callbox.formats.session_toml import (
    Key,
    SavedSession,
    SecretReference,
    SessionEntry,
    Thing,
    changes,
    is_same,
    read_session,
    with_changes,
    write_session,
)
from callbox.formats.toml import Damaged
from callbox.shell.command_context import Context, SessionFile
from callbox.shell.outputs import Failure, Output, say
from callbox.shell.requests.credentials_and_secret_references import ContextSecretSource, build_auth, find_secret
from callbox.spelling import hint
from callbox.storage.locked_file_store import FileChange

KIND = "sessions"


def save_changes(context: Context) -> Iterator[Output]:
    """Write the changes since the last save to the session file.

    A note reports the first error, and another note that saving works again. Between the two, callbox tries after each
    line to save all changes.
    """
    session_file = context.session_file
    if session_file is None:
        return
    now = _without_unsaved(session_file, snapshot(context.session, keeps_secrets=session_file.keeps_secrets))
    changed = changes(session_file.seen, now)
    if not changed:
        session_file.failure = ""
        return
    before = session_file.failure
    try:
        session_file.failure = before or _INTERRUPTED
        yield from _write(context, session_file, now, changed, waits=not before)
    except CallboxError as error:
        if unsaved := {key: thing for key, thing in now.items() if not _is_writable(key, thing)}:
            yield from _save_without(unsaved, context, session_file)
            return
        session_file.failure = error.message
        if error.message != before:
            more = f"session '{session_file.name}' is not saved: callbox tries again after each line"
            error.hint = f"{error.hint}; {more}".removeprefix("; ")
            yield Failure(error)
        return
    session_file.seen, session_file.failure = now, ""
    yield from tell_unsaved_secrets(changed, session_file.name)
    if before:
        yield say(f"session '{session_file.name}': saving works again", "note")


def _save_without(unsaved: Mapping[Key, Thing], context: Context, session_file: SessionFile) -> Iterator[Output]:
    """Save all entries except those that a file cannot hold, because their text is not Unicode."""
    names = ", ".join(map(_entry_label, unsaved))
    session_file.unsaved = {**session_file.unsaved, **unsaved}
    session_file.failure = ""
    yield say(f"session '{session_file.name}': {names} not saved, as it is not valid Unicode", "note")
    yield from save_changes(context)


def _without_unsaved(session_file: SessionFile, now: Mapping[Key, Thing]) -> Mapping[Key, Thing]:
    """The entries of the session. If an entry cannot be saved, the entry in the file takes its place."""
    if not session_file.unsaved:
        return now
    notes = {key: thing for key, thing in now.items() if session_file.unsaved.get(key) != thing}
    return {**notes, **{key: session_file.seen[key] for key in now if key not in notes and key in session_file.seen}}


def save_at_exit(context: Context) -> Iterator[Output]:
    """Try once more to save when the shell ends, and report the changes that are lost."""
    session_file = context.session_file
    if session_file is None or not session_file.failure:
        return
    for output in save_changes(context):
        if not isinstance(output, Failure):
            yield output
    if session_file.failure:
        yield Failure(
            CallboxError(f"Session '{session_file.name}' lost its last changes: {session_file.failure}"),
            NOT_WRITTEN,
        )


_INTERRUPTED = "interrupted while it was saved"
NOT_WRITTEN = 3
"""The exit code if a file could not be written."""


def _is_writable(key: Key, thing: Thing) -> bool:
    try:
        write_session(SavedSession({key: thing}))
    except UsageError:
        return False
    return True


def _entry_label(key: Key) -> str:
    name = key[1][0] if isinstance(key[1], tuple) else key[1]
    return f"{key[0]} {name}".rstrip()


def save_session(context: Context, name: str, *, keeps_secrets: bool, is_forced: bool) -> Iterator[Output]:
    """Save the session under a name. Later changes are saved to the same file."""
    now = snapshot(context.session, keeps_secrets=keeps_secrets)
    fresh = SavedSession(now, keeps_secrets)
    session_file = context.session_file

    def change(old: bytes | None) -> FileChange:
        if old is None or is_forced:
            return FileChange(write_session(fresh), keeps_damaged=old is not None and _is_damaged(old, name))
        if session_file is None or session_file.name != name:
            raise UsageError(
                f"There is a session '{name}' already",
                hint=f"to open it: load session {name}; to overwrite it: --force",
            )
        if _is_damaged(old, name):
            return FileChange(write_session(fresh), keeps_damaged=True)
        theirs = with_changes(read_session(old, name), changes(session_file.seen, now))
        return FileChange(write_session(theirs._replace(keeps_secrets=keeps_secrets)))

    backup = context.ports.open_store(KIND).update(name, change)
    if backup is not None:
        yield say(f"the damaged file is now {backup}", "note")
    context.session_file = SessionFile(name, now, keeps_secrets=keeps_secrets)
    context.session_file.is_there = True


def tell_unsaved_secrets(things: Mapping[Key, Thing | None], name: str) -> Iterator[Output]:
    """A note on the secrets of these entries that are not in the file, so that the next shell asks for them."""
    labels = [_shown_label(key, thing) for key, thing in things.items() if _is_asked(thing)]
    if labels:
        which = ", ".join(dict.fromkeys(labels))
        text = f"session '{name}' is saved without the secret of {which}"
        yield say(f"{text} (env:NAME, keyring:NAME or --with-secrets keeps it)", "note")


def _shown_label(key: Key, thing: Thing | None) -> str:
    """The name of an entry in a note. The name of a header has the letter case in which it was typed."""
    if key[0] == "auth":
        return "auth"
    return f"{key[0]} {thing.name}" if isinstance(thing, SessionEntry) else _entry_label(key)


def _is_asked(thing: Thing | None) -> bool:
    held = thing.values if isinstance(thing, SessionEntry) else (getattr(thing, "secret", ""),)
    return SecretReference(ASK) in held


def load_session(
    context: Context, name: str, *, is_backup: bool = False, is_without_missing_secrets: bool = False
) -> SavedSession | None:
    """Load a session file as one edit. Later changes are saved to the file. Returns None if there is no file.

    Raises UsageError and changes nothing if the file is damaged, or if a secret cannot be read and secrets may not be
    left out.
    """
    saved = read_saved_session(context, name, is_backup=is_backup)
    if saved is None:
        return None
    before, current_file = context.session.edits.newest, context.session_file
    unread = restore(
        context.session,
        saved.things,
        _SecretFinder(context, name, may_be_left_out=is_without_missing_secrets),
        lambda scheme, words: build_auth(scheme, words, ContextSecretSource(context)),
        is_without_missing_secrets=is_without_missing_secrets,
        is_same_session=current_file is not None and current_file.name == name and not is_backup,
    )
    session_file = SessionFile(
        name, snapshot(context.session, keeps_secrets=saved.keeps_secrets), keeps_secrets=saved.keeps_secrets
    )
    newest = context.session.edits.newest
    session_file.previous, session_file.group = context.session_file, newest if newest is not before else None
    session_file.is_there, session_file.unread = True, unread
    if is_backup:
        session_file.seen = _entries_on_disk(context, session_file)
    context.session_file = session_file
    return saved


class _SecretFinder:
    """Finds the secrets of a session file: in the environment, in the keyring, or by a question."""

    def __init__(self, context: Context, session_name: str, *, may_be_left_out: bool) -> None:
        self._context = context
        self._session_name = session_name
        self._may_be_left_out = may_be_left_out

    def __call__(self, reference: str, what: str) -> str:
        """The value of a reference. Raises `MissingSecretError` if there is none."""
        question = f"{what} (Enter leaves it out)" if self._may_be_left_out else what
        try:
            return find_secret(reference, self._context, question)
        except UsageError as error:
            if self._may_be_left_out and reference == ASK:
                raise MissingSecretError("no value was typed") from None
            raise self._missing(error, what) from None

    def _missing(self, error: UsageError, what: str) -> MissingSecretError:
        message = error.message
        if what not in message:
            message = f"{message}: the {what} of session '{self._session_name}'"
        noun = " ".join(what.split(" ")[:2]) if what.startswith(("header ", "query ", "var ")) else "auth .."
        tip = error.hint or f"to take it from the environment without a question: set {noun} env:NAME"
        return MissingSecretError(message, hint=tip)


def _entries_on_disk(context: Context, session_file: SessionFile) -> Mapping[Key, Thing]:
    """The entries of the session file itself after its backup was loaded; none if the file is damaged."""
    try:
        now = read_saved_session(context, session_file.name)
    except CallboxError:
        return session_file.seen
    return {} if now is None else {key: thing for key, thing in now.things.items() if key not in session_file.unread}


def report_unread(context: Context) -> Iterator[Output]:
    """A line for each entry of the session file that this version cannot read."""
    session_file = context.session_file
    if session_file is not None and session_file.unread:
        path = context.ports.open_store(KIND).path(session_file.name)
        for key, reason in session_file.unread.items():
            yield say(f"{path}: {_entry_label(key)} is not loaded, and stays in the file: {reason}", "note")


def after_undo(context: Context, undone: UndoResult) -> Iterator[Output]:
    """Save changes to the previous session file again, if `undo` took back a load."""
    session_file = context.session_file
    if session_file is None or undone.group is not session_file.group:
        return
    while session_file.previous is not None and session_file.previous.group is undone.group:
        session_file = session_file.previous  # a sourced file may load several sessions
    context.session_file = session_file.previous
    context.session.edits.clear_redo()
    if session_file.previous is not None and session_file.previous.name == session_file.name:
        session_file.previous.seen, session_file.previous.written = session_file.seen, session_file.written
        return
    instead = "this shell is no longer saved"
    if session_file.previous is not None:
        instead = f"changes are saved to '{session_file.previous.name}' again"
    yield say(f"session '{session_file.name}' on disk is not changed; {instead}")


def after_join(context: Context, joined: Sequence[Group]) -> None:
    """Record which of the joined edits loaded session files, because one `undo` now takes back all of these edits."""
    session_file = context.session_file
    while session_file is not None:
        if any(session_file.group is group for group in joined):
            session_file.group = context.session.edits.newest
        session_file = session_file.previous


def read_saved_session(context: Context, name: str, *, is_backup: bool = False) -> SavedSession | None:
    """Read the file of a saved session. Raises `Damaged` with a hint if it is damaged."""
    store = context.ports.open_store(KIND)
    data = store.read(name, is_backup=is_backup)
    try:
        return None if data is None else read_session(data, str(store.path(name)))
    except Damaged as error:
        if not is_backup and store.read(name, is_backup=True) is not None:
            error.hint = f"to load the version before: load session {name} --backup"
        else:
            error.hint = error.hint or "edit it by hand, or: unset session " + name
        raise


def unknown_session_error(context: Context, name: str) -> UsageError:
    """The error for an unknown session."""
    names = context.ports.open_store(KIND).names()
    return UsageError(f"No session '{name}'", hint=hint(name, names, f"to make one: save session {name}"))


def describe(things: Mapping[Key, Thing]) -> str:
    """A short description of a session: `https://api.x, 2 headers, bearer, 3 cookies`.

    >>> describe({("base", ""): "https://api.x", ("var", "a"): SessionEntry("a", ("1",))})
    'https://api.x, 1 var'
    """
    base = things.get(("base", ""))
    words = [base] if isinstance(base, str) else []
    for noun in NOUNS[1:]:
        count = sum(key[0] == noun for key in things)
        plural = noun if count == 1 or noun == "query" else f"{noun}s"
        words += [f"{count} {plural}"] if count else []
    return ", ".join(words) or "empty"


def _write(
    context: Context,
    session_file: SessionFile,
    now: Mapping[Key, Thing],
    changed: Mapping[Key, Thing | None],
    *,
    waits: bool,
) -> Iterator[Output]:
    change = _SessionChange(session_file, now, changed, context.ports.now())
    backup = context.ports.open_store(KIND).update(session_file.name, change, waits=waits)
    session_file.is_there = True
    if backup is not None:
        yield say(
            f"session '{session_file.name}' was damaged on disk: its file is now {backup}, and a new one is written",
            "note",
        )
    for what in change.notes:
        separator = " " if what.startswith("was ") else ": "
        yield say(f"session '{session_file.name}'{separator}{what}", "note")


class _SessionChange:
    """The new bytes of a session file, made from the bytes on the disk.

    `notes` are for the user, without the session's name.
    """

    def __init__(
        self,
        session_file: SessionFile,
        now: Mapping[Key, Thing],
        changed: Mapping[Key, Thing | None],
        current_time: float,
    ) -> None:
        self.notes: list[str] = []
        self._session_file = session_file
        self._now = now
        self._changed = changed
        self._current_time = current_time

    def __call__(self, old: bytes | None) -> FileChange:
        """The change of a file with these bytes; None if there is no file."""
        session_file = self._session_file
        if old is None:
            if session_file.is_there:
                self.notes.append("was removed on disk, and is written again")
            return FileChange(_format_and_remember(session_file, self._fresh()))
        try:
            theirs = _read_again(session_file, old)
        except Damaged:
            return FileChange(_format_and_remember(session_file, self._fresh()), keeps_damaged=True)
        return FileChange(_format_and_remember(session_file, self._merged(theirs)))

    def _fresh(self) -> SavedSession:
        """The session of this shell alone."""
        run_only = self._session_file.run_only
        ours = {key: thing for key, thing in self._now.items() if run_only.get(key) != thing}
        return SavedSession(ours, self._session_file.keeps_secrets)

    def _merged(self, theirs: SavedSession) -> SavedSession:
        """The session on the disk, with the changes of this shell."""
        unread = {key: thing for key, thing in theirs.things.items() if key in self._session_file.unread}
        for what in _conflicts({**self._session_file.seen, **unread}, theirs.things, self._changed):
            self.notes.append(f"{what} was changed by another shell, too; the value of this shell stays")
        return _without_expired(with_changes(theirs, self._changed), self._current_time)


def _format_and_remember(session_file: SessionFile, saved: SavedSession) -> bytes:
    data = write_session(saved)
    session_file.written = (data, saved)
    return data


def _read_again(session_file: SessionFile, data: bytes) -> SavedSession:
    if session_file.written is not None and session_file.written[0] == data:
        return session_file.written[1]
    return read_session(data, session_file.name)


def _conflicts(
    seen: Mapping[Key, Thing], theirs: Mapping[Key, Thing], changed: Mapping[Key, Thing | None]
) -> Iterator[str]:
    for key, ours in changed.items():
        other = theirs.get(key)
        if key[0] != "cookie" and not is_same(other, seen.get(key)) and not is_same(other, ours):
            name = key[1] if isinstance(key[1], str) else ""
            name = other.name if isinstance(other, SessionEntry) else name
            yield f"{key[0]} {name}".rstrip()


def _without_expired(saved: SavedSession, now: float) -> SavedSession:
    gone = [k for k, c in saved.things.items() if isinstance(c, Cookie) and c.expires is not None and c.expires <= now]
    return with_changes(saved, dict.fromkeys(gone)) if gone else saved


def _is_damaged(data: bytes, name: str) -> bool:
    try:
        read_session(data, name)
    except Damaged:
        return True
    return False


class SavedSessionRow(NamedTuple):
    """A saved session: a row of `show sessions`."""

    name: str
    holds: str
    """A short description of what the session holds."""
    current: bool
    """Whether this shell uses the session."""
    error: str | None = None
    """The reason why the file cannot be read; None if the file can be read."""


def saved_session_rows(context: Context) -> Iterator[SavedSessionRow]:
    """A row for each saved session."""
    own = context.session_file.name if context.session_file is not None else ""
    for name in context.ports.open_store(KIND).names():
        try:
            saved = read_saved_session(context, name)
        except CallboxError as error:
            yield SavedSessionRow(name=name, holds="", current=name == own, error=error.message)
        else:
            yield SavedSessionRow(name, "" if saved is None else describe(saved.things), name == own)
