"""Hooks: functions that are called with each response and may replace it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

HOOKS = ("response",)
"""The names of the events that hooks can be registered for."""

Hook = Callable[..., Any]
Hooks = dict[str, list[Hook]]


def default_hooks() -> Hooks:
    """Hooks without a function for any event.

    >>> default_hooks()
    {'response': []}
    """
    return {event: [] for event in HOOKS}


def normalize_hooks(given: Mapping[str, Any] | None) -> Hooks:
    """Convert hooks to a list of functions for each event. `given` may have one function or several for an event.
    Raises `ValueError` for an event that does not exist.
    """
    found = default_hooks()
    for event, hooks in (given or {}).items():
        if event not in found:
            raise ValueError(f'Unsupported event specified, with event name "{event}"')
        found[event].extend([hooks] if callable(hooks) else list(hooks or ()))
    return found


def has_hooks(given: Mapping[str, Any] | None) -> bool:
    """Whether the hooks have any function."""
    return bool(given) and any((given or {}).values())


def dispatch_hook(key: str, hooks: Mapping[str, Any] | None, hook_data: Any, **kwargs: Any) -> Any:
    """Pass `hook_data` through each hook of this event. The value that a hook returns replaces it."""
    given = (hooks or {}).get(key) or ()
    found: Any
    for hook in [given] if callable(given) else list(given):
        found = hook(hook_data, **kwargs)
        if found is not None:
            hook_data = found
    return hook_data


class HookMixin:
    """The hooks of a request or a prepared request."""

    hooks: Hooks

    def register_hook(self, event: str, hook: Hook | Iterable[Hook]) -> None:
        """Register a function, or several, for an event. Raises `ValueError` for an event that does not exist."""
        if event not in self.hooks:
            raise ValueError(f'Unsupported event specified, with event name "{event}"')
        self.hooks[event] += [hook] if callable(hook) else list(hook)

    def deregister_hook(self, event: str, hook: Hook) -> bool:
        """Remove a hook function. Returns whether it was registered."""
        found = hook in self.hooks.get(event, ())
        if found:
            self.hooks[event].remove(hook)
        return found
