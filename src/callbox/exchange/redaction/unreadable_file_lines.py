"""Redact lines that callbox cannot parse, and the messages about these lines. Pure.

In such a line, the sign between a name and its value may be missing or wrong. So each word after the name of a
credential, or after an auth scheme, is redacted. Only words that are known to be harmless stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from functools import cache
from typing import TypeVar

from callbox.errors import CallboxError, Place
from callbox.exchange.redaction.credential_names import is_credential_name, is_scheme
from callbox.exchange.redaction.displayed_fields_and_values import redact_place, redact_tokens
from callbox.exchange.redaction.secrets_by_name import redact_named
from callbox.exchange.redaction.urls import redact_login
from callbox.exchange.secret import REDACTED
from callbox.exchange.template_braces import BRACED_ON_LINE

_WORD = re.compile(rf"(?:{BRACED_ON_LINE}|\S)++")
"""A word of a line: all characters up to the next blank. A `{{variable}}` may contain blanks."""
_AROUND_NAME = "\"'`([{<,;:=@#$-"
_NAME = re.compile(r"[^\"'`=:<>(){},;?&]++")
_OPTION = re.compile(r"-[A-Za-z]{0,7}[abuUE]")
"""An option of curl or HTTPie whose value, the next word, is a credential."""
_OPTION_WITH_VALUE = re.compile(r"(-[abuUE][^\s:=/\"'`]{0,200}+[:=])\S++")
"""Such an option with its value in the same word: `-uann:pw`, `-bsid=1`."""
_SCHEME = re.compile(
    r"[\"'`=:]*+(?:API-?[Kk]ey|Api[Kk]ey|AWS\d?|AWS4-HMAC-SHA256|B(?:asic|ASIC|earer|EARER)|bearer|D(?:igest|PoP)|"
    r"Hawk|H(?:MAC|OBA)|JWT|Kerberos|N(?:egotiate|TLM)|OAuth|SSWS|Token|WSSE)|@(?:basic|digest|ntlm)"
)
_HARMLESS = re.compile(
    rf"[\W_]*+|HTTP/[\d.]{{0,5}}+|true|false|null|contains|matches|exists|isString|startsWith|endsWith|"
    rf"(?i:bearer|basic|digest|negotiate|ntlm)|[\"'(]{{0,3}}+(?:[\w.-]{{1,60}}+[=:])?+(?:\.\.\.|{BRACED_ON_LINE})[^\w{{]*+"
)
"""Words that stay even after the name of a credential: variables, signs, operators, schemes and redacted values."""
_SECRET_DIRECTIVE = re.compile(r"\s*+(?:#++|/{2,}+)\s*+@secret\s++(?![^\n]*=)")
"""The beginning of a directive whose next word is the name of a secret, and not the secret."""
_QUOTED = re.compile(r"(?<=')[^'\n]++(?=')")
ErrorT = TypeVar("ErrorT", bound=CallboxError)
_MIN_SECRET = 4
_ALL = 1_000_000


def redact_bad_line(line: str, redact: Callable[[str], str] = redact_named) -> str:
    """Redact a line with an error. Everything that may be a secret becomes `...`.

    >>> redact_bad_line("Authorization Bearer abc"), redact_bad_line("@pass word = abc {{x}}")
    ('Authorization Bearer ...', '@pass ... = ... {{x}}')
    >>> redact_bad_line("GET us:pw@h/token/list HTTP/1.1")
    'GET us:...@h/token/list HTTP/1.1'
    """
    return "".join(text for text, _ in _pieces(redact(redact_tokens(line))))


def redact_script_target(texts: Iterable[str], redact: Callable[[str], str] = redact_named) -> str:
    """Redact the target of a request line, given as the texts of its lines.

    callbox sends words after a URL as a part of the URL. But the author may have meant them as options of a command, or
    as headers.

    >>> redact_script_target(["http://h/?a=b", "&c=d -a us:pw"])
    'http://h/?a=b&c=d -a ...'
    """
    return "".join(redact_bad_line(text, redact) for text in texts)


def find_secret_words(text: str) -> Iterator[str]:
    """The words of a bad line that `redact_bad_line` redacts because the word before names a credential.

    >>> list(find_secret_words("http://h/ -a us:pw"))
    ['us:pw']
    """
    return (secret for _, secret in _pieces(text) if secret)


def redact_script_place(place: Place, redact: Callable[[str], str] = redact_named) -> Place:
    """A copy of a place in a script, with its line redacted as a bad line. The caret stays below the same
    characters.
    """
    return redact_place(place, lambda text: redact_bad_line(text, redact))


def redact_message(message: str, line: str, redact: Callable[[str], str] = redact_named) -> str:
    """Redact a message about a line. The message may quote the line or a part of it.

    >>> redact_message("'bodyy $.password is Abc1' cannot be checked: Abc1", "?? bodyy $.password is Abc1")
    "'bodyy $.password ...' cannot be checked: ..."
    """
    shown = redact(redact_tokens(line))
    removed = {secret for text in (line, shown) for secret in find_secret_words(text)}
    removed |= {secret.rpartition(":")[2] for secret in removed}  # The message may quote only the password of a login.
    if line.strip():
        message = message.replace(line.strip(), "".join(text for text, _ in _pieces(shown)).strip())
    for secret in sorted(removed, key=len, reverse=True):
        if len(secret) >= _MIN_SECRET and not secret.isalpha() and not is_scheme(secret):
            message = message.replace(secret, REDACTED)
    return redact(_QUOTED.sub(lambda quoted: redact_bad_line(quoted[0], redact), message))


def redact_message_and_place(
    message: str, place: Place | None, redact: Callable[[str], str] = redact_named
) -> tuple[str, Place | None]:
    """Redact a message about the line at a place, and the place itself. The line may be long, so it is redacted once
    for both.
    """
    redact_once = cache(redact)
    shown = redact_message(message, "" if place is None else place.source, redact_once)
    return shown, place and redact_script_place(place, redact_once)


def redact_error(error: ErrorT, redact: Callable[[str], str] = redact_named) -> ErrorT:
    """A copy of an error about a line of a file, with its message, hint and place redacted."""
    redacted = copy(error)
    redacted.message, redacted.place = redact_message_and_place(error.message, error.place, redact)
    redacted.args = (redacted.message,)
    redacted.hint = redact(error.hint)
    return redacted


def redact_quoted_words(error: ErrorT, words: Iterable[str]) -> ErrorT:
    """A copy of an error about a command line. Secrets in the words of the command line, such as `--token=x` or
    `token=x`, are redacted in its message and hint.

    >>> error = CallboxError("timeout must be a time, not 'token=hunter2'")
    >>> str(redact_quoted_words(error, ["--timeout", "token=hunter2"]))
    "timeout must be a time, not 'token=...'"
    """
    redacted = copy(error)
    for word in words:
        for text in (word, word.partition("=")[2] if word.startswith("--") else ""):
            if text and (shown := redact_bad_line(text)) != text:
                redacted.message = redacted.message.replace(text, shown)
                redacted.hint = redacted.hint.replace(text, shown)
    redacted.args = (redacted.message,)
    return redacted


def _pieces(line: str) -> Iterator[tuple[str, str]]:
    """Yield the redacted line in pieces. With each piece comes the secret that was redacted in it; empty if there was
    none.
    """
    directive = _SECRET_DIRECTIVE.match(line)
    count, was_redacted, at, quote = 0, False, directive.end() if directive is not None else 0, ""
    yield line[:at], ""
    for word in _WORD.finditer(line, at):
        between, text = line[at : word.start()], word[0]
        at = word.end()
        if not count:
            shown, secret = _redact_word(text)
            yield between + shown, secret
            count = _secret_words_after(text)
            was_redacted, quote = False, ""
            continue
        quote = quote or _opening_quote(text)
        is_end = not quote or text.endswith(quote)
        if _HARMLESS.fullmatch(text) is not None:
            yield between + text, ""
            was_redacted = REDACTED in text
            count -= was_redacted and is_end
        else:
            yield "" if was_redacted else between + REDACTED, text.strip("\"'`,;")
            was_redacted = True
            count -= is_end
    yield line[at:], ""


def _redact_word(word: str) -> tuple[str, str]:
    """Redact the password of a login or the value of an option in a word. Returns the word, and the value of the
    option.
    """
    option = _OPTION_WITH_VALUE.fullmatch(word)
    return (option[1] + REDACTED, word[option.end(1) :]) if option is not None else (redact_login(word), "")


def _opening_quote(word: str) -> str:
    """The quote with which a word begins, if the word does not end with it; otherwise empty."""
    is_open = word[0] in "\"'" and (len(word) == 1 or word[-1] != word[0])
    return word[0] if is_open else ""


def _secret_words_after(word: str) -> int:
    """How many words after this word may be secret."""
    if _OPTION.fullmatch(word) is not None:
        return 1
    if _SCHEME.fullmatch(word) is not None:
        return _ALL
    if "/" in word or word.startswith("{{") or (word.startswith("--") and "=" in word):
        return 0
    name = _NAME.match(word.lstrip(_AROUND_NAME))
    return _ALL if name is not None and is_credential_name(name[0].rstrip(".]")) else 0
