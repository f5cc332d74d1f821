"""Translate lines of http-prompt, HTTPie, HttpRepl and curl to commands of this shell.

`callbox.shell.curl_command` translates curl commands; it is loaded only for such a line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from callbox.engine.options import OPTIONS
from callbox.errors import UsageError
from callbox.exchange.headers import TOKEN
from callbox.httpfile.script_suffixes import is_script_name
from callbox.shell.line.grammar import place
from callbox.shell.line.lexer import BARE, CURL, QUOTED, REPEAT, Line, Word
from callbox.shell.line.line_writer import quote
from callbox.shell.line.parser import METHOD_COMMANDS, analyse, find_command
from callbox.shell.line.targets_and_items import (
    find_separator,
    is_json_body,
    is_quoted_item,
    is_target,
    names_host,
    quote_item,
)
from callbox.shell.registry import BY_WORDS, VERBS
from callbox.version import __version__

if TYPE_CHECKING:
    from callbox.shell.curl_command import CurlFiles

_OF_BODY = frozenset(("=", ":=", "=@", ":=@", "@"))


def rewrite(text: str, files: CurlFiles | None = None) -> str:
    """Translate another tool's line; empty if it is already a command of this shell, or unknown.

    `files` reads the files that a curl command puts into its request; without `files`, such a command has no
    translation. Raises UsageError if the line is understood but no command does the same.

    >>> rewrite("X-Test:true"), rewrite("page==2"), rewrite("--verify=no"), rewrite("set header A b")
    ('set header X-Test true', 'set query page 2', 'set option verify no', '')
    """
    return rewrite_line(analyse(text).line, files)


def rewrite_line(line: Line, files: CurlFiles | None = None) -> str:
    """Translate a line that is already split."""
    text = line.text
    if not line.words or line.bang >= 0:
        return ""
    curl = _find_curl(line)
    if curl is not None:
        return _read_curl(text, *curl, files)
    first = line.words[0]
    if call := _PROGRAM_CALL.match(text, first.start):
        raise UsageError(
            f"{call[1]}..) is code of a program, not a command",
            hint=_COPY_AS_CURL,
            place=place(text, *call.span(1)),
        )
    if any(word.open for word in line.words):
        return ""
    if asked := _asked_for_help(line.words):
        return f"help {asked}" + (text[line.redirect.start - 1 :] if line.redirect is not None else "")
    if _is_shell_command(line.words):
        corrected = _correct(line)
        return corrected + text[line.redirect.start - 1 :] if corrected and line.redirect is not None else corrected
    rewriter = _find_rewriter(line)
    translated = rewriter(line, line.words[1:]) if rewriter is not None else ""
    if translated and any(word.text[:1] == "<" for word in line.words):
        translated = _from_input_file(analyse(translated).line) or translated
    return translated + text[line.redirect.start - 1 :] if translated and line.redirect is not None else translated


def _find_rewriter(line: Line) -> Callable[[Line, tuple[Word, ...]], str] | None:
    """The translator of a line that is no command of ours; None if there is none."""
    first = line.words[0]
    rewriter = _BY_VERB.get(line.text[first.start : first.end].lower()) or _find_setting(line)
    if rewriter is None and first.text.startswith("/"):
        rewriter = _from_path
    if rewriter is None and first.text.startswith("--"):
        rewriter = _from_flag
    if rewriter is None and len(line.words) == 1 and find_separator(first) and not is_target(first):
        rewriter = _from_item
    if rewriter is None and len(line.words) > 1 and _HEADER_LINE.fullmatch(first.text) and first.is_unquoted:
        rewriter = _from_header_line
    return rewriter


def _is_shell_command(words: tuple[Word, ...]) -> bool:
    command, _ = find_command(words)
    return command is not None


def _asked_for_help(words: tuple[Word, ...]) -> str:
    """The command before a final `-h`, which asks for help on it, so that `delete -h` deletes nothing; empty if
    there is none.
    """
    if len(words) < 2 or words[-1].text not in ("-h", "--help") or not words[-1].is_unquoted:
        return ""
    command, count = find_command(words)
    if command is None:
        verb = words[0].text.lower()
        return verb if len(words) == 2 and VERBS.get(verb) else ""
    return command.name if len(words) == count + 1 and command.words != ("help",) else ""


def _correct(line: Line) -> str:
    """Correct a command of this shell that is typed with the words of another tool."""
    words = line.words
    first = words[0].text.lower()
    if first == "clear":
        return _from_clear(line)
    if first == "ls" and len(words) > 1 and _LS_FLAGS.match(words[1].text):
        return f"ls {_rest(line, words[2:])}".rstrip()
    if first == "set" and len(words) > 2 and words[1].text.lower() in _SEPARATORS_OF_SET:
        return _from_assignment(line)
    if first == "show" and len(words) > 2 and words[1].text.lower() == "api" and words[2].text[:1] != "-":
        return f"help {_rest(line, words[2:])}"
    if first in METHOD_COMMANDS and len(words) > 2 and _PROTOCOL.fullmatch(words[-1].text):
        return _rest(line, words[:-1])
    return _from_input_file(line) if first in METHOD_COMMANDS or first in ("send", "again", "preview") else ""


_PROTOCOL = re.compile(r"HTTP/[0-9](?:\.[0-9])?")
"""The protocol at the end of a request line, as in logs."""
_LS_FLAGS = re.compile(r"-[lahrtR1]+\Z")
_SEPARATORS_OF_SET = {"header": (":", "="), "query": ("==", "="), "cookie": ("=",), "var": ("=",), "option": ("=",)}
"""The separators that other tools put between the name and the value."""


def _from_assignment(line: Line) -> str:
    """`set header X-A: b`, `set header X-A:b`, `set header X-A=b`, `set query a==b` and `set cookie a=b`, with a blank
    in place of the separator.
    """
    _, noun, name, *values = line.words
    for separator in _SEPARATORS_OF_SET[noun.text.lower()]:
        before, found, after = name.text.partition(separator)
        is_joined = bool(after) and (not values or values[0].text.startswith("-"))
        if not found or not before or not (is_joined or (not after and values)):
            continue
        start = name.offsets[len(before)]
        typed = line.text[start + len(separator) : name.end]
        is_quoted = QUOTED in name.marks and not name.part(0, len(before)).is_unquoted
        value = quote(after.strip()) if is_quoted else typed
        shown_name = quote(before)
        return " ".join(filter(None, (f"set {noun.text.lower()} {shown_name}", value, _rest(line, tuple(values)))))
    return ""


def _from_input_file(line: Line) -> str:
    """`post /x < body.json`, as the system's shell writes it: the body comes from a file."""
    for at, word in enumerate(line.words):
        if word.text[:1] != "<" or word.marks[0] != BARE:
            continue
        is_joined = len(word.text) > 1
        following = line.words[at + 1 :]
        if not is_joined and not following:
            raise UsageError(
                "A file is missing after <",
                hint="as in: post /x < body.json",
                place=place(line.text, word.start, word.end),
            )
        name, rest = (word.part(1), following) if is_joined else (following[0], following[1:])
        file = line.text[name.start : name.end]
        return f"{_rest(line, line.words[:at])} @{file} {_rest(line, rest)}".rstrip()
    return ""


def _find_setting(line: Line) -> Callable[[Line, tuple[Word, ...]], str] | None:
    """Complete a noun without a verb: `cookies` becomes `show cookies`, `timeout 3` becomes `set option timeout 3`."""
    words = line.words
    first = words[0].text.lower()
    if first == "set" and len(words) > 1 and (name := words[1].text.lower().partition("=")[0]) in OPTIONS:
        joined = words[1].text[len(name) + 1 :]
        return lambda line, words: f"set option {name} {joined or _rest(line, words[1:])}".rstrip()
    if first == "history" and len(words) == 2 and words[1].text.isdecimal():
        return lambda line, words: f"show history --earlier={words[0].text}"
    if first in OPTIONS and len(words) == 2:
        return _renamed_to(f"set option {first}")
    if ("show", first) in BY_WORDS and len(words) == 1:
        return _renamed_to(f"show {first}")
    return None


def _from_path(line: Line, words: tuple[Word, ...]) -> str:
    """Translate a path alone to a GET. A path with fields raises UsageError, because any other method may be meant."""
    for word in words:
        separation = find_separator(word)
        is_body = is_json_body(word) or (separation is not None and separation.kind in _BODY_KINDS)
        if is_body:
            raise UsageError(
                f"There is no method before '{line.words[0].text}'",
                hint=f"post {line.text.strip()}",
                place=place(line.text, line.words[0].start, line.words[0].end),
            )
    return f"get {_rest(line, line.words)}"


_BODY_KINDS = frozenset(("field", "field_file", "json", "json_file", "upload", "body_file"))


def _rest(line: Line, words: tuple[Word, ...]) -> str:
    """The words as they were typed, with their quotes."""
    return line.text[words[0].start : words[-1].end] if words else ""


def _from_item(line: Line, words: tuple[Word, ...]) -> str:
    word = line.words[0]
    separation = find_separator(word)
    if separation is None:
        return ""
    value = line.text[word.offsets[separation.after - 1] + 1 : word.end]
    name = line.text[word.start : word.part(0, separation.at).end]
    if separation.kind == "header":
        if not TOKEN.match(word.text[: separation.at]):
            return ""
        return f"set header {name} {value}"
    if separation.kind == "query":
        return f"set query {name} {value or quote('')}"
    if separation.kind == "header_left_out":
        return f"unset header {name}"
    raise UsageError(
        f"'{word.text}' belongs to a request",
        hint=f"post {line.text.strip()}",
        place=place(line.text, word.start, word.end),
    )


_HEADER_LINE = re.compile(r"[A-Za-z][A-Za-z0-9-]*:")


def _from_header_line(line: Line, words: tuple[Word, ...]) -> str:
    """Translate a copied header line such as `Accept: text/html, */*`; all text after the colon is the value."""
    value = line.text[words[0].start : words[-1].end]
    is_one_word = len(words) == 1 or any(word.open for word in words)
    return f"set header {line.words[0].text[:-1]} {value if is_one_word else quote(value)}"


def _from_flag(line: Line, words: tuple[Word, ...]) -> str:
    first = line.words[0]
    name, equals, value = first.text.removeprefix("--").partition("=")
    value = value if equals else " ".join(word.text for word in words)
    if name == "auth" and value:
        user, colon, password = value.partition(":")
        return f"set auth basic {quote(user)} {quote(password)}" if colon else f"set auth basic {quote(user)}"
    if name in ("form", "json", "multipart", "body", "raw", "stream", "download", "all"):
        raise UsageError(
            f"--{name} belongs to a request",
            hint=f"post /path a=1 --{name}",
            place=place(line.text, first.start, first.end),
        )
    if name in OPTIONS:
        return f"set option {name} {quote(value) if value else 'yes'}"
    if name.removeprefix("no-") in OPTIONS and not value:
        return f"set option {name.removeprefix('no-')} no"
    return ""


def _from_rm(line: Line, words: tuple[Word, ...]) -> str:
    nouns = {"-h": "header", "-q": "query", "-o": "option", "-c": "cookie"}
    if len(words) == 1 and words[0].text == "*":
        return "reset"
    if len(words) < 2 or words[0].text not in (*nouns, "-b"):
        raise UsageError(
            "rm is not a command here", hint="unset header NAME, unset query NAME, unset option NAME, reset"
        )
    if words[0].text == "-b":
        raise UsageError(
            "Body fields belong to a request, not to the session",
            hint="change the last request: again name:=null, or edit last",
        )
    names = [word.text for word in words[1:]]
    if words[0].text == "-o":
        if names == ["--auth"]:
            return "unset auth"
        names = [name.removeprefix("--") for name in names]
    return f"unset {nouns[words[0].text]} {' '.join(map(quote, names))}"


def _from_http(line: Line, words: tuple[Word, ...]) -> str:
    """Translate HTTPie's own command: `http ..` or `https ..`."""
    is_tls = line.words[0].text.lower() in ("https", "xhs")
    return from_httpie(line.text, words, "https" if is_tls else "http")


def _from_httpie(line: Line, words: tuple[Word, ...]) -> str:
    """Translate http-prompt's `httpie post ..`, which shows the HTTPie command."""
    return f"preview --as httpie {_rest(line, words)}".rstrip()


def _from_curl(line: Line, words: tuple[Word, ...]) -> str:
    """Translate http-prompt's `curl get ..`, which shows the curl command."""
    return f"preview --as curl {_rest(line, words)}"


def _find_curl(line: Line) -> tuple[int, str] | None:
    """The position of a curl command in a line, and the text before the command; None if there is none.

    `import curl ..` shows the request; manuals write `$ curl ..`.
    """
    words = line.words
    first = words[0].text.lower()
    if first == "$" and len(words) > 1 and words[1].text in CURL:
        return words[1].start, ""
    if first == "import" and len(words) > 1 and words[1].text.lower() in CURL:
        at = 2 if len(words) > 2 and words[2].text in CURL else 1
        return words[at].start, "preview "
    if first in CURL and not (len(words) > 1 and words[1].text.lower() in METHOD_COMMANDS):
        return words[0].start, ""
    return None


def _read_curl(text: str, start: int, before: str, files: CurlFiles | None) -> str:
    # this import takes 8 ms, and such lines are rare
    from callbox.shell.curl_command import NO_FILES, from_curl

    return before + from_curl(text, start, files or NO_FILES)


def _renamed_to(command: str) -> Callable[[Line, tuple[Word, ...]], str]:
    return lambda line, words: f"{command} {_rest(line, words)}".rstrip()


def _from_run(line: Line, words: tuple[Word, ...]) -> str:
    """Translate HttpRepl's `run FILE` to `source`, or to `replay` for a `.http` file."""
    is_script = bool(words) and is_script_name(words[0].text)
    return f"{'replay' if is_script else 'source'} {_rest(line, words)}".rstrip()


def _refused(verb: str, instead: str) -> Callable[[Line, tuple[Word, ...]], str]:
    def refuse(line: Line, words: tuple[Word, ...]) -> str:
        word = line.words[0]
        raise UsageError(f"{verb} is not a command here", hint=instead, place=place(line.text, word.start, word.end))

    return refuse


def _from_pref(line: Line, words: tuple[Word, ...]) -> str:
    """Translate HttpRepl's `pref get` and `pref set NAME VALUE`."""
    verb = words[0].text.lower() if words else "get"
    return f"set option {_rest(line, words[1:])}" if verb == "set" and len(words) > 2 else "show options"


def _from_add(line: Line, words: tuple[Word, ...]) -> str:
    """Translate HttpRepl's `add query-param NAME VALUE`."""
    is_query = bool(words) and words[0].text.lower() == "query-param"
    return f"set query {_rest(line, words[1:])} --add" if is_query else ""


def _from_import(line: Line, words: tuple[Word, ...]) -> str:
    """Translate `import FILE.http` to `replay`; other files have no translation."""
    kind = words[0].text if words else ""
    if is_script_name(kind):
        return f"replay {_rest(line, words)}"
    return ""


def _from_clear(line: Line) -> str:
    """Translate HttpRepl's `clear query-param`; the `clear` of this shell empties the screen."""
    is_query = len(line.words) > 1 and line.words[1].text.lower() == "query-param"
    return f"unset query {_rest(line, line.words[2:]) or '*'}" if is_query else ""


def _from_version(line: Line, words: tuple[Word, ...]) -> str:
    word = line.words[0]
    raise UsageError(
        f"This is callbox {__version__}",
        hint="callbox --version, outside the shell, names the versions of its libraries",
        place=place(line.text, word.start, word.end),
    )


_COPY_AS_CURL = "in the browser, copy the request as cURL (bash), and paste the copy here"
_PROGRAM_CALL = re.compile(r"(?:await[ \t]++)?((?:fetch|axios|requests|httpx|\$\.ajax)(?:\.\w{1,20}+)?\()")
_POWERSHELL = _refused("Invoke-WebRequest", _COPY_AS_CURL)
_EARLIER = "again 3 repeats request 3 of show history; cd .. is the path above"
_BY_VERB: Mapping[str, Callable[[Line, tuple[Word, ...]], str]] = {
    "rm": _from_rm,
    "env": _renamed_to("show session"),
    "exec": _renamed_to("source"),
    "cls": _renamed_to("clear"),
    "dir": _renamed_to("ls"),
    "disconnect": _renamed_to("unset base"),
    "echo": _refused("echo", "-v or --print=HBhb shows the request; set option print HBhb always does"),
    "http": _from_http,
    "httpie": _from_httpie,
    "https": _from_http,
    "pref": _from_pref,
    "ui": _refused("ui", "ls, and Tab where a path is wanted, show what is known of the API"),
    "curl": _from_curl,
    "connect": _renamed_to("cd"),
    "run": _from_run,
    "add": _from_add,
    "import": _from_import,
    **dict.fromkeys(("bye", "q", ":q", ":q!", ":wq", "\\q", "logout", "exit()", ":quit"), _renamed_to("exit")),
    **dict.fromkeys(("h", "man", ":h", ":help", "\\?", "\\h"), _renamed_to("help")),
    **dict.fromkeys(("\\d", "\\dt", "ll"), lambda line, words: "ls"),
    **dict.fromkeys(("use", "open", "\\c"), _renamed_to("cd")),
    **dict.fromkeys(("xh", "xhs", "curlie"), _from_http),
    **dict.fromkeys(("repeat", "retry", "resend", "reload", "rerun", REPEAT), _renamed_to("again")),
    **{verb: _refused(verb, _EARLIER) for verb in ("prev", "previous", "back")},
    "pwd": lambda line, words: "show base",
    "del": _renamed_to("delete"),
    "fetch": _renamed_to("get"),
    "wget": lambda line, words: f"get {_rest(line, words)} --download",
    "config": lambda line, words: "show options",
    "settings": lambda line, words: "show options",
    "cat": _refused("cat", "get PATH fetches, show last body shows the last response, ! cat FILE a file"),
    "version": _from_version,
    **dict.fromkeys(("invoke-webrequest", "invoke-restmethod", "iwr", "irm"), _POWERSHELL),
}
"""The translators by the first word of a line. Commands of this shell have none."""


class _HttpieOptions(NamedTuple):
    """The options of an HTTPie command, collected one by one."""

    before: list[str]
    """The words before the request, such as `preview`."""
    words: list[str]
    """The flags of the translated line, in order."""
    after: list[str]
    """The redirect of the translated line."""
    scheme: list[str]
    """The scheme of a URL without one, if an option gives it."""


def _flag(flag: str) -> Callable[[_HttpieOptions, str], None]:
    return lambda options, value: options.words.append(f"{flag} {quote(value)}" if value else flag)


def _default_scheme(options: _HttpieOptions, value: str) -> None:
    if value.lower() not in ("http", "https"):
        raise UsageError(f"--default-scheme is http or https, not '{value}'")
    options.scheme.append(value.lower())


def _boundary(options: _HttpieOptions, value: str) -> None:
    options.words.append(quote_item("Content-Type", ":", f"multipart/form-data; boundary={value}"))


def _none(options: _HttpieOptions, value: str) -> None:
    """Ignore an option that has the same meaning as the default here, or that does not change the request."""


def _output(options: _HttpieOptions, value: str) -> None:
    if "--download" in options.words:
        options.words[options.words.index("--download")] = f"--download={quote(value)}"
    else:
        options.after.append(f"> {quote(value)}")


def _preview(options: _HttpieOptions, value: str) -> None:
    options.before.append("preview")


def _proxy(options: _HttpieOptions, value: str) -> None:
    options.words.append(f"--proxy {quote(value.split(':', 1)[-1])}")


def _verify(options: _HttpieOptions, value: str) -> None:
    is_switch = value.lower() in ("yes", "no", "true", "false")
    options.words.append(f"--verify={value.lower()}" if is_switch else f"--ca {quote(value)}")


_VALUED: Mapping[str, Callable[[_HttpieOptions, str], None]] = {
    **dict.fromkeys(("--auth", "-a"), _flag("--auth")),
    **dict.fromkeys(("--auth-type", "-A"), _flag("--auth-type")),
    **dict.fromkeys(("--print", "-p"), _flag("--print")),
    **dict.fromkeys(("--output", "-o"), _output),
    "--raw": _flag("--body"),
    "--response-charset": _flag("--charset"),
    "--timeout": _flag("--timeout"),
    "--max-redirects": _flag("--max-redirects"),
    "--verify": _verify,
    "--cert": _flag("--cert"),
    "--proxy": _proxy,
    **dict.fromkeys(("--pretty", "--style", "-s", "--format-options", "--response-mime"), _none),
    "--default-scheme": _default_scheme,
    "--boundary": _boundary,
    **dict.fromkeys(("--history-print", "-P"), _none),
}
_SWITCHES: Mapping[str, Callable[[_HttpieOptions, str], None]] = {
    **dict.fromkeys(("--json", "-j"), _flag("--json")),
    **dict.fromkeys(("--form", "-f"), _flag("--form")),
    "--multipart": _flag("--multipart"),
    **dict.fromkeys(("--headers", "-h"), _flag("--headers")),
    **dict.fromkeys(("--body", "-b"), _flag("--content")),
    **dict.fromkeys(("--verbose", "-v"), _flag("--verbose")),
    **dict.fromkeys(("--stream", "-S"), _flag("--stream")),
    **dict.fromkeys(("--download", "-d"), _flag("--download")),
    **dict.fromkeys(("--follow", "-F"), _flag("--follow")),
    "--all": _flag("--all"),
    "--path-as-is": _flag("--path-as-is"),
    **dict.fromkeys(("--quiet", "-q"), _flag("--quiet")),
    "--offline": _preview,
    **dict.fromkeys(("--ignore-stdin", "-I", "--check-status", "--continue", "-c"), _none),
    **dict.fromkeys(("--ignore-netrc", "--unsorted", "--sorted", "--no-follow"), _none),
}


def from_httpie(line: str, words: tuple[Word, ...], scheme: str = "") -> str:
    """Translate `http WORDS` to a line that sends the same request; `words` are those after `http`.

    Raises UsageError, with its place, for an option that does not exist here.
    """
    options = _HttpieOptions(before=[], words=[], after=[], scheme=[])
    rest: list[Word] = []
    position = 0
    while position < len(words):
        taken = _read(line, words, position, options)
        if not taken:
            rest.append(words[position])
        position += max(taken, 1)
    if not rest:
        raise UsageError("This HTTPie command names no URL", hint="as in: http api.example.com/users")
    return _write(line, rest, options, next(iter(options.scheme), scheme))


def _read(line: str, words: tuple[Word, ...], position: int, options: _HttpieOptions) -> int:
    """Read one option. Returns how many words it has; 0 if the word is not an option."""
    word = words[position]
    name, equals, value = word.text.partition("=")
    if not name.startswith("-") or len(name) < 2 or not word.marks.startswith("b"):
        return 0
    if name in _SWITCHES and not equals:
        _SWITCHES[name](options, "")
        return 1
    if name in _VALUED:
        if not equals and position + 1 >= len(words):
            raise UsageError(f"{name} needs a value", place=place(line, word.start, word.end))
        _VALUED[name](options, value if equals else words[position + 1].text)
        return 1 if equals else 2
    if not name.startswith("--") and all(f"-{letter}" in _SWITCHES for letter in name[1:-1]):
        last = f"-{name[-1]}"
        has_value = last in _VALUED and position + 1 < len(words)
        if last in _SWITCHES or has_value:
            for letter in name[1:-1]:
                _SWITCHES[f"-{letter}"](options, "")
            (_VALUED if has_value else _SWITCHES)[last](options, words[position + 1].text if has_value else "")
            return 2 if has_value else 1
    raise UsageError(
        f"HTTPie's {name} does not exist here",
        hint=_INSTEAD.get(name, "leave it out, and look at: preview"),
        place=place(line, word.start, word.end),
    )


_INSTEAD = {
    **dict.fromkeys(
        ("--session", "--session-read-only"),
        "callbox --session NAME opens a saved session, and save session NAME makes one",
    ),
    **dict.fromkeys(("--meta", "-m"), "leave it out, then: show last timing"),
}
"""What does the same here as an option of HTTPie."""


def _write(line: str, rest: list[Word], options: _HttpieOptions, scheme: str) -> str:
    """Read the method and the target. Without a method, a request with a body is a POST, and another a GET."""
    method, items = _method(rest, options)
    target, *others = items
    url = line[target.start : target.end]
    if "://" not in url and (scheme == "https" or (names_host(target.text) and not url.startswith(":"))):
        if url.startswith(":"):  # HTTPie's `:/x` and `:8000/x` mean this machine
            url = f"localhost{url.removeprefix(':') if url.startswith(':/') else url}"
        url = f"{scheme}://{url}"
    typed = [_item(line, word) for word in others]
    words = options.words
    if any(item.lower().startswith("content-type:") for item in typed):  # a typed header wins over --boundary
        words = [word for word in words if not word.startswith("Content-Type:")]
    return " ".join([*options.before, method, url, *typed, *words, *options.after])


def _item(line: str, word: Word) -> str:
    """Translate an item.

    HTTPie never sees quotes, which the system's shell removes, so `'X-A: b c'` is a header, too.
    """
    if find_separator(word) is not None and not is_quoted_item(word):
        return line[word.start : word.end]
    found = _SEPARATOR.match(word.text)
    if found is None:
        return line[word.start : word.end]
    name, separator, value = _ESCAPE.sub(r"\1", found[1]), found[2], _ESCAPE.sub(r"\1", found[3])
    if separator in (":", ";"):
        value = value.strip()
        if not value:
            return f"{quote(name)}{separator}"
    return quote_item(name, separator, value)


_SEPARATOR = re.compile(r"((?:\\.|[^\\:=@;])*)(:=@|==@|:=|==|=@|:@|:|=|@|;(?=\Z))(.*)\Z", re.DOTALL)
"""The parts of an item: name, separator and value.

The earliest separator counts, and the longest of those at the same place. A backslash makes the next character text.
"""
_ESCAPE = re.compile(r"\\([:=@;\\])")


def _is_of_body(word: Word) -> bool:
    """Whether an item goes into the body."""
    separation = find_separator(word) if not is_quoted_item(word) else None
    if separation is not None:
        return separation.kind in _BODY_KINDS
    found = _SEPARATOR.match(word.text)
    return found is not None and found[2] in _OF_BODY


def _method(rest: list[Word], options: _HttpieOptions) -> tuple[str, list[Word]]:
    first = rest[0].text
    lower = first.lower()
    if len(rest) > 1 and first.isalpha() and find_separator(rest[0]) is None and is_target(rest[1]):
        return (lower if lower in METHOD_COMMANDS else f"send {first.upper()}"), rest[1:]
    has_body = any(map(_is_of_body, rest[1:]))
    has_text = any(word.startswith("--body ") for word in options.words)
    has_file = any(word.text[:1] == "<" and word.marks[0] == BARE for word in rest[1:])
    return "post" if has_body or has_text or has_file else "get", rest
