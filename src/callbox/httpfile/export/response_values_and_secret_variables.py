"""Values in recorded requests that become variables of an exported script: values from responses, and secrets.

**Responses.** `ResponseValues` finds values that come from earlier responses, so that the script can capture them. A
token or a UUID is recognised wherever it occurs as a whole. Other values, such as the id `7`, may be equal by chance,
so they count only in places with the same meaning. The `7` in the response to `POST /books` is the `7` in `/books/7`
and in `book_id=7`, but not in `/users/7`. If an earlier request has a value, too, the user has chosen the value, and it
is not captured. If several responses have a value, it is captured from the response that created the resource, or else
from the first of these responses. It is captured from a list only if it occurs nowhere else. callbox does not know the
secrets of earlier shells. It assumes that such a bearer token comes from the last response with a member that has the
name of a token.

**Secrets.** `SecretVariables` replaces secret values by `{{name}}` variables, with one `# @prompt` line for each.
"""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Literal, NamedTuple
from urllib.parse import quote_plus, unquote, unquote_plus

from callbox.errors import UsageError
from callbox.exchange.auth_schemes import Basic
from callbox.exchange.digest_auth import Digest
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.jsonpath_xpath_and_header_selection import Number, Value, format_value, text_of
from callbox.exchange.media_types_and_charsets import essence
from callbox.exchange.redaction.credential_names import is_credential_name, is_credential_parameter, split_scheme
from callbox.exchange.redaction.displayed_fields_and_values import tells_secret
from callbox.exchange.redaction.escaped_text import unescape_markup
from callbox.exchange.redaction.secrets_by_name import (
    FORM_PART,
    TEXT_FINDERS,
    find_candidates,
    find_members,
    replace_named,
)
from callbox.exchange.redaction.secrets_by_value import MIN_LENGTH, all_forms
from callbox.exchange.request import Field, Outgoing
from callbox.exchange.request_content import Content
from callbox.exchange.secret import REDACTED, Secret, reveal
from callbox.exchange.template_braces import escape, is_unfilled, percent_encoded
from callbox.exchange.url import follow
from callbox.httpfile.variables.value_injection_guards import in_string

MAX_BODY = 1_000_000
"""The most bytes of a response that are searched."""
MAX_SOURCES = 200
"""The most places in responses that are stored for one value. The latest places are kept."""
MAX_MEMBERS = 20_000
"""The most values of one response that are searched."""
_DISTINCT = re.compile(
    r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z|[0-9A-Fa-f]{16,4000}\Z"
    r"|(?=[^0-9]{0,4000}[0-9])(?=[^A-Za-z]{0,4000}[A-Za-z])[\w.~+/=-]{20,4000}\Z"
)
"""A value that is never equal by chance: a UUID, a hash or a token."""
_RANDOM = re.compile(r"(?=[^0-9]{0,4000}[0-9])(?=[^A-Za-z]{0,4000}[A-Za-z])[\w.~+/=-]{6,4000}\Z")
"""A value that looks random. If such a value is a credential, callbox assumes that it is not equal by chance.
"""
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_ID = re.compile(r"(?:.*?[_-])??(?:id|uuid|guid|key|ref|slug|code|number|no)\Z|.*[a-z]I[dD]\Z", re.IGNORECASE)
_ID_CAMEL = re.compile(r"[a-z]+(?:[A-Z][a-z]*+)*?(?:Id|ID|Uuid|Key|Ref|Code|Number|No)\Z")
_ID_SUFFIX = re.compile(r"(?:id|uuid|guid|key|ref|slug|code|number|no)s?\Z")
_PLAIN_KEY = re.compile(r"[A-Za-z_]\w{0,60}\Z")
_JSON_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*+)(?:"(\s*+:)?+|\Z)|(?<![\w.])(-?\d[\d.eE+-]*+)(?!\w)')
_PAIR = re.compile(r"(?<![^&?])([^=&?#]*+)=([^&#]*+)")
_SEGMENT = re.compile(r"(?<=/)[^/?#]++")
_COOKIE_NAME = re.compile(r"[\w.-]{1,200}", re.ASCII)
"""The name of a cookie that a capture can contain unchanged. Other names might have braces or comment marks."""
_WORD = re.compile(r"[^0-9A-Za-z]+")
_HTML_TAG = re.compile(r"<(input|meta)\s([^<>]{1,2000}+)>", re.IGNORECASE)
_HTML_ATTRIBUTE = re.compile(
    r"""(?<![\w-])(name|value|content)\s{0,9}+=\s{0,9}+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""", re.IGNORECASE
)
_HTML_NAME = re.compile(r"[\w.:\[\]-]{1,200}", re.ASCII)
"""The name of an HTML element that an XPath can contain unchanged."""

_Encode = Callable[[str], str]


class Link(NamedTuple):
    """A value that a response gave, and the capture that takes it."""

    name: str
    path: str
    """The path as `# @capture` writes it: `body $.id`."""
    source: int
    """The index of the record that has the response."""
    is_relative: bool = False
    """Whether the value is a URL without its origin."""


_UseKind = Literal["path", "query", "header", "cookie", "body", "url"]


class _Use(NamedTuple):
    """A value that occurs as a whole in a request."""

    kind: _UseKind
    """The part of the request: `path`, `query`, `header`, `cookie`, `body` or `url`."""
    name: str
    """The name of the value in the request. For a segment of a path, this is the segment before it."""
    value: str
    resource: str
    """The last word in the path of the request."""


class _Wanted(NamedTuple):
    """The values that the requests contain, for which responses are searched."""

    values: set[str]
    credentials: set[str]
    """The values of headers, parameters and fields that have the name of a credential."""


class _Source(NamedTuple):
    """A value in a response."""

    value: str
    path: str
    """The path as `# @capture` writes it; empty for a part of a header, which no capture can take."""
    name: str
    is_distinct: bool
    words: frozenset[str]
    """The kinds of things, such as `book`, that the value may identify."""
    record: int
    thing: str = ""
    """The kind of thing that the value may identify in a path only: `job` for `{"job": "ef0d9a7b"}`."""
    is_url: bool = False
    is_relative: bool = False


class ResponseValues:
    """The values that later requests take from earlier responses. `begin` chooses the request to write next."""

    def __init__(self, records: Sequence[Record], headers: Sequence[Sequence[Field]]) -> None:
        """`headers` has a list for each request: the headers that the script writes for it."""
        self._links = _find_links(records, headers)
        self._current: Mapping[_Use, Link] = {}
        self._resource = ""
        self._captures: dict[int, dict[str, str]] = {}

    @property
    def values(self) -> dict[str, str]:
        """The value of each variable, by its name."""
        return {link.name: _value(use, link) for links in self._links for use, link in links.items()}

    def begin(self, index: int, record: Record) -> bool:
        """Begin with the request of this record. Returns whether it has values from responses."""
        self._current = self._links[index] if self._links else {}
        self._resource = _resource(record.first_outgoing.url.path)
        return bool(self._current)

    def leave_out(self) -> None:
        """Write the current request without variables for values of responses."""
        self._current = {}

    def names_of_values(self) -> dict[str, str]:
        """The variable of each value, so that credentials of the current request become variables."""
        return {
            UNKNOWN_BEARER if use.value == REDACTED else use.value: link.name
            for use, link in self._current.items()
            if use.kind not in ("url", "cookie")
        }

    def names_of_cookies(self) -> dict[str, str]:
        """The variable of each cookie of the current request, by the name of the cookie."""
        return {use.name: link.name for use, link in self._current.items() if use.kind == "cookie"}

    def finish(self, block: str) -> None:
        """Record which variables the text of the current request uses."""
        for link in self._current.values():
            if f"{{{{{link.name}}}}}" in block or f"{{{{%{link.name}}}}}" in block:
                self._captures.setdefault(link.source, {})[link.name] = link.path

    def captures(self, index: int) -> list[str]:
        """The capture lines of this record, for values in its response that later requests use."""
        return [f"# @capture {name} = {path}" for name, path in self._captures.get(index, {}).items()]

    def target(self, url: str) -> str:
        """The text of a URL, with braces escaped and variables for its values."""
        head, mark, query = url.partition("?")
        path_at = head.find("/", head.find("://") + 3)
        if path_at >= 0:
            before = _previous_segments(head[path_at:])
            path = _SEGMENT.sub(lambda m: self._encoded("path", before[m.start()], m[0], unquote), head[path_at:])
            head = head[:path_at] + path
        query = _PAIR.sub(lambda m: f"{m[1]}={self._encoded('query', unquote_plus(m[1]), m[2], unquote_plus)}", query)
        filled = head + mark + query
        link = next((link for use, link in self._current.items() if use.kind == "url"), None)
        if filled != url or link is None:
            return filled
        origin = url[: url.find("/", url.find("://") + 3)]
        return f"{origin if link.is_relative else ''}{{{{{link.name}}}}}"

    def header(self, name: str, text: str) -> str:
        """The value of a header; a variable if the value comes from a response."""
        scheme, value = split_scheme(text)
        return scheme + self._hole("header", name, value, str)

    def part(self, name: str, text: str) -> str:
        """The text of a part of a multipart body."""
        return self._hole("body", name, text, str)

    def body(self, text: str, content: Content) -> str:
        """The text of a body in which a variable replaces each value that came from a response, for JSON and forms."""
        if content.kind == "form":
            return _PAIR.sub(lambda m: f"{m[1]}={self._encoded('body', unquote_plus(m[1]), m[2], unquote_plus)}", text)
        if not _is_json(content):
            return text
        parts, at = [], 0
        for name, value, start, end in _json_values(text):
            encode = in_string if text[start - 1 : start] == '"' else str
            parts += [text[at:start], self._hole("body", name, text[start:end], lambda _, value=value: value, encode)]  # type: ignore[misc]
            at = end
        return "".join([*parts, text[at:]])

    def _encoded(self, kind: _UseKind, name: str, text: str, decode: Callable[[str], str]) -> str:
        return self._hole(kind, name, text, decode, percent_encoded)

    def _hole(self, kind: _UseKind, name: str, text: str, decode: Callable[[str], str], encode: _Encode = str) -> str:
        """The variable for a value; the text itself if there is no variable, or if the value would be encoded to
        another text. In a later run, the value is encoded in the same way, so it cannot add a segment, parameter or
        member.
        """
        value = decode(text)
        link = self._current.get(_Use(kind=kind, name=name, value=value, resource=self._resource))
        if link is None or encode(value) != text:
            return text
        return f"{{{{{'%' if encode is percent_encoded else ''}{link.name}}}}}"


def _value(use: _Use, link: Link) -> str:
    text = use.value
    return text[text.find("/", text.find("://") + 3) :] if link.is_relative else text


def _find_links(records: Sequence[Record], headers: Sequence[Sequence[Field]]) -> list[dict[_Use, Link]]:
    """For each record, in order, the link of each of its values. A value from a server is used only in requests to the
    origin of this server.
    """
    requests = [list(_uses(record, fields)) for record, fields in zip(records, headers, strict=True)]
    used = [use for uses in requests for use in uses]
    wanted = _Wanted({use.value for use in used}, {use.value for use in used if _is_credential(use)})
    earlier: dict[str, dict[_Use, None]] = {}
    known: dict[tuple[str, str, int], deque[_Source]] = {}
    names: dict[tuple[int, str], str] = {}
    links: list[dict[_Use, Link]] = []
    for index, (record, uses) in enumerate(zip(records, requests, strict=True)):
        found: dict[_Use, Link] = {}
        origin = record.first_outgoing.url.origin
        for use in uses:
            fitting = (one for rank in _RANKS for one in known.get((origin, use.value, rank), ()) if _fits(one, use))
            source = max(fitting, key=_record_of, default=None) if use.value == REDACTED else next(fitting, None)
            if source is not None and source.path:
                found[use] = Link(
                    name=_name_of(source, use, names),
                    path=source.path,
                    source=source.record,
                    is_relative=source.is_relative,
                )
        links.append(found)
        for use in uses:
            earlier.setdefault(use.value, {})[use] = None
        answering = record.outgoing.url.origin
        for source in _sources(record, index, wanted):
            if source.value == REDACTED or not any(_fits(source, use) for use in earlier.get(source.value, ())):
                place = (answering, source.value, _rank_of(source, record))
                known.setdefault(place, deque(maxlen=MAX_SOURCES)).append(source)
    return links


def _record_of(source: _Source) -> int:
    return source.record


_CREATED, _RECEIVED, _LISTED = _RANKS = (0, 1, 2)
"""The ranks of the sources of a value: the response that created it, the first response that had it, and a place in a
list.
"""


def _rank_of(source: _Source, record: Record) -> int:
    """How good a source is: a value of `_RANKS`, whose first value is the best.

    The response to a creation is better than a list: when the script runs again, the list may have other entries or
    another order.
    """
    if record.response.status == 201:
        return _CREATED
    if "[" in source.path:
        return _LISTED
    return _RECEIVED if record.first_outgoing.method in ("GET", "HEAD") else _CREATED


def _fits(source: _Source, use: _Use) -> bool:
    """Whether a value in a request comes from the response, and is not equal by chance."""
    if use.value == REDACTED:
        return use.kind == "header" and use.name.lower() == "authorization" and _is_token_name(source.name)
    if use.kind == "url" or source.is_url:
        return use.kind == "url" and source.is_url
    if source.is_distinct or _is_credential_of(source, use):
        return True
    if use.kind == "cookie" or source.path.startswith("cookie "):
        return use.kind == "cookie" and source.path == f"cookie {use.name}"
    if use.kind == "path":
        word = _singular(use.name)
        return word in source.words or (bool(word) and word == source.thing)
    word = _ID_SUFFIX.sub("", _normal(use.name.lower().removeprefix("x-")))
    if not word:
        return _normal(use.name) == _normal(source.name) and _singular(use.resource) in source.words
    return _singular(word) in source.words


def _is_credential(use: _Use) -> bool:
    """Whether the name of the value in the request is that of a credential."""
    return use.kind in ("query", "header", "body") and is_credential_name(use.name)


def _is_credential_of(source: _Source, use: _Use) -> bool:
    """Whether a credential in a request comes from the response: the value looks random, or has the same name in both.

    A password that somebody chose may be a word, and a response may have the same word.
    """
    if not source.path or not _is_credential(use):
        return False
    ours, theirs = _normal(use.name), _normal(source.name)
    is_same_name = min(len(ours), len(theirs)) > 2 and (ours.endswith(theirs) or theirs.endswith(ours))
    return is_same_name or _RANDOM.match(source.value) is not None


def _is_token_name(name: str) -> bool:
    """Whether a member with this name has a token that requests send.

    A refresh token, which only serves to get a new token, does not count.
    """
    word = _normal(name)
    return word.endswith(("token", "jwt")) and not any(other in word for other in ("refresh", "csrf", "xsrf"))


def _name_of(source: _Source, use: _Use, names: dict[tuple[int, str], str]) -> str:
    """A unique name for the variable of a source.

    A variable for a credential gets a name that callbox redacts, such as `id_token`.
    """
    key = (source.record, source.path)
    if key not in names:
        stem = _WORD.sub("_", source.name).strip("_").lower() or "value"
        word = min(source.words, default="")
        if _ID_SUFFIX.fullmatch(stem) and word:
            stem = f"{word}_{stem}"
        if is_credential_name(use.name) and not is_credential_name(stem):
            stem = f"{stem}_token"
        taken, name, count = {*names.values(), "base"}, stem, 1
        while name in taken:
            count += 1
            name = f"{stem}{count}"
        names[key] = name
    return names[key]


def _uses(record: Record, fields: Sequence[Field]) -> Iterator[_Use]:
    outgoing = record.first_outgoing
    resource = _resource(outgoing.url.path)
    path, _, query = outgoing.url.text.partition("?")
    if not outgoing.carries_credentials and outgoing.content is None:  # the server would choose where such values go
        yield _Use(kind="url", name="", value=outgoing.url.text, resource=resource)
    path = path[path.find("/", path.find("://") + 3) :] if path.find("/", path.find("://") + 3) >= 0 else ""
    before = _previous_segments(path)
    yield from (
        _Use(kind="path", name=before[m.start()], value=unquote(m[0]), resource=resource)
        for m in _SEGMENT.finditer(path)
    )
    yield from (
        _Use(kind="query", name=unquote_plus(m[1]), value=unquote_plus(m[2]), resource=resource)
        for m in _PAIR.finditer(query)
    )
    for field in fields:
        if field.name.lower() == "cookie":
            pairs = (pair.partition("=") for pair in str(reveal(field.value)).split("; "))
            yield from (_Use(kind="cookie", name=name, value=value, resource=resource) for name, _, value in pairs)
            continue
        yield _Use(kind="header", name=field.name, value=split_scheme(reveal(field.value))[1], resource=resource)
    content = outgoing.content
    if content is not None:
        yield from (
            _Use(kind="body", name=name, value=value, resource=resource) for name, value in _body_values(content)
        )


def _body_values(content: Content) -> Iterator[tuple[str, str]]:
    if content.parts:
        yield from ((part.name, part.data.decode("utf-8", "replace")) for part in content.parts if not part.path)
    elif content.data is not None and len(content.data) <= MAX_BODY:
        text = content.data.decode("utf-8", "replace")
        if content.kind == "form":
            yield from ((unquote_plus(m[1]), unquote_plus(m[2])) for m in _PAIR.finditer(text))
        elif _is_json(content):
            yield from ((name, value) for name, value, _, _ in _json_values(text))


def _is_json(content: Content) -> bool:
    return content.kind == "json" or (content.media_type or "").endswith("json")


def _json_values(text: str) -> Iterator[tuple[str, str, int, int]]:
    """Each text and number in a JSON text, with the name of its member and its place without quotation marks."""
    name = ""
    for token in _JSON_TOKEN.finditer(text):
        if token[3] is not None:
            yield name, token[3], token.start(3), token.end(3)
        elif token[2]:
            name = token[1]
        else:
            yield name, _unquoted(token[1]), token.start(1), token.end(1)


def _unquoted(text: str) -> str:
    if "\\" not in text:
        return text
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text


def _sources(record: Record, index: int, wanted: _Wanted) -> Iterator[_Source]:
    """The values of a response that occur in a request and are not common values."""
    location = ""
    for name, value in record.response.headers.multi_items():
        if name.lower() == "location" and value.isascii():
            location = value
        found = _header_source(record, name, value, wanted)
        if found is not None:
            yield found._replace(record=index)
    yield from _body_sources(record, location, index, wanted)
    yield from _html_sources(record, index, wanted)
    yield from _created_ids(record, location, index)


def _header_source(record: Record, name: str, value: str, wanted: _Wanted) -> _Source | None:
    """The header as the source of a wanted value; None if the value is not wanted, or is a common one. `record` is
    still 0.
    """
    lower = name.lower()
    source = _Source(value=value, path=f"header {name}", name=name, is_distinct=True, words=frozenset(), record=0)
    if lower == "location" and value.isascii():
        url = _followed(record, value)
        if url not in wanted.values or not url.endswith(value):
            return None
        name = f"{_singular(_resource(record.first_outgoing.url.path))}_location".lstrip("_")
        is_relative = "://" not in value
        return source._replace(value=url, path="header Location", name=name, is_url=True, is_relative=is_relative)
    if lower == "set-cookie":
        cookie, _, text = value.partition(";")[0].partition("=")
        if text not in wanted.values or not text or not _COOKIE_NAME.fullmatch(cookie.strip()):
            return None
        is_distinct = _is_distinct(cookie, text)
        return source._replace(
            value=text, path=f"cookie {cookie.strip()}", name=cookie.strip(), is_distinct=is_distinct
        )
    if value not in wanted.values:
        return None
    if lower == "etag" or _is_distinct(name, value):
        return source
    return source._replace(is_distinct=False) if value in wanted.credentials else None


def _body_sources(record: Record, location: str, index: int, wanted: _Wanted) -> Iterator[_Source]:
    """The members of a JSON response that are sources of wanted values."""
    target, is_creation = record.first_outgoing.url.path, record.response.status == 201
    resource = _singular(_resource(target))
    parent = _singular(_resource(location.rpartition("/")[0])) if location else ""
    if not parent and record.first_outgoing.method == "PUT":  # the last segment names the kind of the created resource
        parent = _singular(_resource(target.rstrip("/").rpartition("/")[0]))
    for path, name, value in _members(record):
        if value not in wanted.values:
            continue
        is_distinct = _is_distinct(name, value)
        is_listed = "[" in path and not is_creation
        is_id = _is_id(name) and not is_listed and 200 <= record.response.status < 300
        thing = _singular(name) if not is_listed and _RANDOM.match(value) else ""
        if not is_distinct and not is_id and not thing and value not in wanted.credentials:
            continue
        word = _singular(_ID_SUFFIX.sub("", _normal(name)))
        words = frozenset({word} if word else {resource, parent} - {""}) if is_distinct or is_id else frozenset()
        yield _Source(
            value=value, path=f"body {path}", name=name, is_distinct=is_distinct, words=words, record=index, thing=thing
        )


def _html_sources(record: Record, index: int, wanted: _Wanted) -> Iterator[_Source]:
    """The form fields and `meta` elements of a page that are sources of wanted values, such as a CSRF token."""
    if essence(record.response.headers.get("Content-Type", "")) != "text/html" or len(record.body) > MAX_BODY:
        return
    for tag in islice(_HTML_TAG.finditer(text_of(record)), MAX_MEMBERS):
        found = _HTML_ATTRIBUTE.finditer(tag[2])
        attributes = {one[1].lower(): unescape_markup(one[2] or one[3] or one[4] or "") for one in found}
        element, attribute = ("input", "value") if tag[1].lower() == "input" else ("meta", "content")
        name, value = attributes.get("name", ""), attributes.get(attribute, "")
        is_distinct = _is_distinct(name, value)
        is_source = value in wanted.credentials or (value in wanted.values and is_distinct)
        if is_source and _HTML_NAME.fullmatch(name):
            path = f"body //{element}[@name='{name}']/@{attribute}"
            yield _Source(value=value, path=path, name=name, is_distinct=is_distinct, words=frozenset(), record=index)


def _created_ids(record: Record, location: str, index: int) -> Iterator[_Source]:
    """The ids in the Location header of a created resource.

    These are safer than ids in a list, where the next run may have the id of another resource at the same place.
    """
    url = _followed(record, location) if record.response.status == 201 else ""
    ids = (unquote(segment[0]) for segment in _SEGMENT.finditer(url.partition("?")[0]))
    yield from (
        _Source(value=one, path="", name="", is_distinct=True, words=frozenset(), record=index)
        for one in ids
        if _is_distinct("", one)
    )


def _is_id(name: str) -> bool:
    return _ID.match(name) is not None or _ID_CAMEL.match(name) is not None


def _is_distinct(name: str, value: str) -> bool:
    if is_credential_name(name):
        return len(value) >= 6 or value == REDACTED
    return _DISTINCT.match(value) is not None and _DATE.match(value) is None


def _members(record: Record) -> Iterator[tuple[str, str, str]]:
    """The path, the key and the value (as text) of each string and number in a JSON response."""
    body = record.body
    if len(body) > MAX_BODY or body.lstrip()[:1] not in (b"{", b"["):
        return
    try:
        document: Value = json.loads(body, parse_float=Number)
    except (ValueError, RecursionError):
        return
    left = MAX_MEMBERS
    waiting: list[tuple[str, str, Value]] = [("$", "", document)]
    while waiting and left:
        path, name, value = waiting.pop()
        left -= 1
        if isinstance(value, dict):
            waiting += [(f"{path}.{key}", key, one) for key, one in value.items() if _PLAIN_KEY.match(key)]
        elif isinstance(value, list):
            waiting += [(f"{path}[{at}]", name, one) for at, one in enumerate(value)]
        elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
            yield path, name, format_value(value)


def _followed(record: Record, location: str) -> str:
    try:
        return follow(record.outgoing.url, location).text
    except UsageError:
        return ""


def _previous_segments(path: str) -> dict[int, str]:
    """Maps the position at which a segment of a path begins to the segment before it."""
    found, before = {}, ""
    for segment in _SEGMENT.finditer(path):
        found[segment.start()] = before
        before = unquote(segment[0])
    return found


def _resource(path: str) -> str:
    """The last segment of a path that is a word and not a value."""
    words = [unquote(m[0]) for m in _SEGMENT.finditer(path)]
    return next((word for word in reversed(words) if not any(map(str.isdigit, word))), "")


def _normal(name: str) -> str:
    return _WORD.sub("", name).lower()


def _singular(word: str) -> str:
    """The singular of an English word, since the name of a collection is a plural.

    >>> _singular("Books"), _singular("categories"), _singular("boxes"), _singular("address")
    ('book', 'category', 'box', 'address')
    """
    text = _normal(word)
    if text.endswith("ies") and len(text) > 4:
        return f"{text[:-3]}y"
    if text.endswith(("xes", "ches", "shes", "sses")):
        return text[:-2]
    return text[:-1] if text.endswith("s") and not text.endswith("ss") else text


_JSON_PAIR = re.compile(r'("((?:[^"\\]|\\.){1,100}+)"\s*+:\s*+)"((?:[^"\\\n]|\\.)*+)"')
_JSON_ITEM = re.compile(r'("((?:[^"\\]|\\.)*+)"|-?\d[\d.eE+-]*+)(\s*+:)?+')
_QUERY_PAIR = re.compile(r"([?&]([^=&?]*+)=)([^&{}]++)(?=&|\Z)")
_FORM_PAIR = re.compile(r"(?<![^&])([^=&]++)=([^&]++)")
HOLE = re.compile(r"(\{\{%?+\w+\}\})")
"""A variable that stands for a value."""
UNKNOWN_BEARER = f"Bearer {REDACTED}"
"""Represents, among the values of responses, a bearer token that an earlier shell has redacted."""
MIN_ANY_CASE = 8
"""The shortest secret that is found in any letter case."""
_NOT_A_NAME = re.compile(r"\W+")


class SecretVariables:
    """The variables of a script: one for each secret value, named after the field with the value."""

    def __init__(self, values: Mapping[str, str] = {}) -> None:
        """`values` are texts that are secret wherever they occur, and the names of their variables."""
        self._names: dict[str, str] = {}
        self._values: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        """How often each name was used."""
        forms = {form: name for value, name in values.items() for form in all_forms(value)}
        self._known_forms = {form: forms[form] for form in sorted(forms, key=lambda form: (-len(form), form))}
        any_case = {form for value in values if len(value) >= MIN_ANY_CASE for form in all_forms(value)}
        parts = [
            f"(?i:{_escaped_or_not(form)})" if form in any_case else _escaped_or_not(form) for form in self._known_forms
        ]
        self._pattern = re.compile("|".join(parts)) if parts else None
        self._folded_forms = {form.lower(): name for form, name in self._known_forms.items() if form in any_case}
        self.captured: Mapping[str, str] = {}
        """Maps each value of an earlier response to its variable. The user is not asked for these values."""
        self.captured_cookies: Mapping[str, str] = {}
        """The variable of each cookie that an earlier response set, by the name of the cookie."""
        self.taken_names: Collection[str] = ()
        """The names of other variables in the script."""
        self.used: list[str] = []
        """The names that the current request has used so far, in order."""
        self._place = ""
        self._unknown: Counter[str] = Counter()

    @property
    def answers(self) -> Mapping[str, str]:
        """The values for the prompts, by name. Each request may add some."""
        return self._values

    def begin(self, origin: str) -> None:
        """Begin a new request to an origin. The list of used names becomes empty."""
        self.used = []
        self.enter(origin)

    def enter(self, place: str) -> None:
        """Begin a part of the request, such as its body.

        Secrets whose values are not known are told apart by the part of the request in which they occur. Two of them
        may be different, and one must not be sent in the place of the other.
        """
        self._place, self._unknown = place, Counter()

    def variable_for(self, value: str, suggested_name: str, *, is_in_url: bool = False) -> str:
        """The `{{name}}` that replaces this value. A value from a response is percent-encoded in a URL or a form."""
        if not value:
            return ""
        if value in self.captured:
            return f"{{{{{'%' if is_in_url else ''}{self.captured[value]}}}}}"
        key = value if value != REDACTED else self._key_of_unknown(suggested_name)
        name = self._names.get(key) or self._new(key, value, suggested_name)
        if name not in self.used:
            self.used.append(name)
        return f"{{{{{name}}}}}"

    def _key_of_unknown(self, suggested_name: str) -> str:
        """A key for a secret that an earlier shell has redacted. Equal places in equal requests have equal keys."""
        self._unknown[suggested_name] += 1
        return f"{REDACTED} {self._unknown[suggested_name]} {suggested_name} {self._place}"

    def redact_known(self, text: str) -> str:
        """Replace known secrets in a text by their variables. Variables that are already in the text stay."""
        if self._pattern is None:
            return text
        parts = [""]
        for number, part in enumerate(HOLE.split(text)):
            if number % 2 and part[2:-2] in self._values:
                parts += [part, ""]
            else:  # this is text of the request, which may itself contain braces like these
                parts[-1] += part
        parts[::2] = [self._pattern.sub(self._variable_of_known, part) for part in parts[::2]]
        return "".join(parts)

    def _variable_of_known(self, match: re.Match[str]) -> str:
        form = match[0] if match[0] in self._known_forms else match[0].replace("\\{", "{")
        # in another letter case, this is another value with its own prompt
        name = self._known_forms.get(form) or self._folded_forms.get(form.lower(), "secret")
        return self.variable_for(form, name)

    def title(self, text: str) -> str:
        """Remove known secrets from a text in which variables are not filled."""
        return self._pattern.sub(REDACTED, text) if self._pattern is not None else text

    def header(self, field: Field, outgoing: Outgoing, *, is_whole: bool = False) -> str:
        """The value of a header with variables for its secrets.

        User and password are separate variables unless `is_whole`.
        """
        auth = outgoing.auth
        if field.name.lower() == "cookie" and not is_whole and "=" in (text := reveal(field.value)):
            return "; ".join(self._cookie(pair) for pair in text.split("; "))
        if field.name.lower() == "authorization" and isinstance(auth, (Basic, Digest)) and not is_whole:
            password = self.variable_for(_text(auth.password), "password")
            return f"{auth.scheme.title()} {escape(_text(auth.username))}:{password}"
        if isinstance(field.value, Secret):
            text = field.value.reveal()
            # a header that was typed or filled as a whole has no prefix such as `Bearer`
            scheme = field.value.prefix or split_scheme(text)[0]
            suggested_name = field.name
            if scheme.strip().lower() == "bearer":
                suggested_name = "token"
                if text.endswith(REDACTED) and UNKNOWN_BEARER in self.captured:
                    return f"{scheme}{{{{{self.captured[UNKNOWN_BEARER]}}}}}"
            return scheme + self.variable_for(text[len(scheme) :], suggested_name)
        if is_credential_parameter(field.name):
            scheme, credential = split_scheme(field.value)
            return scheme + self.variable_for(credential, field.name)
        return self.variable_for(field.value, field.name) if tells_secret(field.value) else escape(field.value)

    def _cookie(self, pair: str) -> str:
        """A cookie in a header. The variable for its value has the name of the cookie."""
        name, sign, value = pair.partition("=")
        if name in self.captured_cookies:
            return f"{escape(name)}{sign}{{{{{self.captured_cookies[name]}}}}}"
        return f"{escape(name)}{sign}{self.variable_for(value, name)}"

    def target(self, outgoing: Outgoing) -> str:
        """The URL, with variables in place of the values of credential parameters."""
        text = escape(outgoing.url.text)
        for field in outgoing.query:
            if isinstance(field.value, Secret) or _is_secret_parameter(field.name, field.value):
                name, value = quote_plus(field.name), quote_plus(reveal(field.value))
                text = text.replace(
                    f"{name}={value}", f"{name}={self.variable_for(value, field.name, is_in_url=True)}", 1
                )
        return _QUERY_PAIR.sub(self._redact_parameter, text)

    def _redact_parameter(self, match: re.Match[str]) -> str:
        name = unquote_plus(match[2])
        if not _is_secret_parameter(name, unquote_plus(match[3])):
            return match[0]
        return f"{match[1]}{self.variable_for(match[3], name, is_in_url=True)}"

    def json(self, text: str) -> str:
        """A JSON text in which variables replace the values of members that are credentials, at every depth."""
        text = _JSON_PAIR.sub(
            lambda m: f'{m[1]}"{self.variable_for(m[3], m[2])}"' if _is_secret(m[2], m[3]) else m[0], text
        )
        parts, at = [], 0
        for found in find_members(text, find_candidates(text)):
            parts += [text[at : found.start(3)], _JSON_ITEM.sub(partial(self._redact_item, found[2]), found[3])]
            at = found.end(3)
        return self._rest("".join([*parts, text[at:]]))

    def _rest(self, text: str) -> str:
        """The text with a variable for every other secret that would be redacted on the screen."""
        return replace_named(text, lambda name, value: self.variable_for(value, name))

    def _redact_item(self, name: str, item: re.Match[str]) -> str:
        if item[3] or HOLE.search(item[1]):
            return item[0]
        return f'"{self.variable_for(item[2], name)}"' if item[2] is not None else self.variable_for(item[1], name)

    def form(self, text: str) -> str:
        """A form in which variables replace the values of fields that are credentials."""
        return _FORM_PAIR.sub(
            lambda m: (
                f"{m[1]}={self.variable_for(m[2], m[1], is_in_url=True)}"
                if _is_secret(m[1], unquote_plus(m[2]))
                else m[0]
            ),
            text,
        )

    def text(self, text: str) -> str:
        """Replace the value beside each name of a credential by a variable, in XML, YAML or any other text."""
        for find in TEXT_FINDERS:
            parts, at = [], 0
            for found in find(text, find_candidates(text)):
                scheme, value = split_scheme(found[3].rstrip())
                if not is_unfilled(value):
                    start = found.start(3) + len(scheme)
                    parts += [text[at:start], self.variable_for(value, found[2])]
                    at = start + len(value)
            text = "".join([*parts, text[at:]])
        return self._rest(text)

    def multipart(self, text: str) -> str:
        """A multipart body in which variables replace the values of parts that are credentials."""
        return FORM_PART.sub(
            lambda m: f"{m[1]}{self.variable_for(m[3], m[2])}" if _is_secret(m[2], m[3]) else m[0], text
        )

    def _new(self, key: str, value: str, suggested_name: str) -> str:
        """A new name for the variable of a value. `key` is the value, or the key of an unknown value."""
        stem = _NOT_A_NAME.sub("_", suggested_name).strip("_").lower() or "secret"
        name = ""
        while not name or name in self._values or name == "base" or name in self.taken_names:
            count = self._counts[stem] = self._counts.get(stem, 0) + 1
            name = stem if count == 1 else f"{stem}{count}"
        self._names[key], self._values[name] = name, value
        return name


def _is_secret_parameter(name: str, value: str) -> bool:
    return is_credential_parameter(name) or _is_secret(name, value)


def _is_secret(name: str, value: str) -> bool:
    """Whether a value is secret by its name, or contains a named secret that is not a variable yet."""
    return is_credential_name(name) or (HOLE.search(value) is None and tells_secret(value))


def _escaped_or_not(form: str) -> str:
    r"""A pattern for a text whose braces may be bare or, as `escape` writes them, escaped (`\{`)."""
    pattern = re.escape(form).replace(r"\{", r"\\?\{")
    return pattern if len(form) >= MIN_LENGTH else rf"(?<!\w){pattern}(?!\w)"


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
