"""Translate lines of http-prompt, HTTPie, HttpRepl and curl to commands of this shell.

`callbox.shell.curl_command_translator` translates curl commands; it is loaded only for such a line.
`callbox.shell.httpie_command_translator` translates HTTPie commands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from callbox.engine.options import OPTIONS
from callbox.errors import UsageError
from callbox.exchange.headers import TOKEN
from callbox.httpfile.script_suffixes import is_script_name
from callbox.shell.httpie_command_translator import from_httpie
from callbox.shell.line.grammar import place
from callbox.shell.line.lexer import BARE, CURL, QUOTED, REPEAT, Line, Word
from callbox.shell.line.line_writer import quote
from callbox.shell.line.parser import METHOD_COMMANDS, analyse, find_command
from callbox.shell.line.targets_and_items import find_separator, is_body_item, is_target, quote_item
from callbox.shell.registry import BY_WORDS, VERBS
from callbox.version import __version__

if TYPE_CHECKING:
    from callbox.shell.curl_command_translator import CurlFiles


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
    if (called := _after_own_name(line)) is not None:
        return rewrite(called, files) or called
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
    """The translator of a line that is not a command of callbox; None if there is none."""
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


def _after_own_name(line: Line) -> str | None:
    """The text after `callbox` in a line that is copied from a command line; None for any other line.

    Raises UsageError if the shell cannot run the text after `callbox`.
    """
    at = 1 if line.words[0].text == "$" and len(line.words) > 1 else 0
    own, *rest = line.words[at:]
    if own.text != "callbox":
        return None
    where = place(line.text, own.start, own.end)
    if not rest:
        raise UsageError("You are already in callbox", hint="to list the commands: help", place=where)
    word = rest[0].text
    if find_command(tuple(rest))[0] is not None or word.lower() in CURL:
        return line.text[rest[0].start :]
    if word in ("convert", "check", "practice") or word[:1] == "-":
        tip = f"to run it from here: ! callbox {word}"
        raise UsageError("This is a command line of the system's shell", hint=tip, place=where)
    raise UsageError("callbox is running already", hint=f"to change the base: cd {word}", place=where)


def line_of_pasted_rows(text: str) -> str:
    """The single line that replaces several pasted rows; empty if each row is a line by itself.

    A raw HTTP request is one line. Browsers also copy a request as a call in PowerShell or JavaScript. Then the line is
    only the name of the call, which the shell refuses with a hint. Without this, each other row would be one more
    error.

    >>> line_of_pasted_rows("$session = New-Object Session\\nInvoke-WebRequest -Uri 'http://a' `\\n-Method 'POST'")
    'Invoke-WebRequest'
    """
    call = _ROW_OF_PROGRAM.search(text)
    return call[1] if call is not None and "\n" in text.strip() else line_of_raw_request(text)


def line_of_raw_request(text: str) -> str:
    """The line that sends a raw HTTP request, with all its headers and its body; empty for any other text.

    Without this, each row of a pasted request would be a line of its own, and the first row would send an empty
    request. A text with variables, directives or several requests becomes one line, too; this line is an error, and
    sends nothing.

    >>> line_of_raw_request("POST /a HTTP/1.1\\nContent-Type: text/plain\\n\\nhello\\nworld\\n")
    "POST /a Content-Type:text/plain --body 'hello\\nworld'"
    >>> line_of_raw_request("get /a\\nget /b")
    ''
    """
    above, text = _divided_above_request(text.strip())
    head, _, body = text.partition("\n\n")
    first, *rows = head.split("\n")
    request, headers = _REQUEST_ROW.fullmatch(first), [_HEADER_ROW.fullmatch(row) for row in rows]
    if request is None or not headers or None in headers:
        return ""
    if "{{" in text or "\n###" in text or "@" in above or _NEXT_REQUEST.search(body):
        return text
    items = [
        quote_item(header[1], ":", header[2].rstrip(" \t"))
        for header in headers
        if header is not None and header[1].lower() not in ("content-length", "transfer-encoding")
    ]
    return " ".join([request[1], *items, *(["--body", quote(body)] if body else [])])


def _divided_above_request(text: str) -> tuple[str, str]:
    """The comments and empty rows at the start of a text, and the rest."""
    rows = text.split("\n")
    count = next((at for at, row in enumerate(rows) if row.strip() and not row.startswith(("#", "//"))), 0)
    return "\n".join(rows[:count]), "\n".join(rows[count:])


_REQUEST_ROW = re.compile(r"([A-Z]{3,20} \S+)(?: HTTP/\d(?:\.\d)?)?[ \t]*")
_NEXT_REQUEST = re.compile(r"^[A-Z]{3,20} (?:/|https?://)", re.MULTILINE)
_HEADER_ROW = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]++):[ \t]*+(.*)")


def _is_shell_command(words: tuple[Word, ...]) -> bool:
    command, _ = find_command(words)
    return command is not None


def _asked_for_help(words: tuple[Word, ...]) -> str:
    """The command before a final `-h` or `--help`.

    The line then shows help on the command, so that `delete -h` deletes nothing and `again -h` sends nothing again.
    Empty if there is no such word.
    """
    if len(words) < 2 or words[-1].text not in ("-h", "--help") or not words[-1].is_unquoted:
        return ""
    command, count = find_command(words)
    if command is None:
        verb = words[0].text.lower()
        return verb if len(words) == 2 and VERBS.get(verb) else ""
    is_long_request = command.takes == "items" and words[-1].text == "--help"  # -h is a flag of requests
    return command.name if (len(words) == count + 1 or is_long_request) and command.words != ("help",) else ""


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
    if first == "show" and len(words) > 3 and words[1].text.lower() == "last":
        return _from_divided_part(line)
    return _from_input_file(line) if first in METHOD_COMMANDS or first in ("send", "again", "preview") else ""


def _from_divided_part(line: Line) -> str:
    """`show last xpath //a`, `show last json a.b` and `show last header Date`: a part and its path as two words."""
    *before, part, path = line.words
    kind = part.text.lower()
    typed = line.text[path.start : path.end]
    if not part.is_unquoted or path.text[:1] == "-" or kind not in _DIVIDED_PARTS:
        return ""
    dot = "" if kind == "json" and path.text[:1] in "[." else "."
    joined = typed if kind == "xpath" else f"{_DIVIDED_PARTS[kind]}{dot}{typed}"
    return f"{_rest(line, tuple(before))} {joined}"


_DIVIDED_PARTS = {"xpath": "", "json": "json", "jsonpath": "json"} | {
    word: f"{word.removesuffix('s')}s" for word in ("header", "headers", "cookie", "cookies")
}
"""The words for a part of a response that a path may follow, and how the part begins as one word."""
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
        rest = _rest(line, tuple(values))
        if not after and values[0].is_unquoted and values[0].text.endswith(":"):  # not the end of a name of two words
            rest = f"'{values[0].text}'{rest[len(values[0].text) :]}"
        return " ".join(filter(None, (f"set {noun.text.lower()} {shown_name}", value, rest)))
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
        if is_body_item(word):
            raise UsageError(
                f"There is no method before '{line.words[0].text}'",
                hint=f"post {line.text.strip()}",
                place=place(line.text, line.words[0].start, line.words[0].end),
            )
    return f"get {_rest(line, line.words)}"


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


def ignored_curl_options(line: Line) -> tuple[str, ...]:
    """The options of a translated curl command that callbox ignores and whose effect the user may miss."""
    curl = _find_curl(line)
    if curl is None:
        return ()
    from callbox.shell.curl_command_translator import ignored_options  # 5 ms, and few lines are a curl command

    return ignored_options(line.text, curl[0])


def _find_curl(line: Line) -> tuple[int, str] | None:
    """The position of a curl command in a line, and the text before the command; None if there is none.

    The text before the command may be `import`, which shows the request, or the `$` of manuals.
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
    from callbox.shell.curl_command_translator import NO_FILES, from_curl

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
        hint="for the versions of its libraries, outside the shell: callbox --version",
        place=place(line.text, word.start, word.end),
    )


_COPY_AS_CURL = "in the browser, copy the request as cURL (bash), and paste the copy here"
_PROGRAM_CALL = re.compile(r"(?:await[ \t]++)?((?:fetch|axios|requests|httpx|\$\.ajax)(?:\.\w{1,20}+)?\()")
_ROW_OF_PROGRAM = re.compile(
    r"^[ \t]*+((?:Invoke-(?:WebRequest|RestMethod)|iwr|irm)\b|(?:await[ \t]++)?(?:fetch|axios|requests|httpx|\$\.ajax)"
    r"(?:\.\w{1,20}+)?\()",
    re.MULTILINE | re.IGNORECASE,
)
_EARLIER = "to repeat request 3 of show history: again 3; for the path above: cd .."
_BY_VERB: Mapping[str, Callable[[Line, tuple[Word, ...]], str]] = {
    "rm": _from_rm,
    "env": _renamed_to("show session"),
    "exec": _renamed_to("source"),
    "cls": _renamed_to("clear"),
    "dir": _renamed_to("ls"),
    "disconnect": _renamed_to("unset base"),
    "echo": _refused("echo", "to show the request: -v or --print=HBhb; to always show it: set option print HBhb"),
    "http": _from_http,
    "httpie": _from_httpie,
    "https": _from_http,
    "pref": _from_pref,
    "ui": _refused("ui", "to see the known paths of the API: ls, or Tab after a method"),
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
    "..": lambda line, words: "cd ..",
    "pwd": lambda line, words: "show base",
    "del": _renamed_to("delete"),
    "fetch": _renamed_to("get"),
    "wget": lambda line, words: f"get {_rest(line, words)} --download",
    "config": lambda line, words: "show options",
    "settings": lambda line, words: "show options",
    "cat": _refused("cat", "to fetch: get PATH; for the last response: show last body; for a file: ! cat FILE"),
    "version": _from_version,
    **{
        verb.lower(): _refused(verb, _COPY_AS_CURL) for verb in ("Invoke-WebRequest", "Invoke-RestMethod", "iwr", "irm")
    },
}
"""The translators by the first word of a line. Commands of this shell have none."""
