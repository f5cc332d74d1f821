"""The log of a session's edits, for undo, redo and the list of changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeAlias

from callbox.errors import UsageError
from callbox.exchange.cookies import Cookie
from callbox.exchange.secret import Secret

ENTRY_NOUNS = ("header", "query", "var", "option")
"""The nouns whose values in the session are `Entry` objects."""
NOUNS = ("base", "header", "auth", "cookie", "query", "var", "option")
"""All nouns: the kinds of things that a session has, in the order of a session file."""


class Entry(NamedTuple):
    """A header, parameter, variable or option of the session: its name, its values in order, and the origin that gets
    the values (empty: every origin).
    """

    name: str
    values: tuple[str | Secret | object, ...]
    origin: str = ""


class Edit(NamedTuple):
    """A change of one entry: its value before and after the change. None stands for no entry."""

    noun: str
    key: Hashable
    before: object
    after: object
    position: int = -1
    """For a removal: the position that the entry had among the entries of its noun (0-based). Otherwise -1."""

    def inverted(self) -> Edit:
        """The edit that reverses this one."""
        return Edit(self.noun, self.key, self.after, self.before, self.position)


Group: TypeAlias = list[Edit]
"""Edits that one `undo` takes back. Undo and redo change this list object in place and never replace it."""


class UndoResult(NamedTuple):
    """The result of `undo` or `redo`."""

    edits: list[Edit]
    """The edits that `undo` or `redo` applied to the session, in this order."""
    skipped: list[Edit]
    """The edits that were left out, because something else has changed the value since, such as a response."""
    group: Group
    """The group that was undone or redone."""


class EditTarget(NamedTuple):
    """The functions through which the log reads and changes the session. Each takes a noun; most also take a key."""

    get: Callable[[str, Hashable], object]
    put: Callable[[str, Hashable, object], None]
    position: Callable[[str, Hashable], int]
    """The position of the entry among the entries of its noun; -1 if it is absent."""
    move_last: Callable[[str, int], None]
    """Move the last entry of a noun to this position."""


class EditLog:
    """The edits of a session in groups, oldest first. One `undo` takes back all edits of a group."""

    def __init__(self, target: EditTarget) -> None:
        self._target = target
        self._done: list[Group] = []
        self._undone: list[Group] = []
        self._open: Group | None = None

    def __iter__(self) -> Iterator[Edit]:
        return (edit for group in self._done for edit in group)

    def __len__(self) -> int:
        """The number of groups that can be undone."""
        return len(self._done)

    def apply(self, noun: str, key: Hashable, after: object) -> Edit:
        """Change one entry of the session and record the edit. An edit that changes nothing is not recorded."""
        target = self._target
        edit = Edit(noun, key, target.get(noun, key), after)
        if after is None:
            edit = edit._replace(position=target.position(noun, key))
        target.put(noun, key, after)
        if edit.before is not None and _is_same(edit.before, after):
            return edit
        self._undone.clear()
        if self._open is not None:
            self._open.append(edit)
        else:
            self._done.append([edit])
        return edit

    def rebind(self, waiting: str, origin: str) -> None:
        """Put `origin` in place of `waiting` in all edits, after the session has bound its credentials to `origin`.

        Otherwise undo would not find the credentials, because the session now has them under `origin`.
        """
        for groups in (self._done, self._undone):
            for group in groups:
                group[:] = [_rebound(edit, waiting, origin) for edit in group]

    def clear(self) -> None:
        """Forget all edits. After this call nothing can be undone or redone."""
        self._done.clear()
        self.clear_redo()

    def clear_redo(self) -> None:
        """Forget the undone groups. After this call nothing can be redone."""
        self._undone.clear()

    @contextmanager
    def group(self) -> Iterator[None]:
        """A context manager. One `undo` takes back all edits that are made inside of it."""
        if self._open is not None:
            yield
            return
        self._open = []
        try:
            yield
        finally:
            edits, self._open = self._open, None
            if edits:
                self._done.append(edits)

    def join(self, start: int) -> list[Group]:
        """Join the groups from index `start` on into one group, so that one `undo` takes them all back.

        The first of these groups gets all edits. Returns the others, which are no longer in the log.
        """
        joined = self._done[start:]
        for group in joined[1:]:
            joined[0].extend(group)
        del self._done[start + 1 :]
        return joined[1:]

    @property
    def newest(self) -> Group | None:
        """The newest group that can be undone; None if there is none."""
        return self._done[-1] if self._done else None

    def undo(self) -> UndoResult:
        """Undo the newest group. A value that something else has changed since, such as a response, stays as it is.

        If this is so for all values of the group, undo goes on to the group before it. Raises `UsageError` if no group
        is left.
        """
        skipped: list[Edit] = []
        while self._done:
            group = self._done.pop()
            changed = self._changed_since(group)
            skipped += [edit for edit in group if (edit.noun, edit.key) in changed]
            group[:] = [edit for edit in group if (edit.noun, edit.key) not in changed]
            if group:
                self._undone.append(group)
                return UndoResult(self._run([edit.inverted() for edit in reversed(group)]), skipped, group)
        raise _nothing_to("undo", skipped)

    def redo(self) -> UndoResult:
        """Redo the group that was undone last. A value that something else has changed since stays as it is.

        Raises `UsageError` if no group is left.
        """
        skipped: list[Edit] = []
        while self._undone:
            group = self._undone.pop()
            changed = self._changed_since([edit.inverted() for edit in reversed(group)])
            skipped += [edit for edit in group if (edit.noun, edit.key) in changed]
            group[:] = [edit for edit in group if (edit.noun, edit.key) not in changed]
            if group:
                self._done.append(group)
                return UndoResult(self._run(list(group)), skipped, group)
        raise _nothing_to("redo", skipped)

    def _run(self, edits: list[Edit]) -> list[Edit]:
        for edit in edits:
            self._target.put(edit.noun, edit.key, edit.after)
            if edit.before is None and edit.position >= 0:
                self._target.move_last(edit.noun, edit.position)
        return edits

    def _changed_since(self, group: Group) -> set[tuple[str, Hashable]]:
        """The (noun, key) pairs of a group whose value is no longer the one that the group has set.

        For example, a response has replaced a cookie, or the cookie has expired.
        """
        latest = {(edit.noun, edit.key): edit for edit in group}
        return {
            where for where, edit in latest.items() if not _is_same(self._target.get(edit.noun, edit.key), edit.after)
        }


def _nothing_to(verb: str, skipped: list[Edit]) -> UsageError:
    done = "undone" if verb == "undo" else "redone"
    hint = f"not {done}, because a response has changed the value since: {describe_all(skipped)}" if skipped else ""
    return UsageError(f"Nothing to {verb}", hint=hint)


def describe_all(edits: Iterable[Edit]) -> str:
    """The entries that these edits changed, as text, each entry once: `header X-A, cookie sid`."""
    return ", ".join(dict.fromkeys(map(_describe, edits)))


def _rebound(edit: Edit, waiting: str, origin: str) -> Edit:
    key = origin if edit.noun == "auth" and edit.key == waiting else edit.key
    before, after = (
        entry._replace(origin=origin) if isinstance(entry, Entry) and entry.origin == waiting else entry
        for entry in (edit.before, edit.after)
    )
    return edit._replace(key=key, before=before, after=after)


def _is_same(now: object, then: object) -> bool:
    if isinstance(now, Cookie) and isinstance(then, Cookie):
        return now == then._replace(created=now.created, last_access=now.last_access)
    return now == then


def _describe(edit: Edit) -> str:
    name = edit.key[0] if isinstance(edit.key, tuple) else edit.key
    return f"{edit.noun} {name}".rstrip()
