"""`packages.urllib3`, `packages.idna` and `packages.chardet`: libraries under the names that they have in Requests.

As in Requests, `chardet` is the package charset_normalizer if chardet is not installed.
"""

from importlib import import_module
from importlib.util import find_spec

_NAMES = ("chardet", "idna", "urllib3")


def __getattr__(name: str) -> object:
    real = "charset_normalizer" if name == "chardet" and find_spec("chardet") is None else name
    if name not in _NAMES or find_spec(real) is None:
        raise AttributeError(f"module 'callbox.packages' has no attribute {name!r}")
    return import_module(real)
