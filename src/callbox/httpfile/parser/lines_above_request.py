"""Parse the lines above a request line: comments, variables, imports, `run` lines, scripts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from callbox.httpfile.filenames import is_script_name
from callbox.httpfile.model import Handler, RunCommand, Variable
from callbox.httpfile.parser.comments import Passages, read_block_comment, read_comment, read_import
from callbox.httpfile.parser.request_line import read_request
from callbox.httpfile.parser.step_builder import StepBuilder
from callbox.httpfile.source import Lines, SourceLine, Template

_VARIABLE = re.compile(r"\s*+@([^\s=]+?)\s*+:?+=")
_RUN = re.compile(r"(import|run)[ \t]++(?=\S)")
_OPENS = re.compile(r"\((?=\s*+@)")
_OVERRIDE = re.compile(r"\s*+@([^\s=,]{1,100})\s*+=\s*+")
_SCRIPT_FILES = (".js", ".mjs", ".cjs", ".ts", ".lua")
_JAVASCRIPT = re.compile(r"[=;]")
_FRAGMENT = re.compile(r"fragment[ \t]++[A-Za-z_]\w*+[ \t]++on[ \t]++[A-Za-z_]")
_QUERY_FILE = re.compile(r"gql(?:[ \t]++[A-Za-z_]\w*+)?[ \t]++<[ \t]++\S")
_UNCOUNTED = re.compile(r'"(?:[^"\\]++|\\.)*+\\?+"?+|#.*')
"""Texts and comments of GraphQL, in which braces are not braces."""
_FIRST = frozenset("#/@<{irfg")
"""The beginnings of lines that may be above a request line: a mark, `import`, `run`, `fragment` or `gql`."""


def variable_name(text: str) -> str:
    """The name of a line `@name = value`; empty for any other line."""
    match = _VARIABLE.match(text) if text.lstrip()[:1] == "@" else None
    return match[1] if match else ""


def is_script_file(path: str) -> bool:
    """True if the path has the suffix of a script."""
    return path.lower().endswith(_SCRIPT_FILES)


def read_variable(line: SourceLine, builder: StepBuilder) -> None:
    """Reads `@name = value`, or reports an error."""
    match = _VARIABLE.match(line.text)
    if match is None:
        builder.error("bad-variable", "This is not a variable", "Write @name = value", line)
        return
    value = line.cut(match.end())
    builder.variables.append(Variable(match[1], value, line.start, builder.step, builder.is_after_request))


def read_preamble(lines: Lines, start: int, builder: StepBuilder) -> int:
    """Read the lines above a request line; returns the index of the first line that it cannot read."""
    texts = lines.texts
    index = start
    while index < len(texts):
        text = texts[index].lstrip()
        if not text:
            index += 1
            continue
        after = _read_item(lines, index, text, builder) if text[0] in _FIRST else index
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
    """Read a GraphQL fragment, or a line `gql NAME < FILE`; both are part of the query below, as in httpyac."""
    if _QUERY_FILE.match(text):
        builder.fragments.append(_ended(lines[index]))
        return index + 1
    if not _FRAGMENT.match(text):
        return index
    depth, end = 0, index
    while end < len(lines):
        counted = _UNCOUNTED.sub("", lines.texts[end])
        depth += counted.count("{") - counted.count("}")
        end += 1
        if depth <= 0 and "}" in counted:
            break
    else:
        builder.error(
            "unclosed-fragment", "This fragment is not closed", "End it with } above the request line", lines[index]
        )
        return len(lines)
    builder.fragments += [_ended(lines[at]) for at in range(index, end)]
    return end


def _ended(line: SourceLine) -> Template:
    return Template(line.text + "\n", line.at)


def read_block_comment_at(lines: Lines, index: int, builder: StepBuilder) -> int:
    """Read a comment `/* .. */`; returns the index after it. One that is not closed is an error and takes the block."""
    end = Passages(lines.texts).end(index, "block-comment")
    if end < 0:
        builder.error(
            "unclosed-comment", "This comment is not closed", "End it with a line */ above the next ###", lines[index]
        )
        return len(lines)
    read_block_comment(lines, index, end, builder)
    return end


def _read_before(lines: Lines, index: int, builder: StepBuilder) -> int:
    """Reads `< {% script %}` or `< file.js`."""
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
    """Read a `{{ }}` block of JavaScript, as opposed to a URL that begins with a variable."""
    line = lines[index]
    text = line.stripped.text
    if "}}" in text:
        is_code = text.find("}}") == len(text) - 2 and _JAVASCRIPT.search(text)
        if not is_code:
            return index
        end = index
    else:
        end = Passages(lines.texts).end(index, "code") - 1
        if end < 0:
            return index
    builder.handlers.append(Handler("code", lines.wholes(index, end + 1), None, line.start))
    return end + 1


def script_end(texts: Sequence[str], index: int) -> int:
    """The index of the line that ends the script beginning at a line, with `%}`; -1 if it is not closed."""
    begin = texts[index].index("{%") + 2
    for at in range(index, len(texts)):
        if "%}" in texts[at] and _closes(texts[at], begin if at == index else 0):
            return at
    return -1


def read_script(lines: Lines, index: int, kind: str, builder: StepBuilder) -> tuple[Handler, int]:
    """Read a script from `{%` to the line that ends with `%}`. An unclosed one is an error and takes the block."""
    first, end = lines[index], script_end(lines.texts, index)
    begin = first.text.index("{%") + 2
    if end < 0:
        hint = "End it with a line %}"
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
        builder.error("bad-run", f"There is no request or file to run called {target.text[:60]!r}", hint, line)
        return True
    named = target if is_file else target.cut(1)
    builder.runs.append(RunCommand(named, is_file, overrides, bare.at))
    return True


def _split_overrides(text: Template) -> tuple[Template, tuple[tuple[str, Template], ...]]:
    """The target of a `run` and its `(@a=1, @b=2)`."""
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
    """The next comma that is followed by `@`, since a value may hold commas."""
    while (found := text.find(",", start, last)) >= 0:
        if text[found + 1 : last].lstrip()[:1] == "@":
            return found
        start = found + 1
    return last
