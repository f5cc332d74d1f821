"""What a session leaves behind when nobody closes it."""

from __future__ import annotations

import gc
import pickle
import weakref
from collections.abc import Iterator

import pytest

import callbox
from callbox.adapters import HTTPAdapter


def raises(response):
    with pytest.raises(callbox.HTTPError):
        response.raise_for_status()


USES = {
    "nothing": lambda s, url: None,
    "a request": lambda s, url: s.get(url),
    "a stream": lambda s, url: s.get(url, stream=True).content,
    "a hook": lambda s, url: s.get(url, hooks={"response": lambda r, **_: r}),
    "digest": lambda s, url: s.get(url, auth=callbox.HTTPDigestAuth("u", "p")),
    "an adapter": lambda s, url: (s.mount("http://", HTTPAdapter(max_retries=1)), s.get(url)),
    "an error": lambda s, url: raises(s.get(f"{url}/404")),
    "its adapter": lambda s, url: s.get(url).connection,
    "a pickle": lambda s, url: pickle.loads(pickle.dumps(s)).get(url),
}
NOT_FOUND = b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
def test_a_session_that_nobody_closed_goes_with_its_last_reference(recorder, no_collector, use):
    server = recorder(NOT_FOUND)
    session = callbox.Session()
    use(session, server.url)
    last = weakref.ref(session)

    del session

    assert last() is None


def test_an_adapter_serves_after_its_session_is_gone(recorder):
    server = recorder()
    adapter = callbox.Session().get_adapter(server.url)

    assert adapter.send(callbox.Request("GET", server.url).prepare()).status_code == 200
