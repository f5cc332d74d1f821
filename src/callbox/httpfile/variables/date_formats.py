"""Format dates and times for `{{$datetime}}` and similar variables: Day.js patterns, .NET patterns, offsets.

The time is passed as an argument, in seconds of the epoch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone

from callbox.errors import UsageError

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_SECONDS: Mapping[str, float] = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1, "ms": 0.001}
_MONTHS_OF: Mapping[str, int] = {"y": 12, "Q": 3, "M": 1}

UNITS = (*_MONTHS_OF, *_SECONDS)
"""The units of an offset: year, quarter, month, week, day, hour, minute, second, millisecond."""


def at(seconds: float, offset_s: int = 0) -> datetime:
    """The time `seconds` of the epoch in the zone `offset_s` east of UTC.

    Raises `UsageError` for a time outside the calendar.
    """
    zone = UTC if offset_s == 0 else timezone(timedelta(seconds=offset_s))
    try:
        return datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    except (OverflowError, ValueError, OSError):
        raise UsageError("that time is outside the calendar") from None


def shift(moment: datetime, amount: int, unit: str) -> datetime:
    """Move a time by a number of units. If the month is too short, its last day is used.

    Raises `UsageError` for an unknown unit, and for a time outside the calendar.

    >>> shift(datetime(2024, 1, 31, tzinfo=UTC), 1, "M").date().isoformat()
    '2024-02-29'
    """
    try:
        if unit in _MONTHS_OF:
            return _shift_months(moment, amount * _MONTHS_OF[unit])
        if unit in _SECONDS:
            return moment + timedelta(seconds=amount * _SECONDS[unit])
    except (OverflowError, ValueError):
        raise UsageError(f"{amount} {unit} from now is outside the calendar") from None
    raise UsageError(f"No unit of time '{unit}'", hint="units: " + " ".join(UNITS))


def _shift_months(moment: datetime, months: int) -> datetime:
    years, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    first = moment.replace(year=years, month=month + 1, day=1)
    following = first.replace(year=years + month // 11, month=(month + 1) % 12 + 1)
    return first.replace(day=min(moment.day, (following - first).days))


def iso8601(moment: datetime) -> str:
    """A time as `2024-05-06T07:08:09.010Z` in UTC; in other zones with the offset `+02:00`.

    >>> iso8601(at(0)), iso8601(at(0, 7200))
    ('1970-01-01T00:00:00.000Z', '1970-01-01T02:00:00.000+02:00')
    """
    text = moment.isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def rfc1123(moment: datetime) -> str:
    """A time as `Thu, 01 Jan 1970 00:00:00 GMT` in UTC; in other zones with the offset `+0200`."""
    zone = _offset(moment, "")
    day = f"{_DAYS[moment.weekday()][:3]}, {moment.day:02} {_MONTHS[moment.month - 1][:3]} {moment.year:04}"
    return f"{day} {moment:%H:%M:%S} {'GMT' if zone == '+0000' else zone}"


def pattern(moment: datetime, text: str) -> str:
    """Format a time by a pattern of Day.js (`YYYY-MM-DD`) or .NET (`yyyy-MM-dd`), which use different letters.

    >>> pattern(at(0), "YYYY-MM-DD [at] HH:mm"), pattern(at(0), "yyyy-MM-dd 'at' HH:mm")
    ('1970-01-01 at 00:00', '1970-01-01 at 00:00')
    """
    bare = _QUOTED.sub("", text)
    tokens, find = (_NET, _NET_TOKEN) if _is_net(bare) else (_DAYJS, _DAYJS_TOKEN)
    return find.sub(lambda match: _token(match[0], tokens, moment), text)


def is_pattern(text: str, *, is_quoted: bool) -> bool:
    """Whether a text is a pattern for a time. It must have a letter for a part of a time and, outside quotes, no other
    letter except `T`.

    >>> is_pattern("YYYY-MM-DDTHH:mm", is_quoted=False), is_pattern("unix", is_quoted=False)
    (True, False)
    >>> is_pattern("YYYY at HH", is_quoted=True), is_pattern("[at]", is_quoted=True)
    (True, False)
    """
    bare = _QUOTED.sub("", text)
    rest = (_NET_TOKEN if _is_net(bare) else _DAYJS_TOKEN).sub("", bare)
    has_token = len(rest) < len(bare)
    return has_token and (is_quoted or not _LETTER.search(rest.replace("T", "")))


def _is_net(bare: str) -> bool:
    """Whether a pattern, without its quoted parts, is a pattern of .NET."""
    return ("yyyy" in bare or "dd" in bare) and not ("Y" in bare or "D" in bare)


def _token(word: str, tokens: Mapping[str, Callable[[datetime], str]], moment: datetime) -> str:
    if word in tokens:
        return tokens[word](moment)
    return word[1:] if word.startswith("\\") else word[1:-1]


def _offset(moment: datetime, colon: str) -> str:
    total = round((moment.utcoffset() or timedelta()).total_seconds() / 60)
    hours, minutes = divmod(abs(total), 60)
    return f"{'-' if total < 0 else '+'}{hours:02}{colon}{minutes:02}"


def _hour12(moment: datetime) -> int:
    return (moment.hour - 1) % 12 + 1


def _half(moment: datetime) -> str:
    return "AM" if moment.hour < 12 else "PM"


_SHARED: Mapping[str, Callable[[datetime], str]] = {
    "MMMM": lambda m: _MONTHS[m.month - 1],
    "MMM": lambda m: _MONTHS[m.month - 1][:3],
    "MM": lambda m: f"{m.month:02}",
    "M": lambda m: str(m.month),
    "dddd": lambda m: _DAYS[m.weekday()],
    "ddd": lambda m: _DAYS[m.weekday()][:3],
    "HH": lambda m: f"{m.hour:02}",
    "H": lambda m: str(m.hour),
    "hh": lambda m: f"{_hour12(m):02}",
    "h": lambda m: str(_hour12(m)),
    "mm": lambda m: f"{m.minute:02}",
    "m": lambda m: str(m.minute),
    "ss": lambda m: f"{m.second:02}",
    "s": lambda m: str(m.second),
}
_DAYJS: Mapping[str, Callable[[datetime], str]] = {
    **_SHARED,
    "YYYY": lambda m: f"{m.year:04}",
    "YY": lambda m: f"{m.year % 100:02}",
    "DD": lambda m: f"{m.day:02}",
    "D": lambda m: str(m.day),
    "dd": lambda m: _DAYS[m.weekday()][:2],
    "d": lambda m: str((m.weekday() + 1) % 7),
    "SSS": lambda m: f"{m.microsecond // 1000:03}",
    "A": _half,
    "a": lambda m: _half(m).lower(),
    "ZZ": lambda m: _offset(m, ""),
    "Z": lambda m: _offset(m, ":"),
    "Q": lambda m: str((m.month + 2) // 3),
    "X": lambda m: str(int(m.timestamp())),
    "x": lambda m: str(round(m.timestamp() * 1000)),
}
_NET: Mapping[str, Callable[[datetime], str]] = {
    **_SHARED,
    "yyyy": lambda m: f"{m.year:04}",
    "yy": lambda m: f"{m.year % 100:02}",
    "dd": lambda m: f"{m.day:02}",
    "d": lambda m: str(m.day),
    "fff": lambda m: f"{m.microsecond // 1000:03}",
    "ff": lambda m: f"{m.microsecond // 10_000:02}",
    "f": lambda m: str(m.microsecond // 100_000),
    "tt": _half,
    "t": lambda m: _half(m)[0],
    "zzz": lambda m: _offset(m, ":"),
    "zz": lambda m: _offset(m, "")[:3],
    "K": lambda m: "Z" if _offset(m, "") == "+0000" else _offset(m, ":"),
}


def _alternatives(tokens: Mapping[str, object], quoted: str) -> re.Pattern[str]:
    return re.compile("|".join([quoted, *sorted(tokens, key=len, reverse=True)]))


_QUOTED = re.compile(r"\[[^\]]{0,200}+\]|'[^']*'|\"[^\"]*\"")
_LETTER = re.compile(r"[A-Za-z]")
_DAYJS_TOKEN = _alternatives(_DAYJS, r"\[[^\]]{0,200}+\]")
_NET_TOKEN = _alternatives(_NET, r"'[^']*'|\"[^\"]*\"|\\.")
