"""Export recorded exchanges as the text of a `.http` script that sends the same requests. Pure.

Only headers of the user or the session are written. The replayer adds built-in headers, and servers set their cookies
again. Each written request is parsed again, and refused if it would differ. `extract_attachments` moves binary bodies
of a script to files in the same folder; it returns the contents of the files, and does not write them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.exchange.auth_schemes import Auth
from callbox.exchange.digest_auth import Digest
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.jsonpath_xpath_and_header_selection import text_of
from callbox.exchange.media_types_and_charsets import boundary_of, essence
from callbox.exchange.redaction.credential_names import is_credential_name, split_scheme
from callbox.exchange.redaction.secrets_by_name import find_secrets
from callbox.exchange.redaction.secrets_by_value import forms_of
from callbox.exchange.request import Draft, Field, Outgoing
from callbox.exchange.request_content import Content, FileBytes, Part, file_content, multipart_content
from callbox.exchange.secret import Secret, reveal
from callbox.exchange.template_braces import escape
from callbox.exchange.url import parse as parse_url
from callbox.httpfile.export.response_values_and_secret_variables import HOLE, ResponseValues, SecretVariables
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.requests.step_to_draft_resolver import resolve
from callbox.httpfile.variables.dynamic_variables import DynamicSources
from callbox.httpfile.variables.response_references import steps_by_name
from callbox.httpfile.variables.variable_scope import Definitions, Layer, ResolutionContext, Scope

_ONE_LINE = re.compile(r"[^\r\n]*\Z")
_FLAGS: Mapping[str, tuple[object, str]] = {
    "follow": (False, "no-redirect"),
    "verify": (False, "insecure"),
    "keep-method": (True, "keep-method"),
    "no-cookie-jar": (True, "no-cookie-jar"),
}
_DURATIONS = {"timeout": "timeout", "total-timeout": "total-timeout", "connect-timeout": "connection-timeout"}


class _WriteStyle(NamedTuple):
    """One way to write a request. The first way that reads back as the same request is used."""

    is_raw: bool = False
    """Whether the body is written with `# @raw-body`, so that none of its lines is read as a comment."""
    is_packed: bool = False
    """Whether the body is written as one variable, with its line breaks as `\\n`."""
    has_whole_auth: bool = False
    """Whether the whole Authorization header is one secret variable."""


_STYLES = (
    _WriteStyle(),
    _WriteStyle(is_raw=True),
    _WriteStyle(is_packed=True),
    _WriteStyle(has_whole_auth=True),
    _WriteStyle(is_raw=True, has_whole_auth=True),
    _WriteStyle(is_packed=True, has_whole_auth=True),
)


UNWRITTEN_OPTIONS = ("max-redirects", "ca", "cert", "proxy", "no-proxy", "resolve", "trust-localhost", "netrc")
"""The options that change what is received, and for which a script has no directive."""


def options_beside_script(draft: Draft) -> dict[str, object]:
    """The options of a request that change what is received, and for which a script has no directive."""
    return {name: draft.options[name] for name in UNWRITTEN_OPTIONS if name in draft.options}


def script_of(
    records: Sequence[Record],
    base: str = "",
    defaults: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] = {},
    *,
    has_responses: bool = False,
) -> str:
    """The text of a script that sends these requests again.

    URLs below `base` (empty: the origin of most requests) are written as `{{base}}/..`. Secrets become variables
    with a `# @prompt` line. `defaults` are the replayer's built-in headers by lower-cased name; only a header with
    another value is written. With None, no built-in header is written. `secrets` has values that are secret wherever
    they occur, and the names of their variables; values with the name of a credential need not be in `secrets`. With
    `has_responses`, the script expects the statuses of the responses, and captures the values that later requests need.
    Raises `UsageError` if there are no records, or if a script cannot contain a request. An example is a binary body
    that did not come from a file.
    """
    return script_and_answers(records, base, defaults, secrets, has_responses=has_responses)[0]


def script_and_answers(
    records: Sequence[Record],
    base: str = "",
    defaults: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] = {},
    *,
    has_responses: bool = False,
) -> tuple[str, dict[str, str]]:
    """The script, and the values for its `# @prompt` lines, by the names of the prompts."""
    if not records:
        raise UsageError("No request was sent yet", hint="try get /")
    if defaults is not None:
        records = [_with_written_defaults(record, defaults) for record in records]
    if has_responses:
        records = _without_replaced_tokens(records)
    base = (base or _usual_origin(records)).rstrip("/")
    filled = {value: name for record in records for value, name in record.first_outgoing.secrets.items()}
    secret_variables = SecretVariables({**filled, **secrets})
    linked = records if has_responses else ()
    response_values = ResponseValues(linked, [_written_headers(record, record.first_outgoing) for record in linked])
    secret_variables.taken_names = response_values.values.keys()
    writer = _Writer(base, secret_variables, response_values)
    blocks = [writer.write(record, number) for number, record in enumerate(records, 1)]
    if has_responses:
        blocks = [
            _with_lines(block, [*_expectation(record), *response_values.captures(index)])
            for index, (record, block) in enumerate(zip(records, blocks, strict=True))
        ]
    # A request whose host contains a secret is not written below the base.
    text = f"@base = {secret_variables.title(base)}\n\n" + "\n".join(blocks)
    readback = _Readback(text, {**secret_variables.answers, **response_values.values})
    for number, record in enumerate(records, 1):
        if not readback.is_same(record, number):
            raise _refusal(record, number)
    return text, dict(secret_variables.answers)


def _without_replaced_tokens(records: Sequence[Record]) -> list[Record]:
    """The records, without a token of the session that a login of the script replaces.

    After a token has expired, the requests until the next login still have it: those that got a 401, and the login. No
    response in the script has the token, so a replay would ask for it, although these requests do not need it. A login
    is a request with a credential in its body, whose response has the token of a later request.
    """
    tokens = [_session_token(record) for record in records]
    bodies = [text_of(record) if record.is_answered else "" for record in records]
    logins = {
        index
        for index, body in enumerate(bodies)
        if any(token and token != tokens[index] and token in body for token in tokens[index + 1 :])
        and _sends_credential(records[index])
    }
    found = list(records)
    for index, (record, token) in enumerate(zip(records, tokens, strict=True)):
        is_replaced = index in logins or (record.response.status == 401 and any(login > index for login in logins))
        if token and is_replaced and not any(token in body for body in bodies[:index]):
            first = record.first_outgoing
            headers = tuple(field for field in first.headers if field.source != "auth")
            found[index] = record.with_first_outgoing(first._replace(headers=headers, auth=None))
    return found


def _sends_credential(record: Record) -> bool:
    """Whether the body of a request has a credential, such as a password. Without one, it needs the old token."""
    content = record.first_outgoing.content
    if content is None or content.data is None:
        return False
    return next(find_secrets(content.data[:_MAX_LOGIN].decode("utf-8", "replace")), None) is not None


_MAX_LOGIN = 100_000


def _session_token(record: Record) -> str:
    """The bearer token that the auth of the session has added to a request; empty if there is none."""
    for field in record.first_outgoing.headers:
        if field.source == "auth" and field.name.lower() == "authorization":
            scheme, token = split_scheme(reveal(field.value))
            return token if scheme.strip().lower() == "bearer" and len(token) >= _MIN_TOKEN else ""
    return ""


_MIN_TOKEN = 8
"""A shorter text may be in a response by chance."""


def _usual_origin(records: Sequence[Record]) -> str:
    """The origin of most requests. If several origins have the same number of requests, the first of them."""
    counts = Counter(record.first_outgoing.url.origin for record in records)
    return counts.most_common(1)[0][0]  # equal counts keep the order in which they were first seen


def _expectation(record: Record) -> Iterator[str]:
    if record.is_answered and not record.fault:
        yield f"# @expect status {record.response.status}"
    if _is_page_without_redirect(record):
        yield "# @no-redirect"


def _is_page_without_redirect(record: Record) -> bool:
    """Whether a request got an HTML page without a redirect.

    If a later run were redirected to a login page, the login page would have the expected status, too.
    """
    is_page = essence(record.response.headers.get("Content-Type", "")) == "text/html"
    return is_page and not record.history and record.draft.options.get("follow") is not False


def _with_lines(block: str, lines: Sequence[str]) -> str:
    """The block with these lines after its title."""
    title, _, rest = block.partition("\n")
    return "\n".join([title, *lines, rest])


class _Writer:
    """Writes the blocks of one script."""

    def __init__(self, base: str, secret_variables: SecretVariables, response_values: ResponseValues) -> None:
        self._base = base
        self._secret_variables = secret_variables
        self._response_values = response_values

    def write(self, record: Record, number: int) -> str:
        """The block of a request.

        Values of responses become variables if the block then reads back as the same request.
        """
        if self._response_values.begin(number - 1, record):
            block = self._block(record)
            if block:
                self._response_values.finish(block)
                return block
            self._response_values.leave_out()
        block = self._block(record)
        if not block:
            raise _refusal(record, number)
        return block

    def _block(self, record: Record) -> str:
        """The block in the first style that reads back as the same request; empty if no style does."""
        self._secret_variables.captured = self._response_values.names_of_values()
        self._secret_variables.captured_cookies = self._response_values.names_of_cookies()
        for style in _STYLES:
            lines = _block(record, self._base, self._secret_variables, self._response_values, style)
            block = "\n".join([*lines, ""])
            values = {**self._secret_variables.answers, **self._response_values.values}
            if _Readback(f"@base = {self._base}\n\n{block}", values).is_same(record, 1):
                return block
        return ""


def _refusal(record: Record, number: int) -> UsageError:
    outgoing = record.first_outgoing
    hint = "send its body from a file: @body.bin" if outgoing.content is not None else "leave this request out"
    return UsageError(
        f"Request {number} ({outgoing.method} {outgoing.url.path}) cannot be written as a script", hint=hint
    )


def _with_written_defaults(record: Record, defaults: Mapping[str, str]) -> Record:
    """The record, with each built-in header that a replay would not add marked as a header of the session.

    So the script contains these headers.
    """
    outgoing = record.first_outgoing
    headers = tuple(
        field._replace(source="session")
        if field.source == "default" and field.value != defaults.get(field.name.lower(), field.value)
        else field
        for field in outgoing.headers
    )
    return record.with_first_outgoing(outgoing._replace(headers=headers))


def _block(
    record: Record,
    base: str,
    secret_variables: SecretVariables,
    response_values: ResponseValues,
    style: _WriteStyle,
) -> Iterator[str]:
    outgoing = record.first_outgoing
    secret_variables.begin(outgoing.url.origin)
    url = response_values.target(secret_variables.redact_known(secret_variables.target(outgoing)))
    is_below = url == base or url.startswith((f"{base}/", f"{base}?"))
    headers = [
        f"{field.name}: {_value(field, outgoing, secret_variables, response_values, style)}".rstrip()
        for field in _written_headers(record, outgoing)
    ]
    extra_lines: list[str] = []
    body: list[str] = []
    if outgoing.content is not None:
        secret_variables.enter(f"{outgoing.url.origin} {_without_boundary(outgoing.content)}")
        body = list(_body(outgoing.content, secret_variables, response_values, style, extra_lines))
    path = HOLE.sub(
        lambda m: "{" + m[1].strip("{%}") + "}", response_values.target(outgoing.url.origin + outgoing.url.path)
    )
    yield f"### {outgoing.method} {secret_variables.title(path.removeprefix(outgoing.url.origin))}"
    yield from (f"# @{_asking_directive(name)} {name}" for name in secret_variables.used)
    yield from _directives(record.draft)
    if style.is_raw:
        yield "# @raw-body"
    yield from extra_lines
    yield f"{outgoing.method} {'{{base}}' + url.removeprefix(base) if is_below else url}"
    yield from headers
    if body:
        yield from ("", *body)


def _asking_directive(name: str) -> str:
    """The directive that asks for a secret: `@secret` if the name does not show that the value is secret, else
    `@prompt`.
    """
    return "prompt" if is_credential_name(name) else "secret"


def _value(
    field: Field,
    outgoing: Outgoing,
    secret_variables: SecretVariables,
    response_values: ResponseValues,
    style: _WriteStyle,
) -> str:
    text = secret_variables.header(field, outgoing, is_whole=style.has_whole_auth)
    # The type of a body decides how the parser reads the body.
    if field.name.lower() == "content-type":
        return text
    return response_values.header(field.name, secret_variables.redact_known(text))


def _directives(draft: Draft) -> Iterator[str]:
    for name, (value, directive) in _FLAGS.items():
        if draft.options.get(name) is value:
            yield f"# @{directive}"
    for name, directive in _DURATIONS.items():
        seconds = draft.options.get(name)
        if isinstance(seconds, (int, float)):
            yield f"# @{directive} {seconds * 1000:.0f} ms"


def _body(
    content: Content,
    secret_variables: SecretVariables,
    response_values: ResponseValues,
    style: _WriteStyle,
    extra_lines: list[str],
) -> Iterator[str]:
    if content.parts:
        yield from _parts(content, secret_variables, response_values, style, extra_lines)
    elif content.data is None:
        if not content.path:
            raise UsageError("A body that was read from a pipe cannot be written into a script")
        yield f"< {escape(content.path)}"
    else:
        text = content.data.decode("utf-8", "replace")
        if style.is_packed:
            yield _as_variable(
                text, extra_lines, secret_variables, lambda text: _redact(text, content, secret_variables)
            )
        elif text := _redact_lines(text, content, secret_variables):
            yield from response_values.body(text, content).split("\n")


def _without_boundary(content: Content) -> str:
    """The text of a body without its boundaries, which are random."""
    if content.parts:
        return "\n".join(f"{part.name}={part.data.decode('latin-1')}" for part in content.parts)
    return (content.data or b"").decode("latin-1")


def _redact_lines(text: str, content: Content, secret_variables: SecretVariables) -> str:
    return _redact("\n".join(escape(line) for line in text.split("\n")), content, secret_variables)


def _redact(text: str, content: Content, secret_variables: SecretVariables) -> str:
    """The text of a body with variables in place of its secrets."""
    if content.kind == "json" or (content.media_type or "").endswith("json"):
        return secret_variables.redact_known(secret_variables.json(text))
    if content.kind == "multipart":
        return secret_variables.redact_known(secret_variables.multipart(text))
    return secret_variables.redact_known(
        secret_variables.form(text) if content.kind == "form" else secret_variables.text(text)
    )


def _parts(
    content: Content,
    secret_variables: SecretVariables,
    response_values: ResponseValues,
    style: _WriteStyle,
    extra_lines: list[str],
) -> Iterator[str]:
    boundary = boundary_of(content.media_type or "")
    for part in content.parts:
        yield f"--{boundary}"
        name = _quote(part.name)
        filename = "" if part.filename is None else f'; filename="{escape(_quote(part.filename))}"'
        yield f'Content-Disposition: form-data; name="{escape(name)}"{filename}'
        if part.media_type:
            yield f"Content-Type: {escape(part.media_type)}"
        yield ""
        yield response_values.part(part.name, _part_value(part, secret_variables, style, extra_lines))
    yield f"--{boundary}--"


def _part_value(part: Part, secret_variables: SecretVariables, style: _WriteStyle, extra_lines: list[str]) -> str:
    if part.path:
        return f"< {escape(part.path)}"
    text = part.data.decode("utf-8", "replace")
    if part.filename is None and is_credential_name(part.name):
        return secret_variables.variable_for(text, part.name)
    if text and (style.is_packed or not _ONE_LINE.match(text)):
        return _as_variable(text, extra_lines, secret_variables, secret_variables.redact_known)
    return secret_variables.redact_known(escape(text))


def _as_variable(
    text: str, extra_lines: list[str], secret_variables: SecretVariables, redact: Callable[[str], str]
) -> str:
    """Replace a text that a body cannot contain by a variable.

    The value of a variable is trimmed, so blanks at the ends of the text are written outside the variable.
    """
    name = f"body{len(extra_lines) + 1}"
    before, core, after = _trimmed(text)
    cut = HOLE.split(redact(core))
    cut[::2] = map(_one_line, cut[::2])
    cut[1::2] = [hole if hole[2:-2] in secret_variables.used else _one_line(hole) for hole in cut[1::2]]
    extra_lines.append(f"@{name} = {''.join(cut)}")
    return f"{before}{{{{{name}}}}}{after}"


def _one_line(text: str) -> str:
    value = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return escape(value)


def _trimmed(text: str) -> tuple[str, str, str]:
    start, end = 0, len(text)
    while start < end and _is_blank(text[start]):
        start += 1
    while end > start and _is_blank(text[end - 1]):
        end -= 1
    return text[:start], text[start:end], text[end:]


def _is_blank(char: str) -> bool:
    return char.isspace() and char not in "\n\r\t"


def _quote(name: str) -> str:
    # The escapes are those of `exchange.bodies`: WHATWG HTML, "multipart form data".
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


_WRITTEN_SOURCES = frozenset({"session", "auth", "netrc", "url"})


class _Readback:
    """An exported script, parsed again."""

    def __init__(self, text: str, answers: Mapping[str, str]) -> None:
        """`answers` has the values for the prompts of the script."""
        self._script = parse(text, "")
        self._is_valid = not self._script.errors
        sources = DynamicSources(lambda: 0.0, _FixedRandom())
        above = (Layer("prompt", answers, True),)
        definitions = Definitions(self._script.variables)
        self._surroundings = ResolutionContext(
            script=self._script,
            names=steps_by_name(self._script),
            sources=sources,
            open_file=_open_nothing,
            frozen={},
            above=above,
            definitions=definitions,
        )

    def is_same(self, record: Record, number: int) -> bool:
        """Whether the parsed request with that number equals the recorded request."""
        if not self._is_valid or len(self._script.steps) < number:
            return False
        step = self._script.steps[number - 1]
        try:
            draft = resolve(step, Scope(self._surroundings, step, lambda _: None))
            return _fingerprint_of_draft(draft) == _fingerprint_of_record(record)
        except UsageError:
            return False


def _written_headers(record: Record, outgoing: Outgoing) -> list[Field]:
    """The headers that the request or the session set, and the headers of the body (its type, chunked coding)."""
    sources = {*_WRITTEN_SOURCES, record.draft.source, "item", "script"}
    fields = _with_digest([field for field in outgoing.headers if field.source in sources], outgoing.auth)
    if outgoing.content is not None:
        own = ("content-type", "transfer-encoding")
        fields += [f for f in outgoing.headers if f.name.lower() in own and f not in fields]
    has_own_cookie = record.draft.cookies or any(cookie.source != "jar" for cookie in outgoing.cookies)
    if has_own_cookie and not any(field.name.lower() == "cookie" for field in fields):
        fields += [field for field in outgoing.headers if field.name.lower() == "cookie"]
    return fields


def _with_digest(fields: list[Field], auth: Auth | None) -> list[Field]:
    """Replace a digest by the user's credentials, because a digest is valid only for a single request."""
    if not isinstance(auth, Digest):
        return fields
    kept = [field for field in fields if field.name.lower() != "authorization"]
    return [*kept, Field("Authorization", Secret(f"{auth.username}:{auth.password}", "Digest "), "auth")]


class _FixedRandom:
    """A source of fixed numbers in place of random ones. A written script uses no random numbers."""

    def randrange(self, start: int, stop: int, /) -> int:
        return start

    def getrandbits(self, bits: int, /) -> int:
        return 0

    def random(self) -> float:
        return 0.0


def _open_nothing(path: str) -> FileBytes:
    """A file whose content is a marker with its path. It replaces the real file, since files are compared by their
    paths.
    """
    return FileBytes(lambda: (_marker(path),), None)


def _marker(path: str) -> bytes:
    return b"\0" + path.encode("utf-8", "replace") + b"\0"


def _fingerprint_of_draft(draft: Draft) -> tuple[object, ...]:
    headers = [(name.lower(), reveal(value or "").strip()) for name, value in draft.headers]
    auth = draft.auth if isinstance(draft.auth, Digest) else None
    headers += [(field.name.lower(), reveal(field.value).strip()) for field in _with_digest([], auth)]
    return draft.method, parse_url(draft.url).text, sorted(headers), _body_bytes(draft.content)


def _fingerprint_of_record(record: Record) -> tuple[object, ...]:
    outgoing = record.first_outgoing
    headers = [(field.name.lower(), reveal(field.value).strip()) for field in _written_headers(record, outgoing)]
    return outgoing.method, outgoing.url.text, sorted(headers), _body_bytes(outgoing.content)


def _body_bytes(content: Content | None) -> bytes:
    """The body as bytes, in which a marker with the path stands for each file."""
    if content is None:
        return b""
    if content.parts:
        parts = [p._replace(data=_marker(p.path), pieces=None) if p.path else p for p in content.parts]
        content = multipart_content(parts, boundary_of(content.media_type or ""))
    if content.path:
        return _marker(content.path) + (b"\r\n" if content.kind == "multipart" else b"")
    return b"".join(content.chunks())


_HEAD = re.compile(
    r'\r\nContent-Disposition: form-data; name="([^"\r\n]*+)"(?:; filename="([^"\r\n]*+)")?'
    r"(?:\r\nContent-Type: ([^\r\n]++))?\Z"
)


class ExtractedRequest(NamedTuple):
    """A request whose body was moved to files, and the content of each file by its name."""

    outgoing: Outgoing
    files: Mapping[str, bytes] = {}


def extract_attachments(outgoing: Outgoing, stem: str, secrets: Collection[str] = ()) -> ExtractedRequest:
    """Move the parts of a body that are not text to files whose names begin with `stem`.

    A multipart body is moved part by part. Raises `UsageError` if a file would contain a secret: only a script can ask
    for secrets. A secret is one of the values `secrets`, or a part with the name of a credential.
    """
    content = outgoing.content
    data = content.data if content is not None else None
    if content is None or data is None or _is_text(data):
        return ExtractedRequest(outgoing)
    boundary = boundary_of(_content_type(outgoing)) if content.kind == "multipart" else ""
    parts = _parts_of(content, boundary) if boundary else ()
    files: dict[str, bytes] = {}
    if parts:
        rewritten = [_extract_part(part, f"{stem}-{number}.bin", files) for number, part in enumerate(parts, 1)]
        content = multipart_content(rewritten, boundary)
    else:
        content = _extract_body(f"{stem}.bin", data, content, files)
    if any(part.path in files and is_credential_name(part.name) for part in content.parts) or _contains_secret(
        files, secrets
    ):
        message = f"The body of {outgoing.method} {outgoing.url.path} is not text, and holds a secret"
        raise UsageError(message, hint="leave this request out, with --name or --index")
    return ExtractedRequest(outgoing._replace(content=content), files)


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _content_type(outgoing: Outgoing) -> str:
    values = [reveal(field.value) for field in outgoing.headers if field.name.lower() == "content-type"]
    return values[-1] if values else ""


def _parts_of(content: Content, boundary: str) -> tuple[Part, ...]:
    """The parts of a multipart body; none if joining the parts would not give the same bytes."""
    data = content.data or b""
    found = tuple(_read_parts(data, f"--{boundary}".encode()))
    is_same = bool(found) and multipart_content(found, boundary).data == data
    return found if is_same else ()


def _read_parts(data: bytes, mark: bytes) -> Iterator[Part]:
    for piece in (b"\r\n" + data).split(b"\r\n" + mark)[1:-1]:
        head, _, value = piece.partition(b"\r\n\r\n")
        match = _HEAD.match(head.decode("utf-8", "replace"))
        if match is not None:
            yield Part(match[1], value, match[2], match[3])


def _extract_part(part: Part, path: str, files: dict[str, bytes]) -> Part:
    if _is_text(part.data):
        return part
    files[path] = part.data
    return part._replace(data=b"", path=path, pieces=lambda: (part.data,), length=len(part.data))


def _extract_body(path: str, data: bytes, content: Content, files: dict[str, bytes]) -> Content:
    """Move the body to one file.

    A script writes the line ends of a multipart body, also the last, as they are in the recorded body.
    """
    is_ended = content.kind == "multipart" and data.endswith(b"\r\n")
    files[path] = data[:-2] if is_ended else data
    made = file_content(path, lambda: (data,), len(data), content.media_type)
    return made._replace(kind=content.kind) if is_ended else made


def _contains_secret(files: Mapping[str, bytes], secrets: Collection[str]) -> bool:
    forms = {form.encode("utf-8", "replace") for secret in secrets for form in forms_of(secret)}
    return any(form in data for data in files.values() for form in forms)
