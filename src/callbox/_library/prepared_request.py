"""The private state of a `PreparedRequest`, and its conversion to the engine's `Outgoing`.

The functions take a prepared request and read only its public attributes and this state, so that they also work with
subclasses, and with foreign objects that have the same attributes.
"""

from __future__ import annotations

from typing import Any

from callbox._library.headers import (
    fields_from_mapping,
    needs_mounted_adapter,
    placeholder_for,
    text_with_fragment,
    with_framing,
)
from callbox._library.request_body import build_content
from callbox.exchange.auth import Auth
from callbox.exchange.credential_scope import FULL_SCOPE, CredentialScope
from callbox.exchange.request import Draft, Field, Outgoing, Route
from callbox.exchange.request_content import Content
from callbox.exchange.url import Url, parse
from callbox.hooks import Hooks

_EMPTY_DRAFT = Draft("GET", "")


class PreparedState:
    """The private state of a prepared request."""

    __slots__ = {
        "auth_hooks": "The hooks that an auth callable has put on, to answer challenges.",
        "content": "The content that `shown` stands for.",
        "credential": "What may answer a challenge.",
        "draft": "What was said: cookies of its own, options of its own.",
        "made_cookie": "The Cookie field that was made of its cookies.",
        "outgoing": "The decided request that it was made to show.",
        "route": "How the session that sends it would have it travel; its own settings go over that.",
        "scope": "What the redirects that led here have left of that which was given for the first URL.",
        "shown": "The body as it was when it was made: another one was put in by a program.",
        "signed": "The fields that an auth callable has put on, by their lower-cased names.",
        "uses_default_timeout": "Whether nobody said a time: the session's own holds, and in the body of a stream "
        "silence is no error.",
    }

    def __init__(self) -> None:
        self.auth_hooks: Hooks = {}
        self.content: Content | None = None
        self.credential: Auth | None = None
        self.draft = _EMPTY_DRAFT
        self.made_cookie = ""
        self.outgoing: Outgoing | None = None
        self.route: Route | None = None
        self.scope: CredentialScope = FULL_SCOPE
        self.shown: Any = None
        self.signed: frozenset[str] = frozenset()
        self.uses_default_timeout = False

    def copy(self) -> PreparedState:
        """A copy of the state."""
        made = PreparedState()
        for name in PreparedState.__slots__:
            setattr(made, name, getattr(self, name))
        return made

    def __getstate__(self) -> dict[str, Any]:
        # The decided request holds functions, which cannot be pickled; a pickled copy decides again.
        return {
            "draft": self.draft._replace(content=None),
            "signed": self.signed,
            "auth_hooks": self.auth_hooks,
            "credential": self.credential,
            "made_cookie": self.made_cookie,
            "route": self.route,
            "scope": self.scope,
            "uses_default_timeout": self.uses_default_timeout,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        PreparedState.__init__(self)
        for name, value in state.items():
            setattr(self, name, value)


def state_of(prepared: Any) -> PreparedState:
    """The private state of a prepared request; an empty one for a foreign object."""
    state = getattr(prepared, "_callbox", None)
    return state if isinstance(state, PreparedState) else PreparedState()


def to_outgoing(prepared: Any, route: Route | None = None) -> Outgoing:
    """The `Outgoing` request for the current state of a prepared request.

    Unchanged fields keep their source, so that those from the jar or the body are made again for a
    redirect; framing follows the body. A placeholder replaces a URL that only a mounted adapter can send to.
    """
    state = state_of(prepared)
    base = state.outgoing or Outgoing(prepared.method or "GET", placeholder_for(prepared.url or ""))
    url = parsed_url(prepared, base.url) or placeholder_for(prepared.url or "")
    content = _content_of(prepared, state)
    fields = fields_from_mapping(prepared.headers, base)
    if state.made_cookie:
        fields = [f._replace(source="jar") if _is_cookie(f, state.made_cookie) else f for f in fields]
    if state.signed:
        fields = [f._replace(source="auth") if f.name.lower() in state.signed else f for f in fields]
    if not any(field.name.lower() == "host" for field in fields):
        fields.insert(0, Field("Host", url.sent_authority, "default"))
    return base._replace(
        method=prepared.method or "GET",
        url=url,
        headers=tuple(with_framing(fields, content)),
        content=content,
        auth=state.credential,
        route=route or base.route,
        scope=state.scope,
    )


def parsed_url(prepared: Any, shown: Url | None = None) -> Url | None:
    """The parsed URL of a prepared request; None if only a mounted adapter can send to its scheme."""
    if shown is not None and text_with_fragment(shown) == prepared.url:
        return shown
    return None if needs_mounted_adapter(prepared.url or "") else parse(prepared.url or "")


def _content_of(prepared: Any, state: PreparedState) -> Content | None:
    body = prepared.body
    if body is state.shown:
        return state.content
    if body is None:
        return None
    if isinstance(body, (str, bytes)):
        return Content(body.encode() if isinstance(body, str) else body)
    return build_content(body, None, None)


def _is_cookie(field: Field, value: str) -> bool:
    return field.value == value and field.name.lower() == "cookie"
