"""`LazyPatterns`: regular expressions that are compiled when they are first used. Pure.

Compiling is the larger part of importing some modules: 20 ms for the names of credentials, more than a short command
takes for everything else. A pattern that most runs never need is put here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping


class LazyPatterns(dict[str, re.Pattern[str]]):
    """Patterns by name. To look one up a second time costs what it costs in a `dict`.

    >>> patterns = LazyPatterns({"digits": "[0-9]+"})
    >>> len(patterns), patterns["digits"].findall("1, 22"), len(patterns)
    (0, ['1', '22'], 1)
    """

    def __init__(self, sources: Mapping[str, str], flags: int = 0) -> None:
        super().__init__()
        self.sources = sources
        self._flags = flags

    def __missing__(self, name: str) -> re.Pattern[str]:
        pattern = self[name] = re.compile(self.sources[name], self._flags)
        return pattern
