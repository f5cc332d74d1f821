"""`import` and `export`: sessions of other programs (HTTPie), and the history as HAR."""

from __future__ import annotations

from collections.abc import Iterator

from callbox.engine.edit_log import Entry
from callbox.exchange.events import Record
from callbox.exchange.redaction.credential_names import is_credential_name
from callbox.formats.httpie_session import read_httpie_session
from callbox.report.har import Object, archive, entry, failed_entry
from callbox.report.result import Result
from callbox.report.result_redaction import redact
from callbox.shell.commands.cookies import add_cookies, base_host, count_label, read_given
from callbox.shell.context import Context
from callbox.shell.line.grammar import Call
from callbox.shell.outputs import Output, say
from callbox.shell.requests.credential_builder import ContextSecretSource, read_auth
from callbox.shell.requests.credential_origins import EVERYWHERE, credential_origin
from callbox.version import __version__


def import_httpie(call: Call, context: Context) -> Iterator[Output]:
    """`import httpie FILE`."""
    found = read_httpie_session(read_given(call, context), call.text("file"))
    auth = read_auth(found.credentials, found.scheme, ContextSecretSource(context)) if found.scheme else None
    home = base_host(context)
    here = [cookie if cookie.domain else cookie._replace(domain=home) for cookie in found.cookies]
    with context.session.group():
        for name, values in found.header_values().items():
            origin = credential_origin(context, is_everywhere=False) if is_credential_name(name) else EVERYWHERE
            context.session.apply("header", name.lower(), Entry(name, values, origin))
        count = add_cookies(here, context)
        if auth is not None:
            context.session.apply("auth", credential_origin(context, is_everywhere=False), auth)
    note = [count_label(len(found.headers), "header"), count_label(count, "cookie")]
    note += [f"auth {auth.describe()}"] if auth is not None else []
    yield say(f"{', '.join(note)} from {call.text('file')}")


def export_har(call: Call, context: Context) -> Iterator[Output]:
    """`export har FILE [--force]`: write every request of the history, with the redirects before it."""
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
    yield say(f"wrote {count_label(len(entries), 'request')} to {call.text('file')}{without}, secrets redacted")
