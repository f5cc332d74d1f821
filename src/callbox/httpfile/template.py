"""Split text such as `https://{{host}}/users/{{id}}` into literal pieces and the expressions in braces.

Only the braces are found here; `scope` evaluates the expressions. Never raises, on any text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_BRACED = re.compile(r"\{\{[^{}]*+\}\}")


class Hole(NamedTuple):
    """One `{{ expression }}`."""

    expression: str
    """What stands between the braces, trimmed."""
    start: int
    """Where its `{{` begins in the text, in characters."""
    end: int
    """One past its `}}`."""
    is_encoded: bool = False
    """Written `{{%name}}`: the value is to be percent-encoded."""


def split(text: str) -> list[str | Hole]:
    r"""The text as literal pieces and holes, in order.

    `\{\{x\}\}` is a literal `{{x}}`; `{{{x}}}` is a brace, a value, a brace; `{{#each}}` and `{{/each}}` belong
    to a template language of the receiver's and stay; so does `{{` that is not closed on its line.

    >>> split("a{{ b }}c{{#if}}")
    ['a', Hole(expression='b', start=1, end=8, is_encoded=False), 'c{{#if}}']
    >>> split(r"\{\{x\}\}")
    ['{{x}}']
    """
    found = _holes(text)
    if not found:
        return [_unescape(text)] if text else []
    pieces: list[str | Hole] = []
    at = 0
    for hole in found:
        if hole.start > at:
            pieces.append(_unescape(text[at : hole.start]))
        pieces.append(hole)
        at = hole.end
    if at < len(text):
        pieces.append(_unescape(text[at:]))
    return _joined(pieces)


def holes(text: str) -> list[Hole]:
    """The holes alone."""
    return list(_holes(text)) if "{{" in text else []


def without_holes(text: str) -> str:
    """The text, as long as it is, with what stands in braces as letters: to find the marks that are written in it.

    >>> without_holes("a {{b :c}}: d")
    'a xxxxxxxx: d'
    """
    return _BRACED.sub(lambda braced: "x" * len(braced[0]), text)


def _holes(text: str) -> list[Hole]:
    found: list[Hole] = []
    at = text.find("{{")
    while at >= 0:
        if text.startswith("{{{", at) and not text.startswith("{{{{", at):
            at += 1  # {{{x}}}: the first brace is text
        end = text.find("}}", at + 2)
        if end < 0:
            break
        inner = text[at + 2 : end]
        reopened = inner.rfind("{{")
        if reopened >= 0:
            at += 2 + reopened
            continue
        if hole := _hole(inner, at, end + 2):
            found.append(hole)
        at = text.find("{{", end + 2)
    return found


def _hole(inner: str, start: int, end: int) -> Hole | None:
    expression = inner.strip()
    if not expression or "\n" in inner or "\r" in inner or expression[0] in "#/":
        return None
    if expression[0] == "%":
        return Hole(expression[1:].strip(), start, end, True)
    return Hole(expression, start, end)


def _unescape(text: str) -> str:
    return text.replace("\\{\\{", "{{").replace("\\}\\}", "}}") if "\\{\\{" in text else text


def _joined(pieces: list[str | Hole]) -> list[str | Hole]:
    joined: list[str | Hole] = []
    for piece in pieces:
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined
