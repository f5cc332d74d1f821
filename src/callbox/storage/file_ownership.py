"""Who can choose the content of a file that callbox finds by searching a folder and the folders above it.

Such a file counts only if it belongs to the user. In a shared folder such as `/tmp`, another user could put a file
above the user's own folder, and choose the hosts to which the user's scripts send.
"""

from __future__ import annotations

import os
import os.path
import stat
from collections.abc import Collection

_ROOT = 0


def user_ids() -> Collection[int]:
    """The users whose files this process trusts: its own user and root. Empty on a system without such numbers."""
    return {_ROOT, os.geteuid()} if hasattr(os, "geteuid") else ()


def distrust_reason(start: str, path: str, users: Collection[int]) -> str:
    """Why a file at `path`, found by a search that began in the folder `start`, may be the work of another user.

    The result is empty for a file that counts. Outside of `start`, a file counts if the file and its folder belong to
    one of `users` or to the owner of `start`, and if nobody else can write them. In `start` itself, a file is checked
    only if everybody can write in that folder. Otherwise, whoever can write there could change the script, too.
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
    # a link has an owner of its own, who chose the file that it leads to
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
    """Whether a folder is inside a folder above `start`, but is not itself above `start`."""
    return not start.startswith(folder.rstrip(os.sep) + os.sep)


def _is_shared(path: str) -> bool:
    return bool(os.stat(path).st_mode & stat.S_IWOTH)
