"""Convert a request to the text of a `.http` file that a person edits, and back: for `--edit` and `edit last`.

The text cannot express credentials, removed headers and most options of a draft. So the text is read twice, as it was
written and as it was edited, and only the differences are applied to the draft. Parts that the text cannot express stay
unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from callbox.engine.options import OPTIONS
from callbox.errors import UsageError
from callbox.exchange.auth_schemes import Auth
from callbox.exchange.credential_scope import may_follow
from callbox.exchange.digest_auth import Digest
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.redaction.unreadable_file_lines import redact_error
from callbox.exchange.request import UNSET, Draft, Outgoing
from callbox.exchange.request_content import Content
from callbox.exchange.secret import Secret, reveal
from callbox.exchange.url import add_query, join, parse
from callbox.httpfile.export.script_writer import script_and_answers
from callbox.httpfile.model import Script, Step
from callbox.httpfile.parser.file_and_blocks import parse as parse_script
from callbox.httpfile.requests.step_to_draft_resolver import resolve
from callbox.httpfile.variables.variable_scope import Layer, ResolutionContext, Scope
from callbox.replay.environment_file_search import choose_environments
from callbox.replay.preflight import error_of, warnings_of
from callbox.replay.prompts_and_variable_layers import Prompts, make_resolution_context
from callbox.replay.run_options import Plan
from callbox.report import result_console_text
from callbox.shell.command_context import Context
from callbox.shell.commands.source_and_replay import replay_ports
from callbox.shell.line_variables import shown_variables, variables
from callbox.shell.outputs import Output, Status, say
from callbox.shell.request_history import empty_response

Deliver: TypeAlias = Callable[[Draft], Iterator[Output]]
"""Sends a draft with the display options, redirect or download of the typed line."""

_REQUEST_SOURCES = frozenset(("item", "script", "body", "url"))
"""The sources of fields that the request itself has.

Fields of other sources are added by the merge when the request is sent.
"""
_REQUEST_DIRECTIVES = frozenset(
    """name title description tag prompt secret no-log no-redirect no-cookie-jar no-auto-encoding timeout
    total-timeout connection-timeout insecure keep-method raw-body strip-comments""".split()
)
"""Directives that apply to a single request; other directives need a replay."""
_BODY_FIELDS = frozenset(("content-type", "content-length", "transfer-encoding"))


def edit_request(
    draft: Draft, context: Context, deliver: Deliver, *, sends_unchanged: bool, again: str = "again"
) -> Iterator[Output]:
    """Let the user edit this request as text, and send the result.

    If the user leaves the text unchanged, `sends_unchanged` decides whether the draft is sent as it was, or not at all.
    With `sends_unchanged`, the user must save the text, or else UsageError is raised. UsageError is also raised if the
    draft cannot be written as text, or if the text has a mistake (with its place). Nothing is sent then.
    """
    typed = draft
    draft = _move_url_credentials(draft, context)
    before, secret_values = script_and_answers([_record(draft, context)], secrets=draft.secrets)
    with context.ports.edit(before, ".http", sends_unchanged) as text:
        if text != before:
            with _redacted_errors():
                script = _parse_edited(text)
                surroundings = _build_scope_values(script, secret_values, context)
                _check_all(script, surroundings)
            written = parse_script(before, "")
            unedited = resolve(
                written.steps[0],
                Scope(_build_scope_values(written, secret_values, context), written.steps[0], _no_response),
            )
    if text == before:
        if sends_unchanged:
            yield from deliver(typed)
        else:
            yield say(f"nothing was changed and nothing was sent; to send the request unchanged: {again}")
        return
    for doubt in warnings_of(script, replay_ports(context)):
        yield Status(result_console_text.warning(doubt))
    yield from _deliver_all(script, surroundings, draft, unedited, deliver, context)


def _deliver_all(
    script: Script, surroundings: ResolutionContext, draft: Draft, unedited: Draft, deliver: Deliver, context: Context
) -> Iterator[Output]:
    records: dict[int, Record] = {}
    for step in script.steps:
        with _redacted_errors():
            edited = resolve(step, Scope(surroundings, step, lambda other: records.get(other.number)))
        merged = merge_edited(draft, unedited, edited)
        typed_for, target = (parse(join(context.session.base_url, one.url)) for one in (unedited, edited))
        if not may_follow(typed_for, target):
            merged, left = _for_other_origin(merged, edited)
            if left:
                yield say(f"left out: {', '.join(left)}, typed for {typed_for.origin}", "note")
        yield from deliver(merged)
        if context.last is not None and context.last.is_answered:
            records[step.number] = context.last


@contextmanager
def _redacted_errors() -> Iterator[None]:
    """A block whose errors are about lines of the edited text.

    Their secrets are redacted as in errors about a line of a file.
    """
    try:
        yield
    except UsageError as error:
        raise redact_error(error) from None


def _move_url_credentials(draft: Draft, context: Context) -> Draft:
    """Move credentials from the URL of the draft to its `auth`."""
    outgoing = context.session.preview(draft)
    if not any(field.source == "url" and field.name.lower() == "authorization" for field in outgoing.headers):
        return draft
    keeps_dots = bool(draft.options.get("path-as-is"))
    url = parse(join(context.session.base_url, draft.url, keeps_dots), keeps_dots)
    return draft._replace(url=url.text, auth=outgoing.auth)


def _record(draft: Draft, context: Context) -> Record:
    """The request as it was typed, without the fields of the session."""
    keeps_dots = bool(draft.options.get("path-as-is"))
    url = parse(join(context.session.base_url, draft.url, keeps_dots), keeps_dots)
    url = add_query(url, [(name, reveal(value)) for name, value in draft.query if value is not None])
    outgoing = context.session.preview(draft)
    own = _REQUEST_SOURCES | {draft.source}
    headers = tuple(field for field in outgoing.headers if field.source in own)
    query = tuple(field for field in outgoing.query if field.source in own)
    typed = Outgoing(method=outgoing.method, url=url, headers=headers, content=outgoing.content, query=query)
    return Record(draft, typed, empty_response(0.0))


def _parse_edited(text: str) -> Script:
    """The script of this text.

    Raises UsageError for a text that cannot be read, and for directives that only a replay supports.
    """
    script = parse_script(text, "")
    for found in script.errors:
        raise error_of(script, found)
    if not script.steps:
        raise UsageError("The text has no request; nothing was sent", hint="a request is a line such as: GET /x")
    feature = next(
        (what for step in script.steps for what in _replay_features(step)), "" if not script.imports else "import"
    )
    if feature:
        hint = "save the text as FILE.http, then: replay FILE.http"
        raise UsageError(f"{feature} works only in a replay; here one request is sent", hint=hint)
    return script


def _replay_features(step: Step) -> Iterator[str]:
    """The features of a step that only a replay supports."""
    for what, is_there in (
        ("A script", step.handlers),
        ("A check", step.expectations),
        ("A capture", step.captures),
        (">> FILE", step.outputs),
        ("run", step.runs),
    ):
        if is_there:
            yield what
    yield from (f"@{typed.name}" for typed in step.directives if typed.name not in _REQUEST_DIRECTIVES)


def _build_scope_values(script: Script, secret_values: dict[str, str], context: Context) -> ResolutionContext:
    """The variables of the text: the secrets that were taken out of the text, then the variables of the shell."""
    ports = replay_ports(context)
    stage = str(context.session.option("env") or "")
    plan = Plan(stages=(stage,) if stage else ())
    environment = choose_environments("", plan, ports)
    secret = {name for name, value in shown_variables(context).items() if isinstance(value, Secret)}
    prompts = Prompts(plan, ports, {*secret_values, *secret}, environment)
    prompts.values.update(secret_values)
    for step in script.steps:
        for error in prompts.ask_all(script, step):
            raise error
    surroundings = make_resolution_context(script, ports, plan, prompts, context.captures, environment)
    return surroundings._replace(below=(Layer("set var", variables(context)), *surroundings.below))


def _check_all(script: Script, surroundings: ResolutionContext) -> None:
    """Raise the first error in any of the requests, before one is sent."""
    for step in script.steps:
        scope = Scope(surroundings, step)
        resolve(step, scope)
        for error in scope.errors:
            raise error


def _no_response(step: Step) -> None:
    return None


def merge_edited(draft: Draft, written: Draft, edited: Draft) -> Draft:
    """Apply the differences between `written` (the text before) and `edited` (the text after) to the draft."""
    before, after = _values_by_name(written), _values_by_name(edited)
    derived = before.keys() - {name.lower() for name, _ in draft.headers}
    unchanged = {name for name in derived if before[name] == after.get(name)}
    content = _content(draft, written, edited, before, after)
    if before == after and content is draft.content:
        headers = draft.headers
    else:
        typed = [pair for pair in edited.headers if pair[0].lower() not in unchanged]
        headers = (*typed, *(pair for pair in draft.headers if pair[1] is None and pair[0].lower() not in after))
    is_same = _auth_key(written) == _auth_key(edited) and before.get("authorization") == after.get("authorization")
    is_signed = is_same and derived - _BODY_FIELDS <= unchanged
    merged = draft._replace(
        method=edited.method if edited.method != written.method else draft.method,
        headers=headers,
        auth=draft.auth if is_signed else edited.auth,
        content=content,
        options=_options(draft, written, edited),
        secrets={**edited.secrets, **draft.secrets},
    )
    if edited.url == written.url:
        return merged
    return merged._replace(url=edited.url, query=_query(draft, edited))


def _auth_key(draft: Draft) -> object:
    """A comparable key of the credential; two Digest objects never compare equal."""
    auth = draft.auth
    return (auth.username, auth.password) if isinstance(auth, Digest) else auth


def _values_by_name(draft: Draft) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in draft.headers:
        found.setdefault(name.lower(), []).append(reveal(value or ""))
    return found


def _content(
    draft: Draft, written: Draft, edited: Draft, before: dict[str, list[str]], after: dict[str, list[str]]
) -> Content | None:
    """The body, with the Content-Type that the text gives."""
    ours = "content-type"
    typed = {name.lower() for name, _ in draft.headers}
    if _content_identity(written.content) == _content_identity(edited.content):
        content = draft.content
        if content is not None and ours in before and ours not in after and ours not in typed:
            return content._replace(media_type=None)
        return content
    content = edited.content
    if content is not None and ours not in typed and before.get(ours) == after.get(ours) and ours in after:
        return content._replace(media_type=after[ours][0])
    return content


def _content_identity(content: Content | None) -> tuple[object, ...]:
    """A comparable key of a body: its bytes, or the file that holds it."""
    if content is None:
        return ()
    parts = [(part.name, part.data, part.filename, part.media_type, part.path) for part in content.parts]
    return (content.data, content.path, parts, content.length, content.pieces if not content.path else None)


def _options(draft: Draft, written: Draft, edited: Draft) -> dict[str, object]:
    """The options of the draft, changed by the options that the edited text sets or removes."""
    options = dict(draft.options)
    for name in written.options.keys() | edited.options.keys():
        if name not in edited.options:
            options.pop(name, None)
        elif name not in written.options or edited.options[name] != written.options[name]:
            options[name] = edited.options[name]
    return options


def _query(draft: Draft, edited: Draft) -> tuple[tuple[str, str | Secret | None], ...]:
    """The draft with only the parameters of the edited URL.

    Parameters of the session that were left out stay left out.
    """
    names = [name for name, value in draft.query if value is None]
    names += [pair.partition("=")[0] for pair in edited.url.partition("?")[2].partition("#")[0].split("&")]
    return tuple((name, None) for name in dict.fromkeys(_unquoted(names)) if name)


def _unquoted(names: list[str]) -> Iterator[str]:
    from urllib.parse import unquote_plus

    return (unquote_plus(name) for name in names)


def _for_other_origin(draft: Draft, edited: Draft) -> tuple[Draft, list[str]]:
    """The draft without credentials and options that are bound to its former origin, and the names of what is left
    out.
    """
    is_foreign = isinstance(draft.auth, Auth) and draft.auth is not edited.auth
    left = [
        name
        for name in draft.options
        if name in OPTIONS and OPTIONS[name].scope == "origin" and name not in edited.options
    ]
    options = {name: value for name, value in draft.options.items() if name not in left}
    auth = UNSET if is_foreign else draft.auth
    return draft._replace(auth=auth, options=options), (["auth"] if is_foreign else []) + left
