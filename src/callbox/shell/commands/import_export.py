"""`import` and `export`: the session's cookies, headers and history from and to files of other programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from callbox.engine.edit_log import Entry
from callbox.exchange.cookies import Cookie
from callbox.exchange.credential_names import is_credential_name
from callbox.exchange.events import Record
from callbox.exchange.url import parse
from callbox.formats.cookies_txt import encode_cookies_txt, read_cookies_txt
from callbox.formats.har import Object, archive, entry, failed_entry
from callbox.formats.httpie_session import read_httpie_session
from callbox.report.result import Result
from callbox.report.result_redaction import redact
from callbox.shell.commands.cookies import key_of
from callbox.shell.context import Context
from callbox.shell.line.command import Call
from callbox.shell.outputs import Output, say
from callbox.shell.requests.authentication import ContextSecretSource, read_auth
from callbox.shell.requests.bound_origins import EVERYWHERE, credential_origin, origin_of
from callbox.version import __version__


def import_cookies(call: Call, context: Context) -> Iterator[Output]:
    """`import cookies FILE`."""
    cookies = read_cookies_txt(_read(call, context), call.text("file"))
    with context.session.group():
        count = _add_cookies(cookies, context)
    expired = len(cookies) - count
    more = f", {expired} had expired" if expired else ""
    yield say(f"{_count_label(count, 'cookie')} from {call.text('file')}{more}")


def import_httpie(call: Call, context: Context) -> Iterator[Output]:
    """`import httpie FILE`."""
    found = read_httpie_session(_read(call, context), call.text("file"))
    auth = read_auth(found.credentials, found.scheme, ContextSecretSource(context)) if found.scheme else None
    home = _base_host(context)
    here = [cookie if cookie.domain else cookie._replace(domain=home) for cookie in found.cookies]
    with context.session.group():
        for name, value in found.headers:
            origin = credential_origin(context, is_everywhere=False) if is_credential_name(name) else EVERYWHERE
            context.session.apply("header", name.lower(), Entry(name, (value,), origin))
        count = _add_cookies(here, context)
        if auth is not None:
            context.session.apply("auth", credential_origin(context, is_everywhere=False), auth)
    note = [_count_label(len(found.headers), "header"), _count_label(count, "cookie")]
    note += [f"auth {auth.describe()}"] if auth is not None else []
    yield say(f"{', '.join(note)} from {call.text('file')}")


def export_cookies(call: Call, context: Context) -> Iterator[Output]:
    """`export cookies FILE [--force]`."""
    context.session.jar.drop_expired(context.ports.now())
    cookies = context.session.jar.snapshot()
    data = encode_cookies_txt(cookies)
    context.ports.write_file(call.text("file"), data, call.has("force"))
    count = len(read_cookies_txt(data))
    left = len(cookies) - count
    more = f"; {_count_label(left, 'cookie')} without a domain left out" if left else ""
    yield say(f"wrote {_count_label(count, 'cookie')} to {call.text('file')}{more}")


def export_har(call: Call, context: Context) -> Iterator[Output]:
    """`export har FILE [--force]`: every request of the history, the redirects before it included."""
    import json

    records = [record for _, record in context.history.items()]
    results = redact(Result("", "ok", record=record, time=record.time) for record in records)
    shown = [result.record for result in results if result.record is not None]

    def written(one: Record) -> Object:
        if one.is_answered:
            return entry(one)
        return failed_entry(one.outgoing, one.time, one.response.timings.total, one.fault)

    entries = [written(one) for record in shown for one in (*record.history, record)]
    missing = sum(not record.is_answered for record in shown)
    data = json.dumps(archive(entries, __version__), indent=1) + "\n"
    context.ports.write_file(call.text("file"), data.encode("ascii"), call.has("force"))
    without = f", {missing} of them without a response" if missing else ""
    yield say(f"wrote {_count_label(len(entries), 'request')} to {call.text('file')}{without}, secrets masked")


def _read(call: Call, context: Context) -> bytes:
    with call.at("file"):
        return context.ports.read_file(call.text("file"))


def _add_cookies(cookies: Iterable[Cookie], context: Context) -> int:
    """Put them into the jar, as edits; how many have not expired."""
    now, count = context.ports.now(), 0
    for cookie in cookies:
        if cookie.expires is None or cookie.expires > now:
            context.session.apply("cookie", key_of(cookie), cookie._replace(is_manual=True))
            count += 1
    return count


def _base_host(context: Context) -> str:
    origin = origin_of(context.session.base_url)
    return parse(origin).host.strip("[]") if origin else ""


def _count_label(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
