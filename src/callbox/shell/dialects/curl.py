"""Translate a curl command, as browsers and documentation show it, to a command of this shell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.exchange.url import guess_scheme, is_absolute
from callbox.shell.line.command import place
from callbox.shell.line.items import quote_item
from callbox.shell.line.lexer import Word, quote


class _CurlOptions(NamedTuple):
    """The request of a curl command, collected option by option."""

    method: list[str]
    url: list[str]
    words: list[str]
    """Items and flags of the translated line, in order."""
    data: list[str]
    as_query: list[bool]
    after: list[str]
    """The redirect of the translated line."""
    uploaded: list[str]
    """The name of a file that is sent by `-T`, empty for the standard input."""


def _header(options: _CurlOptions, value: str) -> None:
    name, colon, text = value.partition(":")
    if colon:
        # A name with nothing behind it takes curl's own field of that name away.
        named = quote_item(name.strip(), ":", text.strip() or "x")
        options.words.append(named if text.strip() else named[:-1])
    elif value.endswith(";"):
        options.words.append(quote_item(value[:-1], ":", ""))


def _data(options: _CurlOptions, value: str) -> None:
    if value.startswith("@"):
        options.words.append(_file(value[1:]))
    else:
        options.data.append(value)


def _file(path: str) -> str:
    """The whole body from a file."""
    return quote_item("", "@", path)


def _upload(options: _CurlOptions, value: str) -> None:
    """`-T FILE`: the file as it is, by PUT unless `-X` says otherwise, and without a media type."""
    options.method.insert(0, "PUT")
    options.words.extend((_file("-" if value == "." else value), "Content-Type:"))
    options.uploaded.append("" if value in ("-", ".") else value.rpartition("/")[2])


def _raw_data(options: _CurlOptions, value: str) -> None:
    options.data.append(value)


def _encoded_data(options: _CurlOptions, value: str) -> None:
    from urllib.parse import quote_plus

    name, equals, text = value.partition("=")
    if not equals and "@" in value:
        raise UsageError(
            f"curl would encode a file here: {value}", hint="--data-urlencode name=TEXT, or @FILE as it is"
        )
    encoded = quote_plus(text if equals else value)
    options.data.append(f"{name}={encoded}" if equals and name else encoded)


def _json(options: _CurlOptions, value: str) -> None:
    _data(options, value)
    options.words.extend(("Content-Type:application/json", "Accept:application/json"))


def _form(options: _CurlOptions, value: str) -> None:
    name, _, text = value.partition("=")
    if text.startswith("@"):
        path, *more = (one.strip() for one in text[1:].split(";"))
        more = [one for one in more if one != f"filename={path.rpartition('/')[2]}"]  # the name that it has anyway
        for one in more:
            if not one.strip().startswith("type="):
                raise UsageError(f"curl's {one} of a file has no counterpart here", hint="NAME@FILE;type=TYPE")
        media_type = "".join(f";{one.strip()}" for one in more)
        options.words.append(quote_item(name, "@", f"{path}{media_type}"))
    elif text.startswith("<"):
        options.words.append(f"{quote_item(name, '=', 'x')[:-1]}@{quote(text[1:])}")
    else:
        options.words.append(quote_item(name, "=", text))
    if "--multipart" not in options.words:
        options.words.append("--multipart")


def _form_text(options: _CurlOptions, value: str) -> None:
    name, _, text = value.partition("=")
    options.words.append(quote_item(name, "=", text))
    if "--multipart" not in options.words:
        options.words.append("--multipart")


def _named(name: str) -> Callable[[_CurlOptions, str], None]:
    return lambda options, value: options.words.append(quote_item(name, ":", value))


def _cookie(options: _CurlOptions, value: str) -> None:
    if "=" not in value:
        raise UsageError(f"curl would read cookies from a file here: {value}", hint="import cookies FILE")
    options.words.append(quote_item("Cookie", ":", value))


def _flagged(flag: str) -> Callable[[_CurlOptions, str], None]:
    return lambda options, value: options.words.append(f"{flag} {quote(value)}")


def _switched(flag: str) -> Callable[[_CurlOptions, str], None]:
    return lambda options, value: options.words.append(flag)


def _output(options: _CurlOptions, value: str) -> None:
    if value not in ("/dev/null", "-"):
        options.after.append(f"> {quote(value)}")


def _download(options: _CurlOptions, value: str) -> None:
    if "--download" not in options.words:
        options.words.append("--download")


def _bearer(options: _CurlOptions, value: str) -> None:
    options.words.append(f"--auth-type bearer --auth {quote(value)}")


def _ignored(options: _CurlOptions, value: str) -> None:
    """Ignore an option that is the default here or does not affect the request."""


def _head(options: _CurlOptions, value: str) -> None:
    options.method.append("HEAD")


def _get(options: _CurlOptions, value: str) -> None:
    options.as_query.append(True)


_VALUED: Mapping[str, Callable[[_CurlOptions, str], None]] = {
    **dict.fromkeys(("-X", "--request"), lambda options, value: options.method.append(value)),
    **dict.fromkeys(("-H", "--header"), _header),
    **dict.fromkeys(("-d", "--data", "--data-ascii", "--data-binary"), _data),
    **dict.fromkeys(("-T", "--upload-file"), _upload),
    "--data-raw": _raw_data,
    "--data-urlencode": _encoded_data,
    "--json": _json,
    **dict.fromkeys(("-F", "--form"), _form),
    "--form-string": _form_text,
    **dict.fromkeys(("-b", "--cookie"), _cookie),
    **dict.fromkeys(("-A", "--user-agent"), _named("User-Agent")),
    **dict.fromkeys(("-e", "--referer"), _named("Referer")),
    **dict.fromkeys(("-u", "--user"), _flagged("--auth")),
    **dict.fromkeys(("-m", "--max-time"), _flagged("--total-timeout")),
    "--connect-timeout": _flagged("--connect-timeout"),
    "--cacert": _flagged("--ca"),
    **dict.fromkeys(("-E", "--cert"), _flagged("--cert")),
    **dict.fromkeys(("-x", "--proxy"), _flagged("--proxy")),
    "--url": lambda options, value: options.url.append(value),
    **dict.fromkeys(("-o", "--output"), _output),
    **dict.fromkeys(("-w", "--write-out", "--output-dir"), _ignored),
    "--max-redirs": _flagged("--max-redirects"),
    "--noproxy": _flagged("--no-proxy"),
    "--resolve": _flagged("--resolve"),
    "--retry": _flagged("--retries"),
    "--oauth2-bearer": _bearer,
}
_SWITCHES: Mapping[str, Callable[[_CurlOptions, str], None]] = {
    **dict.fromkeys(("-k", "--insecure"), _switched("--no-verify")),
    **dict.fromkeys(("-L", "--location"), _ignored),
    **dict.fromkeys(("-s", "--silent", "-S", "--show-error", "-f", "--fail", "-i", "--include"), _ignored),
    **dict.fromkeys(("--compressed", "--http1.1", "-g", "--globoff", "-#", "--progress-bar"), _ignored),
    **dict.fromkeys(("-v", "--verbose"), _switched("--verbose")),
    "--digest": _switched("--auth-type digest"),
    "--basic": _switched("--auth-type basic"),
    **dict.fromkeys(("-I", "--head"), _head),
    **dict.fromkeys(("-G", "--get"), _get),
    **dict.fromkeys(("-O", "--remote-name", "-J", "--remote-header-name"), _download),
    **dict.fromkeys(
        (
            "--no-progress-meter",
            "--http2",
            "--http1.0",
            "--fail-with-body",
            "--tlsv1.2",
            "-4",
            "-6",
            "-N",
            "--no-buffer",
        ),
        _ignored,
    ),
    "--path-as-is": _switched("--path-as-is"),
}


def from_curl(line: str, words: tuple[Word, ...]) -> str:
    """Translate `curl WORDS` to a line that sends the same request; `words` are those after `curl`.

    Raises UsageError, with its place, for an option that has no counterpart here.
    """
    options = _CurlOptions([], [], [], [], [], [], [])
    position = 0
    for word in words:
        if word.text.startswith("^"):
            tip = "copy it as cURL (bash)"
            where = place(line, word.start, word.end)
            raise UsageError("This curl command is quoted for Windows' cmd", hint=tip, place=where)
    while position < len(words):
        try:
            position += _read(line, words, position, options)
        except UsageError as error:
            error.place = error.place or place(line, words[position].start, words[position].end)
            raise
    if not options.url:
        raise UsageError("This curl command names no URL", hint="as in: curl https://api.example.com/users")
    if len(options.url) > 1:
        raise UsageError(f"This curl command names {len(options.url)} URLs", hint="one at a time")
    return _write(options)


def _read(line: str, words: tuple[Word, ...], position: int, options: _CurlOptions) -> int:
    """Read one option or the URL; returns how many words that took."""
    word = words[position]
    text = word.text
    if not text.startswith("-") or text == "-":
        options.url.append(text)
        return 1
    if text in _SWITCHES:
        _SWITCHES[text](options, "")
        return 1
    if text in _VALUED:
        if position + 1 >= len(words):
            raise UsageError(f"{text} wants a value", place=place(line, word.start, word.end))
        _VALUED[text](options, words[position + 1].text)
        return 2
    if text[:2] in _VALUED and not text.startswith("--"):
        _VALUED[text[:2]](options, text[2:])
        return 1
    if not text.startswith("--") and all(f"-{letter}" in _SWITCHES for letter in text[1:-1]):
        last = f"-{text[-1]}"
        has_value = last in _VALUED and position + 1 < len(words)
        if last in _SWITCHES or has_value:
            for letter in text[1:-1]:
                _SWITCHES[f"-{letter}"](options, "")
            (_VALUED if has_value else _SWITCHES)[last](options, words[position + 1].text if has_value else "")
            return 2 if has_value else 1
    raise UsageError(
        f"curl's {text} has no counterpart here",
        hint="leave it out, and look at: preview",
        place=place(line, word.start, word.end),
    )


def _write(options: _CurlOptions) -> str:
    method = (
        options.method[-1] if options.method else "GET" if options.as_query else "POST" if _has_body(options) else "GET"
    )
    url = options.url[0] if is_absolute(options.url[0]) else guess_scheme(options.url[0])
    if options.uploaded and url.endswith("/"):  # as curl does: a folder gets the file under its own name
        url += options.uploaded[-1]
    words = [method.lower() if method.lower() in _METHODS else f"send {quote(method)}", quote(url), *options.words]
    if options.data and options.as_query:
        words[1] = quote(f"{url}{'&' if '?' in url else '?'}{'&'.join(options.data)}")
    elif options.data:
        words += _body_words(options)
    elif any(word.startswith("@") for word in options.words):
        words += _content_type(options)
    return " ".join([*words, *options.after])


_METHODS = ("get", "head", "post", "put", "patch", "delete", "options")


def _has_body(options: _CurlOptions) -> bool:
    return bool(options.data) or "--multipart" in options.words or any(word.startswith("@") for word in options.words)


def _content_type(options: _CurlOptions) -> list[str]:
    """curl's default Content-Type of a body, unless one was given."""
    is_given = any(word.lower().startswith("content-type:") for word in options.words)
    return [] if is_given else ["Content-Type:application/x-www-form-urlencoded"]


def _body_words(options: _CurlOptions) -> list[str]:
    return [*_content_type(options), f"--body {quote('&'.join(options.data))}"]
