"""The commands that edit the session: set and unset of each noun, and what goes back and forth."""

from __future__ import annotations

from callbox.shell.line.command import Argument, Command, Flag

FAMILY = "Session"
_COMMANDS = "callbox.shell.commands"
_NAVIGATION = f"{_COMMANDS}.navigation"
_HANDLER_MODULES = {"cookie": "cookies", "auth": "auth"}
"""Nouns whose commands have a module of their own."""
_ADD = Flag("add", ("--add",), "keep the values that are there")
_EVERYWHERE = Flag("everywhere", ("--everywhere",), "for every origin, not only this one")


def _set(noun: str, summary: str, arguments: tuple[Argument, ...], flags: tuple[Flag, ...], *examples: str) -> Command:
    module = f"{_COMMANDS}.{_HANDLER_MODULES.get(noun, 'settings')}"
    return Command(("set", noun), summary, f"{module}:set_{noun}", arguments, flags, examples, "", FAMILY)


def _unset(noun: str, summary: str, arguments: tuple[Argument, ...], *examples: str) -> Command:
    module = f"{_COMMANDS}.{'cookies' if noun == 'cookie' else 'settings'}"
    return Command(("unset", noun), summary, f"{module}:unset_{noun}", arguments, (), examples, "", FAMILY)


def _names(kind: str) -> tuple[Argument, ...]:
    return (Argument("names", kind, "some", "names, or * for all"),)


SET = (
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

UNSET = (
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

OTHER = (
    Command(
        ("cd",),
        "Move the base URL: down a path, up, back, or elsewhere.",
        f"{_NAVIGATION}:cd",
        (Argument("where", "place", "optional", "a URL, a path, .. or -"),),
        (),
        ("cd https://api.example.com/v2", "cd users", "cd ..", "cd -"),
        "",
        FAMILY,
    ),
    Command(
        ("reset",),
        "Empty the session, one noun of it, or drop its connections.",
        f"{_NAVIGATION}:reset",
        (Argument("noun", "reset_noun", "optional"),),
        (),
        ("reset", "reset cookie", "reset connection"),
        "",
        FAMILY,
    ),
    Command(("undo",), "Take the last edit back.", f"{_NAVIGATION}:undo", examples=("undo",), family=FAMILY),
    Command(("redo",), "Do again what undo took back.", f"{_NAVIGATION}:redo", examples=("redo",), family=FAMILY),
)

COMMANDS = SET + UNSET + OTHER
