"""Names, places, parents and parameters as Requests has them."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from tests.support.rows import check_rows

import callbox
from callbox import HTTPAdapter, Request, Response, Session


def test_every_name_of_requests_exceptions_has_its_parents():
    import requests.exceptions as theirs

    for name, kind in vars(theirs).items():
        if isinstance(kind, type) and kind.__module__ == theirs.__name__:
            ours = {parent.__name__ for parent in getattr(callbox.exceptions, name).__mro__}
            assert {parent.__name__ for parent in kind.__mro__} <= ours, name


@check_rows("module", ["adapters", "api", "auth", "cookies", "exceptions", "hooks", "models", "sessions", "structures"])
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


@check_rows(
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


TAKEN = {
    "adapters": "HTTPAdapter BaseAdapter Retry PoolManager DEFAULT_POOLBLOCK DEFAULT_POOLSIZE DEFAULT_RETRIES",
    "auth": "_basic_auth_str",
    "certs": "where",
    "compat": "urljoin urlparse urlsplit urlencode quote quote_plus unquote str bytes basestring builtin_str json "
    "cookielib Morsel OrderedDict StringIO getproxies proxy_bypass JSONDecodeError is_py3",
    "models": "Request PreparedRequest Response REDIRECT_STATI CONTENT_CHUNK_SIZE ITER_CHUNK_SIZE CaseInsensitiveDict",
    "packages": "urllib3 idna",
    "sessions": "Session session merge_setting DEFAULT_REDIRECT_LIMIT REDIRECT_STATI HTTPAdapter",
    "status_codes": "codes _codes",
    "utils": "add_dict_to_cookiejar address_in_network check_header_validity cookiejar_from_dict default_headers "
    "default_user_agent dict_from_cookiejar dotted_netmask from_key_val_list get_auth_from_url get_encoding_from_headers "
    "get_encodings_from_content get_environ_proxies get_netrc_auth get_unicode_from_response getproxies guess_filename "
    "guess_json_utf is_ipv4_address is_valid_cidr iter_slices parse_dict_header parse_header_links parse_list_header "
    "prepend_scheme_if_needed quote requote_uri resolve_proxies select_proxy set_environ should_bypass_proxies super_len "
    "stream_decode_response_unicode rewind_body to_key_val_list to_native_string unquote unquote_header_value unquote_unreserved "
    "urldefragauth urlparse urlunparse CaseInsensitiveDict",
}
"""What programs import from there, documented or not."""


@check_rows("module", TAKEN)
def test_what_programs_take_from_there_is_there(module):
    from importlib import import_module

    ours = import_module(f"callbox.{module}")

    assert getattr(callbox, module) is ours
    assert [name for name in TAKEN[module].split() if getattr(ours, name) is NotImplemented] == []


def test_session_may_be_called_as_in_requests():
    with callbox.session() as made:
        assert type(made) is Session


def test_names_of_a_status_are_found_by_it():
    import requests

    assert callbox.status_codes._codes == requests.status_codes._codes


PAGE = """<?xml version="1.0" encoding="koi8-r"?><meta charset='big5'>"""
CALLS = {
    "basic": lambda r: r.auth._basic_auth_str("u", "p"),
    "merge": lambda r: dict(r.sessions.merge_setting({"a": None, "b": 1}, {"a": 2, "c": 3})),
    "address": lambda r: [r.utils.address_in_network("10.1.2.3", n) for n in ("10.0.0.0/8", "11.0.0.0/8")],
    "netmask": lambda r: [r.utils.dotted_netmask(n) for n in (8, 20, 32)],
    "pairs": lambda r: [r.utils.to_key_val_list(v) for v in ({"a": 1}, [("b", 2)], None)],
    "dictionary": lambda r: [r.utils.from_key_val_list(v) for v in ({"a": 1}, [("b", 2)], None)],
    "userinfo": lambda r: r.utils.get_auth_from_url("http://us%40er:p%3Aw@a.x/"),
    "charset": lambda r: [
        r.utils.get_encoding_from_headers({"content-type": t}) for t in ("a/b; charset='x-user'", "application/json", "a/b")
    ][1:],
    "encodings": lambda r: sorted(r.utils.get_encodings_from_content(PAGE)),
    "filename": lambda r: [r.utils.guess_filename(type("F", (), {"name": n})) for n in ("/a/b.txt", "<stdin>", 5)],
    "json": lambda r: [
        r.utils.guess_json_utf("{}".encode(e))
        for e in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
    ],
    "ipv4": lambda r: [r.utils.is_ipv4_address(a) for a in ("1.2.3.4", "256.1.1.1", "a.b.c.d", "[::1]")],
    "cidr": lambda r: [r.utils.is_valid_cidr(a) for a in ("10.0.0.0/8", "10.0.0.0", "10.0.0.0/33", "x/8", "10.0.0.0/x")],
    "slices": lambda r: [list(r.utils.iter_slices("abcde", n)) for n in (2, None)],
    "header pairs": lambda r: r.utils.parse_dict_header('a="b, c", d, e=f'),
    "header list": lambda r: r.utils.parse_list_header('a, "b, c", d'),
    "links": lambda r: r.utils.parse_header_links('<http://a/?x=1>; rel=front; type="image/jpeg", <b>; rel=back'),
    "scheme": lambda r: [r.utils.prepend_scheme_if_needed(u, "http") for u in ("https://a.x/p", "a.x/p")],
    "text": lambda r: [r.utils.to_native_string(v) for v in (b"a", "a")],
    "quoted": lambda r: [r.utils.unquote_header_value(v) for v in ('"a"', "a", r'"a\"b"')],
    "unreserved": lambda r: r.utils.unquote_unreserved("/%7Eann%2F%41"),
    "length": lambda r: [r.utils.super_len(v) for v in ("aä", b"abc", [1, 2])],
    "no auth": lambda r: r.utils.urldefragauth("http://u:p@a.x/p?q#f"),
    "bypass": lambda r: [r.utils.should_bypass_proxies(u, "a.x,10.0.0.0/8") for u in ("http://b.a.x/", "http://c.x/", "http://10.2.3.4/")],
    "encoded": lambda r: [r.PreparedRequest._encode_params(d) for d in ({"a": [1, None], "b": b"\xff"}, [("c", "ä")], "d=1", b"e")],
    "near http": lambda r: r.Request("GET", "http+unix://%2Frun%2Fx/path%7E?a b", params={"c": "d"}).prepare().url,
    "select": lambda r: r.utils.select_proxy("hTTp:///path", {"http": "http://p"}),
    "resolved": lambda r: r.utils.resolve_proxies(r.Request("GET", "http://a.x/").prepare(), {"http": "http://p:1"}, False),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::DeprecationWarning:requests.utils")
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_small_functions_give_what_requests_gives(call):
    import requests

    assert call(callbox) == call(requests)


def test_the_environment_is_changed_for_a_block():
    import os

    with callbox.utils.set_environ("CALLBOX_TEST_VARIABLE", "1"):
        assert os.environ["CALLBOX_TEST_VARIABLE"] == "1"
    assert "CALLBOX_TEST_VARIABLE" not in os.environ


def test_an_invalid_header_is_told_from_a_valid_one():
    callbox.utils.check_header_validity(("X-A", "1"))

    with pytest.raises(callbox.exceptions.InvalidHeader):
        callbox.utils.check_header_validity(("X-A", "a\nb"))


def test_a_multipart_body_is_had_as_a_whole():
    body, media_type = callbox.PreparedRequest._encode_files({"f": ("n", b"x")}, {"a": "1"})

    assert b'name="a"\r\n\r\n1\r\n' in body
    assert body.startswith(b"--" + media_type.partition("boundary=")[2].encode())
    with pytest.raises(ValueError, match="Files"):
        callbox.PreparedRequest._encode_files({}, {"a": "1"})


@check_rows(
    "args",
    [(111, "refused"), (2, "no such", "file"), ("a", "b"), ("a",), (), ("a", "b", "c", "d", "e", "f")],
    ids=lambda args: str(len(args)),
)
@check_rows("name", ["ConnectionError", "Timeout", "InvalidURL", "HTTPError"])
def test_an_error_made_by_hand_is_an_oserror(name, args):
    requests = pytest.importorskip("requests")
    ours, theirs = (getattr(module.exceptions, name)(*args) for module in (callbox, requests))

    for made in ((ours, theirs), (pickle.loads(pickle.dumps(ours)), theirs)):
        facts = [(str(e), e.args, e.errno, e.strerror, e.filename) for e in made]
        assert facts[0] == facts[1]


@check_rows(
    "uri",
    ["/a%u", "/a%", "/a%zz", "/%7Ea b", "http://a/x%20y ä#[]", "a\\b", "http://[::1%25a]/", "%2F%41", "%é1", ""],
)
def test_a_uri_is_quoted_as_requests_does(uri):
    requests = pytest.importorskip("requests")

    assert callbox.utils.requote_uri(uri) == requests.utils.requote_uri(uri)
