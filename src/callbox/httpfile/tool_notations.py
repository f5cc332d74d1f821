"""The notations in manuals of other tools, and what callbox does with each: one table of records.

The parser reads the directives from this table, and `make docs` writes the tables of docs/scripts.md. Dynamic variables
and headers are implemented elsewhere; a test compares them with this table.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

Outcome = Literal["done", "said", "shown", "refused"]
"""What callbox does with a notation.

`done`: it has its effect. `said`: it has none, and each run warns. `shown`: it concerns an editor. `refused`: it is an
error.
"""
_A = "all"
_R, _J, _V, _Y, _K, _H = "REST Client", "JetBrains", "Visual Studio", "httpyac", "Kulala", "httprunner"


class Notation(NamedTuple):
    """A notation that the manual of another tool documents."""

    kind: str
    """The kind: `directive`, `variable`, `header`, `environment`, `setting`, `script` or `text`."""
    name: str
    """The spelling: a directive without `# @`, a variable without braces."""
    tools: str
    outcome: Outcome
    note: str = ""
    """What callbox does, or what to write instead."""
    means: str = ""
    """callbox's name for a directive; empty if the name is the same."""


def _directives() -> tuple[Notation, ...]:
    def row(name: str, tools: str, outcome: Outcome, note: str = "", means: str = "") -> Notation:
        return Notation("directive", name, tools, outcome, note, means)

    return (
        row("name", _A, "done"),
        row("title", _Y, "done"),
        row("description", _Y, "done"),
        row("tag", _Y, "done", "`--tag`"),
        row("prompt", f"{_R}, {_K}", "done", "asked once in a run"),
        row("secret", _K, "done"),
        row("note", f"{_R}, {_Y}", "done"),
        row("no-redirect", f"{_R}, {_J}, {_Y}", "done", "also `noRedirect`"),
        row("no-cookie-jar", f"{_R}, {_J}, {_Y}, {_K}", "done", "also `noCookieJar`"),
        row("no-log", f"{_J}, {_Y}", "done", "also `noLog`"),
        row("no-auto-encoding", _J, "done"),
        row("use-os-credentials", _J, "refused", "`Authorization: Basic {{user}}:{{password}}`"),
        row("timeout", f"{_J}, {_Y}, {_H}", "done", "of silence, as JetBrains has it; a bare number is seconds"),
        row("connection-timeout", f"{_J}, {_H}", "done"),
        row("ref", _Y, "done"),
        row("forceRef", _Y, "done"),
        row("dependsOn", _H, "done", means="ref"),
        row("if", _H, "done"),
        row("if-not", _H, "done"),
        row("pre-delay", _H, "done", means="sleep"),
        row("post-delay", _H, "done", "the same behind the response"),
        row("sleep", _Y, "done", "a bare number is milliseconds"),
        row("delay", _K, "done", means="sleep"),
        row("loop", _Y, "done", "`for 3` and `for x of list`; `while` is refused"),
        row("disabled", _Y, "done"),
        row("import", _Y, "done"),
        row("noRejectUnauthorized", _Y, "done", means="insecure"),
        row("curl-insecure", _K, "done", means="insecure"),
        row("kulala-curl--insecure", _K, "done", means="insecure"),
        row("curl-connect-timeout", _K, "done", "seconds", means="connection-timeout"),
        row("kulala-curl--connect-timeout", _K, "done", "seconds", means="connection-timeout"),
        row("curl-max-time", _K, "done", "seconds", means="total-timeout"),
        row("kulala-curl--max-time", _K, "done", "seconds", means="total-timeout"),
        row("curl-location", _K, "shown", "redirects are followed anyhow"),
        row("curl-compressed", _K, "shown", "codings are undone anyhow"),
        row("curl-no-buffer", _K, "shown"),
        row("curl-non-buffer", _K, "shown"),
        row("curl-data-urlencode", _K, "said", "a form is percent-encoded anyhow"),
        row("curl-..", _K, "said", "write the request as a curl command"),
        row("kulala-curl-..", _K, "said", "write the request as a curl command"),
        row("grpc-..", _K, "said", "GRPC requests are refused"),
        row("kulala-expect-status-code", _K, "done", "as `# @expect status 200`"),
        row("injectVariables", _Y, "done", "`< file` is filled as `<@ file` is", means="inject-variables"),
        row("noProxy", _Y, "said", "`--no-proxy HOST` with the run"),
        row("proxy", _Y, "said", "`--proxy URL` with the run"),
        row("noClientCert", _Y, "said", "no certificate is sent unless the run or the file says one"),
        row("ratelimit", _Y, "said", "`--rate` or `--delay` with the run"),
        row("keepStreaming", _Y, "said", "`# @events 3`, or `# @total-timeout`"),
        row("postRedirectGet", _Y, "shown", "done anyhow; `# @keep-method` for the other way"),
        row("graphql", _K, "done", "as `X-Request-Type: GraphQL`"),
        row("noGqlParsing", _Y, "said", "`# @raw-body` sends the body unchanged"),
        row("xpath_ns", _Y, "said", "the prefixes of the document are known"),
        row("kulala-prompt", _K, "said", "`# @prompt NAME text`"),
        row("kulala-file-contents-to-variable", _K, "said", "`<@ file` in the body"),
        row("jwt", _Y, "said", "the token is not decoded"),
        row("save", _Y, "said", "`>> file`"),
        row("responseRef", _Y, "said", "put `###` above a response that was kept"),
        row("forceRegionDelimiter", _Y, "shown", "`###` is needed anyhow"),
        row("grpcReflection", _Y, "said", "GRPC requests are refused"),
        row("attach-cookie-jar", _K, "said", "`--cookie-jar FILE` with the run"),
        row("accept", _K, "said", "`# @events 3`, or `# @total-timeout`, ends a stream"),
        row("jq", _K, "said", "`# @expect` and `# @capture` take JSONPath"),
        row("env-json-key", _K, "said", "`# @capture NAME = body $.path`"),
        row("env-header-key", _K, "said", "`# @capture NAME = header Name`"),
        row("env-stdin-cmd", _K, "said", "no command is run"),
        row("env-stdin-cmd-pre", _K, "said", "no command is run"),
        row("stdin-cmd", _K, "said", "no command is run"),
        row("stdin-cmd-pre", _K, "said", "no command is run"),
        row("kulala-openapi-explorer", _K, "said", "the request is sent as it stands"),
        row("kulala-openapi-no-cache", _K, "said", "the request is sent as it stands"),
        row("kulala-openapi-json", _K, "said", "the request is sent as it stands"),
        row("debug", _Y, "shown"),
        row("verbose", _Y, "shown"),
        row("extension", _Y, "shown"),
        row("language", _Y, "shown"),
        row("noResponseView", _Y, "shown"),
        row("noStreamingLog", _Y, "shown"),
        row("openWith", _Y, "shown"),
        row("expect", "callbox", "done", "also `openapi` and `schema`"),
        row("capture", "callbox", "done"),
        row("operation", "callbox", "done", "the described operation that the request was made of"),
        row("insecure", "callbox", "done"),
        row("keep-method", "callbox", "done"),
        row("raw-body", "callbox", "done"),
        row("strip-comments", "callbox", "done"),
        row("retry", "callbox", "done"),
        row("events", "callbox", "done"),
        row("total-timeout", "callbox", "done", "of the whole request, as httpyac's `# @timeout`"),
        row("always", "callbox", "done", "clean-up: sent also after `--bail`, Ctrl-C and `--deadline`"),
    )


def _others() -> tuple[Notation, ...]:
    return (
        Notation("variable", "$uuid", f"{_J}, {_Y}, {_K}", "done"),
        Notation("variable", "$guid", f"{_R}, {_V}", "done"),
        Notation("variable", "$random.uuid", _J, "done"),
        Notation("variable", "$timestamp", _A, "done", "seconds"),
        Notation("variable", "$timestampMs", "callbox", "done"),
        Notation("variable", "$isoTimestamp", _J, "done"),
        Notation("variable", "$datetime", f"{_R}, {_V}, {_Y}", "done"),
        Notation("variable", "$localDatetime", f"{_R}, {_V}, {_Y}", "done"),
        Notation("variable", "$date", _K, "done", "`YYYY-MM-DD`, of UTC"),
        Notation("variable", "$randomInt", _A, "done"),
        Notation("variable", "$random.integer", _J, "done"),
        Notation("variable", "$random.float", _J, "done"),
        Notation("variable", "$random.alphabetic", _J, "done"),
        Notation("variable", "$random.alphanumeric", _J, "done"),
        Notation("variable", "$random.hexadecimal", _J, "done"),
        Notation("variable", "$random.email", _J, "done"),
        Notation("variable", "$random.name.firstName", _J, "refused", "no made-up names, addresses and the like"),
        Notation("variable", "$exampleServer", _J, "refused"),
        Notation("variable", "$env", f"{_J}, {_K}", "done"),
        Notation("variable", "$processEnv", f"{_R}, {_V}, {_Y}", "done"),
        Notation("variable", "$dotenv", f"{_R}, {_V}, {_Y}", "done"),
        Notation("variable", "$projectRoot", _J, "done", "the folder of the script"),
        Notation("variable", "$historyFolder", _J, "refused"),
        Notation("variable", "$input", _Y, "done", "also `$input-askonce`"),
        Notation("variable", "$prompt", _Y, "done", "as `$input`"),
        Notation("variable", "$password", _Y, "done"),
        Notation("variable", "$pick", _Y, "done", "also `$pick-askonce`"),
        Notation("variable", "$auth", f"{_J}, {_K}", "refused", "get the token with a request"),
        Notation("variable", "$aadToken", _R, "refused", "get the token with a request"),
        Notation("variable", "$aadV2Token", _R, "refused", "get the token with a request"),
        Notation("variable", "$xpath", _Y, "refused", "`{{name.response.body.//x}}`"),
        Notation("variable", "$oidcAccessToken", _R, "refused", "get the token with a request"),
        Notation("header", "X-ClientCert", _Y, "done", "PEM files; `pfx` and passphrases are refused; never sent"),
        Notation("header", "ClientCert", _Y, "done", "the same"),
        Notation("header", "Proxy", _Y, "refused", "`--proxy URL` with the run"),
        Notation("header", "X-Request-Type", f"{_R}, {_Y}, {_K}", "done", "`GraphQL`"),
        Notation("header", "Content-Length", _A, "done", "counted anew"),
        Notation("header", "Host", _J, "done", "above a path it says the host"),
        Notation("header", "Cookie", _A, "done", "in place of the jar's"),
        Notation("header", "Authorization: Basic", _A, "done", "`user:password` or `user password`"),
        Notation("header", "Authorization: Digest", _A, "done", "`user password`"),
        Notation("header", "Authorization: AWS", f"{_R}, {_Y}", "refused"),
        Notation("header", "Authorization: COGNITO", _R, "refused"),
        Notation("header", "Authorization: NTLM", f"{_J}, {_K}", "refused"),
        Notation("header", "Authorization: Negotiate", _J, "refused"),
        Notation("header", "Authorization: OAuth2", _Y, "refused"),
        Notation("header", "Authorization: OpenId", _Y, "refused"),
        Notation("environment", "http-client.env.json", f"{_J}, {_V}, {_Y}, {_K}", "done"),
        Notation("environment", "http-client.private.env.json", f"{_J}, {_Y}, {_K}", "done"),
        Notation("environment", "http-client.env.json.user", _V, "done"),
        Notation("environment", "$shared", f"{_R}, {_V}, {_K}", "done"),
        Notation("environment", "$default, $kulalaShared", _K, "done", "as `$shared`"),
        Notation("environment", "$kulalaDefaultHeaders", _K, "said", "say them in the requests"),
        Notation("environment", "request_rejectUnauthorized", _Y, "said", "`# @insecure`, `--insecure`"),
        Notation("environment", "request_noRedirect", _Y, "said", "`# @no-redirect`, `--follow no`"),
        Notation("environment", "request_timeout", _Y, "said", "`# @timeout`, `--timeout`"),
        Notation("environment", "request_proxy", _Y, "said", "`--proxy URL` with the run"),
        Notation("environment", "SSLConfiguration", f"{_J}, {_V}", "done", "PEM files"),
        Notation("environment", '"provider": ..', _V, "refused", "secrets of a store are not read"),
        Notation("environment", "Security.Auth", _J, "refused", "`$auth.token` is an error"),
        Notation("environment", ".env", f"{_R}, {_Y}, {_K}", "done"),
        Notation("environment", "NAME.env, .env.NAME", _Y, "done"),
        Notation("environment", "env/", _Y, "done", "looked into beside the script and in each folder above"),
        Notation(
            "environment",
            ".httpyac.json, httpyac.config.js, package.json",
            _Y,
            "said",
            "`-e`, and options of the run",
        ),
        Notation("setting", "rest-client.environmentVariables", _R, "said", "put it into http-client.env.json"),
        Notation("setting", "rest-client.certificates", _R, "said", "`--cert FILE`"),
        Notation("setting", "rest-client.defaultHeaders", _R, "said", "say them in the requests"),
        Notation("setting", "rest-client.followredirect", _R, "said", "`--follow no`, `# @no-redirect`"),
        Notation("setting", "rest-client.timeoutinmilliseconds", _R, "said", "`--timeout 5s`"),
        Notation("setting", "rest-client.rememberCookiesForSubsequentRequests", _R, "said", "`# @no-cookie-jar`"),
        Notation("setting", "rest-client.formParamEncodingStrategy", _R, "said", "`# @no-auto-encoding`"),
        Notation("setting", "http.proxy, rest-client.excludeHostsForProxy", _R, "said", "`--proxy`, `--no-proxy`"),
        Notation("setting", "http.proxyStrictSSL", _R, "said", "`--verify no`, `# @insecure`"),
        Notation("script", "client.test, client.assert, client.log, client.exit", f"{_J}, {_Y}, {_K}", "done"),
        Notation(
            "script",
            "client.global.set, client.global.get, client.global.clear, client.global.clearAll, client.global.isEmpty",
            f"{_J}, {_Y}, {_K}",
            "done",
            "until the end of the run",
        ),
        Notation(
            "script",
            "client.global.headers.set, client.global.headers.clear, client.global.headers.clearAll",
            _J,
            "done",
        ),
        Notation("script", "client.variables.global, client.variables.environment, client.variables.file", _J, "done"),
        Notation("script", "client.isEmpty", _K, "refused", "`client.global.isEmpty()`"),
        Notation("script", "request.method, request.url, request.body, request.iteration", f"{_J}, {_K}", "done"),
        Notation(
            "script",
            "request.headers.all, request.headers.findByName, request.environment.get, request.url.getRaw,"
            " request.body.getRaw, request.body.tryGetSubstituted",
            f"{_J}, {_Y}, {_K}",
            "done",
        ),
        Notation(
            "script",
            "request.variables.get, request.variables.set, request.variables.isEmpty, request.variables.clear,"
            " request.variables.clearAll",
            f"{_J}, {_Y}, {_K}",
            "done",
        ),
        Notation("script", "request.templateValue", _J, "refused"),
        Notation("script", "request.skip, request.abort, request.replay", _K, "refused", "`# @disabled`, `# @retry`"),
        Notation("script", "request.body.getComputed", _K, "refused", "`request.body.tryGetSubstituted()`"),
        Notation("script", "response.status, response.body", f"{_J}, {_Y}, {_K}", "done"),
        Notation(
            "script",
            "response.headers.valueOf, response.headers.valuesOf, response.contentType.mimeType,"
            " response.contentType.charset",
            f"{_J}, {_Y}, {_K}",
            "done",
        ),
        Notation("script", "response.body.onEachLine, response.body.onEachMessage", _J, "done", "when it has ended"),
        Notation("script", "response.responseCode", _K, "refused", "`response.status`"),
        Notation("script", "response.cookies", _K, "refused", "`response.headers.valuesOf('Set-Cookie')`"),
        Notation("script", "response.body.getElementsByTagName", _J, "refused", "XML is a text"),
        Notation("script", "jsonPath, $random, $env, btoa, atob", _J, "done"),
        Notation("script", "setTimeout, setInterval, clearTimeout, clearInterval, sleep", f"{_J}, {_K}", "done"),
        Notation("script", "crypto.md5, crypto.sha1, crypto.sha256, crypto.sha512, crypto.hmac", _J, "done"),
        Notation("script", "crypto.subtle, xpath(), DOMParser, URLSearchParams", _J, "refused"),
        Notation("script", "assert, $kulala", _K, "refused", "`client.assert(..)`"),
        Notation("script", "require", f"{_Y}, {_K}", "refused", "`import` of a file"),
        Notation("text", "###", _A, "done"),
        Notation("text", "### Shared", _K, "said", "`# @..` in it holds for its own request"),
        Notation("text", "### Shared each", _K, "said", "it is sent once; `run #NAME` above the others"),
        Notation("text", "NOP", _K, "refused", "headers and scripts belong into each request"),
        Notation("text", "# comment, // comment", _A, "done"),
        Notation("text", "/* comment */", _Y, "done"),
        Notation("text", "@name = value", _A, "done"),
        Notation("text", "@name := value", _Y, "done", "as `=`"),
        Notation("text", "{{name}}, {{%name}}", _A, "done"),
        Notation("text", "{{name.response.body.$.x}}", _A, "done"),
        Notation("text", "{{name.response.body.//x}}", _R, "done", "with the extra `xml`"),
        Notation("text", "{{nameResponse.parsedBody.x}}", _Y, "done"),
        Notation("text", "{{name.response.headers.X[1]}}", _K, "refused", "the first value only"),
        Notation("text", "{{$.list..x}}", _J, "refused", "`# @loop for x of list`"),
        Notation("text", "{{NAME}} of the system's environment", _K, "refused", "`{{$env.NAME}}`"),
        Notation("text", "guid(), upper('x') without braces", _H, "said", "`{{$guid}}` and its like"),
        Notation("text", "{{code()}}", _Y, "refused", "only names are filled"),
        Notation("text", "{{ .. }} on lines of their own", _Y, "refused", "`< {% .. %}`"),
        Notation("text", "< {% .. %}, > {% .. %}", f"{_J}, {_Y}, {_K}", "done", "with the extra `js`"),
        Notation("text", "< file.js, > file.js", f"{_J}, {_K}", "done", "with the extra `js`"),
        Notation("text", "< file.lua, > file.lua", _K, "refused"),
        Notation("text", "< file, <@ file, <@latin1 file", _A, "done"),
        Notation("text", "gql NAME < file.gql", _Y, "done"),
        Notation(
            "text",
            "fragment NAME on TYPE { .. }, gql NAME < file above the request line",
            _Y,
            "done",
            "part of the query below",
        ),
        Notation("text", ">> file, >>! file", f"{_J}, {_Y}, {_K}", "done"),
        Notation("text", "<> file", _J, "shown", "an earlier response"),
        Notation("text", "?? status == 200", _Y, "done", "JavaScript in it is refused"),
        Notation("text", "EXPECTED_RESPONSE_STATUS 200", _H, "done", "also `_BODY` and `_HEADERS`"),
        Notation("text", "import FILE, run #name, run FILE", f"{_J}, {_K}", "done"),
        Notation("text", "curl ..", f"{_R}, {_K}", "done"),
        Notation("text", "HTTP/1.1 behind a URL", _A, "done", "another version is a lint: 1.1 is sent"),
        Notation("text", "HTTP/2 (Prior Knowledge)", _J, "done", "the same"),
        Notation("text", "GRAPHQL", f"{_J}, {_Y}, {_K}", "done"),
        Notation("text", "SSE, EVENTSOURCE", _Y, "done"),
        Notation("text", "WEBSOCKET, WS, WSS", f"{_J}, {_Y}, {_K}", "refused"),
        Notation("text", "proto < file.proto", _Y, "refused"),
        Notation("text", "GRPC", f"{_J}, {_Y}, {_K}", "refused"),
        Notation("text", "MQTT, AMQP, RABBITMQ", _Y, "refused"),
        Notation("text", "...name among the headers", _Y, "refused", "write the headers out"),
        Notation("text", "HTTP/1.1 200 OK in a block of its own", _Y, "shown", "a response that was kept"),
    )


NOTATIONS: tuple[Notation, ...] = (*_directives(), *_others())
"""Every row of the table, in the order of the page."""

CONSUMED = frozenset({"x-clientcert", "clientcert", "proxy", "x-request-type"})
"""The headers that are never sent, by the names in manuals, in lower case."""
_TITLES = {
    "directive": "Directives", "variable": "Dynamic variables", "header": "Headers", "environment": "Environments",
    "setting": "Settings", "script": "Names in scripts", "text": "Lines and marks",
}  # fmt: skip
_PATTERNS = {"directive": "# @%s", "variable": "{{%s}}"}
_OUTCOMES = {"done": "done", "said": "no effect, said at each run", "shown": "no effect", "refused": "an error"}
BEGIN, END = "<!-- table of notations, from src/callbox/httpfile/tool_notations.py -->", "<!-- end of the table -->"
"""The lines of docs/scripts.md before and after the table."""


def may_be_consumed(name: str) -> bool:
    """Whether a header with this name may be a notation that is not sent."""
    bare = name.lower()
    return bare in CONSUMED or (bare.endswith("cert") and bare.replace("-", "").replace("_", "").endswith("clientcert"))


def hint_of(row: Notation) -> str:
    """What to do instead, as a sentence for a message."""
    bare = row.note.replace("`", "")
    return bare[:1].upper() + bare[1:]


def markdown() -> str:
    """The table for docs/scripts.md."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield BEGIN
    for kind, title in _TITLES.items():
        yield from ("", f"**{title}**", "", "| | documented by | here | |", "|---|---|---|---|")
        for row in NOTATIONS:
            if row.kind == kind:
                cells = (f"`{_PATTERNS.get(kind, '%s') % row.name}`", row.tools, _OUTCOMES[row.outcome], _note(row))
                yield f"| {' | '.join(cells)} |".replace("|  |", "| |")
    yield from ("", END)


def _note(row: Notation) -> str:
    return ", ".join(filter(None, (f"as `# @{row.means}`" if row.means else "", row.note)))


def replaced(page: str) -> str:
    """The page, with this table in place of the text between the two marks."""
    before, _, rest = page.partition(BEGIN)
    return before + markdown() + rest.partition(END)[2]
