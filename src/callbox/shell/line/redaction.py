"""Redact the secrets of a typed line before the history saves it, or an error shows it.

The role of a word in the line decides whether it is a secret. Each secret becomes `?`. If the line is recalled, callbox
asks for the secret. Texts in other languages (commands of other programs, JSON, text after a pipe) are searched for
credentials.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

from callbox.errors import CallboxError
from callbox.exchange.redaction.credential_names import (
    VALUE_WORDS,
    end_of_scheme,
    is_credential_name,
    is_scheme,
    may_name_credential,
)
from callbox.exchange.redaction.displayed_fields_and_values import (
    has_token,
    redact_place,
    redact_shown_url,
    redact_value,
)
from callbox.exchange.redaction.urls import USERINFO
from callbox.exchange.secret import ASK, REDACTED, is_reference, is_trivial
from callbox.exchange.url import origin_of
from callbox.shell.command_context import Context
from callbox.shell.line.argument_types import ARGUMENT_TYPES, SCHEMES, names_scheme
from callbox.shell.line.lexer import COMMAND, VARIABLE, Line, Word
from callbox.shell.line.line_writer import enclose, quote
from callbox.shell.line.parser import FIXED_HINTS, METHOD_COMMANDS, Analysis, WordRole, analyse
from callbox.shell.line.targets_and_items import (
    find_named_secrets,
    find_separator,
    is_json_body,
    is_quoted_item,
    names_host,
    names_secret,
    read_key,
    redact_target,
)
from callbox.shell.lines_of_other_tools import rewrite
from callbox.spelling import is_slip

_NAME = re.compile(
    r"""(?<![\w.\[\]%$-])(?P<name>[\w.\[\]%-]{1,100}+)(?P<quote>\\*["']?)\s*(?P<separator>:=|==|=|:(?!//))\s*+"""
    r"(?:data:\s++)*+"  # in a stream of events, the value may be on the next line
)
_OPENING = re.compile(r"""\\*["']|[\[{](?!\{)""")
_ESCAPED = r"\\."
_TO_BLANK = re.compile(rf"(?:{_ESCAPED}|[^\s\"'\\])+")
_TO_PAIR_END = re.compile(rf"(?:{_ESCAPED}|[^\s\"'&<>\\])+")
_TO_MEMBER_END = re.compile(r"[^\s\"',\[\]{}\\]+")
_ELEMENT = re.compile(r"<(?:[\w.-]{1,100}+:)?([\w.-]{1,100}+)(?:\s[^<>]{0,500}+)?>([^<>]++)(?=<)")
_VALUE = r"""(?:"(?:[^"\\]|\\.)*+"?|'[^']*+'?|[^\s"']++)++"""
_OPTION = re.compile(rf"""(?<!\S)(--([\w-]{{2,40}}))(?:=|\s+)(?=[^\s-])({_VALUE})""")
_FOREIGN_OPTION = re.compile(rf"""(?<!\S)(-[uUab])([ =]?)(?=\S)({_VALUE})""")
_CLUSTER = re.compile(rf"""(?<!\S)-[A-Za-z]{{0,5}}?[uUa][ =]?(?=[\w"'.@%+-]{{1,100}}:(?!//))({_VALUE})""")
_CERTIFICATE = re.compile(
    rf"""(?<!\S)-(?:[A-Za-z]{{0,5}}?E[ =]?|-(?:proxy-)?cert[ =])["']?[^\s"':]{{1,300}}+"""
    rf"""(?<=\.(?:cer|crt|der|key|p12|pem|pfx)):({_VALUE})"""
)
"""curl's option for a client certificate, with a password after the file: `--cert a.pem:PASSWORD`."""
_CURL_CERTIFICATE = re.compile(
    rf"""\bcurl(?:\.exe)?\s(?:[^|;&\n]{{0,300}}?\s)?-[A-Za-z]{{0,5}}?E[ =]?["']?[^\s"':]{{1,300}}+:({_VALUE})"""
)
"""The option `-E FILE:PASSWORD` of a curl command. In a curl command, the file may have any name."""
_PROXY = re.compile(r"""(?<!\S)(?:-x|--(?:pre)?proxy)[ =]?["']?[^\s"':@/]{1,100}+:([^\s"'@/]{1,200}+)@""")
_USER = re.compile(r"""(?<![^\s"'(])[\w.+-]{1,100}+:([^\s"'@/]{1,200}+)@(?=[\w.\[])""")
_COOKIE = re.compile(rf"""(?<![\w-])cookies?\s+["']?[^\s"'=;:]{{1,100}}+=({_VALUE})""", re.IGNORECASE)
_CURL_COOKIE = re.compile(
    r"""\bcurl(?:\.exe)?\s(?:[^|;&\n]{0,300}?\s)?-[A-Za-z]{0,5}?b ?(["'])?+[^\s"'=;:]{1,100}+="""
    r"""((?(1)(?:(?!\1)[^\n])++|[^\s"']++))"""
)
"""The cookie of curl's `-b`, also if other one-letter options precede it in the same word: `-sb`."""
_PASSWORD_OPTIONS = (
    (r"mysql\w*|mariadb\w*|sshpass|mongo\w*|7z\w?|rar|unrar|htdigest|impacket-\w+|twine", "p"),
    (r"(?:docker|podman|nerdctl|buildah|helm|oc|az|cf|heroku|argocd|bw)\s(?:[^|;&\n]{0,100}?\s)?login", "p"),
    (r"redis-cli|keydb-cli|valkey-cli", "a"),
    (r"ldap\w+|dsconf", "[wy]"),
    (r"sqlcmd|bcp|isql|unzip|zip|ipmitool|snmp\w+|cqlsh", "[PA]"),
)
"""Programs that take a password after an option of one letter."""
_PROGRAM = re.compile(
    "|".join(
        rf"""\b(?:{programs})\s(?:[^|;&\n]{{0,300}}?\s)?-{letter}\s?(?=\S)(?P<_{number}>{_VALUE})"""
        for number, (programs, letter) in enumerate(_PASSWORD_OPTIONS)
    )
)
_ASKED = re.compile(r"""\?[\s'",;:&)\]}\\]*+\Z""")
"""A redacted secret, followed by characters that close quotes or brackets."""
_USER_SEPARATOR = re.compile(":")
_API_KEY_SEPARATOR = re.compile("[:=]")
_USERS = frozenset(("user", "proxy-user", "http-user", "cert"))
"""Options whose values hold a password after a colon, although their names do not say so."""


def redact_text(text: str, secrets: list[str] | None = None, *, is_shell_line: bool = False) -> str:
    """Replace what looks like a secret by `?`; the secrets are appended to `secrets`.

    With `is_shell_line`, flags of one letter have the meaning that they have in this shell.

    >>> redact_text("curl -u ann:pw -H 'X-Api-Key: abc' x"), redact_text('{"newPassword": "a b", "name": "c"}')
    ("curl -u ? -H 'X-Api-Key: ?' x", '{"newPassword": "?", "name": "c"}')
    """
    secrets = secrets if secrets is not None else []
    for find in _FINDERS if is_shell_line else (_foreign_options, *_FINDERS, _user_passwords, _program_passwords):
        text = _replace_spans(text, find(text), secrets)

    return text


def _asks(secrets: list[str]) -> Callable[[str], str]:
    """A function that replaces a secret by `?` and appends it to `secrets`.

    Files, references and variables are not replaced.
    """

    def ask_for(secret: str) -> str:
        if _is_no_secret(secret):
            return secret
        secrets.append(secret)
        return ASK

    return ask_for


def _redact_values(text: str, secrets: list[str]) -> str:
    """Redact the value of each word as it is sent, without quotes. Changed words are quoted again.

    Words of a command for the system's shell are read as words of this shell.
    """
    if not may_name_credential(text) and not has_token(text):
        return text
    replace = _asks(secrets)
    pieces, at = [], 0
    for word in _all_words(text):
        start, redacted = _redact_word(text, word, replace)
        if redacted != text[start : word.end]:
            pieces += [text[at:start], redacted]
            at = word.end
    return "".join([*pieces, text[at:]])


def _redact_joined_words(text: str, secrets: list[str]) -> str:
    """Redact a value of several words as one text, since a secret may extend to its end."""
    if not may_name_credential(text) and not has_token(text):
        return text
    words = [part.word for part in analyse(text).parts if part.argument is not None and part.argument.is_joined]
    value = " ".join(word.text for word in words)
    if len(words) < 2 or (redacted := redact_value(value, _asks(secrets))) == value:
        return text
    return text[: words[0].start] + _enclose(redacted) + text[words[-1].end :]


def _all_words(text: str) -> Iterator[Word]:
    """The words of a line, and the words of the commands after its `!` and its first pipes."""
    begin = 0
    for _ in range(_MAX_COMMANDS):
        line = analyse(text[begin:]).line
        for word in line.words:
            yield word._replace(
                start=word.start + begin, end=word.end + begin, offsets=tuple(at + begin for at in word.offsets)
            )
        if line.bang >= 0:
            begin += line.bang + 1
        elif line.redirect is not None:
            begin += line.redirect.start + len(line.redirect.operator)
        else:
            return


def _redact_word(text: str, word: Word, replace: Callable[[str], str]) -> tuple[int, str]:
    """The position in the line of the value of this word, and the redacted value with its quotes."""
    separation = find_separator(word)
    after = separation.after if separation is not None and separation.at else 0
    start = word.offsets[after - 1] + 1 if after else word.start
    value, typed = word.text[after:], text[start : word.end]
    redacted = redact_value(value, replace)
    if after and is_quoted_item(word):  # an item, or a text that contains a separator
        start, typed, value = word.start, text[word.start : word.end], word.text
        redacted = redact_value(word.text[:after] + redacted, replace)
    if redacted == value:
        return start, typed
    if typed == value or word.open or not _FILLED_MARKS.isdisjoint(word.marks):
        return start, redact_value(typed, replace)
    return start, _enclose(redact_value(redacted, replace))


def _enclose(text: str) -> str:
    """The text as one quoted word, in double quotes if only these need no escapes."""
    return f'"{text}"' if "'" in text and _DOUBLE_QUOTED.match(text) else enclose(text)


def _replace_spans(text: str, spans: Iterator[tuple[int, int, str]], secrets: list[str]) -> str:
    """Replace each span by `?`, except variables, files, references and `?` itself."""
    pieces, at = [], 0
    for start, end, replacement in spans:
        value = text[start:end]
        bare = value.strip("\"'")
        if start < at or not bare.strip(".") or _is_no_secret(bare):
            continue
        secrets.append(value)
        pieces += [text[at:start], replacement]
        at = end
    return "".join([*pieces, text[at:]]) if pieces else text


def _is_no_secret(value: str) -> bool:
    """Whether a value is not a secret where one is expected: it is a `?`, a file, a variable or a reference."""
    return _ASKED.match(value) is not None or value.startswith(("@", "{{")) or is_reference(value)


def _url_passwords(text: str) -> Iterator[tuple[int, int, str]]:
    return ((*found.span(2), ASK) for found in USERINFO.finditer(text))


def _proxy_passwords(text: str) -> Iterator[tuple[int, int, str]]:
    return ((*found.span(1), ASK) for found in _PROXY.finditer(text))


def _foreign_options(text: str) -> Iterator[tuple[int, int, str]]:
    return ((*found.span(3), ASK) for found in _FOREIGN_OPTION.finditer(text))


def _option_values(text: str) -> Iterator[tuple[int, int, str]]:
    for found in _OPTION.finditer(text):
        if _is_user_option(found[2], found[3]) or is_credential_name(found[2]):
            yield (*found.span(3), ASK)


def _is_user_option(name: str, value: str) -> bool:
    """Whether an option takes a user and a password; it may be an abbreviation, as in `--us ann:pw`."""
    return name in _USERS or (":" in value and "://" not in value and any(one.startswith(name) for one in _USERS))


def _clustered_options(text: str) -> Iterator[tuple[int, int, str]]:
    return ((*found.span(1), ASK) for found in _CLUSTER.finditer(text))


def _certificate_passwords(text: str) -> Iterator[tuple[int, int, str]]:
    for pattern in (_CERTIFICATE, _CURL_CERTIFICATE):
        yield from ((*found.span(1), ASK) for found in pattern.finditer(text))


def _cookie_values(text: str) -> Iterator[tuple[int, int, str]]:
    for pattern in (_COOKIE, _CURL_COOKIE):
        yield from ((*found.span(pattern.groups), ASK) for found in pattern.finditer(text))


def _element_texts(text: str) -> Iterator[tuple[int, int, str]]:
    return ((*found.span(2), ASK) for found in _ELEMENT.finditer(text) if is_credential_name(found[1]))


def _user_passwords(text: str) -> Iterator[tuple[int, int, str]]:
    return ((*found.span(1), ASK) for found in _USER.finditer(text))


def _program_passwords(text: str) -> Iterator[tuple[int, int, str]]:
    return ((*found.span(found.lastgroup or 0), ASK) for found in _PROGRAM.finditer(text))


def _named_values(text: str) -> Iterator[tuple[int, int, str]]:
    """The spans of values that follow names of credentials."""
    at = 0
    while (found := _NAME.search(text, at)) is not None:
        at = found.end()
        if is_credential_name(found["name"]) and at < len(text):
            start, end, replacement = _value(text, found)
            yield start, end, replacement
            at = max(end, at)


def _value(text: str, name: re.Match[str]) -> tuple[int, int, str]:
    start = end_of_scheme(text, name.end())
    opening = _OPENING.match(text, start)
    if opening is not None and opening[0][-1] in "[{":
        quote = name["quote"] or ""
        return start, _end_of_brackets(text, start), f"{quote}{ASK}{quote}"
    if opening is not None:
        start = end_of_scheme(text, opening.end())
        return start, _end_of_quote(text, start, opening[0]), ASK
    before = text[name.start() - 1 : name.start()]
    if before and before in "\"'" and name["separator"] == ":" and not name["quote"]:
        return start, _end_of_quote(text, start, before), ASK  # the word is a header that is quoted as a whole
    if name["separator"] != ":":
        pattern = _TO_PAIR_END
    else:
        pattern = _TO_MEMBER_END if name["quote"] else _TO_BLANK
    bare = pattern.match(text, start)
    return start, bare.end() if bare is not None else start, ASK


def _end_of_quote(text: str, at: int, quote: str) -> int:
    """The position of the closing quote; backslash escapes are skipped."""
    inside = rf"(?:{_ESCAPED}|[^\\{quote}])*+" if len(quote) == 1 else rf"(?:(?!{re.escape(quote)}).)*+"
    pattern = re.compile(inside, re.DOTALL)
    found = pattern.match(text, at)
    return found.end() if found is not None else at


def _end_of_brackets(text: str, at: int) -> int:
    depth = 0
    for bracket in re.compile(r"[\[\]{}]").finditer(text, at):
        depth += 1 if bracket[0] in "[{" else -1
        if depth == 0:
            return bracket.end()
    return len(text)


_FINDERS: tuple[Callable[[str], Iterator[tuple[int, int, str]]], ...] = (
    _url_passwords,
    _proxy_passwords,
    _option_values,
    _clustered_options,
    _certificate_passwords,
    _cookie_values,
    _element_texts,
    _named_values,
)


T = TypeVar("T")

_FIELDS = frozenset(("field", "json", "query"))
_BEFORE_TARGET = frozenset(("command", "noun", "flag", "flag_value", "flag_with_value"))
"""The roles of words before a target."""
_USERINFO = re.compile(r"(?!from:)[^\s:@/]{1,300}+:[^\s@/]{0,300}+@[\w.\[]", re.IGNORECASE)
_FILLED_MARKS = frozenset((VARIABLE, COMMAND))
_QUOTE_OR_ASK = re.compile(r"['?]")
"""Characters that are added to a text when it is quoted or redacted. With them, a line may differ from the secret."""
_VALUE_KEY = re.compile(rf"(?:{'|'.join(sorted(VALUE_WORDS))})\]?:?=", re.IGNORECASE)
_NAME_OF_USER = re.compile(
    r"(?:user(?:[_-]?(?:name|id))?|login|e-?mail|account|client[_-]?id|phone|mobile|nickname)\]?:?\Z", re.IGNORECASE
)
"""The end of an item's name that says whose secret the line has, such as `username` and `user[email]`."""
_MAX_NAME = 200
_HELP = re.compile(r"(?:\s*+(?:(?:help|\?)(?:\s++|\Z)|#))++", re.IGNORECASE)
"""Words that may be put before a recalled line, to ask for help about it or to comment it out."""
_DOUBLE_QUOTED = re.compile(r"""[^"\\`{}$!\x00-\x1f\x7f]*+\Z""", re.ASCII)
_MAX_COMMANDS = 10
"""The most commands in one line whose words are read."""
_MAX_REMEMBERED_LINES = 200
"""The most lines with secrets that are remembered."""
MIN_SECRET_LENGTH = 3
"""The shortest secret that is searched for in messages. Shorter texts occur in many words."""
_MAX_REPEATED = 50
"""The most secrets of a line that are searched for in the rest of it. A line that somebody types has fewer."""
_LONG = 8
"""A secret of at least this length is hardly a part of another word by chance."""
_LOGINS = frozenset(("login", "logon", "signin", "authenticate", "authorize"))
"""Words that are not commands, but that users mostly type before a credential, such as `login`."""
_FOLLOWED = ("auth", "cookie", "password", "bearer", "basic", "digest", "token")


def redact_line(text: str) -> str:
    """Replace the secrets of a line by `?`.

    >>> redact_line("set auth basic ann hunter2"), redact_line("get /x X-Api-Key:abc a=1")
    ('set auth basic ann ?', 'get /x X-Api-Key:? a=1')
    >>> redact_line("set auth bearer {{token}}")
    'set auth bearer {{token}}'
    """
    translated = _translated(text)
    if translated and (redacted := _redact_and_repeat(translated)) != translated:
        return redacted
    return _redact_and_repeat(text)


def _redact_and_repeat(text: str) -> str:
    """Redact the words of a line.

    If a secret occurs a second time in the line, redact it there, too: `password=? confirm=?`.

    The command and the path are not redacted. With a `?` in the path, the line would request another resource.
    """
    secrets: list[str] = []
    redacted = _redact_words(text, secrets)
    if known := _forms(_without_trivial(secrets)):
        start = _end_of_path(redacted)
        redacted = redacted[:start] + _whole_values(known).sub(ASK, redacted[start:])
    return redacted


def redact_copies(text: str, credentials: Iterable[str]) -> str:
    """Replace copies of these values in a line by `?`, except in its command and its path.

    >>> redact_copies("get /x q==s3cr3t-8 a=1", ["s3cr3t-8"])
    'get /x q==? a=1'
    """
    known = [value for value in credentials if value in text]
    if not known:
        return text
    start = _end_of_path(text)
    return text[:start] + _whole_values(sorted(known, key=len, reverse=True)).sub(ASK, text[start:])


def _whole_values(known: Sequence[str]) -> re.Pattern[str]:
    """A pattern that matches a known secret.

    A short secret matches only as a whole word, since it may be a part of many words.
    """
    forms = [
        re.escape(one) if len(one) >= _LONG else rf"(?<!\w){re.escape(one)}(?!\w)" for one in known[:_MAX_REPEATED]
    ]
    return re.compile("|".join(forms))


def _end_of_path(text: str) -> int:
    """The position where the path of the target ends, before its query.

    If there is no target, the position where the words of the command end.
    """
    end = 0
    for part in analyse(text).parts:
        if part.argument is not None and part.argument.kind == "target":
            query = text.find("?", part.word.start, part.word.end)
            return query if query >= 0 else part.word.end
        if part.role in ("command", "noun"):
            end = part.word.end
    return end


def restore_secrets(line: str, context: Context) -> str:
    """Restore the secrets of a line that was recalled from the history; other lines are returned as they are.

    Only requests are restored, only in the shell in which they were typed, and only for the same origin: a secret
    that was typed for one server is not sent to another. Other commands ask for the secret again. In an edited line,
    each word that did not change is restored. But if the line now names another user, callbox asks for the secret.
    """
    base = origin_of(context.session.base_url)
    if (typed := context.secret_lines.get((base, line.strip()))) is not None:
        return typed
    analysis = analyse(_translated(line) or line)
    if analysis.command is None or analysis.command.takes != "items":
        return line
    origin = _target_origin(analysis, base)
    line = _restore_words(line, origin, context) if origin and ASK in line else line
    if (redacted := redact_line(line)) != line:
        _remember(context.secret_lines, (base, redacted.strip()), line)
        _remember_words(line, redacted, origin, context)
    return line


def _remember(memory: dict[tuple[str, str], T], key: tuple[str, str], typed: T) -> None:
    while len(memory) >= _MAX_REMEMBERED_LINES:
        del memory[next(iter(memory))]
    memory[key] = typed


def _target_origin(analysis: Analysis, base: str) -> str:
    """The origin of a line with a method; empty if its words do not name one."""
    target = next((part.word for part in analysis.parts if part.argument and part.argument.name == "target"), None)
    if target is None:
        return base if analysis.command is not None and analysis.command.words[0] in METHOD_COMMANDS else ""
    if not _FILLED_MARKS.isdisjoint(target.marks):
        return ""
    return origin_of(target.text) if names_host(target.text) else base


def _remember_words(typed: str, redacted: str, origin: str, context: Context) -> None:
    words, others = analyse(typed).line.words, analyse(redacted).line.words
    if not origin or len(words) != len(others):
        return
    users = _users(words)
    for index, (word, other) in enumerate(zip(words, others, strict=True)):
        raw, shown = typed[word.start : word.end], redacted[other.start : other.end]
        if raw != shown:
            _remember(context.secret_words, (origin, _word_key(redacted, others, index)), (raw, users))
            _remember(context.secret_words, (origin, _word_key(redacted, others, index) + users), (raw, users))


def _users(words: Iterable[Word]) -> str:
    """The items of a line that name the user to whom the secret of the line belongs; empty if there are none."""
    return "\n".join(word.text for word in words if _NAME_OF_USER.search(word.text[:_MAX_NAME].partition("=")[0]))


def _restore_words(line: str, origin: str, context: Context) -> str:
    words, pieces, at = analyse(line).line.words, [], 0
    users = _users(words)
    for index, word in enumerate(words):
        key = _word_key(line, words, index)
        found = context.secret_words.get((origin, key + users)) or context.secret_words.get((origin, key))
        if found is None:
            continue
        typed, its_users = found
        if not users or not its_users or users == its_users:
            pieces += [line[at : word.start], typed]
            at = word.end
    return "".join([*pieces, line[at:]])


def _word_key(line: str, words: tuple[Word, ...], index: int) -> str:
    """The redacted word as a key. If the whole word is a secret, the key also contains the word before it."""
    first = words[max(0, index - 1)] if words[index].text == ASK else words[index]
    return line[first.start : words[index].end]


def redact_error(error: CallboxError, text: str, analysis: Analysis | None = None) -> None:
    """Redact the secrets of this line in an error.

    `analysis` is the analysis of the line, unless the line is of another tool.
    """
    secrets: list[str] = []
    _redact_words(text, secrets, analysis)
    if analysis is None and (translated := _translated(text)):
        _redact_words(translated, secrets)
    known = _forms(_without_trivial(secrets))

    def redact(shown: str) -> str:
        for secret in known:
            shown = shown.replace(secret, REDACTED)
        return shown

    if error.place is not None and known:
        error.place = redact_place(error.place, redact)
    error.message = _redact_sentence(redact(error.message))
    if error.hint not in FIXED_HINTS:
        error.hint = _redact_sentence(redact(error.hint))
    error.args = (error.message,)


def _without_trivial(secrets: Iterable[str]) -> Iterator[str]:
    """The secrets without trivial values such as `true`, `no` and `null`."""
    return (secret for secret in secrets if not is_trivial(secret.strip("\"'")))


def _forms(secrets: Iterable[str]) -> list[str]:
    """The texts to look for in a message or a line: each secret with and without its quotes, the longest first."""
    forms = {
        form
        for secret in secrets
        for form in (secret, secret.strip("\"'"), secret.strip("\"'{}[],"), *_QUOTE_OR_ASK.split(secret))
    }
    return sorted((form for form in forms if len(form) >= MIN_SECRET_LENGTH), key=len, reverse=True)


_AFTER_NAME = re.compile(
    r"(?<=[a-z]) (?=(?:and|cannot|contradict|does|goes|has|is|must|names|needs|or|sends|takes|together|works) )"
    r"|(?<=--auth) (?=none )|(?<=[a-z]:) (?=(?:cd|help|leaves|set|show|unset) )"
)
"""The end of a name in one of callbox's messages, if no value follows the name: `--auth needs user:password`, `a token:
set auth bearer TOKEN`.
"""


def _redact_sentence(text: str) -> str:
    """Redact the values after names in a message of callbox.

    A verb after an option is not a value, and a command is not a value.

    >>> _redact_sentence("HTTPie's --session does not exist here"), _redact_sentence("--password abc is wrong")
    ("HTTPie's --session does not exist here", '--password ? is wrong')
    """
    return " ".join(map(redact_text, _AFTER_NAME.split(text)))


def _translated(text: str) -> str:
    """The line translated to a command of this shell; empty if it is not a line of another tool."""
    try:
        return rewrite(text)
    except CallboxError:
        return ""


def _redact_words(text: str, secrets: list[str] | None = None, known: Analysis | None = None) -> str:
    """Redact the words of a line; the secrets are appended to `secrets`. `known` is the analysis of this text."""
    secrets = secrets if secrets is not None else []
    if (topic := _HELP.match(text)) is not None:
        return topic[0] + _redact_words(text[topic.end() :], secrets)
    typed, text = text, _redact_values(_redact_joined_words(text, secrets), secrets)
    analysis = known if known is not None and text == typed else analyse(text)
    earlier: dict[str, str] = {}
    spans: list[tuple[int, int, str]] = []
    follows_name = False
    beside = _spans_beside_names(analysis.parts) if _VALUE_KEY.search(text) else {}
    takes_target = _takes_target(analysis)
    own = _words_of_their_own(analysis)
    for part in analysis.parts:
        follows_name = follows_name and part.word not in own
        may_be_secret = follows_name and part.role in ("unknown", "item")
        found = _word_span(part.word, part.word.end) if may_be_secret else _secret_spans(part, earlier)
        if not found and part.role == "item":
            found = beside.get(part.word.start) or (_userinfo_spans(part.word) if takes_target else [])
        takes_target = takes_target and part.role in _BEFORE_TARGET
        for start, end, replacement in found:
            secrets.extend([text[start:end]] if replacement == ASK else _secrets_of_url(part.word.text))
        spans.extend(found or _content_spans(part, text, secrets))
        follows_name = _names_secret(part) or (follows_name and part.role in ("unknown", "item"))
        if part.argument is not None:
            before = earlier.get(part.argument.name, "")
            earlier[part.argument.name] = f"{before} {part.word.text}".strip()
    shell_end = _end_of_shell_words(analysis.line)
    files = [part.word for part in analysis.parts if _is_file_item(part) and part.word.end <= shell_end]
    files.append(Word(shell_end, shell_end, "", "", ()))  # the end of the line
    starts = [Word(word.start, word.start, "", "", ()) for word in own if word.end <= shell_end]
    if analysis.line.redirect is not None and analysis.line.redirect.start < shell_end:
        starts.append(Word(analysis.line.redirect.start, analysis.line.redirect.start, "", "", ()))
    joined, pieces, at = _join_spans(spans, text), [], 0
    for word in sorted([*files, *starts]):
        piece = text[at : word.start]
        for start, end, replacement in reversed([one for one in joined if at <= one[0] < word.start]):
            piece = piece[: start - at] + replacement + piece[end - at :]
        pieces += [redact_text(piece, secrets, is_shell_line=analysis.command is not None), text[word.start : word.end]]
        at = word.end
    return "".join([*pieces, redact_text(text[shell_end:], secrets)])


def _words_of_their_own(analysis: Analysis) -> list[Word]:
    """The words that follow an item such as `Authorization:`, which leaves a header out, and that are not the value of
    this header. Such a word is a flag, or an item with a separator that no credential contains.
    """
    found: list[Word] = []
    for before, part in pairwise(analysis.parts):
        left_out = find_separator(before.word) if before.role == "item" else None
        if left_out is None or left_out.kind != "header_left_out" or "cookie" in before.word.text.lower():
            continue
        if part.role.startswith("flag") or (part.role == "item" and _is_parameter(part.word)):
            found.append(part.word)
    return found


def _is_parameter(word: Word) -> bool:
    """Whether a word is `name==value` or `name:=value`. The name is short: a long one may be a credential."""
    separation = find_separator(word)
    if separation is None or separation.kind not in ("json", "query"):
        return False
    return 0 < separation.at <= _MAX_PARAMETER_NAME and separation.after < len(word.text)


_MAX_PARAMETER_NAME = 30


def _is_file_item(part: WordRole) -> bool:
    """Whether the word is an item whose value is the name of a file, which is not a secret: `password:=@FILE`,
    `token@FILE`.
    """
    separation = find_separator(part.word) if part.role == "item" else None
    return separation is not None and (separation.kind.endswith("_file") or separation.kind == "upload")


def _takes_target(analysis: Analysis) -> bool:
    command = (analysis.inner or analysis).command
    return command is not None and any(argument.kind == "target" for argument in command.arguments)


def _spans_beside_names(parts: Sequence[WordRole]) -> dict[int, list[tuple[int, int, str]]]:
    """The spans of values that are secret because of another item (`name=password value=x`), by the start of their
    word.
    """
    fields = []
    for part in parts:
        separation = find_separator(part.word) if part.role in ("item", "unknown") else None
        if separation is not None and separation.kind in _FIELDS and separation.at:
            fields.append((part.word, separation, read_key(part.word.part(0, separation.at))))
    secret = find_named_secrets((path, word.text[at.after :]) for word, at, path in fields) if len(fields) > 1 else ()
    return {word.start: _spans_from(word, at.after) for word, at, path in fields if path in secret}


def _userinfo_spans(word: Word) -> list[tuple[int, int, str]]:
    """The user and password of a target without a scheme (`ann:pw@host/x`), which looks like a header."""
    return _url_spans(word) if _USERINFO.match(word.text) else []


def _end_of_shell_words(line: Line) -> int:
    """The position where a command for the system's shell begins."""
    if line.bang >= 0:
        return line.bang + 1
    is_piped = line.redirect is not None and line.redirect.operator == "|"
    return line.redirect.start if line.redirect is not None and is_piped else len(line.text)


def _secret_spans(part: WordRole, earlier: dict[str, str]) -> list[tuple[int, int, str]]:
    word = part.word
    if part.role == "item":
        return _item_spans(word)
    if part.role in ("flag_value", "flag_with_value") and part.flag is not None:
        is_secret = bool(part.flag.kind) and ARGUMENT_TYPES[part.flag.kind].is_secret({})
        value = word if part.role == "flag_value" else word.part(word.text.index("=") + 1)
        if part.flag.kind == "run_pair":
            return _item_spans(value)
        if not is_secret:
            return _url_spans(word)
        return _word_span(value, word.end) if value.text else []
    if part.role == "unknown":
        return _item_spans(word) or _url_spans(word)
    if part.argument is None:
        return []
    if part.argument.kind == "scheme":
        return [] if names_scheme(word.text) else _word_span(word, word.end)
    if part.argument.kind == "secret" and "arguments" not in earlier and (spans := _auth_spans(word, earlier)):
        return spans
    if ARGUMENT_TYPES[part.argument.kind].is_secret(earlier):
        return _word_span(word, word.end)
    return _url_spans(word) if part.argument.kind in ("target", "base", "place", "option_value") else []


def _auth_spans(word: Word, earlier: dict[str, str]) -> list[tuple[int, int, str]]:
    """The secret in the first word after a scheme: the whole word, or the part after the name of a user or header."""
    scheme = earlier.get("scheme", "").lower()
    if scheme not in SCHEMES:  # the scheme is misspelt or unknown, so this may be the secret
        return _word_span(word, word.end)
    separator = {"apikey": _API_KEY_SEPARATOR, "bearer": None}.get(scheme, _USER_SEPARATOR)
    found = separator.search(word.text) if separator is not None else None
    return _spans_from(word, found.end()) if found is not None else []


def _content_spans(part: WordRole, text: str, secrets: list[str]) -> list[tuple[int, int, str]]:
    """The spans of secrets in a body or in a JSON field."""
    is_body = part.flag is not None and part.flag.name == "body"
    is_json = part.role in ("item", "unknown") and (":=" in part.word.text or is_json_body(part.word))
    if (not is_body and not is_json) or _is_file_item(part):
        return []
    word = text[part.word.start : part.word.end]
    redacted = redact_text(word, secrets)
    return [(part.word.start, part.word.end, redacted)] if redacted != word else []


def _names_secret(part: WordRole) -> bool:
    """Whether a credential may follow this unknown word."""
    name = part.word.text.strip("-").rstrip(":=").lower()
    if _is_file_item(part) or _ends_with_empty_quotes(part.word):
        return False
    if part.role not in ("unknown", "item") or not name or ":" in name or "=" in name:
        return False
    if is_scheme(name) or is_credential_name(name):
        return True
    return part.role == "unknown" and (name in _LOGINS or _is_misspelled(name))


def _ends_with_empty_quotes(word: Word) -> bool:
    """Whether the value of an item is empty and in quotes (`password=''`), so that no value follows the word."""
    return bool(word.offsets) and word.end - word.offsets[-1] > 2


def _is_misspelled(name: str) -> bool:
    """Whether a word is a misspelling of a word that a credential follows."""
    return any(is_slip(name, word) or is_slip(word, name) or sorted(name) == sorted(word) for word in _FOLLOWED)


def _secrets_of_url(text: str) -> list[str]:
    """The secrets that `redact_target` replaces in a target."""
    secrets: list[str] = []

    def take(secret: str) -> str:
        secrets.append(secret)
        return ASK

    redact_shown_url(text, replace=take)
    return secrets


def _url_spans(word: Word) -> list[tuple[int, int, str]]:
    hidden = redact_target(word.text)
    return [(word.start, word.end, _as_word(hidden))] if hidden != word.text else []


def _item_spans(word: Word) -> list[tuple[int, int, str]]:
    separation = find_separator(word)
    if separation is None or separation.kind.endswith("_file") or separation.kind == "upload" or not separation.at:
        return []
    name, typed = word.text[: separation.at], word.text[separation.after :]
    if not typed or not names_secret(separation.kind, name, typed):
        return []
    if not is_quoted_item(word):
        return _spans_from(word, separation.after)
    value = word.text[separation.after :]
    start = len(word.text) - len(value.lstrip())
    return [(word.offsets[start], word.offsets[-1] + 1, ASK)] if _word_span(word.part(start), word.end) else []


def _spans_from(word: Word, at: int) -> list[tuple[int, int, str]]:
    """The span of a word without its first `at` characters, but with the quotes around it."""
    start = word.offsets[at - 1] + 1
    return _word_span(word.part(at)._replace(start=start), word.end)


def _word_span(word: Word, end: int) -> list[tuple[int, int, str]]:
    """The span of a word; none if it holds only variables or an auth scheme."""
    if not word.text:
        return []
    typed = "".join(c for c, mark in zip(word.text, word.marks, strict=True) if mark not in _FILLED_MARKS)
    if is_reference(word.text):
        return []
    if is_scheme(typed.strip()) or (not typed.strip() and not _FILLED_MARKS.isdisjoint(word.marks)):
        return []
    return [(word.start, end, ASK)]


def _join_spans(spans: list[tuple[int, int, str]], text: str) -> list[tuple[int, int, str]]:
    """Join spans that have only blanks between them, so that callbox asks once for a value of several words."""
    joined: list[tuple[int, int, str]] = []
    for start, end, replacement in spans:
        if joined and replacement == ASK == joined[-1][2] and not text[joined[-1][1] : start].strip():
            joined[-1] = (joined[-1][0], end, ASK)
        else:
            joined.append((start, end, replacement))
    return joined


def _as_word(text: str) -> str:
    return text if not any(c.isspace() or c in "'\"\\" for c in text) else quote(text)
