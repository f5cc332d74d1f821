"""Build the body of a step, GraphQL included: variables are filled and files are opened."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias
from urllib.parse import quote

from callbox.errors import UsageError
from callbox.exchange.request_content import (
    JSON,
    Content,
    FileBytes,
    can_read_again,
    file_content,
    raw_content,
)
from callbox.exchange.template_braces import holes
from callbox.httpfile.model import Body, FileReference, Piece, Step
from callbox.httpfile.parser.body_parser import find_variables
from callbox.httpfile.parser.request_line import BODILESS
from callbox.httpfile.source_and_diagnostics import Template, Text
from callbox.httpfile.variables.value_injection_guards import FilePosition, JsonPosition
from callbox.httpfile.variables.variable_scope import Expanded, Scope

_FILE = re.compile(r"[ \t]*+gql(?:[ \t]++([A-Za-z_]\w*+))?[ \t]++<[ \t]++(\S[^\r\n]*+)")
_QUERY = re.compile(
    r"(?:\s*+#[^\n]*+\n)*+\s*+(?:(?:query|mutation|subscription)(?:\s++[A-Za-z_]\w*+)?\s*+[({@]|fragment\s++\w++\s++on\s)"
)


class Operation(NamedTuple):
    """A GraphQL query and its variables."""

    query: tuple[Piece, ...]
    variables: tuple[Piece, ...] = ()
    name: str = ""
    """The name of the operation that runs; empty if none is named."""


def operation_of(step: Step) -> Operation | None:
    """The GraphQL operation that a step sends; None if its body is something else."""
    body = step.body
    first = body.pieces[0] if body.pieces else None
    if body.kind == "graphql":
        query, variables = (body.pieces, body.variables) if body.variables else _split_files(body.pieces)
        return _with_files(query, variables)
    if not isinstance(first, Template) or body.kind not in ("text", "json") or not _may_be(step):
        return None
    if _FILE.match(first.text) is None and not _QUERY.match(
        "".join(piece.text for piece in body.pieces[:9] if isinstance(piece, Template))
    ):
        return None
    return _with_files(*_split(body))


def _may_be(step: Step) -> bool:
    """Whether the body may be GraphQL: the media type is missing, or is JSON. A query is often sent as JSON."""
    kind = step.header("content-type")
    is_open = kind is None or "json" in kind.text.lower()
    return is_open and step.method not in BODILESS and step.directive("raw-body") is None


def _with_files(query: tuple[Piece, ...], variables: tuple[Piece, ...]) -> Operation:
    """The operation with the content of files in place of the lines `gql NAME < FILE`."""
    if not any(isinstance(piece, Template) and "gql" in piece.text for piece in query):
        return Operation(query, variables)
    pieces: list[Piece] = []
    name, has_own = "", False
    for line in _lines(query):
        named = _FILE.fullmatch(line.text.rstrip("\r\n")) if isinstance(line, Template) else None
        if named is None:
            pieces.append(line)
            has_own = has_own or (isinstance(line, Template) and _OPERATION.match(line.text) is not None)
        elif isinstance(line, Template):
            pieces += [FileReference(line.cut(named.start(2), named.end(2)), line.at), Template("\n", line.at)]
            name = named[1] or name
    if not any(isinstance(piece, FileReference) for piece in pieces):
        return Operation(query, variables)
    # If the files contain fragments and the query is in the script, the query in the script is the one to run.
    return Operation(tuple(_trimmed(pieces)), variables, "" if has_own else name)


def _split(body: Body) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Split a GraphQL body above its variables."""
    lines = _lines(body.pieces)
    at = find_variables([line.text if isinstance(line, Template) else "<" for line in lines])
    return tuple(_trimmed(lines[:at])), tuple(lines[at:])


def _split_files(pieces: tuple[Piece, ...]) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Split a GraphQL body with a file of variables, `< NAME.json` below the query."""
    last = pieces[-1] if len(pieces) > 1 else None
    if isinstance(last, FileReference) and last.path.text.strip().lower().endswith(".json"):
        return tuple(_trimmed(_lines(pieces[:-1]))), (last,)
    return pieces, ()


def _lines(pieces: Iterable[Piece]) -> list[Piece]:
    lines: list[Piece] = []
    for piece in pieces:
        lines += piece.lines() if isinstance(piece, Template) else [piece]
    return lines


def _trimmed(lines: list[Piece]) -> list[Piece]:
    """A query as it is sent: without blank lines and without a line break at its end."""
    while lines and _is_blank(lines[-1]):
        lines.pop()
    last = lines[-1] if lines else None
    return [*lines[:-1], last._replace(text=last.text.rstrip("\r\n"))] if isinstance(last, Template) else lines


def _is_blank(piece: Piece) -> bool:
    return isinstance(piece, Template) and not piece.text.strip()


_Segment: TypeAlias = "bytes | FileBytes"

_CHARSET = re.compile(r";[ \t]*+charset[ \t]*+=[ \t]*+\"?+([\w.:-]{1,40})", re.IGNORECASE)
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_FORM_SAFE = "/?:@!$&'()*+,;=~-._%[]"
_OPERATION = re.compile(r"^[ \t]*+(?:query|mutation|subscription)\s++([A-Za-z_]\w*+)", re.MULTILINE)
_ENDS = {"\r": "a line break", "\n": "a line break", "\0": "a NUL"}
"""Characters that would end the header of a part, with their names in messages."""
_MAX_READ = 1 << 16
"""The most bytes of a body of text and files that is read as a whole, so that it can be shown as it is sent."""
_OTHER_FILE_OFFSET = 1 << 40
"""This number is added to positions in other files, so that they differ from positions in the script."""
_MAX_READ_IN_PREFLIGHT = 1 << 12
"""The most bytes of a body of text and files that the preflight reads as a whole, since it holds the drafts of all
requests.
"""


def read_content(step: Step, scope: Scope, boundary: tuple[str, str] = ("", "")) -> Content | None:
    """The body that the step sends; None if it has no body.

    `boundary` has the multipart boundary as written, and with its variables filled. The variables are filled only once,
    so that a `{{$timestamp}}` in the boundary is the same on each line. Raises `ScriptError` for a missing file or
    variable.
    """
    body = step.body
    if not body.pieces:
        if step.is_graphql and step.method == "POST":
            hint = "write the query below a blank line, or: < query.graphql"
            scope.fail(UsageError("There is no GraphQL query below this", hint=hint), Text(step.label, step.at))
        return None
    if (operation := operation_of(step)) is not None:
        return _graphql(operation, scope)
    only = body.pieces[0]
    if len(body.pieces) == 1 and isinstance(only, FileReference) and not only.is_substituted:
        path = scope.expand([only.path], place=FilePosition()).strip()
        found = _open(path, only, scope)
        _warn_of_variables(found, path.text, scope)
        return file_content(path.text, found.pieces, found.length)
    segments = list(_segments(step, scope, boundary))
    kind = body.kind if body.kind in ("json", "form", "multipart") else "raw"
    if all(isinstance(segment, bytes) for segment in segments):
        data = b"".join(s for s in segments if isinstance(s, bytes))
        if kind == "json" and any(holes(text.text) for text in body.texts):
            _warn_of_bad_json(data, scope)
        return raw_content(data)._replace(kind=kind)
    length = _length(segments)
    if length is not None and length <= (_MAX_READ_IN_PREFLIGHT if scope.is_preflight else _MAX_READ):
        return raw_content(b"".join(_reader(segments)()))._replace(kind=kind)
    can_repeat = all(isinstance(segment, bytes) or can_read_again(segment.pieces) for segment in segments)
    return Content(
        data=None, media_type=None, kind=kind, length=length, pieces=_reader(segments), is_replayable=can_repeat
    )


def _segments(step: Step, scope: Scope, boundary: tuple[str, str]) -> Iterator[_Segment]:
    body = step.body
    null, place = ("null", JsonPosition()) if body.kind in ("json", "ndjson") else ("", None)
    is_encoded = is_encoded_form(step)
    has_parts = body.kind == "multipart" and boundary[1] and any(holes(text.text) for text in body.texts)
    parts = _Parts(boundary, scope) if has_parts else None
    part: list[str] = []  # the texts since the last delimiter
    for piece in body.pieces:
        if isinstance(piece, FileReference):
            yield _file(piece, scope, _charset(step, "".join(part)), place)[0]
            continue
        if piece.text.startswith("--"):
            part.clear()
        part.append(piece.text)
        text = scope.expand([piece], null=null, place=place).text if parts is None else parts.expand(piece)
        yield encode(quote(_BAD_ESCAPE.sub("%25", text), safe=_FORM_SAFE) if is_encoded else text)


def _charset(step: Step, part: str) -> str:
    """The charset in which the text of a file is sent: the charset of its Content-Type, else UTF-8.

    In a multipart body, `part` is the text above the file, and its last part has the Content-Type.
    """
    content_type = step.header("content-type")
    own = content_type.text if content_type else ""
    if step.body.kind == "multipart":
        own = part.rpartition("\n--")[2].partition("\r\n\r\n")[0]
    match = _CHARSET.search(own)
    try:
        return codecs.lookup(match[1]).name if match else "utf-8"
    except LookupError:
        return "utf-8"


def is_encoded_form(step: Step) -> bool:
    """Whether this body is a form in which characters that a form does not allow are percent-encoded."""
    return step.body.kind == "form" and step.directive("no-auto-encoding") is None


class _Parts:
    """Fills the variables in the parts of a multipart body.

    It knows which lines are headers of a part, so that no value can add a header.
    """

    def __init__(self, boundary: tuple[str, str], scope: Scope) -> None:
        self._written, self._boundary = boundary
        self._delimiter = f"--{self._boundary}"
        self._scope = scope
        self._is_head = False

    def expand(self, piece: Template) -> str:
        return "".join([self._expand_line(line) for line in piece.lines()])

    def _fill(self, line: Template) -> str:
        """Fill a line. For a boundary, the filled boundary of the header is used."""
        is_templated = self._written != self._boundary and self._written in line.text
        if not is_templated:
            return self._scope.expand([line]).text
        out, at = [], 0
        while (found := line.text.find(self._written, at)) >= 0:
            out += [self._scope.expand([line.cut(at, found)]).text, self._boundary]
            at = found + len(self._written)
        return "".join([*out, self._scope.expand([line.cut(at)]).text])

    def _expand_line(self, line: Template) -> str:
        written = line.text.rstrip("\r\n")
        text = self._fill(line)
        self._is_head = bool(written.strip()) and (self._is_head or text.rstrip() == self._delimiter)
        value = text.removesuffix(line.text[len(written) :])
        held = next((name for end, name in _ENDS.items() if end in value), "")
        if self._is_head and held:
            error = UsageError(f"A value in a header of this part holds {held}", hint="a header is one line")
            self._scope.fail(error, line, 0, len(written))
        is_known = written.lstrip().startswith("{{") and value.strip() != "" and "{{" not in value
        if self._is_head and is_known and ":" not in value:
            error = UsageError("This value is not a header of the part", hint="leave a blank line above the value")
            self._scope.fail(error, line, 0, len(written))
        if value != written and self._adds_part(value, written):
            error = UsageError("A value in this part holds the boundary of the parts", hint="choose another boundary")
            self._scope.fail(error, line, 0, len(written))
        return text

    def _adds_part(self, value: str, written: str) -> bool:
        """Whether this value adds a delimiter between parts that the script itself does not contain.

        A line `--{{name}}` of the script is allowed to become a delimiter.
        """
        first, *more = value.splitlines() or [""]
        lines = more if written.startswith("--") else [first, *more]
        return any(line.startswith(self._delimiter) for line in lines)


def _warn_of_bad_json(data: bytes, scope: Scope) -> None:
    """Warn of a body that is not valid JSON because of a quote in a value or an empty value.

    The body is sent unchanged.
    """
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        scope.warn("with the values of its variables, the body is not JSON")


def _warn_of_variables(file: FileBytes, path: str, scope: Scope) -> None:
    """Warn of a variable of the script in a file that is sent unchanged.

    Kulala replaces such variables for `< file`, too.
    """
    if file.is_foreign or file.length is None or file.length > _MAX_READ:
        return
    data = file.read()
    if b"{{" not in data:
        return
    names = (hole.expression for hole in holes(data.decode("utf-8", "replace")))
    known = next((name for name in names if scope.fixed_value(name) is not None), "")
    if known:
        scope.warn(f"{{{{{known}}}}} in {path} is sent unchanged; to replace variables in the file: <@ {path}")


def _file(
    piece: FileReference, scope: Scope, charset: str = "utf-8", place: JsonPosition | None = None
) -> tuple[_Segment, bool]:
    """The content of a file, with its variables filled for `<@`.

    The second value says whether some variables are not known yet.

    The content is encoded in `charset`. In `<@latin1`, the charset is only the charset of the file.
    """
    path = scope.expand([piece.path], place=FilePosition()).strip()
    found = _open(path, piece, scope)
    if not piece.is_substituted:
        _warn_of_variables(found, path.text, scope)
        return found, path.is_open
    if found.is_foreign:
        scope.fail(_written(path.text), piece.path)
        return b"", False
    encoding = piece.encoding or "utf-8"
    try:
        codecs.lookup(encoding)
        text = found.read().decode(encoding)
        filled = scope.expand([_template(text, piece)], place=place)
        return filled.text.encode(charset), path.is_open or filled.is_open
    except UnicodeEncodeError:
        message = f"'{path.text}' cannot be written in {charset}, the charset of its Content-Type"
        scope.fail(UsageError(message, hint="write charset=utf-8"), piece.path)
    except LookupError:
        scope.fail(UsageError(f"No encoding '{encoding}'", hint="such as utf-8 or latin1"), piece.path)
    except UnicodeError:
        message, hint = f"'{path.text}' is not {encoding} text", f"send its bytes: < {path.text}"
        scope.fail(UsageError(message, hint=hint), piece.path)
    except UsageError as error:
        scope.fail(error, piece.path)
    return b"", False


def _template(text: str, piece: FileReference) -> Template:
    """The text of a file as a template. In messages, its place is the line that names the file."""
    at = piece.path.at
    return Template(text, at._replace(offset=at.offset - _OTHER_FILE_OFFSET))


def text_of_file(path: str, piece: FileReference, scope: Scope, most: int) -> Template | str | None:
    """The text of a file, with variables filled for `<@`. None if it is longer than `most` or is not text.

    Raises `UsageError` if the file does not exist.
    """
    found = scope.resolution.open_file(path)
    if found.is_foreign and piece.is_substituted:
        raise _written(path)
    if found.length is None or found.length > most:
        return None
    try:
        text = found.read().decode((piece.encoding if piece.is_substituted else "") or "utf-8")
    except (UnicodeError, LookupError):
        return None
    return _template(text, piece) if piece.is_substituted else text


def _written(path: str) -> UsageError:
    message = f"'{path}' is written by this script, and callbox does not replace variables in text from a server"
    return UsageError(message, hint=f"send the file unchanged: < {path}")


def _open(path: Expanded, piece: FileReference, scope: Scope) -> FileBytes:
    if path.is_open:
        return FileBytes(lambda: (), 0)
    try:
        return scope.resolution.open_file(path.text)
    except UsageError as error:
        scope.fail(error, piece.path)
        return FileBytes(lambda: (), 0)


def _length(segments: list[_Segment]) -> int | None:
    total = 0
    for segment in segments:
        size = len(segment) if isinstance(segment, bytes) else segment.length
        if size is None:
            return None
        total += size
    return total


def _reader(segments: list[_Segment]) -> Callable[[], Iterator[bytes]]:
    def pieces() -> Iterator[bytes]:
        for segment in segments:
            if isinstance(segment, bytes):
                yield segment
            else:
                yield from segment.pieces()

    return pieces


def _graphql(operation: Operation, scope: Scope) -> Content:
    query = _whole(operation.query, scope, "").text
    document: dict[str, object] = {"query": query}
    match = _OPERATION.search(query)
    if name := operation.name or (match[1] if match else ""):
        document["operationName"] = name
    text = json.dumps(document, ensure_ascii=False)
    variables, is_open = _whole(operation.variables, scope, "null", JsonPosition()).strip()
    if variables:
        if not is_open:
            _check_variables(variables, operation.variables[0], scope)
        # the text is sent unchanged, because 1.10 would become 1.1 if it were parsed and written again
        text = f'{text[:-1]}, "variables": {variables}}}'
    return Content(encode(text), JSON, "json")


def _whole(pieces: tuple[Piece, ...], scope: Scope, null: str, place: JsonPosition | None = None) -> Expanded:
    out, is_open = [], False
    for piece in pieces:
        if isinstance(piece, Text):
            filled = scope.expand([piece], null=null, place=place)
            out.append(filled.text)
            is_open = is_open or filled.is_open
            continue
        segment, is_left = _file(piece, scope, place=place)
        try:
            data = segment if isinstance(segment, bytes) else segment.read()
        except UsageError as error:
            scope.fail(error, piece.path)
            continue
        out.append(data.decode("utf-8", "replace"))
        is_open = is_open or is_left
    return Expanded("".join(out), is_open)


def _check_variables(text: str, piece: Piece, scope: Scope) -> None:
    try:
        json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        at = piece if isinstance(piece, Text) else piece.path
        scope.fail(UsageError("The variables of this GraphQL query are not JSON", hint='such as {"id": 1}'), at)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)  # Python accepts NaN, but JSON has no NaN


def encode(text: str) -> bytes:
    """Encode a text as UTF-8. A lone surrogate, which JSON can contain, becomes a question mark."""
    return text.encode("utf-8", "replace")
