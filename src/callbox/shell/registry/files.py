"""Commands for files: saved sessions and requests, imports and exports."""

from __future__ import annotations

from callbox.shell.line.command import Argument, Command, Flag
from callbox.shell.registry.show import FORMAT

FAMILY = "Files"
_SESSIONS = "callbox.shell.commands.saved_sessions"
_REQUESTS = "callbox.shell.commands.saved_requests"
_FORCE = Flag("force", ("--force",), "write over what is there by that name")
_SESSION = (Argument("name", "saved_session"),)

_SAVED = (
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


_MODULE = "callbox.shell.commands.import_export"
_FILE = (Argument("file", "file_name"),)
_FORCE_EXPORT = Flag("force", ("--force",), "write over a file that is there")

_IMPORT_EXPORT = (
    Command(
        ("import", "cookies"),
        "Put the cookies of a cookies.txt, as curl and browsers' add-ons write it, into the jar.",
        f"{_MODULE}:import_cookies",
        _FILE,
        (),
        ("import cookies cookies.txt",),
        "",
        FAMILY,
    ),
    Command(
        ("import", "httpie"),
        "Take over headers, cookies and credentials of a session file of HTTPie.",
        f"{_MODULE}:import_httpie",
        _FILE,
        (),
        ("import httpie ~/.config/httpie/sessions/api.example.com/ann.json",),
        "",
        FAMILY,
        "One edit, which undo takes back. Credentials are for the origin of the base.",
    ),
    Command(
        ("export", "cookies"),
        "Write the jar as a cookies.txt, for curl -b and others; only you can read the file.",
        f"{_MODULE}:export_cookies",
        _FILE,
        (_FORCE_EXPORT,),
        ("export cookies cookies.txt",),
        "",
        FAMILY,
    ),
    Command(
        ("export", "har"),
        "Write the history as a HAR archive, for the developer tools of browsers; secrets are masked.",
        f"{_MODULE}:export_har",
        _FILE,
        (_FORCE_EXPORT,),
        ("export har session.har",),
        "",
        FAMILY,
    ),
)


COMMANDS = (*_SAVED, *_IMPORT_EXPORT)
