"""Every command of the shell, in the order of help: the one table for parser, completer, help and manual.

The order is: requests; set, unset and navigation; show; saved sessions and requests, import and export; scripts and
the shell itself. A handler is named as text, `MODULE:FUNCTION`, and imported when its command runs.
"""

from __future__ import annotations

from collections.abc import Mapping

from callbox.engine.options import OPTIONS
from callbox.replay.run_option_table import RUN_OPTIONS
from callbox.shell.line.grammar import Argument, Command, Flag

BODY_FLAGS = (
    Flag("json", ("--json", "-j"), "send the fields as JSON (the default)"),
    Flag("form", ("--form", "-f"), "send the fields as a form"),
    Flag("multipart", ("--multipart",), "send the fields as multipart/form-data, even without a file"),
    Flag("body", ("--body",), "send this text as the body; @- is the standard input", "text"),
    Flag("edit", ("--edit",), "edit the request in $EDITOR before it is sent; if you do not save it, nothing is sent"),
    Flag(
        "example",
        ("--example",),
        "take the body from the description of the API, or from its example NAME; typed fields win",
        "text",
        is_optional=True,
        metavar="NAME",
    ),
)
AUTH_FLAGS = (
    Flag(
        "auth",
        ("--auth", "-a"),
        "credentials for this request only: user:password; user (callbox asks for the password); with -A bearer, a "
        "token; the word none sends no credentials",
        "credentials",
    ),
    Flag(
        "auth-type",
        ("--auth-type", "-A"),
        "scheme of --auth, or of the user and password of the session: basic, bearer, digest or apikey",
        "scheme",
    ),
)
CHARSET = Flag(
    "charset",
    ("--charset", "--response-charset"),
    "read the text of the body in this charset, whatever the response says; files and pipes get the bytes",
    "charset",
)
SHOWN_AS = Flag("as", ("--as",), "show the body as json, xml, html or text, whatever its media type", "body_form")
DISPLAY_FLAGS = (
    Flag(
        "print",
        ("--print", "-p"),
        "parts to print: headers H and body B of the request, h and b of the response",
        "parts",
    ),
    Flag("verbose", ("--verbose", "-v"), "also print the request, like --print=HBhb"),
    Flag(
        "headers",
        ("--headers", "-h"),
        "print only the headers of the response, like --print=h; as the only word after a command (post -h), -h shows "
        "help",
    ),
    Flag("content", ("--content", "-b"), "print only the body of the response, like --print=b"),
    Flag(
        "quiet",
        ("--quiet", "-q"),
        "print only the body, or the parts that -h, -v or -p choose; print errors, but no status line, notes or "
        "progress",
    ),
    Flag("whole", ("--whole",), "print the whole body, however long"),
    Flag("all", ("--all",), "print every exchange, also those of redirects and authentication challenges"),
    Flag(
        "stream",
        ("--stream", "-S"),
        "print each part of the body when it arrives (callbox always does this for events and NDJSON)",
    ),
    Flag(
        "download",
        ("--download", "-d"),
        "write the body to a file: to =FILE, or to the name that the response proposes; resume an interrupted "
        "download; =- switches this off",
        "download_file",
        is_optional=True,
    ),
    SHOWN_AS,
    CHARSET,
    Flag("pager", ("--pager",), "show the response in a pager: $PAGER, or less"),
    Flag("unsafe-terminal", ("--unsafe-terminal",), "print control characters of the body as they are"),
)
OTHER_FLAGS = (
    Flag(
        "all-pages",
        ("--all-pages",),
        "also fetch the next pages, as long as a response names a next page; at most 100 pages, or N",
        "count",
        is_optional=True,
        metavar="N",
    ),
    Flag(
        "validate",
        ("--validate",),
        "check the response against the description of the API, or against the description in =FILE or at =URL",
        "text",
        is_optional=True,
        metavar="FILE",
    ),
    Flag("path-as-is", ("--path-as-is",), "keep dot segments of the path"),
    Flag("no-session", ("--no-session",), "send without the session's headers, cookies, auth and query"),
    Flag(
        "as-typed",
        ("--as-typed",),
        "send forms and lists as you typed them, not in the form that the description of the API says",
    ),
)


_REPLAY_OPTIONS = (
    "name", "index", "tag", "from", "to", "var", "env", "env-file", "private-env-file", "vars-file", "dry-run", "bail",
    "fail-on", "retry", "retry-interval", "retry-on", "delay", "rate", "repeat", "shuffle", "deadline", "undefined",
    "no-auto-deps", "allow-empty", "openapi", "sandbox", "sandbox-output", "allow-env", "allow-host",
)  # fmt: skip
"""The options of `callbox replay` that the shell's `replay` also has.

Reports, jobs and cookie jars are options of the program only.
"""
_REPLAY_KINDS = {"flag": "", "pair": "run_pair"}


def _run_flags() -> tuple[Flag, ...]:
    return tuple(
        Flag(
            option.name,
            (f"--{option.name}", *([f"-{option.short}"] if option.short else [])),
            option.help,
            _REPLAY_KINDS.get(option.kind, "run_value"),
            is_optional=option.kind == "count",
            metavar=option.metavar,
            is_many=option.is_repeatable,
        )
        for option in (RUN_OPTIONS[name] for name in _REPLAY_OPTIONS)
    )


def _option_flags() -> tuple[Flag, ...]:
    """One flag for each option of a request, without options that have a separate flag, such as `--print`."""
    own = {flag.name for flag in BODY_FLAGS + AUTH_FLAGS + DISPLAY_FLAGS + OTHER_FLAGS}
    return tuple(
        Flag(
            name,
            (f"--{name}", *(f"--{other}" for other in option.also)),
            option.help,
            kind="switch_value" if option.kind == "flag" else "option_value",
            option=name,
        )
        for name, option in OPTIONS.items()
        if option.scope != "shell" and name not in own
    )


REPLAY_FLAGS = _run_flags() + _option_flags()
"""The flags that may stand anywhere after `replay FILE`."""
REQUEST_FLAGS = BODY_FLAGS + AUTH_FLAGS + DISPLAY_FLAGS + OTHER_FLAGS + _option_flags()
"""The flags that may stand anywhere after the method."""


_HANDLERS = "callbox.shell.commands"

_REQUESTS_FAMILY = "Requests"
_SEND = "callbox.shell.commands.send_again_and_preview"
_TARGET = Argument(
    "target",
    "target",
    "optional",
    "a URL, or a path that is joined to the base. Without a target, the request goes to the base itself; if the method "
    "changes data and the request has no body, callbox asks you before it sends. The prompt also asks before DELETE, "
    "PUT or PATCH of a path such as /books/ if callbox knows this method only for longer paths",
)
_ABOUT_ITEMS = (
    "Items after the target are for this request only. Name:value is a header, name==value a query parameter. "
    "key=text and key:=JSON are fields of the body, and name@file uploads a file. Name: leaves out a header of the "
    "session, and Name; sends the header with an empty value."
)


def _method(method: str, summary: str, *examples: str) -> Command:
    return Command(
        (method,),
        summary,
        f"{_SEND}:send",
        arguments=(_TARGET,),
        flags=REQUEST_FLAGS,
        examples=examples,
        takes="items",
        family=_REQUESTS_FAMILY,
        about=_ABOUT_ITEMS,
    )


_AS = Flag("as", ("--as",), "print the request as an HTTP message, or as a command to run", "form_of_request")
_REVEAL = Flag("reveal", ("--reveal",), "print secrets as they are")
_TIMES = Flag(
    "times",
    ("--times",),
    "send the request this many times, and show the errors and the median, 95th percentile and longest time",
    "count",
)

_REQUEST_COMMANDS = (
    _method(
        "get",
        "Fetch a resource.",
        "get /users page==2",
        "get https://api.example.com/users Accept:text/csv",
        "get",
    ),
    _method("head", "Fetch the headers of a resource.", "head /users"),
    _method(
        "post",
        "Send a body to a resource.",
        "post /users name=Ann age:=42",
        "post /upload photo@me.png note=hi",
    ),
    _method("put", "Replace a resource.", "put /users/7 name=Ann roles:='[\"admin\"]'"),
    _method("patch", "Change a part of a resource.", "patch /users/7 address[city]=Delft"),
    _method("delete", "Remove a resource.", "delete /users/7"),
    _method("options", "Ask what a resource allows.", "options /users"),
    Command(
        ("send",),
        "Send a request with any method, or a saved request.",
        f"{_SEND}:send",
        arguments=(Argument("method", "method", "one", "any method, or the name of a saved request"), _TARGET),
        flags=REQUEST_FLAGS,
        examples=("send PROPFIND /files Depth:1", "send QUERY /users q=ann", "send login"),
        takes="items",
        family=_REQUESTS_FAMILY,
        about=_ABOUT_ITEMS,
    ),
    Command(
        ("again",),
        "Send the last request again, or request N of the history, with your changes.",
        f"{_SEND}:again",
        arguments=(Argument("number", "history_number", "optional", "a number from show history; -1 is the last"),),
        flags=(_TIMES, *REQUEST_FLAGS),
        examples=("again", "again 3 page==2", "again --times 50"),
        takes="items",
        family=_REQUESTS_FAMILY,
        about="callbox adds your items to the items of that request, or replaces items of the same name. --form, "
        "--json and --multipart send the same fields in another format. The last request may be a request without a "
        "response.",
    ),
    Command(
        ("next",),
        "Fetch the page that follows the last response, or response N of the history.",
        f"{_SEND}:next_page",
        arguments=(Argument("number", "history_number", "optional", "a number from show history; -1 is the last"),),
        flags=REQUEST_FLAGS,
        examples=("next", "next --all-pages", "next 3"),
        takes="items",
        family=_REQUESTS_FAMILY,
        about="The response names its next page in a Link header (RFC 8288) or in its JSON: next, links.next, "
        "_links.next.href, paging.next and the like. A page at another origin is not fetched.",
    ),
    Command(
        ("preview",),
        "Show the request that would be sent, and where each part of it comes from. Sends nothing.",
        f"{_SEND}:preview",
        arguments=(),
        flags=(_AS, _REVEAL),
        examples=(
            "preview post /users name=Ann",
            "preview --as curl get /users",
            "preview --as python get /users",
            "preview again 3",
        ),
        takes="request",
        family=_REQUESTS_FAMILY,
    ),
)

_SESSION_FAMILY = "Session"
_NAVIGATION = f"{_HANDLERS}.help_cd_reset_and_undo"
"""The module of the commands that move the base or undo edits."""
_ADD = Flag("add", ("--add",), "keep the present values, and add this one")
_EVERYWHERE = Flag("everywhere", ("--everywhere",), "for every origin, not only this one")
_SECRET_EVERYWHERE = Flag(
    "everywhere",
    ("--everywhere",),
    "send a secret (X-Api-Key, ?token=) to every origin; values that are not secret always go to every origin",
)


def _set(noun: str, summary: str, arguments: tuple[Argument, ...], flags: tuple[Flag, ...], *examples: str) -> Command:
    module = f"{_HANDLERS}.{'cookie_commands' if noun == 'cookie' else 'set_and_unset'}"
    return Command(
        ("set", noun),
        summary,
        f"{module}:set_{noun}",
        arguments=arguments,
        flags=flags,
        examples=examples,
        family=_SESSION_FAMILY,
    )


def _unset(noun: str, summary: str, arguments: tuple[Argument, ...], *examples: str) -> Command:
    module = f"{_HANDLERS}.{'cookie_commands' if noun == 'cookie' else 'set_and_unset'}"
    return Command(
        ("unset", noun),
        summary,
        f"{module}:unset_{noun}",
        arguments=arguments,
        flags=(),
        examples=examples,
        family=_SESSION_FAMILY,
    )


def _names(kind: str) -> tuple[Argument, ...]:
    return (Argument("names", kind, "some", "names, or * for all"),)


_SET_COMMANDS = (
    _set(
        "header",
        "Send a header with every request.",
        (Argument("name", "header_name"), Argument("values", "header_value", "some", "joined with blanks")),
        (_ADD, _SECRET_EVERYWHERE),
        "set header X-Test true",
        "set header Accept application/json --add",
        "set header X-Api-Key {{$env.KEY}} --everywhere",
    ),
    _set(
        "cookie",
        "Put a cookie into the jar.",
        (
            Argument("name", "cookie_name"),
            Argument("value", "cookie_value"),
            Argument(
                "attributes",
                "cookie_attribute",
                "any",
                "domain=, path=, expires=, max-age=, secure, httponly",
            ),
        ),
        (),
        "set cookie sid 1",
        "set cookie sid 1 domain=api.example.com path=/ secure",
    ),
    _set(
        "auth",
        "Send credentials with every request to this origin.",
        (
            Argument("scheme", "scheme", help="basic, bearer, digest or apikey"),
            Argument(
                "arguments",
                "secret",
                "any",
                "the user, the token or the key; callbox asks for a value that you leave out",
            ),
        ),
        (_EVERYWHERE,),
        "set auth basic ann",
        "set auth digest ann",
        "set auth bearer {{last.json.token}}",
        "set auth apikey X-Api-Key abc",
    ),
    _set(
        "query",
        "Add a query parameter to every request, unless the request has its own value for the parameter.",
        (Argument("name", "query_name"), Argument("value", "query_value")),
        (_ADD, _SECRET_EVERYWHERE),
        "set query page 2",
        "set query tag new --add",
    ),
    _set(
        "var",
        "Set a variable, which you can use as {{name}}.",
        (Argument("name", "var_name"), Argument("values", "text", "some", "joined with blanks")),
        (),
        "set var id 42",
        "set var token {{last.json.token}}",
    ),
    _set(
        "option",
        "Set an option: timeouts, TLS, proxy, what is printed.",
        (Argument("name", "option_name"), Argument("value", "option_value")),
        (_EVERYWHERE,),
        "set option timeout 10s",
        "set option verify no",
    ),
    _set(
        "base",
        "Set the base URL, to which paths are joined.",
        (Argument("url", "base"),),
        (),
        "set base https://api.example.com/v2",
    ),
)

_UNSET_COMMANDS = (
    _unset(
        "header",
        "Remove headers from the session.",
        _names("held_header"),
        "unset header X-Test",
        "unset header *",
    ),
    _unset(
        "cookie",
        "Remove cookies from the jar.",
        (
            *_names("held_cookie"),
            Argument("attributes", "cookie_place", "any", "domain= and path=, if several cookies match"),
        ),
        "unset cookie sid",
        "unset cookie sid domain=api.example.com",
    ),
    _unset("auth", "Forget the credentials of this origin.", (), "unset auth"),
    _unset("query", "Remove parameters from the query.", _names("held_query"), "unset query page"),
    _unset("var", "Forget variables.", _names("held_var"), "unset var id"),
    _unset("option", "Set options back to their default values.", _names("held_option"), "unset option verify"),
    _unset("base", "Forget the base URL.", (), "unset base"),
    Command(
        ("unset", "history"),
        "Forget earlier requests, or all requests and typed lines.",
        f"{_HANDLERS}.history:unset_history",
        arguments=(
            Argument(
                "range",
                "range",
                "optional",
                "earlier requests: h3, h2..h5; without a range, all requests and typed lines",
            ),
        ),
        flags=(),
        examples=("unset history h3", "unset history"),
        family=_SESSION_FAMILY,
        about="callbox also deletes the requests and the lines on disk. After: set option history no, it "
        "saves nothing on disk.",
    ),
    Command(
        ("unset", "api"),
        "Forget what callbox has seen of an API (paths, ids, names and values), and its description.",
        f"{_HANDLERS}.openapi_import_and_show:unset_api",
        arguments=(
            Argument(
                "origin",
                "base",
                "optional",
                "a URL of the API, or * for all APIs; if you leave it out, the API of the base",
            ),
        ),
        flags=(),
        examples=("unset api", "unset api https://api.example.com"),
        family=_SESSION_FAMILY,
    ),
)

_NAVIGATION_COMMANDS = (
    Command(
        ("cd",),
        "Change the base URL: to a path below, one path up, back to the base before, or to another URL.",
        f"{_NAVIGATION}:cd",
        arguments=(Argument("where", "place", "optional", "a URL, a path, .. or -"),),
        flags=(),
        examples=("cd https://api.example.com/v2", "cd users", "cd ..", "cd -"),
        family=_SESSION_FAMILY,
    ),
    Command(
        ("reset",),
        "Empty the session or one part of it, or close its connections.",
        f"{_NAVIGATION}:reset",
        arguments=(
            Argument(
                "noun",
                "reset_noun",
                "optional",
                "what to empty, such as header, cookie or query; connection closes the connections",
            ),
        ),
        flags=(),
        examples=("reset", "reset cookie", "reset connection"),
        family=_SESSION_FAMILY,
    ),
    Command(
        ("undo",),
        "Undo the last edit of the session. This does not take back a request that was sent.",
        f"{_NAVIGATION}:undo",
        examples=("undo",),
        family=_SESSION_FAMILY,
    ),
    Command(
        ("redo",),
        "Repeat the edit that undo took back.",
        f"{_NAVIGATION}:redo",
        examples=("redo",),
        family=_SESSION_FAMILY,
    ),
)


_SHOW_FAMILY = "Show"
_SHOW_MODULES = {"cookies": "cookie_commands", "history": "history"}
"""The module of each `show` handler that is not in `show_and_diff`."""
_WHOLE = Flag("whole", ("--whole",), "print the whole body, however long")


_FORMAT = Flag("format", ("--format",), "text, or json for programs", "listing_format")
"""The flag `--format` of every command that lists rows."""


def _show(noun: str, summary: str, *singular: str) -> Command:
    return Command(
        ("show", noun),
        summary,
        f"{_HANDLERS}.{_SHOW_MODULES.get(noun, 'show_and_diff')}:show_{noun}",
        flags=(_FORMAT,),
        examples=(f"show {noun}", f"show {noun} --format json | jq ."),
        family=_SHOW_FAMILY,
        aliases=tuple(("show", word) for word in singular),
    )


_SHOW_COMMANDS = (
    _show("session", "Everything in the session, as the commands that set it.")._replace(
        flags=(Flag("changed", ("--changed",), "only changes since the session was opened"), _FORMAT),
        examples=("show session", "show session --changed", "show session --format json | jq ."),
    ),
    _show("headers", "The headers that go with every request.", "header"),
    _show("cookies", "The cookie jar, with redacted values.", "cookie")._replace(
        flags=(_FORMAT, _REVEAL),
        examples=("show cookies", "show cookies --reveal", "show cookies --format json | jq ."),
    ),
    _show("auth", "The credentials with their origins, redacted."),
    _show("query", "The query parameters that go with every request."),
    _show("vars", "The variables.", "var"),
    _show("options", "Every option, its value and its meaning.", "option"),
    _show("base", "The base URL, to which paths are joined."),
    _show("connection", "The open connections.", "connections"),
    _show("history", "The requests that were sent, by this shell or by earlier ones.")._replace(
        flags=(
            Flag(
                "earlier",
                ("--earlier",),
                "list requests of earlier shells, the last 100 or the last N, each with an id such as h7",
                "count",
                is_optional=True,
                metavar="N",
            ),
            _FORMAT,
        ),
        examples=("show history", "show history --earlier", "show history --earlier=500 --format json | jq ."),
        about="You can write the id of an earlier request in the place of a number: again h7, show last h7 "
        "body, diff h7 h9, save history h2..h9 flow.http. Secrets of the requests are redacted.",
    ),
    Command(
        ("show", "last"),
        "The last response, or response N of the history: all of it, or one part.",
        f"{_HANDLERS}.show_and_diff:show_last",
        arguments=(
            Argument("number", "history_number", "optional", "a number from show history; -1 is the last"),
            Argument(
                "part",
                "last_part",
                "optional",
                "headers, body, request, timing, tls, links, status, reason, url, headers.NAME, cookies.NAME, "
                "or a path such as json.a[0].b, json[*].id or //input/@value",
            ),
        ),
        flags=(_WHOLE, SHOWN_AS, CHARSET, _REVEAL),
        examples=("show last", "show last headers", "show last -2 request", "show last json.users[0].name"),
        family=_SHOW_FAMILY,
    ),
    Command(
        ("ls",),
        "List the known paths of the API, all or those below a path, or the requests of a .http file.",
        "callbox.shell.commands.ls_paths_and_steps:ls",
        arguments=(
            Argument("where", "listable", "optional", "a path that is joined to the base, a URL, or a .http file"),
        ),
        flags=(_FORMAT,),
        examples=("ls", "ls /users", "ls flow.http", "ls --format json | jq ."),
        family=_SHOW_FAMILY,
        about="Known paths are paths that you have requested, and paths in the Location, the Link and the "
        "body of responses.",
    ),
    Command(
        ("diff",),
        "Compare two responses: status, headers and body; JSON is compared by value.",
        f"{_HANDLERS}.show_and_diff:diff",
        arguments=(
            Argument(
                "first",
                "history_number",
                "optional",
                "the first response; if you leave it out, callbox compares the last two responses of the same target",
            ),
            Argument(
                "second", "history_number", "optional", "the second response; if you leave it out, the last response"
            ),
            Argument("part", "diff_part", "optional", "only this part of the responses"),
        ),
        flags=(),
        examples=("diff", "diff 3", "diff 3 5 body", "diff headers"),
        family=_SHOW_FAMILY,
        about="The headers Date and Age always differ, so callbox compares them only after: diff headers",
    ),
)

_FILES_FAMILY = "Files"
_SAVED_SESSIONS = "callbox.shell.commands.saved_requests_and_sessions"
_SAVED_REQUESTS = "callbox.shell.commands.saved_requests_and_sessions"
_FORCE = Flag("force", ("--force",), "overwrite what is saved under that name")
_SESSION_NAME = (Argument("name", "saved_session"),)

_SAVED_COMMANDS = (
    Command(
        ("save", "session"),
        "Save the session under a name. From then on, callbox saves each change of the session.",
        f"{_SAVED_SESSIONS}:save_session",
        arguments=(
            Argument(
                "name",
                "new_session",
                "optional",
                "a name; if you leave it out, the name under which the session is already saved",
            ),
        ),
        flags=(Flag("with-secrets", ("--with-secrets",), "save the values of secrets, not references to them"), _FORCE),
        examples=("save session work", "save session work --with-secrets"),
        family=_FILES_FAMILY,
        about="If you set a secret by a reference (env:NAME, keyring:NAME), callbox saves the reference. Any other "
        "secret is saved as "
        "?, and callbox asks for the secret when you load the session. Cookies are saved with their values. "
        "callbox --session NAME starts with the saved session.",
    ),
    Command(
        ("load", "session"),
        "Replace the session by a saved session. From then on, callbox saves each change to the saved session.",
        f"{_SAVED_SESSIONS}:load_session",
        arguments=_SESSION_NAME,
        flags=(Flag("backup", ("--backup",), "load the version before the last save, if the file is damaged"),),
        examples=("load session work",),
        family=_FILES_FAMILY,
    ),
    Command(
        ("show", "sessions"),
        "The saved sessions.",
        f"{_SAVED_SESSIONS}:show_sessions",
        flags=(_FORMAT,),
        examples=("show sessions",),
        family=_FILES_FAMILY,
    ),
    Command(
        ("unset", "session"),
        "Delete saved sessions. If you delete the session in use, you can go on, but it is no longer saved.",
        f"{_SAVED_SESSIONS}:unset_session",
        arguments=(Argument("names", "saved_session", "some", "names, or * for all"),),
        flags=(),
        examples=("unset session work",),
        family=_FILES_FAMILY,
    ),
    Command(
        ("save", "request"),
        "Save the last request under a name, as it was typed; type send NAME to send it again.",
        f"{_SAVED_REQUESTS}:save_request",
        arguments=(Argument("name", "new_request"),),
        flags=(_FORCE,),
        examples=("save request login", "save request login --force"),
        family=_FILES_FAMILY,
        about="Fields that the session adds are not saved. When you type send NAME, callbox merges the request with "
        "the current session, and asks for the secrets of the request.",
    ),
    Command(
        ("show", "requests"),
        "The saved requests.",
        f"{_SAVED_REQUESTS}:show_requests",
        flags=(_FORMAT,),
        examples=("show requests",),
        family=_FILES_FAMILY,
    ),
    Command(
        ("unset", "request"),
        "Delete saved requests.",
        f"{_SAVED_REQUESTS}:unset_request",
        arguments=(Argument("names", "saved_request", "some", "names, or * for all"),),
        flags=(),
        examples=("unset request login",),
        family=_FILES_FAMILY,
    ),
)


_IMPORT_EXPORT = "callbox.shell.commands.import_export"
_API = "callbox.shell.commands.openapi_import_and_show"
_COOKIES = "callbox.shell.commands.cookie_commands"
_FILE = (Argument("file", "file_name"),)
_FORCE_FILE = Flag("force", ("--force",), "overwrite an existing file")

_IMPORT_EXPORT_COMMANDS = (
    Command(
        ("import", "cookies"),
        "Read a cookies.txt file into the cookie jar. curl and add-ons of browsers write such files.",
        f"{_COOKIES}:import_cookies",
        arguments=_FILE,
        flags=(),
        examples=("import cookies cookies.txt",),
        family=_FILES_FAMILY,
    ),
    Command(
        ("import", "httpie"),
        "Import headers, cookies and credentials from a session file of HTTPie.",
        f"{_IMPORT_EXPORT}:import_httpie",
        arguments=_FILE,
        flags=(),
        examples=("import httpie ~/.config/httpie/sessions/api.example.com/ann.json",),
        family=_FILES_FAMILY,
        about="A single undo takes back the whole import. Credentials are bound to the origin of the base.",
    ),
    Command(
        ("import", "openapi"),
        "Read the OpenAPI description of the API at the base, so that Tab completes its paths and fields.",
        f"{_API}:import_openapi",
        arguments=(
            Argument(
                "from",
                "file_or_url",
                "optional",
                "a file or a URL; if you leave it out, callbox looks for a description at the base",
            ),
        ),
        flags=(Flag("below", ("--below",), "the path after the base at which the API begins", "text"),),
        examples=("import openapi", "import openapi openapi.json", "import openapi /openapi.json"),
        family=_FILES_FAMILY,
        about="When you set a base at a prompt, callbox looks for a description by itself. To switch the search off, "
        "type set option discover no. The search sends no header, credential or cookie of the session. If you name a "
        "URL, callbox fetches the description as a request of the session. A description never changes the session.",
    ),
    Command(
        ("show", "api"),
        "Show what the description says about the API at the base, and the mistakes of the description.",
        f"{_API}:show_api",
        arguments=(),
        flags=(Flag("sources", ("--sources",), "list the URLs that the search has tried"), _FORMAT),
        examples=("show api", "show api --sources"),
        family=_FILES_FAMILY,
        about="For one operation, type help GET /path. For the list of paths, type ls.",
    ),
    Command(
        ("export", "cookies"),
        "Write the cookies to a cookies.txt file, for curl -b and other programs. Only you can read the file.",
        f"{_COOKIES}:export_cookies",
        arguments=_FILE,
        flags=(_FORCE_FILE,),
        examples=("export cookies cookies.txt",),
        family=_FILES_FAMILY,
    ),
    Command(
        ("export", "har"),
        "Write the history as a HAR archive for the developer tools of browsers, with redacted secrets.",
        f"{_IMPORT_EXPORT}:export_har",
        arguments=_FILE,
        flags=(_FORCE_FILE,),
        examples=("export har session.har",),
        family=_FILES_FAMILY,
    ),
)


_SHELL_FAMILY = "Shell"
_SCRIPTS = "callbox.shell.commands.source_and_replay"
_BUILTINS = "callbox.shell.commands.help_cd_reset_and_undo"

_SCRIPT_AND_SHELL_COMMANDS = (
    Command(
        ("replay",),
        "Send the requests of a .http file through this session.",
        f"{_SCRIPTS}:replay_file",
        arguments=(
            Argument("file", "script_file"),
            Argument("which", "selection", "optional", "the name of a request, or a range of requests"),
        ),
        flags=REPLAY_FLAGS,
        examples=("replay login.http", "replay login.http 2..5", "replay login.http token --var user=ann"),
        family=_FILES_FAMILY,
        about="The requests of the file go through this session, as if they were typed. With --sandbox they go "
        "through a "
        "fresh session without your credentials. The program callbox replay gives each file a session of its own, "
        "and writes reports.",
    ),
    Command(
        ("save", "history"),
        "Write requests of the history to a .http file that you can replay, with checks of their statuses.",
        f"{_IMPORT_EXPORT}:save_requests",
        arguments=(
            Argument("range", "range", "optional", "numbers from show history: 3, 2..5, 3,5..7, -3..-1"),
            Argument("file", "script_file"),
        ),
        flags=(Flag("force", ("--force",), "overwrite an existing file"),),
        examples=("save history flow.http", "save history 2..5 flow.http", "save history -1 flow.http --force"),
        family=_FILES_FAMILY,
    ),
    Command(
        ("save", "last"),
        "Write the last request to a .http file.",
        f"{_IMPORT_EXPORT}:save_last",
        arguments=(Argument("file", "script_file"),),
        flags=(Flag("force", ("--force",), "overwrite an existing file"),),
        examples=("save last flow.http",),
        family=_FILES_FAMILY,
    ),
    Command(
        ("edit",),
        "Edit the session, an earlier request, a saved request or a file in $EDITOR.",
        "callbox.shell.commands.edit:edit",
        arguments=(Argument("what", "editable"),),
        flags=(),
        examples=("edit session", "edit last", "edit 3", "edit flow.http"),
        family=_FILES_FAMILY,
        about="With edit session, your changes are one edit, which undo takes back. With edit last, or edit 3 for "
        "request 3 of show history, callbox sends the edited request. The credentials and most options of the request "
        "are not in the edited text, and do not change.",
    ),
    Command(
        ("source",),
        "Run the lines of a file as commands, and stop at the first error.",
        f"{_SCRIPTS}:source",
        arguments=(Argument("file", "file_name"),),
        flags=(),
        examples=("source setup.callbox",),
        family=_FILES_FAMILY,
        about="A single undo takes back all edits of the file.",
    ),
    Command(
        ("help",),
        "List the commands, or explain one command.",
        f"{_BUILTINS}:show_help",
        arguments=(Argument("topic", "topic", "any", "a command, a flag, an option or another topic of help"),),
        flags=(),
        examples=("help", "help set header"),
        family=_SHELL_FAMILY,
        aliases=(("?",),),
    ),
    Command(("clear",), "Clear the screen.", f"{_BUILTINS}:clear", examples=("clear",), family=_SHELL_FAMILY),
    Command(
        ("exit",), "Leave.", f"{_BUILTINS}:exit_shell", examples=("exit",), family=_SHELL_FAMILY, aliases=(("quit",),)
    ),
    Command(
        ("!",),
        "Run a command of the system's shell.",
        f"{_BUILTINS}:run_shell",
        arguments=(Argument("command", "shell_command", "optional"),),
        flags=(),
        examples=("! date",),
        family=_SHELL_FAMILY,
    ),
)

COMMANDS: tuple[Command, ...] = (
    *_REQUEST_COMMANDS,
    *_SET_COMMANDS,
    *_UNSET_COMMANDS,
    *_NAVIGATION_COMMANDS,
    *_SHOW_COMMANDS,
    *_SAVED_COMMANDS,
    *_IMPORT_EXPORT_COMMANDS,
    *_SCRIPT_AND_SHELL_COMMANDS,
)

BY_WORDS: Mapping[tuple[str, ...], Command] = {
    words: command for command in COMMANDS for words in (command.words, *command.aliases)
}
"""Every command by its words and by its aliases, in lower case."""

VERBS: Mapping[str, tuple[str, ...]] = {
    verb: tuple(c.words[1] for c in COMMANDS if c.words[0] == verb and len(c.words) > 1)
    for verb in dict.fromkeys(c.words[0] for c in COMMANDS)
}
"""The nouns that may follow each first word; none if the word is a command by itself."""
