"""The commands for what is kept on disk by name: sessions and requests."""

from __future__ import annotations

from callbox.shell.command import Argument, Command, Flag
from callbox.shell.tables.show import FORMAT

FAMILY = "Files"
_SESSIONS = "callbox.shell.commands.sessions"
_REQUESTS = "callbox.shell.commands.requests"
_FORCE = Flag("force", ("--force",), "write over what is there by that name")
_SESSION = (Argument("name", "saved_session"),)

COMMANDS = (
    Command(
        ("save", "session"),
        "Keep the session on disk by name; from then on each change is saved.",
        f"{_SESSIONS}:save_session",
        (Argument("name", "new_session", "optional", "the one that is kept already, where it is left out"),),
        (Flag("with-secrets", ("--with-secrets",), "secrets as they are, not as references"), _FORCE),
        ("save session work", "save session work --with-secrets"),
        "",
        FAMILY,
        "Secrets are kept as the references that they came from (env:NAME, keyring:NAME), else as ?, which asks when "
        "the session is loaded. Cookies are kept whole. callbox --session NAME begins with it.",
    ),
    Command(
        ("load", "session"),
        "Make the session one that was saved; from then on each change is saved to it.",
        f"{_SESSIONS}:load_session",
        _SESSION,
        (Flag("backup", ("--backup",), "the one before it, where the file is damaged"),),
        ("load session work",),
        "",
        FAMILY,
    ),
    Command(
        ("show", "sessions"),
        "The sessions that are kept on disk.",
        f"{_SESSIONS}:show_sessions",
        flags=(FORMAT,),
        examples=("show sessions",),
        family=FAMILY,
    ),
    Command(
        ("unset", "session"),
        "Take saved sessions off the disk; the one in use goes on without.",
        f"{_SESSIONS}:unset_session",
        (Argument("names", "saved_session", "some", "names, or * for all"),),
        (),
        ("unset session work",),
        "",
        FAMILY,
    ),
    Command(
        ("save", "request"),
        "Keep the last request by name, as it was said; send NAME sends it again.",
        f"{_REQUESTS}:save_request",
        (Argument("name", "new_request"),),
        (_FORCE,),
        ("save request login", "save request login --force"),
        "",
        FAMILY,
        "What the session adds is not kept with it: it is merged with the session of the day. "
        "Secrets in it are asked for when it is sent.",
    ),
    Command(
        ("show", "requests"),
        "The requests that are kept by name.",
        f"{_REQUESTS}:show_requests",
        flags=(FORMAT,),
        examples=("show requests",),
        family=FAMILY,
    ),
    Command(
        ("unset", "request"),
        "Forget saved requests.",
        f"{_REQUESTS}:unset_request",
        (Argument("names", "saved_request", "some", "names, or * for all"),),
        (),
        ("unset request login",),
        "",
        FAMILY,
    ),
)
