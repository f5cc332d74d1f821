"""GraphQL in a body that nothing above it calls so, as httpyac writes it: `gql NAME < file`, or the query alone.

Called by `payload`, which sends it as JSON, and by those that say what is read and what is doubtful.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from callbox.script.model import Body, FileReference, Piece, Step, Template

_FILE = re.compile(r"[ \t]*+gql(?:[ \t]++([A-Za-z_]\w*+))?[ \t]++<[ \t]++(\S[^\r\n]*+)")
_QUERY = re.compile(
    r"(?:\s*+#[^\n]*+\n)*+\s*+(?:(?:query|mutation|subscription)(?:\s++[A-Za-z_]\w*+)?\s*+[({@]|fragment\s++\w++\s++on\s)"
)


class Operation(NamedTuple):
    """A query and its variables."""

    query: tuple[Piece, ...]
    variables: tuple[Piece, ...] = ()
    name: str = ""
    """Which operation of a file is meant; empty where that is not said."""


def operation_of(step: Step) -> Operation | None:
    """The GraphQL that a step sends; None where its body is something else."""
    body = step.body
    first = body.pieces[0] if body.pieces else None
    if body.kind == "graphql":
        named = _FILE.match(first.text) if isinstance(first, Template) else None
        query, variables = (body.pieces, body.variables) if body.variables else _split_files(body.pieces)
        return _from_file(named, query, variables) if named else Operation(query, variables)
    if not isinstance(first, Template) or body.kind not in ("text", "json") or not _may_be(step):
        return None
    named = _FILE.match(first.text)
    if named is None and not _QUERY.match(
        "".join(piece.text for piece in body.pieces[:9] if isinstance(piece, Template))
    ):
        return None
    query, variables = _split(body)
    return _from_file(named, query, variables) if named else Operation(query, variables)


def _may_be(step: Step) -> bool:
    """Whether the type of the body is left open, or is JSON, which no query is."""
    kind = step.header("content-type")
    is_open = kind is None or "json" in kind.text.lower()
    return is_open and step.method not in ("GET", "HEAD") and step.directive("raw-body") is None


def _from_file(named: re.Match[str], query: Sequence[Piece], variables: tuple[Piece, ...]) -> Operation:
    first = query[0]
    line = first if isinstance(first, Template) else first.path
    return Operation((FileReference(line.cut(named.start(2), named.end(2)), line.at),), variables, named[1] or "")


def _split(body: Body) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """The query, and below a blank line the variables, which begin with a brace."""
    lines: list[Piece] = []
    for piece in body.pieces:
        lines += piece.lines() if isinstance(piece, Template) else [piece]
    for at in range(1, len(lines)):
        if _is_blank(lines[at - 1]) and _opens(lines[at]):
            return tuple(_trimmed(lines[:at])), tuple(lines[at:])
    return tuple(_trimmed(lines)), ()


def _split_files(pieces: tuple[Piece, ...]) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """The same where the variables are a file: `< NAME.json` below a blank line."""
    last = pieces[-1] if len(pieces) > 1 and _is_blank(pieces[-2]) else None
    if isinstance(last, FileReference) and last.path.text.strip().lower().endswith(".json"):
        return tuple(_trimmed(list(pieces[:-1]))), (last,)
    return pieces, ()


def _trimmed(lines: list[Piece]) -> list[Piece]:
    """Without blank lines and the last newline at the end, as a query is sent."""
    while lines and _is_blank(lines[-1]):
        lines.pop()
    last = lines[-1] if lines else None
    return [*lines[:-1], last._replace(text=last.text.rstrip("\r\n"))] if isinstance(last, Template) else lines


def _is_blank(piece: Piece) -> bool:
    return isinstance(piece, Template) and not piece.text.strip()


def _opens(piece: Piece) -> bool:
    return isinstance(piece, Template) and piece.text.lstrip().startswith("{")
