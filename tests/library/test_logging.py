"""What a program that was written for Requests hears: urllib3's log, http.client's `debuglevel`, and warnings."""

from __future__ import annotations

import http.client
import logging
import ssl
import warnings

import pytest
import trustme
from urllib3.exceptions import InsecureRequestWarning

import callbox
from callbox import Session

REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"


class Records(logging.Handler):
    """A handler that has what was logged."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@pytest.fixture
def records():
    """The records of all loggers."""
    handler = Records()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def lines(records):
    """The lines of urllib3's log for requests to a port."""
    logger = logging.getLogger("urllib3")
    level = logger.level
    logger.setLevel(logging.DEBUG)

    def read(port: int) -> list[str]:
        return [text.replace(f":{port}", "") for text in records.texts if "Starting" not in text]

    yield read
    logger.setLevel(level)


@pytest.mark.parametrize("said", [{}, {"stream": True}, {"hooks": {"response": lambda r, **_: None}}])
def test_urllib3_s_log_has_a_line_for_each_request(s, recorder, lines, said):
    server = recorder(REDIRECT, CHUNKED)

    s.get(f"{server.url}/a?b=c", **said)

    assert lines(server.port) == [
        'http://127.0.0.1 "GET /a?b=c HTTP/1.1" 302 0', 'http://127.0.0.1 "GET /next HTTP/1.1" 200 None',
    ]  # fmt: skip


def test_the_log_shows_no_secret_of_a_url(s, recorder, lines):
    server = recorder()

    s.get(f"{server.url}/?api_key=0123456789abcdef&q=1")

    assert lines(server.port) == ['http://127.0.0.1 "GET /?api_key=...&q=1 HTTP/1.1" 200 2']


def test_without_a_level_nothing_is_logged(s, recorder, records):
    s.get(recorder().url)

    assert records.texts == []


def test_http_client_s_debuglevel_prints_what_is_sent_and_comes(s, recorder, capsys, monkeypatch):
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    server = recorder()

    s.post(server.url, data="x=1", headers={"User-Agent": None, "Accept": None, "Accept-Encoding": None})

    assert capsys.readouterr().out.replace(str(server.port), "PORT").splitlines() == [
        "send: b'POST / HTTP/1.1\\r\\nHost: 127.0.0.1:PORT\\r\\nConnection: keep-alive\\r\\nContent-Length: 3\\r\\n\\r\\nx=1'",
        "reply: 'HTTP/1.1 200 OK\\r\\n'",
        "header: Content-Length: 2",
    ]  # fmt: skip


@pytest.fixture
def https(recorder):
    """A recorder behind TLS, with a certificate that nobody trusts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    server = recorder()
    server.context = context
    return f"https://localhost:{server.port}/"


@pytest.mark.parametrize(
    "send",
    [
        lambda url: Session().get(url, verify=False),
        lambda url: Session().get(url, verify=False, stream=True),
        lambda url: callbox.get(url, verify=False),
        lambda url: Session().send(callbox.Request("GET", url).prepare(), verify=False),
    ],
    ids=["session", "stream", "short", "prepared"],
)
def test_a_request_without_verification_warns(https, send):
    with pytest.warns(InsecureRequestWarning, match="Unverified HTTPS request is being made to host 'localhost'"):
        assert send(https).status_code == 200


def test_the_warning_can_be_switched_off(https):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        callbox.packages.urllib3.disable_warnings()

        assert callbox.get(https, verify=False).status_code == 200
