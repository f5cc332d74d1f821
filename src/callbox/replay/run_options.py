"""`Plan`: the options of one run, and the selection of a script's steps by them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from callbox.engine.options import route_options
from callbox.exchange.request import Draft

Range = tuple[int, int]


class Plan(NamedTuple):
    """The choices of one run; each has its row in the table of `callbox.replay.option_parser`."""

    names: tuple[str, ...] = ()
    """Globs over names and titles; a request is run when one matches."""
    ranges: tuple[Range, ...] = ()
    """1-based positions in the file, both ends included."""
    line: int | None = None
    """Run the request whose block holds this 1-based line."""
    variables: Mapping[str, str] = {}
    """They win over everything that the script says."""
    shell_variables: Mapping[str, str] = {}
    """Variables of the shell: variables and captures of the file win over them, and they win over environments."""
    withheld_names: frozenset[str] = frozenset()
    """Secrets of the shell: a file gets none that the user does not give it by `--var`."""
    answers: Mapping[str, str] = {}
    """Answers to `# @prompt` and `# @secret`."""
    options: Mapping[str, object] = {}
    """Options of the session for each request, values parsed."""
    file_options: frozenset[str] = frozenset()
    """The names of those that a file of environments said, and not the user."""
    is_dry_run: bool = False
    bail: int = 0
    """Stop after this many failed requests; 0 for never."""
    fail_on: str = "4xx,5xx"
    """Statuses that fail a request which expects none itself; empty for none."""
    undefined: str = "error"
    """How to treat an undefined variable: `error`, `keep` or `empty`."""
    has_auto_deps: bool = True
    """Run first what a request refers to."""
    allows_empty: bool = False
    """Nothing to run is no error."""
    stages: tuple[str, ...] = ()
    """The environments that were chosen by name, the last the strongest."""
    env_file: str = ""
    """Read in place of the environment files that lie about."""
    private_env_file: str = ""
    variable_files: tuple[str, ...] = ()
    """Files of `name=value` lines, or of JSON; `callbox.replay.environment_files.complete` reads them."""
    secret_files: tuple[str, ...] = ()
    secret_names: frozenset[str] = frozenset()
    """Variables whose values are redacted wherever they are shown."""
    tags: tuple[str, ...] = ()
    """Requests that carry one of these."""
    first: str = ""
    """Begin with the request of this name, position or `:line`."""
    last: str = ""
    """End with that one."""
    only: frozenset[tuple[str, str]] | None = None
    """Pairs of a file's whole path and a request's label, where only these are to be run."""
    retries: int = 0
    """Further attempts for a request that did not go well."""
    retry_interval_s: float = 0.5
    retry_on: str = "network,5xx,expect"
    delay_s: float = 0.0
    """The pause between requests."""
    rate: float = 0.0
    """Requests in a second, over all files; 0 for no limit."""
    repeat: int = 1
    seed: int | None = None
    """Shuffle the requests of each file by this number."""
    deadline_s: float = 0.0
    """Seconds for the whole run; 0 for no limit."""
    jobs: int = 1
    """Files that run at once."""
    shares_session: bool = False
    """One session, jar and captures for all files."""
    cookie_jar: str = ""
    """A cookies.txt that sessions begin with and leave behind."""
    record: str = ""
    """A folder to keep the answers in."""
    compare: str = ""
    """A folder of recorded responses to compare with."""
    ignored: tuple[str, ...] = ()
    """Parts not to compare: `header:NAME`, a path such as `$.items[*].id`, `body`."""
    is_sandboxed: bool = False
    """The files are not trusted: no scripts, nothing outside of their folder, no environment."""
    sandbox_output: str = ""
    """The folder that those may write new files to; empty: none."""
    allowed_env: tuple[str, ...] = ()
    """Environment variables that those may read."""
    allowed_hosts: tuple[str, ...] = ()
    """Hosts that those may send to, beside the ones that they name: `api.x`, `api.x:8443`."""


def with_plan(draft: Draft, plan: Plan) -> Draft:
    """The request with the options of the run below its own. It records which options come from a file."""
    if not plan.options and not draft.options:
        return draft
    own_names = [
        name for name, value in draft.options.items() if name not in plan.options or plan.options[name] != value
    ]
    options = {**plan.options, **draft.options}
    from_files = plan.file_options.union(own_names)
    routes = frozenset(option.name for option in route_options(options) if option.name in from_files)
    return draft._replace(options=options, file_options=routes)
