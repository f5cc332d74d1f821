"""The sessions that files are run through, and the cookies.txt that they share with other programs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from callbox.engine import LiveSession
from callbox.exchange.cookies import Cookie
from callbox.formats.cookies_txt import encode_cookies_txt, read_cookies_txt
from callbox.replay.plan import Plan
from callbox.replay.ports import Ports
from callbox.storage.files import write_bytes, write_problem


def sessions(plan: Plan, ports: Ports) -> Callable[[], contextlib.AbstractContextManager[LiveSession]]:
    """Makes a fresh session for a file; with `--cookie-jar` it begins with the file's cookies and leaves its own there.

    Raises `UsageError` at once where that file cannot be read; one that is not there yet is empty.
    """
    if not plan.cookie_jar:
        return LiveSession
    _read(plan, ports)

    @contextlib.contextmanager
    def make() -> Iterator[LiveSession]:
        with LiveSession() as session:
            for cookie in _read(plan, ports):
                session.jar.put(cookie, ports.now())
            try:
                yield session
            finally:
                session.jar.drop_expired(ports.now())
                _write(plan.cookie_jar, encode_cookies_txt(session.jar.snapshot()))

    return make


def _write(path: str, data: bytes) -> None:
    """A file that was there keeps its permissions; a new one is its owner's alone: who reads it is logged in."""
    try:
        Path(os.path.expanduser(path)).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_problem(path, error) from None
    write_bytes(path, data, is_private=True)


def _read(plan: Plan, ports: Ports) -> list[Cookie]:
    if not ports.is_file(plan.cookie_jar):
        return []
    return read_cookies_txt(ports.read_file(plan.cookie_jar), plan.cookie_jar)
