"""The only network. One decided request goes in, the head of its answer and then its content come out.

Connections, TLS, tunnels and pooling are urllib3's; the request head, the answer's head and its framing are
written and read here, so that what is sent is exactly what `preview` shows, every limit is counted where the
bytes arrive, and each fault has its own words.
"""

from callbox.wire.cancel import Cancel
from callbox.wire.response import WireResponse
from callbox.wire.transport import Transport, Wire

__all__ = ["Cancel", "Transport", "Wire", "WireResponse"]
