"""`import openapi`, `show api` and `unset api`: the description of the API at the base."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from callbox.engine.client import collect
from callbox.errors import UsageError
from callbox.exchange.exchange_record_and_events import Event, Note, Record
from callbox.exchange.request import Draft
from callbox.exchange.url import guess_scheme, join, parse
from callbox.openapi.description_cache import forget as forget_cached
from callbox.openapi.description_discovery import ACCEPT, Page, discover, make_fetch
from callbox.openapi.operation_lookup import DescribedBase
from callbox.openapi.operations_parameters_and_security import Scheme
from callbox.render.ansi_and_sanitiser import visible_line
from callbox.render.style import Fragments
from callbox.render.tables_and_text_width import Column, table
from callbox.shell.command_context import Context
from callbox.shell.confirmation import confirm_removal
from callbox.shell.known_openapi_descriptions import KnownApi
from callbox.shell.line.grammar import Call
from callbox.shell.line.targets_and_items import shown_url
from callbox.shell.openapi_auth_commands import credential_of, scopes_of
from callbox.shell.openapi_description_search import api_of_file, api_of_url, outline
from callbox.shell.outputs import Output, say
from callbox.shell.text_and_json_listings import Listing, show
from callbox.system.clock import monotonic
from callbox.wire.connection_and_byte_stream import Cancel

MAX_PROBLEMS = 20
"""The most mistakes of a description that `show api` lists."""


class ApiRow(NamedTuple):
    """A fact about the API description: one row of `show api`."""

    name: str
    value: str


class AttemptRow(NamedTuple):
    """A row of `show api --sources`: an address that was tried in the search for a description."""

    url: str
    outcome: str


def import_openapi(call: Call, context: Context) -> Iterator[Output]:
    """`import openapi [FILE | URL]`: without a file or URL, search at the base."""
    where = call.text("from")
    base = context.session.base_url
    if not where:
        yield from _search(base, context)
        return
    is_below_base = bool(base) and where.startswith("/") and not _is_file(where, context)
    if "://" in where or is_below_base:
        url = parse(join(base, where)).text
        record, notes = _download(url, context)
        yield from (say(note, "hint") for note in notes)
        is_kept = context.is_remembered and _shown(url, context) == url
        if is_kept and record.outgoing.carries_credentials:
            is_kept = _is_public(url, record.body, context)
        page = Page(url=url, status=200, headers=record.response.headers, body=record.body)
        known = api_of_url(page, base or url, context.session, is_kept=is_kept)
    else:
        with call.at("from"):
            context.ports.read_file(where)
        known = api_of_file(where, base or "http://localhost/", is_kept=context.caches_files)
    if not base:
        known = _at_own_server(known)
    below = call.flag("below")
    if isinstance(below, str):
        known = _at(known, join(known.base, below))
    context.apis.add(known)
    yield say(f"imported {outline(known.described.api)}, for {_shown(known.base, context)}")
    if not base:
        yield say(f"set base {_shown(known.base, context)}", "hint")


def _is_file(where: str, context: Context) -> bool:
    return where in context.ports.list_files(where)


def _at(known: KnownApi, base: str) -> KnownApi:
    """The description, placed at another base URL."""
    location = known.source if "://" in known.source else ""
    return KnownApi(base, known.source, DescribedBase(known.described.api, base, location))


def _at_own_server(known: KnownApi) -> KnownApi:
    """The description, placed at the first server that it names. Used if the shell has no base URL."""
    urls = [url for url, _ in known.described.servers()]
    if "://" not in known.source:
        urls = [url for url in urls if not url.startswith("http://localhost/")]
    if not urls:
        raise UsageError("The description has no server", hint="first: set base URL")
    return _at(known, urls[0])


def _download(url: str, context: Context) -> tuple[Record, list[str]]:
    """Download a URL by a normal request of the session, which the history does not record.

    Returns the response and notes for the user.
    """
    notes: list[str] = []

    def note(event: Event) -> None:
        if isinstance(event, Note):
            notes.append(event.text)

    context.cancel = cancel = Cancel()
    try:
        record = collect(context.session.stream(Draft("GET", url, (("Accept", ACCEPT),)), cancel), note)
    finally:
        context.cancel = None
    if record.response.status != 200:
        raise UsageError(
            f"{_shown(url, context)} responded with {record.response.status}, but not with a description",
            hint="show api --sources",
        )
    return record, notes


def _is_public(url: str, body: bytes, context: Context) -> bool:
    """Whether the server gives the same document without the credentials of the session."""
    with make_fetch(context.session) as fetch:
        page = fetch(url)
    return not isinstance(page, str) and page.status == 200 and page.body == body


def _search(base: str, context: Context) -> Iterator[Output]:
    if not base:
        raise UsageError(
            "No base URL is set, so there is nowhere to search", hint="set base URL, or: import openapi FILE"
        )
    begun = monotonic()
    place = parse(base)._replace(query=None, fragment="").text  # the user and password of the base are left out
    with make_fetch(context.session) as fetch:
        found = discover(place, fetch, is_thorough=True)
    context.apis.attempts[base] = found.attempts
    if not found.url:
        hint = f"{_shown(found.by_hand, context)} {found.by_hand_reason}" if found.by_hand else ""
        tried = f"{len(found.attempts)} addresses in {monotonic() - begun:.1f} s"
        message = f"No description was found at {_shown(base, context)}: {tried}"
        raise UsageError(message, hint=hint or "to list the addresses: show api --sources")
    page = Page(url=found.url, status=200, headers=found.headers, body=found.body)
    known = api_of_url(page, base, context.session, is_kept=context.is_remembered)
    context.apis.add(known)
    yield say(f"imported {outline(known.described.api)}, from {_shown(found.url, context)}")


def show_api(call: Call, context: Context) -> Iterator[Output]:
    """`show api [--sources]`."""
    if call.has("sources"):
        if_empty = "no address to search: set base URL, or: import openapi"
        yield from show(Listing(lambda _: _attempts(context), _attempt_table, if_empty), call, context)
        return
    if_empty = "no description is known for this base: import openapi [FILE | URL]"
    if context.session.base_url in context.apis.searching:
        if_empty = "callbox is still looking for the description: show api again later, or: import openapi [FILE | URL]"
    yield from show(Listing(lambda _: _facts(context), _fact_table, if_empty), call, context)


def unset_api(call: Call, context: Context) -> Iterator[Output]:
    """`unset api [ORIGIN]`: forget the facts and the description of an API; `*` forgets all APIs."""
    where = call.text("origin") or context.session.base_url
    if not where:
        raise UsageError(
            "No base URL is set, so callbox does not know which API you mean", hint="unset api ORIGIN, or unset api '*'"
        )
    with call.at("origin"):
        origin = "" if where == "*" else parse(guess_scheme(where)).origin
    if not origin:
        confirm_removal("what is known of all APIs", context)
    count = context.remember().forget_seen(origin)
    sources = [one.source for one in context.apis.all() if not origin or parse(one.base).origin == origin]
    has_description = context.apis.forget(origin) | (forget_cached(origin, sources) > 0)
    seen = f"{count} path{'s' * (count != 1)}, names and values"
    yield say(
        f"forgot what was seen of {origin or 'all APIs'}: {seen}{', and its description' if has_description else ''}"
    )


def _shown(url: str, context: Context) -> str:
    """A URL for display. Its secrets are redacted, even if they come from the base or from a variable."""
    return shown_url(url, {**context.session.filled_secrets, **context.filled_secrets})


def _attempts(context: Context) -> list[AttemptRow]:
    return [
        AttemptRow(visible_line(_shown(one.url, context)), visible_line(one.outcome))
        for one in context.apis.attempts.get(context.session.base_url, ())
    ]


def _facts(context: Context) -> Iterator[ApiRow]:
    known = context.apis.find(context.session.base_url)
    if known is None:
        return
    for name, value in _facts_of(known, context):
        yield ApiRow(name, visible_line(value))


def _facts_of(known: KnownApi, context: Context) -> Iterator[tuple[str, str]]:
    api = known.described.api
    yield "title", api.label or f"none{f', version {api.version}' if api.version else ''}"
    yield "description", f"OpenAPI {api.dialect}, {_shown(known.source, context)}"
    if known.former:
        yield "cached", f"by an earlier shell; {_shown(known.former, context)}"
    yield "base", _shown(known.base, context)
    yield "operations", f"{api.operation_count:,}"
    for url, about in known.described.servers():
        yield "server", f"{_shown(url, context)}  {about}".rstrip()
    for scheme in api.schemes:
        about = visible_line(" ".join(str(scheme.described.get("description") or "").split()))
        yield "auth", f"{scheme.name}: {_scheme_words(scheme)}; {about}".removesuffix("; ")
    for number, problem in enumerate(api.problems):
        if number == MAX_PROBLEMS:
            yield "mistake", f"and {api.problem_count - number:,} more"
            break
        where = f"{problem.pointer} (line {problem.line})" if problem.line else problem.pointer
        yield "mistake", f"{where}: {problem.text}".removeprefix(": ")


def _scheme_words(scheme: Scheme) -> str:
    """The command that sets a security scheme, with a comment: `set auth bearer TOKEN, a token of OAuth 2 (scopes:
    read)`.
    """
    found = credential_of(scheme)
    scopes = ", ".join(scopes_of(scheme))
    about = f"{found.about} (scopes: {scopes})" if scopes else found.about
    return f"{found.command}, {about}" if found.command else about


def _fact_table(rows: Sequence[ApiRow], context: Context) -> Fragments:
    columns = (Column(""), Column("", wraps=True))
    return table(columns, [(row.name, row.value) for row in rows], context.columns())


def _attempt_table(rows: Sequence[AttemptRow], context: Context) -> Fragments:
    return table(("address", "outcome"), [(row.url, row.outcome) for row in rows], context.columns())
