"""How long a cookie lives, over real connections: RFC 6265bis sections 5.1.1, 5.5, 5.6.1 and 5.6.2."""

from __future__ import annotations

import time

import pytest

URL = "http://example.com/"
PAST, FUTURE = "Thu, 01 Jan 1970 00:00:10 GMT", "Fri, 31 Dec 2100 23:59:59 GMT"
DAY_S = 86_400

STAYS = {
    "no attribute": ("a=1", False),
    "Max-Age": ("a=1; Max-Age=100", True),
    "Max-Age is not a number": ("a=1; Max-Age=abc", False),
    "Max-Age is empty": ("a=1; Max-Age=", False),
    "Max-Age has a plus": ("a=1; Max-Age=+100", False),
    "Max-Age is a fraction": ("a=1; Max-Age=1.5", False),
    "Max-Age is quoted": ('a=1; Max-Age="0"', False),
    "Max-Age is huge": ("a=1; Max-Age=" + "9" * 40, True),
    "Expires": (f"a=1; Expires={FUTURE}", True),
    "Expires is not a date": ("a=1; Expires=tomorrow", False),
    "Expires is empty": ("a=1; Expires=", False),
    "Expires is no such day": ("a=1; Expires=Thu, 31 Feb 2100 00:00:00 GMT", False),
    "Expires has two digits for the year": ("a=1; Expires=Friday, 31-Dec-60 23:59:59 GMT", True),
    "Expires as C writes it": ("a=1; Expires=Fri Dec 31 23:59:59 2100", True),
    "Max-Age before Expires": (f"a=1; Max-Age=100; Expires={PAST}", True),
    "Max-Age before Expires, whichever is first": (f"a=1; Expires={PAST}; Max-Age=100", True),
    "the last Max-Age": ("a=1; Max-Age=0; Max-Age=100", True),
    "the last Max-Age that is a number": ("a=1; Max-Age=100; Max-Age=x", True),
    "the last Expires": (f"a=1; Expires={PAST}; Expires={FUTURE}", True),
    "the last Expires that is a date": (f"a=1; Expires={FUTURE}; Expires=x", True),
}


@pytest.mark.parametrize(("line", "has_end"), STAYS.values(), ids=STAYS.keys())
def test_stays(web, line, has_end):
    web.visit(URL, line)

    assert web.sent(URL) == "a=1"
    assert [cookie.expires is not None for cookie in web.held] == [has_end]


GOES = {
    "Max-Age=0": "a=2; Max-Age=0",
    "a Max-Age below 0": "a=2; Max-Age=-1",
    "Max-Age=-0": "a=2; Max-Age=-0",
    "zeros": "a=2; max-age=000",
    "an Expires in the past": f"a=2; Expires={PAST}",
    "a year of two digits from 70": "a=2; Expires=Friday, 31-Dec-70 23:59:59 GMT",
    "an Expires as C writes it": "a=2; Expires=Thu Jan  1 00:00:10 1970",
    "an Expires with a zone": "a=2; expires=Thu, 01 Jan 1970 00:00:10 GMT-0500",
    "Max-Age=0 before Expires": f"a=2; Max-Age=0; Expires={FUTURE}",
    "the last Max-Age": "a=2; Max-Age=100; Max-Age=0",
    "an empty value with it": "a=; Max-Age=0",
}


@pytest.mark.parametrize("line", GOES.values(), ids=GOES.keys())
def test_deletes_a_cookie(web, line):
    web.visit(URL, "a=1", "b=1")
    web.visit(URL, line)

    assert web.sent(URL) == "b=1"


@pytest.mark.parametrize("line", GOES.values(), ids=GOES.keys())
def test_deletes_what_the_same_response_has_set(web, line):
    web.visit(URL, "a=1; Max-Age=1000", line, "b=1")

    assert web.sent(URL) == "b=1"


def test_set_after_a_delete_in_the_same_response_stays(web):
    web.visit(URL, "a=1")
    web.visit(URL, "a=; Max-Age=0", "a=2")

    assert web.sent(URL) == "a=2"


@pytest.mark.parametrize("attribute", ["; Path=/x", "; Domain=example.com"], ids=["path", "domain"])
def test_a_delete_is_for_the_same_path_and_domain_only(web, attribute):
    web.visit(URL, "a=1")
    web.visit(URL, "a=2; Max-Age=0" + attribute)

    assert web.sent(URL) == "a=1"


@pytest.mark.parametrize("line", ["a=1; Max-Age=99999999999", f"a=1; Expires={FUTURE}"], ids=["Max-Age", "Expires"])
def test_nothing_lives_longer_than_400_days(web, line):
    web.visit(URL, line)

    (cookie,) = web.held
    assert 399 * DAY_S < cookie.expires - time.time() <= 400 * DAY_S


def test_max_age_begins_when_the_answer_comes(web):
    before = time.time()
    web.visit(URL, "a=1; Max-Age=100")

    (cookie,) = web.held
    assert before + 100 <= cookie.expires <= time.time() + 100


def test_one_whose_time_is_over_is_not_sent(web):
    web.visit(URL, "a=1; Max-Age=100", "b=1")
    (cookie,) = [cookie for cookie in web.held if cookie.name == "a"]
    web.engine.jar.put(cookie._replace(expires=time.time() - 1), now=0.0)

    assert web.sent(URL) == "b=1"


def test_one_whose_time_is_not_over_is_sent(web):
    web.visit(URL, "a=1; Max-Age=1000", "b=1")

    assert web.sent(URL) == "a=1; b=1"


def test_a_new_life_replaces_the_old(web):
    web.visit(URL, "a=1; Max-Age=100")
    web.visit(URL, "a=1")

    assert [cookie.expires for cookie in web.held] == [None]
