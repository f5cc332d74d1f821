"""The table of a replay's own options, for the parsers of `callbox replay` and the shell's `replay`, and their help.

Options of the session (`timeout`, `verify`, ...) are in `callbox.engine.options`. Values are
parsed by `callbox.replay.option_parser`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class RunOption(NamedTuple):
    """One option of a replay."""

    name: str
    """As it is typed after `--`."""
    kind: str
    """`flag` (takes no value), `text`, `pair` (NAME=VALUE), `count` (its value may be left out) or `choice`."""
    help: str
    short: str = ""
    metavar: str = ""
    is_repeatable: bool = False
    choices: tuple[str, ...] = ()


_ALL = (
    RunOption("name", "text", "run the requests whose name or title matches", "n", "GLOB", True),
    RunOption("index", "text", "run the requests at these places of the file: 3,5..7", "", "RANGE", True),
    RunOption("tag", "text", "run the requests that carry this # @tag", "", "TAG", True),
    RunOption("from", "text", "begin with this request: a name, a position or :LINE", "", "WHICH"),
    RunOption("to", "text", "end with this request", "", "WHICH"),
    RunOption("only-failed", "flag", "run what did not go well in the last run"),
    RunOption("var", "pair", "a variable; it wins over everything in the file", "", "NAME=VALUE", True),
    RunOption("env", "text", "use this environment of the environment files", "e", "NAME", True),
    RunOption("env-file", "text", "the environment file, in place of http-client.env.json", "", "FILE"),
    RunOption("private-env-file", "text", "likewise, of http-client.private.env.json", "", "FILE"),
    RunOption("vars-file", "text", "variables, as name=value lines or JSON", "", "FILE", True),
    RunOption("secret", "pair", "a variable that is masked wherever it is shown", "", "NAME=VALUE", True),
    RunOption("secrets-file", "text", "secrets, as name=value lines or JSON", "", "FILE", True),
    RunOption("prompt", "pair", "the answer to a # @prompt or # @secret", "", "NAME=VALUE", True),
    RunOption("list", "flag", "print the requests that would run, and stop"),
    RunOption("format", "choice", "the form of the list", "", "", False, ("text", "json")),
    RunOption("dry-run", "flag", "resolve and print every request, send nothing"),
    RunOption("bail", "count", "stop after so many requests that fail (1)", "", "N"),
    RunOption("fail-on", "text", "statuses that fail a request which expects none: 4xx,5xx, or none", "", "STATUSES"),
    RunOption("retry", "text", "try a request again, so many times", "", "N"),
    RunOption("retry-interval", "text", "the pause before each further attempt (500ms)", "", "TIME"),
    RunOption("retry-on", "text", "what is tried again: network, expect, 5xx (all of them)", "", "WHAT"),
    RunOption("delay", "text", "the pause between requests", "", "TIME"),
    RunOption("rate", "text", "no more requests than these: 10/s, 100/m", "", "RATE"),
    RunOption("repeat", "text", "run everything so many times", "", "N"),
    RunOption("shuffle", "count", "mix the requests of each file; the same SEED mixes the same", "", "SEED"),
    RunOption("deadline", "text", "send nothing once the run has taken this long", "", "TIME"),
    RunOption("jobs", "text", "run so many files at once", "j", "N"),
    RunOption("share-session", "flag", "one session, jar and captures for all files"),
    RunOption("cookie-jar", "text", "a cookies.txt to begin with and to leave behind", "", "FILE"),
    RunOption("undefined", "choice", "what an undefined variable is", "", "", False, ("error", "keep", "empty")),
    RunOption("no-auto-deps", "flag", "do not run what a request refers to before it"),
    RunOption("allow-empty", "flag", "nothing to run is no error"),
    RunOption("output", "choice", "print this of each answer", "o", "", False, ("body", "headers", "exchange")),
    RunOption("as-curl", "text", "write the requests as curl commands, secrets masked", "", "FILE", True),
    RunOption("as-http", "text", "write the requests as a script, variables filled in", "", "FILE", True),
    RunOption("reveal", "flag", "do not mask the secrets of --as-curl"),
    RunOption("sandbox", "flag", "for files that are not trusted: no scripts, only their folder and their hosts"),
    RunOption("sandbox-output", "text", "with --sandbox: let scripts write new files to this folder", "", "DIR"),
    RunOption("allow-env", "text", "with --sandbox: let scripts read this environment variable", "", "NAME", True),
    RunOption("allow-host", "text", "with --sandbox: let requests go to this host, too", "", "HOST[:PORT]", True),
    RunOption("record", "text", "keep the answers as files in this folder", "", "DIR"),
    RunOption("compare", "text", "fail where answers differ from those in this folder", "", "DIR"),
    RunOption("ignore", "text", "do not compare this: header:NAME, $.path, body", "", "WHAT", True),
    RunOption("report-junit", "text", "write JUnit XML to this file", "", "FILE", True),
    RunOption("report-json", "text", "write JSON to this file", "", "FILE", True),
    RunOption("report-tap", "text", "write TAP 14 to this file", "", "FILE", True),
    RunOption("report-html", "text", "write a page to look at to this file", "", "FILE", True),
    RunOption("report-har", "text", "write a HAR 1.2 archive of what was sent", "", "FILE", True),
    RunOption("github", "flag", "end with annotations for GitHub's workflows"),
)
RUN_OPTIONS: Mapping[str, RunOption] = {option.name: option for option in _ALL}
"""Every option of a replay by its name, in the order of its help."""
REPORTS: Mapping[str, str] = {
    name: name.removeprefix("report-") for name in RUN_OPTIONS if name.startswith("report-") or name == "github"
}
"""The options that ask for a report, and the module of `callbox.report` that writes it."""
