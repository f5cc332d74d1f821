"""Children of the classes: every attribute name that Requests leaves free is a child's to use.

For each name that our class has and Requests' has not, a child has it in four ways, and works as before. The names that
`docs/library.md` adds are among them: they give way.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import requests
from tests.support.rows import check_rows

import callbox
from callbox import CookieJar, HTTPAdapter, PreparedRequest, Request, Response, Session

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
MOVED = b"HTTP/1.1 302 X\r\nLocation: /next\r\nSet-Cookie: sid=1\r\nContent-Length: 0\r\n\r\n"
OWN = object()
"""What a child keeps under the name; nothing of ours could make use of it."""


def names_beyond(theirs: object, ours: object) -> list[str]:
    """The names of our object that Requests' object has not, but for the one that begins with the package's."""
    found = set(dir(ours)) - set(dir(theirs))
    return sorted(name for name in found if not name.startswith(("_callbox", "__")))


def in_the_class(kind: type, name: str) -> type:
    return type("Child", (kind,), {name: OWN})


def as_a_property(kind: type, name: str) -> type:
    return type("Child", (kind,), {name: property(lambda self: OWN)})


def as_a_method(kind: type, name: str) -> type:
    return type("Child", (kind,), {name: lambda self, *_, **__: OWN})


def before_init(kind: type, name: str) -> type:
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        setattr(self, name, OWN)
        kind.__init__(self, *args, **kwargs)

    return type("Child", (kind,), {"__init__": init})


def after_init(kind: type, name: str) -> type:
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        kind.__init__(self, *args, **kwargs)
        setattr(self, name, OWN)

    return type("Child", (kind,), {"__init__": init})


def in_a_slot(kind: type, name: str) -> type:
    return type("Child", (kind,), {"__slots__": (name,)})


WAYS: list[Callable[[type, str], type]] = [
    in_the_class, as_a_property, as_a_method, before_init, after_init, in_a_slot,
]  # fmt: skip


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def way(request: pytest.FixtureRequest) -> Callable[[type, str], type]:
    found: Callable[[type, str], type] = request.param
    return found


def talk(session: Any, url: str, **said: Any) -> None:
    """A signed GET that is led on and given a cookie, then another, by the short way and step by step."""
    session.auth = ("u", "p")
    for is_streamed in (False, True):
        response = session.get(url, stream=is_streamed, **said)
        assert (response.status_code, response.content, len(response.history)) == (200, b"ok", 1)


def check(server: Any) -> None:
    assert [seen.line for seen in server.seen] == ["GET / HTTP/1.1", "GET /next HTTP/1.1"] * 2
    assert {seen.value("Authorization") for seen in server.seen} == {"Basic dTpw"}
    assert [seen.value("Cookie") for seen in server.seen] == [None, "sid=1", "sid=1", "sid=1"]


def test_a_session_has_the_documented_names_beyond_requests_and_no_others():
    with requests.Session() as theirs, Session() as ours:
        assert names_beyond(theirs, ours) == ["base_url", "max_body", "set_option", "timeout"]


def test_no_other_class_has_names_beyond_requests_but_for_documented_ones():
    pairs = [
        (requests.Request(), Request()),
        (requests.PreparedRequest(), PreparedRequest()),
        (requests.adapters.HTTPAdapter(), HTTPAdapter()),
        (requests.cookies.RequestsCookieJar(), CookieJar()),
        (requests.auth.AuthBase(), callbox.AuthBase()),
    ]

    assert [names_beyond(theirs, ours) for theirs, ours in pairs] == [[], [], [], ["trust_localhost"], []]
    assert names_beyond(requests.Response(), Response()) == ["connection", "connection_info", "notes", "timings"]


SESSION_NAMES = (
    "base_url max_body set_option timeout stream jar route credentials defaults bindings transport option_defaults "
    "option preview drive uses_netrc apply edits vars connections _options _cookies _draft _hooks _run _sign _set"
).split()
"""Those of today, and those that a session had in earlier versions."""


@pytest.mark.parametrize("name", SESSION_NAMES)
def test_a_child_of_session_may_have_the_name(recorder, way, name):
    if name == "stream" and way in (as_a_property, before_init, after_init, in_a_slot):
        pytest.skip("an attribute of Requests' too")
    server = recorder(MOVED, OK, MOVED, OK)
    with way(Session, name)() as session:
        talk(session, server.url + "/")

    check(server)


@pytest.mark.parametrize("name", ["connection_info", "notes", "timings", "record", "_owner", "pieces", "of"])
def test_a_child_of_response_may_have_the_name(recorder, way, name):
    kind = way(Response, name)

    class Remade(HTTPAdapter):
        def send(self, request: Any, **kwargs: Any) -> Any:
            found = super().send(request, **kwargs)
            made = kind()
            for attribute in ("status_code", "headers", "url", "request", "raw", "connection", "reason"):
                setattr(made, attribute, getattr(found, attribute))
            made._content, made._content_consumed = found.content, True
            return made

    server = recorder(MOVED, OK, MOVED, OK)
    with Session() as session:
        session.mount("http://", Remade())
        talk(session, server.url + "/")

    check(server)


@pytest.mark.parametrize("name", ["wire", "_owner", "_retries", "_size", "was_of_session", "for_session", "_wire"])
def test_a_child_of_an_adapter_may_have_the_name(recorder, way, name):
    server = recorder(MOVED, OK, MOVED, OK)
    with Session() as session:
        session.mount("http://", way(HTTPAdapter, name)())
        talk(session, server.url + "/")

    check(server)


@pytest.mark.parametrize("name", ["jar", "policy", "matching", "trust_localhost", "_find_one", "_remove"])
def test_a_child_of_a_cookie_jar_may_have_the_name(recorder, way, name):
    server = recorder(MOVED, OK, MOVED, OK)
    with Session() as session:
        session.cookies = way(CookieJar, name)()
        talk(session, server.url + "/")

    check(server)


@pytest.mark.parametrize(
    "name", ["draft", "scope", "outgoing", "route", "credential", "parsed", "to_outgoing", "follow", "of", "_content"]
)
def test_a_child_of_a_prepared_request_may_have_the_name(recorder, way, name):
    prepared = way(PreparedRequest, name)()
    server = recorder(MOVED, OK)
    prepared.prepare("GET", server.url + "/", auth=("u", "p"), headers={}, params={})
    with Session() as session:
        response = session.send(prepared)

    assert (response.content, len(response.history)) == (b"ok", 1)
    assert [seen.value("Authorization") for seen in server.seen] == ["Basic dTpw"] * 2


SET_FIRST = {
    "auth": ("u", "p"), "verify": False, "cert": ("a", "b"), "cookies": {"a": "1"}, "max_redirects": 1, "timeout": 3,
    "headers": {"A": "1"}, "params": {"a": "1"}, "proxies": {"http": "http://127.0.0.1:1"}, "trust_env": False,
    "hooks": {"response": []}, "stream": True, "adapters": {},
}  # fmt: skip


@check_rows("name", SET_FIRST)
def test_what_is_set_before_init_is_what_requests_makes_of_it(name):
    def make(kind: type) -> Any:
        def init(self: Any) -> None:
            setattr(self, name, SET_FIRST[name])
            kind.__init__(self)

        return type("Child", (kind,), {"__init__": init})()

    with make(requests.Session) as theirs, make(Session) as ours:
        if name == "timeout":
            assert ours.timeout == (3, 3)
        elif name in ("cookies", "adapters", "headers"):
            assert len(getattr(ours, name)) == len(getattr(theirs, name))
        else:
            assert getattr(ours, name) == getattr(theirs, name)


def test_a_base_that_a_child_joins_itself(recorder):
    class Based(Session):
        base_url = None

        def __init__(self, base_url: str) -> None:
            self.base_url = base_url
            super().__init__()

        def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> Any:
            return super().request(method, self.base_url + "/v1" + url, *args, **kwargs)

    server = recorder()
    with Based(server.url) as session:
        session.get("/users")

    assert server.seen[0].line == "GET /v1/users HTTP/1.1"


def test_a_base_that_is_a_property(recorder):
    server = recorder()

    class Based(Session):
        @property
        def base_url(self) -> str:
            return server.url + "/v2/"

        def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> Any:
            return super().request(method, self.base_url + url, *args, **kwargs)

    with Based() as session:
        session.get("users")

    assert server.seen[0].line == "GET /v2/users HTTP/1.1"


@pytest.mark.parametrize("travel", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_a_child_travels_with_the_attributes_that_it_names(recorder, travel):
    server = recorder()
    session = Travelling()
    session.token, session.auth = "t", ("u", "p")
    session.cookies["a"] = "1"
    with travel(session) as other:
        other.get(server.url)

    assert (type(other), other.token, other.auth) == (Travelling, "t", ("u", "p"))
    assert (server.seen[0].value("Cookie"), server.seen[0].value("Authorization")) == ("a=1", "Basic dTpw")


class Travelling(Session):
    __attrs__ = [*Session.__attrs__, "token"]
    token = ""


def test_a_child_may_answer_for_attributes_that_are_not_there(recorder):
    class Open(Session):
        def __getattr__(self, name: str) -> str:
            return f"made {name}"

    server = recorder()
    with Open() as session:
        assert session.get(server.url).ok
        assert session.credentials == "made credentials"


def test_a_child_may_take_over_the_dictionary_of_another(recorder):
    server = recorder()
    with Session() as session:
        session.auth = ("u", "p")
        other = Session()
        other.__dict__.update(session.__dict__)
        other.get(server.url)

    assert server.seen[0].value("Authorization") == "Basic dTpw"


def test_init_called_again_forgets_what_was_there(recorder):
    server = recorder()
    with Session() as session:
        session.auth = ("u", "p")
        session.get(server.url)
        session.__init__()  # type: ignore[misc]
        session.get(server.url)

    assert [seen.value("Authorization") for seen in server.seen] == ["Basic dTpw", None]


def test_a_session_that_is_forgotten_goes_without_a_collection(recorder):
    import gc
    import weakref

    server = recorder()
    session = Session()
    session.get(server.url).close()
    watch = weakref.ref(session)
    gc.disable()
    try:
        del session
        assert watch() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("name", ["scheme", "fields", "answer", "learn", "describe"])
def test_a_child_of_basic_credentials_may_have_the_name(recorder, way, name):
    server = recorder(MOVED, OK, MOVED, OK)
    with Session() as session:
        session.auth = way(callbox.HTTPBasicAuth, name)("u", "p")
        for is_streamed in (False, True):
            assert session.get(server.url + "/", stream=is_streamed).content == b"ok"

    check(server)


CHALLENGE = b'HTTP/1.1 401 X\r\nWWW-Authenticate: Digest realm="r", nonce="n", qop="auth"\r\nContent-Length: 0\r\n\r\n'


@pytest.mark.parametrize(
    "name", "scheme fields answer learn describe shared origins _lock _spaces _make_nonce _sign _answer _is_own".split()
)
def test_a_child_of_digest_credentials_may_have_the_name(recorder, way, name):
    server = recorder(CHALLENGE, OK, CHALLENGE, OK)
    with Session() as session:
        session.auth = way(callbox.HTTPDigestAuth, name)("u", "p")
        for is_streamed in (False, True):
            assert session.get(server.url + "/", stream=is_streamed).content == b"ok"

    assert all('username="u"' in seen.value("Authorization") for seen in server.seen[1::2])


def test_credentials_have_no_names_beyond_requests():
    for name in ("HTTPBasicAuth", "HTTPProxyAuth", "HTTPDigestAuth"):
        theirs, ours = (getattr(lib.auth, name)("u", "p") for lib in (requests, callbox))
        assert isinstance(ours, callbox.AuthBase)
        assert names_beyond(theirs, ours) == []


@check_rows("travel", [copy.copy, copy.deepcopy, lambda auth: pickle.loads(pickle.dumps(auth))])
@check_rows("kind", ["HTTPBasicAuth", "HTTPDigestAuth"])
def test_a_child_of_credentials_travels_with_its_attributes(kind, travel):
    auth = TOKENS[kind]("t")
    other = travel(auth)

    assert (type(other), other.token, other.username, other == auth) == (type(auth), "t", "u", True)


class BasicToken(callbox.HTTPBasicAuth):
    def __init__(self, token: str) -> None:
        super().__init__("u", token)
        self.token = token


class DigestToken(callbox.HTTPDigestAuth):
    def __init__(self, token: str) -> None:
        super().__init__("u", token)
        self.token = token


TOKENS: dict[str, Any] = {"HTTPBasicAuth": BasicToken, "HTTPDigestAuth": DigestToken}


@check_rows("name", ["message", "hint", "kind", "place", "received", "record", "partial", "exit_code"])
def test_a_child_of_an_error_may_have_the_name(way, name):
    error = way(callbox.RequestException, name)("what went wrong")

    assert (str(error), error.args) == ("what went wrong", ("what went wrong",))
    if way not in (as_a_method, in_a_slot):
        assert getattr(error, name) is OWN


def test_an_error_says_what_it_was_made_with_beside_a_message_of_a_childs_own():
    class ApiError(callbox.HTTPError):
        def __init__(self, message: str, code: int) -> None:
            self.message = message
            super().__init__(f"{code}: {message}")

    error = ApiError("gone", 410)

    assert (str(error), error.message) == ("410: gone", "gone")
