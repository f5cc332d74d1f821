"""All it takes to decide one exchange: pure, frozen values; no clock, disk, network or environment.

What was said (`draft`) is merged with what the session holds (`merge`) into what will be sent (`outgoing`);
the conversation answers redirects and challenges; the wire, two floors up, only carries bytes.
"""
