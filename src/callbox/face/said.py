"""From arguments by Requests' names (headers, params, cookies, URLs) to what a draft says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from callbox.exchange.headers import HeaderError
from callbox.exchange.request import UNSET, Draft
from callbox.exchange.secret import Secret
from callbox.face.cookie import value_of
from callbox.face.cookies import CookieJar, merge_cookies
from callbox.face.sending import form_pairs, text_of
from callbox.face.timeouts import timeout_options, verify_options


def draft_of(
    method: Any, url: Any, headers: Any, params: Any, options: Mapping[str, object], source: str = "item"
) -> Draft:
    """The draft that arguments by Requests' names mean, but for its body, its cookies and its credential."""
    query: tuple[tuple[str, str | None], ...] = ()
    address = text_of(url).lstrip() if url is not None else ""
    if isinstance(params, (str, bytes)):
        address = add_text(address, text_of(params))
    elif params:
        query = tuple(query_pairs(params))
    said = tuple(header_pairs(headers)) if headers else ()
    return Draft(text_of(method or "GET").upper(), address, said, query, (), UNSET, None, options, source)


def add_text(url: str, query: str) -> str:
    """A URL with this text added to its query as it stands, before the fragment."""
    if not query:
        return url
    address, mark, fragment = url.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{query}{mark}{fragment}"


def header_pairs(headers: Any) -> Iterator[tuple[str, str | Secret | None]]:
    """Names and values of a request's headers; a list of values makes several lines.

    Raises `HeaderError` for values that are neither text nor bytes, or that begin with a blank.
    """
    for name, value in headers.items() if hasattr(headers, "items") else headers:
        for item in value if isinstance(value, (list, tuple)) else (value,):
            text = item.decode("latin-1") if isinstance(item, bytes) else item
            if text is not None and not isinstance(text, (str, Secret)):
                raise HeaderError(f"The value of header '{text_of(name)}' is no text: {item!r}")
            if isinstance(text, str) and text[:1].isspace():
                raise HeaderError(f"The value of header '{text_of(name)}' begins with a blank")
            yield text_of(name), text


def query_pairs(params: Any) -> Iterator[tuple[str, str | None]]:
    """Names and values of a request's parameters; None, and an empty list, leave the session's out."""
    for name, value in params.items() if hasattr(params, "items") else params:
        values = list(form_pairs([(name, value)]))
        if not values:
            yield text_of(name), None
        yield from values


def with_cookies(draft: Draft, cookies: Any) -> Draft:
    """The draft with these cookies of its own: names and values for the host that it asks, or a jar of any kind."""
    if not isinstance(cookies, Mapping) or isinstance(cookies, CookieJar):
        return draft._replace(
            jar=(cookies if isinstance(cookies, CookieJar) else merge_cookies(CookieJar(), cookies)).jar
        )
    return draft._replace(cookies=tuple((n, None if v is None else value_of(v)) for n, v in cookies.items()))


def options_of(
    timeout: Any, allow_redirects: bool, proxies: Mapping[str, str | None] | None, verify: Any, cert: Any
) -> dict[str, object]:
    """The options that these arguments of `Session.request` are; of what was left out, none."""
    options: dict[str, object] = {} if allow_redirects else {"follow": False}
    if timeout is not UNSET:
        # What is said for one request takes the place of the session's as a whole.
        options.update({"total-timeout": None, **timeout_options(timeout)})
    if verify is not None:
        options.update(verify_options(verify))
    if cert is not None:
        options["cert"] = cert
    if proxies:
        options["proxies"] = dict(proxies)
    return options
