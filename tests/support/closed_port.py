"""A port of loopback that refuses connections: a socket is bound to it and never listens, so that nobody else can."""

from __future__ import annotations

import socket

_bound = socket.socket()
_bound.bind(("127.0.0.1", 0))

CLOSED = f"127.0.0.1:{_bound.getsockname()[1]}"
"""Host and port. The port is another one in each process: no name of a test may hold it."""

_bound.detach()  # stays bound as long as this process runs
