"""Start a thread with a stack of a chosen size.

Python keeps the size for the whole process, so two starts at once could each get the size of the other, and a thread
with too small a stack ends the process.
"""

from __future__ import annotations

import threading

_lock = threading.Lock()


def start_with_stack(thread: threading.Thread, stack_bytes: int) -> None:
    """Start a thread with a stack of this size (bytes). Threads that start later have the usual size."""
    with _lock:
        before = threading.stack_size(stack_bytes)
        try:
            thread.start()
        finally:
            threading.stack_size(before)
