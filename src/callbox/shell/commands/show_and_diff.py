"""`show` of the session, its connections, the last response and the history; `diff`, `unset history`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from callbox.engine.options import OPTIONS, format_option
from callbox.engine.session_state_and_edit_log import Entry, is_built_in, user_entries
from callbox.errors import UsageError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.jsonpath_xpath_and_header_selection import PATH_ROOTS, format_value
from callbox.exchange.page_links import page_links
from callbox.exchange.redaction.displayed_fields_and_values import redact_field, redact_shown_url
from callbox.exchange.response import Connection
from callbox.exchange.response_comparison import MAX_CHANGES, compare
from callbox.exchange.secret import Secret
from callbox.formats.certificate import Certificate, read_certificate
from callbox.render import charts, http_messages
from callbox.render.ansi_and_sanitiser import visible, visible_line
from callbox.render.difference_display import differences
from callbox.render.sizes_and_durations import size
from callbox.render.style import Fragments
from callbox.render.tables_and_text_width import Cell, Column, pairs, table
from callbox.shell.command_context import Context
from callbox.shell.commands.cookie_commands import cookie_rows
from callbox.shell.commands.send_again_and_preview import REVEAL_HINT, notes_layout, notes_redaction
from callbox.shell.line.grammar import Call
from callbox.shell.line.targets_and_items import shown_url
from callbox.shell.line_variables import selected_environment
from callbox.shell.outputs import BodyOutput, DisplayOptions, Output, TextOutput, say
from callbox.shell.request_history import select_from_history
from callbox.shell.requests.credentials_and_secret_references import origin_in_words
from callbox.shell.session_as_commands import changed_lines, removed_defaults, session_as_lines
from callbox.shell.text_and_json_listings import Listing, json_output, objects, show
from callbox.spelling import hint

_EVERYWHERE = "everywhere"
MIN_HELP_WIDTH = 60
"""The narrowest screen on which `show options` explains the options."""


class HeaderRow(NamedTuple):
    """A header that is sent with every request."""

    name: str
    value: str | None
    """The value; None for a built-in header that the session leaves out, which `show session` lists, too."""
    origin: str | None
    built_in: bool


class QueryRow(NamedTuple):
    """A query parameter that is sent with every request."""

    name: str
    value: str
    origin: str | None


class AuthRow(NamedTuple):
    """A redacted credential, and the origin that gets it."""

    scheme: str
    shown: str
    origin: str | None


class VariableRow(NamedTuple):
    """A variable of the session, of an environment, or captured by a replayed script."""

    name: str
    value: str
    captured: bool = False
    environment: str | None = None


class OptionRow(NamedTuple):
    """An option and its value.

    `source` is `session`, `environment`, `configuration` or `default`.
    """

    name: str
    value: object
    text: str
    """The value as a user types it."""
    set: bool
    origin: str | None
    source: str
    environment: str | None
    """The environment file that sets the default, if one does."""
    help: str


class BaseRow(NamedTuple):
    """The base URL: the row of `show base`."""

    url: str


class ConnectionRow(NamedTuple):
    """An open connection."""

    number: int
    peer: str
    requests: int
    tls: str | None
    verified: bool


class ChangeRow(NamedTuple):
    """A change of the session since it was opened, as the command that makes the change."""

    noun: str
    line: str


def show_headers(call: Call, context: Context) -> Iterator[Output]:
    """`show headers`: list the headers of every request; built-in headers are dimmed."""
    return show(Listing(header_rows, _header_lines, "no headers"), call, context)


def header_rows(context: Context) -> Iterator[HeaderRow]:
    """The rows of `show headers`: one for each value of each header."""
    session = context.session
    for key, held in session.entries("header").items():
        if isinstance(held, Entry):
            for value in _redacted_values(held):
                yield HeaderRow(
                    name=held.name,
                    value=value,
                    origin=origin_in_words(held.origin),
                    built_in=is_built_in(session, key, held),
                )


def _header_lines(rows: Sequence[HeaderRow], context: Context) -> Fragments:
    fragments: Fragments = []
    for row in rows:
        note = "  (built in)" if row.built_in else _only_sent_to(row.origin)
        fragments += [("dim" if row.built_in else "header.name", visible_line(row.name))]
        fragments += [("", f": {visible_line(row.value or '')}"), ("source", note), ("", "\n")]
    return fragments


def _redacted_values(held: Entry) -> Iterator[str]:
    for value in held.values:
        yield redact_field(held.name, value if isinstance(value, (str, Secret)) else str(value))


def _only_sent_to(origin: str | None) -> str:
    return f"  (only sent to {origin})" if origin else ""


def show_query(call: Call, context: Context) -> Iterator[Output]:
    """`show query`: list the parameters of every request."""
    return show(Listing(query_rows, _query_lines, "no query parameters"), call, context)


def query_rows(context: Context) -> Iterator[QueryRow]:
    """The rows of `show query`: one for each value of each parameter."""
    for held in user_entries(context.session, "query").values():
        for value in _redacted_values(held):
            yield QueryRow(held.name, value, origin_in_words(held.origin))


def _query_lines(rows: Sequence[QueryRow], context: Context) -> Fragments:
    fragments: Fragments = []
    for row in rows:
        text = visible_line(f"{row.name}=={row.value}")
        fragments += [("", text), ("source", _only_sent_to(row.origin)), ("", "\n")]
    return fragments


def show_auth(call: Call, context: Context) -> Iterator[Output]:
    """`show auth`: list every credential, redacted, with its origin."""
    return show(Listing(auth_rows, _auth_lines, "no auth"), call, context)


def auth_rows(context: Context) -> Iterator[AuthRow]:
    """A row for each credential."""
    for origin, auth in context.session.credentials.items():
        yield AuthRow(auth.scheme, auth.describe(), origin_in_words(origin))


def _auth_lines(rows: Sequence[AuthRow], context: Context) -> Fragments:
    return [("", visible_line(f"{row.shown} ({row.origin or _EVERYWHERE})") + "\n") for row in rows]


def show_vars(call: Call, context: Context) -> Iterator[Output]:
    """`show vars`: list the variables for `{{name}}`; captures of replayed scripts are marked."""
    return show(Listing(variable_rows, _variable_table, "no variables"), call, context)


def own_variable_rows(context: Context) -> Iterator[VariableRow]:
    """A row for each variable of the session."""
    for held in user_entries(context.session, "var").values():
        yield VariableRow(held.name, redact_field(held.name, " ".join(map(str, held.values))))


def variable_rows(context: Context) -> Iterator[VariableRow]:
    """The variables of the session, then the captures and the variables of the environment that have other names."""
    own, captures = user_entries(context.session, "var"), context.captures
    yield from own_variable_rows(context)
    for name, captured in captures.items():
        if name not in own:
            yield VariableRow(name, redact_field(name, captured), captured=True)
    environment = str(context.session.option("env") or "")
    for name, value in selected_environment(context).items():
        if name not in own and name not in captures:
            yield VariableRow(name, redact_field(name, value), environment=environment)


def _variable_table(rows: Sequence[VariableRow], context: Context) -> Fragments:
    cells = [(row.name, row.value, "captured" if row.captured else row.environment or "") for row in rows]
    return table(("name", "value", ""), cells, context.columns())


def show_options(call: Call, context: Context) -> Iterator[Output]:
    """`show options`: list every option with its value and its purpose."""
    return show(Listing(option_rows, _option_table, "no options"), call, context)


def option_rows(context: Context) -> Iterator[OptionRow]:
    """A row for each option, also for options with their defaults."""
    held = user_entries(context.session, "option")
    for name, option in OPTIONS.items():
        own = held.get(name)
        source = "session" if own is not None else _default_source(name, option.default, context)
        value = own.values[0] if own is not None else context.session.option_defaults[name]
        yield OptionRow(
            name=name,
            value=shown_url(value, context.session.filled_secrets) if isinstance(value, str) else value,
            text=shown_url(format_option(name, value), context.session.filled_secrets),
            set=own is not None,
            origin=origin_in_words(own.origin) if own is not None else None,
            source=source,
            environment=str(context.session.option("env")) if source == "environment" else None,
            help=option.help,
        )


def _default_source(name: str, default: object, context: Context) -> str:
    """The source of an option's default: `environment`, `configuration` or `default`."""
    if name in context.environment_defaults:
        return "environment"
    return "default" if context.session.option_defaults[name] == default else "configuration"


def _option_table(rows: Sequence[OptionRow], context: Context) -> Fragments:
    if context.columns() < MIN_HELP_WIDTH:  # Explanations never make names and values shorter.
        return table(("option", "value", ""), [(r.name, r.text, _option_note(r)) for r in rows], context.columns())
    heads = ("option", "value", Column("what it is for", wraps=True))
    return table(heads, [(row.name, row.text, _option_help(row)) for row in rows], context.columns())


def _option_help(row: OptionRow) -> str:
    note = _option_note(row)
    return f"{note}: {row.help}" if note else row.help


def _option_note(row: OptionRow) -> str:
    if row.origin:
        return f"for {row.origin}"
    notes = {"session": "set", "environment": f"as {row.environment} says", "configuration": "configured"}
    return notes.get(row.source, "")


def show_base(call: Call, context: Context) -> Iterator[Output]:
    """`show base`: print the URL that paths are relative to."""
    return show(Listing(base_rows, lambda rows, _: _lines(row.url for row in rows), "no base"), call, context)


def base_rows(context: Context) -> Iterator[BaseRow]:
    """The base as the only row; no row if there is no base."""
    if context.session.base_url:
        yield BaseRow(shown_url(context.session.base_url, context.session.filled_secrets))


def show_connection(call: Call, context: Context) -> Iterator[Output]:
    """`show connection`: list the open connections with their peers and their numbers of requests."""
    listing = Listing(connection_rows, lambda rows, _: _lines(map(_connection, rows)), "no open connection")
    return show(listing, call, context)


def connection_rows(context: Context) -> Iterator[ConnectionRow]:
    """A row for each open connection."""
    for one in context.session.connections():
        yield ConnectionRow(
            number=one.number, peer=one.peer, requests=one.requests, tls=one.tls or None, verified=one.is_verified
        )


def _connection(row: ConnectionRow) -> str:
    parts = [f"{row.number} {row.peer}", f"{row.requests} request{'s' * (row.requests != 1)}"]
    parts += [row.tls] if row.tls else []
    parts += [] if row.verified else ["NOT VERIFIED"]
    return ", ".join(parts)


def _lines(texts: Iterator[str]) -> Fragments:
    return [("", visible_line(text) + "\n") for text in texts]


def show_session(call: Call, context: Context) -> Iterator[Output]:
    """`show session [--changed]`: print the session as lines that `source` reads, in the order of the merge.

    As JSON, the session is an object with a list of rows for each kind of entry, and `base` as a text.
    """
    if call.has("changed"):
        yield from show(Listing(_change_rows, _change_lines, "nothing was changed"), call, context)
        return
    if call.flag("format") == "json":
        yield json_output(_session_object(context))
        return
    lines = [
        *session_as_lines(context.session),
        *(f"# connection {_connection(row)}" for row in connection_rows(context)),
    ]
    if not lines:
        yield say("the session is empty", "note")
    yield TextOutput(_readable_back(lines))


def _change_rows(context: Context) -> Iterator[ChangeRow]:
    for noun, line in changed_lines(context):
        yield ChangeRow(noun, line)


def _change_lines(rows: Sequence[ChangeRow], context: Context) -> Fragments:
    return _readable_back([row.line for row in rows])


def _readable_back(lines: Sequence[str]) -> Fragments:
    """The lines for `source`: one command for each entry."""
    return [("", visible(line) + "\n") for line in lines]


def _session_object(context: Context) -> dict[str, object]:
    """The session as an object; options with their default values are left out."""
    removed = [
        HeaderRow(header.name, None, None, built_in=True) for header in removed_defaults(context.session).values()
    ]
    return {
        "base": shown_url(context.session.base_url, context.session.filled_secrets) or None,
        "headers": objects([*header_rows(context), *removed]),
        "auth": objects(auth_rows(context)),
        "cookies": objects(cookie_rows(context)),
        "query": objects(query_rows(context)),
        "vars": objects(own_variable_rows(context)),
        "options": objects(row for row in option_rows(context) if row.set),
        "connection": objects(connection_rows(context)),
    }


_SOON_DAYS = 21
_MOST_NAMES = 20


def tls_rows(connection: Connection, now: float) -> Iterator[tuple[Cell, Cell]]:
    """The rows of `show last tls`: the TLS version, the peer and the certificate of the connection."""
    yield "protocol", connection.tls
    yield "peer", connection.peer
    yield "verified", "yes" if connection.is_verified else ("insecure", "no")
    if not connection.certificate:
        return
    try:
        certificate = read_certificate(connection.certificate)
    except UsageError as error:
        yield "certificate", ("warning", error.message)
        return
    yield from _certificate_rows(certificate, datetime.fromtimestamp(now, UTC))


def _certificate_rows(certificate: Certificate, now: datetime) -> Iterator[tuple[Cell, Cell]]:
    names = certificate.names
    yield "subject", certificate.subject or "(none)"
    for number, name in enumerate(names[:_MOST_NAMES]):
        yield "" if number else "for", name
    if len(names) > _MOST_NAMES:
        yield "", f"and {len(names) - _MOST_NAMES} more"
    is_own = certificate.issuer == certificate.subject
    yield "issuer", f"{certificate.issuer}{' (self-signed)' if is_own else ''}"
    yield "valid from", f"{certificate.begins:%Y-%m-%d %H:%M:%SZ}"
    yield "valid until", _expiry(certificate, now)
    yield "key", certificate.key
    yield "serial", certificate.serial
    yield "sha-256", certificate.fingerprint


def _expiry(certificate: Certificate, now: datetime) -> Cell:
    days = (certificate.ends - now).days
    text = f"{certificate.ends:%Y-%m-%d %H:%M:%SZ}"
    if certificate.begins > now:
        return "status.error", f"{text} (not valid yet)"
    if certificate.ends < now:
        return "status.error", f"{text} (expired)"
    note = f"{text} ({days} day{'s' * (days != 1)} left)"
    return ("warning", note) if days < _SOON_DAYS else note


_PARTS = {"": ("status", "headers", "body"), "headers": ("headers",), "body": ("body",)}


def diff(call: Call, context: Context) -> Iterator[Output]:
    """`diff [N [N]] [headers | body]`."""
    first, second = _chosen(call, context)
    changes = compare(first, second, _PARTS[call.text("part")])
    if not changes:
        yield say("no difference")
        return
    yield TextOutput(differences(changes, width=context.columns()))
    if len(changes) >= MAX_CHANGES:
        yield say("and more", "note")


def _chosen(call: Call, context: Context) -> tuple[Record, Record]:
    """The two requests to compare.

    The user names both requests, or names one, which is compared with the last request. Without a number, they are the
    last two requests to the same target.
    """
    find = context.history.answered if call.text("part") == "headers" else context.history.with_body
    first, second = call.number("first"), call.number("second")
    if first is not None:
        return find(first), find(second if second is not None else -1)
    last = find(-1)
    for number, record in reversed(context.history.items()[:-1]):
        if _target(record) == _target(last) and record.is_answered:
            return find(number), last
    raise UsageError(
        "There is no earlier response of the same target",
        hint="send the request again, or name two responses: diff 1 2",
    )


def _target(record: Record) -> tuple[str, str]:
    return record.draft.method, record.outgoing.url.text


PartHandler = Callable[[Record, Call, Context], Iterator[Output]]


def show_last(call: Call, context: Context) -> Iterator[Output]:
    """`show last [N] [headers | body | request | timing | tls | links | PATH]`."""
    number, part = call.number("number") or -1, call.text("part")
    shower = _PARTS_OF_LAST.get(part)
    if shower is not None:
        record = context.history.get(number) if shower is _request else context.history.answered(number)
        yield from shower(record, call, context)
        return
    if part.isalpha() and part not in PATH_ROOTS:
        tip = hint(
            part,
            [*_PARTS_OF_LAST, *PATH_ROOTS],
            "headers, body, request, timing, tls, links, or a path: json.a[0].b, //XPATH",
        )
        raise UsageError(f"A response has no part '{part}'", hint=tip, place=call.place("part"))
    found = select_from_history(context.history, number, part)
    value = found[0] if len(found) == 1 else found
    text = f"{format_value(value)}\n"
    if isinstance(value, (list, dict)):
        yield BodyOutput(text.encode(), "application/json", _body_options(call))
    else:
        yield TextOutput([("", visible(text))])


def _body_options(call: Call) -> DisplayOptions:
    return DisplayOptions("b", is_whole=call.has("whole"), form=call.flag("as"), charset=call.flag("charset"))


def _headers(record: Record, call: Call, context: Context) -> Iterator[Output]:
    yield TextOutput(http_messages.head(record.response))


def _body(record: Record, call: Call, context: Context) -> Iterator[Output]:
    record = context.history.with_body(call.number("number") or -1)
    media_type = record.response.headers.get("Content-Type", "")
    yield BodyOutput(data=record.body, media_type=media_type, view=_body_options(call), is_complete=record.is_complete)
    if not record.is_complete:
        yield say(f"cut off after {size(record.size)}{f': {record.fault}' if record.fault else ''}", "note")


def _whole(record: Record, call: Call, context: Context) -> Iterator[Output]:
    if call.redirect is None:  # A file or a program gets the content, as it does for a request.
        yield from _headers(record, call, context)
        yield TextOutput([("", "\n")])
    yield from _body(record, call, context)


def _request(record: Record, call: Call, context: Context) -> Iterator[Output]:
    width = min(context.columns(), http_messages.WIDEST)
    is_laid_out = call.redirect is None and call.flag("as") != "text"

    def form(*, reveal: bool) -> Fragments:
        return http_messages.request(
            record.outgoing, with_sources=True, reveal=reveal, width=width, is_laid_out=is_laid_out
        )

    shown = form(reveal=call.has("reveal"))
    yield TextOutput(shown)
    if is_laid_out and notes_layout(record.outgoing, context):
        yield say("the body is formatted here: --as text prints it as it was sent", "note")
    if notes_redaction(call, context):
        revealed = form(reveal=True)
        if revealed != shown:
            yield say(REVEAL_HINT, "note")


def _timing(record: Record, call: Call, context: Context) -> Iterator[Output]:
    response = record.response
    yield TextOutput(
        charts.bars(response.timings, response.connection, width=context.columns(), is_unicode=context.is_unicode)
    )


def _tls(record: Record, call: Call, context: Context) -> Iterator[Output]:
    connection = record.response.connection
    if connection is None or not connection.tls:
        yield say("no TLS: the request used plain HTTP", "note")
        return

    yield TextOutput(pairs(tls_rows(connection, context.ports.now()), context.columns()))


MAX_LINK_COLUMNS = 10_000
"""The width at which links are cut, far beyond any screen: links are copied, and differ in their ends."""


def _links(record: Record, call: Call, context: Context) -> Iterator[Output]:
    links = page_links(record)
    if not links:
        yield say("no links: neither the Link header nor the JSON of the response names another page", "note")
        return
    rows = [(visible_line(relation), visible_line(redact_shown_url(url))) for relation, url in links.items()]
    yield TextOutput(pairs(rows, MAX_LINK_COLUMNS))


_PARTS_OF_LAST: Mapping[str, PartHandler] = {
    "": _whole,
    "headers": _headers,
    "body": _body,
    "request": _request,
    "timing": _timing,
    "tls": _tls,
    "links": _links,
}
