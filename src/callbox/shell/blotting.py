"""Secrets in texts that nobody has read word by word: commands of other programs, bodies, lines that are in error.

Whatever looks like a credential is taken for one: what stands beside a name of `credential_names`, in any format and
quoting, and what options of curl and others that carry one are followed by.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from callbox.exchange.credential_names import is_credential_name
from callbox.exchange.secret import USERINFO, is_reference

_SCHEME = re.compile(r"(?:bearer|basic|digest|token|negotiate|apikey)\s+", re.IGNORECASE)
_NAME = re.compile(
    r"""(?<![\w.\[\]%$-])(?P<name>[\w.\[\]%-]{1,100}+)(?P<quote>\\*["']?)\s*(?P<separator>:=|==|=|:(?!//))\s*"""
)
_OPENING = re.compile(r"""\\*["']|[\[{](?!\{)""")
_ESCAPED = r"\\."
_TO_BLANK = re.compile(rf"(?:{_ESCAPED}|[^\s\"'\\])+")
_TO_PAIR_END = re.compile(rf"(?:{_ESCAPED}|[^\s\"'&<>\\])+")
_TO_MEMBER_END = re.compile(r"[^\s\"',\[\]{}\\]+")
_ELEMENT = re.compile(r"<(?:[\w.-]{1,100}+:)?([\w.-]{1,100}+)(?:\s[^<>]{0,500}+)?>([^<>]++)(?=<)")
_VALUE = r"""(?:"(?:[^"\\]|\\.)*+"?|'[^']*+'?|[^\s"']++)++"""
_OPTION = re.compile(rf"""(?<!\S)(--([\w-]{{2,40}}))(?:=|\s+)(?=[^\s-])({_VALUE})""")
_FOREIGN_OPTION = re.compile(rf"""(?<!\S)(-[uUab])([ =]?)(?=\S)({_VALUE})""")
_CLUSTER = re.compile(rf"""(?<!\S)-[A-Za-z]{{0,5}}?[uUa][ =]?(?=[\w"'.@%+-]{{1,100}}:(?!//))({_VALUE})""")
_PROXY = re.compile(r"""(?<!\S)(?:-x|--(?:pre)?proxy)[ =]?["']?[^\s"':@/]{1,100}+:([^\s"'@/]{1,200}+)@""")
_USER = re.compile(r"""(?<![^\s"'(])[\w.+-]{1,100}+:([^\s"'@/]{1,200}+)@(?=[\w.\[])""")
_COOKIE = re.compile(rf"""(?<![\w-])cookies?\s+["']?[^\s"'=;:]{{1,100}}+=({_VALUE})""", re.IGNORECASE)
_PROGRAM = re.compile(rf"""\b(?:mysql\w*|mariadb\w*|sshpass)\s(?:[^|;&]{{0,300}}?\s)?-p\s?({_VALUE})""")
_USERS = frozenset(("user", "proxy-user", "http-user", "cert"))
"""Options whose values hold a password behind a colon, though they are not named for it."""


def blotted(text: str, taken: list[str] | None = None, *, is_ours: bool = False) -> str:
    """The text with `?` for what looks like a secret; `taken` is given what was there.

    `is_ours`: flags of one letter mean what they mean in this shell.

    >>> blotted("curl -u ann:pw -H 'X-Api-Key: abc' x"), blotted('{"newPassword": "a b", "name": "c"}')
    ("curl -u ? -H 'X-Api-Key: ?' x", '{"newPassword": "?", "name": "c"}')
    """
    taken = taken if taken is not None else []
    for find in _FINDERS if is_ours else (_in_foreign_options, *_FINDERS, _in_users, _in_programs):
        text = _blot(text, find(text), taken)
    return text


def _blot(text: str, spans: Iterator[tuple[int, int, str]], taken: list[str]) -> str:
    """The text with each span replaced, but for what is no secret: a variable, a file, a reference, a `?`."""
    pieces, at = [], 0
    for start, end, instead in spans:
        value = text[start:end]
        bare = value.strip("\"'")
        if start < at or not bare.strip(".") or bare[:1] in ("?", "@") or bare.startswith("{{") or is_reference(bare):
            continue
        taken.append(value)
        pieces += [text[at:start], instead]
        at = end
    return "".join([*pieces, text[at:]]) if pieces else text


def _in_urls(text: str) -> Iterator[tuple[int, int, str]]:
    return ((*found.span(2), "?") for found in USERINFO.finditer(text))


def _in_proxies(text: str) -> Iterator[tuple[int, int, str]]:
    return ((*found.span(1), "?") for found in _PROXY.finditer(text))


def _in_foreign_options(text: str) -> Iterator[tuple[int, int, str]]:
    return ((*found.span(3), "?") for found in _FOREIGN_OPTION.finditer(text))


def _in_options(text: str) -> Iterator[tuple[int, int, str]]:
    for found in _OPTION.finditer(text):
        if found[2] in _USERS or is_credential_name(found[2]):
            yield (*found.span(3), "?")


def _in_clusters(text: str) -> Iterator[tuple[int, int, str]]:
    return ((*found.span(1), "?") for found in _CLUSTER.finditer(text))


def _in_cookies(text: str) -> Iterator[tuple[int, int, str]]:
    return ((*found.span(1), "?") for found in _COOKIE.finditer(text))


def _in_elements(text: str) -> Iterator[tuple[int, int, str]]:
    return ((*found.span(2), "?") for found in _ELEMENT.finditer(text) if is_credential_name(found[1]))


def _in_users(text: str) -> Iterator[tuple[int, int, str]]:
    return ((*found.span(1), "?") for found in _USER.finditer(text))


def _in_programs(text: str) -> Iterator[tuple[int, int, str]]:
    return ((*found.span(1), "?") for found in _PROGRAM.finditer(text))


def _beside_names(text: str) -> Iterator[tuple[int, int, str]]:
    """The values of names, each as far as its format and its quotes go."""
    at = 0
    while (found := _NAME.search(text, at)) is not None:
        at = found.end()
        if is_credential_name(found["name"]) and at < len(text):
            start, end, instead = _value(text, found)
            yield start, end, instead
            at = max(end, at)


def _value(text: str, name: re.Match[str]) -> tuple[int, int, str]:
    start = name.end()
    if (scheme := _SCHEME.match(text, start)) is not None:
        start = scheme.end()
    opening = _OPENING.match(text, start)
    if opening is not None and opening[0][-1] in "[{":
        quote = name["quote"] or ""
        return start, _end_of_brackets(text, start), f"{quote}?{quote}"
    if opening is not None:
        start = opening.end()
        if (scheme := _SCHEME.match(text, start)) is not None:
            start = scheme.end()
        return start, _end_of_quote(text, start, opening[0]), "?"
    before = text[name.start() - 1 : name.start()]
    if before and before in "\"'" and name["separator"] == ":" and not name["quote"]:
        return start, _end_of_quote(text, start, before), "?"  # a header, quoted as a whole
    if name["separator"] != ":":
        pattern = _TO_PAIR_END
    else:
        pattern = _TO_MEMBER_END if name["quote"] else _TO_BLANK
    bare = pattern.match(text, start)
    return start, bare.end() if bare is not None else start, "?"


def _end_of_quote(text: str, at: int, quote: str) -> int:
    """Where this quote closes; a backslash takes its power from what follows, unless it is a part of the quote."""
    inside = rf"(?:{_ESCAPED}|[^\\{quote}])*+" if len(quote) == 1 else rf"(?:(?!{re.escape(quote)}).)*+"
    pattern = re.compile(inside, re.DOTALL)
    found = pattern.match(text, at)
    return found.end() if found is not None else at


def _end_of_brackets(text: str, at: int) -> int:
    depth = 0
    for bracket in re.compile(r"[\[\]{}]").finditer(text, at):
        depth += 1 if bracket[0] in "[{" else -1
        if depth == 0:
            return bracket.end()
    return len(text)


_FINDERS: tuple[Callable[[str], Iterator[tuple[int, int, str]]], ...] = (
    _in_urls,
    _in_proxies,
    _in_options,
    _in_clusters,
    _in_cookies,
    _in_elements,
    _beside_names,
)
