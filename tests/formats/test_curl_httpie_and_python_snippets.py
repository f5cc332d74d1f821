"""The curl command of a request; that it sends the same bytes is tested with the shell's `preview --as curl`."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from tests.support.rows import check_rows

from callbox.exchange.digest_auth import Digest
from callbox.exchange.request import Field, Outgoing, Route
from callbox.exchange.request_content import Part, file_content, multipart_content, raw_content
from callbox.exchange.secret import Secret
from callbox.exchange.url import parse
from callbox.formats.curl_httpie_and_python_snippets import write_curl, write_httpie

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
    command = write_curl(Outgoing("POST", parse("http://a/"), content=raw_content(b"\r'\xff")))

    assert r"--data-raw $'\x0d\'\xff'" in command


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_a_body_with_a_nul_reaches_curl_whole(shell: str) -> None:
    # The string of `$'..'` ends at a NUL, so such a body goes in through a pipe.
    data = b"--B" + bytes(range(256)) + b"100%d \\0 'x'"
    command = write_curl(Outgoing("POST", parse("http://a/"), content=raw_content(data)))

    assert command.endswith("--data-binary @-")
    piped = command.partition(" | curl ")[0]
    assert subprocess.run([shell, "-c", piped], capture_output=True, check=True).stdout == data


def test_a_chunked_body_stays_chunked() -> None:
    fields = (Field("Transfer-Encoding", "chunked", "item"), Field("Content-Length", "2", "body"))
    command = write_curl(Outgoing("POST", parse("http://a/"), fields, content=raw_content(b"hi")))

    assert "-H 'Transfer-Encoding: chunked'" in command
    assert "Content-Length" not in command


def test_the_server_itself_is_asked_for_by_name() -> None:
    asterisk = parse("http://a:81/")._replace(path="*")

    assert write_curl(GET._replace(method="OPTIONS", url=asterisk)).startswith(
        "curl -X OPTIONS --request-target '*' http://a:81 "
    )


def test_where_names_lead_is_told() -> None:
    rules = "api.x:80:127.0.0.1, *:81:[::1], api.x:443:127.0.0.1:8443, ::127.0.0.1:8080"
    command = write_curl(GET._replace(route=Route(resolve=rules)))

    assert [line.strip(" \\") for line in command.splitlines() if "connect-to" in line] == [
        "--connect-to api.x:80:127.0.0.1:",
        "--connect-to ':81:[::1]:'",
        "--connect-to api.x:443:127.0.0.1:8443",
        "--connect-to ::127.0.0.1:8080",
    ]


def test_a_certificate_and_its_key_are_named() -> None:
    outgoing = GET._replace(url=parse("https://a/x"), route=Route(cert=("c.pem", "k.pem")))

    assert write_curl(outgoing).endswith("--cert c.pem \\\n  --key k.pem")


def test_a_file_is_named() -> None:
    content = file_content("my file.json", lambda: (), 0, "application/json")

    assert "--data-binary '@my file.json'" in write_curl(Outgoing("POST", parse("http://a/"), content=content))


def test_dot_segments_stay() -> None:
    assert "--globoff --path-as-is" in write_curl(Outgoing("GET", parse("http://a/b/../x", True)))


def test_an_insecure_route_says_so() -> None:
    assert "--insecure" in write_curl(GET._replace(url=parse("https://a/x"), route=Route(verify=False)))


@check_rows("write", [write_curl, write_httpie])
@check_rows(
    ("route", "words"),
    [
        (Route(verify=False), ("--insecure", "--verify=no")),
        (Route(ca="ca.pem"), ("--cacert ca.pem", "--verify=ca.pem")),
        (Route(cert=("c.pem", "k.pem")), ("--cert c.pem", "--cert c.pem")),
    ],
)
def test_options_of_tls_are_left_out_where_there_is_none(write, route: Route, words: tuple[str, str]) -> None:
    plain, tls = (write(GET._replace(url=parse(f"{scheme}://a/x"), route=route)) for scheme in ("http", "https"))

    assert any(word in tls for word in words)
    assert not any(word in plain for word in words)


def test_head_is_curl_s_own() -> None:
    assert write_curl(GET._replace(method="HEAD")).startswith("curl --head http://a/x")


def test_curl_undoes_the_coding_that_it_asks_for() -> None:
    coded = GET._replace(headers=(*GET.headers, Field("Accept-Encoding", "gzip", "default")))

    assert "-H 'Accept-Encoding: gzip' \\\n  --compressed" in write_curl(coded)
    assert "--compressed" not in write_curl(GET)


def test_the_boundary_of_a_form_of_files_is_left_to_curl() -> None:
    form = multipart_content([Part("f", b"", "a.txt", "text/plain", "a.txt", lambda: (b"x",), 1)], "B")
    fields = (Field("Content-Type", form.media_type or "", "body"),)

    assert "Content-Type" not in write_curl(Outgoing("POST", parse("http://a/"), fields, content=form))


def form_of(*parts: Part) -> Outgoing:
    content = multipart_content(list(parts), "B")
    fields = (Field("Content-Type", content.media_type or "", "body"),)
    return Outgoing("POST", parse("http://a/"), fields, content=content)


@pytest.mark.parametrize(
    "part",
    [
        Part("f", b"", "a.txt", "text/plain;x=y,/etc/hostname", "a.txt", lambda: (b"x",), 1),
        Part("f", b"", "a.txt", "text/plain;filename=b;headers=@/etc/hostname", "a.txt", lambda: (b"x",), 1),
        Part("f", b"", "a.txt", "text/plain; headers=@/etc/hostname", "a.txt", lambda: (b"x",), 1),
        Part("a=@/etc/hostname;b", b"", "a.txt", None, "a.txt", lambda: (b"x",), 1),
        Part("f", b"", "a.txt", None, "a.txt", lambda: (b"x",), 1, (("X-A", "1"),)),
    ],
)
def test_form_that_curl_would_read_otherwise_is_piped(tmp_path, part: Part) -> None:
    (tmp_path / "a.txt").write_text("CONTENT")
    (tmp_path / "curl").write_text('#!/bin/sh\ncat > body\nfor word; do echo "$word"; done > words\n')
    (tmp_path / "curl").chmod(0o755)
    outgoing = form_of(part, Part("t", b"\0callbox-file\0"))

    subprocess.run(
        ["sh", "-c", write_curl(outgoing)], cwd=tmp_path, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=True
    )

    expected = multipart_content(
        [part._replace(data=b"CONTENT", pieces=None, path=""), Part("t", b"\0callbox-file\0")], "B"
    )
    assert (tmp_path / "body").read_bytes() == expected.data
    words = (tmp_path / "words").read_text()
    assert "--data-binary\n@-\n" in words
    assert "Content-Type: multipart/form-data; boundary=B" in words
    assert "hostname" not in words


def test_plain_media_type_of_a_part_is_an_option() -> None:
    part = Part("f", b"", "a.txt", "text/plain; charset=utf-8", "a.txt", lambda: (b"x",), 1)

    assert "-F 'f=@a.txt;filename=a.txt;type=text/plain; charset=utf-8'" in write_curl(form_of(part))


@check_rows("name", ["-oa", "--output", "-"])
def test_item_of_httpie_is_no_option(name: str) -> None:
    fields = (*GET.headers, Field(name, " b.py", "item"))
    words = shlex.split(write_httpie(GET._replace(method="POST", headers=fields, content=raw_content(b"{}", None))))

    end = words.index("--")
    assert "--raw" in words[:end]
    assert not [word for word in words[:end] if word.startswith(f"{name}:")]
    assert f"{name}: b.py" in words[end:]


def items_of(command: str) -> list[str]:
    words = shlex.split(command)
    return words[words.index("POST") + 2 :]


@check_rows(
    ("value", "item"),
    [
        ("@/etc/hostname", "a=\\@/etc/hostname"),
        ("=q", "a=\\=q"),
        ("=@/etc/hostname", "a=\\=@/etc/hostname"),
        ("b@c=d;e:f", "a=b@c=d;e:f"),
        (":=@x", "a=:=@x"),
        ("C:\\x\\", "a=C:\\x\\"),
    ],
)
def test_value_of_a_part_is_no_separator_of_httpie(value: str, item: str) -> None:
    assert item in items_of(write_httpie(form_of(Part("a", value.encode()))))


@check_rows(
    "part",
    [
        pytest.param(Part("a", b"x\\@/etc/hostname"), id="escaped separator in the value"),
        pytest.param(Part("a\\", b"@/etc/hostname"), id="backslash before the separator"),
        pytest.param(Part("", b"x"), id="no name"),
        pytest.param(Part("a", b"\xff"), id="not text"),
        pytest.param(Part("a", b"{}", media_type="application/json"), id="value with a media type"),
        pytest.param(Part("a", b"", "x", None, "x;type=y", lambda: (b"x",), 1), id="path with a media type"),
        pytest.param(Part("a", b"", "x", None, "~root", lambda: (b"x",), 1), id="path that HTTPie expands"),
    ],
)
def test_part_that_no_item_of_httpie_says_is_piped(part: Part) -> None:
    command = write_httpie(form_of(part))

    assert " | http " in command
    assert "printf '-" not in command  # such a text would be an option
    assert "--ignore-stdin" not in command
    assert "--multipart" not in command
    assert (f"cat -- {shlex.quote(part.path)};" in command) is bool(part.path)
    assert "hostname" not in " ".join(items_of(command))
