"""`--sandbox`: limit the files, environment variables, routes and hosts that an untrusted script may use.

The allowed hosts are the hosts that are written in the files, and the hosts of the command line. A host that depends on
a response, a capture, a random value, the clock or a prompt does not count as written. So a server cannot decide where
the next request goes. docs/security.md lists each promise and its tests.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from callbox.errors import UsageError
from callbox.exchange.cookies import Jar
from callbox.exchange.exchange_record_and_events import Event
from callbox.exchange.host_rules import Hosts, hosts_of, read_hosts
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.request_content import FileBytes
from callbox.exchange.response_filename import is_acted_on, safe_name
from callbox.exchange.url import is_absolute, parse
from callbox.httpfile.model import Body, Step
from callbox.httpfile.requests.options_conditions_and_loops import read_loop
from callbox.httpfile.requests.step_to_draft_resolver import resolve
from callbox.httpfile.variables.variable_scope import ResolutionContext, Scope, without_responses
from callbox.replay.file_and_system_access import ReplayPorts, Sender
from callbox.replay.imported_files_and_linked_steps import Invocation, LinkedSteps
from callbox.replay.prompts_and_variable_layers import add_layers
from callbox.replay.run_options import Plan, refuse_routes
from callbox.storage.file_read_write_and_list import OutputError, limited, literal_path, write_problem
from callbox.storage.folder_without_links import Folder
from callbox.storage.sandbox_reader import Confined, is_below, leads_out
from callbox.wire.connection_and_byte_stream import Cancel

MAX_SCRIPT_BYTES = 16_000_000
"""The most bytes of a script, an imported file or an environment file. A longer file counts as hostile."""
MAX_RUN_BYTES = 64_000_000
"""The most bytes of all scripts of a run together. Scripts beyond the limit are not read."""
MAX_FILE_BYTES = 64_000_000
"""The most bytes of a file to send; `max-body` has the same limit for a response."""
PATTERN = re.compile(r"[*?[]")
"""The characters that make an argument a pattern."""
_USER_CREDENTIALS: Mapping[str, object] = {"netrc": False, "cert": ""}
"""The options that use the user's credentials. A sandbox switches them off, unless its command line sets them."""
_FOLDER = "the script's folder"
_HINT = "leave --sandbox out to allow it"


def check_sandbox(plan: Plan) -> None:
    """Raise `UsageError` for options that need `--sandbox`, and for invalid hosts."""
    given = {
        "--sandbox-output": plan.sandbox_output,
        "--allow-env": plan.allowed_env,
        "--allow-host": plan.allowed_hosts,
    }
    alone = next((name for name, value in given.items() if value), "")
    if alone and not plan.is_sandboxed:
        raise UsageError(f"{alone} works only with --sandbox")
    read_hosts(plan.allowed_hosts)
    if plan.is_sandboxed:
        certificate, _, key = str(plan.options.get("cert") or "").partition(",")
        values = (*plan.variable_files, *plan.secret_files, plan.env_file, plan.private_env_file)
        read = (*values, plan.openapi, plan.cookie_jar, plan.compare, str(plan.options.get("ca") or ""))
        for path in (plan.sandbox_output, plan.record, *read, certificate, key):
            if "://" not in path:
                refuse_link(path)


def refuse_link(path: str, *, may_be_link_elsewhere: bool = False) -> None:
    """Raise `UsageError` if a path of the command line may go through a link that belongs to the files of the run.

    This is a link in the working folder or below it, or a path that is itself a link. With `may_be_link_elsewhere`, a
    link outside of the working folder is allowed, such as `/dev/stdout`.
    """
    written = os.path.expanduser(path)
    parts = [part for part in written.split(os.sep) if part not in ("", ".")]
    root = os.sep if os.path.isabs(written) else ""
    places = [root + os.sep.join(parts[:count]) for count in range(1, len(parts) + 1)]
    for place in places:
        is_last = place == places[-1] and not may_be_link_elsewhere
        is_near = not root or is_last or is_below(os.getcwd(), os.path.join(os.path.dirname(place), "x"))
        if is_near and os.path.islink(place):
            raise UsageError(f"{place} is a link", hint=f"name the target of the link: {os.path.realpath(written)}")


def refuse_output_links(plan: Plan, script: str) -> None:
    """Raise `UsageError` if an output folder is inside the script's folder and a symbolic link leads out of it."""
    for path in (plan.sandbox_output, plan.record):
        if plan.is_sandboxed and path and leads_out(os.path.dirname(script), path):
            raise UsageError(f"{path} leads out of the script's folder through a link", hint="name the folder itself")


def confined_to(script: str) -> Confined:
    """The files that a script with this name may read: the files in its folder, if it has a folder."""
    folder = os.path.dirname(script)
    refusal = ""
    if script == "-" or (os.path.exists(script) and not os.path.isfile(script)):
        refusal = "A script that comes through a pipe has no folder, so it cannot read files in a sandbox"
    elif is_below(folder, os.path.join("~", "x")):
        refusal = (
            f"A script in {folder or 'this folder'} cannot read files in a sandbox: this folder contains your home"
        )
    hint = "save the script in its own folder" if refusal else _HINT
    return Confined(folder, _FOLDER, hint, refusal=refusal)


def confine(ports: ReplayPorts, script: str, plan: Plan) -> ReplayPorts:
    """The ports for a script of this name. Ports of a trusted script are not changed.

    An untrusted script gets only files in its folder, only the allowed environment variables, and no programs.
    """
    if not plan.is_sandboxed:
        return ports
    files = confined_to(script)

    def open_file(path: str) -> FileBytes:
        return FileBytes(*files.open_pieces(path, MAX_FILE_BYTES))

    def read_env(name: str) -> str | None:
        if name in plan.allowed_env:
            return ports.env(name)
        raise UsageError(f"The environment variable '{name}' is not read in a sandbox", hint=f"--allow-env {name}")

    sizes: dict[str, int] = {}

    def read_file(path: str) -> bytes:
        data = files.read(path, MAX_SCRIPT_BYTES)
        sizes[path] = len(data)
        if sum(sizes.values()) > MAX_SCRIPT_BYTES:
            raise UsageError(
                f"{path} makes the imported files larger than {MAX_SCRIPT_BYTES // 1_000_000} MB", hint=_HINT
            )
        return data

    output = _Output(plan.sandbox_output, os.path.dirname(script))
    return ports._replace(
        read_file=read_file,
        open_file=open_file,
        write_file=output.write,
        list_folder=lambda _: None,
        check_write=output.check,
        is_file=files.is_file,
        env=read_env,
        env_names=lambda: (),
        javascript=None,
        match=lambda _: (),
    )


def confine_snapshots(ports: ReplayPorts, plan: Plan) -> ReplayPorts:
    """The ports for the folder of `--record` or `--compare`. A symbolic link must not lead out of the folder."""
    folder = plan.record or plan.compare
    if not plan.is_sandboxed or not folder:
        return ports
    files = Confined(folder, folder)

    def write(folder: str, name: str, data: bytes, is_overwriting: bool) -> str:
        path = os.path.join(folder, name)
        real = files.locate(path, allows_hidden=True)
        if os.path.lexists(real) and not os.path.isfile(real):
            raise UsageError(f"{path} is not an ordinary file")
        return ports.write_file(folder, name, data, is_overwriting)

    return ports._replace(
        read_file=lambda path: files.read(path, MAX_FILE_BYTES, allows_hidden=True),
        is_file=lambda path: files.is_file(path, allows_hidden=True),
        write_file=write,
    )


class ScriptReader:
    """Reads the scripts that the user named. In a sandbox, their total size is limited."""

    def __init__(self, ports: ReplayPorts, plan: Plan) -> None:
        self._ports = ports
        self._is_sandboxed = plan.is_sandboxed
        self._read = 0

    def __call__(self, name: str, folder: str | None = None) -> bytes:
        """The text of a script that the user named, or that is in a `folder` that the user named.

        Raises `UsageError` if the script cannot be read. In a sandbox, it is also raised for a link out of the folder
        and for a script that is too large. Such a script is not read to its end.
        """
        if not self._is_sandboxed:
            return self._ports.read_file(name)
        within = os.path.dirname(name) if folder is None else folder
        if os.path.exists(name) and not os.path.isfile(name) and not name.startswith(("/dev/", "/proc/")):
            raise UsageError(f"{name} is not an ordinary file", hint="- reads a script from the standard input")
        is_chosen = folder is not None or os.path.islink(name)
        if is_chosen and os.path.isfile(name) and not is_below(within, name):
            raise UsageError(f"{name} is a link that leads out of {within or 'its folder'}", hint=_HINT)
        if self._read > MAX_RUN_BYTES:
            limit = f"{MAX_RUN_BYTES // 1_000_000} MB"
            raise UsageError(f"{name} is not read: with it, the scripts of this run would have more than {limit}")
        data = limited(self._ports.read_some(name, MAX_SCRIPT_BYTES + 1), name, MAX_SCRIPT_BYTES, " in a sandbox")
        self._read += len(data)
        return data


def match_scripts(pattern: str, ports: ReplayPorts, plan: Plan) -> Iterable[str]:
    """The scripts that a pattern matches.

    In a sandbox, `**` does not follow links, because a link may lead to any folder or back to its own.
    """
    if not plan.is_sandboxed:
        return ports.match(pattern)
    fixed = fixed_folder(pattern)
    rest = pattern[len(fixed) :].lstrip(os.sep)
    folder = Path(os.path.expanduser(fixed) or ".")
    found = (path.relative_to(folder) for path in folder.glob(rest))
    visible = (path for path in found if not any(part[:1] == "." for part in path.parts))
    return sorted(literal_path(os.path.join(fixed, path)) for path in visible)


def fixed_folder(pattern: str) -> str:
    """The folder at the start of a pattern: `a/b` for `a/b/c*/d`."""
    return os.path.dirname(PATTERN.split(pattern, maxsplit=1)[0])


class SandboxedSender:
    """The session for an untrusted script. The script must not set a route, use credentials or reach other hosts."""

    def __init__(self, session: Sender, plan: Plan, hosts: Callable[[], Hosts]) -> None:
        """`hosts` returns the hosts that requests may go to."""
        self._session = session
        self._options: Mapping[str, object] = {**_USER_CREDENTIALS, **plan.options}
        self._hosts = hosts

    def preview(self, draft: Draft) -> Outgoing:
        """The request as it would be sent. Raises `UsageError` if the sandbox refuses it."""
        return self._session.preview(self._checked(draft))

    def stream(self, draft: Draft, cancel: Cancel | None = None) -> Iterator[Event]:
        """Send a request and yield its events. Raises `UsageError` if it may not be sent."""
        return self._session.stream(self._checked(draft), cancel)

    def file_jar_for(self, options: Mapping[str, object] = {}) -> Jar:
        """The cookie jar of the session for requests whose route a file sets."""
        return self._session.file_jar_for(options)

    def _checked(self, draft: Draft) -> Draft:
        refuse_routes(draft)
        return draft._replace(options={**self._options, **draft.options, "hosts": self._hosts()})


class _Output:
    """The folder of `--sandbox-output`, in which only new files are written."""

    def __init__(self, folder: str, own: str) -> None:
        """`own` is the folder of the script. The script's paths already begin with it."""
        self._folder = folder
        self._own = own or "."

    def check(self, path: str) -> None:
        """Raise `UsageError` for a path that must not be written to."""
        _check_names(self._parts(path))

    def write(self, within: str, path: str, data: bytes, is_overwriting: bool) -> str:
        """Write a new file.

        If the name is already used, the next free name is used. `>>!` would overwrite the file, so it is an error.

        `within` is the folder of the script that names the path.
        """
        *folders, name = parts = self._parts(os.path.join(within, path))
        _check_names(parts)
        shown = os.path.join(self._folder, *parts)
        try:
            os.makedirs(os.path.expanduser(self._folder), exist_ok=True)
            with Folder(self._folder) as folder:
                for part in folders:
                    folder.enter(part)
                if not is_overwriting:
                    return os.path.join(self._folder, *folders, folder.add(name, data))
                with folder.create(name) as file:
                    file.write(data)
                return shown
        except FileExistsError:
            hint = "a sandbox overwrites nothing: >> takes the next free name"
            raise OutputError(f"{shown} exists already", hint=hint) from None
        except OSError as error:
            raise write_problem(shown, error) from None

    def _parts(self, path: str) -> list[str]:
        """The folders and the name of a script's path, relative to the output folder."""
        if not self._folder:
            hint = "--sandbox-output DIR lets the script write to DIR"
            raise UsageError("A script cannot write files in a sandbox", hint=hint)
        relative = os.path.relpath(path or ".", self._own)
        parts = relative.split(os.sep)
        if ".." in parts or parts == ["."]:
            raise UsageError(f"{path} is outside the folder for output", hint="write a path below it: >> a/b.json")
        return parts


def _check_names(parts: Iterable[str]) -> None:
    for part in parts:
        if is_acted_on(part) or safe_name(part) != part:
            hint = "choose another name: not a hidden file, and not a file that tools act on, such as Makefile or *.py"
            raise UsageError(f"'{part}' cannot be the name of a file that a script writes in a sandbox", hint=hint)


_MAX_ROUNDS = 1000
"""The most rounds of a loop over a written list whose hosts are allowed."""


class SandboxHosts:
    """The hosts that are written in the steps of a run. Steps may be added later."""

    def __init__(self, linked_steps: LinkedSteps, plan: Plan) -> None:
        self._linked_steps = linked_steps
        self._allowed = set(read_hosts(plan.allowed_hosts).allowed)
        self._hosts = Hosts()
        for value in plan.variables.values():
            if is_absolute(value):
                self._add(value)
        for step in linked_steps.steps.values():
            self.add_step(step)

    def hosts(self) -> Hosts:
        """The hosts that are known so far."""
        if len(self._hosts.allowed) != len(self._allowed):
            self._hosts = Hosts(frozenset(self._allowed))
        return self._hosts

    def add_step(self, step: Step, call: Invocation | None = None) -> None:
        """Add the host of a step; `call` is the `run` line that runs the step, or None.

        Call this again after the user has answered the prompts of the step, because the host may depend on the answers.
        """
        if not step.has_request:
            return
        resolution = self._resolution(step, call)
        step_without_body = step if step.command else step._replace(body=Body(), is_graphql=False)
        for values in _written_rounds(step, resolution):
            with suppress(UsageError):
                self._add(resolve(step_without_body, Scope(add_layers(resolution, values, {}), step_without_body)).url)

    def _add(self, url: str) -> None:
        with suppress(UsageError):
            self._allowed |= hosts_of(parse(url)).allowed

    def _resolution(self, step: Step, call: Invocation | None) -> ResolutionContext:
        """The variables of the step whose values are known without asking the user."""
        resolution = without_responses(self._linked_steps.resolutions[step.number])
        if call is None or not call.overrides:
            return resolution
        caller_scope = Scope(self._resolution(call.caller, call.outer), call.caller)
        return add_layers(resolution, {name: caller_scope.expand([value]) for name, value in call.overrides}, {})


def _written_rounds(step: Step, resolution: ResolutionContext) -> Iterator[Mapping[str, str]]:
    """The values of the variables in each round of a step's loop, as far as the file itself has them. The first entry
    is without a loop.
    """
    yield {}
    if step.has_effective_directives:
        with suppress(UsageError):
            loop = read_loop(step, Scope(resolution, step))
            yield from (loop.rounds or ())[:_MAX_ROUNDS] if loop is not None else ()
