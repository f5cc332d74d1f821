"""Parse, join and encode URLs, and compare them by origin.

Valid characters stay as typed, because signed URLs depend on them. Only characters that RFC 3986 does not allow are
percent-encoded, as UTF-8. Dot segments are removed unless the caller asks to keep them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, quote_plus, unquote, urljoin

from callbox.errors import UsageError
from callbox.exchange.redaction.urls import redact_bad_url
from callbox.exchange.secret import is_trivial

_PORTS = {"http": 80, "https": 443}
# A backslash ends the authority, as in browsers (WHATWG URL, "host state"). Otherwise, a check of the host could see a
# host to which the request is not sent.
_SHAPE = re.compile(r"(?:([^:/?#]+):)?(?://([^/?#\\]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_IPV4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}\Z")
_IPV6 = re.compile(r"\[[0-9A-Fa-f:.]+(?:%25[^\]]+|%[^\]]+)?\]\Z")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.\-]*[A-Za-z0-9_.])?\Z")
_PLAIN = "/:@!$&'()*+,;=~-._"
_PATH_SAFE = _PLAIN + "%"
_QUERY_SAFE = _PATH_SAFE + "?"
_SAFES = tuple(kept + escapes for kept in ("", "/", _PLAIN + "?", _PLAIN + "?[]") for escapes in ("", "%"))
"""For each kind of encoding, the characters that it leaves unchanged. Forms keep brackets; some kinds keep `%`."""


class UrlError(UsageError):
    """A URL cannot be used. `kind` is `scheme`, `unsupported`, `host`, `port`, `proxy-url` or `url`."""

    def __init__(self, message: str, *, kind: str = "url", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.kind = kind


class Url(NamedTuple):
    """An absolute URL in parts, in the form in which it is sent.

    >>> u = parse("https://ann:pw@API.x:443/a b?q=1#top")
    >>> u.origin, u.target, u.text
    ('https://api.x', '/a%20b?q=1', 'https://api.x/a%20b?q=1')
    """

    scheme: str
    host: str
    """The host in lower-case ASCII. An IPv6 address has brackets."""
    port: int
    path: str
    query: str | None = None
    fragment: str = ""
    username: str = ""
    """The user name, percent-encoded as written. `text` does not contain it."""
    password: str = ""

    @property
    def authority(self) -> str:
        """The host, and the port unless it is the default port of the scheme."""
        return self.host if self.port == _PORTS.get(self.scheme) else f"{self.host}:{self.port}"

    @property
    def sent_authority(self) -> str:
        """The value of the Host header. The zone of an IPv6 address is left out, because it means something only on
        this machine (RFC 6874).
        """
        return self.authority if "%" not in self.host else self._replace(host=self.sent_host).authority

    @property
    def sent_host(self) -> str:
        """The host as it is sent to other machines: without the zone of an IPv6 address."""
        return self.host if "%" not in self.host else f"{self.host.partition('%')[0]}]"

    @property
    def origin(self) -> str:
        """Scheme, host and port (RFC 6454). The default port is left out."""
        return f"{self.scheme}://{self.authority}"

    @property
    def target(self) -> str:
        """Path and query: the request target of RFC 9112 section 3.2.1."""
        return self.path if self.query is None else f"{self.path}?{self.query}"

    @property
    def text(self) -> str:
        """The whole URL without userinfo and fragment."""
        return self.origin + self.target


@lru_cache(maxsize=2048)
def parse(text: str, keep_dots: bool = False) -> Url:
    """Parse an absolute http or https URL.

    Raises `UrlError`, which says what is wrong: no scheme, another scheme, no host, a bad host name or port.
    """
    text = text.strip()
    if _CONTROL.search(text):
        text = _CONTROL.sub(lambda m: f"%{ord(m[0]):02X}", text)
    match = _SHAPE.match(text)
    scheme, authority, path, query, fragment = match.groups() if match else (None,) * 5
    scheme = _read_scheme(text, scheme)
    userinfo, _, hostport = (authority or "").rpartition("@")
    username, _, password = userinfo.partition(":")
    host, port = _read_host(text, hostport)
    path = _encode(path or "/", _PATH_SAFE)
    if not keep_dots and "/." in path:
        path = remove_dots(path)
    return Url(
        scheme,
        host,
        _PORTS[scheme] if port is None else port,
        path if path.startswith("/") else "/" + path,
        None if query is None else _encode(query, _QUERY_SAFE),
        _encode(fragment, _QUERY_SAFE) if fragment else "",
        username,
        password,
    )


def _read_scheme(text: str, scheme: str | None) -> str:
    if not scheme or not _SCHEME.match(scheme) or "://" not in text:
        if scheme and scheme.lower() in _PORTS:
            raise UrlError(f"Invalid URL '{_short(text)}': no host in it", kind="host", hint="write // before the host")
        host = "HOST/" if text.startswith("/") and not text.startswith("//") else ""
        raise UrlError(
            f"No scheme in URL '{_short(text)}'", kind="scheme", hint=f"try http://{host}{_short(text.lstrip('/'))}"
        )
    if scheme.lower() not in _PORTS:
        raise UrlError(
            f"Cannot use the scheme {scheme.lower()}: in '{_short(text)}'",
            kind="unsupported",
            hint="use http or https",
        )
    return scheme.lower()


def _read_host(text: str, hostport: str) -> tuple[str, int | None]:
    host, colon, digits = hostport, "", ""
    if not hostport.endswith("]"):
        before, colon, after = hostport.rpartition(":")
        if colon and "]" not in after:
            host, digits = before, after
    if not host:
        raise UrlError(f"Invalid URL '{_short(text)}': no host in it", kind="host")
    if digits and not (digits.isascii() and digits.isdigit() and int(digits.lstrip("0")[:6] or 0) <= 65535):
        # The text before this @ is not a user by the rules, but it may be a password with a slash in it.
        port = "" if "@" in text.partition(hostport)[2] else f" '{_short(digits)}'"
        raise UrlError(
            f"Invalid port{port} in URL '{_short(text)}'",
            kind="port",
            hint="use a port from 0 to 65535",
        )
    return read_host(host), int(digits.lstrip("0") or 0) if digits else None


@lru_cache(maxsize=1024)
def read_host(host: str) -> str:
    """Convert a host name or address to the form in which it is sent: lower case, IDNA 2008. Raises `UrlError` for a
    text that cannot be a host.
    """
    if host.startswith("["):
        if not _IPV6.match(host) or not _is_ipv6(host[1:-1].partition("%")[0]):
            raise UrlError(f"Invalid URL: '{_short(host)}' is not an IPv6 address", kind="host")
        return host.lower()
    if not host.isascii():
        host = _encode_idna(host)
    host = host.lower()
    labels = host.rstrip(".").split(".") if host.rstrip(".") else [""]
    if len(host) > 254 or not _HOST.match(host) or any(not 0 < len(label) <= 63 for label in labels):
        raise UrlError(f"Invalid host name '{_short(host)}'", kind="host")
    return host


def _encode_idna(host: str) -> str:
    import idna  # not at the top: the import takes time, and names outside of ASCII are rare

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise UrlError(f"Invalid host name '{_short(host)}'", kind="host") from None


def _is_ipv6(text: str) -> bool:
    import ipaddress  # the import takes 5 ms, and few URLs need it

    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def is_ip(host: str) -> bool:
    """Whether this host is an address and not a name."""
    return host.startswith("[") or _IPV4.match(host) is not None


def remove_dots(path: str) -> str:
    """Remove dot segments (RFC 3986 section 5.2.4).

    >>> remove_dots("/a/./b/../c")
    '/a/c'
    """
    out: list[str] = []
    segments = path.split("/")
    for segment in segments[1:]:
        if segment == "..":
            if out:
                out.pop()
        elif segment != ".":
            out.append(segment)
    if segments[-1] in (".", ".."):
        out.append("")
    return "/" + "/".join(out)


def percent_forms(text: str) -> frozenset[str]:
    """The spellings of a text in a URL or a form: all signs percent-encoded, or only those that must be.

    >>> sorted(percent_forms("a$ b"))
    ['a$%20b', 'a%24%20b', 'a%24+b']
    """
    plain = text.encode("utf-8", "surrogatepass")
    return frozenset({quote_plus(plain), *(quote(plain, safe) for safe in _SAFES)})


def _encode(text: str, safe: str) -> str:
    if "%" in text:
        text = _BAD_ESCAPE.sub("%25", text)
    return quote(text, safe=safe, errors="replace")


def encode_pairs(pairs: Iterable[tuple[str, str]]) -> str:
    """Encode names and values as `application/x-www-form-urlencoded`, for a query or a form.

    >>> encode_pairs([("q", "a b"), ("x", "1&2")])
    'q=a+b&x=1%262'
    """
    return "&".join(f"{_plus(name)}={_plus(value)}" for name, value in pairs)


def _plus(text: str) -> str:
    try:
        # Bytes that are not UTF-8 were decoded to surrogates. Here they become the same bytes again.
        return quote_plus(text, errors="surrogateescape")
    except UnicodeEncodeError:
        return quote_plus(text, errors="replace")


def add_query(url: Url, pairs: Iterable[tuple[str, str]]) -> Url:
    """A URL with these parameters added to its query."""
    added = encode_pairs(pairs)
    if not added:
        return url
    return url._replace(query=f"{url.query}&{added}" if url.query else added)


def join(base: str, reference: str, keep_dots: bool = False) -> str:
    """Join a reference to a base. The base counts as a folder: `x` is joined below it, and `/x` starts at the root.

    Dot segments are removed unless `keep_dots` is set.

    >>> join("https://api.x/v2", "users"), join("https://api.x/v2", "/users"), join("", "http://b/x")
    ('https://api.x/v2/users', 'https://api.x/users', 'http://b/x')
    """
    if not base or is_absolute(reference):
        return reference
    path = base.partition("#")[0].partition("?")[0]
    folder = path if path.endswith("/") else path + "/"
    if not reference:
        return base
    if reference.startswith("?"):
        return path + reference
    if keep_dots:
        root = re.match(r"[^/]*//[^/]*", folder)
        return (root[0] if root and reference.startswith("/") else folder) + reference
    if reference.startswith("/"):
        return _join(folder, "/." + reference)  # This is a path, even if it begins with `//`.
    return _join(folder, reference if "://" in reference else "./" + reference)


def _join(base: str, reference: str) -> str:
    try:
        return urljoin(base, reference)
    except ValueError:
        # For example, a bracket is not closed.
        raise UrlError(f"Invalid URL '{_short(reference)}'", kind="host") from None


def follow(url: Url, location: str) -> Url:
    """Resolve the Location of a response to `url`. If it has no fragment, it gets that of `url` (RFC 9110 section
    10.2.2). Raises `UrlError` for a target that is not an http or https URL.
    """
    target = parse(_join(url.text, location.strip()))
    return target if target.fragment else target._replace(fragment=url.fragment)


def is_absolute(text: str) -> bool:
    """Whether the text begins with a scheme and `://`."""
    scheme, mark, _ = text.partition("://")
    return bool(mark) and _SCHEME.match(scheme) is not None


_BROKEN_SCHEME = re.compile(r"(https?|wss?)(?::/?(?!/)|//)", re.IGNORECASE)


def has_broken_scheme(text: str) -> bool:
    """Whether the text begins with a misspelt scheme: `http:/host`, `https:host`, `http//host`."""
    return _BROKEN_SCHEME.match(text) is not None


def check_scheme(text: str) -> None:
    """Raise `UrlError` for a URL with a misspelt scheme. The hint is the URL that was probably meant."""
    slip = _BROKEN_SCHEME.match(text)
    if slip is not None and text[slip.end() :].strip("/"):
        meant = f"{slip[1].lower()}://{text[slip.end() :].lstrip('/')}"
        tip = f"write {_short(meant)}; for a path: ./{_short(text)}"
        raise UrlError(f"'{_short(text)}' is not a URL", kind="scheme", hint=tip)


def guess_scheme(text: str) -> str:
    """Complete a URL without a scheme: https for a dotted name, http for localhost, addresses and `:port`.

    Raises UrlError for a misspelt scheme, as in `http:/host`.

    >>> [guess_scheme(t) for t in ("api.x/v2", "localhost:80/a", ":8000/health", "http://b")]
    ['https://api.x/v2', 'http://localhost:80/a', 'http://localhost:8000/health', 'http://b']
    """
    if is_absolute(text):
        return text
    check_scheme(text)
    if text.startswith(":"):
        return "http://localhost" + text
    host = re.split(r"[/?#]", text, maxsplit=1)[0]
    name = host if host.startswith("[") else host.partition(":")[0]
    is_near = name in ("localhost", "") or name.endswith(".localhost") or is_ip(name) or "." not in name
    return ("http://" if is_near else "https://") + text


def check_no_control(text: str) -> None:
    """Raise UrlError if a part of a base URL contains a control character."""
    if _CONTROL.search(text):
        raise UrlError(
            f"{_short(ascii(text))} holds a control character", hint="percent-encode the character: %0A is a line break"
        )


def read_base(text: str) -> str:
    """Parse the base URL that a user gave, and complete it with a scheme. Raises `UrlError` if the text is not a URL,
    or if it contains a control character, because the base is saved, printed, and joined with each path.

    >>> read_base("api.x/v2")
    'https://api.x/v2'
    """
    check_no_control(text)
    if is_trivial(text):
        raise UrlError(
            f"'{text}' is not a URL", hint=f"to use no base: unset base; to use a host with this name: http://{text}"
        )
    base = guess_scheme(text)
    parse(base)
    return base


def _short(text: str) -> str:
    """The text for an error message: shortened, and with credentials redacted."""
    text = redact_bad_url(text)
    return text if len(text) <= 80 else text[:77] + "..."


class TextPart(NamedTuple):
    """A part of a URL that is joined from parts: text of a file or a user, or a foreign value, which comes from a
    response or a script.
    """

    text: str
    is_foreign: bool = False


_REMOVED = re.compile(r"[\t\r\n]")
"""Characters that URL parsers ignore, so that one between two slashes could hide them."""
_AUTHORITY = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.\-]*://|//)?([^/?#\\]*)\Z")
_SCHEME_MARK = re.compile(r"(?i:https?)://")
_END_OF_AUTHORITY = re.compile(r"[/?#\\]")
_HOST_TEXT = re.compile(r"[\w.%-]*+\Z")
_LABEL_TEXT = re.compile(r"[\w-]*+\Z")
_USER_TEXT = re.compile(r"[^/?#@\\\s]*+\Z")
MAX_FOREIGN_IN_HOST = 50
"""How many foreign values may stand before the path of one URL."""


def host_changing_part(parts: Sequence[TextPart]) -> int | None:
    """The index of the first foreign part that changes a host which other parts have written; None if none does.

    For each foreign part, the authority of the URL with the part is compared with the authority of the URL without the
    part. Both URLs have all text before the part, and the text after it that is not foreign. A part inside the host may
    be a piece of a name. A part after the host must begin the path. If no other part contributes to the URL or the
    host, the foreign part may set it.

    >>> [host_changing_part([TextPart("http://api.test"), TextPart(t, True)]) for t in ("/items/7", "@evil.test/", "7")]
    [None, 1, 1]
    >>> next = TextPart("http://own.test/items/", True)
    >>> host_changing_part([next, TextPart("7", True)]), host_changing_part([next, TextPart(".example.com/")])
    (None, 0)
    """
    before = ""
    foreign = 0
    for number, part in enumerate(parts):
        text = _REMOVED.sub("", part.text)
        text = text if before else text.lstrip()
        if part.is_foreign:
            if _AUTHORITY.match(before) is None:
                return None
            foreign += 1
            if foreign > MAX_FOREIGN_IN_HOST:
                return number
            if text and not _keeps_host(before, text, _authority_behind(parts, number + 1)):
                return number
        before += text
    return None


def _authority_behind(parts: Sequence[TextPart], start: int) -> str:
    """The text that parts of the file or user add to the authority, from part `start` on."""
    found: list[str] = []
    for part in parts[start:]:
        if part.is_foreign:
            continue
        text = _REMOVED.sub("", part.text)
        end = _END_OF_AUTHORITY.search(text)
        if end is not None:
            return "".join([*found, text[: end.start()]])
        found.append(text)
    return "".join(found).rstrip()


def _keeps_end_of_host(host: str, value: str, *, has_port: bool) -> bool:
    """Whether a foreign value after a written host leaves the domain of this host the same. For example, after `node-`,
    the value may end the label.
    """
    if host[-1] == ":":
        return value.isascii() and value.isdecimal() and not has_port
    if host[-1] == "-":
        return _LABEL_TEXT.match(value) is not None
    return value[:1] in ("/", "?", "#") and not has_port


def _keeps_host(before: str, value: str, behind: str) -> bool:
    """Whether a foreign value leaves the authority of a URL the same. `before` is the URL up to the value, and `behind`
    the rest of the authority.
    """
    authority = _AUTHORITY.match(before)
    host = authority[1].rpartition("@")[2] if authority is not None else ""
    if not before and (scheme := _SCHEME_MARK.match(value)):
        value = value[scheme.end() :]
    begins_path = value[:1] in ("/", "?", "#")
    is_name = _HOST_TEXT.match(value) is not None
    if "@" in behind:
        return _USER_TEXT.match(value) is not None
    if not host and not behind:
        return True
    if host and behind.partition(":")[0] == "":
        return _keeps_end_of_host(host, value, has_port=bool(behind))
    if not host:
        return is_name or (not before and behind.isdecimal())
    if behind.isalnum():  # More likely, this is the end of a path than of a host.
        return begins_path or _LABEL_TEXT.match(value) is not None
    return is_name


_ESCAPES = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")


def readable_path(path: str) -> str:
    """A path as a user types it: letters of other scripts are decoded, and other escapes stay.

    >>> readable_path("/caf%C3%A9/a%20b"), readable_path("/%E9")
    ('/café/a%20b', '/%E9')
    """
    return _ESCAPES.sub(_decoded, path) if "%" in path else path


def _decoded(match: re.Match[str]) -> str:
    try:
        text = unquote(match[0], errors="strict")
    except UnicodeDecodeError:
        return match[0]
    return text if text.isprintable() and not any(character.isspace() for character in text) else match[0]


_ORIGIN = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*://[^/?#\\]+")


def check_origin(url: str) -> None:
    """Raise `UrlError` if this URL cannot be parsed. Only its origin can be wrong, because path and query are always
    encoded.
    """
    match = _ORIGIN.match(url)
    try:
        parse(match[0] if match else url)
    except UsageError:
        parse(url)


def origin_of(base: str) -> str:
    """The origin of a base URL; empty if there is none or it is invalid.

    >>> origin_of("https://api.x/v2"), origin_of("")
    ('https://api.x', '')
    """
    try:
        return parse(guess_scheme(base)).origin if base else ""
    except UrlError:
        return ""
