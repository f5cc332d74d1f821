"""Body lines to what is sent: comments, files, newlines (rules 10 and 24 to 26). Called by `blocks`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from callbox.script.directives import read_comment, read_remark
from callbox.script.fences import Passages, is_remark
from callbox.script.gathered import Gathered
from callbox.script.lines import Line
from callbox.script.model import At, Body, FileReference, Piece, Text

_FILE = re.compile(r"<(?:(@)([A-Za-z][\w.:-]{0,39})?)?[ \t]++(?=\S)")
_NDJSON = frozenset(
    {
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/x-jsonlines",
        "application/json-seq",
    }
)
_PAIR = re.compile(r"\{\{[^{}]*+\}\}|[&=]")
_STRIPPED = frozenset({"json", "ndjson", "form", "graphql"})


def body_kind(media_type: str, first: str) -> str:
    """The kind of a body by its media type, or by its first line where that is not said."""
    if media_type == "graphql":
        return "graphql"
    if media_type in _NDJSON:
        return "ndjson"
    if media_type == "application/x-www-form-urlencoded":
        return "form"
    if media_type.startswith("multipart/"):
        return "multipart"
    if "json" in media_type:
        return "json"
    is_said = bool(media_type) and "{{" not in media_type
    looks_json = first.startswith(("{", "[")) and not first.startswith("{{")
    return "json" if looks_json and not is_said else "text"


def is_stripped(kind: str, into: Gathered) -> bool:
    """True where every whole line that begins as a comment is one (rule 10)."""
    return not into.says("raw-body") and (kind in _STRIPPED or into.says("strip-comments"))


def _comment_test(kind: str, into: Gathered) -> Callable[[Line], bool]:
    if is_stripped(kind, into):
        return _is_comment
    if into.says("raw-body"):
        return _never
    return _is_spaced_comment if kind == "multipart" else _never


def _never(line: Line) -> bool:
    return False


def _is_comment(line: Line) -> bool:
    return line.is_comment


def _is_spaced_comment(line: Line) -> bool:
    return line.text.lstrip().startswith(("# ", "// ", "#\t", "//\t"))


def read_body(lines: Sequence[Line], kind: str, into: Gathered) -> Body:
    """What is sent for these lines; comments that are stripped go to `into`."""
    is_comment = _comment_test(kind, into)
    kept: list[Line] = []
    lines = _without_remarks(lines, into) if is_stripped(kind, into) else lines
    for line in lines:
        if is_comment(line):
            read_comment(line, into)
        else:
            kept.append(line)
    kept = _trimmed(kept)
    if not kept:
        return Body()
    if kind == "form" and into.says("raw-body"):
        return Body("text", _pieces(kept, "\n", False))
    if kind == "form":
        return Body(kind, _form(kept, into))
    if kind == "graphql":
        return _graphql(kept)
    return Body(kind, _pieces(kept, "\r\n" if kind == "multipart" else "\n", kind in ("multipart", "ndjson")))


def _without_remarks(lines: Sequence[Line], into: Gathered) -> Sequence[Line]:
    """The lines without comments `/* .. */`, which go to `into`."""
    kept: list[Line] = []
    passages, below = Passages(lines), 0
    for index in [index for index, line in enumerate(lines) if is_remark(line)]:
        end = passages.end(index, "remark") if index >= below else -1
        if end > 0:
            kept += lines[below:index]
            read_remark(lines[index:end], into)
            below = end
    return [*kept, *lines[below:]] if below else lines


def _trimmed(lines: list[Line]) -> list[Line]:
    start, end = 0, len(lines)
    while start < end and lines[start].is_blank:
        start += 1
    while end > start and lines[end - 1].is_blank:
        end -= 1
    return lines[start:end]


def _pieces(lines: Sequence[Line], newline: str, is_ended: bool) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    last = len(lines) - 1
    for index, line in enumerate(lines):
        end = newline if is_ended or index < last else ""
        file = read_file_reference(line)
        if file is None:
            if line.text or end:
                pieces.append(Text(line.text + end, At(line.number, 1, line.offset)))
            continue
        pieces.append(file)
        if end:
            pieces.append(Text(end, line.whole.spot(len(line.text))))
    return tuple(pieces)


def read_file_reference(line: Line) -> FileReference | None:
    """What `< path`, `<@ path` or `<@latin1 path` refers to; None where the line is text."""
    match = _FILE.match(line.text) if line.text[:1] == "<" else None
    if match is None:
        return None
    return FileReference(line.cut(match.end()), line.at, bool(match[1]), match[2] or "")


def _graphql(lines: Sequence[Line]) -> Body:
    split = next(
        (
            index
            for index in range(1, len(lines))
            if lines[index - 1].is_blank and lines[index].text.lstrip().startswith("{")
        ),
        len(lines),
    )
    query, variables = _trimmed(list(lines[:split])), list(lines[split:])
    return Body("graphql", _pieces(query, "\n", False), _pieces(variables, "\n", False))


def _form(lines: Sequence[Line], into: Gathered) -> tuple[Piece, ...]:
    """Rule 24: the lines are one, without blanks round `&` and `=`."""
    pieces: list[Piece] = []
    for line in lines:
        if line.is_blank:
            continue
        bare = line.stripped
        file = read_file_reference(line)
        ends_open = not pieces or _last_char(pieces) == "&"
        if not ends_open and not bare.text.startswith("&"):
            into.lint("form-line", "A form's pairs are joined with &", "Begin this line with &", line)
            pieces.append(Text("&", bare.at))
        pieces.extend([file] if file is not None else _tight(bare))
    return tuple(pieces)


def _last_char(pieces: Sequence[Piece]) -> str:
    last = pieces[-1]
    return last.text[-1:] if isinstance(last, Text) else ""


def _tight(text: Text) -> Iterable[Text]:
    """The text without the blanks round `&` and `=`, each piece with its place."""
    if not any(blank in text.text for blank in " \t"):
        yield text
        return
    start, at = 0, text.at
    for end, after in _cuts(text.text):
        part = text.text[start:end]
        bare = part.strip()
        if bare:
            yield Text(bare, Text(part, at).spot(len(part) - len(part.lstrip())))
        if after > end:
            yield Text(text.text[end:after], Text(part, at).spot(len(part)))
        at = Text(text.text[start:after], at).spot(after - start)
        start = after


def _cuts(text: str) -> Iterable[tuple[int, int]]:
    """Where each `&` and `=` begins and ends, outside of `{{ }}`; then the end of the text."""
    for match in _PAIR.finditer(text):
        if len(match[0]) == 1:
            yield match.start(), match.end()
    yield len(text), len(text)
