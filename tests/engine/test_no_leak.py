"""Nothing that was said to one origin arrives at another, whatever is set, unset, undone, redirected in between.

Each secret is a text of its own; when it is made, it is written down where it may arrive. After every request, all
that the servers saw is searched for these texts.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from callbox import Session
from callbox.engine import Entry, LiveSession
from callbox.engine.session_state_and_edit_log import FIRST_ORIGIN
from callbox.errors import CallboxError, UsageError
from callbox.exceptions import RequestException
from callbox.exchange.auth_schemes import Auth, Basic, Bearer
from callbox.exchange.cookies import Cookie
from callbox.exchange.request import UNSET, Draft
from callbox.exchange.secret import Secret
from callbox.sessions import client_of

A, A2, TLS = "http://a.example.com", "http://a.example.com:2", "https://a.example.com"
ORIGINS = [A, A2, TLS, "http://b.example.com", "http://example.org"]
PAGE = "/"
NAMES = ["X-Tenant", "X-Api-Key", "Authorization", "Cookie"]
_MARK = re.compile(r"tok[0-9]{4}x")
_ORIGIN = re.compile(r"(https?)://([^/:]+)(?::2)?")

origins, names = st.sampled_from(ORIGINS), st.sampled_from(NAMES)
targets = st.sampled_from([None, *ORIGINS])
MayArrive = Callable[[str, str], bool]
"""Whether it may arrive at the second origin, in a request that the user made to the first."""


def host(origin: str) -> str:
    return _ORIGIN.fullmatch(origin)[2]  # type: ignore[index]


def only(origin: str) -> MayArrive:
    return lambda asked, seen: seen == origin


def where_asked(asked: str, seen: str) -> bool:
    return seen == asked


def at_home(asked: str, seen: str) -> bool:
    return host(asked) == host(seen) and not (asked.startswith("https") and seen.startswith("http:"))


def by_cookie(domain: str, is_open: bool, is_secure: bool) -> MayArrive:
    def may(asked: str, seen: str) -> bool:
        is_host = host(seen) == domain or (is_open and host(seen).endswith("." + domain))
        return is_host and (not is_secure or seen.startswith("https"))

    return may


class First:
    """It belongs to one of the origins that were asked; to which, its first arrival tells."""

    def __init__(self, asked: set[str]) -> None:
        self.asked = asked
        self.home = ""

    def __call__(self, asked: str, seen: str) -> bool:
        self.home = self.home or seen
        return seen == self.home and seen in self.asked


class Asker:
    """How a request is made: by the driver, or by the face, streamed or not."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.session: Any = LiveSession() if kind == "live" else Session()

    def ask(
        self, url: str, headers: Mapping[str, Any] = {}, cookies: Mapping[str, str] = {}, auth: Auth | None = None
    ) -> None:
        with suppress(CallboxError, RequestException):
            if self.kind == "live":
                said = UNSET if auth is None else auth
                draft = Draft("POST", url, tuple(headers.items()), (), tuple(cookies.items()), said)
                for _ in self.session.stream(draft):
                    pass
            else:
                is_streamed = self.kind == "stepwise"
                self.session.post(url, headers=headers, cookies=cookies, auth=auth, stream=is_streamed).close()


class Machine(RuleBasedStateMachine):
    """A session, what is done to it, and where each secret may arrive."""

    def __init__(self, site: Any, asker: Asker) -> None:
        super().__init__()
        self.site, self.asker = site, asker
        asker.session.trust_env = False
        self.session: Any = asker.session if asker.kind == "live" else client_of(asker.session)
        for name, value in (("resolve", site.resolve), ("ca", site.ca), ("max-redirects", 4)):
            self.session.set_option(name, value)
        self.base = ""
        self.asked: set[str] = set()
        self.may: dict[str, MayArrive] = {}
        site.forget()

    def may_of(self, origin: str) -> MayArrive:
        """What is set for an origin, for the first one that is asked, or (empty) for every one that is asked."""
        return First(self.asked) if origin == FIRST_ORIGIN else only(origin) if origin else where_asked

    def secret(self, may: MayArrive) -> str:
        mark = f"tok{len(self.may):04}x"
        self.may[mark] = may
        return mark

    def place(self, origin: str) -> str:
        return self.site.at(origin + "/")[:-1]

    @rule(name=names, origin=st.sampled_from([*ORIGINS, "", FIRST_ORIGIN]), is_secret=st.booleans())
    def set_header(self, name: str, origin: str, is_secret: bool) -> None:
        mark = self.secret(self.may_of(origin))
        value = Secret(mark) if is_secret or name == "X-Tenant" else mark
        bound = origin if origin in ("", FIRST_ORIGIN) else self.place(origin)
        self.session.apply("header", name.lower(), Entry(name, (value,), bound))

    @rule(origin=origins)
    def set_parameter(self, origin: str) -> None:
        self.session.apply("query", "key", Entry("key", (self.secret(only(origin)),), self.place(origin)))

    @rule(origin=st.sampled_from([*ORIGINS, "", FIRST_ORIGIN]), is_basic=st.booleans())
    def set_auth(self, origin: str, is_basic: bool) -> None:
        mark = self.secret(self.may_of(origin))
        bound = origin if origin in ("", FIRST_ORIGIN) else self.place(origin)
        self.session.apply("auth", bound, Basic("u", mark) if is_basic else Bearer(mark))

    @rule(name=st.sampled_from("pq"), origin=origins, is_open=st.booleans(), is_secure=st.booleans())
    def put_cookie(self, name: str, origin: str, is_open: bool, is_secure: bool) -> None:
        domain = host(origin)
        mark = self.secret(by_cookie(domain, is_open, is_secure))
        cookie = Cookie(name, mark, domain, "/", not is_open, is_secure, is_manual=True)
        self.session.apply("cookie", (name, domain, not is_open, "/"), cookie)

    @rule(name=st.sampled_from("pq"))
    def put_cookie_without_a_domain(self, name: str) -> None:
        cookie = Cookie(name, self.secret(at_home), is_manual=True)
        self.session.apply("cookie", (name, "", True, "/"), cookie)

    @rule(pick=st.integers(0, 20))
    def unset(self, pick: int) -> None:
        held = [(noun, key) for noun in ("header", "query", "auth", "cookie") for key in self.session.entries(noun)]
        held = [(noun, key) for noun, key in held if key not in self.session.defaults]
        if held:
            self.session.apply(*held[pick % len(held)], None)

    @rule()
    def undo(self) -> None:
        with suppress(UsageError):
            self.session.undo()
        self.base = self.asker.session.base_url = self.session.base_url

    @rule()
    def redo(self) -> None:
        with suppress(UsageError):
            self.session.redo()
        self.base = self.asker.session.base_url = self.session.base_url

    @rule(origin=origins)
    def change_base(self, origin: str) -> None:
        self.session.apply("base", "", self.place(origin))
        self.base = self.asker.session.base_url = self.session.base_url

    @rule(
        origin=origins, to=targets, domain=st.sampled_from(["", "example.com", "example.org"]), is_secure=st.booleans()
    )
    def change_page(self, origin: str, to: str | None, domain: str, is_secure: bool) -> None:
        mark = self.secret(by_cookie(domain or host(origin), bool(domain), is_secure))
        line = f"p={mark}{'; Domain=' + domain if domain else ''}{'; Secure' if is_secure else ''}"
        location = [f"Location: {self.site.at(to + PAGE)}"] if to else []
        self.site.answer(origin + PAGE, *location, f"Set-Cookie: {line}", status=307 if to else 200)

    @rule(origin=origins)
    def challenge(self, origin: str) -> None:
        self.site.answer(origin + PAGE, 'WWW-Authenticate: Basic realm="r"', status=401)

    @rule(origin=origins, to=targets, said=st.sampled_from(["header", "cookie", "auth", "userinfo"]), name=names)
    def ask_with(self, origin: str, to: str | None, said: str, name: str) -> None:
        mark = self.secret(at_home if said == "cookie" else where_asked)
        url = self.lead(origin, to)
        if said == "header":
            self.send(origin, url, headers={name: Secret(mark)})
        elif said == "cookie":
            self.send(origin, url, cookies={"own": mark})
        elif said == "auth":
            self.send(origin, url, auth=Bearer(mark))
        else:
            self.send(origin, url.replace("://", f"://u:{mark}@"))

    @rule(origin=origins, to=targets)
    def ask(self, origin: str, to: str | None) -> None:
        self.send(origin, self.lead(origin, to))

    @rule(to=targets)
    def ask_below_the_base(self, to: str | None) -> None:
        for origin in ORIGINS:
            if self.base == self.place(origin):
                self.lead(origin, to)
                self.send(origin, PAGE)

    def lead(self, origin: str, to: str | None) -> str:
        """The URL to ask for; it leads to another where one is given, else it does what it did."""
        if to is not None:
            self.site.answer(origin + PAGE, f"Location: {self.site.at(to + PAGE)}", status=302)
        return str(self.site.at(origin + PAGE))

    def send(self, asked: str, url: str, **said: Any) -> None:
        self.site.seen.clear()
        self.asked.add(asked)
        self.asker.ask(url, **said)
        assert self.site.seen[0].url.startswith(asked)
        for seen in self.site.seen:
            arrived = _ORIGIN.match(seen.url)[0]  # type: ignore[index]
            for text in [seen.url, *(_read(value) for _, value in seen.fields)]:
                for mark in _MARK.findall(text):
                    assert self.may[mark](asked, arrived), f"{mark} of a request to {asked} arrived at {seen.url}"

    def teardown(self) -> None:
        self.asker.session.close()


def _read(value: str) -> str:
    return b64decode(value[6:]).decode() if value.startswith("Basic ") else value


@pytest.fixture
def seen_by(site: Any) -> Iterator[Any]:
    yield site
    site.forget()


@pytest.mark.parametrize("kind", ["live", "session", "stepwise"])
def test_nothing_arrives_where_it_was_not_set_for(seen_by, kind):
    run_state_machine_as_test(
        lambda: Machine(seen_by, Asker(kind)),
        settings=settings(
            max_examples=15, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
