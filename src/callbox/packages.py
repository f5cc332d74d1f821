"""The libraries below, by the name under which programs reach for them in Requests: `requests.packages.urllib3`.

They are urllib3 and idna themselves, loaded when they are asked for.
"""

from importlib import import_module

_NAMES = ("idna", "urllib3")


def __getattr__(name: str) -> object:
    if name not in _NAMES:
        raise AttributeError(f"module 'callbox.packages' has no attribute {name!r}")
    return import_module(name)
