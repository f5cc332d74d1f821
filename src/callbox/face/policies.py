"""A policy of http.cookiejar's that a program has put on a jar: asked of each cookie that comes or would go.

It can only forbid: what our own jar does not allow, no policy does.
"""

from __future__ import annotations

from typing import Any

from callbox.engine.client import keep_in
from callbox.exchange.cookies import Cookie, Jar
from callbox.exchange.url import Url
from callbox.face.cookies import foreign_cookie
from callbox.system import clock


def allowed_lines(policy: Any, url: Url, lines: list[str]) -> list[str]:
    """Of these Set-Cookie lines from this URL, those whose cookie may be kept, or that remove one."""
    return [line for line in lines if all(_asks(policy.set_ok, policy, cookie, url) for cookie in _read(url, line))]


def allowed_jar(policy: Any, jar: Jar, url: Url) -> Jar:
    """A jar of its own with those cookies that may go to this URL."""
    found = jar.copy()
    for cookie in found.snapshot():
        if not _asks(policy.return_ok, policy, cookie, url):
            found.remove(cookie.name, cookie.domain, cookie.path, cookie.host_only)
    return found


def _read(url: Url, line: str) -> list[Cookie]:
    jar = Jar()
    keep_in(jar, url, [line])
    return list(jar.snapshot())


def _asks(question: Any, policy: Any, cookie: Cookie, url: Url) -> bool:
    from urllib.request import Request  # 10 ms: only where there is a policy

    policy._now = int(clock.now())  # as http.cookiejar's jars tell theirs
    return bool(question(foreign_cookie(cookie), Request(url.text)))
