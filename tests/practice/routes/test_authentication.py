from __future__ import annotations

import hashlib
import re

import pytest
import requests
from requests.auth import HTTPDigestAuth
from tests.support.rows import check_rows

from callbox.practice.routes.authentication import DigestCredentials, challenge, read_parameters

ANN = ("ann", "secret")


def test_basic(ask):
    right = ask("GET", "/basic-auth", headers={"Authorization": "Basic YW5uOnNlY3JldA=="})
    missing = ask("GET", "/basic-auth")

    assert right.json() == {"user": "ann", "scheme": "basic"}
    assert missing.status == 401
    assert missing.headers["WWW-Authenticate"] == 'Basic realm="books", charset="UTF-8"'


@pytest.mark.parametrize("value", ["Basic", "Basic !", "Basic YW5u", "Bearer YW5uOnNlY3JldA==", "Basic YW5uOng="])
def test_basic_refuses(ask, value):
    assert ask("GET", "/basic-auth", headers={"Authorization": value}).status == 401


def test_bearer(ask):
    assert ask("GET", "/bearer", headers={"Authorization": "bearer letmein"}).status == 200
    assert ask("GET", "/bearer").headers["WWW-Authenticate"] == 'Bearer realm="books"'
    wrong = ask("GET", "/bearer", headers={"Authorization": "Bearer x"})
    assert wrong.headers["WWW-Authenticate"] == 'Bearer realm="books", error="invalid_token"'


@pytest.mark.parametrize("algorithm", ["any", "MD5", "MD5-sess", "SHA-256"])
def test_another_client_of_digest_gets_in(api, algorithm):
    with requests.Session() as session:
        session.auth = HTTPDigestAuth(*ANN)
        first = session.get(f"{api.url}/digest-auth?algorithm={algorithm}")
        second = session.get(f"{api.url}/digest-auth?algorithm={algorithm}")

    assert (first.status_code, second.status_code) == (200, 200)
    assert len(first.history) == 1
    assert second.history == []
    assert 'rspauth="' in second.headers["Authentication-Info"]


def test_digest_with_a_wrong_password_is_asked_again_and_not_stale(api):
    with requests.Session() as session:
        answer = session.get(f"{api.url}/digest-auth?algorithm=MD5", auth=HTTPDigestAuth("ann", "x"))

    assert answer.status_code == 401
    assert "stale" not in answer.headers["WWW-Authenticate"]


def test_digest_offers_the_strongest_first(ask):
    fields = ask("GET", "/digest-auth").headers.getlist("WWW-Authenticate")

    assert [re.search("algorithm=([^,]*)", field)[1] for field in fields] == ["SHA-256", "MD5"]


def credentials(ask, path: str, **other: str) -> dict[str, str]:
    """Credentials computed here, from RFC 7616, so that the server does not judge itself."""
    said = read_parameters(ask("GET", path).headers["WWW-Authenticate"].removeprefix("Digest "))
    said = {"realm": said["realm"], "nonce": said["nonce"], "opaque": said["opaque"], "algorithm": said["algorithm"]}
    said |= {"username": "ann", "uri": path, "qop": "auth", "nc": "00000001", "cnonce": "abc"} | other
    secret = hashlib.sha256(f"ann:{said['realm']}:secret".encode()).hexdigest()
    request = f"POST:{said['uri']}" if said["qop"] == "auth-int" else f"GET:{said['uri']}"
    if said["qop"] == "auth-int":
        request += ":" + hashlib.sha256(b"hello").hexdigest()
    middle = f"{said['nonce']}:{said['nc']}:{said['cnonce']}:{said['qop']}"
    response = hashlib.sha256(f"{secret}:{middle}:{hashlib.sha256(request.encode()).hexdigest()}".encode())
    said["response"] = response.hexdigest()
    return {"Authorization": "Digest " + ", ".join(f'{name}="{value}"' for name, value in said.items())}


SHA = "/digest-auth?algorithm=SHA-256"


def test_digest_is_taken_once_for_each_count(ask):
    given = credentials(ask, SHA)

    assert ask("GET", SHA, headers=given).status == 200
    again = ask("GET", SHA, headers=given)

    assert again.status == 401
    assert "stale=true" in again.headers["WWW-Authenticate"]


def test_nonce_of_one_use_is_stale_at_the_second(api):
    url = f"{api.url}{SHA}&uses=1"
    with requests.Session() as session:
        session.auth = HTTPDigestAuth(*ANN)
        first, second = session.get(url), session.get(url)

    assert (first.status_code, second.status_code) == (200, 200)
    assert "stale=true" in second.history[0].headers["WWW-Authenticate"]


def test_unknown_nonce_is_stale_when_the_password_is_right(ask):
    other = "f" * 32
    made_up = read_parameters(challenge("SHA-256", other, "auth", is_stale=False)[1].removeprefix("Digest "))

    answer = ask("GET", SHA, headers=credentials(ask, SHA, nonce=other, opaque=made_up["opaque"]))

    assert "stale=true" in answer.headers["WWW-Authenticate"]


def test_digest_over_the_body(ask):
    path = f"{SHA}&qop=auth-int"
    given = credentials(ask, path, qop="auth-int")

    assert ask("POST", path, body=b"hallo", headers=given).status == 401
    assert ask("POST", path, body=b"hello", headers=given).status == 200


@pytest.mark.parametrize(
    "other",
    [{"uri": "/other"}, {"opaque": "x"}, {"realm": "x"}, {"username": "x"}, {"qop": "auth-int"}, {"algorithm": "X"}],
    ids=lambda other: next(iter(other)),
)
def test_digest_for_something_else_is_refused(ask, other):
    answer = ask("GET", SHA, headers=credentials(ask, SHA, **other))

    assert answer.status == 401
    assert "stale" not in answer.headers["WWW-Authenticate"]


@check_rows(
    ("text", "said"),
    [
        ('a="b", C=d', {"a": "b", "c": "d"}),
        ('a="b, \\"c\\"",d=""', {"a": 'b, "c"', "d": ""}),
        ("", {}),
        ('a="b', {}),
        ("nonsense", {}),
    ],
)
def test_read_parameters(text, said):
    assert read_parameters(text) == said


def test_digest_of_the_example_in_rfc_7616():
    said = {
        "username": "Mufasa", "realm": "http-auth@example.org", "uri": "/dir/index.html", "algorithm": "SHA-256",
        "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "nc": "00000001",
        "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "qop": "auth",
        "response": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    }  # fmt: skip

    # The realm is not ours, so that it is refused; with the realm as it is, the sum is the published one.
    assert not DigestCredentials(said, "GET", b"").is_right("Mufasa", "Circle of Life")
    key = hashlib.sha256(b"Mufasa:http-auth@example.org:Circle of Life").hexdigest()
    assert DigestCredentials(said, "GET", b"")._response(key, "GET:/dir/index.html") == said["response"]
