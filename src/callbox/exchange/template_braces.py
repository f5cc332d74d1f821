"""The only scanner of `{{ }}`: split `https://{{host}}/users/{{id}}` into literal pieces and the expressions in braces.

This module only finds the braces. `httpfile.variables.variable_scope` evaluates the expressions of a file, and
`shell.line_variables` those of a typed line. The scanner never raises, and takes linear time for every text.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote

BRACED = r"\{\{[^{}]*+\}\}"
"""A pattern for `{{..}}` with its content, as a part of other patterns."""
BRACED_ON_LINE = r"\{\{[^{}\n]*+\}\}"
"""A pattern for `{{..}}` within a single line."""
_BRACED = re.compile(BRACED)
_BRACED_ON_LINE = re.compile(BRACED_ON_LINE)
_BRACES = re.compile(r"\{{2,}+")
_EMPTY = re.compile(r"\{\{\s*+\}\}")
_UNFILLED = re.compile(rf"(?:[A-Za-z][\w-]{{0,20}}[ ]++)?(?:{BRACED}[:;,= ]*+)++\Z")


class Hole(NamedTuple):
    """An expression in double braces, `{{ expression }}`."""

    expression: str
    """The text between the braces, trimmed."""
    start: int
    """The index of the opening `{{` in the text, in characters."""
    end: int
    """The index after the closing `}}`, in characters."""
    is_encoded: bool = False
    """Whether the expression is written `{{%name}}`, so that its value is percent-encoded."""


def split(text: str) -> list[str | Hole]:
    r"""Split a text into literal pieces and expressions in braces, in order. `\{\{x\}\}` is a literal `{{x}}`, and
    `{{{x}}}` is a brace, an expression, and a brace. `{{#each}}` and `{{/each}}` are literal, because they belong to a
    template language that the receiver of the text may use. `{{` that is not closed on its line is literal, too.

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


def escape(text: str) -> str:
    r"""Escape the braces of one line, so that they are read literally.

    >>> print(escape("{{x}}"), escape("{{{x}}}"))
    \{\{x}} {\{\{x}}}
    """
    return _BRACES.sub(lambda m: "{" * (len(m[0]) % 2) + "\\{" * (len(m[0]) // 2 * 2), text)


def is_literal(text: str) -> bool:
    """A quick check before `split`: True if the text has neither `{{ }}` nor escaped braces, so that it is sent
    unchanged.

    >>> is_literal("/a/{b}"), is_literal("/a/{{b}}"), is_literal(r"/a/\\{b}")
    (True, False, False)
    """
    return "{{" not in text and "\\{" not in text


def holes(text: str) -> list[Hole]:
    """The expressions in braces of a text, without its literal pieces."""
    return list(_holes(text)) if "{{" in text else []


def only_hole(text: str) -> Hole | None:
    """The `{{ }}` that is the whole text; None if the text has anything else.

    >>> only_hole("{{ $env.HOME }}"), only_hole("a{{b}}")
    (Hole(expression='$env.HOME', start=0, end=15, is_encoded=False), None)
    """
    found = holes(text) if text.startswith("{{") else []
    return found[0] if found and found[0].start == 0 and found[0].end == len(text) else None


def is_unfilled(text: str) -> bool:
    """Whether a text consists only of `{{ }}`, perhaps after an auth scheme. Then it contains no secret itself.

    >>> [is_unfilled(value) for value in ("Bearer {{login.token}}", "{{user}}:{{password}}", "pa{{ss", "a")]
    [True, True, False, False]
    """
    return _UNFILLED.match(text) is not None


def find_empty(text: str) -> tuple[int, int] | None:
    """Find the first `{{ }}` without an expression. Returns its start and end; None if there is none."""
    match = _EMPTY.search(text) if "{{" in text else None
    return match.span() if match else None


def has_unclosed(text: str) -> bool:
    """A quick check before `find_unclosed`: True if the text may have a `{{` without its `}}`.

    >>> has_unclosed("/a/{{b}}"), has_unclosed("/a/{{b")
    (False, True)
    """
    return "{{" in text and "{{" in _BRACED_ON_LINE.sub("", text)


def find_unclosed(text: str) -> int:
    """The index of a `{{` that is not closed, or that has another `{{` before its `}}`; -1 if there is none.

    >>> find_unclosed("/a/{{b}}/{{c"), find_unclosed("{{a{{b}}}}")
    (9, 0)
    """
    index = text.find("{{")
    while index >= 0:
        end = text.find("}}", index + 2)
        if end < 0 or "{{" in text[index + 2 : end].lstrip("{"):
            return index
        index = text.find("{{", end + 2)
    return -1


def without_holes(text: str) -> str:
    """Replace each `{{ }}` by letters `x` of the same length. So a search for a sign finds only signs outside of `{{
    }}`.

    >>> without_holes("a {{b :c}}: d")
    'a xxxxxxxx: d'
    """
    return _BRACED.sub(lambda braced: "x" * len(braced[0]), text) if "{{" in text else text


def _holes(text: str) -> list[Hole]:
    found: list[Hole] = []
    at = text.find("{{")
    while at >= 0:
        if text.startswith("{{{", at) and not text.startswith("{{{{", at):
            at += 1  # In `{{{x}}}`, the first brace is text.
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


def percent_encoded(value: str) -> str:
    """The percent-encoded value, as `{{%name}}` fills it in."""
    return quote(value, safe="", errors="replace")
