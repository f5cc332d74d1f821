"""`Secret`, the type of secret text, and the two marks for redacted text.

A `Secret` is redacted wherever it is formatted. Only the code that writes requests to the network reveals it.
"""

from __future__ import annotations

import re

_REFERENCE = re.compile(r"(?:env:[A-Za-z_][A-Za-z0-9_]*|keyring:[\w.@/-]+)\Z")


REDACTED = "..."
"""The mark that replaces a secret wherever it is shown."""
ASK = "?"
"""The mark that replaces a secret in a line or file that can be used again. callbox then asks for the secret."""


_TRIVIAL = frozenset("false nil no none null off on true undefined yes".split())


def is_trivial(value: str) -> bool:
    """Whether a value is a word for yes, no or nothing. If such a value is a secret, it is redacted only beside its
    name, because nearly every text contains it.

    >>> is_trivial("true"), is_trivial("None"), is_trivial("4711")
    (True, True, False)
    """
    return len(value) < 10 and value.strip().lower() in _TRIVIAL


def redact_secret(text: str) -> str:
    """The mark that is shown in place of a secret; empty for an empty secret.

    >>> redact_secret("eyJhbGciOiJIUzI1NiJ9A"), redact_secret("")
    ('...', '')
    """
    return REDACTED if text else ""


class Secret:
    """A text that is redacted everywhere except in the request that is sent.

    `Secret("abc", "Bearer ")` sends `Bearer abc` and shows `Bearer ...`.
    """

    __slots__ = ("_text", "prefix")
    is_single_use = False
    """Whether the secret was made for one request, and no other request can use it."""

    def __init__(self, text: str, prefix: str = "") -> None:
        self._text = text
        self.prefix = prefix

    def reveal(self) -> str:
        """The whole text with its prefix, as it is sent."""
        # A subclass of str, such as the text of a response, stays as it is.
        return self.prefix + self._text if self.prefix else self._text

    def __str__(self) -> str:
        return self.prefix + redact_secret(self._text)

    def __repr__(self) -> str:
        return f"Secret({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self.reveal()

    def __hash__(self) -> int:
        return hash(self.reveal())


class ReferencedSecret(str):
    """A secret from a `reference` (`env:NAME`, `keyring:NAME`). Files contain only the reference, never the secret."""

    __slots__ = ("reference",)
    reference: str

    def __new__(cls, text: str, reference: str) -> ReferencedSecret:
        """Make the text with its reference."""
        made = super().__new__(cls, text)
        made.reference = reference
        return made


def is_reference(text: str) -> bool:
    """Whether the text refers to a secret (`env:NAME`, `keyring:NAME`) instead of containing it.

    >>> is_reference("env:API_TOKEN"), is_reference("keyring:api"), is_reference("hunter2")
    (True, True, False)
    """
    return _REFERENCE.match(text) is not None


def reveal(value: str | Secret) -> str:
    """The text of a value as it is sent, also if the value is a `Secret`."""
    return value if isinstance(value, str) else value.reveal()
