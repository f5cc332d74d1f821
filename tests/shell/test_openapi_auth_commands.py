"""What a user does for each security scheme of a description."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.rows import check_rows

from callbox.openapi.description_checks_and_compiler import compile_text
from callbox.openapi.operation_lookup import DescribedBase
from callbox.openapi.operations_parameters_and_security import Api, Scheme
from callbox.shell.completion.completer import complete
from callbox.shell.completion.completion_context import CompletionContext
from callbox.shell.openapi_auth_commands import credential_of

TOKEN = "https://id.test/token"
CODE = {"authorizationUrl": "https://id.test/login", "tokenUrl": TOKEN, "scopes": {"read": "", "write": ""}}
SCHEMES: dict[str, dict[str, Any]] = {
    "basic": {"type": "http", "scheme": "Basic"},
    "jwt": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "digest": {"type": "http", "scheme": "digest"},
    "spnego": {"type": "http", "scheme": "negotiate"},
    "header": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "api key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "aws": {"type": "apiKey", "in": "header", "name": "Authorization", "x-amazon-apigateway-authtype": "awsSigv4"},
    "prefixed": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": 'Token-based authentication with required prefix "Token"',
    },
    "code": {"type": "oauth2", "flows": {"authorizationCode": CODE}},
    "machine": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": TOKEN}}},
    "both": {"type": "oauth2", "flows": {"implicit": CODE, "password": {"tokenUrl": TOKEN}}},
    "device": {"type": "oauth2", "flows": {"deviceAuthorization": {"deviceAuthorizationUrl": "https://id.test/d"}}},
    "no flow": {"type": "oauth2"},
    "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://id.test/.well-known/openid-configuration"},
    "tls": {"type": "mutualTLS"},
    "new": {"type": "quantum"},
    "empty": {},
}


@check_rows(
    ("name", "command", "about"),
    [
        ("basic", "set auth basic USER", "a user and a password"),
        ("jwt", "set auth bearer TOKEN", "a token (JWT)"),
        ("digest", "set auth digest USER", "a user and a password"),
        ("spnego", "", "negotiate, which callbox does not support"),
        ("header", "set auth apikey X-Key KEY", "a key in a header"),
        ("query", "set query 'api key' KEY", "a key in the query"),
        ("cookie", "set cookie sid KEY", "a key in a cookie"),
        ("prefixed", 'set auth apikey Authorization "Token KEY"', "a key after the word Token"),
        ("aws", "", "a signature of AWS, which callbox does not support"),
        ("code", "set auth bearer TOKEN", "a token of OAuth 2, from a login in a browser at https://id.test/login"),
        ("machine", "set auth bearer TOKEN", f"a token of OAuth 2, from POST {TOKEN} with client_id and client_secret"),
        (
            "both",
            "set auth bearer TOKEN",
            f"a token of OAuth 2, from POST {TOKEN} with username and password; or from a login in a browser at "
            f"https://id.test/login",
        ),
        ("device", "set auth bearer TOKEN", "a token of OAuth 2, with a code from POST https://id.test/d"),
        ("no flow", "set auth bearer TOKEN", "a token of OAuth 2"),
        (
            "oidc",
            "set auth bearer TOKEN",
            "a token of OpenID Connect (https://id.test/.well-known/openid-configuration)",
        ),
        ("tls", "set option cert FILE", "a certificate of the client"),
        ("new", "", "quantum, which callbox does not know"),
        ("empty", "", "a scheme without a type, which callbox does not know"),
    ],
)
def test_credential_of_a_scheme(name: str, command: str, about: str) -> None:
    described = SCHEMES[name]

    assert credential_of(Scheme(name, described.get("type", ""), described))[:2] == (command, about)


def document(needs: list[dict[str, list[str]]]) -> str:
    operation = {"security": needs, "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}
    components = {"securitySchemes": SCHEMES}
    return json.dumps({"openapi": "3.1.0", "paths": {"/a": {"post": operation}}, "components": components})


def test_scheme_that_set_auth_cannot_give_is_a_row_that_inserts_nothing() -> None:
    base = DescribedBase(Api(compile_text(document([]), "x.json")), "http://h")
    rows = complete("set auth ", 9, CompletionContext(base="http://h", described=base))

    assert {one.text: one.meta for one in rows if one.is_shown_only} == {
        "spnego": "negotiate, which callbox does not support",
        "query": "set query 'api key' KEY, a key in the query",
        "cookie": "set cookie sid KEY, a key in a cookie",
        "aws": "a signature of AWS, which callbox does not support",
        "tls": "set option cert FILE, a certificate of the client",
        "new": "quantum, which callbox does not know",
        "empty": "a scheme without a type, which callbox does not know",
    }
    assert {one.text for one in rows if not one.is_shown_only} == {"basic", "bearer", "digest", "apikey"}


def test_help_and_show_api_say_what_to_do(shell) -> None:
    Path("api.json").write_text(document([{"code": ["read"], "header": []}, {"tls": []}, {}]))
    shell.run("import openapi api.json")
    rows = [row.strip() for row in shell.say("help POST /a").splitlines()]
    needs = rows[rows.index("Needs one of") + 1 :][:3]

    assert [row.split("  ", 1)[0] for row in needs] == ["code (read) and header", "tls", "nothing"]
    assert needs[0].endswith("set auth bearer TOKEN; set auth apikey X-Key KEY")
    assert "Example of a body (--example sends it, --edit opens it)" in rows
    about = "a token of OAuth 2, from a login in a browser at https://id.test/login (scopes: read, write)"
    shell.say("show api --format json > api-rows.json")
    assert f"code: set auth bearer TOKEN, {about}" in Path("api-rows.json").read_text()
