"""`CaseInsensitiveDict` and `LookupDict`, in the module where Requests has them."""

from callbox.exchange.headers import CaseInsensitiveDict
from callbox.status_codes import LookupDict

__all__ = [
    "CaseInsensitiveDict",
    "LookupDict",
]
