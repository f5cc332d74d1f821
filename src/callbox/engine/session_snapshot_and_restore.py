"""Convert the state of a session to the entries of a session file, and restore a session from such entries.

No file is read or written here. The caller passes a function that finds or asks for secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote

from callbox.engine.options import OPTIONS, format_option, parse_option
from callbox.engine.session_state_and_edit_log import ENTRY_NOUNS, FIRST_ORIGIN, Entry, State, built_in_entry
from callbox.errors import CallboxError, UsageError
from callbox.exchange.auth_schemes import Auth
from callbox.exchange.cookies import Cookie
from callbox.exchange.redaction.credential_names import is_credential_name
from callbox.exchange.redaction.displayed_fields_and_values import tells_secret
from callbox.exchange.redaction.secrets_by_value import redact_filled
from callbox.exchange.redaction.urls import redact_url
from callbox.exchange.secret import ASK, ReferencedSecret, Secret
from callbox.exchange.template_braces import holes
from callbox.formats.session_toml import Credential, Key, SecretReference, SessionEntry, Thing, Value

_SECRET_FIELDS = {
    "basic": ("username", "password"), "digest": ("username", "password"), "bearer": ("", "token"),
    "apikey": ("name", "key"),
}  # fmt: skip
"""For each auth scheme: the attributes of its `Auth` object that have the user name and the secret."""

FindSecret = Callable[[str, str], str]
"""Finds a secret. Takes a reference (such as `env:TOKEN`) and a label for messages, and returns the secret. For the
reference `?`, it asks the user.
"""
MakeAuth = Callable[[str, list[str]], Auth]
"""Makes a credential from an auth scheme and the words after it: `("basic", ["ann", "pw"])`."""


def with_holes(text: str, state: State) -> str:
    """Put the template back: the text with `{{name}}` in place of each secret that callbox has filled into the base URL
    or an option.
    """
    secrets = state.filled_secrets
    return redact_filled(text, secrets, lambda value: f"{{{{{secrets[value]}}}}}")


def snapshot(state: State, *, keeps_secrets: bool = False) -> dict[Key, Thing]:
    """The entries of a session file for this session: everything that the user has set, without built-in defaults.

    With `keeps_secrets`, the entries have the secrets. Otherwise they have a reference for each secret, such as
    `env:TOKEN`, or `?`. The values of cookies are always there.
    """
    base = state.base_url if keeps_secrets else redact_url(with_holes(state.base_url, state), lambda _: ASK)
    entries: dict[Key, Thing] = {("base", ""): base} if base else {}
    for noun in ENTRY_NOUNS:
        entries.update(_entries(state, noun, keeps_secrets))
    for origin, auth in state.credentials.items():
        if credential := _credential(auth, keeps_secrets):
            entries["auth", origin] = credential
    for cookie in state.jar.snapshot():
        entries["cookie", (cookie.name, cookie.domain, cookie.host_only, cookie.path)] = cookie
    return entries


class MissingSecretError(UsageError):
    """A secret of a session file is missing: the user typed none, or the environment or keyring does not have it."""


def restore(
    state: State,
    entries: Mapping[Key, Thing],
    find: FindSecret,
    make_auth: MakeAuth,
    *,
    is_without_missing_secrets: bool = False,
    is_same_session: bool = False,
) -> dict[Key, str]:
    """Replace the state of a session by the entries of a session file. One `undo` takes all of it back.

    With `is_same_session`, an entry keeps its secret if the file has the same entry with `?`. So callbox does not ask
    for a secret that the session already has.

    An entry with an option, a value or an auth scheme that this version does not know is skipped. With
    `is_without_missing_secrets`, an entry whose secret is missing is skipped, too; otherwise it raises
    `MissingSecretError`. Returns the reason for each skipped entry. After an error, the session is unchanged.
    """
    unreadable = {key: reason for key, entry in entries.items() if (reason := _unreadable(key, entry))}
    # Ask the user for all secrets before anything is changed, because the user may give up at any question.
    wanted: dict[Key, object] = {}
    held = snapshot(state) if is_same_session else {}
    for entry_key, entry in entries.items():
        if entry_key in unreadable:
            continue
        try:
            is_held = held.get(entry_key) == entry and not _has_reference(entry)
            wanted[entry_key] = (
                state.entries(entry_key[0]).get(entry_key[1])
                if is_held
                else _edit_value(entry_key, entry, state, find, make_auth)
            )
        except MissingSecretError as error:
            if not is_without_missing_secrets:
                raise
            unreadable[entry_key] = error.message.partition(";")[0]
    current = {noun: state.entries(noun) for noun in {key[0] for key in wanted}}
    count = 0
    try:
        with state.group():
            for noun, key in [key for key in snapshot(state) if key not in wanted]:
                state.apply(noun, key, built_in_entry(state, noun, key))
                count += 1
            for (noun, key), after in wanted.items():
                if current[noun].get(key) != after:
                    state.apply(noun, key, after)
                    count += 1
    except CallboxError:
        if count:
            state.undo()
        raise
    return unreadable


def _has_reference(entry: Thing) -> bool:
    """Whether a secret of the entry is read from the environment or the keyring each time."""
    values = entry.values if isinstance(entry, SessionEntry) else (getattr(entry, "secret", ""),)
    return any(isinstance(value, SecretReference) and value != SecretReference(ASK) for value in values)


def _unreadable(key: Key, entry: Thing) -> str:
    """The reason why this version cannot restore the entry; empty if it can."""
    if isinstance(entry, Credential):
        return f"there is no scheme '{entry.scheme}'" if entry.scheme not in _SECRET_FIELDS else ""
    if key[0] != "option" or not isinstance(entry, SessionEntry):
        return ""
    if entry.name not in OPTIONS:
        return "there is no such option"
    try:
        for value in entry.values:
            if not isinstance(value, SecretReference):
                parse_option(entry.name, value)
    except UsageError as error:
        return error.message[:1].lower() + error.message[1:]
    return ""


def _entries(state: State, noun: str, keeps_secrets: bool) -> Iterator[tuple[Key, Thing]]:
    for key, current in state.entries(noun).items():
        assert isinstance(current, Entry)
        if noun == "header" and current == built_in_entry(state, noun, key):
            continue
        values = tuple(_value(noun, current.name, value, keeps_secrets, state) for value in current.values)
        yield (noun, key), SessionEntry(current.name, values, current.origin)
    if noun == "header":
        yield from ((("header", name), SessionEntry(name, ())) for name in state.defaults if name not in state.headers)


def _value(noun: str, name: str, value: object, keeps_secrets: bool, state: State) -> Value:
    if noun == "option":
        text = format_option(name, value)
        return text if keeps_secrets or redact_url(with_holes(text, state)) == text else SecretReference(ASK)
    if isinstance(value, ReferencedSecret):
        return SecretReference(value.reference)
    if keeps_secrets:
        return value.reveal() if isinstance(value, Secret) else str(value)
    if isinstance(value, Secret) or is_credential_name(name):
        return SecretReference(ASK)
    text = str(value)
    return SecretReference(ASK) if tells_secret(text) else text


def _credential(auth: Auth, keeps_secrets: bool) -> Credential | None:
    """A credential for the session file: scheme, user name and secret. None for a scheme that a program has defined."""
    if auth.scheme not in _SECRET_FIELDS:
        return None
    name, secret = (_text(getattr(auth, field, "")) if field else "" for field in _SECRET_FIELDS[auth.scheme])
    if isinstance(secret, ReferencedSecret):
        return Credential(auth.scheme, name, SecretReference(secret.reference))
    return Credential(auth.scheme, name, secret if keeps_secrets else SecretReference(ASK))


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else str(value)


def _fill_base(base: str, state: State, find: FindSecret) -> str:
    """Fill the secrets into the base URL of a session file, which has `?` for a password or a parameter, or `{{name}}`
    anywhere in the URL.
    """
    base = redact_url(base, lambda secret: quote(find(ASK, "secret in the base URL") if secret == ASK else secret, ""))
    for hole in holes(base):
        secret = find(ASK, f"{hole.expression} in the base URL")
        state.filled_secrets[secret] = hole.expression
        base = base.replace(f"{{{{{hole.expression}}}}}", secret)
    return base


def _edit_value(key: Key, entry: Thing, state: State, find: FindSecret, make_auth: MakeAuth) -> object:
    noun = key[0]
    if isinstance(entry, str):
        return _fill_base(entry, state, find)
    if isinstance(entry, Cookie):
        return entry
    if isinstance(entry, Credential):
        secret = _resolve_value(entry.secret, _describe_secret(entry, str(key[1])), find)
        return make_auth(entry.scheme, [entry.name, secret] if _SECRET_FIELDS[entry.scheme][0] else [secret])
    if noun == "header" and not entry.values:
        return None
    values: tuple[object, ...] = tuple(
        _resolve_value(value, _describe_entry(noun, entry), find) for value in entry.values
    )
    if noun == "var" or (noun in ("header", "query") and not is_credential_name(entry.name)):
        # A value that the file has as `?` is a secret, even if the name of its entry is not that of a credential.
        values = tuple(
            Secret(str(v)) if g == SecretReference(ASK) else v for v, g in zip(values, entry.values, strict=True)
        )
    if noun == "option":
        values = tuple(parse_option(entry.name, str(value)) for value in values)
    return Entry(entry.name, values, entry.origin)


def _resolve_value(value: Value, question: str, find: FindSecret) -> str:
    return find(value.where, question) if isinstance(value, SecretReference) else value


def _describe_secret(credential: Credential, origin: str) -> str:
    whom = "" if origin in ("", FIRST_ORIGIN) else f" for {origin}"
    what = {"bearer": "token", "apikey": credential.name}.get(credential.scheme, f"password of {credential.name}")
    return f"{what}{whom}"


def _describe_entry(noun: str, entry: SessionEntry) -> str:
    return f"{noun} {entry.name}" + (f" for {entry.origin}" if entry.origin not in ("", FIRST_ORIGIN) else "")
