"""Translate a curl command, as browsers and documentation show it, to a command of this shell. Also write docs/curl.md.

docs/curl.md says what callbox does with each option of curl. It is made from the table of options: `make docs` writes
the page.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.exchange.url import parse
from callbox.formats.bash_powershell_and_cmd_words import CurlCommand, QuotingError, split_command
from callbox.formats.curl_options import OPTIONS, CurlOption, Outcome, WordError, read_arguments
from callbox.formats.curl_reader import (
    CurlRequest,
    CurlSource,
    FilePieces,
    FormPart,
    content_of,
    cookie_jar,
    curl_media_type,
    read_curl,
)
from callbox.shell.line.grammar import place
from callbox.shell.line.line_writer import quote
from callbox.shell.line.parser import METHOD_COMMANDS
from callbox.shell.line.targets_and_items import quote_item

MAX_INLINE_BYTES = 200_000
"""The most bytes of a body that are written into the translated line, if several files and texts make the body."""
_HEAD = """# curl commands

<!-- Made from the table in src/callbox/formats/curl_options.py by `make docs`; edit there. -->

You can use a curl command as a line at the prompt and as a request of a [`.http` file](scripts.md). At the prompt,
`curl ..` sends the request, and `import curl ..` only shows the line of callbox that means the same. callbox sends what
curl sends: the same method, target, headers and body. If the command has no User-Agent or Accept, callbox sends its own
values. At the prompt, callbox says if it ignores an option whose effect you may miss, such as `-w`.

```
> curl https://api.example.com/items -u ann:pw -d name=Ann
post https://api.example.com/items Content-Type:application/x-www-form-urlencoded --body name=Ann --auth ? \
--no-follow --no-compress
```

`--auth ?` stands for the user and the password, because callbox does not print the password.

- As with curl, callbox follows redirects only with `-L`, and asks for a content coding only with `--compressed`.
- As with curl, a URL without a scheme gets the scheme http, or with `--proto-default https` the scheme https.
- callbox reads commands for bash, for Windows' cmd (quotes `^"..^"`) and for PowerShell (a backquote at the end of a
  line). It also reads commands of several lines, comments, `<<EOF` with the text in the next lines, and `< FILE`. It
  ignores the `$` that manuals write before `curl`. At the prompt, `| COMMAND` and `> FILE` mean the same as in other
  lines of callbox.
- At the prompt `$NAME` becomes `{{$env.NAME}}`, so the value comes from the environment when the line is sent. In a
  file `$NAME` is an error; write `{{$processEnv NAME}}`. `$(..)`, backquotes and a second command are errors.
- In a file, every word may contain `{{name}}`. callbox never reads the value of a variable as an option, as the name of
  a file (`-d {{x}}` with a value that begins with `@`), or as a parameter of a form (`;type=`).
- In old versions of PowerShell, `curl` is the command `Invoke-WebRequest`. callbox refuses a line with options of that
  command (`-Uri`, `-Headers`): write `curl.exe`, or copy the request as cURL (bash).

callbox differs from curl in these points:

- It percent-encodes characters that RFC 3986 does not allow in a URL (`[]{}"<>|^` and a backquote).
- It sends `Content-Length: 0` with a POST without a body, and never sends `Expect: 100-continue`.
- After a redirect of a POST it sends GET, even if the command has `-X POST`.
- If a command has `-F`, and a boundary in `-H` (`-H 'Content-Type: multipart/form-data; boundary=x'`), callbox uses
  this boundary and sends a single `Content-Type`.
- At the prompt, it sends methods in capitals. In a `.http` file, it sends them as they are written.
- At the prompt, a body that is made of several files may have at most 200 kB. In a `.http` file there is no limit.

You may write options in all forms that curl accepts: `-XPUT` (option and value in one word), `-sSLk` (several options),
`--data-u` (the beginning of `--data-urlencode`), `--no-location`.
"""
_GROUPS: tuple[tuple[Outcome, str], ...] = (
    ("done", "## Done\n\ncallbox does what these options say."),
    (
        "at the prompt",
        "## Done at the prompt, refused in a file\n\nA file that somebody else wrote must not choose these settings. "
        "In a `.http` file, these options are errors.",
    ),
    ("passed over", "## Ignored\n\nThese options change no request, and callbox ignores them."),
    (
        "refused",
        "## Refused\n\nIf a command has one of these options, callbox prints an error and sends nothing. "
        "The second column is the hint of the error.",
    ),
)


_HEADINGS: dict[Outcome, str] = {
    "done": "what it sets or does",
    "at the prompt": "what it sets or does",
    "passed over": "why it changes no request",
    "refused": "reason, or what to write",
}


class CurlFiles(NamedTuple):
    """The functions of the system that a translation needs if the line is to be run."""

    read_file: Callable[[str], bytes]
    """Reads the content of a file. Raises `UsageError` if the file cannot be read."""
    random_text: Callable[[], str]
    now: Callable[[], float]


def _refuse_file(path: str) -> bytes:
    raise UsageError(f"{path} is read when the line is sent")


NO_FILES = CurlFiles(_refuse_file, lambda: "boundary", lambda: 0.0)


def from_curl(line: str, start: int, files: CurlFiles = NO_FILES) -> str:
    """Translate the curl command at this position of a line to a line that sends the same request.

    Raises `UsageError` with a place for an option that callbox does not have, and for syntax that only a shell of the
    system can run.
    """
    text = line[start:]
    variables = _Placeholders(text)
    words: tuple[tuple[int, int], ...] = ()
    try:
        command = split_command(text, variables.token)
        words = tuple((word.start, word.end) for word in command.words)
        _check_powershell(command)
        request = read_curl([word.text for word in command.words], CurlSource(_reader(command, files)))
        return variables.filled(_write(request, command, files))
    except WordError as error:
        span = words[error.position]
        raise _placed(error, line, start + span[0], start + span[1]) from None
    except QuotingError as error:
        raise _placed(error, line, start + error.start, start + error.end) from None


def ignored_options(line: str, start: int) -> tuple[str, ...]:
    """The options of the curl command at this position that callbox ignores and whose effect the user may miss.

    The options are as typed, each once. The command must be one that `from_curl` translates.

    >>> ignored_options("curl -s -w x --retry-delay 1 a.x", 0)
    ('-w', '--retry-delay')
    """
    command = split_command(line[start:], lambda name: name)
    arguments = read_arguments([word.text for word in command.words])
    ignored = [one.shown for one in arguments if one.option.outcome == "passed over" and one.option.name in _NOTED]
    return tuple(dict.fromkeys(ignored))


_NOTED = frozenset(
    "write-out trace-time trace-ids raw use-ascii fail fail-early fail-with-body remote-time create-file-mode "
    "skip-existing remove-on-error parallel retry-connrefused retry-delay retry-max-time".split()
)
"""The ignored options that change what the user sees, the exit code, files, or the number of tries."""


def _placed(error: UsageError, line: str, start: int, end: int) -> UsageError:
    placed = UsageError(error.message, hint=error.hint)
    placed.place = place(line, start, max(end, start + 1))
    return placed


class _Placeholders:
    """Placeholders that stand for `$NAME` until the line is written.

    A placeholder needs no quotes, and occurs in no other text.
    """

    def __init__(self, text: str) -> None:
        runs = [len(found[1]) for found in _TOKEN.finditer(text)]
        self._mark = "Z" * (max(runs, default=0) + 1)
        self._names: list[str] = []

    def token(self, name: str) -> str:
        self._names.append(name)
        return f"Env{self._mark}{len(self._names) - 1}x"

    def filled(self, line: str) -> str:
        """The line with `{{$env.NAME}}` in place of each placeholder."""
        return _TOKEN.sub(self._value_of, line)

    def _value_of(self, found: re.Match[str]) -> str:
        is_ours = found[1] == self._mark and int(found[2]) < len(self._names)
        return f"{{{{$env.{self._names[int(found[2])]}}}}}" if is_ours else found[0]


_TOKEN = re.compile(r"Env(Z*+)(\d{1,9})x")
_OF_POWERSHELL = ("-uri", "-method", "-headers", "-body", "-usebasicparsing", "-contenttype", "-websession")


def _check_powershell(command: CurlCommand) -> None:
    for word in command.words:
        if word.text.lower() in _OF_POWERSHELL:
            hint = "copy it as cURL (bash), or write curl.exe"
            raise QuotingError("This is PowerShell's Invoke-WebRequest", word.start, word.end, hint=hint)


def _reader(command: CurlCommand, files: CurlFiles) -> Callable[[str], bytes]:
    def read(path: str) -> bytes:
        if path == "-" and command.standard_input is not None:
            return command.standard_input.encode()
        return files.read_file(command.input_file if path == "-" and command.input_file else path)

    return read


def _write(request: CurlRequest, command: CurlCommand, files: CurlFiles) -> str:
    if request.is_asterisk:
        hint = "write it in a .http file: 'OPTIONS *', and 'Host: NAME' in the next line"
        raise UsageError("The target '*' is not possible at the prompt", hint=hint)
    if request.method.isalpha() and not request.method.isupper():
        message = (
            f"callbox sends a method in capitals at the prompt, but curl sends {quote(request.method)} as it is written"
        )
        raise UsageError(message, hint=f"-X {quote(request.method.upper())}")
    verb = request.method.lower() if request.method.lower() in METHOD_COMMANDS else f"send {quote(request.method)}"
    body, headers = _body(request, command, files)
    words = [verb, quote(request.url), *_headers(headers), *_cookies(request, headers, files), *body]
    words += _auth(request)
    words += [_option(name, value) for name, value in request.options.items()]
    words += ["--path-as-is"] * request.is_path_as_is + ["--verbose"] * request.is_verbose
    words += ["--download"] * request.is_download
    words += [f"> {quote(request.output)}"] if request.output else []
    return " ".join(words) + (f" {command.rest}" if command.rest else "")


Headers = tuple[tuple[str, str | None], ...]


def _headers(headers: Headers) -> list[str]:
    # A name with nothing after its colon removes the header of this name.
    return [
        quote_item(name, ":", "x")[:-1] if value is None else quote_item(name, ":", value) for name, value in headers
    ]


def _cookies(request: CurlRequest, headers: Headers, files: CurlFiles) -> list[str]:
    """The cookies of a cookie file that match this URL."""
    if not request.cookies:
        return []
    if any(name.lower() == "cookie" for name, _ in headers):
        raise UsageError("Cookies from a file and from the line cannot be combined", hint="import cookies FILE")
    url = parse(request.url)
    found = cookie_jar(request.cookies, files.now()).select(
        url.host, url.path, url.scheme == "https", files.now(), is_user_host=True
    )
    text = "; ".join(f"{cookie.name}={cookie.value}" for cookie in found)
    return [quote_item("Cookie", ":", text)] if text else []


def _auth(request: CurlRequest) -> list[str]:
    if not request.auth_type:
        return []
    kind = [] if request.auth_type == "basic" else [f"--auth-type {request.auth_type}"]
    return [*kind, f"--auth {quote(request.user)}"]


def _option(name: str, value: object) -> str:
    if isinstance(value, bool):
        return f"--{name}" if value else f"--no-{name}"
    if value is None:
        return f"--{name} none"
    return f"--{name} {quote(f'{value:g}' if isinstance(value, float) else str(value))}"


def _body(request: CurlRequest, command: CurlCommand, files: CurlFiles) -> tuple[list[str], Headers]:
    """The words of the line for the body, and the headers that go with it."""
    if request.parts and all(map(_is_item, request.parts)) and not _has_other_type(request):
        beside = tuple(header for header in request.headers if header[0].lower() != "content-type")
        return ["--multipart", *map(_item, request.parts)], beside
    if request.file and not (request.file == "-" and (command.standard_input is not None or command.input_file)):
        return [_file_item("", request.file), *_content_type(request)], request.headers
    if not request.parts and request.data is None and not request.file:
        return [], request.headers

    def open_file(path: str) -> FilePieces:
        data = _reader(command, files)(path)
        return (lambda: (data,)), len(data)

    content, headers = content_of(request, open_file, _reader(command, files), f"callbox-{files.random_text()}")
    data = b"".join(content.chunks()) if content is not None else b""
    if len(data) > MAX_INLINE_BYTES:
        hint = "--data-binary @FILE sends one file as it is"
        raise UsageError(f"This body of {len(data):,} bytes is too long for a line", hint=hint)
    if data == b"@-":
        raise UsageError("In a line, the body @- means the standard input", hint="send it from a .http file")
    media_type = content.media_type if content is not None else None
    words = [quote_item("Content-Type", ":", media_type)] if media_type and not _is_type_said(headers) else []
    if not media_type and not _is_type_said(headers):
        words = ["Content-Type:"]
    return [*words, f"--body {quote(data.decode('utf-8', 'surrogateescape'))}"], headers


def _is_type_said(headers: Headers) -> bool:
    return any(name.lower() == "content-type" for name, _ in headers)


def _has_other_type(request: CurlRequest) -> bool:
    """Whether the command sets a Content-Type other than `multipart/form-data`. That type does not count, because
    callbox makes a new boundary.
    """
    return any(
        name.lower() == "content-type" and not (value or "multipart/form-data").startswith("multipart/form-data")
        for name, value in request.headers
    )


def _content_type(request: CurlRequest) -> list[str]:
    """The Content-Type that curl adds to a body if the command has none; curl adds none to an upload."""
    if _is_type_said(request.headers):
        return []
    return [quote_item("Content-Type", ":", request.media_type)] if request.media_type else ["Content-Type:"]


def _is_item(part: FormPart) -> bool:
    """Whether an item of a line can express the part."""
    if part.kind == "file":
        return part.filename == part.text.replace("\\", "/").rpartition("/")[2] and part.media_type is not None
    return part.kind in ("text", "content") and part.filename is None and part.media_type is None


_SURE_TYPES = frozenset({"gif", "jpg", "jpeg", "png", "svg", "txt", "htm", "html", "pdf"})
"""File suffixes that mean the same media type to curl and to callbox."""


def _item(part: FormPart) -> str:
    if part.kind == "text":
        return quote_item(part.name, "=", part.text)
    if part.kind == "content":
        return f"{quote_item(part.name, '=', 'x')[:-1]}@{quote(part.text)}"
    is_sure = part.text.rpartition(".")[2] in _SURE_TYPES and part.media_type == curl_media_type(part.text)
    return _file_item(part.name, part.text, "" if is_sure else part.media_type or "")


def _file_item(name: str, path: str, media_type: str = "") -> str:
    if not media_type and ";type=" in path:
        media_type = "application/octet-stream"
    return quote_item(name, "@", f"{path};type={media_type}" if media_type else path)


def curl_markdown() -> str:
    """The whole of docs/curl.md.

    >>> "`-X`, `--request`" in curl_markdown()
    True
    """
    return "\n".join([_HEAD, *(line for outcome, title in _GROUPS for line in _group(outcome, title))])


def _group(outcome: Outcome, title: str) -> Iterator[str]:
    yield from (title, "", f"| option | {_HEADINGS[outcome]} |", "|---|---|")
    abouts = dict.fromkeys(option.about for option in OPTIONS.values() if option.outcome == outcome)
    for about in abouts:
        options = [option for option in OPTIONS.values() if (option.outcome, option.about) == (outcome, about)]
        yield f"| {', '.join(map(_names, options))} | {_about(about)} |"
    yield ""


def _about(about: str) -> str:
    """The text as Markdown: quoted words of a hint become code, and bars are escaped, because they would end a cell."""
    return re.sub(r"'([^' ][^']*)'(?!\w)", r"`\1`", about).replace("|", r"\|")


def _names(option: CurlOption) -> str:
    return f"`-{option.letter}`, `--{option.name}`" if option.letter else f"`--{option.name}`"


if __name__ == "__main__":
    sys.stdout.write(curl_markdown())
