"""Mappings, where Requests has them."""

from callbox.face.codes import LookupDict
from callbox.session.structures import CaseInsensitiveDict

__all__ = [
    "CaseInsensitiveDict",
    "LookupDict",
]
