"""The memory of a shell: what it has seen of APIs, for completion and for `ls`."""

from __future__ import annotations

from callbox.memory.observation import observe
from callbox.memory.seen import Seen
from callbox.shell.history import History


class RequestMemory:
    """What one shell has seen. `learn` takes over the requests that its history has got since the last time."""

    def __init__(self) -> None:
        self.seen = Seen()
        self._learned = 0
        """The number of the last request that was learned from."""

    def learn(self, history: History) -> None:
        """Learn from new requests of the history."""
        for number, record in history.items_after(self._learned):
            self._learned = number
            for observation in observe(record):
                self.seen.add(observation, number)
