"""Adapters, where Requests has them."""

from callbox.face.adapters import DEFAULT_POOLSIZE, DEFAULT_RETRIES, BaseAdapter, HTTPAdapter

__all__ = [
    "DEFAULT_POOLSIZE",
    "DEFAULT_RETRIES",
    "BaseAdapter",
    "HTTPAdapter",
]
