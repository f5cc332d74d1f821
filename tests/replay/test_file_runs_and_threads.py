"""Results that go from thread to thread while somebody presses Ctrl-C."""

from __future__ import annotations

import signal
import threading
from collections import deque

from callbox.replay.file_runs_and_threads import ResultQueue
from callbox.report.result import Result


def test_each_result_is_shown_once_however_often_it_is_interrupted() -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    count, queue, seen, interrupted = 20_000, ResultQueue(), [], 0
    feeding = threading.Thread(
        target=lambda: [queue.put(Result(str(n), "ok")) for n in range(count)] + [queue.put(None)]
    )
    feeding.start()
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        while len(seen) < count:
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0005)
                deque(map(seen.append, queue))  # nothing of Python's between the relay and the list
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                interrupted += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        feeding.join(20)

    assert interrupted
    assert [result.file for result in seen] == [str(n) for n in range(count)]
