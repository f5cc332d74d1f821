"""Report lines that were probably meant as something else: a directive, a check, a script, another request.

With a Cyrillic letter or a zero-width space in it, a check becomes a comment or a part of the body. The character is
invisible or looks like another, so a reader does not notice that the check is never made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from callbox.httpfile.look_alike_characters import describe_look_alike, plain
from callbox.httpfile.parser.assertion_parser import is_expectation
from callbox.httpfile.parser.comments_and_scripts import (
    MISSPELT_CHECK,
    MISSPELT_DIRECTIVE,
    WITHOUT_EFFECT,
    WITHOUT_REQUEST,
    Region,
    StepBuilder,
    TrailerItem,
    find_directive,
    is_check_comment,
    known_directive,
    misspelt_directive,
    variable_name,
)
from callbox.httpfile.parser.request_line import BODILESS, is_request
from callbox.httpfile.source_and_diagnostics import Diagnostic, File, Lines

STRUCTURED = frozenset({"json", "ndjson", "form", "graphql", "multipart"})
"""The kinds of bodies with a strict grammar."""

WARNING_CODES = frozenset(
    {
        MISSPELT_CHECK, MISSPELT_DIRECTIVE, "directive-in-body",
        WITHOUT_EFFECT, WITHOUT_REQUEST, "script-in-body", "header-in-body", "comment-in-body", "body-of-get",
        "form-value", "body-without-blank", "part-without-blank",
    }
)  # fmt: skip
"""The codes of lints for mistakes that the results of a run would not show."""


_RESPONSE = re.compile(r"HTTP/\d(?:\.\d)?[ \t]++\d{3}(?!\d)")

_LOWER_REQUEST = re.compile(r"(?:get|post|put|patch|delete|head|options)[ \t]++(?:https?://|\{\{)", re.IGNORECASE)
"""A request line in which the method may be in lower case."""

_BEFORE = re.compile(r"<[ \t]*+\{%")

_HEADER = re.compile(
    r"(?:content-type|accept|authorization|host|cookie|user-agent|x-[\w-]{1,40})[ \t]*+:", re.IGNORECASE
)

_BARE_URL = re.compile(r"https?://[^\s\"',]{1,2000}")

_NEXT_MESSAGE = re.compile(r"\s*+={3}\s*+(?:wait-for-server)?\s*+")
"""The line between two bodies of a request in httpyac."""

_COMMENT = re.compile(r"[ \t]*+(?:#|//)")

_COMMAND = re.compile(r"curl(?:\.exe)?[ \t]++(?:[-'\"]|https?://|\{\{)")

_WHOLE_REQUEST = re.compile(r"[A-Z][A-Z-]{2,30}[ \t]++(?:https?://|\{\{)")
"""A request line with a whole URL, which is unlikely in ordinary text."""

_MARKS = {"file": "A script", "output": "A file for the response", "expect": "A check"}

_FIRST = frozenset("#/?@E><")

_LIKELY_MARK = re.compile(
    r"\?\?(?!\?)[ \t]*+(?:status|header|body|duration)\b|(?:>>!?|<>)[ \t]++[^\s]{1,400}\.\w{1,8}\s*+\Z"
)
"""Lines that are unlikely in ordinary text, such as a check with a mistake or a file for the response."""

_REDIRECT = re.compile(r">[ \t]++[^\s<>]{1,400}\.\w{1,8}[ \t]*+")
"""A line `> file`. In JetBrains it is a script, but perhaps `>> file` was meant."""

_INDENTED_FILE = re.compile(r"[ \t]++<(?:@[\w.:-]{0,40})?[ \t]++(?:[~.]{0,2}/\S|\{\{|\S{1,400}\.[A-Za-z]\w{0,7}\s*+\Z)")
"""A line `< file` that does not begin in the first column, and so is text."""

_EXPECTED = re.compile(r"(?:>\s*+)?EXPECTED_RESPONSE_(?:STATUS|BODY|HEADERS)(?=\s|\Z)")

_VARIABLE = re.compile(r"@[A-Za-z_][\w.-]{0,99}[ \t]*+=[ \t]*+\S")

_COMMAND_LINE = re.compile(
    r"^(?:run[ \t]++(?:#[\w.-]|\S{1,400}\.(?:http|rest)(?!\S))"
    r"|import[ \t]++\S{1,400}\.(?:http|rest)[ \t]*+(?=\n|\Z)"
    r"|expect[ \t]++(?:status|header|body|duration)[ \t])",
    re.MULTILINE,
)
"""A line that would run, import or check a request if it were above a request line."""
_COMMAND_STARTS = frozenset("rie")

_COMMENTED_TYPES = ("markdown", "yaml", "toml", "python", "shell", "x-sh", "ruby", "perl", "javascript", "typescript")
"""Parts of the media types of texts in which lines that begin with `#` or `//` are common."""

_RAW = "or write # @raw-body above the request"


def report_inside(lines: Lines, region: Region, body: range, kind: str, media_type: str, builder: StepBuilder) -> None:
    """Report lines of the body (those with the indexes `body`) that do not look like body text."""
    if builder.says("raw-body"):
        return
    _report_marks(lines, region, body, kind, builder)
    if kind != "multipart":  # a part of the body may be a request
        _report_messages(lines, body, kind, builder)
    _report_next_messages(lines, body, media_type, builder)
    _report_commands(lines, body, builder)
    _report_indented_files(lines, body, builder)
    has_comments = any(name in media_type for name in _COMMENTED_TYPES)
    last = _report_last_comments(lines, region, body, has_comments, builder)
    if kind == "text":
        _report_checks(lines, body, builder)
        if not has_comments and not builder.says("strip-comments"):
            _report_comments(lines, body, last, builder)


def _report_last_comments(
    lines: Lines, region: Region, body: range, has_comments: bool, builder: StepBuilder
) -> set[int]:
    """Report comments at the end of a body, which perhaps belong to the next request. Returns their indexes."""
    found: set[int] = set()
    if has_comments and region.first < 0:
        return found
    previous = "" if has_comments else "blank"  # in Markdown, a # may be intended
    for item in region.items:
        if item.kind in ("comment", "block-comment") and previous == "blank" and item.start < body.stop:
            hint = "Put ### above a comment that belongs to the next request"
            builder.lint("comment-in-body", "This line is sent as part of the body", hint, lines[item.start])
            found.add(item.start)
        previous = item.kind
    return found


def _report_comments(lines: Lines, body: range, reported: set[int], builder: StepBuilder) -> None:
    """Report lines of a text that other tools leave out as comments. Lines in a row are reported once."""
    hint = "Write # @raw-body above the request to send it, or # @strip-comments to leave it out"
    is_below = False
    for index in body:
        text = lines.texts[index]
        is_comment = index in reported or (_COMMENT.match(text) is not None and plain(text.lstrip())[:3] != "###")
        if is_comment and not (is_below or is_check_comment(text) or known_directive(text) or index in reported):
            message = "This line is sent, and other tools read it as a comment"
            builder.lint("comment-in-body", message, hint, lines[index])
        is_below = is_comment


def begins_message(text: str) -> bool:
    """Whether the line is certainly a request line, or the first line of a response. It may be indented."""
    bare = text.lstrip()
    if bare.startswith("HTTP/"):
        return _RESPONSE.match(bare) is not None
    return is_request(bare) or _LOWER_REQUEST.match(bare) is not None


def may_begin_message(text: str) -> bool:
    """Whether a line of a body may be a request line, a response, a curl command or a URL alone."""
    bare = text.strip()
    return begins_message(bare) or _COMMAND.match(bare) is not None or _BARE_URL.fullmatch(bare) is not None


def holds_command(text: str) -> bool:
    """Whether `report_inside` reports a line of this body as a command."""
    return ("run" in text or "import" in text or "expect" in text) and _COMMAND_LINE.search(text) is not None


def report_first(lines: Lines, index: int, method: str, builder: StepBuilder) -> None:
    """Report parts that may be mistakes in a body without a media type that begins at this line."""
    text = lines.texts[index]
    if builder.says("raw-body") or text.startswith("HTTP/"):
        return
    if ":" in text and _HEADER.match(text):
        hint = f"Remove the blank line above the header, {_RAW}"
        builder.lint("header-in-body", "This header is sent as part of the body", hint, lines[index])
    elif _REDIRECT.fullmatch(text):
        hint = "Write >> to save the response, or the name of a .js file for a script"
        builder.lint("script-in-body", "This line is sent as the body", hint, lines[index])
    elif method in BODILESS:
        hint = f"Put ### above the text if it is not a body, {_RAW}"
        builder.lint("body-of-get", f"This {method} is sent with a body", hint, lines[index])


def _report_marks(lines: Lines, region: Region, body: range, kind: str, builder: StepBuilder) -> None:
    """Report scripts and checks that would be sent as text. If there is text around them, they may be quotations."""
    inside = [item for item in region.inside if item.start < body.stop]
    before = [index for index in body if lines.texts[index][:1] == "<"]
    inside += [TrailerItem("before", index, index) for index in before if _BEFORE.match(lines.texts[index])]
    for mark in inside:
        side = "above the request line" if mark.kind == "before" else "to the end of the block"
        is_quotation = kind not in STRUCTURED and mark.kind in _MARKS and not _is_meant(mark, lines, body, region)
        if is_quotation and mark.kind != "file":
            continue
        report = builder.lint if is_quotation else builder.error
        message = f"{_MARKS.get(mark.kind, 'A script')} stands inside the body"
        report("script-in-body", message, f"Move it {side}, {_RAW}", lines[mark.start])


def _is_meant(mark: TrailerItem, lines: Lines, body: range, region: Region) -> bool:
    """Whether a mark in a text is meant as a mark and not as a quotation: it is at the start of the text, follows
    headers, or is unambiguous.
    """
    if mark.start >= region.first:
        return False
    text = lines.texts[mark.start].strip()
    is_apart = not lines.texts[body.start].strip()
    if mark.kind == "expect":
        return not is_apart and not _is_check(text)  # _report_checks reports these
    return mark.kind == "file" or not is_apart or len(text.split()) == 2  # a letter may begin with a quotation


def _report_next_messages(lines: Lines, body: range, media_type: str, builder: StepBuilder) -> None:
    """Report `===` lines, with which httpyac separates bodies. In Markdown, such a line underlines a heading."""
    if "markdown" in media_type:
        return
    for index in [index for index in body if "===" in lines.texts[index]]:
        if _NEXT_MESSAGE.fullmatch(lines.texts[index]):
            message = "=== of httpyac between two bodies is not supported"
            builder.error("next-message", message, f"Write a request for each body, {_RAW}", lines[index])


def _report_messages(lines: Lines, body: range, kind: str, builder: StepBuilder) -> None:
    """Report requests and responses inside a body. Tools disagree whether they are part of it, so each is an error."""
    texts, is_structured = lines.texts, kind in STRUCTURED
    for index in [index for index in body if may_begin_message(texts[index])]:
        text = texts[index].strip()
        is_whole = _WHOLE_REQUEST.match(texts[index]) is not None
        is_certain = is_structured or is_whole or _is_below_blank(texts, index, body.start)
        if _BARE_URL.fullmatch(text):
            is_certain = kind in ("json", "ndjson", "graphql")
        if text.startswith("HTTP/"):
            hint = f"Put ### above a recorded response, {_RAW}"
            builder.error("response-in-body", "This response would be sent as part of the body", hint, lines[index])
        elif index > body.start and is_certain:
            hint = f"Put ### above this line to begin another request, {_RAW}"
            builder.error("request-in-body", "This line would be sent as part of the body", hint, lines[index])


def _report_commands(lines: Lines, body: range, builder: StepBuilder) -> None:
    """Report lines of a body that would run, import or check something if they were outside of the body."""
    texts = lines.texts
    for index in [index for index in body if texts[index][:1] in _COMMAND_STARTS and texts[index]]:
        if _COMMAND_LINE.match(texts[index]):
            hint = f"Put run and import above the request, and ?? before a check, {_RAW}"
            builder.lint("directive-in-body", "This line is sent as part of the body", hint, lines[index])


def _report_indented_files(lines: Lines, body: range, builder: StepBuilder) -> None:
    for index in [index for index in body if "<" in lines.texts[index]]:
        if _INDENTED_FILE.match(lines.texts[index]):
            hint = f"Write < in the first column to send the file, {_RAW}"
            builder.lint("script-in-body", "This line is sent as text, and not as a file", hint, lines[index])


def _is_below_blank(texts: Sequence[str], index: int, start: int) -> bool:
    """Whether a blank line comes before the line, perhaps with comments in between."""
    while index > start and texts[index - 1].startswith(("#", "//")):
        index -= 1
    return index > start and not texts[index - 1].strip()


def _report_checks(lines: Lines, body: Iterable[int], builder: StepBuilder) -> None:
    """Report checks and directives that are sent as part of a text. A check without effect is an error."""
    hint = f"Leave a blank line above this line, {_RAW}"
    for index in [index for index in body if (bare := lines.texts[index].lstrip())[:1] in _FIRST and bare]:
        text, bare = lines.texts[index], lines.texts[index].lstrip()
        is_block_comment = text[:1] in ("#", "/")
        if (is_block_comment and is_check_comment(text)) or _is_check(bare):
            builder.error("check-in-body", "This check is sent as part of the body", hint, lines[index])
        elif is_block_comment and known_directive(text):
            builder.lint("directive-in-body", "This directive is sent as part of the body", hint, lines[index])
        elif _LIKELY_MARK.match(text):
            builder.lint("script-in-body", "This line is sent as part of the body", hint, lines[index])
        elif _VARIABLE.match(text):
            builder.lint(
                "directive-in-body", "This line is part of the body, and does not define a variable", hint, lines[index]
            )


def _is_check(bare: str) -> bool:
    if bare.startswith("??"):
        words = bare[2:].strip()
        return words.startswith("js ") or is_expectation(words)
    return _EXPECTED.match(bare) is not None


_MAX_LENGTH = 300
"""The most characters of a line that are examined."""
_FIRST_OF_LINE = frozenset(("", *"#/@?<>E"))
"""The first characters of lines that may have another meaning than they seem to have.

An empty text stands for an invisible character.
"""
_FIRST_OF_COMMENT = frozenset(("", *"#/@eEcC"))
"""The first characters of comment texts that may be a directive: `@`, or the start of a check or capture without
`@`.
"""
_OF_ASCII = re.compile("[A-Za-z0-9\uff01-\uff5e\u200b-\u200f\u2060\ufeff]")
_LOOK_ALIKES = (
    (re.compile(r"[<>]\s*+\{%"), MISSPELT_DIRECTIVE, "a script"),
    (re.compile(r"(?:>>!?|<>)[ \t]*+(?=\S)"), MISSPELT_DIRECTIVE, "a file for the response"),
    (re.compile(r"<@?[\w-]*+[ \t]++[./~\w{]"), MISSPELT_DIRECTIVE, "a file"),
    (re.compile(r"(?:>\s*+)?EXPECTED_RESPONSE_(?:STATUS|BODY|HEADERS)(?=\s|\Z)"), MISSPELT_CHECK, "a check"),
)


def look_alike_lints(file: File, uses: Callable[[str], bool], reported: set[int]) -> Iterator[Diagnostic]:
    """A lint for each line that has another meaning if its look-alikes are replaced by ASCII characters.

    `uses` tells whether the file uses a variable. Lines whose numbers are in `reported` are skipped.
    """
    lines = Lines(file)
    for index, text in enumerate(file.texts):
        if text.isascii() or not _may_mean_more(text) or index + 1 in reported:
            continue
        text = text[:_MAX_LENGTH]
        code, meant = _meaning(text, plain(text), uses)
        if meant:
            line = lines[index]
            message = f"This line only looks like {meant}"
            bare = line.stripped
            place = (bare.at, max(len(bare.text), 1), line.text)
            yield Diagnostic("lint", code, message, describe_look_alike(text), *place)


def _may_mean_more(text: str) -> bool:
    """Whether the first characters allow another meaning.

    This is quick: most lines with non-ASCII letters are titles, comments and bodies.
    """
    if text[:3] == "###":
        return False
    bare = text.lstrip()
    if bare[:1] not in ("#", "/"):
        return _first(bare[:1]) in _FIRST_OF_LINE
    return _first(bare.lstrip("#/ \t")[:1]) in _FIRST_OF_COMMENT


@lru_cache(maxsize=256)
def _first(char: str) -> str:
    return plain(char)[:1]


def is_reported(found: Diagnostic) -> bool:
    """Whether a diagnostic already reports that the line only looks like something else."""
    return found.severity == "error" or found.code in WARNING_CODES


def _meaning(text: str, seen: str, uses: Callable[[str], bool]) -> tuple[str, str]:
    """The lint code, and what a line looks like (`a separator of requests`); both empty if it looks like what it is."""
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
    found = ((code, meant) for mark, code, meant in _LOOK_ALIKES if mark.match(shown) and not mark.match(bare))
    return next(found, ("", ""))


def _comment_meaning(text: str, seen: str) -> tuple[str, str]:
    name = find_directive(seen)
    if name:
        code = MISSPELT_CHECK if is_check_comment(seen) else MISSPELT_DIRECTIVE
        return (code, f"@{name}") if find_directive(text) != name else ("", "")
    code, name = misspelt_directive(seen)
    return (code, f"@{name}") if code else ("", "")


def _variable_meaning(text: str, seen: str, uses: Callable[[str], bool]) -> tuple[str, str]:
    """The lint and the meaning of the line of a variable. A name with letters of a single alphabet is accepted."""
    written, name = variable_name(text), variable_name(seen)
    if written == name or not name.isascii() or not name or uses(written):
        return "", ""
    is_name = bool(written) and not _OF_ASCII.search(written)
    return ("", "") if is_name else (MISSPELT_DIRECTIVE, f"the variable @{name}")
