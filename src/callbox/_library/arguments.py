"""Convert arguments of `Session.request` (headers, params, cookies, timeouts, TLS) to a `Draft` and to session
options.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from callbox._library.prepared_request_parts import distinct_headers, form_pairs, text_of
from callbox.cookies import CookieJar, cookie_value, is_jar, merge_cookies
from callbox.exchange.headers import HeaderError, header_texts
from callbox.exchange.request import UNSET, Draft, Source
from callbox.exchange.request_merge_with_session import items_of
from callbox.exchange.secret import Secret


class Timeouts(NamedTuple):
    """Timeouts in seconds; None for no limit."""

    connect: float | None
    read: float | None
    total: float | None = None


def parse_timeout(value: Any) -> Timeouts:
    """Parse a timeout: a number for both, (connect, read), (connect, read, total), a urllib3 Timeout, or None for no
    limit.

    Raises `ValueError` for any other type, or for a time that is not greater than 0.

    >>> parse_timeout((3.05, 27))
    Timeouts(connect=3.05, read=27, total=None)
    """
    if hasattr(value, "_connect"):
        total = _seconds_or_none(value.total)
        found = Timeouts(_seconds_or_none(value._connect) or total, _seconds_or_none(value._read) or total, total)
    elif isinstance(value, (tuple, list)):
        if len(value) not in (2, 3):
            raise ValueError(f"Invalid timeout {value!r}: give (connect, silence), a number, or None")
        found = Timeouts(*value)
    else:
        found = Timeouts(value, value)
    for seconds in found:
        if seconds is None:
            continue
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
            raise ValueError(f"Invalid timeout {value!r}: it must be an int, float or None, in seconds")
        if seconds <= 0:
            raise ValueError(f"Invalid timeout {value!r}: it must be more than 0 seconds")
    return found


def remaining_timeout(value: Any, passed: float) -> Any:
    """The timeout for a later request of a chain. `passed` are the seconds since its start, which reduce the total. A
    timeout without a total stays the same.

    >>> remaining_timeout((3.05, 27, 10), 4.0), remaining_timeout(5, 4.0)
    (Timeouts(connect=3.05, read=27, total=6.0), 5)
    """
    if not hasattr(value, "_connect") and not (isinstance(value, (tuple, list)) and len(value) == 3):
        return value  # The adapter checks the value, which may have a type of the program's own.
    times = parse_timeout(value)
    if times.total is None:
        return value
    total = max(times.total - passed, 0.001)
    if hasattr(value, "_connect"):
        return type(value)(total=total, connect=value._connect, read=value._read)
    return times._replace(total=total)


def _seconds_or_none(value: Any) -> float | None:
    # urllib3 uses an object, which is no number, for a timeout that was not given.
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0 else None


def timeout_options(value: Any) -> dict[str, object]:
    """Convert a timeout to options of the session. `total-timeout` is set only if a total is given."""
    times = parse_timeout(value)
    options: dict[str, object] = {"connect-timeout": times.connect, "timeout": times.read}
    return {**options, "total-timeout": times.total} if times.total is not None else options


def verify_options(value: Any) -> dict[str, object]:
    """Convert `verify=` to options of the session. None and an empty path mean True, because a forgotten value must not
    disable verification.

    >>> [verify_options(v) for v in (None, 0, "/ca.pem")]
    [{'verify': True, 'ca': ''}, {'verify': False, 'ca': ''}, {'verify': True, 'ca': '/ca.pem'}]
    """
    if value is None or isinstance(value, int):
        return {"verify": value is None or bool(value), "ca": ""}
    return {"verify": True, "ca": str(value)}


def build_draft(
    method: Any, url: Any, headers: Any, params: Any, options: Mapping[str, object], source: Source = "item"
) -> Draft:
    """Make a draft of these arguments, without body, cookies and credential."""
    query: tuple[tuple[str, str | None], ...] = ()
    address = text_of(url).lstrip() if url is not None else ""
    if isinstance(params, (str, bytes)):
        address = append_query(address, text_of(params))
    elif params:
        query = tuple(query_pairs(params))
    header_fields = tuple(header_pairs(headers)) if headers else ()
    return Draft(text_of(method or "GET").upper(), address, header_fields, query, (), UNSET, None, options, source)


def append_query(url: str, query: str) -> str:
    """Add a text to the query of a URL, before its fragment."""
    if not query:
        return url
    address, mark, fragment = url.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{query}{mark}{fragment}"


def header_pairs(headers: Any) -> Iterator[tuple[str, str | Secret | None]]:
    """Convert the headers of a request to (name, value) pairs. A list of values gives several pairs. If a mapping has
    two spellings of a name, the last value counts, because they are the same name (RFC 9110 section 5.1). Raises
    `HeaderError` for a value that is neither text nor bytes, has a line break or NUL, or begins with a blank, which the
    recipient would not see (RFC 9110 section 5.5).
    """
    for given, value in distinct_headers(headers) if hasattr(headers, "items") else headers:
        name = text_of(given)
        for item in value if isinstance(value, (list, tuple)) else (value,):
            if item is None:
                yield name, None
                continue
            for text in header_texts(name, item):
                _refuse_leading_blank(name, text)
                yield name, text


def check_session_headers(headers: Any, draft: Draft) -> None:
    """Raise `HeaderError` if the value of a session header begins with a blank. A header that the request replaces is
    not checked.
    """
    for name, value in items_of(headers):
        # This loop runs for each request. Most values are plain text.
        if (value[:1].isspace() if type(value) is str else value is not None) and not _has_own(draft, name):
            for text in header_texts(name, value):
                _refuse_leading_blank(name, text)


def _has_own(draft: Draft, name: str) -> bool:
    return any(own.lower() == name.lower() for own, _ in draft.headers)


def _refuse_leading_blank(name: str, text: str | Secret) -> None:
    if isinstance(text, str) and text[:1].isspace():
        raise HeaderError(f"The value of header '{name}' begins with a blank")


def query_pairs(params: Any) -> Iterator[tuple[str, str | None]]:
    """Convert the parameters of a request to (name, value) pairs. A value None or an empty list removes the session's
    parameter.
    """
    for name, value in params.items() if hasattr(params, "items") else params:
        values = list(form_pairs([(name, value)]))
        if not values:
            yield text_of(name), None
        yield from values


def with_cookies(draft: Draft, cookies: Any) -> Draft:
    """Add cookies to a draft: names and values for the requested host, or a jar of any kind."""
    if not isinstance(cookies, Mapping) or is_jar(cookies):
        return draft._replace(
            jar=(cookies if isinstance(cookies, CookieJar) else merge_cookies(CookieJar(), cookies))._callbox
        )
    return draft._replace(cookies=tuple((n, None if v is None else cookie_value(v)) for n, v in cookies.items()))


def request_options(
    timeout: Any, allow_redirects: bool, proxies: Mapping[str, str | None] | None, verify: Any, cert: Any
) -> dict[str, object]:
    """Convert these arguments of `Session.request` to options of the session. A missing argument sets no option."""
    options: dict[str, object] = {} if allow_redirects else {"follow": False}
    if timeout is not UNSET:
        # A timeout of the request replaces all timeouts of the session.
        options.update({"total-timeout": None, **timeout_options(timeout)})
    if verify is not None:
        options.update(verify_options(verify))
    if cert is not None:
        options["cert"] = cert
    if proxies:
        options["proxies"] = dict(proxies)
    return options
