"""Whether two scripts say the same, wherever in their files they say it."""

from __future__ import annotations

from collections.abc import Iterable

from callbox.script.model import FileReference, Piece, Script, Text

Bare = str | int | bool | None | tuple["Bare", ...]
"""A value of the model without places."""

_TEXTS = frozenset({"url", "value"})
_PIECES = frozenset({"pieces", "variables"})
_PLACES = frozenset({"at", "first_line", "last_line", "diagnostics", "text", "expanded"})


def same(left: Script, right: Script) -> bool:
    """True where both ask for the same requests, with the same checks and variables, in the same order.

    Places, diagnostics and the file's name do not count, nor on how many lines a URL or a value is written,
    nor the marks of comments.
    """
    return bare(left._replace(name="")) == bare(right._replace(name=""))


def bare(value: object) -> Bare:
    """A value of the model as nested tuples of plain values, without places."""
    if isinstance(value, Text):
        return value.text
    if isinstance(value, tuple):
        fields: tuple[str, ...] | None = getattr(value, "_fields", None)
        if fields is None:
            return tuple(bare(item) for item in value)
        return tuple(_field(name, item) for name, item in zip(fields, value, strict=True) if name not in _PLACES)
    return value if isinstance(value, str | int | bool) else None


def _field(name: str, value: object) -> Bare:
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        if name in _TEXTS:
            return "".join(text.text for text in value)
        if name in _PIECES and all(isinstance(piece, Text | FileReference) for piece in value):
            return tuple(_merged(value))
        if name == "comments":
            return tuple(text.text.lstrip("#/ \t") for text in value)
        if name == "handlers":  # those above a request and those below it each keep their order
            return bare(tuple(sorted(value, key=lambda handler: bool(handler.kind == "after"))))
    return bare(value)


def _merged(pieces: Iterable[Piece]) -> Iterable[Bare]:
    """The pieces, with neighbouring texts as one."""
    text = ""
    for piece in pieces:
        if isinstance(piece, Text):
            text += piece.text
            continue
        if text:
            yield text
        text = ""
        yield bare(piece)
    if text:
        yield text
