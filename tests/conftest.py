"""The machine that every test sees: nobody's home, no proxies, no certificates of the place, one time zone."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import itertools
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import settings

if TYPE_CHECKING:
    from callbox.practice import Practice

CLEARED = {
    "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLORTERM",
    "NETRC", "PAGER", "LESS", "VISUAL", "EDITOR", "BROWSER", "MANPAGER", "HTTP_USER_AGENT",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "OPENSSL_CONF",
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "FTP_PROXY", "NO_PROXY", "REQUEST_METHOD",
    "PROMPT_TOOLKIT_NO_CPR", "PROMPT_TOOLKIT_COLOR_DEPTH", "PROMPT_TOOLKIT_BELL", "PYTHONPATH", "PYTHONINSPECT",
    "PYTHONWARNINGS", "PYTHONIOENCODING", "PYTHONUTF8", "PYTHONUNBUFFERED", "PYTHONDEVMODE", "PYTHONHASHSEED",
    "PYTHONDONTWRITEBYTECODE",
}  # fmt: skip
"""By upper-cased name: proxies are read in both cases."""
PREFIXES = ("CALLBOX_", "XDG_", "LC_", "GITHUB_")
SETTINGS = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", "TERM": "xterm-256color", "CALLBOX_DISCOVER": "no"}
"""A prompt of a test searches no description, which would take time and connections of servers: those that test the search
say so."""


MEMORY_BYTES = 6_000_000_000
"""More than any test takes, so that one that runs away fails by itself and leaves the machine alone."""

HANGING_S = 150
"""A test that takes longer counts as hanging. The tracebacks of all threads are printed, and the test goes on."""
REARM_S = 30
"""To set the timer anew waits for a thread, which takes milliseconds while all processors are busy."""

_home = pytest.StashKey[str]()
_errors = pytest.StashKey[int]()
_armed = pytest.StashKey[float]()

# The same examples each time, and none that fails for being slow on a busy machine: a red test is a change's doing.
# `CALLBOX_EXPLORE=1 make test` looks for new ones instead, and for more of them.
settings.register_profile("steady", derandomize=True, deadline=None, max_examples=50)
settings.register_profile("exploring", deadline=None, max_examples=300)
settings.load_profile("exploring" if os.environ.get("CALLBOX_EXPLORE") else "steady")


def pytest_configure(config: pytest.Config) -> None:
    """Clears the environment before anything of ours is imported, here and in each worker of pytest-xdist."""
    for name in list(os.environ):
        if name.upper() in CLEARED or name.upper().startswith(PREFIXES):
            del os.environ[name]
    os.fsync = lambda _: None  # no file of a test has to outlast a power cut, and a disk takes 5 ms for each
    sys.dont_write_bytecode = False  # each worker would compile all tests and all of callbox again, for 20 s
    home = tempfile.mkdtemp(prefix="callbox-home-")
    config.stash[_home] = home
    with contextlib.suppress(ValueError, OSError):  # not every system has this limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
    os.environ.update(SETTINGS, HOME=home)
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # so a shell starts what it runs in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    time.tzset()
    config.stash[_errors] = os.dup(2)  # while tests run, this is a file that captures
    config.stash[_armed] = 0


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Leaves the tests out of what the garbage collector looks through, while they are made and later: they stay."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Sets the timer that prints where a hanging test is, but only now and then: `faulthandler_timeout` does so twice a
    test.
    """
    now = time.monotonic()
    if now - item.config.stash[_armed] > REARM_S and not os.environ.get("FULL_SIZE"):
        item.config.stash[_armed] = now
        faulthandler.dump_traceback_later(HANGING_S, file=item.config.stash[_errors])


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Lets a worker of pytest-xdist send what the call of a test gave, and what has failed beside it. To send all five
    messages of each test, and to receive them, takes longer than most tests.
    """
    option = item.config.option
    if not hasattr(item.config, "workerinput") or option.durations is not None or option.xmlpath:
        return None
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        if report.when == "call" or not report.passed:
            item.ihook.pytest_runtest_logreport(report=report)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Takes the keywords out of the report of what passed. A worker of pytest-xdist takes long to send them, and nobody
    reads them.
    """
    report = yield
    if report.passed:
        report.keywords = {}
    return report


_numbers = itertools.count()


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As pytest's own, without the link to the newest folder of a name, which takes ten times as long as the folder."""
    name = re.sub(r"\W", "_", request.node.name)[:30]
    folder = tmp_path_factory.getbasetemp() / f"{name}{next(_numbers)}"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture(scope="module")
def practice() -> Iterator[Practice]:
    """A practice API for the tests of one module."""
    from callbox.practice import Practice  # not before the environment is cleared

    with Practice() as started:
        yield started


@pytest.fixture(scope="module")
def api(practice: Practice) -> Practice:
    """The same; a folder whose tests need no more of it has its URL by this name."""
    return practice


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Empties the home when a test has left something there, and puts the handlers of signals back, so that no other
    test finds what this one left.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_DFL:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    home = item.config.stash[_home]
    for entry in list(os.scandir(home)):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            os.unlink(entry.path)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Takes the home away again."""
    faulthandler.cancel_dump_traceback_later()
    if _errors in config.stash:
        os.close(config.stash[_errors])
    shutil.rmtree(config.stash.get(_home, ""), ignore_errors=True)


@pytest.fixture(params=[None, {"response": lambda response, **_: None}], ids=["plain", "with a hook"])
def hooks(request: pytest.FixtureRequest) -> dict[str, Callable[..., None]] | None:
    """The hooks of a request: none, and one that does nothing. With a hook, the library takes the way step by step."""
    found: dict[str, Callable[..., None]] | None = request.param
    return found
