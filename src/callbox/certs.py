"""`where()`: the file or folder of the CA certificates that are trusted by default."""

from callbox.wire.tls import where

__all__ = [
    "where",
]
