"""The state of a session: headers, parameters, cookies, credentials, variables, options and base URL."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, MutableMapping
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any, cast

from callbox.engine.edit_log import Edit, EditLog, EditTarget, Entry, UndoResult
from callbox.engine.options import OPTIONS, find_option
from callbox.exchange.auth_schemes import Auth
from callbox.exchange.content_coding import accepted
from callbox.exchange.cookies import Cookie, Jar
from callbox.exchange.headers import CaseInsensitiveDict
from callbox.exchange.request_merge_with_session import HeaderValue
from callbox.exchange.secret import Secret
from callbox.system import clock
from callbox.version import __version__

FIRST_ORIGIN = "?"
"""The origin of a credential that is not bound yet. The first request that carries it binds it to its own origin."""

DEFAULT_HEADERS: Mapping[str, str] = {
    "user-agent": f"callbox/{__version__}",
    "accept-encoding": accepted(),
    "accept": "*/*",
    "connection": "keep-alive",
}
_SPELLED = ("User-Agent", "Accept-Encoding", "Accept", "Connection")


def default_headers(values: Mapping[str, str] = DEFAULT_HEADERS) -> CaseInsensitiveDict[HeaderValue]:
    """The built-in headers of a session, such as `User-Agent`. `values` has their values by lower-cased name."""
    return CaseInsensitiveDict((name, values[name.lower()]) for name in _SPELLED if name.lower() in values)


_HEADERS = default_headers()


def new_headers() -> CaseInsensitiveDict[HeaderValue]:
    """A copy of the built-in headers for a new session. The session may change the copy."""
    return _HEADERS.copy()


_OPTION_DEFAULTS = {name: option.default for name, option in OPTIONS.items()}
"""Made once, because making them for each session takes noticeable time if each session sends a single request."""


class State:
    """Headers, parameters, cookies, credentials, variables, options and base of one session."""

    def __init__(self) -> None:
        self.headers = new_headers()
        self.defaults: dict[str, str] = dict(DEFAULT_HEADERS)
        """The built-in headers by lower-cased name. A header with its built-in value does not count as set."""
        self.params: Any = {}
        self.jar = Jar()
        self.credentials: dict[str, Auth] = {}
        """The credentials by the origin that gets them. An empty key is for every origin, and the key `FIRST_ORIGIN`
        for the origin of the first request.
        """
        self.vars: dict[str, str] = {}
        self.base_url = ""
        self.filled_secrets: dict[str, str] = {}
        """The secrets that callbox has filled into the base URL or an option: secret value to name of its variable."""
        self.bindings: dict[tuple[str, str], str] = {}
        """The origin to which an entry is bound, by (noun, key). An entry that is not in it is for all origins."""
        self.option_defaults: dict[str, object] = dict(_OPTION_DEFAULTS)
        self.file_defaults: dict[str, object] = {}
        """The options whose default a file, such as an environment file, has replaced, with the default before that."""
        self._options: dict[str, object] = {}

    @cached_property
    def edits(self) -> EditLog:
        """The log of the edits of this session, created on first use.

        The log refers to the session and the session to the log. Such a cycle keeps the sockets of the session open
        until Python's garbage collector runs. Most programs never use the log, so they never have the cycle.
        """
        return EditLog(EditTarget(self._get, self._put, self._position_of, self._move_last))

    def apply(self, noun: str, key: Hashable, after: object) -> Edit:
        """Change one entry and record the change in the log, as the shell does.

        `after` is the new value; None removes the entry. The noun decides about `key` and the type of `after`:

        - header: the lower-cased name; `Entry`
        - query, var, option: the name; `Entry`
        - cookie: (name, domain, host_only, path); `Cookie`
        - auth: the origin that gets the credential; `Auth`
        - base: an empty text; the URL as text
        """
        return self.edits.apply(noun, key, after)

    def group(self) -> AbstractContextManager[None]:
        """A context manager. One `undo` takes back all edits that are made inside of it."""
        return self.edits.group()

    def undo(self) -> UndoResult:
        """Undo the last edit, or the last group of edits. A value that a response has changed since stays as it is.

        Raises `UsageError` if there is nothing to undo.
        """
        return self.edits.undo()

    def redo(self) -> UndoResult:
        """Redo what the last `undo` took back. Raises `UsageError` if there is nothing to redo."""
        return self.edits.redo()

    def entries(self, noun: str) -> dict[Any, object]:
        """All entries of one noun. The keys and values are those that `apply` takes."""
        if noun == "cookie":
            return {(c.name, c.domain, c.host_only, c.path): c for c in self.jar.snapshot()}
        if noun == "auth":
            return dict(self.credentials)
        if noun == "base":
            return {"": self.base_url} if self.base_url else {}
        keys = {"header": [lower for lower, _ in self.headers.lower_items()], "query": list(self.params)}
        found = keys.get(noun, list(self.vars if noun == "var" else self._options))
        return {key: self._get(noun, key) for key in found}

    def option(self, name: str, origin: str = "") -> object:
        """The value of an option for requests to this origin. An option that is bound to another origin has its default
        here.
        """
        return self._options[name] if self.is_set(name, origin) else self.option_defaults[name]

    def is_set(self, name: str, origin: str = "") -> bool:
        """Whether the user has set this option for all origins or for this origin."""
        return name in self._options and self.bindings.get(("option", name), origin) == origin

    def holds_nothing_private(self) -> bool:
        """Whether the user has given the session nothing private: no header, parameter, cookie, credential, client
        certificate or .netrc file.
        """
        own = [name for name, value in self.headers.items() if self.defaults.get(name.lower()) is not value]
        by_options = self.option("netrc") or self.option_defaults["cert"] or "cert" in self._options
        return not (own or self.params or self.credentials or len(self.jar) or by_options)

    def file_jar_for(self, options: Mapping[str, object] = {}) -> Jar:
        """The cookie jar for requests whose route a file sets: the jar of the session if the session has nothing
        private, otherwise a new jar.

        The requests of a script share this jar, so a script that logs in stays logged in. But a proxy that the script
        chooses cannot add cookies to the user's jar. `options` are the user's options for these requests.
        """
        return self.jar if self.holds_nothing_private() and not (options.get("cert") or options.get("netrc")) else Jar()

    def set_option(self, name: str, value: object, origin: str = "") -> None:
        """Set an option for one origin, or for all if `origin` is empty. `undo` does not take this change back.

        Raises `UsageError` for an unknown option.
        """
        name = find_option(name).name
        self._options[name] = value
        self._bind("option", name, origin)
        self.options_changed()

    def options_changed(self) -> None:
        """Called after each change of an option. A subclass overrides this method to clear its caches."""

    def _get(self, noun: str, key: Hashable) -> object:
        getter = _GETTERS.get(noun)
        if getter is not None:
            return getter(self, key)
        mapping = self._ordered(noun)
        if key not in mapping:
            return None
        value = mapping[key]
        name = self.headers.spelled(str(key)) if noun == "header" else str(key)
        values = tuple(value) if isinstance(value, (list, tuple)) else (value,)
        return Entry(name, values, self.bindings.get((noun, str(key)), ""))

    def _ordered(self, noun: str) -> MutableMapping[Any, Any]:
        """The mapping that has the entries of a noun in their order. Empty for the nouns base and cookie."""
        if noun == "header":
            return self.headers
        if noun == "query":
            return cast("MutableMapping[Any, Any]", self.params)
        found: Mapping[str, MutableMapping[Any, Any]] = {
            "var": self.vars, "option": self._options, "auth": self.credentials
        }  # fmt: skip
        return found.get(noun, {})

    def _position_of(self, noun: str, key: Hashable) -> int:
        if noun == "cookie":
            found = self._get_cookie(key)
            return -1 if found is None else self.jar.place_of(found)
        keys: list[Hashable] = [name.lower() if noun == "header" else name for name in self._ordered(noun)]
        return keys.index(key) if key in keys else -1

    def _move_last(self, noun: str, position: int) -> None:
        if noun == "cookie":
            self.jar.move_last(position)
            return
        mapping = self._ordered(noun)
        for name in list(mapping)[position:-1]:
            mapping[name] = mapping.pop(name)

    def _put(self, noun: str, key: Hashable, after: object) -> None:
        _PUTTERS[noun](self, key, after)

    def _put_entry(self, noun: str, mapping: Any, key: Hashable, after: object) -> None:
        if after is None:
            mapping.pop(key, None)
            self._bind(noun, str(key), "")
            return
        assert isinstance(after, Entry)
        value = after.values[0] if len(after.values) == 1 else list(after.values)
        if noun == "header" and after.name in self.headers:
            # The assignment changes the spelling of the name and leaves the header at its position.
            self.headers[after.name] = cast("HeaderValue", value)
        else:
            mapping[after.name] = value
        self._bind(noun, str(key), after.origin)

    def _put_option(self, key: Hashable, after: object) -> None:
        self._put_entry("option", self._options, key, after)
        self.options_changed()

    def _put_cookie(self, key: Hashable, after: object) -> None:
        name, domain, host_only, path = cast("tuple[str, str, bool, str]", key)
        if after is None:
            self.jar.remove(name, domain, path, host_only)
        else:
            self.jar.put(cast("Cookie", after), clock.now())

    def _get_cookie(self, key: Hashable) -> Cookie | None:
        name, domain, host_only, path = cast("tuple[str, str, bool, str]", key)
        found = self.jar.find(name, domain, path, host_only)
        return found[0] if found else None

    def _put_auth(self, key: Hashable, after: object) -> None:
        if after is None:
            self.credentials.pop(str(key), None)
        else:
            assert isinstance(after, Auth)
            self.credentials[str(key)] = after

    def _put_base(self, after: object) -> None:
        self.base_url = str(after or "")

    def _bind(self, noun: str, key: str, origin: str) -> None:
        if origin:
            self.bindings[(noun, key)] = origin
        else:
            self.bindings.pop((noun, key), None)

    def waiting_for_origin(self) -> list[str]:
        """Descriptions of the credentials that are not bound to an origin yet, such as `header Authorization`."""
        auth = self.credentials.get(FIRST_ORIGIN)
        waiting = [] if auth is None else [f"auth {auth.describe()}"]
        for (noun, key), bound in self.bindings.items():
            if bound == FIRST_ORIGIN:
                waiting.append(f"{noun} {self.headers.spelled(key) if noun == 'header' else key}")
        return waiting

    def bind_to_first_origin(self, origin: str) -> list[str]:
        """Bind all unbound credentials to this origin. Returns a description of each."""
        descriptions = self.waiting_for_origin()
        if FIRST_ORIGIN in self.credentials:
            self.credentials[origin] = self.credentials.pop(FIRST_ORIGIN)
        for key, bound in list(self.bindings.items()):
            if bound == FIRST_ORIGIN:
                self.bindings[key] = origin
        self.edits.rebind(FIRST_ORIGIN, origin)
        self.options_changed()
        return descriptions


def query_pairs(items: Iterable[tuple[Any, Any]]) -> list[tuple[str, str | Secret]]:
    """Convert parameters to name-value pairs. A list as value gives a pair for each element; None gives no pair."""
    pairs: list[tuple[str, str | Secret]] = []
    for name, value in items:
        many = value if isinstance(value, (list, tuple)) else (value,)
        pairs += [(str(name), v if isinstance(v, (str, Secret)) else str(v)) for v in many if v is not None]
    return pairs


def is_built_in(session: State, key: Hashable, held: Entry) -> bool:
    """Whether `held`, the header under this key, has its built-in value."""
    return key in session.defaults and held.values == (session.defaults[str(key)],)


def built_in_entry(state: State, noun: str, key: Hashable) -> Entry | None:
    """The built-in header with this key as an `Entry`; None for other headers and other nouns."""
    if noun != "header" or key not in state.defaults:
        return None
    name = state.headers.spelled(str(key)) if key in state.headers else str(key).title()
    return Entry(name, (state.defaults[str(key)],))


def user_entries(session: State, noun: str) -> dict[str, Entry]:
    """The headers, query parameters, variables or options that the user set, by key; built-in headers are left out."""
    found = {str(key): held for key, held in session.entries(noun).items() if isinstance(held, Entry)}
    if noun != "header":
        return found
    return {key: held for key, held in found.items() if not is_built_in(session, key, held)}


_GETTERS: Mapping[str, Callable[[State, Hashable], object]] = {
    "cookie": State._get_cookie,
    "auth": lambda state, key: state.credentials.get(str(key)),
    "base": lambda state, _: state.base_url or None,
}
_PUTTERS: Mapping[str, Callable[[State, Hashable, object], None]] = {
    "header": lambda state, key, after: state._put_entry("header", state.headers, key, after),
    "query": lambda state, key, after: state._put_entry("query", state.params, key, after),
    "var": lambda state, key, after: state._put_entry("var", state.vars, key, after),
    "option": State._put_option,
    "cookie": State._put_cookie,
    "auth": State._put_auth,
    "base": lambda state, _, after: state._put_base(after),
}
