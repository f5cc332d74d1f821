"""Secrets that a line does not contain: a question for a missing secret, and the references `env:NAME` and
`keyring:NAME`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from callbox.errors import UsageError
from callbox.exchange.secret import ASK, ReferencedSecret, is_reference
from callbox.shell.context import Context
from callbox.shell.line.argument_types import TypedText


class SecretSource(Protocol):
    """The sources of the parts of a credential: questions, references and randomness."""

    def ask(self, name: str) -> str:
        """Ask for the secret with this label."""

    def find(self, reference: str) -> str:
        """The secret that `env:NAME` or `keyring:NAME` means."""

    def nonce(self) -> str:
        """Return random text."""


class ContextSecretSource:
    """Asks the user for secrets, and takes random numbers from the context's ports."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def ask(self, name: str) -> str:
        """Ask for a secret."""
        return self._context.ports.ask(name, True)

    def find(self, reference: str) -> str:
        """Look up the secret."""
        return find_secret(reference, self._context)

    def nonce(self) -> str:
        """32 random hexadecimal digits."""
        return f"{self._context.ports.random().getrandbits(128):032x}"


def resolve_secret(text: str, context: Context) -> str:
    """The typed secret, or the secret that a typed reference names.

    Text that a variable filled in never counts as a reference.
    """
    return find_secret(text, context) if isinstance(text, TypedText) and is_reference(text) else text


def find_secret(reference: str, context: Context, what: str = "") -> str:
    """The secret at this reference; for `?`, the user is asked for `what`.

    Raises `UsageError` if there is no such secret.
    """
    kind, _, name = reference.partition(":")
    if reference == ASK:
        return context.ports.ask(what, True)
    if not is_reference(reference):
        raise UsageError(
            f"'{kind[:20]}' is not a source of a secret", hint="use env:NAME, keyring:NAME, or ? to be asked"
        )
    if kind == "keyring":
        return ReferencedSecret(context.ports.read_keyring(name), reference)
    value = context.ports.environ.get(name)
    if not value:
        raise UsageError(f"{name} is not in the environment", hint=f"export {name}=.. before starting callbox")
    return ReferencedSecret(value, reference)


def recorded(secrets: dict[str, str], context: Context) -> Callable[[str, str], str]:
    """`find_secret` that also records each secret with its name, so that outputs redact it."""

    def find(reference: str, what: str) -> str:
        secret = find_secret(reference, context, what)
        secrets[secret] = context.filled_secrets[secret] = what
        return secret

    return find
