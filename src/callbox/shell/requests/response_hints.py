"""Hints below a response in the shell: what the request left out, how to authenticate, and which path was probably
meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from callbox.engine.session_state_and_edit_log import FIRST_ORIGIN
from callbox.errors import UsageError
from callbox.exchange.auth_schemes import Auth
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.redaction.displayed_fields_and_values import redact_shown_url
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.url import is_absolute, parse
from callbox.render.ansi_and_sanitiser import visible_line
from callbox.render.http_messages import redacted_url
from callbox.shell.command_context import Context
from callbox.shell.outputs import Output, say
from callbox.shell.requests.credentials_and_secret_references import credential_origin
from callbox.shell.requests.pagination import next_draft
from callbox.system.keyring_and_netrc import has_netrc_default


def request_notes(draft: Draft, outgoing: Outgoing, context: Context, *, is_preview: bool = False) -> Iterator[Output]:
    """Notes on what a request leaves out: cookies of the jar if a Cookie header is set, the default entry of .netrc.

    If the user typed the Cookie header with the request itself, only a preview notes it.
    """
    header = next((field for field in outgoing.headers if field.name.lower() == "cookie"), None)
    noted_sources = ("session", "item") if is_preview else ("session",)
    if header is not None and header.source in noted_sources:
        url, is_secure = outgoing.url, outgoing.url.scheme == "https"
        chosen = context.session.jar.select(url.host.rstrip("."), url.path, is_secure, context.ports.now())
        if chosen:
            names = ", ".join(dict.fromkeys(cookie.name for cookie in chosen))
            tip = "; unset header Cookie, and set cookie NAME VALUE" if header.source == "session" else ""
            yield say(f"the header Cookie replaces the cookies of the jar: {names}{tip}", "hint")
    if outgoing.auth is None and context.session.uses_netrc(draft) and has_netrc_default():
        what = "the default entry of .netrc is not used, because it would be sent to every host"
        yield say(f"{what}: add an entry for this machine to it, or: set auth basic USER", "hint")


def response_hints(record: Record, context: Context) -> Iterator[Output]:
    """Hints after a response: what was left out, how to authenticate (401), or which URL was requested (404)."""
    yield from request_notes(record.draft, record.outgoing, context)
    if record.response.status in (401, 403) and context.apis.at(context.session.base_url) is not None:
        from callbox.shell.openapi_help_and_hints import described_auth_hint

        if hint := described_auth_hint(record, context, _auth_hints(record, context)):
            yield say(hint, "hint")
            return
    if record.response.status == 401 and (line := _challenge_hint(record, _auth_hints(record, context))):
        yield say(line, "hint")
        return
    if record.response.status >= 400 and (name := _PLACEHOLDER.search(record.draft.url)):
        yield say(visible_line(f"{name[1]} is a placeholder: type a value instead"), "hint")
        return
    if record.response.status == 404:
        yield from _not_found_hints(record, context)
    if context.is_typed and _has_next_page(record):
        yield say("to fetch the next page: next", "hint")


def _has_next_page(record: Record) -> bool:
    """Whether `next` would fetch a page."""
    if not 200 <= record.response.status < 300 or len(record.body) > MAX_SEARCHED:
        return False
    try:
        return next_draft(record) is not None
    except UsageError:
        return False


def _not_found_hints(record: Record, context: Context) -> Iterator[Output]:
    """The path that was probably meant.

    If no known path is similar, the whole URL, because the path of the base may be wrong.
    """
    base = context.session.base_url
    if near := _near_path(record, context):
        yield say(f"did you mean {visible_line(near)}?", "hint")
    elif _uses_base_path(record.draft.url, base) and not _has_seen_siblings(record, context):
        yield say(_joined_url_hint(record, base), "hint")


def _near_path(record: Record, context: Context) -> str:
    """The known path that is spelled most like the path that was not found; empty if none is near.

    Paths of the description come before paths that were seen.
    """
    url = record.outgoing.url
    if record.history or redact_shown_url(url.path) != url.path:
        return ""
    described, seen = context.apis.at(context.session.base_url), context.completion.seen
    if described is not None:
        is_known = seen is not None and seen.has_path(url.origin, url.path)
        return described.near_path(url) if not is_known else ""
    return seen.near_path(url.origin, url.path) if seen is not None else ""


def _has_seen_siblings(record: Record, context: Context) -> bool:
    """Whether other paths of the same folder were seen, which shows that the base is right."""
    seen, url = context.completion.seen, record.outgoing.url
    above = url.path.rstrip("/").rpartition("/")[0]
    base_path = parse(context.session.base_url).path.rstrip("/")
    if seen is None or above == base_path:
        return False
    return any(value.text.startswith(f"{above}/") or value.text == above for value in seen.paths(url.origin))


def _challenge_hint(record: Record, hints: Mapping[str, str]) -> str:
    """How to log in with the first known scheme of a 401 response; empty if none is known.

    `hints` has the line for each scheme.
    """
    for challenge in record.response.headers.getlist("WWW-Authenticate"):
        word = challenge.strip().partition(" ")[0]
        scheme = word.lower()
        line = hints.get(scheme)
        typed = _authorization_scheme(record)
        if line is None and _OTHER_SCHEME.fullmatch(scheme) and scheme not in _CONNECTION_SCHEMES:
            asked = hints[_OTHER].replace(_OTHER, word)
            return (
                f"the server refuses this header Authorization: {asked.partition(': ')[2]}"
                if typed == scheme
                else asked
            )
        if line is None:
            continue
        sent = record.draft.auth
        if isinstance(sent, Auth) and sent.scheme != scheme:
            return f"the server asks for {scheme}: --auth-type {scheme} sends --auth in this scheme"
        used = record.outgoing.auth
        if typed == scheme or (used is not None and used.scheme == scheme):
            return f"the server refuses {_REFUSED[scheme]}: {line.partition(': ')[2]}"
        if typed:
            command = line.partition(": ")[2]
            return f"the server asks for {scheme}, and the header Authorization has another scheme: {command}"
        return line
    return ""


def _authorization_scheme(record: Record) -> str:
    """The first word of a header Authorization that the user set, in lower case; empty without one.

    The word of a redacted value is `...` if the value has no scheme.
    """
    headers = [field for field in record.outgoing.headers if field.name.lower() == "authorization"]
    typed = [field.value for field in headers if field.source in ("item", "session")]
    return str(typed[0]).strip().partition(" ")[0].lower() if typed else ""


def _joined_url_hint(record: Record, base: str) -> str:
    url = redacted_url(record.outgoing)
    return f"{url} is '{redact_shown_url(record.draft.url)}' joined to the base {redact_shown_url(base)}"


def _uses_base_path(url: str, base: str) -> bool:
    """Whether the path of the base is part of the requested URL."""
    return not is_absolute(url) and not url.startswith("/") and base.rstrip("/").count("/") > 2


MAX_SEARCHED = 1_000_000
"""The most bytes of a body that are searched for a link to the next page after each response."""
_PLACEHOLDER = re.compile(r"/:?(\{[\w.-]{1,100}\})(?![^/?#])")
"""A path segment that stands for a value in manuals: `/items/{item_id}`."""

_OTHER_SCHEME = re.compile(r"[a-z][a-z0-9_-]{0,30}")

_CONNECTION_SCHEMES = ("negotiate", "ntlm", "kerberos")
"""Schemes that authenticate a connection, so a typed header is not enough for them."""

_REFUSED = {"basic": "this user and password", "digest": "this user and password", "bearer": "this token"}

_OTHER = "SCHEME"
"""Stands in a hint for a scheme that callbox does not know."""

_AUTH_HINTS = {
    "basic": "the server asks who you are: set auth basic USER",
    "digest": "the server asks who you are: set auth digest USER",
    "bearer": "the server asks for a token: set auth bearer TOKEN",
    _OTHER: f"the server asks for the scheme {_OTHER}: set header Authorization '{_OTHER} ...'",
}
_AUTH_HINTS_OF_ONE_REQUEST = {
    "basic": "the server asks who you are: --auth USER",
    "digest": "the server asks who you are: --auth-type digest --auth USER",
    "bearer": "the server asks for a token: --auth-type bearer --auth TOKEN",
    _OTHER: f"the server asks for the scheme {_OTHER}: Authorization:'{_OTHER} ...' behind the URL",
}


def _auth_hints(record: Record, context: Context) -> Mapping[str, str]:
    """The hint for each scheme: a command of the shell, or flags if the command would not help.

    A command does not help if this request is the last line, or if it would set the credential of another origin.
    """
    if context.is_single_request:
        return _AUTH_HINTS_OF_ONE_REQUEST
    origin = credential_origin(context, is_everywhere=False)
    if origin in (record.outgoing.url.origin, FIRST_ORIGIN):
        return _AUTH_HINTS
    note = f"; set auth is for the origin of the base, {origin}"
    return {scheme: f"{line}{note}" for scheme, line in _AUTH_HINTS_OF_ONE_REQUEST.items()}
