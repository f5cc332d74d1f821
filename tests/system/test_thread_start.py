"""The size of a thread's stack is that of this thread alone."""

from __future__ import annotations

import threading

from callbox.system.thread_start import start_with_stack


def test_many_starts_at_once_put_the_usual_size_back() -> None:
    usual = threading.stack_size()
    gate = threading.Barrier(8)

    def start_some(stack_bytes: int) -> None:
        gate.wait(20)
        for _ in range(50):
            start_with_stack(threading.Thread(target=int), stack_bytes)

    starters = [threading.Thread(target=start_some, args=(500_000 + 4096 * n,)) for n in range(8)]
    for one in starters:
        one.start()
    for one in starters:
        one.join()

    assert threading.stack_size() == usual
