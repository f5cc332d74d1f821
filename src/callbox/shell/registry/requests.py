"""The commands that send a request, or say what would be sent."""

from __future__ import annotations

from callbox.shell.line.command import Argument, Command, Flag
from callbox.shell.registry.flags import REQUEST_FLAGS

FAMILY = "Requests"
_MODULE = "callbox.shell.commands.send"
_TARGET = Argument(
    "target", "target", "optional", "a URL, or a path below the base; the base itself where it is left out"
)
_ABOUT = (
    "Items after the target belong to this request alone: Name:value is a header, name==value goes to the query, "
    "key=text and key:=JSON make the body, name@file uploads. Name: leaves the session's header out, "
    "Name; sends it empty."
)


def _method(method: str, summary: str, *examples: str) -> Command:
    return Command((method,), summary, f"{_MODULE}:send", (_TARGET,), REQUEST_FLAGS, examples, "items", FAMILY, _ABOUT)


_AS = Flag("as", ("--as",), "print it as an HTTP message, or as a command that runs", "form_of_request")
_REVEAL = Flag("reveal", ("--reveal",), "print secrets as they are")
_TIMES = Flag("times", ("--times",), "send it so often, and show how long it took: median, p95, max, errors", "count")

COMMANDS = (
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
        f"{_MODULE}:send",
        (Argument("method", "method", "one", "any method, known or not, or a saved request's name"), _TARGET),
        REQUEST_FLAGS,
        ("send PROPFIND /files Depth:1", "send QUERY /users q=ann", "send login"),
        "items",
        FAMILY,
        _ABOUT,
    ),
    Command(
        ("again",),
        "Send the request again that was tried last, or request N of the history, with changes.",
        f"{_MODULE}:again",
        (Argument("number", "history_number", "optional", "as show history counts; -1 is the last"),),
        (_TIMES, *REQUEST_FLAGS),
        ("again", "again 3 page==2", "again --times 50"),
        "items",
        FAMILY,
        "Items add to what was said, or take the place of items of the same name; --form, --json and --multipart send "
        "the same fields in another form. A request that has had no response counts, too.",
    ),
    Command(
        ("next",),
        "Fetch the page after the last response, or after response N of the history.",
        f"{_MODULE}:next_page",
        (Argument("number", "history_number", "optional", "as show history counts; -1 is the last"),),
        REQUEST_FLAGS,
        ("next", "next --all-pages", "next 3"),
        "items",
        FAMILY,
        "The response names its next page in a Link header (RFC 8288) or in its JSON: next, links.next, "
        "_links.next.href, paging.next and the like. A page at another origin is not asked.",
    ),
    Command(
        ("preview",),
        "Show what a request would send, and where each part of it comes from. Sends nothing.",
        f"{_MODULE}:preview",
        (),
        (_AS, _REVEAL),
        (
            "preview post /users name=Ann",
            "preview --as curl get /users",
            "preview --as python get /users",
            "preview again 3",
        ),
        "request",
        FAMILY,
    ),
)
