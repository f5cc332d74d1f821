"""The context of a command: the session, the request history, and the system through ports.

Disk, clock, terminal and processes are functions in `Ports`, which the caller passes in, so that a test can pass its
own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple, Protocol

from callbox.errors import UsageError
from callbox.exchange.events import Record
from callbox.exchange.secret import Secret
from callbox.shell.completion.completion_context import EMPTY_CONTEXT, CompletionContext
from callbox.shell.history import History
from callbox.shell.openapi_descriptions import KnownApis

if TYPE_CHECKING:
    from callbox.engine.client import LiveSession
    from callbox.engine.edit_log import Group
    from callbox.formats.session_file import Key, SavedSession, Thing
    from callbox.httpfile.variables.dynamic_variables import Random
    from callbox.memory.memory_file import MemoryFile
    from callbox.shell.outputs import TransferProgress
    from callbox.shell.request_memory import RequestMemory
    from callbox.storage.downloads import Download
    from callbox.storage.file_store import FileStore
    from callbox.wire.cancel import Cancel


UNBOUNDED = 1_000_000
"""The width of output that does not go to a terminal."""


class Sink(Protocol):
    """A file or command that receives content instead of the screen."""

    def write(self, data: bytes, /) -> bool:
        """Write data; returns False if the sink wants no more."""

    def give_up_after(self, seconds: float, /) -> None:
        """Wait for a reader for this long from now."""


class Pipe(Sink, Protocol):
    """A running command; data is written to its standard input."""

    @property
    def code(self) -> int:
        """Its exit code, once it has ended."""


def no_prompt(question: str, is_secret: bool) -> str:
    """The `ask` port of a run without a terminal: always raises UsageError."""
    raise UsageError(f"{question} must be typed, and there is no terminal")


class ShellPorts(NamedTuple):
    """The system outside the shell, one function each."""

    now: Callable[[], float]
    """Seconds of the epoch."""
    read_file: Callable[[str], bytes]
    """Reads the content of a file. Raises `UsageError` if it cannot be read."""
    read_pieces: Callable[[str], tuple[Callable[[], Iterable[bytes]], int | None]]
    """Opens a file to send: a function that yields its pieces at each call, and its length in bytes or None."""
    write_file: Callable[[str, bytes, bool], None]
    """Write a whole file at once (path, data, may_overwrite); a new one is its owner's alone."""
    open_file: Callable[[str, bool, bool], AbstractContextManager[Sink]]
    """A file to write to (path, is_append, is_private): it takes its name when all went well, else nothing changes."""
    open_pipe: Callable[[str], AbstractContextManager[Pipe]]
    """A line of the system's shell to write to; it has ended when the block does."""
    run: Callable[[str], int]
    """Run a line of the system's shell; returns its exit code."""
    random: Callable[[], Random]
    """The source of randomness, opened at its first use."""
    ask: Callable[[str, bool], str]
    """Ask the user (question, is_secret)."""
    environ: Mapping[str, str]
    list_files: Callable[[str], Iterable[str]]
    """Lists the files and folders (with a final slash) whose paths begin with a text, for completion."""
    download: Callable[[str, str], Download]
    """Begins a download of this URL to a file, a folder, or (empty) the current folder. Raises `UsageError`."""
    open_store: Callable[[str], FileStore]
    """The store of named files of one kind: `sessions` or `requests`."""
    read_keyring: Callable[[str], str]
    """A secret of the system's keyring, by name."""
    read_environment: Callable[[str], Mapping[str, str | Secret]]
    """The variables of an environment, from the files beside us and above; those of private files are secrets.
    Raises UsageError for one that is not there."""
    read_environment_options: Callable[[str], Mapping[str, object]]
    """The TLS options that an environment's file sets. Raises UsageError for an unknown environment."""
    list_environments: Callable[[], Iterable[str]]
    """The names of the environments that there are files for, for completion. Raises UsageError for a bad file."""
    edit: Callable[[str, str], AbstractContextManager[str]]
    """Lets the user edit a text (text, suffix of the file). Returns the result."""
    edit_file: Callable[[str], None]
    """Let the user edit a file."""
    open_memory: Callable[[], MemoryFile]
    """The file of requests that are kept; it is opened when it is first used."""
    forget_lines: Callable[[], None]
    """Delete the typed lines that are kept for the next start."""
    capture: Callable[[str], tuple[bytes, int]]
    """Runs a line in the system's shell. Returns its output and its exit code."""


class Context:
    """The state of one shell: its session, history, captures and ports.

    `cancel` cancels the running request when Ctrl-C is pressed.
    """

    __slots__ = (
        "apis", "cancel", "capture_files", "captures", "completion", "environment_defaults", "filled_secrets",
        "history", "initial_entries", "is_quiet", "is_redirected", "is_typed", "is_unicode", "keeps_requests", "memory",
        "on_progress", "ports", "previous_base", "secret_lines", "secret_words", "session", "session_file",
        "source_stack", "status", "width",
    )  # fmt: skip

    def __init__(  # noqa: PLR0915 - one statement for each part of the state
        self, session: LiveSession, ports: ShellPorts, width: Callable[[], int] = lambda: 80
    ) -> None:
        self.session = session
        self.ports = ports
        self.width = width
        """The number of columns of the screen."""
        self.is_redirected = False
        """Whether the output is redirected to a file or a command now."""
        self.is_quiet = False
        """Whether only content and errors are shown, as with `--quiet` on each line."""
        self.is_typed = False
        """Whether lines are typed, so that commands in backquotes may run."""
        self.is_unicode = True
        """Whether block characters can be shown."""
        self.history = History(find_earlier=lambda number: self.remember().record(number))
        self.memory: RequestMemory | None = None
        """What was seen of APIs, and the requests of earlier shells; None until `remember` is called."""
        self.keeps_requests = False
        """Whether requests are kept for the next start: at a prompt, and with `--session`."""
        self.status = 0
        """The highest status that a response had."""
        self.captures: dict[str, str] = {}
        """What replayed scripts captured; never variables of the session."""
        self.capture_files: dict[str, str] = {}
        """The whole path of the file that captured it, for each capture that holds a secret."""
        self.apis = KnownApis()
        """The descriptions of APIs that this shell knows."""
        self.completion: CompletionContext = EMPTY_CONTEXT
        """The input of the completer; replaced after each line."""
        self.previous_base = ""
        """The base URL that `cd -` returns to."""
        self.on_progress: Callable[[TransferProgress], None] = lambda progress: None
        """Receives the upload progress of a request body; no output can be yielded while it is sent."""
        self.session_file: SessionFile | None = None
        """The session file that each change is saved to."""
        self.environment_defaults: Mapping[str, object] = {}
        """The default values of the options that the selected environment overrides."""
        self.initial_entries: Mapping[tuple[str, Hashable], object] = {}
        """The entries of the session when it was opened, by noun and key."""
        self.secret_lines: dict[tuple[str, str], str] = {}
        """The typed lines with their secrets, by origin and redacted line."""
        self.secret_words: dict[tuple[str, str], str] = {}
        """The typed words of those lines, by the origin of the request and redacted word."""
        self.filled_secrets: dict[str, str] = {}
        """The secret values that were filled into any line, with the names of their variables: no message holds one."""
        self.cancel: Cancel | None = None
        self.source_stack: tuple[str, ...] = ()
        """The files that are being sourced, outermost first."""

    def columns(self) -> int:
        """The maximum width of a table; output to a file or a command is never cut."""
        return UNBOUNDED if self.is_redirected else self.width()

    def make_boundary(self) -> str:
        """A boundary for a multipart body, which no sensible part contains."""
        return f"callbox-{self.ports.random().getrandbits(128):032x}"

    @property
    def last(self) -> Record | None:
        """The request that was tried last, which may have no response."""
        return self.history.last

    def remember(self) -> RequestMemory:
        """The memory of this shell."""
        if self.memory is None:
            from callbox.shell.request_memory import RequestMemory  # 10 ms: a line without a prompt needs none

            self.memory = RequestMemory(self.ports.open_memory())
        return self.memory

    @property
    def is_remembered(self) -> bool:
        """Whether this shell keeps its requests, and asks what earlier ones saw."""
        option = self.session.option
        return option("history") is True and (self.keeps_requests or option("history-of") == "all")

    @property
    def caches_files(self) -> bool:
        """Whether a description in a file of the user's is cached: unless the option `history` says to keep nothing."""
        return self.session.option("history") is True

    def interrupt(self) -> bool:
        """Cancel the running request. Returns False if none is running, or if it was cancelled already."""
        if self.cancel is None or self.cancel.is_cancelled:
            return False
        self.cancel.cancel()
        return True


class SessionFile:
    """A session file that this shell writes its changes to."""

    __slots__ = (
        "failure",
        "group",
        "is_there",
        "keeps_secrets",
        "name",
        "previous",
        "run_only",
        "seen",
        "unread",
        "unsaved",
        "written",
    )  # fmt: skip

    def __init__(self, name: str, seen: Mapping[Key, Thing], *, keeps_secrets: bool) -> None:
        self.name = name
        self.seen = seen
        """The entries of the file, as last read or written by this shell."""
        self.keeps_secrets = keeps_secrets
        self.is_there = False
        """Whether the file existed when this shell last looked."""
        self.group: Group | None = None
        """The edits that loaded it: when they are undone, the file is not this shell's any more."""
        self.previous: SessionFile | None = None
        """The session file that was in use before this one was loaded."""
        self.run_only: Mapping[Key, Thing] = {}
        """Entries for this run only: options of the command line."""
        self.unread: Mapping[Key, str] = {}
        """Entries of the file that this version cannot read, with the reason; they stay in the file."""
        self.written: tuple[bytes, SavedSession] | None = None
        """The last written content and its parsed form, so that an unchanged file need not be parsed again."""
        self.failure = ""
        """Why the last change could not be written; it is tried again after each line. Empty: all is written."""
        self.unsaved: Mapping[Key, Thing] = {}
        """The entries that cannot be saved, of which the user knows."""
