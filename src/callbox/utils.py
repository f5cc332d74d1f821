"""The functions of Requests' `utils`, for texts, header values, URLs, hosts, proxies and bodies."""

from __future__ import annotations

import os
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, unquote, urlparse, urlunparse

from callbox._library.prepared_request_parts import PLACEHOLDER_URL, measure_body, unquote_unreserved
from callbox.cookies import add_dict_to_cookiejar as add_dict_to_cookiejar
from callbox.cookies import cookiejar_from_dict as cookiejar_from_dict
from callbox.cookies import dict_from_cookiejar as dict_from_cookiejar
from callbox.engine.session_state_and_edit_log import DEFAULT_HEADERS, State
from callbox.exceptions import UnrewindableBodyError
from callbox.exchange.headers import CaseInsensitiveDict, parse_links
from callbox.exchange.media_types_and_charsets import declared_encodings, decode_pieces, named_charset
from callbox.exchange.url import UrlError, is_absolute, is_ip, parse
from callbox.models import PreparedRequest
from callbox.system.keyring_and_netrc import find_netrc
from callbox.system.proxy_environment import choose_proxy, is_bypassed, is_in_network, read_environment

__all__ = [
    "address_in_network",
    "check_header_validity",
    "default_headers",
    "default_user_agent",
    "dotted_netmask",
    "extract_zipped_paths",
    "from_key_val_list",
    "get_auth_from_url",
    "get_encoding_from_headers",
    "get_encodings_from_content",
    "get_environ_proxies",
    "get_netrc_auth",
    "get_unicode_from_response",
    "getproxies",
    "guess_filename",
    "guess_json_utf",
    "is_ipv4_address",
    "is_valid_cidr",
    "iter_slices",
    "merge_setting",
    "parse_dict_header",
    "parse_header_links",
    "parse_list_header",
    "prepend_scheme_if_needed",
    "quote",
    "requote_uri",
    "resolve_proxies",
    "rewind_body",
    "select_proxy",
    "set_environ",
    "should_bypass_proxies",
    "stream_decode_response_unicode",
    "super_len",
    "to_key_val_list",
    "to_native_string",
    "unquote",
    "unquote_header_value",
    "unquote_unreserved",
    "urldefragauth",
    "urlparse",
    "urlunparse",
]

_MARKS = ((b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"),
          (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))  # fmt: skip
_NULS = {"000x": "utf-32-be", "x000": "utf-32-le", "0x0x": "utf-16-be", "x0x0": "utf-16-le"}


def get_encodings_from_content(content: str) -> list[str]:
    """The encodings that an HTML or XML text declares.

    >>> get_encodings_from_content('<meta charset="koi8-r">')
    ['koi8-r']
    """
    return declared_encodings(content)


def get_encoding_from_headers(headers: Mapping[str, str]) -> str | None:
    """The charset of a Content-Type, or UTF-8 for JSON; None if there is no charset that can be used.

    >>> get_encoding_from_headers({"content-type": "text/html; charset=UTF-8"})
    'UTF-8'
    """
    content_type = headers.get("content-type") or ""
    return named_charset(content_type) or ("utf-8" if "application/json" in content_type else None)


def get_unicode_from_response(r: Any) -> str:
    """The text of a response."""
    text: str = r.text
    return text


def guess_json_utf(data: bytes) -> str | None:
    """The UTF encoding of JSON, by its byte order mark or the positions of NULs (RFC 4627 section 3); None if unknown.

    >>> guess_json_utf(b"{}"), guess_json_utf("{}".encode("utf-16-le"))
    ('utf-8', 'utf-16-le')
    """
    first = data[:4]
    for mark, encoding in _MARKS:
        if first.startswith(mark):
            return encoding
    nuls = "".join("0" if byte == 0 else "x" for byte in first)
    return _NULS.get(nuls, None if "0" in nuls else "utf-8")


def guess_filename(obj: Any) -> str | bytes | None:
    """The name of an open file, without its folder. None if it has no name, or one such as `<stdin>`."""
    name = getattr(obj, "name", None)
    if isinstance(name, (str, bytes)) and name and name[:1] not in ("<", b"<") and name[-1:] not in (">", b">"):
        return os.path.basename(name)
    return None


def iter_slices(string: Any, slice_length: int | None) -> Iterator[Any]:
    """Split text (or bytes) into slices of this length."""
    step = slice_length if slice_length and slice_length > 0 else max(len(string), 1)
    return (string[start : start + step] for start in range(0, len(string), step))


def stream_decode_response_unicode(iterator: Iterable[bytes], r: Any) -> Iterator[Any]:
    """The pieces of a body as text. They are unchanged if the encoding of the response is not known."""
    return iter(iterator) if r.encoding is None else decode_pieces(iterator, r.encoding)


def to_key_val_list(value: Any) -> list[Any] | None:
    """A mapping, or pairs, as a list of pairs; None for None. Raises `ValueError` for anything else.

    >>> to_key_val_list({"a": 1})
    [('a', 1)]
    """
    if value is None:
        return None
    if isinstance(value, (str, bytes, bool, int)):
        raise ValueError("cannot encode objects that are not 2-tuples")
    return list(value.items() if hasattr(value, "items") else value)


def from_key_val_list(value: Any) -> OrderedDict[Any, Any] | None:
    """Pairs as a dictionary; None for None. Raises `ValueError` for anything else."""
    pairs = to_key_val_list(value)
    return None if pairs is None else OrderedDict(pairs)


def merge_setting(request_setting: Any, session_setting: Any, dict_class: Any = OrderedDict) -> Any:
    """Merge a setting of a request with that of the session: the request's value if it has one. Two mappings are
    merged, and names with the value None are left out.

    >>> dict(merge_setting({"b": 2, "c": None}, {"a": 1, "c": 3}))
    {'a': 1, 'b': 2}
    """
    if session_setting is None or request_setting is None:
        return session_setting if request_setting is None else request_setting
    if not isinstance(session_setting, Mapping) or not isinstance(request_setting, Mapping):
        return request_setting
    merged = dict_class([*session_setting.items(), *request_setting.items()])
    for name in [name for name, value in merged.items() if value is None]:
        del merged[name]
    return merged


def parse_list_header(value: str) -> list[str]:
    """The comma-separated parts of a header value, unquoted.

    >>> parse_list_header('a, "b, c"')
    ['a', 'b, c']
    """
    from urllib.request import parse_http_list  # the import takes 10 ms

    return [_unquoted(item) for item in parse_http_list(value)]


def parse_dict_header(value: str) -> dict[str, str | None]:
    """The names and values in a header value. A missing value is None.

    >>> parse_dict_header('realm="a b", stale')
    {'realm': 'a b', 'stale': None}
    """
    from urllib.request import parse_http_list

    found: dict[str, str | None] = {}
    for item in parse_http_list(value):
        name, equals, given = item.partition("=")
        found[name] = _unquoted(given) if equals else None
    return found


def _unquoted(text: str) -> str:
    return unquote_header_value(text) if text[:1] == text[-1:] == '"' else text


def unquote_header_value(value: str, is_filename: bool = False) -> str:
    r"""A quoted string of a header value, without its quotes and escapes.

    >>> unquote_header_value('"a\\"b"')
    'a"b'
    """
    if not (value and value[0] == value[-1] == '"'):
        return value
    inner = value[1:-1]
    # The name of a Windows share begins with two backslashes, which old browsers did not escape.
    return inner if is_filename and inner.startswith("\\\\") else inner.replace("\\\\", "\\").replace('\\"', '"')


def to_native_string(string: str | bytes, encoding: str = "ascii") -> str:
    """The text of bytes or text. Bytes are decoded, and text is unchanged."""
    return string if isinstance(string, str) else string.decode(encoding)


def rewind_body(prepared_request: Any) -> None:
    """Seek the file of a request body back to its start. Raises `UnrewindableBodyError` if that is impossible."""
    position = prepared_request._body_position
    seek = getattr(prepared_request.body, "seek", None)
    if seek is None or not isinstance(position, int):
        raise UnrewindableBodyError("Unable to rewind request body for redirect.")
    try:
        seek(position)
    except OSError:
        raise UnrewindableBodyError("An error occurred when rewinding request body for redirect.") from None


def check_header_validity(header: tuple[Any, Any]) -> None:
    """Raise `InvalidHeader` for a name or value that cannot be sent."""
    name, value = header
    PreparedRequest().prepare_headers({name: value})


def default_user_agent(name: str = "callbox") -> str:
    """The User-Agent of a session, with this name."""
    return f"{name}/{DEFAULT_HEADERS['user-agent'].partition('/')[2]}"


def default_headers() -> CaseInsensitiveDict[str]:
    """The headers of a new session."""
    return State().headers.copy()  # type: ignore[return-value]


def get_auth_from_url(url: str) -> tuple[str, str]:
    """The user and password in a URL, percent-decoded; two empty texts if there are none."""
    parsed = urlparse(url)
    return unquote(parsed.username or ""), unquote(parsed.password or "")


def get_netrc_auth(url: str, raise_errors: bool = False) -> tuple[str, str] | None:
    """The user and password in .netrc for the host of a URL; None if there is no entry."""
    try:
        found = find_netrc(parse(url).host)
    except UrlError:
        return None
    return None if found is None else (_text(found.username), _text(found.password))


def getproxies() -> dict[str, str]:
    """The proxies of the environment by scheme. The key `no` has the hosts that use no proxy."""
    found = read_environment()
    return {**found.proxies, "no": found.no_proxy} if found.no_proxy else dict(found.proxies)


def should_bypass_proxies(url: str, no_proxy: str | None) -> bool:
    """Whether a request to this URL needs no proxy: its host is in `no_proxy` or, without that, in NO_PROXY of the
    environment; or it has no host.
    """
    try:
        return is_bypassed(parse(url), no_proxy or read_environment().no_proxy)
    except UrlError:
        return not urlparse(url).hostname


def get_environ_proxies(url: str, no_proxy: str | None = None) -> dict[str, str]:
    """The proxies of the environment. Empty for a URL that needs no proxy."""
    return {} if should_bypass_proxies(url, no_proxy) else getproxies()


def resolve_proxies(request: Any, proxies: Mapping[str, Any] | None, trust_env: bool = True) -> dict[str, Any]:
    """Add the proxies of the environment to these proxies, if the URL of the request needs a proxy."""
    given = dict(proxies or {})
    if not trust_env:
        return given
    scheme = urlparse(request.url).scheme
    found = get_environ_proxies(request.url, given.get("no_proxy"))
    proxy = found.get(scheme, found.get("all"))
    return {scheme: proxy, **given} if proxy else given


def select_proxy(url: str, proxies: Mapping[str, str | None] | None) -> str | None:
    """The proxy for a URL: by `scheme://host`, `scheme`, `all://host`, `all`; None for a direct connection."""
    try:
        place = parse(url)
    except UrlError:
        place = PLACEHOLDER_URL._replace(scheme=url.partition(":")[0].lower())
    return choose_proxy(place, [proxies or {}]) or None


def parse_header_links(value: str) -> list[dict[str, str]]:
    """The links of a Link header, each as a dictionary of its parameters and its `url`."""
    return parse_links(value)


def requote_uri(uri: str) -> str:
    """The URL with invalid characters percent-encoded, and without unnecessary percent-encoding.

    >>> requote_uri("/%7Ea b%20c"), requote_uri("/a%zz")
    ('/~a%20b%20c', '/a%25zz')
    """
    if _BAD_ESCAPE.search(uri):
        return quote(uri, safe="!#$&'()*+,/:;=?@[]~")
    return quote(unquote_unreserved(uri), safe="!#$%&'()*+,/:;=?@[]~")


_BAD_ESCAPE = re.compile(r"%(?=[^\W_]{2})(?![0-9A-Fa-f]{2})")


def prepend_scheme_if_needed(url: str, new_scheme: str) -> str:
    """The URL, with this scheme if it has none.

    >>> prepend_scheme_if_needed("a.x:80/p", "http")
    'http://a.x:80/p'
    """
    return url if is_absolute(url) else f"{new_scheme}://{url.removeprefix('//')}"


def is_ipv4_address(string_ip: str) -> bool:
    """Whether this is an IPv4 address."""
    return is_ip(string_ip) and all(part.isdigit() and int(part) < 256 for part in string_ip.split("."))


def is_valid_cidr(string_network: str) -> bool:
    """Whether this is an IPv4 network such as `10.0.0.0/8`."""
    address, slash, bits = string_network.partition("/")
    return bool(slash) and is_ipv4_address(address) and bits.isdecimal() and 1 <= int(bits) <= 32


def address_in_network(ip: str, net: str) -> bool:
    """Whether an address is in a network such as `10.0.0.0/8`."""
    return is_in_network(ip, net)


def dotted_netmask(mask: int) -> str:
    """The netmask with this many bits.

    >>> dotted_netmask(20)
    '255.255.240.0'
    """
    bits = 0xFFFFFFFF ^ (0xFFFFFFFF >> mask)
    return ".".join(str(byte) for byte in bits.to_bytes(4, "big"))


@contextmanager
def set_environ(env_name: str, value: str | None) -> Iterator[None]:
    """A context manager in which an environment variable has this value. With None, the variable is unchanged."""
    before = os.environ.get(env_name)
    if value is not None:
        os.environ[env_name] = value
    try:
        yield
    finally:
        if value is not None:
            os.environ.pop(env_name, None)
            if before is not None:
                os.environ[env_name] = before


def extract_zipped_paths(path: str) -> str:
    """Extract a file of a zip archive, named by a path such as `app.zip/certs/ca.pem`. Returns the path of the
    extracted file, which is in a temporary folder that is removed when the process ends. Any other path is returned
    unchanged.
    """
    import atexit
    import shutil
    import tempfile
    import zipfile

    archive, member = path, ""
    while archive and not os.path.exists(archive):
        archive, _, name = archive.rpartition("/")
        member = f"{name}/{member}" if member else name
    if not member or not zipfile.is_zipfile(archive):
        return path
    with zipfile.ZipFile(archive) as opened:
        if member not in opened.namelist():
            return path
        folder = tempfile.mkdtemp(prefix="callbox-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return opened.extract(member, folder)


def super_len(o: Any) -> int:
    """How many bytes of a body are left to read; 0 if it is not known."""
    if isinstance(o, str):
        return len(o.encode())
    return measure_body(o)[1] or 0


def urldefragauth(url: str) -> str:
    """The URL without its fragment and its user and password."""
    scheme, netloc, path, parameters, query, _ = urlparse(url)
    if not netloc:  # Requests also accepts a URL without slashes
        netloc, path = path, netloc
    return urlunparse((scheme, netloc.rpartition("@")[2], path, parameters, query, ""))


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
