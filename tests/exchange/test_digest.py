"""Digest authentication by the examples of RFC 7616, and against hostile challenges."""

from __future__ import annotations

import time

import pytest

from callbox.exchange.digest import Digest, choose_challenge
from callbox.exchange.headers import Headers
from callbox.exchange.incoming import Incoming
from callbox.exchange.outgoing import Field, Outgoing
from callbox.exchange.secret import reveal
from callbox.exchange.url import parse

REQUEST = Outgoing("GET", parse("http://www.example.org/dir/index.html"))
NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"


def challenge(algorithm: str, **more: str) -> Incoming:
    said = {"realm": "http-auth@example.org", "qop": "auth, auth-int", "algorithm": algorithm, "nonce": NONCE} | more
    line = "Digest " + ", ".join(f'{name}="{value}"' for name, value in said.items())
    return Incoming(401, "Unauthorized", Headers([("WWW-Authenticate", line)]))


def make_auth(password: str = "Circle of Life") -> Digest:
    return Digest("Mufasa", password, lambda: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_rfc_s_own_examples_are_answered(algorithm: str, response: str) -> None:
    fields = make_auth().answer(REQUEST, challenge(algorithm))

    assert fields is not None
    assert f'response="{response}"' in reveal(fields[0][1])


def test_nothing_is_sent_before_a_challenge_and_the_nonce_is_counted_after() -> None:
    auth = make_auth()
    assert auth.fields(REQUEST) == ()

    auth.answer(REQUEST, challenge("MD5"))

    assert "nc=00000002" in reveal(auth.fields(REQUEST)[0][1])


def test_a_nonce_stays_with_its_origin() -> None:
    auth = make_auth()
    auth.answer(REQUEST, challenge("MD5"))

    assert auth.fields(REQUEST._replace(url=parse("http://elsewhere.example/"))) == ()


def test_a_refused_answer_is_not_tried_again_unless_stale() -> None:
    auth = make_auth()
    fields = auth.answer(REQUEST, challenge("MD5"))
    assert fields is not None
    signed = REQUEST._replace(headers=(Field("Authorization", fields[0][1], "auth"),))

    assert auth.answer(signed, challenge("MD5", nonce="other")) is None
    assert auth.answer(signed, challenge("MD5", nonce="other", stale="true")) is not None


def test_the_best_algorithm_is_taken() -> None:
    lines = ['Digest realm="a", nonce="1", algorithm=MD5, Digest realm="b", nonce="2", algorithm=SHA-256']

    found = choose_challenge(lines)

    assert found is not None
    assert found.realm == "b"


def test_an_unknown_algorithm_is_no_challenge() -> None:
    assert choose_challenge(['Digest realm="a", nonce="1", algorithm=ROT13']) is None


def test_a_hostile_challenge_is_read_in_linear_time() -> None:
    def cost(size: int) -> float:
        line = "Digest " + "a=b," * size + 'x="' + "\\" * size
        begun = time.thread_time()
        choose_challenge([line])
        return time.thread_time() - begun

    cost(1000)
    assert cost(16_000) < 0.5
