"""Adapters, where Requests has them; and urllib3's Retry and PoolManager, which programs take from there."""

from callbox.face.adapters import DEFAULT_POOLBLOCK, DEFAULT_POOLSIZE, DEFAULT_RETRIES, BaseAdapter, HTTPAdapter

DEFAULT_POOL_TIMEOUT = None

__all__ = [
    "DEFAULT_POOLBLOCK",
    "DEFAULT_POOLSIZE",
    "DEFAULT_POOL_TIMEOUT",
    "DEFAULT_RETRIES",
    "BaseAdapter",
    "HTTPAdapter",
]


def __getattr__(name: str) -> object:
    if name not in ("PoolManager", "Retry"):
        raise AttributeError(f"module 'callbox.adapters' has no attribute {name!r}")
    from callbox.wire import urllib3_adapters

    return getattr(urllib3_adapters, name)
