"""`packages.urllib3` and `packages.idna`: the libraries under the names that they have in Requests."""

from importlib import import_module

_NAMES = ("idna", "urllib3")


def __getattr__(name: str) -> object:
    if name not in _NAMES:
        raise AttributeError(f"module 'callbox.packages' has no attribute {name!r}")
    return import_module(name)
