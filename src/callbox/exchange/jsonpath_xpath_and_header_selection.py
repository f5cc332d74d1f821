"""Select a value of an exchange by a path: `status`, `headers.X`, `json.a.b[0]`, `body.$.a`, `cookies.sid`.

The shell (`{{last.json.token}}`, `show last json`), scripts and assertions use these paths. A body of JSON lines
(NDJSON) counts as a list. If a path matches nothing, the error suggests a similar path.

In XML and HTML bodies, XPath selects: `body.//book/@id`, `body.string(//title)`. It needs lxml, from the extra `xml`.
Entities are not resolved, and nothing is fetched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from callbox.errors import UsageError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import header_text
from callbox.exchange.json_values import TooManyValuesError, load_json
from callbox.exchange.media_types_and_charsets import JSON_LINES, decode_text, essence, json_guard
from callbox.exchange.page_links import page_links
from callbox.exchange.secret import reveal
from callbox.spelling import hint

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHAPE = re.compile(r"/|(?:string|count|normalize-space|boolean|number|concat)\s*\(")


def is_xpath(path: str) -> bool:
    """Whether a path to a part of the body is an XPath, and not a path for JSON.

    >>> is_xpath("//a/@href"), is_xpath("$.a"), is_xpath("string(//a)")
    (True, False, True)
    """
    return _SHAPE.match(path) is not None


LIMIT_S = 4.0
MAX_NODES = 2_000_000
"""A body with more elements, attributes and references is not parsed. Each of them takes 240 bytes with its text."""
MAX_ENDLESS = 4
"""How many XPaths may go on after their time is up. libxml2 cannot be stopped, so each of them uses a thread until the
process ends.
"""


def select_xpath(body: bytes, path: str, *, is_html: bool, limit_s: float = LIMIT_S) -> str | int | float | bool | None:
    """Evaluate an XPath on a body. Returns the first match as text, number or boolean; None if nothing matches. libxml2
    has no time limit and cannot be stopped. So a thread evaluates the path, and this function waits at most `limit_s`
    seconds for it. Signals reach the caller meanwhile.

    Raises `Unreadable` if the body is not XML or HTML. Raises `UsageError` if lxml is not installed, the path is
    malformed, the time is up, or the body has too many elements.
    """
    nodes = body.count(b"<") - body.count(b"</") + body.count(b"=") + body.count(b"&")
    if nodes > MAX_NODES:
        raise UsageError(
            f"the response's body has about {nodes:,} elements and attributes, and the limit of XPath is {MAX_NODES:,}",
            hint="ask the server for less data, or save the response and read the file with xmllint",
        )
    _ENDLESS[:] = [thread for thread in _ENDLESS if thread.is_alive()]
    if len(_ENDLESS) >= MAX_ENDLESS:
        raise UsageError(f"'{path}' is not evaluated, because {len(_ENDLESS)} earlier XPaths are still running")
    found: list[str | int | float | bool | None] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            found.append(_select(body, path, is_html=is_html))
        except BaseException as error:  # Raised below, in the thread of the caller.
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
        raise UsageError(f"'{path}' did not finish in {limit_s:g} s", hint="use fewer paths inside square brackets")
    return found[0]


_ENDLESS: list[Thread] = []


def _select(body: bytes, path: str, *, is_html: bool) -> str | int | float | bool | None:
    try:
        from lxml import etree, html  # type: ignore[import-untyped]  # an extra: only where XPath is used
    except ImportError:
        raise UsageError("XPath needs the 'xml' extra", hint="pip install 'callbox[xml]'") from None
    try:
        query = etree.XPath(path)
    except (etree.XPathError, ValueError) as error:  # lxml raises a ValueError for control characters
        raise UsageError(f"'{path}' is not an XPath: {error}", hint="write an XPath such as //book[1]/title") from None
    try:
        if is_html:
            root = html.document_fromstring(body)
        else:
            parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
            root = etree.fromstring(body, parser)
    except (etree.LxmlError, ValueError):
        raise _unreadable(body, "the response's body", "HTML" if is_html else "XML") from None
    spaces = {prefix: uri for prefix, uri in root.nsmap.items() if prefix}
    try:
        found = etree.XPath(path, namespaces=spaces)(root) if spaces else query(root)
    except etree.XPathError as error:
        raise UsageError(f"'{path}' cannot be evaluated: {error}") from None
    if found == [] and None in root.nsmap:
        raise Unreadable(
            f"no match: the elements are in the namespace {root.nsmap[None][:200]}", hint=_namespace_hint(path)
        )
    return _first(found)


def _namespace_hint(path: str) -> str:
    """A hint with a path that also matches elements in a default namespace. XPath 1.0 has no simple notation for
    them.
    """
    names = re.findall(r"(?<![@\w'\":(.-])[A-Za-z_][\w.-]{0,60}+(?=/|\[|\Z)", path)
    name = names[-1] if names else "NAME"
    return f"in the path, write *[local-name()='{name}'] for {name}"


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


def is_json_lines(record: Record) -> bool:
    """Whether the media type of the response says that each line is a JSON text."""
    return essence(record.response.headers.get("Content-Type", "")) in JSON_LINES


def json_lines(text: str, *, is_complete: bool = True) -> Iterator[str]:
    r"""The lines of NDJSON that are not blank. If the text is not complete, its last line is left out.

    >>> list(json_lines('{"a": 1}\n\n{"a": 2}\n{"a"', is_complete=False))
    ['{"a": 1}', '{"a": 2}']
    """
    lines = text.split("\n")
    return (line.strip() for line in (lines if is_complete else lines[:-1]) if line.strip())


_STEP = re.compile(r"""\.?([^.\[\]'"]+)|\[(-?\d{1,18})\]|\[(?:'([^']*)'|"([^"]*)")\]""")


def describe_mismatch(document: object, path: str) -> str:
    """Explain why a path without wildcards and filters matches nothing in a document: say what the document has at the
    first step without a match. Empty if there is nothing to say.

    >>> describe_mismatch({"items": [{"id": 1}]}, "items.id"), describe_mismatch({"items": [1]}, "$.items[3]")
    ('this is a list: [0] is its first item', 'the list has 1 item: [0]')
    """
    at, value = path.find("$") + 1, document
    while match := _STEP.match(path, at):
        at = match.end()
        name = match[1] or match[3] or match[4]
        number = int(match[2]) if match[2] else None
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and number is not None and -len(value) <= number < len(value):
            value = value[number]
        else:
            return _tip(value, name, number)
    return ""


def _tip(value: object, name: str | None, number: int | None) -> str:
    if isinstance(value, dict) and name:
        return hint(name, value)
    if isinstance(value, list) and number is None:
        return "this is a list: [0] is its first item" if value else "this list is empty"
    if isinstance(value, list) and len(value) > 1:
        return f"the list has {len(value)} items: [0] to [{len(value) - 1}]"
    if isinstance(value, list):
        return "the list has 1 item: [0]" if value else "this list is empty"
    return ""


Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"

MAX_PATH = 4096
"""A JSONPath with more characters is refused. The library makes a generator for each step, one inside another, and tens
of thousands of them overflow the C stack.
"""
_BARE_STEP = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_LONE = re.compile("[\ud800-\udfff]")
_BRACKETS = re.compile(r"\[[^\]]*+(?:\]|\Z)")
_SEGMENT = re.compile(r"\[[^\]]*+(?:\]|\Z)|\.\.|[^.\[\]]+")


class NothingFound(UsageError):
    """A path matches nothing in the exchange."""


class Unreadable(NothingFound):
    """The body is not in the format that the path needs, such as JSON or XML."""


def _unreadable(body: bytes | str, what: str, language: str) -> Unreadable:
    return Unreadable(f"{what} is not {language}" if body.strip() else f"{what} is empty")


def select(record: Record, path: str) -> Value:
    """Select the value at `path` in an exchange. If a path for JSON (RFC 9535) has several matches, the first one
    counts. Raises `NothingFound` if nothing matches, and `UsageError` if the path is invalid.
    """
    if is_xpath(path.strip()):
        return _select_xpath(record, path.strip())
    head, _, rest = path.strip().partition(".")
    if head == "response" and rest:
        return select(record, rest)
    if head == "request" and rest:
        return _select_request(record, rest)
    if head.startswith("$"):
        return _select_body(record, path.strip())
    if head == "xpath" and rest:
        return _select_xpath(record, rest)
    head, bracket, tail = head.partition("[")
    if bracket:
        rest = f"[{tail}" + (f".{rest}" if rest else "")
    reader = _READERS.get(head)
    if reader is None:
        raise UsageError(
            f"Cannot read '{path}' of a response",
            hint=hint(head, PATH_ROOTS, suffix=path.strip()[len(head) :])
            or "use status, reason, headers.NAME, cookies.NAME, body, json.PATH or //XPATH",
        )
    return reader(record, rest)


_SEVERAL = re.compile(r"""'[^']*'|"[^"]*"|(\*|\.\.|\[\s*+\?|\[[^\[\]'":,]*+[:,])""")
"""A part of a path that may match several values (wildcard, descent, filter, slice or union) as group 1. It also
matches quoted parts, without the group.
"""
_OF_JSON = frozenset(("body", "json", "$"))


def select_every(record: Record, path: str) -> list[Value]:
    """Select all values at `path`. A JSONPath with `*`, `..`, a filter or a slice may match several values. Raises the
    errors of `select`.
    """
    path = path.strip().removeprefix("response.")
    head = re.split(r"[.\[]", path, maxsplit=1)[0]
    inner = path if head == "$" else path[len(head) :].removeprefix(".")
    if head not in _OF_JSON or len(inner) > MAX_PATH or not any(match[1] for match in _SEVERAL.finditer(path)):
        return [select(record, path)]
    if head == "body" and (inner in ("", "*") or is_xpath(inner)):
        return [select(record, path)]
    if inner in ("", "*", "$"):
        return [select(record, path)]
    return _every_of_json(record, inner)


class NullText(str):
    """The text of a JSON null, which is empty. In a JSON body, callbox writes `null` instead.

    >>> NullText() == "", isinstance(format_value(None), NullText)
    (True, True)
    """

    __slots__ = ()


def format_value(value: Value) -> str:
    """Convert a selected value to text. A string stays as it is, null becomes a `NullText`, and every other value
    becomes compact JSON. Raises `UsageError` for a value that is nested hundreds of levels deep.
    """
    if value is None:
        return NullText()
    if isinstance(value, str):
        # JSON can contain a lone surrogate, but text with one cannot be sent.
        return value if value.isascii() else _LONE.sub("\ufffd", value)
    if isinstance(value, Number):
        return value.text
    try:
        return _LONE.sub("\ufffd", "".join(_write(value, [])))
    except RecursionError:
        raise UsageError("This JSON is nested too deep to be written") from None


class Number(float):
    """A number that also has the text of the JSON from which it was read, so that callbox sends `1.10` as `1.10`.

    >>> Number("1.10") == 1.1, Number("1.10").text
    (True, '1.10')
    """

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Number:
        """Make a number from its text in JSON."""
        made = super().__new__(cls, text)
        made.text = text
        return made


def _write(value: Value, parts: list[str]) -> list[str]:
    """Append the texts of compact JSON for a value to `parts`. Numbers keep the spelling of the server."""
    if isinstance(value, Number):
        parts.append(value.text)
    elif isinstance(value, dict):
        for count, (name, item) in enumerate(value.items()):
            parts.append(f"{',' if count else '{'}{json.dumps(name, ensure_ascii=False)}:")
            _write(item, parts)
        parts.append("}" if value else "{}")
    elif isinstance(value, list):
        for count, item in enumerate(value):
            parts.append("," if count else "[")
            _write(item, parts)
        parts.append("]" if value else "[]")
    else:
        parts.append(json.dumps(value, ensure_ascii=False))
    return parts


def text_of(record: Record) -> str:
    """The body of the response as text, decoded as `decode_text` does it."""
    return decode_text(record.body, record.response.headers.get("Content-Type", ""))


def body_json(record: Record) -> Value:
    """The body of the response as a JSON value. For NDJSON, it is a list with the value of each line. Raises
    `NothingFound` if the body is not JSON, and `UsageError` for JSON with too many values.
    """
    if not is_json_lines(record):
        return _read_json(text_of(record), "the response's body")
    rows = enumerate(json_lines(text_of(record), is_complete=record.is_complete), 1)
    return [_read_json(row, f"line {number} of the response's body") for number, row in rows]


def select_json(document: Value, path: str) -> list[Value]:
    """Select all matches in a document for a JSONPath (RFC 9535), or for a path without `$` such as `a.b[0]`."""
    query = _compile(_as_jsonpath(path))
    return query(document)


def _read_json(text: str, what: str) -> Value:
    try:
        value: Value = load_json(text[len(json_guard(text)) :], parse_float=Number)
    except TooManyValuesError as error:
        # This error is not an `Unreadable`: an assertion that there is no value at the path must fail.
        raise UsageError(
            f"{what} {error}", hint="ask the server for less data, or save the response and read the file with jq"
        ) from None
    except (ValueError, RecursionError):
        raise _unreadable(text, what, "JSON") from None
    return value


@lru_cache(maxsize=256)
def _compile(path: str) -> Callable[[Value], list[Value]]:
    import jsonpath  # the import takes 72 ms, and only a JSONPath needs it

    if len(path) > MAX_PATH:
        raise UsageError(f"The path has {len(path):,} characters, and the limit is {MAX_PATH:,}")
    try:
        # With `strict`, the library accepts only RFC 9535, without its own additions.
        query = jsonpath.JSONPathEnvironment(strict=True).compile(path)
    except RecursionError:
        raise UsageError(f"'{path}' is nested too deep", hint="use fewer brackets") from None
    except (jsonpath.JSONPathError, ValueError, ArithmeticError) as error:
        reason = str(error).partition("\n")[0]
        raise UsageError(
            f"'{path}' is not a JSONPath: {reason}", hint="write a path such as $.items[0].id or items[0].id"
        ) from None
    return lambda document: _found(query, document, path)


def _found(query: Any, document: Value, path: str) -> list[Value]:
    import jsonpath

    try:
        return cast("list[Value]", query.findall(document))
    except RecursionError:
        raise UsageError(f"'{path}' is too long, or the content is nested too deeply") from None
    except (
        jsonpath.JSONPathError,
        ValueError,
        ArithmeticError,
    ) as error:  # For example, a pattern in the path is invalid.
        raise UsageError(f"'{path}' cannot be evaluated: {str(error).partition(chr(10))[0]}") from None


def _as_jsonpath(path: str) -> str:
    if path.startswith("$"):
        return path
    outside = _BRACKETS.sub("", path)
    if "]" in outside or path.rfind("[") > path.rfind("]"):
        raise UsageError(f"'{path}' has a bracket that is not closed", hint="close the bracket, as in items[0].id")
    steps: list[str] = []
    # Of the path `json..a`, `.a` arrives here: the caller has removed the root and the dot after it.
    for segment in _SEGMENT.findall(f".{path}" if path.startswith(".") and not path.startswith("..") else path):
        if segment.startswith(("[", "..")):
            steps.append(segment)
        elif segment == "*" or _BARE_STEP.match(segment):
            steps.append(segment if steps and steps[-1] == ".." else f".{segment}")
        else:
            steps.append(f"[{json.dumps(segment)}]")
    return "$" + "".join(steps)


def _select_document(document: Value, path: str, what: str) -> Value:
    return document if path in ("", "$", "*") else _every(document, path, what)[0]


def _every(document: Value, path: str, what: str) -> list[Value]:
    found = select_json(document, path)
    if not found:
        raise NothingFound(f"Nothing at '{path}' in {what}", hint=describe_mismatch(document, path))
    return found


def _select_body(record: Record, path: str) -> Value:
    if path in ("", "*"):
        return text_of(record)
    if is_xpath(path):
        return _select_xpath(record, path)
    return _select_json(record, path)


def _select_xpath(record: Record, path: str) -> Value:
    is_html = "html" in record.response.headers.get("Content-Type", "")
    found = select_xpath(record.body, path, is_html=is_html)
    if found is None:
        raise NothingFound(f"Nothing at '{path}' in the response's body")
    return found


def _select_json(record: Record, path: str) -> Value:
    return body_json(record) if path in ("", "$", "*") else _every_of_json(record, path)[0]


def _every_of_json(record: Record, path: str) -> list[Value]:
    document, what = body_json(record), "the response's body"
    if not isinstance(document, list) or len(document) != 1 or not is_json_lines(record):
        return _every(document, path, what)
    try:
        return _every(document, path, what)
    except NothingFound:
        return _every(
            document[0], path, what
        )  # With a single line, the path may be for the value of this line: `$.id`.


_NUMBERED = re.compile(r"(.+?)\[(\d{1,9})\]\Z", re.DOTALL)


def _select_header(record: Record, name: str) -> Value:
    found = _find_field(record.response.headers, _bare_field(name), "The response has no header")
    return header_text(found) if isinstance(found, str) else found


def _bare_field(name: str) -> str:
    """The name of the header, given the rest of a path `headers.NAME` or `headers['NAME']`. Raises `UsageError` for
    `headers.NAME[1]`.
    """
    if match := _NUMBERED.match(name):
        only = f"Only the first value of a header can be read, not [{match[2]}]"
        raise UsageError(only, hint=f"write headers.{match[1]}; a script may use response.headers.valuesOf('NAME')")
    return name.strip("[]'\"")


_ATTRIBUTES = frozenset({"domain", "path", "expires", "secure"})
"""The attributes of a cookie that may follow its name: `cookies.sid.path`."""


def _select_cookie(record: Record, name: str) -> Value:
    name = name.removesuffix(".value")
    if not name:
        raise NothingFound("The name of a cookie is missing", hint="write cookies.NAME")
    cookies: dict[str, str] = {}
    for line in record.response.headers.getlist("Set-Cookie"):
        key, _, value = line.partition("=")
        cookies[key.strip()] = value
    if name in cookies:
        return header_text(cookies[name].partition(";")[0].strip())
    stem, _, attribute = name.rpartition(".")
    if stem in cookies and attribute in _ATTRIBUTES:
        return _cookie_attribute(cookies[stem], attribute)
    raise NothingFound(f"The response has no cookie '{name}'", hint=hint(name, cookies))


def _cookie_attribute(line: str, wanted: str) -> Value:
    """The value of the attribute `wanted` in a Set-Cookie line. For `secure`, True or False."""
    found = {}
    for part in line.split(";")[1:]:
        key, _, value = part.partition("=")
        found[key.strip().lower()] = header_text(value.strip())
    if wanted == "secure":
        return wanted in found
    return _find_field(found, wanted, "The cookie has no attribute")


def _select_link(record: Record, relation: str) -> Value:
    links = page_links(record)
    if not relation:
        return dict(links)
    if relation not in links:
        raise NothingFound(f"The response has no link '{relation}'", hint=hint(relation, links, _found_links(links)))
    return links[relation]


def _found_links(links: Mapping[str, str]) -> str:
    return (
        f"the links are {', '.join(links)}"
        if links
        else "neither the Link header nor the JSON of the response names another page"
    )


def _select_request(record: Record, path: str) -> Value:
    head, _, rest = path.partition(".")
    if head.startswith("headers["):
        head, rest = "headers", path[len("headers") :]
    if head == "headers":
        fields = {f.name.lower(): reveal(f.value) for f in record.outgoing.headers}
        return _find_field(fields, _bare_field(rest).lower(), "The request has no header")
    if head == "body":
        content = record.outgoing.content
        text = (content.data or b"").decode("utf-8", "replace") if content is not None else ""
        if rest in ("", "*"):
            return text
        return _select_document(_read_json(text, "the request's body"), rest, "the request's body")
    if head == "url":
        return record.outgoing.url.text
    if head == "method":
        return record.outgoing.method
    raise UsageError(f"Cannot read '{path}' of a request", hint="use body, body.PATH, headers.NAME, url or method")


def _find_field(fields: Mapping[str, str], name: str, complaint: str) -> Value:
    value = fields.get(name)
    if value is None:
        raise NothingFound(f"{complaint} '{name}'", hint=hint(name, fields))
    return value


_READERS: Mapping[str, Callable[[Record, str], Value]] = {
    "status": lambda record, _: record.response.status,
    "statusCode": lambda record, _: record.response.status,
    "reason": lambda record, _: header_text(record.response.reason),
    "url": lambda record, _: record.outgoing.url.text,
    "time": lambda record, _: record.seconds,
    "headers": _select_header,
    "header": _select_header,
    "cookies": _select_cookie,
    "cookie": _select_cookie,
    "links": _select_link,
    "body": _select_body,
    "json": _select_json,
}
PATH_ROOTS = tuple(_READERS)
"""The words with which a path may begin."""
