"""Where names lead: the rules of the option `resolve`, as curl has them in `--resolve` and `--connect-to`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from callbox.errors import UsageError

_RULE = re.compile(
    r"(\[[0-9A-Fa-f:.]{1,45}\]|[^\s:\[\]]{0,255}):(\d{1,5}|\*|)"
    r":(\[[0-9A-Fa-f:.]{1,45}\]|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]{0,45}:[0-9A-Fa-f:.]{0,45}|[^\s:\[\]]{0,255})"
    r"(?::(\d{1,5})|:)?\Z"
)


def check_leading(text: str) -> None:
    """Raise `UsageError` for what is no list of rules."""
    for rule in text.split(","):
        found = _RULE.match(rule.strip())
        if found is None or not (found[3] or found[4]) or int(found[4] or 0) > 65535:
            hint = "api.x:443:127.0.0.1, or with a port: api.x:443:127.0.0.1:8443"
            raise UsageError(f"resolve is HOST:PORT:ADDRESS, not '{rule.strip()}'", hint=hint)


def led_to(host: str, port: int, rules: str) -> tuple[str, int]:
    """The host and port that a connection to these is made to; what no rule names is left as it is.

    Of a rule an empty host or port, or `*`, is any; an empty address or no second port is the same as before.

    >>> led_to("api.x", 80, "api.x:80:127.0.0.1,b:80:[::1]:81"), led_to("b", 80, "::[::1]:81")
    (('127.0.0.1', 80), ('::1', 81))
    """
    for name, number, address, other in leads(rules):
        if name.lower() in (host.lower(), "*", "") and number in (str(port), "*", ""):
            return address or host, int(other or port)
    return host, port


def leads(text: str) -> Iterator[tuple[str, str, str, str]]:
    """Of each rule the host and port that it is for, and the address and port that it leads to; empty ones too."""
    for rule in text.split(",") if text else ():
        found = _RULE.match(rule.strip())
        if found is not None:
            yield found[1].strip("[]"), found[2], found[3].strip("[]"), found[4] or ""
