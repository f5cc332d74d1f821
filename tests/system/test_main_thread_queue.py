"""Work that other threads pass to the main thread."""

from __future__ import annotations

import threading

from callbox.system.cpu_limit import limited
from callbox.system.threads import MainThread


def test_work_after_an_interruption_gets_a_short_time() -> None:
    waiting, ended = threading.Event(), []
    server = MainThread(waiting.set)

    def work() -> None:
        with limited(TimeoutError()):
            while True:
                pass

    def call() -> None:
        try:
            server.call(work)
        except BaseException as error:
            ended.append(type(error))

    thread = threading.Thread(target=call)
    thread.start()
    assert waiting.wait(20)
    server.hurry()
    server.serve()
    thread.join()

    assert ended == [KeyboardInterrupt]
