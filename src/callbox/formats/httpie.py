"""A request as the HTTPie command that sends the same, but for what HTTPie cannot be kept from.

It always says `Connection: keep-alive`, and `Content-Length: 0` where a method but GET and HEAD has no body.
"""

from __future__ import annotations

import re
import shlex

from callbox.exchange.content import Content
from callbox.exchange.request import Outgoing
from callbox.formats.client import fields_of, mask_url, shown_content, shown_proxy

_OWN = ("User-Agent", "Accept", "Accept-Encoding", "Connection")
"""Fields that HTTPie sends by itself, and leaves out for a bare `Name:`."""
_FRAMING = frozenset(("content-length", "transfer-encoding"))
_SEPARATOR = re.compile(r"([:=@;\\])")


def write_httpie(outgoing: Outgoing, *, reveal: bool = False) -> str:
    """The command, one item a line; secrets are masked unless they are to be revealed."""
    content = shown_content(outgoing, reveal=reveal)
    url = mask_url(outgoing.url.text, outgoing, reveal=reveal)
    is_piped = content is not None and content.data is not None and not _is_text(content.data)
    words = ["http", *([] if is_piped else ["--ignore-stdin"]), "--path-as-is" if "/." in url else ""]
    words += [*_flags(content), shlex.quote(outgoing.method), shlex.quote(url)]
    lines = [" ".join(word for word in words if word)]
    lines += [shlex.quote(item) for item in _headers(outgoing, reveal)]
    lines += _body(content) if content is not None and not is_piped else []
    lines += _route(outgoing, shown_proxy(outgoing, reveal=reveal))
    before = f"printf {_escaped(content.data)} | " if is_piped and content is not None and content.data else ""
    return before + " \\\n  ".join(lines)


def _flags(content: Content | None) -> list[str]:
    if content is None or not content.parts:
        return []
    boundary = (content.media_type or "").partition("boundary=")[2].strip('"')
    return ["--multipart", f"--boundary={shlex.quote(boundary)}"]


def _headers(outgoing: Outgoing, reveal: bool) -> list[str]:
    said: set[str] = set()
    items = []
    for name, value in fields_of(outgoing, reveal=reveal):
        said.add(name.lower())
        is_own = name.lower() in _FRAMING or (name.lower() == "host" and value == outgoing.url.authority)
        if not is_own:
            items.append(f"{name}:{_header_value(value)}" if value else f"{name};")
    return items + [f"{name}:" for name in (*_OWN, "Content-Type") if name.lower() not in said]


def _header_value(value: str) -> str:
    """`:=` and `:@` are separators of their own."""
    return f"\\{value}" if value[:1] in ("=", "@") else value


def _body(content: Content) -> list[str]:
    if content.parts:
        return [_part(part.name, part.data, part.path, part.media_type) for part in content.parts]
    if content.path:
        return [shlex.quote(f"@{content.path}")]
    return [f"--raw {shlex.quote((content.data or b'').decode())}"]


def _part(name: str, data: bytes, path: str, media_type: str | None) -> str:
    field = _SEPARATOR.sub(r"\\\1", name)
    if path:
        return shlex.quote(f"{field}@{path}" + (f";type={media_type}" if media_type else ""))
    return shlex.quote(f"{field}={data.decode('utf-8', 'replace')}")


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode("utf-8")
    except UnicodeDecodeError:
        return False


def _escaped(data: bytes) -> str:
    """For printf of POSIX: octal escapes, and a percent sign doubled."""
    shown = "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in "\\'%" else "%%" if byte == 37 else f"\\{byte:03o}"
        for byte in data
    )
    return f"'{shown}'"


def _route(outgoing: Outgoing, proxy: str) -> list[str]:
    route = outgoing.route
    words = [] if route.verify else ["--verify=no"]
    words += [f"--verify={shlex.quote(route.ca)}"] if route.ca else []
    words += [f"--proxy {shlex.quote(f'{outgoing.url.scheme}:{proxy}')}"] if proxy else []
    if route.cert:
        cert, key = (route.cert, "") if isinstance(route.cert, str) else route.cert
        words += [f"--cert {shlex.quote(cert)}", *([f"--cert-key {shlex.quote(key)}"] if key else [])]
    return words
