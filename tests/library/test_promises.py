"""The documented promises of a session object, each in its own words, against a real httpbin and the practice API."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from tests.support.closed_port import CLOSED

import callbox
from callbox import Session


class Place(NamedTuple):
    """A server, and where it tells the headers that it received."""

    url: str
    headers: str


@pytest.fixture(params=["httpbin", "practice"])
def base(request: pytest.FixtureRequest) -> Place:
    if request.param == "httpbin":
        return Place(request.getfixturevalue("httpbin_url"), "/headers")
    return Place(request.getfixturevalue("practice_url"), "/echo")


def headers_seen(session: Session, base: Place, **kwargs: Any) -> dict[str, str]:
    """What the server says that it received, by lower-cased name."""
    return {n.lower(): v for n, v in session.get(base.url + base.headers, **kwargs).json()["headers"].items()}


def test_the_connection_is_reused_over_many_requests(s, practice_url):
    numbers = {s.get(f"{practice_url}/echo?n={n}").connection_info.number for n in range(10)}

    assert numbers == {1}


def test_cookies_set_by_one_answer_are_sent_with_the_next_request(s, base):
    s.get(base.url + "/cookies/set/sessioncookie/123456789")

    assert s.get(base.url + "/cookies").json()["cookies"] == {"sessioncookie": "123456789"}


def test_the_session_gives_defaults_to_every_request(s, base):
    s.auth = ("user", "pass")
    s.headers.update({"x-test": "true"})

    seen = headers_seen(s, base, headers={"x-test2": "true"})

    assert (seen["x-test"], seen["x-test2"], seen["authorization"]) == ("true", "true", "Basic dXNlcjpwYXNz")


def test_values_of_one_request_win_over_the_session(s, base):
    s.headers["x-test"] = "session"

    assert headers_seen(s, base, headers={"X-Test": "request"})["x-test"] == "request"


def test_values_of_one_request_are_gone_with_it(s, base):
    headers_seen(s, base, headers={"x-once": "1"})

    assert "x-once" not in headers_seen(s, base)


def test_cookies_of_one_request_are_gone_with_it(s, base):
    first = s.get(base.url + "/cookies", cookies={"from-my": "browser"}).json()["cookies"]
    second = s.get(base.url + "/cookies").json()["cookies"]

    assert (first, second) == ({"from-my": "browser"}, {})


def test_none_leaves_the_sessions_header_out(s, base):
    s.headers["x-test"] = "true"

    assert "x-test" not in headers_seen(s, base, headers={"X-TEST": None})


def test_none_leaves_the_sessions_parameter_out(s, practice_url):
    s.params = {"a": "1", "b": "2"}

    assert s.get(practice_url + "/echo", params={"a": None, "c": "3"}).json()["query"] == [["b", "2"], ["c", "3"]]


def test_none_leaves_the_sessions_cookie_out(s, base):
    s.cookies.set("a", "1")
    s.cookies.set("b", "2")

    assert s.get(base.url + "/cookies", cookies={"a": None}).json()["cookies"] == {"b": "2"}


def test_none_takes_even_a_built_in_header_away(s, practice_url):
    assert "user-agent" not in headers_seen(s, Place(practice_url, "/echo"), headers={"User-Agent": None})


def test_cookies_can_be_edited_by_hand(s, base):
    s.cookies["mine"] = "1"
    s.cookies.set("other", "2", domain="example.org")
    del s.cookies["other"]

    assert s.get(base.url + "/cookies").json()["cookies"] == {"mine": "1"}


def test_the_with_block_closes_even_when_it_raises(practice_url):
    session = Session()

    with pytest.raises(ZeroDivisionError), session:  # noqa: PT012 - that the block raises is the point
        session.get(practice_url + "/ping")
        raise ZeroDivisionError

    assert session._callbox.connections() == []


def test_everything_held_can_be_read_and_edited(s):
    s.headers["X-A"] = "1"
    s.params["q"] = "x"
    s.cookies["c"] = "2"
    s.auth = ("ann", "secret")
    s.verify, s.max_redirects, s.timeout, s.base_url = False, 3, (1, 2), "http://a"

    held = (s.headers["x-a"], s.params, s.cookies["c"], s.auth, s.verify, s.max_redirects, s.timeout, s.base_url)

    assert held == ("1", {"q": "x"}, "2", ("ann", "secret"), False, 3, (1, 2), "http://a")


@pytest.mark.parametrize("verb", ["get", "post", "put", "patch", "delete", "options"])
def test_all_the_verbs(s, practice_url, verb):
    answer = getattr(s, verb)(practice_url + "/echo")

    assert answer.ok
    assert answer.request.method == verb.upper()


def test_head_brings_no_content_and_follows_nothing(s, practice_url):
    answer = s.head(practice_url + "/redirect/1")

    assert (answer.status_code, answer.content) == (302, b"")


def test_the_verbs_work_without_a_session(practice_url):
    assert callbox.post(practice_url + "/echo", json={"a": [1, None]}).json()["json"] == {"a": [1, None]}


@pytest.mark.parametrize("path", ["/basic-auth/user/pass", "/bearer"], ids=["basic", "bearer"])
def test_basic_and_bearer_open_the_door(s, httpbin_url, path):
    s.auth = callbox.Bearer("letmein") if path == "/bearer" else callbox.Basic("user", "pass")

    assert s.get(httpbin_url + path).json()["authenticated"] is True


def test_a_callable_signs_the_prepared_request(s, practice_url):
    def sign(prepared):
        prepared.headers["X-Signed"] = f"{prepared.method} {prepared.path_url}"
        return prepared

    assert s.get(practice_url + "/echo?a=1", auth=sign).json()["headers"]["X-Signed"] == "GET /echo?a=1"


def test_a_form_a_file_and_json_arrive(s, httpbin_url):
    form = s.post(httpbin_url + "/post", data={"a": ["1", "2"], "b": None}).json()["form"]
    file = s.post(httpbin_url + "/post", files={"f": ("n.txt", b"hello", "text/plain")}, data={"k": "v"}).json()
    text = s.post(httpbin_url + "/post", json={"x": "ä"}).json()["json"]

    assert (form, file["files"], file["form"], text) == ({"a": ["1", "2"]}, {"f": "hello"}, {"k": "v"}, {"x": "ä"})


def test_redirects_are_followed_and_remembered(s, httpbin_url):
    answer = s.get(httpbin_url + "/redirect/3")

    assert (answer.status_code, [r.status_code for r in answer.history]) == (200, [302, 302, 302])


def test_too_many_redirects_are_an_error_by_its_name(s, httpbin_url):
    s.max_redirects = 2

    with pytest.raises(callbox.TooManyRedirects):
        s.get(httpbin_url + "/redirect/5")


def test_credentials_stay_behind_on_another_origin(s, practice):
    answer = s.get(practice.url + "/redirect/other", headers={"X-Api-Key": "k", "X-Plain": "p"}, auth=("ann", "secret"))

    seen = {name.lower() for name in answer.json()["headers"]}
    assert "x-plain" in seen
    assert not seen & {"authorization", "x-api-key"}
    assert answer.notes == [f"X-Api-Key, Authorization not sent on to {practice.other_url}"]


def test_an_answer_can_be_streamed_line_by_line(s, practice_url):
    with s.get(practice_url + "/lines?n=3&s=0", stream=True) as answer:
        lines = [line for line in answer.iter_lines() if line]

    assert len(lines) == 3


def test_raise_for_status_names_status_reason_and_url(s, practice_url):
    with pytest.raises(callbox.HTTPError, match=r"404 Client Error: .* for url: http://127"):
        s.get(practice_url + "/status/404").raise_for_status()


def test_raise_for_status_gives_the_response_back(s, practice_url):
    assert s.get(practice_url + "/ping").raise_for_status().status_code == 200


@pytest.mark.parametrize(
    ("url", "error"),
    [("nourl", "MissingSchema"), ("ftp://a/", "InvalidSchema"), ("http://", "InvalidURL"), ("http://a:b/", "InvalidURL")],
)  # fmt: skip
def test_a_bad_url_is_a_value_error_by_its_name(s, url, error):
    with pytest.raises(ValueError, match=r".") as caught:
        s.get(url)

    assert type(caught.value).__name__ == error
    assert isinstance(caught.value, callbox.RequestException)


@pytest.mark.parametrize(
    ("url", "kind"), [("http://[", callbox.InvalidURL), ("nope", callbox.MissingSchema), (None, callbox.MissingSchema)]
)
def test_a_prepared_request_with_a_bad_url_is_an_error_by_its_name(s, practice_url, url, kind):
    prepared = s.prepare_request(callbox.Request("GET", practice_url))
    prepared.url = url

    with pytest.raises(kind):
        s.send(prepared)


def test_a_refused_connection_is_a_connection_error(s):
    with pytest.raises(callbox.ConnectionError, match="Connection refused"):
        s.get(f"http://{CLOSED}/")


def test_a_slow_answer_is_a_read_timeout(s, practice_url):
    with pytest.raises(callbox.ReadTimeout):
        s.get(practice_url + "/slow?s=20", timeout=0.1)


def test_a_prepared_request_can_be_edited_and_sent(s, practice_url):
    prepared = s.prepare_request(callbox.Request("POST", practice_url + "/echo", data="hello"))
    prepared.headers["X-Late"] = "1"
    prepared.body = "changed"

    seen = s.send(prepared).json()

    assert (seen["headers"]["X-Late"], seen["body"]) == ("1", "changed")


def test_base_url_is_a_folder(s, practice_url):
    s.base_url = practice_url + "/books"

    reached = [s.get(reference).url for reference in ("1", "/ping", practice_url + "/echo")]

    assert reached == [practice_url + "/books/1", practice_url + "/ping", practice_url + "/echo"]
