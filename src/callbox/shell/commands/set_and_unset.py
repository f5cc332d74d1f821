"""`set` and `unset` of headers, query parameters, variables, options, credentials and the base URL."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping

from callbox.engine.options import OPTIONS, find_option, format_option, parse_option
from callbox.engine.session_state_and_edit_log import FIRST_ORIGIN, Entry, built_in_entry, user_entries
from callbox.errors import UsageError
from callbox.exchange.auth_schemes import ApiKey, Auth
from callbox.exchange.redaction.credential_names import is_credential_name, is_credential_parameter
from callbox.exchange.redaction.displayed_fields_and_values import redact_field, redact_shown_url
from callbox.exchange.secret import ASK, ReferencedSecret, Secret
from callbox.exchange.url import TextPart, origin_of, read_base
from callbox.render.style import theme
from callbox.shell.command_context import Context
from callbox.shell.line.argument_types import ForeignText, SecretPlaceholder
from callbox.shell.line.grammar import Call
from callbox.shell.line.line_writer import quote
from callbox.shell.line_variables import refers_to_secret, selected_environment
from callbox.shell.outputs import Output, say
from callbox.shell.requests.credentials_and_secret_references import (
    EVERYWHERE,
    ContextSecretSource,
    build_auth,
    credential_origin,
    describe_origin,
    origin_in_words,
    resolve_secret,
)
from callbox.spelling import hint
from callbox.storage.file_read_write_and_list import is_there


def set_header(call: Call, context: Context) -> Iterator[Output]:
    """`set header NAME VALUE..`: replace all values of the name; with `--add`, keep them."""
    _refuse_name_of_two_words(call)
    name, value = call.text("name"), _session_value(call, context)
    origin = _value_origin(value, call, context)
    _set_entry(context, "header", name.lower(), Entry(name, (value,), origin), is_added=call.has("add"))
    yield say(f"header {name}: {redact_field(name, value)}  {_origin_note(value, origin, call)}".rstrip())
    auth = context.session.credentials.get(origin) or context.session.credentials.get(EVERYWHERE)
    if auth is not None and _header_of(auth) == name.lower():
        yield say(f"this header is not sent while auth {auth.scheme} is set; to send the header: unset auth", "hint")


def _refuse_name_of_two_words(call: Call) -> None:
    """Refuse `set header Bad Name: x`, where the user probably means a header `Bad-Name`."""
    name, (start, end) = call.text("name"), call.spans["values"]
    word = _SECOND_NAME.match(call.line, start, end)
    if word is None:
        return
    tip = f"set header {name}-{word[1]} VALUE, or quote the value"
    raise UsageError(f"A header name has no space: '{name} {word[1]}'", hint=tip, place=call.place("values"))


_SECOND_NAME = re.compile(r"([A-Za-z][\w-]{0,60}): +(?=\S)", re.ASCII)


def set_query(call: Call, context: Context) -> Iterator[Output]:
    """`set query NAME VALUE`: add a parameter to the query of every request."""
    name, value = call.text("name"), _session_value(call, context)
    origin = _value_origin(value, call, context)
    _set_entry(context, "query", name, Entry(name, (value,), origin), is_added=call.has("add"))
    yield say(f"query {name}=={redact_field(name, value)}  {_origin_note(value, origin, call)}".rstrip())


def set_auth(call: Call, context: Context) -> Iterator[Output]:
    """`set auth SCHEME ARG..`: store one credential for the origin.

    The user is asked for missing secrets, without echo.
    """
    typed = call.values.get("arguments", ())
    words = [word for word in typed if isinstance(word, str)] if isinstance(typed, tuple) else []
    auth = build_auth(call.text("scheme"), words, ContextSecretSource(context))
    origin = credential_origin(context, is_everywhere=call.has("everywhere"))
    before = context.session.credentials.get(origin)
    context.session.apply("auth", origin, auth)
    replaced = f", in place of {before.scheme}" if before is not None and before.scheme != auth.scheme else ""
    yield say(f"auth {auth.describe()} ({origin_in_words(origin) or 'everywhere'}){replaced}")
    if _header_of(auth) in user_entries(context.session, "header"):
        yield say("the header of the session with the same name is not sent while this auth is set", "hint")


def _header_of(auth: Auth) -> str:
    """The lower-cased name of the header that a credential is sent in."""
    return auth.name.lower() if isinstance(auth, ApiKey) else "authorization"


def set_var(call: Call, context: Context) -> Iterator[Output]:
    """`set var NAME VALUE..`: set the value of `{{NAME}}`."""
    name, value = call.text("name"), _value(call, context)
    is_secret = refers_to_secret(call.line, context) or _is_asked(call)
    if any(isinstance(word, ForeignText) for word in _words(call)):
        value = ForeignText(value, _parts_of_value(call))
    held = Secret(value) if is_secret and not isinstance(value, ReferencedSecret) else value
    context.session.apply("var", name, Entry(name, (held,)))
    context.captures.pop(name, None)  # a capture of an earlier replay would override the new value in the next replay
    yield say(f"var {name}: {redact_field(name, held)}")


def set_option(call: Call, context: Context) -> Iterator[Output]:
    """`set option NAME VALUE`. A TLS option is set only for the origin of the base URL."""
    name = call.text("name")
    value = parse_option(name, call.text("value"))
    if name == "theme":
        theme(str(value))  # this raises for an unknown name, and hints at the nearest one
    stale = ""
    if name == "env" and value:  # this raises if no file defines the environment
        stale = _variable_of_base(context, context.ports.read_environment(str(value)))
    is_bound = OPTIONS[name].scope == "origin" and not call.has("everywhere")
    origin = credential_origin(context, is_everywhere=not is_bound)
    context.session.filled_secrets.update(call.secrets)
    context.session.apply("option", name, Entry(name, (value,), origin))
    if name == "env" and value:
        yield from map(say, context.ports.environment_warnings(str(value)))
    yield say(f"option {name} {redact_shown_url(format_option(name, value))}{_origin_suffix(origin)}")
    if stale:
        base = redact_shown_url(context.shown_base)
        yield say(f"the base is still {base}; to go to the server of {value}: set base {{{{{stale}}}}}", "warning")
    if OPTIONS[name].kind == "path":
        paths = str(value).partition(",")[::2] if name == "cert" else [str(value)]  # CERT,KEY
        missing = [path for path in paths if path and not is_there(path)]
        yield from (say(f"there is no file {redact_shown_url(path)}", "hint") for path in missing)
    if is_bound and origin.startswith("http://"):
        yield say("this origin uses no certificate; to set one for another origin, first: cd https://HOST", "hint")


def _variable_of_base(context: Context, chosen: Mapping[str, str | Secret]) -> str:
    """The name of a variable that holds the origin of the base URL in the current environment, and another origin in
    the chosen one. Empty if there is none.
    """
    base = origin_of(context.session.base_url)
    try:
        before = selected_environment(context)
    except UsageError:  # its files may have been changed since it was chosen
        return ""
    for name, value in before.items():
        now = chosen.get(name)
        if isinstance(value, str) and isinstance(now, str) and base and origin_of(value) == base != origin_of(now):
            return name
    return ""


def set_base(call: Call, context: Context) -> Iterator[Output]:
    """`set base URL`: set the URL that later paths are relative to."""
    try:
        base = read_base(call.text("url"))
    except UsageError as error:
        error.place = call.place("url")
        error.hint = error.hint or "as in: set base https://api.example.com"
        raise
    context.previous_base = context.session.base_url
    context.session.filled_secrets.update(call.secrets)
    context.session.apply("base", "", base)
    yield say(f"base {redact_shown_url(base)}")


def _origin_suffix(origin: str) -> str:
    words = origin_in_words(origin)
    return f" for {words}" if words else ""


def _value_origin(value: str | Secret, call: Call, context: Context) -> str:
    if not _is_credential(value, call):
        return EVERYWHERE
    return credential_origin(context, is_everywhere=call.has("everywhere"))


def _origin_note(value: str | Secret, origin: str, call: Call) -> str:
    return "(sent to every origin)" if _is_credential(value, call) and not origin else describe_origin(origin)


def _is_credential(value: str | Secret, call: Call) -> bool:
    return isinstance(value, Secret) or is_credential_name(call.text("name"))


def _session_value(call: Call, context: Context) -> str | Secret:
    """The value to store.

    If a secret was filled into the value, it is a `Secret`, unless its name already marks it as secret.
    """
    value = _value(call, context)
    if is_credential_name(call.text("name")):
        return value
    if call.command.words[1] in ("header", "query") and is_credential_parameter(call.text("name")):
        return Secret(value)
    return Secret(value) if _is_asked(call) or refers_to_secret(call.line, context) else value


def _value(call: Call, context: Context) -> str:
    """The words of the value, joined. If the value is `?`, the user is asked for a secret."""
    words = _words(call)
    if _is_asked(call):
        return context.ports.ask(call.text("name"), True)
    if len(words) == 1 and is_credential_name(call.text("name")):
        return resolve_secret(words[0], context) if isinstance(words[0], str) else str(words[0])
    return " ".join(ASK if isinstance(word, SecretPlaceholder) else str(word) for word in words)


def _parts_of_value(call: Call) -> tuple[TextPart, ...]:
    """The parts of the value. Each part tells whether it comes from a response."""
    parts: list[TextPart] = []
    for word in _words(call):
        parts += [TextPart(" ")] if parts else []
        parts += word.parts if isinstance(word, ForeignText) else (TextPart(str(word)),)
    return tuple(parts)


def _is_asked(call: Call) -> bool:
    """Whether a bare `?` in the line asks the user for the value. It does not if the value is several words of a header
    whose name is not secret.
    """
    words = _words(call)
    is_text = call.command.words == ("set", "header") and len(words) > 1 and not is_credential_name(call.text("name"))
    return not is_text and any(isinstance(word, SecretPlaceholder) for word in words)


def _words(call: Call) -> tuple[object, ...]:
    typed = call.values.get("values", call.values.get("value", ()))
    return typed if isinstance(typed, tuple) else (typed,)


def _set_entry(context: Context, noun: str, key: str, held: Entry, *, is_added: bool) -> None:
    old = context.session.entries(noun).get(key)
    if is_added and isinstance(old, Entry):
        held = held._replace(values=(*old.values, *held.values))
    context.session.apply(noun, key, held)


def unset_header(call: Call, context: Context) -> Iterator[Output]:
    """`unset header NAME..`, in any letter case; `*` removes all headers except the built-in ones."""
    return _remove(call, context, "header", str.lower)


def unset_query(call: Call, context: Context) -> Iterator[Output]:
    """`unset query NAME..`."""
    return _remove(call, context, "query", str)


def unset_var(call: Call, context: Context) -> Iterator[Output]:
    """`unset var NAME..`: remove variables of the session, and captures of replays."""
    held, captures, names = context.session.entries("var"), context.captures, call.texts("names")
    captured = [name for name in (captures if "*" in names else names) if name in captures]
    own = [name for name in names if name in held or name not in captures]
    if own and not ("*" in names and captured and not user_entries(context.session, "var")):
        yield from _remove(call._replace(values={**call.values, "names": tuple(own)}), context, "var", str)
    for name in captured:
        del captures[name]
        yield say(f"removed captured var {name}")


def unset_option(call: Call, context: Context) -> Iterator[Output]:
    """`unset option NAME..`: restore the default of each option."""
    return _remove(call, context, "option", lambda name: find_option(name).name)


def unset_auth(call: Call, context: Context) -> Iterator[Output]:
    """`unset auth`: remove the credentials of the origin of the base."""
    held = context.session.credentials
    origin = origin_of(context.session.base_url)
    for key in (origin, FIRST_ORIGIN, ""):
        auth = held.get(key)
        if auth is not None:
            context.session.apply("auth", key, None)
            yield say(f"removed auth {auth.describe()}" + (f" ({key})" if key not in ("", FIRST_ORIGIN) else ""))
            return
    where = f" for {origin}" if origin else ""
    others = ", ".join(key for key in held if key)
    raise UsageError(f"No auth{where}", hint=f"auth is set for {others}: cd there first" if others else "")


def unset_base(call: Call, context: Context) -> Iterator[Output]:
    """`unset base`: remove the base, so that every later target must be a whole URL."""
    base = context.session.base_url
    if not base:
        raise UsageError("No base URL is set")
    context.previous_base = base
    context.session.apply("base", "", None)
    yield say(f"removed base {redact_shown_url(base)}")


_MAX_LISTED = 8
"""The most names that the error for an unknown name lists."""


def unknown_name_error(noun: str, name: str, names: Collection[str]) -> UsageError:
    """The error for an unknown name, such as `No cookie 'sdi'. Did you mean 'sid'?`."""
    listed = f"existing names: {', '.join(list(names)[:_MAX_LISTED])}" if names else f"the session has no {noun}"
    return UsageError(f"No {noun} '{name}'", hint=hint(name, names, listed))


def _remove(call: Call, context: Context, noun: str, key_of: Callable[[str], str]) -> Iterator[Output]:
    session = context.session
    held, names = session.entries(noun), call.texts("names")
    chosen = list(user_entries(session, noun)) if "*" in names else [key_of(name) for name in names]
    for key, name in zip(chosen, names, strict=False):
        if key not in held and noun == "option":
            raise UsageError(f"Option '{key}' is not set", hint="it has its default value")
        if key not in held:
            known = [one.name for one in user_entries(session, noun).values()]
            raise unknown_name_error(noun, name, [*known, *(context.captures if noun == "var" else ())])
    if not chosen:
        yield say(f"no {noun} to remove")
    with session.group():
        for key in chosen:
            session.apply(noun, key, None)
    for key in chosen:
        value = held[key]
        yield say(f"removed {noun} {value.name if isinstance(value, Entry) else key}")
        if (
            own := built_in_entry(session, noun, key)
        ) is not None:  # as in a session of Requests, it is not sent either
            again = f"set header {own.name} {quote(str(own.values[0]))}"
            yield say(f"the built-in {own.name} is not sent, either; to send it: {again}", "hint")
