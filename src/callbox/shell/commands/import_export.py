"""`import`, `export`, `save history` and `save last`: sessions of other programs (HTTPie), and the history as a file.

The history is written as HAR or as a `.http` file.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Iterator

from callbox.engine.options import OPTIONS, options_as_flags
from callbox.engine.session_state_and_edit_log import DEFAULT_HEADERS, Entry
from callbox.errors import UsageError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.redaction.credential_names import is_credential_name
from callbox.exchange.secret import Secret
from callbox.formats.httpie_session import read_httpie_session
from callbox.httpfile.export.script_writer import UNWRITTEN_OPTIONS, options_beside_script, script_of
from callbox.report.har import Object, archive, entry, failed_entry
from callbox.report.result import Result
from callbox.report.run_redaction import redact
from callbox.shell.command_context import Context
from callbox.shell.commands.cookie_commands import add_cookies, base_host, count_label, read_given
from callbox.shell.line.grammar import Call
from callbox.shell.outputs import Output, say
from callbox.shell.request_history import EarlierId
from callbox.shell.requests.credentials_and_secret_references import (
    EVERYWHERE,
    ContextSecretSource,
    credential_origin,
    read_auth,
)
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
    """`export har FILE [--force]`: write every request of the history, and the redirects that it followed."""
    import json

    records = [record for _, record in context.history.items()]
    secrets = tuple(Secret(value) for value in context.history.credentials())
    results = redact(Result("", "ok", record=record, time=record.time, secrets=secrets) for record in records)
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


def save_requests(call: Call, context: Context) -> Iterator[Output]:
    """`save history [RANGE] FILE.http [--force]`: save requests as a script that sends the same requests again."""
    path = call.text("file")
    records = [_relative_to_folder(os.path.dirname(path), record) for record in _chosen_requests(call, context)]
    script = script_of(records, defaults=DEFAULT_HEADERS, secrets=context.history.credentials(), has_responses=True)
    context.ports.write_file(path, script.encode(), call.has("force"))
    count = len(records)
    yield say(f"wrote {count} request{'s' * (count != 1)} to {path}")
    if unsaid := _omitted_headers(records):
        yield say(f"a replay will also send {', '.join(unsaid)}, although the requests did not")
    if options := _unwritten_options(records, context):
        yield say(f"the file has no options of the session; a replay also needs {options_as_flags(options)}", "hint")


def _relative_to_folder(folder: str, record: Record) -> Record:
    """The record, with the paths of its body files made relative to `folder`, where the script will be written."""
    outgoing = record.first_outgoing
    content = outgoing.content
    if not folder or content is None or not (content.path or content.parts):
        return record
    parts = tuple(part._replace(path=_path_from(folder, part.path)) for part in content.parts)
    content = content._replace(path=_path_from(folder, content.path), parts=parts)
    draft = record.draft._replace(content=content)
    return record._replace(draft=draft).with_first_outgoing(outgoing._replace(content=content))


def _path_from(folder: str, path: str) -> str:
    is_relative = path and not os.path.isabs(os.path.expanduser(path))
    return os.path.relpath(path, os.path.expanduser(folder)) if is_relative else path


def _omitted_headers(records: Iterable[Record]) -> list[str]:
    """The built-in headers that a request left out. A script cannot express that they are left out."""
    names = (name for record in records for name, value in record.draft.headers if value is None)
    return sorted({name for name in names if name.lower() in DEFAULT_HEADERS}, key=str.lower)


_OF_RESPONSES = ("follow", "keep-method", "verify", *UNWRITTEN_OPTIONS)
"""The options of the session that change what is received, and that a script does not take over."""


def _unwritten_options(records: Iterable[Record], context: Context) -> dict[str, object]:
    """The options of the session and of the requests that change the responses, and cannot be written to a script."""
    found: dict[str, object] = {}
    for record in records:
        origin, session = record.first_outgoing.url.origin, context.session
        set_in_session = {
            name: session.option(name, origin)
            for name in _OF_RESPONSES
            if name not in record.draft.options and session.is_set(name, origin)
        }
        found |= {name: value for name, value in set_in_session.items() if value != OPTIONS[name].default}
        found |= options_beside_script(record.draft)
    return found


def _chosen_requests(call: Call, context: Context) -> list[Record]:
    items = context.history.items()
    ranges = call.values.get("range")
    if not isinstance(ranges, tuple):
        records = [record for _, record in items]
    else:
        with call.at("range"):
            records = [record for first, last in ranges for record in _between(context, first, last)]
    if not records:
        raise UsageError("No request was sent yet", hint="try get /")
    return records


def _between(context: Context, first: int, last: int) -> list[Record]:
    if isinstance(first, EarlierId):
        return _earlier_between(context, first, EarlierId(last))
    numbers = [number for number, _ in context.history.items()]
    count = numbers[-1] if numbers else 0
    low, high = (count + 1 + n if n < 0 else n for n in (first, last))
    if low > high:
        raise UsageError(f"{first}..{last} is not an ascending range", hint=f"{last}..{first}")
    return [context.history.get(number) for number in range(low, high + 1)]


def _earlier_between(context: Context, first: EarlierId, last: EarlierId) -> list[Record]:
    """The requests of earlier shells in a range. Numbers of forgotten requests are skipped."""
    from callbox.shell.requests.saved_and_earlier_requests import read_record  # 30 ms: TOML and SQLite

    if first > last:
        raise UsageError(f"{first}..{last} is not an ascending range", hint=f"{last}..{first}")
    if first == last:
        return [read_record(first, context)]
    there = [one.id for one in context.remember().earlier(MAX_EARLIER) if first <= one.id <= last]
    if not there:
        raise UsageError(
            f"No earlier request in {first}..{last}", hint="to list earlier requests: show history --earlier"
        )
    return [read_record(EarlierId(number), context) for number in there]


MAX_EARLIER = 100_000


def save_last(call: Call, context: Context) -> Iterator[Output]:
    """`save last FILE.http`: save the last request as a script."""

    return save_requests(call._replace(values={**call.values, "range": ((-1, -1),)}), context)
