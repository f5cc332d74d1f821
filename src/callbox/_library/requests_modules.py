"""`install_as_requests`, which makes `import requests` give callbox, for packages that use Requests.

The modules `requests` and `requests.X` that it makes are new module objects. `requests` has callbox's classes, and the
version of Requests that callbox behaves like. `requests.X` reads its names from `callbox.X`, and passes assignments on
to that module, so that a test may patch `requests.api.request`. No module is loaded before it is used.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from callbox.errors import UsageError
from callbox.exceptions import InvalidSchema
from callbox.models import PreparedRequest
from callbox.utils import merge_setting
from callbox.version import __version__

VERSION = "2.34.2"
"""The version of Requests that callbox behaves like. `docs/library.md` lists the differences."""
_BUILD = 0x023402

_MODULES = (
    "adapters", "api", "auth", "certs", "compat", "cookies", "exceptions", "hooks", "models", "sessions",
    "status_codes", "structures", "utils",
)  # fmt: skip
_PACKAGES = ("urllib3", "idna", "chardet", "charset_normalizer", "certifi")
"""The modules that `requests.packages` has, or had in earlier versions."""
_TOP = (
    "ConnectTimeout ConnectionError FileModeWarning HTTPError JSONDecodeError PreparedRequest ReadTimeout Request "
    "RequestException Response Session Timeout TooManyRedirects URLRequired codes delete get head options patch post "
    "put request session"
).split()

_URLLIB3_ERRORS = "urllib3.exceptions"
_SHARED = {
    **dict.fromkeys("extract_cookies_to_jar RequestsCookieJar cookiejar_from_dict".split(), "callbox.cookies"),
    **dict.fromkeys(
        "ChunkedEncodingError ConnectTimeout ConnectionError ContentDecodingError InvalidHeader InvalidJSONError "
        "InvalidSchema InvalidURL MissingSchema ProxyError ReadTimeout RetryError SSLError FileModeWarning".split(),
        "callbox.exceptions",
    ),
    **dict.fromkeys(
        "check_header_validity default_headers get_auth_from_url get_encoding_from_headers get_environ_proxies "
        "get_netrc_auth guess_filename guess_json_utf iter_slices parse_dict_header parse_header_links "
        "prepend_scheme_if_needed requote_uri resolve_proxies rewind_body select_proxy should_bypass_proxies "
        "stream_decode_response_unicode super_len to_key_val_list to_native_string urldefragauth".split(),
        "callbox.utils",
    ),
    **dict.fromkeys(
        "JSONDecodeError Morsel basestring builtin_str bytes cookielib getproxies getproxies_environment integer_types "
        "proxy_bypass str urlencode urljoin urlparse urlsplit urlunparse OrderedDict Mapping MutableMapping".split(),
        "callbox.compat",
    ),
    **dict.fromkeys("HTTPBasicAuth _basic_auth_str".split(), "callbox.auth"),
    "CaseInsensitiveDict": "callbox.structures",
    "codes": "callbox.status_codes",
    "dispatch_hook": "callbox.hooks",
    "encode_multipart_formdata": "urllib3.filepost",
    "RequestField": "urllib3.fields",
    "make_headers": "urllib3.util",
    "parse_url": "urllib3.util",
    "proxy_from_url": "urllib3.poolmanager",
    "SOCKSProxyManager": "urllib3.contrib.socks",
    **dict.fromkeys(
        "ClosedPoolError ConnectTimeoutError DecodeError LocationParseError LocationValueError MaxRetryError "
        "NewConnectionError ProtocolError ReadTimeoutError ResponseError".split(),
        _URLLIB3_ERRORS,
    ),
    "timedelta": "datetime",
}
"""Names that a module of Requests imports and so also has. The value is the module that defines the name."""
_HELP_PACKAGES: Mapping[str, str | None] = {
    "urllib3": "", "idna": "", "cryptography": "", "chardet": None, "charset_normalizer": None,
}  # fmt: skip
"""The packages whose versions `requests.help.info` returns, each with the version that it returns for a missing
package.
"""
_STANDARD = (
    "calendar codecs contextlib copy datetime hashlib io json logging os platform re socket ssl struct sys tempfile "
    "threading time typing warnings zipfile"
).split()
_RENAMED: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "adapters": {
        "TimeoutSauce": ("urllib3.util", "Timeout"),
        "_HTTPError": (_URLLIB3_ERRORS, "HTTPError"),
        "_InvalidHeader": (_URLLIB3_ERRORS, "InvalidHeader"),
        "_ProxyError": (_URLLIB3_ERRORS, "ProxyError"),
        "_SSLError": (_URLLIB3_ERRORS, "SSLError"),
    },
    "exceptions": {
        "BaseHTTPError": (_URLLIB3_ERRORS, "HTTPError"),
        "CompatJSONDecodeError": ("json", "JSONDecodeError"),
    },
    "models": {
        "RequestHooksMixin": ("callbox.hooks", "HookMixin"),
        "RequestEncodingMixin": ("callbox._library.requests_modules", "RequestEncodingMixin"),
        "RequestsJSONDecodeError": ("callbox.exceptions", "JSONDecodeError"),
        "RequestsSSLError": ("callbox.exceptions", "SSLError"),
        "SSLError": (_URLLIB3_ERRORS, "SSLError"),
        "UnsupportedOperation": ("io", "UnsupportedOperation"),
        "complexjson": ("json", ""),
        "datetime": ("datetime", ""),
        "unicode_is_ascii": ("callbox._library.requests_modules", "unicode_is_ascii"),
    },
    "sessions": {
        "merge_hooks": ("callbox._library.requests_modules", "merge_hooks"),
        "preferred_clock": ("time", "perf_counter"),
    },
    "_internal_utils": {
        "unicode_is_ascii": ("callbox._library.requests_modules", "unicode_is_ascii"),
        "to_native_string": ("callbox.utils", "to_native_string"),
    },
    "help": {"info": ("callbox._library.requests_modules", "info")},
    "utils": {
        "dict_to_sequence": ("callbox._library.requests_modules", "dict_to_sequence"),
    },
}


def _import_installed(name: str) -> ModuleType | None:
    return import_module(name) if find_spec(name) else None


_VALUES: Mapping[str, Mapping[str, Callable[[], Any]]] = {
    "compat": {"chardet": lambda: None, "has_simplejson": lambda: False, "is_urllib3_1": lambda: False},
    "help": {name: partial(_import_installed, name) for name in _HELP_PACKAGES},
    "models": {"chardet": lambda: None},
    "adapters": {"DEFAULT_CA_BUNDLE_PATH": lambda: import_module("callbox.certs").where()},
    "utils": {
        "DEFAULT_CA_BUNDLE_PATH": lambda: import_module("callbox.certs").where(),
        "DEFAULT_PORTS": lambda: {"http": 80, "https": 443},
        "NETRC_FILES": lambda: (".netrc", "_netrc"),
        "DEFAULT_ACCEPT_ENCODING": lambda: import_module("callbox").Session().headers["Accept-Encoding"],
        "is_urllib3_1": lambda: False,
    },
}


def _no_socks(*_: Any, **__: Any) -> Any:
    raise InvalidSchema("Missing dependencies for SOCKS support.", hint="pip install callbox[socks]")


class RequestEncodingMixin:
    """The class of Requests' `models` that encodes forms and makes the request target."""

    @property
    def path_url(self) -> str:
        """The path and query of `url`."""
        made = PreparedRequest()
        made.url = getattr(self, "url", "")
        return made.path_url

    @staticmethod
    def _encode_params(data: Any) -> Any:
        return PreparedRequest._encode_params(data)

    @staticmethod
    def _encode_files(files: Any, data: Any) -> Any:
        return PreparedRequest._encode_files(files, data)


def unicode_is_ascii(u_string: str) -> bool:
    """Whether a text is only ASCII."""
    return u_string.isascii()


def dict_to_sequence(d: Any) -> Any:
    """The items of a mapping; anything else unchanged."""
    return d.items() if hasattr(d, "items") else d


def merge_hooks(request_hooks: Any, session_hooks: Any, dict_class: Any = dict) -> Any:
    """The hooks of the request, merged with those of the session, which they override."""
    if session_hooks is None or session_hooks.get("response") == []:
        return request_hooks
    if request_hooks is None or request_hooks.get("response") == []:
        return session_hooks
    return merge_setting(request_hooks, session_hooks, dict_class)


def info() -> dict[str, Any]:
    """The versions of callbox, of the packages beside it and of the platform, for bug reports.

    The result has all keys of the function of Requests, and the key `callbox`. For a package that is not installed, the
    version is "" or None.
    """
    import platform
    import ssl

    # Read from the module, so that a test may patch `requests.help.idna`.
    shown = sys.modules.get("requests.help")
    packages = {name: getattr(shown, name) if shown else _import_installed(name) for name in _HELP_PACKAGES}
    versions = {
        name: {"version": getattr(packages[name], "__version__", missing)} for name, missing in _HELP_PACKAGES.items()
    }
    return {
        "platform": {"system": platform.system(), "release": platform.release()},
        "implementation": {"name": platform.python_implementation(), "version": platform.python_version()},
        "system_ssl": {"version": f"{ssl.OPENSSL_VERSION_NUMBER:x}"},
        "using_pyopenssl": False,
        "using_charset_normalizer": False,
        "pyOpenSSL": {"version": None, "openssl_version": ""},
        **versions,
        "requests": {"version": VERSION},
        "callbox": {"version": __version__},
    }


class _Shown(ModuleType):
    """A module `requests.X`, which reads its names from `callbox.X`, and has the further names of Requests' module."""

    def __init__(self, name: str, target: ModuleType | None, own: Mapping[str, Any]) -> None:
        super().__init__(name, target.__doc__ if target is not None else None)
        names = {n: value for n, value in vars(target).items() if not n.startswith("__")} if target is not None else {}
        vars(self).update(names, **own, _callbox_target=target)

    def __getattr__(self, name: str) -> Any:
        target = vars(self).get("_callbox_target")
        found = _NOTHING if name.startswith("__") else getattr(target, name, _NOTHING)
        if found is _NOTHING and not name.startswith("__"):
            found = _find_elsewhere(self.__name__.rpartition(".")[2], name)
        if found is _NOTHING:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        vars(self)[name] = found
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        target = vars(self)["_callbox_target"]
        super().__setattr__(name, value)
        if target is not None and not name.startswith("__") and name in vars(target):
            setattr(target, name, value)


_NOTHING = object()


def _find_elsewhere(module: str, name: str) -> Any:
    """Find a name that the module of Requests has, and that callbox's module of the same name does not have."""
    if name in _VALUES.get(module, ()):
        return _VALUES[module][name]()
    place = _RENAMED.get(module, {}).get(name)
    if place is not None:
        found = import_module(place[0])
        return getattr(found, place[1]) if place[1] else found
    if name == "SOCKSProxyManager":
        with warnings.catch_warnings(), suppress(ImportError):
            warnings.simplefilter("ignore")  # urllib3 warns before it raises.
            return getattr(import_module(_SHARED[name]), name)
        return _no_socks  # as in Requests
    if name in _SHARED:
        return getattr(import_module(_SHARED[name]), name, _NOTHING)
    return import_module(name) if name in _STANDARD else _NOTHING


class _Finder(MetaPathFinder, Loader):
    """An import finder for `requests.packages.X`, which gives the real module of the library X."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The specification of a module of `requests.packages`; None for any other module."""
        prefix, _, real = fullname.partition(".packages.")
        if prefix != "requests" or real.partition(".")[0] not in _PACKAGES:
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> None:
        """Let Python make an empty module, which `exec_module` replaces."""

    def exec_module(self, module: ModuleType) -> None:
        """Replace this module by the real module of its library."""
        name = module.__name__
        real = name.partition(".packages.")[2]
        if real.partition(".")[0] == "chardet" and find_spec("chardet") is None:
            # Requests has one of the two under this name.
            real = "charset_normalizer" + real.removeprefix("chardet")
        sys.modules[name] = import_module(real)


_FINDER = _Finder()


def install_as_requests(*, replace: bool = False) -> ModuleType:
    """Install callbox under the name `requests` in this process, with all submodules. Returns the module.

    Call this function before any module imports Requests. Raises `UsageError` if Requests is already imported. With
    `replace`, the modules of Requests are replaced. A module that has already imported an object from Requests keeps
    this object.
    """
    present = sys.modules.get("requests")
    if present is not None and getattr(present, "__callbox__", False):
        return present
    if present is not None and not replace:
        raise UsageError(
            "Requests is imported already, so callbox cannot take its name",
            hint="call install_as_requests() before the import, or give replace=True",
        )
    for name in [name for name in sys.modules if name == "requests" or name.startswith("requests.")]:
        del sys.modules[name]
    made = _make_package()
    if _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)
    return made


def _make_package() -> ModuleType:
    callbox = import_module("callbox")
    modules = {name: import_module(f"callbox.{name}") for name in _MODULES}
    package = _Shown("requests", None, {name: getattr(callbox, name) for name in _TOP})
    package.__doc__ = f"callbox, as Requests {VERSION}."
    package.__path__ = []
    package.__version__ = VERSION
    version = {
        "__title__": "requests", "__description__": "callbox, in the place of Requests.", "__version__": VERSION,
        "__build__": _BUILD, "__author__": "The callbox maintainers", "__license__": "MIT", "__url__": "",
        "__author_email__": "", "__copyright__": "", "__cake__": "",
    }  # fmt: skip
    shown = {
        "": package,
        **{name: _Shown(f"requests.{name}", module, {}) for name, module in modules.items()},
        "__version__": _Shown("requests.__version__", None, version),
        "_internal_utils": _Shown("requests._internal_utils", None, {}),
        "help": _Shown("requests.help", None, {}),
        "packages": _Shown("requests.packages", modules_of_packages(), {"__path__": []}),
    }
    for name, module in shown.items():
        full = f"requests.{name}" if name else "requests"
        module.__spec__ = ModuleSpec(full, _FINDER, is_package=name in ("", "packages"))
        module.__loader__ = _FINDER
        module.__package__ = full if name in ("", "packages") else "requests"
        sys.modules[full] = module
        if name and name != "__version__":
            vars(package)[name] = module
    vars(package).update(version, __callbox__=True, __version__=VERSION)
    vars(package)["RequestsDependencyWarning"] = modules["exceptions"].RequestsDependencyWarning
    return package


def modules_of_packages() -> ModuleType:
    """callbox's own module `packages`, which loads each package at its first use."""
    return import_module("callbox.packages")
