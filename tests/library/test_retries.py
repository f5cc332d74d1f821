"""Bodies that nobody wants, of responses that a `Retry` or a redirect passes over: whatever they are, it goes on."""

from __future__ import annotations

import pytest
from urllib3.util import Retry

from callbox.adapters import HTTPAdapter

BODIES = {
    "none": (b"Content-Length: 0\r\n\r\n", False),
    "cut": (b"Content-Length: 100\r\n\r\nab", True),
    "silent": (b"Content-Length: 100\r\n\r\nab", False),
    "bad chunk": (b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", False),
    "chunk cut": (b"Transfer-Encoding: chunked\r\n\r\n5\r\nab", True),
    "silent chunk": (b"Transfer-Encoding: chunked\r\n\r\n5\r\nab", False),
    "bad gzip": (b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", False),
    "silent gzip": (b"Content-Encoding: gzip\r\nContent-Length: 300\r\n\r\nabc", False),
}
STEPS = {
    "plain": {},
    "stream": {"stream": True},
    "hook": {"hooks": {"response": lambda r, **_: None}},
}
bodies = pytest.mark.parametrize(("body", "closes"), BODIES.values(), ids=BODIES.keys())


@bodies
@pytest.mark.parametrize("said", STEPS.values(), ids=STEPS.keys())
def test_a_retry_goes_on_whatever_the_body(s, recorder, body, closes, said):
    server = recorder(b"HTTP/1.1 503 No\r\n" + body)
    server.closes = closes
    s.mount("http://", HTTPAdapter(max_retries=Retry(2, status_forcelist=[503])))

    assert s.get(server.url, timeout=20 if closes else 0.5, **said).text == "ok"
    assert len(server.seen) == 2


@bodies
@pytest.mark.parametrize("said", STEPS.values(), ids=STEPS.keys())
def test_a_redirect_goes_on_whatever_the_body(s, recorder, body, closes, said):
    server = recorder(b"HTTP/1.1 302 No\r\nLocation: /next\r\n" + body)
    server.closes = closes

    assert s.get(server.url, timeout=20 if closes else 0.5, **said).text == "ok"


@pytest.mark.parametrize(
    ("status", "said"),
    [(b"503 No", {}), (b"302 No\r\nLocation: /next", {}), (b"302 No\r\nLocation: /next", STEPS["hook"])],
    ids=["retry", "redirect", "redirect with a hook"],
)
def test_a_silent_body_is_left_after_a_second(s, recorder, status, said):
    server = recorder(b"HTTP/1.1 %b\r\nContent-Length: 100\r\n\r\nab" % status)
    if status.startswith(b"503"):
        s.mount("http://", HTTPAdapter(max_retries=Retry(2, status_forcelist=[503])))

    response = s.get(server.url, timeout=None, **said)

    assert response.text == "ok"


@pytest.mark.parametrize(("size", "connections"), [(1_000, 1), (1_000_000, 2)], ids=["small", "large"])
@pytest.mark.parametrize(
    ("status", "said"),
    [(b"503 No", {}), (b"302 No\r\nLocation: /next", {}), (b"302 No\r\nLocation: /next", STEPS["hook"])],
    ids=["retry", "redirect", "redirect with a hook"],
)
def test_only_a_small_body_is_read_for_its_connection(s, recorder, status, said, size, connections):
    server = recorder(b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, size, b"x" * size))
    s.mount("http://", HTTPAdapter(max_retries=Retry(2, status_forcelist=[503])))

    assert s.get(server.url, **said).text == "ok"
    assert server.connections == connections
