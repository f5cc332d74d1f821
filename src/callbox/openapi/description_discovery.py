"""Find the description of an API at the addresses where servers publish descriptions, and fetch it.

If several addresses have a description, their order decides. The search calls a function that fetches a page.
`make_fetch` makes this function. It uses only the proxy and TLS options of the session: no header, credential, cookie,
parameter or client certificate of the session is sent, and the history records nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from callbox.engine.client import LiveSession, ResponseBuffer
from callbox.errors import CallboxError, Fault, UsageError
from callbox.exchange.exchange_record_and_events import Chunk, Head
from callbox.exchange.headers import Headers, parse_links
from callbox.exchange.redaction.displayed_fields_and_values import redact_shown_url
from callbox.exchange.redaction.escaped_text import unescape_markup
from callbox.exchange.request import Draft
from callbox.exchange.response import ResponseHead
from callbox.exchange.url import follow, parse
from callbox.openapi.description_cache import open_file, open_text
from callbox.openapi.operations_parameters_and_security import Api
from callbox.system import clock

if TYPE_CHECKING:
    from callbox.wire import Cancel


AT_ONCE = 4
"""The most addresses that are requested at the same time."""
MAX_REDIRECTS = 3
MAX_LINKS = 8
"""The most links of one page or catalog that are followed."""
_SNIFF_BYTES = 4096
MAX_DECODED = 1_000_000
"""The most bytes of a body that are decoded in the shell's process, because small values take much memory."""

_FIRST_NAME = "openapi.json"
_NAMES = (
    "swagger.json",
    "openapi/v1.json",
    "swagger/v1/swagger.json",
    "v3/api-docs",
    "api/schema/",
    "schema/",
    "api/openapi.json",
    "api/v1/openapi.json",
    "api-json",
    "documentation/json",
    "q/openapi",
    "openapi",
    "swagger/doc.json",
    "docs.jsonopenapi",
    "api-docs.json",
    "swagger/json",
    "openapi.yaml",
)
"""The paths at which FastAPI, ASP.NET, springdoc, drf-spectacular, Nest, Fastify, Quarkus and others publish a
description.
"""
_PAGES = ("api-docs/", "docs/", "swagger/")
"""The pages of Swagger UI, Redoc and Scalar. Each names the description that it shows."""
_LOGIN_REASONS = {401: "asks for a login", 403: "is forbidden without a login"}
_NO_NAME = "openapi-callbox-none.json"
"""A name that exists on no server. The response for it shows whether the server wants a login for every name."""
_CATALOG = ".well-known/api-catalog"  # RFC 9727


class Page(NamedTuple):
    """A response: its URL, status, headers and decoded body."""

    url: str
    status: int
    headers: Headers
    body: bytes


Fetch = Callable[[str], Page | str]
"""Fetches a URL without credentials and without following redirects.

Returns the page, or the reason why there is no response.
"""


class Attempt(NamedTuple):
    """An address that was tried, and the result."""

    url: str
    outcome: str


class Discovery(NamedTuple):
    """The result of a search: the description with its URL, or the reason why none was found."""

    url: str
    """The URL of the description; empty if none was found."""
    body: bytes
    attempts: tuple[Attempt, ...]
    by_hand: str = ""
    """A URL that only the user may fetch, because it needs a login or is on another origin."""
    by_hand_reason: str = ""
    headers: Headers = Headers(())
    """The headers of the response with the description."""


def is_description(body: bytes) -> bool:
    """Whether a body looks like an OpenAPI or Swagger document, in JSON or YAML.

    >>> is_description(b'{"openapi": "3.1.0"}'), is_description(b"swagger: '2.0'"), is_description(b'{"a": "openapi"}')
    (True, True, False)
    """
    start = _decode(body[:_SNIFF_BYTES]).lstrip("\ufeff \t\r\n")
    if start.startswith("{"):
        return _JSON_VERSION.search(start) is not None or _has_version(body)
    return _YAML_VERSION.search(start) is not None


_JSON_VERSION = re.compile(r"\A\{\s*+\"(?:openapi|swagger)\"\s*+:\s*+\"")
_YAML_VERSION = re.compile(r"^(?:openapi|swagger|\"openapi\"|\"swagger\")\s{0,8}:\s{0,8}[\"']?[23]\.", re.MULTILINE)
_ANY_VERSION = re.compile(rb'"(?:openapi|swagger)"\s{0,8}:\s{0,8}"[23]\.')


def _has_version(body: bytes) -> bool:
    """Whether a JSON object has the key of an OpenAPI version among its members."""
    if _ANY_VERSION.search(body) is None:
        return False
    if len(body) > MAX_DECODED:
        return True  # a separate process reads the body and decides
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and any(isinstance(document.get(key), str) for key in ("openapi", "swagger"))


def _decode(body: bytes) -> str:
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return body.decode("utf-16", "replace")
    return body.decode("utf-8", "replace")


def discover(base: str, fetch: Fetch, *, is_thorough: bool, links: Iterable[str] = ()) -> Discovery:
    """Look for the description of the API at `base`.

    Args:
        base: the base URL, absolute, without query.
        fetch: how a URL is fetched.
        is_thorough: whether all usual addresses are tried, or only the few that do not look like an attack. links:
        `service-desc` links of responses that the user has seen, as absolute URLs.

    Returns:
        The first description in the order of the addresses, and every address that was tried.
    """
    return _Search(base, fetch).run(is_thorough, tuple(links))


def usual_addresses(base: str) -> list[str]:
    """The URLs at which frameworks publish the description of the API at a base: first URLs below the base, then URLs
    below the root of the host.
    """
    return [root + name for root in _roots(base) for name in (_FIRST_NAME, *_NAMES)]


def _roots(base: str) -> list[str]:
    return list(dict.fromkeys([base if base.endswith("/") else f"{base}/", f"{parse(base).origin}/"]))


class _Search:
    """A search: the attempts so far, and the URLs that only the user may fetch."""

    def __init__(self, base: str, fetch: Fetch) -> None:
        self._base = base if base.endswith("/") else f"{base}/"
        self._origin = parse(base).origin
        self._fetch = fetch
        self._attempts: dict[str, str] = {}
        self._silent: set[str] = set()
        """The URLs that did not respond."""
        self._by_hand: dict[str, str] = {}
        """The URLs that only the user may fetch, each with the reason."""
        self._embedded: Page | None = None
        """The description inside a script of Swagger UI, with the URL of the script."""

    def run(self, is_thorough: bool, links: tuple[str, ...]) -> Discovery:
        for stage in self._stages(is_thorough, links):
            found = self._first(stage)
            if found is not None:
                return self._result(found)
        return self._result(Page(url="", status=0, headers=Headers(()), body=b""))

    def _result(self, page: Page) -> Discovery:
        by_hand = ("", "") if page.url else self._left_to_user()
        attempts = tuple(Attempt(*item) for item in dict(self._attempts).items())  # a request may still be running
        return Discovery(page.url, page.body, attempts, *by_hand, headers=page.headers)

    def _stages(self, is_thorough: bool, links: tuple[str, ...]) -> Iterator[Iterable[str]]:
        """The addresses of each step. A step begins only if the step before has found nothing."""
        yield self._allowed(links)
        base = self._base.rstrip("/") if self._base.count("/") > 3 else self._base
        front = self._get(base)
        if base in self._silent:
            return
        if front is not None:
            if is_description(front.body):
                yield [front.url]
            yield self._allowed(_service_links(front))
        roots = _roots(self._base)
        yield usual_addresses(self._base) if is_thorough else [root + _FIRST_NAME for root in roots]
        catalog = self._get(f"{self._origin}/{_CATALOG}")
        if catalog is not None:
            yield self._allowed(_catalog_links(catalog))
        if is_thorough:
            yield from self._stages_of_pages(roots)

    def _stages_of_pages(self, roots: list[str]) -> Iterator[Iterable[str]]:
        for root in roots:
            for name in _PAGES:
                page = self._get(root + name)
                if page is None:
                    continue
                yield self._allowed(_page_links(page))
                script = self._get(follow_text(page.url, "swagger-ui-init.js")) if b"swagger-ui" in page.body else None
                if script is not None and (document := _document_in_script(script.body)):
                    self._embedded = script._replace(body=document)
                    yield [script.url]

    def _allowed(self, urls: Iterable[str]) -> list[str]:
        """The URLs on the origin of the base.

        The first URL on another origin is recorded as a URL that only the user may fetch.
        """
        here = []
        for url in islice(dict.fromkeys(urls), MAX_LINKS):
            if self._is_here(url):
                here.append(url)
            else:
                self._leave(url, "is on another origin")
        return here

    def _is_here(self, url: str) -> bool:
        try:
            return parse(url).origin == self._origin
        except CallboxError:
            return False

    def _leave(self, url: str, reason: str) -> None:
        self._attempts.setdefault(url, reason)
        self._by_hand.setdefault(url, reason)

    def _left_to_user(self) -> tuple[str, str]:
        """The first URL that only the user may fetch, with the reason.

        Some servers want a login for every URL. So a URL that wants a login counts only if a URL in the same folder
        that cannot exist does not want a login.
        """
        is_closed: dict[str, bool] = {}
        for url, reason in dict(self._by_hand).items():
            folder = f"{url.rpartition('/')[0]}/"
            if reason in _LOGIN_REASONS.values() and folder not in is_closed:
                is_closed[folder] = self._wants_login(folder + _NO_NAME)
            if not is_closed.get(folder) or reason not in _LOGIN_REASONS.values():
                return url, reason
        return "", ""

    def _wants_login(self, url: str) -> bool:
        page = self._fetch(url)
        self._attempts[url] = page if isinstance(page, str) else f"{page.status}"
        return not isinstance(page, str) and page.status in _LOGIN_REASONS

    def _first(self, urls: Iterable[str]) -> Page | None:
        """The first of these URLs, in their order, that has a description. Some URLs are requested at the same time."""
        waiting = list(urls)
        if self._embedded is not None and waiting == [self._embedded.url]:
            return self._embedded
        pool = ThreadPoolExecutor(AT_ONCE)
        try:
            pages: list[Future[Page | None]] = [pool.submit(self._get, url) for url in waiting]
            for url, future in zip(waiting, pages, strict=True):
                page = future.result()
                if page is not None and is_description(page.body):
                    self._attempts[url] = "a description"
                    return page
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        return None

    def _get(self, url: str) -> Page | None:
        """The page at a URL, after redirects within the origin.

        Any other response is recorded, and the result is None.
        """
        target = url
        for _ in range(MAX_REDIRECTS + 1):
            page = self._fetch(target)
            if isinstance(page, str):
                self._attempts[url] = page
                self._silent.add(url)
                return None
            location = page.headers.get("location", "")
            if not (300 <= page.status < 400 and location):
                break
            target = follow_text(target, location)
            if not target or not self._is_here(target):
                self._attempts[url] = f"{page.status}, to another origin"
                if target:
                    self._leave(target, "is on another origin")
                return None
        else:
            self._attempts[url] = "too many redirects"
            return None
        self._attempts[url] = f"{page.status}"
        if page.status in _LOGIN_REASONS and url.rstrip("/") != self._base.rstrip("/"):
            self._leave(url, _LOGIN_REASONS[page.status])
        return page if page.status == 200 else None


def follow_text(url: str, reference: str) -> str:
    """A reference resolved against a URL, without the fragment; empty if this is impossible."""
    try:
        return follow(parse(url), reference)._replace(fragment="").text
    except CallboxError:
        return ""


def _service_links(page: Page) -> Iterator[str]:
    """The `service-desc` links of a response (RFC 8631)."""
    for value in page.headers.getlist("link"):
        for link in parse_links(value):
            if "service-desc" in link.get("rel", "").lower().split() and (url := follow_text(page.url, link["url"])):
                yield url


def service_links(url: str, headers: Headers) -> list[str]:
    """The `service-desc` links (RFC 8631) of a response that the user received, as absolute URLs."""
    return list(_service_links(Page(url=url, status=200, headers=headers, body=b"")))


def _catalog_links(page: Page) -> Iterator[str]:
    """The `service-desc` links of an API catalog (RFC 9727), which is a JSON linkset (RFC 9264)."""
    try:
        document = json.loads(page.body) if len(page.body) <= MAX_DECODED else None
    except (ValueError, RecursionError):
        return
    contexts = document.get("linkset") if isinstance(document, dict) else None
    for context in contexts if isinstance(contexts, list) else ():
        targets = context.get("service-desc") if isinstance(context, dict) else None
        for target in targets if isinstance(targets, list) else ():
            href = target.get("href") if isinstance(target, dict) else None
            if isinstance(href, str) and (url := follow_text(page.url, href)):
                yield url


_PAGE_URL = re.compile(r"""\b(?:url|specUrl|spec-url|data-url)["']?\s{0,8}[:=]\s{0,8}["']([^"'<>\s]{1,2000})["']""")
_MAX_PAGE = 400_000


def _page_links(page: Page) -> Iterator[str]:
    """The URLs of the description that a page of Swagger UI, Redoc or Scalar names."""
    for match in _PAGE_URL.finditer(_decode(page.body[:_MAX_PAGE])):
        if url := follow_text(page.url, unescape_markup(match[1])):
            yield url


def _document_in_script(body: bytes) -> bytes:
    """The description inside `swagger-ui-init.js`, as swagger-ui-express writes it; empty if there is none."""
    text = _decode(body[:MAX_DECODED])
    at = text.find('"swaggerDoc":')
    if at < 0:
        return b""
    start = text.find("{", at)
    try:
        document, _end = json.JSONDecoder().raw_decode(text, start) if start >= 0 else (None, 0)
    except (ValueError, RecursionError):
        return b""
    return json.dumps(document).encode() if isinstance(document, dict) else b""


SEARCH_S = 3.0
"""The most seconds that a search may take until it finds a description."""
DOWNLOAD_S = 30.0
"""The most seconds that one response may take."""
CONNECT_S = 1.0
_WITHOUT_CREDENTIALS = "callbox sends no credentials for this; to send credentials: callbox get URL > openapi.json"
"""The hint of commands that have no session and therefore fetch a URL without credentials."""
MAX_BYTES = 64_000_000
"""The largest description that is read, in decoded bytes."""
MAX_PAGE_BYTES = 2_000_000
"""The largest page that is searched for a link, in decoded bytes."""

_NO_HEADERS = Headers(())
NO_RESPONSE = "no response: "
"""The beginning of the outcome of an attempt if the address did not respond."""
ACCEPT = "application/json, */*;q=0.5"  # Django REST framework ignores q, and would send YAML if the header named YAML
_ROUTE_OPTIONS = ("verify", "ca", "proxy", "no-proxy", "resolve")
"""The options of the session that say how to reach a host."""
_DESCRIPTION_TYPES = ("json", "yaml", "openapi", "text/plain", "octet-stream")


@contextmanager
def make_fetch(
    session: LiveSession, cancel: Cancel | None = None, conditions: Sequence[tuple[str, str]] = ()
) -> Iterator[Fetch]:
    """A function that fetches pages for one search, whose time begins now. `conditions` are headers of each request.

    The session is only read: its options for reaching a host, its proxies and its trust in the environment. At the end
    of the block the connections are closed. Otherwise a server that serves one connection at a time could not respond
    to the user.
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
            options: dict[str, object] = {name: session.option(name, origin) for name in _ROUTE_OPTIONS}
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

    try:
        yield fetch
    finally:
        own.close()


def load_from(fetch: Fetch) -> Callable[[str], bytes]:
    """A function that returns the body of a document that a description refers to, or raises `UsageError`."""

    def load(url: str) -> bytes:
        page = fetch(url)
        if isinstance(page, str) or page.status != 200:
            raise UsageError(page if isinstance(page, str) else f"the server responded with {page.status}")
        return page.body

    return load


def open_location(
    where: str, session: LiveSession, hint: str = "callbox sends no credentials to this URL", *, is_kept: bool = True
) -> Api:
    """The description in a file or at a URL. No header, cookie or credential of the session is sent to the URL.

    With `is_kept`, the description in a file is cached for the next time.

    Raises `UsageError` if no description can be read; `hint` is the hint of the error for a URL without a description.
    """
    if "://" not in where:
        return open_file(where, is_kept=is_kept)
    with make_fetch(session) as fetch:
        page = fetch(parse(where).text)
        if isinstance(page, str) or page.status != 200:
            reason = page if isinstance(page, str) else f"the server responded with {page.status}"
            raise UsageError(f"No description at {redact_shown_url(where)}: {reason}", hint=hint)
        return open_text(page.body, page.url, load_from(fetch), is_kept=False)


def open_without_credentials(where: str) -> Api:
    """The description in a file or at a URL, which a new session requests. Raises `UsageError` as `open_location`."""
    with LiveSession() as session:
        return open_location(where, session, _WITHOUT_CREDENTIALS)


def _read(session: LiveSession, draft: Draft, cancel: Cancel | None, ends: float) -> Page | str:
    """Read the page. If the page is not a description, and is too slow or too large, returns the reason as text."""
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
