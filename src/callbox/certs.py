"""`where()`: the file or folder of the default CA certificates."""

from callbox.wire.tls import where

__all__ = [
    "where",
]
