"""The jar as something to read and edit."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.support.rows import check_rows

from callbox.errors import CallboxError
from callbox.exchange.cookies import Cookie, Jar, Stored, format_cookie


@pytest.fixture
def jar() -> Jar:
    """Three cookies: two named sid, one of them for the session only."""
    jar = Jar()
    jar.store("api.x.com", "/", True, ["sid=1; Max-Age=100", "theme=dark; Path=/ui"], 1.0)
    jar.store("y.org", "/", True, ["sid=2"], 2.0)
    return jar


def names(cookies: object) -> list[tuple[str, str]]:
    return [(cookie.domain, cookie.name) for cookie in cookies]  # type: ignore[attr-defined]


def test_snapshot_is_in_order_of_arrival(jar: Jar) -> None:
    assert names(jar.snapshot()) == [("api.x.com", "sid"), ("api.x.com", "theme"), ("y.org", "sid")]


def test_jar_may_change_while_it_is_read(jar: Jar) -> None:
    for cookie in jar:
        jar.remove(cookie.name, cookie.domain)

    assert not jar


def test_length_and_truth(jar: Jar) -> None:
    assert (len(jar), bool(jar), len(Jar()), bool(Jar())) == (3, True, 0, False)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"name": "sid"}, [("api.x.com", "sid"), ("y.org", "sid")]),
        ({"name": "sid", "domain": "y.org"}, [("y.org", "sid")]),
        ({"name": "sid", "domain": ".Y.org"}, [("y.org", "sid")]),
        ({"name": "sid", "domain": "x.com"}, []),
        ({"name": "theme", "path": "/ui"}, [("api.x.com", "theme")]),
        ({"name": "theme", "path": "/"}, []),
        ({"name": "Sid"}, []),
    ],
)
def test_find(jar: Jar, wanted: dict[str, str], found: list[tuple[str, str]]) -> None:
    assert names(jar.find(**wanted)) == found


def test_remove_returns_what_it_took(jar: Jar) -> None:
    taken = jar.remove("sid")

    assert names(taken) == [("api.x.com", "sid"), ("y.org", "sid")]
    assert names(jar) == [("api.x.com", "theme")]


def test_clear_a_domain(jar: Jar) -> None:
    jar.clear("api.x.com")

    assert names(jar) == [("y.org", "sid")]


def test_clear_everything(jar: Jar) -> None:
    assert len(jar.clear()) == 3
    assert not jar


def test_end_of_session_takes_cookies_without_expiry(jar: Jar) -> None:
    jar.expire_session_cookies()

    assert names(jar) == [("api.x.com", "sid")]


def test_drop_expired(jar: Jar) -> None:
    assert names(jar.drop_expired(101.0)) == [("api.x.com", "sid")]
    assert len(jar) == 2


def test_copy_is_another_jar(jar: Jar) -> None:
    jar.trust_localhost = True

    twin = jar.copy()
    twin.remove("sid")

    assert (len(jar), len(twin), twin.trust_localhost) == (3, 1, True)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, copy.copy, lambda jar: pickle.loads(pickle.dumps(jar))])
def test_jar_survives_the_ways_of_python(jar: Jar, duplicate: object) -> None:
    twin = duplicate(jar)  # type: ignore[operator]
    jar.select("y.org", "/", True, 5.0)

    assert names(twin) == names(jar)
    assert twin.find("sid", "y.org")[0].last_access == 2.0
    assert twin.version == jar.version


def test_repr_shows_no_values(jar: Jar) -> None:
    jar.put(Cookie("k", "hunter2"), 3.0)

    assert "hunter2" not in f"{jar!r} {jar.snapshot()!r} {jar.find('k')!r}"


class TestPut:
    def test_times_are_filled_in(self) -> None:
        jar = Jar()

        jar.put(Cookie("a", "1", "x.com"), 7.0)

        assert [(cookie.created, cookie.last_access) for cookie in jar] == [(7.0, 7.0)]

    def test_times_that_are_given_are_kept(self) -> None:
        cookie = Cookie("a", "1", "x.com", created=3.0, last_access=4.0, expires=50.0)
        jar = Jar()

        jar.put(cookie, 7.0)

        assert list(jar) == [cookie]

    def test_domain_and_path_are_made_comparable(self) -> None:
        jar = Jar()

        jar.put(Cookie("a", "1", ".API.X.com.", path="x", host_only=False), 7.0)

        assert [(cookie.domain, cookie.path, cookie.host_only) for cookie in jar] == [("api.x.com", "/", False)]

    def test_replacing_by_hand_keeps_the_place(self) -> None:
        jar = Jar()
        jar.store("x.com", "/", True, ["a=1", "b=2"], 1.0)

        jar.put(Cookie("a", "3", "x.com", is_manual=True), 7.0)

        assert jar.header("x.com", "/", True, 8.0) == "a=3; b=2"

    def test_expired_cookie_removes(self) -> None:
        jar = Jar()
        jar.store("x.com", "/", True, ["a=1"], 1.0)

        jar.put(Cookie("a", "", "x.com", expires=6.0), 7.0)

        assert not jar

    @pytest.mark.parametrize(
        "cookie",
        [
            Cookie("a\r\nX", "1"),
            Cookie("a", "1\r\nX: y"),
            Cookie("a", "1\x00"),
            Cookie("a", "1", path="/\n"),
            Cookie("", ""),
            Cookie("a", "1", "\u0378.example"),
        ],
    )
    def test_what_cannot_be_sent_is_an_error(self, cookie: Cookie) -> None:
        with pytest.raises(CallboxError):
            Jar().put(cookie, 1.0)


class TestVersion:
    CHANGES = {
        "new": (["b=1"], 1),
        "value": (["a=2"], 1),
        "flag": (["a=1; HttpOnly"], 1),
        "removal": (["a=; Max-Age=0"], 1),
        "the-same-again": (["a=1"], 0),
        "refused": (["b=1; Domain=y.org"], 0),
        "removal-of-nothing": (["b=; Max-Age=0"], 0),
        "two": (["b=1", "c=1"], 2),
    }

    @pytest.mark.parametrize(("lines", "steps"), CHANGES.values(), ids=CHANGES)
    def test_grows_with_each_change(self, lines: list[str], steps: int) -> None:
        jar = Jar()
        jar.store("x.com", "/", True, ["a=1"], 1.0)
        before = jar.version

        jar.store("x.com", "/", True, lines, 2.0)

        assert jar.version - before == steps

    def test_does_not_grow_with_use(self, jar: Jar) -> None:
        before = jar.version

        jar.select("y.org", "/", True, 5.0)

        assert jar.version == before

    @pytest.mark.parametrize(
        "edit",
        [
            lambda jar: jar.remove("theme"),
            lambda jar: jar.clear(),
            lambda jar: jar.drop_expired(500.0),
            lambda jar: jar.expire_session_cookies(),
            lambda jar: jar.put(Cookie("q", "1"), 5.0),
            lambda jar: jar.select("z.net", "/", True, 500.0),
        ],
        ids=["remove", "clear", "drop-expired", "end-session", "put", "expiry-at-use"],
    )
    def test_grows_with_edits(self, jar: Jar, edit: object) -> None:
        before = jar.version

        edit(jar)  # type: ignore[operator]

        assert jar.version == before + 1


def test_many_threads_lose_nothing() -> None:
    jar = Jar()

    def work(worker: int) -> None:
        for number in range(100):
            outcomes = jar.store(f"w{worker}.com", "/", True, [f"n{number}=1"], float(number))
            assert isinstance(outcomes[0], Stored)
            assert len(jar.select(f"w{worker}.com", "/", True, float(number))) == number + 1
            assert jar.snapshot()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))

    assert len(jar) == 800


FORMATS = {
    "domain": (Cookie("sid", "1", "api.x", host_only=False), "sid=1; domain=api.x; path=/; session"),
    "host-only": (Cookie("sid", "1", "api.x"), "sid=1; domain=api.x; path=/; session; host-only"),
    "nameless": (Cookie("", "1", "api.x", host_only=False), "1; domain=api.x; path=/; session"),
    "no-domain": (Cookie("sid", "1"), "sid=1; every host that gets a request; path=/; session"),
    "everything": (
        Cookie("s", "1", "x.com", "/a", False, True, True, "Lax", 10.0),
        "s=1; domain=x.com; path=/a; expires=Thu, 01 Jan 1970 00:00:10 GMT; Secure; HttpOnly; SameSite=Lax",
    ),
}


@check_rows(("cookie", "text"), FORMATS.values(), ids=FORMATS)
def test_format(cookie: Cookie, text: str) -> None:
    assert format_cookie(cookie) == text
