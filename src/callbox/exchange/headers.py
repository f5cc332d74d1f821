"""Header fields: the immutable headers of a response, a case-insensitive mapping, and the Link header.

`Headers` keeps order and repetitions. `CaseInsensitiveDict` is the mapping that users of Requests know. `parse_links`
parses the Link header (RFC 8288) in one pass.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, MutableMapping
from functools import lru_cache
from typing import Generic, TypeVar, cast, overload

from callbox.errors import UsageError
from callbox.exchange.secret import Secret

T = TypeVar("T")


class Headers(Mapping[str, str]):
    """The headers of a response: an immutable mapping that ignores letter case. If a name is repeated, a lookup joins
    the values with `, `.

    >>> h = Headers([("Set-Cookie", "a=1"), ("X", "1"), ("set-cookie", "b=2")])
    >>> h["x"], h.getlist("Set-Cookie")
    ('1', ['a=1', 'b=2'])
    """

    __slots__ = ("_index", "_pairs")

    def __init__(self, pairs: list[tuple[str, str]] | tuple[tuple[str, str], ...] = ()) -> None:
        self._pairs = tuple(pairs)
        self._index: dict[str, list[str]] | None = None

    def _lists(self) -> dict[str, list[str]]:
        if self._index is None:
            index: dict[str, list[str]] = {}
            for name, value in self._pairs:
                index.setdefault(name.lower(), []).append(value)
            self._index = index
        return self._index

    def __getitem__(self, name: str) -> str:
        return ", ".join(self._lists()[name.lower()])

    @overload
    def get(self, name: str, default: None = None) -> str | None: ...
    @overload
    def get(self, name: str, default: str | T) -> str | T: ...
    def get(self, name: str, default: str | T | None = None) -> str | T | None:
        """The values of this name, joined with `, `; the default if there are none. Defined here because `Mapping.get`
        is slower: it catches an exception.
        """
        values = self._lists().get(name.lower())
        if values is None:
            return default
        return values[0] if len(values) == 1 else ", ".join(values)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._lists()

    def __iter__(self) -> Iterator[str]:
        seen = set()
        for name, _ in self._pairs:
            if (lower := name.lower()) not in seen:
                seen.add(lower)
                yield name

    def __len__(self) -> int:
        return len(self._lists())

    def getlist(self, name: str) -> list[str]:
        """All values of this name in order, one for each line. An empty list if there are none."""
        return list(self._lists().get(name.lower(), ()))

    def multi_items(self) -> tuple[tuple[str, str], ...]:
        """All lines as (name, value) in the order in which they were received. Names have the spelling of the
        server.
        """
        return self._pairs

    def decoded(self) -> tuple[tuple[str, str], ...]:
        """All lines as (name, value) for people: a value is decoded as UTF-8 if its bytes are valid UTF-8."""
        return tuple([(name, header_text(value)) for name, value in self._pairs])

    def __repr__(self) -> str:
        return f"Headers({list(self._pairs)!r})"


def header_text(value: str) -> str:
    """The value of a response header as text for people: decoded as UTF-8 if its bytes are valid UTF-8, else as
    Latin-1. RFC 9110 section 5.5 does not say what bytes above 127 mean. `Headers` has all values in Latin-1, as
    Requests does.

    >>> header_text("\\xc3\\xa9.txt"), header_text("\\xe9.txt")
    ('é.txt', 'é.txt')
    """
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
"""A token of HTTP: a method, or the name of a header (RFC 9110 section 5.6.2)."""


BAD_VALUE = re.compile(r"[\r\n\0]")


class HeaderError(UsageError):
    """A header or a method cannot be sent."""


def check_header(name: str, value: str) -> None:
    """Raise `HeaderError` if the name is invalid, or if the value has a line break. The message does not show the
    value.
    """
    lower_name(name)
    if BAD_VALUE.search(value):
        refuse_value(name)


def header_texts(name: str, value: object) -> Iterator[str | Secret]:
    """Convert the value of a header that a program gave to the values of one or more header lines. A list gives a line
    for each element. Bytes are sent unchanged. Raises `HeaderError` for a value that is not text, or that has a line
    break.
    """
    for item in value if isinstance(value, (list, tuple)) else (value,):
        text = item.decode("latin-1") if isinstance(item, bytes) else item
        if not isinstance(text, (str, Secret)):
            raise HeaderError(f"The value of header '{name}' is not text: {item!r}")
        if BAD_VALUE.search(text if isinstance(text, str) else text.reveal()):
            refuse_value(name)
        yield text


def refuse_value(name: str) -> None:
    """Raise the `HeaderError` for a header whose value has a line break or NUL. The message does not show the value."""
    raise HeaderError(f"The value of header '{name}' holds a line break or NUL and is not sent")


@lru_cache(maxsize=1024)
def lower_name(name: str) -> str:
    """The name in lower case. Raises `HeaderError` if it is not a token (RFC 9110 section 5.6.2)."""
    if not TOKEN.match(name):
        raise HeaderError(f"{name!r} is not a header name", hint="use letters, digits and dashes")
    return name.lower()


# RFC 3986 does not allow `<` in a reference. The search ends at `<`, so a text such as `<<<` takes linear time.
_LINK = re.compile(r"<([^<>]*+)>((?:\s*+;\s*+[^;,=\s]++(?:\s*+=\s*+(?:\"(?:[^\"\\]|\\.)*+\"|[^\",;\s]*+))?+)*+)")
_PARAMETER = re.compile(r";\s*+([^;,=\s]++)\s*+(?:=\s*+(?:\"((?:[^\"\\]|\\.)*+)\"|([^\",;\s]*+)))?+")


def parse_links(value: str) -> list[dict[str, str]]:
    """Parse the value of a Link header. Returns a dictionary for each link, with its parameters and its `url`.

    >>> parse_links('</b?page=2>; rel="next", </b?page=9>; rel=last')
    [{'url': '/b?page=2', 'rel': 'next'}, {'url': '/b?page=9', 'rel': 'last'}]
    """
    links = []
    for match in _LINK.finditer(value):
        link = {"url": match[1].strip()}
        for name, quoted, bare in _PARAMETER.findall(match[2]):
            # In RFC 8288, single quotes have no meaning. But some servers write them, and no relation contains one.
            link.setdefault(name.lower(), quoted.replace('\\"', '"') or bare.strip("'"))
        links.append(link)
    return links


V = TypeVar("V")


class CaseInsensitiveDict(MutableMapping[str, V], Generic[V]):
    """A mapping that ignores the letter case of its keys, like the class of Requests. A key that is set again stays at
    its position and gets the new spelling.

    >>> d = CaseInsensitiveDict({"Accept": "a"}); d["ACCEPT"] = "b"; list(d.items())
    [('ACCEPT', 'b')]
    """

    __slots__ = ("_store",)

    def __init__(self, data: Mapping[str, V] | Iterable[tuple[str, V]] | None = None, **kwargs: V) -> None:
        self._store: dict[str, tuple[str, V]] = {}
        self.update(data or {}, **kwargs)

    def __setitem__(self, key: str, value: V) -> None:
        self._store[key.lower()] = (key, value)

    def __getitem__(self, key: str) -> V:
        return self._store[key.lower()][1]

    def __delitem__(self, key: str) -> None:
        del self._store[key.lower()]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower() in self._store

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self._store.values()])

    def __len__(self) -> int:
        return len(self._store)

    def items(self) -> Collection[tuple[str, V]]:  # type: ignore[override]
        """All (key, value) pairs in order, with the keys as spelled."""
        return self._store.values()

    def lower_items(self) -> Iterator[tuple[str, V]]:
        """All (key, value) pairs in order, with the keys in lower case."""
        return ((lower, pair[1]) for lower, pair in self._store.items())

    def spelled(self, key: str) -> str:
        """The spelling that this key has in the mapping. Raises `KeyError` if it is not in the mapping."""
        return self._store[key.lower()][0]

    def copy(self) -> CaseInsensitiveDict[V]:
        """A new mapping with the same values. The values are not copied."""
        made: CaseInsensitiveDict[V] = CaseInsensitiveDict()
        made._store.update(self._store)
        return made

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        theirs = CaseInsensitiveDict(cast("Mapping[str, V]", other))
        return dict(self.lower_items()) == dict(theirs.lower_items())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return str(dict(self.items()))


def encode_line(line: str) -> bytes:
    """Encode a header line: in Latin-1 if possible, else in UTF-8. In a Cookie line, each cookie is encoded separately,
    because callbox must send back the bytes that the server has set.
    """
    if line[:7].lower() == "cookie:" and ";" in line:
        return b"; ".join([encode_line(pair) for pair in line.split("; ")])
    try:
        return line.encode("latin-1")
    except UnicodeEncodeError:
        return line.encode("utf-8", "replace")
