"""What is well-formed and hardly meant: comments behind URLs, delimiters that do not fit, characters that nobody sees.

`lint` tells all of it; each run tells of what is missent, for the results would not show it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence

from callbox.script.findings import Finding, find_at, lints
from callbox.script.invisible import INVISIBLE, name_of
from callbox.script.model import Diagnostic, HeaderLine, Piece, Script, Step, Text
from callbox.script.payload import boundary_of
from callbox.script.template import without_holes

_URLS = ("http://", "https://")
_COMMENT = re.compile(r"(?<=[ \t])(?:#|//)")
_CHARSET = re.compile(r';\s*+charset\s*+=\s*+"?+([\w.:-]{1,40})', re.IGNORECASE)
_JSON = re.compile(r'\s*+\{\s*+"')


def missent(script: Script) -> Iterator[Diagnostic]:
    """What a server is sent otherwise than its author means; of the variables first, then in the order of the file."""
    urls = [variable.value for variable in script.variables if variable.value.text.startswith(_URLS)]
    yield from lints(script, (found for text in urls for found in _url_comments(text)))
    yield from lints(script, (found for step in script.steps for found in _missent(step)))


def unseen(script: Script) -> Iterator[Diagnostic]:
    """Characters in URLs and headers that no one sees, and that are sent."""
    return lints(script, (found for step in script.steps for found in _unseen(step)))


def _missent(step: Step) -> Iterator[Finding]:
    for text in step.url:
        if " " in text.text or "\t" in text.text:
            yield from _url_comments(text)
    if step.body.pieces and (kind := step.header("content-type")) is not None and "charset" in kind.text.lower():
        yield from _other_charset(step, kind)
    if step.body.kind == "multipart" and step.directive("raw-body") is None:
        yield from _delimiters(step)
    if step.body.kind == "graphql" and step.body.pieces:
        yield from _wrapped(step.body.pieces[0])


def _other_charset(step: Step, kind: HeaderLine) -> Iterator[Finding]:
    """A text is sent as UTF-8, whatever its header says of it."""
    match = _CHARSET.search(kind.text)
    try:
        name = codecs.lookup(match[1]).name if match else "utf-8"
    except LookupError:
        return
    if name != "utf-8" and not all(text.text.isascii() for text in step.body.texts):
        message = f"This body is sent as UTF-8, and its header says {name}"
        yield find_at(kind.name, "charset", message, f"Say charset=utf-8, or send a file: <@{name} body.txt")


def _wrapped(first: Piece) -> Iterator[Finding]:
    if isinstance(first, Text) and _JSON.match(first.text):
        message = "This GraphQL query is JSON, and is put into JSON once more"
        yield find_at(first, "query-of-json", message, "Write the query as it is, or leave X-Request-Type out")


def _unseen(step: Step) -> Iterator[Finding]:
    for text in (*step.url, *(text for line in step.headers for text in (line.name, *line.value))):
        match = None if text.text.isascii() else INVISIBLE.search(text.text)
        if match:
            message = f"A character that cannot be seen stands here: {name_of(match[0])}"
            yield find_at(text.cut(match.start(), match.end()), "unseen", message, "Type what is around it anew")


def _url_comments(text: Text) -> Iterator[Finding]:
    if match := _COMMENT.search(without_holes(text.text)):
        part = "cut off as a fragment" if match[0] == "#" else "sent as part of it"
        message = f"What stands behind this URL is {part}"
        yield find_at(text.cut(match.start()), "url-comment", message, "Put a comment on a line of its own")


def _delimiters(step: Step) -> Iterator[Finding]:
    """RFC 2046 section 5.1.1: each part begins with `--` and the boundary, and `--` is added behind the last."""
    kind = step.header("content-type")
    pieces = step.body.pieces
    if kind is None or not pieces or not isinstance(pieces[0], Text):
        return
    if "boundary" not in kind.text.lower():
        hint = "Add ; boundary= and the word after -- in the body"
        yield find_at(kind.name, "no-boundary", "No boundary of the parts is said", hint)
        return
    boundary = boundary_of(kind.text)
    lines = [line for piece in pieces if isinstance(piece, Text) for line in piece.lines()]
    bare = [line.text.rstrip() for line in lines]
    if f"--{boundary}" not in bare:
        yield from _foreign(boundary, lines, kind.name)
    elif f"--{boundary}--" not in bare:
        at = next(_ends(pieces), lines[-1])
        yield find_at(at, "boundary", "The last part is not closed", f"End the body with --{boundary}--")


def _ends(pieces: Sequence[Piece]) -> Iterator[Text]:
    """The lines of a body that hold anything, from the last on."""
    for piece in reversed(pieces):
        if isinstance(piece, Text):
            yield from (line for line in reversed(list(piece.lines())) if line.text.strip())
        else:
            yield piece.path


def _foreign(boundary: str, lines: Sequence[Text], name: Text) -> Iterator[Finding]:
    if "{{" in boundary:
        return  # its value may well be what the body says
    begun = next((line for line in lines if line.text.startswith("--")), None)
    word = begun.text.strip() if begun else ""
    hint = f"Begin each part with --{boundary}" + (f", or say boundary={word[2:].removesuffix('--')}" if word else "")
    yield find_at(begun or name, "boundary", f"No part begins with --{boundary}, as its header says", hint)
