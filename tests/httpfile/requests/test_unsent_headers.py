"""Headers that other tools take for themselves are done, or refused by name; none is sent."""

from __future__ import annotations

import pytest
from tests.httpfile.requests.test_requests import draft
from tests.support.rows import check_rows

from callbox.errors import ScriptError
from callbox.exchange.request_content import FileBytes


@check_rows("name", ["X-ClientCert", "ClientCert", "x-clientcert", "CLIENTCERT"])
@check_rows(
    "value",
    [
        "pfx: ./c.p12 passphrase: s3cret",
        "pfx: ./c.p12",
        "cert: a.pem passphrase: s3cret",
        "passphrase:s3cret",
        "key: s3cret",
        "cert: a.pem s3cret",
        "s3cret",
        "",
    ],
)
def test_a_certificate_that_is_not_read_is_refused_without_its_passphrase(name: str, value: str) -> None:
    with pytest.raises(ScriptError) as caught:
        draft(f"GET http://h/\nX-A: 1\n{name}: {value}\n")

    assert caught.value.place is not None
    assert caught.value.place.line == 3
    assert "s3cret" not in f"{caught.value} {caught.value.hint} {caught.value.place}"


@check_rows(
    ("header", "cert"),
    [
        ("X-ClientCert: cert: a.pem key: b.pem", "a.pem,b.pem"),
        ("ClientCert: cert: {{file}}", "a.pem"),
        ("{{name}}: cert:a.pem", "a.pem"),
    ],
)
def test_a_certificate_of_pem_files_is_used(header: str, cert: str) -> None:
    text = f"@file = a.pem\n@name = X-ClientCert\n### a\nGET http://h/\n{header}\n"
    made = draft(text, open_file=lambda _: FileBytes(lambda: (), 0))

    assert made.options["cert"] == cert
    assert made.headers == ()


@check_rows(
    "header",
    [
        "Proxy: http://ann:s3cret@proxy.x",
        "X-Request-Type: {{kind}}",
        "Authorization: COGNITO ann s3cret eu-1 pool client",
        "Authorization: AWS ann s3=cret region:eu-1",
        "Authorization: AWS ann s3cret/a=b",
    ],
)
def test_what_another_tool_would_compute_is_refused(header: str) -> None:
    with pytest.raises(ScriptError):
        draft(f"@kind = GraphQL\nGET http://h/\n{header}\n")


@check_rows(
    "header",
    [
        "Proxy: none",
        "X-Request-Type: batch",
        "X-Client-Cert: cert: a",
        "Authorization: AWS Credential=ann/x, Signature=y",
    ],
)
def test_what_is_a_header_is_sent(header: str) -> None:
    name, _, value = header.partition(": ")

    assert [(key, str(said)) for key, said in draft(f"GET http://h/\n{header}\n").headers] == [(name, value)]


@check_rows("name", ["X-ClientCert", "My-ClientCert", "X-Client-Cert", "x_client_cert", "Client-Cert"])
def test_a_passphrase_of_a_certificate_never_leaves(name: str) -> None:
    with pytest.raises(ScriptError, match="PEM files without a passphrase"):
        draft(f"GET http://h/\n{name}: pfx: ./c.p12 passphrase: secret\n")
