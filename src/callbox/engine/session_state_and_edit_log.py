"""The state of a session: headers, parameters, cookies, credentials, variables, options and base URL; and the log of
its edits, for undo, redo and the list of changes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias, cast

from callbox.engine.options import OPTIONS, find_option
from callbox.errors import UsageError
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


ENTRY_NOUNS = ("header", "query", "var", "option")
"""The nouns whose values in the session are `Entry` objects."""
NOUNS = ("base", "header", "auth", "cookie", "query", "var", "option")
"""All nouns: the kinds of things that a session has, in the order of a session file."""


class Entry(NamedTuple):
    """A header, parameter, variable or option of the session: its name, its values in order, and the origin that gets
    the values (empty: every origin).
    """

    name: str
    values: tuple[str | Secret | object, ...]
    origin: str = ""


class Edit(NamedTuple):
    """A change of one entry: its value before and after the change. None stands for no entry."""

    noun: str
    key: Hashable
    before: object
    after: object
    position: int = -1
    """For a removal: the position that the entry had among the entries of its noun (0-based). Otherwise -1."""

    def inverted(self) -> Edit:
        """The edit that reverses this one."""
        return Edit(self.noun, self.key, self.after, self.before, self.position)


Group: TypeAlias = list[Edit]
"""Edits that one `undo` takes back. Undo and redo change this list object in place and never replace it."""


class UndoResult(NamedTuple):
    """The result of `undo` or `redo`."""

    edits: list[Edit]
    """The edits that `undo` or `redo` applied to the session, in this order."""
    skipped: list[Edit]
    """The edits that were left out, because something else has changed the value since, such as a response."""
    group: Group
    """The group that was undone or redone."""


class EditTarget(NamedTuple):
    """The functions through which the log reads and changes the session. Each takes a noun; most also take a key."""

    get: Callable[[str, Hashable], object]
    put: Callable[[str, Hashable, object], None]
    position: Callable[[str, Hashable], int]
    """The position of the entry among the entries of its noun; -1 if it is absent."""
    move_last: Callable[[str, int], None]
    """Move the last entry of a noun to this position."""


class EditLog:
    """The edits of a session in groups, oldest first. One `undo` takes back all edits of a group."""

    def __init__(self, target: EditTarget) -> None:
        self._target = target
        self._done: list[Group] = []
        self._undone: list[Group] = []
        self._open: Group | None = None

    def __iter__(self) -> Iterator[Edit]:
        return (edit for group in self._done for edit in group)

    def __len__(self) -> int:
        """The number of groups that can be undone."""
        return len(self._done)

    def apply(self, noun: str, key: Hashable, after: object) -> Edit:
        """Change one entry of the session and record the edit. An edit that changes nothing is not recorded."""
        target = self._target
        edit = Edit(noun, key, target.get(noun, key), after)
        if after is None:
            edit = edit._replace(position=target.position(noun, key))
        target.put(noun, key, after)
        if edit.before is not None and _is_same(edit.before, after):
            return edit
        self._undone.clear()
        if self._open is not None:
            self._open.append(edit)
        else:
            self._done.append([edit])
        return edit

    def rebind(self, waiting: str, origin: str) -> None:
        """Put `origin` in place of `waiting` in all edits, after the session has bound its credentials to `origin`.

        Otherwise undo would not find the credentials, because the session now has them under `origin`.
        """
        for groups in (self._done, self._undone):
            for group in groups:
                group[:] = [_rebound(edit, waiting, origin) for edit in group]

    def clear(self) -> None:
        """Forget all edits. After this call nothing can be undone or redone."""
        self._done.clear()
        self.clear_redo()

    def clear_redo(self) -> None:
        """Forget the undone groups. After this call nothing can be redone."""
        self._undone.clear()

    @contextmanager
    def group(self) -> Iterator[None]:
        """A context manager. One `undo` takes back all edits that are made inside of it."""
        if self._open is not None:
            yield
            return
        self._open = []
        try:
            yield
        finally:
            edits, self._open = self._open, None
            if edits:
                self._done.append(edits)

    def join(self, start: int) -> list[Group]:
        """Join the groups from index `start` on into one group, so that one `undo` takes them all back.

        The first of these groups gets all edits. Returns the others, which are no longer in the log.
        """
        joined = self._done[start:]
        for group in joined[1:]:
            joined[0].extend(group)
        del self._done[start + 1 :]
        return joined[1:]

    @property
    def newest(self) -> Group | None:
        """The newest group that can be undone; None if there is none."""
        return self._done[-1] if self._done else None

    def undo(self) -> UndoResult:
        """Undo the newest group. A value that something else has changed since, such as a response, stays as it is.

        If this is so for all values of the group, undo goes on to the group before it. Raises `UsageError` if no group
        is left.
        """
        skipped: list[Edit] = []
        while self._done:
            group = self._done.pop()
            changed = self._changed_since(group)
            skipped += [edit for edit in group if (edit.noun, edit.key) in changed]
            group[:] = [edit for edit in group if (edit.noun, edit.key) not in changed]
            if group:
                self._undone.append(group)
                return UndoResult(self._run([edit.inverted() for edit in reversed(group)]), skipped, group)
        raise _nothing_to("undo", skipped)

    def redo(self) -> UndoResult:
        """Redo the group that was undone last. A value that something else has changed since stays as it is.

        Raises `UsageError` if no group is left.
        """
        skipped: list[Edit] = []
        while self._undone:
            group = self._undone.pop()
            changed = self._changed_since([edit.inverted() for edit in reversed(group)])
            skipped += [edit for edit in group if (edit.noun, edit.key) in changed]
            group[:] = [edit for edit in group if (edit.noun, edit.key) not in changed]
            if group:
                self._done.append(group)
                return UndoResult(self._run(list(group)), skipped, group)
        raise _nothing_to("redo", skipped)

    def _run(self, edits: list[Edit]) -> list[Edit]:
        for edit in edits:
            self._target.put(edit.noun, edit.key, edit.after)
            if edit.before is None and edit.position >= 0:
                self._target.move_last(edit.noun, edit.position)
        return edits

    def _changed_since(self, group: Group) -> set[tuple[str, Hashable]]:
        """The (noun, key) pairs of a group whose value is no longer the one that the group has set.

        For example, a response has replaced a cookie, or the cookie has expired.
        """
        latest = {(edit.noun, edit.key): edit for edit in group}
        return {
            where for where, edit in latest.items() if not _is_same(self._target.get(edit.noun, edit.key), edit.after)
        }


def _nothing_to(verb: str, skipped: list[Edit]) -> UsageError:
    done = "undone" if verb == "undo" else "redone"
    hint = f"not {done}, because a response has changed the value since: {describe_all(skipped)}" if skipped else ""
    return UsageError(f"Nothing to {verb}", hint=hint)


def describe_all(edits: Iterable[Edit]) -> str:
    """The entries that these edits changed, as text, each entry once: `header X-A, cookie sid`."""
    return ", ".join(dict.fromkeys(map(_describe, edits)))


def _rebound(edit: Edit, waiting: str, origin: str) -> Edit:
    key = origin if edit.noun == "auth" and edit.key == waiting else edit.key
    before, after = (
        entry._replace(origin=origin) if isinstance(entry, Entry) and entry.origin == waiting else entry
        for entry in (edit.before, edit.after)
    )
    return edit._replace(key=key, before=before, after=after)


def _is_same(now: object, then: object) -> bool:
    if isinstance(now, Cookie) and isinstance(then, Cookie):
        return now == then._replace(created=now.created, last_access=now.last_access)
    return now == then


def _describe(edit: Edit) -> str:
    name = edit.key[0] if isinstance(edit.key, tuple) else edit.key
    return f"{edit.noun} {name}".rstrip()
