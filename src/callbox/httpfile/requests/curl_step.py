"""Resolve a step that is written as a `curl` command to a draft.

The command is split into words, and the words are read as options, before variables are filled. So no value can end a
word, begin an option or name a file.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.exchange.digest_auth import Digest
from callbox.exchange.request import UNSET, Draft, Unset
from callbox.exchange.request_content import FileBytes
from callbox.exchange.secret import Secret
from callbox.exchange.template_braces import holes
from callbox.formats.bash_powershell_and_cmd_words import CurlCommand, QuotingError, split_command
from callbox.formats.curl_options import WordError
from callbox.formats.curl_reader import (
    CurlRequest,
    CurlSource,
    FilePieces,
    Purpose,
    content_of,
    cookie_jar,
    read_curl,
)
from callbox.httpfile.model import Step
from callbox.httpfile.requests.options_conditions_and_loops import is_option
from callbox.httpfile.source_and_diagnostics import Template
from callbox.httpfile.variables.value_injection_guards import FilePosition, UrlParts, ValuePlace, route_position
from callbox.httpfile.variables.variable_scope import Scope

_MARK = re.compile("\ue000(\\d{1,9})\ue001")
_ENCODED_MARK = "%EE%80%80"
"""The beginning of a mark in a percent-encoded text."""


def resolve_command(step: Step, scope: Scope) -> Draft:
    """The request of a step that is a curl command. Raises `ScriptError` with its place, or collects the error."""
    text, templates = _with_marks(step)
    variables = _Variables(templates, scope)
    sources = scope.resolution.sources
    try:
        command = _split(text)
        files = _Files(variables.open_file, variables.fill, command)
        request = _read(command, files, variables.is_open, variables.fill_for)
        return _draft(request, files, lambda: f"{sources.random.getrandbits(128):032x}", sources.now)
    except UsageError as error:
        _fail(error, text, step, scope)
        return Draft("GET", "")


class _Variables:
    """The variables of a command. A placeholder stands for each variable until the words have been read as options."""

    def __init__(self, templates: list[Template], scope: Scope) -> None:
        self._templates = templates
        self._scope = scope
        self._values = [scope.expand([template]) for template in templates]
        self._replace_marks = _filler([value.text for value in self._values])
        self._open_texts: set[str] = set()
        self._written: dict[str, str] = {}
        """The texts with marks, by the filled text."""

    def is_open(self, text: str) -> bool:
        """Whether the value of a mark in the text is not known yet."""
        marks = (int(mark) for mark in _MARK.findall(text))
        return any(mark < len(self._values) and self._values[mark].is_open for mark in marks)

    def fill(self, text: str) -> str:
        """The text with the values in the place of their marks."""
        filled = self._replace_marks(text)
        if filled != text:
            self._written[filled] = text
        if self.is_open(text):
            self._open_texts.add(filled)
        return filled

    def fill_for(self, text: str, purpose: Purpose) -> str:
        """Fill a text that decides to which host the request goes or which file is read.

        Each value is checked first.
        """
        if "\ue000" in text:
            self._check_place(text, _PLACES[purpose]())
        filled = self.fill(text)
        if purpose == "url" and "\ue000" in text and "#" not in text:
            self._scope.warn_of_fragment(filled, is_whole=_MARK.fullmatch(text) is not None)
        return filled

    def open_file(self, path: str) -> FilePieces:
        """The file at a filled path; an empty file if the path is not known yet."""
        self._check_place(self._written.get(path, ""), FilePosition())
        if path in self._open_texts:
            return (lambda: ()), 0
        found = self._scope.resolution.open_file(path)
        return found.pieces, found.length

    def _check_place(self, text: str, place: ValuePlace) -> None:
        """Check that values of a response, in a text with marks, are allowed at their place."""
        parts = _MARK.split(text)
        for at, part in enumerate(parts):
            if at % 2 == 0:
                place.pass_over(part)
            elif int(part) < len(self._values):  # otherwise the script itself contains such a mark
                after = parts[at + 1][:1] or ("{" if at + 2 < len(parts) else "")
                self._check_value(int(part), place, after)
        if isinstance(place, UrlParts) and self._templates:
            self._scope.check_host(place, self._templates[0])

    def _check_value(self, number: int, place: ValuePlace, after: str) -> None:
        value, template = self._values[number], self._templates[number]
        if value.is_open and isinstance(place, UrlParts):
            place.add_open()
        elif value.is_open or not self._scope.is_foreign(holes(template.text)[0].expression):
            place.pass_over(value.text)
        else:
            self._scope.expand([template], place=place, after=after)


_PLACES: Mapping[Purpose, Callable[[], ValuePlace]] = {"url": UrlParts, "route": route_position, "file": FilePosition}


def _read(
    command: CurlCommand, files: _Files, is_open: Callable[[str], bool], fill_for: Callable[[str, Purpose], str]
) -> CurlRequest:
    source = CurlSource(files.read, files.fill, fill_for, is_open, is_of_file=True)
    return read_curl([word.text for word in command.words], source)


class _Files(NamedTuple):
    """The files of a command. The text after the command, or the file before it, is the standard input."""

    source: Callable[[str], FilePieces]
    fill: Callable[[str], str]
    command: CurlCommand

    def open(self, path: str) -> FilePieces:
        command = self.command
        if path != "-":
            return self.source(path)
        if command.standard_input is not None:
            data = self.fill(command.standard_input).encode("utf-8", "replace")
            return (lambda: (data,)), len(data)
        if command.input_file:
            return self.source(self.fill(command.input_file))
        raise UsageError(
            "A curl command in a file has no standard input", hint="use @FILE, or a text between <<EOF and EOF"
        )

    def read(self, path: str) -> bytes:
        return FileBytes(*self.open(path)).read()


def url_and_files_of_command(step: Step) -> tuple[str, tuple[str, ...]]:
    """The URL and the files that a curl command names, as they are written. No file is read."""
    text, templates = _with_marks(step)
    paths: list[str] = []

    def note(path: str) -> FilePieces:
        paths.append(path)
        return (lambda: ()), 0

    try:
        command = _split(text)
        files = _Files(note, _filler([template.text for template in templates]), command)
        request = _read(command, files, lambda text: "\ue000" in text, lambda text, _: files.fill(text))
        draft = _draft(request, files, str, float)
    except UsageError:  # the check of the whole script reports this
        return "", tuple(paths)
    named = [path for name in ("ca", "cert") for path in str(draft.options.get(name, "")).split(",") if path]
    return draft.url, tuple(dict.fromkeys([*paths, *named]))


class CommandTexts(NamedTuple):
    """The texts of a command's request, with a template in the place of each variable.

    A text is None if it cannot be given before the request is sent.
    """

    method: str
    url: tuple[str | Template, ...] | None
    headers: tuple[tuple[str, tuple[str | Template, ...]], ...]
    body: tuple[str | Template, ...] | None
    """The body; None if it has a file, a form or a variable that is encoded."""


def texts_of_command(step: Step) -> CommandTexts | None:
    """The texts of the request of a curl command; None if the command has an error. No file is read."""
    text, templates = _with_marks(step)
    paths: list[str] = []

    def note(path: str) -> FilePieces:
        paths.append(path)
        return (lambda: ()), 0

    try:
        files = _Files(note, lambda text: text, _split(text))
        request = _read(files.command, files, lambda text: "\ue000" in text, lambda text, _: text)
    except UsageError:  # the check of the whole script reports this
        return None
    url = request.url
    if "://\ue000" not in text and "://\ue000" in url:
        url = url.partition("://")[2]  # the value of the variable may have a scheme
    data = (request.data or b"").decode("utf-8", "replace")
    has_files = bool(paths or request.file or request.parts)
    return CommandTexts(
        request.method,
        _with_templates(url, templates),
        tuple(
            (name, _with_templates(value, templates) or ())
            for name, value in _with_media_type(request)
            if value is not None
        ),
        None if has_files else _with_templates(data, templates),
    )


def _with_media_type(request: CurlRequest) -> tuple[tuple[str, str | None], ...]:
    names = {name.lower() for name, _ in request.headers}
    own = (("Content-Type", request.media_type),) if request.media_type and "content-type" not in names else ()
    return (*request.headers, *own)


def _with_templates(text: str, templates: list[Template]) -> tuple[str | Template, ...] | None:
    """Split a text at its marks. Returns literal texts, with a template in the place of each mark.

    None if a mark is percent-encoded, or if the file itself contains such a text.
    """
    parts = _MARK.split(text)
    if _ENCODED_MARK in text or any(int(part) >= len(templates) for part in parts[1::2]):
        return None
    return tuple(templates[int(part)] if at % 2 else part for at, part in enumerate(parts) if part)


def _with_marks(step: Step) -> tuple[str, list[Template]]:
    """The command with a mark in the place of each `{{...}}`, and the text of each mark.

    The marks contain no blanks and quotes, which a `{{...}}` may contain.
    """
    templates: list[Template] = []
    lines = []
    for text in step.command:
        out, at = [], 0
        for hole in holes(text.text):
            out += [text.text[at : hole.start], f"\ue000{len(templates)}\ue001"]
            templates.append(text.cut(hole.start, hole.end))
            at = hole.end
        lines.append("".join([*out, text.text[at:]]))
    return "\n".join(lines), templates


def _filler(values: list[str]) -> Callable[[str], str]:
    def value_of(mark: re.Match[str]) -> str:
        return values[int(mark[1])] if int(mark[1]) < len(values) else mark[0]

    return lambda text: _MARK.sub(value_of, text) if "\ue000" in text else text


def _split(text: str) -> CurlCommand:
    command = split_command(text, _refuse_variable)
    if command.rest:
        end = len(text)
        raise QuotingError(
            "Only a shell supports this", command.rest_start, end, hint="write >> FILE below the command"
        )
    return command


def _refuse_variable(name: str) -> str:
    raise UsageError(
        f"${name} is a variable of a shell, and callbox does not replace it in a file",
        hint=f"{{{{$processEnv {name}}}}}",
    )


def _fail(error: UsageError, text: str, step: Step, scope: Scope) -> None:
    """Raise or collect the error, with the place of the part of the command that caused it."""
    start, end = 0, 1
    if isinstance(error, WordError):
        word = split_command(text, lambda name: name).words[error.position]
        start, end = word.start, word.end
    elif isinstance(error, QuotingError):
        start, end = error.start, error.end
    before = text[:start]
    row = before.count("\n")
    column = len(before) - before.rfind("\n") - 1
    line = step.command[row]
    plain = UsageError(error.message, hint=error.hint)
    plain.place = error.place
    if isinstance(error, WordError | QuotingError) and not holes(line.text):
        scope.fail(plain, line, column, min(len(line.text), column + end - start))
    else:
        scope.fail(plain, line)


def _draft(request: CurlRequest, files: _Files, random_text: Callable[[], str], now: Callable[[], float]) -> Draft:
    _check_password(request)
    boundary = random_text() if request.parts else ""
    content, headers = content_of(request, files.open, files.read, boundary)
    for name, value in headers:
        if value and is_option(name, value) and name.lower() != "x-request-type":
            hint = "--cert FILE" if name.lower() != "proxy" else "--proxy URL"
            raise UsageError(f"The header {name} would be sent to the server", hint=f"give the command {hint}")
    fields: list[tuple[str, str | Secret | None]] = []
    cookies: tuple[tuple[str, str | None], ...] = ()
    for name, value in headers:
        if name.lower() == "cookie" and value and request.cookies:
            cookies = tuple(_pair(pair) for pair in value.split(";") if pair.strip())
        else:
            fields.append((name, Secret(value) if name.lower() == "cookie" and value else value))
    auth: Digest | Unset = UNSET
    if request.auth_type == "digest":
        user, _, password = request.user.partition(":")
        auth = Digest(user, password, random_text)
    elif request.auth_type:
        fields.append(("Authorization", _authorization(request)))
    options = dict(request.options)
    if request.is_path_as_is:
        options["path-as-is"] = True
    if request.is_asterisk:
        options["asterisk"] = True
    jar = cookie_jar(request.cookies, now()) if request.cookies else None
    return Draft(
        request.method,
        request.url,
        tuple(fields),
        cookies=cookies,
        auth=auth,
        content=content,
        options=options,
        source="script",
        jar=jar,
    )


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.strip().partition("=")
    return name, value


def _authorization(request: CurlRequest) -> Secret:
    if request.auth_type == "bearer":
        return Secret(request.user, "Bearer ")
    return Secret(b64encode(request.user.encode("utf-8", "replace")).decode("ascii"), "Basic ")


def _check_password(request: CurlRequest) -> None:
    """Raise `UsageError` if curl would ask for a password."""
    if request.auth_type in ("basic", "digest") and ":" not in request.user:
        raise UsageError(
            "curl would ask for the password of this user",
            hint="write -u user:password, or -u user: for an empty password",
        )
