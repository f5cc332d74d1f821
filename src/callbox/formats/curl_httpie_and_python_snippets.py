"""Write a request as a curl command, as an HTTPie command or as a Python program, with or without its secrets.

HTTPie always adds `Connection: keep-alive`, and `Content-Length: 0` to a request without a body unless it is GET or
HEAD. The Python program uses `http.client`, which can send a request without headers of its own.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import NamedTuple, TypeGuard
from urllib.parse import urlsplit

from callbox.exchange.credential_scope import is_credential
from callbox.exchange.digest_auth import Digest
from callbox.exchange.headers import encode_line
from callbox.exchange.host_rules import parse_resolve_rules
from callbox.exchange.media_types_and_charsets import boundary_of
from callbox.exchange.redaction.displayed_fields_and_values import redact_field, redact_shown_url
from callbox.exchange.redaction.secrets_by_name import redact_content
from callbox.exchange.redaction.secrets_by_value import without_filled_secrets
from callbox.exchange.request import Field, Outgoing, Route
from callbox.exchange.request_content import Content, Part, multipart_content
from callbox.exchange.secret import REDACTED, Secret

_CURL_DEFAULTS = frozenset({"content-length"})
"""The headers that curl adds to a request with a body."""


def write_curl(outgoing: Outgoing, *, reveal: bool = False, follows: bool = False) -> str:
    r"""Write a curl command, with one option on each line. It sends exactly this request, without further headers of
    curl. Secrets are redacted unless `reveal` is set. With `follows`, the command follows redirects.
    """
    outgoing = outgoing if reveal else without_filled_secrets(outgoing)
    url, target = redact_url(outgoing.url.text, outgoing, reveal=reveal), []
    if outgoing.url.path == "*":
        url, target = outgoing.url.origin, ["--request-target", "'*'"]
    content = shown_content(outgoing, reveal=reveal)
    piped = f"{_piped_body(content)} | " if _needs_pipe(content) else ""
    words = [f"{piped}curl", *(["-L"] if follows else []), *_method(outgoing), *target]
    words += ["--globoff", "--path-as-is"] if _has_special_path(url) else []
    lines = [" ".join([*words, shlex.quote(url)])]
    lines += [f"-H {shlex.quote(text)}" for text in _curl_headers(outgoing, reveal)]
    lines += ["--compressed"] if accepts_coding(outgoing) else []
    lines += _digest(outgoing.auth, reveal) if isinstance(outgoing.auth, Digest) else []
    lines += _curl_body(content) if content is not None else []
    lines += _curl_route(outgoing, shown_proxy(outgoing, reveal=reveal))
    return " \\\n  ".join(lines)


def resends_method(outgoing: Outgoing) -> bool:
    """Whether curl would use this method also for the target of a redirect, because the command needs `-X`."""
    return bool(_method(outgoing)) and outgoing.method != "HEAD"


def _method(outgoing: Outgoing) -> list[str]:
    if outgoing.method == "HEAD":
        return ["--head"]
    implied = "POST" if outgoing.content is not None else "GET"
    return [] if outgoing.method == implied else ["-X", shlex.quote(outgoing.method)]


def _has_special_path(url: str) -> bool:
    return any(character in url for character in "[]{}") or "/." in url


def _curl_headers(outgoing: Outgoing, reveal: bool) -> list[str]:
    has_body = outgoing.content is not None
    own = {"authorization"} if isinstance(outgoing.auth, Digest) else set()
    is_chunked = any(field.name.lower() == "transfer-encoding" for field in outgoing.headers)
    own |= _CURL_DEFAULTS if has_body or is_chunked else set()
    own |= {"content-type"} if _is_form(outgoing.content) else set()  # curl chooses its own boundary.
    fields = [field for field in outgoing.headers if field.name.lower() not in own]
    lines = [_line(field, reveal) for field in fields if not _is_default_host(field, outgoing)]
    said = {field.name.lower() for field in fields}
    # `-H` with a name and no value removes the header that curl would add.
    lines += [f"{name}:" for name in ("User-Agent", "Accept") if name.lower() not in said]
    if has_body and "content-type" not in said and not _is_form(outgoing.content):
        lines.append("Content-Type:")
    return lines


def _is_form(content: Content | None) -> bool:
    """Whether options of curl can express all parts of the form."""
    if content is None or content.data is not None or content.kind != "multipart":
        return False
    return all(_is_curl_part(part) for part in content.parts)


_FORM_TYPE = re.compile(r"[\w.+*-]++/[\w.+*-]++(?:; ?(?!(?i:filename|headers|encoder|type)=)[\w-]++=[\w.+:/-]++)*+\Z")
"""A pattern for a media type that `-F` reads as it is. For example, a comma would begin the name of another file."""


def _is_curl_part(part: Part) -> bool:
    """Whether an option of curl can express this part exactly."""
    is_read = part.media_type is None or _FORM_TYPE.match(part.media_type) is not None
    return "=" not in part.name and is_read and not part.headers


def _digest(auth: Digest, reveal: bool) -> list[str]:
    """The options for digest authentication. They have user and password, because a digest is valid only once."""
    user = f"{auth.username}:{auth.password if reveal else REDACTED}"
    return ["--digest", f"--user {shlex.quote(user)}"]


def _is_default_host(field: Field, outgoing: Outgoing) -> bool:
    return field.name.lower() == "host" and field.value == outgoing.url.sent_authority


def _line(field: Field, reveal: bool) -> str:
    value = field.value
    text = value.reveal() if isinstance(value, Secret) else value
    if not reveal:
        text = str(value) if isinstance(value, Secret) else redact_field(field.name, value)
    return f"{field.name}: {text}" if text else f"{field.name};"


def _curl_body(content: Content) -> list[str]:
    if _needs_pipe(content):
        return ["--data-binary @-"]
    if content.data is not None:
        return [f"--data-raw {_quoted(content.data)}"] if content.data else ["--data-raw ''"]
    if content.kind == "multipart":
        return [_form_part(part) for part in content.parts]
    return [f"--data-binary {shlex.quote(f'@{content.path}')}"]


def _needs_pipe(content: Content | None) -> TypeGuard[Content]:
    """Whether the body must be piped into curl, because no option can express it: it contains a NUL, or it is a form
    that curl would read in another way.
    """
    if content is None:
        return False
    is_other_form = content.data is None and content.kind == "multipart" and not _is_form(content)
    return is_other_form or b"\0" in (content.data or b"")


def _piped_body(content: Content) -> str:
    words = [
        _piped(piece) if isinstance(piece, bytes) else f"cat -- {shlex.quote(piece.path)}"
        for piece in body_pieces(content)
    ]
    return words[0] if len(words) == 1 else "{ " + "; ".join(words) + "; }"


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
    """Write the name of a file for `-F`, in quotes if it has a semicolon or a comma."""
    if not set(text) & set(';,"\\ '):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _quoted(data: bytes) -> str:
    """Quote bytes for a POSIX shell. Bytes that are no plain text become `$'...'`, which bash, zsh and ksh know."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and all(character.isprintable() or character in "\n\t" for character in text):
        return shlex.quote(text)
    return "$'" + "".join(_curl_escape(byte) for byte in data) + "'"


def _curl_escape(byte: int) -> str:
    character = chr(byte)
    if character in "'\\":
        return f"\\{character}"
    return character if 32 <= byte < 127 else f"\\x{byte:02x}"


def _curl_route(outgoing: Outgoing, proxy: str) -> list[str]:
    route = outgoing.route
    words = _tls(route) if outgoing.url.scheme == "https" else []
    words += [f"--proxy {shlex.quote(proxy)}"] if proxy else []
    return words + [
        f"--connect-to {shlex.quote(_connect_to_rule(*lead))}" for lead in parse_resolve_rules(route.resolve)
    ]


def _tls(route: Route) -> list[str]:
    words = [] if route.verify else ["--insecure"]
    words += [f"--cacert {shlex.quote(route.ca)}"] if route.ca else []
    cert, key = (route.cert or "", "") if isinstance(route.cert, str | None) else route.cert
    words += [f"--cert {shlex.quote(cert)}"] if cert else []
    return words + ([f"--key {shlex.quote(key)}"] if key else [])


def _connect_to_rule(host: str, port: str, address: str, other: str) -> str:
    """Write a rule for `--connect-to`, in which an empty text stands for `*`."""
    names = (f"[{name}]" if ":" in name else name for name in (host.replace("*", ""), address))
    return "{}:{}:{}:{}".format(next(names), port.replace("*", ""), next(names), other)


class FilePiece(NamedTuple):
    """A file that is a part of the body."""

    path: str


def fields_of(outgoing: Outgoing, *, reveal: bool) -> Iterator[tuple[str, str]]:
    """Yield the names and values of all headers, in the order in which they are sent."""
    for field in outgoing.headers:
        value = field.value
        if reveal:
            yield field.name, value.reveal() if isinstance(value, Secret) else value
        else:
            yield field.name, str(value) if isinstance(value, Secret) else redact_field(field.name, value)


def accepts_coding(outgoing: Outgoing) -> bool:
    """Whether the request accepts a content coding, so that the response may have one."""
    accepted = [field.value for field in outgoing.headers if field.name.lower() == "accept-encoding"]
    return any(value not in ("", "identity") for value in accepted)


def forwarded_credential(outgoing: Outgoing) -> str:
    """The name of a credential header that curl and HTTPie would send to other hosts after a redirect, and callbox
    would not; empty if there is none.
    """
    own = ("authorization", "cookie")  # The programs do not send these headers to another host either.
    found = (f for f in outgoing.headers if f.name.lower() not in own and is_credential(f.name, f.value, f.source))
    return next((field.name for field in found), "")


def redact_url(text: str, outgoing: Outgoing, *, reveal: bool) -> str:
    """Redact the credentials in the query of a URL or target, unless `reveal` is set."""
    return text if reveal else redact_shown_url(text, {f.name for f in outgoing.query if isinstance(f.value, Secret)})


def shown_content(outgoing: Outgoing, *, reveal: bool) -> Content | None:
    """The body, with its credentials redacted unless `reveal` is set."""
    content = outgoing.content
    return content if reveal or content is None else redact_content(content)


def shown_proxy(outgoing: Outgoing, *, reveal: bool) -> str:
    """The URL of the proxy, with its password redacted unless `reveal` is set."""
    return outgoing.route.proxy if reveal else redact_shown_url(outgoing.route.proxy)


def body_pieces(content: Content) -> list[bytes | FilePiece]:
    """The pieces of the body in order: bytes, or the paths of files."""
    if content.path:
        return [FilePiece(content.path)]
    if not content.parts:
        return [b"".join(content.chunks())] if content.data is None else [content.data]
    marker = b"\0callbox-file\0"
    while any(marker in part.data for part in content.parts):
        marker += b"\0"
    parts = [part._replace(data=marker, pieces=None) if part.path else part for part in content.parts]
    boundary = boundary_of(content.media_type or "")
    whole = (multipart_content(parts, boundary).data or b"").split(marker)
    paths = [FilePiece(part.path) for part in content.parts if part.path]
    pieces: list[bytes | FilePiece] = [whole[0]]
    for path, data in zip(paths, whole[1:], strict=True):
        pieces += [path, data]
    return pieces


_OWN = ("User-Agent", "Accept", "Accept-Encoding", "Connection")
"""The headers that HTTPie adds to each request. An item `Name:` removes one."""
_FRAMING = frozenset(("content-length", "transfer-encoding"))
_SEPARATOR = re.compile(r"([:=@;])")
_UNESCAPED = re.compile(r"\\[:=@;]")
"""A pattern for a backslash that HTTPie removes. No item can express it, because HTTPie keeps both of two
backslashes.
"""
_DASH = "\\055"
_TYPE = ";type="
"""Text that ends the path of a file in an item of HTTPie."""


def write_httpie(outgoing: Outgoing, *, reveal: bool = False, follows: bool = False) -> str:
    """Write an HTTPie command, with one item on each line. Secrets are redacted unless `reveal` is set."""
    outgoing = outgoing if reveal else without_filled_secrets(outgoing)
    content = shown_content(outgoing, reveal=reveal)
    url = redact_url(outgoing.url.text, outgoing, reveal=reveal)
    is_piped = content is not None and not _is_writable(content)
    words = ["http", *([] if is_piped else ["--ignore-stdin"]), "--path-as-is" if "/." in url else ""]
    words += ["--follow"] if follows else []
    words += [*([] if is_piped else _flags(content)), shlex.quote(outgoing.method), shlex.quote(url)]
    lines = [" ".join(word for word in words if word)]
    items = [shlex.quote(item) for item in _headers(outgoing, reveal)]
    body = _httpie_body(content) if content is not None and not is_piped else []
    route = _route(outgoing, shown_proxy(outgoing, reveal=reveal))
    is_raw = bool(body) and content is not None and not content.parts and not content.path
    if any(item.lstrip("'").startswith("-") for item in (*items, *([] if is_raw else body))):
        options, more = (body, []) if is_raw else ([], body)
        lines += [*route, *options, "--", *items, *more]  # Without `--`, HTTPie would read this item as an option.
    else:
        lines += [*items, *body, *route]
    before = _pipe(content) if is_piped and content is not None else ""
    return before + " \\\n  ".join(lines)


def _is_writable(content: Content) -> bool:
    """Whether items or options of HTTPie can express this body. Any other body is piped into the command."""
    if content.parts:
        return all(map(_is_item, content.parts))
    return _is_item_path(content.path) and (content.data is None or _is_text(content.data))


def _is_item_path(path: str) -> bool:
    return not _UNESCAPED.search(path) and _TYPE not in path and not path.startswith("~")


def _is_item(part: Part) -> bool:
    """Whether an item of HTTPie can express this part exactly."""
    if not part.name or "\\" in part.name or part.headers:
        return False
    if part.path:
        return _is_item_path(part.path)
    is_plain = part.filename is None and part.media_type is None
    return is_plain and _is_text(part.data) and not _UNESCAPED.search(part.data.decode())


def _pipe(content: Content) -> str:
    """Write the commands that print the body, and a `|`."""
    pieces = [piece for piece in body_pieces(content) if piece]
    commands = [
        f"cat -- {shlex.quote(piece.path)}" if isinstance(piece, FilePiece) else f"printf {_escaped(piece)}"
        for piece in pieces
    ]
    if len(commands) > 1:
        return f"{{ {'; '.join(commands)}; }} | "
    return f"{commands[0]} | " if commands else ""


def _flags(content: Content | None) -> list[str]:
    if content is None or not content.parts:
        return []
    boundary = boundary_of(content.media_type or "")
    return ["--multipart", f"--boundary={shlex.quote(boundary)}"]


def _headers(outgoing: Outgoing, reveal: bool) -> list[str]:
    names: set[str] = set()
    items = []
    for name, value in fields_of(outgoing, reveal=reveal):
        names.add(name.lower())
        is_own = name.lower() in _FRAMING or (name.lower() == "host" and value == outgoing.url.sent_authority)
        if not is_own:
            items.append(f"{name}:{_item_value(value)}" if value else f"{name};")
    return items + [f"{name}:" for name in (*_OWN, "Content-Type") if name.lower() not in names]


def _item_value(value: str) -> str:
    """Escape a `=` or `@` at the start of an item's value. Otherwise the separator would be `:=`, `:@`, `==` or `=@`,
    and after `=@` HTTPie would send the content of a file.
    """
    return f"\\{value}" if value[:1] in ("=", "@") else value


def _httpie_body(content: Content) -> list[str]:
    if content.parts:
        return [_part(part.name, part.data, part.path, part.media_type) for part in content.parts]
    if content.path:
        return [shlex.quote(f"@{content.path}")]
    return [f"--raw {shlex.quote((content.data or b'').decode())}"]


def _part(name: str, data: bytes, path: str, media_type: str | None) -> str:
    field = _SEPARATOR.sub(r"\\\1", name)
    if path:
        return shlex.quote(f"{field}@{path}" + (f";type={media_type}" if media_type else ""))
    return shlex.quote(f"{field}={_item_value(data.decode())}")


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode("utf-8")
    except UnicodeDecodeError:
        return False


def _escaped(data: bytes) -> str:
    """Write bytes for the POSIX command printf, with octal escapes and doubled percent signs. A `-` at the start is
    escaped, because it would begin an option.
    """
    text = "".join(map(_printf_character, data))
    return f"'{_DASH}{text[1:]}'" if text.startswith("-") else f"'{text}'"


def _printf_character(byte: int) -> str:
    character = chr(byte)
    if character == "%":
        return "%%"
    return character if 32 <= byte < 127 and character not in "\\'" else f"\\{byte:03o}"


def _route(outgoing: Outgoing, proxy: str) -> list[str]:
    route = outgoing.route
    is_tls = outgoing.url.scheme == "https"
    words = ["--verify=no"] if is_tls and not route.verify else []
    words += [f"--verify={shlex.quote(route.ca)}"] if is_tls and route.ca else []
    words += [f"--proxy {shlex.quote(f'{outgoing.url.scheme}:{proxy}')}"] if proxy else []
    if is_tls and route.cert:
        cert, key = (route.cert, "") if isinstance(route.cert, str) else route.cert
        words += [f"--cert {shlex.quote(cert)}", *([f"--cert-key {shlex.quote(key)}"] if key else [])]
    return words


def write_python(outgoing: Outgoing, *, reveal: bool = False) -> str:
    """Write a Python program that sends the request. Secrets are redacted unless `reveal` is set."""
    outgoing = outgoing if reveal else without_filled_secrets(outgoing)
    return "\n".join(_lines(outgoing, reveal)) + "\n"


def _lines(outgoing: Outgoing, reveal: bool) -> Iterator[str]:
    route = outgoing.route
    needs_context = outgoing.url.scheme == "https" and (not route.verify or route.ca or route.cert)
    fields = [(name, _unpackable(name, value, outgoing)) for name, value in fields_of(outgoing, reveal=reveal)]
    is_packed = accepts_coding(outgoing)
    yield from ("import gzip",) if is_packed else ()
    yield "import http.client"
    if needs_context:
        yield "import ssl"
    yield from ("import zlib",) if is_packed else ()
    yield ""
    yield from _connection(outgoing, "context" if needs_context else "")
    target = redact_url(_target(outgoing), outgoing, reveal=reveal)
    yield f"connection.putrequest({outgoing.method!r}, {target!r}, skip_host=True, skip_accept_encoding=True)"
    for name, value in fields:
        yield f"connection.putheader({name!r}, {_value(name, value)})"
    is_chunked = any(name.lower() == "transfer-encoding" for name, _ in fields)
    yield from _python_body(shown_content(outgoing, reveal=reveal), is_chunked)
    yield ""
    yield "response = connection.getresponse()"
    yield "print(response.status, response.reason)"
    yield "body = response.read()"
    yield from _UNPACKED if is_packed else ()
    yield 'print(body.decode(response.headers.get_content_charset("utf-8"), errors="replace"))'


_UNPACKED = (
    'coding = response.getheader("Content-Encoding", "").lower()',
    'if body and coding in ("gzip", "x-gzip"):',
    "    body = gzip.decompress(body)",
    'elif body and coding == "deflate":',
    "    body = zlib.decompress(body, 15 if body[0] & 15 == 8 else -15)",
)
"""The lines of the program that decode a content coding. Some servers send deflate without the zlib header. A zlib
header is recognised by its first byte, which ends in 8.
"""
_UNPACKABLE = ("gzip", "x-gzip", "deflate", "identity", "*")


def _unpackable(name: str, value: str, outgoing: Outgoing) -> str:
    """The value of a header in the program. In Accept-Encoding, only codings that Python's standard library can decode
    are left, unless the user typed the header.
    """
    if name.lower() != "accept-encoding" or value not in _default_codings(outgoing):
        return value
    codings = [coding.strip() for coding in value.split(",")]
    return ", ".join(one for one in codings if one.partition(";")[0] in _UNPACKABLE) or "identity"


def _default_codings(outgoing: Outgoing) -> list[str | Secret]:
    return [one.value for one in outgoing.headers if one.name.lower() == "accept-encoding" and one.source == "default"]


def _connection(outgoing: Outgoing, context: str) -> Iterator[str]:
    url, route = outgoing.url, outgoing.route
    is_tls = url.scheme == "https"
    if context:
        yield f"context = ssl.create_default_context({f'cafile={route.ca!r}' if route.ca else ''})"
        if not route.verify:
            yield "context.check_hostname = False"
            yield "context.verify_mode = ssl.CERT_NONE"
        if route.cert:
            files = (route.cert,) if isinstance(route.cert, str) else route.cert
            yield f"context.load_cert_chain({', '.join(map(repr, files))})"
    proxy = urlsplit(route.proxy) if route.proxy else None
    host, port = (proxy.hostname or "", proxy.port or 8080) if proxy else (url.host.strip("[]"), url.port)
    more = f", context={context}" if context else ""
    yield f"connection = http.client.HTTP{'S' * is_tls}Connection({host!r}, {port}{more})"
    if proxy and is_tls:
        yield f"connection.set_tunnel({url.host.strip('[]')!r}, {url.port})"


def _target(outgoing: Outgoing) -> str:
    """The request target: path and query, or the whole URL for an http request to a proxy (RFC 9112 section 3.2.2)."""
    is_proxied = bool(outgoing.route.proxy) and outgoing.url.scheme == "http"
    return outgoing.url.text if is_proxied else outgoing.url.target


def _value(name: str, text: str) -> str:
    if text.isascii():
        return repr(text)
    return repr(encode_line(f"{name}: {text}")[len(name) + 2 :])


def _python_body(content: Content | None, is_chunked: bool) -> Iterator[str]:
    pieces = body_pieces(content) if content is not None else []
    end = ", encode_chunked=True" if is_chunked else ""
    if not pieces or pieces == [b""]:
        yield "connection.endheaders()" if not is_chunked else "connection.endheaders([], encode_chunked=True)"
        return
    shown = [f'open({p.path!r}, "rb").read()' if isinstance(p, FilePiece) else _bytes(p) for p in pieces]
    if len(shown) == 1:
        yield f"connection.endheaders({shown[0]}{end})"
        return
    yield 'body = b"".join('
    yield "    ("
    yield from (f"        {one}," for one in shown)
    yield "    )"
    yield ")"
    yield f"connection.endheaders(body{end})"


def _bytes(data: bytes) -> str:
    """The body as a literal of Python: a text with `.encode()` if a person can read it, else bytes."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return repr(data)
    return repr(data) if text.isascii() else f"{text!r}.encode()"
