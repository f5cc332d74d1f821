"""The session, where Requests has it."""

from callbox.face.session import Session, session

__all__ = [
    "Session",
    "session",
]
