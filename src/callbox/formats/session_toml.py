"""Session files: convert a session to TOML, which people can read and edit, and back.

Pure; no other module uses tomli_w.

A session is a mapping from (noun, key) to an entry. `changes` computes the difference of two sessions, and
`with_changes` applies it to a third. So two shells can share one file. Keys of a file that this version does not know
stay in the file.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from math import isfinite
from typing import Any, Final, NamedTuple, TypeAlias

from callbox.errors import UsageError
from callbox.exchange.cookies import Cookie
from callbox.exchange.secret import ASK
from callbox.formats.cookie_header_and_number_checks import cookie_fault, has_control, header_fault, to_float
from callbox.formats.toml import MAX_BYTES, Damaged, read_toml

VERSION: Final = 1


class SecretReference(NamedTuple):
    """Where a secret comes from: `env:NAME`, `keyring:NAME`, or `?`, which means that callbox asks the user."""

    where: str


Value: TypeAlias = str | SecretReference


class SessionEntry(NamedTuple):
    """A header, parameter, variable or option of a session file. An entry without values removes a built-in header."""

    name: str
    values: tuple[Value, ...]
    origin: str = ""
    """The origin to which the entry is sent; empty for every origin."""


class Credential(NamedTuple):
    """A credential of the session (`set auth`). Its key is the origin that gets it."""

    scheme: str
    name: str
    """The name of the user; for an API key, the name of its header; empty for a token."""
    secret: Value


Thing: TypeAlias = str | SessionEntry | Credential | Cookie
Key: TypeAlias = tuple[str, Hashable]
"""A noun (base, header, query, auth, cookie, var or option), and the key that the entry has in `State.apply`."""


class SavedSession(NamedTuple):
    """The contents of a session file."""

    things: Mapping[Key, Thing] = {}
    keeps_secrets: bool = False
    """Whether the file contains the secrets themselves."""
    more: Mapping[Key, Mapping[str, object]] = {}
    """The keys that this version does not know, by (table, key of the entry). ("", "") is the top level of the file."""


TOP: Final[Key] = ("", "")
_TABLES: Final = {"headers": "header", "query": "query", "auth": "auth", "cookies": "cookie"}
"""The noun for each key of the file that has a list of tables."""
_NAMED: Final = {"vars": "var", "options": "option"}
"""The noun for each key of the file that has a table from names to values."""
_NUMBER = (int, float)
_ENTRY: Mapping[str, tuple[type, ...]] = {
    "name": (str,), "value": (str,), "secret": (str,), "values": (list,), "origin": (str,),
}  # fmt: skip
_FIELDS: Mapping[str, Mapping[str, tuple[type, ...]]] = {
    "header": _ENTRY,
    "query": _ENTRY,
    "var": {**_ENTRY, "value": (str, int)},
    "option": {**_ENTRY, "value": (str, bool, int, float)},
    "auth": {"scheme": (str,), "name": (str,), "value": (str,), "secret": (str,), "origin": (str,)},
    "cookie": {
        "name": (str,), "value": (str,), "domain": (str,), "path": (str,), "host-only": (bool,), "secure": (bool,),
        "http-only": (bool,), "same-site": (str,), "expires": _NUMBER, "created": _NUMBER, "last-access": _NUMBER,
        "manual": (bool,),
    },
    "": {
        "version": (int,), "secrets": (bool,), "base": (str,), **dict.fromkeys(_TABLES, (list,)),
        **dict.fromkeys(_NAMED, (dict,)),
    },
}  # fmt: skip
"""For each noun, the known keys of its tables, and the types that their values may have."""
_KINDS = {str: "a text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a table"}


def read_session(data: bytes, name: str) -> SavedSession:
    """Parse a session file. `name` is the name of the file, for errors. Raises `Damaged`, and `UsageError` if a later
    version of callbox has written the file.
    """
    document = read_toml(data, name)
    reader = _TableReader(name)
    top = reader.known("", document, "")
    version = top.get("version")
    if version is None:
        what = "not a session file" if document else "empty"
        raise Damaged(f"{name} is {what}", hint=f"a session file begins with: version = {VERSION}")
    if version != VERSION:
        raise UsageError(f"{name} is of version {version}; this callbox reads {VERSION}", hint="update callbox")
    if top.get("base"):
        reader.things["base", ""] = top["base"]
    for table, noun in _TABLES.items():
        for number, item in enumerate(top.get(table, ()), 1):
            reader.take(noun, item, f"{table}, entry {number}")
    for table, noun in _NAMED.items():
        for key, item in top.get(table, {}).items():
            reader.take(noun, item if isinstance(item, dict) else {"value": item}, f"{table}.{key}"[:80], key)
    return SavedSession(reader.things, bool(top.get("secrets", False)), {k: m for k, m in reader.more.items() if m})


def write_session(saved: SavedSession) -> bytes:
    """Write a session as the text of a session file, which `read_session` can read. Raises `UsageError` for a session
    that could not be read again, because the text is too long or not Unicode.
    """
    import tomli_w

    document: dict[str, object] = {"version": VERSION}
    if saved.keeps_secrets:
        document["secrets"] = True
    if ("base", "") in saved.things:
        document["base"] = saved.things["base", ""]
    for table, noun in _TABLES.items():
        if items := [_item(saved, key) for key in saved.things if key[0] == noun]:
            document[table] = items
    for table, noun in _NAMED.items():
        named = {str(key[1]): _short(_item(saved, key)) for key in saved.things if key[0] == noun}
        if named:
            document[table] = named
    try:
        data = tomli_w.dumps(document | dict(saved.more.get(TOP, {}))).encode()
    except UnicodeEncodeError:
        raise UsageError(
            "The session holds text that is not valid Unicode", hint="to find this text: show session"
        ) from None
    if len(data) > MAX_BYTES:
        raise UsageError(
            f"The session has more than {MAX_BYTES:,} bytes", hint="to find large entries: show cookies, show vars"
        )
    return data


def changes(before: Mapping[Key, Thing], after: Mapping[Key, Thing]) -> dict[Key, Thing | None]:
    """The difference between two sessions: each entry of `after` that is new or different, and None for each entry that
    `after` does not have. The time at which a cookie was last sent does not count.
    """
    found: dict[Key, Thing | None] = {key: None for key in before if key not in after}
    found.update({key: thing for key, thing in after.items() if not is_same(before.get(key), thing)})
    return found


def is_same(first: Thing | None, second: Thing | None) -> bool:
    """Whether two entries are equal. The time at which a cookie was last sent does not count."""
    if isinstance(first, Cookie) and isinstance(second, Cookie):
        return first._replace(created=0, last_access=0) == second._replace(created=0, last_access=0)
    return first == second


def with_changes(saved: SavedSession, changed: Mapping[Key, Thing | None]) -> SavedSession:
    """A copy of a saved session with these changes, which `changes` has computed."""
    things = dict(saved.things)
    for key, thing in changed.items():
        if thing is None:
            things.pop(key, None)
        else:
            things[key] = thing
    return saved._replace(things=things)


class _TableReader:
    """Reads the tables of a session file: checks the types of known keys, and stores all other keys."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.things: dict[Key, Thing] = {}
        self.more: dict[Key, Mapping[str, object]] = {}

    def take(self, noun: str, item: object, where: str, key: str | None = None) -> None:
        if not isinstance(item, dict):
            raise self.damaged_error(f"{where} is {_kind(item)}, not a table")
        fields = self.known(noun, item, where, () if key is None else ("name",))
        if key is None and "name" not in fields and noun != "auth":
            raise self.damaged_error(f"{where} has no name")
        thing_key, thing = _MAKERS[noun](self, fields if key is None else {**fields, "name": key}, where)
        self.things[noun, thing_key] = thing
        self.more[noun, thing_key] = self._rest

    def known(self, noun: str, item: Mapping[str, object], where: str, unknown: tuple[str, ...] = ()) -> dict[str, Any]:
        """The known keys of a table. Raises `Damaged` if one has a wrong type. Other keys are stored in `more`."""
        types = {key: allowed for key, allowed in _FIELDS[noun].items() if key not in unknown}
        for key, value in item.items():
            what = f"{where}: {key}" if where else key
            if key in types and type(value) not in types[key]:
                raise self.damaged_error(f"{what} is {_kind(value)}, not {_KINDS[types[key][0]]}")
            if key in types and type(value) is float and not isfinite(value):
                raise self.damaged_error(f"{what} is not finite")
        self._rest = {key: value for key, value in item.items() if key not in types}
        if not noun:
            self.more[TOP] = self._rest
        return {key: value for key, value in item.items() if key in types}

    def values(self, fields: Mapping[str, Any], where: str) -> tuple[Value, ...]:
        """The values of an entry, from its key `value`, `secret` or `values`."""
        if "values" in fields:
            return tuple(self.value(first, where) for first in fields["values"])
        return (self.value(fields, where),)

    def value(self, value_or_reference: object, where: str) -> Value:
        if isinstance(value_or_reference, dict):
            if isinstance(value_or_reference.get("secret"), str):
                return SecretReference(value_or_reference["secret"])
            value_or_reference = value_or_reference.get("value")
        if isinstance(value_or_reference, bool):
            return "yes" if value_or_reference else "no"
        if isinstance(value_or_reference, _NUMBER):
            return str(value_or_reference)
        if not isinstance(value_or_reference, str):
            if value_or_reference is None:
                raise self.damaged_error(f"{where} has no value")
            raise self.damaged_error(f"{where}: a value is {_kind(value_or_reference)}")
        return value_or_reference

    def damaged_error(self, what: str) -> Damaged:
        return Damaged(f"{self.name} is damaged: {what}")

    def entry(self, fields: Mapping[str, Any], where: str) -> tuple[Hashable, SessionEntry]:
        self.check_line(fields.get("origin", ""), f"{where}: origin")
        entry = SessionEntry(fields["name"], self.values(fields, where), fields.get("origin", ""))
        return entry.name, entry

    def check_line(self, text: str, what: str) -> None:
        """Raise `Damaged` for a control character in a text of one line."""
        if has_control(text):
            raise self.damaged_error(f"{what} holds a control character")

    def header(self, fields: Mapping[str, Any], where: str) -> tuple[Hashable, Thing]:
        _, entry = self.entry(fields, where)
        if fault := header_fault(entry.name, *(value for value in entry.values if isinstance(value, str))):
            raise self.damaged_error(f"{where}: {fault}")
        return entry.name.lower(), entry

    def auth(self, fields: Mapping[str, Any], where: str) -> tuple[Hashable, Thing]:
        if "scheme" not in fields:
            raise self.damaged_error(f"{where} has no scheme")
        for key in ("scheme", "name", "origin"):
            self.check_line(fields.get(key, ""), f"{where}: {key}")
        secret = self.value({"secret": ASK, **fields} if "value" not in fields else fields, where)
        return fields.get("origin", ""), Credential(fields["scheme"], fields.get("name", ""), secret)

    def cookie(self, fields: Mapping[str, Any], where: str) -> tuple[Hashable, Thing]:
        given = {_COOKIE_FIELDS[key]: value for key, value in fields.items()}
        given |= {key: to_float(given[key]) for key in ("expires", "created", "last_access") if key in given}
        cookie = Cookie(**{"value": "", **given})
        if fault := cookie_fault(cookie):
            raise self.damaged_error(f"{where}: {fault}")
        return (cookie.name, cookie.domain, cookie.host_only, cookie.path), cookie


_MAKERS: Mapping[str, Any] = {
    "header": _TableReader.header,
    "query": _TableReader.entry,
    "var": _TableReader.entry,
    "option": _TableReader.entry,
    "auth": _TableReader.auth,
    "cookie": _TableReader.cookie,
}
_COOKIE_FIELDS = {key: {"manual": "is_manual"}.get(key, key.replace("-", "_")) for key in _FIELDS["cookie"]}
_COOKIE_DEFAULTS = Cookie("", "")._asdict()


def _item(saved: SavedSession, key: Key) -> dict[str, object]:
    thing = saved.things[key]
    if isinstance(thing, Cookie):
        made = dict(_cookie_item(thing))
    elif isinstance(thing, Credential):
        made = {"scheme": thing.scheme, "name": thing.name, **_value_item(thing.secret)}
        made |= {"origin": key[1]} if key[1] != "" else {}
    else:
        assert isinstance(thing, SessionEntry)
        made = {"name": thing.name} if key[0] in _TABLES.values() else {}
        made |= _values_item(thing.values) | ({"origin": thing.origin} if thing.origin else {})
    return made | dict(saved.more.get(key, {}))


def _short(item: dict[str, object]) -> object:
    """The table, or only its value if it has no other key, so that the file is short."""
    return item["value"] if item.keys() == {"value"} else item


def _values_item(values: tuple[Value, ...]) -> dict[str, object]:
    if len(values) == 1:
        return _value_item(values[0])
    return {"values": [first if isinstance(first, str) else _value_item(first) for first in values]}


def _value_item(value: Value) -> dict[str, object]:
    return {"value": value} if isinstance(value, str) else {"secret": value.where}


def _cookie_item(cookie: Cookie) -> Iterator[tuple[str, object]]:
    fields = cookie._asdict()
    for key, field in _COOKIE_FIELDS.items():
        if field in ("name", "value", "domain", "path") or fields[field] != _COOKIE_DEFAULTS[field]:
            yield key, fields[field]


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a date")
