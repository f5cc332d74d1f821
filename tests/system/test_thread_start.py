"""The size of a thread's stack is that of this thread alone."""

from __future__ import annotations

import subprocess
import sys

STARTS = """
import threading
from callbox.system.threads import start_with_stack
usual = threading.stack_size()
gate = threading.Barrier(8)

def start_some(stack_bytes):
    gate.wait(20)
    for _ in range(50):
        start_with_stack(threading.Thread(target=int), stack_bytes)

starters = [threading.Thread(target=start_some, args=(500_000 + 4096 * n,)) for n in range(8)]
for one in starters:
    one.start()
for one in starters:
    one.join()
print(threading.stack_size() == usual)
"""


def test_many_starts_at_once_put_the_usual_size_back() -> None:
    # in a process of its own, because threads of other tests may start at the same time
    done = subprocess.run([sys.executable, "-c", STARTS], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("True\n", "")
