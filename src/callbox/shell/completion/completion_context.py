"""The completion context (names, paths and files known to a session) and completion candidates. Both immutable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from callbox.memory.api_facts import Seen
    from callbox.openapi.operation_lookup import DescribedBase


class Candidate(NamedTuple):
    """One completion: `text` takes the place of the line from `start` to the cursor.

    Before the completer has placed it, `text` is a word without quotes, from anywhere.
    """

    text: str
    start: int = 0
    meta: str = ""
    """A few words beside it in the menu."""
    style: str = ""
    separator: str = ""
    """What makes an item of a name: it follows the quoted name, bare."""
    is_syntax: bool = False
    """Whether the text is part of the language, such as a flag, and is inserted unquoted.

    A text of others may say so, too: the completer checks that it holds nothing but names, brackets and `=`.
    """
    is_shown_only: bool = False
    """Whether it is a row of the menu that inserts nothing: `/books/{id}`, or how many more there are."""
    is_target: bool = False
    """Whether it is the URL or path of a request, which no item may look like."""


class Named(NamedTuple):
    """A name with a short description: a path and its summary, a header and its value."""

    name: str
    about: str = ""


class FieldName(NamedTuple):
    """The name of a field of a body that was seen, with a short description."""

    name: str
    about: str = ""
    json_type: str = ""
    """As `memory.api_facts` has it."""


def no_files(prefix: str) -> Iterable[str]:
    """The `files` of a shell without a disk."""
    return ()


def no_names() -> Iterable[str]:
    """An empty list of names."""
    return ()


def no_values(url: str) -> dict[str, str]:
    """The `values_at` of a shell that has sent nothing."""
    return {}


def no_steps(path: str) -> Iterable[Named]:
    """The `steps_in` of a shell without a disk."""
    return ()


class CompletionContext(NamedTuple):
    """Names that completion may offer, in their original case; never a secret."""

    headers: tuple[Named, ...] = ()
    """Those of the session; `about` is the value as it may be shown."""
    cookies: tuple[Named, ...] = ()
    query: tuple[Named, ...] = ()
    vars: tuple[Named, ...] = ()
    options: tuple[Named, ...] = ()
    """Those that were set."""
    targets: tuple[Named, ...] = ()
    """Paths and URLs as they were typed, and those that the last answer names; the likeliest first."""
    fields: tuple[FieldName, ...] = ()
    """Names of body fields: of the last answer."""
    base: str = ""
    """The base URL that paths are below."""
    seen: Seen | None = None
    """What was seen of APIs: by this shell, and by earlier ones. It may learn more while it is asked."""
    described: DescribedBase | None = None
    """The description of the API at the base, if one is known."""
    steps: tuple[str, ...] = ()
    """Paths into the last answer's JSON, as `select` reads them after `json.`: `users[0].name`."""
    last_headers: tuple[str, ...] = ()
    last_cookies: tuple[str, ...] = ()
    environ: tuple[str, ...] = ()
    """Names of environment variables."""
    history: tuple[Named, ...] = ()
    """The numbers of past requests, with the requests."""
    sessions: tuple[Named, ...] = ()
    """Those that are kept on disk."""
    requests: tuple[Named, ...] = ()
    """Likewise."""
    files: Callable[[str], Iterable[str]] = no_files
    """The files and folders (with a final slash) whose paths begin with this."""
    steps_in: Callable[[str], Iterable[Named]] = no_steps
    """The requests of the .http file at this path: their names, with method and URL."""
    values_at: Callable[[str], Mapping[str, str]] = no_values
    """The members and headers of the last response of this URL: `name`, `address[city]`, `ETag:`; never a secret."""
    environments: Callable[[], Iterable[str]] = no_names
    """Names of the environments that there are files for."""


EMPTY_CONTEXT = CompletionContext()
