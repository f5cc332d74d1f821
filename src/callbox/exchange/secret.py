"""Secrets as a type, and how they are shown. Which names say secret is in `credential_names`.

Used by the merge (what stays behind on another origin), by everything that shows a request, and by the
wire's writer, the only place that opens a `Secret`.
"""

from __future__ import annotations

import re

from callbox.exchange.credential_names import is_credential_name as is_credential_name

_REFERENCE = re.compile(r"(?:env:[A-Za-z_][A-Za-z0-9_]*|keyring:[\w.@/-]+)\Z")


def mask(text: str) -> str:
    """What may be shown of a secret: the first two and last two of 16 or more characters, else dots.

    >>> mask("eyJhbGciOiJIUzI1NiJ9A"), mask("hunter2")
    ('ey..9A', '...')
    """
    return f"{text[:2]}..{text[-2:]}" if len(text) >= 16 else "..." if text else ""


class Secret:
    """Text that shows itself masked everywhere but on the wire.

    `Secret("abc", "Bearer ")` sends `Bearer abc` and shows `Bearer ...`.
    """

    __slots__ = ("_text", "prefix")
    is_for_one = False
    """Whether it was made for one request and is worth nothing in the next."""

    def __init__(self, text: str, prefix: str = "") -> None:
        self._text = text
        self.prefix = prefix

    def reveal(self) -> str:
        """The whole text, prefix included, as it goes on the wire."""
        return self.prefix + self._text

    def __str__(self) -> str:
        return self.prefix + mask(self._text)

    def __repr__(self) -> str:
        return f"Secret({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self.reveal()

    def __hash__(self) -> int:
        return hash(self.reveal())


class Referred(str):
    """The text of a secret that came from `reference` (`env:NAME`, `keyring:NAME`): saved by it, never as it is."""

    __slots__ = ("reference",)
    reference: str

    def __new__(cls, text: str, reference: str) -> Referred:
        """The text, and where it came from."""
        made = super().__new__(cls, text)
        made.reference = reference
        return made


def is_reference(text: str) -> bool:
    """Whether a secret is named rather than said.

    >>> is_reference("env:API_TOKEN"), is_reference("keyring:api"), is_reference("hunter2")
    (True, True, False)
    """
    return _REFERENCE.match(text) is not None


def reveal(value: str | Secret) -> str:
    """The text that goes on the wire."""
    return value if isinstance(value, str) else value.reveal()


def shown(name: str, value: str | Secret) -> str:
    """The value of a named field as it may be shown: masked when the type or the name says secret.

    >>> shown("Authorization", "Bearer abc"), shown("Accept", "*/*")
    ('Bearer ...', '*/*')
    """
    if isinstance(value, Secret):
        return str(value)
    if not is_credential_name(name):
        return value
    if (kind := name.lower()) in ("cookie", "set-cookie"):
        return mask_cookies(value, is_list=kind == "cookie")
    scheme, blank, rest = value.partition(" ")
    return scheme + blank + mask(rest) if blank and scheme.isalnum() else mask(value)


def mask_cookies(value: str, *, is_list: bool) -> str:
    """The value of Cookie (`is_list`) or of Set-Cookie: names stay, values are masked, attributes stay.

    >>> mask_cookies("a=1; b=2", is_list=True), mask_cookies("a=1; Path=/", is_list=False)
    ('a=...; b=...', 'a=...; Path=/')
    """
    first, *rest = value.split(";")
    return ";".join([_masked_cookie(first), *(map(_masked_cookie, rest) if is_list else rest)])


def _masked_cookie(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if equals:
        return name + equals + mask(value)
    return pair[: len(pair) - len(pair.lstrip())] + mask(pair.strip())
