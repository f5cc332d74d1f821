"""The verbs without a session, where Requests has them."""

from callbox.face.api import delete, get, head, options, patch, post, put, request

__all__ = [
    "delete",
    "get",
    "head",
    "options",
    "patch",
    "post",
    "put",
    "request",
]
