"""The commands that show: each noun of the session, and what has happened."""

from __future__ import annotations

from callbox.shell.line.command import Argument, Command, Flag

FAMILY = "Looking"
_COMMANDS = "callbox.shell.commands"
_MODULES = {"cookies": "cookies", "auth": "auth", "history": "responses"}
"""Where the handler is, where it is not in `show`."""
_WHOLE = Flag("whole", ("--whole",), "print the whole body, however long")
_REVEAL = Flag("reveal", ("--reveal",), "print secrets as they are")


FORMAT = Flag("format", ("--format",), "text, or json for programs", "listing_format")
"""Of every command that lists."""


def _show(noun: str, summary: str, *singular: str) -> Command:
    return Command(
        ("show", noun),
        summary,
        f"{_COMMANDS}.{_MODULES.get(noun, 'show')}:show_{noun}",
        flags=(FORMAT,),
        examples=(f"show {noun}", f"show {noun} --format json | jq ."),
        family=FAMILY,
        aliases=tuple(("show", word) for word in singular),
    )


COMMANDS = (
    _show("session", "All that the session holds, as lines that set it again.")._replace(
        flags=(Flag("changed", ("--changed",), "only what has changed since it was opened"), FORMAT),
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
        f"{_COMMANDS}.responses:show_last",
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
        FAMILY,
    ),
    Command(
        ("ls",),
        "What is known below a path of the API, or the requests of a .http file.",
        "callbox.shell.commands.ls:ls",
        (Argument("where", "listable", "optional", "a path below the base, a URL, or a .http file"),),
        (FORMAT,),
        ("ls", "ls /users", "ls flow.http", "ls --format json | jq ."),
        "",
        FAMILY,
        "Known is what you have asked for, and what answers have named in Location, Link and their bodies.",
    ),
    Command(
        ("diff",),
        "Compare two answers: status, headers, body; JSON by its values.",
        f"{_COMMANDS}.responses:diff",
        (
            Argument("first", "history_number", "optional", "this one; without it, the last two of the same target"),
            Argument("second", "history_number", "optional", "and this one; without it, the last"),
            Argument("part", "diff_part", "optional", "only this part of them"),
        ),
        (),
        ("diff", "diff 3", "diff 3 5 body", "diff headers"),
        "",
        FAMILY,
        "Date and Age, which always differ, are left out unless headers are asked for alone.",
    ),
)
