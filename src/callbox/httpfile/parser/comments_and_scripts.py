"""Parse lines above a request line, below a body or between headers: comments, directives, scripts and variables.

A comment may hold a directive (`# @name value`), an expectation or a capture. Above a request line there may also be
imports, `run` lines and fragments of GraphQL. Below a body there may also be output files and expectations. Two kinds
of passages come from httpyac: comments from `/*` to `*/`, and code from `{{` to `}}`.

`StepBuilder`, at the end, collects the parts and the diagnostics of one step while it is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from callbox.exchange.template_braces import find_unclosed
from callbox.httpfile.look_alike_characters import describe_look_alike, plain
from callbox.httpfile.model import (
    DESCRIPTIVE_DIRECTIVES,
    Capture,
    Directive,
    Expectation,
    Handler,
    HandlerKind,
    Import,
    Output,
    OutputMark,
    RunCommand,
    Variable,
)
from callbox.httpfile.parser.assertion_parser import (
    SUBJECTS,
    BadExpectation,
    is_expectation,
    read_expectation,
    read_named,
    read_status,
)
from callbox.httpfile.parser.request_line import read_request
from callbox.httpfile.script_suffixes import SUFFIXES, is_script_name
from callbox.httpfile.source_and_diagnostics import Diagnostic, Lines, Position, Severity, SourceLine, Template, Text
from callbox.httpfile.tool_notations import NOTATIONS, Notation, hint_of
from callbox.spelling import closest, is_slip

_SPECIAL = frozenset({"expect", "capture", "kulala-expect-status-code", "import"})
_ROWS = {row.name: row for row in NOTATIONS if row.kind == "directive"}
_ALIASES = {name: row.means for name, row in _ROWS.items() if row.means}
_ALIASES["no-reject-unauthorized"] = _ALIASES.pop("noRejectUnauthorized")
_ALIASES["inject-variables"] = "inject-variables"
_EFFECTIVE = {row.means or name for name, row in _ROWS.items() if row.outcome == "works"}
DIRECTIVES = frozenset({*_EFFECTIVE - _SPECIAL, *(name for name, row in _ROWS.items() if row.outcome == "refused")})
"""The directives that become `Directive` nodes. `expect`, `capture` and their aliases become other nodes."""
_WITHOUT_EFFECT = {name.lower(): row for name, row in _ROWS.items() if row.outcome in ("warned", "ignored")}
_PREFIXES = tuple(name.removesuffix("..") for name in _WITHOUT_EFFECT if name.endswith(".."))

WITHOUT_EFFECT = "without-effect"
"""The code of the lint for a directive that changes the request or its checks in another tool, but not in callbox."""
WITHOUT_REQUEST = "without-request"
"""The code of the lint for a directive in a block that has no request."""
MISSPELT_CHECK = "misspelt-check"
"""The code of the lint for a comment that was meant as a check or a capture.

Without the check, a run would pass too easily.
"""
MISSPELT_DIRECTIVE = "misspelt-directive"
"""The code of the lint for a misspelt directive. Without the directive, another request is sent."""
_VALUE_REQUIRED = frozenset({"name", "title", "tag", "prompt", "secret"})
"""The directives that need a value."""

_FLAGS = frozenset(
    {
        "no-redirect", "no-cookie-jar", "no-log", "no-auto-encoding", "insecure", "keep-method", "raw-body",
        "inject-variables", "always", "graphql", "no-openapi",
    }
)  # fmt: skip
"""The directives that need no value. The value `false` switches a directive off."""
_SPELLINGS = {name.lower(): name for name in (*DIRECTIVES, *_SPECIAL, *_ALIASES)}
_SUGGESTED = [name for name, known in _SPELLINGS.items() if known in DIRECTIVES | _SPECIAL]
# httpyac has noRedirect for no-redirect, and force-ref for forceRef
_SPELLINGS = {re.sub("(?=[A-Z])", "-", name).lower(): name for name in _SPELLINGS.values()} | _SPELLINGS
_SPELLINGS |= {name.replace("-", ""): known for name, known in _SPELLINGS.items() if "kulala" not in name}
_CURL_OPTION = re.compile(r"(?:kulala-)?curl--?(?=[a-z])", re.IGNORECASE)
"""The beginnings of Kulala's directives for options of curl, which all mean the same."""
_OTHER_TOOLS_WORDS = {"assert": "expect", "check": "expect", "extract": "capture", "retries": "retry"}
"""The words of other tools for a check or a capture, with callbox's names."""
_COMMENTED_VARIABLE = re.compile(r"@([^\s=]+?)\s*+:?+=")
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
    return bool(match and _key(match[1]) in _SPELLINGS)


def _key(word: str) -> str:
    """The word after an @ in lower case, with one spelling for options of curl: `curl-insecure`."""
    return _CURL_OPTION.sub("curl-", word.lower(), count=1)


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
            builder.lint("empty-directive", f"@{name} has no value", f"Write a value after # @{name}", line)
        builder.directives.append(Directive(name, value if value.text else None, line.start))


@lru_cache(maxsize=256)
def _parse_directive(text: str) -> tuple[str, str, int]:
    """The word after the @ of a comment, callbox's name for this directive (empty if there is none), and the position
    of its value.
    """
    match = _DIRECTIVE.match(text)
    if match is None:
        return "", "", 0
    name = _SPELLINGS.get(_key(match[1]), "")
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
    """The lint code and the probable directive of a misspelt comment; both empty if no directive is similar."""
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
    row = _without_effect(_key(name))
    if row is not None:
        if row.outcome == "warned" and not _is_off(name, line):
            builder.lint(WITHOUT_EFFECT, f"@{name} of {row.tools} has no effect here", hint_of(row), line)
        return
    code, near = _misspelling(name)
    hint = f"Did you mean @{near}?" if near else "It is read as a comment"
    is_variable = _COMMENTED_VARIABLE.match(line.text.lstrip("#/ \t")) is not None
    if code != "unknown-directive" or not is_variable:  # `# @base = http://x` is a variable that was commented out
        look_alike = describe_look_alike(name)
        hint = f"{hint} {look_alike}" if near and look_alike else hint
        builder.lint(code, f"No directive is called @{name}", hint, line)


def _without_effect(name: str) -> Notation | None:
    """The table row for another tool's directive. Directives of curl and gRPC are found by their prefix."""
    prefix = next((prefix for prefix in _PREFIXES if name.startswith(prefix)), "")
    camel = _WITHOUT_EFFECT.get(name.replace("-", ""))  # httpyac reads keep-streaming as keepStreaming
    return _WITHOUT_EFFECT.get(name) or camel or _WITHOUT_EFFECT.get(f"{prefix}..")


def _is_off(name: str, line: SourceLine) -> bool:
    """Whether the directive in a comment is off: its value is `false`, or `# @name = ..` is a variable that was
    commented out.
    """
    rest = line.text.partition(name)[2].strip()
    return rest.lower() in ("false", "= false") or _COMMENTED_VARIABLE.match(line.text.lstrip("#/ \t")) is not None


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
    """The known name that is most similar to this name; empty if no known name is similar.

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
    """Finds the ends of passages: comments from `/*` to `*/`, and code from `{{` to `}}`.

    The last possible end in the file is found only once, so that many unclosed passages take little time.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._last: dict[str, int] = {}

    def end(self, index: int, kind: str) -> int:
        """The index after the `remark` or `code` that begins at a line; -1 if the passage is not closed.

        A comment in a single line counts as a passage, although httpyac does not read it as a comment. A comment with
        text after its end does not count.
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


_VARIABLE = re.compile(r"\s*+@([^\s=]+?)\s*+:?+=")
_RUN = re.compile(r"(import|run)[ \t]++(?=\S)")
_OPENS = re.compile(r"\((?=\s*+@)")
_WORD_AFTER_AT = re.compile(r"@([\w.-]{1,64})(?=[\s:=]|\Z)")
_OVERRIDE = re.compile(r"\s*+@([^\s=,]{1,100})\s*+=\s*+")
_SCRIPT_FILES = (".js", ".mjs", ".cjs", ".ts", ".lua")
_JAVASCRIPT = re.compile(r"[=;]")
_FRAGMENT = re.compile(r"fragment[ \t]++[A-Za-z_]\w*+[ \t]++on[ \t]++[A-Za-z_]")
_QUERY_FILE = re.compile(r"gql(?:[ \t]++[A-Za-z_]\w*+)?[ \t]++<[ \t]++\S")
GRAPHQL_UNCOUNTED = re.compile(r'"(?:[^"\\]++|\\.)*+\\?+"?+|#.*')
"""Texts and comments of GraphQL, in which braces have no meaning."""
_FIRST_ABOVE = frozenset("#/@<{irfg")
"""The first characters of lines that may precede a request line: a mark, `import`, `run`, `fragment` or `gql`."""


def variable_name(text: str) -> str:
    """The name of a line `@name = value`; empty for any other line."""
    match = _VARIABLE.match(text) if text.lstrip()[:1] == "@" else None
    return match[1] if match else ""


def is_script_file(path: str) -> bool:
    """Whether the path has the suffix of a script."""
    return path.lower().endswith(_SCRIPT_FILES)


def read_variable(line: SourceLine, builder: StepBuilder) -> None:
    """Read `@name = value`, or report an error.

    For another tool's directive without its `#`, such as `@no-log`, the report says what callbox does with the
    directive.
    """
    match = _VARIABLE.match(line.text)
    if match is None:
        word = _WORD_AFTER_AT.match(line.text.strip())
        row = _without_effect(_key(word[1])) if word else None
        if word is not None and row is not None:
            _report_unknown(word[1], line, builder)
        else:
            builder.error("bad-variable", "This is not a variable", _hint_for_variable(line.text.strip()), line)
        return
    value = line.cut(match.end())
    builder.variables.append(
        Variable(match[1], value, line.start, step=builder.step, is_after_request=builder.is_after_request)
    )


def _hint_for_variable(text: str) -> str:
    """A hint for a line that begins with an @ and defines no variable: the line to write in its place."""
    word = _WORD_AFTER_AT.match(text)
    name, equals, _ = text[1:].partition("=")
    names = name.rstrip(" \t:").split()
    if equals and len(names) > 1:
        return f"A name has no blanks: @{'_'.join(names)[:60]} = value"
    if word is not None and _key(word[1]) in _SPELLINGS:
        return f"A directive begins with #: # @{word[1]}"
    return f"Write @{word[1] if word else 'name'} = value"


def read_preamble(lines: Lines, start: int, builder: StepBuilder) -> int:
    """Read the lines before a request line. Returns the index of the first line that does not belong to them."""
    texts = lines.texts
    index = start
    while index < len(texts):
        text = texts[index].lstrip()
        if not text:
            index += 1
            continue
        after = _read_item(lines, index, text, builder) if text[0] in _FIRST_ABOVE else index
        if after == index:
            return index
        index = after
    return index


def _read_item(lines: Lines, index: int, text: str, builder: StepBuilder) -> int:
    line, first = lines[index], text[0]
    if text.startswith(("#", "//")):
        read_comment(line, builder)
    elif text.startswith("/*"):
        return read_block_comment_at(lines, index, builder)
    elif first == "@":
        read_variable(line, builder)
    elif first == "<":
        return _read_before(lines, index, builder)
    elif text.startswith("{{"):
        return _read_code(lines, index, builder)
    elif first in "fg":
        return _read_fragment(lines, index, text, builder)
    elif not _read_run(line, builder):
        return index
    return index + 1


def _read_fragment(lines: Lines, index: int, text: str, builder: StepBuilder) -> int:
    """Read a GraphQL fragment, or a line `gql NAME < FILE`.

    As in httpyac, both become part of the query that follows.
    """
    if _QUERY_FILE.match(text):
        builder.fragments.append(_ended(lines[index]))
        return index + 1
    if not _FRAGMENT.match(text):
        return index
    depth, end = 0, index
    while end < len(lines):
        counted = GRAPHQL_UNCOUNTED.sub("", lines.texts[end])
        depth += counted.count("{") - counted.count("}")
        end += 1
        if depth <= 0 and "}" in counted:
            break
    else:
        builder.error(
            "unclosed-fragment",
            "This fragment is not closed",
            "End the fragment with } above the request line",
            lines[index],
        )
        return len(lines)
    builder.fragments += [_ended(lines[at]) for at in range(index, end)]
    return end


def _ended(line: SourceLine) -> Template:
    return Template(line.text + "\n", line.at)


def read_block_comment_at(lines: Lines, index: int, builder: StepBuilder) -> int:
    """Read a comment `/* .. */`. Returns the index after it.

    An unclosed one is an error and extends to the end of the block.
    """
    end = Passages(lines.texts).end(index, "block-comment")
    if end < 0:
        builder.error(
            "unclosed-comment",
            "This comment is not closed",
            "End the comment with a line */ above the next ###",
            lines[index],
        )
        return len(lines)
    read_block_comment(lines, index, end, builder)
    return end


def _read_before(lines: Lines, index: int, builder: StepBuilder) -> int:
    """Read `< {% script %}` or `< file.js`."""
    line = lines[index]
    rest = line.stripped.text[1:].lstrip()
    if rest.startswith("{%"):
        handler, after = read_script(lines, index, "before", builder)
        builder.handlers.append(handler)
        return after
    if is_script_file(rest):
        builder.handlers.append(Handler("before", (), line.cut(line.text.index("<") + 1), line.start))
        return index + 1
    return index


def _read_code(lines: Lines, index: int, builder: StepBuilder) -> int:
    """Read a `{{ }}` block of JavaScript. A URL that begins with a variable is not such a block."""
    line = lines[index]
    text = line.stripped.text
    if "}}" in text:
        is_javascript = text.find("}}") == len(text) - 2 and _JAVASCRIPT.search(text)
        if not is_javascript:
            return index
        end = index
    else:
        end = Passages(lines.texts).end(index, "code") - 1
        if end < 0:
            return index
    builder.handlers.append(Handler("code", lines.wholes(index, end + 1), None, line.start))
    return end + 1


def script_end(texts: Sequence[str], index: int) -> int:
    """The index of the line with `%}` that ends the script at a line; -1 if the script is not closed."""
    begin = texts[index].index("{%") + 2
    for at in range(index, len(texts)):
        if "%}" in texts[at] and _closes(texts[at], begin if at == index else 0):
            return at
    return -1


def read_script(lines: Lines, index: int, kind: HandlerKind, builder: StepBuilder) -> tuple[Handler, int]:
    """Read a script from `{%` to the line that ends with `%}`.

    An unclosed one is an error and extends to the end of the block.
    """
    first, end = lines[index], script_end(lines.texts, index)
    begin = first.text.index("{%") + 2
    if end < 0:
        hint = "End the script with a line %}"
        builder.error("unclosed-script", "This script is not closed", hint, first)
        body = (first.whole.cut(begin), *lines.wholes(index + 1, len(lines)))
        return Handler(kind, body, None, first.start), len(lines)
    close = lines.texts[end].rindex("%}")
    if end == index:
        return Handler(kind, (first.whole.cut(begin, close),), None, first.start), index + 1
    text = lines.texts[end][:close]
    body = (first.whole.cut(begin), *lines.wholes(index + 1, end), Template(text, lines[end].at))
    return Handler(kind, body, None, first.start), end + 1


def _closes(text: str, begin: int) -> bool:
    return text.rstrip().endswith("%}") and text.rindex("%}") >= begin


def _read_run(line: SourceLine, builder: StepBuilder) -> bool:
    if not line.text.lstrip().startswith(("import", "run")):
        return False
    bare = line.stripped
    match = _RUN.match(bare.text)
    if match is None:
        return False
    rest = bare.cut(match.end())
    if match[1] == "import":
        read_import(rest, line, builder)
        return True
    target, overrides = _split_overrides(rest)
    is_file = not target.text.startswith("#")
    if is_file and not is_script_name(target.text):
        if read_request(line) is not None:
            return False
        hint = "Write run #name for a request, or run file.http for a file"
        builder.error("bad-run", f"No request or file to run is called {target.text[:60]!r}", hint, line)
        return True
    named = target if is_file else target.cut(1)
    builder.runs.append(RunCommand(named, is_file, overrides, bare.at))
    return True


def _split_overrides(text: Template) -> tuple[Template, tuple[tuple[str, Template], ...]]:
    """The target of a `run` line, and its values `(@a=1, @b=2)`."""
    found = _OPENS.search(text.text) if text.text.endswith(")") else None
    if found is None:
        return text, ()
    open_at = found.start()
    overrides: list[tuple[str, Template]] = []
    start, last = open_at + 1, len(text.text) - 1
    while start < last:
        comma = _comma(text.text, start, last)
        match = _OVERRIDE.match(text.text, start, comma)
        if match is not None:
            overrides.append((match[1], text.cut(match.end(), comma)))
        start = comma + 1
    return Template(text.text[:open_at].rstrip(), text.at), tuple(overrides)


def _comma(text: str, start: int, last: int) -> int:
    """The next comma before an `@`. Other commas may be part of a value."""
    while (found := text.find(",", start, last)) >= 0:
        if text[found + 1 : last].lstrip()[:1] == "@":
            return found
        start = found + 1
    return last


_SCRIPT = re.compile(r">\s*+\{%")
_OUTPUT_MARKS: Mapping[str, OutputMark] = {">>!": ">>!", ">>": ">>", "<>": "<>"}
_OUTPUT = re.compile(r"(>>!|>>|<>)[ \t]*+(?=\S)")
_CHECK = re.compile(r"\?\?(?!\?)\s*+(?=\S)")
_EXPECTED = re.compile(r"(?:>\s*+)?EXPECTED_RESPONSE_(STATUS|BODY|HEADERS)(?=\s|$)")
_FIRST_BELOW = frozenset("#/>@?<E{")
_OF_BODIES = frozenset({"raw-body", "strip-comments"})
_MARKS = frozenset({"script", "code", "file", "output", "expect"})
_SECOND_LOOK = (
    _FIRST_BELOW
    | frozenset(("", *" \t\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"))
    | frozenset("\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000")
)
"""The first characters of lines that may be items: marks, and the characters that `str.strip` removes."""

TrailerKind = Literal[
    "blank", "comment", "block-comment", "directive", "variable", "script", "before", "code", "file", "output", "expect"
]


class TrailerItem(NamedTuple):
    """The lines from `start` to before `end`, as an item that may follow a body."""

    kind: TrailerKind
    """The kind: `blank`, `comment`, `remark` (`/* .. */`), `directive`, `variable`, `script`, `code`, `file`, `output`
    or `expect`.
    """
    start: int
    end: int


class LeadingItems(NamedTuple):
    """The items before the first line that can only be body text."""

    items: tuple[TrailerItem, ...]
    first: int
    """The index of that line; -1 if there is none."""
    end: int
    """The index after the last line that was examined."""


class Region(NamedTuple):
    """The lines after the header block: the first line that can only be body text, and the items at the end."""

    first: int
    """The index of the first line that can only be body text; -1 if all lines are items."""
    items: tuple[TrailerItem, ...]
    """The items after the last line that can only be body text; all items if there is no such line."""
    inside: tuple[TrailerItem, ...]
    """The items before a line that can only be body text, without comments and variables."""
    end: int
    """The index after the last line."""


def find_leading_items(texts: Sequence[str], start: int) -> LeadingItems:
    """The items from `start` on, up to the first line that can only be body text."""
    items: list[TrailerItem] = []
    passages = Passages(texts)
    index = start
    while index < len(texts):
        item = _item(texts, index, passages, is_indented=True)
        if item is None:
            return LeadingItems(tuple(items), index, index)
        items.append(item)
        index = item.end
    return LeadingItems(tuple(items), -1, index)


def scan(
    texts: Sequence[str], leading: LeadingItems, accepts: Callable[[int], bool], *, is_indented: bool = False
) -> Region:
    """Find the items after the first line. `accepts` tells whether the `@name = value` at an index is a variable.

    With `is_indented`, scripts, outputs and checks may be indented, since a structured body cannot contain them.
    """
    if leading.first < 0:
        return Region(first=-1, items=leading.items, inside=(), end=leading.end)
    items: list[TrailerItem] = []
    inside = [item for item in leading.items if item.kind in _MARKS]
    passages = Passages(texts)
    below = leading.first
    for index in [at for at in range(leading.first, len(texts)) if texts[at][:1] in _SECOND_LOOK]:
        if index < below:
            continue  # this line is a part of the previous item
        item = _item(texts, index, passages, is_indented)
        is_body = item is None or (item.kind == "variable" and not accepts(index))
        if items and (is_body or index > below):
            inside.extend(item for item in items if item.kind in _MARKS)
            items = []
        if item is not None and not is_body:
            items.append(item)
        below = index + 1 if item is None or is_body else item.end
    if items and below < len(texts):
        inside.extend(item for item in items if item.kind in _MARKS)
        items = []
    return Region(first=leading.first, items=tuple(items), inside=tuple(inside), end=max(below, len(texts)))


def find_item(texts: Sequence[str], index: int, passages: Passages) -> TrailerItem | None:
    """The item that begins at a line, perhaps indented; None if the line may be body text."""
    return _item(texts, index, passages, is_indented=True)


def _item(texts: Sequence[str], index: int, passages: Passages, is_indented: bool) -> TrailerItem | None:
    text = texts[index]
    kind = _kind(text, is_indented) if text[:1] in _SECOND_LOOK else None
    if kind is None:
        return None
    if kind in ("block-comment", "code"):
        end = passages.end(index, kind)
        return TrailerItem(kind, index, end) if end > 0 else None
    ending = _ENDS.get(kind)
    return TrailerItem(kind, index, ending(texts, index) if ending else index + 1)


def _blanks_end(texts: Sequence[str], index: int) -> int:
    """The index after a run of blank lines, which are one item."""
    while index < len(texts) and not texts[index].strip():
        index += 1
    return index


def _script_end(texts: Sequence[str], index: int) -> int:
    """The index after the last line of a script; the end of the lines if the script is not closed."""
    return script_end(texts, index) + 1 or len(texts)


_ENDS: Mapping[str, Callable[[Sequence[str], int], int]] = {"blank": _blanks_end, "script": _script_end}


def _kind(line: str, is_indented: bool) -> TrailerKind | None:
    text = line.lstrip()
    if not text:
        return "blank"
    if text[0] not in _FIRST_BELOW:
        return None
    if text.startswith(("#", "//")):
        return "directive" if known_directive(line) else "comment"
    if text[0] == "@":
        return "variable" if variable_name(line) else None
    if text[0] == "{":
        return "code" if is_code(line) else None
    if is_block_comment(line):
        return "block-comment"
    return _mark_kind(text if is_indented else line)


def _mark_kind(text: str) -> TrailerKind | None:
    if _SCRIPT.match(text):
        return "script"
    if _OUTPUT.match(text):
        return "output"
    if _CHECK.match(text) or _EXPECTED.match(text):
        return "expect"
    if text[:1] == ">" and is_script_file(text.rstrip()) and text[1:2] in (" ", "\t", ".", "/"):
        return "file"
    return None


def read_item(lines: Lines, item: TrailerItem, builder: StepBuilder) -> None:
    """Read one item into the builder."""
    line = lines[item.start]
    if item.kind in ("comment", "directive"):
        read_comment(line, builder)
        if item.kind == "directive" and builder.directives and builder.directives[-1].name in _OF_BODIES:
            message = f"@{builder.directives[-1].name} has no effect below the body"
            builder.lint("late-directive", message, "Move it above the request line", line)
    elif item.kind == "block-comment":
        read_block_comment(lines, item.start, item.end, builder)
    elif item.kind == "variable":
        read_variable(line, builder)
    elif item.kind == "code":
        builder.handlers.append(Handler("code", lines.wholes(item.start, item.end), None, line.start))
    elif item.kind == "script":
        builder.handlers.append(read_script(lines, item.start, "after", builder)[0])
    elif item.kind == "file":
        builder.handlers.append(Handler("after", (), line.cut(line.indent + 1), line.start))
    elif item.kind == "output":
        match = _OUTPUT.match(line.text, line.indent)
        assert match is not None
        builder.outputs.append(Output(_OUTPUT_MARKS[match[1]], line.cut(match.end()), line.start))
    elif item.kind == "expect":
        _read_expect(line, builder)


def _read_expect(line: SourceLine, builder: StepBuilder) -> None:
    match = _EXPECTED.match(line.text, line.indent)
    try:
        if match is None:
            builder.expectations.append(read_expectation(line.cut(line.indent + 2), line.start, is_script=True))
        else:
            builder.expectations.append(read_named(match[1], line.cut(match.end()), line.start))
    except BadExpectation as problem:
        builder.error("bad-expectation", problem.message, problem.hint, line)


_HINT = "Close the braces with }}, or write \\{\\{ for two braces"


def check_braces(texts: Iterable[Text], lines: Lines, builder: StepBuilder, *, is_error: bool = True) -> None:
    """Report the first unclosed `{{` of each line; `lines` are the lines with the texts."""
    report = builder.error if is_error else builder.lint
    reported = 0
    for text in texts:
        if "{{" not in text.text:
            continue
        for below, line in enumerate(text.text.split("\n") if "\n" in text.text else (text.text,)):
            index = find_unclosed(line) if text.at.line + below != reported else -1
            if index >= 0:
                reported = text.at.line + below
                source = lines.numbered(reported)
                at = source.whole.position_at(index) if below else text.position_at(index)
                report("unclosed-braces", "This {{ is not closed", _HINT, source, at, 2)


class StepBuilder:
    """Collects the diagnostics of one block and all of its parts except the request."""

    __slots__ = (
        "block_name", "captures", "comments", "diagnostics", "directives", "expectations", "fragments", "handlers",
        "imports", "is_after_request", "outputs", "runs", "step", "variables",
    )  # fmt: skip

    def __init__(self, step: int = 1) -> None:
        self.step = step
        """The number of the step to which the parts belong."""
        self.is_after_request = False
        self.block_name = ""
        """The name of a block with variables and without a request."""
        self.comments: list[Text] = []
        self.directives: list[Directive] = []
        self.expectations: list[Expectation] = []
        self.captures: list[Capture] = []
        self.fragments: list[Template] = []
        """The lines of GraphQL before the request line."""
        self.handlers: list[Handler] = []
        self.outputs: list[Output] = []
        self.runs: list[RunCommand] = []
        self.imports: list[Import] = []
        self.variables: list[Variable] = []
        self.diagnostics: list[Diagnostic] = []

    @property
    def of_step(self) -> tuple[tuple[object, ...], ...]:
        """The collected parts as tuples, in the order of the fields of `Step`."""
        return (
            tuple(self.comments),
            tuple(self.directives),
            tuple(self.expectations),
            tuple(self.captures),
            tuple(self.handlers),
            tuple(self.outputs),
            tuple(self.runs),
        )

    def error(
        self, code: str, message: str, hint: str, line: SourceLine, at: Position | None = None, length: int = 0
    ) -> None:
        """Report an error, which prevents the step from being sent."""
        self._add("error", code, message, hint, line, at, length)

    def lint(
        self, code: str, message: str, hint: str, line: SourceLine, at: Position | None = None, length: int = 0
    ) -> None:
        """Report a part that may be a mistake."""
        self._add("lint", code, message, hint, line, at, length)

    def _add(
        self, severity: Severity, code: str, message: str, hint: str, line: SourceLine, at: Position | None, length: int
    ) -> None:
        bare = line.stripped
        place, width = (bare.at, len(bare.text)) if at is None else (at, length)
        self.diagnostics.append(
            Diagnostic(
                severity=severity,
                code=code,
                message=message,
                hint=hint,
                at=place,
                length=max(width, 1),
                source=line.text,
            )
        )

    def says(self, directive: str) -> bool:
        """Whether a directive with that name was read."""
        return bool(self.directives) and any(found.name == directive for found in self.directives)

    def value_of(self, directive: str) -> str:
        """The value of the last directive with that name and a value; empty if there is none."""
        value = ""
        for found in self.directives:
            if found.name == directive and found.value is not None:
                value = found.value.text
        return value
