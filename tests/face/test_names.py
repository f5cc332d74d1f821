"""Names, places, parents and parameters as Requests has them."""

from __future__ import annotations

from typing import Any

import pytest

import callbox
from callbox import HTTPAdapter, Request, Response, Session


def test_every_name_of_requests_exceptions_has_its_parents():
    import requests.exceptions as theirs

    for name, kind in vars(theirs).items():
        if isinstance(kind, type) and kind.__module__ == theirs.__name__:
            ours = {parent.__name__ for parent in getattr(callbox.exceptions, name).__mro__}
            assert {parent.__name__ for parent in kind.__mro__} <= ours, name


@pytest.mark.parametrize(
    "module", ["adapters", "api", "auth", "cookies", "exceptions", "hooks", "models", "sessions", "structures"]
)
def test_documented_names_are_where_requests_has_them(module):
    import requests

    theirs = vars(getattr(requests, module))
    documented = [
        n for n, v in theirs.items() if getattr(v, "__module__", "") == f"requests.{module}" and n[0].isalpha()
    ]
    internal = {
        "MockRequest", "MockResponse", "merge_setting", "merge_hooks", "SessionRedirectMixin", "RequestEncodingMixin",
        "RequestHooksMixin", "build_response", "SOCKSProxyManager", "LookupDict", "_urllib3_request_context",
    }  # fmt: skip

    missing = [name for name in documented if name not in internal and not hasattr(getattr(callbox, module), name)]

    assert missing == []


def test_methods_of_the_classes_are_all_there():
    import requests

    pairs = [
        (requests.Session, Session),
        (requests.Request, Request),
        (requests.PreparedRequest, callbox.PreparedRequest),
        (requests.Response, Response),
        (requests.adapters.HTTPAdapter, HTTPAdapter),
        (requests.cookies.RequestsCookieJar, callbox.CookieJar),
        (requests.structures.CaseInsensitiveDict, callbox.CaseInsensitiveDict),
    ]
    others = {
        "get_connection", "build_connection_pool_key_attributes", "get_policy", "set_policy", "set_cookie_if_ok",
        "make_cookies", "magic_re", "quote_re", "domain_re", "dots_re", "strict_domain_re", "non_word_re",
    }  # fmt: skip

    missing = [
        f"{ours.__name__}.{name}"
        for theirs, ours in pairs
        for name in dir(theirs)
        if name[0] != "_" and name not in others and not hasattr(ours, name)
    ]

    assert missing == []


def parameters(function: Any) -> list[str]:
    """The names of a function's parameters, but for its catch-alls."""
    import inspect

    found = inspect.signature(function).parameters.values()
    return [p.name for p in found if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


@pytest.mark.parametrize(
    "place",
    ["Session", "Request", "PreparedRequest", "Response", "adapters.HTTPAdapter", "adapters.BaseAdapter", "api", "cookies",
     "auth.HTTPBasicAuth", "auth.HTTPDigestAuth", "structures.CaseInsensitiveDict", "cookies.RequestsCookieJar"],
)  # fmt: skip
def test_parameters_have_the_names_and_places_that_requests_gives_them(place):
    from operator import attrgetter

    import requests

    theirs, ours = attrgetter(place)(requests), attrgetter(place)(callbox)
    different = {}
    for name, function in vars(theirs).items():
        mine = getattr(ours, name, None)
        if (
            not callable(function)
            or isinstance(function, type)
            or mine is None
            or (name.startswith("_") and name != "__init__")
        ):
            continue
        wanted, got = parameters(function), parameters(mine)
        if got[: len(wanted)] != wanted and set(wanted) - set(got):
            different[name] = (wanted, got)

    assert different == {}
