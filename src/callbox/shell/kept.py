"""Which session file a shell writes its changes to, and what of them the file was told. `keeping` does the work."""

from __future__ import annotations

from collections.abc import Mapping

from callbox.formats.session_file import Key, SavedSession, Thing


class Kept:
    """A session file that this shell writes its changes to."""

    __slots__ = ("depth", "keeps_secrets", "name", "passing", "previous", "refused", "seen", "written")

    def __init__(self, name: str, seen: Mapping[Key, Thing], *, keeps_secrets: bool) -> None:
        self.name = name
        self.seen = seen
        """What this shell has told the file, or learnt from it."""
        self.keeps_secrets = keeps_secrets
        self.depth = 0
        """How many edits could be undone once it was loaded: with fewer, the loading itself is undone."""
        self.previous: Kept | None = None
        """What was kept before it was loaded."""
        self.passing: Mapping[Key, Thing] = {}
        """What holds for this run only: options of the command line."""
        self.written: tuple[bytes, SavedSession] | None = None
        """What was written last, and what it says: while nobody else writes, it need not be read again."""
        self.refused: Mapping[Key, Thing | None] = {}
        """Changes that could not be written, which is not said twice."""
