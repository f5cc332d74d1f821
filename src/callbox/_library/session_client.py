"""`SessionClient`: the engine's client behind a `Session`, and how it reads the attributes of the session.

As in Requests, a session has plain attributes. A subclass may set them before or after `__init__`, in the class, or by
properties. The client reads all attributes before each request. An attribute with the same object as before takes no
time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from callbox._library.arguments import check_session_headers, parse_timeout, timeout_options, verify_options
from callbox._library.prepared_request_parts import text_of
from callbox.auth import auth_scheme
from callbox.cookies import (
    CookieJar,
    StandardJar,
    allowed_jar,
    allowed_lines,
    cookie_jar_of,
    is_storing,
    merge_cookies,
    policy_of,
)
from callbox.engine.client import LiveSession
from callbox.engine.session_state_and_edit_log import new_headers, query_pairs
from callbox.exchange.auth_schemes import Auth
from callbox.exchange.cookies import Jar, Outcome
from callbox.exchange.headers import CaseInsensitiveDict
from callbox.exchange.request import Draft
from callbox.exchange.request_merge_with_session import SessionState, items_of
from callbox.exchange.secret import Secret
from callbox.exchange.url import Url, join, parse
from callbox.system.keyring_and_netrc import find_netrc

DEFAULT_TIMEOUT = (10.0, 60.0)


class _Settings(NamedTuple):
    """The attributes of the session at the last `read` that the engine has in another form. Only those that change
    since then are converted again.
    """

    auth: Any
    cookies: Any
    verify: Any
    cert: Any
    max_redirects: Any
    timeout: Any
    max_body: Any


_NEW_SETTINGS = _Settings(
    auth=None, cookies=object(), verify=True, cert=None, max_redirects=30, timeout=DEFAULT_TIMEOUT, max_body=None
)
"""The settings of a new session, for which only the cookies must be read."""


class _Substitute:
    """Reads the attributes of a session that may lack some, because a slot is empty or because it is only a
    `SessionRedirectMixin`. It returns defaults for missing attributes. With `is_whole`, a missing attribute is an
    error.
    """

    def __init__(self, session: Any) -> None:
        is_whole = hasattr(session, "prepare_request")
        defaults = {"base_url": "", "timeout": DEFAULT_TIMEOUT, "max_body": None}
        others = {"headers": {}, "params": {}, "proxies": {}, "trust_env": True, "auth": None, "cookies": None,
                  "verify": True, "cert": None, "max_redirects": 30}  # fmt: skip
        for name, default in defaults.items():
            setattr(self, name, getattr(session, name, default))
        for name, other in others.items():
            setattr(self, name, getattr(session, name) if is_whole else getattr(session, name, other))

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"every attribute is set: {name}")


class SessionClient(LiveSession):
    """The engine client that sends the requests of one `Session`. It has no reference to the session, so that Python
    frees an unused session with its connections at once.
    """

    max_body: int | None = None
    must_answer = True
    adds_to_url_query = True

    def __init__(self) -> None:
        super().__init__()
        self.option_defaults.update({"max-body": None, "netrc": None})
        self.sign: Callable[[Any], Any] | None = None
        """The callable that signs requests; None if the session's `auth` is not callable."""
        self._policy_jar: Any = None
        """The jar of the program whose cookie policy applies; None if there is none."""
        self._standard_jar: StandardJar | None = None
        self._read = _NEW_SETTINGS

    def read(self, session: Any) -> None:
        """Read the current values of the session's attributes."""
        try:
            self.headers, self.params = session.headers, session.params
            self.proxies, self.trust_env = session.proxies, session.trust_env
            base_url, timeout, max_body = session.base_url, session.timeout, session.max_body
            auth, cookies, verify, cert = session.auth, session.cookies, session.verify, session.cert
            max_redirects = session.max_redirects
        except AttributeError:
            self.read(_Substitute(session))
            return
        self.base_url = base_url if isinstance(base_url, str) else ""
        before = self._read
        if (
            auth is not before.auth
            or cookies is not before.cookies
            or verify is not before.verify
            or cert is not before.cert
            or max_redirects is not before.max_redirects
            or timeout is not before.timeout
            or max_body is not before.max_body
        ):
            self._read_settings(
                _Settings(
                    auth=auth,
                    cookies=cookies,
                    verify=verify,
                    cert=cert,
                    max_redirects=max_redirects,
                    timeout=timeout,
                    max_body=max_body,
                )
            )

    def _read_settings(self, now: _Settings) -> None:
        before = self._read
        for name, reader in _READERS.items():
            value = getattr(now, name)
            if value is not getattr(before, name):
                reader(self, value)
        self._read = now

    def new_values(self) -> tuple[Any, CookieJar]:
        """New headers and cookies for a session. They are also used if `__init__` is called again."""
        if self._read is not _NEW_SETTINGS:
            return new_headers(), CookieJar()
        shown = self._policy_jar = cookie_jar_of(self.jar)
        self._read = _Settings(
            auth=None, cookies=shown, verify=True, cert=None, max_redirects=30, timeout=DEFAULT_TIMEOUT, max_body=None
        )
        return self.headers, shown

    def note(self, name: str, value: Any) -> None:
        """Note that the engine has this value of an attribute, so that `read` need not convert it."""
        self._read = self._read._replace(**{name: value})

    def read_auth(self, value: Any) -> None:
        """Read the session's credential."""
        found = auth_scheme(value)
        # At no time may the credential be missing. Otherwise another thread could send its request unsigned.
        if found is not None:
            self.credentials[""] = found
            self.sign = None
        else:
            # A value that is neither a scheme nor callable raises an error when it must sign. So nothing is sent
            # unsigned.
            self.sign = value if value else None
            self.credentials.pop("", None)

    def read_cookies(self, value: Any) -> Any:
        """Read the cookies of the session from `value`, the object that the program has assigned. Returns the jar for
        it.
        """
        is_trusted = self.jar.trust_localhost
        if isinstance(value, CookieJar):
            if not is_storing(value):
                self._policy_jar, self.jar, self._standard_jar = value, value._callbox, None
                return value
        elif not hasattr(value, "set_cookie"):
            value = merge_cookies(cookie_jar_of(Jar(trust_localhost=is_trusted)), value)
            self._policy_jar, self.jar, self._standard_jar = value, value._callbox, None
            return value
        self._policy_jar = value
        self._standard_jar = StandardJar(value)
        self.jar = self._standard_jar.read()
        self.jar.trust_localhost = is_trusted
        return value

    def assign_cookies(self, value: Any) -> Any:
        """Handle `session.cookies = value`. Returns the value that the attribute gets."""
        jar = self.read_cookies(value)
        self.note("cookies", jar)
        return jar

    def _read_verify(self, value: Any) -> None:
        for name, option in verify_options(value).items():
            self.set_option(name, option)

    def _read_cert(self, value: Any) -> None:
        self.set_option("cert", value or "")

    def _read_max_redirects(self, value: Any) -> None:
        self.set_option("max-redirects", value)

    def _read_timeout(self, value: Any) -> None:
        try:
            options = {"total-timeout": None, **timeout_options(value)}
        except ValueError:  # A subclass has an attribute with this name that is no timeout.
            options = dict.fromkeys(("connect-timeout", "timeout", "total-timeout"), None)
            options.update(timeout_options(DEFAULT_TIMEOUT))
        if value is DEFAULT_TIMEOUT:
            for name in options:
                self._options.pop(name, None)
            self.options_changed()
            return
        for name, option in options.items():
            self.set_option(name, option)

    def _read_max_body(self, value: Any) -> None:
        self.max_body = value if isinstance(value, int) and not isinstance(value, bool) else None
        self.set_option("max-body", self.max_body)

    def says_timeout(self) -> bool:
        """Whether a timeout was set for the session."""
        return "timeout" in self._options

    def timeout(self) -> Any:
        """The timeout of the session, in the form of `Session.timeout`."""
        times = (self.option("connect-timeout"), self.option("timeout"))
        total = self.option("total-timeout")
        return times if total is None else (*times, total)

    def trusts_localhost(self) -> bool:
        """Whether `Secure` cookies are sent over http to this machine."""
        return self.jar.trust_localhost or bool(self.option("trust-localhost"))

    @property
    def opened_transport(self) -> Any:
        """The transport; None if nothing was sent yet."""
        return self._transport

    def find_netrc(self, host: str) -> Auth | None:
        """The credential in .netrc for this host. As in Requests, a file that cannot be read is ignored."""
        return find_netrc(host)

    def uses_netrc(self, draft: Draft) -> bool:
        """Whether .netrc may supply the credentials of this request: by the option `netrc` if it is set, else by
        `trust_env`.
        """
        value = draft.options["netrc"] if "netrc" in draft.options else self.option("netrc")
        return bool(self.trust_env) if value is None else bool(value)

    def _session_state(self, draft: Draft) -> SessionState:
        check_session_headers(self.headers, draft)
        if self._standard_jar is not None:
            self.jar = self._standard_jar.read()
        state, policy = super()._session_state(draft), policy_of(self._policy_jar)
        if policy is None:
            return state
        return state._replace(jar=allowed_jar(policy, state.jar, parse(join(self.base_url, draft.url))))

    def _session_headers(self, headers: Mapping[str, Any], draft: Draft) -> Mapping[str, Any]:
        """The session's headers, with names as text. Requests accepts bytes, too."""
        found = super()._session_headers(headers, draft)
        items: list[tuple[Any, Any]] = items_of(found)
        if any(isinstance(name, bytes) for name, _ in items):
            return CaseInsensitiveDict((text_of(name), value) for name, value in items)
        return found

    def _query_pairs(self) -> list[tuple[str, str | Secret]]:
        """The parameters of the session, from any type that Requests accepts."""
        params = self.params
        if isinstance(params, (str, bytes)):
            text = params if isinstance(params, str) else params.decode()
            return list(parse_qsl(text, keep_blank_values=True))
        return query_pairs(items_of(params) if isinstance(params, Mapping) else list(params))

    def _store_cookies(self, url: Url, lines: list[str]) -> list[Outcome]:
        policy = policy_of(self._policy_jar)
        if policy is not None:
            lines = allowed_lines(policy, url, lines)
        if self._standard_jar is None:
            return super()._store_cookies(url, lines)
        self.jar, outcomes = self._standard_jar.store(url, lines)
        return outcomes


_READERS: Mapping[str, Callable[[SessionClient, Any], object]] = {
    "auth": SessionClient.read_auth,
    "cookies": SessionClient.read_cookies,
    "verify": SessionClient._read_verify,
    "cert": SessionClient._read_cert,
    "max_redirects": SessionClient._read_max_redirects,
    "timeout": SessionClient._read_timeout,
    "max_body": SessionClient._read_max_body,
}


def shown_timeout(value: Any) -> Any:
    """A timeout in the form of `Session.timeout`: (connect, read), or (connect, read, total).

    Raises `ValueError` for an invalid value.
    """
    times = parse_timeout(value)
    return times[:2] if times.total is None else tuple(times)
