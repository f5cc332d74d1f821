"""Which CA certificates count, where Requests has it: `where()` is their file or folder."""

from callbox.wire.tls import where

__all__ = [
    "where",
]
