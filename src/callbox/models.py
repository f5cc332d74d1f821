"""Requests and responses, where Requests has them."""

from callbox.exchange.headers import CaseInsensitiveDict
from callbox.face.codes import codes
from callbox.face.exceptions import HTTPError
from callbox.face.prepared import PreparedRequest
from callbox.face.request import Request
from callbox.face.response import REDIRECT_STATI, Response

DEFAULT_REDIRECT_LIMIT = 30
CONTENT_CHUNK_SIZE = 10 * 1024
ITER_CHUNK_SIZE = 512

__all__ = [
    "CONTENT_CHUNK_SIZE",
    "DEFAULT_REDIRECT_LIMIT",
    "ITER_CHUNK_SIZE",
    "REDIRECT_STATI",
    "CaseInsensitiveDict",
    "HTTPError",
    "PreparedRequest",
    "Request",
    "Response",
    "codes",
]
