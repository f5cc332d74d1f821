"""The session: what it holds, the log of its edits, the driver, and the face that users of Requests know."""

from callbox.session.edits import Edit, Held
from callbox.session.live import LiveSession, collect
from callbox.session.session import Session

__all__ = ["Edit", "Held", "LiveSession", "Session", "collect"]
