"""Digest authentication by the examples of its RFCs, and through all that a server may ask."""

from __future__ import annotations

import copy
import hashlib
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.exchange.auth_schemes import read_parameters
from callbox.exchange.digest_auth import Digest, choose_challenge
from callbox.exchange.headers import Headers
from callbox.exchange.request import Field, Outgoing
from callbox.exchange.request_content import Content
from callbox.exchange.response import ResponseHead
from callbox.exchange.secret import reveal
from callbox.exchange.url import parse

URL = "http://www.example.org/dir/index.html"
SAID = {"realm": "r", "nonce": "n1", "qop": "auth", "algorithm": "MD5"}


def ask(*lines: str, status: int = 401, **said: str | None) -> ResponseHead:
    """A 401 with these challenges; by default one for MD5, with what is given over it."""
    if not lines:
        pairs = [f'{name}="{value}"' for name, value in {**SAID, **said}.items() if value is not None]
        lines = ("Digest " + ", ".join(pairs),)
    return ResponseHead(status, "", Headers([("WWW-Authenticate", line) for line in lines]))


def told(**said: str) -> ResponseHead:
    """An answer with this Authentication-Info."""
    line = ", ".join(f'{name}="{value}"' for name, value in said.items())
    return ResponseHead(200, "OK", Headers([("Authentication-Info", line)]))


def to(url: str = URL, method: str = "GET", content: Content | None = None) -> Outgoing:
    return Outgoing(method, parse(url), content=content)


def make(username: str = "ann", password: str = "secret", cnonce: str = "") -> Digest:
    numbers = count(1)
    return Digest(username, password, lambda: cnonce or f"c{next(numbers)}")


def signed(request: Outgoing, fields: Any) -> Outgoing:
    return request._replace(headers=tuple(Field(name, value, "auth") for name, value in fields))


def read(fields: Any) -> dict[str, str]:
    """The parameters of the Authorization field."""
    [(name, value)] = fields
    assert name == "Authorization"
    assert reveal(value).startswith("Digest ")
    return read_parameters(reveal(value)[7:])


def H(algorithm: str, *parts: str) -> str:
    return hashlib.new(algorithm, ":".join(parts).encode()).hexdigest()


RFC_7616 = {
    "realm": "http-auth@example.org",
    "qop": "auth, auth-int",
    "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    "opaque": "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
}
RFC_7616_UTF8 = {
    "realm": "api@example.org",
    "algorithm": "SHA-512-256",
    "nonce": "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
    "opaque": "HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS",
    "charset": "UTF-8",
}
needs_sha_512_256 = pytest.mark.skipif(
    "sha512_256" not in hashlib.algorithms_available, reason="this OpenSSL has no SHA-512/256"
)


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616_section_3_9_1_are_answered(algorithm: str, response: str) -> None:
    auth = make("Mufasa", "Circle of Life", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")

    assert read(auth.answer(to(), ask(**RFC_7616, algorithm=algorithm))) == {
        "username": "Mufasa",
        "realm": "http-auth@example.org",
        "uri": "/dir/index.html",
        "algorithm": algorithm,
        "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "nc": "00000001",
        "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        "qop": "auth",
        "response": response,
        "opaque": "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
    }


@needs_sha_512_256
@pytest.mark.parametrize(
    ("userhash", "name"),
    [
        ("true", ("username", "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b")),
        ("false", ("username*", "UTF-8''J%C3%A4s%C3%B8n%20Doe")),
    ],
)
def test_the_example_of_rfc_7616_section_3_9_2_is_answered_by_its_erratum(userhash: str, name: tuple[str, str]) -> None:
    auth = make("Jäsøn Doe", "Secret, or not?", "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v")

    said = read(auth.answer(to("http://api.example.org/doe.json"), ask(**RFC_7616_UTF8, userhash=userhash)))

    assert said["response"] == "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"
    assert name in said.items()


def test_the_example_of_rfc_2617_is_answered() -> None:
    auth = make("Mufasa", "Circle Of Life", "0a4f113b")
    challenge = ask(realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093")

    said = read(auth.answer(to("http://www.nowhere.org/dir/index.html"), challenge))

    assert said["response"] == "6629fae49393a05397450978507c4ef1"


def test_without_qop_it_is_rfc_2069() -> None:
    said = read(make().answer(to(), ask(qop=None, algorithm=None)))

    assert said["response"] == H("md5", H("md5", "ann:r:secret"), "n1", H("md5", "GET:/dir/index.html"))
    assert said.keys() == {"username", "realm", "nonce", "uri", "response"}


def test_a_session_key_without_qop_can_be_made_by_the_server_too() -> None:
    assert read(make().answer(to(), ask(qop=None, algorithm="MD5-sess")))["cnonce"] == "c1"


@pytest.mark.parametrize(
    ("algorithm", "name"),
    [
        ("MD5", "md5"),
        ("SHA", "sha1"),
        ("SHA-256", "sha256"),
        ("SHA-512", "sha512"),
        pytest.param("SHA-512-256", "sha512_256", marks=needs_sha_512_256),
    ],
)
@pytest.mark.parametrize("suffix", ["", "-sess", "-SESS"])
@pytest.mark.parametrize("qop", ["auth", "auth-int"])
def test_every_algorithm_and_protection_follows_the_formula(algorithm: str, name: str, suffix: str, qop: str) -> None:
    request = to(method="POST", content=Content(b"hello"))

    said = read(make().answer(request, ask(algorithm=algorithm + suffix, qop=qop)))

    key = H(name, "ann:r:secret")
    if suffix:
        key = H(name, key, "n1", "c1")
    second = H(name, "POST:/dir/index.html" + (f":{H(name, 'hello')}" if qop == "auth-int" else ""))
    assert said["response"] == H(name, key, "n1", "00000001", "c1", qop, second)
    assert (said["algorithm"], said["qop"]) == (algorithm + suffix, qop)


def test_the_target_is_signed_with_its_query() -> None:
    assert read(make().answer(to("http://a.x/p?q=1&r=%20"), ask()))["uri"] == "/p?q=1&r=%20"


# Bodies


def test_auth_is_preferred_to_auth_int() -> None:
    assert read(make().answer(to(), ask(qop="auth-int,auth")))["qop"] == "auth"


def test_a_body_in_pieces_is_read_once_for_auth_int() -> None:
    reads = []

    def pieces() -> list[bytes]:
        reads.append(1)
        return [b"hel", b"lo"]

    whole = make().answer(to(content=Content(b"hello")), ask(qop="auth-int"))
    piecewise = make().answer(to(content=Content(None, pieces=pieces)), ask(qop="auth-int"))

    assert read(whole) == read(piecewise)
    assert reads == [1]


def test_no_body_is_signed_as_an_empty_one() -> None:
    empty, none = (make().answer(to(content=content), ask(qop="auth-int")) for content in (Content(b""), None))

    assert read(empty) == read(none)


def test_a_body_that_can_be_read_once_is_not_signed_with_auth_int() -> None:
    request = to(content=Content(None, pieces=lambda: iter([b"x"]), is_replayable=False))

    assert make().answer(request, ask(qop="auth-int")) is None


def test_an_unknown_protection_is_no_challenge() -> None:
    assert make().answer(to(), ask(qop="auth-conf")) is None


# Names


def test_quotes_and_backslashes_are_escaped_on_the_way_and_not_in_the_sum() -> None:
    auth = make('a"b\\c')

    said = read(auth.answer(to(), ask('Digest realm="x\\"y\\\\z", nonce="n1", qop=auth, algorithm=MD5')))

    assert (said["username"], said["realm"]) == ('a"b\\c', 'x"y\\z')
    key = H("md5", 'a"b\\c:x"y\\z:secret')
    assert said["response"] == H("md5", key, "n1", "00000001", "c1", "auth", H("md5", "GET:/dir/index.html"))


def test_a_name_outside_ascii_is_sent_as_its_bytes_to_a_server_that_does_not_say_utf8() -> None:
    said = read(make("zoë").answer(to(), ask()))

    assert said["username"].encode("latin-1").decode("utf-8") == "zoë"
    key = H("md5", "zoë:r:secret")
    assert said["response"] == H("md5", key, "n1", "00000001", "c1", "auth", H("md5", "GET:/dir/index.html"))


def test_utf8_is_composed_before_it_is_summed() -> None:
    composed, decomposed = (make(name).answer(to(), ask(charset="UTF-8")) for name in ("zoë", "zoe\u0308"))

    assert read(composed) == read(decomposed)


def test_the_bytes_of_a_realm_are_those_that_the_server_sent() -> None:
    realm = "Bücher".encode().decode("latin-1")  # as a head is read

    said = read(make().answer(to(), ask(realm=realm)))

    key = H("md5", "ann:Bücher:secret")
    assert said["realm"] == realm
    assert said["response"] == H("md5", key, "n1", "00000001", "c1", "auth", H("md5", "GET:/dir/index.html"))


def test_what_the_server_says_cannot_break_out_of_the_field() -> None:
    assert make().answer(to(), ask('Digest realm="a\rX: y", nonce=1')) is None


@check_rows(("opaque", "sent"), [("o", "o"), ("", ""), (None, None)])
def test_opaque_goes_back_as_it_came(opaque: str | None, sent: str | None) -> None:
    assert read(make().answer(to(), ask(opaque=opaque))).get("opaque") == sent


# Which challenge


@check_rows(
    "lines",
    [
        ['Digest realm="a", nonce="1", algorithm=MD5, Digest realm="b", nonce="2", algorithm=SHA-256'],
        ['Digest realm="a", nonce="1"', 'Digest realm="b", nonce="2", algorithm=SHA-256'],
        ['Basic realm="a", Digest realm="b", nonce="2", algorithm=sha-256-sess, Digest realm=c, nonce=3'],
        ['Digest realm="a", nonce="1", algorithm=ROT13', 'Digest realm="b", nonce="2", algorithm=MD5'],
    ],
    ids=["one-line", "two-lines", "among-others", "one-unknown"],
)
def test_the_strongest_that_is_known_is_answered(lines: list[str]) -> None:
    assert read(make().answer(to(), ask(*lines)))["realm"] == "b"


@check_rows(
    "line",
    ["Digest", "Digest realm=a", "Digest nonce=a", "Digest realm=a, nonce=", "Digest realm=a, nonce=1, algorithm=ROT13",
     'Basic realm="Digest realm=a, nonce=1"', ""],
)  # fmt: skip
def test_what_cannot_be_answered_is_left(line: str) -> None:
    assert make().answer(to(), ask(line)) is None


@given(st.text())
def test_no_challenge_is_too_odd(text: str) -> None:
    choose_challenge([text, f"Digest {text}", f'Digest realm="{text}", nonce="{text}", domain="{text}", qop="{text}"'])


@given(st.text(), st.text())
def test_no_realm_and_domain_are_too_odd_to_be_answered(realm: str, domain: str) -> None:
    quoted = realm.replace("\\", "").replace('"', "")
    make().answer(to(), ask(f'Digest realm="{quoted}", nonce=1, domain="{domain}"'))


def test_a_proxy_gets_no_answer() -> None:
    response = ask(status=407)
    proxy = ResponseHead(407, "", Headers([("Proxy-Authenticate", response.headers["WWW-Authenticate"])]))

    assert make().answer(to(), response) is None
    assert make().answer(to(), proxy) is None


# From the second request on


def test_nothing_is_sent_before_a_challenge() -> None:
    assert make().fields(to()) == ()


def test_the_nonce_is_used_again_and_counted() -> None:
    auth = make()
    auth.answer(to(), ask())

    later = [read(auth.fields(to())) for _ in range(2)]

    assert [said["nc"] for said in later] == ["00000002", "00000003"]
    assert [said["cnonce"] for said in later] == ["c2", "c3"]


def test_a_session_algorithm_keeps_its_first_cnonce() -> None:
    auth = make()
    first = read(auth.answer(to(), ask(algorithm="MD5-sess")))

    later = read(auth.fields(to()))

    key = H("md5", H("md5", "ann:r:secret"), "n1", "c1")
    assert (first["cnonce"], later["cnonce"]) == ("c1", "c1")
    assert later["response"] == H("md5", key, "n1", "00000002", "c1", "auth", H("md5", "GET:/dir/index.html"))


def test_threads_never_share_a_count() -> None:
    auth = make(cnonce="c")
    auth.answer(to(), ask())

    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: read(auth.fields(to()))["nc"], range(400)))

    assert sorted(counts) == [f"{n:08x}" for n in range(2, 402)]


def test_a_nonce_that_is_given_out_again_goes_on_being_counted() -> None:
    auth = make()
    auth.answer(to(), ask())

    assert read(auth.answer(to("http://www.example.org/other"), ask()))["nc"] == "00000002"


@check_rows("url", ["http://elsewhere.example/", "https://www.example.org/", "http://www.example.org:81/"])
def test_a_nonce_stays_with_its_origin(url: str) -> None:
    auth = make()
    auth.answer(to(), ask())

    assert auth.fields(to(url)) == ()


@check_rows(
    ("domain", "path", "holds"),
    [
        pytest.param(None, "/any", True, id="whole-server"),
        pytest.param("/private", "/private/x", True, id="below"),
        pytest.param("/private", "/public", False, id="beside"),
        pytest.param("/a /b", "/b/c", True, id="second"),
        pytest.param("http://www.example.org/a", "/a/b", True, id="absolute"),
        pytest.param("http://elsewhere.example/", "/", False, id="elsewhere"),
        pytest.param("http://[", "/", False, id="broken"),
    ],
)
def test_a_domain_says_where_the_nonce_holds(domain: str | None, path: str, holds: bool) -> None:
    auth = make()
    auth.answer(to(), ask(domain=domain))

    assert bool(auth.fields(to(f"http://www.example.org{path}"))) is holds


def test_a_domain_never_opens_another_origin() -> None:
    auth = make()
    auth.answer(to(), ask(domain="http://elsewhere.example/ /"))

    assert auth.fields(to("http://elsewhere.example/")) == ()


def test_the_innermost_space_is_used() -> None:
    auth = make()
    auth.answer(to(), ask(realm="outer", domain="/"))
    auth.answer(to(), ask(realm="inner", domain="/in/"))
    auth.answer(to(), ask(realm="outer", domain="/", nonce="n2"))

    assert [read(auth.fields(to(f"http://www.example.org/{p}")))["realm"] for p in ("in/x", "x")] == ["inner", "outer"]


def test_of_two_spaces_that_reach_as_far_the_later_is_used() -> None:
    auth = make()
    for realm in ("a", "b", "a"):
        auth.answer(to(), ask(realm=realm))

    assert read(auth.fields(to()))["realm"] == "a"


def test_a_server_that_names_ever_new_realms_does_not_fill_the_memory() -> None:
    auth = make()
    for number in range(300):
        auth.answer(to(), ask(realm=str(number)))

    assert len(auth._spaces) == 100


def test_a_preemptive_try_that_is_refused_is_answered_anew() -> None:
    auth = make()
    auth.answer(to(), ask())
    request = signed(to(), auth.fields(to()))

    assert read(auth.answer(request, ask(nonce="n2")))["nonce"] == "n2"


def test_a_refused_answer_is_not_tried_again() -> None:
    auth = make()
    request = signed(to(), auth.answer(to(), ask()))

    assert auth.answer(request, ask(nonce="n2")) is None


def test_a_refused_answer_without_qop_is_not_tried_again() -> None:
    auth = make()
    auth.answer(to(), ask(qop=None))
    request = signed(to(), auth.answer(signed(to(), auth.fields(to())), ask(qop=None, nonce="n2")))

    assert auth.answer(request, ask(qop=None, nonce="n3")) is None


def test_a_refused_answer_that_was_copied_as_text_is_not_tried_again() -> None:
    auth = make()
    [(name, value)] = auth.answer(to(), ask()) or ()
    request = to()._replace(headers=(Field(name, reveal(value), "item"),))

    assert auth.answer(request, ask(nonce="n2")) is None


def test_a_stale_nonce_is_replaced_once() -> None:
    auth = make()
    first = signed(to(), auth.answer(to(), ask()))
    second = signed(to(), auth.answer(first, ask(nonce="n2", stale="TRUE")))

    assert read(auth.fields(to()))["nonce"] == "n2"
    assert auth.answer(second, ask(nonce="n3", stale="true")) is None


def test_a_stale_nonce_that_is_given_again_is_not_answered() -> None:
    auth = make()
    request = signed(to(), auth.answer(to(), ask()))

    assert auth.answer(request, ask(stale="true")) is None


# Authentication-Info


def test_the_next_nonce_is_taken_and_counted_from_one() -> None:
    auth = make()
    request = signed(to(), auth.answer(to(), ask()))

    assert auth.learn(request, told(nextnonce="n2")) == ()

    said = read(auth.fields(to()))
    assert (said["nonce"], said["nc"]) == ("n2", "00000001")


def test_the_next_nonce_of_a_late_answer_is_not_taken() -> None:
    auth = make()
    request = signed(to(), auth.answer(to(), ask()))
    auth.answer(to(), ask(nonce="n5"))

    auth.learn(request, told(nextnonce="n2"))

    assert read(auth.fields(to()))["nonce"] == "n5"


def test_a_session_key_outlives_its_nonce() -> None:
    auth = make()
    request = signed(to(), auth.answer(to(), ask(algorithm="MD5-sess")))

    auth.learn(request, told(nextnonce="n2"))

    key = H("md5", H("md5", "ann:r:secret"), "n1", "c1")
    expected = H("md5", key, "n2", "00000001", "c1", "auth", H("md5", "GET:/dir/index.html"))
    assert read(auth.fields(to()))["response"] == expected


def rspauth() -> str:
    return H("md5", H("md5", "ann:r:secret"), "n1", "00000001", "c1", "auth", H("md5", ":/dir/index.html"))


def test_a_server_that_proves_itself_is_believed() -> None:
    auth = make()
    request = signed(to(), auth.answer(to(), ask()))

    assert auth.learn(request, told(rspauth=rspauth().upper(), nextnonce="n2")) == ()
    assert read(auth.fields(to()))["nonce"] == "n2"


def test_a_server_that_cannot_prove_itself_is_told_of_and_not_followed() -> None:
    auth = make()
    request = signed(to(), auth.answer(to(), ask()))

    [note] = auth.learn(request, told(rspauth="0" * 32, nextnonce="n2"))

    assert note == "http://www.example.org did not prove that it knows the password (rspauth is wrong)"
    assert read(auth.fields(to()))["nonce"] == "n1"


def test_an_unsigned_request_teaches_nothing() -> None:
    assert make().learn(to(), told(nextnonce="n2", rspauth="x")) == ()


# The value itself


def test_it_is_shown_without_its_password() -> None:
    auth = make()
    [(_, value)] = auth.answer(to(), ask()) or ()

    assert auth.describe() == "digest ann"
    assert "secret" not in repr(auth)
    assert str(value) == "Digest ..."


def test_a_copy_begins_anew() -> None:
    auth = Digest("ann", "secret", str)
    auth.answer(to(), ask())

    again = copy.deepcopy(auth)

    assert again == auth
    assert again.fields(to()) == ()
