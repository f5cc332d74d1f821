"""Which session file a shell writes its changes to, and which of them are in it already."""

from __future__ import annotations

from collections.abc import Mapping

from callbox.engine.edit_log import Group
from callbox.formats.session_file import Key, SavedSession, Thing


class SessionFile:
    """A session file that this shell writes its changes to."""

    __slots__ = (
        "failure",
        "group",
        "is_there",
        "keeps_secrets",
        "name",
        "previous",
        "run_only",
        "seen",
        "unread",
        "unsaved",
        "written",
    )  # fmt: skip

    def __init__(self, name: str, seen: Mapping[Key, Thing], *, keeps_secrets: bool) -> None:
        self.name = name
        self.seen = seen
        """The entries that are in the file, as far as this shell knows."""
        self.keeps_secrets = keeps_secrets
        self.is_there = False
        """Whether there is such a file, as far as this shell knows."""
        self.group: Group | None = None
        """The edits that loaded it: when they are undone, the file is not this shell's any more."""
        self.previous: SessionFile | None = None
        """The session file that was in use before this one was loaded."""
        self.run_only: Mapping[Key, Thing] = {}
        """Entries for this run only: options of the command line."""
        self.unread: Mapping[Key, str] = {}
        """Entries of the file that this version cannot read, with the reason; they stay in the file."""
        self.written: tuple[bytes, SavedSession] | None = None
        """The last written content and its parsed form, so that an unchanged file need not be parsed again."""
        self.failure = ""
        """Why the last change could not be written; it is tried again after each line. Empty: all is written."""
        self.unsaved: Mapping[Key, Thing] = {}
        """Entries that cannot be saved; the user has been told."""
