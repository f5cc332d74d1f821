"""Status codes by name, where Requests has them."""

from callbox.face.codes import _codes, codes

__all__ = [
    "_codes",
    "codes",
]
