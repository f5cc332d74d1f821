"""The context of a command: the session, the request history, and the system through ports.

Disk, clock, terminal and processes are functions in `Ports`, which the caller passes in, so that a test can pass its
own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple, Protocol

from callbox.errors import UsageError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.redaction.secrets_by_value import redact_filled
from callbox.exchange.secret import Secret
from callbox.shell.completion.completion_context import EMPTY_CONTEXT, CompletionContext
from callbox.shell.known_openapi_descriptions import KnownApis
from callbox.shell.request_history import History

if TYPE_CHECKING:
    from callbox.engine.client import LiveSession
    from callbox.engine.session_state_and_edit_log import Group
    from callbox.formats.session_toml import Key, SavedSession, Thing
    from callbox.httpfile.variables.dynamic_variables import Random
    from callbox.memory.history_and_facts_database import MemoryFile
    from callbox.shell.memory_file_thread import RequestMemory
    from callbox.shell.outputs import TransferProgress
    from callbox.storage.locked_file_store import FileStore
    from callbox.storage.partial_download_file import Download
    from callbox.wire.connection_and_byte_stream import Cancel


UNBOUNDED = 1_000_000
"""The width of output that does not go to a terminal."""


class Sink(Protocol):
    """A file or command that receives the content in place of the screen."""

    def write(self, data: bytes, /) -> bool:
        """Write data; returns False if the sink wants no more."""

    def give_up_after(self, seconds: float, /) -> None:
        """Limit how long `write` waits for the reader of the output: `seconds` from now."""


class Pipe(Sink, Protocol):
    """A running command; data is written to its standard input."""

    @property
    def code(self) -> int:
        """The exit code of the command, when it has ended."""


def no_prompt(question: str, is_secret: bool) -> str:
    """Stands for `ask` in a run without a terminal: always raises UsageError."""
    raise UsageError(f"{question} must be typed, and there is no terminal")


class ShellPorts(NamedTuple):
    """The system outside the shell, as one function for each purpose."""

    now: Callable[[], float]
    """Returns the time in seconds of the epoch."""
    read_file: Callable[[str], bytes]
    """Reads the content of a file. Raises `UsageError` if it cannot be read."""
    read_pieces: Callable[[str], tuple[Callable[[], Iterable[bytes]], int | None]]
    """Opens a file to send.

    Returns a function that yields the pieces of the file at each call, and the length in bytes or None.
    """
    write_file: Callable[[str, bytes, bool], None]
    """Writes a whole file at once (path, data, may_overwrite). Only the owner may read a new file."""
    open_file: Callable[[str, bool, bool], AbstractContextManager[Sink]]
    """Opens a file to write to (path, is_append, is_private).

    The file gets its name when the block ends without an error; else nothing changes.
    """
    check_line: Callable[[str], None]
    """Checks that the system's shell can read a line, and runs nothing. Raises `UsageError`."""
    open_pipe: Callable[[str], AbstractContextManager[Pipe]]
    """Runs a line in the system's shell, with a pipe to write to. The command has ended when the block ends."""
    run: Callable[[str], int]
    """Runs a line in the system's shell. Returns the exit code."""
    random: Callable[[], Random]
    """The source of random numbers, opened at its first use."""
    ask: Callable[[str, bool], str]
    """Asks the user (question, is_secret). Returns the typed text."""
    environ: Mapping[str, str]
    list_files: Callable[[str], Iterable[str]]
    """Lists the files and folders (with a final slash) whose paths begin with a text, for completion."""
    download: Callable[[str, str], Download]
    """Begins a download of this URL to a file, a folder, or (empty) the current folder. Raises `UsageError`."""
    open_store: Callable[[str], FileStore]
    """The store of named files of one kind: `sessions` or `requests`."""
    read_keyring: Callable[[str], str]
    """Returns a secret of the system's keyring by its name."""
    read_environment: Callable[[str], Mapping[str, str | Secret]]
    """The variables of an environment, from the files in the current folder and above.

    Values of private files are secrets. Raises UsageError for an unknown environment.
    """
    read_environment_options: Callable[[str], Mapping[str, object]]
    """The TLS options in the file of an environment. Raises UsageError for an unknown environment."""
    environment_warnings: Callable[[str], Iterable[str]]
    """A line for each file of an environment that is not used because it may belong to another user."""
    list_environments: Callable[[], Iterable[str]]
    """The names of the environments for which files exist, for completion. Raises UsageError for a bad file."""
    edit: Callable[[str, str, bool], AbstractContextManager[str]]
    """Lets the user edit a text (text, suffix of the file, whether it must be saved). Returns the result."""
    edit_file: Callable[[str], None]
    """Lets the user edit a file."""
    open_memory: Callable[[], MemoryFile]
    """Opens the file of saved requests, at its first use."""
    forget_lines: Callable[[], None]
    """Deletes the typed lines that are saved for the next start."""
    capture: Callable[[str], tuple[bytes, int]]
    """Runs a line in the system's shell. Returns the output and the exit code."""


class Context:
    """The state of one shell: its session, history, captures and ports.

    `cancel` cancels the running request when Ctrl-C is pressed.
    """

    __slots__ = (
        "apis", "cancel", "capture_files", "captures", "completion", "edit_before_request", "environment_defaults",
        "filled_secrets", "history", "initial_entries", "is_quiet", "is_redirected",
        "is_single_request", "is_typed", "is_unicode", "keeps_requests", "memory", "on_progress", "ports",
        "previous_base", "secret_lines", "secret_words", "session", "session_file", "source_stack", "status", "width",
    )  # fmt: skip

    def __init__(  # noqa: PLR0915 - one statement for each part of the state
        self, session: LiveSession, ports: ShellPorts, width: Callable[[], int] = lambda: 80
    ) -> None:
        self.session = session
        self.ports = ports
        self.width = width
        """The number of columns of the screen."""
        self.is_redirected = False
        """Whether the output of the current line is redirected to a file or a command."""
        self.is_quiet = False
        """Whether only content and errors are shown, as if each line had `--quiet`."""
        self.is_typed = False
        """Whether a person types the lines, so that commands in backquotes may run."""
        self.is_single_request = False
        """Whether the words of the command line are the only line: `callbox get URL`."""
        self.is_unicode = True
        """Whether the screen can show block characters."""
        self.history = History(find_earlier=lambda number: self.remember().record(number))
        self.edit_before_request: Group | None = None
        """The newest edit of the session when the last request was sent."""
        self.memory: RequestMemory | None = None
        """The facts seen of APIs and the requests of earlier shells; None until `remember` is called."""
        self.keeps_requests = False
        """Whether requests are saved for the next start: at a prompt, and with `--session`."""
        self.status = 0
        """The highest status of all responses so far."""
        self.captures: dict[str, str] = {}
        """The captures of replayed scripts, which are not variables of the session."""
        self.capture_files: dict[str, str] = {}
        """Maps the name of a capture with a secret to the absolute path of the file that captured it."""
        self.apis = KnownApis()
        """The descriptions of APIs that this shell knows."""
        self.completion: CompletionContext = EMPTY_CONTEXT
        """The input of the completer; replaced after each line."""
        self.previous_base = ""
        """The base URL that `cd -` returns to."""
        self.on_progress: Callable[[TransferProgress], None] = lambda progress: None
        """Receives the upload progress of a request body, because no output can be yielded during an upload."""
        self.session_file: SessionFile | None = None
        """The session file that each change is saved to."""
        self.environment_defaults: Mapping[str, object] = {}
        """The default values of the options that the selected environment overrides."""
        self.initial_entries: Mapping[tuple[str, Hashable], object] = {}
        """The entries of the session when it was opened, by noun and key."""
        self.secret_lines: dict[tuple[str, str], str] = {}
        """The typed lines with their secrets, by origin and redacted line."""
        self.secret_words: dict[tuple[str, str], tuple[str, str]] = {}
        """The secret words of typed lines, each with the items that name its user, by the origin of the request and the
        redacted word.
        """
        self.filled_secrets: dict[str, str] = {}
        """The secret values that were filled into any line, with the names of their variables.

        No message may show them.
        """
        self.cancel: Cancel | None = None
        self.source_stack: tuple[str, ...] = ()
        """The files that are being sourced, outermost first."""

    def add_to_history(self, record: Record, *, is_replayed: bool = False) -> int:
        """Add a request to the history, and return its number. `is_replayed` says that a script sent it."""
        self.edit_before_request = self.session.edits.newest
        return self.history.add(record, is_replayed=is_replayed)

    def columns(self) -> int:
        """The maximum width of a table; output to a file or a command is never cut."""
        return UNBOUNDED if self.is_redirected else self.width()

    def make_boundary(self) -> str:
        """A random boundary for a multipart body, which is very unlikely to occur in a part."""
        return f"callbox-{self.ports.random().getrandbits(128):032x}"

    @property
    def last(self) -> Record | None:
        """The last request that was tried, with or without a response."""
        return self.history.last

    @property
    def shown_base(self) -> str:
        """The base URL without the secrets that were filled into it."""
        return redact_filled(self.session.base_url, self.session.filled_secrets)

    def remember(self) -> RequestMemory:
        """The memory of this shell."""
        if self.memory is None:
            # this takes 10 ms, and a line without a prompt needs no memory
            from callbox.shell.memory_file_thread import RequestMemory

            self.memory = RequestMemory(self.ports.open_memory())
        return self.memory

    @property
    def is_remembered(self) -> bool:
        """Whether this shell saves its requests, and uses the facts that earlier shells saw."""
        option = self.session.option
        return option("history") is True and (self.keeps_requests or option("history-of") == "all")

    @property
    def caches_files(self) -> bool:
        """Whether a description in a file of the user is cached; the option `history` can switch the cache off."""
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
        """Whether the file existed when this shell last looked for it."""
        self.group: Group | None = None
        """The edits that loaded the file. When the user undoes them, this shell no longer saves to the file."""
        self.previous: SessionFile | None = None
        """The session file that was in use before this one was loaded."""
        self.run_only: Mapping[Key, Thing] = {}
        """Entries for this run only, which the options of the command line set."""
        self.unread: Mapping[Key, str] = {}
        """Entries of the file that this version cannot read, each with the reason. They stay in the file."""
        self.written: tuple[bytes, SavedSession] | None = None
        """The last written content and its parsed form, so that an unchanged file need not be parsed again."""
        self.failure = ""
        """Why the last change could not be written; empty if everything is written.

        Each later line tries to write again.
        """
        self.unsaved: Mapping[Key, Thing] = {}
        """The entries that cannot be saved, and that the user was told about."""
