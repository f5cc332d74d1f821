"""RFC 6265bis section 5.1.1: the dates that servers write, and how each is read."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.exchange.cookies import format_date, parse_date


def moment(*fields: int) -> float:
    return datetime(*fields, tzinfo=UTC).timestamp()


READ = {
    "rfc1123": ("Wed, 09 Dec 2009 16:27:23 GMT", moment(2009, 12, 9, 16, 27, 23)),
    "netscape": ("Mon, 10-Dec-2007 17:02:24 GMT", moment(2007, 12, 10, 17, 2, 24)),
    "rfc850": ("Thursday, 01-Jan-1970 00:00:00 GMT", 0.0),
    "asctime": ("Wed Apr 25 21:02:13 2007", moment(2007, 4, 25, 21, 2, 13)),
    "asctime-padded-day": ("Sun Nov  6 08:49:37 1994", moment(1994, 11, 6, 8, 49, 37)),
    "asctime-and-zone": ("Mon Dec 10 16:32:30 2007 GMT", moment(2007, 12, 10, 16, 32, 30)),
    "one-digit-times": ("Thu, 1 Jan 1970 0:0:0 GMT", 0.0),
    "mixed-digits": ("10 Dec 2007 7:2:24", moment(2007, 12, 10, 7, 2, 24)),
    "words-for-days": ("Partyday, 18 April 07 22:44:55", moment(2007, 4, 18, 22, 44, 55)),
    "long-month": ("10 December 2007 17:02:24", moment(2007, 12, 10, 17, 2, 24)),
    "month-in-capitals": ("10 DEC 2007 17:02:24", moment(2007, 12, 10, 17, 2, 24)),
    "month-with-tail": ("10 Decembre42 2007 17:02:24", moment(2007, 12, 10, 17, 2, 24)),
    "zone-is-not-looked-at": ("Wed, 09 Dec 2009 16:27:23 PST", moment(2009, 12, 9, 16, 27, 23)),
    "offset-is-not-looked-at": ("Sat, 15-Apr-17 21:01:22 GMT-0500", moment(2017, 4, 15, 21, 1, 22)),
    "wrong-weekday": ("Fri, 09 Dec 2009 16:27:23 GMT", moment(2009, 12, 9, 16, 27, 23)),
    "time-first": ("21:01:22 15-Apr-2017", moment(2017, 4, 15, 21, 1, 22)),
    "year-first": ("2017 Apr 15 21:01:22", moment(2017, 4, 15, 21, 1, 22)),
    "month-first": ("Apr 15 2017 21:01:22", moment(2017, 4, 15, 21, 1, 22)),
    "slashes": ("15/Apr/2017 21:01:22", moment(2017, 4, 15, 21, 1, 22)),
    "quotes": ('"15 Apr 2017 21:01:22"', moment(2017, 4, 15, 21, 1, 22)),
    "tabs": ("15\tApr\t2017\t21:01:22", moment(2017, 4, 15, 21, 1, 22)),
    "every-kind-of-delimiter": ("15!Apr@2017[~21:01:22{}", moment(2017, 4, 15, 21, 1, 22)),
    "year-with-tail": ("15 Apr 2017GMT 21:01:22", moment(2017, 4, 15, 21, 1, 22)),
    "day-with-tail": ("15th Apr 2017 21:01:22", moment(2017, 4, 15, 21, 1, 22)),
    "time-with-tail": ("15 Apr 2017 21:01:22Z", moment(2017, 4, 15, 21, 1, 22)),
    "first-of-two-days": ("15 16 Apr 2017 21:01:22", moment(2016, 4, 15, 21, 1, 22)),
    "first-of-two-months": ("15 Apr May 2017 21:01:22", moment(2017, 4, 15, 21, 1, 22)),
    "two-digits-70": ("01 Jan 70 00:00:00", 0.0),
    "two-digits-99": ("01 Jan 99 00:00:00", moment(1999, 1, 1)),
    "two-digits-00": ("01 Jan 00 00:00:00", moment(2000, 1, 1)),
    "two-digits-69": ("01 Jan 69 00:00:00", moment(2069, 1, 1)),
    "leap-day": ("29 Feb 2024 12:00:00", moment(2024, 2, 29, 12)),
    "last-second": ("31 Dec 9999 23:59:59", moment(9999, 12, 31, 23, 59, 59)),
    "earliest-year": ("01 Jan 1601 00:00:00", moment(1601, 1, 1)),
}


@check_rows(("text", "seconds"), READ.values(), ids=READ)
def test_date_is_read(text: str, seconds: float) -> None:
    assert parse_date(text) == seconds


FAILS = {
    "empty": "",
    "delimiters": " ,;-/ ",
    "no-time": "15 Apr 2017",
    "no-day": "Apr 2017 21:01:22",
    "no-month": "15 2017 21:01:22",
    "no-year": "15 Apr 21:01:22",
    "iso-8601": "2017-04-15T21:01:22Z",
    "seconds-only": "1492290082",
    "zero": "0",
    "day-0": "0 Apr 2017 21:01:22",
    "day-32": "32 Apr 2017 21:01:22",
    "31-april": "31 Apr 2017 21:01:22",
    "no-leap-day": "29 Feb 2023 12:00:00",
    "hour-24": "15 Apr 2017 24:00:00",
    "minute-60": "15 Apr 2017 21:60:22",
    "second-60": "15 Apr 2017 21:01:60",
    "year-1600": "15 Apr 1600 21:01:22",
    "year-of-three-digits": "15 Apr 201 21:01:22",
    "year-of-five-digits": "15 Apr 20170 21:01:22",
    "day-of-three-digits": "015 Apr 2017 21:01:22",
    "time-of-two-fields": "15 Apr 2017 21:01",
    "time-of-three-digits": "15 Apr 2017 21:01:022",
    "time-with-spaces": "15 Apr 2017 21 : 01 : 22",
    "foreign-month": "15 Mai 2017 21:01:22",
    "arabic-digits": "١٥ Apr 2017 21:01:22",
}


@check_rows("text", FAILS.values(), ids=FAILS)
def test_date_fails_to_parse(text: str) -> None:
    assert parse_date(text) is None


@given(st.integers(int(moment(1601, 1, 1)), int(moment(9999, 12, 31))))
def test_written_date_is_read_back(seconds: int) -> None:
    assert parse_date(format_date(seconds)) == seconds


@check_rows("seconds", [float("inf"), float("-inf"), 1e300, float("nan")])
def test_impossible_moment_is_still_written(seconds: float) -> None:
    assert format_date(seconds).endswith(" GMT")


@given(st.text())
def test_reading_a_date_never_raises(text: str) -> None:
    parse_date(text)
