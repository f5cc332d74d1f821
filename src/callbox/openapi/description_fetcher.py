"""Fetch pages in the search for a description. The session's proxy and TLS options are used, and none of its other
entries.

No header, credential, cookie, parameter or client certificate of the session is sent, and the history records nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from callbox.engine.client import LiveSession, ResponseBuffer
from callbox.errors import CallboxError, Fault, UsageError
from callbox.exchange.events import Chunk, Head
from callbox.exchange.headers import Headers
from callbox.exchange.redaction.values import redact_shown_url
from callbox.exchange.request import Draft
from callbox.exchange.response import ResponseHead
from callbox.exchange.url import parse
from callbox.openapi.description_cache import open_file, open_text
from callbox.openapi.description_discovery import Fetch, Page
from callbox.openapi.description_model import Api
from callbox.system import clock

if TYPE_CHECKING:
    from callbox.wire import Cancel

SEARCH_S = 3.0
"""The most seconds that a search may take until it finds a description."""
DOWNLOAD_S = 30.0
"""The most seconds that one response may take."""
CONNECT_S = 1.0
WITHOUT_CREDENTIALS = "it is asked without credentials; with them: callbox get URL > openapi.json"
"""The hint of commands that have no session: such a URL is fetched without credentials."""
MAX_BYTES = 64_000_000
"""The largest description that is read, in decoded bytes."""
MAX_PAGE_BYTES = 2_000_000
"""The largest page that is searched for a link, in decoded bytes."""

_NO_HEADERS = Headers(())
NO_RESPONSE = "no response: "
"""The start of an attempt's outcome if the address did not respond."""
ACCEPT = "application/json, */*;q=0.5"  # Django REST framework ignores q, and would send YAML if the header named YAML
_WAY = ("verify", "ca", "proxy", "no-proxy", "resolve")
"""The options of the session that say how to reach a host."""
_DESCRIPTION_TYPES = ("json", "yaml", "openapi", "text/plain", "octet-stream")


def make_fetch(session: LiveSession, cancel: Cancel | None = None, conditions: Sequence[tuple[str, str]] = ()) -> Fetch:
    """A function that fetches pages for one search, whose time begins now. `conditions` are headers of each request.

    The session is only read: its options for reaching a host, its proxies and its trust in the environment.
    """
    own = LiveSession()
    own.trust_env, own.proxies = session.trust_env, dict(session.proxies)
    ends = clock.monotonic() + SEARCH_S

    def fetch(url: str) -> Page | str:
        left = ends - clock.monotonic()
        if left <= 0:
            return "not tried: the search took too long"
        try:
            origin = parse(url).origin
            options: dict[str, object] = {name: session.option(name, origin) for name in _WAY}
            options |= {
                "connect-timeout": min(CONNECT_S, left),
                "timeout": left,
                "total-timeout": DOWNLOAD_S,
                "max-body": MAX_BYTES,
                "follow": False,
                "netrc": False,
                "cert": "",
                "no-cookie-jar": True,
            }
            draft = Draft("GET", url, (("Accept", ACCEPT), *conditions), options=options)
            return _read(own, draft, cancel, ends)
        except Fault as fault:
            return NO_RESPONSE + fault.message.partition("\n")[0]
        except CallboxError as error:
            return error.message

    return fetch


def load_from(fetch: Fetch) -> Callable[[str], bytes]:
    """A function that returns the body of a document that a description refers to, or raises `UsageError`."""

    def load(url: str) -> bytes:
        page = fetch(url)
        if isinstance(page, str) or page.status != 200:
            raise UsageError(page if isinstance(page, str) else f"it gave {page.status}")
        return page.body

    return load


def open_location(
    where: str, session: LiveSession, hint: str = "nothing of the session is sent for it", *, is_kept: bool = True
) -> Api:
    """The description in a file or at a URL. No header, cookie or credential of the session is sent to the URL.

    With `is_kept`, the description in a file is cached for the next time.

    Raises `UsageError` if no description can be read; `hint` is for a URL without one.
    """
    if "://" not in where:
        return open_file(where, is_kept=is_kept)
    fetch = make_fetch(session)
    page = fetch(parse(where).text)
    if isinstance(page, str) or page.status != 200:
        reason = page if isinstance(page, str) else f"it gave {page.status}"
        raise UsageError(f"No description at {redact_shown_url(where)}: {reason}", hint=hint)
    return open_text(page.body, page.url, load_from(fetch), is_kept=False)


def _read(session: LiveSession, draft: Draft, cancel: Cancel | None, ends: float) -> Page | str:
    """Read the page. Returns a text with the reason if it is not a description and is too slow or too large."""
    head, body, size, is_promising = ResponseHead(0, "", _NO_HEADERS), ResponseBuffer(), 0, False
    events = session.stream(draft, cancel)
    try:
        for event in events:
            if isinstance(event, Head):
                head = event.response
                media_type = head.headers.get("content-type", "").lower()
                is_promising = head.status == 200 and any(word in media_type for word in _DESCRIPTION_TYPES)
            elif isinstance(event, Chunk):
                size += len(event.data)
                body.add(event.data)
                if not is_promising and (size > MAX_PAGE_BYTES or clock.monotonic() > ends):
                    return f"{head.status}, too large or too slow for a page"
    finally:
        events.close()  # type: ignore[attr-defined]
    return Page(url=draft.url, status=head.status, headers=head.headers, body=body.whole())
