"""Read a curl command, already split into words, as a request; write a request as a curl command."""

from __future__ import annotations

import shlex
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeGuard
from urllib.parse import quote_plus

from callbox.errors import UsageError
from callbox.exchange.content import FORM, Content, Part, multipart_content, raw_content
from callbox.exchange.digest import Digest
from callbox.exchange.hosts import parse_resolve_rules
from callbox.exchange.numbers import check_seconds
from callbox.exchange.request import Draft, Field, Outgoing
from callbox.exchange.secret import Secret, redact_field
from callbox.exchange.url import guess_scheme, is_absolute
from callbox.formats.snippets import redact_url, shown_content, shown_proxy


class Source(NamedTuple):
    """The file reader and the boundary source that reading a command needs."""

    read_file: Callable[[str], bytes]
    """For `-d @file`. Raises `UsageError`."""
    boundary: Callable[[], str]
    """For `-F`."""


class _CurlState:
    """The request as read from the words so far."""

    def __init__(self) -> None:
        self.method = ""
        self.url = ""
        self.headers: list[tuple[str, str | Secret | None]] = []
        self.data: list[bytes] = []
        self.parts: list[tuple[str, bool]] = []
        self.options: dict[str, object] = {}
        self.is_query = False
        self.is_json = False


def read_curl(words: Sequence[str], source: Source) -> Draft:
    """The request that these words, the first of them `curl`, would send.

    Raises `UsageError` for an option that is not read, a missing value and a command without a URL. What only says
    how curl prints is passed over.

    >>> read_curl(["curl", "-XPUT", "a.x/y", "-d", "k=v"], Source(lambda _: b"", str)).method
    'PUT'
    """
    read = _CurlState()
    rest = list(words[1:])
    while rest:
        word = rest.pop(0)
        if not word.startswith("-") or word == "-":
            read.url = read.url or word
        else:
            _read_option(word, rest, read, source)
    if not read.url:
        raise UsageError("This curl command has no URL")
    return _draft(read, source)


def _read_option(word: str, rest: list[str], read: _CurlState, source: Source) -> None:
    for name, value in _split(word):
        if name in _IGNORED_FLAGS or name in _FLAGS:
            _FLAGS.get(name, _ignore)(read)
            if value:
                rest.insert(0, f"-{value}")
            return
        if name in _VALUES or name in _IGNORED_OPTIONS:
            if not value and not rest:
                raise UsageError(f"curl's {name} takes a value")
            text = value or rest.pop(0)
            if name in _VALUES:
                _VALUES[name](read, text, source)
            return
    raise UsageError(f"curl's {word.partition('=')[0]} is not read here", hint="-X -H -d -F -u -b -A -e -G -I -k -L")


def _split(word: str) -> Iterator[tuple[str, str]]:
    """The readings of one word: `--data=x`, `-XPUT`, `-sk`."""
    if word.startswith("--"):
        name, _, value = word.partition("=")
        yield name, value
    else:
        yield word[:2], word[2:]


def _ignore(read: _CurlState) -> None:
    return


def _add_data(read: _CurlState, text: str, source: Source) -> None:
    if text.startswith("@"):
        data = source.read_file(text[1:]).replace(b"\r", b"").replace(b"\n", b"")
    else:
        data = text.encode("utf-8", "replace")
    read.data.append(data)


def _add_binary(read: _CurlState, text: str, source: Source) -> None:
    read.data.append(source.read_file(text[1:]) if text.startswith("@") else text.encode("utf-8", "replace"))


def _add_raw(read: _CurlState, text: str, source: Source) -> None:
    read.data.append(text.encode("utf-8", "replace"))


def _add_encoded(read: _CurlState, text: str, source: Source) -> None:
    name, equals, value = text.partition("=")
    if not equals:
        name, value = "", text
    read.data.append((f"{name}=" if name else "").encode() + quote_plus(value).encode("ascii"))


def _add_json(read: _CurlState, text: str, source: Source) -> None:
    read.is_json = True
    _add_binary(read, text, source)


def _add_header(read: _CurlState, text: str, source: Source) -> None:
    name, colon, value = text.partition(":")
    if colon:
        read.headers.append((name.strip(), value.strip() or None))
    elif text.endswith(";"):
        read.headers.append((text[:-1].strip(), ""))


def _add_user(read: _CurlState, text: str, source: Source) -> None:
    pair = text if ":" in text else f"{text}:"
    read.headers.append(("Authorization", Secret(b64encode(pair.encode()).decode("ascii"), "Basic ")))


def _add_cookie(read: _CurlState, text: str, source: Source) -> None:
    if "=" not in text:
        raise UsageError(f"curl's -b takes cookies here, not the file '{text}'", hint="-b 'name=value'")
    read.headers.append(("Cookie", Secret(text)))


def _set_method(read: _CurlState, text: str, source: Source) -> None:
    read.method = text


def _set_url(read: _CurlState, text: str, source: Source) -> None:
    read.url = read.url or text


def _add_part(read: _CurlState, text: str, source: Source) -> None:
    read.parts.append((text, False))


def _add_text_part(read: _CurlState, text: str, source: Source) -> None:
    read.parts.append((text, True))


def _set_seconds(name: str) -> Callable[[_CurlState, str, Source], None]:
    def setter(read: _CurlState, text: str, source: Source) -> None:
        try:
            seconds = float(text)
        except ValueError:
            raise UsageError(f"'{text}' is no number of seconds") from None
        read.options[name] = check_seconds(seconds, text)

    return setter


def _set_text(name: str) -> Callable[[_CurlState, str, Source], None]:
    def setter(read: _CurlState, text: str, source: Source) -> None:
        read.options[name] = text

    return setter


def _header_setter(header: str) -> Callable[[_CurlState, str, Source], None]:
    def setter(read: _CurlState, text: str, source: Source) -> None:
        read.headers.append((header, text))

    return setter


def _get(read: _CurlState) -> None:
    read.is_query = True


def _head(read: _CurlState) -> None:
    read.method = read.method or "HEAD"


def _insecure(read: _CurlState) -> None:
    read.options["verify"] = False


def _draft(read: _CurlState, source: Source) -> Draft:
    url = read.url if is_absolute(read.url) else guess_scheme(read.url)
    content = _content(read, source)
    if read.is_query and read.data:
        url += ("&" if "?" in url else "?") + b"&".join(read.data).decode("utf-8", "replace")
        content = None
    method = read.method or ("GET" if content is None else "POST")
    headers = read.headers
    if read.is_json:
        said = {name.lower() for name, _ in headers}
        json_headers = [("Content-Type", "application/json"), ("Accept", "application/json")]
        headers = [*headers, *((name, value) for name, value in json_headers if name.lower() not in said)]
    return Draft(method, url, tuple(headers), content=content, options=read.options, source="script")


def _content(read: _CurlState, source: Source) -> Content | None:
    if read.parts:
        return multipart_content([_part(text, is_text, source) for text, is_text in read.parts], source.boundary())
    if not read.data:
        return None
    if read.is_json:
        return raw_content(b"".join(read.data))
    return raw_content(b"&".join(read.data), FORM)


def _part(text: str, is_text: bool, source: Source) -> Part:
    name, _, value = text.partition("=")
    if is_text or value[:1] not in ("@", "<"):
        return Part(name, value.encode("utf-8", "replace"))
    path, *said = value[1:].split(";")
    facts = dict(word.strip().partition("=")[::2] for word in said)
    data = source.read_file(path)
    filename = facts.get("filename", path.rsplit("/", 1)[-1]) if value[0] == "@" else None
    return Part(name, data, filename, facts.get("type"))


_VALUES: Mapping[str, Callable[[_CurlState, str, Source], None]] = {
    "-X": _set_method, "--request": _set_method, "--url": _set_url,
    "-H": _add_header, "--header": _add_header,
    "-d": _add_data, "--data": _add_data, "--data-ascii": _add_data,
    "--data-raw": _add_raw, "--data-binary": _add_binary, "--data-urlencode": _add_encoded, "--json": _add_json,
    "-F": _add_part, "--form": _add_part, "--form-string": _add_text_part,
    "-u": _add_user, "--user": _add_user, "-b": _add_cookie, "--cookie": _add_cookie,
    "-A": _header_setter("User-Agent"), "--user-agent": _header_setter("User-Agent"),
    "-e": _header_setter("Referer"), "--referer": _header_setter("Referer"),
    "-m": _set_seconds("total-timeout"), "--max-time": _set_seconds("total-timeout"),
    "--connect-timeout": _set_seconds("connect-timeout"),
    "-x": _set_text("proxy"), "--proxy": _set_text("proxy"), "--cacert": _set_text("ca"), "-E": _set_text("cert"),
    "--cert": _set_text("cert"),
}  # fmt: skip
_FLAGS: Mapping[str, Callable[[_CurlState], None]] = {
    "-G": _get, "--get": _get, "-I": _head, "--head": _head, "-k": _insecure, "--insecure": _insecure,
}  # fmt: skip
_IGNORED_FLAGS = frozenset(
    "-s --silent -S --show-error -v --verbose -i --include -L --location --compressed -g --globoff -N --no-buffer "
    "-f --fail -# --progress-bar --http1.1 --path-as-is -O --remote-name".split()
)
"""What does not change the request: redirects are followed and codings undone without a word."""
_IGNORED_OPTIONS = frozenset({"-o", "--output", "-w", "--write-out"})


_CURL_DEFAULTS = frozenset({"content-length"})
"""Fields that curl writes by itself where there is a body."""


def write_curl(outgoing: Outgoing, *, reveal: bool = False) -> str:
    r"""The command, one option a line; secrets are redacted unless they are to be revealed.

    What curl would add by itself is left out by name, so that its request is this one and no other.
    """
    url, target = redact_url(outgoing.url.text, outgoing, reveal=reveal), []
    if outgoing.url.path == "*":
        url, target = outgoing.url.origin, ["--request-target", "'*'"]
    content = shown_content(outgoing, reveal=reveal)
    piped = f"{_piped(content.data or b'')} | " if _needs_pipe(content) else ""
    words = [f"{piped}curl", *_method(outgoing), *target]
    words += ["--globoff", "--path-as-is"] if _has_special_path(url) else []
    lines = [" ".join([*words, shlex.quote(url)])]
    lines += [f"-H {shlex.quote(text)}" for text in _headers(outgoing, reveal)]
    lines += _digest(outgoing.auth, reveal) if isinstance(outgoing.auth, Digest) else []
    lines += _body(content) if content is not None else []
    lines += _route(outgoing, shown_proxy(outgoing, reveal=reveal))
    return " \\\n  ".join(lines)


def _method(outgoing: Outgoing) -> list[str]:
    if outgoing.method == "HEAD":
        return ["--head"]
    implied = "POST" if outgoing.content is not None else "GET"
    return [] if outgoing.method == implied else ["-X", shlex.quote(outgoing.method)]


def _has_special_path(url: str) -> bool:
    return any(character in url for character in "[]{}") or "/." in url


def _headers(outgoing: Outgoing, reveal: bool) -> list[str]:
    has_body = outgoing.content is not None
    own = {"authorization"} if isinstance(outgoing.auth, Digest) else set()
    is_chunked = any(field.name.lower() == "transfer-encoding" for field in outgoing.headers)
    own |= _CURL_DEFAULTS if has_body or is_chunked else set()
    fields = [field for field in outgoing.headers if field.name.lower() not in own]
    lines = [_line(field, reveal) for field in fields if not _is_default_host(field, outgoing)]
    said = {field.name.lower() for field in fields}
    # An empty field name after -H takes curl's own field away.
    lines += [f"{name}:" for name in ("User-Agent", "Accept") if name.lower() not in said]
    if has_body and "content-type" not in said:
        lines.append("Content-Type:")
    return lines


def _digest(auth: Digest, reveal: bool) -> list[str]:
    """A digest is worth nothing in another request, so curl is told who signs."""
    user = f"{auth.username}:{auth.password if reveal else '...'}"
    return ["--digest", f"--user {shlex.quote(user)}"]


def _is_default_host(field: Field, outgoing: Outgoing) -> bool:
    return field.name.lower() == "host" and field.value == outgoing.url.sent_authority


def _line(field: Field, reveal: bool) -> str:
    value = field.value
    text = value.reveal() if isinstance(value, Secret) else value
    if not reveal:
        text = str(value) if isinstance(value, Secret) else redact_field(field.name, value)
    return f"{field.name}: {text}" if text else f"{field.name};"


def _body(content: Content) -> list[str]:
    if _needs_pipe(content):
        return ["--data-binary @-"]
    if content.data is not None:
        return [f"--data-raw {_quoted(content.data)}"] if content.data else ["--data-raw ''"]
    if content.kind == "multipart":
        return [_form_part(part) for part in content.parts]
    return [f"--data-binary {shlex.quote(f'@{content.path}')}"]


def _needs_pipe(content: Content | None) -> TypeGuard[Content]:
    """Whether no word of a shell can hold the body: a word ends at a NUL."""
    return content is not None and b"\0" in (content.data or b"")


def _piped(data: bytes) -> str:
    told = data.replace(b"\\", b"\\\\").replace(b"%", b"%%").replace(b"'", b"'\\''")
    text = "".join(chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}" for byte in told)
    return "printf '" + (f"\\055{text[1:]}" if text.startswith("-") else text) + "'"


def _form_part(part: Part) -> str:
    media_type = f";type={part.media_type}" if part.media_type else ""
    if part.path:
        name = f";filename={_form_word(part.filename)}" if part.filename else ""
        return f"-F {shlex.quote(f'{part.name}=@{_form_word(part.path)}{name}{media_type}')}"
    return f"--form-string {shlex.quote(f'{part.name}=' + part.data.decode('utf-8', 'replace'))}"


def _form_word(text: str) -> str:
    """A file's name within `-F`, where a semicolon or a comma would end it."""
    if not set(text) & set(';,"\\ '):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _quoted(data: bytes) -> str:
    """The bytes for a POSIX shell; what is no plain text in `$'...'`, as bash, zsh and ksh read it."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and all(character.isprintable() or character in "\n\t" for character in text):
        return shlex.quote(text)
    return "$'" + "".join(_escaped(byte) for byte in data) + "'"


def _escaped(byte: int) -> str:
    character = chr(byte)
    if character in "'\\":
        return f"\\{character}"
    return character if 32 <= byte < 127 else f"\\x{byte:02x}"


def _route(outgoing: Outgoing, proxy: str) -> list[str]:
    route = outgoing.route
    words = [] if route.verify else ["--insecure"]
    words += [f"--cacert {shlex.quote(route.ca)}"] if route.ca else []
    words += [f"--proxy {shlex.quote(proxy)}"] if proxy else []
    cert, key = (route.cert or "", "") if isinstance(route.cert, str | None) else route.cert
    words += [f"--cert {shlex.quote(cert)}"] if cert else []
    words += [f"--key {shlex.quote(key)}"] if key else []
    return words + [
        f"--connect-to {shlex.quote(_connect_to_rule(*lead))}" for lead in parse_resolve_rules(route.resolve)
    ]


def _connect_to_rule(host: str, port: str, address: str, other: str) -> str:
    """A rule as `--connect-to` has it, which knows no `*`."""
    names = (f"[{name}]" if ":" in name else name for name in (host.replace("*", ""), address))
    return "{}:{}:{}:{}".format(next(names), port.replace("*", ""), next(names), other)
