"""Hooks, where Requests has them."""

from callbox.face.hooks import HOOKS, default_hooks, dispatch_hook

__all__ = [
    "HOOKS",
    "default_hooks",
    "dispatch_hook",
]
