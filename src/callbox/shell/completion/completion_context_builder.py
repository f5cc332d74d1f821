"""Build the completion context from the session, the history and the last response.

Only what has changed is computed again. `candidates_from_earlier_exchanges` reads the history and the last response.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from callbox.engine.options import format_option
from callbox.engine.session_state_and_edit_log import FIRST_ORIGIN, user_entries
from callbox.errors import CallboxError
from callbox.exchange.auth_schemes import ApiKey
from callbox.exchange.redaction.displayed_fields_and_values import redact_field
from callbox.exchange.redaction.secrets_by_name import redact_named
from callbox.exchange.redaction.unreadable_file_lines import redact_script_target
from callbox.exchange.secret import Secret
from callbox.exchange.url import origin_of
from callbox.httpfile.script_suffixes import is_script_name
from callbox.render.ansi_and_sanitiser import visible_line
from callbox.shell.command_context import Context
from callbox.shell.completion.candidates_from_earlier_exchanges import (
    MOST_STEPS,
    EarlierRequest,
    find_targets,
    make_values_at,
    read_response,
)
from callbox.shell.completion.completion_context import CompletionContext, Named
from callbox.shell.line.targets_and_items import shown_url
from callbox.shell.line_variables import shown_variables
from callbox.shell.requests.credentials_and_secret_references import EVERYWHERE

if TYPE_CHECKING:
    from callbox.memory.history_and_facts_database import StoredRequest

Source = TypeVar("Source")
Part = TypeVar("Part")

MOST_SCRIPT = 1_000_000


class ContextBuilder:
    """Builds the completion context of one shell, after each line.

    Costly parts are computed again only if their source has changed. The cheap parts (names of cookies, saved files
    and environment variables) are read each time.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._parts: dict[str, tuple[object, Any]] = {}
        """The parts of the last context by name, each with its source."""
        self._requests: tuple[EarlierRequest, ...] = ()

    def build(self) -> CompletionContext:
        """The completion context of the current state."""
        context, session = self._context, self._context.session
        memory = context.remember()
        memory.learn(context.history)
        memory.seen.prepare(origin_of(session.base_url))
        if context.is_remembered:
            memory.load(origin_of(session.base_url))
        requests = self._requests = self._earlier_requests()
        response = self._part("response", requests[0] if requests else None, read_response)
        options = self._entries("option"), tuple(session.filled_secrets.items())
        return CompletionContext(
            headers=self._part("headers", self._entries("header"), _shown_entries),
            auth_header=_auth_header(context),
            cookies=tuple(Named(c.name, c.domain) for c in session.jar.snapshot()),
            query=self._part("query", self._entries("query"), _shown_entries),
            vars=self._part("vars", tuple(_variables(context).items()), _shown_variables),
            options=self._part("options", options, _shown_options),
            targets=self._part("targets", (session.base_url, requests, memory.seen), find_targets),
            fields=response.fields,
            base=session.base_url,
            previous_base=context.previous_base,
            seen=memory.seen,
            described=context.apis.at(session.base_url),
            steps=response.steps,
            last_headers=response.headers,
            last_cookies=response.cookies,
            last_challenges=response.challenges,
            environ=tuple(context.ports.environ),
            history=self._part("history", (requests, tuple(memory.latest)), _history_entries),
            sessions=tuple(_saved_names("sessions", context)),
            requests=tuple(_saved_names("requests", context)),
            files=context.ports.list_files,
            steps_in=lru_cache(self._steps_in),
            values_at=self._part("values", requests, make_values_at),
            environments=lambda: _environments(context),
        )

    def _part(self, name: str, source: Source, make: Callable[[Source], Part]) -> Part:
        known = self._parts.get(name)
        if known is None or known[0] != source:
            known = self._parts[name] = (source, make(source))
        part: Part = known[1]
        return part

    def _entries(self, noun: str) -> tuple[tuple[str, object], ...]:
        """The names and first values of the entries that the session holds."""
        return tuple((one.name, one.values[0]) for one in user_entries(self._context.session, noun).values())

    def _earlier_requests(self) -> tuple[EarlierRequest, ...]:
        """The requests of the history, the latest first.

        A request that an earlier call returned is the same object again.
        """
        before = {one.number: one for one in self._requests}
        found = []
        for number, record in reversed(self._context.history.items()):
            known = before.get(number)
            found.append(known if known and known.record is record else EarlierRequest(number, record))
        return tuple(found)

    def _steps_in(self, path: str) -> tuple[Named, ...]:
        """The requests of the script at a path; a script that has not changed is not parsed again."""
        data = _read_script(path, self._context)
        return self._part("script", (path, data), _steps_of_script) if data else ()


def build_context(context: Context) -> CompletionContext:
    """Build the completion context of the current state, without an earlier one."""
    return ContextBuilder(context).build()


def _auth_header(context: Context) -> str:
    """The header that holds the credentials of the session for the base; empty if there are none."""
    credentials = context.session.credentials
    found = (credentials.get(key) for key in (origin_of(context.session.base_url), EVERYWHERE, FIRST_ORIGIN))
    auth = next((one for one in found if one is not None), None)
    return "" if auth is None else auth.name if isinstance(auth, ApiKey) else "Authorization"


def _shown_entries(entries: tuple[tuple[str, object], ...]) -> tuple[Named, ...]:
    return tuple(Named(name, redact_field(name, str(value))) for name, value in entries)


def _shown_variables(found: tuple[tuple[str, str | Secret], ...]) -> tuple[Named, ...]:
    return tuple(Named(name, visible_line(redact_field(name, value))[:60]) for name, value in found)


def _shown_options(source: tuple[tuple[tuple[str, object], ...], tuple[tuple[str, str], ...]]) -> tuple[Named, ...]:
    entries, secrets = source
    return tuple(Named(name, shown_url(format_option(name, value), dict(secrets))) for name, value in entries)


def _environments(context: Context) -> list[str]:
    try:
        return list(context.ports.list_environments())
    except CallboxError:  # a line that names the damaged file gets the error
        return []


def _read_script(path: str, context: Context) -> bytes:
    """The text of a script; empty if the file is not a script, cannot be read, or is too long."""
    if not is_script_name(path):
        return b""
    try:
        _, length = context.ports.read_pieces(path)  # None: reading a pipe would wait, and a device has no end
        return context.ports.read_file(path) if length is not None and length <= MOST_SCRIPT else b""
    except CallboxError:
        return b""


def _steps_of_script(script: tuple[str, bytes]) -> tuple[Named, ...]:
    """The requests of a script by name; by title or position if they have no name."""
    from callbox.httpfile.parser.file_and_blocks import parse  # this import is only for users who replay a script

    path, data = script
    found = []
    for step in islice(parse(data, path).steps, MOST_STEPS):
        target = redact_script_target(text.text for text in step.url)
        sent = visible_line(redact_named(step.label if step.command else f"{step.method} {target}"))
        found.append(Named(step.name or step.title or str(step.number), sent))
    return tuple(found)


def _variables(context: Context) -> dict[str, str | Secret]:
    """All variables that are not secret. If the file of the environment cannot be read, its variables are missing."""
    try:
        return shown_variables(context)
    except CallboxError:
        return {**context.captures, **context.session.vars}


def _saved_names(kind: str, context: Context) -> Iterator[Named]:
    """The names of saved files of this kind; none if the shell has no disk."""
    try:
        names = context.ports.open_store(kind).names()
    except CallboxError:
        return iter(())
    return (Named(name) for name in names[:MOST_STEPS])


def _history_entries(source: tuple[tuple[EarlierRequest, ...], tuple[StoredRequest, ...]]) -> tuple[Named, ...]:
    requests, earlier = source
    stored = (Named(f"h{one.id}", visible_line(f"{one.method} {one.url}")) for one in earlier)
    return (*(one.entry for one in requests), *stored)
