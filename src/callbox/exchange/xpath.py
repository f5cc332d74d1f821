"""Select from XML and HTML bodies by XPath: `body.//book/@id`, `body.string(//title)`.

Needs lxml, from the extra `xml`. Entities are not resolved and nothing is fetched.
"""

from __future__ import annotations

import re
from threading import Thread
from typing import TYPE_CHECKING

from callbox.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHAPE = re.compile(r"/|(?:string|count|normalize-space|boolean|number|concat)\s*\(")


def is_xpath(path: str) -> bool:
    """Whether a path into a body is XPath rather than a path into JSON.

    >>> is_xpath("//a/@href"), is_xpath("$.a"), is_xpath("string(//a)")
    (True, False, True)
    """
    return _SHAPE.match(path) is not None


LIMIT_S = 4.0
MAX_ENDLESS = 4
"""XPaths that were given up and are still evaluated. libxml2 cannot be told to stop; they end with the process."""


def select_xpath(body: bytes, path: str, *, is_html: bool, limit_s: float = LIMIT_S) -> str | int | float | bool | None:
    """The first match of `path` as text, number or boolean; None if nothing matches.

    libxml2 looks for no signal and has no limit of time. So a thread evaluates the path, and the caller waits for it,
    at most `limit_s` seconds; signals reach the caller meanwhile.

    Raises `UsageError` if lxml is not installed, the path is none, the body cannot be read, or the time is up.
    """
    _ENDLESS[:] = [thread for thread in _ENDLESS if thread.is_alive()]
    if len(_ENDLESS) >= MAX_ENDLESS:
        raise UsageError(f"'{path}' is not evaluated: {len(_ENDLESS)} earlier XPaths are still running")
    found: list[str | int | float | bool | None] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            found.append(_select(body, path, is_html=is_html))
        except BaseException as error:  # raised by the caller
            errors.append(error)

    thread = Thread(target=work, name="xpath", daemon=True)
    thread.start()
    try:
        thread.join(limit_s)
    finally:
        if thread.is_alive():
            _ENDLESS.append(thread)
    if errors:
        raise errors[0]
    if not found:
        raise UsageError(f"'{path}' did not finish in {limit_s:g} s", hint="use fewer paths within [..]")
    return found[0]


_ENDLESS: list[Thread] = []


def _select(body: bytes, path: str, *, is_html: bool) -> str | int | float | bool | None:
    try:
        from lxml import etree, html  # type: ignore[import-untyped]  # an extra: only where XPath is used
    except ImportError:
        raise UsageError("XPath needs the 'xml' extra", hint="pip install 'callbox[xml]'") from None
    try:
        query = etree.XPath(path)
    except (etree.XPathError, ValueError) as error:  # a ValueError for control characters
        raise UsageError(f"'{path}' is no XPath: {error}", hint="such as //book[1]/title") from None
    try:
        if is_html:
            root = html.document_fromstring(body)
        else:
            parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
            root = etree.fromstring(body, parser)
    except (etree.LxmlError, ValueError):
        return None
    spaces = {prefix: uri for prefix, uri in root.nsmap.items() if prefix}
    try:
        found = etree.XPath(path, namespaces=spaces)(root) if spaces else query(root)
    except etree.XPathError as error:
        raise UsageError(f"'{path}' cannot be followed: {error}") from None
    return _first(found)


def _first(found: object) -> str | int | float | bool | None:
    if isinstance(found, list):
        return _text(found[0]) if found else None
    if isinstance(found, float) and found.is_integer():
        return int(found)
    return found if isinstance(found, (bool, float)) else str(found)


def _text(node: object) -> str:
    texts = getattr(node, "itertext", None)
    parts: Sequence[str] = list(texts()) if texts is not None else [str(node)]
    return "".join(parts)
