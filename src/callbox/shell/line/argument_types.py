"""Argument types: how a word is parsed and coloured. One record for each type.

A parser takes the text of the word (variables filled), and the earlier arguments of the same command by name. It
raises UsageError without a place. The candidates of completion are in
`callbox.shell.completion.argument_candidates`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from callbox.engine.options import find_option, parse_option
from callbox.engine.session_state_and_edit_log import NOUNS
from callbox.errors import UsageError
from callbox.exchange.headers import TOKEN
from callbox.exchange.media_types_and_charsets import charset_of
from callbox.exchange.redaction.credential_names import is_credential_name, is_credential_parameter, may_name_credential
from callbox.exchange.redaction.urls import find_userinfo
from callbox.exchange.secret import ASK
from callbox.exchange.url import TextPart
from callbox.shell.line.lexer import Word
from callbox.shell.line.targets_and_items import is_target, read_target
from callbox.shell.request_history import _RANGES, _number_of, read_ranges
from callbox.spelling import closest, hint, suggestion

EarlierArguments: TypeAlias = Mapping[str, str]

_NAME = re.compile(r"[\w.\-]+\Z")
_NUMBER = re.compile(r"-?\d{1,9}\Z", re.ASCII)
_EARLIER = re.compile(r"h\d{1,9}\Z", re.ASCII)
METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace", "query", "propfind", "purge", "link")
SCHEMES = ("basic", "bearer", "digest", "apikey")
_NO_AUTH = "to remove the credential: unset auth; --auth none leaves it out once"
_NO_SCHEMES: Mapping[str, str] = {
    **dict.fromkeys(("none", "no", "off", "null"), _NO_AUTH),
    **dict.fromkeys(("token", "jwt", "oauth", "oauth2"), "for a token: set auth bearer TOKEN"),
    **dict.fromkeys(("key", "api-key", "api_key", "header"), "for a key: set auth apikey NAME KEY"),
    **dict.fromkeys(("user", "login", "password"), "for a user: set auth basic USER"),
    **dict.fromkeys(("ntlm", "negotiate", "kerberos", "spnego", "hawk", "aws", "aws-sigv4", "sigv4", "netrc"), ""),
}
"""Words that users write for a scheme, with what to write instead. None of them is a secret."""
CHARSETS = ("utf-8", "latin-1", "windows-1252", "utf-16", "big5", "euc-kr", "gb18030", "koi8-r", "shift_jis")
"""The charsets that completion offers. All others that Python knows are accepted, too."""
_CHARSET = re.compile(r"[\w.:+-]{1,40}", re.ASCII)
BODY_FORMS = ("json", "xml", "html", "text")
FORMS = ("http", "curl", "httpie", "python")
COOKIE_ATTRIBUTES = ("domain", "path", "expires", "max-age", "samesite", "secure", "httponly", "host-only")
RESETS = (*NOUNS, "connection")
_BARE_ATTRIBUTES = ("secure", "httponly", "host-only")
LISTINGS = ("text", "json")
DIFF_PARTS = ("headers", "body")


class SecretPlaceholder(str):
    """The type of `SECRET_PLACEHOLDER`: a str, so that it can be passed as a value."""

    __slots__ = ()


SECRET_PLACEHOLDER = SecretPlaceholder(ASK)
"""A bare `?` in place of a secret, so that the handler asks the user for the secret."""


_ENCODED_ASK = "3F"
_ASKED = re.compile(r"(?:\A|=)\?[?'\"]*+(?=[;,\s]|\Z)")
_ASKED_TOKEN = re.compile(r"\b[Bb]earer \?(?=[;,\s'\"]|\Z)")
"""A token that was redacted after its scheme."""
_ASKED_LINE = re.compile(r"^\?$", re.MULTILINE)
"""A line that is only `?`, among several lines; the `?` stands for a redacted secret."""


_TYPE_SECRET = f"type the secret in place of {ASK}"


def check_no_placeholder(text: str, what: str = "value") -> None:
    """Raise UsageError if the text has a `?` that the history or `show session` put in the place of a secret."""
    if f"{ASK}@" in text and ASK in find_userinfo(text):
        raise UsageError(f"The password of a URL in this {what} is not kept in the history", hint="type it again")
    if "earer ?" in text and _ASKED_TOKEN.search(text):
        raise UsageError(f"A secret in this {what} is not kept in the history", hint=_TYPE_SECRET)
    if (ASK in text or _ENCODED_ASK in text) and may_name_credential(text):
        # these patterns take 80 ms to compile, and such texts are rare
        from callbox.exchange.redaction.secrets_by_name import find_secrets

        is_asked = any(_ASKED.search(secret) for secret in find_secrets(text))
        if is_asked or ("\n" in text and _ASKED_LINE.search(text)):
            raise UsageError(f"A secret in this {what} is not kept in the history", hint=_TYPE_SECRET)


class TypedText(str):
    """A word exactly as the user typed it, with nothing filled in.

    Only a typed word may name a secret (`env:NAME`, `keyring:NAME`). Text of a response or of a file that looks like
    such a reference is only text.
    """

    __slots__ = ()


class ForeignText(str):
    """A text with parts, some of which come from a response. A variable can hold this value.

    The parts belong only to this object. Another value with the same text may have other parts, or no part that comes
    from a response.
    """

    __slots__ = ("parts",)
    parts: tuple[TextPart, ...]

    def __new__(cls, text: str, parts: Iterable[TextPart] = ()) -> ForeignText:
        """Make the text with its parts.

        If the joined parts differ from the text, the whole text counts as text of a response.
        """
        made = super().__new__(cls, text)
        known = tuple(parts)
        is_whole = "".join(part.text for part in known) == text
        made.parts = known if is_whole else (TextPart(text, is_foreign=True),)
        return made

    def __eq__(self, other: object) -> bool:
        """Whether the texts are equal.

        If both texts have parts, the parts must also be equal, because a change of the parts is an edit of the session.
        """
        return str.__eq__(self, other) is True and (not isinstance(other, ForeignText) or self.parts == other.parts)

    def __ne__(self, other: object) -> bool:
        """The opposite of `==`; `str` has its own."""
        return not self == other

    __hash__ = str.__hash__


class ArgumentType(NamedTuple):
    """How words of one type are parsed and coloured."""

    what: str
    """What messages call the type, such as `the name of a header`."""
    style: str = "string"
    parse: Callable[[str, EarlierArguments], object] = lambda text, earlier: text
    accepts: Callable[[Word], bool] = lambda word: True
    """Whether a word can be this argument, if the argument may be left out."""
    is_secret: Callable[[EarlierArguments], bool] = lambda earlier: False
    may_be_secret: bool = False
    """Whether a bare `?` always asks for the value."""


def _ranges(text: str, earlier: EarlierArguments) -> object:
    return read_ranges(text)


def _history_number(text: str, earlier: EarlierArguments) -> object:
    if text.startswith("#"):
        raise UsageError(f"{text} names a connection, not a request", hint=f"try {text[1:] or 1}")
    if not _is_history_number(text) or _number_of(text) == 0:
        raise UsageError(
            f"'{text}' is not the number of a request in the history",
            hint="to list the numbers: show history; -1 is the last",
        )
    return _number_of(text)


def is_earlier_id(text: str) -> bool:
    """Whether this is the id of a request of an earlier shell.

    >>> [text for text in ("h12", "12", "h", "head") if is_earlier_id(text)]
    ['h12']
    """
    return _EARLIER.match(text) is not None


def _is_history_number(text: str) -> bool:
    return _NUMBER.match(text) is not None or is_earlier_id(text)


def _count(text: str, earlier: EarlierArguments) -> object:
    if not (_NUMBER.match(text) and int(text) > 0):
        raise UsageError(f"'{text}' is not a count", hint="as in: again --times 50")
    return int(text)


def _header_name(text: str, earlier: EarlierArguments) -> object:
    if not TOKEN.match(text):
        bare = text.rstrip(":")
        tip = f"try {bare}" if bare != text and TOKEN.match(bare) else "letters, digits and dashes"
        raise UsageError(f"'{text}' is not a header name", hint=tip)
    return text


def _header_value(text: str, earlier: EarlierArguments) -> object:
    if "\r" in text or "\n" in text or "\0" in text:
        raise UsageError("A header value must be one line")
    return _text(text, earlier)


def _text(text: str, earlier: EarlierArguments) -> object:
    check_no_placeholder(text)
    return text


def _run_pair(text: str, earlier: EarlierArguments) -> object:
    check_no_placeholder(text.partition("=")[2])
    return text


def _cookie_name(text: str, earlier: EarlierArguments) -> object:
    if not text or re.search(r"[=;,\s\x00-\x1f\x7f]", text):
        name, equals, value = text.partition("=")
        tip = f"set cookie {name} {value}" if equals and name and value else ""
        raise UsageError(f"'{text}' is not a cookie name", hint=tip)
    return text


def _cookie_value(text: str, earlier: EarlierArguments) -> object:
    if re.search(r"[;\x00-\x08\x0a-\x1f\x7f]", text):
        raise UsageError(
            "A cookie value must be one line without ';'", hint="write attributes as separate words, such as path=/"
        )
    return text


def _cookie_attribute(text: str, earlier: EarlierArguments) -> object:
    name, equals, _ = text.partition("=")
    attribute = name.lower()
    if attribute not in COOKIE_ATTRIBUTES:
        raise UsageError(f"No cookie attribute '{name}'", hint=hint(name, COOKIE_ATTRIBUTES, "domain=, path=, secure"))
    if not equals and attribute not in _BARE_ATTRIBUTES:
        raise UsageError(f"{attribute} needs a value", hint=f"{attribute}=..")
    return text


def _var_name(text: str, earlier: EarlierArguments) -> object:
    if not _NAME.match(text) or text == "last" or text.startswith("last."):
        tip = "'last' means the last response" if text.startswith("last") else "letters, digits, _, - and ."
        raise UsageError(f"'{text}' is not a name for a variable", hint=tip)
    return text


def _option_name(text: str, earlier: EarlierArguments) -> object:
    return find_option(text.lower().removeprefix("--")).name


def _option_value(text: str, earlier: EarlierArguments) -> object:
    if earlier.get("name"):
        parse_option(str(_option_name(earlier["name"], earlier)), text)
    return text


def _choice(what: str, choices: tuple[str, ...]) -> Callable[[str, EarlierArguments], object]:
    def parse(text: str, earlier: EarlierArguments) -> object:
        if text.lower() not in choices:
            raise UsageError(f"No {what} '{text}'", hint=hint(text, choices, ", ".join(choices)))
        return text.lower()

    return parse


def _scheme(text: str, earlier: EarlierArguments) -> object:
    scheme = text.lower()
    if scheme in SCHEMES:
        return scheme
    found = closest(text, SCHEMES)
    if found and scheme not in _NO_SCHEMES:
        raise UsageError(f"No auth scheme '{text}'", hint=suggestion(found))
    user, colon, _ = text.partition(":")
    tip = "for a user: set auth basic USER:PASSWORD" if user and colon else _NO_SCHEMES.get(scheme)
    raise UsageError(f"'{text}' is not an auth scheme", hint=tip or f"choose one of: {', '.join(SCHEMES)}")


def names_scheme(text: str) -> bool:
    """Whether this word names an auth scheme, even a misspelt or unknown one, so that it is not a secret.

    >>> names_scheme("berer"), names_scheme("none"), names_scheme("hunter2")
    (True, True, False)
    """
    return text.lower() in _NO_SCHEMES or bool(closest(text, SCHEMES))


def _charset(text: str, earlier: EarlierArguments) -> object:
    if not _CHARSET.fullmatch(text) or charset_of(f";charset={text}") is None:
        raise UsageError(f"No charset '{text}'", hint=hint(text, CHARSETS, ", ".join(CHARSETS)))
    return text.lower()


def _parts(text: str, earlier: EarlierArguments) -> object:
    if not text or set(text) - set("HBhb"):
        raise UsageError(f"--print must be letters of HBhb, not '{text}'", hint="--print hb")
    return text


def _method(text: str, earlier: EarlierArguments) -> object:
    if not TOKEN.match(text):
        raise UsageError(
            f"'{text}' is not a method", hint="write: send METHOD TARGET, for example: send PROPFIND /files"
        )
    return text.upper() if text.lower() in METHODS else text


def _existing_name(what: str) -> ArgumentType:
    return ArgumentType(
        f"the name of {what}, or *",
        "header.name" if "header" in what else "noun",
        accepts=lambda word: "=" not in word.text,
    )


def _new_request(text: str, earlier: EarlierArguments) -> object:
    if text.lower() in METHODS:
        raise UsageError(f"'{text}' is a method", hint="choose a name that says what the request is for, such as login")
    return text


def _auth_is_secret(earlier: EarlierArguments) -> bool:
    """Whether the next word of `set auth SCHEME ARG..` is the secret.

    The user of `basic` and the header of `apikey` are not secret.
    """
    return earlier.get("scheme", "").lower() == "bearer" or "arguments" in earlier


def _name_is_secret(earlier: EarlierArguments) -> bool:
    return is_credential_name(earlier.get("name", ""))


def _parameter_is_secret(earlier: EarlierArguments) -> bool:
    return is_credential_parameter(earlier.get("name", ""))


def _always_secret(earlier: EarlierArguments) -> bool:
    return True


ARGUMENT_TYPES: Mapping[str, ArgumentType] = {
    "target": ArgumentType("a path or URL", "path", read_target, accepts=is_target),
    "base": ArgumentType("a URL", "path", read_target),
    "place": ArgumentType("a URL, a path, .. or -", "path", read_target),
    "saved_session": ArgumentType("the name of a session", "noun"),
    "new_session": ArgumentType("a name for the session", "noun"),
    "saved_request": ArgumentType("the name of a saved request", "noun"),
    "new_request": ArgumentType("a name for the request", "noun", _new_request),
    "method": ArgumentType("a method or a saved request", "command", _method),
    "header_name": ArgumentType("the name of a header", "header.name", _header_name),
    "header_value": ArgumentType("its value", parse=_header_value, is_secret=_parameter_is_secret, may_be_secret=True),
    "cookie_name": ArgumentType("the name of a cookie", "header.name", _cookie_name),
    "cookie_value": ArgumentType("its value", parse=_cookie_value, is_secret=_always_secret),
    "cookie_attribute": ArgumentType("domain=, path=, secure ..", "flag", _cookie_attribute),
    "cookie_place": ArgumentType(
        "domain= or path=",
        "flag",
        _cookie_attribute,
        accepts=lambda word: word.text.lower().startswith(("domain=", "path=")),
    ),
    "scheme": ArgumentType("a scheme", "noun", _scheme),
    "secret": ArgumentType("its credentials", is_secret=_auth_is_secret),
    "credentials": ArgumentType("user:password, user, or none", is_secret=_always_secret),
    "query_name": ArgumentType("the name of a parameter", "header.name"),
    "query_value": ArgumentType("its value", parse=_text, is_secret=_parameter_is_secret, may_be_secret=True),
    "var_name": ArgumentType("the name of a variable", "variable", _var_name),
    "text": ArgumentType("a text", parse=_text, is_secret=_name_is_secret, may_be_secret=True),
    "option_name": ArgumentType("the name of an option", "flag", _option_name),
    "option_value": ArgumentType("its value", "number", _option_value, is_secret=_name_is_secret),
    "switch_value": ArgumentType("yes or no", "number", _option_value),
    "held_header": _existing_name("a header"),
    "held_cookie": _existing_name("a cookie"),
    "held_query": _existing_name("a parameter"),
    "held_var": _existing_name("a variable"),
    "held_option": _existing_name("an option"),
    "reset_noun": ArgumentType("a noun", "noun", _choice("noun", RESETS)),
    "history_number": ArgumentType(
        "a number from show history",
        "number",
        _history_number,
        accepts=lambda word: _is_history_number(word.text) or word.text.startswith("#"),
    ),
    "range": ArgumentType(
        "a range, as 2..5", "number", _ranges, accepts=lambda word: _RANGES.match(word.text) is not None
    ),
    "count": ArgumentType("a number", "number", _count),
    "listing_format": ArgumentType("text or json", "noun", _choice("format", LISTINGS)),
    "diff_part": ArgumentType("headers or body", "noun", _choice("part", DIFF_PARTS)),
    "last_part": ArgumentType("headers, body, request, timing or a path", "path"),
    "download_file": ArgumentType("a file or a folder", "path"),
    "editable": ArgumentType("session, last, a number from show history, a saved request or a file", "path"),
    "listable": ArgumentType("a path or a .http file", "path"),
    "script_file": ArgumentType("a .http file", "path"),
    "file_name": ArgumentType("a file", "path"),
    "file_or_url": ArgumentType("a file or a URL", "path"),
    "selection": ArgumentType("the name of a request, or a range", "string"),
    "topic": ArgumentType("a command", "command"),
    "run_value": ArgumentType("a value", "string"),
    "run_pair": ArgumentType("NAME=VALUE", "string", _run_pair),
    "shell_command": ArgumentType("a command of the system's shell", "string"),
    "parts": ArgumentType("letters of HBhb", "string", _parts),
    "body_form": ArgumentType("json, xml, html or text", "noun", _choice("form", BODY_FORMS)),
    "charset": ArgumentType("a charset", "noun", _charset),
    "form_of_request": ArgumentType("http, curl, httpie or python", "noun", _choice("form", FORMS)),
}
"""Every type of argument, by the name that arguments and flags use."""
