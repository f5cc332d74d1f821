"""What goes along from http to https of one host, by the ports that belong to them, over real connections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from callbox import Session

SAID = {"headers": {"X-Api-Key": "k", "X-Plain": "p"}, "auth": ("u", "p")}


@pytest.fixture
def session(site: Any) -> Iterator[Session]:
    with Session() as session:
        session.trust_env = False
        session.verify = site.ca
        session.set_option("resolve", site.usual)
        yield session


def trail(site: Any, session: Session, hooks: dict[str, Any] | None, start: str, to: str) -> list[Any]:
    """What came at each place that a request led to."""
    site.answer(start, f"Location: {to}", status=302)
    session.get(start, hooks=hooks, **SAID)
    return [
        [seen.url, *(bool(seen.values(n)) for n in ("Authorization", "X-Api-Key", "X-Plain"))] for seen in site.seen
    ]


@pytest.mark.parametrize("to", ["https://example.com/b", "https://example.com:443/b"])
def test_credentials_go_along_to_tls_of_the_same_host(site, session, to, hooks):
    came = trail(site, session, hooks, "http://example.com/a", to)

    assert came == [["http://example.com/a", True, True, True], ["https://example.com/b", True, True, True]]


@pytest.mark.parametrize(
    ("start", "to"),
    [
        ("https://example.com/a", "http://example.com/b"),
        ("http://example.com/a", "https://www.example.com/b"),
        ("http://www.example.com/a", "https://example.com/b"),
        ("http://example.com/a", "https://example.org/b"),
    ],
)
def test_and_no_other_way(site, session, start, to, hooks):
    came = trail(site, session, hooks, start, to)

    assert came == [[start, True, True, True], [to, False, False, True]]


def test_nor_to_tls_on_a_port_of_its_own(site, session):
    came = trail(site, session, False, "http://example.com/a", site.at("https://example.com/b"))

    assert came[1] == ["https://example.com/b", False, False, True]


def test_cookies_of_the_request_and_a_cookie_field_go_along(site, session):
    site.answer("http://example.com/a", "Location: https://example.com/b", status=302)
    session.get("http://example.com/a", cookies={"mine": "1"})
    session.get("http://example.com/a", headers={"Cookie": "field=1"})

    assert [seen.cookie for seen in site.seen] == ["mine=1", "mine=1", "field=1", "field=1"]
