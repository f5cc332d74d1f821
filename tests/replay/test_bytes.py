"""What arrives at a server, to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from callbox.replay.run_options import Plan


@pytest.mark.parametrize(
    ("text", "line", "headers", "body"),
    [
        pytest.param("GET BASE/a?x=1&y=%20#top", "GET /a?x=1&y=%20", [], b"", id="get"),
        pytest.param("BASE/bare", "GET /bare", [], b"", id="bare-url"),
        pytest.param("PURGE BASE/a", "PURGE /a", [], b"", id="custom-method"),
        pytest.param("GET BASE/a\n  /b\n  ?x=1\n  &y=2 HTTP/1.1", "GET /a/b?x=1&y=2", [], b"", id="continuations"),
        pytest.param("GET BASE/\nX-A: 1\nx-a: 2", "GET /", ["X-A: 1", "x-a: 2"], b"", id="repeated-header"),
        pytest.param("GET BASE/\nX-Fold: a\n  b", "GET /", ["X-Fold: a b"], b"", id="folded-header"),
        pytest.param("GET BASE/\nCookie: a=1\nCookie: b=2", "GET /", ["Cookie: a=1; b=2"], b"", id="cookies"),
        pytest.param("GET BASE/\nCookie: a=1;\nCookie: b=2; ", "GET /", ["Cookie: a=1; b=2;"], b"", id="cookies-ended"),
        pytest.param(
            "GET BASE/\nAuthorization: Basic ann:se:cret",
            "GET /",
            ["Authorization: Basic YW5uOnNlOmNyZXQ="],
            b"",
            id="basic",
        ),
        pytest.param(
            'POST BASE/\nContent-Type: application/json\n\n{\n  "a": 1, # no comment\n  // gone\n  "b": "é"\n}\n\n',
            "POST /",
            ["Content-Type: application/json"],
            '{\n  "a": 1, # no comment\n  "b": "é"\n}'.encode(),
            id="json",
        ),
        pytest.param(
            "POST BASE/\nContent-Type: text/markdown\nContent-Length: 1\n\n# Title\n> quote\n",
            "POST /",
            ["Content-Type: text/markdown"],
            b"# Title\n> quote",
            id="text-keeps-its-hashes",
        ),
        pytest.param(
            "POST BASE/\nContent-Type: application/x-www-form-urlencoded\n\na=1\n&b=2 3\nc=4",
            "POST /",
            ["Content-Type: application/x-www-form-urlencoded"],
            b"a=1&b=2%203&c=4",
            id="form",
        ),
        pytest.param(
            "# @raw-body\nPOST BASE/\nContent-Type: application/x-www-form-urlencoded\n\na = 1\n# b\n&c",
            "POST /",
            ["Content-Type: application/x-www-form-urlencoded"],
            b"a = 1\n# b\n&c",
            id="form-as-it-is",
        ),
        pytest.param(
            "POST BASE/\nContent-Type: application/x-ndjson\n\n{}\n{}",
            "POST /",
            ["Content-Type: application/x-ndjson"],
            b"{}\n{}\n",
            id="ndjson",
        ),
        pytest.param("POST BASE/\n\n< ./data.bin", "POST /", [], b"\x00\r\n\xff{{x}}", id="file"),
        pytest.param("POST BASE/", "POST /", [], b"", id="post-without-body"),
    ],
)
def test_request_arrives(run, server, tmp_path, text, line, headers, body) -> None:
    (tmp_path / "data.bin").write_bytes(b"\x00\r\n\xff{{x}}")

    (result,) = run(text)

    assert result.outcome == "ok"
    assert (server.lines, server.headers(), server.bodies) == ([line], headers, [body])


def test_length_is_counted_anew(run, server) -> None:
    run("POST BASE/\nContent-Length: 1\n\nabcdef")

    assert b"\r\nContent-Length: 6\r\n" in server.requests[0]


def test_chunked_stays_chunked(run, server) -> None:
    run("# @timeout 1\nPOST BASE/\nTransfer-Encoding: chunked\n\nabcdef")

    assert server.bodies == [b"6\r\nabcdef\r\n0\r\n\r\n"]


def test_multipart_arrives_with_its_file_untouched(run, server, tmp_path: Path) -> None:
    (tmp_path / "f.bin").write_bytes(b"\x00\n\xff\r")

    run(
        "POST BASE/\nContent-Type: multipart/form-data; boundary=xx\n\n--xx\n"
        'Content-Disposition: form-data; name="t"\n\n#ffffff\n--xx\n'
        'Content-Disposition: form-data; name="f"; filename="f.bin"\n\n< ./f.bin\n--xx--\n'
    )

    assert server.bodies == [
        b'--xx\r\nContent-Disposition: form-data; name="t"\r\n\r\n#ffffff\r\n--xx\r\n'
        b'Content-Disposition: form-data; name="f"; filename="f.bin"\r\n\r\n\x00\n\xff\r\r\n--xx--\r\n'
    ]


def test_file_is_found_beside_the_script_whatever_the_current_folder(run, server, tmp_path, monkeypatch) -> None:
    (tmp_path / "in.txt").write_text("beside")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")

    run("POST BASE/\n\n< in.txt")

    assert server.bodies == [b"beside"]


def test_file_that_is_not_beside_the_script_is_sought_in_the_current_folder(run, server, tmp_path, monkeypatch) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "in.txt").write_text("current")
    monkeypatch.chdir(tmp_path / "other")

    run("POST BASE/\n\n< in.txt")

    assert server.bodies == [b"current"]


def test_value_of_an_answer_never_adds_a_header(run, server) -> None:
    server.json("/a", '{"x": "1\\r\\nEvil: yes"}')

    results = run("### a\nGET BASE/a\n###\nGET BASE/b\nX: {{a.response.body.$.x}}")

    assert [r.outcome for r in results] == ["ok", "error"]
    assert "line break" in str(results[1].error)
    assert server.lines == ["GET /a"]


def test_value_of_an_answer_in_a_url_never_ends_the_request_line(run, server) -> None:
    server.json("/a", '{"x": "1 HTTP/1.1\\r\\nEvil: yes"}')

    results = run("### a\nGET BASE/a\n###\nGET BASE/{{a.response.body.$.x}}")

    assert results[1].outcome == "error"
    assert server.lines == ["GET /a"]


def test_options_reach_the_request(run, server) -> None:
    server.json("/a", "{}", "Location: /b", status="302 Found")

    run("# @no-redirect\nGET BASE/a\n###\nGET BASE/a", Plan(fail_on=""))

    assert server.lines == ["GET /a", "GET /a", "GET /b"]


@pytest.mark.parametrize(
    ("directive", "status", "second"),
    [
        pytest.param("", "302 Found", "GET /b", id="302"),
        pytest.param("", "301 Moved Permanently", "GET /b", id="301"),
        pytest.param("", "303 See Other", "GET /b", id="303"),
        pytest.param("", "307 Temporary Redirect", "POST /b", id="307"),
        pytest.param("# @keep-method\n", "302 Found", "POST /b", id="keep-method"),
    ],
)
def test_redirected_post_becomes(run, server, directive, status, second) -> None:
    server.json("/a", "{}", "Location: /b", status=status)

    run(f"{directive}POST BASE/a\n\nbody")

    assert server.lines == ["POST /a", second]


def test_jar_is_kept_between_the_requests_of_a_file(run, server) -> None:
    server.json("/a", "{}", "Set-Cookie: sid=1; Path=/")

    run("GET BASE/a\n###\nGET BASE/b\n###\n# @no-cookie-jar\nGET BASE/c\n###\nGET BASE/d\nCookie: own=2")

    assert [server.headers(n) for n in range(4)] == [[], ["Cookie: sid=1"], [], ["Cookie: own=2"]]


def test_explicit_cookie_is_not_kept_for_later(run, server) -> None:
    run("GET BASE/a\nCookie: own=2\n###\nGET BASE/b")

    assert server.headers(1) == []
