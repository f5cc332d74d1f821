"""Comments: `# @name value` directives, expectations and captures in comments, other comments, and fenced passages.

Fenced passages are those of httpyac: comments from `/*` to `*/`, and code from `{{` to `}}`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from callbox.httpfile.look_alike_characters import describe_look_alike, plain
from callbox.httpfile.model import DESCRIPTIVE_DIRECTIVES, Capture, Directive, Import
from callbox.httpfile.parser.assertion_parser import (
    SUBJECTS,
    BadExpectation,
    is_expectation,
    read_expectation,
    read_status,
)
from callbox.httpfile.parser.step_builder import StepBuilder
from callbox.httpfile.script_suffixes import SUFFIXES, is_script_name
from callbox.httpfile.source import Lines, SourceLine, Template
from callbox.httpfile.tool_notations import NOTATIONS, Notation, hint_of
from callbox.spelling import closest, is_slip

_SPECIAL = frozenset({"expect", "capture", "kulala-expect-status-code", "import"})
_ROWS = {row.name: row for row in NOTATIONS if row.kind == "directive"}
_ALIASES = {name: row.means for name, row in _ROWS.items() if row.means}
_ALIASES["no-reject-unauthorized"] = _ALIASES.pop("noRejectUnauthorized")
_ALIASES["inject-variables"] = "inject-variables"
_EFFECTIVE = {row.means or name for name, row in _ROWS.items() if row.outcome == "done"}
DIRECTIVES = frozenset({*_EFFECTIVE - _SPECIAL, *(name for name, row in _ROWS.items() if row.outcome == "refused")})
"""The directives that become `Directive` nodes. `expect`, `capture` and their aliases become other nodes."""
_WITHOUT_EFFECT = {name.lower(): row for name, row in _ROWS.items() if row.outcome in ("said", "shown")}
_PREFIXES = tuple(name.removesuffix("..") for name in _WITHOUT_EFFECT if name.endswith(".."))

WITHOUT_EFFECT = "without-effect"
"""The code of the lint for a directive that changes the request or its checks in another tool, but not in callbox."""
WITHOUT_REQUEST = "without-request"
"""The code of the lint for a directive in a block that has no request."""
MISSPELT_CHECK = "misspelt-check"
"""The code of the lint for a comment that was meant to check or capture. Without it, a run would pass too easily."""
MISSPELT_DIRECTIVE = "misspelt-directive"
"""The code of the lint for a misspelt directive. Without the directive, the request is another one."""
_VALUE_REQUIRED = frozenset({"name", "title", "tag", "prompt", "secret"})
"""The directives that need a value."""

_FLAGS = frozenset(
    {
        "no-redirect", "no-cookie-jar", "no-log", "no-auto-encoding", "insecure", "keep-method", "raw-body",
        "inject-variables", "always", "graphql",
    }
)  # fmt: skip
"""The directives without a value. The value `false` switches one off."""
_SPELLINGS = {name.lower(): name for name in (*DIRECTIVES, *_SPECIAL, *_ALIASES)}
_SUGGESTED = [name for name, known in _SPELLINGS.items() if known in DIRECTIVES | _SPECIAL]
# httpyac has noRedirect for no-redirect, and force-ref for forceRef
_SPELLINGS = {re.sub("(?=[A-Z])", "-", name).lower(): name for name in _SPELLINGS.values()} | _SPELLINGS
_SPELLINGS |= {name.replace("-", ""): known for name, known in _SPELLINGS.items() if "kulala" not in name}
_OTHER_TOOLS_WORDS = {"assert": "expect", "check": "expect", "extract": "capture", "retries": "retry"}
"""The words of other tools for a check or a capture, with callbox's names."""
_VARIABLE = re.compile(r"@([^\s=]+?)\s*+:?+=")
_DIRECTIVE = re.compile(r"\s*+(?:#++|/{2,}+)\s*+@([A-Za-z][\w.-]{0,63}+)(?:(?=[\s=]|$)\s*+=?+|(?=\s*+:(?:\s|$))\s*+:)")
_MISPLACED_AT = re.compile(
    r"\s*+(?:#++|/{2,}+)\s*+(?:@\s?+(?:\w{1,20}+\.)?(expect|capture|assert)(?![\w])|@?+\s*+(expect)[ \t]++(?=\S)"
    r"|(capture)[ \t]++(?=[\w.-]{1,100}+[ \t]*+=[ \t]*+(?:body|header|status|cookie)\b))",
    re.IGNORECASE,
)
"""A comment that is a check or a capture with a small mistake: `# expect status 200`, `# @ expect ..`, `#
@expect(..)`.
"""
_CAPTURE = re.compile(r"([\w.-]{1,100}+)(?=[\s=])\s*+=?+\s*+(?=\S)")


def known_directive(text: str) -> bool:
    """Whether the line is a comment with a directive that callbox knows."""
    match = _DIRECTIVE.match(text)
    return bool(match and match[1].lower() in _SPELLINGS)


def find_directive(text: str) -> str:
    """The directive in a comment; empty if the comment has none that callbox knows."""
    return _parse_directive(text)[1]


def is_check_comment(text: str) -> bool:
    """Whether the line is a comment with a check or a capture."""
    match = _DIRECTIVE.match(text)
    return match is not None and _SPELLINGS.get(match[1].lower()) in _SPECIAL


def read_comment(line: SourceLine, builder: StepBuilder) -> None:
    """Read one comment line, whatever it contains."""
    word, name, end = _parse_directive(line.text)
    if not name:
        builder.comments.append(line.stripped)
        if word:
            _report_unknown(word, line, builder)
        elif misplaced := _misplaced_check(line.text):
            hint = f"Write # @{misplaced} and a blank"
            if look_alike := describe_look_alike(line.text[: line.indent + 20]):
                hint = f"{hint}: {look_alike}"
            builder.lint(MISSPELT_CHECK, "This comment is not read as an assertion: its @ is misplaced", hint, line)
        return
    value = line.cut(end)
    if name in _SPECIAL:
        _read_special(name, value, line, builder)
    elif name in _FLAGS and value.text.lower() == "false":
        builder.comments.append(line.stripped)
    else:
        if not value.text and name in _VALUE_REQUIRED:
            builder.lint("empty-directive", f"@{name} has no value", f"Write # @{name} and a word", line)
        builder.directives.append(Directive(name, value if value.text else None, line.start))


@lru_cache(maxsize=256)
def _parse_directive(text: str) -> tuple[str, str, int]:
    """The word after the @ of a comment, callbox's name for it (empty: none), and the position of its value."""
    match = _DIRECTIVE.match(text)
    if match is None:
        return "", "", 0
    name = _SPELLINGS.get(match[1].lower(), "")
    return match[1], _ALIASES.get(name, name), match.end()


def read_block_comment(lines: Lines, start: int, end: int, builder: StepBuilder) -> None:
    """Store the lines of a comment `/* .. */`. A directive inside has no effect."""
    for line in map(lines.__getitem__, range(start, end)):
        text = line.text.strip().removeprefix("/*").removesuffix("*/").strip(" \t*")
        if text and not _DIRECTIVE.match(f"# {text}") and not _DIRECTIVE.match(text):
            builder.comments.append(line.cut(line.text.index(text), line.text.index(text) + len(text)))


def _read_special(name: str, value: Template, line: SourceLine, builder: StepBuilder) -> None:
    at = line.start
    if name == "capture":
        _read_capture(value, line, builder)
        return
    if name == "import":
        read_import(value, line, builder)
        return
    try:
        read = read_expectation if name == "expect" else read_status
        builder.expectations.append(read(value, at))
    except BadExpectation as problem:
        builder.error("bad-expectation", problem.message, problem.hint, line)


def read_import(path: Template, line: SourceLine, builder: StepBuilder) -> None:
    """Read the path of `import path`, or of httpyac's `# @import path`."""
    quoted = len(path.text) > 2 and path.text[0] == path.text[-1] and path.text[0] in "\"'"
    path = path.cut(1, len(path.text) - 1) if quoted else path
    if not is_script_name(path.text):
        hint = f"Import one file whose name ends with {' or '.join(SUFFIXES)}"
        builder.error("bad-import", f"{path.text[:60]!r} is not a .http file", hint, line, path.at, len(path.text))
        return
    builder.imports.append(Import(path, line.start))


def _read_capture(value: Template, line: SourceLine, builder: StepBuilder) -> None:
    match = _CAPTURE.match(value.text)
    if match is None or _is_path_without_name(match, value.text):
        hint = "Write for example: # @capture token = body $.token"
        builder.error("bad-capture", "A capture needs a name and a path into the response", hint, line)
        return
    builder.captures.append(Capture(match[1], value.cut(match.end()), line.start))


def _is_path_without_name(match: re.Match[str], text: str) -> bool:
    """Whether a capture begins with its path (`body $.token`) and not with a name (`status body $.status`)."""
    first = text[match.end() : match.end() + 20].split(maxsplit=1)[0].lower()
    return match[1].lower() in SUBJECTS and "=" not in match[0] and first not in SUBJECTS


def misspelt_directive(text: str) -> tuple[str, str]:
    """The lint code and the directive that a comment was probably meant to be; both empty if it resembles none."""
    match = _DIRECTIVE.match(text)
    if match is not None:
        code, near = _misspelling(match[1])
        return (code, near) if near and code != "unknown-directive" else ("", "")
    word = _misplaced_check(text)
    return (MISSPELT_CHECK, word) if word else ("", "")


def _misspelling(name: str) -> tuple[str, str]:
    """The lint code for an unknown word after an @, and the directive that is similar."""
    word = plain(name).lower()
    first = re.split(r"[.-]", word, maxsplit=1)[0]
    near = _OTHER_TOOLS_WORDS.get(word) or _OTHER_TOOLS_WORDS.get(first) or (first if first in _SPECIAL else "")
    near = word if word in _SPELLINGS else near or _nearest(word)
    if near in _SPECIAL:
        return MISSPELT_CHECK, near
    if word in _SPELLINGS or _is_misspelling(word, near):
        return MISSPELT_DIRECTIVE, _SPELLINGS[near]
    return "unknown-directive", _SPELLINGS[near] if near else ""


def _report_unknown(name: str, line: SourceLine, builder: StepBuilder) -> None:
    row = _without_effect(name.lower())
    if row is not None:
        if row.outcome == "said" and not _is_off(name, line):
            builder.lint(WITHOUT_EFFECT, f"@{name} of {row.tools} has no effect here", hint_of(row), line)
        return
    code, near = _misspelling(name)
    hint = f"Did you mean @{near}?" if near else "It is read as a comment"
    is_variable = _VARIABLE.match(line.text.lstrip("#/ \t")) is not None
    if code != "unknown-directive" or not is_variable:  # `# @base = http://x` is a variable that was commented out
        look_alike = describe_look_alike(name)
        hint = f"{hint} {look_alike}" if near and look_alike else hint
        builder.lint(code, f"No directive is called @{name}", hint, line)


def _without_effect(name: str) -> Notation | None:
    """The table row for another tool's directive. Directives of curl and gRPC are found by their prefix."""
    prefix = next((prefix for prefix in _PREFIXES if name.startswith(prefix)), "")
    camel = _WITHOUT_EFFECT.get(name.replace("-", ""))  # httpyac reads keep-streaming as keepStreaming
    return _WITHOUT_EFFECT.get(name) or _WITHOUT_EFFECT.get(f"{prefix}..") or camel


def _is_off(name: str, line: SourceLine) -> bool:
    """Whether a comment switches its directive off: by the value `false`, or because `# @name = ..` is a variable
    that was commented out.
    """
    rest = line.text.partition(name)[2].strip()
    return rest.lower() in ("false", "= false") or _VARIABLE.match(line.text.lstrip("#/ \t")) is not None


def _misplaced_check(text: str) -> str:
    """The directive that a comment would have if it began with an @; empty for an ordinary comment."""
    match = _MISPLACED_AT.match(text)
    if match is None or (match[2] and not is_expectation(text[match.end() :])):
        return ""
    word = (match[1] or match[2] or match[3]).lower()
    return _OTHER_TOOLS_WORDS.get(word, word)


def _is_misspelling(name: str, near: str) -> bool:
    if not near or _SPELLINGS[near] in DESCRIPTIVE_DIRECTIVES:
        return False
    return name.lower() in _OTHER_TOOLS_WORDS or is_slip(name, near)


@lru_cache(maxsize=256)
def _nearest(name: str) -> str:
    """The known name that is most similar to this one; empty if none is.

    The result is cached, since comments such as `# @param x` are frequent.
    """
    return closest(name, _SUGGESTED)


_CODE = re.compile(r"\{\{(?:@js\s++)?[+@]?(?:request|streaming|response|after|responseLogging)?\Z", re.IGNORECASE)


def is_code(text: str) -> bool:
    """Whether the line begins a passage of code: `{{`, `{{+`, `{{@response`."""
    return "{{" in text[:80] and _CODE.match(text.strip()) is not None


def is_block_comment(text: str) -> bool:
    """Whether the line begins a comment with `/*`, or is a whole comment."""
    return "/*" in text and text.lstrip().startswith("/*")


class Passages:
    """Finds the ends of passages.

    The last possible end is searched once, so that many unclosed passages take little time.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._last: dict[str, int] = {}

    def end(self, index: int, kind: str) -> int:
        """The index after the `remark` or `code` that begins at a line; -1 if the passage is not closed.

        A comment of one line counts, although httpyac reads it as something else. A comment with text after its end
        does not count.
        """
        first = self._texts[index].strip()
        if kind == "block-comment" and "*/" in first[2:]:
            return index + 1 if first.index("*/", 2) == len(first) - 2 else -1
        if kind not in self._last:
            self._last[kind] = next((at for at in reversed(range(len(self._texts))) if self._ends(at, kind)), -1)
        return next((at + 1 for at in range(index + 1, self._last[kind] + 1) if self._ends(at, kind)), -1)

    def _ends(self, index: int, kind: str) -> bool:
        text = self._texts[index].strip()
        return text == "}}" if kind == "code" else text.endswith("*/")


def read_block_comments(lines: Lines, inside: range, builder: StepBuilder) -> frozenset[int]:
    """Read the comments `/* .. */`. Returns the indexes of their lines."""
    texts = lines.texts[: inside.stop]
    found: set[int] = set()
    passages = Passages(texts)
    for index in [index for index in inside if is_block_comment(texts[index])]:
        end = passages.end(index, "block-comment") if index not in found else -1
        if end > 0:
            read_block_comment(lines, index, end, builder)
            found.update(range(index, end))
    return frozenset(found)
