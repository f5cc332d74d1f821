"""Every command of the shell, in the order of help. The single table behind parser, completer, help and manual.

In this order: requests; set, unset and navigation; show; saved sessions and requests, import and export; scripts and
the shell itself. A handler is named as text, `MODULE:FUNCTION`, and imported when its command runs.
"""

from __future__ import annotations

from collections.abc import Mapping

from callbox.shell.line.command import Argument, Command, Flag
from callbox.shell.request_flags import REPLAY_FLAGS, REQUEST_FLAGS

_HANDLERS = "callbox.shell.commands"

_REQUESTS_FAMILY = "Requests"
_SEND = "callbox.shell.commands.send"
_TARGET = Argument(
    "target", "target", "optional", "a URL, or a path below the base; the base itself where it is left out"
)
_ABOUT_ITEMS = (
    "Items after the target belong to this request alone: Name:value is a header, name==value goes to the query, "
    "key=text and key:=JSON make the body, name@file uploads. Name: leaves the session's header out, "
    "Name; sends it empty."
)


def _method(method: str, summary: str, *examples: str) -> Command:
    return Command(
        (method,),
        summary,
        f"{_SEND}:send",
        (_TARGET,),
        REQUEST_FLAGS,
        examples,
        "items",
        _REQUESTS_FAMILY,
        _ABOUT_ITEMS,
    )


_AS = Flag("as", ("--as",), "print it as an HTTP message, or as a command that runs", "form_of_request")
_REVEAL = Flag("reveal", ("--reveal",), "print secrets as they are")
_TIMES = Flag("times", ("--times",), "send it so often, and show how long it took: median, p95, max, errors", "count")

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
        "Send a request with any method, or one that was saved by name.",
        f"{_SEND}:send",
        (Argument("method", "method", "one", "any method, known or not, or a saved request's name"), _TARGET),
        REQUEST_FLAGS,
        ("send PROPFIND /files Depth:1", "send QUERY /users q=ann", "send login"),
        "items",
        _REQUESTS_FAMILY,
        _ABOUT_ITEMS,
    ),
    Command(
        ("again",),
        "Send the request again that was tried last, or request N of the history, with changes.",
        f"{_SEND}:again",
        (Argument("number", "history_number", "optional", "as show history counts; -1 is the last"),),
        (_TIMES, *REQUEST_FLAGS),
        ("again", "again 3 page==2", "again --times 50"),
        "items",
        _REQUESTS_FAMILY,
        "Items add to what was said, or take the place of items of the same name; --form, --json and --multipart send "
        "the same fields in another form. A request that has had no response counts, too.",
    ),
    Command(
        ("next",),
        "Fetch the page after the last response, or after response N of the history.",
        f"{_SEND}:next_page",
        (Argument("number", "history_number", "optional", "as show history counts; -1 is the last"),),
        REQUEST_FLAGS,
        ("next", "next --all-pages", "next 3"),
        "items",
        _REQUESTS_FAMILY,
        "The response names its next page in a Link header (RFC 8288) or in its JSON: next, links.next, "
        "_links.next.href, paging.next and the like. A page at another origin is not asked.",
    ),
    Command(
        ("preview",),
        "Show what a request would send, and where each part of it comes from. Sends nothing.",
        f"{_SEND}:preview",
        (),
        (_AS, _REVEAL),
        (
            "preview post /users name=Ann",
            "preview --as curl get /users",
            "preview --as python get /users",
            "preview again 3",
        ),
        "request",
        _REQUESTS_FAMILY,
    ),
)

_SESSION_FAMILY = "Session"
_NAVIGATION = f"{_HANDLERS}.navigation"
_SET_MODULES = {"cookie": "cookies", "auth": "auth"}
"""Nouns whose commands have a module of their own."""
_ADD = Flag("add", ("--add",), "keep the values that are there")
_EVERYWHERE = Flag("everywhere", ("--everywhere",), "for every origin, not only this one")


def _set(noun: str, summary: str, arguments: tuple[Argument, ...], flags: tuple[Flag, ...], *examples: str) -> Command:
    module = f"{_HANDLERS}.{_SET_MODULES.get(noun, 'settings')}"
    return Command(("set", noun), summary, f"{module}:set_{noun}", arguments, flags, examples, "", _SESSION_FAMILY)


def _unset(noun: str, summary: str, arguments: tuple[Argument, ...], *examples: str) -> Command:
    module = f"{_HANDLERS}.{'cookies' if noun == 'cookie' else 'settings'}"
    return Command(("unset", noun), summary, f"{module}:unset_{noun}", arguments, (), examples, "", _SESSION_FAMILY)


def _names(kind: str) -> tuple[Argument, ...]:
    return (Argument("names", kind, "some", "names, or * for all"),)


_SET_COMMANDS = (
    _set(
        "header",
        "Send a header with every request.",
        (Argument("name", "header_name"), Argument("values", "header_value", "some", "joined with blanks")),
        (_ADD, _EVERYWHERE),
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
            Argument("scheme", "scheme"),
            Argument("arguments", "secret", "any", "what is left out is asked for"),
        ),
        (_EVERYWHERE,),
        "set auth basic ann",
        "set auth digest ann",
        "set auth bearer {{last.json.token}}",
        "set auth apikey X-Api-Key abc",
    ),
    _set(
        "query",
        "Add a parameter to the query of every request.",
        (Argument("name", "query_name"), Argument("value", "query_value")),
        (_ADD, _EVERYWHERE),
        "set query page 2",
        "set query tag new --add",
    ),
    _set(
        "var",
        "Give a variable a value, for {{name}}.",
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
        "Set the URL that paths are below.",
        (Argument("url", "base"),),
        (),
        "set base https://api.example.com/v2",
    ),
)

_UNSET_COMMANDS = (
    _unset(
        "header",
        "Take headers out of the session.",
        _names("held_header"),
        "unset header X-Test",
        "unset header *",
    ),
    _unset(
        "cookie",
        "Take cookies out of the jar.",
        (
            *_names("held_cookie"),
            Argument("attributes", "cookie_place", "any", "domain= and path=, where several match"),
        ),
        "unset cookie sid",
        "unset cookie sid domain=api.example.com",
    ),
    _unset("auth", "Forget the credentials of this origin.", (), "unset auth"),
    _unset("query", "Take parameters out of the query.", _names("held_query"), "unset query page"),
    _unset("var", "Forget variables.", _names("held_var"), "unset var id"),
    _unset("option", "Give options their own values back.", _names("held_option"), "unset option verify"),
    _unset("base", "Forget the base URL.", (), "unset base"),
)

_NAVIGATION_COMMANDS = (
    Command(
        ("cd",),
        "Move the base URL: down a path, up, back, or elsewhere.",
        f"{_NAVIGATION}:cd",
        (Argument("where", "place", "optional", "a URL, a path, .. or -"),),
        (),
        ("cd https://api.example.com/v2", "cd users", "cd ..", "cd -"),
        "",
        _SESSION_FAMILY,
    ),
    Command(
        ("reset",),
        "Empty the session, one noun of it, or drop its connections.",
        f"{_NAVIGATION}:reset",
        (Argument("noun", "reset_noun", "optional"),),
        (),
        ("reset", "reset cookie", "reset connection"),
        "",
        _SESSION_FAMILY,
    ),
    Command(("undo",), "Take the last edit back.", f"{_NAVIGATION}:undo", examples=("undo",), family=_SESSION_FAMILY),
    Command(
        ("redo",), "Do again what undo took back.", f"{_NAVIGATION}:redo", examples=("redo",), family=_SESSION_FAMILY
    ),
)


_SHOW_FAMILY = "Looking"
_SHOW_MODULES = {"cookies": "cookies", "auth": "auth", "history": "responses"}
"""Where the handler is, where it is not in `show`."""
_WHOLE = Flag("whole", ("--whole",), "print the whole body, however long")


_FORMAT = Flag("format", ("--format",), "text, or json for programs", "listing_format")
"""Of every command that lists."""


def _show(noun: str, summary: str, *singular: str) -> Command:
    return Command(
        ("show", noun),
        summary,
        f"{_HANDLERS}.{_SHOW_MODULES.get(noun, 'show')}:show_{noun}",
        flags=(_FORMAT,),
        examples=(f"show {noun}", f"show {noun} --format json | jq ."),
        family=_SHOW_FAMILY,
        aliases=tuple(("show", word) for word in singular),
    )


_SHOW_COMMANDS = (
    _show("session", "All that the session holds, as lines that set it again.")._replace(
        flags=(Flag("changed", ("--changed",), "only what has changed since it was opened"), _FORMAT),
        examples=("show session", "show session --changed", "show session --format json | jq ."),
    ),
    _show("headers", "The headers that go with every request.", "header"),
    _show("cookies", "The cookie jar.", "cookie"),
    _show("auth", "The credentials, masked, and the origins that they are for."),
    _show("query", "The query parameters that go with every request."),
    _show("vars", "The variables.", "var"),
    _show("options", "Every option, its value and what it is for.", "option"),
    _show("base", "The URL that paths are below."),
    _show("connection", "The open connections.", "connections"),
    _show("history", "The requests that were sent."),
    Command(
        ("show", "last"),
        "The last answer, or answer N of the history; whole or one part of it.",
        f"{_HANDLERS}.responses:show_last",
        (
            Argument("number", "history_number", "optional", "as show history counts; -1 is the last"),
            Argument(
                "part",
                "last_part",
                "optional",
                "headers, body, request, timing, tls, links, or a path such as json.a[0].b",
            ),
        ),
        (_WHOLE, _REVEAL),
        ("show last", "show last headers", "show last -2 request", "show last json.users[0].name"),
        "",
        _SHOW_FAMILY,
    ),
    Command(
        ("ls",),
        "What is known below a path of the API, or the requests of a .http file.",
        "callbox.shell.commands.ls:ls",
        (Argument("where", "listable", "optional", "a path below the base, a URL, or a .http file"),),
        (_FORMAT,),
        ("ls", "ls /users", "ls flow.http", "ls --format json | jq ."),
        "",
        _SHOW_FAMILY,
        "Known is what you have asked for, and what answers have named in Location, Link and their bodies.",
    ),
    Command(
        ("diff",),
        "Compare two answers: status, headers, body; JSON by its values.",
        f"{_HANDLERS}.responses:diff",
        (
            Argument("first", "history_number", "optional", "this one; without it, the last two of the same target"),
            Argument("second", "history_number", "optional", "and this one; without it, the last"),
            Argument("part", "diff_part", "optional", "only this part of them"),
        ),
        (),
        ("diff", "diff 3", "diff 3 5 body", "diff headers"),
        "",
        _SHOW_FAMILY,
        "Date and Age, which always differ, are left out unless headers are asked for alone.",
    ),
)

_FILES_FAMILY = "Files"
_SAVED_SESSIONS = "callbox.shell.commands.saved_sessions"
_SAVED_REQUESTS = "callbox.shell.commands.saved_requests"
_FORCE = Flag("force", ("--force",), "write over what is there by that name")
_SESSION_NAME = (Argument("name", "saved_session"),)

_SAVED_COMMANDS = (
    Command(
        ("save", "session"),
        "Keep the session on disk by name; from then on each change is saved.",
        f"{_SAVED_SESSIONS}:save_session",
        (Argument("name", "new_session", "optional", "the one that is kept already, where it is left out"),),
        (Flag("with-secrets", ("--with-secrets",), "secrets as they are, not as references"), _FORCE),
        ("save session work", "save session work --with-secrets"),
        "",
        _FILES_FAMILY,
        "Secrets are kept as the references that they came from (env:NAME, keyring:NAME), else as ?, which asks when "
        "the session is loaded. Cookies are kept whole. callbox --session NAME begins with it.",
    ),
    Command(
        ("load", "session"),
        "Make the session one that was saved; from then on each change is saved to it.",
        f"{_SAVED_SESSIONS}:load_session",
        _SESSION_NAME,
        (Flag("backup", ("--backup",), "the one before it, where the file is damaged"),),
        ("load session work",),
        "",
        _FILES_FAMILY,
    ),
    Command(
        ("show", "sessions"),
        "The sessions that are kept on disk.",
        f"{_SAVED_SESSIONS}:show_sessions",
        flags=(_FORMAT,),
        examples=("show sessions",),
        family=_FILES_FAMILY,
    ),
    Command(
        ("unset", "session"),
        "Take saved sessions off the disk; the one in use goes on without.",
        f"{_SAVED_SESSIONS}:unset_session",
        (Argument("names", "saved_session", "some", "names, or * for all"),),
        (),
        ("unset session work",),
        "",
        _FILES_FAMILY,
    ),
    Command(
        ("save", "request"),
        "Keep the last request by name, as it was said; send NAME sends it again.",
        f"{_SAVED_REQUESTS}:save_request",
        (Argument("name", "new_request"),),
        (_FORCE,),
        ("save request login", "save request login --force"),
        "",
        _FILES_FAMILY,
        "What the session adds is not kept with it: it is merged with the session of the day. "
        "Secrets in it are asked for when it is sent.",
    ),
    Command(
        ("show", "requests"),
        "The requests that are kept by name.",
        f"{_SAVED_REQUESTS}:show_requests",
        flags=(_FORMAT,),
        examples=("show requests",),
        family=_FILES_FAMILY,
    ),
    Command(
        ("unset", "request"),
        "Forget saved requests.",
        f"{_SAVED_REQUESTS}:unset_request",
        (Argument("names", "saved_request", "some", "names, or * for all"),),
        (),
        ("unset request login",),
        "",
        _FILES_FAMILY,
    ),
)


_IMPORT_EXPORT = "callbox.shell.commands.import_export"
_COOKIES = "callbox.shell.commands.cookies"
_FILE = (Argument("file", "file_name"),)
_FORCE_FILE = Flag("force", ("--force",), "write over a file that is there")

_IMPORT_EXPORT_COMMANDS = (
    Command(
        ("import", "cookies"),
        "Put the cookies of a cookies.txt, as curl and browsers' add-ons write it, into the jar.",
        f"{_COOKIES}:import_cookies",
        _FILE,
        (),
        ("import cookies cookies.txt",),
        "",
        _FILES_FAMILY,
    ),
    Command(
        ("import", "httpie"),
        "Take over headers, cookies and credentials of a session file of HTTPie.",
        f"{_IMPORT_EXPORT}:import_httpie",
        _FILE,
        (),
        ("import httpie ~/.config/httpie/sessions/api.example.com/ann.json",),
        "",
        _FILES_FAMILY,
        "One edit, which undo takes back. Credentials are for the origin of the base.",
    ),
    Command(
        ("export", "cookies"),
        "Write the jar as a cookies.txt, for curl -b and others; only you can read the file.",
        f"{_COOKIES}:export_cookies",
        _FILE,
        (_FORCE_FILE,),
        ("export cookies cookies.txt",),
        "",
        _FILES_FAMILY,
    ),
    Command(
        ("export", "har"),
        "Write the history as a HAR archive, for the developer tools of browsers; secrets are masked.",
        f"{_IMPORT_EXPORT}:export_har",
        _FILE,
        (_FORCE_FILE,),
        ("export har session.har",),
        "",
        _FILES_FAMILY,
    ),
)


_SHELL_FAMILY = "Shell"
_SCRIPTS = "callbox.shell.commands.scripts"
_BUILTINS = "callbox.shell.commands.builtins"

_SCRIPT_AND_SHELL_COMMANDS = (
    Command(
        ("replay",),
        "Send the requests of a .http file through this session.",
        f"{_SCRIPTS}:replay_file",
        (
            Argument("file", "script_file"),
            Argument("which", "selection", "optional", "the name of a request, or a range of them"),
        ),
        REPLAY_FLAGS,
        ("replay login.http", "replay login.http 2..5", "replay login.http token --var user=ann"),
        "",
        _FILES_FAMILY,
        "Its requests go through this session, as if they were typed; with --sandbox through a fresh one, which has "
        "none of its credentials. callbox replay, outside, gives each file a session of its own, and writes reports.",
    ),
    Command(
        ("save", "history"),
        "Write requests of the history to a .http file that replays to the same.",
        f"{_SCRIPTS}:save_requests",
        (
            Argument("range", "range", "optional", "as show history counts: 3, 2..5, 3,5..7, -3..-1"),
            Argument("file", "script_file"),
        ),
        (Flag("force", ("--force",), "write over a file that is there"),),
        ("save history flow.http", "save history 2..5 flow.http", "save history -1 flow.http --force"),
        "",
        _FILES_FAMILY,
    ),
    Command(
        ("save", "last"),
        "Write the last request to a .http file.",
        f"{_SCRIPTS}:save_last",
        (Argument("file", "script_file"),),
        (Flag("force", ("--force",), "write over a file that is there"),),
        ("save last flow.http",),
        "",
        _FILES_FAMILY,
    ),
    Command(
        ("edit",),
        "Edit the session, an earlier request, a saved one or a file in $EDITOR.",
        "callbox.shell.commands.editor:edit",
        (Argument("what", "editable"),),
        (),
        ("edit session", "edit last", "edit 3", "edit flow.http"),
        "",
        _FILES_FAMILY,
        "edit session applies what you changed as one edit, which undo takes back; edit last (or edit 3, as show "
        "history counts) sends what you leave; what the text cannot say, as credentials and most options, stays.",
    ),
    Command(
        ("source",),
        "Run the lines of a file as commands; stops at the first error.",
        f"{_SCRIPTS}:source",
        (Argument("file", "file_name"),),
        (),
        ("source setup.callbox",),
        "",
        _FILES_FAMILY,
    ),
    Command(
        ("help",),
        "Say what there is, or how one command is used.",
        f"{_BUILTINS}:show_help",
        (Argument("topic", "topic", "any"),),
        (),
        ("help", "help set header"),
        "",
        _SHELL_FAMILY,
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
        (Argument("command", "shell_command", "optional"),),
        (),
        ("! date",),
        "",
        _SHELL_FAMILY,
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
"""Found by its words or an alias, all in lower case."""

VERBS: Mapping[str, tuple[str, ...]] = {
    verb: tuple(c.words[1] for c in COMMANDS if c.words[0] == verb and len(c.words) > 1)
    for verb in dict.fromkeys(c.words[0] for c in COMMANDS)
}
"""Each first word with the nouns that may follow; no nouns where it is a command by itself."""
