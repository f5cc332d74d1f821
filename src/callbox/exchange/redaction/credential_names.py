"""Decide whether a header, parameter, field or variable is a credential, by its name, and redact a credential. Pure.

callbox first splits a name into words, in any style: `newPassword`, `user[password]`, `X-AuthToken`, `private_key`,
`user%5Btoken%5D`. It looks up each word alone, and together with the words after it (`api key`). If several words are
written as one (`accesstoken`), the end of the word decides.

`find_name_words` searches a large text for the words that names of credentials contain. To compile all its patterns
takes 20 ms, more than all other work of a short command. So `CredentialPatterns` compiles each pattern on first use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice, pairwise
from urllib.parse import unquote_plus

from callbox.exchange.secret import redact_secret


class CredentialPatterns(dict[str, re.Pattern[str]]):
    """A `dict` of patterns by name. A pattern is compiled at its first lookup; the next lookup is as fast as in any
    `dict`.

    >>> patterns = CredentialPatterns({"digits": "[0-9]+"})
    >>> len(patterns), patterns["digits"].findall("1, 22"), len(patterns)
    (0, ['1', '22'], 1)
    """

    def __init__(self, sources: Mapping[str, str], flags: int = 0) -> None:
        super().__init__()
        self.sources = sources
        self._flags = flags

    def __missing__(self, name: str) -> re.Pattern[str]:
        pattern = self[name] = re.compile(self.sources[name], self._flags)
        return pattern


_KEYS = (
    "access account admin aes api app application auth client consumer deploy developer decryption dsa ecdsa "
    "encryption function functions gpg hmac host integration license master pass pgp priv private recovery rsa "
    "secret security server service session shared signing ssh storage subscription token vault wallet webhook "
    "write"
).split()
"""Words before `key` that make it a credential. Other keys (`primary_key`, `sort_key`, `Idempotency-Key`) are not."""
_CODES = (
    "access auth authentication authorization backup device fa login mfa otp pin recovery reset security signin sms "
    "totp verification"
).split()
"""Words before `code` that make it a credential (`fa` is for `2fa_code`).

Other codes (`country_code`, `status code`) are not.
"""
_PHRASES = "backup mnemonic recovery seed".split()
"""Words before `phrase` that make it a credential."""
_PASSES = "admin db email ftp http imap key ldap login mail my mysql new old proxy root smtp ssh store user".split()
"""The first parts of words that end with `pass` and name a password, such as `dbpass`. In other words (`bypass`,
`compass`), `pass` means something else.
"""
_TOKENS = "access api auth id refresh".split()
"""Words before `tokens` that make it a list of credentials. Other names (`max_tokens`, `tokens_used`) are counts."""
VALUE_NAMES = frozenset(("content", "v", "val", "value"))
"""Keys of a member whose value is named by another member, as in `{"name": "password", "value": ".."}`.

Here the key is `value`. The value may be an object.
"""
VALUE_WORDS = frozenset(
    (
        *VALUE_NAMES,
        *"contents current data default defaults example given got initial input inputs new old payload".split(),
        *"plaintext raw received submitted vals values".split(),
    )
)
"""The last words of such keys, if the value is a text, a number or a list: `rejectedValue`, `new_value`."""
KEYS_OF_NAMES = frozenset("attribute field header id itemprop k key name param parameter property variable".split())
"""Keys of the member that names the value, such as `key`.

They are used in a text without brackets around both members.
"""
_NO_NAMES = frozenset(
    (
        *"action alt class desc description detail details error errors expected for help hint href message".split(),
        *"messages method msg placeholder reason rel scope scopes src style summary text".split(),
    )
)
"""The last words of keys whose text is a message or an address, and not the name of a value."""
_GRANT_TYPES = ("grant_type", "granttype")
"""Members whose text may be `password`, but which do not name a value (RFC 6749 section 4.3.2)."""
_MAX_BESIDE = 100
"""How many members of an object are searched for the name of a value."""
_MAX_WORDS = 4
"""A text of more words is a sentence, and not the name of a value."""
_KEY_PHRASES = tuple(f"{of}{key}" for of in _KEYS for key in ("key", "keys"))
_CODE_PHRASES = tuple(f"{of}{code}" for of in (*_CODES, "onetime") for code in ("code", "codes"))
_CARD_PHRASES = tuple(f"{card}{number}" for card in ("card", "cards") for number in ("number", "numbers", "num", "no"))
"""Names for the number of a payment card. Other data of a card (`card_type`, `last4`) is not secret."""
_ANYWHERE = frozenset(
    (
        *"auth authentication authorization bearer cookie cookies cred credential credentials creds csrf jwt".split(),
        *"oauth otp otps passcode passcodes passphrase password passwords secret secrets session token totp".split(),
        *"xauth xsrf clientassertion codeverifier oauthverifier samlassertion samlresponse".split(),
        *"connectionstring connectionstrings connstr connstring mnemonic mnemonics".split(),
        *_CARD_PHRASES,
        *_KEY_PHRASES,
        *_CODE_PHRASES,
        *(f"{of}{phrase}" for of in _PHRASES for phrase in ("phrase", "phrases")),
        *(f"{of}tokens" for of in _TOKENS),
    )
)
"""A name that contains one of these words, at any place, is the name of a credential. Several words are joined."""
_AT_END = frozenset(
    (*"cvc cvv pass passwd pat pin psw pswd pw pwd sig signature signatures".split(), *(f"{of}pass" for of in _PASSES))
)
"""A name that ends with one of these words is the name of a credential. At other places, the words mean nothing:
`pass_rate` and `signature_headers` are not secret.
"""
_WHOLE = frozenset(("assertion", "pan"))
"""Words that name a credential only if they are the whole name: `assertion` of RFC 7521, and `pan`, the number of a
payment card.
"""
_WITHIN = re.compile(r"passw(?:or)?d|passwort|passphrase|sess(?:ion)?id")
"""A name that contains one of these parts, even inside a word, is the name of a credential: `PHPSESSID`,
`passwordconfirm`.
"""
_ENDINGS = (
    *("authorization", "cookie", "credential", "credentials", "jwt", "pswd", "pwd", "secret", "secrets", "token"),
    *_KEY_PHRASES,
    *_CODE_PHRASES,
    *_CARD_PHRASES,
)
"""A word with one of these endings names a credential: `accesstoken`, `dbpwd`, `xapikey`."""
DESCRIPTIONS = frozenset(
    (
        "alg algorithm at consent count domain enabled endpoint endpoints expiration expires expiry in issuer length "
        "lifetime limit location max method methods min name names on path policy provider required samesite scheme "
        "size status supported timeout ttl type types uri url urls usage used version"
    ).split()
)
"""A name that ends with one of these words is not the name of a credential, because its value only describes one:
`token_type`, `password_length`.
"""
_HEADERS_WITHOUT = frozenset(
    ("access-control-allow-credentials", "authentication-info", "proxy-authentication-info", "signature-input")
)
"""Headers that are not secret, although their names contain words of credentials."""
_HEADERS_WITH = frozenset(
    (
        "fastly-key",
        "jenkins-crumb",
        "x-access",
        "x-honeycomb-team",
        "x-insert-key",
        "x-jfrog-art-api",
        "x-key",
        "x-query-key",
        "x-user-key",
        "x-wp-nonce",
    )
)
"""Headers of known APIs that are credentials, although their names contain none of the words above."""
_OWN_KEY = re.compile(r"x-(?:[a-z0-9]{1,60}-){1,5}key")
"""A header that is the key of some API, such as `X-Lab-Key`: its name begins with `X-`, and its last word is `key`."""
_OTHER_KEYS = re.compile(
    r"-(?:cache|correlation|dedup|deduplication|entity|event|group|idempotency|idempotent|issue|message|object"
    r"|ordering|partition|primary|public|routing|row|sort|surrogate|translation)-key\Z"
)
"""The ends of headers whose key is not secret, because it chooses or groups something, such as `X-Cache-Key`."""

_CAMEL = re.compile(r"[A-Z]++(?![a-z])|[A-Z]+?(?=[A-Z][a-z])|[A-Z]?[^\W\d_A-Z]++|[A-Z]")
_RUN = re.compile(r"[^\W\d_]++")
_BETWEEN_COMPONENTS = re.compile(r"[\[\].:/]++")
_PLURAL_WITH_INDEX = re.compile(r"[sS](?=\]?\[\d{0,9}\]|\.\d{1,9}(?:[.\[]|\Z))")
"""The plural `s` before the index of a list item: `tokens[]`, `tokens[0]`, `tokens.0`."""
_MAX_JOINED = 3
_ONLY_SECRETS = re.compile(
    r"passw(?:or)?d|passwort|passphrase|passcode|secret|cookie|cred(?:s|entials?)\Z|\Aauth(?:orization)?\Z|tokens\Z"
)
_MAX_LENGTH = 1000
"""Only this many characters at the end of a name are searched."""


@lru_cache(maxsize=1024)
def is_credential_name(name: str) -> bool:
    """Whether the name of a header, parameter, field, member or variable is the name of a credential.

    >>> [is_credential_name(n) for n in ("Authorization", "newPassword", "user[api_key]", "X-Test", "Author")]
    [True, True, True, False, False]
    """
    if "%" in name:
        name = unquote_plus(name)
    name = fold_letters(name[-_MAX_LENGTH:])
    if name.lower() in _HEADERS_WITH:
        return True
    if _ANY_STEM.search(lower := name.lower()) is None or lower in _HEADERS_WITHOUT:
        return False
    if _OWN_KEY.fullmatch(lower) and not _OTHER_KEYS.search(lower):
        return True
    return _has_credential(name) or _has_credential(_PLURAL_WITH_INDEX.sub("", name))


def _has_credential(name: str) -> bool:
    components = [part for part in _BETWEEN_COMPONENTS.split(name) if part]
    return any(map(_is_credential, components)) or (len(components) > 1 and _is_credential(" ".join(components)))


@lru_cache(maxsize=1024)
def is_credential_list(name: str) -> bool:
    """Whether the items of a list with this name are credentials. The name may be a plural, such as `tokens`.

    >>> is_credential_list("tokens"), is_credential_list("userPins"), is_credential_list("keys")
    (True, True, False)
    """
    return is_credential_name(name) or (name[-1:] in ("s", "S") and is_credential_name(name[:-1]))


def is_credential_parameter(name: str) -> bool:
    """Whether the name of a query parameter or a header is the name of a credential. Here `key` alone means an API key.

    >>> [is_credential_parameter(n) for n in ("key", "Key", "api_key", "sort_key")]
    [True, True, True, False]
    """
    return name.lower() == "key" or is_credential_name(name)


@lru_cache(maxsize=1024)
def names_only_secrets(name: str) -> bool:
    """Whether everything inside an object of this name is secret: `passwords`, `credentials`, `cookies`.

    >>> names_only_secrets("cookies"), names_only_secrets("dbCredentials"), names_only_secrets("session")
    (True, True, False)
    >>> names_only_secrets("access_tokens"), names_only_secrets("tokens")  # these are only counted
    (True, False)
    """
    return _ONLY_SECRETS.search(name.lower()) is not None and is_credential_name(name)


def _is_credential(name: str) -> bool:
    words = [word.lower() for word in _CAMEL.findall(name)]
    runs = [run.lower() for run in _RUN.findall(name)]
    if not words or (words[-1] in DESCRIPTIONS and runs[-1] not in _ANYWHERE):
        return False
    return (runs[-1] in _WHOLE and len(runs) == 1) or _names_credential(words) or _names_credential(runs)


def _names_credential(words: Sequence[str]) -> bool:
    if words[-1] in _AT_END or any(word.endswith(_ENDINGS) or _WITHIN.search(word) for word in words):
        return True
    if any(before.endswith("api") and word in ("key", "keys") for before, word in pairwise(words)):
        return True  # `x-rapidapi-key`
    counts = range(1, min(_MAX_JOINED, len(words)) + 1)
    return any("".join(words[at : at + count]) in _ANYWHERE for count in counts for at in range(len(words)))


def fold_letters(text: str) -> str:
    """Replace the three non-ASCII letters whose upper or lower case is an ASCII letter. The text keeps its length.

    >>> fold_letters("\u017fecret"), fold_letters("\u212aey")
    ('secret', 'Key')
    """
    return text if text.isascii() else text.replace("\u0130", "I").replace("\u017f", "s").replace("\u212a", "K")


def may_name_credential(text: str) -> bool:
    """A quick check before the exact search: True if the text may have the name of a credential beside a value.

    >>> may_name_credential("text/html; charset=utf-8"), may_name_credential("got Password: x")
    (False, True)
    """
    return _ANY_HINT.search(fold_letters(text).lower()) is not None


def _behind(words: Iterable[str]) -> str:
    r"""A pattern for the position after one of these words, with at most one separator or `][` between the word and the
    position.
    """
    return "|".join(rf"(?<={word})|(?<={word}[^a-zA-Z])|(?<={word}\]\[)" for word in words)


_SMALL = "(?-i:[a-z])"
_START = f"(?:(?<!{_SMALL})|(?=(?-i:[A-Z])))"
"""A pattern for the start of a word: no small letter before it, or a capital as its first letter."""
_END = f"(?!{_SMALL})"
"""A pattern for the end of a word: no small letter after it. `author`, `secretary` and `passed` are other words."""

_BEFORE_VALUE = (
    r"(?=[^\n\"'<>=:,;&{}\uff1a]{0,100}+[\\\"'\]]{0,8}+\s*+(?:[=:\uff1a]|<\\?/|(>))"
    r"|[\w.-]{0,60}+(?:\]?\\{0,8}+[\"']|[\r\n,;&/)}\]]|\Z|[ \t][\w.-]{1,60}+[=:])())"
)
"""A pattern for what follows a word of a name: the rest of the name, and the separators between a name and its value in
every format. Group 1 matches before `>`, which may also be the end of a tag. Group 2 matches if there is no separator.
In both cases, the name may be the value of a member: `{"name": "password", "value": "x"}`.
"""
_WORDS = {
    "assertion": f"assertions?{_END}",
    "auth": f"auth(?:entication|orization)?s?{_END}",
    "bearer": f"bearers?{_END}",
    "card": f"cards?(?:[^a-zA-Z]|\\]\\[)?(?:number|num|no)s?{_END}",
    "code": f"(?:{_behind((*_CODES, 'time'))})codes?{_END}|code(?:[^a-z]|\\]\\[)?verifiers?{_END}",
    "conn": f"conn(?:ection)?(?:[^a-zA-Z]|\\]\\[)?str(?:ing)?s?{_END}",
    "cookie": f"cookies?{_END}",
    "cvc": f"cvcs?{_END}",
    "cvv": f"cvvs?{_END}",
    "cred": f"cred(?:s|entials?)?{_END}",
    "jwt": f"jwts?{_END}",
    "key": f"(?:{_START}|{_behind(_KEYS)})keys?{_END}",
    "mnemonic": f"mnemonics?{_END}",
    "otp": f"otps?{_END}",
    "pass": f"pass(?:w(?:or)?d|wort|phrase|(?:codes?)?{_END})",
    "pan": f"{_START}pans?{_END}",
    "pat": f"{_START}pats?{_END}",
    "phrase": f"(?:{_behind(_PHRASES)})phrases?{_END}",
    "pin": f"{_START}pins?{_END}",
    "psw": f"pswd?s?{_END}",
    "pw": f"pwd?s?{_END}",
    "samlresponse": f"samlresponses?{_END}",
    "secret": f"secrets?{_END}",
    "sess": f"sess(?:ion)?id|sessions?{_END}",
    "sig": f"sig(?:nature)?s?{_END}",
    "srf": f"srfs?{_END}",
    "token": f"tokens?{_END}",
}
_HINTS = CredentialPatterns({stem: f"(?:{pattern}){_BEFORE_VALUE}" for stem, pattern in _WORDS.items()}, re.IGNORECASE)
"""The patterns for words of credentials' names, by the first letters of the word. They search results of
`fold_letters`.
"""
_ANY_STEM = re.compile("|".join(_WORDS))
_OPTION = r"-(?<!\S-)(?:[a-z#]{0,7}[abeux]|-(?:proxy|preproxy|us|cert|socks))"
_ANY_HINT = re.compile(
    "|".join((*_WORDS, "identified", r"&lt;|%(?:25|3[acd]|[4-7][0-9a-f])|\\u00[4-7][0-9a-f]", _OPTION))
)
"""The pattern of `may_name_credential`: a word of a credential's name, `IDENTIFIED` of SQL, an escaped letter in a URL
or in JSON, or an option of curl.
"""
_PLAIN_SEARCHES = ("assertion", "auth", "card", "cvc", "cvv", "pan", "samlresponse", "sess")
_SEARCHES: tuple[tuple[re.Pattern[str], Mapping[str, tuple[str, int]]], ...] = (
    (re.compile("k(?:ey|en(?<=token)|ie(?<=cookie))"), {"key": ("key", 0), "ken": ("token", 2), "kie": ("cookie", 3)}),
    (
        re.compile("c(?:ode|onn|red|ret(?<=secret)|(?<=mnemonic))"),
        {"code": ("code", 0), "conn": ("conn", 0), "cred": ("cred", 0), "cret": ("secret", 2), "c": ("mnemonic", 7)},
    ),
    (
        re.compile("p(?:ass|hrase|in|at(?!(?!s(?![a-z]))[a-z])|sw|(?<=otp))"),
        {
            **{stem: (stem, 0) for stem in ("pass", "phrase", "pin", "pat", "psw")},
            "p": ("otp", 2),
        },
    ),
    (re.compile("w(?:(?<=pw)|t(?<=jwt))"), {"w": ("pw", 1), "wt": ("jwt", 1)}),
    (re.compile("g(?<=sig)"), {"g": ("sig", 2)}),
    (re.compile("f(?<=srf)"), {"f": ("srf", 2)}),
    (re.compile("b(?=earer)"), {"b": ("bearer", 0)}),
)
"""Fast patterns that find where a word of `_WORDS` may begin. Each starts with a single rare letter, which is the
fastest kind of search, and finds several words. Its table has, for each text that it finds, the key in `_WORDS`, and
the number of characters of the word before the rare letter.
"""


def find_name_words(text: str) -> Iterator[tuple[int, int]]:
    """Find the words of credentials' names that have a value after them. Yields start and end of each, in no particular
    order.

    >>> list(find_name_words('an author, {"X-Token": 1, "kind": "token"}'))
    [(15, 20)]
    """
    return (hint.span() for hint in find_words(text) if hint[2] is None)


def find_words(text: str) -> Iterator[re.Match[str]]:
    """Find all words of credentials' names. Yields matches with the groups of `_BEFORE_VALUE`.

    >>> [(hint[0], hint[2] is None) for hint in find_words('an author, {"X-Token": 1, "kind": "token"}')]
    [('Token', True), ('token', False)]
    """
    plain = fold_letters(text)
    lower = plain.lower()
    for stem in _PLAIN_SEARCHES:
        at = lower.find(stem)
        while at >= 0:
            if (hint := _HINTS[stem].match(plain, at)) is not None:
                yield hint
            at = lower.find(stem, at + len(stem))
    for pattern, stems in _SEARCHES:
        for found in pattern.finditer(lower):
            stem, before = stems[found[0]]
            if (hint := _HINTS[stem].match(plain, found.start() - before)) is not None:
                yield hint


def redact_credential(name: str, value: str, replace: Callable[[str], str] = redact_secret) -> str:
    """Redact the value of a credential. An auth scheme before the credential stays, and so do the names of cookies.

    >>> redact_credential("password", "correct horse"), redact_credential("Cookie", "a=1; b=2")
    ('...', 'a=...; b=...')
    """
    if (kind := name.lower()) in ("cookie", "set-cookie"):
        return redact_cookies(value, replace, is_list=kind == "cookie")
    scheme, credential = split_scheme(value)
    return scheme + replace(credential)


_SCHEME = re.compile(
    r"\s*+(?:api-?key|aws\d?|aws4-hmac-sha(?:256|512)|basic|bearer|bot|cognito|digest|dpop|gnap|googlelogin|hawk|hmac|hoba|jwt|"
    r"kerberos|key|mac|mutual|negotiate|ntlm|oauth2?|openid|privatetoken|scram-sha-(?:1|256)|sharedkey(?:lite)?|signature|"
    r"splunk|ssws|token|vapid|wsse)[ \t\r\n]++(?=\S)",
    re.IGNORECASE,
)
"""The authentication schemes in the registry of RFC 9110 section 16.4.1, and others that well-known servers use."""


def split_scheme(value: str) -> tuple[str, str]:
    """Split the value of a credential into its auth scheme, with the blank after it, and the credential. The scheme is
    empty if the first word is not the name of a scheme.

    >>> split_scheme("Bearer abc"), split_scheme("correct horse"), split_scheme("Bearer")
    (('Bearer ', 'abc'), ('', 'correct horse'), ('', 'Bearer'))
    """
    end = end_of_scheme(value)
    return value[:end], value[end:]


def end_of_scheme(text: str, start: int = 0) -> int:
    """The position after the auth scheme that begins at `start`, and after the blanks behind it; `start` if there is
    none.

    >>> end_of_scheme("Authorization: DPoP abc", 15), end_of_scheme("abc")
    (20, 0)
    """
    found = _SCHEME.match(text, start)
    return found.end() if found is not None else start


def is_scheme(text: str) -> bool:
    """Whether a text is the name of an auth scheme and nothing else.

    >>> is_scheme("bearer"), is_scheme("Bearer abc"), is_scheme("sid")
    (True, False, False)
    """
    return split_scheme(f"{text} a") == (f"{text} ", "a")


def without_scheme(value: str) -> str:
    """The value of a credential without the auth scheme before it.

    >>> without_scheme("Bearer abc"), without_scheme("correct horse")
    ('abc', 'correct horse')
    """
    return split_scheme(value.strip())[1].strip()


def redact_cookies(value: str, replace: Callable[[str], str] = redact_secret, *, is_list: bool) -> str:
    """Redact the values of cookies in a Cookie header (`is_list`) or in a Set-Cookie header. Names and attributes stay.

    >>> redact_cookies("a=1; b=2", is_list=True), redact_cookies("a=1; Path=/", is_list=False)
    ('a=...; b=...', 'a=...; Path=/')
    """
    first, *rest = value.split(";")
    others = [_redact_cookie(pair, replace) for pair in rest] if is_list else rest
    return ";".join([_redact_cookie(first, replace), *others])


def _redact_cookie(pair: str, replace: Callable[[str], str]) -> str:
    name, equals, value = pair.partition("=")
    if equals:
        return name + equals + replace(value)
    return pair[: len(pair) - len(pair.lstrip())] + replace(pair.strip())


@lru_cache(maxsize=1024)
def is_value_key(key: str) -> bool:
    """Whether a member with this name may have the value of a credential whose name is in another member of the object.

    >>> [is_value_key(key) for key in ("value", "rejectedValue", "new_value", "Values", "type")]
    [True, True, True, True, False]
    """
    return _last_word(key) in VALUE_WORDS


def may_be_object(key: str) -> bool:
    """Whether the value in a member that `is_value_key` accepts may be an object.

    Objects with other names, such as `data` and `input`, are too common.
    """
    return _last_word(key) in VALUE_NAMES


def _last_word(name: str) -> str:
    words = _CAMEL.findall(name[-_MAX_LENGTH:])
    return words[-1].lower() if words else ""


@lru_cache(maxsize=1024)
def names_value_beside(key: str, text: str) -> bool:
    """Whether the text of the member `key` is the name of a credential, whose value may be in another member.

    >>> names_value_beside("ParameterKey", "DBPassword"), names_value_beside("path", "/users/0/password")
    (True, True)
    >>> names_value_beside("message", "password"), names_value_beside("path", "/password/reset")
    (False, False)
    """
    if len(text) > _MAX_LENGTH // 10 or "://" in text or len(text.split()) > _MAX_WORDS:
        return False
    if not is_credential_name(text.rpartition("/")[2]):
        return False
    if key.lower() in _GRANT_TYPES or _last_word(key) in _NO_NAMES:
        return False
    return not (is_value_key(key) or is_credential_name(key))


def _is_value_beside(key: str, members: Mapping[str, object]) -> bool:
    if not is_value_key(key) or (isinstance(members.get(key), dict) and not may_be_object(key)):
        return False
    return any(names_value_beside(name, _name_in(value)) for name, value in islice(members.items(), _MAX_BESIDE))


def _name_in(value: object) -> str:
    """The name that the value of a member may be: a text, or the last text of a list (`["body", "password"]`)."""
    last = value[-1] if isinstance(value, list) and value else value
    return last if isinstance(last, str) else ""


INNER_NAMES = frozenset("access code content hash id key raw refresh sid v val value".split())
"""Members with these names are credentials if their object has the name of one: `{"token": {"access": ".."}}`."""


_ABOUT = DESCRIPTIONS | frozenset(
    (
        *"account agent aud audience brand browser city client country created date description device email".split(),
        *"env environment example family format host hostname ip iss issuer kid kty label lang language".split(),
        *"locale login message modified msg os owner pattern platform ref region role roles scope scopes".split(),
        *"state time title updated use user username year".split(),
    )
)
"""A member whose name ends with one of these words is not a credential, even if its object has the name of one."""


@lru_cache(maxsize=1024)
def is_secret_inside(name: str, of: str) -> bool:
    """Whether a member `name` whose value is one word is a credential because its object is named `of`. In an object
    `session`, most members are not credentials.

    >>> is_secret_inside("x", "api_key"), is_secret_inside("expires_at", "token"), is_secret_inside("city", "session")
    (True, False, False)
    """
    if not is_credential_name(of) or "session" in of.lower():
        return False
    return _last_word(name) not in _ABOUT and not name.startswith("$")


def is_secret_member(name: str, members: Mapping[str, object], of: str = "") -> bool:
    """Whether the member `name` of a parsed JSON object is a credential: by its own name, by a name in another member,
    or by `of`, the name of the object. `members` are all members of the object.

    >>> is_secret_member("value", {"name": "password", "value": "x"}), is_secret_member("access", {}, "token")
    (True, True)
    """
    if is_credential_name(name) or (isinstance(members.get(name), list) and is_credential_list(name)):
        return True
    if _is_value_beside(name, members) or (name.lower() in INNER_NAMES and bool(of) and is_credential_list(of)):
        return True
    value = members.get(name)
    return isinstance(value, str) and bool(of) and len(value.split(None, 1)) == 1 and is_secret_inside(name, of)


def is_secret_at(value: object, path: Iterable[str | int]) -> bool:
    """Whether the value at a path in parsed JSON is a credential, because of a name in the path or in another member.

    >>> is_secret_at({"password": {"current": "x"}}, ("password", "current")), is_secret_at({"a": ["x"]}, ("a", 0))
    (True, False)
    """
    name, is_secret, is_all = "", False, False
    for part in path:
        if isinstance(value, dict):
            is_all = is_all or names_only_secrets(name)
            is_secret = is_all or is_secret_member(str(part), value, name)
            name = name if is_all else str(part)
            value = value.get(part)
        elif isinstance(value, list):
            value = value[part] if isinstance(part, int) and part < len(value) else None
    return is_secret and not (value is None or value == "" or isinstance(value, bool))
