"""The notations in manuals of other tools, and what callbox does with each: one table of records.

The parser reads the directives from this table, and `make docs` writes the tables of docs/scripts.md. Dynamic variables
and headers are implemented elsewhere; a test compares them with this table.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

Outcome = Literal["done", "said", "shown", "refused"]
"""What callbox does with a notation.

`done`: the notation works. `said`: it has no effect, and each run warns about it. `shown`: it concerns only an editor.
`refused`: it is an error.
"""
_A = "all"
_R, _J, _V, _Y, _K, _H = "REST Client", "JetBrains", "Visual Studio", "httpyac", "Kulala", "httprunner"

NotationKind = Literal["directive", "variable", "header", "environment", "setting", "script", "text"]


class Notation(NamedTuple):
    """A notation that the manual of another tool documents."""

    kind: NotationKind
    """The kind: `directive`, `variable`, `header`, `environment`, `setting`, `script` or `text`."""
    name: str
    """The spelling: a directive without `# @`, a variable without braces."""
    tools: str
    outcome: Outcome
    note: str = ""
    """What callbox does, or what to write instead."""
    means: str = ""
    """callbox's name for a directive; empty if the name is the same."""


def _directive(name: str, tools: str, outcome: Outcome, note: str = "", means: str = "") -> Notation:
    return Notation("directive", name, tools, outcome, note, means)


_DIRECTIVES = (
    _directive("name", _A, "done"),
    _directive("title", _Y, "done"),
    _directive("description", _Y, "done"),
    _directive("tag", _Y, "done", "`--tag a` chooses these requests"),
    _directive("prompt", f"{_R}, {_K}", "done", "callbox asks once in a run"),
    _directive("secret", _K, "done"),
    _directive("note", f"{_R}, {_Y}", "done"),
    _directive("no-redirect", f"{_R}, {_J}, {_Y}", "done", "`noRedirect` means the same"),
    _directive("no-cookie-jar", f"{_R}, {_J}, {_Y}, {_K}", "done", "`noCookieJar` means the same"),
    _directive("no-log", f"{_J}, {_Y}", "done", "`noLog` means the same"),
    _directive("no-auto-encoding", _J, "done"),
    _directive("use-os-credentials", _J, "refused", "write `Authorization: Basic {{user}}:{{password}}`"),
    _directive(
        "timeout",
        f"{_J}, {_Y}, {_H}",
        "done",
        "limits the time without any data from the server; a bare number is seconds",
    ),
    _directive("connection-timeout", f"{_J}, {_H}", "done"),
    _directive("ref", _Y, "done"),
    _directive("forceRef", _Y, "done"),
    _directive("dependsOn", _H, "done", means="ref"),
    _directive("if", _H, "done", "`==` and its like may stand before the value; the value may be in quotes"),
    _directive("if-not", _H, "done", "`==` and its like may stand before the value; the value may be in quotes"),
    _directive("pre-delay", _H, "done", means="sleep"),
    _directive("post-delay", _H, "done", "waits after the response"),
    _directive("sleep", _Y, "done", "waits before the request; a number without a unit is milliseconds"),
    _directive("delay", _K, "done", means="sleep"),
    _directive("loop", _Y, "done", "`for 3` and `for x of list` work, and `while` is refused"),
    _directive("disabled", _Y, "done"),
    _directive("import", _Y, "done", "in the path, only variables of the file with a fixed value"),
    _directive("noRejectUnauthorized", _Y, "done", means="insecure"),
    _directive("curl-insecure", _K, "done", means="insecure"),
    _directive("kulala-curl--insecure", _K, "done", means="insecure"),
    _directive("curl-connect-timeout", _K, "done", "a number is seconds", means="connection-timeout"),
    _directive("kulala-curl--connect-timeout", _K, "done", "a number is seconds", means="connection-timeout"),
    _directive("curl-max-time", _K, "done", "a number is seconds", means="total-timeout"),
    _directive("kulala-curl--max-time", _K, "done", "a number is seconds", means="total-timeout"),
    _directive("curl-location", _K, "shown", "callbox always follows redirects"),
    _directive("curl-compressed", _K, "shown", "callbox always decodes content codings"),
    _directive("curl-no-buffer", _K, "shown"),
    _directive("curl-non-buffer", _K, "shown"),
    _directive("curl-data-urlencode", _K, "said", "a form is always percent-encoded"),
    _directive("curl-..", _K, "said", "write the request as a curl command"),
    _directive("kulala-curl-..", _K, "said", "write the request as a curl command"),
    _directive("grpc-..", _K, "said", "GRPC requests are refused"),
    _directive("kulala-expect-status-code", _K, "done", "means the same as `# @expect status 200`"),
    _directive(
        "injectVariables", _Y, "done", "replaces variables in `< file` as in `<@ file`", means="inject-variables"
    ),
    _directive("noProxy", _Y, "said", "give the run `--no-proxy HOST`"),
    _directive("proxy", _Y, "said", "give the run `--proxy URL`"),
    _directive("noClientCert", _Y, "said", "a client certificate is sent only if the run or the file names one"),
    _directive("ratelimit", _Y, "said", "give the run `--rate` or `--delay`"),
    _directive("keepStreaming", _Y, "said", "use `# @events 3` or `# @total-timeout`"),
    _directive("postRedirectGet", _Y, "shown", "callbox always does this; `# @keep-method` switches it off"),
    _directive("graphql", _K, "done", "means the same as `X-Request-Type: GraphQL`"),
    _directive("noGqlParsing", _Y, "said", "`# @raw-body` sends the body unchanged"),
    _directive("xpath_ns", _Y, "said", "the prefixes of the document work without it"),
    _directive("kulala-prompt", _K, "said", "use `# @prompt NAME text`"),
    _directive("kulala-file-contents-to-variable", _K, "said", "use `<@ file` in the body"),
    _directive("jwt", _Y, "said", "the token is not decoded"),
    _directive("save", _Y, "said", "use `>> file`"),
    _directive("responseRef", _Y, "said", "a saved response below a request is not read"),
    _directive("forceRegionDelimiter", _Y, "shown", "put `###` above a request line in a text"),
    _directive("grpcReflection", _Y, "said", "GRPC requests are refused"),
    _directive("attach-cookie-jar", _K, "said", "give the run `--cookie-jar FILE`"),
    _directive("accept", _K, "said", "use `# @events 3` or `# @total-timeout` to end a stream"),
    _directive("jq", _K, "said", "`# @expect` and `# @capture` take JSONPath"),
    _directive("env-json-key", _K, "said", "use `# @capture NAME = body $.path`"),
    _directive("env-header-key", _K, "said", "use `# @capture NAME = header Name`"),
    _directive("env-stdin-cmd", _K, "said", "no command of a file is run"),
    _directive("env-stdin-cmd-pre", _K, "said", "no command of a file is run"),
    _directive("stdin-cmd", _K, "said", "no command of a file is run"),
    _directive("stdin-cmd-pre", _K, "said", "no command of a file is run"),
    _directive("kulala-openapi-explorer", _K, "said", "the request is sent as it is written"),
    _directive("kulala-openapi-no-cache", _K, "said", "the request is sent as it is written"),
    _directive("kulala-openapi-json", _K, "said", "the request is sent as it is written"),
    _directive("debug", _Y, "shown"),
    _directive("verbose", _Y, "shown"),
    _directive("extension", _Y, "shown"),
    _directive("language", _Y, "shown"),
    _directive("noResponseView", _Y, "shown"),
    _directive("noStreamingLog", _Y, "shown"),
    _directive("openWith", _Y, "shown"),
    _directive("expect", "callbox", "done", "checks a response; `openapi` and `schema` check it with a schema"),
    _directive("capture", "callbox", "done"),
    _directive("operation", "callbox", "done", "names the operation of the description that this request is for"),
    _directive("no-openapi", "callbox", "done", "leaves this request out of `--openapi`"),
    _directive("insecure", "callbox", "done"),
    _directive("keep-method", "callbox", "done"),
    _directive("raw-body", "callbox", "done"),
    _directive("strip-comments", "callbox", "done"),
    _directive("retry", "callbox", "done"),
    _directive("events", "callbox", "done"),
    _directive("total-timeout", "callbox", "done", "limits the whole request, as `# @timeout` in httpyac"),
    _directive(
        "always", "callbox", "done", "marks clean-up, which is sent even after `--bail`, Ctrl-C and `--deadline`"
    ),
)

_OTHERS = (
    Notation("variable", "$uuid", f"{_J}, {_Y}, {_K}", "done"),
    Notation("variable", "$guid", f"{_R}, {_V}", "done"),
    Notation("variable", "$random.uuid", _J, "done"),
    Notation("variable", "$timestamp", _A, "done", "the time in seconds"),
    Notation("variable", "$timestampMs", "callbox", "done"),
    Notation("variable", "$isoTimestamp", _J, "done"),
    Notation("variable", "$datetime", f"{_R}, {_V}, {_Y}", "done"),
    Notation("variable", "$localDatetime", f"{_R}, {_V}, {_Y}", "done"),
    Notation("variable", "$date", _K, "done", "the date in UTC, as `YYYY-MM-DD`"),
    Notation("variable", "$randomInt", _A, "done"),
    Notation("variable", "$random.integer", _J, "done"),
    Notation("variable", "$random.float", _J, "done"),
    Notation("variable", "$random.alphabetic", _J, "done"),
    Notation("variable", "$random.alphanumeric", _J, "done"),
    Notation("variable", "$random.hexadecimal", _J, "done"),
    Notation("variable", "$random.email", _J, "done"),
    Notation("variable", "$random.name.firstName", _J, "refused", "callbox does not invent names and addresses"),
    Notation("variable", "$exampleServer", _J, "refused"),
    Notation("variable", "$env", f"{_J}, {_K}", "done"),
    Notation("variable", "$processEnv", f"{_R}, {_V}, {_Y}", "done"),
    Notation("variable", "$dotenv", f"{_R}, {_V}, {_Y}", "done"),
    Notation("variable", "$projectRoot", _J, "done", "the folder of the script"),
    Notation("variable", "$historyFolder", _J, "refused"),
    Notation("variable", "$input", _Y, "done", "`$input-askonce` means the same"),
    Notation("variable", "$prompt", _Y, "done", "means the same as `$input`"),
    Notation("variable", "$password", _Y, "done"),
    Notation("variable", "$pick", _Y, "done", "`$pick-askonce` means the same"),
    Notation("variable", "$auth", f"{_J}, {_K}", "refused", "get the token with a request"),
    Notation("variable", "$aadToken", _R, "refused", "get the token with a request"),
    Notation("variable", "$aadV2Token", _R, "refused", "get the token with a request"),
    Notation("variable", "$global", _Y, "refused", "call `client.global.set('id', ..)` and write `{{id}}`"),
    Notation("variable", "$xpath", _Y, "refused", "use `{{name.response.body.//x}}`"),
    Notation("variable", "$oidcAccessToken", _R, "refused", "get the token with a request"),
    Notation("header", "X-ClientCert", _Y, "done", "takes PEM files, not `pfx` or a passphrase; it is not sent"),
    Notation("header", "ClientCert", _Y, "done", "means the same as `X-ClientCert`"),
    Notation("header", "Proxy", _Y, "refused", "give the run `--proxy URL`"),
    Notation("header", "X-Request-Type", f"{_R}, {_Y}, {_K}", "done", "the value may be `GraphQL`"),
    Notation("header", "Content-Length", _A, "done", "callbox computes the length itself"),
    Notation("header", "Host", _J, "done", "sets the host if the target is a path"),
    Notation("header", "Cookie", _A, "done", "replaces the cookies of the jar"),
    Notation("header", "Authorization: Basic", _A, "done", "the value is `user:password` or `user password`"),
    Notation("header", "Authorization: Digest", _A, "done", "the value is `user password`"),
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
    Notation("environment", "$default, $kulalaShared", _K, "done", "means the same as `$shared`"),
    Notation("environment", "$kulalaDefaultHeaders", _K, "said", "write the headers into the requests"),
    Notation("environment", "request_rejectUnauthorized", _Y, "said", "use `# @insecure` or `--insecure`"),
    Notation("environment", "request_noRedirect", _Y, "said", "use `# @no-redirect` or `--follow no`"),
    Notation("environment", "request_timeout", _Y, "said", "use `# @timeout` or `--timeout`"),
    Notation("environment", "request_proxy", _Y, "said", "give the run `--proxy URL`"),
    Notation("environment", "SSLConfiguration", f"{_J}, {_V}", "done", "takes PEM files"),
    Notation("environment", '"provider": ..', _V, "refused", "callbox does not read secrets of a store"),
    Notation("environment", "Security.Auth", _J, "refused", "`$auth.token` is an error"),
    Notation("environment", ".env", f"{_R}, {_Y}, {_K}", "done"),
    Notation("environment", "NAME.env, .env.NAME", _Y, "done"),
    Notation("environment", "env/", _Y, "done", "is searched beside the script and in each folder above"),
    Notation(
        "environment",
        ".httpyac.json, httpyac.config.json",
        _Y,
        "done",
        "its `environments` are read; other settings in it have no effect, with a warning",
    ),
    Notation(
        "environment",
        ".httpyac.js, httpyac.config.js, package.json",
        _Y,
        "said",
        "write its environments into http-client.env.json",
    ),
    Notation("setting", "rest-client.environmentVariables", _R, "said", "write them into http-client.env.json"),
    Notation("setting", "rest-client.certificates", _R, "said", "give the run `--cert FILE`"),
    Notation("setting", "rest-client.defaultHeaders", _R, "said", "write the headers into the requests"),
    Notation("setting", "rest-client.followredirect", _R, "said", "use `--follow no` or `# @no-redirect`"),
    Notation("setting", "rest-client.timeoutinmilliseconds", _R, "said", "give the run `--timeout 5s`"),
    Notation("setting", "rest-client.rememberCookiesForSubsequentRequests", _R, "said", "use `# @no-cookie-jar`"),
    Notation("setting", "rest-client.formParamEncodingStrategy", _R, "said", "use `# @no-auto-encoding`"),
    Notation("setting", "http.proxy, rest-client.excludeHostsForProxy", _R, "said", "use `--proxy`, `--no-proxy`"),
    Notation("setting", "http.proxyStrictSSL", _R, "said", "use `--verify no` or `# @insecure`"),
    Notation("setting", "httpyac.environmentVariables", _Y, "said", "write them into http-client.env.json"),
    Notation("setting", "httpyac.environmentSelectedOnStart", _Y, "said", "give the run `-e NAME`"),
    Notation("setting", "httpyac.envDirName", _Y, "said", "callbox searches a folder `env`"),
    Notation("setting", "httpyac.requestGotOptions", _Y, "said", "use options of the run"),
    Notation("setting", "httpyac.requestDefaultHeaders", _Y, "said", "write the headers into the requests"),
    Notation("setting", "httpyac.requestBodyInjectVariablesExtensions", _Y, "said", "use `<@ file`"),
    Notation("setting", "httpyac.cookieJarEnabled", _Y, "said", "use `# @no-cookie-jar`"),
    Notation("script", "client.test, client.assert, client.log, client.exit", f"{_J}, {_Y}, {_K}", "done"),
    Notation(
        "script",
        "client.global.set, client.global.get, client.global.clear, client.global.clearAll, client.global.isEmpty",
        f"{_J}, {_Y}, {_K}",
        "done",
        "the values last until the end of the run",
    ),
    Notation(
        "script",
        "client.global.headers.set, client.global.headers.clear, client.global.headers.clearAll",
        _J,
        "done",
    ),
    Notation("script", "client.variables.global, client.variables.environment, client.variables.file", _J, "done"),
    Notation("script", "client.isEmpty", _K, "refused", "use `client.global.isEmpty()`"),
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
    Notation("script", "request.skip, request.abort, request.replay", _K, "refused", "use `# @disabled` or `# @retry`"),
    Notation("script", "request.body.getComputed", _K, "refused", "use `request.body.tryGetSubstituted()`"),
    Notation("script", "response.status, response.body", f"{_J}, {_Y}, {_K}", "done"),
    Notation(
        "script",
        "response.headers.valueOf, response.headers.valuesOf, response.contentType.mimeType,"
        " response.contentType.charset",
        f"{_J}, {_Y}, {_K}",
        "done",
    ),
    Notation(
        "script",
        "response.body.onEachLine, response.body.onEachMessage",
        _J,
        "done",
        "runs when the response has ended",
    ),
    Notation("script", "response.responseCode", _K, "refused", "use `response.status`"),
    Notation("script", "response.cookies", _K, "refused", "use `response.headers.valuesOf('Set-Cookie')`"),
    Notation("script", "response.body.getElementsByTagName", _J, "refused", "a body of XML is a text"),
    Notation("script", "jsonPath, $random, $env, btoa, atob", _J, "done"),
    Notation("script", "setTimeout, setInterval, clearTimeout, clearInterval, sleep", f"{_J}, {_K}", "done"),
    Notation("script", "crypto.md5, crypto.sha1, crypto.sha256, crypto.sha512, crypto.hmac", _J, "done"),
    Notation("script", "crypto.subtle, xpath(), DOMParser, URLSearchParams", _J, "refused"),
    Notation("script", "assert, $kulala", _K, "refused", "use `client.assert(..)`"),
    Notation("script", "require", f"{_Y}, {_K}", "refused", "use `import` of a file"),
    Notation("text", "###", _A, "done"),
    Notation("text", "### Shared", _K, "said", "its directives are only for its own request"),
    Notation("text", "### Shared each", _K, "said", "it is sent once; write `run #NAME` above other requests"),
    Notation("text", "NOP", _K, "refused", "write headers and scripts into each request"),
    Notation("text", "# comment, // comment", _A, "done"),
    Notation("text", "/* comment */", _Y, "done"),
    Notation("text", "@name = value", _A, "done"),
    Notation("text", "@name := value", _Y, "done", "means the same as `@name = value`"),
    Notation("text", "{{name}}, {{%name}}", _A, "done"),
    Notation("text", "{{name.response.body.$.x}}", _A, "done"),
    Notation("text", "{{name.response.body.//x}}", _R, "done", "needs the extra `xml`"),
    Notation("text", "{{nameResponse.parsedBody.x}}", _Y, "done"),
    Notation("text", "{{name.response.headers.X[1]}}", _K, "refused", "only the first value can be used"),
    Notation("text", "{{$.list..x}}", _J, "refused", "use `# @loop for x of list`"),
    Notation("text", "{{NAME}} of the system's environment", _K, "refused", "use `{{$env.NAME}}`"),
    Notation("text", "guid(), upper('x') without braces", _H, "said", "use `{{$guid}}` and similar variables"),
    Notation("text", "{{code()}}", _Y, "refused", "only a name may stand in `{{ }}`"),
    Notation("text", "{{ .. }} on lines of their own", _Y, "refused", "use `< {% .. %}`"),
    Notation("text", "< {% .. %}, > {% .. %}", f"{_J}, {_Y}, {_K}", "done", "needs the extra `js`"),
    Notation("text", "< file.js, > file.js", f"{_J}, {_K}", "done", "needs the extra `js`"),
    Notation("text", "< file.lua, > file.lua", _K, "refused"),
    Notation("text", "< file with {{name}} in the file", _K, "said", "use `<@ file`"),
    Notation("text", "< file, <@ file, <@latin1 file", _A, "done"),
    Notation("text", "gql NAME < file.gql", _Y, "done"),
    Notation(
        "text",
        "fragment NAME on TYPE { .. }, gql NAME < file above the request line",
        _Y,
        "done",
        "becomes a part of the query in the body",
    ),
    Notation("text", ">> file, >>! file", f"{_J}, {_Y}, {_K}", "done"),
    Notation("text", "<> file", _J, "shown", "refers to an earlier response"),
    Notation("text", "?? status == 200", _Y, "done", "JavaScript in this line is refused"),
    Notation("text", "EXPECTED_RESPONSE_STATUS 200", _H, "done", "`.._BODY` and `.._HEADERS` work, too"),
    Notation("text", "import FILE, run #name, run FILE", f"{_J}, {_K}", "done"),
    Notation("text", "curl ..", f"{_R}, {_K}", "done"),
    Notation("text", "HTTP/1.1 after a URL", _A, "done", "any other version is a lint, and callbox sends HTTP/1.1"),
    Notation("text", "HTTP/2 (Prior Knowledge)", _J, "done", "is a lint, and callbox sends HTTP/1.1"),
    Notation("text", "GRAPHQL", f"{_J}, {_Y}, {_K}", "done"),
    Notation("text", "SSE, EVENTSOURCE", _Y, "done"),
    Notation("text", "WEBSOCKET, WS, WSS", f"{_J}, {_Y}, {_K}", "refused"),
    Notation("text", "proto < file.proto", _Y, "refused"),
    Notation("text", "GRPC", f"{_J}, {_Y}, {_K}", "refused"),
    Notation("text", "MQTT, AMQP, RABBITMQ", _Y, "refused"),
    Notation("text", "...name among the headers", _Y, "refused", "write each header in the request"),
    Notation("text", "HTTP/1.1 200 OK below a request, or in a block of its own", _Y, "shown", "is a saved response"),
    Notation("text", "===, === wait-for-server", _Y, "refused", "write a request for each body"),
)

NOTATIONS: tuple[Notation, ...] = (*_DIRECTIVES, *_OTHERS)
"""Every row of the table, in the order of the page."""

CONSUMED = frozenset({"x-clientcert", "clientcert", "proxy", "x-request-type"})
"""The headers that are never sent. They have their names in manuals, in lower case."""
_TITLES = {
    "directive": "Directives", "variable": "Dynamic variables", "header": "Headers", "environment": "Environments",
    "setting": "Settings", "script": "Names in scripts", "text": "Lines and marks",
}  # fmt: skip
_PATTERNS = {"directive": "# @%s", "variable": "{{%s}}"}
_OUTCOMES = {"done": "works", "said": "no effect, with a warning", "shown": "no effect", "refused": "an error"}
BEGIN, END = "<!-- table of notations, from src/callbox/httpfile/tool_notations.py -->", "<!-- end of the table -->"
"""The lines of docs/scripts.md before and after the table."""


def may_be_consumed(name: str) -> bool:
    """Whether a header with this name may be a notation that is not sent."""
    bare = name.lower()
    return bare in CONSUMED or (bare.endswith("cert") and bare.replace("-", "").replace("_", "").endswith("clientcert"))


def hint_of(row: Notation) -> str:
    """The advice of a row, as a sentence for a message."""
    bare = row.note.replace("`", "")
    return bare[:1].upper() + bare[1:]


def markdown() -> str:
    """The table for docs/scripts.md."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield BEGIN
    for kind, title in _TITLES.items():
        yield from ("", f"**{title}**", "", "| notation | documented by | in callbox | details |", "|---|---|---|---|")
        for row in NOTATIONS:
            if row.kind == kind:
                cells = (f"`{_PATTERNS.get(kind, '%s') % row.name}`", row.tools, _OUTCOMES[row.outcome], _note(row))
                yield f"| {' | '.join(cells)} |".replace("|  |", "| |")
    yield from ("", END)


def _note(row: Notation) -> str:
    return "; ".join(filter(None, (f"means the same as `# @{row.means}`" if row.means else "", row.note)))


def replaced(page: str) -> str:
    """The page, with this table in place of the text between the two marks."""
    before, _, rest = page.partition(BEGIN)
    return before + markdown() + rest.partition(END)[2]
