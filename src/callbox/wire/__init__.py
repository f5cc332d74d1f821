"""The network: send one `Outgoing` request, and read its response. urllib3 opens connections, with TLS, tunnels and
pools. This package itself writes the requests and reads the responses. So callbox sends exactly the bytes that
`preview` shows, checks limits while bytes arrive, and has its own message for each failure.
"""

from callbox.wire.connection_and_byte_stream import Cancel
from callbox.wire.transport import Transport, Wire, WireResponse

__all__ = ["Cancel", "Transport", "Wire", "WireResponse"]
