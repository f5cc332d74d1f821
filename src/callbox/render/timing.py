"""Where the time of an exchange went, as bars on one scale."""

from __future__ import annotations

from callbox.exchange.response import Connection, Timings
from callbox.render.sanitise import visible_line
from callbox.render.sizes import duration
from callbox.render.style import Fragments

_PHASES = ("dns", "connect", "tls", "send", "wait", "transfer")
_ON_NEW = ("dns", "connect", "tls")
_LABEL = 10
_NUMBER = 8
_LONGEST_BAR = 60
_NOTEWORTHY_S = 0.001


def bars(
    timings: Timings, connection: Connection | None = None, *, width: int = 80, is_unicode: bool = True
) -> Fragments:
    """One line for each part of the time, each bar where it happened, then the whole and the connection.

    >>> from callbox.render.ansi import plain
    >>> print(plain(bars(Timings(wait=0.075, transfer=0.025, total=0.1), width=40, is_unicode=False)), end="")
    wait         75 ms  ###############
    transfer     25 ms                 #####
    total       100 ms  ####################
    """
    spans = [(phase, float(getattr(timings, phase))) for phase in _PHASES]
    total = max(timings.total, sum(spent for _, spent in spans))
    column = max(_NUMBER, *(len(duration(spent)) for _, spent in [*spans, ("", timings.total)]))
    room = max(min(width - _LABEL - column - 2, _LONGEST_BAR), 4)
    out: Fragments = []
    start = 0.0
    for phase, spent in spans:
        if _is_shown(phase, spent):
            out += _line(phase, f"{duration(spent):>{column}}", _bar(start, spent, total, room, is_unicode), "bar")
        start += spent
    out += _line(
        "total", f"{duration(timings.total):>{column}}", _bar(0.0, total, total, room, is_unicode), "bar.total"
    )
    return out + connection_line(connection) if connection else out


def _is_shown(phase: str, spent: float) -> bool:
    """Waiting and transfer always are; what did not happen, or writing a small request, is not."""
    if phase == "send":
        return spent >= _NOTEWORTHY_S
    return spent > 0 or phase not in _ON_NEW


def _line(label: str, number: str, bar: str, style: str) -> Fragments:
    return [("", f"{label:<{_LABEL}}{number}  "), (style, bar), ("", "\n")]


def _bar(start: float, spent: float, total: float, room: int, is_unicode: bool) -> str:
    """Blanks up to the start, then at least one mark; both ends rounded, so that neighbours meet."""
    if total <= 0:
        return ""
    begin = min(round(start / total * room), room - 1)
    end = max(round((start + spent) / total * room), begin + 1)
    return " " * begin + ("\u2588" if is_unicode else "#") * (end - begin)


def connection_line(connection: Connection) -> Fragments:
    """Which connection it was, and whether it was there already.

    >>> connection_line(Connection(4, True, "127.0.0.1:80", 50000, requests=3))[0][1]
    '#4 reused, request 3 on it, to 127.0.0.1:80 from port 50000'
    """
    state = f"reused, request {connection.requests} on it" if connection.is_reused else "new"
    tls = f", {visible_line(connection.tls)}" if connection.tls else ""
    peer = visible_line(connection.peer)
    out: Fragments = [("connection", f"#{connection.number} {state}, to {peer} from port {connection.local_port}{tls}")]
    if connection.tls and not connection.is_verified:
        out += [("", " "), ("insecure", "not verified")]
    return [*out, ("", "\n")]
