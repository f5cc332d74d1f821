"""A body that says it is JSON: laid out, or shown raw with the reason where it turns out to be something else."""

from __future__ import annotations

from callbox.render.json_layout import JsonLayout, NotJson
from callbox.render.sanitise import visible_fragments
from callbox.render.style import Fragments
from callbox.render.views import BATCH, TextView


class JsonView:
    """Holds back what it laid out until the window is full or a whole value is there, so that most of what is
    not JSON is found out before anything is shown.
    """

    def __init__(self, width: int, max_rows: int | None) -> None:
        self.rest = ""
        self.is_full = False
        self.remarks: list[str] = []
        self._layout = JsonLayout(width, max_rows)
        self._raw: TextView | None = None
        self._size = (width, max_rows)
        self._seen: list[str] = []
        self._held: Fragments = []
        self._held_size = 0
        self._has_shown = False

    def feed(self, text: str, is_last: bool = False) -> Fragments:
        """What can be shown with this piece."""
        if self._raw is not None:
            return self._feed_raw(self._raw, text, is_last)
        if not self._has_shown:
            self._seen.append(text)
        try:
            added = self._layout.feed(text, is_last)
        except NotJson as error:
            return self._fall_back(error, is_last)
        self._held += added
        self._held_size += sum([len(text) for _, text in added])
        if self._layout.is_full:
            self.is_full, self.rest = True, self._layout.rest
        if is_last or self.is_full:
            self.remarks += [f"not strict JSON: {remark}" for remark in self._layout.remarks]
        if is_last or self.is_full or self._layout.is_between or self._held_size > BATCH:
            return self._show()
        return []

    def cut(self) -> Fragments:
        """What is left to show of a body that stopped in the middle: a beginning of JSON is no wrong JSON."""
        if self._raw is not None or self.is_full:
            return []
        try:
            self._held += self._layout.cut()
        except NotJson as error:
            return self._fall_back(error, True)
        return [*self._show(), *visible_fragments(self._layout.rest)]

    def _show(self) -> Fragments:
        out, self._held = self._held, []
        if out:
            self._has_shown, self._held_size, self._seen = True, 0, []
        return out

    def _fall_back(self, error: NotJson, is_last: bool) -> Fragments:
        self._raw = TextView(*self._size)
        if self._has_shown:
            out: Fragments = [("", "\n"), ("note", f"not JSON from here: {error.reason}\n")]
            return out + self._feed_raw(self._raw, self._layout.rest, is_last)
        seen = "".join(self._seen)
        line = seen.count("\n", 0, error.offset) + 1
        column = error.offset - seen.rfind("\n", 0, error.offset)
        self.remarks.append(f"not JSON: {error.reason} (line {line}, column {column})")
        self._seen, self._held = [], []
        return self._feed_raw(self._raw, seen, is_last)

    def _feed_raw(self, raw: TextView, text: str, is_last: bool) -> Fragments:
        out = raw.feed(text, is_last)
        self.is_full, self.rest = raw.is_full, raw.rest
        return out
