"""The network: send one `Outgoing` request, and read its response.

Connections, TLS, tunnels and pooling are urllib3's. Request heads are written here, and response heads and bodies are
read here. So the bytes are exactly those that `preview` shows, limits are counted as bytes arrive, and each failure
has its own message.
"""

from callbox.wire.cancel import Cancel
from callbox.wire.transport import Transport, Wire, WireResponse

__all__ = ["Cancel", "Transport", "Wire", "WireResponse"]
