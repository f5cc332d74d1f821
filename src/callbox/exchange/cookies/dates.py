"""Parse cookie dates (RFC 6265bis section 5.1.1), and format dates as HTTP writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_NUMBERS: Final = {name.lower(): number for number, name in enumerate(_MONTHS, 1)}

# Everything that the grammar does not call a delimiter; so bytes from 0x7F up belong to tokens.
_TOKEN: Final = re.compile(r"[^\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
# A number ends at the first character that is not a digit and then anything may follow: "2010GMT" is a year,
# "20100" is not a year.
_TIME: Final = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?![0-9])")
_DAY: Final = re.compile(r"([0-9]{1,2})(?![0-9])")
_YEAR: Final = re.compile(r"([0-9]{2,4})(?![0-9])")


class _Fields:
    """The fields found so far; each is set by the first token that fits it."""

    __slots__ = ("day", "month", "time", "year")

    def __init__(self) -> None:
        self.time: tuple[int, int, int] | None = None
        self.day: int | None = None
        self.month: int | None = None
        self.year: int | None = None

    def offer(self, token: str) -> None:
        """Try the token as time, day, month and year, in the order of the RFC."""
        if self.time is None and (found := _TIME.match(token)):
            self.time = (int(found[1]), int(found[2]), int(found[3]))
        elif self.day is None and (found := _DAY.match(token)):
            self.day = int(found[1])
        elif self.month is None and (month := _MONTH_NUMBERS.get(token[:3].lower())):
            self.month = month
        elif self.year is None and (found := _YEAR.match(token)):
            self.year = _full_year(int(found[1]))


def parse_date(text: str) -> float | None:
    """The date in seconds since the epoch, or None if the RFC says that it fails to parse.

    Zones and names of days are not looked at: a cookie date is UTC whatever it claims.

    >>> parse_date("Thu, 01-Jan-1970 00:00:10 GMT")
    10.0
    """
    fields = _Fields()
    for found in _TOKEN.finditer(text):
        fields.offer(found[0])
    if fields.time is None or fields.day is None or fields.month is None or fields.year is None:
        return None
    if fields.year < 1601:
        return None
    try:
        date = datetime(fields.year, fields.month, fields.day, *fields.time, tzinfo=UTC)
    except ValueError:  # 31 Feb, 24:00:00 and a 61st second: no such date
        return None
    return (date - _EPOCH).total_seconds()


def format_date(seconds: float) -> str:
    """The moment as HTTP writes it (RFC 9110 section 5.6.7), which `parse_date` reads back.

    >>> format_date(10)
    'Thu, 01 Jan 1970 00:00:10 GMT'
    """
    try:
        date = _EPOCH + timedelta(seconds=int(seconds))
    except (OverflowError, ValueError):  # further than a calendar with four-digit years goes
        date = datetime.max if seconds > 0 else datetime.min
    day, month = _DAYS[date.weekday()], _MONTHS[date.month - 1]
    return f"{day}, {date.day:02} {month} {date.year:04} {date:%H:%M:%S} GMT"


def _full_year(year: int) -> int:
    if 70 <= year <= 99:
        return year + 1900
    return year + 2000 if year <= 69 else year
