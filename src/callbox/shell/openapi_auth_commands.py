"""For each security scheme of a description: the command that sets the credential, or the reason why no command can.

The menu of `set auth`, `show api`, the help on an operation and the hint after a 401 use the same words. URLs of a
description are only shown; callbox sends no request to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from callbox.openapi.operations_parameters_and_security import Scheme
from callbox.shell.line.line_writer import quote

HTTP_SCHEMES = ("basic", "bearer", "digest")
"""The HTTP schemes that `set auth` knows."""
_NAMES = {"basic": "USER", "digest": "USER", "bearer": "TOKEN"}
_FLOWS = (
    ("password", "tokenUrl", "from POST {} with username and password"),
    ("clientCredentials", "tokenUrl", "from POST {} with client_id and client_secret"),
    ("deviceAuthorization", "deviceAuthorizationUrl", "with a code from POST {}"),
    ("authorizationCode", "authorizationUrl", "from a login in a browser at {}"),
    ("implicit", "authorizationUrl", "from a login in a browser at {}"),
)
"""The flows of OAuth 2; flows that need no browser come first."""
MAX_SCOPES = 10
_PREFIX = re.compile(r"""\bprefix (?:is |of )?["'`]?([A-Za-z][\w-]{0,30})\b""")
"""A sentence of a description about the word before a key in `Authorization`. OpenAPI has no field for this word."""


class DescribedCredential(NamedTuple):
    """The credential for a security scheme: the command that sets it, and words about it."""

    command: str
    """The command that sets the credential, without the secret; empty if there is none."""
    about: str
    """What the credential is, or why no command can set it. The text may quote the description and is not sanitised."""
    prefix: str = ""
    """The word that stands before a key in `Authorization`; empty if there is none."""

    @property
    def scheme(self) -> str:
        """The word after `set auth`; empty if another command sets the credential."""
        words = self.command.split(" ", 3)
        return words[2] if words[:2] == ["set", "auth"] else ""


def credential_of(scheme: Scheme) -> DescribedCredential:
    """The credential of a security scheme.

    >>> credential_of(Scheme("s", "apiKey", {"in": "query", "name": "key"}))
    DescribedCredential(command='set query key KEY', about='a key in the query', prefix='')
    >>> credential_of(Scheme("s", "http", {"scheme": "Negotiate"})).about
    'Negotiate, which callbox does not support'
    """
    about = scheme.described
    if scheme.type == "http":
        name = str(about.get("scheme", "")).lower()
        if name in HTTP_SCHEMES:
            what = f"a token{_in_brackets(about.get('bearerFormat'))}" if name == "bearer" else "a user and a password"
            return DescribedCredential(f"set auth {name} {_NAMES[name]}", what)
        return DescribedCredential("", f"{about.get('scheme') or 'a scheme of HTTP'}, which callbox does not support")
    if scheme.type == "apiKey":
        return _key_of(about)
    if scheme.type == "oauth2":
        return DescribedCredential("set auth bearer TOKEN", f"a token of OAuth 2{_flows_of(about.get('flows'))}")
    if scheme.type == "openIdConnect":
        url = about.get("openIdConnectUrl")
        return DescribedCredential("set auth bearer TOKEN", f"a token of OpenID Connect{_in_brackets(url)}")
    if scheme.type == "mutualTLS":
        return DescribedCredential("set option cert FILE", "a certificate of the client")
    return DescribedCredential("", f"{scheme.type or 'a scheme without a type'}, which callbox does not know")


def key_prefix(schemes: Iterable[Scheme], header: str) -> str:
    """The word that the API wants before the key in this header; empty if it wants none."""
    keys = (
        one for one in schemes if one.type == "apiKey" and str(one.described.get("name", "")).lower() == header.lower()
    )
    return next((found.prefix for found in map(credential_of, keys) if found.prefix), "")


def _key_of(about: Mapping[str, Any]) -> DescribedCredential:
    name, place = str(about.get("name", "")), about.get("in")
    if "x-amazon-apigateway-authtype" in about and name.lower() == "authorization":
        return DescribedCredential("", "a signature of AWS, which callbox does not support")
    prefix = _PREFIX.search(str(about.get("description") or ""))
    if prefix and place == "header" and name.lower() == "authorization":
        command = f'set auth apikey {quote(name)} "{prefix[1]} KEY"'
        return DescribedCredential(command, f"a key after the word {prefix[1]}", prefix[1])
    commands = {"header": "set auth apikey {} KEY", "query": "set query {} KEY", "cookie": "set cookie {} KEY"}
    places = {"header": "a key in a header", "query": "a key in the query", "cookie": "a key in a cookie"}
    if not name or place not in commands:
        return DescribedCredential("", "a key whose place is not described")
    return DescribedCredential(commands[place].format(quote(name)), places[place])


def _in_brackets(text: object) -> str:
    return f" ({text})" if isinstance(text, str) and text else ""


def _flows_of(flows: object) -> str:
    """Where the user gets a token. callbox sends a token that the user has fetched, and fetches none itself."""
    found = "; or ".join(_flow_texts(flows if isinstance(flows, dict) else {}))
    return f", {found}" if found else ""


def _flow_texts(flows: Mapping[str, Any]) -> Iterator[str]:
    for name, key, text in _FLOWS:
        flow = flows.get(name)
        url = flow.get(key) if isinstance(flow, dict) else None
        if isinstance(url, str) and url:
            yield text.format(url)


def scopes_of(scheme: Scheme) -> tuple[str, ...]:
    """The scopes of all OAuth 2 flows, each once; at most ten."""
    flows = scheme.described.get("flows")
    scopes: dict[str, None] = {}
    for flow in flows.values() if isinstance(flows, dict) else ():
        named = flow.get("scopes") if isinstance(flow, dict) else None
        scopes |= dict.fromkeys(str(one) for one in named) if isinstance(named, dict) else {}
    return tuple(scopes)[:MAX_SCOPES]
