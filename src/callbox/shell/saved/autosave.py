"""The session file of this shell: loaded, saved, and updated after each change, cookies included.

Only this shell's own changes are written into the file, so that two shells can share one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from callbox.engine.edit_log import Undone
from callbox.engine.snapshot import settle, snapshot
from callbox.errors import CallboxError, UsageError
from callbox.exchange.cookies import Cookie
from callbox.formats.session_file import (
    Key,
    SavedSession,
    SessionEntry,
    Thing,
    changes,
    is_same,
    read_session,
    with_changes,
    write_session,
)
from callbox.formats.toml import Damaged
from callbox.shell.context import Context
from callbox.shell.line.spelling import hint
from callbox.shell.outputs import Failure, Output, say
from callbox.shell.requests.authentication import ContextSecretSource, build_auth
from callbox.shell.saved.session_file import SessionFile
from callbox.shell.variables import find_secret
from callbox.storage.file_store import Writing

KIND = "sessions"


def save_changes(context: Context) -> Iterator[Output]:
    """Write what has changed since the last time.

    What keeps it from being written is said once, and when it can be written again. Until then it is tried after each
    line; nothing of what has changed in the meantime is lost.
    """
    keeping = context.keeping
    if keeping is None:
        return
    now = _without_unsaved(keeping, snapshot(context.session, keeps_secrets=keeping.keeps_secrets))
    changed = changes(keeping.seen, now)
    if not changed:
        keeping.failure = ""
        return
    before = keeping.failure
    try:
        keeping.failure = before or _INTERRUPTED
        yield from _write(context, keeping, now, changed, is_patient=not before)
    except CallboxError as error:
        if unsaved := {key: thing for key, thing in now.items() if not _is_writable(key, thing)}:
            yield from _save_without(unsaved, context, keeping)
            return
        keeping.failure = error.message
        if error.message != before:
            more = f"session '{keeping.name}' is not saved until this is mended; each line tries again"
            error.hint = f"{error.hint}; {more}".removeprefix("; ")
            yield Failure(error)
        return
    keeping.seen, keeping.failure = now, ""
    if before:
        yield say(f"session '{keeping.name}' is saved again", "note")


def _save_without(unsaved: Mapping[Key, Thing], context: Context, keeping: SessionFile) -> Iterator[Output]:
    """Save the rest: what no file can hold, which is text that is no Unicode, must not hold up the others."""
    names = ", ".join(map(_entry_label, unsaved))
    keeping.unsaved = {**keeping.unsaved, **unsaved}
    keeping.failure = ""
    yield say(f"session '{keeping.name}': {names} not saved, as it is no text in Unicode", "note")
    yield from save_changes(context)


def _without_unsaved(keeping: SessionFile, now: Mapping[Key, Thing]) -> Mapping[Key, Thing]:
    """What the session holds; in the place of what no file can hold, what the file has there."""
    if not keeping.unsaved:
        return now
    told = {key: thing for key, thing in now.items() if keeping.unsaved.get(key) != thing}
    return {**told, **{key: keeping.seen[key] for key in now if key not in told and key in keeping.seen}}


def save_at_exit(context: Context) -> Iterator[Output]:
    """The shell ends: a last try to write what could not be written, and a word on what is lost."""
    keeping = context.keeping
    if keeping is None or not keeping.failure:
        return
    for output in save_changes(context):
        if not isinstance(output, Failure):
            yield output
    if keeping.failure:
        yield Failure(
            CallboxError(f"Session '{keeping.name}' is left without its last changes: {keeping.failure}"), NOT_WRITTEN
        )


_INTERRUPTED = "interrupted while it was saved"
NOT_WRITTEN = 3
"""The exit code of a file that could not be written."""


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
    """Write the session under a name, and keep it there from now on."""
    now = snapshot(context.session, keeps_secrets=keeps_secrets)
    fresh = SavedSession(now, keeps_secrets)
    kept = context.keeping

    def change(old: bytes | None) -> Writing:
        if old is None or is_forced:
            return Writing(write_session(fresh), sets_aside=old is not None and _is_damaged(old, name))
        if kept is None or kept.name != name:
            raise UsageError(
                f"There is a session '{name}' already", hint=f"load session {name}, or --force writes over it"
            )
        if _is_damaged(old, name):
            return Writing(write_session(fresh), sets_aside=True)
        theirs = with_changes(read_session(old, name), changes(kept.seen, now))
        return Writing(write_session(theirs._replace(keeps_secrets=keeps_secrets)))

    aside = context.ports.open_shelf(KIND).update(name, change)
    if aside is not None:
        yield say(f"what was damaged is set aside: {aside}", "note")
    context.keeping = SessionFile(name, now, keeps_secrets=keeps_secrets)
    context.keeping.is_there = True


def load_session(context: Context, name: str, *, is_backup: bool = False) -> SavedSession | None:
    """Make the session what the file says, as one edit, and keep it there from now on. None where there is no file.

    Raises UsageError, and changes nothing, for a file that is damaged and a secret that is not to be had.
    """
    saved = read_saved_session(context, name, is_backup=is_backup)
    if saved is None:
        return None

    def find(reference: str, what: str) -> str:
        try:
            return find_secret(reference, context, what)
        except UsageError as error:
            if what not in error.message:
                error.message = f"{error.message}: the {what} of session '{name}'"
                error.args = (error.message,)
            noun = " ".join(what.split(" ")[:2]) if what.startswith(("header ", "query ", "var ")) else "auth .."
            error.hint = error.hint or f"kept as a reference it is not asked for: set {noun} env:NAME"
            raise

    before = context.session.edits.newest
    unread = settle(
        context.session,
        saved.things,
        find,
        lambda scheme, words: build_auth(scheme, words, ContextSecretSource(context)),
    )
    kept = SessionFile(
        name, snapshot(context.session, keeps_secrets=saved.keeps_secrets), keeps_secrets=saved.keeps_secrets
    )
    newest = context.session.edits.newest
    kept.previous, kept.group = context.keeping, newest if newest is not before else None
    kept.is_there, kept.unread = True, unread
    if is_backup:
        kept.seen = _entries_on_disk(context, kept)
    context.keeping = kept
    return saved


def _entries_on_disk(context: Context, kept: SessionFile) -> Mapping[Key, Thing]:
    """What the file says that the session was not loaded from; of a damaged one nothing, for it is set aside."""
    try:
        now = read_saved_session(context, kept.name)
    except CallboxError:
        return kept.seen
    return {} if now is None else {key: thing for key, thing in now.things.items() if key not in kept.unread}


def report_unread(context: Context) -> Iterator[Output]:
    """A line for each thing in the session's file that this version cannot read."""
    kept = context.keeping
    if kept is not None and kept.unread:
        path = context.ports.open_shelf(KIND).path(kept.name)
        for key, reason in kept.unread.items():
            yield say(f"{path}: {_entry_label(key)} is passed over, and stays in the file: {reason}", "note")


def after_undo(context: Context, undone: Undone) -> Iterator[Output]:
    """Where `undo` took the loading of a session back, its file is not this shell's any more."""
    kept = context.keeping
    if kept is None or undone.group is not kept.group:
        return
    context.keeping = kept.previous
    context.session.edits.forget_undone()
    if kept.previous is not None and kept.previous.name == kept.name:
        kept.previous.seen, kept.previous.written = kept.seen, kept.written
        return
    instead = "this shell is no longer saved"
    if kept.previous is not None:
        instead = f"changes are saved to '{kept.previous.name}' again"
    yield say(f"session '{kept.name}' on disk stays as it is; {instead}")


def read_saved_session(context: Context, name: str, *, is_backup: bool = False) -> SavedSession | None:
    """What the file of this session says. Raises `Damaged` with what to do about it."""
    shelf = context.ports.open_shelf(KIND)
    data = shelf.read(name, is_backup=is_backup)
    try:
        return None if data is None else read_session(data, str(shelf.path(name)))
    except Damaged as error:
        if not is_backup and shelf.read(name, is_backup=True) is not None:
            error.hint = f"load session {name} --backup takes the one before it"
        else:
            error.hint = error.hint or "mend it by hand, or: unset session " + name
        raise


def unknown_session_error(context: Context, name: str) -> UsageError:
    """The error for a session that is not there."""
    names = context.ports.open_shelf(KIND).names()
    return UsageError(f"No session '{name}'", hint=hint(name, names, f"save session {name} makes one"))


def describe(things: Mapping[Key, Thing]) -> str:
    """What a session holds, in a few words: `https://api.x, 2 headers, bearer, 3 cookies`.

    >>> describe({("base", ""): "https://api.x", ("var", "a"): Entry("a", ("1",))})
    'https://api.x, 1 var'
    """
    base = things.get(("base", ""))
    words = [base] if isinstance(base, str) else []
    for noun in ("header", "query", "auth", "cookie", "var", "option"):
        count = sum(key[0] == noun for key in things)
        plural = noun if count == 1 or noun == "query" else f"{noun}s"
        words += [f"{count} {plural}"] if count else []
    return ", ".join(words) or "empty"


def _write(
    context: Context,
    keeping: SessionFile,
    now: Mapping[Key, Thing],
    changed: Mapping[Key, Thing | None],
    *,
    is_patient: bool,
) -> Iterator[Output]:
    told: list[str] = []
    moment = context.ports.now()

    def change(old: bytes | None) -> Writing:
        ours = {key: thing for key, thing in now.items() if keeping.passing.get(key) != thing}
        fresh = SavedSession(ours, keeping.keeps_secrets)
        if old is None:
            if keeping.is_there:
                told.append("was removed on disk, and is written anew")
            return Writing(_format_and_remember(keeping, fresh))
        try:
            theirs = _read_again(keeping, old)
        except Damaged:
            return Writing(_format_and_remember(keeping, fresh), sets_aside=True)
        known = {**keeping.seen, **{key: thing for key, thing in theirs.things.items() if key in keeping.unread}}
        both = _conflicts(known, theirs.things, changed)
        told.extend(f"{what} was changed by another shell, too; this one's is kept" for what in both)
        return Writing(_format_and_remember(keeping, _without_expired(with_changes(theirs, changed), moment)))

    aside = context.ports.open_shelf(KIND).update(keeping.name, change, is_patient=is_patient)
    keeping.is_there = True
    if aside is not None:
        yield say(f"session '{keeping.name}' was damaged on disk: set aside as {aside}, and written anew", "note")
    for what in told:
        separator = " " if what.startswith("was ") else ": "
        yield say(f"session '{keeping.name}'{separator}{what}", "note")


def _format_and_remember(keeping: SessionFile, saved: SavedSession) -> bytes:
    data = write_session(saved)
    keeping.written = (data, saved)
    return data


def _read_again(keeping: SessionFile, data: bytes) -> SavedSession:
    if keeping.written is not None and keeping.written[0] == data:
        return keeping.written[1]
    return read_session(data, keeping.name)


def _conflicts(
    seen: Mapping[Key, Thing], theirs: Mapping[Key, Thing], changed: Mapping[Key, Thing | None]
) -> Iterator[str]:
    for key, ours in changed.items():
        other = theirs.get(key)
        if key[0] != "cookie" and not is_same(other, seen.get(key)) and not is_same(other, ours):
            name = other.name if isinstance(other, SessionEntry) else key[1] if isinstance(key[1], str) else ""
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


def list_saved_sessions(context: Context) -> Iterator[tuple[str, str, bool]]:
    """Of each saved session its name, what it holds, and whether this shell is on it."""
    own = context.keeping.name if context.keeping is not None else ""
    for name in context.ports.open_shelf(KIND).names():
        yield name, _describe_saved(name, context), name == own


def _describe_saved(name: str, context: Context) -> str:
    try:
        saved = read_saved_session(context, name)
    except CallboxError as error:
        return f"cannot be read: {error.message}"
    return "" if saved is None else describe(saved.things)
