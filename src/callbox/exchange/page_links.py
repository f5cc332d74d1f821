"""Find the links from one page of a list to the others, in the `Link` header of a response or in its JSON body.

The header (RFC 8288) overrides the body. In the body, callbox looks for a member such as `next`, at the top or in
`links`, `_links` (HAL), `paging`, `pagination` or `meta`; for `@odata.nextLink`; and for a list of links with `rel`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urljoin

from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import header_text, parse_links
from callbox.exchange.json_values import load_json
from callbox.exchange.media_types_and_charsets import decode_text

_CONTAINERS = ("links", "_links", "paging", "pagination", "page", "pages", "meta", "cursors")
_DEPTH = 4
_RELATIONS = ("next", "prev", "first", "last")
_SPELLINGS: Mapping[str, str] = {
    "previous": "prev",
    **{
        f"{word}{suffix}": relation
        for word, relation in (*((relation, relation) for relation in _RELATIONS), ("previous", "prev"))
        for suffix in ("", "page", "url", "pageurl", "link", "href", "uri", "pagelink")
    },
}
"""The relation that a member names. The names are in lower case and without `_`, `-` and `@odata.`."""
_STARTS = ("http://", "https://", "/", "?", "./", "../")


def page_links(record: Record) -> dict[str, str]:
    """The links of a response: the absolute URL by relation (`next`, `prev`, `first`, `last` and others). The body is
    searched only if the `Link` header has no link `next`. A link that is not a valid URL is left out.
    """
    base = record.outgoing.url.text
    links: dict[str, str] = {}
    for relation, reference in _header_links(record):
        _add(links, base, relation, reference)
    if "next" not in links:
        for relation, reference in _body_links(record):
            _add(links, base, relation, reference)
    return links


def _add(links: dict[str, str], base: str, relation: str, reference: str) -> None:
    if relation in links:
        return
    try:
        links[relation] = urljoin(base, reference)
    except ValueError:  # the host in brackets is not an IPv6 address
        return


def _header_links(record: Record) -> Iterator[tuple[str, str]]:
    for value in record.response.headers.getlist("Link"):
        for link in parse_links(header_text(value)):
            for relation in link.get("rel", "").lower().split():
                yield _SPELLINGS.get(relation, relation), link["url"]


def _body_links(record: Record) -> Iterator[tuple[str, str]]:
    try:
        document = load_json(decode_text(record.body, record.response.headers.get("Content-Type", "")))
    except (ValueError, RecursionError):
        return
    if isinstance(document, dict):
        yield from _links_of(document, _DEPTH)


def _links_of(members: dict[str, object], depth: int) -> Iterator[tuple[str, str]]:
    for name, value in members.items():
        relation = _SPELLINGS.get(_plain(name), "")
        reference = _reference(value)
        if relation and reference:
            yield relation, reference
    for name in _CONTAINERS:
        value = members.get(name)
        if isinstance(value, list):
            yield from _listed_links(value)
        elif isinstance(value, dict) and depth > 1:
            yield from _links_of(value, depth - 1)


def _listed_links(values: list[object]) -> Iterator[tuple[str, str]]:
    for value in values:
        if isinstance(value, dict) and isinstance(value.get("rel"), str):
            relation, reference = str(value["rel"]).lower(), _reference(value)
            if reference:
                yield _SPELLINGS.get(relation, relation), reference


def _plain(name: str) -> str:
    return name.lower().removeprefix("@odata.").replace("_", "").replace("-", "")


def _reference(value: object) -> str:
    """The URL that the value of a member contains: a text, or the `href` or `url` of an object. Empty for any other
    value, such as the number of a page.
    """
    if isinstance(value, dict):
        value = value.get("href") or value.get("url")
    return value if isinstance(value, str) and value.lower().startswith(_STARTS) else ""
