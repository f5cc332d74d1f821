"""`where()`: the file or folder of the default CA certificates."""

from callbox.wire.tls_connections_and_pools import where

__all__ = [
    "where",
]
