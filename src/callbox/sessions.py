"""The session, where Requests has it."""

from callbox.face.adapters import HTTPAdapter
from callbox.face.exceptions import TooManyRedirects
from callbox.face.prepared import PreparedRequest
from callbox.face.request import Request
from callbox.face.response import REDIRECT_STATI, Response
from callbox.face.session import Session, session
from callbox.face.texts import merge_setting
from callbox.models import DEFAULT_REDIRECT_LIMIT

__all__ = [
    "DEFAULT_REDIRECT_LIMIT",
    "REDIRECT_STATI",
    "HTTPAdapter",
    "PreparedRequest",
    "Request",
    "Response",
    "Session",
    "TooManyRedirects",
    "merge_setting",
    "session",
]
