"""The commands that take in and hand out files of other programs."""

from __future__ import annotations

from callbox.shell.command import Argument, Command, Flag

FAMILY = "Files"
_MODULE = "callbox.shell.commands.foreign"
_FILE = (Argument("file", "file_name"),)
_FORCE = Flag("force", ("--force",), "write over a file that is there")

COMMANDS = (
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
        (_FORCE,),
        ("export cookies cookies.txt",),
        "",
        FAMILY,
    ),
    Command(
        ("export", "har"),
        "Write the history as a HAR archive, for the developer tools of browsers; secrets are masked.",
        f"{_MODULE}:export_har",
        _FILE,
        (_FORCE,),
        ("export har session.har",),
        "",
        FAMILY,
    ),
)
