"""Read a curl command, already split into words, as the request that curl would send.

The words are read by the table of `callbox.formats.curl_options`. Variables are filled after the words are read, part
by part. So the value of a variable cannot become an option, the name of a file or another part of a form. Files are
read through `CurlSource`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias
from urllib.parse import quote, quote_plus

from callbox.errors import UsageError
from callbox.exchange.cookies import Cookie, Jar
from callbox.exchange.media_types_and_charsets import boundary_of
from callbox.exchange.request_content import (
    FORM,
    JSON,
    Content,
    Part,
    file_content,
    multipart_content,
    raw_content,
)
from callbox.exchange.url import is_absolute
from callbox.formats.cookie_header_and_number_checks import check_seconds
from callbox.formats.cookies_txt import read_cookies_txt
from callbox.formats.curl_options import CurlArgument, WordError, read_arguments

FilePieces = tuple[Callable[[], Iterable[bytes]], int | None]
"""A function that yields the bytes of a file, from the start at each call; and the number of bytes, None if it is
unknown.
"""


Purpose: TypeAlias = Literal["url", "route", "file"]
"""What a part of a command with a variable decides: the URL, the route to the host (a proxy, an address), or which file
is read.
"""


def _same(text: str) -> str:
    return text


def _same_for(text: str, purpose: Purpose) -> str:
    return text


def _never(text: str) -> bool:
    return False


class CurlSource(NamedTuple):
    """The functions of the caller that read files and variables for a command line."""

    read_file: Callable[[str], bytes]
    """Reads a file whose content becomes part of the request. Raises `UsageError`."""
    fill: Callable[[str], str] = _same
    """Fills the variables in a value."""
    fill_for: Callable[[str, Purpose], str] = _same_for
    """Fills the variables in a part that decides which host or file is used. Raises `UsageError`."""
    is_open: Callable[[str], bool] = _never
    """Returns whether a variable in this value is not known yet. Then the value is not checked."""
    is_of_file: bool = False
    """Whether the command stands in a file. Some options are allowed only in a command that the user typed."""


PartKind = Literal["text", "file", "content", "files"]


class FormPart(NamedTuple):
    """The part of a form that one `-F` or `--form-string` adds."""

    name: str
    kind: PartKind
    """The kind: `text`, `file` (`@`), `content` (`<`) or `files` (`@A,B`)."""
    text: str = ""
    """The text, or the path of the file."""
    filename: str | None = None
    media_type: str | None = None
    others: tuple[FormPart, ...] = ()
    """The files of a part of the kind `files`."""


AuthType = Literal["", "basic", "digest", "bearer"]


class CurlRequest(NamedTuple):
    """The request of a curl command."""

    method: str
    url: str
    headers: tuple[tuple[str, str | None], ...] = ()
    """The headers of `-H` and similar options. None removes a header that callbox would send."""
    cookies: tuple[Cookie, ...] = ()
    """The cookies from the files of `-b`."""
    user: str = ""
    """The user and password as `USER:PASSWORD`, or only the user."""
    auth_type: AuthType = ""
    """The scheme: `basic`, `digest` or `bearer`. With `bearer`, `user` is the token."""
    data: bytes | None = None
    """The body as bytes; None if there is none, or if it is a file."""
    file: str = ""
    """The path of the file that is the body; `-` is the standard input."""
    is_upload: bool = False
    """Whether the file is that of the option `-T`."""
    media_type: str | None = None
    """The Content-Type of the body if no header sets it."""
    parts: tuple[FormPart, ...] = ()
    """The parts of a multipart form."""
    options: Mapping[str, object] = {}
    """The options, by their names in the session."""
    is_path_as_is: bool = False
    is_asterisk: bool = False
    is_verbose: bool = False
    output: str = ""
    """The file of the option `-o`."""
    is_download: bool = False


_Reading = Literal["text", "binary", "encoded"]


class _Data(NamedTuple):
    """A piece of the body, from `-d` or a similar option."""

    text: str
    is_file: bool = False
    reading: _Reading = "text"
    """How the value is sent: as `text` (without the line breaks of a file), `binary` (unchanged) or `encoded`."""
    name: str = ""
    """Text such as `name=` that is sent before this piece."""
    separator: str = "&"
    position: int = 0
    """The index of the word that has this piece."""


class _FileLine(str):
    """A header line from the file of `-H @FILE`. Variables in it are not replaced."""

    __slots__ = ()


@dataclass
class _State:
    """The request as described by the words that were read so far."""

    source: CurlSource
    position: int = 0
    """The index of the present word."""
    method: str = ""
    urls: list[CurlArgument] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    """The headers from options such as `-A`, which set one header. A header of `-H` replaces them."""
    cookies: list[str] = field(default_factory=list)
    file_cookies: list[Cookie] = field(default_factory=list)
    data: list[_Data] = field(default_factory=list)
    query: list[_Data] = field(default_factory=list)
    parts: list[FormPart] = field(default_factory=list)
    upload: str | None = None
    user: str = ""
    bearer: str = ""
    auth_types: set[str] = field(default_factory=set)
    switches: set[str] = field(default_factory=set)
    options: dict[str, object] = field(default_factory=dict)
    rules: list[str] = field(default_factory=list)
    certificate: tuple[str, str] = ("", "")
    proxy_user: str = ""
    scheme: str = "http"
    schemes: str = ""
    output: str = ""
    folder: str = ""

    def has(self, switch: str) -> bool:
        return switch in self.switches


def read_curl(words: Sequence[str], source: CurlSource) -> CurlRequest:
    """Parse a curl command to a request. `words` are the words after `curl`. Raises `WordError` for a word that is
    invalid or not supported, and `UsageError` for an error of the whole command: no URL, several URLs, two bodies.

    >>> read_curl(["-XPUT", "http://a.x/y", "-d", "k=v"], CurlSource(lambda _: b"")).method
    'PUT'
    """
    state = _State(source)
    for argument in read_arguments(words):
        try:
            _apply(state, argument)
        except WordError:
            raise
        except UsageError as error:
            raise WordError(error.message, argument.position, hint=error.hint) from None
    return _request(state)


def _apply(state: _State, argument: CurlArgument) -> None:
    state.position = argument.position
    name, outcome = argument.option.name, argument.option.outcome
    if outcome == "at the prompt" and state.source.is_of_file and argument.is_on:
        hint = _FILE_HINTS.get(
            name, "set this outside of the file: with set option, or with an option of callbox replay"
        )
        raise UsageError(f"curl's {argument.shown} is not supported in a file", hint=hint)
    if outcome in ("passed over", "refused"):
        return
    if name == "url":
        state.urls.append(argument)
    elif name in _SETTERS:
        _SETTERS[name](state, argument.value)
    elif argument.is_on:
        state.switches.add(name)
    else:
        state.switches.discard(name)


_FILE_HINTS = dict.fromkeys(
    ("remote-name", "remote-name-all", "remote-header-name", "output-dir"), "write >> FILE below the request"
)

# Values


def _set_method(state: _State, value: str) -> None:
    if not value:
        raise UsageError("The method after -X is empty", hint="write a method, as in -X POST")
    state.method = value


def _add_header(state: _State, value: str) -> None:
    if value.startswith("@"):
        lines = state.source.read_file(state.source.fill(value[1:])).decode("utf-8", "replace").splitlines()
        state.headers += [_FileLine(line) for line in lines if ":" in line or line.rstrip().endswith(";")]
    else:
        if state.source.fill(value) == value:
            _header(value)  # So an error points to this word.
        state.headers.append(value)


def _set_field(header: str) -> Callable[[_State, str], None]:
    def setter(state: _State, value: str) -> None:
        state.fields[header] = value

    return setter


def _set_referer(state: _State, value: str) -> None:
    if value.endswith(";auto"):
        value = value.removesuffix(";auto")
    state.fields["Referer"] = value


def _set_range(state: _State, value: str) -> None:
    state.fields["Range"] = f"bytes={value}"


def _set_offset(state: _State, value: str) -> None:
    if not value.isdecimal():
        raise UsageError(
            "curl's -C - continues a download", hint="to continue a download that callbox began: get URL --download"
        )
    state.fields["Range"] = f"bytes={value}-"


def _add_cookies(state: _State, value: str) -> None:
    is_filled = state.source.fill(value) != value
    if "=" in value or is_filled:
        state.cookies.append(value)
    elif value:
        state.file_cookies += read_cookies_txt(state.source.read_file(value), value)


def _add_data(reading: _Reading, separator: str = "&", *, has_files: bool = True) -> Callable[[_State, str], None]:
    def adder(state: _State, value: str) -> None:
        is_file = has_files and value.startswith("@")
        state.data.append(
            _Data(
                text=value[is_file:],
                is_file=is_file,
                reading=reading,
                name="",
                separator=separator,
                position=state.position,
            )
        )

    return adder


def _encoded(value: str) -> _Data:
    """Encode one of `CONTENT`, `=CONTENT`, `NAME=CONTENT`, `@FILE` and `NAME@FILE`."""
    name, mark, text = value.partition("=")
    if not mark:
        name, mark, text = value.partition("@")
    if not mark:
        return _Data(value, reading="encoded")
    return _Data(text=text, is_file=mark == "@", reading="encoded", name=f"{name}=" if name else "")


def _add_encoded(state: _State, value: str) -> None:
    state.data.append(_encoded(value)._replace(position=state.position))


def _add_query(state: _State, value: str) -> None:
    piece = _Data(value[1:], reading="binary") if value.startswith("+") else _encoded(value)
    state.query.append(piece._replace(position=state.position))


def _add_json(state: _State, value: str) -> None:
    _add_data("binary", "")(state, value)
    state.switches.add("json")


def _set_upload(state: _State, value: str) -> None:
    if any(mark in value for mark in "{}[]") and not state.has("globoff"):
        raise UsageError(
            f"curl sends several files for '{value}'",
            hint="send one file at a time, or use -g to keep these characters",
        )
    if state.upload is not None:
        raise UsageError("This curl command sends two files", hint="send one file at a time")
    state.upload = "-" if value == "." else value


def _set_seconds(option: str) -> Callable[[_State, str], None]:
    def setter(state: _State, value: str) -> None:
        if state.source.is_open(value):
            return
        value = state.source.fill(value)
        try:
            seconds = float(value)
        except ValueError:
            raise UsageError(f"'{value}' is not a number of seconds") from None
        state.options[option] = check_seconds(seconds, value) or None

    return setter


def _set_number(option: str) -> Callable[[_State, str], None]:
    def setter(state: _State, value: str) -> None:
        if state.source.is_open(value):
            return
        value = state.source.fill(value)
        if not (value.isascii() and value.isdigit() and len(value) < 10):
            raise UsageError(f"'{value}' is not a whole number", hint="use only digits, such as 3")
        state.options[option] = int(value)

    return setter


def _set_redirects(state: _State, value: str) -> None:
    if value == "-1":
        raise UsageError(
            "An unlimited number of redirects is not supported", hint="write a number, as in --max-redirs 100"
        )
    _set_number("max-redirects")(state, value)


def _set_text(option: str, purpose: Purpose) -> Callable[[_State, str], None]:
    def setter(state: _State, value: str) -> None:
        state.options[option] = state.source.fill_for(value, purpose)

    return setter


_PROXY_SCHEME = re.compile(r"([A-Za-z][\w+.-]*)://")


def _set_proxy(state: _State, value: str) -> None:
    text = state.source.fill_for(value, "route")
    scheme = _PROXY_SCHEME.match(text)
    if scheme and scheme[1].lower() not in ("http", "https"):
        raise UsageError(f"A proxy cannot use {scheme[1]}", hint="-x http://user:password@host:port")
    if text and not scheme:
        text = f"http://{text}"
    has_port = re.search(r":\d+/?\Z", text.rpartition("@")[2].rpartition("//")[2])
    if text and not has_port and not state.source.is_open(value):
        text = f"{text.rstrip('/')}:1080"  # This is the default port of curl for proxies of all schemes.
    state.options["proxy"] = text


def _add_rules(state: _State, value: str) -> None:
    state.rules.append(state.source.fill_for(value, "route"))


def _add_addresses(state: _State, value: str) -> None:
    """Add the `HOST:PORT:ADDRESS` of an option `--resolve`. Of several addresses, the first is used. With `+` before
    the host, curl lets the entry expire; callbox does not.
    """
    value = state.source.fill_for(value, "route")
    if value.startswith("-"):
        raise UsageError(
            "--resolve -HOST:PORT removes an earlier entry, but there is no earlier entry", hint="leave this option out"
        )
    state.rules.append(value.removeprefix("+").partition(",")[0])


def _set_certificate(state: _State, value: str) -> None:
    path, colon, _ = value.partition(":") if not re.match(r"[A-Za-z]:[\\/]", value) else (value, "", "")
    if colon:
        raise UsageError(
            "The key of this certificate has a password", hint="use --cert FILE with a key without a password"
        )
    state.certificate = (state.source.fill_for(path, "file"), state.certificate[1])


def _set_key(state: _State, value: str) -> None:
    state.certificate = (state.certificate[0], state.source.fill_for(value, "file"))


def _check_pem(state: _State, value: str) -> None:
    if value.upper() != "PEM":
        raise UsageError(
            f"Only PEM certificates are supported, not {value}",
            hint="convert the certificate with openssl x509, and the key with openssl pkey",
        )


def _set_proxy_user(state: _State, value: str) -> None:
    state.proxy_user = state.source.fill(value)


def _set_user(state: _State, value: str) -> None:
    state.user = value or ":"


def _set_bearer(state: _State, value: str) -> None:
    state.bearer = value


def _set_scheme(state: _State, value: str) -> None:
    if value.lower() not in ("http", "https"):
        raise UsageError(f"callbox supports http and https, not {value}")
    state.scheme = value.lower()


def _set_schemes(state: _State, value: str) -> None:
    if not value.startswith("="):
        raise UsageError("Only --proto =LIST is supported", hint="write schemes, as in --proto =https")
    state.schemes = value[1:].lower()


def _set_output(state: _State, value: str) -> None:
    state.output = "" if value in ("-", "/dev/null", "NUL") else value
    if state.output and state.source.is_of_file:
        raise UsageError("curl's --output is not supported in a file", hint="write >> FILE below the request")


def _set_folder(state: _State, value: str) -> None:
    state.folder = value


def _set_target(state: _State, value: str) -> None:
    if value != "*":
        raise UsageError("Only --request-target '*' is supported", hint="write the path into the URL")
    state.switches.add("asterisk")


# Forms

_MEDIA_TYPES = {
    "gif": "image/gif", "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "svg": "image/svg+xml",
    "txt": "text/plain", "htm": "text/html", "html": "text/html", "pdf": "application/pdf", "xml": "application/xml",
}  # fmt: skip
"""The media types that curl guesses from the suffix of a file name."""
_QUOTED_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)


def curl_media_type(path: str) -> str | None:
    """The media type that curl sends for a file with this name; None if curl knows none.

    >>> curl_media_type("a/Me.PNG"), curl_media_type("a.json")
    ('image/png', None)
    """
    _, dot, suffix = path.rpartition(".")
    return _MEDIA_TYPES.get(suffix.lower()) if dot else None


def _guess_type(kind: str, path: str, filename: str | None) -> str | None:
    guessed = curl_media_type(filename) if filename else None
    if kind != "file" or path == "-":
        return guessed
    return guessed or curl_media_type(path) or "application/octet-stream"


def _add_text_part(state: _State, value: str) -> None:
    name, mark, text = value.partition("=")
    state.parts.append(FormPart(_part_name(name, mark), "text", text))


def _part_name(name: str, mark: str) -> str:
    if not mark or not name:
        raise UsageError("A part of a form must be NAME=TEXT", hint="write -F name=text or -F name=@file")
    return name


_PART_KINDS: Mapping[str, PartKind] = {"@": "file", "<": "content"}


def _add_part(state: _State, value: str) -> None:
    name, mark, text = value.partition("=")
    name = _part_name(name, mark)
    if text[:1] in ("(", ")") and (text == ")" or text.startswith("(;")):
        raise UsageError("A form part that contains other parts is not supported", hint="use one -F for each part")
    kind = _PART_KINDS.get(text[:1], "text")
    rest = text[1:] if kind != "text" else text
    found: list[FormPart] = []
    while True:
        if len(found) >= _MAX_FILES:
            raise UsageError(f"A part of a form holds at most {_MAX_FILES} files", hint="use one -F for each")
        content, rest = _form_word(rest, ";," if kind == "file" else ";")
        parameters, rest = _parameters(rest)
        filename = parameters.get("filename", _base_name(content) if kind == "file" else None)
        media_type = parameters.get("type") or _guess_type(kind, content, filename)
        found.append(FormPart(name=name, kind=kind, text=content, filename=filename, media_type=media_type))
        if not rest:
            break
        rest = rest[1:]
    state.parts.append(found[0] if len(found) == 1 else FormPart(name, "files", others=tuple(found)))


_MAX_FILES = 100
_MAX_PARAMETERS = 20


def _base_name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _form_word(text: str, ends: str) -> tuple[str, str]:
    """Read a word in the value of `-F`, up to one of `ends`. Returns the word and the rest of the text. Blanks around
    the word are removed. In double quotes, all characters are text.
    """
    text = text.lstrip()
    if (match := _QUOTED_WORD.match(text)) and (not (rest := text[match.end() :].lstrip()) or rest[0] in ends):
        return re.sub(r'\\(["\\])', r"\1", match[1]), rest
    end = min((at for end in ends if (at := text.find(end)) >= 0), default=len(text))
    return text[:end].rstrip(), text[end:]


_PARAMETER = re.compile(r";\s*(type|filename)=", re.IGNORECASE)


def _parameters(text: str) -> tuple[dict[str, str], str]:
    """Read the parameters `;type=` and `;filename=` of a part. Returns their values, and the rest of the text."""
    found: dict[str, str] = {}
    count = 0
    while text.startswith(";"):
        count += 1
        if count > _MAX_PARAMETERS:
            raise UsageError(
                f"A part of a form has at most {_MAX_PARAMETERS} parameters",
                hint="only type= and filename= are read",
            )
        match = _PARAMETER.match(text)
        if match is None:
            word = text[1:].partition(";")[0].partition("=")[0].strip()
            if word in ("headers", "encoder"):
                raise UsageError(f"curl's {word}= of a part is not supported", hint="only type= and filename= are read")
            if "type" not in found:
                raise UsageError(
                    f"curl leaves ';{word}' out of this part", hint="use --form-string to send the whole value as text"
                )
            # A parameter of the media type, as in `text/plain; charset=utf-8`.
            blanks = text[1 : len(text) - len(text[1:].lstrip())]
            value, text = _form_word(text[1:], ";,")
            found["type"] += f";{blanks}{value}"
            continue
        value, text = _form_word(text[match.end() :], ";,")
        found[match[1].lower()] = value
    return found, text


# The request


def _request(state: _State) -> CurlRequest:
    fill = state.source.fill
    _check_body(state)
    url = _whole_url(state)
    headers = _headers(state)
    names = {name.lower(): value for name, value in headers}
    data, file = _body(state)
    if state.query or (data is not None and state.has("get")):
        query = data if state.has("get") else _joined(state.query, state.source)
        url = _with_query(url, query or b"")
    if state.has("get"):
        data, file = None, ""
    user, auth_type = _login(state, names)
    media_type = FORM if (data is not None or file) and state.upload is None else None
    if "content-type" in names and names["content-type"] is None:
        media_type = None
    return CurlRequest(
        method=_method(state),
        url=url,
        headers=headers,
        cookies=tuple(state.file_cookies),
        user=fill(user),
        auth_type=auth_type,
        data=data,
        file=file,
        is_upload=state.upload is not None,
        media_type=media_type,
        parts=tuple(_filled(part, fill) for part in state.parts),
        options=_options(state),
        is_path_as_is=state.has("path-as-is"),
        is_asterisk=state.has("asterisk"),
        is_verbose=state.has("verbose"),
        output=f"{state.folder.rstrip('/')}/{state.output}" if state.folder and state.output else state.output,
        is_download=bool(state.switches & {"remote-name", "remote-name-all", "remote-header-name"}),
    )


def _check_body(state: _State) -> None:
    """Raise `UsageError`, as curl does, for two bodies and for a body of HEAD."""
    bodies = [bool(state.data) and not state.has("get"), bool(state.parts), state.upload is not None, state.has("head")]
    if sum(bodies) > 1 or (state.has("get") and (state.parts or state.upload is not None)):
        raise UsageError(
            "curl sends only one of these: data, a form, a file or HEAD", hint="use only one of these options"
        )
    if state.has("get") and state.query and state.data:
        raise UsageError(
            "curl ignores --url-query together with -G", hint="use -d, which also adds a parameter to the query"
        )
    if state.output and state.has("remote-name"):
        raise UsageError("curl writes only one file", hint="leave out -o or -O")


def _method(state: _State) -> str:
    if state.method:
        return state.source.fill(state.method)
    if state.has("head"):
        return "HEAD"
    if state.upload is not None:
        return "PUT"
    return "POST" if (state.data and not state.has("get")) or state.parts else "GET"


_OTHER_PROTOCOLS = ("ftp", "dict", "ldap", "imap", "smtp", "pop3")


def _whole_url(state: _State) -> str:
    if not state.urls:
        raise UsageError("This curl command has no URL", hint="write a URL, as in: curl https://api.example.com/users")
    if len(state.urls) > 1:
        message = f"This curl command names {len(state.urls)} URLs"
        raise WordError(message, state.urls[1].position, hint="request one URL at a time")
    try:
        return _read_url(state, state.urls[0].value)
    except UsageError as error:
        raise WordError(error.message, state.urls[0].position, hint=error.hint) from None


def _read_url(state: _State, written: str) -> str:
    if not state.has("globoff"):
        written = _without_globs(written)
    url = state.source.fill_for(written, "url")
    if not is_absolute(url):
        name = url.partition(".")[0].lower()
        if "." in url and name in _OTHER_PROTOCOLS:
            raise UsageError(
                f"curl uses {name} for a host that begins with '{name}.'", hint="write http:// before the host"
            )
        url = f"{state.scheme}://{url}"
    if state.schemes and url.partition("://")[0].lower() not in state.schemes.split(","):
        raise UsageError(f"curl's --proto does not allow {url.partition('://')[0]}", hint="leave this option out")
    return _upload_url(url, state)


_GLOB = re.compile(r"\{([^{}]*)\}|\[([0-9A-Za-z]+-[0-9A-Za-z]+(?::\d+)?)\]")
_ADDRESS = re.compile(r"\[(?:[0-9A-Fa-f.]*+:)[0-9A-Fa-f:.]*+(?:%[\w.%-]++)?\]")


def _without_globs(url: str) -> str:
    """Resolve the brackets and braces in a URL of curl. Raises `UsageError` if they mean several URLs or are
    malformed.
    """
    if "{" not in url and "[" not in url and "}" not in url and "]" not in url:
        return url
    out, position = [], 0
    while position < len(url):
        character = url[position]
        if character == "\\" and url[position + 1 : position + 2] in ("{", "}", "[", "]"):
            out.append(url[position + 1])
            position += 2
        elif match := _ADDRESS.match(url, position):
            out.append(match[0])
            position = match.end()
        elif character in "{}[]":
            match = _GLOB.match(url, position)
            if match is None:
                raise UsageError(
                    "curl cannot read these braces or brackets in a URL",
                    hint="use -g to send them unchanged; to use a variable, write the request without curl",
                )
            if match[1] is None or "," in match[1]:
                raise UsageError(
                    f"This URL of curl stands for several URLs: {match[0]}",
                    hint="request one URL at a time, or use -g to send the text unchanged",
                )
            out.append(match[1])
            position = match.end()
        else:
            out.append(character)
            position += 1
    return "".join(out)


def _upload_url(url: str, state: _State) -> str:
    """The URL of an upload: if it ends with a slash, `-T FILE` adds the name of the file."""
    if state.upload in (None, "-"):
        return url
    scheme, _, rest = url.partition("://")
    if "/" not in rest:
        rest += "/"
    name = _base_name(state.source.fill(state.upload or ""))
    return f"{scheme}://{rest}{quote(name, safe='')}" if rest.endswith("/") else f"{scheme}://{rest}"


def _with_query(url: str, query: bytes) -> str:
    before, mark, fragment = url.partition("#")
    scheme, _, rest = before.partition("://")
    if "/" not in rest.partition("?")[0]:
        host, question, more = rest.partition("?")
        before = f"{scheme}://{host}/{question}{more}"
    separator = "" if before.endswith("?") else "&"
    if "?" not in before:
        separator = "?"
    return f"{before}{separator}{query.decode('utf-8', 'replace')}{mark}{fragment}"


def _body(state: _State) -> tuple[bytes | None, str]:
    """Join the pieces of `-d`. Returns the body, or the path of the file that is the body."""
    if state.upload is not None:
        return None, state.source.fill(state.upload)
    first = state.data[0] if len(state.data) == 1 else None
    if first is not None and first.is_file and first.reading == "binary" and not state.has("get"):
        return None, state.source.fill(first.text)
    return _joined(state.data, state.source), ""


def _joined(pieces: Sequence[_Data], source: CurlSource) -> bytes | None:
    if not pieces:
        return None
    out = bytearray()
    for index, piece in enumerate(pieces):
        if index:
            out += piece.separator.encode()
        out += source.fill(piece.name).encode("utf-8", "surrogateescape")
        try:
            out += _bytes_of(piece, source)
        except UsageError as error:
            raise WordError(error.message, piece.position, hint=error.hint) from None
    return bytes(out)


def _bytes_of(piece: _Data, source: CurlSource) -> bytes:
    text = source.fill(piece.text)
    data = source.read_file(text) if piece.is_file else _encode(text)
    if piece.is_file and piece.reading == "text":
        return data.translate(None, b"\r\n\0")
    return quote_plus(data).encode("ascii") if piece.reading == "encoded" else data


def _encode(text: str) -> bytes:
    """Convert a word to bytes. Bytes of the command that were no UTF-8 stay unchanged."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _headers(state: _State) -> tuple[tuple[str, str | None], ...]:
    lines = [line for line in state.headers if ":" in line or not state.source.is_open(line)]
    headers = [_header(line if isinstance(line, _FileLine) else state.source.fill(line)) for line in lines]
    given = {name.lower() for name, _ in headers}
    fields = dict(state.fields)
    if state.has("json"):
        fields = {"Content-Type": JSON, "Accept": JSON} | fields
    if state.cookies:
        fields["Cookie"] = ";".join(state.cookies)
    for name, value in fields.items():
        if name.lower() not in given:
            headers.append((name, state.source.fill(value) or None))
    return tuple(_framing_checked(headers, state))


def _framing_checked(headers: Sequence[tuple[str, str | None]], state: _State) -> Iterator[tuple[str, str | None]]:
    """Yield the headers that curl would send. Of several Host headers, curl sends the first. Raises `UsageError` if a
    `-H` removes Host, the length of the body, or the type of a form.
    """
    names = {name.lower() for name, _ in headers}
    has_body = bool(state.parts) or state.upload is not None or (bool(state.data) and not state.has("get"))
    has_host = False
    for name, value in headers:
        lower = name.lower()
        if lower == "host":
            if has_host:
                continue
            has_host = True
            if value is None:
                raise UsageError("A request without a Host is not supported", hint="to send an empty Host: -H 'Host;'")
        if lower == "content-length" and value is None:
            if has_body and "transfer-encoding" not in names:
                message = "A body without a Content-Length is not supported"
                raise UsageError(message, hint="leave this option out, or add -H 'Transfer-Encoding: chunked'")
            continue
        if lower == "content-type" and not value and state.parts:
            raise UsageError("A form without its Content-Type is not supported", hint="leave this header out")
        if lower == "transfer-encoding" and value is None:
            continue
        yield name, value


def _header(line: str) -> tuple[str, str | None]:
    name, colon, value = line.partition(":")
    if colon:
        found = name.strip(), value.strip() or None
    elif line.rstrip().endswith(";"):
        found = line.rstrip()[:-1].strip(), ""
    else:
        raise UsageError(
            "curl does not send a header without a colon",
            hint="write -H 'Name: value', or -H 'Name;' for an empty value",
        )
    if not found[0]:
        raise UsageError("This header has no name", hint="write -H 'Name: value'")
    return found


def _login(state: _State, names: Mapping[str, str | None]) -> tuple[str, AuthType]:
    if "authorization" in names:
        return "", ""  # A header of `-H` overrides the option, also if it only removes a header.
    if state.bearer:
        return state.bearer, "bearer"
    if not state.user:
        return "", ""
    return state.user, "digest" if state.has("digest") and not state.has("basic") else "basic"


def _options(state: _State) -> dict[str, object]:
    options = dict(state.options)
    options["follow"] = state.has("location")
    options["compress"] = state.has("compressed")
    if state.has("insecure"):
        options["verify"] = False
    if state.has("netrc") or state.has("netrc-optional"):
        options["netrc"] = True
    kept = state.switches & {"post301", "post302"}
    if kept and state.has("location"):
        if len(kept) == 1:
            raise UsageError(f"--{min(kept)} alone is not supported", hint="write both: --post301 --post302")
        options["keep-method"] = True
    if state.rules:
        options["resolve"] = ",".join(state.rules)
    certificate, key = state.certificate
    if key and not certificate:
        raise UsageError("--key needs --cert", hint="write both: --cert FILE --key FILE")
    if certificate:
        options["cert"] = f"{certificate},{key}" if key else certificate
    if state.proxy_user:
        options["proxy"] = _proxy_with_user(str(options.get("proxy", "")), state.proxy_user)
    return options


def _proxy_with_user(proxy: str, user: str) -> str:
    if not proxy:
        raise UsageError("--proxy-user needs --proxy", hint="add -x http://host:port")
    name, colon, password = user.partition(":")
    scheme, _, rest = proxy.partition("://")
    login = quote(name, safe="") + (f":{quote(password, safe='')}" if colon else "")
    return f"{scheme}://{login}@{rest.rpartition('@')[2]}"


def _filled(part: FormPart, fill: Callable[[str], str]) -> FormPart:
    return part._replace(
        name=fill(part.name),
        text=fill(part.text),
        filename=None if part.filename is None else _base_name(fill(part.filename)),
        media_type=None if part.media_type is None else fill(part.media_type),
        others=tuple(_filled(other, fill) for other in part.others),
    )


def cookie_jar(cookies: Iterable[Cookie], now: float) -> Jar:
    """Make a jar of the cookies from a file of the option `-b`."""
    jar = Jar()
    for cookie in cookies:
        jar.put(cookie, now)
    return jar


# The body of a request


def content_of(
    request: CurlRequest, open_file: Callable[[str], FilePieces], read_file: Callable[[str], bytes], boundary: str
) -> tuple[Content | None, tuple[tuple[str, str | None], ...]]:
    """Make the body of a request, and the headers for it. If the command sets a Content-Type with a boundary, a form
    uses this boundary.
    """
    if request.parts:
        given = {name.lower(): value for name, value in request.headers}.get("content-type")
        media_type, boundary = _multipart_type(given, boundary)
        content = multipart_content([_part(part, open_file, read_file, boundary) for part in request.parts], boundary)
        headers = tuple(header for header in request.headers if header[0].lower() != "content-type")
        return content._replace(media_type=media_type), headers
    if request.file:
        pieces, length = open_file(request.file)
        if length is None and not request.is_upload:  # As curl does, check the whole command before files are read.
            return raw_content(read_file(request.file), request.media_type), request.headers
        return file_content(request.file, pieces, length, request.media_type), request.headers
    if request.data is None:
        return None, request.headers
    return raw_content(request.data, request.media_type), request.headers


def _multipart_type(given: str | None, boundary: str) -> tuple[str, str]:
    if not given:
        return f"multipart/form-data; boundary={boundary}", boundary
    if not given.lower().startswith("multipart/form-data"):
        raise UsageError(
            "A form must have the type multipart/form-data", hint="leave out the Content-Type, or use --data-binary"
        )
    if own := boundary_of(given):
        return given, own
    return f"{given}; boundary={boundary}", boundary


def _part(
    part: FormPart, open_file: Callable[[str], FilePieces], read_file: Callable[[str], bytes], boundary: str
) -> Part:
    if part.kind == "files":
        inner = f"mixed-{boundary}"
        pieces = [_attachment(other, read_file(other.text), inner) for other in part.others]
        data = b"\r\n".join([*pieces, f"--{inner}--\r\n".encode()])
        return Part(part.name, data, None, f"multipart/mixed; boundary={inner}")
    if part.kind == "file":
        pieces_of, length = open_file(part.text)
        return Part(
            part.name, b"", part.filename, media_type=part.media_type, path=part.text, pieces=pieces_of, length=length
        )
    data = read_file(part.text) if part.kind == "content" else _encode(part.text)
    return Part(part.name, data, part.filename, part.media_type)


def _attachment(part: FormPart, data: bytes, boundary: str) -> bytes:
    name = (part.filename or "").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    head = (
        f'--{boundary}\r\nContent-Disposition: attachment; filename="{name}"\r\nContent-Type: {part.media_type}\r\n\r\n'
    )
    return head.encode() + data


_SETTERS: Mapping[str, Callable[[_State, str], None]] = {
    "request": _set_method,
    "proto-default": _set_scheme,
    "proto": _set_schemes,
    "request-target": _set_target,
    "url-query": _add_query,
    "header": _add_header,
    "user-agent": _set_field("User-Agent"),
    "referer": _set_referer,
    "range": _set_range,
    "continue-at": _set_offset,
    "cookie": _add_cookies,
    "data": _add_data("text"),
    "data-ascii": _add_data("text"),
    "data-binary": _add_data("binary"),
    "data-raw": _add_data("binary", has_files=False),
    "data-urlencode": _add_encoded,
    "json": _add_json,
    "form": _add_part,
    "form-string": _add_text_part,
    "upload-file": _set_upload,
    "user": _set_user,
    "oauth2-bearer": _set_bearer,
    "max-redirs": _set_redirects,
    "max-time": _set_seconds("total-timeout"),
    "connect-timeout": _set_seconds("connect-timeout"),
    "retry": _set_number("retries"),
    "cacert": _set_text("ca", "file"),
    "capath": _set_text("ca", "file"),
    "cert": _set_certificate,
    "key": _set_key,
    "cert-type": _check_pem,
    "key-type": _check_pem,
    "proxy": _set_proxy,
    "proxy-user": _set_proxy_user,
    "noproxy": _set_text("no-proxy", "route"),
    "resolve": _add_addresses,
    "connect-to": _add_rules,
    "output": _set_output,
    "output-dir": _set_folder,
}
"""The function that handles each option with a value. Options without a value are handled after all words."""
