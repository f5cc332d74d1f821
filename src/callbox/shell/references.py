"""Secrets that are named rather than typed: `env:NAME` of the environment, `keyring:NAME` of the system's keyring.

The text is looked up at once and stays with where it came from, so that a session file can name it again.
"""

from __future__ import annotations

from callbox.errors import UsageError
from callbox.exchange.secret import Referred, is_reference
from callbox.shell.world import World


def secret_of(text: str, world: World) -> str:
    """The secret that was typed, or that the typed reference means."""
    if isinstance(text, Referred) or not is_reference(text):
        return text
    return find_secret(text, world)


def find_secret(reference: str, world: World, what: str = "") -> str:
    """The secret at this reference; a `?` asks for `what`. Raises UsageError where there is none."""
    kind, _, name = reference.partition(":")
    if reference == "?":
        return world.ports.ask(what, True)
    if not is_reference(reference):
        raise UsageError(f"'{kind[:20]}' is no place for a secret", hint="env:NAME, keyring:NAME, or ? to be asked")
    if kind == "keyring":
        return Referred(world.ports.read_keyring(name), reference)
    value = world.ports.environ.get(name)
    if not value:
        raise UsageError(f"{name} is not in the environment", hint=f"export {name}=.. before starting callbox")
    return Referred(value, reference)
