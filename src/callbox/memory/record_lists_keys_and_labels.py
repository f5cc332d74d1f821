"""Lists of records in JSON responses: find the list, the member that names a record in a path, and a label of a record.

The response to `GET /books` is a list, and `{id}` in `/books/{id}` is a value from an item of this list. The names of
the parameter and of the list show which member of the item has this value. `find_list`, `choose_key` and `label_of`
know the usual names.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from callbox.exchange.redaction.credential_names import is_credential_list, is_credential_name

WRAPPERS = ("items", "data", "results", "value", "values", "records", "content", "entries")
"""The usual names of the member with the list, if a document has several lists."""
_KEY_WORDS = ("name", "slug", "code", "key", "uuid", "number")
"""Names of members that identify an item.

If the name of a parameter ends in one of these words, the parameter means this member.
"""
_LABELS = ("name", "title", "label", "displayname", "fullname", "username", "email")
_IRREGULAR = {"people": "person", "children": "child", "men": "man", "women": "woman", "series": "series"}
_SEPARATORS = re.compile(r"[\W_]+")
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
MAX_LABEL = 60


def find_list(document: object, segment: str = "") -> list[Any] | None:
    """The list in a response: the document itself, its only array of objects, or an array with a usual name or with the
    name of the segment.

    The members of the document are searched first, and then their members. None if there is no list, or if several
    lists fit equally well.

    >>> find_list({"total": 2, "books": [{"id": 1}], "tags": [{"t": 1}]}, "books")
    [{'id': 1}]
    >>> find_list({"data": {"items": [{"id": 1}]}})
    [{'id': 1}]
    """
    if isinstance(document, list):
        return list(document)
    if not isinstance(document, dict):
        return None
    found = _list_in(document, segment)
    if found is not None:
        return found
    objects = [value for name, value in document.items() if isinstance(value, dict) and not is_credential_name(name)]
    deeper = [_list_in(value, segment) for value in objects]
    lists = [inner for inner in deeper if inner is not None]
    return list(lists[0]) if len(lists) == 1 else None


def _list_in(document: Mapping[str, Any], segment: str) -> list[Any] | None:
    arrays = {name: value for name, value in document.items() if is_object_list(value) and not is_credential_list(name)}
    if len(arrays) == 1:
        return list(next(iter(arrays.values())))
    wanted = (*WRAPPERS, normalise(segment))
    named = [value for name, value in arrays.items() if normalise(name) in wanted]
    return list(named[0]) if len(named) == 1 else None


def is_object_list(value: Any) -> bool:
    """Whether the value is a list whose first element is an object.

    >>> is_object_list([{}]), is_object_list([]), is_object_list([1])
    (True, False, False)
    """
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def normalise(name: str) -> str:
    """A name in lower case, without separators.

    >>> normalise("book_Id"), normalise("X-Book-ID")
    ('bookid', 'xbookid')
    """
    return _SEPARATORS.sub("", name).lower()


def singular(segment: str) -> str:
    """The singular of a name, by the usual endings of English.

    >>> [singular(word) for word in ("books", "categories", "boxes", "addresses", "people", "status", "houses")]
    ['book', 'category', 'box', 'address', 'person', 'status', 'house']
    """
    word = normalise(segment)
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("xes", "ches", "shes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def choose_key(names: Iterable[str], parameter: str, segment: str) -> str | None:
    """Choose the member of an item whose value replaces `{parameter}` in a path. `names` are the members, and `segment`
    is the last segment of the path of the list. None if no member fits.

    >>> choose_key(["title", "id"], "bookId", "books"), choose_key(["author_id", "isbn"], "isbn", "books")
    ('id', 'isbn')
    """
    keys: dict[str, str] = {}
    for name in names:
        keys.setdefault(normalise(name), name)
    exact = next((name for name in keys.values() if name == parameter), None)
    if exact is not None:
        return exact
    wanted = _wanted_keys(normalise(parameter), singular(segment))
    found = next((keys[key] for key in wanted if key in keys), None)
    if found is not None:
        return found
    return None


def _wanted_keys(parameter: str, one: str) -> list[str]:
    """The normalised names of possible keys, the likeliest first."""
    wanted = [parameter]
    if parameter.endswith("id") or parameter == one:
        wanted.append("id")
    if one and parameter.startswith(one) and parameter != one:
        wanted.append(parameter[len(one) :])
    wanted.append(one + parameter)
    if parameter == one:
        wanted.append("name")
    wanted += [word for word in _KEY_WORDS if parameter.endswith(word)]
    return [*wanted, f"{one}id", "id"]


def is_id_name(name: str) -> bool:
    """Whether the last word of a name is `id`.

    >>> [name for name in ("id", "book_id", "bookId", "paid", "ID") if is_id_name(name)]
    ['id', 'book_id', 'bookId', 'ID']
    """
    words = _WORD_START.sub("_", name).lower().replace("-", "_").split("_")
    return words[-1] == "id"


def kind_of_reference(name: str) -> str:
    """The kind of things to which a member with this name refers by an id; empty if the name has no word for an id.

    >>> [kind_of_reference(name) for name in ("book_id", "bookId", "book_ids", "category-uuid", "id", "title")]
    ['book', 'book', 'book', 'category', '', '']
    """
    *words, last = _WORD_START.sub("_", name).lower().replace("-", "_").split("_")
    return "".join(words) if last in ("id", "ids", "uuid", "uuids", "guid") else ""


def is_id_of_another(name: str, segment: str) -> bool:
    """Whether a member is the id of a resource of another kind than the items of the list: `author_id` in `/books`.

    >>> [name for name in ("id", "book_id", "author_id", "title") if is_id_of_another(name, "books")]
    ['author_id']
    """
    return is_id_name(name) and normalise(name) not in ("id", f"{singular(segment)}id")


def is_key_name(name: str) -> bool:
    """Whether a member with this name may identify an item in a path: an id, a name, a code and so on.

    >>> [name for name in ("id", "isbn", "slug", "pages", "orderNumber") if is_key_name(name)]
    ['id', 'slug', 'orderNumber']
    """
    return is_id_name(name) or normalise(name).endswith(_KEY_WORDS)


def label_of(item: Mapping[str, Any], besides: Collection[str] = ()) -> str:
    """A few words that describe an item of a list, such as its name or title; empty if it has none.

    >>> label_of({"id": 1, "title": "Emma", "email": "a@b"}), label_of({"id": 1})
    ('Emma', '')
    """
    by_name = {normalise(name): value for name, value in item.items() if name not in besides}
    for name in _LABELS:
        value = by_name.get(name)
        if isinstance(value, str) and value.strip():
            text = " ".join(value.split())
            return text if len(text) <= MAX_LABEL else f"{text[: MAX_LABEL - 2]}.."
    return ""
