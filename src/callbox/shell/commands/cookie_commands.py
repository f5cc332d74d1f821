"""`set cookie`, `unset cookie` and `show cookies`, and cookie files of other programs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.exchange.cookies import Cookie, format_cookie, format_date, parse_date
from callbox.exchange.cookies.policy import canonical_domain, is_address, is_public_suffix
from callbox.exchange.headers import header_text
from callbox.exchange.secret import redact_secret
from callbox.exchange.url import origin_of, parse
from callbox.formats.cookies_txt import encode_cookies_txt, read_cookies_txt
from callbox.render.style import Fragments
from callbox.render.tables_and_text_width import Column, table
from callbox.shell.command_context import Context
from callbox.shell.commands.set_and_unset import unknown_name_error
from callbox.shell.line.argument_types import ARGUMENT_TYPES, SecretPlaceholder
from callbox.shell.line.grammar import Call
from callbox.shell.outputs import Output, say
from callbox.shell.text_and_json_listings import Listing, show
from callbox.spelling import hint

_LABEL = re.compile(r"[\w-]{1,63}\Z")
_ADDRESS = re.compile(r"[0-9a-f]*+:[0-9a-f]*+:[0-9a-f:.]*+\Z")


class CookieRow(NamedTuple):
    """A cookie of the jar."""

    name: str
    value: str
    domain: str | None
    """The domain; None if every host gets the cookie."""
    path: str
    expires: float | None
    """The time at which the cookie expires, in seconds of the epoch; None for the end of the session."""
    secure: bool
    http_only: bool
    same_site: str | None
    host_only: bool


def set_cookie(call: Call, context: Context) -> Iterator[Output]:
    """`set cookie NAME VALUE { ATTR }`; without `domain=`, the cookie is for the host of the base."""
    cookie = Cookie(call.text("name"), _value(call, context), base_host(context), is_manual=True)
    # a flag holds wherever `domain=` is written
    for attribute in sorted(call.texts("attributes"), key=lambda text: text.lower() == "host-only"):
        name, _, value = attribute.partition("=")
        cookie = _attribute(name)(cookie, value, context.ports.now())
    cookie = _restrict_domain(cookie)
    if not cookie.domain:
        raise UsageError(
            "The cookie has no domain, and no base URL is set", hint="set base URL, or add domain=api.example.com"
        )
    if cookie.expires is not None and cookie.expires <= context.ports.now():
        context.session.apply("cookie", key_of(cookie), None)
        yield say(f"cookie {cookie.name} not stored: it expired {format_date(cookie.expires)}")
        return
    context.session.apply("cookie", key_of(cookie), cookie)
    yield say(f"cookie {format_cookie(cookie._replace(value=redact_secret(cookie.value)))}")


def _value(call: Call, context: Context) -> str:
    value = call.values.get("value", "")
    if isinstance(value, SecretPlaceholder):
        typed = context.ports.ask(f"value of cookie {call.text('name')}", True)
        return str(ARGUMENT_TYPES["cookie_value"].parse(typed, {}))
    return str(value)


def unset_cookie(call: Call, context: Context) -> Iterator[Output]:
    """`unset cookie NAME.. [domain=..] [path=..]`. If several cookies have the name, `domain=` or `path=` is needed."""
    filters = dict(_read_filter(text) for text in call.texts("attributes"))
    jar = list(context.session.jar.snapshot())
    chosen: list[Cookie] = []
    for name in call.texts("names"):
        found = [c for c in jar if name in ("*", c.name) and all(getattr(c, k) == v for k, v in filters.items())]
        if not found and name != "*":
            raise unknown_name_error("cookie", name, sorted({c.name for c in jar}))
        if len(found) > 1 and name != "*" and not filters:
            where = ", ".join(f"domain={c.domain} path={c.path}" for c in found)
            raise UsageError(f"{len(found)} cookies are named '{name}'", hint=f"choose one: {where}")
        chosen += found
    if not chosen:
        yield say("no cookie to remove")
    with context.session.group():
        for cookie in chosen:
            context.session.apply("cookie", key_of(cookie), None)
    for cookie in chosen:
        yield say(f"removed cookie {cookie.name} ({cookie.domain or 'any host'} {cookie.path})")


def show_cookies(call: Call, context: Context) -> Iterator[Output]:
    """`show cookies`: the whole jar as a table."""
    rows = partial(cookie_rows, reveal=call.has("reveal"))
    return show(Listing(rows, _cookie_table, "no cookies"), call, context)


def cookie_rows(context: Context, *, reveal: bool = False) -> Iterator[CookieRow]:
    """A row for each cookie that has not expired; values are redacted unless they are to be revealed."""
    context.session.jar.drop_expired(context.ports.now())
    for cookie in context.session.jar.snapshot():
        yield CookieRow(
            name=header_text(cookie.name),
            value=header_text(cookie.value) if reveal else redact_secret(cookie.value),
            domain=cookie.domain or None,
            path=cookie.path,
            expires=cookie.expires,
            secure=cookie.secure,
            http_only=cookie.http_only,
            same_site=cookie.same_site or None,
            host_only=cookie.host_only,
        )


def _cookie_table(rows: Sequence[CookieRow], context: Context) -> Fragments:
    heads = ("name", "value", "domain", "path", "expires", Column("flags", wraps=True))
    return table(heads, map(_cells, rows), context.columns())


def key_of(cookie: Cookie) -> tuple[str, str, bool, str]:
    """The identity of a cookie (RFC 6265bis section 5.7 step 23)."""
    return (cookie.name, cookie.domain, cookie.host_only, cookie.path)


def _cells(row: CookieRow) -> tuple[str, ...]:
    flags = (
        "Secure" if row.secure else "",
        "HttpOnly" if row.http_only else "",
        f"SameSite={row.same_site}" if row.same_site else "",
        "host-only" if row.host_only and row.domain else "",
    )
    expires = "session" if row.expires is None else _format_time(row.expires)
    shown = (row.name, row.value, row.domain or "every host that gets a request", row.path, expires)
    return (*shown, " ".join(flag for flag in flags if flag))


def _format_time(seconds: float) -> str:
    """A time as `2027-11-22 10:27:39Z`: the long form of HTTP would be cut in a table."""
    from datetime import UTC, datetime

    try:
        return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%d %H:%M:%SZ}"
    except (OverflowError, ValueError, OSError):
        return format_date(seconds)


def base_host(context: Context) -> str:
    """The host of the base; empty if there is no base."""
    origin = origin_of(context.session.base_url)
    return parse(origin).host.strip("[]") if origin else ""


def _read_filter(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    if name.lower() not in ("domain", "path"):
        raise UsageError(f"'{text}' does not select a cookie", hint="domain=HOST or path=PATH")
    return name.lower(), value.lower().lstrip(".") if name.lower() == "domain" else value


def _domain(cookie: Cookie, text: str, now: float) -> Cookie:
    domain = canonical_domain(text)
    name, colon, port = domain.partition(":")
    if colon and port.isdigit():
        raise UsageError("The domain of a cookie must not have a port", hint=f"domain={name}")
    if not _ADDRESS.match(domain) and not all(_LABEL.match(label) for label in domain.split(".")):
        raise UsageError(f"domain={text} is not a host", hint="like domain=example.com")
    return cookie._replace(domain=domain, host_only=False)


def _path(cookie: Cookie, text: str, now: float) -> Cookie:
    if not text.startswith("/"):
        raise UsageError(f"The path of a cookie must begin with /, not '{text}'", hint=f"path=/{text}")
    return cookie._replace(path=text)


def _restrict_domain(cookie: Cookie) -> Cookie:
    """Apply the rules for domains of servers: a cookie of an IP address is host-only, and public suffixes are
    refused.
    """
    domain = cookie.domain
    if cookie.host_only:
        return cookie
    if is_address(domain) or domain == "localhost":
        return cookie._replace(host_only=True)
    if is_public_suffix(domain):
        hint = "add host-only to send the cookie only to that host"
        raise UsageError(f"{domain} is a public suffix, shared by unrelated sites", hint=hint)
    return cookie


def _attribute(name: str) -> Callable[[Cookie, str, float], Cookie]:
    setter = _ATTRIBUTES.get(name.lower())
    if setter is None:
        raise unknown_name_error("cookie attribute", name, sorted(_ATTRIBUTES))
    return setter


def _expire(cookie: Cookie, text: str, now: float) -> Cookie:
    date = float(text) if text.isascii() and text.isdigit() else parse_date(text)
    if date is None:
        raise UsageError(f"'{text}' is not a date", hint="like 'Wed, 01 Jan 2031 00:00:00 GMT'; or max-age=SECONDS")
    return cookie._replace(expires=date)


def _age(cookie: Cookie, text: str, now: float) -> Cookie:
    if not text.removeprefix("-").isdecimal() or len(text) > 12:
        raise UsageError(f"max-age must be a number of seconds, not '{text}'")
    return cookie._replace(expires=now + int(text))


def _same_site(cookie: Cookie, text: str, now: float) -> Cookie:
    spellings = {"strict": "Strict", "lax": "Lax", "none": "None"}
    if text.lower() not in spellings:
        raise UsageError(f"SameSite must be Strict, Lax or None, not '{text}'", hint=hint(text, spellings.values()))
    return cookie._replace(same_site=spellings[text.lower()])


_ATTRIBUTES: Mapping[str, Callable[[Cookie, str, float], Cookie]] = {
    "domain": _domain,
    "path": _path,
    "expires": _expire,
    "max-age": _age,
    "secure": lambda cookie, text, now: cookie._replace(secure=True),
    "httponly": lambda cookie, text, now: cookie._replace(http_only=True),
    "samesite": _same_site,
    "host-only": lambda cookie, text, now: cookie._replace(host_only=True),
    "session": lambda cookie, text, now: cookie._replace(expires=None),
}


def import_cookies(call: Call, context: Context) -> Iterator[Output]:
    """`import cookies FILE`."""
    cookies = read_cookies_txt(read_given(call, context), call.text("file"))
    with context.session.group():
        count = add_cookies(cookies, context)
    expired = len(cookies) - count
    more = f", {expired} had expired" if expired else ""
    yield say(f"{count_label(count, 'cookie')} from {call.text('file')}{more}")


def export_cookies(call: Call, context: Context) -> Iterator[Output]:
    """`export cookies FILE [--force]`."""
    context.session.jar.drop_expired(context.ports.now())
    cookies = context.session.jar.snapshot()
    data = encode_cookies_txt(cookies)
    context.ports.write_file(call.text("file"), data, call.has("force"))
    count = len(read_cookies_txt(data))
    left = len(cookies) - count
    more = f"; {count_label(left, 'cookie')} without a domain left out" if left else ""
    yield say(f"wrote {count_label(count, 'cookie')} to {call.text('file')}{more}")


def read_given(call: Call, context: Context) -> bytes:
    """The content of the file that the typed line names."""
    with call.at("file"):
        return context.ports.read_file(call.text("file"))


def add_cookies(cookies: Iterable[Cookie], context: Context) -> int:
    """Add cookies to the jar, each as an edit. Returns how many of the added cookies have not expired."""
    now, count = context.ports.now(), 0
    for cookie in cookies:
        if cookie.expires is None or cookie.expires > now:
            context.session.apply("cookie", key_of(cookie), cookie._replace(is_manual=True))
            count += 1
    return count


def count_label(count: int, noun: str) -> str:
    """A count with its noun: `1 cookie`, `2 cookies`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
