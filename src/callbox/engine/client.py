"""`LiveSession`: merges a draft with the session, sends it, follows the conversation, and yields events.

With the option `retries`, the session tries again if it cannot connect, after growing pauses. Callers read a response
as events while the body arrives, or as one record (`collect`). The session stores the cookies of the response.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any, Self, cast
from urllib.parse import unquote_plus

from callbox.engine.session_state_and_edit_log import FIRST_ORIGIN, default_headers, query_pairs
from callbox.engine.tls_timeout_and_proxy_route import RoutedState, check_file_route
from callbox.errors import Fault, Interrupted
from callbox.exchange.auth_schemes import Auth
from callbox.exchange.cookies import SECURE_OVER_HTTP, CookieRefusal, Jar, Outcome, Stored, is_localhost
from callbox.exchange.credential_scope import CredentialScope, may_follow, without_certificate
from callbox.exchange.exchange_record_and_events import Chunk, Done, Event, Head, Hop, Note, Record, Sent
from callbox.exchange.redirects_and_challenges import (
    MAX_HOP_BYTES,
    MAX_HOP_S,
    Conversation,
    Policy,
    answer_challenge,
    converse,
    hop_pieces,
    next_method,
    redirect_target,
)
from callbox.exchange.request import Draft, Field, Outgoing, Route, Source
from callbox.exchange.request_merge_with_session import SessionState, items_of, merge, merge_cookies
from callbox.exchange.response import Connection, ResponseHead
from callbox.exchange.secret import Secret
from callbox.exchange.url import Url, join, parse
from callbox.system import clock
from callbox.system.keyring_and_netrc import require_netrc

if TYPE_CHECKING:
    from callbox.wire import Cancel, Transport, WireResponse


_LOCALHOST_TIP = "to store such cookies on this machine: set option trust-localhost yes"


def collect(events: Iterable[Event], on_event: Callable[[Event], None] | None = None) -> Record:
    """Read all events of an exchange. Returns the record of the exchange, with the body of the response.

    `on_event` is called with every event except `Chunk` and `Done`. If the events raise a `Fault`, the `record`
    of the fault gets the part of the body that has arrived. If the content coding cannot be decoded, it gets the
    encoded body.
    """
    body = ResponseBuffer()
    try:
        for event in events:
            if type(event) is Chunk:
                body.add(event.data)
            elif type(event) is Done:
                return event.record._replace(body=body.whole())
            elif on_event is not None:
                on_event(event)
    except Fault as fault:
        if isinstance(fault.record, Record):
            fault.record = fault.record._replace(body=body.whole() or fault.record.body)
        raise
    raise AssertionError("a stream ends with Done")


class ResponseBuffer:
    """Collects the pieces of a body. The whole body is not copied again, because a BytesIO returns its own buffer."""

    __slots__ = ("_buffer", "_first")

    def __init__(self) -> None:
        self._first = b""
        self._buffer: BytesIO | None = None

    def add(self, piece: bytes) -> None:
        """Append a piece. A single piece, which is the usual case, is not copied."""
        if self._buffer is not None:
            self._buffer.write(piece)
        elif not self._first:
            self._first = piece
        else:
            self._buffer = BytesIO()
            self._buffer.write(self._first)
            self._buffer.write(piece)
            self._first = b""

    def whole(self) -> bytes:
        """The body of all pieces that were added."""
        return self._first if self._buffer is None else self._buffer.getvalue()


def read_response(
    draft: Draft,
    outgoing: Outgoing,
    response: WireResponse,
    history: tuple[Record, ...],
    started_at: float,
    *,
    as_they_come: bool = True,
) -> Iterator[Event]:
    """Yield the events of a response as it arrives: `Head`, a `Chunk` for each piece of the body, and `Done`."""
    try:
        yield Head(response.head)
        if "timeout" not in draft.options and _is_event_stream(response.head):
            response.disable_read_timeout()
        for piece in response.content() if as_they_come else response.content(as_they_come=False):
            yield Chunk(piece)
        if response.undecoded:
            yield Note(f"shown as received: cannot decode content coding '{response.undecoded}'")
        yield Done(Record(draft, outgoing, response.head, b"", response.received, history, True, started_at))
    except Fault as fault:
        coded = response.coded
        size = response.received or len(coded)
        fault.record = Record(draft, outgoing, response.head, coded, size, history, response.is_whole, started_at)
        raise
    finally:
        response.close()


def _is_event_stream(response: ResponseHead) -> bool:
    """Whether the response is an event stream, in which hours may pass between two events (WHATWG HTML, "server-sent
    events").
    """
    return response.headers.get("Content-Type", "").lower().startswith("text/event-stream")


def read_hop(draft: Draft, outgoing: Outgoing, response: WireResponse, started_at: float) -> Record:
    """Read a response that another request follows, such as a redirect. Returns its record.

    The body is cut after `MAX_HOP_BYTES`. A network error during the read is ignored; Ctrl-C is not.
    """
    body = bytearray()
    response.limit_read_timeout(MAX_HOP_S)
    try:
        for piece in hop_pieces(response.content(), clock.monotonic):
            body += piece
    except Fault as fault:
        if fault.exit_code == 130:
            raise
    finally:
        response.close()
    content = bytes(body[:MAX_HOP_BYTES])
    return Record(draft, outgoing, response.head, content, response.received, (), True, started_at)


def cookie_notes(outcomes: Iterable[Outcome], url: Url) -> list[Note]:
    """Notes for the user about the cookies of a response that callbox refused, or deleted to make room."""
    notes = []
    is_here = is_localhost(url.host)
    for outcome in outcomes:
        if isinstance(outcome, CookieRefusal):
            tip = f" ({_LOCALHOST_TIP})" if is_here and outcome.reason == SECURE_OVER_HTTP else ""
            notes.append(Note(f"cookie '{outcome.name}' not stored: {outcome.reason}{tip}", "cookie"))
        elif not isinstance(outcome, Stored) and outcome.is_first_report:
            notes.append(Note(outcome.reason, "cookie"))
    return notes


def store_cookies(jar: Jar, url: Url, lines: list[str], now: float = 0.0) -> list[Outcome]:
    """Store cookies in a jar. `lines` are the Set-Cookie values of a response from `url`. Returns an outcome for each
    line.
    """
    return jar.store(url.host.rstrip("."), url.path, url.scheme == "https", lines, now or clock.now())


_FIRST_PAUSE_S = 0.5

_LONGEST_PAUSE_S = 10.0


def send_with_retries(
    transport: Transport, outgoing: Outgoing, cancel: Cancel | None, tries: int
) -> Generator[Event, None, WireResponse]:
    """Send a request and return its response. If callbox cannot connect, it tries again up to `tries` times.

    Before each new try it yields a `Note` and pauses for 0.5 s, 1 s, 2 s and so on.
    """
    started, pause = clock.monotonic(), _FIRST_PAUSE_S
    for _ in range(tries):
        try:
            return transport.send(with_remaining_time(outgoing, clock.monotonic() - started), cancel)
        except Fault as fault:
            from callbox.wire.error_translation import (
                could_not_connect,  # urllib3 is already loaded, since a request was sent
            )

            if not could_not_connect(fault):
                raise
            yield Note(f"{fault.message}; trying again in {pause:g} s", "retry")
        _wait(pause, cancel)
        pause = min(pause * 2, _LONGEST_PAUSE_S)
    return transport.send(with_remaining_time(outgoing, clock.monotonic() - started), cancel)


def _wait(seconds: float, cancel: Cancel | None) -> None:
    deadline = clock.monotonic() + seconds
    while (left := deadline - clock.monotonic()) > 0:
        if cancel is not None and cancel.is_cancelled:
            raise Interrupted()
        clock.sleep(min(left, 0.05))


def with_remaining_time(outgoing: Outgoing, passed: float) -> Outgoing:
    """The request with a smaller total timeout. `passed` is the time in seconds since the first request of a chain of
    redirects, because the total timeout is for the whole chain.
    """
    total = outgoing.route.total_timeout
    if total is None:
        return outgoing
    return outgoing._replace(route=outgoing.route._replace(total_timeout=max(total - passed, 0.0)))


class LiveSession(RoutedState):
    """A session that can send requests: the state of the session, and a transport, created for the first request."""

    must_answer = False
    """What happens if the server asks for credentials, and the body cannot be sent a second time, because it was a
    stream. True: raise an error. False: yield a note.
    """
    adds_to_url_query = False
    """Whether a parameter of the session is sent even if the URL has a parameter with the same name, as in Requests."""

    def __init__(self, transport: Transport | None = None) -> None:
        super().__init__()
        self._transport = transport

    def stream(self, draft: Draft, cancel: Cancel | None = None, *, as_they_come: bool = True) -> Iterator[Event]:
        """Merge a draft with the session, send it, and yield its events: Sent, Hop, Head, Chunk, Note, Done.

        With `as_they_come=False`, the session yields fewer and larger chunks, which is faster. Raises `UsageError`
        before anything is sent, and `Fault` or `Interrupted` afterwards. The `record` of these errors has the received
        part of the response. To end the request early, close the iterator.
        """
        if draft.file_jar is None and self.may_be_routed_by_file(draft):
            draft = draft._replace(file_jar=self.file_jar_for())
        outgoing, bound = self.merge_and_bind(draft)
        for name in bound:
            yield Note(f"{name} is now bound to {outgoing.url.origin}", "bound")
        if draft.source == "script" and (waiting := self.waiting_for_origin()):
            yield Note(
                f"did not send {', '.join(waiting)}, because a file cannot bind credentials to an origin; "
                "to bind them: set base URL",
                "unbound",
            )
        conversation = converse(outgoing, self._policy(draft))
        yield from self.drive(draft, conversation, cancel, as_they_come=as_they_come)

    def preview(self, draft: Draft) -> Outgoing:
        """Merge a draft with the session, and return the request that would be sent. Nothing is sent.

        Raises `UsageError` if a file sets the route (such as a proxy) and the request has credentials of the user.
        """
        if self.filled_secrets:
            draft = draft._replace(secrets={**self.filled_secrets, **draft.secrets})
        keeps_dots = bool(draft.options.get("path-as-is"))
        url = parse(join(self.base_url, draft.url, keeps_dots), keeps_dots)
        outgoing = merge(self._session_state(draft), draft, self.route(url, draft.options))
        if not self.is_routed_by_file(draft, url):
            return outgoing
        separate = self._without_session(draft)
        own = merge(self._session_state(separate), separate, outgoing.route)
        check_file_route(self, draft, outgoing, own)
        return own

    def merge_and_bind(self, draft: Draft) -> tuple[Outgoing, list[str]]:
        """Merge a draft with the session, and bind unbound credentials to the origin of the request.

        Returns the request that will be sent, and a description of each credential that was bound now.
        """
        outgoing = self.preview(draft)
        if FIRST_ORIGIN not in self.credentials and FIRST_ORIGIN not in self.bindings.values():
            return outgoing, []
        if not self.may_bind(draft):
            return outgoing, []
        bound = self.bind_to_first_origin(outgoing.url.origin)
        return self.preview(draft), bound

    def may_bind(self, draft: Draft) -> bool:
        """Whether this request may bind the session's unbound credentials to its origin.

        The request of a file may do so only at the origin of the user's base URL, because otherwise the author of the
        file chooses where the credentials go.
        """
        if draft.source != "script":
            return True
        return bool(self.base_url) and parse(join(self.base_url, draft.url)).origin == parse(self.base_url).origin

    def drive(
        self,
        draft: Draft,
        conversation: Conversation,
        cancel: Cancel | None,
        transport: Transport | None = None,
        *,
        as_they_come: bool = True,
    ) -> Iterator[Event]:
        """Send the requests of a conversation (redirects, answers to challenges) and yield their events."""
        started_at, started = clock.now(), clock.monotonic()
        transport = transport or self.transport
        retries = cast("int", self._option_for("retries", draft.options))
        history: list[Record] = []
        step: Outgoing | Note = next(conversation)
        while True:
            assert isinstance(step, Outgoing)
            outgoing = with_remaining_time(step, clock.monotonic() - started) if history else step
            yield Sent(outgoing)
            if retries:
                response = yield from send_with_retries(transport, outgoing, cancel, retries)
            else:
                response = transport.send(outgoing, cancel)
            try:
                if response.was_retried:
                    yield Note("sent again: the server had closed the idle connection", "retry")
                step = conversation.send(response.head)
                while isinstance(step, Note):
                    yield step
                    step = conversation.send(None)
            except StopIteration:
                break
            except Fault as fault:
                fault.record = read_hop(draft, outgoing, response, started_at)._replace(history=tuple(history))
                raise
            except BaseException:
                response.close()
                raise
            history.append(read_hop(draft, outgoing, response, started_at))
            yield Hop(history[-1], step)
        yield from read_response(draft, outgoing, response, tuple(history), started_at, as_they_come=as_they_come)

    @property
    def transport(self) -> Transport:
        """The transport of this session. The first use creates it and imports urllib3."""
        if self._transport is None:
            from callbox.wire import Wire  # the import takes 70 ms, so it waits for the first request

            self._transport = Wire()
        return self._transport

    def close(self) -> None:
        """Close the idle connections. You can still send: the next request opens a new connection."""
        if self._transport is not None:
            self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def connections(self) -> list[Connection]:
        """The idle connections of this session."""
        return [] if self._transport is None else self._transport.connections()

    def _without_session(self, draft: Draft) -> Draft:
        """The draft without headers, parameters and credentials of the session, for a route that a file sets.

        Its cookies come from the separate cookie jar for such routes (`file_jar_for`).
        """
        jar = draft.file_jar if draft.file_jar is not None else self.file_jar_for()
        is_without = draft.options.get("no-session") or draft.options.get("no-cookie-jar")
        return draft._replace(options={**draft.options, "no-session": True}, jar=draft.jar if is_without else jar)

    def _draft_for(self, url: Url, draft: Draft) -> Draft:
        """The draft for a request to this URL: without the session's values if a file sets the route to the URL."""
        return self._without_session(draft) if self.is_routed_by_file(draft, url) else draft

    def _session_state(self, draft: Draft) -> SessionState:
        if draft.options.get("no-session"):
            headers: Mapping[str, Any] = default_headers(self.defaults)
            return SessionState(self.base_url, self._session_headers(headers, draft), defaults=self.defaults)
        return SessionState(
            self.base_url,
            self._session_headers(self.headers, draft),
            self._session_query(draft) if self.params else (),
            Jar() if draft.options.get("no-cookie-jar") else self.jar,
            self._auth_for if FIRST_ORIGIN not in self.credentials or self.may_bind(draft) else self._bound_auth_for,
            self.find_netrc if self.uses_netrc(draft) else _no_netrc,
            self.defaults,
            self.bindings,
            clock.now(),
            bool(self._option_for("trust-localhost", draft.options)),
        )

    def _session_query(self, draft: Draft) -> list[tuple[str, str | Secret]]:
        """The session's parameters, except those that the query of the draft's URL has, too."""
        pairs = self._query_pairs()
        query = draft.url.partition("#")[0].partition("?")[2]
        if not query or self.adds_to_url_query:
            return pairs
        named = {unquote_plus(pair.partition("=")[0]) for pair in query.split("&")}
        return [pair for pair in pairs if pair[0] not in named]

    def _query_pairs(self) -> list[tuple[str, str | Secret]]:
        """The parameters of the session as name-value pairs."""
        return query_pairs(items_of(self.params))

    def _session_headers(self, headers: Mapping[str, Any], draft: Draft) -> Mapping[str, Any]:
        """The session's headers. The built-in Accept-Encoding is left out if the option `compress` is off."""
        if self._option_for("compress", draft.options):
            return headers
        built_in = self.defaults.get("accept-encoding")
        return {name: value for name, value in headers.items() if value is not built_in}

    def find_netrc(self, host: str) -> Auth | None:
        """The credential in .netrc for this host. Raises UsageError if the file cannot be read."""
        return require_netrc(host)

    def follows(self, draft: Draft) -> bool:
        """Whether redirects of this request are followed."""
        return bool(self._option_for("follow", draft.options))

    def keeps_method(self, draft: Draft) -> bool:
        """Whether a POST stays a POST after a redirect that would make it a GET."""
        return bool(self._option_for("keep-method", draft.options))

    def uses_netrc(self, draft: Draft) -> bool:
        """Whether .netrc may supply this request's credentials."""
        return bool(draft.options["netrc"] if "netrc" in draft.options else self.option("netrc"))

    def _auth_for(self, url: Url) -> tuple[Auth, Source] | None:
        credentials = self.credentials
        if not credentials:
            return None
        found = credentials.get(url.origin) or credentials.get("") or credentials.get(FIRST_ORIGIN)
        return None if found is None else (found, "auth")

    def _bound_auth_for(self, url: Url) -> tuple[Auth, Source] | None:
        found = self.credentials.get(url.origin) or self.credentials.get("")
        return None if found is None else (found, "auth")

    def _policy(self, draft: Draft) -> Policy:
        options = draft.options

        def choose_cookies(url: Url, may_follow: bool) -> tuple[Field, ...]:
            own = self._draft_for(url, draft)
            return merge_cookies(self._session_state(own), own, url, is_user_host=may_follow)

        policy = Policy(
            self._cookie_saver(draft),
            answer_challenge,
            redirect_target if self._option_for("follow", options) else _no_target,
            _keep_method if self._option_for("keep-method", options) else next_method,
            choose_cookies,
            cast("int", self._option_for("max-redirects", options)),
            route=lambda url, scope: self._route_of_hop(url, options, scope),
            is_bound_elsewhere=self._is_bound_elsewhere,
            must_answer=self.must_answer,
        )
        return self._guarded_against_files(policy, draft) if self.may_be_routed_by_file(draft) else policy

    def _guarded_against_files(self, policy: Policy, draft: Draft) -> Policy:
        """The policy of a request, restricted for redirects: if a file sets the route to the new URL, the request to it
        has no credentials of the user.
        """

        def may_carry(source: Url, target: Url) -> bool:
            is_led_now = self.is_routed_by_file(draft, target) and not self.is_routed_by_file(draft, source)
            return may_follow(source, target) and not is_led_now

        def is_bound_elsewhere(field: Field, url: Url) -> bool:
            return self._is_bound_elsewhere(field, url) or (
                field.source == "session" and self.is_routed_by_file(draft, url)
            )

        return policy._replace(may_follow=may_carry, is_bound_elsewhere=is_bound_elsewhere)

    def _route_of_hop(self, url: Url, options: Mapping[str, object], scope: CredentialScope) -> Route:
        if scope.credentials:
            return self.route(url, options)
        return self.route(url, without_certificate(options))._replace(is_apart=True)

    def _is_bound_elsewhere(self, field: Field, url: Url) -> bool:
        owner = self.bindings.get(("header", field.name.lower())) if field.source == "session" else None
        return bool(owner) and owner != url.origin

    def _option_for(self, name: str, given: Mapping[str, object]) -> object:
        return given[name] if name in given else self.option(name)

    def _cookie_saver(self, draft: Draft) -> Callable[[Outgoing, ResponseHead], Iterable[Note]]:
        options = draft.options
        if options.get("no-session") or options.get("no-cookie-jar"):
            return _ignore_cookies
        save = self._save_trusting_localhost if self._option_for("trust-localhost", options) else self._save_cookies
        jar = draft.file_jar
        if jar is None or jar is self.jar:
            return save

        def save_apart(outgoing: Outgoing, response: ResponseHead) -> Iterable[Note]:
            if not self.is_routed_by_file(draft, outgoing.url):
                return save(outgoing, response)
            notes = cookie_notes(store_cookies(jar, outgoing.url, response.headers.getlist("Set-Cookie")), outgoing.url)
            return [
                *notes,
                Note(
                    "the cookies of this response are not added to the session, because a file chose the route",
                    "cookie",
                ),
            ]

        return save_apart

    def _save_cookies(self, outgoing: Outgoing, response: ResponseHead) -> list[Note]:
        return cookie_notes(self._store_cookies(outgoing.url, response.headers.getlist("Set-Cookie")), outgoing.url)

    def _save_trusting_localhost(self, outgoing: Outgoing, response: ResponseHead) -> list[Note]:
        url = outgoing.url
        if is_localhost(url.host):
            # So the jar treats the response like one over TLS, and stores Secure cookies.
            outgoing = outgoing._replace(url=url._replace(scheme="https"))
        return self._save_cookies(outgoing, response)

    def _store_cookies(self, url: Url, lines: list[str]) -> list[Outcome]:
        """Store the cookies of a response from this URL in the session's jar."""
        return store_cookies(self.jar, url, lines)


def _no_netrc(_: str) -> None:
    return None


def _no_target(_: Outgoing, __: ResponseHead) -> None:
    return None


def _keep_method(method: str, _: int) -> str:
    return method


def _ignore_cookies(_: Outgoing, __: ResponseHead) -> tuple[Note, ...]:
    return ()
