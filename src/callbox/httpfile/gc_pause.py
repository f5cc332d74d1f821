"""Pause the garbage collector while many long-lived objects are made, such as those of a large file."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def pause_collector(is_large: bool) -> Iterator[None]:
    """Pause the collector inside the block if `is_large`. Objects that the block made count as old afterwards.

    Without the pause, the collector visits the long-lived objects again and again, which takes as long as making them.
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
                gc.unfreeze()  # move the objects back to the oldest generation, without visiting them
            gc.enable()
