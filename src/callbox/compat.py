"""Standard library names that programs import from `requests.compat`."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, MutableMapping
from importlib import import_module
from io import StringIO
from json import JSONDecodeError
from urllib.parse import (
    quote,
    quote_plus,
    unquote,
    unquote_plus,
    urldefrag,
    urlencode,
    urljoin,
    urlparse,
    urlsplit,
    urlunparse,
)

basestring, builtin_str = (str, bytes), str
numeric_types, integer_types = (int, float), (int,)
is_py2, is_py3 = False, True

_SLOW = {
    "Morsel": ("http.cookies", "Morsel"),
    "cookielib": ("http.cookiejar", ""),
    "json": ("json", ""),
    "getproxies": ("urllib.request", "getproxies"),
    "getproxies_environment": ("urllib.request", "getproxies_environment"),
    "parse_http_list": ("urllib.request", "parse_http_list"),
    "proxy_bypass": ("urllib.request", "proxy_bypass"),
}
"""Names that take long to import: the module and the name in the module (empty: the module itself)."""

__all__ = [
    "Callable",
    "JSONDecodeError",
    "Mapping",
    "MutableMapping",
    "OrderedDict",
    "StringIO",
    "basestring",
    "builtin_str",
    "integer_types",
    "is_py2",
    "is_py3",
    "numeric_types",
    "quote",
    "quote_plus",
    "unquote",
    "unquote_plus",
    "urldefrag",
    "urlencode",
    "urljoin",
    "urlparse",
    "urlsplit",
    "urlunparse",
]


def __getattr__(name: str) -> object:
    if name in ("str", "bytes"):
        return str if name == "str" else bytes
    if name not in _SLOW:
        raise AttributeError(f"module 'callbox.compat' has no attribute {name!r}")
    module, inner = _SLOW[name]
    found = import_module(module)
    return getattr(found, inner) if inner else found
