"""Resolve a step of a script to a `Draft`: the request with every variable filled in. Pure.

A value can never add a header or end the request line, because CR and LF in values are errors.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from functools import lru_cache

from callbox.errors import UsageError
from callbox.exchange.auth_schemes import read_parameters
from callbox.exchange.digest_auth import Digest
from callbox.exchange.headers import TOKEN
from callbox.exchange.media_types_and_charsets import boundary_of
from callbox.exchange.request import UNSET, Draft, Unset
from callbox.exchange.secret import Secret
from callbox.exchange.template_braces import find_empty, holes, is_literal, without_holes
from callbox.exchange.url import is_absolute, parse
from callbox.httpfile.model import HeaderLine, Step
from callbox.httpfile.requests.curl_step import resolve_command
from callbox.httpfile.requests.options_conditions_and_loops import is_certificate, options_of_header, read_options
from callbox.httpfile.requests.step_body_builder import read_content
from callbox.httpfile.source_and_diagnostics import Template, Text
from callbox.httpfile.tool_notations import may_be_consumed
from callbox.httpfile.variables.dynamic_variables import is_dynamic
from callbox.httpfile.variables.value_injection_guards import FilePosition, FixedPosition, UrlParts, ValuePlace
from callbox.httpfile.variables.variable_scope import Expanded, Scope, unknown_variable

_ABSOLUTE_URL = re.compile(r"https?://[^\0]*\Z")
_INTERPRETED_HEADERS = frozenset({"content-type", "content-length", "authorization", "proxy-authorization"})
"""The headers whose values are not sent unchanged."""
_TWO_SCHEMES = re.compile(r"https?://https?:/", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00\r\n]")
_WORD = re.compile(r"\S+")
_QUERY = re.compile(r"[?#].*+", re.DOTALL)
_SEGMENT = re.compile(r"[^/]++")
_UNSUPPORTED_SCHEMES = frozenset({"aws", "cognito", "ntlm", "negotiate", "oauth2", "openid"})
_DIGEST_NAMES = frozenset({"username", "username*", "nonce", "response"})
_Header = tuple[str, str | Secret]


def resolve(step: Step, scope: Scope) -> Draft:
    """Resolve a step to its request.

    Raises `ScriptError` with file, line and column if something is undefined, missing or cannot be sent. In the
    preflight, the errors are collected instead, and values that depend on responses stay open.
    """
    if step.command:
        draft = resolve_command(step, scope)
        draft = draft._replace(options={**draft.options, **read_options(step, scope)})
    else:
        draft = _resolve_request(step, scope)
    return draft._replace(secrets=dict.fromkeys(scope.secrets, "secret")) if scope.secrets else draft


def _resolve_request(step: Step, scope: Scope) -> Draft:
    consumed: dict[str, object] = {}
    headers, boundary, open_headers = _read_headers(step, scope, consumed)
    url, is_url_open = _read_url(step, scope)
    names = [name.lower() for name, _ in headers]
    host = _text(headers[names.index("host")][1]) if "host" in names else ""
    options = {**consumed, **read_options(step, scope)}
    if not host and url.startswith("/"):
        host_parts = UrlParts()
        named = _host_variable(step, host_parts, scope)
        if named.text:
            _check_host(host_parts, url, step.url[0], scope)
            # this is how httpyac writes it
            url, is_url_open = _with_host(named.text, url), is_url_open or named.is_open
    if host and url == "*":
        url, options["asterisk"] = "/", True
    if host and url.startswith(("/", "?")):
        url, is_url_open = _with_host(host, url), is_url_open or "host" in open_headers
        headers = [header for header in headers if header[0].lower() != "host"]
    if "timeout" in options and _wants_stream(step, headers):
        silence = options.pop("timeout")  # events may be far apart, so the timeout is for the whole response
        options.setdefault("total-timeout", silence)
    if step.has_effective_directives and step.directive("no-auto-encoding") is not None:
        options["path-as-is"] = True
        if not is_url_open:
            _check_encoded(url, step, scope)
    auth: Digest | Unset = UNSET
    if "authorization" in names and "authorization" not in open_headers:
        headers, auth = _take_digest(headers, scope)
    return Draft(
        step.method,
        url,
        tuple(_join_cookies(headers) if "cookie" in names else headers),
        auth=auth,
        content=read_content(step, scope, boundary),
        options=options,
        source="script",
    )


def _host_variable(step: Step, parts: UrlParts, scope: Scope) -> Expanded:
    """The value of `@host`.

    An error in it counts as an error of this request, since another file may define the variable.
    """
    try:
        return scope.value_of("host", parts)
    except UsageError as error:
        scope.fail(error, step.url[0])
        return unknown_variable("host")


def resolve_bare(step: Step) -> Draft | None:
    """Resolve a step that is only a method and a whole URL. It needs no scope. Returns None for other steps.

    `resolve` gives the same. Without this quick function, the preflight of such requests takes 2.4 times as long.
    """
    url = step.target if step.has_target_alone else ""
    if not _ABSOLUTE_URL.match(url) or not is_literal(url):
        return None
    return Draft(step.method, url.strip(), options={}, source="script")


def _wants_stream(step: Step, headers: Iterable[_Header]) -> bool:
    accepted = " ".join(_text(value).lower() for name, value in headers if name.lower() == "accept")
    return step.protocol == "sse" or "event-stream" in accepted or "ndjson" in accepted


def _read_url(step: Step, scope: Scope) -> Expanded:
    _check_empty(step.url, scope)
    _check_dot_segments(step.url, scope)
    parts = UrlParts()
    url, is_open = scope.expand(step.url, place=parts).strip()
    if step.url:
        scope.check_host(parts, step.url[0])
    if "#" in url:
        _warn_of_fragment(url, step, scope)
    return Expanded(_whole_url(url, is_open, step, scope), is_open)


def _warn_of_fragment(url: str, step: Step, scope: Scope) -> None:
    """Warn of a `#` in a value, which ends the URL although the file does not show this."""
    written = step.target.strip()
    is_whole = any((hole.start, hole.end) == (0, len(written)) for hole in holes(written))
    if "#" not in without_holes(written):
        scope.warn_of_fragment(url, is_whole=is_whole)


def _whole_url(url: str, is_open: bool, step: Step, scope: Scope) -> str:
    at = step.url[0] if step.url else Text(url, step.at)
    if _CONTROL.search(url):
        scope.fail(
            UsageError(
                f"A value in this URL holds {_control_character(url)}", hint="{{%name}} percent-encodes the value"
            ),
            at,
        )
    if _TWO_SCHEMES.match(url):
        hint = "leave out the first scheme: the value after it is a whole URL"
        scope.fail(UsageError("This URL has two schemes, and would go to a host named 'http'", hint=hint), at)
    if url == "*":
        if step.header("host") is None:
            scope.fail(UsageError("The target '*' needs a header: Host", hint="Host: api.x"), at)
        return url
    is_host_open = is_open and bool(step.url) and any(hole.start == 0 for hole in holes(step.url[0].text.lstrip()))
    if is_host_open or is_absolute(url) or url.startswith(("/", "?")):
        return url
    authority, slash, rest = url.partition("/")
    return _with_host(authority if not url.startswith(":") else f"localhost{authority}", slash + rest)


def _check_empty(texts: Iterable[Text], scope: Scope) -> None:
    """Check for an empty `{{ }}` in a URL or a header, in which a name was probably forgotten.

    In a body, `{{ }}` is text.
    """
    for text in texts:
        if (place := find_empty(text.text)) is not None:
            hint = "for two literal braces, write \\{\\{"
            scope.fail(UsageError("These braces are empty", hint=hint), text, *place)


def _check_dot_segments(texts: Iterable[Template], scope: Scope) -> None:
    """Check that no `{{%name}}` of a path is `.` or `..`.

    A segment `..` would lead to another folder, and dots cannot be encoded.
    """
    for text in texts:
        if "{{%" not in text.text:
            continue
        path = _QUERY.sub("", without_holes(text.text))
        for segment in _SEGMENT.finditer(path):
            written = text.cut(segment.start(), segment.end())
            found = holes(written.text)
            if not found or not all(hole.is_encoded and not is_dynamic(hole.expression) for hole in found):
                continue
            value = scope.expand([written]).text
            if value in (".", ".."):
                message = f"The value of '{found[0].expression}' is '{value}', which would lead out of this path"
                scope.fail(UsageError(message, hint="write a path without this value, or {{name}} without %"), written)


def _check_encoded(url: str, step: Step, scope: Scope) -> None:
    """Raise an error for `# @no-auto-encoding` if the URL cannot be sent exactly as written."""
    if not is_absolute(url):
        return
    authority, slash, rest = url.partition("://")[2].partition("/")
    written = (slash + rest).partition("#")[0]
    if "?" not in authority and written not in ("", parse(url, True).target):
        hint = "percent-encode the text, or remove @no-auto-encoding"
        scope.fail(UsageError("This URL cannot be sent as it is written", hint=hint), step.url[0])


def _with_host(host: str, target: str) -> str:
    """Complete a path by the Host header.

    The scheme is https for port 443, else http (RFC 9112 section 3.2.1 leaves it open).
    """
    if "://" in host:
        return host.rstrip("/") + target
    scheme = "https" if host.endswith((":443", ":8443")) else "http"
    return f"{scheme}://{host}{target}"


def _read_headers(
    step: Step, scope: Scope, consumed: dict[str, object]
) -> tuple[list[_Header], tuple[str, str], set[str]]:
    """Fill the variables in the headers of a step.

    Also returns the multipart boundary, before and after its variables are filled, and the names of the headers whose
    values are not known yet. Headers that become options are not sent; they are added to `consumed`.
    """
    headers: list[_Header] = []
    boundary, open_names = ("", ""), set[str]()
    for line in step.headers:
        plain = _read_plain(line.name.text, line.text)
        if plain is not None and not scope.secrets:
            headers.append(plain)
            continue
        name, filled = _read_header(line, scope)
        value = filled.text
        if may_be_consumed(name) and (own := options_of_header(name, filled, line, scope)) is not None:
            consumed |= own
            continue
        if name.lower() == "content-type" and step.body.kind == "multipart":
            raw = boundary_of(line.text)
            boundary = (raw, boundary_of(value))
        if name.lower() != "content-length":  # callbox computes Content-Length from the body
            headers.append((name, _read_credential(name, filled, line, scope)))
            if filled.is_open:
                open_names.add(name.lower())
    return headers, boundary, open_names


@lru_cache(maxsize=256)
def _read_plain(name: str, value: str) -> _Header | None:
    """Read a header that needs no filling and no encoding; None for others. The result is cached, since many requests
    repeat headers.

    Without this quick function, the preflight of requests with headers takes 1.1 to 1.6 times as long.
    """
    is_interpreted = name.lower() in _INTERPRETED_HEADERS or may_be_consumed(name)
    is_plain = TOKEN.match(name) is not None and not is_interpreted and "\0" not in value
    return (name, value.strip()) if is_plain and is_literal(value) else None


def _control_character(value: str) -> str:
    return "a NUL" if "\0" in value else "a line break"


def _read_header(line: HeaderLine, scope: Scope) -> tuple[str, Expanded]:
    _check_empty((line.name, *line.value), scope)
    name, is_name_open = scope.expand([line.name]).strip()
    place = _place_of_header(name, line)
    value, is_open = scope.expand(line.value, place=place).strip()
    if isinstance(place, UrlParts) and line.value:
        _check_host(place, "/", line.value[0], scope)
    if not TOKEN.match(name) and not is_name_open:
        scope.fail(UsageError(f"'{_CONTROL.sub(' ', name)}' cannot be the name of a header"), line.name)
    if _CONTROL.search(value):
        problem = UsageError(
            f"A value in header '{line.name.text}' holds {_control_character(value)}", hint="a header is one line"
        )
        scope.fail(problem, line.value[0] if line.value else line.name)
        value = _CONTROL.sub(" ", value)
    return name, Expanded(value, is_open)


def _place_of_header(name: str, line: HeaderLine) -> ValuePlace | None:
    """The position for the value of a header, if there are restrictions on foreign values in this header."""
    if name.lower() == "host":
        return UrlParts()
    if may_be_consumed(name) and is_certificate(name, line.text):
        return FixedPosition(FilePosition.refusal, "write the names of the files")
    return None


def _check_host(parts: UrlParts, path: str, text: Text, scope: Scope) -> None:
    """Check that no foreign value changes the host that completes a path."""
    parts.pass_over(path)
    scope.check_host(parts, text)


def _read_credential(name: str, filled: Expanded, line: HeaderLine, scope: Scope) -> str | Secret:
    value, is_open = filled
    if name.lower() in ("authorization", "proxy-authorization") and not is_open:
        scheme, _, rest = value.partition(" ")
        if (
            scheme.lower() in ("basic", "digest")
            and not _is_digest_response(rest)
            and (pair := _pair_by_blank(line, scope))
        ):
            value, rest = f"{scheme} {pair}", pair
        if scheme.lower() == "basic":
            return _basic(rest.strip())
        if _is_unsupported(scheme.lower(), rest):
            problem = UsageError(
                f"'{scheme}' is not supported in a header of a script", hint="use Basic, or write the whole value"
            )
            scope.fail(problem, line.value[0])
    if not any(secret in value for secret in scope.secrets):
        return value
    scheme, blank, rest = value.partition(" ") if name.lower() == "authorization" else ("", "", value)
    return Secret(rest, scheme + blank) if rest else Secret(value)


def _pair_by_blank(line: HeaderLine, scope: Scope) -> str:
    """Read `{{user}} {{password}}` as `user:password`, whatever the values contain.

    Empty if the text has a colon or no blank.
    """
    if len(line.value) != 1 or not holes(line.text):
        return ""
    bare = without_holes(line.text.strip())
    words = list(_WORD.finditer(bare))
    if len(words) < 3 or ":" in bare:
        return ""
    text = line.value[0].cut(line.text.index(line.text.strip()))
    user, password = text.cut(words[1].start(), words[1].end()), text.cut(words[2].start())
    return f"{scope.expand([user]).text}:{scope.expand([password]).text.strip()}"


def _is_unsupported(scheme: str, rest: str) -> bool:
    return scheme in _UNSUPPORTED_SCHEMES and not _is_computed(rest)


def _is_computed(rest: str) -> bool:
    """Whether a header such as `AWS key secret` asks for a signature.

    A header `AWS Credential=key, ...` already has a signature.
    """
    first, blank, more = rest.strip().partition(" ")
    return "=" in first.rstrip("=") or (bool(blank) and "," in first and "=" in more)


def _is_digest_response(rest: str) -> bool:
    """Whether a header is a complete digest, `Digest username="ann", ..`, and not `Digest ann secret`."""
    return not _DIGEST_NAMES.isdisjoint(read_parameters(rest))


def _take_digest(headers: list[_Header], scope: Scope) -> tuple[list[_Header], Digest | Unset]:
    """Take `Authorization: Digest user password` out of the headers. Returns the other headers and the credential."""
    random = scope.resolution.sources.random
    for name, value in headers:
        scheme, _, rest = _text(value).partition(" ")
        if name.lower() == "authorization" and scheme.lower() == "digest" and not _is_digest_response(rest):
            digest = Digest(*_credentials(rest.strip()), lambda: f"{random.getrandbits(128):032x}")
            return [header for header in headers if header[0].lower() != "authorization"], digest
    return headers, UNSET


def _basic(text: str) -> Secret:
    """User and password, encoded by RFC 7617. An already encoded form is not changed."""
    if not _is_encoded(text):
        text = b64encode(":".join(_credentials(text)).encode("utf-8", "replace")).decode("ascii")
    return Secret(text, "Basic ")


def _credentials(text: str) -> tuple[str, str]:
    """Split `user:password` at the first colon, or else `user password` at the blank."""
    user, _, password = text.partition(":" if ":" in text else " ")
    return user, password if ":" in text else password.strip()


def _is_encoded(text: str) -> bool:
    try:
        return b":" in b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        return False


def _join_cookies(headers: Iterable[_Header]) -> list[_Header]:
    """Join several Cookie lines to the single one that RFC 6265 allows, at the place of the first."""
    joined: list[_Header] = []
    for name, value in headers:
        at = next((i for i, (known, _) in enumerate(joined) if known.lower() == "cookie"), None)
        if name.lower() == "cookie" and at is not None:
            joined[at] = (joined[at][0], Secret(f"{_text(joined[at][1]).rstrip('; ')}; {_text(value)}"))
        else:
            joined.append((name, value))
    return joined


def _text(value: str | Secret) -> str:
    return value if isinstance(value, str) else value.reveal()
