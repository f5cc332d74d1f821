"""The flags of requests and replays: their own, and one for each option that a single request may override."""

from __future__ import annotations

from callbox.engine.options import OPTIONS
from callbox.replay.option_table import RUN_OPTIONS
from callbox.shell.line.command import Flag

BODY_FLAGS = (
    Flag("json", ("--json", "-j"), "send the fields as JSON (the usual way)"),
    Flag("form", ("--form", "-f"), "send the fields as a form"),
    Flag("multipart", ("--multipart",), "send the fields as multipart/form-data, even without a file"),
    Flag("body", ("--body",), "send this text as the body; @- is the standard input", "text"),
    Flag("edit", ("--edit",), "edit the request in $EDITOR before it is sent"),
)
AUTH_FLAGS = (
    Flag(
        "auth",
        ("--auth", "-a"),
        "credentials for this request only: user:password, user (asks), a token with -A bearer, or none",
        "credentials",
    ),
    Flag(
        "auth-type",
        ("--auth-type", "-A"),
        "scheme of --auth, or of the user and password that the session has: basic, bearer, digest or apikey",
        "scheme",
    ),
)
SHOWN_AS = Flag("as", ("--as",), "show the body as json, xml, html or text, whatever its media type", "body_form")
DISPLAY_FLAGS = (
    Flag(
        "print",
        ("--print", "-p"),
        "parts to print: headers H and body B of the request, h and b of the response",
        "parts",
    ),
    Flag("verbose", ("--verbose", "-v"), "print the request too, as --print=HBhb"),
    Flag("headers", ("--headers", "-h"), "print only the headers of the response, as --print=h"),
    Flag("content", ("--content", "-b"), "print only the body of the response, as --print=b"),
    Flag(
        "quiet",
        ("--quiet", "-q"),
        "print only the body, or what -h, -v or -p name: no status line, notes or progress; errors are shown",
    ),
    Flag("whole", ("--whole",), "print the whole body, however long"),
    Flag("all", ("--all",), "print every exchange, also those of redirects and authentication challenges"),
    Flag("stream", ("--stream", "-S"), "print the body as it arrives, until it ends (always so for events and NDJSON)"),
    Flag(
        "download",
        ("--download", "-d"),
        "write the body to a file, named by the response or =FILE; resumes an interrupted download",
        "download_file",
        is_optional=True,
    ),
    SHOWN_AS,
    Flag("pager", ("--pager",), "show the response in a pager: $PAGER, or less"),
    Flag("unsafe-terminal", ("--unsafe-terminal",), "print control characters of the body as they are"),
)
OTHER_FLAGS = (
    Flag(
        "all-pages",
        ("--all-pages",),
        "fetch the following pages too, while the response names a next one; at most 100, or N",
        "count",
        is_optional=True,
        metavar="N",
    ),
    Flag("path-as-is", ("--path-as-is",), "keep dot segments of the path"),
    Flag("no-session", ("--no-session",), "send without the session's headers, cookies, auth and query"),
)


_REPLAY_OPTIONS = (
    "name", "index", "tag", "from", "to", "var", "env", "env-file", "private-env-file", "vars-file", "dry-run", "bail",
    "fail-on", "retry", "retry-interval", "retry-on", "delay", "rate", "repeat", "shuffle", "deadline", "undefined",
    "no-auto-deps", "allow-empty", "sandbox", "sandbox-output", "allow-env", "allow-host",
)  # fmt: skip
"""The options of a replay that make sense in a live session. Reports, jobs and jars are for runs of their own."""
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
    """One flag for each option of a request; a flag of one's own, like `--print`, goes before."""
    own = {flag.name for flag in BODY_FLAGS + AUTH_FLAGS + DISPLAY_FLAGS + OTHER_FLAGS}
    return tuple(
        Flag(
            name,
            (f"--{name}", *(f"--{other}" for other in option.also)),
            option.help,
            "switch_value" if option.kind == "flag" else "option_value",
            name,
        )
        for name, option in OPTIONS.items()
        if option.scope != "shell" and name not in own
    )


REPLAY_FLAGS = _run_flags() + _option_flags()
"""What may stand anywhere after `replay FILE`."""
REQUEST_FLAGS = BODY_FLAGS + AUTH_FLAGS + DISPLAY_FLAGS + OTHER_FLAGS + _option_flags()
"""What may stand anywhere after the method."""
