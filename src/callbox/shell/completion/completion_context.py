"""The completion context (names, paths and files that a session knows) and completion candidates, all immutable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from callbox.memory.api_facts import Seen
    from callbox.openapi.operation_lookup import DescribedBase


class Candidate(NamedTuple):
    """One completion: `text` takes the place of the line from `start` to the cursor.

    Until the completer sets the position, `text` is a word without quotes, which may come from a server or a file.
    """

    text: str
    start: int = 0
    meta: str = ""
    """A few words that stand beside the candidate in the menu."""
    style: str = ""
    separator: str = ""
    """The separator that turns a name into an item, such as `:`. It follows the quoted name, and is not quoted
    itself.
    """
    is_syntax: bool = False
    """Whether the text is part of the language, such as a flag, and is inserted unquoted.

    The text may still come from a server or a file, so the completer allows only names, brackets and `=` in it.
    """
    is_shown_only: bool = False
    """Whether the candidate is a row of the menu that inserts nothing, such as `/books/{id}` or a count of the
    others.
    """
    is_target: bool = False
    """Whether the candidate is the URL or path of a request. Such a text must not look like an item."""


class Named(NamedTuple):
    """A name with a short description, such as a path with its summary or a header with its value."""

    name: str
    about: str = ""


class Target(NamedTuple):
    """The path or URL of an earlier request or of a link, as it is typed now."""

    name: str
    about: str = ""
    method: str = "GET"
    """The method of the request; a link has the method GET."""


class FieldName(NamedTuple):
    """The name of a body field that was seen, with a short description."""

    name: str
    about: str = ""
    json_type: str = ""
    """The JSON type of the field, by the names of `memory.api_facts`."""


def no_files(prefix: str) -> Iterable[str]:
    """Stands for `files` in a shell without a disk: there are no files."""
    return ()


def no_names() -> Iterable[str]:
    """Stands for a list of names that is always empty."""
    return ()


def no_values(url: str) -> dict[str, str]:
    """Stands for `values_at` in a shell that has sent nothing: there are no values."""
    return {}


def no_steps(path: str) -> Iterable[Named]:
    """Stands for `steps_in` in a shell without a disk: there are no steps."""
    return ()


class CompletionContext(NamedTuple):
    """Names that completion may offer, in their original letter case; never a secret."""

    headers: tuple[Named, ...] = ()
    """The headers of the session; `about` is the value, redacted."""
    auth_header: str = ""
    """The header that holds the credentials of the base; empty if none are set."""
    cookies: tuple[Named, ...] = ()
    query: tuple[Named, ...] = ()
    vars: tuple[Named, ...] = ()
    options: tuple[Named, ...] = ()
    """The options that are set."""
    targets: tuple[Target, ...] = ()
    """Paths and URLs that were typed, and those in the last response; the likeliest come first."""
    fields: tuple[FieldName, ...] = ()
    """The names of body fields in the last response."""
    base: str = ""
    """The base URL that paths are relative to."""
    previous_base: str = ""
    """The base URL before the last change; empty if there is none."""
    seen: Seen | None = None
    """What this shell and earlier ones have seen of APIs. The object may change while completion reads it."""
    described: DescribedBase | None = None
    """The API description of the base, if there is one."""
    steps: tuple[str, ...] = ()
    """Paths into the JSON of the last response, as `select` reads them after `json.`: `users[0].name`."""
    last_headers: tuple[str, ...] = ()
    last_cookies: tuple[str, ...] = ()
    last_challenges: tuple[str, ...] = ()
    """The schemes of authentication that the last response asks for, in lower case, if it was a 401."""
    environ: tuple[str, ...] = ()
    """The names of environment variables."""
    history: tuple[Named, ...] = ()
    """The numbers of past requests, each with its request."""
    sessions: tuple[Named, ...] = ()
    """The sessions that are saved on disk."""
    requests: tuple[Named, ...] = ()
    """The requests that are saved on disk."""
    files: Callable[[str], Iterable[str]] = no_files
    """The files and folders (with a final slash) whose paths begin with the given text."""
    steps_in: Callable[[str], Iterable[Named]] = no_steps
    """The requests of the .http file at the given path: their names, with method and URL."""
    values_at: Callable[[str], Mapping[str, str]] = no_values
    """The members and headers of the last response of the given URL: `name`, `address[city]`, `ETag:`; never a
    secret.
    """
    environments: Callable[[], Iterable[str]] = no_names
    """The names of the environments for which files exist."""


EMPTY_CONTEXT = CompletionContext()
