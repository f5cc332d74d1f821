"""Edits of the session as a log: undo inverts one, redo applies it again, what has changed is read from it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.exchange.cookies import Cookie
from callbox.exchange.secret import Secret


class Held(NamedTuple):
    """What the session holds under a name: its values in order, and the one origin they go to (empty: everywhere)."""

    name: str
    values: tuple[str | Secret | object, ...]
    origin: str = ""


class Edit(NamedTuple):
    """One change: what stood there and what stands there now (None: nothing)."""

    noun: str
    key: Hashable
    before: object
    after: object
    place: int = -1
    """Where among those of its noun stood what was removed."""

    def inverted(self) -> Edit:
        """The edit that takes this one back."""
        return Edit(self.noun, self.key, self.after, self.before, self.place)


class Holder(NamedTuple):
    """What is edited, as functions of noun and key."""

    get: Callable[[str, Hashable], object]
    put: Callable[[str, Hashable, object], None]
    place: Callable[[str, Hashable], int]
    """Where it stands among those of its noun; -1: nowhere."""
    move_last: Callable[[str, int], None]
    """What was put last of a noun goes to this place."""


class EditLog:
    """Groups of edits, in the order in which they were made; a group is undone as one."""

    def __init__(self, holder: Holder) -> None:
        self._holder = holder
        self._done: list[list[Edit]] = []
        self._undone: list[list[Edit]] = []
        self._open: list[Edit] | None = None

    def __iter__(self) -> Iterator[Edit]:
        return (edit for group in self._done for edit in group)

    def __len__(self) -> int:
        """How many groups can be undone, one after the other."""
        return len(self._done)

    def apply(self, noun: str, key: Hashable, after: object) -> Edit:
        """Make a change and remember it."""
        holder = self._holder
        edit = Edit(noun, key, holder.get(noun, key), after)
        if after is None:
            edit = edit._replace(place=holder.place(noun, key))
        holder.put(noun, key, after)
        self._undone.clear()
        if self._open is not None:
            self._open.append(edit)
        else:
            self._done.append([edit])
        return edit

    def rebind(self, waiting: str, origin: str) -> None:
        """What was remembered as waiting for an origin has found it: it is undone where it is now."""
        for groups in (self._done, self._undone):
            groups[:] = [[_rebound(edit, waiting, origin) for edit in group] for group in groups]

    def clear(self) -> None:
        """Begin here: what was done is not to be undone."""
        self._done.clear()
        self.forget_undone()

    def forget_undone(self) -> None:
        """What was undone is not to be done again."""
        self._undone.clear()

    @contextmanager
    def group(self) -> Iterator[None]:
        """What is applied inside the block is undone as one."""
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

    def undo(self) -> list[Edit]:
        """Take the last group back; the edits that did it. Raises `UsageError` where that is not possible."""
        if not self._done:
            raise UsageError("Nothing to undo")
        self._check(self._done[-1], "undo")
        group = self._done.pop()
        self._undone.append(group)
        return self._run([edit.inverted() for edit in reversed(group)])

    def redo(self) -> list[Edit]:
        """Make the group that was undone last again."""
        if not self._undone:
            raise UsageError("Nothing to redo")
        self._check([edit.inverted() for edit in self._undone[-1]], "redo")
        group = self._undone.pop()
        self._done.append(group)
        return self._run(group)

    def _run(self, edits: list[Edit]) -> list[Edit]:
        for edit in edits:
            self._holder.put(edit.noun, edit.key, edit.after)
            if edit.before is None and edit.place >= 0:
                self._holder.move_last(edit.noun, edit.place)
        return edits

    def _check(self, group: list[Edit], verb: str) -> None:
        latest = {(edit.noun, edit.key): edit for edit in group}
        for edit in latest.values():
            if not _is_same(self._holder.get(edit.noun, edit.key), edit.after):
                raise UsageError(f"Cannot {verb}: {_describe(edit)} was changed by a response since")


def _rebound(edit: Edit, waiting: str, origin: str) -> Edit:
    key = origin if edit.noun == "auth" and edit.key == waiting else edit.key
    before, after = (
        held._replace(origin=origin) if isinstance(held, Held) and held.origin == waiting else held
        for held in (edit.before, edit.after)
    )
    return edit._replace(key=key, before=before, after=after)


def _is_same(now: object, then: object) -> bool:
    if isinstance(now, Cookie) and isinstance(then, Cookie):
        return now == then._replace(created=now.created, last_access=now.last_access)
    return now == then


def _describe(edit: Edit) -> str:
    name = edit.key[0] if isinstance(edit.key, tuple) else edit.key
    return f"{edit.noun} {name}".rstrip()
