"""Status codes by name, where Requests has them."""

from callbox.face.codes import codes

__all__ = [
    "codes",
]
