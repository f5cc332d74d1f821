"""Pause the garbage collector while many lasting objects are made, such as those of a large file."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def pause_collector(is_large: bool) -> Iterator[None]:
    """Pause the collector inside the block if it is a large one. Objects made there count as old afterwards.

    Repeated collections of many lasting objects take as long as making them.
    """
    is_paused = is_large and gc.isenabled()
    if is_paused:
        gc.disable()
    try:
        yield
    finally:
        if is_paused:
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()  # back to the oldest generation, without a walk
            gc.enable()
