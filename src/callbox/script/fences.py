"""Passages between two lines of their own, as httpyac has them: comments `/*` to `*/`, code `{{` to `}}`.

Called by `head`, `headers`, `tail` and `bodies`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_CODE = re.compile(r"\{\{(?:@js\s++)?[+@]?(?:request|streaming|response|after|responseLogging)?\Z", re.IGNORECASE)


def is_code(text: str) -> bool:
    """True where the line begins a passage of code: `{{`, `{{+`, `{{@response`."""
    return "{{" in text[:80] and _CODE.match(text.strip()) is not None


def is_remark(text: str) -> bool:
    """True where the line begins a comment with `/*`, or is one."""
    return "/*" in text and text.lstrip().startswith("/*")


class Passages:
    """Where the passages of some lines end; the last end is sought once, so that many open ones are cheap."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._last: dict[str, int] = {}

    def end(self, index: int, kind: str) -> int:
        """The index after the `remark` or the `code` that begins at a line; -1 where nothing ends it.

        A comment of one line counts, which httpyac itself takes for something else; one with text behind it does not.
        """
        first = self._texts[index].strip()
        if kind == "remark" and "*/" in first[2:]:
            return index + 1 if first.index("*/", 2) == len(first) - 2 else -1
        if kind not in self._last:
            self._last[kind] = next((at for at in reversed(range(len(self._texts))) if self._ends(at, kind)), -1)
        return next((at + 1 for at in range(index + 1, self._last[kind] + 1) if self._ends(at, kind)), -1)

    def _ends(self, index: int, kind: str) -> bool:
        text = self._texts[index].strip()
        return text == "}}" if kind == "code" else text.endswith("*/")
