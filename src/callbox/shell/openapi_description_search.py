"""Look for the description of the API at the base, in a thread, while the user continues to type.

A search is made once for each base, and only at an interactive prompt. It sends no headers, cookies or credentials of
the session (see `callbox.openapi.description_discovery`), and the history does not record it. Its result is one line
above the next prompt.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from hashlib import sha256
from itertools import islice
from typing import NamedTuple

from callbox.engine.client import LiveSession
from callbox.errors import CallboxError
from callbox.exchange.host_rules import is_near
from callbox.exchange.redaction.secrets_by_value import redact_filled
from callbox.exchange.url import UrlError, parse
from callbox.openapi.description_cache import HttpSource, note_source, noted_source, open_cached, open_file, open_text
from callbox.openapi.description_discovery import (
    NO_RESPONSE,
    SEARCH_S,
    Attempt,
    Discovery,
    Page,
    discover,
    is_description,
    load_from,
    make_fetch,
    service_links,
    usual_addresses,
)
from callbox.openapi.operation_lookup import DescribedBase
from callbox.openapi.operations_parameters_and_security import Api
from callbox.render.ansi_and_sanitiser import visible_line
from callbox.shell.command_context import Context
from callbox.shell.known_openapi_descriptions import KnownApi
from callbox.shell.line.targets_and_items import shown_url
from callbox.shell.outputs import Status, say

MAX_COMPARED = 20_000
"""The most paths that are compared to find what has changed in a description."""


def api_of_file(path: str, base: str, *, is_kept: bool) -> KnownApi:
    """The description in a file, for a base URL. With `is_kept`, it is cached for the next start.

    Raises UsageError with a place if the file is not a description, or cannot be read.
    """
    return KnownApi(base, path, DescribedBase(open_file(path, is_kept=is_kept), base))


def api_of_url(page: Page, base: str, session: LiveSession, *, is_kept: bool) -> KnownApi:
    """The description in a response, for a base URL. With `is_kept`, it is cached for the next start.

    Other documents that it refers to are fetched from the same origin, without headers, cookies or credentials of the
    session. A description whose URL holds a secret is not cached.

    Raises `UsageError` with the place of the mistake if the body is not a readable description.
    """
    url = page.url
    is_kept = is_kept and shown_url(url, session.filled_secrets) == url
    source = HttpSource(page.headers.get("etag", ""), page.headers.get("last-modified", ""))
    with make_fetch(session) as fetch:
        api = open_text(page.body, url, load_from(fetch), source, is_kept=is_kept)
    place = _place(base)
    is_here = parse(place).origin == parse(url).origin  # a search sends no request to another origin
    if is_kept and is_here and shown_url(place, session.filled_secrets) == place:
        note_source(place, url)
    return KnownApi(base, url, DescribedBase(api, base, url))


def _place(base: str) -> str:
    """The base URL without user and password."""
    return parse(base)._replace(query=None, fragment="").text


class CachedApi(NamedTuple):
    """A description that an earlier shell has cached, with the validators (ETag, Last-Modified) of its server."""

    api: KnownApi
    source: HttpSource


def cached_api(base: str) -> KnownApi | None:
    """The cached description of the API at a base; None if no earlier shell has cached one."""
    cached = _cached(base)
    return cached.api if cached is not None else None


def _cached(base: str) -> CachedApi | None:
    for url in filter(None, dict.fromkeys((noted_source(base), *usual_addresses(base)))):
        found = open_cached(url)
        if found is not None and not found[1].is_private:
            return CachedApi(KnownApi(base, url, DescribedBase(found[0], base, url)), found[1])
    return None


def _changed(cached: CachedApi, session: LiveSession) -> Discovery | str:
    """Ask the server, with the validators of a cached description, whether the description has changed.

    Returns a result without a URL if the description has not changed, and a result with the new description if it has.
    If the server no longer has a description there, returns the reason; a search must follow.
    """
    url = cached.api.source
    with make_fetch(session, conditions=cached.source.conditions) as fetch:
        page = fetch(url)
    if isinstance(page, str):
        return page.removeprefix(NO_RESPONSE)
    is_same = bool(cached.source.digest) and sha256(page.body).hexdigest() == cached.source.digest
    if page.status == 304 or (page.status == 200 and is_same):
        return Discovery("", b"", (Attempt(url, f"{page.status}, not changed"),))
    if page.status == 200 and is_description(page.body):
        return Discovery(url, page.body, (Attempt(url, "a description"),), headers=page.headers)
    return f"the server responds with {page.status} now" if page.status != 200 else "the server has another page there"


def outline(api: Api) -> str:
    """A summary of a description: `Books 1.0, 41 operations`."""
    operations = "1 operation" if api.operation_count == 1 else f"{api.operation_count:,} operations"
    mistakes = "1 mistake" if api.problem_count == 1 else f"{api.problem_count:,} mistakes"
    problems = f", {mistakes} in it (show api)" if api.problem_count else ""
    return f"{api.label or 'an API without a title'}, {operations}{problems}"


class _Outcome(NamedTuple):
    """How a search for a base ended."""

    base: str
    found: Discovery
    api: KnownApi | str
    """The description, or a message for the user."""
    former: str
    """Why a cached description is used that the server no longer has; empty if the server has the description."""


class ApiSearch:
    """Searches descriptions for the bases of one shell, one base after another, each once."""

    def __init__(self, on_end: Callable[[], None] = lambda: None) -> None:
        """The thread calls `on_end` when `take` can return the result of a search."""
        self._on_end = on_end
        self._searched: set[str] = set()
        self._lock = threading.Lock()
        self._outcomes: list[_Outcome] = []

    def follow(self, context: Context) -> None:
        """Begin a search, unless the base was searched before. Returns at once."""
        base, choice = context.session.base_url, context.session.option("discover")
        if not base or choice == "no" or base in self._searched or context.apis.at(base) is not None:
            return
        try:
            url = parse(base)
        except UrlError:
            return
        self._searched.add(base)
        searching = context.apis.searching
        searching.add(base)
        links = [
            link
            for _, record in context.history.items()
            if record.is_answered and record.outgoing.url.origin == url.origin
            for link in service_links(record.outgoing.url.text, record.response.headers)
        ]
        is_thorough = choice == "all" or is_near(url.host)
        threading.Thread(
            target=self._search,
            args=(base, context.session, is_thorough, links, context.is_remembered, searching),
            daemon=True,
            name="discover",
        ).start()

    def _search(
        self,
        base: str,
        session: LiveSession,
        is_thorough: bool,
        links: list[str],
        is_kept: bool,
        searching: set[str],
    ) -> None:
        place = _place(base)
        try:
            cached, found, former = _cached(place), None, ""
            if cached is not None:
                self._end(base, Discovery("", b"", ()), cached.api._replace(base=base))
                changed = _changed(cached, session)
                found, former = (None, changed) if isinstance(changed, str) else (changed, "")
            if found is None:
                with make_fetch(session) as fetch:
                    found = discover(place, fetch, is_thorough=is_thorough, links=links)
            outcome: KnownApi | str = ""
            if found.url:
                page = Page(url=found.url, status=200, headers=found.headers, body=found.body)
                outcome = api_of_url(page, base, session, is_kept=is_kept)
        except CallboxError as error:
            outcome = f"The description of the API cannot be read: {error.message}"
            found, former = Discovery("", b"", ()), ""
        except Exception:  # Nobody waits for a search. With a bug in callbox, only the description is missing.
            return
        finally:
            searching.discard(base)
        self._end(base, found, outcome, former if not outcome else "")

    def _end(self, base: str, found: Discovery, outcome: KnownApi | str, former: str = "") -> None:
        with self._lock:
            self._outcomes.append(_Outcome(base, found, outcome, former))
        self._on_end()

    def take(self, context: Context) -> list[Status]:
        """Store the results of the searches that have ended since the last call.

        Returns a line for each important result.
        """
        with self._lock:
            outcomes, self._outcomes = self._outcomes, []
        lines = []
        for base, found, outcome, former in outcomes:
            if found.attempts:
                context.apis.attempts[base] = found.attempts
            if isinstance(outcome, KnownApi):
                known = context.apis.find(base)
                context.apis.add(outcome)
                if found.url and (text := _news(known, outcome)):
                    lines.append(say(text, "hint"))
            elif outcome:
                lines.append(say(redact_filled(outcome, context.session.filled_secrets), "note"))
            elif former and (cached := context.apis.find(base)) is not None:
                context.apis.add(cached._replace(former=former))
                url = shown_url(cached.source, context.session.filled_secrets)
                text = f"callbox uses the description that it read earlier from {url}: {visible_line(former)}"
                lines.append(say(redact_filled(text, context.session.filled_secrets), "hint"))
            elif found.by_hand:
                url = shown_url(found.by_hand, context.session.filled_secrets)
                text = f"a description of the API {found.by_hand_reason}: import openapi {url}"
                lines.append(say(text, "hint"))
            elif found.attempts and base == context.session.base_url and context.apis.at(base) is None:
                lines += _nothing_found(base, found, context)
        return lines


def _nothing_found(base: str, found: Discovery, context: Context) -> list[Status]:
    """A line about a base without a description.

    The line says that the server does not respond, or that Tab completes from earlier responses.
    """
    reasons = [one.outcome.removeprefix(NO_RESPONSE) for one in found.attempts if one.outcome.startswith(NO_RESPONSE)]
    if len(reasons) == len(found.attempts):
        if reasons and reasons[0].startswith("No response for"):
            text = (
                f"found no description of the API: no response within {SEARCH_S:g} s; to read one: import openapi URL"
            )
            return [say(text, "note")]
        return [say(visible_line(reasons[0] or f"no server responds at {parse(base).origin}"), "note")]
    seen = context.completion.seen
    if seen is not None and seen.paths(parse(base).origin):
        return []
    return [
        say(
            "found no description of the API; until you read one (import openapi URL), Tab uses earlier responses",
            "hint",
        )
    ]


def _news(known: KnownApi | None, found: KnownApi) -> str:
    """A line about a new description or the changes of a cached one; empty if nothing changed."""
    if known is None or known.base != found.base:
        return f"found the description of the API, {outline(found.described.api)}: Tab completes its paths and fields"
    before, now = _keys(known), _keys(found)
    new, gone = len(now - before), len(before - now)
    if not new and not gone:
        return ""
    operations = "1 operation" if new == 1 else f"{new:,} operations"
    return f"the description of the API has changed: {operations} new, {gone:,} gone"


def _keys(api: KnownApi) -> set[str]:
    described = api.described.api
    return {entry.key for node in islice(described.walk(), MAX_COMPARED) for entry in described.entries(node)}
