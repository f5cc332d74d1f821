"""Report lines that only look like a directive, a check, a separator, a variable or a script of a `.http` file.

A Cyrillic `е`, a full-width `＃` or a zero-width space makes such a line a comment or a part of the body. Nobody who
reads the file sees that the check is never made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from callbox.httpfile.assertion_syntax import is_expectation
from callbox.httpfile.diagnostics import Diagnostic
from callbox.httpfile.look_alikes import describe_look_alike, plain
from callbox.httpfile.parser.body_lints import WARNING_CODES
from callbox.httpfile.parser.comments import (
    MISSPELT_CHECK,
    MISSPELT_DIRECTIVE,
    find_directive,
    is_check_comment,
    misspelt_directive,
)
from callbox.httpfile.parser.preamble import variable_name
from callbox.httpfile.source import File, Lines

_LONGEST = 300
"""Characters of a line that are looked at."""
_FIRST = frozenset(("", *"#/@?<>E"))
"""What the first character of such a line is, or looks like; empty: it is not seen."""
_FIRST_OF_COMMENT = frozenset(("", *"#/@eEcC"))
"""The same, of the text of a comment: `@`, or a check or a capture without one."""
_OF_ASCII = re.compile("[A-Za-z0-9\uff01-\uff5e\u200b-\u200f\u2060\ufeff]")
_MARKS = (
    (re.compile(r"[<>]\s*+\{%"), MISSPELT_DIRECTIVE, "a script"),
    (re.compile(r"(?:>>!?|<>)[ \t]*+(?=\S)"), MISSPELT_DIRECTIVE, "a file for the response"),
    (re.compile(r"<@?[\w-]*+[ \t]++[./~\w{]"), MISSPELT_DIRECTIVE, "a file"),
    (re.compile(r"(?:>\s*+)?EXPECTED_RESPONSE_(?:STATUS|BODY|HEADERS)(?=\s|\Z)"), MISSPELT_CHECK, "a check"),
)


def look_alike_lints(file: File, uses: Callable[[str], bool], reported: set[int]) -> Iterator[Diagnostic]:
    """A lint for each line that means something else once its look-alikes are replaced by ASCII characters.

    `uses` says whether the file uses a variable; lines whose numbers are in `reported` are passed over.
    """
    lines = Lines(file)
    for index, text in enumerate(file.texts):
        if text.isascii() or not _may_mean_more(text) or index + 1 in reported:
            continue
        text = text[:_LONGEST]
        code, meant = _meaning(text, plain(text), uses)
        if meant:
            line = lines[index]
            message = f"This line only looks like {meant}"
            bare = line.stripped
            place = (bare.at, max(len(bare.text), 1), line.text)
            yield Diagnostic("lint", code, message, describe_look_alike(text), *place)


def _may_mean_more(text: str) -> bool:
    """A quick check of the first characters: most lines with non-ASCII letters are titles, comments and bodies."""
    if text[:3] == "###":
        return False
    bare = text.lstrip()
    if bare[:1] not in ("#", "/"):
        return _first(bare[:1]) in _FIRST
    return _first(bare.lstrip("#/ \t")[:1]) in _FIRST_OF_COMMENT


@lru_cache(maxsize=256)
def _first(char: str) -> str:
    return plain(char)[:1]


def is_reported(found: Diagnostic) -> bool:
    """Whether a diagnostic already reports that its line is not what it seems to be."""
    return found.severity == "error" or found.code in WARNING_CODES


def _meaning(text: str, seen: str, uses: Callable[[str], bool]) -> tuple[str, str]:
    """The lint code and what a line looks like; both empty if the line is what it looks like."""
    bare, shown = text.lstrip(), seen.lstrip()
    if text[:3] != "###" and seen[:3] == "###":
        return MISSPELT_DIRECTIVE, "a separator of requests"
    if shown.startswith(("#", "//")):
        return _comment_meaning(text, seen)
    if shown.startswith("@"):
        return _variable_meaning(text, seen, uses)
    if shown.startswith("??"):
        is_check = not bare.startswith("??") and is_expectation(shown[2:])
        return (MISSPELT_CHECK, "a check") if is_check else ("", "")
    found = ((code, meant) for mark, code, meant in _MARKS if mark.match(shown) and not mark.match(bare))
    return next(found, ("", ""))


def _comment_meaning(text: str, seen: str) -> tuple[str, str]:
    name = find_directive(seen)
    if name:
        code = MISSPELT_CHECK if is_check_comment(seen) else MISSPELT_DIRECTIVE
        return (code, f"@{name}") if find_directive(text) != name else ("", "")
    code, name = misspelt_directive(seen)
    return (code, f"@{name}") if code else ("", "")


def _variable_meaning(text: str, seen: str, uses: Callable[[str], bool]) -> tuple[str, str]:
    """What a variable's line looks like. A name whose letters are all of one script counts as a name."""
    written, name = variable_name(text), variable_name(seen)
    if written == name or not name.isascii() or not name or uses(written):
        return "", ""
    is_name = bool(written) and not _OF_ASCII.search(written)
    return ("", "") if is_name else (MISSPELT_DIRECTIVE, f"the variable @{name}")
