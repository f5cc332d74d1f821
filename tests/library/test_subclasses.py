"""Subclasses of `Session` that override its settings."""

from __future__ import annotations

from typing import Any

import pytest

import callbox
from callbox import Session

MOVED = b"HTTP/1.1 302 X\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n"


class Renewing(Session):
    """Signs with a token that is fetched anew each time."""

    count = 0

    @property
    def auth(self) -> Any:
        self.count += 1
        return ("token", str(self.count))

    @auth.setter
    def auth(self, value: Any) -> None:
        pass


def test_a_property_for_auth_is_asked_each_time(recorder, hooks):
    server = recorder()
    with Renewing() as session:
        for _ in range(2):
            session.get(server.url, hooks=hooks)

    one, other = (seen.value("Authorization") for seen in server.seen)
    assert None not in (one, other)
    assert one != other


def test_a_property_may_give_a_callable(recorder):
    class Signing(Renewing):
        @property
        def auth(self) -> Any:
            return lambda r: r.headers.__setitem__("X-Signed", "1") or r

        @auth.setter
        def auth(self, value: Any) -> None:
            pass

    server = recorder()
    with Signing() as session:
        session.get(server.url)

    assert server.seen[0].value("X-Signed") == "1"


def test_a_value_of_the_class_is_what_requests_makes_of_it():
    class Typed(Session):
        verify = False
        max_redirects = 5

    with Typed() as session:
        at_first = (session.verify, session.max_redirects)
        session.verify = "/ca.pem"

        assert at_first == (True, 30)
        assert session.merge_environment_settings("https://a.example/", {}, None, None, None)["verify"] == "/ca.pem"


def test_what_is_assigned_over_a_value_of_the_class_counts(recorder):
    class Typed(Session):
        max_redirects = 5

    server = recorder(MOVED, MOVED)
    with Typed() as session:
        session.max_redirects = 1
        with pytest.raises(callbox.TooManyRedirects):
            session.get(server.url)

    assert len(server.seen) == 2


def test_a_time_of_the_class_counts(recorder):
    import socket

    class Hasty(Session):
        timeout = 0.1

    with socket.create_server(("127.0.0.1", 0)) as silent, Hasty() as session, pytest.raises(callbox.ReadTimeout):
        session.get(f"http://127.0.0.1:{silent.getsockname()[1]}/")
