"""Convert between the header mappings that programs edit and the fields of an `Outgoing`, which have a source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from callbox.exchange.headers import CaseInsensitiveDict

if TYPE_CHECKING:
    from callbox.exchange.headers import Headers

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urljoin

from callbox._library.request_body import text_of
from callbox.exchange.headers import HeaderError, header_texts
from callbox.exchange.request import Field, Outgoing
from callbox.exchange.request_content import Content
from callbox.exchange.secret import reveal
from callbox.exchange.url import Url, UrlError, parse

PLACEHOLDER_URL = Url("http", "local.invalid", 80, "/")
"""The placeholder for a URL that only a mounted adapter can send to."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*+:")
_NAME = re.compile(r"[^:\s][^:\r\n\0]*")
_PLACE = re.compile(r"[^:/?#]*+:(?://(?:[^/?#@]*+@)?(?P<host>[^/?#:@]*+)(?::[0-9]*+)?)?+(?P<path>[^?#]*+)")


def needs_mounted_adapter(address: str) -> bool:
    """Whether only a mounted adapter can send to this URL: it has a scheme other than http and https.

    >>> [needs_mounted_adapter(a) for a in ("http://a", "mock://a", "http+unix://a", "localhost:80/x", "/path")]
    [False, True, True, True, False]
    """
    scheme, colon, _ = address.partition(":")
    return bool(colon) and scheme.lower() not in ("http", "https") and not set(scheme) & set("/?#")


def placeholder_for(address: str) -> Url:
    """The placeholder for a URL that only a mounted adapter can send to, with its host and path.

    So cookies return to the host that set them, and to no other. If the URL names no host but, for example, the path of
    a socket, a host name is made from that.

    >>> placeholder_for("mock://Api.test:1/a?b").text, placeholder_for("http+unix://%2Frun%2Fx/info").text
    ('http://api.test/a', 'http://x725ab17dbe836a9f2b217121437ee3a9.local.invalid/info')
    """
    found = _PLACE.match(address)
    if found is None:
        return PLACEHOLDER_URL
    host, path = (found["host"] or "").lower(), quote(found["path"], safe="%/")
    return PLACEHOLDER_URL._replace(host=_valid_host(host), path=path if path.startswith("/") else f"/{path}")


def _valid_host(host: str) -> str:
    if not host:
        return PLACEHOLDER_URL.host
    try:
        return parse(f"http://{host}/").host
    except UrlError:
        from hashlib import sha256  # imported only for such a host

        return f"x{sha256(host.encode()).hexdigest()[:32]}.{PLACEHOLDER_URL.host}"


def redirect_within_scheme(address: str, location: str) -> str | None:
    """Where a redirect leads, where both its ends have the scheme that only a mounted adapter can speak; else None.

    >>> redirect_within_scheme("http+unix://%2Frun%2Fx/info", "/v2"), redirect_within_scheme("mock://a/", "http://b/")
    ('http+unix://%2Frun%2Fx/v2', None)
    """
    if not needs_mounted_adapter(address):
        return None
    scheme, _, rest = address.partition(":")
    if location.partition(":")[0].lower() == scheme.lower():
        return location
    if _SCHEME.match(location):
        return None
    # RFC 3986 section 5.2 is one rule for all schemes; urljoin has it for those that it knows.
    return scheme + urljoin(f"http:{rest}", location).removeprefix("http")


def scheme_and_host(address: str) -> tuple[str, str]:
    """Scheme and authority of a URL, in lower case: what credentials of such a URL are bound to."""
    scheme, _, rest = address.partition(":")
    authority = rest[2:].partition("/")[0] if rest.startswith("//") else ""
    return scheme.lower(), authority.partition("?")[0].partition("#")[0].rpartition("@")[2].lower()


def unquote_unreserved(uri: str) -> str:
    """The URL with the percent-codes of letters, digits and `-._~` decoded.

    >>> unquote_unreserved("/%7Eann%2F")
    '/~ann%2F'
    """
    return re.sub("%[0-9A-Fa-f]{2}", lambda code: _plain(code[0]), uri)


def _plain(code: str) -> str:
    letter = chr(int(code[1:], 16))
    return letter if letter.isascii() and (letter.isalnum() or letter in "-._~") else code


def quote_like_requests(address: str) -> str:
    """A URL whose scheme begins with http, quoted as Requests does it: without needless percent-codes.

    >>> quote_like_requests("HTTP+UNIX://%2Frun%2Fx.sock/%7Ea b")
    'http+unix://%2Frun%2Fx.sock/~a%20b'
    """
    scheme, colon, rest = address.partition(":")
    return quote(f"{scheme.lower()}{colon}{unquote_unreserved(rest)}", safe="!#$%&'()*+,/:;=?@[]~")


def text_with_fragment(url: Url) -> str:
    """The URL with its fragment, as Requests shows it."""
    return f"{url.text}#{url.fragment}" if url.fragment else url.text


def fields_from_mapping(headers: Mapping[Any, Any], base: Outgoing) -> list[Field]:
    """The fields for an edited mapping; unchanged ones keep their source.

    Raises `HeaderError` for a value that is not text or holds a line break.
    """
    known: dict[str, list[Field]] = {}
    for field in base.headers:
        known.setdefault(field.name.lower(), []).append(field)
    fields: list[Field] = []
    for name, value in distinct_headers(headers or {}):
        before = known.get(text_of(name).lower(), [])
        if before and ", ".join(reveal(field.value) for field in before) == value:
            fields += before
        elif value is not None:
            fields += [Field(text, one, "item") for text in (header_name(name),) for one in header_texts(text, value)]
    return fields


def distinct_headers(headers: Any) -> Iterable[tuple[Any, Any]]:
    """The items of a mapping of headers, each name once: at the position of its first spelling, with the last value."""
    if (type(headers) is dict and len(headers) == 1) or isinstance(headers, CaseInsensitiveDict):
        items: Iterable[tuple[Any, Any]] = headers.items()
        return items
    found: dict[str, tuple[Any, Any]] = {}
    for name, value in headers.items():
        found[text_of(name).lower()] = (name, value)
    return found.values()


def header_name(name: Any) -> str:
    """The name as text. Raises `HeaderError` for a name that Requests refuses; adapters may send any other."""
    text = text_of(name)
    if not _NAME.fullmatch(text):
        raise HeaderError(f"{text[:60]!r} is no header name", hint="letters, digits and dashes")
    return text


def with_framing(fields: Iterable[Field], content: Content | None) -> Iterator[Field]:
    """The fields with the framing for this content. A given Content-Length is kept if the length is not known."""
    framing: dict[str, Field] = {}
    for field in fields:
        if field.name.lower() in ("content-length", "transfer-encoding"):
            framing[field.name.lower()] = field
        else:
            yield field
    size = content.size if content is not None else None
    length = framing.get("content-length")
    if content is None:
        if length is not None and length.value == "0":
            yield length
    elif "transfer-encoding" in framing or (size is None and length is None):
        yield Field("Transfer-Encoding", "chunked", "body")
    elif size is not None:
        yield Field("Content-Length", str(size), "body")
    elif length is not None:
        yield length


class FieldDict(CaseInsensitiveDict[str]):
    """The headers of a response as a mapping. Repeated fields are folded; `getlist` returns them separately.

    >>> from callbox.exchange.headers import Headers
    >>> f = FieldDict.of(Headers([("Set-Cookie", "a=1"), ("set-cookie", "b=2")]))
    >>> f["set-cookie"], f.getlist("Set-Cookie")
    ('a=1, b=2', ['a=1', 'b=2'])
    """

    __slots__ = ("_fields",)
    _fields: Headers | None

    @classmethod
    def of(cls, fields: Headers) -> FieldDict:
        """Make the mapping from the headers of a response."""
        made = cls((name, fields[name]) for name in fields)
        made._fields = fields
        return made

    def getlist(self, key: str, default: Any = ()) -> list[str]:
        """Every value of this name, in order, not folded."""
        fields = getattr(self, "_fields", None)
        if fields is not None and fields.get(key) == self.get(key):
            return fields.getlist(key) or list(default)
        return [self[key]] if key in self else list(default)

    get_all = getheaders = getlist

    def multi_items(self) -> tuple[tuple[str, str], ...]:
        """Every field as received, in order: its name as spelled, and its value."""
        fields = getattr(self, "_fields", None)
        return fields.multi_items() if fields is not None else tuple(self.items())
