"""The log of a session's edits, for undo, redo and the list of changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeAlias

from callbox.errors import UsageError
from callbox.exchange.cookies import Cookie
from callbox.exchange.secret import Secret

ENTRY_NOUNS = ("header", "query", "var", "option")
"""The nouns whose values are of the type `Entry`."""
NOUNS = ("base", "header", "auth", "cookie", "query", "var", "option")
"""All nouns of a session, in the order in which they are written and merged."""


class Entry(NamedTuple):
    """A named entry of the session: its values in order, and the origin that gets them (empty: every origin)."""

    name: str
    values: tuple[str | Secret | object, ...]
    origin: str = ""


class Edit(NamedTuple):
    """A change: the value before and after (None: absent)."""

    noun: str
    key: Hashable
    before: object
    after: object
    position: int = -1
    """The position of the removed entry among the entries of its noun."""

    def inverted(self) -> Edit:
        """The edit that reverses this one."""
        return Edit(self.noun, self.key, self.after, self.before, self.position)


Group: TypeAlias = list[Edit]
"""Edits that are undone together. As long as the group can be undone or redone, it is the same list object."""


class UndoResult(NamedTuple):
    """The result of `undo` or `redo`."""

    edits: list[Edit]
    """The edits that were applied, in their order."""
    skipped: list[Edit]
    """The edits that were not applied, because their values have changed since."""
    group: Group
    """The group that was undone or redone."""


class EditTarget(NamedTuple):
    """The state that is edited, as functions of noun and key."""

    get: Callable[[str, Hashable], object]
    put: Callable[[str, Hashable, object], None]
    position: Callable[[str, Hashable], int]
    """The position of the entry among the entries of its noun; -1 if it is absent."""
    move_last: Callable[[str, int], None]
    """Move the last entry of a noun to this position."""


class EditLog:
    """Groups of edits in the order in which they were made. All edits of a group are undone together."""

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
        """Make a change and record it. If nothing changes, there is nothing to undo, and nothing is recorded."""
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
        """Update edits whose value was just bound to an origin, so that undo finds the value under this origin."""
        for groups in (self._done, self._undone):
            for group in groups:
                group[:] = [_rebound(edit, waiting, origin) for edit in group]

    def clear(self) -> None:
        """Forget all edits; none of them can be undone."""
        self._done.clear()
        self.clear_redo()

    def clear_redo(self) -> None:
        """Forget the undone groups, so that they cannot be redone."""
        self._undone.clear()

    @contextmanager
    def group(self) -> Iterator[None]:
        """A block whose edits form one group, so that they are undone together."""
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
        """Join all groups from number `start` on into the first of them, so that they are undone at once.

        Returns the other groups.
        """
        joined = self._done[start:]
        for group in joined[1:]:
            joined[0].extend(group)
        del self._done[start + 1 :]
        return joined[1:]

    @property
    def newest(self) -> Group | None:
        """The group that `undo` would look at first."""
        return self._done[-1] if self._done else None

    def undo(self) -> UndoResult:
        """Undo the last group, except values that have changed since. If all of its values have changed, the group is
        skipped.

        Raises `UsageError` if nothing is left to undo.
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
        """Redo the group that was undone last, except values that have changed since."""
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
        """The keys whose value has changed since this group, by a response or because it expired."""
        latest = {(edit.noun, edit.key): edit for edit in group}
        return {
            where for where, edit in latest.items() if not _is_same(self._target.get(edit.noun, edit.key), edit.after)
        }


def _nothing_to(verb: str, skipped: list[Edit]) -> UsageError:
    hint = f"not undone, because a response has changed the value since: {describe_all(skipped)}" if skipped else ""
    return UsageError(f"Nothing to {verb}", hint=hint)


def describe_all(edits: Iterable[Edit]) -> str:
    """The names of all entries that these edits changed, each once: `header X-A, cookie sid`."""
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
