"""Content codings that can be undone with what is installed: what is asked for, and what undoes it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def accepted() -> str:
    """The value of Accept-Encoding: gzip and deflate, and what the extra `compression` adds."""
    names = ["gzip", "deflate"]
    if find_brotli() is not None:
        names.append("br")
    if find_zstd() is not None:
        names.append("zstd")
    return ", ".join(names)


def find_brotli() -> Any:
    """The brotli module, where the extra `compression` (1.2 or newer, with a bounded output) is installed."""
    try:
        import brotli  # type: ignore[import-not-found]
    except ImportError:
        return None
    return brotli if hasattr(brotli.Decompressor, "can_accept_more_data") else None


def find_zstd() -> Any:
    """The standard library's zstd (3.14), or its backport."""
    try:
        from compression import zstd  # type: ignore[import-not-found]
    except ImportError:
        try:
            from backports import zstd  # type: ignore[import-not-found]
        except ImportError:
            return None
    return zstd
