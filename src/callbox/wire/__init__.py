"""The network: send one `Outgoing` request, and read its response.

urllib3 makes connections, TLS, tunnels and pools. This package writes request heads, and reads response heads and
bodies. So the sent bytes are exactly those that `preview` shows, limits are counted as bytes arrive, and each failure
has its own message.
"""

from callbox.wire.cancel import Cancel
from callbox.wire.transport import Transport, Wire, WireResponse

__all__ = ["Cancel", "Transport", "Wire", "WireResponse"]
