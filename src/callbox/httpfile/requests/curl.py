"""Resolve a step that is written as a `curl` command to a draft.

The command is split into words before variables are filled, so no value can end a word or begin an option.
"""

from __future__ import annotations

import re
import shlex

from callbox.errors import UsageError
from callbox.exchange.request import Draft
from callbox.formats.curl import Source, read_curl
from callbox.httpfile.model import Step
from callbox.httpfile.source import Template
from callbox.httpfile.template import holes
from callbox.httpfile.variables.scope import Scope

_PLACEHOLDER = re.compile("\ue000(\\d+)\ue001")


def resolve_command(step: Step, scope: Scope) -> Draft:
    """The request of a step that is a curl command. Raises `ScriptError` with its place, or collects it."""
    filled: list[Template] = []
    lines = [_with_placeholders(text, filled) for text in step.command]
    try:
        words = shlex.split("\n".join(lines).replace("\\\n", " "))
    except ValueError:
        scope.fail(UsageError("The quotes of this command do not match"), step.command[0])
        return Draft("GET", "")
    values = [scope.expand([text]) for text in filled]
    expanded = [_PLACEHOLDER.sub(lambda match: values[int(match[1])].text, word) for word in words]
    open_words = [
        text
        for word, text in zip(words, expanded, strict=True)
        if any(values[int(mark)].is_open for mark in _PLACEHOLDER.findall(word))
    ]

    def read(path: str) -> bytes:
        is_open = any(path in word for word in open_words)
        return b"" if is_open else scope.resolution.open_file(path).read()

    try:
        return read_curl(expanded, Source(read, lambda: _boundary(scope)))
    except UsageError as error:
        scope.fail(error, step.command[0])
        return Draft("GET", "")


def url_and_files_of_command(step: Step) -> tuple[str, tuple[str, ...]]:
    """The URL and the files that a curl command names, as they are written; nothing of it is read."""
    filled: list[Template] = []
    lines = [_with_placeholders(text, filled) for text in step.command]
    paths: list[str] = []

    def note(path: str) -> bytes:
        paths.append(path)
        return b""

    try:
        words = shlex.split("\n".join(lines).replace("\\\n", " "))
        draft = read_curl(
            [_PLACEHOLDER.sub(lambda m: filled[int(m[1])].text, word) for word in words], Source(note, str)
        )
    except (ValueError, UsageError):  # told by the look at the whole script
        return "", tuple(paths)
    named = [str(draft.options[name]) for name in ("ca", "cert") if draft.options.get(name)]
    content = draft.content
    if content is not None:
        named += [path for path in (content.path, *(part.path for part in content.parts)) if path]
    return draft.url, tuple(dict.fromkeys([*paths, *named]))


def _with_placeholders(text: Template, filled: list[Template]) -> str:
    """The line with each `{{...}}` as a mark, for it may hold blanks and quotes."""
    out, at = [], 0
    for hole in holes(text.text):
        out += [text.text[at : hole.start], f"\ue000{len(filled)}\ue001"]
        filled.append(text.cut(hole.start, hole.end))
        at = hole.end
    return "".join([*out, text.text[at:]])


def _boundary(scope: Scope) -> str:
    return f"{scope.resolution.sources.random.getrandbits(128):032x}"
