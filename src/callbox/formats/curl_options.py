"""The table of curl's options, which says how callbox treats each: supported, ignored because it does not change a
request, or refused.

`read_arguments` parses the words of a command line with this table, as curl does: several letters in a word (`-sS`),
values without a blank before them (`-XPUT`), shortened long names, and `--no-` before options without a value.
`callbox.formats.curl_reader` then builds the request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from callbox import spelling
from callbox.errors import UsageError

Outcome = Literal["done", "at the prompt", "passed over", "refused"]


class CurlOption(NamedTuple):
    """One option of curl."""

    name: str
    letter: str
    takes_value: bool
    outcome: Outcome
    """How callbox treats the option. `at the prompt`: supported if the user types the command, and refused in a file.
    `passed over`: ignored, because it does not change the request, or because callbox always does what it says.
    """
    about: str
    """What the option does in callbox, or what to do in its place if it is refused."""


class CurlArgument(NamedTuple):
    """An option in a curl command, with its value. A URL counts as the option `--url`."""

    option: CurlOption
    value: str
    is_on: bool
    """False if the option has `--no-` before it."""
    position: int
    """The index of the word that contains the option."""
    shown: str
    """The option as written in the command, without its value."""


class WordError(UsageError):
    """An error in one word of a curl command. `position` is the index of the word, from which the caller makes a
    place.
    """

    def __init__(self, message: str, position: int = 0, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.position = position


def read_arguments(words: Sequence[str]) -> Iterator[CurlArgument]:
    """Parse a curl command. Yields its options and URLs in order. `words` are the words after `curl`.

    Raises `WordError` for an option that curl does not have, an option that callbox refuses, and an option without its
    value.

    >>> [(one.option.name, one.value) for one in read_arguments(["-sXPUT", "--data-u", "q=a b", "a.x"])]
    [('silent', ''), ('request', 'PUT'), ('data-urlencode', 'q=a b'), ('url', 'a.x')]
    """
    position, has_options = 0, True
    while position < len(words):
        word = words[position]
        if not has_options or not word.startswith("-"):
            yield CurlArgument(option=OPTIONS["url"], value=word, is_on=True, position=position, shown=word)
        elif word == "--":
            has_options = False
        elif word.startswith("--"):
            argument = _read_long(words, position)
            position += int(argument.option.takes_value and "=" not in word)
            yield argument
        else:
            arguments, takes_next = _read_letters(words, position)
            position += takes_next
            yield from arguments
        position += 1


def _read_long(words: Sequence[str], position: int) -> CurlArgument:
    name, equals, value = words[position][2:].partition("=")
    option, is_on = _find(name, position)
    if option.takes_value and not equals:
        value = _next(words, position, f"--{name}")
    elif equals and not option.takes_value:
        raise WordError(f"curl's --{name} takes no value", position)
    return _checked(CurlArgument(option=option, value=value, is_on=is_on, position=position, shown=f"--{name}"))


def _read_letters(words: Sequence[str], position: int) -> tuple[list[CurlArgument], bool]:
    """Parse a word of letters such as `-sXPUT`. Returns its options, and whether the next word is the value of the
    last.
    """
    word = words[position]
    if word == "-":
        raise WordError("A '-' alone is not a curl option", position, hint="to send the standard input: -d @-")
    arguments = []
    for at in range(1, len(word)):
        option = _BY_LETTER.get(word[at])
        shown = f"-{word[at]}"
        if option is None:
            raise WordError(f"curl has no option {shown}", position, hint="leave this option out")
        rest = word[at + 1 :] if option.takes_value else ""
        takes_next = option.takes_value and not rest
        value = _next(words, position, shown) if takes_next else rest
        arguments.append(_checked(CurlArgument(option=option, value=value, is_on=True, position=position, shown=shown)))
        if option.takes_value:
            return arguments, takes_next
    return arguments, False


def _next(words: Sequence[str], position: int, shown: str) -> str:
    if position + 1 >= len(words):
        raise WordError(f"curl's {shown} takes a value", position)
    return words[position + 1]


def _find(name: str, position: int) -> tuple[CurlOption, bool]:
    if len(name) > _MAX_NAME:
        raise WordError(f"curl has no option --{name[:_MAX_NAME]}..", position, hint="leave this option out")
    lower = name.lower()
    is_on = not lower.startswith("no-")
    lower = lower.removeprefix("no-")
    found = [OPTIONS[lower]] if lower in OPTIONS else _beginning_with(lower)
    if len(found) > 1:
        names = " or ".join(f"--{option.name}" for option in found[:3])
        raise WordError(f"curl's --{name} has several meanings", position, hint=names)
    if not found or (not is_on and found[0].takes_value):
        raise WordError(
            f"curl has no option --{name}",
            position,
            hint=spelling.hint(lower, OPTIONS, "leave this option out", prefix="--"),
        )
    return found[0], is_on


_MAX_NAME = 60


@lru_cache(maxsize=64)
def _beginning_with(start: str) -> list[CurlOption]:
    return [option for name, option in OPTIONS.items() if name.startswith(start)] if start else []


def _checked(argument: CurlArgument) -> CurlArgument:
    option = argument.option
    if option.outcome == "refused" and argument.is_on:
        what = "" if argument.shown.lower() == f"--{option.name}" else f" (--{option.name})"
        raise WordError(f"curl's {argument.shown}{what} is not supported", argument.position, hint=option.about)
    return argument


def _options(outcome: Outcome, about: str, names: str) -> list[CurlOption]:
    """Make the options of a row of the table. `names` has for each option `name`, `name=` if it takes a value, and
    `X|name` if it has the letter X.
    """
    options = []
    for word in names.split():
        letter, mark, name = word.partition("|")
        letter, name = (letter, name) if mark else ("", word)
        options.append(
            CurlOption(
                name=name.rstrip("="), letter=letter, takes_value=name.endswith("="), outcome=outcome, about=about
            )
        )
    return options


_TABLE = [
    *_options("done", "the method", "X|request="),
    *_options("done", "sends the method HEAD", "I|head"),
    *_options("done", "puts the data into the query", "G|get"),
    *_options("done", "the URL; a URL without a scheme gets `http`", "url="),
    *_options("done", "`http` or `https`, for URLs without a scheme", "proto-default="),
    *_options("done", "refuses a URL whose scheme is not in the list", "proto="),
    *_options("done", "reads brackets and braces of the URL as text", "g|globoff"),
    *_options("done", "keeps the segments `.` and `..` of the path", "path-as-is"),
    *_options("done", "the request target; in a `.http` file only `*` is allowed", "request-target="),
    *_options(
        "done",
        "adds a query parameter, percent-encoded; if the argument begins with `+`, the rest is sent unchanged",
        "url-query=",
    ),
    *_options(
        "done",
        "a header; `Name;` sends an empty value, `Name:` removes the header, `@FILE` reads a header from each line",
        "H|header=",
    ),
    *_options("done", "the header of this name", "A|user-agent= e|referer= r|range="),
    *_options("done", "the header `Range`, from this position to the end", "C|continue-at="),
    *_options("done", "the header `Cookie`, or a file `cookies.txt` with cookies", "b|cookie="),
    *_options("done", "the body; `@FILE` sends the text of a file without line breaks and NULs", "d|data= data-ascii="),
    *_options("done", "the body; `@FILE` sends a file unchanged", "data-binary="),
    *_options("done", "the body; an `@` has no special meaning", "data-raw="),
    *_options("done", "the body, percent-encoded; callbox reads all five notations of curl", "data-urlencode="),
    *_options("done", "the body, with `Content-Type` and `Accept` for JSON", "json="),
    *_options("done", "a part of a multipart form, with `;type=`, `;filename=`, `<FILE` and `@A,B`", "F|form="),
    *_options("done", "a part of a multipart form; `@`, `<` and `;` have no special meaning", "form-string="),
    *_options("done", "sends a file with the method PUT", "T|upload-file="),
    *_options("done", "user and password", "u|user="),
    *_options("done", "the auth scheme of `-u`", "basic digest"),
    *_options("done", "the header `Authorization: Bearer`", "oauth2-bearer="),
    *_options("at the prompt", "credentials of your `.netrc`", "n|netrc netrc-optional"),
    *_options("done", "the header `Accept-Encoding`, which otherwise is not sent", "compressed"),
    *_options("done", "follows redirects; without this option, callbox does not follow redirects", "L|location"),
    *_options("done", "sets the option `max-redirects`", "max-redirs="),
    *_options("done", "sets the option `keep-method`; callbox accepts these options only together", "post301 post302"),
    *_options("done", "sets the option `total-timeout`", "m|max-time="),
    *_options("done", "sets the option `connect-timeout`", "connect-timeout="),
    *_options("done", "sets the option `retries`; callbox tries again only if it could not connect", "retry="),
    *_options("done", "sets the option `verify` to `no`", "k|insecure"),
    *_options("done", "sets the option `ca`", "cacert="),
    *_options("at the prompt", "sets the option `ca`", "capath="),
    *_options("done", "sets the option `cert`", "E|cert= key="),
    *_options("done", "the type of the file; only `PEM` is allowed", "cert-type= key-type="),
    *_options("done", "sets the option `proxy`", "x|proxy="),
    *_options("at the prompt", "the user of the proxy", "U|proxy-user="),
    *_options("at the prompt", "sets the option `no-proxy`", "noproxy="),
    *_options("at the prompt", "sets the option `resolve`", "resolve= connect-to="),
    *_options(
        "done",
        "writes the body to a file, like `> FILE` at the prompt and `>> FILE` in a `.http` file",
        "o|output=",
    ),
    *_options("at the prompt", "the folder of `-o`", "output-dir="),
    *_options(
        "at the prompt",
        "saves the body under the name that the server or the URL gives, like `--download`",
        "O|remote-name remote-name-all J|remote-header-name",
    ),
    *_options("done", "prints more of the exchange, like `--verbose` at the prompt", "v|verbose"),
    *_options(
        "passed over",
        "these options change only what curl prints",
        "s|silent S|show-error i|include #|progress-bar progress-meter N|buffer w|write-out= styled-output "
        "trace-time trace-ids suppress-connect-headers raw B|use-ascii",
    ),
    *_options("passed over", "these options change only the exit code of curl", "f|fail fail-early fail-with-body"),
    *_options(
        "passed over",
        "these options change only how curl makes files",
        "create-dirs clobber remove-on-error R|remote-time xattr create-file-mode= skip-existing",
    ),
    *_options(
        "passed over",
        "in callbox, a curl command is always one transfer",
        "Z|parallel parallel-immediate parallel-max= rate=",
    ),
    *_options(
        "passed over",
        "these options change only when curl tries again",
        "retry-connrefused retry-delay= retry-max-time=",
    ),
    *_options(
        "passed over",
        "callbox always sends HTTP/1.1, and a server that knows HTTP/2 or HTTP/3 also accepts HTTP/1.1",
        "http1.1 http2 http3",
    ),
    *_options("passed over", "callbox never reads a `.curlrc`", "q|disable"),
    *_options(
        "passed over", "callbox always uses TLS 1.2 or newer", "1|tlsv1 tlsv1.0 tlsv1.1 tlsv1.2"
    ),
    *_options("passed over", "callbox never sends `Expect: 100-continue`", "expect100-timeout="),
    *_options(
        "passed over",
        "these options change only the connection",
        "keepalive keepalive-time= keepalive-cnt= tcp-nodelay sessionid alpn npn false-start "
        "happy-eyeballs-timeout-ms=",
    ),
    *_options(
        "refused",
        "callbox sends HTTP/1.1: leave the option out",
        "http2-prior-knowledge http3-only 0|http1.0 http0.9",
    ),
    *_options("refused", "a curl command sends one request: write the next request as a second command", ":|next"),
    *_options("refused", "write the options of the file into the command", "K|config="),
    *_options(
        "refused",
        "write the value itself into the command",
        "variable= expand-data= expand-url= expand-header=",
    ),
    *_options("refused", "sign the request with another tool, and send the headers of the signature", "aws-sigv4="),
    *_options("refused", "use basic, digest or bearer authentication", "anyauth negotiate ntlm ntlm-wb delegation= "
              "service-name= login-options= sasl-authzid= sasl-ir krb="),
    *_options("refused", "write the user and the password of the file with '-u'", "netrc-file="),
    *_options(
        "refused",
        "after the request, type 'export cookies FILE' to save the cookies of the session",
        "c|cookie-jar=",
    ),
    *_options(
        "refused",
        "remove the session cookies from the file, and type 'import cookies FILE'",
        "j|junk-session-cookies",
    ),
    *_options("refused", "callbox sends a credential only to its own origin, also with '-L'", "location-trusted"),
    *_options("refused", "after a 303 response callbox always sends GET", "post303"),
    *_options(
        "refused",
        "write the header If-None-Match or If-Modified-Since with '-H'",
        "etag-compare= etag-save= z|time-cond=",
    ),
    *_options("refused", "write the header TE with '-H'", "tr-encoding"),
    *_options(
        "refused",
        "after the request, type 'show last headers' or 'export har FILE'",
        "trace= trace-ascii= libcurl= stderr= trace-config=",
    ),
    *_options("refused", "after the request, type 'show last headers' to see the headers", "D|dump-header="),
    *_options("refused", "callbox connects by TCP only", "unix-socket= abstract-unix-socket="),
    *_options(
        "refused",
        "type 'set option total-timeout' to limit the time",
        "Y|speed-limit= y|speed-time= limit-rate=",
    ),
    *_options("refused", "type 'set option max-body' to limit the size", "max-filesize= ignore-content-length"),
    *_options("refused", "use '--retry'; callbox then tries again if it could not connect", "retry-all-errors"),
    *_options(
        "refused",
        "the system chooses the address and the name server; '--resolve' sets the address of a host",
        "4|ipv4 6|ipv6 interface= local-port= dns-interface= dns-ipv4-addr= dns-ipv6-addr= dns-servers= doh-url= "
        "doh-insecure doh-cert-status hsts= alt-svc= tcp-fastopen mptcp ip-tos= vlan-priority= haproxy-protocol "
        "haproxy-clientip=",
    ),
    *_options(
        "refused",
        "callbox uses TLS 1.2 or newer, with the ciphers of OpenSSL",
        "2|sslv2 3|sslv3 tlsv1.3 tls-max= ciphers= tls13-ciphers= curves= sigalgs= crlfile= cert-status pinnedpubkey= "
        "pass= engine= egd-file= random-file= ssl-allow-beast ssl-auto-client-cert ssl-no-revoke "
        "ssl-revoke-best-effort tlsauthtype= tlspassword= tlsuser= ech= ca-native tls-earlydata ssl-sessions= "
        "dump-ca-embed",
    ),
    *_options(
        "refused",
        "callbox knows only proxies of the form http://user:password@host:port",
        "preproxy= proxy-anyauth proxy-basic proxy-cacert= proxy-capath= proxy-ca-native proxy-cert= proxy-cert-type= "
        "proxy-ciphers= proxy-crlfile= proxy-digest proxy-header= proxy-http2 proxy-insecure proxy-key= "
        "proxy-key-type= proxy-negotiate proxy-ntlm proxy-pass= proxy-pinnedpubkey= proxy-service-name= "
        "proxy-ssl-allow-beast proxy-ssl-auto-client-cert proxy-tls13-ciphers= proxy-tlsauthtype= proxy-tlspassword= "
        "proxy-tlsuser= proxy-tlsv1 proxy1.0= p|proxytunnel socks4= socks4a= socks5= socks5-basic socks5-gssapi "
        "socks5-gssapi-nec socks5-gssapi-service= socks5-hostname=",
    ),
    *_options("refused", "callbox percent-encodes names of a form, as browsers do", "form-escape"),
    *_options("refused", "'-L' follows redirects to http and https", "proto-redir="),
    *_options("refused", "callbox sends a file unchanged", "crlf"),
    *_options("refused", "callbox allows a user in the URL", "disallow-username-in-url"),
    *_options(
        "refused",
        "this option is about curl itself: run curl to use it",
        "h|help= M|manual V|version metalink follow",
    ),
    *_options(
        "refused",
        "this option belongs to a protocol other than HTTP",
        "a|append compressed-ssh disable-eprt disable-epsv ftp-account= ftp-alternative-to-user= ftp-create-dirs "
        "ftp-method= ftp-pasv P|ftp-port= ftp-pret ftp-skip-pasv-ip ftp-ssl-ccc ftp-ssl-ccc-mode= ftp-ssl-control "
        "hostpubmd5= hostpubsha256= l|list-only mail-auth= mail-from= mail-rcpt= mail-rcpt-allowfails pubkey= "
        "Q|quote= ssl ssl-reqd t|telnet-option= tftp-blksize= tftp-no-options upload-flags=",
    ),
]  # fmt: skip
OPTIONS: Mapping[str, CurlOption] = {option.name: option for option in _TABLE}
"""All options of curl by their long names."""
_BY_LETTER: Mapping[str, CurlOption] = {option.letter: option for option in _TABLE if option.letter}
