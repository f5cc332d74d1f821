"""How many cookies are kept, over real connections: RFC 6265bis section 5.7, on excess cookies."""

from __future__ import annotations

from callbox.exchange.cookies import Cookie

URL, CHILD, OTHER = "http://example.com/", "http://www.example.com/", "http://example.org/"
NOTE = "example.com has more than 180 cookies: the least recently used cookies are deleted"


def lines(start: int, count: int, more: str = "") -> list[str]:
    return [f"c{number}=1{more}" for number in range(start, start + count)]


def test_one_answer_may_set_many(web):
    assert web.visit(URL, *lines(0, 99)) == []
    assert web.sent(URL) == "; ".join(f"c{number}=1" for number in range(99))


def test_180_for_one_site_are_kept(web):
    notes = [*web.visit(URL, *lines(0, 90)), *web.visit(CHILD, *lines(90, 90))]

    assert (notes, len(web.held)) == ([], 180)


def test_of_more_the_least_recently_used_leave(web):
    web.visit(URL, *lines(0, 90))
    web.visit(CHILD, *lines(90, 90))
    web.sent(URL)

    notes = web.visit("http://b.example.com/", *lines(180, 5))

    left = {cookie.name for cookie in web.held}
    assert (notes, len(left), {f"c{n}" for n in range(185)} - left) == ([NOTE], 180, {f"c{n}" for n in range(90, 95)})


def test_a_flood_is_told_once(web):
    told = [web.visit(URL, *lines(90 * turn, 90)) for turn in range(5)]

    assert told == [[], [], [NOTE], [], []]


def test_another_site_loses_nothing(web):
    web.visit(OTHER, "mine=1")
    for turn in range(3):
        web.visit(URL, *lines(90 * turn, 90))

    assert web.sent(OTHER) == "mine=1"


def test_sites_below_a_public_suffix_are_counted_apart(web):
    web.visit("http://a.co.uk/", *lines(0, 95))
    web.visit("http://b.co.uk/", *lines(0, 95))

    assert len(web.held) == 190


def test_http_cannot_flood_out_a_secure_cookie(web):
    web.visit("https://example.com/", "sid=1; Secure")
    for turn in range(3):
        web.visit(URL, *lines(90 * turn, 90))

    assert "sid=1" in (web.sent("https://example.com/") or "")


def test_cookies_put_by_hand_are_not_counted(web):
    for number in range(200):
        web.engine.jar.put(Cookie(f"mine{number}", "1", "example.com", is_manual=True), 0.0)

    assert web.visit(URL, "a=1") == []
    assert len(web.held) == 201


def test_cookies_put_by_hand_never_leave(web):
    for number in range(20):
        web.engine.jar.put(Cookie(f"mine{number}", "1", "example.com", is_manual=True), 0.0)
    for turn in range(2):
        web.visit(URL, *lines(95 * turn, 95))

    assert sum(cookie.is_manual for cookie in web.held) == 20
    assert len(web.held) == 200
