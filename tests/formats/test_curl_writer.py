"""The curl command of a request; that it sends the same bytes is tested with the shell's `preview --as curl`."""

from __future__ import annotations

from callbox.exchange.bodies import file_content, raw_content
from callbox.exchange.digest import Digest
from callbox.exchange.outgoing import Field, Outgoing, Route
from callbox.exchange.secret import Secret
from callbox.exchange.url import parse
from callbox.formats.curl import write_curl

GET = Outgoing("GET", parse("http://a/x"), (Field("Accept", "*/*", "default"), Field("User-Agent", "c", "default")))


def test_a_plain_request_has_no_method() -> None:
    assert write_curl(GET) == "curl http://a/x \\\n  -H 'Accept: */*' \\\n  -H 'User-Agent: c'"


def test_what_curl_would_add_is_taken_away() -> None:
    assert "-H User-Agent: \\\n  -H Accept:" in write_curl(GET._replace(headers=()))


def test_secrets_are_masked_unless_revealed() -> None:
    outgoing = Outgoing(
        "GET",
        parse("http://a/x?api_key=abcdefgh&q=1"),
        (Field("Authorization", Secret("hunter2", "Bearer "), "auth"),),
        query=(Field("api_key", "abcdefgh", "session"), Field("q", "1", "item")),
    )

    masked, revealed = write_curl(outgoing), write_curl(outgoing, reveal=True)

    assert "hunter2" not in masked
    assert "abcdefgh" not in masked
    assert "q=1" in masked
    assert "'Authorization: Bearer hunter2'" in revealed


def test_a_digest_is_left_to_curl() -> None:
    signed = (Field("Authorization", Secret("username=ann", "Digest "), "auth"),)
    outgoing = GET._replace(headers=signed, auth=Digest("ann", "hunter2", str))

    masked, revealed = write_curl(outgoing), write_curl(outgoing, reveal=True)

    assert "Authorization" not in revealed
    assert "--digest \\\n  --user ann:hunter2" in revealed
    assert "--user ann:..." in masked


def test_bytes_that_are_no_text_are_written_for_the_shell() -> None:
    command = write_curl(Outgoing("POST", parse("http://a/"), content=raw_content(b"\x00'\xff")))

    assert r"--data-raw $'\x00\'\xff'" in command


def test_a_file_is_named() -> None:
    content = file_content("my file.json", lambda: (), 0, "application/json")

    assert "--data-binary '@my file.json'" in write_curl(Outgoing("POST", parse("http://a/"), content=content))


def test_dot_segments_stay() -> None:
    assert "--globoff --path-as-is" in write_curl(Outgoing("GET", parse("http://a/b/../x", True)))


def test_an_insecure_route_says_so() -> None:
    assert "--insecure" in write_curl(GET._replace(route=Route(verify=False)))


def test_head_is_curl_s_own() -> None:
    assert write_curl(GET._replace(method="HEAD")).startswith("curl --head http://a/x")
