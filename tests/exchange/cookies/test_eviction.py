"""180 cookies for a registrable domain and 12,000 in all, of those that responses set."""

from tests.support.rows import check_rows

from callbox.exchange.cookies import Cookie, Jar, Outcome
from callbox.exchange.cookies.cookie import Evicted


def evictions(outcomes: list[Outcome]) -> list[Evicted]:
    return [outcome for outcome in outcomes if isinstance(outcome, Evicted)]


def lines(count: int, start: int = 0, rest: str = "") -> list[str]:
    return [f"n{number}=v{rest}" for number in range(start, start + count)]


@check_rows("host", ["x.com", "127.0.0.1", "[::1]", "localhost", "github.io", "a.b.x.co.uk"])
def test_a_site_keeps_180(host: str) -> None:
    jar = Jar()

    outcomes = jar.store(host, "/", True, lines(181), 1.0)

    assert len(jar) == 180
    assert [[cookie.name for cookie in evicted.cookies] for evicted in evictions(outcomes)] == [["n0"]]


def test_180_are_not_too_many() -> None:
    assert not evictions(Jar().store("x.com", "/", True, lines(180), 1.0))


def test_hosts_of_one_owner_share_the_limit() -> None:
    jar = Jar()

    for number in range(10):
        jar.store(f"h{number}.x.co.uk", "/", True, lines(30), float(number))

    assert len(jar) == 180


@check_rows("suffix", ["com", "co.uk", "github.io", "localhost"])
def test_sites_of_different_owners_do_not(suffix: str) -> None:
    jar = Jar()

    for number in range(3):
        assert not evictions(jar.store(f"site{number}.{suffix}", "/", True, lines(100), 1.0))

    assert len(jar) == 300


def test_the_least_recently_used_leaves() -> None:
    jar = Jar()
    jar.store("x.com", "/", True, ["old=1; Path=/old", "used=1; Path=/used"], 1.0)
    jar.store("x.com", "/", True, lines(178), 2.0)
    jar.select("x.com", "/used", True, 3.0)

    (evicted,) = evictions(jar.store("x.com", "/", True, ["new=1"], 4.0))

    assert [cookie.name for cookie in evicted.cookies] == ["old"]


def test_cookies_without_secure_leave_first() -> None:
    jar = Jar()
    jar.store("x.com", "/", True, ["__Host-sid=1; Secure; Path=/"], 1.0)

    jar.store("x.com", "/", False, lines(500), 2.0)

    assert jar.find("__Host-sid")


def test_expired_cookies_leave_before_any_other() -> None:
    jar = Jar()
    jar.store("x.com", "/", True, ["first=1"], 1.0)
    jar.store("x.com", "/", True, lines(179, rest="; Max-Age=5"), 2.0)

    outcomes = jar.store("x.com", "/", True, ["new=1"], 10.0)

    assert [cookie.name for cookie in jar] == ["first", "new"]
    assert not evictions(outcomes)


def test_cookies_set_by_hand_are_neither_counted_nor_evicted() -> None:
    jar = Jar()
    for number in range(300):
        jar.put(Cookie(f"hand{number}", "1", "x.com", is_manual=True), 1.0)

    jar.store("x.com", "/", True, lines(200), 2.0)

    assert sum(cookie.is_manual for cookie in jar) == 300
    assert len(jar) == 480


def test_a_cookie_set_by_hand_is_counted_once_a_response_has_set_it() -> None:
    jar = Jar()
    jar.put(Cookie("n0", "1", "x.com", is_manual=True), 1.0)

    jar.store("x.com", "/", True, lines(181), 2.0)

    assert len(jar) == 180


def test_the_limit_is_news_once_for_each_site() -> None:
    jar = Jar()

    news = [
        evicted.is_first_report
        for host in ("x.com", "x.com", "y.com", "a.x.com")
        for evicted in evictions(jar.store(host, "/", True, lines(190), 1.0))
    ]

    assert news == [True, False, True, False]


def test_the_reason_is_in_plain_words() -> None:
    (evicted,) = evictions(Jar().store("a.x.com", "/", True, lines(181), 1.0))

    assert evicted.reason == "x.com has more than 180 cookies: the least recently used cookies are deleted"


def test_the_jar_keeps_12_000() -> None:
    jar = Jar()
    for number in range(100):
        jar.store(f"site{number}.com", "/", True, lines(120), float(number))

    (evicted,) = evictions(jar.store("last.com", "/", True, lines(3), 200.0))

    assert len(jar) == 12_000
    assert [(cookie.domain, cookie.name) for cookie in evicted.cookies] == [
        ("site0.com", "n0"),
        ("site0.com", "n1"),
        ("site0.com", "n2"),
    ]


def test_setting_the_same_cookies_again_does_not_count_twice() -> None:
    jar = Jar()

    for now in (1.0, 2.0):
        for number in range(100):
            assert not evictions(jar.store(f"site{number}.com", "/", True, lines(120), now))
