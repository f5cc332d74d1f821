"""Auth objects, bodies and adapters that other libraries wrote for Requests, handed to our session as they are."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from callbox import HTTPAdapter, Request, Session

oauth = pytest.importorskip("requests_oauthlib")
aws = pytest.importorskip("requests_aws4auth")
toolbelt = pytest.importorskip("requests_toolbelt")


def test_oauth_1_signs_in_the_header(s, recorder):
    server = recorder()

    s.get(server.url + "/x?a=1", auth=oauth.OAuth1("key", "secret", "token", "more"))

    assert server.seen[0].value("Authorization").startswith("OAuth oauth_nonce=")
    assert 'oauth_token="token"' in server.seen[0].value("Authorization")


def test_oauth_1_signs_in_a_form(s, recorder):
    server = recorder()

    s.post(server.url + "/x", data={"a": "1"}, auth=oauth.OAuth1("key", "secret", signature_type="body"))

    seen = server.seen[0]
    assert seen.body.startswith(b"a=1&oauth_nonce=")
    assert seen.value("Content-Length") == str(len(seen.body))


def test_oauth_1_signs_in_the_query(s, recorder):
    server = recorder()

    s.get(server.url + "/x", auth=oauth.OAuth1("key", "secret", signature_type="query"))

    assert "oauth_signature=" in server.seen[0].line


def test_oauth_2_adds_its_token(s):
    auth = oauth.OAuth2(token={"access_token": "abc", "token_type": "Bearer"})

    prepared = s.prepare_request(Request("GET", "https://api.example/", auth=auth))

    assert prepared.headers["Authorization"] == "Bearer abc"


@pytest.mark.parametrize("data", [None, b"body", {"form": "1"}], ids=["none", "bytes", "form"])
def test_aws_signs_what_is_sent(s, recorder, data):
    server = recorder()

    s.post(server.url + "/key?b=2&a=1", data=data, auth=aws.AWS4Auth("id", "key", "eu-central-1", "s3"))

    seen = server.seen[0]
    assert seen.value("Authorization").startswith("AWS4-HMAC-SHA256 Credential=id/")
    assert re.fullmatch(r"[0-9a-f]{64}", seen.value("x-amz-content-sha256") or "")


def test_aws_signs_as_it_does_for_requests(recorder):
    import requests

    signed = []
    for lib in (requests.Session, Session):
        server = recorder()
        from datetime import UTC, datetime

        with lib() as session:
            at = datetime.now(UTC).strftime("%Y%m%dT000000Z")
            auth = aws.AWS4Auth("id", "key", "eu-central-1", "s3")
            session.put(server.url + "/a b", data=b"x", headers={"Host": "s3.example", "x-amz-date": at}, auth=auth)
        signed.append((server.seen[0].value("Authorization"), server.seen[0].line))

    assert signed[1] == signed[0]


def test_a_multipart_encoder_is_streamed_with_its_length(s, httpbin_url):
    encoder = toolbelt.MultipartEncoder({"field": "value", "file": ("n.txt", io.BytesIO(b"hello"), "text/plain")})

    answer = s.post(httpbin_url + "/post", data=encoder, headers={"Content-Type": encoder.content_type})

    assert (answer.json()["form"], answer.json()["files"]) == ({"field": "value"}, {"file": "hello"})
    assert answer.request.headers["Content-Length"] == str(encoder.len)


def test_a_monitor_sees_the_upload(s, httpbin_url):
    seen: list[int] = []
    encoder = toolbelt.MultipartEncoder({"file": ("n", io.BytesIO(b"x" * 5000))})
    monitor = toolbelt.MultipartEncoderMonitor(encoder, lambda m: seen.append(m.bytes_read))

    s.post(httpbin_url + "/post", data=monitor, headers={"Content-Type": monitor.content_type})

    assert seen[-1] == encoder.len


def test_an_adapter_of_toolbelt_is_mounted(s, httpbin_url):
    from requests_toolbelt.adapters.source import SourceAddressAdapter

    s.mount("http://", SourceAddressAdapter("127.0.0.1"))
    s.cookies.set("a", "1")

    answer = s.get(httpbin_url + "/cookies")

    assert (type(answer).__module__, answer.json()) == ("requests.models", {"cookies": {"a": "1"}})


def test_answers_of_a_foreign_adapter_set_cookies_and_are_followed(s, httpbin_url):
    from requests.adapters import HTTPAdapter as Theirs

    s.mount("http://", Theirs())

    answer = s.get(httpbin_url + "/cookies/set/a/1")

    assert (answer.json(), [r.status_code for r in answer.history], s.cookies["a"]) == (
        {"cookies": {"a": "1"}},
        [302],
        "1",
    )


def test_digest_of_requests_itself_answers_through_the_connection(s, httpbin_url):
    from requests.auth import HTTPDigestAuth as Theirs

    answer = s.get(httpbin_url + "/digest-auth/auth/u/p", auth=Theirs("u", "p"))

    assert (answer.status_code, [r.status_code for r in answer.history]) == (200, [401])


def test_guessing_auth_of_toolbelt_finds_the_scheme(s, httpbin_url):
    from requests_toolbelt import GuessAuth

    assert s.get(httpbin_url + "/basic-auth/u/p", auth=GuessAuth("u", "p")).status_code == 200
    assert s.get(httpbin_url + "/digest-auth/auth/u/p", auth=GuessAuth("u", "p")).status_code == 200


def test_an_adapter_with_a_pool_manager_of_its_own_is_obeyed(s, httpbin_url):
    from urllib3 import PoolManager

    class Own(HTTPAdapter):
        def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
            self.poolmanager = PoolManager(connections, headers={}, maxsize=maxsize, source_address=("127.0.0.1", 0))

    s.mount("http://", Own())

    answer = s.get(httpbin_url + "/gzip")

    assert answer.json()["gzipped"] is True
    assert type(answer.raw).__module__.startswith("urllib3")


def test_settings_for_the_pools_are_passed_on(s, recorder):
    server = recorder()

    class Own(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs, source_address=("127.0.0.1", 0))

    s.mount("http://", Own(pool_block=True, max_retries=1))

    s.post(server.url + "/post", data={"a": "1"})
    s.post(server.url + "/post", data=iter([b"a"]))

    assert [seen.body for seen in server.seen] == [b"a=1", b"a"]
    assert server.connections == 1
