"""The lines of a request as they may be shown: what is secret in the target, the fields and the cookies is masked."""

from __future__ import annotations

from typing import NamedTuple

from callbox.exchange.request import Field, Outgoing
from callbox.exchange.secret import Secret, mask, mask_url
from callbox.exchange.secret import reveal as opened
from callbox.exchange.secret import shown as masked
from callbox.render import cells
from callbox.render.sanitise import visible_line


class Line(NamedTuple):
    """A field, or a detail below one: a parameter of the target, a cookie of the Cookie field."""

    name: str
    value: str
    source: str
    mark: str = ": "
    """What stands between name and value; for a detail `==` or `=`, as in an item that is typed."""

    @property
    def is_detail(self) -> bool:
        """Whether this line explains the one above and is not sent as it stands."""
        return self.mark != ": "

    @property
    def text(self) -> str:
        """The line as it is shown."""
        return f"{'  ' if self.is_detail else ''}{self.name}{self.mark}{self.value}"

    @property
    def width(self) -> int:
        """Columns of the terminal that it takes."""
        return cells.width(self.text)


def masked_target(outgoing: Outgoing, *, reveal: bool) -> str:
    """Path and query as on the wire, but for the values of parameters that are secret.

    >>> from callbox.exchange.url import parse
    >>> masked_target(Outgoing("GET", parse("http://a/b?x=1&access_token=abcdef")), reveal=False)
    '/b?x=1&access_token=...'
    """
    if reveal:
        return outgoing.url.target
    return mask_url(outgoing.url.target, names={f.name for f in outgoing.query if isinstance(f.value, Secret)})


def request_lines(outgoing: Outgoing, *, reveal: bool) -> list[Line]:
    """Every field in its order, parameters before them and cookies below theirs."""
    lines = []
    if any(field.source != "url" for field in outgoing.query):
        lines += [_line(field, _value(field, reveal), "==") for field in outgoing.query]
    for field in outgoing.headers:
        if field.name.lower() != "cookie":
            lines.append(_line(field, _value(field, reveal)))
            continue
        lines.append(_line(field, _cookie_value(outgoing, field, reveal)))
        for cookie in outgoing.cookies:
            value = opened(cookie.value)
            lines.append(_line(cookie, value if reveal else mask(value), "="))
    return lines


def _line(field: Field, value: str, mark: str = ": ") -> Line:
    return Line(visible_line(field.name), visible_line(value), visible_line(field.source), mark)


def _value(field: Field, reveal: bool) -> str:
    return opened(field.value) if reveal else masked(field.name, field.value)


def _cookie_value(outgoing: Outgoing, field: Field, reveal: bool) -> str:
    """Names stay readable, values are masked: any cookie may be the one that logs in."""
    if reveal:
        return opened(field.value)
    if outgoing.cookies:
        return "; ".join(f"{cookie.name}={mask(opened(cookie.value))}" for cookie in outgoing.cookies)
    pairs = [pair.strip().partition("=") for pair in opened(field.value).split(";")]
    return "; ".join(f"{name}={mask(value)}" if mark else mask(name) for name, mark, value in pairs)
