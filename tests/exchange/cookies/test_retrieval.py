"""RFC 6265bis section 5.8: what goes with a request, and in which order."""

import pytest
from tests.support.rows import check_rows

from callbox.exchange.cookies import Cookie, Jar


def jar_of(*lines: str, host: str = "www.example.com", path: str = "/") -> Jar:
    jar = Jar()
    for now, line in enumerate(lines, 1):
        jar.store(host, path, True, [line], float(now))
    assert len(jar) == len(lines)
    return jar


def test_empty_jar_sends_nothing() -> None:
    assert Jar().header("example.com", "/", True, 1.0) is None


def test_jar_with_nothing_fitting_sends_nothing() -> None:
    assert jar_of("a=b").header("example.org", "/", True, 9.0) is None


HOSTS = {
    "host-only-itself": ("a=b", "www.example.com", True),
    "host-only-below": ("a=b", "a.www.example.com", False),
    "host-only-above": ("a=b", "example.com", False),
    "host-only-beside": ("a=b", "api.example.com", False),
    "domain-itself": ("a=b; Domain=example.com", "example.com", True),
    "domain-below": ("a=b; Domain=example.com", "a.b.example.com", True),
    "domain-beside": ("a=b; Domain=example.com", "badexample.com", False),
    "domain-above": ("a=b; Domain=www.example.com", "example.com", False),
}


@check_rows(("line", "host", "is_sent"), HOSTS.values(), ids=HOSTS)
def test_host(line: str, host: str, is_sent: bool) -> None:
    header = jar_of(line).header(host, "/", True, 9.0)

    assert header == ("a=b" if is_sent else None)


def test_address_gets_nothing_from_a_shorter_number() -> None:
    jar = Jar()
    jar.put(Cookie("a", "b", "0.0.1", host_only=False), 1.0)

    assert jar.header("127.0.0.1", "/", True, 2.0) is None


@pytest.mark.parametrize("host", ["[::1]", "::1"])
def test_ipv6_host_with_or_without_brackets(host: str) -> None:
    assert jar_of("a=b", host="[::1]").header(host, "/", True, 9.0) == "a=b"


@check_rows(
    ("path", "is_sent"), [("/x", True), ("/x/", True), ("/x/y", True), ("/xy", False), ("/", False), ("/X", False)]
)
def test_path(path: str, is_sent: bool) -> None:
    header = jar_of("a=b; Path=/x").header("www.example.com", path, True, 9.0)

    assert header == ("a=b" if is_sent else None)


@pytest.mark.parametrize("path", ["", "*"])
def test_request_without_a_path_is_for_the_root(path: str) -> None:
    assert jar_of("a=b").header("www.example.com", path, True, 9.0) == "a=b"


def test_secure_cookie_stays_off_http() -> None:
    jar = jar_of("a=b; Secure", "c=d")

    assert jar.header("www.example.com", "/", False, 9.0) == "c=d"


@check_rows("attribute", ["HttpOnly", "SameSite=Strict", "SameSite=Lax"])
def test_flags_for_browsers_do_not_matter(attribute: str) -> None:
    assert jar_of(f"a=b; {attribute}").header("www.example.com", "/", False, 9.0) == "a=b"


def test_longer_paths_come_first() -> None:
    jar = jar_of("a=1; Path=/", "b=2; Path=/x/y", "c=3; Path=/x")

    assert jar.header("www.example.com", "/x/y", True, 9.0) == "b=2; c=3; a=1"


def test_then_older_cookies() -> None:
    jar = jar_of("b=1", "a=2; Domain=example.com", "c=3")

    assert jar.header("www.example.com", "/", True, 9.0) == "b=1; a=2; c=3"


def test_replaced_cookie_keeps_its_place() -> None:
    jar = jar_of("a=1", "b=2")
    jar.store("www.example.com", "/", True, ["a=3"], 5.0)

    assert jar.header("www.example.com", "/", True, 9.0) == "a=3; b=2"


def test_cookies_of_one_response_keep_their_order() -> None:
    jar = Jar()
    jar.store("x.com", "/", True, ["z=1", "y=2", "x=3", "z=4"], 1.0)

    assert jar.header("x.com", "/", True, 2.0) == "z=4; y=2; x=3"


def test_nameless_cookie_is_sent_as_its_value() -> None:
    assert jar_of("foo", "a=").header("www.example.com", "/", True, 9.0) == "foo; a="


def test_bytes_are_sent_as_received() -> None:
    value = '"a\\"b\xe9\xff %2C,\t='

    assert jar_of(f"n={value}").header("www.example.com", "/", True, 9.0) == f"n={value}"


@check_rows(("now", "header"), [(10.9, "a=b"), (11.0, None), (99.0, None)])
def test_expired_cookie_is_not_sent(now: float, header: str | None) -> None:
    jar = jar_of("a=b; Max-Age=10")

    assert jar.header("www.example.com", "/", True, now) == header


def test_expired_cookie_leaves_the_jar() -> None:
    jar = jar_of("a=b; Max-Age=10", "c=d", "e=f; Max-Age=30")

    jar.select("other.org", "/", True, 15.0)

    assert [cookie.name for cookie in jar] == ["c", "e"]


def test_use_updates_the_last_access() -> None:
    jar = jar_of("a=b", "c=d; Path=/x")

    jar.select("www.example.com", "/", True, 9.0)

    assert [cookie.last_access for cookie in jar] == [9.0, 2.0]


class TestCookieWithoutDomain:
    """Put by hand without a domain: it goes where the user asks, and not where a server points."""

    @pytest.fixture
    def jar(self) -> Jar:
        jar = Jar()
        jar.put(Cookie("sid", "1", is_manual=True), 1.0)
        return jar

    @pytest.mark.parametrize("host", ["example.com", "other.org", "127.0.0.1", "[::1]", "localhost"])
    def test_goes_to_any_host_that_the_user_asks_for(self, jar: Jar, host: str) -> None:
        assert jar.header(host, "/", False, 2.0) == "sid=1"

    @pytest.mark.parametrize("host", ["example.com", ""])
    def test_does_not_go_to_a_redirect(self, jar: Jar, host: str) -> None:
        assert jar.header(host, "/", True, 2.0, is_user_host=False) is None

    def test_others_do_go_to_a_redirect(self, jar: Jar) -> None:
        jar.store("x.com", "/", True, ["a=b"], 2.0)

        assert jar.header("x.com", "/", True, 3.0, is_user_host=False) == "a=b"

    def test_its_path_and_secure_flag_hold(self) -> None:
        jar = Jar()
        jar.put(Cookie("a", "1", path="/x", secure=True), 1.0)

        assert jar.header("x.com", "/x", True, 2.0) == "a=1"
        assert jar.header("x.com", "/", True, 2.0) is None
        assert jar.header("x.com", "/x", False, 2.0) is None

    def test_is_always_host_only(self) -> None:
        jar = Jar()
        jar.put(Cookie("a", "1", host_only=False), 1.0)

        assert next(iter(jar)).host_only
