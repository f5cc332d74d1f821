"""What was said: one request as the user, a script or a program put it, before the session is merged in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from callbox.exchange.auth import Auth
from callbox.exchange.content import Content
from callbox.exchange.cookies import Jar
from callbox.exchange.secret import Secret


class Unset(Enum):
    """The type of `UNSET`: nothing was said, as distinct from `None`, which says "none"."""

    UNSET = "unset"


UNSET = Unset.UNSET


class Draft(NamedTuple):
    """One request as said. Names keep their case and order; a name may repeat.

    A value of `None` leaves the session's header, parameter or cookie of that name out of this request.
    """

    method: str
    url: str
    """Absolute, or relative to the session's base (a base is a folder)."""
    headers: tuple[tuple[str, str | Secret | None], ...] = ()
    query: tuple[tuple[str, str | Secret | None], ...] = ()
    cookies: tuple[tuple[str, str | None], ...] = ()
    auth: Auth | Unset | None = UNSET
    content: Content | None = None
    options: Mapping[str, object] = {}
    """Options of this request alone, by the names of `callbox.session.options`, values already parsed."""
    source: str = "item"
    """The word that provenance shows for what came with the request itself."""
    jar: Jar | None = None
    """Further cookies of this request, each of which goes where it belongs, at every hop."""
    file_options: frozenset[str] = frozenset()
    """The names of those `options` that a file said and not the user. Where they lead to a host by another way than
    the user's own, nothing of the session goes along."""
    file_jar: Jar | None = None
    """The cookies of requests that go by such a way, in place of the session's."""
