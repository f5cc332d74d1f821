"""Adapters as the well-known recipes write them: what each overrides is asked, what each says is obeyed."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import Any

import pytest
import urllib3
from tests.support.closed_port import CLOSED
from tests.support.rows import check_rows
from urllib3.util import Retry

import callbox
from callbox import HTTPAdapter, Session

BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
KEPT = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class DefaultTimeout(HTTPAdapter):
    """Says a time where nobody else did."""

    def send(self, request: Any, **kwargs: Any) -> Any:
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = 0.1
        return super().send(request, **kwargs)


def silent() -> socket.socket:
    """A server that never answers."""
    return socket.create_server(("127.0.0.1", 0))


def test_an_adapter_may_say_the_time_where_nobody_did(s):
    s.mount("http://", DefaultTimeout())

    with silent() as server, pytest.raises(callbox.ReadTimeout, match=r"0\.1 s"):
        s.get(f"http://127.0.0.1:{server.getsockname()[1]}/")


def test_a_session_may_say_the_time_where_nobody_did():
    class Impatient(Session):
        def send(self, request: Any, **kwargs: Any) -> Any:
            if kwargs.get("timeout") is None:
                kwargs["timeout"] = 0.1
            return super().send(request, **kwargs)

    with silent() as server, Impatient() as session, pytest.raises(callbox.ReadTimeout, match=r"0\.1 s"):
        session.get(f"http://127.0.0.1:{server.getsockname()[1]}/")


@pytest.mark.parametrize("said", ["request", "session"])
def test_the_time_that_was_said_comes_to_the_adapter(s, recorder, said):
    seen: list[Any] = []

    class Looking(HTTPAdapter):
        def send(self, request: Any, **kwargs: Any) -> Any:
            seen.append(kwargs["timeout"])
            return super().send(request, **kwargs)

    s.mount("http://", Looking())
    if said == "session":
        s.timeout = (3, 4)
    s.get(recorder().url, **({"timeout": (3, 4)} if said == "request" else {}))

    assert seen == [(3, 4)]


def test_none_that_was_said_means_no_limit(s, practice_url):
    s._callbox.option_defaults["timeout"] = 0.1
    s.mount("http://", HTTPAdapter(max_retries=Retry(0)))

    assert s.get(practice_url + "/slow?s=0.3", timeout=None).ok


@pytest.mark.parametrize(
    "step", ["get_connection_with_tls_context", "build_connection_pool_key_attributes", "cert_verify", "request_url",
             "build_response", "proxy_manager_for", "init_poolmanager", "add_headers", "proxy_headers"],
)  # fmt: skip
def test_each_step_of_an_adapter_may_be_overridden(s, recorder, step):
    seen: list[str] = []

    def asked(self: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(step)
        return getattr(HTTPAdapter, step)(self, *args, **kwargs)

    server = recorder()
    s.mount("http://", type("Child", (HTTPAdapter,), {step: asked})())
    is_of_proxies = "proxy_" in step

    r = s.get(
        "http://far.example/" if is_of_proxies else server.url, proxies={"http": server.url} if is_of_proxies else {}
    )

    assert (r.text, bool(seen)) == ("ok", True)


def test_a_response_may_be_built_otherwise(s, recorder):
    class Building(HTTPAdapter):
        def build_response(self, req: Any, resp: Any) -> Any:
            made = super().build_response(req, resp)
            made.status_code = 299
            return made

    s.mount("http://", Building())

    assert s.get(recorder().url).status_code == 299


def test_a_pools_key_may_be_told_more(s, recorder):
    class Naming(HTTPAdapter):
        def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
            place, settings = super().build_connection_pool_key_attributes(request, verify, cert)
            return {**place, "host": "127.0.0.1"}, settings

    server = recorder()
    s.mount("http://", Naming())

    assert s.get(f"http://far.example:{server.port}/").text == "ok"


@pytest.mark.parametrize("retries", [0, Retry(2)], ids=["alone", "with retries"])
@pytest.mark.parametrize("by", ["direct", "proxy"])
def test_of_each_host_so_many_connections_are_kept(s, recorder, retries, by):
    server = recorder(*[KEPT] * 8)
    s.mount("http://", HTTPAdapter(pool_maxsize=2, max_retries=retries))
    url, proxies = (server.url, {}) if by == "direct" else ("http://far.example/", {"http": server.url})

    for _ in range(2):
        with ExitStack() as stack:
            answers = [stack.enter_context(s.get(url, proxies=proxies, stream=True)) for _ in range(4)]
            assert [r.text for r in answers] == ["hello"] * 4

    assert server.connections == 4 + 2


def test_connections_to_so_many_hosts_are_kept(s, recorder):
    one, other = recorder(), recorder()
    s.mount("http://", HTTPAdapter(pool_connections=1))

    for server in (one, one, other, one):
        s.get(server.url)

    assert (one.connections, other.connections) == (2, 1)


def test_the_answer_tells_of_the_tries_it_took(s, recorder):
    s.mount("http://", HTTPAdapter(max_retries=Retry(3, status_forcelist=[503])))

    r = s.get(recorder(BUSY, BUSY).url)

    assert ([h.status for h in r.raw.retries.history], r.raw.retries.total) == ([503, 503], 1)


def test_a_pool_is_had_by_its_older_name():
    adapter = HTTPAdapter()

    pool, proxied = (
        adapter.get_connection("http://a.example/x"),
        adapter.get_connection("http://a.example/x", {"http": "p:1"}),
    )
    adapter.close()

    assert (pool.host, proxied.host) == ("a.example", "p")


def test_a_refused_connection_of_urllib3s_pools_is_no_timeout(s):
    s.mount("http://", HTTPAdapter(pool_block=True))

    with pytest.raises(callbox.ConnectionError) as caught:
        s.get(f"http://{CLOSED}/")

    assert not isinstance(caught.value, callbox.Timeout)


@pytest.mark.parametrize("step", ["send", "add_headers", "build_response", "request_url", "cert_verify"])
def test_a_step_put_on_the_sessions_own_adapter_is_asked(s, recorder, step):
    adapter, seen = s.get_adapter("http://"), []
    own = getattr(adapter, step)

    def asked(*args: Any, **kwargs: Any) -> Any:
        seen.append(step)
        return own(*args, **kwargs)

    setattr(adapter, step, asked)

    assert (s.get(recorder().url).text, seen) == ("ok", [step])


def test_pools_of_the_sessions_own_adapter_may_be_told_anew(s, recorder):
    server = recorder()
    s.get_adapter("http://").init_poolmanager(1, 1, source_address=("127.0.0.2", 0))

    with s.get(server.url, stream=True) as r:
        assert r.raw.connection.sock.getsockname()[0] == "127.0.0.2"


def test_a_pool_that_blocks_has_no_more_connections_than_it_may(s, recorder):
    import threading

    server = recorder()
    s.mount("http://", HTTPAdapter(pool_maxsize=1, pool_block=True))
    threads = [threading.Thread(target=s.get, args=(server.url,)) for _ in range(4)]

    with s.get(server.url, stream=True) as first:
        for thread in threads:
            thread.start()
        waiting = len(server.seen)
        _ = first.content
    for thread in threads:
        thread.join()

    assert (waiting, len(server.seen), server.connections) == (1, 5, 1)


@check_rows(
    ("error", "kind"),
    [
        (urllib3.exceptions.ProtocolError(), callbox.exceptions.ChunkedEncodingError),
        (urllib3.exceptions.DecodeError(), callbox.exceptions.ContentDecodingError),
        (urllib3.exceptions.ReadTimeoutError(None, "", ""), callbox.ConnectionError),
        (urllib3.exceptions.SSLError(), callbox.exceptions.SSLError),
    ],
    ids=["framing", "coding", "silence", "tls"],
)
def test_what_urllib3_raises_in_a_body_has_requests_names(error, kind):
    class Breaking:
        def stream(self, *_: Any, **__: Any) -> Any:
            raise error

    answer: Any = callbox.Response()
    answer.raw = Breaking()

    with pytest.raises(kind):
        list(answer.iter_content(10))


def test_the_target_of_a_path_that_begins_with_two_slashes_is_kept():
    request = callbox.Request("GET", "http://127.0.0.1:1//v:h").prepare()

    assert HTTPAdapter().request_url(request, {}) == "//v:h"


def test_cookies_are_on_every_request_that_a_hook_sees(s, recorder):
    server = recorder(b"HTTP/1.1 302 X\r\nLocation: /n\r\nSet-Cookie: a=1; Path=/\r\nContent-Length: 0\r\n\r\n")
    seen: list[Any] = []

    s.get(server.url, hooks={"response": lambda r, **_: seen.append(r.request._cookies.get_dict())})

    assert seen == [{}, {"a": "1"}]
