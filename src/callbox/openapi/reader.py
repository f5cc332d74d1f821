"""Read a description of any dialect: its text becomes a `Source`, and the source the bytes that `model.Api` reads."""

from __future__ import annotations

from io import BytesIO

from callbox.openapi.compiler import compile_source
from callbox.openapi.source_text import JsonSource, Source, error_at


def compile_text(text: str, name: str) -> bytes:
    """The bytes for `model.Api` of a description given as text; `name` is its file or URL, for messages.

    Raises `DescriptionError` with a place where the text is no description.
    """
    written = BytesIO()
    compile_source(make_source(text, name), name, written.write)
    return written.getvalue()


def make_source(text: str, name: str) -> Source:
    """The source for a text."""
    text = text.removeprefix("\ufeff")
    start = text.lstrip()[:1]
    if not start:
        raise error_at("The description is empty", text, 0, name)
    if start == "<":
        raise error_at("This is a page or XML, and no description of an API", text, text.index("<"), name)
    return JsonSource(text, name)
