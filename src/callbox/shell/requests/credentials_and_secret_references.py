"""The credentials of the session: from the words of `set auth` or of `--auth` and back, and the origin that each is
bound to.

Secrets that a line does not contain: a question for a missing secret, and the references `env:NAME` and `keyring:NAME`.

Credentials and TLS options apply to all origins only if the user says so. Without a base URL, the first request binds
them to its origin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from callbox.engine.session_state_and_edit_log import FIRST_ORIGIN
from callbox.errors import UsageError
from callbox.exchange.auth_schemes import ApiKey, Auth, Basic, Bearer
from callbox.exchange.headers import TOKEN
from callbox.exchange.secret import ASK, REDACTED, ReferencedSecret, is_reference
from callbox.exchange.url import origin_of
from callbox.shell.command_context import Context
from callbox.shell.line.argument_types import SECRET_PLACEHOLDER, SecretPlaceholder, TypedText
from callbox.shell.line.line_writer import Syntax
from callbox.spelling import hint

EVERYWHERE = ""
"""The origin of a credential that may go to every origin."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def build_auth(scheme: str, arguments: Sequence[str], source: SecretSource) -> Auth:
    """The credential that these words mean. The user is asked for a secret that is missing or is `?`.

    >>> build_auth("basic", ["ann:secret"], None).describe()
    'basic ann'
    """
    builder = _SCHEMES.get(scheme.lower())
    if builder is None:
        raise UsageError(
            f"No auth scheme '{scheme}'", hint=hint(scheme, _SCHEMES, f"choose one of: {', '.join(_SCHEMES)}")
        )
    return builder(list(arguments), source)


def read_auth(text: str, scheme: str, source: SecretSource) -> Auth | None:
    """The credential of `--auth`: `user:password`, `user` (the password is asked for), a token with `--auth-type
    bearer`, or `none`.
    """
    if text == "none":
        return None
    if text in ("no", "off"):
        raise UsageError(f"'{text}' is not a credential", hint="--auth none leaves the credential out")
    if scheme in ("basic", "digest", ""):
        return build_auth(scheme or "basic", [text], source)
    if scheme == "apikey":
        return build_auth(scheme, [_part(text, part) for part in text.split(":", 1)], source)
    return build_auth(scheme, [text], source)


def with_scheme(auth: Auth | None, scheme: str, source: SecretSource) -> Auth:
    """The credential with another scheme.

    A user and a password can be used for basic and for digest. Raises `UsageError` if there is no credential that this
    scheme can use.
    """
    if auth is not None and auth.scheme == scheme:
        return auth
    if scheme not in _WITH_USER:
        example = "NAME:KEY" if scheme == "apikey" else "TOKEN"
        raise UsageError(f"There is no credential for --auth-type {scheme}", hint=f"add --auth {example}")
    if not isinstance(auth, Basic) and getattr(auth, "scheme", "") not in _WITH_USER:
        tip = f"add --auth USER:PASSWORD, or: set auth {scheme} USER"
        raise UsageError(f"There is no user and password for --auth-type {scheme}", hint=tip)
    return build_auth(scheme, [getattr(auth, "username", ""), getattr(auth, "password", "")], source)


_WITH_USER = ("basic", "digest")


def auth_words(auth: Auth) -> tuple[str, ...]:
    """The words after `set auth` that set this credential again. A secret is written as its reference, else as `?`."""
    field = {"bearer": "token", "apikey": "key"}.get(auth.scheme, "password")
    secret = getattr(auth, field, "")
    secret_word = secret.reference if isinstance(secret, ReferencedSecret) else Syntax(SECRET_PLACEHOLDER)
    if isinstance(auth, ApiKey):
        return auth.scheme, auth.name, secret_word
    user = getattr(auth, "username", "")
    return (auth.scheme, str(user), secret_word) if user else (auth.scheme, secret_word)


def _secret(arguments: Sequence[str], at: int, name: str, source: SecretSource) -> str:
    value = arguments[at] if len(arguments) > at else SECRET_PLACEHOLDER
    if isinstance(value, SecretPlaceholder):
        return source.ask(name)
    return source.find(value) if isinstance(value, TypedText) and is_reference(value) else value


def _user_and_password(arguments: list[str], what: str, source: SecretSource) -> tuple[str, str]:
    if not arguments or isinstance(arguments[0], SecretPlaceholder):
        raise UsageError(f"{what} auth needs a user name", hint=f"set auth {what} USER [PASSWORD]")
    _at_most(arguments, 2, f"set auth {what} USER [PASSWORD]")
    user, colon, password = arguments[0].partition(":")
    if _CONTROL.search(user):  # RFC 7617 section 2; such a user could not be read again from a session file
        raise UsageError("A user name cannot have a control character", hint=f"set auth {what} USER [PASSWORD]")
    if len(arguments) == 1 and colon:
        return user, _secret([_part(arguments[0], password)], 0, f"password of {user}", source)
    return arguments[0], _secret(arguments, 1, f"password of {arguments[0]}", source)


def _part(word: str, part: str) -> str:
    """A part of a word.

    If the word was typed, the part also counts as typed: `?` asks the user, and `env:NAME` is looked up.
    """
    if not isinstance(word, TypedText):
        return part
    return SECRET_PLACEHOLDER if part == SECRET_PLACEHOLDER else TypedText(part)


def _at_most(arguments: Sequence[str], most: int, usage: str) -> None:
    if len(arguments) > most:
        raise UsageError(f"Too many words: '{REDACTED}'", hint=usage)


def _bearer(arguments: list[str], source: SecretSource) -> Auth:
    _at_most(arguments, 1, "set auth bearer TOKEN")
    return Bearer(_secret(arguments, 0, "token", source))


def _apikey(arguments: list[str], source: SecretSource) -> Auth:
    _at_most(arguments, 2, "set auth apikey NAME KEY")
    if not arguments:
        raise UsageError("apikey auth needs the name of a header", hint="set auth apikey X-Api-Key KEY")
    if not TOKEN.match(arguments[0]):
        raise UsageError(f"'{arguments[0]}' is not a header name", hint="set auth apikey X-Api-Key KEY")
    return ApiKey(arguments[0], _secret(arguments, 1, arguments[0], source))


def _digest(arguments: list[str], source: SecretSource) -> Auth:
    from callbox.exchange.digest_auth import Digest  # the import of hashlib takes 5 ms

    return Digest(*_user_and_password(arguments, "digest", source), source.nonce)


_SCHEMES: Mapping[str, Callable[[list[str], SecretSource], Auth]] = {
    "basic": lambda arguments, source: Basic(*_user_and_password(arguments, "basic", source)),
    "bearer": _bearer,
    "digest": _digest,
    "apikey": _apikey,
}


def credential_origin(context: Context, *, is_everywhere: bool) -> str:
    """The origin to which a new credential is bound."""
    return EVERYWHERE if is_everywhere else origin_of(context.session.base_url) or FIRST_ORIGIN


def origin_in_words(origin: str) -> str | None:
    """The origin of a credential as text for people; None if the credential may go to every origin.

    >>> origin_in_words("https://api.x"), origin_in_words(FIRST_ORIGIN), origin_in_words(EVERYWHERE)
    ('https://api.x', 'the first origin that gets a request', None)
    """
    return "the first origin that gets a request" if origin == FIRST_ORIGIN else origin or None


def describe_origin(origin: str) -> str:
    """The origin in words, for the end of a confirmation.

    >>> describe_origin("https://api.x"), describe_origin(FIRST_ORIGIN), describe_origin("")
    ('(only sent to https://api.x)', '(only sent to the first origin that gets a request)', '')
    """
    words = origin_in_words(origin)
    return f"(only sent to {words})" if words else ""


class SecretSource(Protocol):
    """The sources of the parts of a credential: questions, references and randomness."""

    def ask(self, name: str) -> str:
        """Ask for the secret with this label."""

    def find(self, reference: str) -> str:
        """The secret that `env:NAME` or `keyring:NAME` means."""

    def nonce(self) -> str:
        """Return random text."""


class ContextSecretSource:
    """Asks the user for secrets, and takes random numbers from the context's ports."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def ask(self, name: str) -> str:
        """Ask for a secret."""
        return self._context.ports.ask(name, True)

    def find(self, reference: str) -> str:
        """Look up the secret."""
        return find_secret(reference, self._context)

    def nonce(self) -> str:
        """32 random hexadecimal digits."""
        return f"{self._context.ports.random().getrandbits(128):032x}"


def resolve_secret(text: str, context: Context) -> str:
    """The typed secret, or the secret that a typed reference names.

    Text that a variable filled in never counts as a reference.
    """
    return find_secret(text, context) if isinstance(text, TypedText) and is_reference(text) else text


def find_secret(reference: str, context: Context, what: str = "") -> str:
    """The secret at this reference; for `?`, the user is asked for `what`.

    Raises `UsageError` if there is no such secret.
    """
    kind, _, name = reference.partition(":")
    if reference == ASK:
        return context.ports.ask(what, True)
    if not is_reference(reference):
        raise UsageError(
            f"'{kind[:20]}' is not a source of a secret", hint="use env:NAME, keyring:NAME, or ? to be asked"
        )
    if kind == "keyring":
        return ReferencedSecret(context.ports.read_keyring(name), reference)
    value = context.ports.environ.get(name)
    if not value:
        raise UsageError(f"{name} is not in the environment", hint=f"export {name}=.. before starting callbox")
    return ReferencedSecret(value, reference)


def recorded(secrets: dict[str, str], context: Context) -> Callable[[str, str], str]:
    """`find_secret` that also records each secret with its name, so that outputs redact it."""

    def find(reference: str, what: str) -> str:
        secret = find_secret(reference, context, what)
        secrets[secret] = context.filled_secrets[secret] = what
        return secret

    return find
