"""Headers that other tools interpret and never send: client certificates, proxies, `X-Request-Type: GraphQL`.

Each becomes an option or an error. The value may be a passphrase, so no message shows it.
"""

from __future__ import annotations

import re

from callbox.errors import ScriptError, UsageError
from callbox.httpfile.diagnostics import place_of
from callbox.httpfile.model import HeaderLine
from callbox.httpfile.variables.scope import Expanded, Scope

CONSUMED = frozenset({"x-clientcert", "clientcert", "proxy", "x-request-type"})
"""The names that manuals have, in lower case."""
_SECRET = re.compile(r"\b(?:pfx|passphrase)[ \t]*+:[ \t]*+\S", re.IGNORECASE)
_ABSOLUTE = re.compile(r"[/\\~]|[A-Za-z]:")
_PART = re.compile(r"(cert|key|pfx|passphrase|ca)[ \t]*+:[ \t]*+(\S++)(?:\s++|\Z)", re.IGNORECASE)


def is_certificate(name: str, value: str) -> bool:
    """Whether a header is httpyac's client certificate: `cert: a.pem key: b.pem`, or `pfx: c.p12 passphrase: d`.

    There any name that ends so is one. With more hyphens it is a header that servers know, unless a passphrase
    stands in it.

    >>> is_certificate("My-ClientCert", ""), is_certificate("X-Client-Cert", "MIIB.."), is_certificate("Accept", "*/*")
    (True, False, False)
    """
    bare = name.lower()
    if bare.endswith("clientcert"):
        return True
    return bare.replace("-", "").replace("_", "").endswith("clientcert") and _SECRET.search(value) is not None


def may_be_consumed(name: str) -> bool:
    """Whether a header of this name may stand for something that is not sent."""
    bare = name.lower()
    return bare in CONSUMED or (bare.endswith("cert") and bare.replace("-", "").replace("_", "").endswith("clientcert"))


def options_of_header(name: str, filled: Expanded, line: HeaderLine, scope: Scope) -> dict[str, object] | None:
    """The options that a header stands for; None if it is one that is sent.

    Raises (or, in preflight, collects) `ScriptError` for what is not done.
    """
    name, value = name.lower(), filled.text
    if is_certificate(name, value):
        return {} if filled.is_open else _certificate(filled.text, line, scope)
    if name == "proxy" and "://" in value:
        _refuse("A proxy is not taken from a header", "set it outside the file: --proxy URL", line, scope)
        return {}
    if name == "x-request-type" and value.lower() == "graphql":
        _refuse("'GraphQL' comes from a variable here", "write it out: X-Request-Type: GraphQL", line, scope)
        return {}
    return None


def certificate_files(text: str) -> tuple[str, ...]:
    """The files that the value of such a header names, as they are written.

    >>> certificate_files("cert: ./a.pem key: ./b.pem"), certificate_files("pfx: ./c.p12 passphrase: d")
    (('./a.pem', './b.pem'), ('./c.p12',))
    """
    return tuple(part[2] for part in _PART.finditer(text) if part[1].lower() != "passphrase")


def _certificate(text: str, line: HeaderLine, scope: Scope) -> dict[str, object]:
    parts = {part[1].lower(): part[2] for part in _PART.finditer(text)}
    if "pfx" in parts or "passphrase" in parts:
        hint = "openssl pkcs12 -in FILE -out a.pem -nodes, then: cert: a.pem"
        _refuse("A client certificate is read from PEM files without a passphrase", hint, line, scope)
    elif "cert" not in parts or "ca" in parts or _PART.sub("", text).strip():
        _refuse(f"This is no client certificate: {line.name.text}", "cert: a.pem key: b.pem", line, scope)
    else:
        return {
            "cert": ",".join(_certificate_path(parts[part], line, scope) for part in ("cert", "key") if part in parts)
        }
    return {}


def _certificate_path(path: str, line: HeaderLine, scope: Scope) -> str:
    """The path of a file beside the script. Raises (or collects) `ScriptError` if there is none."""
    try:
        scope.resolution.open_file(path)
    except UsageError as error:
        _refuse(error.message, error.hint, line, scope)
    folder, slash, _ = scope.resolution.script.name.replace("\\", "/").rpartition("/")
    return path if _ABSOLUTE.match(path) else f"{folder}{slash}{path}"


def _refuse(message: str, hint: str, line: HeaderLine, scope: Scope) -> None:
    place = place_of(scope.resolution.script, line.name.at, len(line.name.text))
    own = place._replace(source=f"{place.source[: place.column - 1]}{line.name.text}: ..")  # it may hold a passphrase
    scope.fail(ScriptError(message, hint=hint, place=own), line.name)
