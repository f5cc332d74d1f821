"""Mappings, where Requests has them."""

from callbox.exchange.headers import CaseInsensitiveDict
from callbox.face.codes import LookupDict

__all__ = [
    "CaseInsensitiveDict",
    "LookupDict",
]
