"""Dynamic variables of `.http` files: `{{$uuid}}`, `{{$timestamp -1 d}}`, `{{$random.integer(1, 9)}}` and others.

A table maps each name to its function. `DynamicSources` has the clock, randomness, environment and prompts. If a name
of another tool is not supported, it has its own error. The error for an unknown name suggests a similar name. Below the
table are the formats of dates and times: ISO 8601, RFC 1123, and patterns of Day.js and .NET.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple, Protocol

from callbox.errors import UsageError
from callbox.spelling import hint

_CALL = re.compile(r"\$([A-Za-z][\w.]*)\s*(?:\((.*)\))?", re.DOTALL)
_WORD = re.compile(r"'([^']*)'|\"([^\"]*)\"|([^\s,]+)")
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,15})?\Z")
_INTEGER = re.compile(r"[+-]?\d{1,15}\Z")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Random(Protocol):
    """A source of randomness, such as `random.Random`."""

    def randrange(self, start: int, stop: int, /) -> int:
        """Return a whole number from `start` up to, but not including, `stop`."""
        ...

    def getrandbits(self, bits: int, /) -> int:
        """Return an integer of this many random bits."""
        ...

    def random(self) -> float:
        """Return a number from 0 up to, but not including, 1."""
        ...


class Question(NamedTuple):
    """A question for a person: `# @prompt`, `{{$input}}` or `# @note`."""

    name: str
    text: str = ""
    """The question to show; empty to show the name."""
    default: str = ""
    choices: tuple[str, ...] = ()
    is_secret: bool = False


class Unanswered(Exception):
    """Raised for a question that is asked only when the request is sent. In a check, the question has no answer."""


class _QuotedWord(str):
    """A word that was written between quotes."""

    __slots__ = ()


class DynamicSources(NamedTuple):
    """The clock, randomness, environment and prompts of dynamic variables."""

    now: Callable[[], float]
    """Returns the time in seconds of the epoch."""
    random: Random
    env: Callable[[str], str | None] = lambda _: None
    """Returns the environment variable of this name; None if there is none."""
    dotenv: Callable[[str], str | None] = lambda _: None
    """Returns the value of this name in the nearest `.env`; None if there is none."""
    offset_s: Callable[[float], int] = lambda _: 0
    """Returns the offset of the local time from UTC in seconds (east is positive), at a time of the epoch."""
    folder: str = ""
    """The value of `$projectRoot`."""
    ask: Callable[[Question], str] | None = None
    """Asks the user a question; None without a terminal. Raises `Unanswered` if questions are asked later."""


_Words = list[str]
_Maker = Callable[[_Words, DynamicSources], str]


def expand_dynamic(expression: str, source: DynamicSources, value: Callable[[str], str] | None = None) -> str:
    """The text of the dynamic variable `$name arguments`.

    `value` looks up an ordinary variable, for `$processEnv %NAME`. Raises `UsageError` for an unknown name (the hint
    has a similar name), a name that is not supported, wrong arguments, and a question that no user can answer. Raises
    `Unanswered` for a question that is asked later.

    >>> import random
    >>> expand_dynamic("$timestamp -1 h", DynamicSources(lambda: 7200.0, random.Random(1)))
    '3600'
    """
    name, rest = _parts(expression)
    if (maker := _find(name)) is None:
        raise _unknown(expression, name)
    words = _words(name, rest, value)
    _check_words(
        expression, name, rest if name.startswith("env.") else " ".join(words[_MAX_WORDS.get(name, len(words)) :])
    )
    return maker(words, source)


def named_entry(expression: str) -> str | None:
    """The name that an expression looks up in the environment or in `.env`; None if it looks up neither.

    >>> [named_entry(one) for one in ("$processEnv\\tTOKEN", "$env.TOKEN", "$dotenv %name", "$uuid")]
    ['TOKEN', 'TOKEN', '%name', None]
    """
    name, rest = _parts(expression)
    if _find(name) not in (_env, _dotenv):
        return None
    return next(iter(_words(name, rest, None)), "")


def _parts(expression: str) -> tuple[str, str]:
    """The name of a dynamic variable and its arguments; empty if the text is not a dynamic variable."""
    match = _CALL.match(expression)
    return (_spelled(match[1]), (match[2] or "") + expression[match.end() :]) if match else ("", "")


def _spelled(name: str) -> str:
    """The name in the spelling of the table. Visual Studio's manual also writes `$dotEnv` and `$timeStamp`."""
    return name if name in _MAKERS else _SPELLINGS.get(name.lower(), name)


def _check_words(expression: str, name: str, surplus: str) -> None:
    """Raise `UsageError` for arguments that would have no effect."""
    if surplus.strip():
        example = {"processEnv": " NAME", "dotenv": " NAME"}.get(name, "(8)" if _MAX_WORDS.get(name) else "")
        raise UsageError(f"'${name}' does not take '{surplus.strip()}'", hint=f"write {{{{${name}{example}}}}}")
    if name not in _QUESTIONS and any(found[2][:1] in ("'", '"') for found in _WORD.findall(expression)):
        raise UsageError(f"A quote in '{expression}' is not closed")


def _words(name: str, rest: str, value: Callable[[str], str] | None) -> _Words:
    if name.startswith("env."):
        return [name.removeprefix("env.")]
    if name in _QUESTIONS:
        return [rest.removeprefix("-askonce").strip()]
    words = [bare or _QuotedWord(single or double) for single, double, bare in _WORD.findall(rest)]
    if name in ("processEnv", "dotenv") and words and words[0].startswith("%") and value is not None:
        words[0] = value(words[0][1:])
    return words


def is_constant(expression: str) -> bool:
    """Whether each expansion gives the same value: true for `$env.HOME`, false for `$uuid` and `$timestamp`."""
    match = _CALL.match(expression)
    return match is not None and _spelled(match[1]).partition(".")[0] in _CONSTANT


def is_dynamic(expression: str) -> bool:
    """Whether the text has the form of a dynamic variable: a `$` and a name."""
    return expression.startswith("$") and _CALL.match(expression) is not None


def names_dynamic(expression: str) -> bool:
    """Whether an expression is a dynamic variable that callbox has. No other variable can replace its value.

    >>> [names_dynamic(one) for one in ("$uuid", "$env.HOME", "$processEnv HOME", "$mine", "uuid")]
    [True, True, True, False, False]
    """
    return is_dynamic(expression) and _find(_parts(expression)[0]) is not None


def _find(name: str) -> _Maker | None:
    return _MAKERS.get(name) or (_MAKERS.get("env") if name.startswith("env.") else None)


def _unknown(expression: str, name: str) -> UsageError:
    if told := _REFUSED.get(name.partition(".")[0]):
        return UsageError(f"'${name}' is not supported here", hint=told)
    others = "try $uuid, $timestamp, $datetime, $randomInt or $env.NAME"
    if name.startswith("random"):
        others = f"choose one of: {', '.join(_RANDOM)}"
    return UsageError(f"No dynamic variable '{expression.split(' ')[0]}'", hint=hint(name, _MAKERS, others, prefix="$"))


def _uuid(words: _Words, source: DynamicSources) -> str:
    bits = source.random.getrandbits(128) & ~(0xF << 76) | 4 << 76  # RFC 9562 section 5.4: version 4
    bits = bits & ~(0x3 << 62) | 2 << 62  # the variant of RFC 9562
    text = f"{bits:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _shifted_time(words: _Words, source: DynamicSources, *, is_local: bool = False) -> datetime:
    now = source.now()
    moment = make_datetime(now, source.offset_s(now) if is_local else 0)
    if not words:
        return moment
    if len(words) != 2 or not _INTEGER.match(words[0]):
        raise UsageError(f"'{' '.join(words)}' is not an offset of time", hint="a number and a unit: -1 d, 2 h")
    return shift_datetime(moment, int(words[0]), words[1])


def _timestamp(words: _Words, source: DynamicSources) -> str:
    return str(int(_shifted_time(words, source).timestamp() // 1))


def _timestamp_ms(words: _Words, source: DynamicSources) -> str:
    return str(round(_shifted_time(words, source).timestamp() * 1000))


def _iso_timestamp(words: _Words, source: DynamicSources) -> str:
    return format_iso8601(_shifted_time(words, source))


def _date(words: _Words, source: DynamicSources) -> str:
    return format_iso8601(_shifted_time(words, source))[:10]


def _datetime(words: _Words, source: DynamicSources, *, is_local: bool = False) -> str:
    if len(words) == 2 and _INTEGER.match(words[0]) and not isinstance(words[0], _QuotedWord):
        words = ["iso8601", *words]  # Visual Studio: the format may be left out
    return _date_format(words)(_shifted_time(words[1:], source, is_local=is_local))


def _local_datetime(words: _Words, source: DynamicSources) -> str:
    return _datetime(words, source, is_local=True)


def _date_format(words: _Words) -> Callable[[datetime], str]:
    """A function that formats a time by the first word. Raises `UsageError` if the word is not a format."""
    form = words[0] if words else "iso8601"
    if form in _DATE_FORMATS:
        return _DATE_FORMATS[form]
    is_quoted = isinstance(form, _QuotedWord)
    if form.lower() in _DATE_FORMATS or not is_date_pattern(form, is_quoted=is_quoted):
        hint = "rfc1123, iso8601, or a pattern in quotes: 'YYYY-MM-DD'; $timestamp is the seconds of the epoch"
        raise UsageError(f"'{form}' is not a format of a date", hint=hint)
    return lambda moment: format_by_pattern(moment, form)


def _read_bounds(words: _Words, default: tuple[int, int]) -> tuple[int, int]:
    if not words:
        return default
    if len(words) > 2 or not all(_INTEGER.match(word) for word in words):
        raise UsageError(
            f"'{' '.join(words)}' are not two bounds",
            hint="write two whole numbers, such as 1 10; the upper one is excluded",
        )
    low, high = (0, int(words[0])) if len(words) == 1 else (int(words[0]), int(words[1]))
    if low >= high:
        raise UsageError(f"There is no whole number n with {low} <= n < {high}")
    return low, high


def _integer(words: _Words, source: DynamicSources) -> str:
    return str(source.random.randrange(*_read_bounds(words, (0, 1000))))


def _float(words: _Words, source: DynamicSources) -> str:
    if len(words) > 2 or not all(_NUMBER.match(word) for word in words):
        raise UsageError(
            f"'{' '.join(words)}' are not two bounds",
            hint="write two numbers, such as 0.5 1.5; the upper one is excluded",
        )
    low, high = [0.0, 1000.0] if not words else [0.0, *map(float, words)][-2:]
    if low >= high:
        raise UsageError(f"There is no number x with {low} <= x < {high}")
    return repr(low + source.random.random() * (high - low))


def _text_of(alphabet: str) -> _Maker:
    def make(words: _Words, source: DynamicSources) -> str:
        length = words[0] if words else "10"
        if not length.isascii() or not length.isdigit() or len(length) > 9 or int(length) > 1_000_000:
            raise UsageError(f"'{length}' is not a length", hint="write a whole number up to 1000000")
        return "".join(alphabet[source.random.randrange(0, len(alphabet))] for _ in range(int(length)))

    return make


def _email(words: _Words, source: DynamicSources) -> str:
    return f"{_text_of(_LETTERS)(['8'], source)}@example.com"


def _entry_of(words: _Words, example: str) -> str:
    name = words[0] if words else ""
    if not name:
        raise UsageError("A name is missing after this", hint=f"such as {{{{{example}}}}}")
    return name


def _env(words: _Words, source: DynamicSources) -> str:
    name = _entry_of(words, "$env.NAME")
    found = source.env(name)
    if found is None:
        raise UsageError(f"No environment variable '{name}'", hint=f"export {name}=...")
    return found


def _dotenv(words: _Words, source: DynamicSources) -> str:
    name = _entry_of(words, "$dotenv NAME")
    found = source.dotenv(name)
    if found is None:
        raise UsageError(
            f"No '{name}' in a .env file", hint="callbox looks for .env beside the script and in the folders above"
        )
    return found


def _project_root(words: _Words, source: DynamicSources) -> str:
    return source.folder


def _ask(words: _Words, source: DynamicSources, *, is_secret: bool = False, has_choices: bool = False) -> str:
    label, _, values = words[0].partition("$value:")
    choices = tuple(choice.strip() for choice in values.split(",")) if has_choices else ()
    if has_choices and not any(choices):
        raise UsageError("'$pick' has nothing to choose from", hint="{{$pick color? $value: red, blue}}")
    default = "" if has_choices else values.strip()
    name = label.strip().rstrip("?:") or "value"
    if source.ask is None:
        raise UsageError(f"There is no terminal to ask for '{name}'", hint="use a variable and --var instead")
    return source.ask(Question(name=name, text=label.strip(), default=default, choices=choices, is_secret=is_secret))


def _password(words: _Words, source: DynamicSources) -> str:
    return _ask(words, source, is_secret=True)


def _pick(words: _Words, source: DynamicSources) -> str:
    return _ask(words, source, has_choices=True)


_MAKERS: Mapping[str, _Maker] = {
    "uuid": _uuid,
    "guid": _uuid,
    "random.uuid": _uuid,
    "timestamp": _timestamp,
    "timestampMs": _timestamp_ms,
    "isoTimestamp": _iso_timestamp,
    "date": _date,
    "datetime": _datetime,
    "localDatetime": _local_datetime,
    "randomInt": _integer,
    "random.integer": _integer,
    "random.float": _float,
    "random.alphabetic": _text_of(_LETTERS + _LETTERS.upper()),
    "random.alphanumeric": _text_of(_LETTERS + _LETTERS.upper() + "0123456789"),
    "random.hexadecimal": _text_of("0123456789abcdef"),
    "random.email": _email,
    "env": _env,
    "processEnv": _env,
    "dotenv": _dotenv,
    "projectRoot": _project_root,
    "input": _ask,
    "prompt": _ask,
    "password": _password,
    "pick": _pick,
}
_RANDOM = tuple(f"${name}" for name in _MAKERS if name.startswith("random"))
_MAX_WORDS: Mapping[str, int] = {
    **dict.fromkeys(("uuid", "guid", "random.uuid", "random.email", "projectRoot"), 0),
    **dict.fromkeys(("processEnv", "dotenv", "env"), 1),
    **dict.fromkeys(("random.alphabetic", "random.alphanumeric", "random.hexadecimal"), 1),
}
"""The largest number of words after a name, for functions that do not read all words."""
_CONSTANT = frozenset({"env", "processEnv", "dotenv", "projectRoot"})
_QUESTIONS = frozenset({"input", "prompt", "password", "pick"})
_SPELLINGS: Mapping[str, str] = {name.lower(): name for name in _MAKERS}
_REFUSED: Mapping[str, str] = {
    **dict.fromkeys(
        ("auth", "aadToken", "aadV2Token", "oidcAccessToken"),
        "get the token with a request and refer to its response",
    ),
    "historyFolder": "write the path",
    "exampleServer": "write the URL of a server",
    "global": "set it in a script, client.global.set('id', ..), and write {{id}}",
    "xpath": "name the request: {{login.response.body.//item/@id}}",
}
"""The dynamic variables of other tools that are refused by name, with what to write instead."""


_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_UNIT_SECONDS: Mapping[str, float] = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1, "ms": 0.001}
_UNIT_MONTHS: Mapping[str, int] = {"y": 12, "Q": 3, "M": 1}

_UNITS = (*_UNIT_MONTHS, *_UNIT_SECONDS)
"""The units of an offset: year, quarter, month, week, day, hour, minute, second, millisecond."""


def make_datetime(seconds: float, offset_s: int = 0) -> datetime:
    """The time `seconds` of the epoch in the zone `offset_s` east of UTC.

    Raises `UsageError` for a time outside the calendar.
    """
    zone = UTC if offset_s == 0 else timezone(timedelta(seconds=offset_s))
    try:
        return datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    except (OverflowError, ValueError, OSError):
        raise UsageError("that time is outside the calendar") from None


def shift_datetime(moment: datetime, amount: int, unit: str) -> datetime:
    """Move a time by a number of units. If the month is too short, its last day is used.

    Raises `UsageError` for an unknown unit, and for a time outside the calendar.

    >>> shift_datetime(datetime(2024, 1, 31, tzinfo=UTC), 1, "M").date().isoformat()
    '2024-02-29'
    """
    try:
        if unit in _UNIT_MONTHS:
            return _shift_months(moment, amount * _UNIT_MONTHS[unit])
        if unit in _UNIT_SECONDS:
            return moment + timedelta(seconds=amount * _UNIT_SECONDS[unit])
    except (OverflowError, ValueError):
        raise UsageError(f"{amount} {unit} from now is outside the calendar") from None
    raise UsageError(f"No unit of time '{unit}'", hint="units: " + " ".join(_UNITS))


def _shift_months(moment: datetime, months: int) -> datetime:
    years, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    first = moment.replace(year=years, month=month + 1, day=1)
    following = first.replace(year=years + month // 11, month=(month + 1) % 12 + 1)
    return first.replace(day=min(moment.day, (following - first).days))


def format_iso8601(moment: datetime) -> str:
    """A time as `2024-05-06T07:08:09.010Z` in UTC; in other zones with the offset `+02:00`.

    >>> format_iso8601(make_datetime(0)), format_iso8601(make_datetime(0, 7200))
    ('1970-01-01T00:00:00.000Z', '1970-01-01T02:00:00.000+02:00')
    """
    text = moment.isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def format_rfc1123(moment: datetime) -> str:
    """A time as `Thu, 01 Jan 1970 00:00:00 GMT` in UTC; in other zones with the offset `+0200`."""
    zone = _zone_offset(moment, "")
    day = f"{_DAY_NAMES[moment.weekday()][:3]}, {moment.day:02} {_MONTH_NAMES[moment.month - 1][:3]} {moment.year:04}"
    return f"{day} {moment:%H:%M:%S} {'GMT' if zone == '+0000' else zone}"


_DATE_FORMATS: Mapping[str, Callable[[datetime], str]] = {
    "iso8601": format_iso8601,
    "rfc1123": format_rfc1123,
}


def format_by_pattern(moment: datetime, text: str) -> str:
    """Format a time by a pattern of Day.js (`YYYY-MM-DD`) or .NET (`yyyy-MM-dd`), which use different letters.

    >>> format_by_pattern(make_datetime(0), "YYYY-MM-DD [at] HH:mm")
    '1970-01-01 at 00:00'
    >>> format_by_pattern(make_datetime(0), "yyyy-MM-dd 'at' HH:mm")
    '1970-01-01 at 00:00'
    """
    bare = _QUOTED_TEXT.sub("", text)
    tokens, find = (_NET, _NET_TOKEN) if _is_net(bare) else (_DAYJS, _DAYJS_TOKEN)
    return find.sub(lambda match: _format_token(match[0], tokens, moment), text)


def is_date_pattern(text: str, *, is_quoted: bool) -> bool:
    """Whether a text is a pattern for a time. It must have a letter for a part of a time and, outside quotes, no other
    letter except `T`.

    >>> is_date_pattern("YYYY-MM-DDTHH:mm", is_quoted=False), is_date_pattern("unix", is_quoted=False)
    (True, False)
    >>> is_date_pattern("YYYY at HH", is_quoted=True), is_date_pattern("[at]", is_quoted=True)
    (True, False)
    """
    bare = _QUOTED_TEXT.sub("", text)
    rest = (_NET_TOKEN if _is_net(bare) else _DAYJS_TOKEN).sub("", bare)
    has_token = len(rest) < len(bare)
    return has_token and (is_quoted or not _ASCII_LETTER.search(rest.replace("T", "")))


def _is_net(bare: str) -> bool:
    """Whether a pattern, without its quoted parts, is a pattern of .NET."""
    return ("yyyy" in bare or "dd" in bare) and not ("Y" in bare or "D" in bare)


def _format_token(word: str, tokens: Mapping[str, Callable[[datetime], str]], moment: datetime) -> str:
    if word in tokens:
        return tokens[word](moment)
    return word[1:] if word.startswith("\\") else word[1:-1]


def _zone_offset(moment: datetime, colon: str) -> str:
    total = round((moment.utcoffset() or timedelta()).total_seconds() / 60)
    hours, minutes = divmod(abs(total), 60)
    return f"{'-' if total < 0 else '+'}{hours:02}{colon}{minutes:02}"


def _hour12(moment: datetime) -> int:
    return (moment.hour - 1) % 12 + 1


def _half(moment: datetime) -> str:
    return "AM" if moment.hour < 12 else "PM"


_SHARED_TOKENS: Mapping[str, Callable[[datetime], str]] = {
    "MMMM": lambda m: _MONTH_NAMES[m.month - 1],
    "MMM": lambda m: _MONTH_NAMES[m.month - 1][:3],
    "MM": lambda m: f"{m.month:02}",
    "M": lambda m: str(m.month),
    "dddd": lambda m: _DAY_NAMES[m.weekday()],
    "ddd": lambda m: _DAY_NAMES[m.weekday()][:3],
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
    **_SHARED_TOKENS,
    "YYYY": lambda m: f"{m.year:04}",
    "YY": lambda m: f"{m.year % 100:02}",
    "DD": lambda m: f"{m.day:02}",
    "D": lambda m: str(m.day),
    "dd": lambda m: _DAY_NAMES[m.weekday()][:2],
    "d": lambda m: str((m.weekday() + 1) % 7),
    "SSS": lambda m: f"{m.microsecond // 1000:03}",
    "A": _half,
    "a": lambda m: _half(m).lower(),
    "ZZ": lambda m: _zone_offset(m, ""),
    "Z": lambda m: _zone_offset(m, ":"),
    "Q": lambda m: str((m.month + 2) // 3),
    "X": lambda m: str(int(m.timestamp())),
    "x": lambda m: str(round(m.timestamp() * 1000)),
}
_NET: Mapping[str, Callable[[datetime], str]] = {
    **_SHARED_TOKENS,
    "yyyy": lambda m: f"{m.year:04}",
    "yy": lambda m: f"{m.year % 100:02}",
    "dd": lambda m: f"{m.day:02}",
    "d": lambda m: str(m.day),
    "fff": lambda m: f"{m.microsecond // 1000:03}",
    "ff": lambda m: f"{m.microsecond // 10_000:02}",
    "f": lambda m: str(m.microsecond // 100_000),
    "tt": _half,
    "t": lambda m: _half(m)[0],
    "zzz": lambda m: _zone_offset(m, ":"),
    "zz": lambda m: _zone_offset(m, "")[:3],
    "K": lambda m: "Z" if _zone_offset(m, "") == "+0000" else _zone_offset(m, ":"),
}


def _alternatives(tokens: Mapping[str, object], quoted: str) -> re.Pattern[str]:
    return re.compile("|".join([quoted, *sorted(tokens, key=len, reverse=True)]))


_QUOTED_TEXT = re.compile(r"\[[^\]]{0,200}+\]|'[^']*'|\"[^\"]*\"")
_ASCII_LETTER = re.compile(r"[A-Za-z]")
_DAYJS_TOKEN = _alternatives(_DAYJS, r"\[[^\]]{0,200}+\]")
_NET_TOKEN = _alternatives(_NET, r"'[^']*'|\"[^\"]*\"|\\.")
