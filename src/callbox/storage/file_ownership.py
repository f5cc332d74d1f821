"""Check whether another user may have written a file that callbox finds in a folder or the folders above it. callbox
reads such a file only if it belongs to the user. Otherwise, in a shared folder such as `/tmp`, another user could put a
file there, and so choose the hosts to which the user's scripts send.
"""

from __future__ import annotations

import os
import os.path
import stat
from collections.abc import Collection

_ROOT = 0


def user_ids() -> Collection[int]:
    """The ids of the users whose files this process trusts: its own user and root. Empty on a system without user
    ids.
    """
    return {_ROOT, os.geteuid()} if hasattr(os, "geteuid") else ()


def distrust_reason(start: str, path: str, users: Collection[int]) -> str:
    """The reason why the file at `path` may be the work of another user; empty if callbox may read it. The search that
    found the file began in the folder `start`. Above `start`, the file and its folder must belong to one of `users` or
    to the owner of `start`, and nobody else may be able to write them. In `start` itself, the file is checked only if
    everybody can write in this folder; a user who can write in another folder could change the script as well.
    """
    if not users:
        return ""
    try:
        trusted = {*users, os.stat(start).st_uid} if os.path.isdir(start) else set(users)
        return _reason(os.path.abspath(start), os.path.abspath(path), trusted)
    except OSError as error:
        return f"its owner is unknown ({error.strerror})"


def _reason(start: str, path: str, trusted: Collection[int]) -> str:
    folder = os.path.dirname(path)
    is_inside = folder == start or folder.startswith(start.rstrip(os.sep) + os.sep)
    if is_inside and not (_is_shared(start) or _is_shared(folder)):
        return ""
    # A link has an owner of its own, who chose where it leads.
    if not {os.lstat(path).st_uid, os.stat(path).st_uid} <= set(trusted):
        return "it belongs to another user"
    if is_inside:
        return ""
    if not {os.lstat(folder).st_uid, os.stat(folder).st_uid} <= set(trusted):
        return "its folder belongs to another user"
    if _is_shared(folder) or _is_shared(os.path.dirname(folder) if _is_subfolder(folder, start) else folder):
        return "every user can write files in its folder"
    return "every user can change it" if _is_shared(path) else ""


def _is_subfolder(folder: str, start: str) -> bool:
    """Whether a folder is in a side branch: in a folder above `start`, but not itself above `start`."""
    return not start.startswith(folder.rstrip(os.sep) + os.sep)


def _is_shared(path: str) -> bool:
    return bool(os.stat(path).st_mode & stat.S_IWOTH)
