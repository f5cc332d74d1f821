"""The table of all options: names, kinds, defaults, scope and help, and the parser of their values.

This is the only list of options. A value is parsed once, here; all other code gets a number, a bool or a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from callbox.errors import UsageError
from callbox.spelling import hint

_FLAG_VALUES = {
    "yes": True,
    "true": True,
    "on": True,
    "1": True,
    "no": False,
    "false": False,
    "off": False,
    "0": False,
}
# The pattern is a str: `re` compiles it at its first use and caches it, and most runs do not use it.
_DURATION = r"(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|m|h)?\Z"
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}
_MAX_SECONDS = 30 * 86_400.0  # the timeout of a socket must fit the system's clock
_PROXY = r"(?:([A-Za-z][\w+.\-]*)://)?(?:[^/@:]*(?::([^/]*))?@)?(\[[0-9A-Fa-f:.]+\]|[^\s/:@?#\[\]]+)(?::(\d{1,5}))?/?\Z"
_DURATION_HINT = "seconds, or with a unit: 500ms, 10s, 2m; none for no limit"
_SIZE_HINT = "bytes, or with a unit: 64M, 500k; none for no limit"
_SIZE = r"(\d{1,15}(?:\.\d{1,15})?)\s*([kKmMgG]?)[bB]?\Z"
_BYTES = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}

OptionKind = Literal["flag", "duration", "size", "integer", "text", "path", "choice"]

OptionScope = Literal["request", "origin", "shell"]

RoutePart = Literal["", "proxy", "address", "trust", "certificate"]


class Option(NamedTuple):
    """One option: its name, kind, default, scope and help."""

    name: str
    kind: OptionKind
    """The kind: `flag`, `duration` (seconds), `size` (bytes), `integer`, `text`, `path` or `choice`."""
    default: object
    scope: OptionScope
    """Where the user can set the option.

    `request`: for the session, or with a flag for one request. `origin`: the same, and a value of the session is bound
    to an origin. `shell`: only for the whole shell.
    """
    help: str
    choices: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    """Other names that `find_option` accepts: the names of the option in curl, without `--`."""
    negations: tuple[str, ...] = ()
    """The options of curl that turn this option off, such as `-k`."""
    route: RoutePart = ""
    """Which part of the route to a host the option changes: `proxy`, `address`, `trust` (the certificates that TLS
    accepts) or `certificate` (of the client). Empty if the option does not change the route.
    """


def _table(*options: Option) -> dict[str, Option]:
    return {option.name: option for option in options}


OPTIONS: Mapping[str, Option] = _table(
    Option(
        "connect-timeout",
        "duration",
        10.0,
        "request",
        help="seconds to wait for a connection, including name look-up and TLS",
    ),
    Option(
        "timeout",
        "duration",
        60.0,
        "request",
        help="seconds to wait for the response, or for the next bytes of the response",
    ),
    Option(
        "total-timeout",
        "duration",
        None,
        "request",
        help="seconds that one request may take in total",
        also=("max-time",),
    ),
    Option("follow", "flag", True, "request", help="follow redirects"),
    Option("max-redirects", "integer", 30, "request", help="redirects to follow before giving up"),
    Option("keep-method", "flag", False, "request", help="keep POST and its body on a 301 or 302"),
    Option(
        "verify",
        "flag",
        True,
        "origin",
        help="check the server's TLS certificate",
        negations=("--insecure", "-k"),
        route="trust",
    ),
    Option(
        "ca", "path", "", "origin", help="file or folder of CA certificates to trust", also=("cacert",), route="trust"
    ),
    Option("cert", "path", "", "origin", help="client certificate in PEM; CERT or CERT,KEY", route="certificate"),
    Option("proxy", "text", "", "request", help="proxy for all requests, as http://host:port", route="proxy"),
    Option(
        "no-proxy",
        "text",
        "",
        "request",
        help="hosts to reach without the proxy, separated by commas",
        also=("noproxy",),
        route="proxy",
    ),
    Option(
        "resolve",
        "text",
        "",
        "request",
        help="addresses to use for hosts, as HOST:PORT:ADDRESS[:PORT], separated by commas",
        also=("connect-to",),
        route="address",
    ),
    Option("trust-localhost", "flag", False, "request", help="allow Secure cookies over http on this machine"),
    Option("netrc", "flag", False, "request", help="take credentials from ~/.netrc"),
    Option("retries", "integer", 0, "request", help="how many times to try again if callbox cannot connect"),
    Option("compress", "flag", True, "request", help="ask for compressed responses"),
    Option("max-body", "size", 64_000_000, "request", help="largest body to read, in decoded bytes"),
    Option("color", "choice", "auto", "shell", help="colours on the screen", choices=("auto", "always", "never")),
    Option("theme", "text", "default", "shell", help="colours of source code: default, or any Pygments style"),
    Option(
        "print",
        "text",
        "hb",
        "shell",
        help="parts to print: headers H and body B of the request, h and b of the response",
    ),
    Option("pager", "flag", False, "shell", help="show responses in a pager: $PAGER, or less"),
    Option("env", "text", "", "shell", help="environment to take variables from: http-client.env.json, NAME.env ..."),
    Option("keys", "choice", "emacs", "shell", help="key bindings", choices=("emacs", "vi")),
    Option("history", "flag", True, "shell", help="save typed lines, requests and facts about APIs for the next start"),
    Option(
        "history-of",
        "choice",
        "prompts",
        "shell",
        help="which requests to save: prompts (requests that you typed at a prompt), or all",
        choices=("prompts", "all"),
    ),
    Option("history-size", "size", 50_000_000, "shell", help="largest size of the file of earlier requests, in bytes"),
    Option("history-days", "integer", 90, "shell", help="days after which an earlier request is deleted"),
    Option(
        "discover",
        "choice",
        "auto",
        "shell",
        help="look for the API's description at the base URL; auto tries only three URLs of a host on the internet",
        choices=("auto", "all", "no"),
    ),
    Option(
        "validate",
        "flag",
        False,
        "shell",
        help="check each response against the description of the API, as --validate does",
    ),
    Option("width", "integer", 0, "shell", help="columns to use; 0 means the width of the terminal"),
)
"""Every option by its name, in the order in which `show options` prints them."""


_ROUTE: Mapping[str, Option] = {name: option for name, option in OPTIONS.items() if option.route}
_ALIASES: Mapping[str, Option] = {other: option for option in OPTIONS.values() for other in option.also}


def route_options(options: Mapping[str, object]) -> tuple[Option, ...]:
    """The given options that change the route to a host (proxy, address, TLS), in the order of the table.

    If a file sets such an option, the request must not carry credentials of the user. A run in a sandbox refuses the
    option. `verify` changes the route only if it is False; other options change it if they are not empty.

    >>> [option.name for option in route_options({"verify": False, "timeout": 5.0, "proxy": ""})]
    ['verify']
    """
    return tuple(option for name, option in _ROUTE.items() if name in options and _is_route(option, options[name]))


def describe_options(options: Mapping[str, object]) -> str:
    """The options and their values as text for a message, with the password of a proxy redacted.

    >>> describe_options({"verify": False, "proxy": "http://ann:pw@p:80"})
    'verify no, proxy http://ann:...@p:80'
    """
    from callbox.exchange.redaction.displayed_fields_and_values import (
        redact_shown_url,  # this import would add 3 ms to `--help`
    )

    return ", ".join(f"{name} {redact_shown_url(_path_text(name, value))}" for name, value in options.items())


def options_as_flags(options: Mapping[str, object]) -> str:
    """The options and their values as flags of a command, with the password of a proxy redacted.

    >>> options_as_flags({"verify": False, "cert": ("c.pem", "k.pem")})
    '--verify no --cert c.pem,k.pem'
    """
    return " ".join(f"--{describe_options({name: value})}" for name, value in options.items())


def _path_text(name: str, value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, (tuple, list)) else format_option(name, value)


def _is_route(option: Option, value: object) -> bool:
    return value is False if option.kind == "flag" else bool(value)


def parse_option(name: str, text: str) -> object:
    """Convert the text of an option to its value: a number, a bool or a text.

    Raises `UsageError` if there is no such option, or if the text is not a value of the option's kind. For a duration
    or a size, the text `none` gives None, which means no limit.

    >>> parse_option("timeout", "500ms"), parse_option("verify", "no"), parse_option("max-body", "2M")
    (0.5, False, 2000000)
    """
    option = find_option(name)
    return _PARSERS[option.kind](option, text.strip())


def find_option(name: str) -> Option:
    """The option with this name. If there is none, raises `UsageError`, whose hint has the most similar names."""
    option = OPTIONS.get(name) or _ALIASES.get(name)
    if option is None:
        raise UsageError(f"No option '{name}'", hint=hint(name, OPTIONS, "to list the options: show options"))
    return option


def format_option(name: str, value: object) -> str:
    """Convert the value of an option to text, which `parse_option` can read again.

    >>> format_option("timeout", 0.5), format_option("verify", False)
    ('500ms', 'no')
    """
    kind = OPTIONS[name].kind
    if value is None:
        return "none"
    if kind == "flag":
        return "yes" if value else "no"
    if kind == "duration" and isinstance(value, (int, float)):
        return f"{value:g}" if value >= 1 or value == 0 else f"{value * 1000:g}ms"
    return str(value)


def _parse_flag(option: Option, text: str) -> object:
    if text.lower() not in _FLAG_VALUES:
        raise UsageError(f"{option.name} must be yes or no, not '{text}'", hint=f"set option {option.name} no")
    return _FLAG_VALUES[text.lower()]


def _parse_duration(option: Option, text: str) -> object:
    if text.lower() == "none":
        return None
    match = re.match(_DURATION, text)
    if match is None:
        raise UsageError(f"{option.name} must be a time, not '{text}'", hint=_DURATION_HINT)
    seconds = float(match[1]) * _SECONDS[match[2]]
    if not 0 < seconds <= _MAX_SECONDS:
        raise UsageError(
            f"{option.name} must be a time above 0 and up to 30 days, not '{text}'", hint="to remove the limit: none"
        )
    return seconds


def _parse_size(option: Option, text: str) -> object:
    if text.lower() == "none":
        return None
    match = re.match(_SIZE, text)
    if match is None:
        raise UsageError(f"{option.name} must be a size, not '{text}'", hint=_SIZE_HINT)
    return int(float(match[1]) * _BYTES[match[2].lower()])


def _parse_integer(option: Option, text: str) -> object:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise UsageError(f"{option.name} must be a whole number, not '{text}'", hint="use only digits, such as 3")
    return int(text)


def _parse_choice(option: Option, text: str) -> object:
    if text not in option.choices:
        allowed = " or ".join(option.choices)
        raise UsageError(f"{option.name} must be {allowed}, not '{text}'", hint=hint(text, option.choices))
    return text


def _parse_text(option: Option, text: str) -> object:
    check = _CHECKS.get(option.name)
    if check is not None and text:
        check(text)
    return text


def _parse_path(option: Option, text: str) -> object:
    from callbox.exchange.secret import is_trivial  # `--help` loads no other package

    if is_trivial(text):
        hint = f"to use no file: unset option {option.name}; to use a file with this name: ./{text}"
        raise UsageError(f"'{text}' is not a file for {option.name}", hint=hint)
    return text


def _check_proxy(text: str) -> None:
    """Check the scheme, host and port of a proxy early. Otherwise each request would fail with a network error."""
    found = re.match(_PROXY, text)
    scheme = found[1].lower() if found and found[1] else ""
    if found and scheme not in ("", "http", "https"):
        raise UsageError(f"A proxy cannot use {scheme}", hint="use an http:// or https:// proxy")
    if found is None or int(found[4] or 0) > 65535 or not (scheme or found[4]):
        from callbox.exchange.redaction.urls import redact_bad_url  # this import would add 3 ms to `--help`

        is_no_proxy = text.lower() in ("none", "no", "off", "direct")
        tip = (
            "to use no proxy: unset option proxy; for one request: --no-proxy *"
            if is_no_proxy
            else "write it as http://host:port"
        )
        raise UsageError(f"'{redact_bad_url(text)}' is not a proxy", hint=tip)
    if found[2] == "?":
        raise UsageError("The password of this proxy is not saved", hint="type the proxy again, with its password")


def _check_resolve(text: str) -> None:
    from callbox.exchange.host_rules import check_resolve_rules  # few users set addresses for hosts

    check_resolve_rules(text)


def _check_print(text: str) -> None:
    if set(text) - set("HBhb"):
        raise UsageError(f"print must be letters of HBhb, not '{text}'", hint="set option print hb")


_CHECKS: Mapping[str, Callable[[str], None]] = {
    "proxy": _check_proxy,
    "resolve": _check_resolve,
    "print": _check_print,
}


_PARSERS: Mapping[str, Callable[[Option, str], object]] = {
    "flag": _parse_flag,
    "duration": _parse_duration,
    "size": _parse_size,
    "integer": _parse_integer,
    "choice": _parse_choice,
    "text": _parse_text,
    "path": _parse_path,
}
