"""Write a request as a curl command."""

from __future__ import annotations

import re
import shlex
from typing import TypeGuard

from callbox.exchange.digest_auth import Digest
from callbox.exchange.host_rules import parse_resolve_rules
from callbox.exchange.redaction.secrets_by_value import without_filled_secrets
from callbox.exchange.redaction.values import redact_field
from callbox.exchange.request import Field, Outgoing, Route
from callbox.exchange.request_content import Content, Part
from callbox.exchange.secret import REDACTED, Secret
from callbox.formats.httpie_and_python_snippets import (
    accepts_coding,
    body_pieces,
    redact_url,
    shown_content,
    shown_proxy,
)

_CURL_DEFAULTS = frozenset({"content-length"})
"""The fields that curl adds if there is a body."""


def write_curl(outgoing: Outgoing, *, reveal: bool = False, follows: bool = False) -> str:
    r"""The command, with one option on each line. Secrets are redacted unless `reveal` is set.

    With `follows`, the command follows redirects.

    Headers that curl would add are removed by name, so that the command sends exactly this request.
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
    lines += [f"-H {shlex.quote(text)}" for text in _headers(outgoing, reveal)]
    lines += ["--compressed"] if accepts_coding(outgoing) else []
    lines += _digest(outgoing.auth, reveal) if isinstance(outgoing.auth, Digest) else []
    lines += _body(content) if content is not None else []
    lines += _route(outgoing, shown_proxy(outgoing, reveal=reveal))
    return " \\\n  ".join(lines)


def resends_method(outgoing: Outgoing) -> bool:
    """Whether curl would send this method again to the target of a redirect, as it does for a method of `-X`."""
    return bool(_method(outgoing)) and outgoing.method != "HEAD"


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
    own |= {"content-type"} if _is_form(outgoing.content) else set()  # curl adds its own boundary
    fields = [field for field in outgoing.headers if field.name.lower() not in own]
    lines = [_line(field, reveal) for field in fields if not _is_default_host(field, outgoing)]
    said = {field.name.lower() for field in fields}
    # A field without a value after -H removes curl's own field.
    lines += [f"{name}:" for name in ("User-Agent", "Accept") if name.lower() not in said]
    if has_body and "content-type" not in said and not _is_form(outgoing.content):
        lines.append("Content-Type:")
    return lines


def _is_form(content: Content | None) -> bool:
    """Whether curl builds the form from the parts."""
    if content is None or content.data is not None or content.kind != "multipart":
        return False
    return all(_is_curl_part(part) for part in content.parts)


_FORM_TYPE = re.compile(r"[\w.+*-]++/[\w.+*-]++(?:; ?(?!(?i:filename|headers|encoder|type)=)[\w-]++=[\w.+:/-]++)*+\Z")
"""A media type that curl reads as it is. A comma would begin the name of another file."""


def _is_curl_part(part: Part) -> bool:
    """Whether an option of curl can express exactly this part."""
    is_read = part.media_type is None or _FORM_TYPE.match(part.media_type) is not None
    return "=" not in part.name and is_read and not part.headers


def _digest(auth: Digest, reveal: bool) -> list[str]:
    """The options for digest authentication. A digest is valid only once, so curl gets the credentials."""
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


def _body(content: Content) -> list[str]:
    if _needs_pipe(content):
        return ["--data-binary @-"]
    if content.data is not None:
        return [f"--data-raw {_quoted(content.data)}"] if content.data else ["--data-raw ''"]
    if content.kind == "multipart":
        return [_form_part(part) for part in content.parts]
    return [f"--data-binary {shlex.quote(f'@{content.path}')}"]


def _needs_pipe(content: Content | None) -> TypeGuard[Content]:
    """Whether no option can express the body: it contains a NUL, or it is a form that curl would read differently."""
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
    """The name of a file inside `-F`, in quotes if it has a semicolon or a comma."""
    if not set(text) & set(';,"\\ '):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _quoted(data: bytes) -> str:
    """The bytes quoted for a POSIX shell.

    If they are not plain text, they are written as `$'...'` for bash, zsh and ksh.
    """
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
    """A rule in the syntax of `--connect-to`, which has no `*`."""
    names = (f"[{name}]" if ":" in name else name for name in (host.replace("*", ""), address))
    return "{}:{}:{}:{}".format(next(names), port.replace("*", ""), next(names), other)
