"""Which `@name = value` of a file holds at which of its steps. Read by `scope`, made once for all steps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter

from callbox.script.model import Variable

_STEP = attrgetter("step")


class Definitions:
    """The variables of a file by name; `shared` are those of other files, below its own."""

    def __init__(self, variables: Iterable[Variable], shared: Mapping[str, Variable] | None = None) -> None:
        self._shared = shared or {}
        self._own: dict[str, list[Variable]] = {}
        for variable in variables:
            self._own.setdefault(variable.name, []).append(variable)

    def __iter__(self) -> Iterator[str]:
        """Every name, once."""
        return iter({**self._shared, **self._own})

    def at(self, name: str, step: int) -> Variable | None:
        """The definition of a name at the step of this number: the last above or in its block, else the first below."""
        found = self._own.get(name)
        if found is None:
            return self._shared.get(name)
        above = bisect_right(found, step, key=_STEP) if len(found) > 1 else 0
        return found[max(above - 1, 0)]
