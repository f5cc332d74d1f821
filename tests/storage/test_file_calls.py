"""Every place in the source that opens, makes, moves or removes a file outside of `storage/` is one that is known.

A new one fails here: let it go through `storage.folder_without_links` (names that callbox, servers or scripts choose) or
`storage.file_read_write_and_list` (names that the user chooses), or write down below why not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.rows import check_rows

SOURCE = Path(__file__).parents[2] / "src/callbox"
CALLS = frozenset(
    "open fdopen mkstemp mkdtemp mktemp NamedTemporaryFile TemporaryFile SpooledTemporaryFile TemporaryDirectory "
    "write_text touch mkdir makedirs link symlink symlink_to hardlink_to unlink rename renames mkfifo mknod "
    "chmod fchmod lchmod chown copyfile copy2 copytree move rmtree rmdir truncate".split()
)
_COMMON_WORDS = frozenset({"move", "link"})
"""Names of our own functions, too: these count only where their module stands before them."""
MODULES = frozenset({"os", "shutil", "tempfile", "io", "codecs"})
KNOWN = {
    "cli/main.py: os.open": "/dev/null in the place of a closed stream",
    "cli/standard_streams.py: os.fdopen": "the process's own streams",
    "cli/standard_streams.py: os.open": "/dev/null in the place of a missing stream",
    "shell/requests/output_redirection.py: os.unlink": "a file that the user named, which nothing was appended to",
    "cli/replay/reports_and_exports.py: mkdir": "the folder of a report that the user named",
    "cli/version_and_urllib3_check.py: open": "reads the version of urllib3",
    "convert/files_and_formats.py: os.makedirs": "the folder that the user named; what is in it goes by `storage.folder_without_links`",
    "replay/file_and_system_access.py: os.makedirs": "the folder that a script or `--record` names; the file goes by `storage.folder_without_links`",
    "replay/sandbox.py: os.makedirs": "the folder of `--sandbox-output`; what is in it goes by `storage.folder_without_links`",
    "replay/file_runs_and_threads.py: mkdir": "the folder of a jar that the user named",
    "system/keyring_and_netrc.py: open": "reads the netrc file of the user, or the one that NETRC names",
    "wire/tls_connections_and_pools.py: open": "reads a client certificate or key that the user named, for a hint",
    "system/child_processes_and_editor.py: open": "reads what the editor left of a file of our own",
    "system/child_processes_and_editor.py: os.fdopen": "the file that mkstemp made",
    "system/child_processes_and_editor.py: os.unlink": "the file that mkstemp made",
    "system/child_processes_and_editor.py: tempfile.mkstemp": "new, 0600, of a name that nobody can guess, in the system's folder",
    "memory/history_and_facts_database.py: os.fchmod": "the file of requests, opened by `storage.folder_without_links` before SQLite opens it",
    "memory/history_and_facts_database.py: rename": "a damaged file, by `storage.folder_without_links`",
    "openapi/description_cache.py: tempfile.TemporaryFile": "a description where the user has no folder for a cache; it has no name",
    "openapi/description_checks_and_compiler.py: os.fdopen": "the open file that the parent has given",
    "openapi/description_checks_and_compiler.py: truncate": "the same file, if the text must be read again as a whole",
    "terminal/history_file.py: os.fchmod": "the history, opened by `storage.folder_without_links`",
    "utils.py: tempfile.mkdtemp": "a private folder for the member of an archive that the program names",
}


def calls(text: str) -> Iterator[str]:
    """The calls of a source text that reach for files, as they are written there."""
    if not _WRITTEN.search(text):
        return  # to parse the whole source takes seconds
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        target = node.func
        if isinstance(target, ast.Name) and target.id in CALLS - _COMMON_WORDS:
            yield target.id
        elif isinstance(target, ast.Attribute) and target.attr in CALLS:
            of = target.value.id if isinstance(target.value, ast.Name) else ""
            if of in MODULES:
                yield f"{of}.{target.attr}"
            elif target.attr not in _COMMON_WORDS and (target.attr != "open" or _is_path(target.value)):
                yield target.attr


_WRITTEN = re.compile(rf"\b(?:{'|'.join(sorted(CALLS))})\(")


def _is_path(node: ast.expr) -> bool:
    """Whether it is spelled as a path: other things can be opened, too."""
    text = ast.unparse(node).lower()
    return any(word in text for word in ("path", "place", "folder", "file", "target"))


@check_rows(
    ("text", "found"),
    [
        ("open('x', 'w')", ["open"]),
        ("import os\nos.open(p, 1)", ["os.open"]),
        ("path.open('rb')", ["open"]),
        ("Path(x).expanduser().open('w')", ["open"]),
        ("path.write_text('x')", ["write_text"]),
        ("def f():\n  tempfile.mkstemp()", ["tempfile.mkstemp"]),
        ("line.open(opening)", []),
        ("urlopen(x)", []),
    ],
)
def test_calls_that_reach_for_files_are_found(text: str, found: list[str]) -> None:
    assert list(calls(text)) == found


def test_every_call_that_reaches_for_files_is_known() -> None:
    found = {
        f"{path.relative_to(SOURCE)}: {call}"
        for path in SOURCE.rglob("*.py")
        if path.relative_to(SOURCE).parts[0] != "storage"
        for call in calls(path.read_text("utf-8"))
    }

    assert found == set(KNOWN)
