"""Requests and responses, where Requests has them."""

from callbox.face.prepared import PreparedRequest
from callbox.face.request import Request
from callbox.face.response import Response

__all__ = [
    "PreparedRequest",
    "Request",
    "Response",
]
