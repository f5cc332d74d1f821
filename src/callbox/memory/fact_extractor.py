"""Extract facts about an API from one exchange: paths, query names and values, header names, body fields, items.

A request without a response gives no facts, and a request whose path does not exist (404, 410) also gives none. A
request that the server refused (400 and above) gives only its path and its method. If the server asks for credentials
(401, 403), a PUT, PATCH or DELETE gives only its path, because the server may lack this method. The names of secrets
are facts, but their values are not.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, urljoin

from callbox.errors import CallboxError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.jsonpath_xpath_and_header_selection import body_json, text_of
from callbox.exchange.redaction.credential_names import (
    is_credential_list,
    is_credential_name,
    is_secret_member,
    split_scheme,
)
from callbox.exchange.redaction.displayed_fields_and_values import has_token, redact_shown_url, tells_secret
from callbox.exchange.redaction.secrets_by_value import redact_filled
from callbox.exchange.request import Outgoing
from callbox.exchange.request_content import Content
from callbox.exchange.secret import ReferencedSecret, Secret
from callbox.exchange.url import UrlError, parse, readable_path
from callbox.memory.api_facts import (
    NO_DETAILS,
    WRAPPERS,
    Details,
    Fact,
    Kind,
    Observation,
    choose_key,
    find_list,
    is_key_name,
    is_object_list,
    label_of,
    normalise,
    singular,
)

MAX_BYTES = 262_144
"""A body with more bytes gives no facts."""
MAX_ITEMS = 100
"""How many items of one list are read."""
MAX_ALL_ITEMS = 300
"""How many items are read from one response, including items of nested lists."""
MAX_LINKS = 50
MAX_LINK_DEPTH = 5
"""How many levels of a document are searched for paths."""
MAX_FIELDS = 100
MAX_PATH = 500
MAX_TEXT = 100
"""A value with more characters is not stored."""
MAX_KEYS = 8
"""How many members of an item are stored that may stand for it in a path."""
MAX_DEPTH = 3
"""How many levels of nested fields in the body of a request are read."""
_TYPES = {str: "text", bool: "boolean", dict: "object", list: "list"}
_NOT_FOUND = 404
_GONE = (_NOT_FOUND, 410)
_NOT_ALLOWED = 405
_LOGIN_NEEDED = (401, 403)
_CHANGING = ("PUT", "PATCH", "DELETE")
_BRACKET = re.compile(r"[\[\]]")
_URL = re.compile(r"https?://[^\s\"'<>\\]{1,300}")
_PATH = re.compile(r"/[A-Za-z0-9_~][\w.~:@!$&'()*+,;=%/-]{0,300}+(?:\?[^\s#\"'<>\\]{0,200}+)?")
"""A text that is the path of a link, with its query. A template (`/a/{id}`) does not match."""
_OPTIONAL_EXPRESSION = re.compile(r"\{([?&/#])([\w.:*,-]{1,200})\}")
"""An expression of a URI template (RFC 6570) that may be left out: `{?page,size}`, `{/id}`."""
_PLACEHOLDER = re.compile(r"/:?(?:%7B|\{)[\w.-]{1,100}(?:%7D|\})(?:/|\Z)", re.IGNORECASE)
"""A path segment that stands for a value in manuals: `/items/{item_id}`."""
_FILE_NAMES = frozenset(("cwd", "dir", "directory", "file", "filename", "filepath", "folder", "root"))
"""Members whose text is the path of a file and not a link."""
_LINK = re.compile(r"<([^<>]{1,500})>")
_SIGNS = frozenset(":=<>&%@ ")
"""Characters that separate a name from its value. A text without them cannot contain `name=secret`."""


def observe(record: Record) -> list[Observation]:
    """Find the facts about APIs in an exchange. Returns an observation for the origin of the request and, after a
    redirect, another for the origin of the response.
    """
    secrets = record.outgoing.all_secrets
    found = _observe(record)
    return [_without_secrets(one, secrets) for one in found if not _holds(one.origin, secrets)] if secrets else found


def _without_secrets(observation: Observation, secrets: Mapping[str, str]) -> Observation:
    """A copy of an observation without facts that contain one of these secrets."""
    facts = ((fact, details) for fact, details in observation.facts if not any(_holds(text, secrets) for text in fact))
    plain = ((fact, details if not _tells(details, secrets) else NO_DETAILS) for fact, details in facts)
    gone = tuple(path for path in observation.gone if not _holds(path, secrets))
    return observation._replace(
        facts=tuple(plain),
        gone=gone,
        deleted=tuple(path for path in observation.deleted if path in gone),
        missing=tuple(pair for pair in observation.missing if not _holds(pair[0], secrets)),
        withdrawn=tuple(fact for fact in observation.withdrawn if not _holds(fact.path, secrets)),
    )


def _tells(details: Details, secrets: Mapping[str, str]) -> bool:
    return _holds(details.label, secrets) or any(_holds(text, secrets) for pair in details.keys for text in pair)


def _holds(text: str, secrets: Mapping[str, str]) -> bool:
    return bool(text) and redact_filled(text, secrets) != text


def _observe(record: Record) -> list[Observation]:
    if not record.is_answered:
        return []
    first, last = record.first_outgoing, record.outgoing
    status = record.response.status
    was_redirected = first.url.origin + first.url.path != last.url.origin + last.url.path
    if status in _GONE:
        gone = [_missing(last, status)]
        return [_missing(first, status), *gone] if was_redirected else gone
    if is_deletion(record):
        deleted = (readable_path(last.url.path),)
        return [Observation(last.url.origin, gone=deleted, deleted=deleted)]
    refused = readable_path(last.url.path) if 400 <= status < 500 else ""
    if status == _NOT_ALLOWED:
        facts = tuple(dict(_allowed(record)).items())
        withdrawn = (Fact("path", refused, last.method),)
        return [Observation(last.url.origin, facts, refused=refused, withdrawn=withdrawn)]
    if was_redirected and is_slash_redirect(record):
        first, was_redirected = first._replace(url=last.url), False
    typed = [*_path(first, status), *(_typed(record, first) if status < 400 else ())]
    answered = [*_path(last, status), *(_answered(record) if status < 400 else ())]
    if not was_redirected:
        return [Observation(first.url.origin, tuple(dict([*typed, *answered]).items()), refused=refused)]
    asked = Observation(first.url.origin, tuple(typed))
    return [asked, Observation(last.url.origin, tuple(answered), refused=refused)]


def _missing(outgoing: Outgoing, status: int) -> Observation:
    """Facts that follow from a response with the status 404 or 410. Only a 410 says that the path does not exist for
    any method.
    """
    origin, path = outgoing.url.origin, readable_path(outgoing.url.path)
    if status == _NOT_FOUND:
        return Observation(origin, missing=((path, outgoing.method),))
    return Observation(origin, gone=(path,))


def is_slash_redirect(record: Record) -> bool:
    """Whether a request was redirected to the same path with or without a final slash, as Django does."""
    first, last = (record.history[0] if record.history else record).outgoing.url, record.outgoing.url
    return first.origin == last.origin and first.path != last.path and first.path.rstrip("/") == last.path.rstrip("/")


def is_path_gone(record: Record) -> bool:
    """Whether an exchange shows that its path does not exist (404, 410) or was just deleted."""
    return record.response.status in _GONE or is_deletion(record)


def is_deletion(record: Record) -> bool:
    """Whether a request has just deleted the resource at its path, and with it everything below the path."""
    return record.outgoing.method == "DELETE" and record.response.status in (200, 204)


Facts = Iterator[tuple[Fact, Details]]


def _fact(kind: Kind, path: str, name: str = "", value: str = "") -> tuple[Fact, Details]:
    return Fact(kind=kind, path=path, name=name, value=value), NO_DETAILS


def _is_plain_path(path: str) -> bool:
    """Whether a path may be stored: it is not too long, and contains no recognised secret."""
    return len(path) <= MAX_PATH and not _PLACEHOLDER.search(path) and redact_shown_url(path) == path


def _path(outgoing: Outgoing, status: int) -> Facts:
    path = readable_path(outgoing.url.path)
    is_unproven = status in _LOGIN_NEEDED and outgoing.method in _CHANGING
    if _is_plain_path(path):
        yield _fact("path", path, "" if is_unproven else outgoing.method)


def _typed(record: Record, outgoing: Outgoing) -> Facts:
    """The facts in a request: names and values that the user typed."""
    path = readable_path(outgoing.url.path)
    if not _is_plain_path(path):
        return
    yield from _query(path, islice(_query_pairs(record), MAX_FIELDS))
    for name, value in record.draft.headers[:MAX_FIELDS]:
        if value is not None:
            yield _fact("header", path, name)
    if record.draft.content is not None:
        for name, json_type in islice(dict(_content_fields(record.draft.content)).items(), MAX_FIELDS):
            yield _fact("field", path, name, json_type)


def _is_plain_name(name: str) -> bool:
    return 0 < len(name) <= MAX_TEXT and not _BRACKET.search(name)


def _query_pairs(record: Record) -> Iterator[tuple[str, str | Secret | None]]:
    yield from record.draft.query
    yield from parse_qsl(record.draft.url.partition("?")[2].partition("#")[0], keep_blank_values=True)


def _query(path: str, pairs: Iterable[tuple[str, str | Secret | None]]) -> Facts:
    for name, value in pairs:
        if value is None or not 0 < len(name) <= MAX_TEXT:
            continue
        yield _fact("query", path, name)
        if isinstance(value, str) and _is_plain_value(name, value):
            yield _fact("query", path, name, value)


def _is_plain_value(name: str, value: str) -> bool:
    """Whether a value may be stored: it is a short line, and not secret by its name, kind or text."""
    if not 0 < len(value) <= MAX_TEXT or not value.isprintable():
        return False
    if isinstance(value, ReferencedSecret) or is_credential_name(name) or has_token(value):
        return False
    return _SIGNS.isdisjoint(value) or not tells_secret(value)


def _content_fields(content: Content) -> Iterator[tuple[str, str]]:
    """The names of the fields in the body of a request, with their types if the body is JSON.

    Nested fields are written as `a[b]`.
    """
    if content.parts:
        yield from ((part.name, "") for part in content.parts)
    elif content.data is None or len(content.data) > MAX_BYTES:
        return
    elif content.kind == "form":
        yield from ((name, "") for name, _ in parse_qsl(content.data.decode("latin-1"), keep_blank_values=True))
    elif content.kind == "json":
        yield from _nested_fields(_json_of(content.data), "", 0)


def _json_of(data: bytes) -> Any:
    import json

    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def json_type(value: Any) -> str:
    """The JSON type of a value, in a word.

    >>> [json_type(value) for value in ("a", 1.5, True, None, {}, [])]
    ['text', 'number', 'boolean', 'null', 'object', 'list']
    """
    if value is None:
        return "null"
    return _TYPES.get(type(value), "number")


def _nested_fields(value: Any, above: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth >= MAX_DEPTH or not isinstance(value, dict):
        return
    for name, inner in islice(value.items(), MAX_FIELDS):
        if _BRACKET.search(name):
            continue  # Typed as a path, this text would mean another path.
        full = f"{above}[{name}]" if above else name
        is_list = is_object_list(inner)
        nested = list(_nested_fields(inner[0] if is_list else inner, f"{full}[]" if is_list else full, depth + 1))
        yield from nested or ((full, json_type(inner)),)


def _answered(record: Record) -> Facts:
    """The facts in a response: links, members of its JSON, items of its lists."""
    path = readable_path(record.outgoing.url.path)
    yield from islice(_links(record), MAX_LINKS)
    yield from _allowed(record)
    document = document_of(record)
    if not _is_plain_path(path):
        return
    if record.outgoing.method == "OPTIONS":  # The body describes the API, and is no resource.
        yield from _fields_of_metadata(path, document)
        return
    segment = path.rstrip("/").rpartition("/")[2]
    found = find_list(document, segment)
    entry = found[0] if found else document
    if isinstance(entry, dict) and not _is_empty_page(entry) and _shows_resource(record, entry):
        yield from (_fact("member", path, name, kind) for name, kind in islice(_members(entry), MAX_FIELDS))
    yield from islice(_all_items(path, document, found, record), MAX_ALL_ITEMS)


def _is_empty_page(document: dict[str, Any]) -> bool:
    """Whether a document is a page without items: `{"total": 0, "items": []}`. Its members are not those of an item."""
    return any(document.get(name) == [] for name in WRAPPERS)


def _shows_resource(record: Record, document: dict[str, Any]) -> bool:
    """Whether the members of a response are those of the resource at the path. The response to a POST may be something
    else, such as a token after a login. It is the resource if the status is 201, or if it repeats what was sent.
    """
    if record.outgoing.method != "POST" or record.response.status == 201:
        return True
    sent = _sent_document(record)
    return isinstance(sent, dict) and any(name in document and document[name] == sent[name] for name in sent)


def _sent_document(record: Record) -> Any:
    content = record.draft.content
    return _json_of((content.data or b"")[:MAX_BYTES]) if content is not None else None


def _allowed(record: Record) -> Facts:
    """The path of a response with the methods in its Allow header; without an Allow header, only the path."""
    path = readable_path(record.outgoing.url.path)
    if not _is_plain_path(path):
        return
    allowed = [one.strip().upper() for one in record.response.headers.get("Allow", "").split(",")]
    methods = [one for one in allowed if one.isalpha()]
    if record.response.status == _NOT_ALLOWED:
        methods = [one for one in methods if one != record.outgoing.method] or [""]
    yield from (_fact("path", path, one) for one in methods[:MAX_FIELDS])


_METADATA_TYPES = {
    "integer": "number",
    "float": "number",
    "boolean": "boolean",
    "list": "list",
    "nested object": "object",
}


def _fields_of_metadata(path: str, document: Any) -> Facts:
    """The fields that the metadata of Django REST framework list, in `actions.POST` or `actions.PUT`."""
    actions = document.get("actions") if isinstance(document, dict) else None
    for described in actions.values() if isinstance(actions, dict) else ():
        for name, about in islice(described.items(), MAX_FIELDS) if isinstance(described, dict) else ():
            if isinstance(about, dict) and about.get("read_only") is not True and _is_plain_name(name):
                yield _fact("field", path, name, _METADATA_TYPES.get(str(about.get("type")), "text"))


def _members(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The members of an object and of objects inside it, as they are typed: `owner[id]`."""
    for name, value in islice(entry.items(), MAX_FIELDS):
        if not _is_plain_name(name):
            continue
        inner = value.items() if isinstance(value, dict) else ()
        nested = [(f"{name}[{one}]", json_type(what)) for one, what in islice(inner, MAX_FIELDS) if _is_plain_name(one)]
        yield from nested or ((name, json_type(value)),)


def document_of(record: Record) -> Any:
    """The JSON value of a response; None if the body is too long or not JSON."""
    body = record.body
    if not 0 < len(body) <= MAX_BYTES or body.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        return body_json(record)
    except CallboxError:
        return None


def _links(record: Record) -> Facts:
    """The paths of the same origin in the headers and the body of a response."""
    here = record.outgoing.url
    for text in _linked_urls(record):
        try:
            url = parse(urljoin(here.text, text))
        except (UrlError, ValueError):
            continue
        path = readable_path(url.path)
        if url.origin == here.origin and _is_plain_path(path):
            yield _fact("path", path)
            names = (name for name, _ in parse_qsl(url.target.partition("?")[2], keep_blank_values=True))
            yield from _query(path, ((name, "") for name in islice(names, MAX_FIELDS)))


def _linked_urls(record: Record) -> Iterator[str]:
    headers = record.response.headers
    yield from headers.getlist("Location")
    for link in headers.getlist("Link"):
        yield from map(expand_uri_template, _LINK.findall(link))
    if 0 < len(record.body) <= MAX_BYTES:
        yield from linked_urls(text_of(record))
        yield from linked_paths(document_of(record))


def linked_urls(text: str) -> Iterator[str]:
    """The absolute URLs in a text. In a URI template, names of query parameters get an empty value.

    >>> list(linked_urls('{"users": "http://a/users{?page}", "user": "http://a/users/{id}"}'))
    ['http://a/users?page=']
    """
    return filter(None, map(expand_uri_template, islice(_URL.findall(text), 4 * MAX_LINKS)))


def expand_uri_template(text: str) -> str:
    """The link that a URI template (RFC 6570) gives without values; a query parameter gets an empty value.

    Empty if the path is incomplete without a value.

    >>> [expand_uri_template(text) for text in ("/a{?q,r*}", "/a{/id}", "/a?x=1{&q}", "/a{#top}", "/a/{id}", "/a")]
    ['/a?q=&r=', '/a', '/a?x=1&q=', '/a', '', '/a']
    """
    if "{" not in text:
        return text
    expanded = _OPTIONAL_EXPRESSION.sub(_empty_values, text)
    return "" if "{" in expanded or "}" in expanded else expanded


def _empty_values(found: re.Match[str]) -> str:
    operator, names = found[1], found[2].split(",")
    if operator in "/#":
        return ""
    return operator + "&".join(f"{name.rstrip('*').partition(':')[0]}=" for name in names)


def linked_paths(document: Any) -> Iterator[str]:
    """The texts in a JSON document that are paths (`/todos?page=2`), at most `MAX_LINKS`.

    >>> list(linked_paths({"links": {"todos": "/todos"}, "next": "/todos?page=2", "file": "/etc", "note": "/ or"}))
    ['/todos', '/todos?page=2']
    """
    return islice(_paths_in("", document, 0), MAX_LINKS)


def _paths_in(name: str, value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        if not value.startswith("/") or name.lower() in _FILE_NAMES:
            return
        link = expand_uri_template(value) if len(value) <= MAX_PATH else ""
        if _PATH.fullmatch(link):
            yield link
    elif depth <= MAX_LINK_DEPTH and isinstance(value, dict):
        for inner, one in islice(value.items(), MAX_FIELDS):
            yield from _paths_in(inner, one, depth + 1)
    elif depth <= MAX_LINK_DEPTH and isinstance(value, list):
        for one in islice(value, MAX_ITEMS):
            yield from _paths_in(name, one, depth + 1)


def _all_items(path: str, document: Any, found: list[Any] | None, record: Record) -> Facts:
    """The items of the list in a response, and of lists inside its items.

    If the response is a single resource, it is an item of the list above its path.
    """
    if found is not None:
        for item in found[:MAX_ITEMS]:
            yield from _item(path.rstrip("/"), item)
    elif isinstance(document, dict):
        yield from _as_item(path, document)
        yield from _nested_items(path.rstrip("/"), document)
    if record.response.status == 201:
        yield from _created(record, document)


def _item(path: str, item: Any) -> Facts:
    if isinstance(item, dict):
        keys = _keys_of(item)
        name = choose_key((key for key, _ in keys), "id", path.rpartition("/")[2])
        if name is None and keys:
            name = keys[0][0]
        if name is not None:
            value = dict(keys)[name]
            yield Fact(kind="item", path=path, name=name, value=value), Details(_label_of(item, (name,)), keys)
            yield from _nested_items(f"{path}/{value}", item)
    elif (text := _key_text(item)) and _is_plain_value("", text):
        yield _fact("item", path, "", text)


def _nested_items(path: str, item: dict[str, Any]) -> Facts:
    """The items of all lists that are members of this object."""
    for name, inner in islice(item.items(), MAX_FIELDS):
        if is_object_list(inner) and "/" not in name and not is_credential_list(name):
            for one in inner[:MAX_ITEMS]:
                if isinstance(one, dict):
                    yield from _flat_item(f"{path}/{name}", one)


def _flat_item(path: str, item: dict[str, Any]) -> Facts:
    keys = _keys_of(item)
    name = choose_key((key for key, _ in keys), "id", path.rpartition("/")[2])
    if name is not None:
        yield Fact(kind="item", path=path, name=name, value=dict(keys)[name]), Details(_label_of(item, (name,)), keys)


def _keys_of(item: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The members of an item that may identify it in a path: short words and numbers, but no secrets."""
    found = ((name, _key_text(value)) for name, value in islice(item.items(), MAX_FIELDS) if len(name) <= MAX_TEXT)
    plain = ((name, text) for name, text in found if text and _is_plain_value(name, text))
    plain = ((name, text) for name, text in plain if not is_secret_member(name, item))
    return tuple(sorted(plain, key=lambda pair: not is_key_name(pair[0]))[:MAX_KEYS])


def _label_of(item: dict[str, Any], besides: Collection[str] = ()) -> str:
    """The label of an item; empty if the label is a credential or contains one."""
    label = label_of({name: value for name, value in item.items() if not is_secret_member(name, item)}, besides)
    return "" if tells_secret(label) or split_scheme(label)[0] or not label.isprintable() else label


def _key_text(value: Any) -> str:
    """A value as one segment of a path; empty if no segment can contain it."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    text = str(value) if isinstance(value, str) or abs(value) < 10**40 else ""
    is_word = 0 < len(text) <= 64 and text.isprintable() and not any(sign in text for sign in " /?#%\\{}")
    return text if is_word and text not in (".", "..") else ""


def _as_item(path: str, document: dict[str, Any]) -> Facts:
    """A single resource as a fact about the list above its path, if one of its members is the last segment of the
    path.
    """
    above, _, segment = path.rstrip("/").rpartition("/")
    keys = _keys_of(document)
    equal = [key for key, value in keys if value == segment]
    name = choose_key(equal, "id", above.rpartition("/")[2]) or next(iter(equal), None)
    if name is not None and above:
        yield Fact(kind="item", path=above, name=name, value=segment), Details(_label_of(document, (name,)), keys)


def _created(record: Record, document: Any) -> Facts:
    """The resource that a 201 response has created.

    Its path is the Location of the response, and its label comes from the sent or the received body. Without a
    Location, the body of the response is the resource, if it is an item of the requested list.
    """
    here = record.outgoing.url
    sent = _sent_document(record)
    try:
        url = parse(urljoin(here.text, record.response.headers.get("Location", "")))
    except (UrlError, ValueError):
        return
    path = readable_path(url.path)
    if url.origin == here.origin and path == readable_path(here.path):
        yield from _created_in(path.rstrip("/"), document, sent)
        return
    if url.origin != here.origin or not _is_plain_path(path):
        return
    if isinstance(document, dict) and (facts := list(_as_item(path, document))):
        yield from facts
        return
    above, _, segment = path.rstrip("/").rpartition("/")
    label = _label_of(sent) if isinstance(sent, dict) else ""
    if above and segment:
        yield Fact(kind="item", path=above, name="", value=segment), Details(label)


def _created_in(path: str, document: Any, sent: Any) -> Facts:
    """A resource without a Location, as an item of the list at `path`.

    It must have an id, or members that were sent, so that the response to a login does not count.
    """
    segment = path.rpartition("/")[2]
    created = document
    if isinstance(document, dict):
        wrappers = ("data", "result", "item", singular(segment))
        inner = [one for name, one in document.items() if normalise(name) in wrappers and isinstance(one, dict)]
        created = inner[0] if len(inner) == 1 else document
    if not isinstance(created, dict) or not segment:
        return
    has_id = choose_key((name for name, _ in _keys_of(created)), "id", segment) is not None
    is_echoed = isinstance(sent, dict) and any(name in created and created[name] == sent[name] for name in sent)
    if has_id or is_echoed:
        yield from _item(path, created)
