"""What a server asks for: the challenges of WWW-Authenticate, RFC 9110 section 11.6.1, read from any text.

Total and linear: what is no challenge is passed over, a value whose closing quote is missing goes to the end of the
line. Commas part both the challenges and their parameters, so that a word without `=` is what begins a challenge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_WORD = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
_BREAK = re.compile(r"[\s,]*+")
_SCHEME = re.compile(rf"({_WORD})(\s*+)")
_TOKEN = re.compile(r"([A-Za-z0-9\-._~+/]++=*+)\s*+(?=,|\Z)")
_PARAMETER = re.compile(rf'({_WORD})\s*+=\s*+(?:"((?:[^"\\]++|\\.)*+)(?:"|\\?\Z)|([^\s,"]*+))', re.DOTALL)
_JUNK = re.compile(r"[^\s,]++")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# Every repeat is possessive: no text makes the reader go back over what it has read.


class Challenge(NamedTuple):
    """One scheme that would be accepted, and what it says of itself."""

    scheme: str
    """In lower case."""
    parameters: Mapping[str, str] = {}
    """By lower-cased name, quotes and their escapes undone; of a name given twice the first."""
    token: str = ""
    """What stands in the place of parameters: `Negotiate YII..`."""


def read_challenges(lines: Iterable[str]) -> list[Challenge]:
    """All challenges of these field lines, in the order in which they stand.

    >>> [c.scheme for c in read_challenges(['Basic realm="a, b", Digest realm=c, nonce="1"', "Bearer"])]
    ['basic', 'digest', 'bearer']
    """
    return [challenge for line in lines for challenge in _read_line(line)]


def read_parameters(text: str) -> dict[str, str]:
    """The parameters of a list without a scheme, as Authentication-Info holds it.

    >>> read_parameters('nextnonce="a\\\\"b", qop=auth')
    {'nextnonce': 'a"b', 'qop': 'auth'}
    """
    return _take_parameters(text, 0)[0]


def _read_line(line: str) -> Iterable[Challenge]:
    at = _skip(_BREAK, line, 0)
    while at < len(line):
        begun = _SCHEME.match(line, at)
        if begun is None:
            at = _skip(_BREAK, line, _skip(_JUNK, line, at))
            continue
        token = _TOKEN.match(line, begun.end()) if begun[2] else None
        if token is not None:
            at = _skip(_BREAK, line, token.end())
            yield Challenge(begun[1].lower(), {}, token[1])
            continue
        parameters, at = _take_parameters(line, begun.end())
        yield Challenge(begun[1].lower(), parameters)


def _take_parameters(line: str, at: int) -> tuple[dict[str, str], int]:
    """The parameters from here on, and where the first thing that is none begins."""
    found: dict[str, str] = {}
    at = _skip(_BREAK, line, at)
    while (match := _PARAMETER.match(line, at)) is not None:
        name, quoted, bare = match.groups()
        found.setdefault(name.lower(), bare if quoted is None else _ESCAPED.sub(r"\1", quoted))
        at = _skip(_BREAK, line, match.end())
    return found, at


def _skip(what: re.Pattern[str], line: str, at: int) -> int:
    match = what.match(line, at)
    return at if match is None else match.end()
