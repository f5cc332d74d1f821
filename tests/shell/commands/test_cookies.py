"""`set cookie`: what is stored is what was said, and a cookie goes where it was said to go."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        ("domain=", "domain= names no host"),
        ("domain=.", "domain=. names no host"),
        ("domain=..", "domain=.. names no host"),
        ("domain=a..b", "domain=a..b names no host"),
        ("domain=http://a.x", "domain=http://a.x names no host"),
        ("domain=127.0.0.1:8801", "A cookie's domain has no port domain=127.0.0.1"),
        ("domain=com", "com is a public suffix, shared by unrelated sites add host-only to keep it to that host"),
        ("path=foo", "The path of a cookie begins with /, not 'foo' path=/foo"),
    ],
)
def test_an_invalid_attribute_is_refused(shell, attribute: str, message: str) -> None:
    assert shell.fail(f"set cookie a b {attribute}").startswith(message)
    assert not shell.context.session.jar


@pytest.mark.parametrize(
    ("attributes", "stored"),
    [
        ("domain=.A.x", ("a.x", False)),
        ("domain=com host-only", ("com", True)),
        ("host-only domain=com", ("com", True)),
        ("domain=127.0.0.1", ("127.0.0.1", True)),
        ("domain=[::1]", ("::1", True)),
        ("domain=localhost", ("localhost", True)),
        ("domain=a_b.x", ("a_b.x", False)),
    ],
)
def test_a_domain_is_stored_as_it_is_compared(shell, attributes: str, stored: tuple[str, bool]) -> None:
    shell.say(f"set cookie a b {attributes}")

    (cookie,) = shell.context.session.jar
    assert (cookie.domain, cookie.host_only) == stored
