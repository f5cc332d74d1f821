"""The notations in manuals of other tools, and what callbox does with each: one table of records.

The parser reads the directives from this table, and `make docs` writes the tables of docs/scripts.md. Dynamic variables
and headers are implemented elsewhere; a test compares them with this table.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

Outcome = Literal["works", "warned", "ignored", "refused"]
"""What callbox does with a notation.

`works`: callbox does what the manual says, or what `note` says. `warned`: the notation has no effect, and each run
warns about it. `ignored`: it has no effect, and needs no warning. `refused`: it is an error.
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
    _directive("name", _A, "works"),
    _directive("title", _Y, "works"),
    _directive("description", _Y, "works"),
    _directive("tag", _Y, "works", "`--tag a` chooses these requests"),
    _directive("prompt", f"{_R}, {_K}", "works", "callbox asks once in a run"),
    _directive("secret", _K, "works"),
    _directive("note", f"{_R}, {_Y}", "works"),
    _directive("no-redirect", f"{_R}, {_J}, {_Y}", "works", "`noRedirect` means the same"),
    _directive("no-cookie-jar", f"{_R}, {_J}, {_Y}, {_K}", "works", "`noCookieJar` means the same"),
    _directive("no-log", f"{_J}, {_Y}", "works", "`noLog` means the same"),
    _directive("no-auto-encoding", _J, "works"),
    _directive("use-os-credentials", _J, "refused", "write `Authorization: Basic {{user}}:{{password}}`"),
    _directive(
        "timeout",
        f"{_J}, {_Y}, {_H}",
        "works",
        "limits the time without any data from the server; a bare number is seconds",
    ),
    _directive("connection-timeout", f"{_J}, {_H}", "works"),
    _directive("ref", _Y, "works"),
    _directive("forceRef", _Y, "works"),
    _directive("dependsOn", _H, "works", means="ref"),
    _directive("if", _H, "works", "a comparison such as `==` may stand before the value; the value may be in quotes"),
    _directive(
        "if-not", _H, "works", "a comparison such as `==` may stand before the value; the value may be in quotes"
    ),
    _directive("pre-delay", _H, "works", means="sleep"),
    _directive("post-delay", _H, "works", "waits after the response"),
    _directive("sleep", _Y, "works", "waits before the request; a number without a unit is milliseconds"),
    _directive("delay", _K, "works", means="sleep"),
    _directive("loop", _Y, "works", "`for 3` and `for x of list` work, and `while` is refused"),
    _directive("disabled", _Y, "works"),
    _directive("import", _Y, "works", "the path may use fixed values: of the file, of `--var`, of an environment"),
    _directive("noRejectUnauthorized", _Y, "works", means="insecure"),
    _directive("curl-insecure", _K, "works", means="insecure"),
    _directive("kulala-curl--insecure", _K, "works", means="insecure"),
    _directive("curl-connect-timeout", _K, "works", "a number is seconds", means="connection-timeout"),
    _directive("kulala-curl--connect-timeout", _K, "works", "a number is seconds", means="connection-timeout"),
    _directive("curl-max-time", _K, "works", "a number is seconds", means="total-timeout"),
    _directive("kulala-curl--max-time", _K, "works", "a number is seconds", means="total-timeout"),
    _directive(
        "curl-location", _K, "ignored", "callbox always follows redirects; `kulala-curl--location` means the same"
    ),
    _directive(
        "curl-compressed",
        _K,
        "ignored",
        "callbox always decodes content codings; `kulala-curl--compressed` means the same",
    ),
    _directive("curl-no-buffer", _K, "ignored"),
    _directive("curl-non-buffer", _K, "ignored"),
    _directive("curl-data-urlencode", _K, "warned", "a form is always percent-encoded"),
    _directive("curl-..", _K, "warned", "write the request as a curl command"),
    _directive("kulala-curl-..", _K, "warned", "write the request as a curl command"),
    _directive("grpc-..", _K, "warned", "GRPC requests are refused"),
    _directive("kulala-expect-status-code", _K, "works", "means the same as `# @expect status 200`"),
    _directive(
        "injectVariables", _Y, "works", "replaces variables in `< file` as in `<@ file`", means="inject-variables"
    ),
    _directive("noProxy", _Y, "warned", "use `--no-proxy HOST`"),
    _directive("proxy", _Y, "warned", "use `--proxy URL`"),
    _directive("noClientCert", _Y, "warned", "callbox uses a client certificate only if the run or the file names one"),
    _directive("ratelimit", _Y, "warned", "use `--rate` or `--delay`"),
    _directive("keepStreaming", _Y, "warned", "use `# @events 3` or `# @total-timeout`"),
    _directive(
        "postRedirectGet",
        _Y,
        "ignored",
        "a POST always becomes a GET after a redirect; `# @keep-method` switches this off",
    ),
    _directive("graphql", _K, "works", "means the same as `X-Request-Type: GraphQL`"),
    _directive("noGqlParsing", _Y, "warned", "`# @raw-body` sends the body unchanged"),
    _directive("xpath_ns", _Y, "warned", "the namespace prefixes of the document work without this directive"),
    _directive("kulala-prompt", _K, "warned", "use `# @prompt NAME text`"),
    _directive("kulala-file-contents-to-variable", _K, "warned", "use `<@ file` in the body"),
    _directive("jwt", _Y, "warned", "the token is not decoded"),
    _directive("save", _Y, "warned", "use `>> file`"),
    _directive("responseRef", _Y, "warned", "callbox does not read saved responses below a request"),
    _directive("forceRegionDelimiter", _Y, "ignored", "put `###` above a request line that follows a text body"),
    _directive("grpcReflection", _Y, "warned", "GRPC requests are refused"),
    _directive("attach-cookie-jar", _K, "warned", "use `--cookie-jar FILE`"),
    _directive("accept", _K, "warned", "use `# @events 3` or `# @total-timeout` to end a stream"),
    _directive("jq", _K, "warned", "use JSONPath in `# @expect` or `# @capture`"),
    _directive("env-json-key", _K, "warned", "use `# @capture NAME = body $.path`"),
    _directive("env-header-key", _K, "warned", "use `# @capture NAME = header Name`"),
    _directive("env-stdin-cmd", _K, "warned", "callbox runs no shell command that a file names"),
    _directive("env-stdin-cmd-pre", _K, "warned", "callbox runs no shell command that a file names"),
    _directive("stdin-cmd", _K, "warned", "callbox runs no shell command that a file names"),
    _directive("stdin-cmd-pre", _K, "warned", "callbox runs no shell command that a file names"),
    _directive("kulala-vscode-restclient-compat", _K, "ignored", "callbox always reads `{{name.response.body.$.x}}`"),
    _directive("kulala-openapi-explorer", _K, "warned", "the request is sent as it is written"),
    _directive("kulala-openapi-no-cache", _K, "warned", "the request is sent as it is written"),
    _directive("kulala-openapi-json", _K, "warned", "the request is sent as it is written"),
    _directive("debug", _Y, "ignored"),
    _directive("verbose", _Y, "ignored"),
    _directive("extension", _Y, "ignored"),
    _directive("language", _Y, "ignored"),
    _directive("noResponseView", _Y, "ignored"),
    _directive("noStreamingLog", _Y, "ignored"),
    _directive("openWith", _Y, "ignored"),
    _directive("expect", "callbox", "works", "checks a response; `openapi` and `schema` compare it with a schema"),
    _directive("capture", "callbox", "works"),
    _directive(
        "operation", "callbox", "works", "names the operation of the OpenAPI description that the request calls"
    ),
    _directive("no-openapi", "callbox", "works", "does not check this request with `--openapi`"),
    _directive("insecure", "callbox", "works"),
    _directive("keep-method", "callbox", "works"),
    _directive("raw-body", "callbox", "works"),
    _directive("strip-comments", "callbox", "works"),
    _directive("retry", "callbox", "works"),
    _directive("events", "callbox", "works"),
    _directive(
        "total-timeout", "callbox", "works", "limits the time of the whole request, as `# @timeout` in httpyac does"
    ),
    _directive(
        "always",
        "callbox",
        "works",
        "marks the request as clean-up: it is sent even after `--bail`, Ctrl-C and `--deadline`",
    ),
)

_OTHERS = (
    Notation("variable", "$uuid", f"{_J}, {_Y}, {_K}", "works"),
    Notation("variable", "$guid", f"{_R}, {_V}", "works"),
    Notation("variable", "$random.uuid", _J, "works"),
    Notation("variable", "$timestamp", _A, "works", "the time in seconds"),
    Notation("variable", "$timestampMs", "callbox", "works"),
    Notation("variable", "$isoTimestamp", _J, "works"),
    Notation("variable", "$datetime", f"{_R}, {_V}, {_Y}", "works"),
    Notation("variable", "$localDatetime", f"{_R}, {_V}, {_Y}", "works"),
    Notation("variable", "$date", _K, "works", "the date in UTC, as `YYYY-MM-DD`"),
    Notation("variable", "$randomInt", _A, "works"),
    Notation("variable", "$random.integer", _J, "works"),
    Notation("variable", "$random.float", _J, "works"),
    Notation("variable", "$random.alphabetic", _J, "works"),
    Notation("variable", "$random.alphanumeric", _J, "works"),
    Notation("variable", "$random.hexadecimal", _J, "works"),
    Notation("variable", "$random.email", _J, "works"),
    Notation("variable", "$random.name.firstName", _J, "refused", "callbox does not invent names and addresses"),
    Notation("variable", "$exampleServer", _J, "refused"),
    Notation("variable", "$placeholder", _J, "refused", "write the value"),
    Notation("variable", "$env", f"{_J}, {_K}", "works"),
    Notation("variable", "$processEnv", f"{_R}, {_V}, {_Y}", "works"),
    Notation("variable", "$dotenv", f"{_R}, {_V}, {_Y}", "works"),
    Notation("variable", "$projectRoot", _J, "works", "the folder of the script"),
    Notation("variable", "$historyFolder", _J, "refused"),
    Notation("variable", "$input", _Y, "works", "`$input-askonce` means the same"),
    Notation("variable", "$prompt", _Y, "works", "means the same as `$input`"),
    Notation("variable", "$password", _Y, "works"),
    Notation("variable", "$pick", _Y, "works", "`$pick-askonce` means the same"),
    Notation("variable", "$auth", f"{_J}, {_K}", "refused", "get the token with a request"),
    Notation("variable", "$aadToken", _R, "refused", "get the token with a request"),
    Notation("variable", "$aadV2Token", _R, "refused", "get the token with a request"),
    Notation("variable", "$global", _Y, "refused", "call `client.global.set('id', ..)` and write `{{id}}`"),
    Notation("variable", "$xpath", _Y, "refused", "use `{{name.response.body.//x}}`"),
    Notation("variable", "$oidcAccessToken", _R, "refused", "get the token with a request"),
    Notation(
        "header",
        "X-ClientCert",
        _Y,
        "works",
        "takes PEM files, not `pfx` or a passphrase; the header itself is not sent",
    ),
    Notation("header", "ClientCert", _Y, "works", "means the same as `X-ClientCert`"),
    Notation("header", "Proxy", _Y, "refused", "use `--proxy URL`"),
    Notation("header", "X-Request-Type", f"{_R}, {_Y}, {_K}", "works", "the value may be `GraphQL`"),
    Notation("header", "Event", _Y, "warned", "in an `SSE` request; it is not sent, and callbox reads all events"),
    Notation("header", "Content-Type", _A, "works", "decides how the body is read"),
    Notation("header", "Content-Length", _A, "works", "callbox computes the length itself"),
    Notation("header", "Host", _J, "works", "sets the host if the target is a path"),
    Notation("header", "Cookie", _A, "works", "replaces the cookies of the jar"),
    Notation("header", "Authorization: Basic", _A, "works", "the value is `user:password` or `user password`"),
    Notation("header", "Authorization: Digest", _A, "works", "the value is `user password`"),
    Notation("header", "Authorization: AWS", f"{_R}, {_Y}", "refused"),
    Notation("header", "Authorization: COGNITO", _R, "refused"),
    Notation("header", "Authorization: NTLM", f"{_J}, {_K}", "refused"),
    Notation("header", "Authorization: Negotiate", _J, "refused"),
    Notation("header", "Authorization: OAuth2", _Y, "refused"),
    Notation("header", "Authorization: OpenId", _Y, "refused"),
    Notation(
        "environment",
        "http-client.env.json",
        f"{_J}, {_V}, {_Y}, {_K}",
        "works",
        "only the nearest file; httpyac and Kulala also read those in the folders above it",
    ),
    Notation("environment", "http-client.private.env.json", f"{_J}, {_Y}, {_K}", "works"),
    Notation("environment", "http-client.env.json.user", _V, "works"),
    Notation(
        "environment",
        "rest-client.env.json, rest-client.private.env.json",
        _J,
        "works",
        "the names of these files in older versions",
    ),
    Notation("environment", "$schema", f"{_V}, {_K}", "ignored", "not an environment"),
    Notation("environment", "$shared", f"{_R}, {_V}, {_K}", "works"),
    Notation("environment", "$default, $kulalaShared", _K, "works", "means the same as `$shared`"),
    Notation("environment", "$kulalaDefaultHeaders", _K, "warned", "write the headers into the requests"),
    Notation("environment", "request_rejectUnauthorized", _Y, "warned", "use `# @insecure` or `--insecure`"),
    Notation("environment", "request_noRedirect", _Y, "warned", "use `# @no-redirect` or `--follow no`"),
    Notation("environment", "request_timeout", _Y, "warned", "use `# @timeout` or `--timeout`"),
    Notation("environment", "request_proxy", _Y, "warned", "use `--proxy URL`"),
    Notation("environment", "SSLConfiguration", f"{_J}, {_V}", "works", "an unknown member is an error"),
    Notation(
        "environment",
        "SSLConfiguration.verifyHostCertificate, SSLConfiguration.clientCertificate,"
        " SSLConfiguration.clientCertificateKey, SSLConfiguration.hasCertificatePassphrase",
        _J,
        "works",
        "PEM files; `hasCertificatePassphrase` is only accepted as `false`",
    ),
    Notation("environment", '"provider": ..', _V, "refused", "callbox does not read secrets from a secret store"),
    Notation("environment", "Security.Auth", _J, "refused", "`$auth.token` is an error"),
    Notation("environment", ".env", f"{_R}, {_Y}, {_K}", "works"),
    Notation("environment", "NAME.env, .env.NAME", _Y, "works", "if both have a variable, `.env.NAME` wins"),
    Notation(
        "environment", "env/", _Y, "works", "callbox looks for this folder beside the script and in each folder above"
    ),
    Notation(
        "environment",
        ".httpyac.json, httpyac.config.json",
        _Y,
        "works",
        "its `environments` are read; other settings in it have no effect, with a warning",
    ),
    Notation(
        "environment",
        ".httpyac.js, .httpyac.cjs, .httpyac.config.js, .httpyac.config.cjs, httpyac.config.js, httpyac.config.cjs,"
        " package.json",
        _Y,
        "warned",
        "write its environments into http-client.env.json",
    ),
    Notation("environment", "HTTPYAC_ENV", _Y, "warned", "use `--env-file FILE`"),
    Notation("setting", "rest-client.environmentVariables", _R, "warned", "write them into http-client.env.json"),
    Notation("setting", "rest-client.certificates", _R, "warned", "use `--cert FILE`"),
    Notation("setting", "rest-client.defaultHeaders", _R, "warned", "write the headers into the requests"),
    Notation("setting", "rest-client.followredirect", _R, "warned", "use `--follow no` or `# @no-redirect`"),
    Notation("setting", "rest-client.timeoutinmilliseconds", _R, "warned", "use `--timeout 5s`"),
    Notation("setting", "rest-client.rememberCookiesForSubsequentRequests", _R, "warned", "use `# @no-cookie-jar`"),
    Notation("setting", "rest-client.formParamEncodingStrategy", _R, "warned", "use `# @no-auto-encoding`"),
    Notation("setting", "http.proxy, rest-client.excludeHostsForProxy", _R, "warned", "use `--proxy`, `--no-proxy`"),
    Notation("setting", "http.proxyStrictSSL", _R, "warned", "use `--verify no` or `# @insecure`"),
    Notation(
        "setting",
        "rest-client.previewOption, rest-client.fontSize, rest-client.logLevel",
        _R,
        "ignored",
        "settings of the editor's display, and others of this kind",
    ),
    Notation(
        "setting",
        "rest-client.oidcScopes, rest-client.oidcCertificates",
        _R,
        "warned",
        "`$oidcAccessToken` is an error",
    ),
    Notation("setting", "httpyac.environmentVariables", _Y, "warned", "write them into http-client.env.json"),
    Notation("setting", "httpyac.environmentSelectedOnStart", _Y, "warned", "use `-e NAME`"),
    Notation("setting", "httpyac.envDirName", _Y, "warned", "callbox searches a folder `env`"),
    Notation("setting", "httpyac.requestGotOptions", _Y, "warned", "use command-line options of `callbox replay`"),
    Notation("setting", "httpyac.requestDefaultHeaders", _Y, "warned", "write the headers into the requests"),
    Notation("setting", "httpyac.requestBodyInjectVariablesExtensions", _Y, "warned", "use `<@ file`"),
    Notation("setting", "httpyac.cookieJarEnabled", _Y, "warned", "use `# @no-cookie-jar`"),
    Notation("script", "client.test, client.assert, client.log, client.exit", f"{_J}, {_Y}, {_K}", "works"),
    Notation(
        "script",
        "client.global.set, client.global.get, client.global.clear, client.global.clearAll, client.global.isEmpty",
        f"{_J}, {_Y}, {_K}",
        "works",
        "the values last until the end of the run",
    ),
    Notation(
        "script",
        "client.global.headers.set, client.global.headers.clear, client.global.headers.clearAll",
        _J,
        "works",
    ),
    Notation(
        "script",
        "client.variables.global, client.variables.environment.get, client.variables.file.get,"
        " client.variables.request",
        _J,
        "works",
        "`client.variables.global` and `client.variables.request` have the functions of `client.global` and"
        " `request.variables`",
    ),
    Notation("script", "client.global.headers.get", _K, "refused"),
    Notation("script", "client.isEmpty", _K, "refused", "use `client.global.isEmpty()`"),
    Notation(
        "script",
        "client.assert.true, client.assert.same, client.assert.hasString, client.assert.responseHas,"
        " client.assert.headersHas, client.assert.bodyHas, client.assert.jsonHas, client.test.skip",
        _K,
        "refused",
        "use `client.assert(condition, message)`",
    ),
    Notation("script", "request.method, request.url, request.body", f"{_J}, {_K}", "works"),
    Notation("script", "request.iteration", f"{_J}, {_K}", "works", "the round of `# @loop`, from 0"),
    Notation(
        "script",
        "request.headers.all, request.headers.findByName, request.environment.get, request.url.getRaw,"
        " request.url.tryGetSubstituted, request.body.getRaw, request.body.tryGetSubstituted",
        f"{_J}, {_Y}, {_K}",
        "works",
    ),
    Notation(
        "script",
        "header.name, header.value, header.getRawValue, header.tryGetSubstitutedValue",
        f"{_J}, {_Y}",
        "works",
        "of the headers that `request.headers` gives; `name` is a text, and the others are functions",
    ),
    Notation("script", "header.tryGetSubstituted", _K, "refused", "use `tryGetSubstitutedValue()`"),
    Notation(
        "script",
        "request.variables.get, request.variables.set, request.variables.isEmpty, request.variables.clear,"
        " request.variables.clearAll",
        f"{_J}, {_Y}, {_K}",
        "works",
    ),
    Notation("script", "request.templateValue", _J, "refused"),
    Notation("script", "request.skip, request.abort, request.replay", _K, "refused", "use `# @disabled` or `# @retry`"),
    Notation("script", "request.body.getComputed", _K, "refused", "use `request.body.tryGetSubstituted()`"),
    Notation("script", "response.status, response.body", f"{_J}, {_Y}, {_K}", "works"),
    Notation(
        "script",
        "response.headers.valueOf, response.headers.valuesOf, response.contentType.mimeType,"
        " response.contentType.charset",
        f"{_J}, {_Y}, {_K}",
        "works",
    ),
    Notation("script", "response.headers.all", "callbox", "works"),
    Notation(
        "script",
        "response.body.onEachLine, response.body.onEachMessage",
        _J,
        "works",
        "runs when the response has ended",
    ),
    Notation("script", "response.responseCode", _K, "refused", "use `response.status`"),
    Notation(
        "script",
        "response.cookies, response.cookiesByName",
        f"{_J}, {_K}",
        "refused",
        "use `response.headers.valuesOf('Set-Cookie')`",
    ),
    Notation(
        "script",
        "response.body.getElementsByTagName, response.body.getElementById, response.body.documentElement,"
        " response.body.firstChild, response.body.childNodes",
        _J,
        "refused",
        "in a script, an XML body is a text",
    ),
    Notation(
        "script",
        "console.log, console.info, console.warn, console.error, console.debug",
        f"{_J}, {_Y}, {_K}",
        "works",
        "mean the same as `client.log`",
    ),
    Notation("script", "jsonPath, $env, btoa, atob", _J, "works"),
    Notation(
        "script",
        "$random.integer, $random.float, $random.alphabetic, $random.alphanumeric, $random.hexadecimal,"
        " $random.email, $random.uuid",
        _J,
        "works",
    ),
    Notation(
        "script",
        "setTimeout, setInterval, clearTimeout, clearInterval, queueMicrotask",
        _J,
        "works",
        "run after the script, the shortest delay first; callbox does not wait for the delays",
    ),
    Notation("script", "sleep", _J, "works", "callbox waits after the script"),
    Notation(
        "script",
        "crypto.md5, crypto.sha1, crypto.sha256, crypto.sha384, crypto.sha512, crypto.hmac.md5, crypto.hmac.sha1,"
        " crypto.hmac.sha256, crypto.hmac.sha384, crypto.hmac.sha512",
        _J,
        "works",
    ),
    Notation(
        "script",
        "digest.updateWithText, digest.updateWithHex, digest.updateWithBase64, digest.withTextSecret,"
        " digest.withHexSecret, digest.withBase64Secret, digest.digest, digest.toHex, digest.toBase64",
        _J,
        "works",
        "of the objects that `crypto.sha256()`, `crypto.hmac.sha256()` and their like give",
    ),
    Notation("script", "performance, DOMException", "callbox", "works"),
    Notation("script", "crypto.subtle, xpath(), DOMParser", _J, "refused"),
    Notation(
        "script",
        "URL, URLSearchParams",
        f"{_J}, {_Y}, {_K}",
        "refused",
        "write the parameters into the URL; `encodeURIComponent(..)` works",
    ),
    Notation("script", "TextEncoder, TextDecoder", f"{_Y}, {_K}", "refused", "`crypto` takes texts"),
    Notation(
        "script",
        "fetch, XMLHttpRequest, WebSocket",
        f"{_Y}, {_K}",
        "refused",
        "a script sends nothing; write a request, and `run #name` or `# @ref`",
    ),
    Notation(
        "script",
        "process, Buffer, module, exports, $global, test, response.parsedBody, response.statusCode",
        _Y,
        "refused",
        "use `$env`, `atob`, `import`, `client.global`, `client.test`, `response.body` and `response.status`",
    ),
    Notation("script", "assert, $kulala", _K, "refused", "use `client.assert(..)`"),
    Notation("script", "require", f"{_Y}, {_K}", "refused", "use `import` of a file"),
    Notation("text", "###", _A, "works"),
    Notation("text", "### Shared", _K, "warned", "its directives apply only to its own request"),
    Notation(
        "text", "### Shared each", _K, "warned", "the request is sent once; write `run #NAME` above other requests"
    ),
    Notation("text", "NOP", _K, "refused", "write headers and scripts into each request"),
    Notation("text", "# comment, // comment", _A, "works"),
    Notation("text", "# comment in a text body", f"{_R}, {_J}, {_Y}", "warned", "callbox sends the line"),
    Notation("text", "/* comment */", _Y, "works"),
    Notation("text", "@name = value", _A, "works"),
    Notation("text", "@name := value", _Y, "works", "means the same as `@name = value`"),
    Notation("text", "{{name}}, {{%name}}", _A, "works"),
    Notation("text", "{{name.response.body.$.x}}", _A, "works"),
    Notation("text", "{{name.response.body.//x}}", _R, "works", "needs the extra `xml`"),
    Notation("text", "{{nameResponse.parsedBody.x}}", _Y, "works"),
    Notation("text", "{{name.response.headers.X[1]}}", _K, "refused", "only the first value can be used"),
    Notation("text", "{{$.list..x}}", _J, "refused", "use `# @loop for x of list`"),
    Notation("text", "{{list[*].x}}", _K, "refused", "use `# @loop for x of list`"),
    Notation("text", "{{NAME}} of the system's environment", _K, "refused", "use `{{$env.NAME}}`"),
    Notation(
        "text",
        "guid(), string(), number(), name(), first_name(), last_name(), address(), email(), job_title(), getdate(),"
        " gettime(), getdatetime(), getutcdatetime(), base64_encode('x'), upper('x'), lower('x'), lorem_ipsum(5)",
        _H,
        "warned",
        "without braces, the call is sent as it is written; use `{{$guid}}` and similar variables",
    ),
    Notation("text", "{{code()}}", _Y, "refused", "only a name may stand in `{{ }}`"),
    Notation("text", "{{ .. }} on lines of their own", _Y, "refused", "use `< {% .. %}`"),
    Notation("text", "< {% .. %}, > {% .. %}", f"{_J}, {_Y}, {_K}", "works", "needs the extra `js`"),
    Notation("text", "< file.js, > file.js", f"{_J}, {_K}", "works", "needs the extra `js`"),
    Notation("text", "await, return outside of functions of a script", f"{_J}, {_K}", "works"),
    Notation("text", "< file.lua, > file.lua", _K, "refused"),
    Notation("text", "< file with {{name}} in the file", _K, "warned", "use `<@ file`"),
    Notation("text", "< file, <@ file, <@latin1 file", _A, "works"),
    Notation("text", "gql NAME < file.gql", _Y, "works"),
    Notation(
        "text",
        "fragment NAME on TYPE { .. }, gql NAME < file above the request line",
        _Y,
        "works",
        "becomes a part of the query in the body",
    ),
    Notation("text", ">> file, >>! file", f"{_J}, {_Y}, {_K}", "works"),
    Notation("text", "<> file", _J, "ignored", "a reference to an earlier response, which is not read"),
    Notation("text", "?? status == 200", _Y, "works", "JavaScript in this line is an error"),
    Notation(
        "text",
        "?? header NAME == x, ?? headers NAME == x, ?? body $.x == 1, ?? xpath //a == x",
        _Y,
        "works",
    ),
    Notation(
        "text",
        "?? statusCode 200, ?? reason == OK, ?? time < 200 ms, ?? openapi, ?? schema a.json",
        "callbox",
        "works",
        "`# @expect` takes the same words",
    ),
    Notation("text", "?? duration < 200, ?? duration total < 200", _Y, "works", "200 means milliseconds"),
    Notation("text", "?? duration firstByte < 200", _Y, "refused", "only the whole time can be checked"),
    Notation("text", "EXPECTED_RESPONSE_STATUS 200", _H, "works", "`.._BODY` and `.._HEADERS` work, too"),
    Notation("text", "import FILE, run #name, run FILE", f"{_J}, {_K}", "works"),
    Notation(
        "text", "run #POST URL", _K, "works", "runs the request with this method and URL, for a request without a name"
    ),
    Notation("text", "curl ..", f"{_R}, {_K}", "works"),
    Notation(
        "text",
        "HTTP/1.1 after a URL",
        _A,
        "works",
        "callbox always sends HTTP/1.1; each run warns about any other version",
    ),
    Notation("text", "HTTP/2 (Prior Knowledge)", _J, "works", "callbox sends HTTP/1.1, with a warning"),
    Notation("text", "GRAPHQL", f"{_J}, {_Y}, {_K}", "works"),
    Notation("text", "SSE, EVENTSOURCE", _Y, "works"),
    Notation("text", "WEBSOCKET, WS, WSS", f"{_J}, {_Y}, {_K}", "refused"),
    Notation("text", "ws://, wss://, grpc://, mqtt://, mqtts://, amqp://", f"{_J}, {_Y}, {_K}", "refused"),
    Notation("text", "proto < file.proto", _Y, "refused"),
    Notation("text", "GRPC", f"{_J}, {_Y}, {_K}", "refused"),
    Notation("text", "MQTT, AMQP, RABBITMQ", _Y, "refused"),
    Notation("text", "...name among the headers", _Y, "refused", "write each header in the request"),
    Notation(
        "text",
        "HTTP/1.1 200 OK below a request, or in a block of its own",
        _Y,
        "ignored",
        "a saved response, which is not sent",
    ),
    Notation("text", "===, === wait-for-server", _Y, "refused", "write a request for each body"),
)

NOTATIONS: tuple[Notation, ...] = (*_DIRECTIVES, *_OTHERS)
"""Every row of the table, in the order of the page."""

CONSUMED = frozenset({"x-clientcert", "clientcert", "proxy", "x-request-type"})
"""The headers that are never sent. They have their names in manuals, in lower case."""
_TITLES = {
    "directive": "Directives", "variable": "Dynamic variables", "header": "Headers", "environment": "Environments",
    "setting": "Settings", "script": "Names in scripts", "text": "Syntax of lines",
}  # fmt: skip
_PATTERNS = {"directive": "# @%s", "variable": "{{%s}}"}
_OUTCOMES = {"works": "works", "warned": "no effect, with a warning", "ignored": "no effect", "refused": "an error"}
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
