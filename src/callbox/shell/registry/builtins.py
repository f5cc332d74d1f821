"""Scripts and files, and the shell itself."""

from __future__ import annotations

from callbox.shell.line.command import Argument, Command, Flag
from callbox.shell.registry.flags import REPLAY_FLAGS

_FILES = "Files"
_SHELL = "Shell"
_SCRIPTS = "callbox.shell.commands.scripts"
_BUILTINS = "callbox.shell.commands.builtins"

COMMANDS = (
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
        _FILES,
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
        _FILES,
    ),
    Command(
        ("save", "last"),
        "Write the last request to a .http file.",
        f"{_SCRIPTS}:save_last",
        (Argument("file", "script_file"),),
        (Flag("force", ("--force",), "write over a file that is there"),),
        ("save last flow.http",),
        "",
        _FILES,
    ),
    Command(
        ("edit",),
        "Edit the session, an earlier request, a saved one or a file in $EDITOR.",
        "callbox.shell.commands.editor:edit",
        (Argument("what", "editable"),),
        (),
        ("edit session", "edit last", "edit 3", "edit flow.http"),
        "",
        _FILES,
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
        _FILES,
    ),
    Command(
        ("help",),
        "Say what there is, or how one command is used.",
        f"{_BUILTINS}:show_help",
        (Argument("topic", "topic", "any"),),
        (),
        ("help", "help set header"),
        "",
        _SHELL,
        aliases=(("?",),),
    ),
    Command(("clear",), "Clear the screen.", f"{_BUILTINS}:clear", examples=("clear",), family=_SHELL),
    Command(("exit",), "Leave.", f"{_BUILTINS}:exit_shell", examples=("exit",), family=_SHELL, aliases=(("quit",),)),
    Command(
        ("!",),
        "Run a command of the system's shell.",
        f"{_BUILTINS}:run_shell",
        (Argument("command", "shell_command", "optional"),),
        (),
        ("! date",),
        "",
        _SHELL,
    ),
)
