"""Search the description of the API at the base, in a thread, while the prompt goes on.

A search is made once for each base, and only at an interactive prompt. It sends nothing of the session (see
`callbox.openapi.fetch`), is not in the history, and its outcome is one line above the next prompt.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from callbox.engine.client import LiveSession
from callbox.errors import CallboxError, Place, UsageError
from callbox.exchange.url import UrlError, parse
from callbox.openapi.described_base import DescribedBase
from callbox.openapi.discovery import Discovery, discover, is_near, service_links
from callbox.openapi.fetch import MAX_BYTES, make_fetch
from callbox.openapi.model import Api
from callbox.openapi.reader import compile_text
from callbox.shell.context import Context
from callbox.shell.known_apis import KnownApi
from callbox.shell.outputs import Status, say


def make_known_api(data: bytes, source: str, base: str) -> KnownApi:
    """A description made ready for a base URL.

    Args:
        data: the text of the description.
        source: its file or URL.
        base: the base URL of the API.

    Raises:
        UsageError: the text is no description that can be read, with its place.
    """
    api = Api(compile_text(_decode(data, source), source))
    location = source if "://" in source else ""
    return KnownApi(base, source, DescribedBase(api, base, location))


def _decode(data: bytes, source: str) -> str:
    if len(data) > MAX_BYTES:
        raise UsageError(f"{source} has more than {MAX_BYTES // 1_000_000} MB: it is too large for a description")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = Place(source, data.count(b"\n", 0, error.start) + 1, 1)
        raise UsageError("This is no description of an API: it is not UTF-8", place=place) from None


def outline(api: Api) -> str:
    """A description in a few words: `Books 1.0, 41 operations`."""
    operations = "1 operation" if api.operation_count == 1 else f"{api.operation_count:,} operations"
    problems = f", {api.problem_count:,} mistakes in it" if api.problem_count else ""
    return f"{' '.join(filter(None, (api.title, api.version)))}, {operations}{problems}"


class ApiSearch:
    """Searches the descriptions of the bases of one shell, one after another, each once."""

    def __init__(self, on_end: Callable[[], None] = lambda: None) -> None:
        """`on_end` is called from the thread of a search when its outcome can be taken."""
        self._on_end = on_end
        self._searched: set[str] = set()
        self._lock = threading.Lock()
        self._outcomes: list[tuple[str, Discovery, KnownApi | str]] = []

    def follow(self, context: Context) -> None:
        """Begin a search if the base is one that was not searched yet. Returns at once."""
        base, choice = context.session.base_url, context.session.option("discover")
        if not base or choice == "no" or base in self._searched or context.apis.at(base) is not None:
            return
        try:
            url = parse(base)
        except UrlError:
            return
        self._searched.add(base)
        links = [
            link
            for _, record in context.history.items()
            if record.is_answered and record.outgoing.url.origin == url.origin
            for link in service_links(record.outgoing.url.text, record.response.headers)
        ]
        is_thorough = choice == "all" or is_near(url.host)
        threading.Thread(
            target=self._search, args=(base, context.session, is_thorough, links), daemon=True, name="discover"
        ).start()

    def _search(self, base: str, session: LiveSession, is_thorough: bool, links: list[str]) -> None:
        place = parse(base)._replace(query=None, fragment="").text
        try:
            found = discover(place, make_fetch(session), is_thorough=is_thorough, links=links)
            outcome: KnownApi | str = ""
            if found.url:
                outcome = make_known_api(found.body, found.url, base)
        except CallboxError as error:
            outcome = f"The description at {found.url} cannot be read: {error.message}"
        except Exception:  # nobody waits for a search: a fault of ours costs the description and nothing else
            return
        with self._lock:
            self._outcomes.append((base, found, outcome))
        self._on_end()

    def take(self, context: Context) -> list[Status]:
        """Store what the searches have found since the last call; returns a line for each outcome that matters."""
        with self._lock:
            outcomes, self._outcomes = self._outcomes, []
        lines = []
        for base, found, outcome in outcomes:
            context.apis.attempts[base] = found.attempts
            if isinstance(outcome, KnownApi):
                context.apis.add(outcome)
                text = f"found the description of the API, {outline(outcome.described.api)}: Tab completes it"
                lines.append(say(text, "hint"))
            elif outcome:
                lines.append(say(outcome, "note"))
            elif found.by_hand:
                lines.append(
                    say(f"a description of the API {found.by_hand_reason}: import openapi {found.by_hand}", "hint")
                )
        return lines
