"""The table of the options of a replay.

Three parts read it: the parser of `callbox replay`, the parser of the shell's `replay`, and help.

Options of the session (`timeout`, `verify`, ...) are in `callbox.engine.options`. Values are parsed by
`callbox.replay.run_options`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple


class RunOption(NamedTuple):
    """One option of a replay."""

    name: str
    """The name after `--`."""
    kind: Literal["flag", "text", "pair", "count", "choice"]
    """The kind of the value.

    `flag` (no value), `text`, `pair` (NAME=VALUE), `count` (the value may be left out) or `choice`.
    """
    help: str
    short: str = ""
    metavar: str = ""
    is_repeatable: bool = False
    choices: tuple[str, ...] = ()


_ALL = (
    RunOption(
        "name", "text", "run the requests whose name or title matches", short="n", metavar="GLOB", is_repeatable=True
    ),
    RunOption(
        "index", "text", "run the requests at these positions in the file: 3,5..7", metavar="RANGE", is_repeatable=True
    ),
    RunOption("tag", "text", "run the requests that have this # @tag", metavar="TAG", is_repeatable=True),
    RunOption("from", "text", "begin with this request: a name, a position or :LINE", metavar="WHICH"),
    RunOption("to", "text", "end with this request", metavar="WHICH"),
    RunOption("only-failed", "flag", "run only the requests that did not pass in the last run"),
    RunOption(
        "var", "pair", "a variable; it wins over everything in the file", metavar="NAME=VALUE", is_repeatable=True
    ),
    RunOption(
        "env", "text", "use this environment of the environment files", short="e", metavar="NAME", is_repeatable=True
    ),
    RunOption("env-file", "text", "the environment file, in place of http-client.env.json", metavar="FILE"),
    RunOption(
        "private-env-file",
        "text",
        "the private environment file, in place of http-client.private.env.json",
        metavar="FILE",
    ),
    RunOption(
        "vars-file", "text", "a file with variables, as lines name=value or as JSON", metavar="FILE", is_repeatable=True
    ),
    RunOption(
        "secret",
        "pair",
        "a variable whose value callbox always redacts",
        metavar="NAME=VALUE",
        is_repeatable=True,
    ),
    RunOption(
        "secrets-file",
        "text",
        "a file with secrets, as lines name=value or as JSON",
        metavar="FILE",
        is_repeatable=True,
    ),
    RunOption("prompt", "pair", "the answer to a # @prompt or # @secret", metavar="NAME=VALUE", is_repeatable=True),
    RunOption("list", "flag", "print the requests that would run, and stop"),
    RunOption("format", "choice", "the format of the list", choices=("text", "json")),
    RunOption("dry-run", "flag", "resolve and print every request, but send nothing"),
    RunOption("bail", "count", "stop after this many failed requests (default 1)", metavar="N"),
    RunOption(
        "fail-on",
        "text",
        "statuses with which a request fails if it has no assertion about its status: 4xx,5xx, or none",
        metavar="STATUSES",
    ),
    RunOption("retry", "text", "try a failed request again, up to this many times", metavar="N"),
    RunOption("retry-interval", "text", "the pause before each further attempt (default 500ms)", metavar="TIME"),
    RunOption(
        "retry-on",
        "text",
        "failures after which a request is tried again: network, expect, 5xx (default: all three)",
        metavar="WHAT",
    ),
    RunOption("delay", "text", "the pause between requests", metavar="TIME"),
    RunOption("rate", "text", "the highest rate of requests: 10/s, 100/m", metavar="RATE"),
    RunOption("repeat", "text", "run everything this many times", metavar="N"),
    RunOption(
        "shuffle", "count", "shuffle the requests of each file; the same SEED gives the same order", metavar="SEED"
    ),
    RunOption("deadline", "text", "send no more requests after the run has taken this long", metavar="TIME"),
    RunOption("jobs", "text", "run this many files at once", short="j", metavar="N"),
    RunOption("share-session", "flag", "use one session, cookie jar and set of captures for all files"),
    RunOption(
        "cookie-jar", "text", "load cookies from this cookies.txt, and write them back at the end", metavar="FILE"
    ),
    RunOption("undefined", "choice", "how to treat an undefined variable", choices=("error", "keep", "empty")),
    RunOption("no-auto-deps", "flag", "do not first run the requests that a request refers to"),
    RunOption("allow-empty", "flag", "do not fail if there is nothing to run"),
    RunOption(
        "output", "choice", "print this part of each response", short="o", choices=("body", "headers", "exchange")
    ),
    RunOption(
        "as-curl",
        "text",
        "write the requests as curl commands, with redacted secrets",
        metavar="FILE",
        is_repeatable=True,
    ),
    RunOption(
        "as-http",
        "text",
        "write the requests as a script, with the values of the variables",
        metavar="FILE",
        is_repeatable=True,
    ),
    RunOption("reveal", "flag", "do not redact the secrets of --as-curl"),
    RunOption("sandbox", "flag", "for a file that you do not trust: no JavaScript, and only its own folder and hosts"),
    RunOption("sandbox-output", "text", "with --sandbox: let scripts write new files to this folder", metavar="DIR"),
    RunOption(
        "allow-env",
        "text",
        "with --sandbox: let scripts read this environment variable",
        metavar="NAME",
        is_repeatable=True,
    ),
    RunOption(
        "allow-host",
        "text",
        "with --sandbox: let requests go to this host, too",
        metavar="HOST[:PORT]",
        is_repeatable=True,
    ),
    RunOption("record", "text", "save the responses as files in this folder", metavar="DIR"),
    RunOption("compare", "text", "fail if responses differ from the saved responses in this folder", metavar="DIR"),
    RunOption("ignore", "text", "a part not to compare: header:NAME, $.path, body", metavar="WHAT", is_repeatable=True),
    RunOption("openapi", "text", "compare each response with this description of the API", metavar="FILE|URL"),
    RunOption(
        "fail-under",
        "text",
        "fail if the run has received less than this percentage of the described responses",
        metavar="PERCENT",
    ),
    RunOption("report-junit", "text", "write JUnit XML to this file", metavar="FILE", is_repeatable=True),
    RunOption("report-json", "text", "write JSON to this file", metavar="FILE", is_repeatable=True),
    RunOption("report-tap", "text", "write TAP 14 to this file", metavar="FILE", is_repeatable=True),
    RunOption("report-html", "text", "write an HTML page to this file", metavar="FILE", is_repeatable=True),
    RunOption("report-har", "text", "write a HAR 1.2 archive of what was sent", metavar="FILE", is_repeatable=True),
    RunOption("github", "flag", "print annotations for GitHub workflows at the end"),
)
RUN_OPTIONS: Mapping[str, RunOption] = {option.name: option for option in _ALL}
"""Every option of a replay by its name, in the order of help."""
REPORTS: Mapping[str, str] = {
    name: name.removeprefix("report-") for name in RUN_OPTIONS if name.startswith("report-") or name == "github"
}
"""The options that ask for a report, and the module of `callbox.report` that writes it."""
