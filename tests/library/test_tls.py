"""TLS settings, by each way that a request may go."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator

import pytest
import trustme
from tests.support.server import OK, Recorder, Server, make_context

import callbox
from callbox import HTTPAdapter


@pytest.fixture
def authority(tmp_path) -> tuple[ssl.SSLContext, str]:
    """What a server on 127.0.0.1 shows itself with, and the file that vouches for it."""
    file = tmp_path / "ca.pem"
    return make_context(file), str(file)


@pytest.fixture
def tls(authority) -> Iterator[tuple[str, str]]:
    """A server that speaks TLS, and its authority's file."""
    context, file = authority
    with Recorder(lambda _: OK, context) as server:
        yield server.url, file


@pytest.fixture
def tls_proxy(authority) -> Iterator[tuple[str, list[bytes]]]:
    """A proxy that itself speaks TLS and makes one tunnel, and what it was asked for."""
    asked: list[bytes] = []

    def serve(client: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n") and (byte := client.recv(1)):
            head += byte
        asked.append(head)
        host, _, port = head.split()[1].decode().partition(":")
        with socket.create_connection((host, int(port))) as server:
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=carry, args=(server, client))
            back.start()
            carry(client, server)
            back.join(5)

    def carry(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65_536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    with Server(serve, authority[0]) as proxy:
        yield proxy.url, asked


@pytest.mark.parametrize("way", ["request", "session", "environment"])
def test_a_tunnel_through_a_proxy_that_itself_speaks_tls(s, tls, tls_proxy, monkeypatch, way):
    (url, ca), (proxy, asked) = tls, tls_proxy
    given = {"https": proxy} if way == "request" else None
    if way == "session":
        s.proxies = {"https": proxy}
    elif way == "environment":
        monkeypatch.setenv("HTTPS_PROXY", proxy)

    assert s.get(url, verify=ca, proxies=given).text == "ok"
    s.close()

    assert asked[0].startswith(b"CONNECT " + url.removeprefix("https://").encode())


@pytest.mark.parametrize("way", ["plain", "hook", "pools"])
def test_certificates_are_checked_with_the_file_that_was_named(s, tls, way):
    url, ca = tls
    hooks = {"response": lambda r, **_: None} if way == "hook" else None
    if way == "pools":
        s.mount("https://", HTTPAdapter(pool_block=True))

    with pytest.raises(callbox.SSLError):
        s.get(url, hooks=hooks)
    assert s.get(url, verify=ca, hooks=hooks).text == "ok"
    s.verify = ca
    assert s.get(url, hooks=hooks).text == "ok"


def test_a_missing_file_is_an_os_error(s):
    with pytest.raises(OSError, match="CA file not found"):
        s.get("https://127.0.0.1:9/", verify="/nowhere.pem")


def test_a_hint_is_in_a_programs_words(s, practice_url):
    with pytest.raises(callbox.ReadTimeout) as caught:
        s.get(practice_url + "/slow?s=5", timeout=0.1)

    assert caught.value.hint == "timeout=SECONDS"


@pytest.fixture
def files(tls, tmp_path) -> dict[str, str]:
    """Files and folders of certificates by what they are good for here."""
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    (tmp_path / "empty").mkdir()
    return {"right": tls[1], "other": str(other), "empty": str(tmp_path / "empty"), "gone": str(tmp_path / "gone.pem")}


BUNDLE, CURL, FILE, DIR = "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"


@pytest.mark.parametrize(
    ("environment", "session", "request_", "told"),
    [
        ({BUNDLE: "right"}, True, None, "ok"),
        ({BUNDLE: "right", CURL: "other"}, True, None, "ok"),
        ({BUNDLE: "right", FILE: "other"}, True, None, "ok"),
        ({BUNDLE: "right", FILE: "gone"}, True, None, "ok"),
        ({BUNDLE: "right", DIR: "empty"}, True, None, "ok"),
        ({BUNDLE: "right", DIR: "gone", FILE: "gone", CURL: "gone"}, True, None, "ok"),
        ({CURL: "right", FILE: "other", DIR: "empty"}, True, None, "ok"),
        ({BUNDLE: "", CURL: "right"}, True, None, "ok"),
        ({FILE: "right"}, True, None, "ok"),
        ({FILE: "right", DIR: "empty"}, True, None, "ok"),
        ({BUNDLE: "other", FILE: "right"}, True, None, "SSLError"),
        ({BUNDLE: "empty", FILE: "right"}, True, None, "SSLError"),
        ({BUNDLE: "gone", FILE: "right"}, True, None, "REQUESTS_CA_BUNDLE names this file"),
        ({CURL: "gone"}, True, None, "CURL_CA_BUNDLE names this file"),
        ({FILE: "gone"}, True, None, "SSL_CERT_FILE names this file"),
        ({DIR: "gone"}, True, None, "SSL_CERT_DIR names this folder"),
        ({BUNDLE: "other"}, "right", None, "ok"),
        ({BUNDLE: "other"}, True, "right", "ok"),
        ({BUNDLE: "other"}, "other", "right", "ok"),
        ({BUNDLE: "gone"}, False, None, "ok"),
        ({BUNDLE: "gone"}, True, False, "ok"),
        ({FILE: "gone"}, False, None, "ok"),
        ({BUNDLE: "right"}, "other", None, "SSLError"),
        ({BUNDLE: "right"}, "other", True, "ok"),
        ({BUNDLE: "right"}, True, "other", "SSLError"),
        ({BUNDLE: "right"}, True, "gone", "CA file not found"),
        ({}, "gone", None, "CA file not found"),
        ({BUNDLE: "right", "trust_env": "no"}, True, None, "SSLError"),
        ({CURL: "right", FILE: "right", "trust_env": "no"}, True, None, "SSLError"),
        ({BUNDLE: "gone", FILE: "gone", DIR: "gone", "trust_env": "no"}, True, None, "SSLError"),
        ({BUNDLE: "gone", "trust_env": "no"}, "right", None, "ok"),
    ],
    ids=str,
)
@pytest.mark.parametrize("way", ["plain", "hook"])
@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_which_certificates_count(s, tls, files, monkeypatch, environment, session, request_, told, way):
    for name, value in environment.items():
        if name != "trust_env":
            monkeypatch.setenv(name, files.get(value, value))
    s.trust_env = "trust_env" not in environment
    s.verify = files.get(session, session)
    verify = files.get(request_, request_)
    hooks = {"response": lambda r, **_: None} if way == "hook" else None

    try:
        said = s.get(tls[0], verify=verify, hooks=hooks).text
    except callbox.SSLError:
        said = "SSLError"
    except OSError as error:
        said = told if told in str(error) else repr(error)
    assert said == told


def test_a_variable_that_changes_counts_for_the_next_request(s, tls, files, monkeypatch):
    monkeypatch.setenv(FILE, files["other"])
    with pytest.raises(callbox.SSLError):
        s.get(tls[0])

    monkeypatch.setenv(FILE, files["right"])
    assert s.get(tls[0]).text == "ok"


def test_the_environment_is_not_asked_for_a_request_without_tls(s, practice_url, monkeypatch):
    monkeypatch.setenv(BUNDLE, "/nowhere.pem")

    assert s.get(practice_url + "/ping").ok


@pytest.mark.parametrize("kind", [tuple, list])
@pytest.mark.parametrize("form", ["request", "session", "stream", "prepared"])
def test_a_client_certificate_is_a_pair_of_either_type(s, kind, form, tmp_path):
    pair = kind([str(tmp_path / "none.crt"), str(tmp_path / "none.key")])
    url = "https://127.0.0.1:1/"
    if form == "session":
        s.cert = pair
    said = {} if form == "session" else {"cert": pair}

    def send():
        if form == "prepared":
            return s.send(callbox.Request("GET", url).prepare(), **said)
        return s.get(url, stream=form == "stream", **said)

    with pytest.raises(OSError, match="Client certificate not found") as caught:
        send()

    assert str(caught.value).endswith(f": {pair[0]}")


@pytest.mark.parametrize("cert", [["/a.pem"], ("/a.pem", "/b.pem", "c")], ids=["one", "three"])
@pytest.mark.parametrize("place", ["session", "request"])
def test_a_client_certificate_of_one_or_three_parts_is_refused(s, place, cert):
    if place == "session":
        s.cert = cert

    with pytest.raises(callbox.RequestException, match=r"is a PEM file or \(certificate, key\)"):
        s.get("https://127.0.0.1:1/", **({} if place == "session" else {"cert": cert}))
